import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCatalog } from '../../src/catalog/pool.ts';
import { isStable } from '../../src/catalog/stable.ts';
import type { Query } from '../../src/sql/ast.ts';
import { loadParser } from '../../src/sql/libpg.ts';
import { parse } from '../../src/sql/parse.ts';
import { ask, sessionOf } from './fixture.ts';
import { PGJDBC_COLUMNS } from './pgjdbc-statements.ts';
import { PSQL_15 } from './psql-statements.ts';

const catalog = openCatalog({ timeoutMs: 60_000 });
beforeAll(loadParser);
afterAll(() => catalog.close());

/** The caller lets queries through and nothing else; these hold even if it failed to. */
describe('a client cannot', () => {
  it.each([
    "SELECT set_config('session_authorization', 'pg_semwire', false)",
    "SELECT set_config('SESSION_AUTHORIZATION', 'pg_semwire', true)",
    "SELECT set_config('role', 'pg_semwire', false)",
    "SELECT semwire_current_setting('semwire_fact.pid', true)",
    "SELECT set_config('default_transaction_read_only', 'off', false)",
    "SELECT set_config('semwire.x; reset role', '1', false)",
    "SELECT semwire_set_config('session_authorization', 'pg_semwire', false)",
    "SELECT semwire_set_config('timezone', 'Asia/Tokyo', false)",
    'SELECT * FROM pg_authid',
    'SELECT * FROM pg_hba_file_rules',
  ])('become another role or read what is not its own: %s', async (sql) => {
    await expect(ask(catalog, sql)).rejects.toMatchObject({ code: '42501' });
    expect(await ask(catalog, "SELECT current_user, current_setting('is_superuser'), pg_backend_pid()")).toEqual([
      ['alice', 'off', '4711'],
    ]);
  });

  it.each([
    'SELECT pg_sleep(1)',
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT pg_ls_dir('/')",
    "SELECT lo_import('/etc/passwd')",
    'SELECT lo_creat(1)',
    "SELECT query_to_xml('select 1', true, false, '')",
    "SELECT ts_stat('select 1')",
    "SELECT dblink('host=127.0.0.1', 'select 1')",
    'SELECT pg_reload_conf()',
    "SELECT pg_notify('a', 'b')",
    'SELECT pg_advisory_lock(1)',
    'SELECT pg_try_advisory_xact_lock(1)',
    'SELECT setseed(0.5)',
    "SELECT pg_logical_emit_message(false, 'a', 'b')",
  ])('call what reads files, blocks, signals or stays behind; it is an unknown function: %s', async (sql) => {
    await expect(ask(catalog, sql)).rejects.toMatchObject({
      code: '42883',
      message: expect.stringMatching(/^function \w+\(.*\) does not exist$/),
    });
  });

  it.each([
    'BEGIN',
    'SET SESSION AUTHORIZATION pg_semwire',
    'RESET SESSION AUTHORIZATION',
    'SET ROLE pg_semwire',
    'COPY (SELECT 1) TO STDOUT',
    "COPY orders FROM '/etc/passwd'",
    "DO $$ BEGIN PERFORM set_config('role', 'x', false); END $$",
    'CREATE TABLE t (a int)',
    'LISTEN x',
    'PREPARE p AS SELECT 1',
    'LOCK TABLE orders',
    'DISCARD ALL',
    '',
  ])('run what is not a query: %s', async (sql) => {
    await expect(ask(catalog, sql)).rejects.toMatchObject({ code: '0A000' });
    expect(
      await ask(catalog, "SELECT current_user, (SELECT count(*) FROM pg_prepared_statements WHERE name <> '')"),
    ).toEqual([['alice', '0']]);
  });

  it('write, in any form that returns rows', async () => {
    for (const sql of [
      'INSERT INTO customers VALUES (1) RETURNING *',
      'WITH x AS (DELETE FROM orders RETURNING *) SELECT * FROM x',
      "UPDATE pg_settings SET setting = 'pg_semwire' WHERE name = 'role' RETURNING *",
      "SELECT lo_from_bytea(0, 'x')",
    ]) {
      await expect(ask(catalog, sql)).rejects.toMatchObject({
        code: expect.stringMatching(/^(42501|25006|55000|42883)$/),
      });
    }
    await expect(ask(catalog, 'SELECT 1; SELECT 2')).rejects.toMatchObject({ code: '42601' });
  });

  it('take all memory: the statement fails and the catalog goes on', async () => {
    const largeSort =
      'SELECT count(DISTINCT x) FROM (SELECT repeat(n::text, 10000000) x FROM generate_series(1, 20) n) t';
    await expect(ask(catalog, `SELECT length(repeat('x', 900000000))`)).rejects.toMatchObject({ code: '53200' });
    await expect(ask(catalog, largeSort)).rejects.toMatchObject({ code: '53400' });
    await expect(ask(catalog, "SELECT repeat('x', 1000) FROM generate_series(1, 200000)")).rejects.toMatchObject({
      code: '54000',
    });
    expect(await ask(catalog, 'SELECT current_user')).toEqual([['alice']]);
  });

  it('see another user of the same shape', async () => {
    await ask(catalog, 'SELECT 1', { session: sessionOf('secretive', { applicationName: 'hidden tool', pid: 31337 }) });
    const [[everything = '']] = (await ask(
      catalog,
      `SELECT concat((SELECT json_agg(a) FROM pg_stat_activity a), (SELECT json_agg(r) FROM pg_roles r),
        (SELECT json_agg(s) FROM pg_settings s), (SELECT json_agg(u) FROM pg_user u),
        (SELECT json_agg(p) FROM pg_stat_get_activity(NULL) p), (SELECT json_agg(l) FROM pg_locks l))`,
    )) as [[string]];
    expect(everything).toContain('alice');
    expect(everything).not.toMatch(/secretive|hidden tool|31337/);
  });
});

