/**
 * A small real engine for tests of sessions: every query runs on an embedded PostgreSQL (PGlite), as raw protocol.
 * A few calls that no database has stand for what tests need to control:
 * `rows(n)` streams n rows, `forever()` runs until it is stopped, `bug()` fails as only a bug does.
 */
import { PGlite } from '@electric-sql/pglite';
import { DatabaseError } from 'pg-protocol';
import { serialize } from 'pg-protocol/dist/serializer.js';
import { SqlError, SqlState } from '../../src/errors.ts';
import type { Cursor, Engine, OpenOptions, ParameterValue, Prepared, ResultColumn } from '../../src/session/engine.ts';
import { encodeRows } from '../../src/session/frames.ts';

const INT4: ResultColumn = { name: 'n', typeOid: 23, typeSize: 4, typmod: -1 };

export type TestEngine = Engine & {
  /** Cursors that are open now. */
  readonly open: () => number;
  /** Plans made so far. */
  readonly planned: () => number;
  readonly close: () => Promise<void>;
};

export async function createTestEngine(): Promise<TestEngine> {
  const database = await PGlite.create();
  let open = 0;
  let planned = 0;
  const track = (cursor: Cursor): Cursor => {
    let closed = false;
    open++;
    return {
      ...cursor,
      close: async () => {
        if (!closed) open--;
        closed = true;
        await cursor.close();
      },
    };
  };
  return {
    open: () => open,
    planned: () => planned,
    close: () => database.close(),
    prepare: async (_statement, text, offset, parameterTypes) => {
      planned++;
      const call = /\b(rows|forever|bug)\((\d*)\)/.exec(text);
      const prepared =
        call === null
          ? await describe(database, text, offset, parameterTypes)
          : scripted(call[1] ?? '', Number(call[2] || 0));
      return { ...prepared, open: async (binds, options) => track(await prepared.open(binds, options)) };
    },
  };
}

function scripted(name: string, count: number): Prepared {
  return {
    parameterTypes: [],
    columns: [INT4],
    open: async (_binds, { signal }) => {
      if (name === 'bug') throw new TypeError('secret_table is undefined');
      return name === 'forever' ? untilStopped(signal) : generated(count, signal);
    },
  };
}

function untilStopped(signal: AbortSignal): Cursor {
  return {
    fetch: () =>
      new Promise((_, reject) => {
        const stop = () => reject(new SqlError(SqlState.queryCanceled, 'stopped'));
        if (signal.aborted) stop();
        signal.addEventListener('abort', stop);
      }),
    close: async () => {},
  };
}

/** In portions of 1,000, as fast as the client takes them. */
function generated(count: number, signal: AbortSignal): Cursor {
  let next = 1;
  return {
    fetch: async (maxRows, sink) => {
      const first = next;
      const last = maxRows > 0 ? Math.min(count, next + maxRows - 1) : count;
      while (next <= last) {
        if (signal.aborted) throw new SqlError(SqlState.queryCanceled, 'stopped');
        const portion = Math.min(1_000, last - next + 1);
        await sink.write(encodeRows(Array.from({ length: portion }, (_, index) => [String(next + index)])), portion);
        next += portion;
      }
      return { rows: next - first, done: next > count };
    },
    close: async () => {},
  };
}

type Message = { readonly type: string; readonly frame: Buffer; readonly body: Buffer };

async function describe(
  database: PGlite,
  sql: string,
  offset: number,
  parameterTypes: readonly number[],
): Promise<Prepared> {
  const messages = await ask(database, sql, offset, [
    serialize.parse({ name: '', text: sql, types: [...parameterTypes] }),
    serialize.describe({ type: 'S', name: '' }),
  ]);
  const parameters = messages.find(({ type }) => type === 't')?.body ?? Buffer.from([0, 0]);
  const types = Array.from({ length: parameters.readUInt16BE() }, (_, index) => parameters.readUInt32BE(2 + index * 4));
  const columns = messages.filter(({ type }) => type === 'T').flatMap(({ body }) => readColumns(body));
  return {
    parameterTypes: types,
    columns,
    open: (binds, options) => run(database, sql, offset, types, binds, options),
  };
}

async function run(
  database: PGlite,
  sql: string,
  offset: number,
  types: readonly number[],
  binds: readonly ParameterValue[],
  { resultFormats, signal }: OpenOptions,
): Promise<Cursor> {
  const bind = Buffer.concat([
    Buffer.from('\0\0'),
    int16(binds.length),
    ...binds.map(({ format }) => int16(format)),
    int16(binds.length),
    ...binds.map(({ value }) => (value === null ? int32(-1) : Buffer.concat([int32(value.length), value]))),
    int16(resultFormats.length),
    ...resultFormats.map(int16),
  ]);
  const messages = await ask(database, sql, offset, [
    serialize.parse({ name: '', text: sql, types: [...types] }),
    Buffer.concat([Buffer.from('B'), int32(bind.length + 4), bind]),
    serialize.execute({ portal: '', rows: 0 }),
  ]);
  const rows = messages.filter(({ type }) => type === 'D').map(({ frame }) => frame);
  let next = 0;
  return {
    fetch: async (maxRows, sink) => {
      if (signal.aborted) throw new SqlError(SqlState.queryCanceled, 'stopped');
      const portion = rows.slice(next, maxRows > 0 ? next + maxRows : undefined);
      next += portion.length;
      if (portion.length > 0) await sink.write(Buffer.concat(portion), portion.length);
      return { rows: portion.length, done: next >= rows.length };
    },
    close: async () => {},
  };
}

/** @throws SqlError as PostgreSQL words it */
async function ask(database: PGlite, sql: string, offset: number, request: readonly Buffer[]) {
  let answer: Uint8Array;
  try {
    answer = await database.runExclusive(() =>
      database.execProtocolRaw(Buffer.concat([...request, serialize.sync()]), { syncToFs: false }),
    );
  } catch (error) {
    throw error instanceof DatabaseError ? new SqlError(error.code ?? 'XX000', error.message) : error;
  }
  const messages = readMessages(Buffer.from(answer));
  const failure = messages.find(({ type }) => type === 'E');
  if (failure !== undefined) throw readError(failure.body, sql, offset);
  return messages;
}

function readMessages(bytes: Buffer): readonly Message[] {
  const messages: Message[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 1 + bytes.readInt32BE(at + 1);
    messages.push({
      type: bytes.toString('latin1', at, at + 1),
      frame: bytes.subarray(at, end),
      body: bytes.subarray(at + 5, end),
    });
    at = end;
  }
  return messages;
}

function readError(body: Buffer, sql: string, offset: number): SqlError {
  const fields = new Map<string, string>();
  for (const field of body.toString('utf8').split('\0')) fields.set(field.slice(0, 1), field.slice(1));
  const characters = fields.get('P');
  const position =
    characters === undefined ? undefined : offset + [...sql].slice(0, Number(characters) - 1).join('').length;
  return new SqlError(fields.get('C') ?? 'XX000', fields.get('M') ?? '', {
    hint: fields.get('H'),
    detail: fields.get('D'),
    position,
  });
}

function readColumns(body: Buffer): readonly ResultColumn[] {
  const columns: ResultColumn[] = [];
  let at = 2;
  for (let count = body.readUInt16BE(); count > 0; count--) {
    const end = body.indexOf(0, at);
    const name = body.toString('utf8', at, end);
    at = end + 1 + 18;
    columns.push({
      name,
      typeOid: body.readUInt32BE(end + 7),
      typeSize: body.readInt16BE(end + 11),
      typmod: body.readInt32BE(end + 13),
    });
  }
  return columns;
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}
