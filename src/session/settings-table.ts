/**
 * Every setting that a client may show, and what it may set: a table, so that a missing one is a line to add.
 * Names and defaults are PostgreSQL 18's; what is listed under "without effect" is there because
 * a client sends it.
 */
import {
  asciiName,
  boolean,
  integer,
  invalidValue,
  kilobytes,
  milliseconds,
  oneOf,
  real,
  type SettingKind,
  served,
  string,
} from './setting-kinds.ts';
import { timeZone } from './time-zone.ts';

export type Setting = {
  /** As PostgreSQL spells it: SHOW's column name. */
  readonly name: string;
  readonly initial: string;
  /** undefined: it cannot be changed (55P02). */
  readonly kind: SettingKind | undefined;
  /** Told to the client by ParameterStatus whenever it changes. */
  readonly reported: boolean;
  /** A list whose items SET takes one by one; `quoted` when they are identifiers. */
  readonly list: 'no' | 'plain' | 'quoted';
};

/** The version that the catalog's PostgreSQL has, so that clients ask it what it can answer. */
const SERVER_VERSION = '18.6 (semwire 0.1.0)';
const ISOLATION = oneOf('serializable', 'repeatable read', 'read committed', 'read uncommitted');
const MESSAGES = oneOf('debug5', 'debug4', 'debug3', 'debug2', 'debug1', 'log', 'notice', 'warning', 'error');
const INT = 2_147_483_647;

/**
 * PostgreSQL looks an encoding up by its letters and digits alone (clean_encoding_name): asyncpg sends `'utf-8'` with
 * the quotes. In SQL_ASCII, which psql asks for in the C locale, texts cross as they are.
 */
const clientEncoding: SettingKind = (text, name) => {
  switch (text.replace(/[^A-Za-z0-9]/g, '').toLowerCase()) {
    case 'utf8':
    case 'unicode':
      return 'UTF8';
    case 'sqlascii':
      return 'SQL_ASCII';
    default:
      throw invalidValue(name, text, OTHER_ENCODING.test(text) ? ENCODING_HINT : undefined);
  }
};

/** Names that PostgreSQL knows, but for their digits (src/common/encnames.c). psql asks for its console's by itself. */
const OTHER_ENCODING = /^\W*(win|latin|iso|koi|euc|shift|sjis|mskanji|big5|gb|johab|uhc|mule|alt|abc|tcvn|vscii)/i;
const ENCODING_HINT =
  'Set the environment variable PGCLIENTENCODING to UTF8; for psql on Windows say chcp 65001 as well.';

/** The output is ISO for every client, and backends read ambiguous dates as month, day, year. */
const dateStyle: SettingKind = (text, name) => {
  const words = text.split(/[\s,]+/).filter((word) => word !== '');
  for (const word of words) {
    if (!/^(iso|mdy|us|noneuro.*|dmy|euro.*|ymd|sql|postgres|german|default)$/i.test(word)) {
      throw invalidValue(name, text);
    }
    served(string, 'iso', 'mdy', 'us', 'default')(word.toLowerCase(), name);
  }
  return 'ISO, MDY';
};

const reported = { reported: true } as const;

function setting(
  name: string,
  initial: string,
  kind: SettingKind | undefined,
  more: Partial<Pick<Setting, 'reported' | 'list'>> = {},
): Setting {
  return { name, initial, kind, reported: false, list: 'no', ...more };
}

