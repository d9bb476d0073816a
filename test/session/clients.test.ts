/** Real clients: node-postgres and postgres.js (psql and the others are in test/clients). */
import pg from 'pg';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadParser } from '../../src/sql/libpg.ts';
import { createTestEngine, type TestEngine } from '../helpers/session-engine.ts';
import { serve, type TestServer, token } from './serve.ts';

let engine: TestEngine;
let server: TestServer;
let url: string;

beforeAll(async () => {
  await loadParser();
  engine = await createTestEngine();
  server = await serve(engine);
  url = server.url(await token());
});
afterAll(async () => {
  await server?.close();
  await engine?.close();
});

describe('node-postgres', () => {
  let client: pg.Client;
  beforeAll(async () => {
    client = new pg.Client({ connectionString: url, application_name: 'node' });
    await client.connect();
  });
  afterAll(() => client?.end());

  test('simple and parameterised queries', async () => {
    expect((await client.query('SELECT 1 AS a; SELECT 2 AS b')) as unknown).toMatchObject([
      { rows: [{ a: 1 }] },
      { rows: [{ b: 2 }] },
    ]);
    const { rows } = await client.query('SELECT $1::int4 AS n, $2::text AS t, $3::text AS z', [7, "it's", null]);
    expect(rows).toEqual([{ n: 7, t: "it's", z: null }]);
  });

  test('named prepared statements, several times', async () => {
    for (const n of [1, 2, 3]) {
      const { rows } = await client.query({ name: 'doubled', text: 'SELECT $1::int4 * 2 AS n', values: [n] });
      expect(rows).toEqual([{ n: n * 2 }]);
    }
  });

  test('errors keep SQLSTATE, text and position, and the connection', async () => {
    await expect(client.query('SELECT nope')).rejects.toMatchObject({ code: '42703', position: '8' });
    await expect(client.query('SELECT $1::int4', ['x'])).rejects.toMatchObject({ code: '22P02' });
    expect((await client.query('SELECT 1 AS a')).rows).toEqual([{ a: 1 }]);
  });

  test('a transaction with a cursor', async () => {
    await client.query('BEGIN');
    await client.query('DECLARE c CURSOR FOR SELECT rows(10)');
    expect((await client.query('FETCH 4 FROM c')).rows).toHaveLength(4);
    expect((await client.query('FETCH ALL FROM c')).rows).toHaveLength(6);
    await client.query('COMMIT');
  });

  test('a large result', async () => {
    const { rows } = await client.query('SELECT rows(200000)');
    expect(rows).toHaveLength(200_000);
    expect(rows.at(-1)).toEqual({ n: 200_000 });
  });

  test('session state, asked for by name', async () => {
    expect((await client.query('SHOW application_name')).rows).toEqual([{ application_name: 'node' }]);
    expect((await client.query('SHOW ALL')).rows.length).toBeGreaterThan(80);
  });

  test('cancelling from another connection', async () => {
    const running = client.query('SELECT forever()');
    const outcome = expect(running).rejects.toMatchObject({ code: '57014' });
    while (engine.open() === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const { pid } = server.sessions().find(({ applicationName }) => applicationName === 'node') ?? { pid: 0 };
    expect(server.cancel(pid)).toBe(true);
    await outcome;
    expect((await client.query('SELECT 1 AS a')).rows).toEqual([{ a: 1 }]);
  });

  test('a wrong password', async () => {
    const other = new pg.Client({ connectionString: server.url('not-a-token') });
    await expect(other.connect()).rejects.toMatchObject({
      code: '28P01',
      message: 'password authentication failed for user "analyst"',
    });
  });
});

describe('postgres.js', () => {
  let sql: postgres.Sql;
  beforeAll(() => {
    sql = postgres(url, { max: 2, onnotice: () => {} });
  });
  afterAll(() => sql?.end());

  test('parameterised queries, pipelined', async () => {
    const results = await Promise.all([1, 2, 3, 4, 5].map((n) => sql`SELECT ${n}::int4 + 1 AS n`));
    expect(results.map(([row]) => row?.n)).toEqual([2, 3, 4, 5, 6]);
  });

  test('a simple query', async () => {
    expect(await sql`SELECT 1 AS a; SELECT 2 AS b`.simple()).toMatchObject([[{ a: 1 }], [{ b: 2 }]]);
  });

  test('a cursor in portions', async () => {
    const sizes: number[] = [];
    await sql`SELECT rows(25)`.cursor(10, (rows) => {
      sizes.push(rows.length);
    });
    expect(sizes).toEqual([10, 10, 5]);
    expect(engine.open()).toBe(0);
  });

  test('a transaction that is rolled back', async () => {
    const attempt = sql.begin(async (transaction) => {
      await transaction`SELECT 1`;
      await transaction`SELECT nope`;
    });
    await expect(attempt).rejects.toMatchObject({ code: '42703' });
    expect((await sql`SELECT 1 AS a`)[0]).toEqual({ a: 1 });
  });

  test('COPY as a stream', async () => {
    const chunks: Buffer[] = [];
    for await (const chunk of await sql`COPY (SELECT rows(3)) TO STDOUT`.readable()) chunks.push(chunk);
    expect(Buffer.concat(chunks).toString()).toBe('1\n2\n3\n');
  });

  test('cancelling a query', async () => {
    const running = sql`SELECT forever()`;
    const outcome = expect(running).rejects.toMatchObject({ code: '57014' });
    while (engine.open() === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    running.cancel();
    await outcome;
  });
});
