/**
 * What a table or column may be called, so that PostgreSQL's clients can name it.
 */
import type { Problems } from './problems.ts';
import type { SourcePosition } from './types.ts';

/** NAMEDATALEN - 1: PostgreSQL cuts longer names silently. */
const MAX_NAME_BYTES = 63;
/** MaxHeapAttributeNumber. */
export const MAX_COLUMNS = 1600;

/** Columns that every PostgreSQL table has (https://www.postgresql.org/docs/current/ddl-system-columns.html). */
const SYSTEM_COLUMNS = new Set(['ctid', 'xmin', 'xmax', 'cmin', 'cmax', 'tableoid']);
/** Columns that every table has here, for Cube's clients. */
const VIRTUAL_COLUMNS = new Set(['__cubejoinfield', '__user']);

/** Key words that are an expression of their own when unquoted, so that the column or table is never meant. */
const MEANS_SOMETHING_ELSE = new Set([
  'current_catalog',
  'current_date',
  'current_role',
  'current_schema',
  'current_time',
  'current_timestamp',
  'current_user',
  'default',
  'false',
  'localtime',
  'localtimestamp',
  'null',
  'session_user',
  'system_user',
  'true',
  'user',
]);

export function checkTableName(name: string, at: SourcePosition, problems: Problems): void {
  checkName(name, at, problems);
  if (name.toLowerCase().startsWith('pg_')) {
    problems.error(at, `name "${name}" is reserved: names that begin with pg_ are PostgreSQL's own`);
  }
}

export function checkColumnName(name: string, at: SourcePosition, problems: Problems): void {
  checkName(name, at, problems);
  if (SYSTEM_COLUMNS.has(name.toLowerCase())) {
    problems.error(at, `column name "${name}" conflicts with a system column name`);
  } else if (VIRTUAL_COLUMNS.has(name.toLowerCase())) {
    problems.error(at, `column name "${name}" conflicts with a virtual column`);
  }
}

function checkName(name: string, at: SourcePosition, problems: Problems): void {
  const bytes = Buffer.byteLength(name);
  if (bytes > MAX_NAME_BYTES)
    problems.error(at, `name "${name}" has ${bytes} bytes; PostgreSQL knows ${MAX_NAME_BYTES}`);
  if (MEANS_SOMETHING_ELSE.has(name.toLowerCase())) {
    problems.warning(at, `"${name}" means something else in SQL unless it is quoted`);
  }
}

export function checkColumnCount(count: number, table: string, at: SourcePosition, problems: Problems): void {
  if (count > MAX_COLUMNS)
    problems.error(at, `"${table}" has ${count} columns; tables can have at most ${MAX_COLUMNS}`);
}
