/**
 * What PostgreSQL shows of sessions, out of the session facts: who is connected, what the asking session holds, and the
 * functions that end another's statement. One backend serves all sessions, so its own answers would be about nobody.
 */

import { ABOUT } from './system-facts.ts';

/** SQLSTATE of the INFO message by which a function tells what the server is to do. */
export const REQUESTED = 'SW002';

/** Statements of the preparation, once the functions that are replaced have gone. */
export function sessionStatements(): readonly string[] {
  return [
    ACTIVITY,
    // The views that read it go on with the old one under its new name.
    'ALTER FUNCTION pg_catalog.pg_stat_get_activity(int4) RENAME TO semwire_stat_get_activity',
    GET_ACTIVITY,
    SSL,
    GSSAPI,
    LOCKS,
    PREPARED_STATEMENTS,
    CURSORS,
    endingFunction('pg_cancel_backend(pid int4)', 'cancel'),
    endingFunction('pg_terminate_backend(pid int4, timeout int8 DEFAULT 0)', 'terminate'),
    "COMMENT ON FUNCTION pg_catalog.pg_cancel_backend(int4) IS 'cancel a server process'' current query'",
    "COMMENT ON FUNCTION pg_catalog.pg_terminate_backend(int4, int8) IS 'terminate a server process'",
    "COMMENT ON FUNCTION pg_catalog.pg_stat_get_activity(int4) IS 'statistics: information about currently active backends'",
  ];
}

/**
 * The session that asks, and those that it may know of: an admin of all, anybody else of their own. What another does
 * is told to admins alone.
 */
const ACTIVITY = `CREATE OR REPLACE VIEW pg_catalog.pg_stat_activity AS SELECT
    d.oid AS datid, d.datname, s.pid, NULL::int4 AS leader_pid, r.oid AS usesysid, s."user"::name AS usename,
    s.application_name, s.client_addr, NULL::text AS client_hostname, s.client_port,
    s.backend_start, s.xact_start, s.query_start, s.state_change,
    NULL::text AS wait_event_type, NULL::text AS wait_event, s.state,
    NULL::xid AS backend_xid, NULL::xid AS backend_xmin, NULL::int8 AS query_id,
    s.query, 'client backend'::text AS backend_type
  FROM (
    SELECT pg_catalog.pg_backend_pid() AS pid, current_user::text AS "user",
      pg_catalog.current_setting('application_name') AS application_name, pg_catalog.inet_client_addr() AS client_addr,
      pg_catalog.inet_client_port() AS client_port,
      (SELECT o.connected_at FROM pg_catalog.jsonb_to_recordset(${ABOUT} -> 'sessions')
        AS o (pid int4, connected_at timestamptz) WHERE o.pid = pg_catalog.pg_backend_pid()) AS backend_start,
      pg_catalog.transaction_timestamp() AS xact_start, pg_catalog.statement_timestamp() AS query_start,
      pg_catalog.statement_timestamp() AS state_change, 'active'::text AS state, pg_catalog.current_query() AS query
    UNION ALL
    SELECT o.pid, o."user", o.application_name, nullif(o.client_address, '')::inet, o.client_port, o.connected_at,
      o.transaction_started_at, o.statement_started_at, o.state_changed_at, o.state, o.statement
    FROM pg_catalog.jsonb_to_recordset(${ABOUT} -> 'sessions') AS o (pid int4, "user" text, application_name text,
      client_address text, client_port int4, state text, connected_at timestamptz, transaction_started_at timestamptz,
      statement_started_at timestamptz, state_changed_at timestamptz, statement text)
    WHERE o.pid <> pg_catalog.pg_backend_pid()
  ) s
  CROSS JOIN pg_catalog.pg_database d LEFT JOIN pg_catalog.pg_roles r ON r.rolname = s."user"
  WHERE d.datname = pg_catalog.current_database()`;

