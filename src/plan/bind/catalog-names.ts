/**
 * What only the catalog can answer: functions and types of PostgreSQL that speak of objects, privileges, settings and
 * the server. Over constants a data query may use them, the catalog's answer standing for them; over columns not.
 */
import { notSupported, type SqlError } from '../../errors.ts';
import type { Call, TypeName } from '../../sql/ast.ts';

/**
 * Stable ones only: what they answer holds as long as the session's user, settings and model do. In order of
 * https://www.postgresql.org/docs/18/functions-info.html, then of functions-admin.html.
 */
const CATALOG_FUNCTIONS: ReadonlySet<string> = new Set([
  ...[
    'current_schema',
    'current_schemas',
    'inet_client_addr',
    'inet_client_port',
    'inet_server_addr',
    'inet_server_port',
  ],
  ...['pg_backend_pid', 'pg_conf_load_time', 'pg_is_other_temp_schema', 'pg_my_temp_schema'],
  ...['pg_postmaster_start_time', 'row_security_active', 'getdatabaseencoding', 'pg_client_encoding'],
  ...[
    'has_any_column_privilege',
    'has_column_privilege',
    'has_database_privilege',
    'has_foreign_data_wrapper_privilege',
  ],
  ...['has_function_privilege', 'has_language_privilege', 'has_parameter_privilege', 'has_schema_privilege'],
  ...['has_sequence_privilege', 'has_server_privilege', 'has_table_privilege', 'has_tablespace_privilege'],
  ...['has_type_privilege', 'pg_has_role'],
  ...['pg_collation_is_visible', 'pg_conversion_is_visible', 'pg_function_is_visible', 'pg_opclass_is_visible'],
  ...['pg_operator_is_visible', 'pg_opfamily_is_visible', 'pg_statistics_obj_is_visible', 'pg_table_is_visible'],
  ...['pg_ts_config_is_visible', 'pg_ts_dict_is_visible', 'pg_ts_parser_is_visible', 'pg_ts_template_is_visible'],
  ...['pg_type_is_visible'],
  ...[
    'format_type',
    'pg_basetype',
    'pg_char_to_encoding',
    'pg_encoding_to_char',
    'pg_get_constraintdef',
    'pg_get_expr',
  ],
  ...[
    'pg_get_functiondef',
    'pg_get_function_arguments',
    'pg_get_function_identity_arguments',
    'pg_get_function_result',
  ],
  ...['pg_get_indexdef', 'pg_get_partkeydef', 'pg_get_ruledef', 'pg_get_serial_sequence', 'pg_get_statisticsobjdef'],
  ...[
    'pg_get_triggerdef',
    'pg_get_userbyid',
    'pg_get_viewdef',
    'pg_index_column_has_property',
    'pg_index_has_property',
  ],
  ...['pg_indexam_has_property', 'pg_tablespace_location', 'pg_typeof', 'to_regclass', 'to_regcollation'],
  ...['to_regnamespace', 'to_regoper', 'to_regoperator', 'to_regproc', 'to_regprocedure', 'to_regrole', 'to_regtype'],
  ...['to_regtypemod', 'pg_describe_object', 'pg_get_acl', 'pg_relation_is_updatable', 'pg_column_is_updatable'],
  ...['col_description', 'obj_description', 'shobj_description'],
  ...['current_setting', 'pg_is_in_recovery', 'pg_database_size', 'pg_indexes_size', 'pg_relation_size'],
  ...['pg_size_bytes', 'pg_size_pretty', 'pg_table_size', 'pg_tablespace_size', 'pg_total_relation_size'],
  ...['pg_relation_filenode', 'pg_relation_filepath'],
]);

/** Names of catalog objects, their numbers, and the text type that they are named with. */
const CATALOG_TYPES: ReadonlySet<string> = new Set([
  ...['oid', 'name', 'regclass', 'regcollation', 'regconfig', 'regdictionary', 'regnamespace', 'regoper'],
  ...['regoperator', 'regproc', 'regprocedure', 'regrole', 'regtype'],
]);

/** Answered by the gateway from what it knows of the session. */
const SESSION_FUNCTIONS: ReadonlySet<string> = new Set(['current_database', 'current_user', 'session_user', 'version']);

/** Contract, section 5, rule 1. */
const MEASURE_FUNCTIONS: ReadonlySet<string> = new Set(['measure', 'aggregate', 'agg']);

export function isSessionFunction({ path, args }: Pick<Call, 'path' | 'args'>): boolean {
  return args.length === 0 && SESSION_FUNCTIONS.has(nameInCatalog(path) ?? '');
}

export function isMeasureFunction({ path }: Pick<Call, 'path'>): boolean {
  return path.length === 1 && MEASURE_FUNCTIONS.has(path[0] ?? '');
}

export function isCatalogFunction({ path }: Pick<Call, 'path'>): boolean {
  return CATALOG_FUNCTIONS.has(nameInCatalog(path) ?? '');
}

export function isCatalogType({ path }: Pick<TypeName, 'path'>): boolean {
  return CATALOG_TYPES.has(nameInCatalog(path) ?? '');
}

/** The name of something of pg_catalog's, written with that schema or without any. */
export function nameInCatalog(path: readonly string[]): string | undefined {
  const [first, second] = path;
  if (path.length === 1) return first;
  return path.length === 2 && first === 'pg_catalog' ? second : undefined;
}

/** @param what as the client wrote it */
export function catalogOverRows(what: string, position: number | undefined): SqlError {
  return notSupported(`${what} of anything but constants in a query over semantic tables`, {
    hint: 'Ask the catalog in a query of its own.',
    position,
  });
}
