/**
 * The session settings that catalog answers depend on. The session layer owns them; an instance is given the values
 * of whoever asks. Everything else (role, session_authorization, client_encoding, standard_conforming_strings …)
 * would change who asks or how text is read, and never reaches an instance.
 */

const REPLAYED: ReadonlySet<string> = new Set([
  'application_name',
  'bytea_output',
  'client_min_messages',
  'datestyle',
  'default_text_search_config',
  'extra_float_digits',
  'idle_in_transaction_session_timeout',
  'intervalstyle',
  'jit',
  'lc_monetary',
  'lc_numeric',
  'lock_timeout',
  'quote_all_identifiers',
  'row_security',
  'search_path',
  'statement_timeout',
  'timezone',
  'xmlbinary',
]);

/** semwire's own settings are placeholders to PostgreSQL: any name under this prefix is taken. */
const OWN_PREFIX = 'semwire.';
const OWN_NAME = /^semwire\.[a-z_][a-z0-9_]{0,62}$/;

/** True for a setting that is passed on to an instance. @param name lower case */
export function isReplayedSetting(name: string): boolean {
  return REPLAYED.has(name) || OWN_NAME.test(name);
}

/** The same rule as an SQL condition over a lower-case name, for the set_config() that clients reach. */
export function replayedSettingCondition(nameSql: string): string {
  const names = [...REPLAYED].map((name) => `'${name}'`).join(', ');
  return `(${nameSql} OPERATOR(pg_catalog.=) ANY (ARRAY[${names}]::pg_catalog.text[])
      OR ${nameSql} OPERATOR(pg_catalog.~) '^${OWN_PREFIX.replace('.', '[.]')}[a-z_][a-z0-9_]{0,62}$')`;
}
