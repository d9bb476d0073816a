/**
 * Every setting that a client may show, and what it may set: a table, so that a missing one is a line to add.
 * Names, defaults and texts are PostgreSQL 18's (SHOW ALL); what is listed under "without effect" is there because
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
  readonly description: string;
  /** Told to the client by ParameterStatus whenever it changes. */
  readonly reported: boolean;
  /** A list whose items SET takes one by one; `quoted` when they are identifiers. */
  readonly list: 'no' | 'plain' | 'quoted';
};

/** The version that the catalog's PostgreSQL has, so that clients ask it what it can answer. */
const SERVER_VERSION = '18.0 (semwire 0.1.0)';
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
      throw invalidValue(name, text);
  }
};

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
  description: string,
  more: Partial<Pick<Setting, 'reported' | 'list'>> = {},
): Setting {
  return { name, initial, kind, description, reported: false, list: 'no', ...more };
}

export const SETTINGS: ReadonlyMap<string, Setting> = byName([
  // What semwire acts on
  setting('application_name', '', asciiName, 'Sets the application name to be reported in logs.', reported),
  setting('client_min_messages', 'notice', MESSAGES, 'Sets the message levels that are sent to the client.'),
  setting('idle_in_transaction_session_timeout', '0', milliseconds(0), 'Longest idle time within a transaction.'),
  setting('search_path', '"$user", public', string, 'Sets the schema search order.', { ...reported, list: 'quoted' }),
  setting(
    'semwire.measure_aggregates',
    'strict',
    oneOf('strict', 'compatible'),
    'What an aggregate over a measure is.',
  ),
  setting('statement_timeout', '0', milliseconds(0), 'Sets the maximum allowed duration of any statement.'),
  setting('TimeZone', 'UTC', timeZone, 'Sets the time zone for displaying and interpreting time stamps.', reported),

  // One value only
  setting('bytea_output', 'hex', served(oneOf('escape', 'hex'), 'hex'), 'Sets the output format for bytea.'),
  setting('client_encoding', 'UTF8', clientEncoding, "Sets the client's character set encoding.", reported),
  setting('DateStyle', 'ISO, MDY', dateStyle, 'Sets the display format for date and time values.', {
    ...reported,
    list: 'plain',
  }),
  setting(
    'IntervalStyle',
    'postgres',
    served(oneOf('postgres', 'postgres_verbose', 'sql_standard', 'iso_8601'), 'postgres'),
    'Sets the display format for interval values.',
    reported,
  ),
  setting(
    'standard_conforming_strings',
    'on',
    served(boolean, 'on'),
    "Causes '...' strings to treat backslashes literally.",
    reported,
  ),
  setting('xmloption', 'content', served(oneOf('content', 'document'), 'content'), 'How XML data is read.'),

  // Transactions: everything is read only, whatever is asked for
  setting('default_transaction_deferrable', 'off', boolean, 'Sets the default deferrable status.'),
  setting('default_transaction_isolation', 'read committed', ISOLATION, 'Sets the default isolation level.'),
  setting('default_transaction_read_only', 'on', boolean, 'Sets the default read-only status.', reported),
  setting('transaction_deferrable', 'off', boolean, 'Whether to defer a read-only serializable transaction.'),
  setting('transaction_isolation', 'read committed', ISOLATION, "Sets the current transaction's isolation level."),
  setting('transaction_read_only', 'on', served(boolean, 'on'), "Sets the current transaction's read-only status."),

  // Without effect
  setting('array_nulls', 'on', boolean, 'Enables input of NULL elements in arrays.'),
  setting('backslash_quote', 'safe_encoding', oneOf('safe_encoding', 'on', 'off'), "Whether \\' is allowed."),
  setting('check_function_bodies', 'on', boolean, 'Checks routine bodies during CREATE.'),
  setting('cursor_tuple_fraction', '0.1', real(0, 1), "Sets the planner's estimate of a cursor's rows."),
  setting('default_statistics_target', '100', integer(1, 10_000), 'Sets the default statistics target.'),
  setting('default_tablespace', '', string, 'Sets the default tablespace.'),
  setting('default_text_search_config', 'pg_catalog.english', string, 'Sets default text search configuration.'),
  setting('effective_cache_size', '4GB', kilobytes(1), "Sets the planner's assumption about the size of caches."),
  setting('enable_bitmapscan', 'on', boolean, 'Enables bitmap-scan plans.'),
  setting('enable_hashagg', 'on', boolean, 'Enables hashed aggregation plans.'),
  setting('enable_hashjoin', 'on', boolean, 'Enables hash join plans.'),
  setting('enable_indexscan', 'on', boolean, 'Enables index-scan plans.'),
  setting('enable_mergejoin', 'on', boolean, 'Enables merge join plans.'),
  setting('enable_nestloop', 'on', boolean, 'Enables nested-loop join plans.'),
  setting('enable_seqscan', 'on', boolean, 'Enables sequential-scan plans.'),
  setting('enable_sort', 'on', boolean, 'Enables explicit sort steps.'),
  setting('escape_string_warning', 'on', boolean, 'Warns about backslash escapes in ordinary strings.'),
  setting('extra_float_digits', '1', integer(-15, 3), 'Sets the number of digits for floating-point values.'),
  setting('from_collapse_limit', '8', integer(1, INT), 'Sets the FROM-list size that is not collapsed.'),
  setting('geqo', 'on', boolean, 'Enables genetic query optimization.'),
  setting('hash_mem_multiplier', '2', real(1, 1000), 'Multiple of work_mem to use for hash tables.'),
  setting('idle_session_timeout', '0', milliseconds(0), 'Longest idle time outside a transaction.'),
  setting('jit', 'on', boolean, 'Allows JIT compilation.'),
  setting('join_collapse_limit', '8', integer(1, INT), 'Sets the FROM-list size of flattened JOINs.'),
  setting('lc_messages', 'C', string, 'Sets the language in which messages are displayed.'),
  setting('lc_monetary', 'C', string, 'Sets the locale for formatting monetary amounts.'),
  setting('lc_numeric', 'C', string, 'Sets the locale for formatting numbers.'),
  setting('lc_time', 'C', string, 'Sets the locale for formatting dates.'),
  setting('lock_timeout', '0', milliseconds(0), 'Sets the maximum allowed duration of any wait for a lock.'),
  setting('log_duration', 'off', boolean, 'Logs the duration of each statement.'),
  setting('log_min_duration_statement', '-1', integer(-1, INT), 'Least time above which statements are logged.'),
  setting('log_min_messages', 'warning', MESSAGES, 'Sets the message levels that are logged.'),
  setting('log_statement', 'none', oneOf('none', 'ddl', 'mod', 'all'), 'Sets the type of statements logged.'),
  setting('maintenance_work_mem', '64MB', kilobytes(64), 'Sets the memory for maintenance operations.'),
  setting('max_parallel_workers', '8', integer(0, 1024), 'Sets the number of parallel workers active at one time.'),
  setting('max_parallel_workers_per_gather', '2', integer(0, 1024), 'Sets the parallel processes per node.'),
  setting(
    'plan_cache_mode',
    'auto',
    oneOf('auto', 'force_generic_plan', 'force_custom_plan'),
    'Selects custom or generic plans.',
  ),
  setting('quote_all_identifiers', 'off', boolean, 'Quotes all identifiers when generating SQL.'),
  setting('random_page_cost', '4', real(0, Number.MAX_VALUE), 'Cost of a page not fetched in sequence.'),
  setting('row_security', 'on', boolean, 'Enables row security.'),
  setting('seq_page_cost', '1', real(0, Number.MAX_VALUE), 'Cost of a page fetched in sequence.'),
  setting('session_replication_role', 'origin', oneOf('origin', 'replica', 'local'), 'Behavior of triggers.'),
  setting('synchronize_seqscans', 'on', boolean, 'Enables synchronized sequential scans.'),
  setting('synchronous_commit', 'on', string, "Sets the current transaction's synchronization level."),
  setting('tcp_keepalives_count', '0', integer(0, INT), 'Number of lost keepalives.'),
  setting('tcp_keepalives_idle', '0', integer(0, INT), 'Time between keepalives.'),
  setting('tcp_keepalives_interval', '0', integer(0, INT), 'Time between retransmits.'),
  setting('tcp_user_timeout', '0', milliseconds(0), 'TCP user timeout.'),
  setting('temp_buffers', '8MB', string, 'Sets the number of temporary buffers.'),
  setting('timezone_abbreviations', 'Default', string, 'Selects time zone abbreviations.'),
  setting('transaction_timeout', '0', milliseconds(0), 'Longest duration of a transaction.'),
  setting('transform_null_equals', 'off', boolean, 'Treats expr=NULL as expr IS NULL.'),
  setting('work_mem', '4MB', kilobytes(64), 'Sets the memory for query workspaces.'),
  setting('xmlbinary', 'base64', oneOf('base64', 'hex'), 'How binary values are encoded in XML.'),

  // Facts
  setting('block_size', '8192', undefined, 'Shows the size of a disk block.'),
  setting('in_hot_standby', 'off', undefined, 'Shows whether hot standby is active.', reported),
  setting('integer_datetimes', 'on', undefined, 'Shows whether datetimes are integer based.', reported),
  setting('is_superuser', 'off', undefined, 'Shows whether the current user is a superuser.', reported),
  setting('lc_collate', 'C.UTF-8', undefined, 'Shows the collation order locale.'),
  setting('lc_ctype', 'C.UTF-8', undefined, 'Shows the character classification locale.'),
  setting('max_connections', '1000', undefined, 'Sets the maximum number of concurrent connections.'),
  setting('max_identifier_length', '63', undefined, 'Shows the maximum identifier length.'),
  setting('max_index_keys', '32', undefined, 'Shows the maximum number of index keys.'),
  setting('scram_iterations', '4096', undefined, 'Sets the iteration count for SCRAM secrets.', reported),
  setting('server_encoding', 'UTF8', undefined, 'Shows the server (database) character set encoding.', reported),
  setting('server_version', SERVER_VERSION, undefined, 'Shows the server version.', reported),
  setting('server_version_num', '180000', undefined, 'Shows the server version as an integer.'),
  setting('session_authorization', '', undefined, 'Sets the session user name.', reported),
  setting('role', 'none', undefined, 'Sets the current role.'),
  setting('ssl', 'off', undefined, 'Enables SSL connections.'),
  setting('wal_level', 'replica', undefined, 'Sets the level of information written to the WAL.'),
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
  return /^[a-z_][\w$]*(\.[a-z_][\w$]*)+$/i.test(name) && !name.toLowerCase().startsWith('semwire.');
}
