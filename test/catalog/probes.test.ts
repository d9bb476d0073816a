/**
 * What tools ask of the server beside tables: PostgreSQL 18, asked by a user without privileges, is the judge of
 * whether it is answered, of the SQLSTATE where it is not, and of names and types where it is.
 */
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openCatalog } from '../../src/catalog/pool.ts';
import { SqlError } from '../../src/errors.ts';
import { startPostgres, type TestPostgres } from '../helpers/postgres.ts';
import { ALICE, SHOP } from './fixture.ts';

const catalog = openCatalog({ timeoutMs: 60_000 });
let postgres: TestPostgres;
let native: pg.Client;
beforeAll(async () => {
  postgres = await startPostgres();
  await postgres.query(`CREATE ROLE alice LOGIN; CREATE TABLE customers (id int8 PRIMARY KEY, name varchar(80));
    CREATE TABLE orders (id int8 PRIMARY KEY, customer_id int8 REFERENCES customers, placed_at timestamptz, revenue numeric(12,2));
    GRANT SELECT, REFERENCES ON orders, customers TO alice`);
  native = new pg.Client({ host: '127.0.0.1', port: postgres.port, user: 'alice', database: 'postgres' });
  await native.connect();
});
afterAll(async () => {
  await native?.end();
  await Promise.all([catalog.close(), postgres?.stop()]);
});

/** `42501`, or the columns with their types. */
async function outcome(sql: string): Promise<string> {
  try {
    const { columns, parameterTypes } = await catalog.describe(SHOP, ALICE, sql, []);
    await catalog.execute(SHOP, ALICE, sql, parameterTypes, [], []);
    return columns.map(({ name, typeOid }) => `${name} ${typeOid}`).join(', ');
  } catch (error) {
    if (error instanceof SqlError) return error.code;
    throw error;
  }
}

async function nativeOutcome(sql: string): Promise<string> {
  try {
    const { fields } = await native.query({ text: sql, rowMode: 'array' });
    return fields.map(({ name, dataTypeID }) => `${name} ${dataTypeID}`).join(', ');
  } catch (error) {
    return (error as pg.DatabaseError).code ?? String(error);
  }
}

/** Relations that a tool looks into. */
const RELATIONS = `pg_shadow pg_user pg_authid pg_group pg_roles pg_auth_members pg_db_role_setting pg_subscription
  pg_publication pg_publication_tables pg_stat_activity pg_stat_ssl pg_stat_gssapi pg_stat_replication pg_stat_database
  pg_stat_user_tables pg_stat_all_indexes pg_statio_user_tables pg_stat_progress_vacuum pg_locks pg_prepared_statements
  pg_prepared_xacts pg_cursors pg_timezone_names pg_timezone_abbrevs pg_available_extensions
  pg_available_extension_versions pg_extension pg_hba_file_rules pg_file_settings pg_config pg_shmem_allocations
  pg_backend_memory_contexts pg_replication_slots pg_foreign_server pg_user_mapping pg_user_mappings pg_event_trigger
  pg_largeobject pg_largeobject_metadata pg_stats pg_statistic pg_statistic_ext pg_statistic_ext_data pg_settings
  pg_tablespace pg_seclabels pg_policies pg_rules pg_matviews pg_indexes pg_tables pg_views pg_sequences pg_wait_events
  pg_aios pg_stat_statements pg_database pg_language pg_collation pg_conversion pg_am pg_opclass pg_range pg_ts_config`
  .split(/\s+/)
  .map((name) => `SELECT * FROM ${name}`);

