import { createServer, type Server } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startPostgres, type TestPostgres } from '../helpers/postgres.ts';
import {
  collector,
  devNull,
  eventually,
  failure,
  open,
  type Run,
  rowsOf,
  startLine,
  type TestWarehouse,
  warehouseFor,
} from './postgres-run.ts';

let server: TestPostgres;
let warehouse: TestWarehouse;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());
beforeEach(() => {
  warehouse = warehouseFor(server.url, { poolSize: 1 });
});
afterEach(async () => {
  await warehouse.close();
  await eventually('all connections are gone', async () => (await activity()).length === 0);
});

const SLEEP: Run = { sql: 'select pg_sleep(600)::text', columns: ['text'] };
/** 900 GB. */
const ENDLESS: Run = {
  sql: "select repeat('x', 1000) from generate_series(1, 30000) a, generate_series(1, 30000) b",
  columns: ['text'],
};

/** What the driver's connections are doing, by state and what they wait for. */
const activity = () =>
  server.query(
    "select state, wait_event, pid, query from pg_stat_activity where application_name = 'semwire' and backend_type = 'client backend'",
  );
const running = async (): Promise<boolean> => (await activity()).some(({ state }) => state === 'active');
const nothingRuns = async (): Promise<boolean> => (await activity()).every(({ state }) => state === 'idle');
/** The connection is not only back: it works, and it is the same. */
async function stillServes(pid: string | null | undefined): Promise<void> {
  expect(await rowsOf(warehouse, { sql: 'select 1', columns: ['int4'] })).toEqual([['1']]);
  if (pid !== undefined) expect((await activity()).map((backend) => backend.pid)).toEqual([pid]);
}
const pidOf = async () => (await activity())[0]?.pid;

