import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Warehouse } from '../../src/warehouse/warehouse.ts';
import { collector, columnsOf, executeOptions, type Opened, openWarehouse, rowsOf, textsOf } from './duckdb-fixture.ts';

let opened: Opened;
let warehouse: Warehouse;

beforeAll(async () => {
  opened = await openWarehouse({
    poolSize: 2,
    initSql: `
      CREATE TABLE big AS SELECT i::INTEGER AS id, 'a string of some length ' || i AS s FROM range(1000000) t(i);
      CREATE TABLE fixed AS SELECT [i, NULL, i + 1]::INTEGER[3] AS a, NULLIF(['x' || i, 'a long element number ' || i], ['x1', 'a long element number 1'])::VARCHAR[2] AS b FROM range(3) t(i);
    `,
  });
  warehouse = opened.warehouse;
});

afterAll(() => warehouse.close());

const FAILS = 'SELECT id, CASE WHEN id = 500000 THEN CAST(s AS INTEGER) ELSE id END FROM big';

describe('a statement that fails half way', () => {
  test.each([
    ['a cast', FAILS, '22P02', 'invalid input syntax'],
    [
      'a function',
      'SELECT id, CASE WHEN id = 500000 THEN sqrt(-id)::INTEGER ELSE id END FROM big',
      '2201F',
      'cannot take square root of a negative number',
    ],
    [
      'an overflow',
      'SELECT id, CASE WHEN id = 500000 THEN id * 1000000 ELSE id END FROM big',
      '22003',
      'value out of range',
    ],
    [
      'a condition that the dialect raises',
      "SELECT id, CASE WHEN id = 500000 THEN error('semwire:22012') ELSE id END FROM big",
      '22012',
      'division by zero',
    ],
  ])('ends in its error after the rows before it: %s', async (_, sql, code, message) => {
    const cursor = await warehouse.execute(
      { sql, bindTypes: [], columns: columnsOf(['int4', 'int4']) },
      [],
      executeOptions(['int4', 'int4']),
    );
    const { sink, rows } = collector();
    await expect(cursor.fetch(0, sink)).rejects.toMatchObject({ code, message });
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.length).toBeLessThan(500_001);
    // It stays an error, whoever asks again.
    await expect(cursor.fetch(0, sink)).rejects.toMatchObject({ code });
    await cursor.close();
  });

  test('also when the rows are taken in portions, and with parameters', async () => {
    const sql = `${FAILS} WHERE id >= CAST($1 AS INTEGER)`;
    const columns = ['int4', 'int4'] as const;
    const binds = [{ type: 'int4', value: '0', format: 0 }] as const;
    const cursor = await warehouse.execute(
      { sql, bindTypes: ['int4'], columns: columnsOf(columns) },
      binds,
      executeOptions(columns),
    );
    const { sink } = collector();
    const all = async (): Promise<void> => {
      while (!(await cursor.fetch(10_000, sink)).done);
    };
    await expect(all()).rejects.toMatchObject({ code: '22P02' });
    await cursor.close();
  });

  test('what DuckDB says goes to the log and nowhere else', async () => {
    opened.log.length = 0;
    const failure = await rowsOf(warehouse, FAILS, ['int4', 'int4'], { queryId: 'q77' }).catch(
      (error: unknown) => error,
    );
    expect(String(failure) + JSON.stringify(failure, ['detail', 'hint', 'message'])).not.toMatch(
      /string of some length|INT32/,
    );
    expect(failure).toMatchObject({ detail: 'query id q77' });
    expect(opened.log).toMatchObject([{ fields: { queryId: 'q77', code: '22P02' } }]);
    const [line] = opened.log.map(({ fields }) => ('err' in fields ? String(fields.err) : ''));
    expect(line).toContain('a string of some length 500000');
  });
});

describe('order', () => {
  test('a parallel ORDER BY arrives in order, to its last row', async () => {
    const rows = await textsOf(warehouse, 'SELECT id FROM big ORDER BY hash(id), id', ['int4']);
    const expected = await textsOf(warehouse, 'SELECT list(id ORDER BY hash(id), id)::VARCHAR FROM big', ['text']);
    expect(`[${rows.map(([id]) => id).join(', ')}]`).toBe(expected[0]?.[0]);
  });

  test('NULLs sort as in PostgreSQL: last ascending, first descending', async () => {
    const values = 'FROM (VALUES (2), (NULL), (1)) t(x)';
    expect(await textsOf(warehouse, `SELECT x ${values} ORDER BY x`, ['int4'])).toEqual([['1'], ['2'], [null]]);
    expect(await textsOf(warehouse, `SELECT x ${values} ORDER BY x DESC`, ['int4'])).toEqual([[null], ['2'], ['1']]);
  });
});