/** As pg_proc.dat declares it. */
const GET_ACTIVITY = `CREATE FUNCTION pg_catalog.pg_stat_get_activity(int4, OUT datid oid, OUT pid int4,
    OUT usesysid oid, OUT application_name text, OUT state text, OUT query text, OUT wait_event_type text,
    OUT wait_event text, OUT xact_start timestamptz, OUT query_start timestamptz, OUT backend_start timestamptz,
    OUT state_change timestamptz, OUT client_addr inet, OUT client_hostname text, OUT client_port int4,
    OUT backend_xid xid, OUT backend_xmin xid, OUT backend_type text, OUT ssl bool, OUT sslversion text,
    OUT sslcipher text, OUT sslbits int4, OUT ssl_client_dn text, OUT ssl_client_serial numeric,
    OUT ssl_issuer_dn text, OUT gss_auth bool, OUT gss_princ text, OUT gss_enc bool, OUT gss_delegation bool,
    OUT leader_pid int4, OUT query_id int8)
  RETURNS SETOF record LANGUAGE sql STABLE PARALLEL RESTRICTED BEGIN ATOMIC
  SELECT a.datid, a.pid, a.usesysid, a.application_name, a.state, a.query, a.wait_event_type, a.wait_event,
    a.xact_start, a.query_start, a.backend_start, a.state_change, a.client_addr, a.client_hostname, a.client_port,
    a.backend_xid, a.backend_xmin, a.backend_type,
    CASE WHEN a.pid = pg_catalog.pg_backend_pid() THEN coalesce((${ABOUT} ->> 'secure')::bool, false) END,
    NULL::text, NULL::text, NULL::int4, NULL::text, NULL::numeric, NULL::text, false, NULL::text, false, false,
    a.leader_pid, a.query_id
  FROM pg_catalog.pg_stat_activity a WHERE $1 IS NULL OR a.pid = $1; END`;

const SSL = `CREATE OR REPLACE VIEW pg_catalog.pg_stat_ssl AS SELECT s.pid, s.ssl, s.sslversion AS version,
    s.sslcipher AS cipher, s.sslbits AS bits, s.ssl_client_dn AS client_dn, s.ssl_client_serial AS client_serial,
    s.ssl_issuer_dn AS issuer_dn
  FROM pg_catalog.pg_stat_get_activity(NULL) s WHERE s.pid = pg_catalog.pg_backend_pid()`;

const GSSAPI = `CREATE OR REPLACE VIEW pg_catalog.pg_stat_gssapi AS SELECT s.pid, s.gss_auth AS gss_authenticated,
    s.gss_princ AS principal, s.gss_enc AS encrypted, s.gss_delegation AS credentials_delegated
  FROM pg_catalog.pg_stat_get_activity(NULL) s WHERE s.pid = pg_catalog.pg_backend_pid()`;

/** The backend's locks are those of the statement that asks. */
const LOCKS = `CREATE OR REPLACE VIEW pg_catalog.pg_locks AS SELECT l.locktype, l.database, l.relation, l.page, l.tuple,
    l.virtualxid, l.transactionid, l.classid, l.objid, l.objsubid, l.virtualtransaction,
    pg_catalog.pg_backend_pid() AS pid, l.mode, l.granted, l.fastpath, l.waitstart
  FROM pg_catalog.pg_lock_status() l`;

const PREPARED_STATEMENTS = `CREATE OR REPLACE VIEW pg_catalog.pg_prepared_statements AS SELECT p.name, p.statement,
    p.prepare_time, p.parameter_types::regtype[] AS parameter_types, p.result_types::regtype[] AS result_types,
    p.from_sql, 0::int8 AS generic_plans, 0::int8 AS custom_plans
  FROM pg_catalog.jsonb_to_recordset(${ABOUT} -> 'statements') AS p (name text, statement text,
    prepare_time timestamptz, parameter_types oid[], result_types oid[], from_sql bool)`;

const CURSORS = `CREATE OR REPLACE VIEW pg_catalog.pg_cursors AS SELECT c.name, c.statement, c.is_holdable, c.is_binary,
    c.is_scrollable, c.creation_time
  FROM pg_catalog.jsonb_to_recordset(${ABOUT} -> 'cursors') AS c (name text, statement text, is_holdable bool,
    is_binary bool, is_scrollable bool, creation_time timestamptz)`;

/** Another's session is none to who may not know of it: false and a warning, as for a number that no process has. */
function endingFunction(signature: string, kind: 'cancel' | 'terminate'): string {
  return `CREATE FUNCTION pg_catalog.${signature} RETURNS bool LANGUAGE plpgsql VOLATILE STRICT AS $function$
  BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.jsonb_to_recordset(${ABOUT} -> 'sessions') AS s (pid pg_catalog.int4)
        WHERE s.pid OPERATOR(pg_catalog.=) $1) THEN
      RAISE INFO USING ERRCODE = '${REQUESTED}',
        MESSAGE = pg_catalog.json_build_object('kind', 'no-backend', 'pid', $1)::pg_catalog.text;
      RETURN false;
    END IF;
    RAISE INFO USING ERRCODE = '${REQUESTED}',
      MESSAGE = pg_catalog.json_build_object('kind', '${kind}', 'pid', $1)::pg_catalog.text;
    RETURN true;
  END $function$`;
}