describe('cancel', () => {
  test('ends a statement that runs, and leaves the connection fit for the next', async () => {
    const abort = new AbortController();
    const fetching = (await open(warehouse, { ...SLEEP, signal: abort.signal })).fetch(0, devNull);
    await eventually('the statement runs', running);
    const pid = await pidOf();
    abort.abort();
    expect(await failure(fetching)).toBe('57014 canceling statement due to user request');
    await stillServes(pid);
  });

  test('that overtakes its statement still ends it', async () => {
    await rowsOf(warehouse, { sql: 'select 1', columns: ['int4'] });
    for (let i = 0; i < 20; i++) {
      const abort = new AbortController();
      const fetching = (await open(warehouse, { ...SLEEP, signal: abort.signal })).fetch(0, devNull);
      await Promise.resolve();
      abort.abort();
      expect(await failure(fetching)).toBe('57014 canceling statement due to user request');
    }
    await stillServes(undefined);
  });

  test('never hits the statement that comes after it', async () => {
    const outcomes = new Set<string>();
    for (let i = 0; i < 100; i++) {
      const abort = new AbortController();
      const cursor = await open(warehouse, { sql: 'select 1', columns: ['int4'], signal: abort.signal });
      const fetching = failure(cursor.fetch(0, devNull));
      setImmediate(() => abort.abort());
      outcomes.add(await fetching);
      expect(await rowsOf(warehouse, { sql: 'select 2', columns: ['int4'] })).toEqual([['2']]);
    }
    expect([...outcomes].every((said) => said === 'no error' || said.startsWith('57014'))).toBe(true);
  });

  test('that reaches the server before its statement is sent again', async () => {
    const line = await startLine(server.port);
    const slow = warehouseFor(server.url.replace(String(server.port), String(line.port)), { poolSize: 1 });
    await slow.ping();
    line.hold(0);
    const abort = new AbortController();
    const fetching = failure(rowsOf(slow, { ...SLEEP, signal: abort.signal }));
    await eventually('the statement is on the line', () => line.held(0));
    abort.abort();
    await eventually('the cancel request is through', () => line.closed(1));
    line.release(0);
    expect(await fetching).toBe('57014 canceling statement due to user request');
    await eventually('the backend is idle', nothingRuns);
    await slow.close();
    line.stop();
  });

  test('that is late is waited for: the next statement starts when it can no longer be hit', async () => {
    const line = await startLine(server.port);
    const slow = warehouseFor(server.url.replace(String(server.port), String(line.port)), { poolSize: 1 });
    await slow.ping();
    line.hold(1);
    const abort = new AbortController();
    const first = failure(rowsOf(slow, { sql: 'select pg_sleep(0.3)::text', columns: ['text'], signal: abort.signal }));
    await eventually('the statement runs', running);
    abort.abort();
    await eventually('the cancel request is on the line', () => line.held(1));
    expect(await first).toBe('57014 canceling statement due to user request');
    const second = failure(rowsOf(slow, { sql: 'select pg_sleep(0.3)::text', columns: ['text'] }));
    // Time enough for it to start, if anything let it.
    await new Promise((resolve) => setTimeout(resolve, 100));
    line.release(1);
    expect(await second).toBe('no error');
    await slow.close();
    line.stop();
  });

  test('close() right behind fetch()', async () => {
    await warehouse.ping();
    const cursor = await open(warehouse, SLEEP);
    const fetching = failure(cursor.fetch(0, devNull));
    await cursor.close();
    expect(await fetching).toBe('57014 canceling statement due to user request');
    expect((await activity()).map(({ query }) => query)).not.toContain(SLEEP.sql);
    await stillServes(undefined);
  });

  test('before the first fetch: nothing runs at all', async () => {
    const abort = new AbortController();
    const cursor = await open(warehouse, { ...SLEEP, signal: abort.signal });
    abort.abort();
    expect(await failure(cursor.fetch(0, devNull))).toBe('57014 canceling statement due to user request');
    await eventually('nobody is connected', async () => (await activity()).length === 0);
  });

  test('in the middle of a result that nobody takes any more', async () => {
    const abort = new AbortController();
    const fetching = (await open(warehouse, { ...ENDLESS, signal: abort.signal })).fetch(0, {
      write: () => new Promise(() => {}),
    });
    await eventually('the server waits for us', async () => (await activity())[0]?.wait_event === 'ClientWrite');
    const pid = await pidOf();
    abort.abort();
    expect(await failure(fetching)).toBe('57014 canceling statement due to user request');
    await eventually('the backend is idle', nothingRuns);
    await stillServes(pid);
  });

  test('close() in the middle of a result', async () => {
    const cursor = await open(warehouse, ENDLESS);
    let started = false;
    const fetching = cursor.fetch(0, {
      write: () => {
        started = true;
        return undefined;
      },
    });
    const failing = failure(fetching);
    await eventually('rows come', () => started);
    await cursor.close();
    await cursor.close();
    expect(await failing).toBe('57014 canceling statement due to user request');
    await stillServes(undefined);
    expect(await cursor.fetch(0, devNull)).toEqual({ rows: 0, done: true });
  });

  test('close() between two portions ends the transaction', async () => {
    const cursor = await open(warehouse, ENDLESS);
    await cursor.fetch(5, devNull);
    expect((await activity())[0]).toMatchObject({ state: 'idle in transaction' });
    const pid = await pidOf();
    await cursor.close();
    await stillServes(pid);
    expect((await activity())[0]).toMatchObject({ state: 'idle' });
  });

  test('a sink that fails ends the statement, and its error is the one that is thrown', async () => {
    for (const write of [
      () => {
        throw new RangeError('thrown');
      },
      () => Promise.reject(new RangeError('rejected')),
    ]) {
      const cursor = await open(warehouse, ENDLESS);
      await expect(cursor.fetch(0, { write })).rejects.toThrow(RangeError);
      await stillServes(undefined);
    }
  });
});