describe('portions', () => {
  test('of any size give every row once and say when it was the last', async () => {
    const columns = ['int4', 'text'] as const;
    const sql = 'SELECT id, s FROM big WHERE id < 5000 ORDER BY id';
    const whole = await textsOf(warehouse, sql, columns);
    for (const size of [1, 7, 2048, 4999, 5000, 5001]) {
      const cursor = await warehouse.execute(
        { sql, bindTypes: [], columns: columnsOf(columns) },
        [],
        executeOptions(columns),
      );
      const { sink, rows } = collector();
      let total = 0;
      for (let done = false; !done && total < (size === 1 ? 100 : 5000); ) {
        const result = await cursor.fetch(size, sink);
        expect(result.rows).toBeLessThanOrEqual(size);
        total += result.rows;
        done = result.done;
      }
      if (size > 1) {
        expect(await cursor.fetch(size, sink)).toEqual({ rows: 0, done: true });
        expect(rows.map((row) => row.map(String))).toEqual(whole);
      } else expect(rows.map((row) => row.map(String))).toEqual(whole.slice(0, 100));
      await cursor.close();
      await cursor.close();
    }
  });

  test('rows that are wider than a buffer come whole', async () => {
    const rows = await rowsOf(warehouse, "SELECT repeat('ab', 3000000), id FROM big WHERE id < 5", ['text', 'int4']);
    expect(rows.map(([text, id]) => `${text?.length} ${id}`)).toEqual([0, 1, 2, 3, 4].map((id) => `6000000 ${id}`));
  });

  test('an empty result and a result without columns', async () => {
    expect(await rowsOf(warehouse, 'SELECT id FROM big WHERE id < 0', ['int4'])).toEqual([]);
  });
});

test('lists of fixed length and lists that are NULL', async () => {
  expect(await textsOf(warehouse, 'SELECT a, b FROM fixed', ['int4[]', 'text[]'])).toEqual([
    ['{0,NULL,1}', '{x0,"a long element number 0"}'],
    ['{1,NULL,2}', null],
    ['{2,NULL,3}', '{x2,"a long element number 2"}'],
  ]);
});

describe('back-pressure', () => {
  test('nothing is written while the client takes nothing', async () => {
    const columns = ['int4', 'text'] as const;
    const cursor = await warehouse.execute(
      { sql: 'SELECT id, s FROM big', bindTypes: [], columns: columnsOf(columns) },
      [],
      executeOptions(columns),
    );
    let writing = false;
    let rows = 0;
    let writes = 0;
    const write = async (frames: Uint8Array, count: number): Promise<void> => {
      expect(writing).toBe(false);
      writing = true;
      writes++;
      rows += count;
      const before = Buffer.from(frames);
      if (writes % 50 === 1) await sleep(20);
      else await Promise.resolve();
      // The buffer is the client's until it is done with it.
      expect(before.equals(frames)).toBe(true);
      writing = false;
    };
    expect(await cursor.fetch(0, { write })).toEqual({ rows: 1_000_000, done: true });
    expect(rows).toBe(1_000_000);
    await cursor.close();
  });

  test('a client that takes nothing more can still be cancelled', async () => {
    const columns = ['int4'] as const;
    const abort = new AbortController();
    const cursor = await warehouse.execute(
      { sql: 'SELECT id FROM big', bindTypes: [], columns: columnsOf(columns) },
      [],
      executeOptions(columns, { signal: abort.signal }),
    );
    const fetching = cursor.fetch(0, { write: () => new Promise<void>(() => {}) });
    setTimeout(() => abort.abort(), 50);
    await expect(fetching).rejects.toMatchObject({ code: '57014' });
    await cursor.close();
  });
});

