import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startPostgres, type TestPostgres } from '../helpers/postgres.ts';
import {
  devNull,
  eventually,
  failure,
  open,
  type Run,
  rowsOf,
  type TestWarehouse,
  warehouseFor,
} from './postgres-run.ts';

let server: TestPostgres;
let warehouse: TestWarehouse;

beforeAll(async () => {
  server = await startPostgres();
  await server.query(`
    create role reader login; create table orders(id int, tenant int); insert into orders values (1, 1), (2, 2);
    grant select on orders to reader;
    create role writer login; grant select, insert on orders to writer;
    create role exempt login bypassrls;`);
});
afterAll(() => server.stop());
beforeEach(() => {
  warehouse = warehouseFor(as('reader'), { poolSize: 1, policyTimeZone: 'Europe/Berlin' });
});
afterEach(() => warehouse.close());

const as = (role: string): string => server.url.replace('postgres@', `${role}@`);
const value = async (sql: string): Promise<string | null | undefined> =>
  (await rowsOf(warehouse, { sql, columns: ['text'] }))[0]?.[0];
const connections = () => server.query("select pid, state from pg_stat_activity where application_name = 'semwire'");

describe('the session', () => {
  test.each([
    ['TimeZone', 'Europe/Berlin'],
    ['DateStyle', 'ISO, MDY'],
    ['IntervalStyle', 'postgres'],
    ['bytea_output', 'hex'],
    ['extra_float_digits', '1'],
    ['standard_conforming_strings', 'on'],
    ['client_encoding', 'UTF8'],
    ['default_transaction_read_only', 'on'],
    ['transaction_read_only', 'on'],
    ['row_security', 'on'],
  ])('has %s %s, whatever the role or the URL says', async (name, expected) => {
    await server.query(
      "alter role reader set timezone = 'Asia/Tokyo'; alter role reader set datestyle = 'German'; alter role reader set bytea_output = escape",
    );
    await warehouse.close();
    const url = `${as('reader')}?options=-c%20timezone%3DAsia/Tokyo%20-c%20search_path%3Dpg_catalog`;
    warehouse = warehouseFor(url, { poolSize: 1, policyTimeZone: 'Europe/Berlin' });
    expect(await value(`select current_setting('${name}')`)).toBe(expected);
    expect(await value("select current_setting('search_path')")).toBe('pg_catalog');
  });

  test.each([0, 1])('can only read (fetch %i)', async (maxRows) => {
    await warehouse.close();
    warehouse = warehouseFor(server.url, { poolSize: 1 });
    for (const sql of [
      'create table x(a int)',
      'insert into orders values (3, 3) returning id',
      "select nextval('s')",
    ]) {
      await server.query('create sequence if not exists s');
      const cursor = await open(warehouse, { sql, columns: ['int8'] });
      expect(await failure(cursor.fetch(maxRows, devNull))).toMatch(/^(58000 the warehouse refused|XX000)/);
      await cursor.close();
    }
    expect(await server.query('select count(*)::int n, max(id) m from orders')).toEqual([{ n: '2', m: '2' }]);
    expect(await server.query("select to_regclass('x') is null as missing")).toEqual([{ missing: 't' }]);
  });

  test('is left as it was found: nothing of one statement is there for the next', async () => {
    const state = `select
      (select json_agg(name order by name) from pg_settings where source = 'session')::text,
      (select count(*) from pg_locks l join pg_class c on c.oid = l.relation where c.relname = 'orders')::text,
      (select count(*) from pg_locks where locktype = 'advisory')::text,
      (select count(*) from pg_cursors where name <> '')::text,
      (select count(*) from pg_class where relpersistence = 't')::text,
      (select string_agg(name, ',' order by name) from pg_prepared_statements where name !~ '^s[0-9]+$')::text`;
    const columns: Run['columns'] = ['text', 'text', 'text', 'text', 'text', 'text'];
    const before = await rowsOf(warehouse, { sql: state, columns });
    const cursor = await open(warehouse, {
      sql: 'select id from orders, generate_series(1, 10000)',
      columns: ['int4'],
    });
    await cursor.fetch(3, devNull);
    await cursor.close();
    await failure(rowsOf(warehouse, { sql: 'select 1 / (id - 1) from orders', columns: ['int4'] }));
    const abort = new AbortController();
    const sleeping = rowsOf(warehouse, {
      sql: 'select pg_sleep(600)::text from orders',
      columns: ['text'],
      signal: abort.signal,
    });
    setTimeout(() => abort.abort(), 50);
    await failure(sleeping);
    expect(await rowsOf(warehouse, { sql: state, columns })).toEqual(before);
    expect((await connections()).length).toBe(1);
  });

  test('that a statement changed all the same is closed, not passed on', async () => {
    const first = await value('select pg_backend_pid()::text');
    await value("select set_config('timezone', 'Asia/Tokyo', false)");
    expect(await value("select current_setting('timezone')")).toBe('Europe/Berlin');
    const second = await value('select pg_backend_pid()::text');
    expect(second).not.toBe(first);
    await value("select set_config('default_transaction_read_only', 'off', false)");
    expect(await value("select current_setting('default_transaction_read_only')")).toBe('on');
  });
});