describe('timeout', () => {
  test('ends a statement', async () => {
    expect(await failure(rowsOf(warehouse, { ...SLEEP, timeoutMs: 100 }))).toBe(
      '57014 canceling statement due to statement timeout',
    );
    await stillServes(undefined);
  });

  test('counts the time in the queue, and what was overdue there never runs', async () => {
    const holder = await open(warehouse, ENDLESS);
    await holder.fetch(1, devNull);
    const waiting = rowsOf(warehouse, { sql: "select 'waited'", columns: ['text'], timeoutMs: 50 });
    expect(await failure(waiting)).toBe('57014 canceling statement due to statement timeout');
    await holder.close();
    await stillServes(undefined);
    expect((await activity()).map(({ query }) => query)).not.toContain("select 'waited'");
  });

  test('is known to the server too, in case this process is not there to end it', async () => {
    const show: Run = { sql: "select current_setting('statement_timeout')", columns: ['text'] };
    expect(await rowsOf(warehouse, { ...show, timeoutMs: 1500 })).toEqual([['6500ms']]);
    expect(await failure(rowsOf(warehouse, { sql: 'select 1/0', columns: ['int4'], timeoutMs: 2000 }))).toMatch(
      /^22012/,
    );
    expect(await rowsOf(warehouse, { ...show, timeoutMs: 2000 })).toEqual([['7s']]);
    expect(await rowsOf(warehouse, show)).toEqual([['0']]);
  });

  test('holds for each portion, not for the time a client thinks between them', async () => {
    const cursor = await open(warehouse, { ...ENDLESS, timeoutMs: 300 });
    await cursor.fetch(1, devNull);
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(await cursor.fetch(1, devNull)).toEqual({ rows: 1, done: false });
    expect(await failure(cursor.fetch(0, devNull))).toMatch(/^57014/);
    await stillServes(undefined);
  });
});

describe('errors', () => {
  test.each([0, 100_000])('in the middle of a result are thrown, whatever has passed (fetch %i)', async (maxRows) => {
    const cursor = await open(warehouse, {
      sql: 'select 1 / (500000 - i) from generate_series(1, 1000000) i',
      columns: ['int4'],
    });
    const sink = collector();
    const all = async () => {
      while (!(await cursor.fetch(maxRows, sink)).done);
    };
    expect(await failure(all())).toBe('22012 division by zero');
    expect(sink.rows()).toBeLessThan(500_000);
    expect(await cursor.fetch(maxRows, sink)).toEqual({ rows: 0, done: true });
    await stillServes(undefined);
  });

  test.each([
    ["select '12x'::int4", '22P02 invalid input syntax'],
    ["select extract(year from 'canary'::date)::int4", '22007 invalid input syntax for type timestamp'],
    ["select extract(year from '2024-13-41'::date)::int4", '22008 date/time field value out of range'],
    ['select 2147483647 + 1', '22003 value out of range'],
    ['select ln(0)::int4', '2201E cannot take logarithm of zero or a negative number'],
    ['select (select generate_series(1, 2))', '21000 more than one row returned by a subquery used as an expression'],
    ["select json_value('[1]', 'strict $.a' error on error)::int4", '2203A data exception'],
    ['select 1 from no_such_table', '58000 the warehouse refused the statement'],
    ['select no_such_column', '58000 the warehouse refused the statement'],
    ['select no_such_function()', '58000 the warehouse refused the statement'],
    ['selec 1', '58000 the warehouse refused the statement'],
    [
      'select a.x from (values (1)) a(x) full join (values (1)) b(x) on a.x < b.x',
      '0A000 the warehouse cannot do this',
    ],
  ])('%s', async (sql, expected) => {
    expect(await failure(rowsOf(warehouse, { sql, columns: ['int4'] }))).toBe(expected);
  });

  test('of PostgreSQL’s limits are 54000', async () => {
    const columns = Array.from({ length: 1665 }, () => '1');
    const run = rowsOf(warehouse, { sql: `select ${columns.join()}`, columns: [] });
    expect(await failure(run)).toBe('54000 a limit of the warehouse was exceeded');
  });

  test('carry nothing of the warehouse’s text but in `cause`, which the log gets with the query id', async () => {
    const error = await rowsOf(warehouse, { sql: 'select canary from secret_table', columns: ['int4'] }).catch(
      (e) => e,
    );
    const { message, detail, hint } = error;
    expect({ message, detail, hint }).toEqual({
      message: 'the warehouse refused the statement',
      detail: 'query id q1',
      hint: undefined,
    });
    expect(error.cause.message).toBe('relation "secret_table" does not exist');
    expect(warehouse.log.at(-1)).toMatchObject({ level: 'error', fields: { queryId: 'q1', err: { code: '42P01' } } });
  });

  test('a row over the limit is refused without being held, and the next statement runs', async () => {
    const small = warehouseFor(server.url, { poolSize: 1, maxRowBytes: 1_000_000 });
    const before = process.memoryUsage().arrayBuffers;
    const huge: Run = { sql: "select repeat('x', 60000000)", columns: ['text'] };
    expect(await failure(rowsOf(small, huge))).toBe('54000 a row is larger than 1000000 bytes');
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10_000_000);
    const fits = await rowsOf(small, { sql: "select repeat('x', 999000)", columns: ['text'] });
    expect(fits[0]?.[0]?.length).toBe(999_000);
    await small.close();
  });
});

