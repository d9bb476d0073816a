/** Catalog functions over constants inside queries over exposed tables, and the shape of tables beside the catalog's. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Client, type Gateway, modelFolder, onDuckdb } from '../security/gateway.ts';

const MODEL = modelFolder('tenants');

let gateway: Gateway;
let red: Client;
let blue: Client;
let chief: Client;
beforeAll(async () => {
  gateway = await onDuckdb(MODEL, readFileSync(`${MODEL}/seed.sql`, 'utf8'));
  red = await gateway.signIn({ sub: 'r', tenant: 'red', groups: ['seller'] });
  blue = await gateway.signIn({ sub: 'b', tenant: 'blue', groups: ['seller'] });
  chief = await gateway.signIn({ sub: 'c', groups: ['chief'] });
});
afterAll(async () => {
  red?.close();
  blue?.close();
  chief?.close();
  await gateway?.close();
});

it('the value is that of the session that asks, of two who see the same', async () => {
  const sql = "SELECT pg_backend_pid() AS pid, current_setting('application_name') AS a, count(*) FROM sales";
  await red.ask("SET application_name = 'red''s'");
  await blue.ask("SET application_name = 'blue''s'");
  const [[own] = []] = (await red.ask('SELECT pg_backend_pid()')).rows;
  const [[theirs] = []] = (await blue.ask('SELECT pg_backend_pid()')).rows;
  expect(own).not.toBe(theirs);
  for (let round = 0; round < 3; round += 1) {
    const answers = await Promise.all([red.ask(sql), blue.ask(sql)]);
    expect(answers.map(({ rows }) => rows)).toEqual([[[own, "red's", '2']], [[theirs, "blue's", '3']]]);
  }
});

it('a prepared statement follows the settings', async () => {
  await red.ask(
    "PREPARE p AS SELECT current_setting('TimeZone') AS zone, current_schemas(false) AS s, count(*) FROM sales",
  );
  expect((await red.ask('EXECUTE p')).rows).toEqual([['UTC', '{public}', '2']]);
  await red.ask("SET TIME ZONE 'Europe/Berlin'");
  await red.ask('SET search_path = semwire, public');
  expect((await red.ask('EXECUTE p')).rows).toEqual([['Europe/Berlin', '{semwire,public}', '2']]);
  await red.ask('DISCARD ALL');
});

it('a time is the same moment whatever TimeZone is', async () => {
  const sql =
    "SELECT pg_postmaster_start_time() BETWEEN now() - interval '1 hour' AND now() AS near FROM sales LIMIT 1";
  for (const zone of ['UTC', 'Asia/Tokyo', 'America/St_Johns']) {
    await red.ask(`SET TIME ZONE '${zone}'`);
    expect((await red.ask(sql)).rows, zone).toEqual([['t']]);
  }
  await red.ask('DISCARD ALL');
});

it('an interval is refused, whose text the session’s IntervalStyle decides', async () => {
  expect((await red.ask("SELECT current_setting('statement_timeout')::interval FROM sales")).code).toBe('0A000');
});

it('by the extended protocol, with parameters beside', async () => {
  const sql =
    "SELECT to_regclass('sales')::text, count(*) FROM sales WHERE id > $1 AND has_table_privilege('sales', 'SELECT')";
  const [described, ...executed] = await red.askPrepared(sql, ['1'], 2);
  expect(described?.code).toBeUndefined();
  expect(executed.map(({ rows }) => rows)).toEqual([[['sales', '1']], [['sales', '1']]]);
});

it('in COPY, DECLARE and EXPLAIN', async () => {
  const query = 'SELECT format_type(1700, 786438) AS t, id FROM sales ORDER BY id';
  expect((await red.ask(`COPY (${query}) TO STDOUT`)).lines.join('\n')).toContain('numeric(12,2)\t1');
  await red.ask(`BEGIN; DECLARE c CURSOR FOR ${query}`);
  expect((await red.ask('FETCH ALL FROM c')).rows).toEqual([
    ['numeric(12,2)', '1'],
    ['numeric(12,2)', '2'],
  ]);
  await red.ask('ROLLBACK');
  expect((await red.ask(`EXPLAIN ${query}`)).lines.join('\n')).toContain('t text');
});

it('the shape of a table beside the catalog’s, measures with their types', async () => {
  const sql =
    'SELECT s.id, s.region, s.total, c.relname FROM sales s LEFT JOIN pg_catalog.pg_class c ON c.relname = s.region LIMIT 0';
  const answer = await red.ask(sql);
  expect(answer.rows).toEqual([]);
  const shown = await red.ask('SELECT id, region, total FROM sales LIMIT 0');
  const fields = (lines: readonly string[]) =>
    lines[0]
      ?.slice(4)
      .split(/(?<=\0.{6}.{4}.{2}.{4}.{2})/s)
      .slice(0, 3);
  expect(fields(answer.lines)).toEqual(fields(shown.lines));
  expect((await red.ask('SELECT count(*), max(s.total) FROM sales s, pg_class WHERE 1 = 0')).rows).toEqual([
    ['0', null],
  ]);
  expect((await red.ask('SELECT s.cost FROM sales s, pg_class LIMIT 0')).code).toBe('42703');
  expect((await chief.ask('SELECT s.cost FROM sales s, pg_class LIMIT 0')).code).toBeUndefined();
});
