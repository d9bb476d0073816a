/**
 * The schema `semwire`: what the server tells of itself, as relations of the catalog (contract, section 4).
 */
import type { CatalogMember, CatalogPolicy, CatalogShape } from './catalog.ts';
import { quoteLiteral } from './stubs.ts';
import { CLIENT_ROLE } from './system.ts';
import { ABOUT } from './system-facts.ts';
import { REQUESTED } from './system-sessions.ts';

/** True when a statement may ask about sessions; only then is an instance told what the answer needs. */
export function asksOfSession(sql: string): boolean {
  return /semwire|whoami|sessions|pg_stat_(activity|ssl|get_activity)|pg_(cursor|prepared_statement|(cancel|terminate)_backend)/i.test(
    sql,
  );
}

/** Statements that make the schema for one shape. */
export function ownSchemaStatements({ members, policies }: CatalogShape): readonly string[] {
  return [
    'CREATE SCHEMA semwire',
    `CREATE TABLE semwire.members ("table" text, "column" text, kind text, type text, title text, description text,
       format text)`,
    ...(members.length === 0 ? [] : [`INSERT INTO semwire.members VALUES ${members.map(memberRow).join(', ')}`]),
    `CREATE VIEW semwire.whoami AS SELECT a.about ->> 'user' AS "user", a.about ->> 'subject' AS subject,
       a.about ->> 'persona' AS persona, a.about -> 'context' AS context,
       pg_catalog.to_timestamp((a.about ->> 'expires')::pg_catalog.float8) AS expires_at
     FROM (SELECT ${ABOUT} AS about) a`,
    ...(policies === undefined ? [] : adminStatements(policies)),
    ...COMMENTS.map(([object, comment]) => `COMMENT ON ${object} IS ${quoteLiteral(comment)}`),
    COLUMN_COMMENTS,
    `GRANT USAGE ON SCHEMA semwire TO ${CLIENT_ROLE}`,
    `GRANT SELECT ON ALL TABLES IN SCHEMA semwire TO ${CLIENT_ROLE}`,
  ];
}

const COMMENTS: readonly (readonly [object: string, comment: string])[] = [
  ['SCHEMA semwire', 'What this server tells of itself'],
  ['TABLE semwire.members', 'Every column of every table that you see, with its meaning'],
  ['VIEW semwire.whoami', 'Who you are to this server, and until when'],
];

/** Of the relations that are there. In the order of their columns. */
const COLUMNS: Readonly<Record<string, readonly (readonly [column: string, comment: string])[]>> = {
  members: [
    ['table', 'Table in the schema public'],
    ['column', 'Column of the table'],
    ['kind', 'dimension, measure or segment'],
    ['type', 'Type of its values'],
    ['title', 'Title in the model'],
    ['description', 'Description in the model'],
    ['format', 'How the model wants it shown'],
  ],
  whoami: [
    ['user', 'Name that the session goes by: current_user'],
    ['subject', 'Who signed in, as verified'],
    ['persona', 'As whom the session acts; NULL for itself'],
    ['context', 'Claims that policies and models read, without secrets'],
    ['expires_at', 'When the session ends'],
  ],
  policies: [
    ['table', 'Cube or view that has the policy'],
    ['policy', 'Its place among the policies of that one, from 0'],
    ['groups', 'Groups that it is for; * is everyone'],
    ['conditions', 'How many conditions must hold besides'],
    ['includes', 'Members that it shows; * is all'],
    ['excludes', 'Members that it does not show'],
    ['masked', 'Members that it shows masked'],
    ['rows', 'all, or the filters of rows as in the model'],
    ['defined_at', 'File and line in the model'],
  ],
  sessions: [
    ['pid', 'Process ID: pg_backend_pid() of the session'],
    ['user', 'Name that the session goes by: current_user'],
    ['subject', 'Who signed in, as verified'],
    ['acting', 'True while it acts as somebody else'],
    ['application_name', 'Name that the client gave itself'],
    ['client_address', 'Address of the client'],
    ['state', 'active, idle, idle in transaction or idle in transaction (aborted)'],
    ['connected_at', 'When it signed in'],
    ['statement', 'Statement that runs or ran last; its constants are ? unless the audit log shows them'],
    ['statement_started_at', 'When that statement began'],
  ],
};