describe('a connection that is lost', () => {
  test('under a statement is 58000 for it alone', async () => {
    const fetching = failure(rowsOf(warehouse, SLEEP));
    await eventually('the statement runs', running);
    await server.query(`select pg_terminate_backend(${await pidOf()})`);
    expect(await fetching).toBe('58000 the warehouse is not reachable');
    await stillServes(undefined);
  });

  test('between portions is 58000 at the next', async () => {
    const cursor = await open(warehouse, ENDLESS);
    await cursor.fetch(1, devNull);
    await server.query(`select pg_terminate_backend(${await pidOf()})`);
    expect(await failure(cursor.fetch(1, devNull))).toBe('58000 the warehouse is not reachable');
    await stillServes(undefined);
  });

  test('while idle is replaced without anybody noticing', async () => {
    await rowsOf(warehouse, { sql: 'select 1', columns: ['int4'] });
    await server.query(`select pg_terminate_backend(${await pidOf()})`);
    await eventually('it is gone', async () => (await activity()).length === 0);
    await eventually('it was noticed', () => warehouse.log.some(({ message }) => message.includes('idle connection')));
    await stillServes(undefined);
  });

  test('nobody at the address is 58000, and the log says why', async () => {
    const nowhere = warehouseFor(`postgres://user:hunter2@127.0.0.1:${await unusedPort()}/x`);
    expect(await failure(rowsOf(nowhere, SLEEP))).toBe('58000 the warehouse is not reachable');
    expect(await failure(nowhere.describe('select 1', []))).toBe('58000 the warehouse is not reachable');
    expect(await nowhere.ping()).toBe(false);
    expect(JSON.stringify(nowhere.log)).toContain('ECONNREFUSED');
    expect(JSON.stringify(nowhere.log)).not.toContain('hunter2');
    await nowhere.close();
    expect(await warehouse.ping()).toBe(true);
  });

  test('a server that accepts and says nothing is given up in time', async () => {
    const silent: Server = createServer(() => {}).listen(0, '127.0.0.1');
    await new Promise((resolve) => silent.once('listening', resolve));
    const address = silent.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    const deaf = warehouseFor(`postgres://postgres@127.0.0.1:${port}/x`, { connectTimeoutMs: 200 });
    expect(await failure(rowsOf(deaf, SLEEP))).toBe('58000 the warehouse is not reachable');
    await deaf.close();
    silent.close();
  });

  test('a URL that cannot be read does not show its password', () => {
    expect(() => warehouseFor('postgres://user:hunter2@host:port:port/x')).toThrow(
      /^the warehouse URL cannot be used$/,
    );
  });
});

async function unusedPort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => probe.once('listening', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return address !== null && typeof address === 'object' ? address.port : 0;
}
