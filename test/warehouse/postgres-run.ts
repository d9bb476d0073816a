/**
 * Short ways to run a statement on the driver and to look at the frames that come out.
 */
import { connect, createServer, type Socket } from 'node:net';
import { SqlError } from '../../src/errors.ts';
import type { PgType } from '../../src/sql/types.ts';
import { createPostgresWarehouse, type PostgresOptions } from '../../src/warehouse/postgres/postgres.ts';
import type { RowSink, Warehouse, WarehouseBind, WarehouseCursor } from '../../src/warehouse/warehouse.ts';
import type { Format } from '../../src/wire/messages.ts';

export type LogLine = { readonly level: string; readonly fields: Record<string, unknown>; readonly message: string };

export type TestWarehouse = Warehouse & { readonly log: LogLine[] };

export function warehouseFor(url: string, options: Partial<PostgresOptions> = {}): TestWarehouse {
  const log: LogLine[] = [];
  const write = (level: string) => (fields: object, message: string) => {
    log.push({ level, fields: { ...fields }, message });
  };
  const logger = { error: write('error'), warn: write('warn'), info: write('info') };
  return { ...createPostgresWarehouse({ url, poolSize: 4, policyTimeZone: 'UTC', logger, ...options }), log };
}

export type Run = {
  readonly sql: string;
  readonly columns: readonly PgType[];
  readonly binds?: readonly WarehouseBind[];
  readonly format?: Format;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
};

export function open(warehouse: Warehouse, run: Run): Promise<WarehouseCursor> {
  const { sql, columns, binds = [], format = 0, timeoutMs = 0, signal = new AbortController().signal } = run;
  return warehouse.execute(
    { sql, bindTypes: binds.map(({ type }) => type), columns: columns.map((type) => ({ type, typmod: -1 })) },
    binds,
    { resultFormats: columns.map(() => format), timeoutMs, signal, queryId: 'q1' },
  );
}

export type Collector = RowSink & { readonly frames: () => Buffer; readonly rows: () => number };

/** Keeps a copy of everything, as its contract demands. */
export function collector(): Collector {
  const kept: Buffer[] = [];
  let rows = 0;
  return {
    write: (frames, count) => {
      kept.push(Buffer.from(frames));
      rows += count;
      return undefined;
    },
    frames: () => Buffer.concat(kept),
    rows: () => rows,
  };
}

/** Takes everything, keeps nothing. */
export const devNull: RowSink = { write: () => undefined };

/** All rows of a statement, values as text. */
export async function rowsOf(warehouse: Warehouse, run: Run): Promise<(string | null)[][]> {
  const cursor = await open(warehouse, run);
  const sink = collector();
  await cursor.fetch(0, sink);
  await cursor.close();
  return readRows(sink.frames());
}

/** DataRow frames as values; throws when they are not whole frames. */
export function readRows(frames: Buffer): (string | null)[][] {
  const rows: (string | null)[][] = [];
  for (let at = 0; at < frames.length; at += 1 + frames.readInt32BE(at + 1)) {
    if (frames.toString('latin1', at, at + 1) !== 'D') throw new Error('not a DataRow');
    let value = at + 7;
    rows.push(
      Array.from({ length: frames.readInt16BE(at + 5) }, () => {
        const length = frames.readInt32BE(value);
        const text = length < 0 ? null : frames.toString('utf8', value + 4, value + 4 + length);
        value += 4 + Math.max(length, 0);
        return text;
      }),
    );
  }
  return rows;
}

/** `code message` of the SqlError that must come. */
export async function failure(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof SqlError) return `${error.code} ${error.message}`;
    throw error;
  }
  return 'no error';
}

/** Polls: what another process does is seen when it is there, not after a fixed time. */
export async function eventually(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`never happened: ${what}`);
}

/** A wire to the server that can hold back what clients send, connection by connection in the order they came. */
export async function startLine(to: number) {
  const holding = new Set<number>();
  const held = new Map<number, Buffer[]>();
  const servers: Socket[] = [];
  const done = new Set<number>();
  const sent: Buffer[] = [];
  const line = createServer((client) => {
    const number = servers.length;
    const onward = connect(to, '127.0.0.1');
    servers.push(onward);
    onward.pipe(client);
    client.on('data', (bytes) => {
      sent[number] ??= bytes;
      if (holding.has(number)) held.set(number, [...(held.get(number) ?? []), bytes]);
      else onward.write(bytes);
    });
    client.on('close', () => onward.destroy());
    onward.on('close', () => done.add(number));
    for (const socket of [client, onward]) socket.on('error', () => {});
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => line.once('listening', resolve));
  const address = line.address();
  return {
    port: address !== null && typeof address === 'object' ? address.port : 0,
    hold: (number: number) => holding.add(number),
    held: (number: number) => held.has(number),
    /** The first bytes that came. */
    firstBytes: (number: number) => sent[number],
    closed: (number: number) => done.has(number),
    release: (number: number) => {
      holding.delete(number);
      for (const bytes of held.get(number) ?? []) servers[number]?.write(bytes);
    },
    stop: () => line.close(),
  };
}