export const SETTINGS: ReadonlyMap<string, Setting> = byName([
  // What semwire acts on
  setting('application_name', '', asciiName, reported),
  setting('client_min_messages', 'notice', MESSAGES),
  setting('idle_in_transaction_session_timeout', '0', milliseconds(0)),
  setting('IntervalStyle', 'postgres', oneOf('postgres', 'postgres_verbose', 'sql_standard', 'iso_8601'), reported),
  setting('search_path', '"$user", public', string, { ...reported, list: 'quoted' }),
  setting('semwire.measure_aggregates', 'strict', oneOf('strict', 'compatible')),
  setting('statement_timeout', '0', milliseconds(0)),
  setting('TimeZone', 'UTC', timeZone, reported),

  // One value only
  setting('bytea_output', 'hex', served(oneOf('escape', 'hex'), 'hex')),
  setting('client_encoding', 'UTF8', clientEncoding, reported),
  setting('DateStyle', 'ISO, MDY', dateStyle, {
    ...reported,
    list: 'plain',
  }),
  setting('standard_conforming_strings', 'on', served(boolean, 'on'), reported),
  setting('xmloption', 'content', served(oneOf('content', 'document'), 'content')),

  // Transactions: everything is read only, whatever is asked for
  setting('default_transaction_deferrable', 'off', boolean),
  setting('default_transaction_isolation', 'read committed', ISOLATION),
  setting('default_transaction_read_only', 'on', boolean, reported),
  setting('transaction_deferrable', 'off', boolean),
  setting('transaction_isolation', 'read committed', ISOLATION),
  setting('transaction_read_only', 'on', served(boolean, 'on')),

  // Without effect
  setting('array_nulls', 'on', boolean),
  setting('backslash_quote', 'safe_encoding', oneOf('safe_encoding', 'on', 'off')),
  setting('check_function_bodies', 'on', boolean),
  setting('cursor_tuple_fraction', '0.1', real(0, 1)),
  setting('default_statistics_target', '100', integer(1, 10_000)),
  setting('default_tablespace', '', string),
  setting('default_text_search_config', 'pg_catalog.english', string),
  setting('effective_cache_size', '4GB', kilobytes(1)),
  setting('enable_bitmapscan', 'on', boolean),
  setting('enable_hashagg', 'on', boolean),
  setting('enable_hashjoin', 'on', boolean),
  setting('enable_indexscan', 'on', boolean),
  setting('enable_mergejoin', 'on', boolean),
  setting('enable_nestloop', 'on', boolean),
  setting('enable_seqscan', 'on', boolean),
  setting('enable_sort', 'on', boolean),
  setting('escape_string_warning', 'on', boolean),
  setting('extra_float_digits', '1', integer(-15, 3)),
  setting('from_collapse_limit', '8', integer(1, INT)),
  setting('geqo', 'on', boolean),
  setting('hash_mem_multiplier', '2', real(1, 1000)),
  setting('idle_session_timeout', '0', milliseconds(0)),
  setting('jit', 'on', boolean),
  setting('join_collapse_limit', '8', integer(1, INT)),
  setting('lc_messages', 'C', string),
  setting('lc_monetary', 'C', string),
  setting('lc_numeric', 'C', string),
  setting('lc_time', 'C', string),
  setting('lock_timeout', '0', milliseconds(0)),
  setting('log_duration', 'off', boolean),
  setting('log_min_duration_statement', '-1', integer(-1, INT)),
  setting('log_min_messages', 'warning', MESSAGES),
  setting('log_statement', 'none', oneOf('none', 'ddl', 'mod', 'all')),
  setting('maintenance_work_mem', '64MB', kilobytes(64)),
  setting('max_parallel_workers', '8', integer(0, 1024)),
  setting('max_parallel_workers_per_gather', '2', integer(0, 1024)),
  setting('plan_cache_mode', 'auto', oneOf('auto', 'force_generic_plan', 'force_custom_plan')),
  setting('quote_all_identifiers', 'off', boolean),
  setting('random_page_cost', '4', real(0, Number.MAX_VALUE)),
  setting('row_security', 'on', boolean),
  setting('seq_page_cost', '1', real(0, Number.MAX_VALUE)),
  setting('session_replication_role', 'origin', oneOf('origin', 'replica', 'local')),
  setting('synchronize_seqscans', 'on', boolean),
  setting('synchronous_commit', 'on', string),
  setting('tcp_keepalives_count', '0', integer(0, INT)),
  setting('tcp_keepalives_idle', '0', integer(0, INT)),
  setting('tcp_keepalives_interval', '0', integer(0, INT)),
  setting('tcp_user_timeout', '0', milliseconds(0)),
  setting('temp_buffers', '8MB', string),
  setting('timezone_abbreviations', 'Default', string),
  setting('transaction_timeout', '0', milliseconds(0)),
  setting('transform_null_equals', 'off', boolean),
  setting('work_mem', '4MB', kilobytes(64)),
  setting('xmlbinary', 'base64', oneOf('base64', 'hex')),

  // Facts
  setting('block_size', '8192', undefined),
  setting('in_hot_standby', 'off', undefined, reported),
  setting('integer_datetimes', 'on', undefined, reported),
  setting('is_superuser', 'off', undefined, reported),
  setting('lc_collate', 'C.UTF-8', undefined),
  setting('lc_ctype', 'C.UTF-8', undefined),
  setting('listen_addresses', 'localhost', undefined),
  setting('max_connections', '1000', undefined),
  setting('max_identifier_length', '63', undefined),
  setting('max_index_keys', '32', undefined),
  setting('port', '5432', undefined),
  setting('scram_iterations', '4096', undefined, reported),
  setting('server_encoding', 'UTF8', undefined, reported),
  setting('server_version', SERVER_VERSION, undefined, reported),
  setting('server_version_num', '180006', undefined),
  setting('session_authorization', '', undefined, reported),
  setting('role', 'none', undefined),
  setting('ssl', 'off', undefined),
]);

function byName(settings: readonly Setting[]): ReadonlyMap<string, Setting> {
  return new Map(settings.map((one) => [one.name.toLowerCase(), one]));
}

/** Who the session acts as: set by statements of their own (contract, section 7.11). */
export function isUserSetting(name: string): boolean {
  return /^(role|session_authorization)$/i.test(name);
}

/** `x.y`: a setting of the client's own, kept and shown without any meaning, as PostgreSQL does. */
export function isCustomName(name: string): boolean {
  return /^[a-z_][\w$]*(\.[a-z_][\w$]*)+$/i.test(name) && reservedPrefix(name) === undefined;
}

/** Of names that are no client's to invent: settings of semwire's own, and what an instance of the catalog is told. */
export function reservedPrefix(name: string): string | undefined {
  return /^(semwire|semwire_fact)(?=\.)/i.exec(name)?.[0];
}