const CALLS = [
  'pg_cancel_backend(1)',
  'pg_terminate_backend(1)',
  'pg_terminate_backend(1, 100)',
  'pg_backend_pid()',
  'pg_is_in_recovery()',
  'pg_postmaster_start_time()',
  'pg_conf_load_time()',
  'pg_database_size(current_database())',
  "pg_database_size('nowhere')",
  'pg_size_pretty(pg_database_size(current_database()))',
  "pg_table_size('orders'), pg_total_relation_size('orders'), pg_indexes_size('orders'), pg_relation_size('orders')",
  'pg_encoding_to_char(6), getdatabaseencoding(), pg_client_encoding()',
  "has_schema_privilege('public', 'USAGE'), has_schema_privilege('public', 'CREATE')",
  "has_schema_privilege('nowhere', 'USAGE')",
  "has_table_privilege('orders', 'SELECT'), has_any_column_privilege('orders', 'INSERT')",
  "has_database_privilege(current_database(), 'CREATE'), has_function_privilege('version()', 'EXECUTE')",
  "pg_has_role('pg_monitor', 'USAGE')",
  "pg_get_viewdef('pg_user'::regclass, true), pg_get_viewdef('orders'::regclass)",
  "pg_get_indexdef('orders_pkey'::regclass), pg_get_indexdef('orders_pkey'::regclass, 1, true)",
  "pg_get_ruledef(0), pg_get_triggerdef(0), pg_get_functiondef('version()'::regprocedure) IS NULL",
  "pg_get_serial_sequence('orders', 'id'), pg_get_userbyid(1), pg_get_constraintdef(0)",
  'txid_current(), txid_current_if_assigned(), txid_current_snapshot() IS NULL, pg_current_xact_id()',
  'pg_current_wal_lsn(), pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn(), pg_last_xact_replay_timestamp()',
  'pg_is_wal_replay_paused()',
  'pg_blocking_pids(1), pg_my_temp_schema(), pg_is_other_temp_schema(1), pg_listening_channels()',
  "current_setting('data_directory')",
  "current_setting('nothing.at_all', true), current_setting('server_version_num')",
  "current_setting('nothing.at_all')",
  "pg_tablespace_size('pg_default'), pg_tablespace_location(1663)",
  "pg_relation_filepath('orders'), pg_relation_filenode('orders')",
  "obj_description('orders'::regclass), col_description('orders'::regclass, 1), shobj_description(1, 'pg_database')",
  "to_regclass('nothing'), to_regtype('int4'), to_regrole('nobody'), to_regnamespace('public')",
  "'nothing'::regclass",
  "format_type(1700, 786438), pg_typeof(1), pg_typeof('x')",
  'lastval()',
  'inet_client_addr(), inet_client_port(), inet_server_addr(), inet_server_port()',
  'pg_jit_available(), pg_stat_get_backend_idset(), version()',
  "pg_read_binary_file('x')",
  "pg_file_write('x', 'y', false)",
].map((calls) => `SELECT ${calls}`);

const REST = [
  'SELECT * FROM pg_stat_get_activity(NULL)',
  'SELECT * FROM pg_stat_get_activity(pg_backend_pid())',
  'SELECT pid, ssl, version, cipher FROM pg_stat_ssl WHERE pid = pg_backend_pid()',
  'SELECT word, catcode FROM pg_get_keywords() LIMIT 1',
  'SELECT (pg_control_system()).system_identifier IS NULL',
  'SELECT * FROM pg_show_all_file_settings()',
  'SELECT * FROM information_schema.role_table_grants LIMIT 1',
  'SELECT * FROM information_schema.applicable_roles',
  'SELECT passwd FROM pg_catalog.pg_user',
  "SELECT setting FROM pg_settings WHERE name = 'data_directory'",
];

/** What is refused as an unknown function, though PostgreSQL has it; it says 42501 to such a user, or would do it. */
const UNKNOWN: ReadonlyMap<string, string> = new Map([["SELECT pg_read_binary_file('x')", '42501']]);

it.each([...RELATIONS, ...CALLS, ...REST])('%s', async (sql) => {
  const expected = await nativeOutcome(sql);
  const refused = UNKNOWN.get(sql);
  if (refused !== undefined) expect(expected).toBe(refused);
  expect(await outcome(sql)).toBe(refused === undefined ? expected : '42883');
});

it('the session is the one that asks', async () => {
  const rows = async (sql: string): Promise<number> => (await catalog.execute(SHOP, ALICE, sql, [], [], [])).rows;
  for (const relation of ['pg_stat_activity', 'pg_stat_ssl', 'pg_stat_get_activity(pg_backend_pid())'])
    expect(await rows(`SELECT 1 FROM ${relation} WHERE pid = ${ALICE.pid}`), relation).toBe(1);
  expect(await rows(`SELECT 1 FROM pg_locks WHERE pid <> ${ALICE.pid}`)).toBe(0);
});
