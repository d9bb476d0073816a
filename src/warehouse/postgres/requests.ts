/**
 * What the driver sends: the extended protocol's messages, several in one buffer
 * (https://www.postgresql.org/docs/current/protocol-message-formats.html).
 */
import { SqlError, SqlState } from '../../errors.ts';
import { asBuffer, MessageWriter } from '../../wire/bytes.ts';
import type { Format } from '../../wire/messages.ts';
import type { WarehouseBind } from '../warehouse.ts';

const PARSE = 0x50;
const BIND = 0x42;
const DESCRIBE = 0x44;
const EXECUTE = 0x45;
const CLOSE = 0x43;
const SYNC = 0x53;
/** Describe and Close: a statement, not a portal. */
const STATEMENT = Buffer.from('S');

const MAX_PARAMETERS = 0xffff;
/** Of one statement and its values, far below what a 32-bit length can hold (security case E19). */
const MAX_REQUEST_BYTES = 64 * 1024 * 1024;

export const TERMINATE: Uint8Array = Buffer.from([0x58, 0, 0, 0, 4]);

/** Collects messages; `take` gives them as one buffer, to be sent in one write. */
export class RequestWriter {
  readonly #writer = new MessageWriter();

  /** @param types one OID for each $n */
  parse(name: string, sql: string, types: readonly number[]): void {
    if (types.length > MAX_PARAMETERS) throw tooLarge('too many bind values');
    // It would end the text for the backend and make the rest of it a message of its own.
    if (sql.includes('\0')) throw new Error('NUL in a statement for the warehouse');
    this.#writer.message(PARSE, (writer) => {
      writer.addCString(name).addCString(sql).addInt16(types.length);
      for (const type of types) writer.addInt32(type);
    });
  }

  bind(portal: string, statement: string, binds: readonly WarehouseBind[], resultFormats: readonly Format[]): void {
    if (binds.length > MAX_PARAMETERS) throw tooLarge('too many bind values');
    let bytes = 0;
    for (const { value } of binds) bytes += value === null ? 0 : value.length;
    if (bytes > MAX_REQUEST_BYTES) throw tooLarge('bind values are too large');
    this.#writer.message(BIND, (writer) => {
      writer.addCString(portal).addCString(statement);
      const bindFormats = shortestFormats(binds.map((bind) => bind.format));
      writer.addInt16(bindFormats.length);
      for (const format of bindFormats) writer.addInt16(format);
      writer.addInt16(binds.length);
      for (const { value } of binds) {
        if (value === null) writer.addInt32(-1);
        else if (typeof value === 'string') writer.addInt32PrefixedString(value);
        else writer.addInt32(value.length).add(asBuffer(value));
      }
      const formats = shortestFormats(resultFormats);
      writer.addInt16(formats.length);
      for (const format of formats) writer.addInt16(format);
    });
  }

  describeStatement(name: string): void {
    this.#writer.message(DESCRIBE, (writer) => writer.add(STATEMENT).addCString(name));
  }

  /** @param maxRows 0 for all */
  execute(portal: string, maxRows: number): void {
    this.#writer.message(EXECUTE, (writer) => writer.addCString(portal).addInt32(maxRows));
  }

  closeStatement(name: string): void {
    this.#writer.message(CLOSE, (writer) => writer.add(STATEMENT).addCString(name));
  }

  sync(): void {
    this.#writer.message(SYNC, () => {});
  }

  /** A statement without values or rows, under no name. */
  command(sql: string): void {
    this.parse('', sql, []);
    this.bind('', '', [], []);
    this.execute('', 0);
  }

  /** @throws SqlError 54000 when it is too much for one statement */
  take(): Buffer {
    const request = this.#writer.take();
    if (request.length > MAX_REQUEST_BYTES) throw tooLarge('statement is too large');
    return request;
  }
}

/** One code stands for all, none for text. */
function shortestFormats(formats: readonly Format[]): readonly Format[] {
  const first = formats[0];
  if (first === undefined || formats.some((format) => format !== first)) return formats;
  return first === 0 ? [] : [first];
}

function tooLarge(message: string): SqlError {
  return new SqlError(SqlState.programLimitExceeded, message);
}
