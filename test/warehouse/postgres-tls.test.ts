import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { startPostgres, type TestPostgres } from '../helpers/postgres.ts';
import {
  collector,
  devNull,
  eventually,
  failure,
  open,
  rowsOf,
  startLine,
  type TestWarehouse,
  warehouseFor,
} from './postgres-run.ts';

const pem = (name: string): string => readFileSync(new URL(`../fixtures/tls/${name}`, import.meta.url), 'utf8');

const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

let server: TestPostgres;
let warehouse: TestWarehouse;

beforeAll(async () => {
  server = await startPostgres({ tls: { certificate: pem('server.crt'), key: pem('server.key') } });
});
afterAll(() => server.stop());
beforeEach(() => {
  warehouse = warehouseFor(server.url.replace('127.0.0.1', 'localhost'), { poolSize: 1, tls: { ca: pem('ca.crt') } });
});
afterEach(() => warehouse.close());

const LARGE = "select i, repeat('x', i % 5000) from generate_series(1, 20000) i";

test('the connection is encrypted, and rows come as they are, also through a slow sink', async () => {
  const ssl = 'select ssl, version from pg_stat_ssl where pid = pg_backend_pid()';
  expect(await rowsOf(warehouse, { sql: ssl, columns: ['bool', 'text'] })).toEqual([['t', 'TLSv1.3']]);
  const at = async (wait: boolean): Promise<Buffer> => {
    const sink = collector();
    const cursor = await open(warehouse, { sql: LARGE, columns: ['int4', 'text'] });
    const write = (frames: Uint8Array, rows: number): Promise<void> | undefined => {
      if (!wait) return sink.write(frames, rows);
      return new Promise((resolve) => setImmediate(() => resolve(sink.write(frames, rows))));
    };
    expect(await cursor.fetch(0, { write })).toEqual({ rows: 20_000, done: true });
    return sink.frames();
  };
  const fast = await at(false);
  expect(fast.length).toBeGreaterThan(49_000_000);
  expect((await at(true)).equals(fast)).toBe(true);
});

test('a sink that takes nothing stops the server', async () => {
  const cursor = await open(warehouse, {
    sql: "select repeat('x', 1000) from generate_series(1, 200000)",
    columns: ['text'],
  });
  let received = 0;
  let letGo = (): void => {};
  const before = process.memoryUsage();
  const fetching = cursor.fetch(0, {
    write: (frames) => {
      received += frames.length;
      if (received > frames.length) return undefined;
      return new Promise((resolve) => {
        letGo = resolve;
      });
    },
  });
  const waits = "select 1 from pg_stat_activity where wait_event = 'ClientWrite'";
  const waiting = async () => (await server.query(waits)).length === 1;
  await eventually('the server waits', waiting);
  // And goes on waiting, where it would long be through.
  await new Promise((resolve) => setTimeout(resolve, 700));
  expect(await waiting()).toBe(true);
  const after = process.memoryUsage();
  expect(after.arrayBuffers + after.external - before.arrayBuffers - before.external).toBeLessThan(20_000_000);
  letGo();
  expect(await fetching).toEqual({ rows: 200_000, done: true });
});

test('a cancel request is encrypted too', async () => {
  const line = await startLine(server.port);
  const url = `postgres://postgres@localhost:${line.port}/postgres`;
  const through = warehouseFor(url, { poolSize: 1, tls: { ca: pem('ca.crt') } });
  const abort = new AbortController();
  const cursor = await open(through, { sql: 'select pg_sleep(600)::text', columns: ['text'], signal: abort.signal });
  const fetching = cursor.fetch(0, devNull);
  const running = "select 1 from pg_stat_activity where query like 'select pg_sleep%' and state = 'active'";
  await eventually('the statement runs', async () => (await server.query(running)).length === 1);
  abort.abort();
  expect(await failure(fetching)).toBe('57014 canceling statement due to user request');
  expect(await rowsOf(through, { sql: 'select 1', columns: ['int4'] })).toEqual([['1']]);
  expect(line.firstBytes(1)).toEqual(SSL_REQUEST);
  expect(through.log.filter(({ level }) => level === 'error')).toEqual([]);
  await through.close();
  line.stop();
});

test('a certificate of another authority is refused', async () => {
  const trusting = warehouseFor(server.url.replace('127.0.0.1', 'localhost'), { tls: { ca: pem('stranger.crt') } });
  expect(await failure(rowsOf(trusting, { sql: 'select 1', columns: ['int4'] }))).toBe(
    '58000 the warehouse is not reachable',
  );
  await trusting.close();
});
