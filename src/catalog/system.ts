/**
 * How the prepared data directory differs from a fresh PostgreSQL: names, removed functions, session facts.
 *
 * A built-in function is called by its OID through a table compiled into PostgreSQL, so CREATE OR REPLACE of one does
 * nothing wherever the planner does not inline it. Hence a replaced function loses its row in pg_proc (or its name)
 * and a new one takes the name.
 */
import { createHash } from 'node:crypto';
import { replayedSettingCondition } from './settings.ts';
import { FACT_PREFIX, factStatements } from './system-facts.ts';
import { sessionStatements } from './system-sessions.ts';
import { settingsStatements } from './system-settings.ts';

/** The bootstrap superuser, owner of the stubs. The reserved prefix keeps it out of psql's \du and of sign-in. */
export const OWNER_ROLE = 'pg_semwire';
/** Object ids of the rows that are renamed per session (both fixed by initdb and the preparation). */
export const BOOTSTRAP_OID = 10;
/** The one role that clients are; it carries each session's user name in turn, so its OID never changes. */
export const CLIENT_ROLE = 'semwire_client';
/** The original set_config(), which only the owner may execute. */
export const SET_CONFIG = 'pg_catalog.semwire_set_config';

/** SQLSTATE of the INFO message by which set_config() tells what the client set. */
export const SETTING_CHANGED = 'SW001';

/** POSIX regular expressions over proname: what is removed, so that it answers as an unknown function (42883). */
const REMOVED_FUNCTIONS = [
  // run SQL given as text (security cases A65 to A69)
  '(query|cursor|table|schema|database)_to_xml.*',
  'ts_stat',
  // block, signal, or leave something behind in the one backend that all sessions of a shape share
  'pg_sleep.*',
  'pg_(try_)?advisory_(xact_)?(lock|unlock)(_shared)?',
  'pg_notify',
  'setseed',
  'pg_(cancel|terminate)_backend',
  'pg_(reload_conf|rotate_logfile|promote|switch_wal|create_restore_point|export_snapshot|log_standby_snapshot)',
  'pg_(log_backend_memory_contexts|import_system_collations|nextoid|stop_making_pinned_objects)',
  'pg_(stat_reset.*|stat_force_next_flush|restore_.*_stats|clear_.*_stats)',
  'pg_(backup_.*|wal_replay_.*|logical_.*|replication_origin_.*|replication_slot_advance|sync_replication_slots)',
  'pg_(copy|create|drop)_.*slot',
  'binary_upgrade_.*',
  '(brin_(de)?summarize_.*|gin_clean_pending_list|pg_extension_config_dump)',
  // large objects and files
  'lo_.*',
  'lo(read|write)',
  'pg_(read_(binary_)?file.*|ls_.*|stat_file|current_logfile)',
];

/** ts_rewrite has a harmless form beside the one that runs a query. */
const REMOVED_SIGNATURES = ['pg_catalog.ts_rewrite(tsquery, text)'];

/** Answered from session facts instead. */
const REPLACED_SIGNATURES = [
  'pg_catalog.version()',
  'pg_catalog.pg_backend_pid()',
  'pg_catalog.inet_client_addr()',
  'pg_catalog.inet_client_port()',
  'pg_catalog.inet_server_addr()',
  'pg_catalog.inet_server_port()',
];

const DESCRIPTIONS: readonly (readonly [signature: string, comment: string])[] = [
  ['pg_catalog.version()', 'PostgreSQL version string'],
  ['pg_catalog.pg_backend_pid()', 'statistics: current backend PID'],
  ['pg_catalog.inet_client_addr()', 'inet address of the client'],
  ['pg_catalog.inet_client_port()', "client's port number for this connection"],
  ['pg_catalog.inet_server_addr()', 'inet address of the server'],
  ['pg_catalog.inet_server_port()', "server's port number for this connection"],
  ['pg_catalog.set_config(text, text, boolean)', 'SET X as a function'],
];