describe('the role', () => {
  const warnings = async (role: string) => {
    const asked = warehouseFor(as(role), { poolSize: 1 });
    await asked.ping();
    await asked.close();
    return asked.log.filter(({ level }) => level === 'warn').map(({ fields }) => fields.powers);
  };

  test('that can only read is what is wanted', async () => {
    expect(await warnings('reader')).toEqual([]);
  });

  test('that can do more is warned of, once', async () => {
    expect(await warnings('postgres')).toEqual([
      ['SUPERUSER', 'BYPASSRLS', 'CREATEROLE, CREATEDB or REPLICATION', 'write rights on tables'],
    ]);
    expect(await warnings('writer')).toEqual([['write rights on tables']]);
    expect(await warnings('exempt')).toEqual([['BYPASSRLS']]);
  });

  test.each(['postgres', 'exempt'])('%s is refused where superusers are not allowed', async (role) => {
    const strict = warehouseFor(as(role), { allowSuperuser: false });
    expect(await failure(rowsOf(strict, { sql: 'select 1', columns: ['int4'] }))).toBe(
      '58000 the warehouse is not reachable',
    );
    expect(await strict.ping()).toBe(false);
    expect(strict.log.some(({ level }) => level === 'error')).toBe(true);
    await strict.close();
  });
});

describe('the pool', () => {
  test('connects at the first statement', async () => {
    await eventually('the others are gone', async () => (await connections()).length === 0);
    await open(warehouse, { sql: 'select 1', columns: ['int4'] });
    expect(await connections()).toEqual([]);
    await warehouse.ping();
    expect((await connections()).length).toBe(1);
  });

  test('holds no more connections than it may, and serves all who wait, in order', async () => {
    const pool = warehouseFor(as('reader'), { poolSize: 3 });
    const order: number[] = [];
    let most = 0;
    await Promise.all(
      Array.from({ length: 40 }, async (_, i) => {
        await rowsOf(pool, { sql: `select ${i}, pg_sleep(0.01)::text`, columns: ['int4', 'text'] });
        order.push(i);
        if (i % 8 === 0) most = Math.max(most, (await connections()).length);
      }),
    );
    expect(most).toBeLessThanOrEqual(3);
    expect(order.length).toBe(40);
    // Three run side by side, so neighbours may overtake each other, but nobody waits behind all the rest.
    for (const [at, i] of order.entries()) expect(Math.abs(at - i)).toBeLessThan(12);
    await pool.close();
  });

  test('cancelled while waiting: never runs, and the place in the queue is the next one’s', async () => {
    const holder = await open(warehouse, { sql: 'select generate_series(1, 10)', columns: ['int4'] });
    await holder.fetch(1, devNull);
    const abort = new AbortController();
    const given = failure(rowsOf(warehouse, { sql: "select 'given up'", columns: ['text'], signal: abort.signal }));
    const closed = await open(warehouse, { sql: "select 'closed'", columns: ['text'] });
    const closing = failure(closed.fetch(0, devNull));
    const next = rowsOf(warehouse, { sql: "select 'next'", columns: ['text'] });
    abort.abort();
    await closed.close();
    expect(await given).toBe('57014 canceling statement due to user request');
    expect(await closing).toBe('57014 canceling statement due to user request');
    await holder.close();
    expect(await next).toEqual([['next']]);
    const prepared = await rowsOf(warehouse, {
      sql: 'select statement from pg_prepared_statements',
      columns: ['text'],
    });
    expect(prepared.flat()).not.toContain("select 'given up'");
    expect(prepared.flat()).not.toContain("select 'closed'");
  });

  test('close() turns away who waits, lets nobody in, and leaves no connection', async () => {
    const pool = warehouseFor(as('reader'), { poolSize: 1 });
    const holder = await open(pool, { sql: 'select generate_series(1, 10)', columns: ['int4'] });
    await holder.fetch(1, devNull);
    const waiting = failure(rowsOf(pool, { sql: 'select 1', columns: ['int4'] }));
    const closing = pool.close();
    expect(await waiting).toBe('57P01 terminating connection due to administrator command');
    await holder.close();
    await closing;
    expect(await failure(rowsOf(pool, { sql: 'select 1', columns: ['int4'] }))).toMatch(/^57P01/);
    await eventually('all connections are gone', async () => (await connections()).length === 0);
  });
});
