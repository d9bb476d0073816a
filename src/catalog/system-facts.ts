/**
 * Session facts: what the server tells an instance of the session that asks. They are settings of an instance, under a
 * prefix that no client can set (system.ts, settings-table.ts) nor read: the original current_setting() is the owner's
 * alone, and what speaks of facts to clients is a function of the owner's.
 */

/** Prefix of the settings that hold session facts. */
export const FACT_PREFIX = 'semwire_fact';
/** The one that holds what is told of sessions, as JSON; empty for a statement that asks nothing of it. */
export const ABOUT_FACT = `${FACT_PREFIX}.about`;
/** Its value in SQL, NULL where it is empty. */
export const ABOUT = 'pg_catalog.semwire_about()';
/** The original current_setting(). */
export const CURRENT_SETTING = 'pg_catalog.semwire_current_setting';

/** Statements of the preparation, once the functions that are replaced have gone. */
export function factStatements(): readonly string[] {
  const original = CURRENT_SETTING.replace('pg_catalog.', '');
  return [
    ...['text', 'text, boolean'].flatMap((parameters) => [
      `REVOKE ALL ON FUNCTION pg_catalog.current_setting(${parameters}) FROM PUBLIC`,
      `ALTER FUNCTION pg_catalog.current_setting(${parameters}) RENAME TO ${original}`,
    ]),
    factFunction('semwire_about()', 'jsonb', `${fact('about')}::pg_catalog.jsonb`),
    factFunction('version()', 'text', `'PostgreSQL ' || ${CURRENT_SETTING}('server_version') || ' (semwire)'`),
    factFunction('pg_backend_pid()', 'int4', `${fact('pid')}::pg_catalog.int4`),
    factFunction('inet_client_addr()', 'inet', `${fact('client_address')}::pg_catalog.inet`),
    factFunction('inet_client_port()', 'int4', `${fact('client_port')}::pg_catalog.int4`),
    factFunction('inet_server_addr()', 'inet', `${fact('server_address')}::pg_catalog.inet`),
    factFunction('inet_server_port()', 'int4', `${fact('server_port')}::pg_catalog.int4`),
  ];
}

/** A fact in SQL, NULL where there is none; only the owner can read it. */
export function fact(name: string): string {
  return `nullif(${CURRENT_SETTING}('${FACT_PREFIX}.${name}', true), '')`;
}

/** The owner's: its body is read when it is made, so no search_path of a client's decides what it means. */
export function factFunction(signature: string, type: string, body: string): string {
  return `CREATE FUNCTION pg_catalog.${signature} RETURNS ${type} LANGUAGE sql STABLE PARALLEL RESTRICTED SECURITY DEFINER
  RETURN ${body}`;
}
