/**
 * DuckDB's dialect: PostgreSQL's meaning in DuckDB's words, or a refusal.
 */
import { notSupported } from '../../errors.ts';
import type { Dialect, LoweredAggregate } from '../../plan/dialect.ts';
import type { Expr, Query, TableRef } from '../../sql/ast.ts';
import { printName } from '../../sql/print-token.ts';
import { type ArrayType, elementOf, isArrayType, type PgType } from '../../sql/types.ts';
import { plainNumber } from '../postgres/dialect.ts';
import { parseArrayLiteral } from './array-literal.ts';
import { booleanOf, duckdbCast, duckdbType, numericLiteral } from './casts.ts';
import { call, castTo } from './expressions.ts';
import { DUCKDB_FUNCTION_NAMES, type DuckdbFunctionName } from './function-list.ts';
import { duckdbFunction, duckdbOperator } from './functions.ts';

/** PostgreSQL's aggregate and window functions that DuckDB has under the same or another name. */
const AGGREGATES: { readonly [name: string]: DuckdbFunctionName } = Object.fromEntries([
  ...[
    'count',
    'sum',
    'avg',
    'min',
    'max',
    'bool_and',
    'bool_or',
    'bit_and',
    'bit_or',
    'bit_xor',
    'string_agg',
    'array_agg',
    'stddev',
    'stddev_pop',
    'stddev_samp',
    'variance',
    'var_pop',
    'var_samp',
    'corr',
    'covar_pop',
    'covar_samp',
    'regr_avgx',
    'regr_avgy',
    'regr_count',
    'regr_intercept',
    'regr_r2',
    'regr_slope',
    'regr_sxx',
    'regr_sxy',
    'regr_syy',
    'mode',
    'percentile_cont',
    'percentile_disc',
    'row_number',
    'rank',
    'dense_rank',
    'percent_rank',
    'cume_dist',
    'ntile',
    'lag',
    'lead',
    'first_value',
    'last_value',
    'nth_value',
  ].map((name) => [name, name]),
  ['every', 'bool_and'],
]);

/** Sums that PostgreSQL gives another type than DuckDB does. */
const RESULT_TYPES: { readonly [type in PgType]?: readonly [string, ...string[]] } = {
  int8: ['BIGINT'],
  numeric: ['DECIMAL', '38', '0'],
};

export const duckdbDialect: Dialect = {
  name: 'duckdb',
  hooks: {
    type: (type) =>
      `${type.path.map(bareName).join('.')}${type.modifiers.length === 0 ? '' : `(${type.modifiers.join(', ')})`}${'[]'.repeat(type.dimensions)}`,
  },
  functions: { schema: undefined, names: new Set(DUCKDB_FUNCTION_NAMES) },
  typeName: duckdbType,
  apply: (bound, args) =>
    bound.routine.kind === 'operator' ? duckdbOperator(bound, args) : duckdbFunction(bound, args),
  aggregate,
  cast: duckdbCast,
  like: ({ variant, negated, pattern: source }, operand, pattern, escapeWith) => {
    if (variant === 'similar') throw notSupported('SIMILAR TO on DuckDB', { hint: 'Use LIKE or ~ instead.' });
    // PostgreSQL escapes with a backslash unless told otherwise; DuckDB escapes nothing.
    const plain =
      escapeWith === undefined && source.kind === 'const' && source.value !== null && !source.value.includes('\\');
    return {
      kind: 'like',
      variant,
      negated,
      operand,
      pattern,
      escape: plain ? undefined : (escapeWith ?? { kind: 'string', value: '\\' }),
    };
  },
  sqlValue: ({ name, precision }) => {
    if (precision !== undefined && precision < 6) throw notSupported(`${name}(${precision}) on DuckDB`);
    switch (name) {
      case 'current_date':
        return castTo(call('now'), 'DATE');
      case 'current_timestamp':
        return call('now');
      case 'localtimestamp':
        return castTo(call('now'), 'TIMESTAMP');
      case 'localtime':
        return castTo(castTo(call('now'), 'TIMESTAMP'), 'TIME');
      default:
        throw notSupported(`${name} on DuckDB`);
    }
  },
  constant: ({ type, typmod, value }) => {
    if (isArrayType(type)) return arrayConstant(type, value);
    if (type === 'numeric') return numericLiteral(value);
    const plain = plainNumber(type, value);
    if (plain !== undefined) return plain;
    const boolean = type === 'bool' ? booleanOf(value) : undefined;
    if (boolean !== undefined) return { kind: 'boolean', value: boolean };
    if (type === 'text') return { kind: 'string', value };
    return { kind: 'cast', operand: { kind: 'string', value }, type: duckdbType(type, typmod) };
  },
  tableFunction: (bound, args, ordinality, alias) => {
    if (ordinality) throw notSupported('WITH ORDINALITY on DuckDB');
    const { routine } = bound;
    if (routine.name !== 'generate_series' && routine.name !== 'unnest')
      throw notSupported(`function ${routine.name} in FROM on DuckDB`);
    if (routine.name === 'generate_series' && routine.parameters[0] === 'numeric')
      throw notSupported('generate_series(numeric, …) on DuckDB');
    const made: TableRef = { kind: 'function', call: call(routine.name, ...args), ordinality: false, lateral: false, alias };
    // DuckDB's series are of bigint.
    return routine.name === 'generate_series' && bound.type === 'int4' ? asIntegers(made, alias) : made;
  },
  zonedText: undefined,
  memberValue: (expr, type, typmod, asText) => {
    if (asText) return castTo(expr, 'VARCHAR');
    switch (type) {
      // HUGEINT and the unsigned types: whole numbers that PostgreSQL has numeric for.
      case 'numeric':
        return typmod < 0 ? expr : castTo(expr, 'DECIMAL', ...duckdbType(type, typmod).modifiers);
      case 'int2':
      case 'int4':
      case 'int8':
      case 'text':
      case 'timestamp':
        return { kind: 'cast', operand: expr, type: duckdbType(type, -1) };
      default:
        return expr;
    }
  },
};

