import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { WarehouseBind } from '../../src/warehouse/warehouse.ts';
import { connectRaw } from '../bench/raw-client.ts';
import { startPostgres, type TestPostgres } from '../helpers/postgres.ts';
import {
  collector,
  devNull,
  failure,
  open,
  readRows,
  rowsOf,
  type TestWarehouse,
  warehouseFor,
} from './postgres-run.ts';

let server: TestPostgres;
let warehouse: TestWarehouse;

beforeAll(async () => {
  server = await startPostgres();
  warehouse = warehouseFor(server.url);
});
afterAll(async () => {
  await warehouse.close();
  await server.stop();
});

/** One query over types, NULLs, empty and long values, more rows than one read of the socket brings. */
const EVERYTHING = `
  select i, i::int8 * 1000000007, (i / 7.0)::numeric(20,6), i / 3.0::float8, repeat('äø', i % 50), nullif(i % 5, 0),
    timestamp '2024-01-01' + i * interval '1 hour', case when i % 1000 = 0 then repeat('x', 200000) end, i % 2 = 0
  from generate_series(1, 20000) i`;
const EVERYTHING_TYPES = ['int4', 'int8', 'numeric', 'float8', 'text', 'int4', 'timestamp', 'text', 'bool'] as const;

/** What the server itself sends for the same statement: its DataRow frames. */
async function direct(sql: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const client = await connectRaw(
    { host: '127.0.0.1', port: server.port, user: 'postgres', database: 'postgres' },
    (bytes) => chunks.push(Buffer.from(bytes)),
  );
  chunks.length = 0;
  await client.query(sql);
  client.close();
  const stream = Buffer.concat(chunks);
  const rows: Buffer[] = [];
  for (let at = 0; at < stream.length; at += 1 + stream.readInt32BE(at + 1)) {
    if (stream[at] === 0x44) rows.push(stream.subarray(at, at + 1 + stream.readInt32BE(at + 1)));
  }
  return Buffer.concat(rows);
}

describe('rows', () => {
  test('are byte for byte what PostgreSQL sends', async () => {
    const cursor = await open(warehouse, { sql: EVERYTHING, columns: EVERYTHING_TYPES });
    const sink = collector();
    const result = await cursor.fetch(0, sink);
    expect(result).toEqual({ rows: 20_000, done: true });
    expect(sink.rows()).toBe(20_000);
    expect(sink.frames().equals(await direct(EVERYTHING))).toBe(true);
  });

  test('are the same through a sink that is slow and is written to only when it has let go', async () => {
    const kept: Buffer[] = [];
    let busy = false;
    const cursor = await open(warehouse, { sql: EVERYTHING, columns: EVERYTHING_TYPES });
    await cursor.fetch(0, {
      write: (frames) => {
        expect(busy).toBe(false);
        busy = true;
        return new Promise((resolve) =>
          setImmediate(() => {
            // Only now: the bytes must still be there.
            kept.push(Buffer.from(frames));
            busy = false;
            resolve();
          }),
        );
      },
    });
    expect(Buffer.concat(kept).equals(await direct(EVERYTHING))).toBe(true);
  });

  test('come in portions of a portal, whole and in order', async () => {
    const cursor = await open(warehouse, { sql: EVERYTHING, columns: EVERYTHING_TYPES });
    const sink = collector();
    const portions: unknown[] = [];
    for (const maxRows of [1, 4999, 10_000, 0]) portions.push(await cursor.fetch(maxRows, sink));
    expect(portions).toEqual([
      { rows: 1, done: false },
      { rows: 4999, done: false },
      { rows: 10_000, done: false },
      { rows: 5000, done: true },
    ]);
    expect(await cursor.fetch(5, sink)).toEqual({ rows: 0, done: true });
    expect(sink.frames().equals(await direct(EVERYTHING))).toBe(true);
  });

  test('that are exactly one portion end with an empty one', async () => {
    const cursor = await open(warehouse, { sql: 'select generate_series(1, 3)', columns: ['int4'] });
    expect(await cursor.fetch(3, devNull)).toEqual({ rows: 3, done: false });
    expect(await cursor.fetch(3, devNull)).toEqual({ rows: 0, done: true });
  });

  test('come in binary where binary is asked', async () => {
    const cursor = await open(warehouse, { sql: 'select 258::int4', columns: ['int4'], format: 1 });
    const sink = collector();
    await cursor.fetch(0, sink);
    expect(sink.frames().subarray(-4)).toEqual(Buffer.from([0, 0, 1, 2]));
  });

  test('of no columns, and no rows at all', async () => {
    expect(await rowsOf(warehouse, { sql: 'select from generate_series(1, 2)', columns: [] })).toEqual([[], []]);
    expect(await rowsOf(warehouse, { sql: 'select 1 where false', columns: ['int4'] })).toEqual([]);
  });
});