describe('the cache of answers', () => {
  it('takes no statement that calls a volatile function, but for those that cannot differ here', async () => {
    // Of no consequence: they fail, only describe the shape, or cannot be called from SQL (TABLESAMPLE is refused).
    const harmless =
      /^(system|bernoulli|.*handler|bt.*|amvalidate|suppress_.*|currtid2|unique_key_recheck|ri_fkey.*|pg_get_(multixact|loaded|wal_res|wal_sum).*|pg_isolation.*|pg_(hba|ident)_file.*|pg_(jit_available|get_replication_slots|show_.*)|plpgsql.*|dsnowball.*|tsvector_update.*|pg_(collation|database_collation)_actual_version|pg_partition.*|pg_available_wal_summaries|pg_advisory_unlock_all|brin.*|gin.*|pg_get_sequence_data|pg_ls.*)$/i;
    const volatile = await ask(
      catalog,
      "SELECT DISTINCT proname FROM pg_proc WHERE provolatile = 'v' AND pronamespace = 'pg_catalog'::regnamespace",
    );
    expect(volatile.length).toBeGreaterThan(30);
    const missed = volatile
      .map(([name]) => name ?? '')
      .filter((name) => !harmless.test(name) && isStable(parsed(`SELECT "${name}"()`)));
    expect(missed).toEqual([]);
  });

  it('takes what clients ask, and nothing that a clock or a session decides', () => {
    for (const sql of [
      "SELECT attname FROM pg_attribute WHERE attrelid = 'orders'::regclass",
      'SELECT current_user, current_schema(), current_database()',
      'SELECT column_default LIKE \'nextval(%\' AS "now" FROM information_schema.columns',
      ...PSQL_15.list,
      ...PSQL_15.describePlus,
      PGJDBC_COLUMNS,
    ]) {
      expect(isStable(parsed(sql)), sql).toBe(true);
    }
    for (const sql of [
      'SELECT now()',
      'SELECT 1 FROM pg_class WHERE EXISTS (SELECT "now"())',
      `SELECT U&"\\006eow"()`,
      "SELECT 'yesterday'::date",
      "SELECT lower(tstzrange('Today 12:00', NULL))",
      "SELECT date 'tomorrow 12:00'",
      "SELECT pg_typeof(now) FROM (VALUES (CAST('to' || 'day' AS timestamptz))) t (now)",
      'SELECT current_timestamp(3)',
      'SELECT localtime',
      'SELECT pg_backend_pid()',
      'SELECT (relfrozenxid).age FROM pg_class',
      "SELECT pg_catalog.current_setting('application_name')",
      'SELECT * FROM pg_settings',
      'SELECT * FROM pg_catalog.pg_stat_activity',
      'SELECT * FROM pg_class JOIN pg_show_all_settings() s ON true',
      'SELECT * FROM semwire.whoami',
      'WITH w AS (SELECT * FROM "whoami") SELECT * FROM w',
      'SELECT (SELECT count(*) FROM sessions)',
      'SELECT semwire.reload()',
      'SELECT reload()',
      'SELECT random()',
    ]) {
      expect(isStable(parsed(sql)), sql).toBe(false);
    }
  });
});

function parsed(sql: string): Query {
  const [source] = parse(sql);
  if (source?.statement.kind !== 'query') throw new Error(`no query: ${sql}`);
  return source.statement.query;
}