/** `'{a,NULL}'`: DuckDB writes its lists otherwise. */
function arrayConstant(type: ArrayType, value: string): Expr {
  const element = elementOf(type);
  const items = parseArrayLiteral(value).map(
    (item): Expr =>
      item === null
        ? { kind: 'cast', operand: { kind: 'null' }, type: duckdbType(element, -1) }
        : duckdbDialect.constant({ kind: 'const', type: element, typmod: -1, value: item }),
  );
  return { kind: 'cast', operand: { kind: 'array', items }, type: duckdbType(type, -1) };
}

/** `LATERAL (SELECT CAST(n AS INTEGER) FROM series AS s(n)) AS s(n)` */
function asIntegers(series: TableRef, alias: { readonly name: string; readonly columns: readonly string[] }): TableRef {
  const items = alias.columns.map((name) => ({
    kind: 'expr' as const,
    expr: castTo({ kind: 'column', path: [alias.name, name] }, 'INTEGER'),
    alias: name,
  }));
  const query: Query = {
    with: undefined,
    body: {
      kind: 'select',
      distinct: false,
      items,
      from: [series],
      where: undefined,
      groupBy: undefined,
      having: undefined,
      windows: [],
    },
    orderBy: [],
    limit: undefined,
    offset: undefined,
    withTies: false,
  };
  return { kind: 'subquery', query, lateral: true, alias };
}

/** DuckDB's type names are keywords to nobody; print them bare where that is the same. */
function bareName(name: string): string {
  return /^[A-Z]+$/.test(name) ? name : printName(name);
}

function aggregate(bound: Parameters<Dialect['aggregate']>[0], { args, orderBy, filter }: LoweredAggregate): Expr {
  const { routine } = bound;
  const name = Object.hasOwn(AGGREGATES, routine.name) ? AGGREGATES[routine.name] : undefined;
  if (name === undefined)
    throw notSupported(`${routine.kind === 'window' ? 'window function' : 'aggregate'} ${routine.name}() on DuckDB`);
  const made: Expr = {
    ...call(name, ...args),
    star: bound.star,
    distinct: bound.distinct,
    orderBy,
    withinGroup: bound.withinGroup,
    filter,
  };
  if (routine.name === 'ntile') return castTo(made, 'INTEGER');
  if (routine.name !== 'sum') return made;
  const [parameter] = routine.parameters;
  const wanted =
    parameter === 'int2' || parameter === 'int4' || parameter === 'int8'
      ? RESULT_TYPES[bound.type as PgType]
      : undefined;
  return wanted === undefined ? made : castTo(made, ...wanted);
}
