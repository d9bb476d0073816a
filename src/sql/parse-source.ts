/**
 * The text being parsed: turns the parser's byte offsets into ours, counts depth and parameters.
 */
import { notSupported, SqlError, SqlState } from '../errors.ts';
import { MAX_DEPTH, tooComplex } from './limits.ts';

/** Highest $n that the protocol can carry: Bind counts parameters in 16 bits. */
const MAX_PARAMETERS = 65_535;

export class ParseSource {
  readonly text: string;
  /** Highest $n met since it was last set to 0. */
  parameterCount = 0;
  private readonly offsets: Uint32Array | undefined;
  private readonly shift: number;
  private depth = 0;

  /** @param shift how many characters of `text` were put before the author's own */
  constructor(text: string, shift = 0) {
    this.text = text;
    this.shift = shift;
    const bytes = Buffer.byteLength(text);
    this.offsets = bytes === text.length ? undefined : offsetsOfBytes(text, bytes);
  }

  /** Byte of UTF-8 → UTF-16 offset; the parser leaves out 0 and writes -1 for "unknown". */
  at(location: number | undefined): number | undefined {
    const byte = location ?? 0;
    if (byte < 0) return undefined;
    return (this.offsets === undefined ? byte : (this.offsets[byte] ?? this.text.length)) - this.shift;
  }

  /** Index into `text`, for what only the text tells. */
  indexOf(location: number | undefined): number {
    return (this.at(location) ?? 0) + this.shift;
  }

  /** 0A000 at a node of the parser's. */
  refuse(what: string, location: number | undefined): SqlError {
    return notSupported(what, { position: location === undefined ? undefined : this.at(location) });
  }

  /** @throws SqlError 42P02 as PostgreSQL words it (security case A108) */
  parameter(index: number, location: number | undefined): number {
    if (index < 1 || index > MAX_PARAMETERS) {
      throw new SqlError(SqlState.undefinedParameter, `there is no parameter $${index}`, {
        position: this.at(location),
      });
    }
    this.parameterCount = Math.max(this.parameterCount, index);
    return index;
  }

  /** One level down. Every recursive reader calls it first and `leave` last. @throws SqlError 54001 */
  enter(): void {
    this.depth += 1;
    if (this.depth > MAX_DEPTH) throw tooComplex();
  }

  leave(): void {
    this.depth -= 1;
  }
}

function offsetsOfBytes(text: string, bytes: number): Uint32Array {
  const offsets = new Uint32Array(bytes + 1);
  let byte = 0;
  for (let offset = 0; offset < text.length; ) {
    const code = text.codePointAt(offset) ?? 0;
    const width = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    offsets.fill(offset, byte, byte + width);
    byte += width;
    offset += width === 4 ? 2 : 1;
  }
  offsets[bytes] = text.length;
  return offsets;
}
