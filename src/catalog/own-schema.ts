/**
 * The schema `semwire`: what the server tells of itself, as relations of the catalog (contract, section 4).
 */
import type { CatalogMember, CatalogPolicy, CatalogShape } from './catalog.ts';
import { quoteLiteral } from './stubs.ts';
import { CLIENT_ROLE } from './system.ts';
import { ABOUT, REQUESTED } from './system-sessions.ts';

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
    `GRANT USAGE ON SCHEMA semwire TO ${CLIENT_ROLE}`,
    `GRANT SELECT ON ALL TABLES IN SCHEMA semwire TO ${CLIENT_ROLE}`,
  ];
}

const COMMENTS: readonly (readonly [object: string, comment: string])[] = [
  ['SCHEMA semwire', 'What this server tells of itself'],
  ['TABLE semwire.members', 'Every column of every table that you see, with its meaning'],
  ['VIEW semwire.whoami', 'Who you are to this server, and until when'],
];

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
       s.state, s.connected_at FROM pg_catalog.jsonb_to_recordset(${ABOUT} -> 'sessions') AS s (pid int4, "user" text,
       subject text, acting boolean, application_name text, client_address text, state text, connected_at timestamptz)`,
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