describe('stopping', () => {
  const HEAVY = 'SELECT count(*) FROM big a, big b WHERE hash(a.id + b.id) % 7 = 1';

  test('a cancelled statement ends with 57014, whether it computes or sends', async () => {
    for (const sql of [HEAVY, 'SELECT a.id FROM big a, big b']) {
      const abort = new AbortController();
      setTimeout(() => abort.abort(), 100);
      const running = rowsOf(warehouse, sql, [sql === HEAVY ? 'int8' : 'int4'], { signal: abort.signal });
      await expect(running).rejects.toMatchObject({
        code: '57014',
        message: 'canceling statement due to user request',
      });
    }
  });

  test('a statement whose time is over says so', async () => {
    const running = rowsOf(warehouse, HEAVY, ['int8'], { timeoutMs: 100 });
    await expect(running).rejects.toMatchObject({
      code: '57014',
      message: 'canceling statement due to statement timeout',
    });
  });

  test('time passes only while the client waits: a portal may rest', async () => {
    const columns = ['int4'] as const;
    const cursor = await warehouse.execute(
      { sql: 'SELECT id FROM big', bindTypes: [], columns: columnsOf(columns) },
      [],
      executeOptions(columns, { timeoutMs: 400 }),
    );
    const { sink, rows } = collector();
    await cursor.fetch(10, sink);
    await sleep(600);
    expect(await cursor.fetch(10, sink)).toEqual({ rows: 10, done: false });
    expect(rows.length).toBe(20);
    await cursor.close();
  });

  test('a signal that has already aborted starts nothing', async () => {
    await expect(rowsOf(warehouse, 'SELECT 1', ['int4'], { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: '57014',
    });
  });

  test('an interrupt between two chunks is no end of the result', async () => {
    const columns = ['int4', 'text'] as const;
    for (const after of [1, 30_000, 400_000]) {
      const abort = new AbortController();
      const cursor = await warehouse.execute(
        { sql: 'SELECT id, s FROM big', bindTypes: [], columns: columnsOf(columns) },
        [],
        executeOptions(columns, { signal: abort.signal }),
      );
      let rows = 0;
      const write = (_: Uint8Array, count: number): undefined => {
        rows += count;
        if (rows > after) abort.abort();
      };
      await expect(cursor.fetch(0, { write })).rejects.toMatchObject({ code: '57014' });
      expect(rows).toBeLessThan(1_000_000);
      await cursor.close();
    }
  });

  test('what cannot be interrupted holds nobody up: the client is told, the connection comes back when DuckDB is done', async () => {
    const other = (await openWarehouse({ poolSize: 1 })).warehouse;
    const slow = "SELECT levenshtein(repeat('a', 20000), repeat('b', 20000))";
    await expect(rowsOf(other, slow, ['int8'], { timeoutMs: 100 })).rejects.toMatchObject({ code: '57014' });
    expect(await textsOf(other, 'SELECT 1', ['int4'])).toEqual([['1']]);
    await other.close();
  });
});

describe('connections', () => {
  test('more statements than connections take turns', async () => {
    const runs = Array.from({ length: 20 }, (_, i) => textsOf(warehouse, `SELECT max(id) + ${i} FROM big`, ['int4']));
    expect((await Promise.all(runs)).map((rows) => rows[0]?.[0])).toEqual(runs.map((_, i) => String(999_999 + i)));
  });

  test('a statement that waits for its turn can be cancelled and times out', async () => {
    const columns = ['int4'] as const;
    const open = (): ReturnType<Warehouse['execute']> =>
      warehouse.execute(
        { sql: 'SELECT id FROM big', bindTypes: [], columns: columnsOf(columns) },
        [],
        executeOptions(columns),
      );
    const held = [await open(), await open()];
    await expect(rowsOf(warehouse, 'SELECT 1', ['int4'], { timeoutMs: 50 })).rejects.toMatchObject({ code: '57014' });
    for (const cursor of held) await cursor.close();
    expect(await textsOf(warehouse, 'SELECT 1', ['int4'])).toEqual([['1']]);
  });

  test('closing a cursor early gives its place back', async () => {
    const columns = ['int4'] as const;
    for (let i = 0; i < 10; i++) {
      const cursor = await warehouse.execute(
        { sql: 'SELECT id FROM big', bindTypes: [], columns: columnsOf(columns) },
        [],
        executeOptions(columns),
      );
      if (i % 2 === 0) await cursor.fetch(10, collector().sink);
      await cursor.close();
    }
    expect(await warehouse.ping()).toBe(true);
  });

  test('a closed warehouse stops what runs and answers nothing more', async () => {
    const other = (await openWarehouse()).warehouse;
    const running = rowsOf(other, 'SELECT count(*) FROM range(100000000000)', ['int8']);
    const stopped = expect(running).rejects.toMatchObject({ code: '57P01' });
    await sleep(50);
    await other.close();
    await stopped;
    expect(await other.ping()).toBe(false);
    await expect(rowsOf(other, 'SELECT 1', ['int4'])).rejects.toMatchObject({ code: '58000' });
  });
});

describe('the client’s side', () => {
  test('a cursor that is closed while it sends stops, and so does its statement', async () => {
    const cursor = await warehouse.execute(
      { sql: 'SELECT a.id FROM big a, big b', bindTypes: [], columns: columnsOf(['int4']) },
      [],
      executeOptions(['int4']),
    );
    const fetching = expect(cursor.fetch(0, { write: () => undefined })).rejects.toMatchObject({ code: '57014' });
    await sleep(50);
    await cursor.close();
    await fetching;
    expect(await textsOf(warehouse, 'SELECT 1', ['int4'])).toEqual([['1']]);
  });

  test('what it throws reaches the caller as it is', async () => {
    for (const write of [
      () => Promise.reject(new Error('gone')),
      () => {
        throw new Error('gone');
      },
    ]) {
      const cursor = await warehouse.execute(
        { sql: 'SELECT id FROM big', bindTypes: [], columns: columnsOf(['int4']) },
        [],
        executeOptions(['int4']),
      );
      await expect(cursor.fetch(0, { write })).rejects.toThrow('gone');
      await cursor.close();
    }
  });
});

test('DuckDB itself computes in the policy time zone', async () => {
  const other = (await openWarehouse({ policyTimeZone: 'America/St_Johns' })).warehouse;
  expect(await textsOf(other, "SELECT CAST(TIMESTAMPTZ '2024-01-01 03:00:00+00' AS DATE)", ['date'])).toEqual([
    ['2023-12-31'],
  ]);
  await other.close();
});

describe('what was planned', () => {
  test.each([
    ['SELECT 1::BIGINT', 'int4'],
    ['SELECT 1::HUGEINT', 'int8'],
    ['SELECT 1.5::DOUBLE', 'int8'],
    ["SELECT 'x'", 'int4'],
    ['SELECT 1', 'text'],
    ['SELECT 1::DOUBLE', 'float4'],
    ["SELECT {'a': 1}", 'json'],
    ['SELECT [1]', 'int4'],
    ['SELECT [[1]]', 'int4[]'],
    ['SELECT now()', 'timestamp'],
    ['SELECT 1.25::DECIMAL(4,2)', { type: 'numeric', typmod: ((10 << 16) | 1) + 4 }],
    ['SELECT 1.25::DOUBLE', { type: 'numeric', typmod: ((10 << 16) | 2) + 4 }],
  ] as const)('%s as %s is refused, not bent', async (sql, column) => {
    await expect(rowsOf(warehouse, sql, [column])).rejects.toMatchObject({ code: 'XX000' });
  });

  test('another number of columns is refused', async () => {
    await expect(rowsOf(warehouse, 'SELECT 1, 2', ['int4'])).rejects.toMatchObject({ code: 'XX000' });
  });

  test('a date that PostgreSQL does not have is an error', async () => {
    await expect(rowsOf(warehouse, "SELECT DATE '5000-01-01 (BC)'", ['date'])).rejects.toMatchObject({ code: '22008' });
    await expect(
      rowsOf(warehouse, "SELECT TIMESTAMP '5000-01-01 (BC) 00:00:00'", ['timestamp'], { format: 1 }),
    ).rejects.toMatchObject({ code: '22008' });
  });
});

describe('errors', () => {
  test.each([
    ["SELECT CAST('x' AS INTEGER)", '22P02'],
    ["SELECT CAST('zz' AS UUID)", '22P02'],
    ["SELECT CAST('{' AS JSON)", '22P02'],
    ["SELECT CAST('2024-13-01' AS DATE)", '22008'],
    ['SELECT CAST(99999999999 AS INTEGER)', '22003'],
    ['SELECT 2147483647::INTEGER + 1::INTEGER', '22003'],
    ['SELECT ln(0)', '2201E'],
    ['SELECT (SELECT i FROM range(3) t(i))', '21000'],
    ["SELECT error('semwire:2201B')", '2201B'],
    ["SELECT error('semwire:XX000')", '22000'],
    ["SELECT error('anything')", '22000'],
    ['SELECT nosuch FROM big', '58000'],
    ['SELECT * FROM nosuch', '58000'],
    ['SELEC 1', '58000'],
  ])('%s is %s', async (sql, code) => {
    const failure = await rowsOf(warehouse, sql, ['int4']).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code, name: 'SqlError' });
    expect(String(failure)).not.toMatch(/nosuch|SELEC|zz|2024|9999/);
  });

  test('too little memory is 53200', async () => {
    const small = (await openWarehouse({ memoryLimit: '30MB' })).warehouse;
    const sql = "SELECT count(*) FROM (SELECT DISTINCT i, repeat('x', 100) || i FROM range(3000000) t(i))";
    await expect(rowsOf(small, sql, ['int8'])).rejects.toMatchObject({ code: '53200' });
    await small.close();
  });
});
