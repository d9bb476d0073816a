/**
 * DuckDB's dialect: PostgreSQL's meaning in DuckDB's words, or a refusal.
 */
import { notSupported } from '../../errors.ts';
import type { Dialect } from '../../plan/dialect.ts';
import type { OpaqueText, TableRef } from '../../sql/ast.ts';
import { printName } from '../../sql/print-token.ts';
import { selectQuery } from '../../sql/select.ts';
import { duckdbAggregate } from './aggregates.ts';
import { duckdbCast, duckdbParameter, duckdbType } from './casts.ts';
import { duckdbConstant } from './constants.ts';
import { call, castTo } from './expressions.ts';
import { DUCKDB_FUNCTION_NAMES } from './function-list.ts';
import { duckdbFunction } from './functions.ts';
import { calculation } from './numeric-calculation.ts';
import { shownNumerics } from './numeric-scale.ts';
import { asColumnOf, asValueOf, comparedWith } from './numeric-value.ts';
import { duckdbOperator } from './operators.ts';
import { duckdbLike } from './patterns.ts';
import { duckdbQuantified } from './quantified.ts';

export const duckdbDialect: Dialect = {
  name: 'duckdb',
  hooks: {
    // By name: DuckDB takes no statement that mentions $2 and not $1.
    parameter: (index) => `$p${index}`,
    type: (type) =>
      `${type.path.map(bareName).join('.')}${type.modifiers.length === 0 ? '' : `(${type.modifiers.join(', ')})`}${'[]'.repeat(type.dimensions)}`,
  },
  functions: { schema: undefined, names: new Set(DUCKDB_FUNCTION_NAMES) },
  typeName: duckdbType,
  apply: (bound, args, scope) =>
    bound.routine.kind === 'operator' ? duckdbOperator(bound, args, scope) : duckdbFunction(bound, args, scope),
  aggregate: duckdbAggregate,
  cast: duckdbCast,
  like: duckdbLike,
  quantified: duckdbQuantified,
  parameter: duckdbParameter,
  shownSlots: shownNumerics,
  shown: calculation,
  asValueOf,
  asColumnOf,
  comparedWith,
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
  constant: ({ type, value }) => duckdbConstant(type, value),
  tableFunction: (bound, args, ordinality, alias) => {
    if (ordinality) throw notSupported('WITH ORDINALITY on DuckDB');
    const { routine } = bound;
    if (routine.name !== 'generate_series' && routine.name !== 'unnest')
      throw notSupported(`function ${routine.name} in FROM on DuckDB`);
    if (routine.name === 'generate_series' && routine.parameters[0] === 'numeric')
      throw notSupported('generate_series(numeric, …) on DuckDB');
    if (routine.name === 'unnest' && bound.type === 'numeric') throw notSupported('unnest(numeric[]) on DuckDB');
    const made: TableRef = {
      kind: 'function',
      call: call(routine.name, ...args),
      ordinality: false,
      lateral: false,
      alias,
    };
    // DuckDB's series are of bigint.
    return routine.name === 'generate_series' && bound.type === 'int4' ? asIntegers(made, alias) : made;
  },
  writesText: false,
  numberText: (sql) => {
    const shown: OpaqueText = [{ kind: 'text', text: 'CAST((' }, ...sql, { kind: 'text', text: ') AS VARCHAR)' }];
    // A float that is whole has `.0` behind it here.
    return [
      { kind: 'text', text: 'CASE WHEN typeof(' },
      ...sql,
      { kind: 'text', text: ") IN ('DOUBLE', 'FLOAT') THEN regexp_replace(" },
      ...shown,
      { kind: 'text', text: ", '\\.0$', '') ELSE " },
      ...shown,
      { kind: 'text', text: ' END' },
    ];
  },
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

/** `LATERAL (SELECT CAST(n AS INTEGER) FROM series AS s(n)) AS s(n)` */
function asIntegers(series: TableRef, alias: { readonly name: string; readonly columns: readonly string[] }): TableRef {
  const items = alias.columns.map((name) => ({
    kind: 'expr' as const,
    expr: castTo({ kind: 'column', path: [alias.name, name] }, 'INTEGER'),
    alias: name,
  }));
  return { kind: 'subquery', query: selectQuery({ items, from: [series] }), lateral: true, alias };
}

/** DuckDB's type names are keywords to nobody; print them bare where that is the same. */
function bareName(name: string): string {
  return /^[A-Z]+$/.test(name) ? name : printName(name);
}