/** Straight into pg_description, as those of the tables. */
const COLUMN_COMMENTS = `INSERT INTO pg_catalog.pg_description (objoid, classoid, objsubid, description)
  SELECT a.attrelid, 'pg_catalog.pg_class'::pg_catalog.regclass, a.attnum, v.comment
  FROM (VALUES ${Object.entries(COLUMNS)
    .flatMap(([relation, columns]) => columns.map((column) => [relation, ...column]))
    .map((row) => `(${row.map(quoteLiteral).join(', ')})`)
    .join(', ')}) v (relation, name, comment)
  JOIN pg_catalog.pg_class c ON c.relname = v.relation AND c.relnamespace = 'semwire'::pg_catalog.regnamespace
  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attname = v.name`;

/** What admins have besides. Everybody else's catalog does not hold it, so it answers there as what does not exist. */
function adminStatements(policies: readonly CatalogPolicy[]): readonly string[] {
  const rows = policies.map(
    ({ table, policy, groups, conditions, includes, excludes, masked, rows, at }) =>
      `(${[table, policy, groups].map(quoteLiteral).join(', ')}, ${conditions}, ${[includes, excludes, masked, rows, at].map(quoteLiteral).join(', ')})`,
  );
  return [
    `CREATE TABLE semwire.policies ("table" text, policy text, groups text, conditions int4, includes text,
       excludes text, masked text, rows text, defined_at text)`,
    ...(rows.length === 0 ? [] : [`INSERT INTO semwire.policies VALUES ${rows.join(', ')}`]),
    `CREATE VIEW semwire.sessions AS SELECT s.pid, s."user", s.subject, s.acting, s.application_name, s.client_address,
       s.state, s.connected_at, s.statement, s.statement_started_at
     FROM pg_catalog.jsonb_to_recordset(${ABOUT} -> 'sessions') AS s (pid int4, "user" text, subject text,
       acting boolean, application_name text, client_address text, state text, connected_at timestamptz, statement text,
       statement_started_at timestamptz)`,
    `CREATE FUNCTION semwire.reload() RETURNS boolean LANGUAGE plpgsql VOLATILE AS $function$
  BEGIN
    RAISE INFO USING ERRCODE = '${REQUESTED}', MESSAGE = '{"kind": "reload"}';
    RETURN true;
  END $function$`,
    `CREATE FUNCTION semwire.cancel(pid int4) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $function$
  BEGIN
    IF NOT EXISTS (SELECT FROM semwire.sessions s WHERE s.pid OPERATOR(pg_catalog.=) $1) THEN RETURN false; END IF;
    RAISE INFO USING ERRCODE = '${REQUESTED}',
      MESSAGE = pg_catalog.json_build_object('kind', 'cancel', 'pid', $1)::pg_catalog.text;
    RETURN true;
  END $function$`,
    `COMMENT ON TABLE semwire.policies IS 'Every access policy of the model'`,
    `COMMENT ON VIEW semwire.sessions IS 'Who is connected'`,
    `COMMENT ON FUNCTION semwire.reload() IS 'Reads the model, its keys and its certificates again'`,
    `COMMENT ON FUNCTION semwire.cancel(int4) IS 'Cancels what a session runs; false when there is none of this number'`,
  ];
}

function memberRow({ table, column, kind, type, title, description, format }: CatalogMember): string {
  const values = [table, column, kind, type, title, description, format];
  return `(${values.map((value) => (value === undefined ? 'NULL' : quoteLiteral(value))).join(', ')})`;
}
