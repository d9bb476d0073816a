/**
 * Bounded reading and growing writing of message bodies, over pg-protocol's reader and writer:
 * they move the integers, this file adds what a server facing the internet needs (every length is checked
 * before it is used, UTF-8 is strict, several messages share one buffer).
 */
import { isUtf8 } from 'node:buffer';
import { BufferReader } from 'pg-protocol/dist/buffer-reader.js';
import { Writer } from 'pg-protocol/dist/buffer-writer.js';
import { SqlError, SqlState } from '../errors.ts';

/** Reads one message body. Every method throws SqlError 08P01 when the body is too short for it. */
export class BodyReader {
  readonly #reader = new BufferReader();
  #frame: Buffer = Buffer.alloc(0);
  #end = 0;
  #remaining = 0;

  /** Starts on the bytes `start` to `end` of a frame that is wholly in memory. */
  reset(frame: Buffer, start: number, end: number): void {
    this.#frame = frame;
    this.#end = end;
    this.#remaining = end - start;
    this.#reader.setBuffer(start, frame);
  }

  get remaining(): number {
    return this.#remaining;
  }

  byte(): number {
    this.#take(1);
    return this.#reader.byte();
  }

  int16(): number {
    this.#take(2);
    return this.#reader.int16();
  }

  uint16(): number {
    return this.int16() & 0xffff;
  }

  int32(): number {
    this.#take(4);
    return this.#reader.int32();
  }

  uint32(): number {
    this.#take(4);
    return this.#reader.uint32();
  }

  /** A view into the frame, not a copy. */
  bytes(length: number): Buffer {
    this.#take(length);
    return this.#reader.bytes(length);
  }

  /** A count of things that take at least `size` bytes each: refused before anything is allocated for them. */
  count(size: number): number {
    const count = this.uint16();
    if (count * size > this.#remaining) throw insufficientData();
    return count;
  }

  /** Text up to a NUL. Throws 08P01 when the NUL is missing, 22021 when the text is not UTF-8. */
  cstring(): string {
    const start = this.#end - this.#remaining;
    const nul = this.#frame.indexOf(0, start);
    if (nul < 0 || nul >= this.#end) throw new SqlError(SqlState.protocolViolation, 'invalid string in message');
    const text = this.bytes(nul - start);
    this.byte();
    return decodeUtf8(text);
  }

  /** Nothing may follow. */
  end(): void {
    if (this.#remaining !== 0) throw new SqlError(SqlState.protocolViolation, 'invalid message format');
  }

  #take(length: number): void {
    if (length < 0 || length > this.#remaining) throw insufficientData();
    this.#remaining -= length;
  }
}

function insufficientData(): SqlError {
  return new SqlError(SqlState.protocolViolation, 'insufficient data left in message');
}

/**
 * Strict UTF-8: no replacement characters, no byte order mark removed.
 * Throws 22021 with PostgreSQL's wording, which names the first bytes that are wrong (security case A104).
 */
export function decodeUtf8(bytes: Uint8Array): string {
  const buffer = asBuffer(bytes);
  if (!isUtf8(buffer)) throw invalidByteSequence(firstInvalidSequence(buffer));
  return buffer.toString('utf8');
}

/** As decodeUtf8, and a NUL is 22021 too: what PostgreSQL demands of a text value (security case A106). */
export function decodeText(bytes: Uint8Array): string {
  const text = decodeUtf8(bytes);
  if (text.includes('\0')) throw invalidByteSequence(Buffer.from([0]));
  return text;
}

function invalidByteSequence(sequence: Uint8Array): SqlError {
  const shown = Array.from(sequence, (byte) => `0x${byte.toString(16).padStart(2, '0')}`).join(' ');
  return new SqlError(SqlState.characterNotInRepertoire, `invalid byte sequence for encoding "UTF8": ${shown}`);
}

/** pg_utf_mblen of the first character that does not verify. */
function firstInvalidSequence(buffer: Buffer): Buffer {
  let offset = 0;
  while (offset < buffer.length) {
    const character = buffer.subarray(offset, offset + characterLength(buffer.readUInt8(offset)));
    if (!isUtf8(character)) return character;
    offset += character.length;
  }
  return buffer;
}

function characterLength(lead: number): number {
  if ((lead & 0xe0) === 0xc0) return 2;
  if ((lead & 0xf0) === 0xe0) return 3;
  if ((lead & 0xf8) === 0xf0) return 4;
  return 1;
}

export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** pg-protocol's writer leaves room for one header at the front, which is of no use for many messages. */
const RESERVED = 5;
const INITIAL_SIZE = 1024;

/** Grows while messages are added; `take` hands all of them over as one buffer. */
export class MessageWriter {
  #writer: Writer | undefined;

  /** Bytes written and not taken. */
  get length(): number {
    return this.#writer === undefined ? 0 : this.#writer.reserveUnsafe(0) - RESERVED;
  }

  /**
   * One message: type byte, length, and what `body` writes.
   * Throws SqlError 54000 past the longest message PostgreSQL sends, and what `body` throws; nothing is written then.
   */
  message(code: number, body: (writer: Writer) => void): void {
    this.#writer ??= new Writer(INITIAL_SIZE);
    const writer = this.#writer;
    const start = writer.reserveUnsafe(RESERVED);
    try {
      body(writer);
      const length = writer.reserveUnsafe(0) - start - 1;
      if (length > MAX_MESSAGE) throw new SqlError(SqlState.programLimitExceeded, 'message is too large');
      writer.buffer[start] = code;
      writer.buffer.writeInt32BE(length, start + 1);
    } catch (error) {
      // Back to where the message began: half a message would make nonsense of all that follow.
      writer.reserveUnsafe(start - writer.reserveUnsafe(0));
      throw error;
    }
  }

  /** Ready frames, copied. */
  frames(bytes: Uint8Array): void {
    this.#writer ??= new Writer(Math.max(INITIAL_SIZE, bytes.length));
    this.#writer.add(asBuffer(bytes));
  }

  /** Everything written so far; the writer is empty afterwards and keeps no memory. */
  take(): Buffer {
    const writer = this.#writer;
    if (writer === undefined) return Buffer.alloc(0);
    this.#writer = undefined;
    return writer.buffer.subarray(RESERVED, writer.reserveUnsafe(0));
  }
}

const MAX_MESSAGE = 0x3fffffff;

export type { Writer };