describe('back-pressure', () => {
  test('a sink that takes nothing stops the server, not the memory of this process', async () => {
    const cursor = await open(warehouse, {
      sql: "select repeat('x', 1000) from generate_series(1, 200000)",
      columns: ['text'],
    });
    let letGo = (): void => {};
    let received = 0;
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
    // 200 MB wait; the server can send only what the socket's buffers hold.
    await waitForServer('ClientWrite');
    // And it goes on waiting, where it would long be through.
    await new Promise((resolve) => setTimeout(resolve, 700));
    await waitForServer('ClientWrite');
    const after = process.memoryUsage();
    expect(received).toBeLessThan(1_000_000);
    expect(after.arrayBuffers + after.external - before.arrayBuffers - before.external).toBeLessThan(20_000_000);
    letGo();
    expect(await fetching).toEqual({ rows: 200_000, done: true });
    expect(received).toBeGreaterThan(200_000_000);
  });

  async function waitForServer(event: string): Promise<void> {
    for (let tries = 0; tries < 500; tries++) {
      const waiting = await server.query(`select 1 from pg_stat_activity where wait_event = '${event}'`);
      if (waiting.length > 0) return;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    throw new Error(`the server never waits for ${event}`);
  }
});

describe('bind values', () => {
  const binds: readonly WarehouseBind[] = [
    { type: 'int4', value: '-7', format: 0 },
    { type: 'int4', value: Buffer.from([0, 0, 1, 0]), format: 1 },
    { type: 'text', value: "it's; drop — ü", format: 0 },
    { type: 'timestamptz', value: null, format: 0 },
    { type: 'text[]', value: '{a,"b c"}', format: 0 },
  ];

  test('go as text or binary, each with its type', async () => {
    const sql = 'select $1 + $2, $3, $4 is null, $5[2], pg_typeof($1)::text, pg_typeof($4)::text';
    const columns = ['int4', 'text', 'bool', 'text', 'text', 'text'] as const;
    expect(await rowsOf(warehouse, { sql, columns, binds })).toEqual([
      ['249', "it's; drop — ü", 't', 'b c', 'integer', 'timestamp with time zone'],
    ]);
  });

  test('one that its type cannot read is the data error, without the value', async () => {
    const bind: WarehouseBind = { type: 'int4', value: 'secret', format: 0 };
    const run = rowsOf(warehouse, { sql: 'select $1', columns: ['int4'], binds: [bind] });
    expect(await failure(run)).toBe('22P02 invalid input syntax');
  });

  test('more than the protocol can count is refused before anything is sent', async () => {
    const many = Array.from({ length: 65_536 }, (): WarehouseBind => ({ type: 'int4', value: '1', format: 0 }));
    const run = rowsOf(warehouse, { sql: 'select 1', columns: ['int4'], binds: many });
    expect(await failure(run)).toBe('54000 too many bind values');
  });

  test('a statement is one statement', async () => {
    const run = rowsOf(warehouse, { sql: 'select 1; select 2', columns: ['int4'] });
    expect(await failure(run)).toBe('58000 the warehouse refused the statement');
  });

  test('a NUL in a statement never reaches the socket', async () => {
    const run = rowsOf(warehouse, { sql: 'select 1\0Q\0\0\0\x0bselect 2\0', columns: ['int4'] });
    await expect(run).rejects.toThrow('NUL in a statement');
    expect(await rowsOf(warehouse, { sql: 'select 3', columns: ['int4'] })).toEqual([['3']]);
  });
});

describe('describe', () => {
  test('tells names, types, typmods; domains as their base, others as unknown', async () => {
    await server.query(
      "create domain cents as numeric(12,2); create type mood as enum ('good'); create table t(a varchar(5))",
    );
    const sql = "select a, 1::cents as price, 'good'::mood as mood, $1 as given, now() as at from t";
    expect(await warehouse.describe(sql, ['uuid'])).toEqual([
      { name: 'a', type: 'varchar', typmod: 9 },
      { name: 'price', type: 'numeric', typmod: 786438 },
      { name: 'mood', type: undefined, typmod: -1 },
      { name: 'given', type: 'uuid', typmod: -1 },
      { name: 'at', type: 'timestamptz', typmod: -1 },
    ]);
  });

  test('says what is wrong to the author alone', async () => {
    const described = warehouse.describe('select nope from t', []);
    expect(await failure(described)).toBe('58000 the warehouse refused the statement');
    await expect(described).rejects.toMatchObject({ cause: { message: 'column "nope" does not exist' } });
  });

  test('is for queries', async () => {
    expect(await failure(warehouse.describe('delete from t', []))).toBe('58000 the warehouse refused the statement');
  });
});

describe('prepared statements', () => {
  let single: TestWarehouse;
  beforeAll(() => {
    single = warehouseFor(server.url, { poolSize: 1, maxStatements: 5 });
  });
  afterAll(() => single.close());

  const MINE =
    'select name, statement, generic_plans + custom_plans as runs from pg_prepared_statements order by 3 desc';
  const mine = () => rowsOf(single, { sql: MINE, columns: ['text', 'text', 'int8'] });

  test('the second run of a text is the first one’s plan', async () => {
    for (let i = 0; i < 7; i++) await rowsOf(single, { sql: 'select 42', columns: ['int4'] });
    expect((await mine())[0]).toEqual(['s1', 'select 42', '7']);
  });

  test('the same text with other parameter types is another statement', async () => {
    const sql = 'select $1::text';
    const as = (type: 'int4' | 'bool', value: string) =>
      rowsOf(single, { sql, columns: ['text'], binds: [{ type, value, format: 0 }] });
    expect(await as('int4', '1')).toEqual([['1']]);
    expect(await as('bool', '1')).toEqual([['true']]);
  });

  test('the least recently used is closed past the limit', async () => {
    for (let i = 0; i < 20; i++) {
      await rowsOf(single, { sql: `select ${i}`, columns: ['int4'] });
      await rowsOf(single, { sql: 'select 42', columns: ['int4'] });
    }
    const held = await mine();
    expect(held.length).toBeLessThanOrEqual(6);
    expect(held.map(([, sql]) => sql)).toContain('select 42');
  });

  test('one that fails to prepare, or whose columns are refused, leaves nothing behind', async () => {
    const before = (await mine()).length;
    for (let i = 0; i < 5; i++) {
      await failure(rowsOf(single, { sql: `select nope${i}`, columns: ['int4'] }));
      await failure(rowsOf(single, { sql: `select ${i}::int8`, columns: ['int4'] }));
    }
    expect((await mine()).length).toBe(before);
  });

  test.each([0, 10])('a table that changes under it is met with one more preparation (fetch %i)', async (maxRows) => {
    await server.query(
      'drop table if exists moving; create table moving(a int, b text); insert into moving values (1, $$x$$)',
    );
    const run = { sql: 'select * from moving', columns: ['int4', 'text'] } as const;
    const once = async () => {
      const sink = collector();
      const cursor = await open(single, run);
      await cursor.fetch(maxRows, sink);
      await cursor.close();
      return readRows(sink.frames());
    };
    expect(await once()).toEqual([['1', 'x']]);
    await server.query('alter table moving add c int');
    await server.query('alter table moving drop c, drop b, add b varchar');
    expect(await once()).toEqual([['1', null]]);
    expect(
      single.log.filter(({ level }) => level === 'error').map(({ fields }) => String(fields.err)),
    ).not.toContainEqual(expect.stringContaining('cached plan'));
  });

  test('a table whose columns are no longer those of the plan is refused, never misread', async () => {
    await server.query('drop table if exists moving; create table moving(a int); insert into moving values (1)');
    const run = { sql: 'select * from moving', columns: ['int4'] } as const;
    expect(await rowsOf(single, run)).toEqual([['1']]);
    await server.query('alter table moving alter a type int8');
    expect(await failure(rowsOf(single, run))).toBe('XX000 the warehouse returns other columns than planned');
  });

  test('a session that lost its statements prepares them again', async () => {
    expect(await rowsOf(single, { sql: 'select 5', columns: ['int4'] })).toEqual([['5']]);
    await rowsOf(single, { sql: "select 'x' from pg_prepared_statements", columns: ['text'] });
    await failure(rowsOf(single, { sql: 'deallocate all', columns: [] }));
    expect(await rowsOf(single, { sql: 'select 5', columns: ['int4'] })).toEqual([['5']]);
  });
});