/** Statements that turn a fresh cluster into the prepared one, each sent by itself. */
export function preparationStatements(): readonly string[] {
  const doomed = `SELECT oid FROM pg_catalog.pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace
    AND (proname ~ '^(${REMOVED_FUNCTIONS.join('|')})$'
      OR oid IN (${[...REMOVED_SIGNATURES, ...REPLACED_SIGNATURES].map((name) => `'${name}'::regprocedure`).join(', ')}))`;
  return [
    'UPDATE pg_catalog.pg_database SET datistemplate = false',
    'DROP DATABASE template0',
    'DROP DATABASE template1',
    `UPDATE pg_catalog.pg_authid SET rolname = '${OWNER_ROLE}' WHERE oid = ${BOOTSTRAP_OID}`,
    `CREATE ROLE ${CLIENT_ROLE} LOGIN`,
    // It says that it is the administrators' own.
    'COMMENT ON DATABASE postgres IS NULL',
    'REVOKE ALL ON DATABASE postgres FROM PUBLIC',
    'GRANT CONNECT ON DATABASE postgres TO PUBLIC',
    'REVOKE ALL ON LANGUAGE sql, plpgsql FROM PUBLIC',
    `DELETE FROM pg_catalog.pg_description WHERE classoid = 'pg_proc'::regclass AND objoid IN (${doomed})`,
    `DELETE FROM pg_catalog.pg_init_privs WHERE classoid = 'pg_proc'::regclass AND objoid IN (${doomed})`,
    `DELETE FROM pg_catalog.pg_proc WHERE oid IN (${doomed})`,
    ...setConfigStatements(),
    ...factStatements(),
    ...settingsStatements(),
    ...sessionStatements(),
    ...CONSTRAINT_VIEWS.map((view) => withoutOwner(...view)),
    ...DESCRIPTIONS.map(
      ([signature, comment]) => `COMMENT ON FUNCTION ${signature} IS '${comment.replaceAll("'", "''")}'`,
    ),
    ...['VACUUM FULL', 'VACUUM (FREEZE)', 'CHECKPOINT', 'CHECKPOINT'],
  ];
}

/** Names what the data directory was made of: PGlite's version and everything in this file. */
export function preparationStamp(pgliteVersion: string): string {
  const content = createHash('sha256').update(JSON.stringify([preparationStatements(), CONFIGURATION]));
  return `PGlite ${pgliteVersion}, preparation ${content.digest('hex').slice(0, 16)}`;
}

/** The whole postgresql.conf: small, quiet, read only, nothing counted, no temporary file without bound. */
export const CONFIGURATION = `
shared_buffers = 2MB
work_mem = 8MB
temp_file_limit = 64MB
max_connections = 100
wal_level = minimal
max_wal_senders = 0
min_wal_size = 2MB
max_wal_size = 4MB
wal_recycle = off
full_page_writes = off
synchronous_commit = on
autovacuum = off
track_activities = off
track_counts = off
jit = off
default_transaction_read_only = on
datestyle = 'iso, mdy'
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
lc_monetary = 'C'
lc_numeric = 'C'
lc_time = 'C'
default_text_search_config = 'pg_catalog.english'
`;

/**
 * set_config() for clients: takes the settings that are replayed, for the statement at hand alone, and tells the
 * session layer by an INFO message. Any other name is 42501 (contract, section 7.11).
 */
function setConfigStatements(): readonly string[] {
  const original = 'pg_catalog.set_config(text, text, boolean)';
  return [
    `REVOKE ALL ON FUNCTION ${original} FROM PUBLIC`,
    `ALTER FUNCTION ${original} RENAME TO ${SET_CONFIG.replace('pg_catalog.', '')}`,
    `CREATE FUNCTION ${original} RETURNS text LANGUAGE plpgsql VOLATILE SECURITY DEFINER PARALLEL UNSAFE AS $function$
  DECLARE
    name pg_catalog.text := pg_catalog.lower($1);
    value pg_catalog.text;
  BEGIN
    IF name IS NULL THEN
      RAISE EXCEPTION USING ERRCODE = '22004', MESSAGE = 'SET requires parameter name';
    END IF;
    IF pg_catalog.starts_with(name, '${FACT_PREFIX}.') THEN
      RAISE EXCEPTION USING ERRCODE = '42602',
        MESSAGE = pg_catalog.concat('invalid configuration parameter name "', $1, '"'),
        DETAIL = '"${FACT_PREFIX}" is a reserved prefix.';
    END IF;
    IF NOT ${replayedSettingCondition('name')} THEN
      RAISE EXCEPTION USING ERRCODE = '42501',
        MESSAGE = pg_catalog.concat('permission denied to set parameter "', $1, '"');
    END IF;
    value := ${SET_CONFIG}(name, $2, true);
    RAISE INFO USING ERRCODE = '${SETTING_CHANGED}', MESSAGE = pg_catalog.json_build_object(
      'name', name, 'value', CASE WHEN $2 IS NOT NULL THEN value END, 'local', coalesce($3, false))::pg_catalog.text;
    RETURN value;
  END $function$`,
  ];
}

/** Views that show the constraints of the reader's own tables: all that is in an instance is there to be seen. */
const CONSTRAINT_VIEWS: readonly (readonly [view: string, owner: string, schema: string])[] = [
  ['constraint_column_usage', 'tblowner', 'tblschema'],
  ['constraint_table_usage', 'r.relowner', 'nr.nspname'],
];

function withoutOwner(view: string, owner: string, schema: string): string {
  return `DO $do$
  DECLARE
    written text := pg_get_viewdef('information_schema.${view}'::regclass);
    changed text := replace(written, $$pg_has_role(${owner}, 'USAGE'::text)$$, $$${schema} <> 'pg_catalog'$$);
  BEGIN
    IF changed = written THEN RAISE EXCEPTION 'information_schema.${view} has no condition on its owner'; END IF;
    EXECUTE 'CREATE OR REPLACE VIEW information_schema.${view} AS ' || changed;
  END $do$`;
}
