/**
 * Rows in the text, CSV and binary formats of COPY.
 * https://www.postgresql.org/docs/current/sql-copy.html, "File Formats"; src/backend/commands/copyto.c.
 */
import { assertNever } from '../errors.ts';
import type { CopyOptions } from '../sql/ast.ts';

const BACKSLASH = 0x5c;
const NEWLINE = 0x0a;
const RETURN = 0x0d;

export type CopyEncoder = {
  /** What comes before the rows, one CopyData each. */
  readonly start: readonly Uint8Array[];
  /** One row's fields, null for NULL. */
  readonly row: (fields: readonly (Uint8Array | null)[]) => Uint8Array;
  readonly end: () => readonly Uint8Array[];
};

/** @param names of the result's columns, for HEADER and FORCE_QUOTE */
export function copyEncoder(options: CopyOptions, names: readonly string[]): CopyEncoder {
  switch (options.format) {
    case 'text':
      return textEncoder(options, names);
    case 'csv':
      return csvEncoder(options, names);
    case 'binary':
      return binaryEncoder();
    default:
      return assertNever(options.format, 'copyEncoder');
  }
}

function textEncoder(options: CopyOptions, names: readonly string[]): CopyEncoder {
  const delimiter = byteOf(options.delimiter ?? '\t');
  const nullText = Buffer.from(options.null ?? '\\N');
  const row: CopyEncoder['row'] = (fields) => {
    const out = new Bytes();
    fields.forEach((field, index) => {
      if (index > 0) out.byte(delimiter);
      if (field === null) out.bytes(nullText);
      else escapeText(out, field, delimiter);
    });
    out.byte(NEWLINE);
    return out.take();
  };
  return { start: options.header ? [row(names.map((name) => Buffer.from(name)))] : [], row, end: () => [] };
}

/** Letters that stand for control characters behind a backslash. */
const ESCAPES: ReadonlyMap<number, number> = new Map(
  [
    ['\b', 'b'],
    ['\f', 'f'],
    ['\n', 'n'],
    ['\r', 'r'],
    ['\t', 't'],
    ['\v', 'v'],
  ].map(([control, letter]) => [byteOf(control), byteOf(letter)]),
);

function escapeText(out: Bytes, field: Uint8Array, delimiter: number): void {
  for (const byte of field) {
    const letter = byte < 0x20 ? ESCAPES.get(byte) : undefined;
    if (letter !== undefined) out.byte(BACKSLASH).byte(letter);
    else if (byte === BACKSLASH || byte === delimiter) out.byte(BACKSLASH).byte(byte);
    else out.byte(byte);
  }
}

function csvEncoder(options: CopyOptions, names: readonly string[]): CopyEncoder {
  const delimiter = byteOf(options.delimiter ?? ',');
  const quote = byteOf(options.quote ?? '"');
  const escaping = byteOf(options.escape ?? options.quote ?? '"');
  const nullText = Buffer.from(options.null ?? '');
  const { forceQuote } = options;
  const forced = names.map((name) => forceQuote === 'all' || (forceQuote?.includes(name) ?? false));
  const encode = (fields: readonly (Uint8Array | null)[], force: readonly boolean[]) => {
    const out = new Bytes();
    fields.forEach((field, index) => {
      if (index > 0) out.byte(delimiter);
      if (field === null) {
        out.bytes(nullText);
        return;
      }
      // A value that looks like NULL, and a lone \. that some readers take for the end of data.
      const needsQuotes =
        force[index] === true ||
        nullText.equals(field) ||
        (fields.length === 1 && field.length === 2 && field[0] === BACKSLASH && field[1] === 0x2e) ||
        field.some((byte) => byte === delimiter || byte === quote || byte === NEWLINE || byte === RETURN);
      if (!needsQuotes) {
        out.bytes(field);
        return;
      }
      out.byte(quote);
      for (const byte of field) {
        if (byte === quote || byte === escaping) out.byte(escaping);
        out.byte(byte);
      }
      out.byte(quote);
    });
    out.byte(NEWLINE);
    return out.take();
  };
  const header = names.map((name) => Buffer.from(name));
  return { start: options.header ? [encode(header, [])] : [], row: (fields) => encode(fields, forced), end: () => [] };
}

const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
const TRAILER = Buffer.from([0xff, 0xff]);

/** Signature, no flags, no extension, together with what follows them; rows are what a DataRow's body is. */
function binaryEncoder(): CopyEncoder {
  let begun = false;
  const begin = (out: Bytes): Bytes => {
    if (!begun) out.bytes(SIGNATURE);
    begun = true;
    return out;
  };
  return {
    start: [],
    row: (fields) => {
      const out = begin(new Bytes());
      out.int16(fields.length);
      for (const field of fields) {
        out.int32(field === null ? -1 : field.length);
        if (field !== null) out.bytes(field);
      }
      return out.take();
    },
    end: () => {
      const out = begin(new Bytes());
      out.bytes(TRAILER);
      return [out.take()];
    },
  };
}

function byteOf(character: string | undefined): number {
  return character?.charCodeAt(0) ?? 0;
}

/** Bytes that grow. */
class Bytes {
  #buffer = Buffer.allocUnsafe(256);
  #length = 0;

  byte(value: number): this {
    this.#reserve(1);
    this.#buffer[this.#length++] = value;
    return this;
  }

  bytes(value: Uint8Array): void {
    this.#reserve(value.length);
    this.#buffer.set(value, this.#length);
    this.#length += value.length;
  }

  int16(value: number): void {
    this.#reserve(2);
    this.#length = this.#buffer.writeInt16BE(value, this.#length);
  }

  int32(value: number): void {
    this.#reserve(4);
    this.#length = this.#buffer.writeInt32BE(value, this.#length);
  }

  take(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length + more));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}
