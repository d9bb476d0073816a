/**
 * The table of every type, three times: in PostgreSQL as a client would have it (`t`), and behind the model's view `t`
 * on PostgreSQL and on DuckDB.
 */
import type { TestPostgres } from '../helpers/postgres.ts';

const COLUMNS: readonly (readonly [name: string, postgres: string, duckdb: string])[] = [
  ['id', 'int4', 'INTEGER'],
  ['b', 'bool', 'BOOLEAN'],
  ['i2', 'int2', 'SMALLINT'],
  ['i4', 'int4', 'INTEGER'],
  ['i8', 'int8', 'BIGINT'],
  ['n', 'numeric', 'DECIMAL(18,3)'],
  ['n2', 'numeric(10,2)', 'DECIMAL(10,2)'],
  ['f4', 'float4', 'REAL'],
  ['f8', 'float8', 'DOUBLE'],
  ['s', 'text', 'VARCHAR'],
  ['v', 'varchar(20)', 'VARCHAR'],
  ['c', 'char(5)', 'VARCHAR'],
  ['d', 'date', 'DATE'],
  ['tm', 'time', 'TIME'],
  ['tmz', 'timetz', 'TIMETZ'],
  ['ts', 'timestamp', 'TIMESTAMP'],
  ['ts3', 'timestamp(3)', 'TIMESTAMP'],
  ['tz', 'timestamptz', 'TIMESTAMPTZ'],
  ['iv', 'interval', 'INTERVAL'],
  ['u', 'uuid', 'UUID'],
  ['j', 'json', 'JSON'],
  ['jb', 'jsonb', 'JSON'],
  ['y', 'bytea', 'BLOB'],
  ['ab', 'bool[]', 'BOOLEAN[]'],
  ['ai', 'int4[]', 'INTEGER[]'],
  ['al', 'int8[]', 'BIGINT[]'],
  ['an', 'numeric[]', 'DECIMAL(10,2)[]'],
  ['af', 'float8[]', 'DOUBLE[]'],
  ['atx', 'text[]', 'VARCHAR[]'],
  ['av', 'varchar[]', 'VARCHAR[]'],
  ['ad', 'date[]', 'DATE[]'],
  ['ats', 'timestamp[]', 'TIMESTAMP[]'],
];

/** Literals without a type, in the order of COLUMNS. */
const ROWS: readonly (readonly (string | null)[])[] = [
  [
    ...['1', 'true', '7', '42', '9000000000', '12.345', '10.50', '1.5', '2.5', 'Zebra', 'vienna', 'ab'],
    ...['2024-02-29', '13:45:06.789', '13:45:06+02', '2024-02-29 13:45:06.789', '2024-02-29 13:45:06.789'],
    ...['2024-02-29 13:45:06+00', '1 mon 2 days 03:04:05', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'],
    ...['{"a": 1, "b": [1, 2, null], "c": "x"}', '{"a": 1, "b": [1, 2, null], "c": "x"}', '\\x0102ff'],
    ...['{t,f}', '{1,2,3}', '{10,20}', '{1.50,2.25}', '{1.5,-2}', '{a,b,NULL}', '{x}', '{2024-01-01}'],
    '{2024-01-01 00:00:00}',
  ],
  [
    ...['2', 'false', '-3', '-17', '-5', '-0.005', '-3.25', '-0.25', '-7.75', 'größe 50%_\\', 'Ä', 'x'],
    ...['1999-12-31', '00:00:00', '00:00:00-05', '1999-12-31 23:59:59.999999', '1999-12-31 23:59:59.5'],
    ...['1999-12-31 23:59:59.5+00', '-1 days -00:00:01.5', '00000000-0000-0000-0000-000000000000'],
    ...['[1, "two"]', '[1, "two"]', '\\x', '{f}', '{-1}', '{}', '{0.00}', '{0}', '{""}', '{"a,b"}', '{1970-01-01}'],
    '{1970-01-01 12:34:56.789}',
  ],
  [
    ...['3', 'true', '0', '0', '0', '0.000', '0.00', '0', '0', '', '', ''],
    ...['1970-01-01', '23:59:59.999999', '23:59:59+00', '1970-01-01 00:00:00', '1970-01-01 00:00:00'],
    ...['1970-01-01 00:00:00+00', '00:00:00', 'ffffffff-ffff-ffff-ffff-ffffffffffff', '{}', '{}', '\\x00'],
    ...['{}', '{}', '{5}', '{}', '{}', '{}', '{}', '{}', '{}'],
  ],
  ['4', ...Array<null>(COLUMNS.length - 1).fill(null)],
];

function literal(value: string | null): string {
  return value === null ? 'NULL' : `'${value.replaceAll("'", "''")}'`;
}

function insert(
  table: string,
  rows: readonly (readonly (string | null)[])[],
  type: (column: number) => string,
): string {
  const values = rows.map((row) => `(${row.map((value, i) => `CAST(${literal(value)} AS ${type(i)})`).join(', ')})`);
  return `INSERT INTO ${table} VALUES ${values.join(', ')}`;
}

/** `public.t` for the oracle and `public.source` for the model: one table under two names. */
export async function fillPostgres(postgres: TestPostgres): Promise<void> {
  const columns = COLUMNS.map(([name, type]) => `"${name}" ${type}`).join(', ');
  await postgres.query(`CREATE TABLE public.t (${columns}, PRIMARY KEY (id));
    ${insert('public.t', ROWS, (i) => COLUMNS[i]?.[1] ?? '')};
    CREATE VIEW public.source AS TABLE public.t;`);
}

/** A schema `duck` in which `t` has the types that semwire sees of DuckDB's columns. */
export async function fillPostgresAsDuckdb(postgres: TestPostgres): Promise<void> {
  const type = (i: number): string => postgresTypeOf(COLUMNS[i]?.[2] ?? '');
  const columns = COLUMNS.map(([name], i) => `"${name}" ${type(i)}`).join(', ');
  await postgres.query(`CREATE SCHEMA duck; CREATE TABLE duck.t (${columns}, PRIMARY KEY (id));
    ${insert('duck.t', ROWS, type)};`);
}

function postgresTypeOf(duckdb: string): string {
  const names: { readonly [name: string]: string } = { VARCHAR: 'text', BLOB: 'bytea', DOUBLE: 'double precision' };
  const [, name = '', rest = ''] = /^([A-Z]+)(.*)$/.exec(duckdb) ?? [];
  // A list of decimals loses its modifier when it is described.
  return `${names[name] ?? name}${rest === '(10,2)[]' ? '[]' : rest}`;
}

export function duckdbInit(): string {
  const columns = COLUMNS.map(([name, , type]) => `"${name}" ${type}`).join(', ');
  const rows = ROWS.map((row) => row.map((value, i) => duckdbText(value, COLUMNS[i]?.[2] ?? '')));
  return `CREATE TABLE source (${columns}); ${insert('source', rows, (i) => COLUMNS[i]?.[2] ?? '')};`;
}

/** DuckDB writes arrays in brackets and bytes one by one. */
function duckdbText(value: string | null, type: string): string | null {
  if (value === null) return null;
  if (type.endsWith('[]')) return `[${value.slice(1, -1).replaceAll('""', "''").replaceAll('"a,b"', "'a,b'")}]`;
  if (type === 'BLOB') return value.slice(2).replaceAll(/../g, (byte) => `\\x${byte}`);
  if (type === 'TIMETZ' || type === 'TIMESTAMPTZ') return value;
  return value;
}
