/**
 * PostgreSQL's own dialect: everything as it was resolved, qualified with pg_catalog.
 */

import type { Dialect } from '../../plan/dialect.ts';
import { functionsByName } from '../../plan/routines/routines.ts';
import type { Call, Expr, TypeName } from '../../sql/ast.ts';
import { callOf } from '../../sql/call.ts';
import { printType } from '../../sql/print-token.ts';
import { elementOf, isArrayType, numericScale, type PgType } from '../../sql/types.ts';

export const postgresDialect: Dialect = {
  name: 'postgres',
  // Qualified, so that no search_path of the role's puts another type in its place (security case F10).
  hooks: { type: (type) => `"pg_catalog".${printType(type)}`, parameter: (index) => `$${index}` },
  functions: { schema: 'pg_catalog', names: new Set(functionsByName.keys()) },
  typeName,
  apply: ({ routine }, args) => {
    const [first, second] = args;
    if (routine.kind === 'operator') {
      if (first === undefined) throw new Error(`operator ${routine.name} without operands`);
      if (second === undefined) return { kind: 'unary', operator: routine.name, operand: first };
      return { kind: 'binary', operator: routine.name, left: first, right: second };
    }
    return pgCall(routine.name, args);
  },
  parameter: (index, type) => ({ kind: 'cast', operand: { kind: 'parameter', index }, type: typeName(type, -1) }),
  quantified: ({ quantifier, routine }, left, array) => ({
    kind: 'quantified',
    quantifier,
    operator: routine.name,
    left,
    array,
  }),
  shown: undefined,
  asValueOf: undefined,
  asColumnOf: undefined,
  comparedWith: undefined,
  shownSlots: undefined,
  aggregate: (call, { args, orderBy, filter, over }) => ({
    kind: 'call',
    path: ['pg_catalog', call.routine.name],
    args: args.map((value) => ({ name: undefined, variadic: false, value })),
    star: call.star,
    distinct: call.distinct,
    orderBy,
    withinGroup: call.withinGroup,
    filter,
    over,
  }),
  cast: ({ type, typmod }, operand) => ({ kind: 'cast', operand, type: typeName(type, typmod) }),
  like: ({ variant, negated }, operand, pattern, escapeWith) => ({
    kind: 'like',
    variant,
    negated,
    operand,
    pattern,
    escape: escapeWith,
  }),
  sqlValue: ({ name, precision }) => ({ kind: 'sql-value', name, precision }),
  constant: ({ type, typmod, value }) => {
    const plain = plainNumber(type, value);
    if (plain !== undefined) return plain;
    if (type === 'bool' && (value === 'true' || value === 'false')) return { kind: 'boolean', value: value === 'true' };
    return { kind: 'cast', operand: { kind: 'string', value }, type: typeName(type, typmod) };
  },
  tableFunction: ({ routine }, args, ordinality, alias) => {
    const call = pgCall(routine.name, args);
    return { kind: 'function', call, ordinality, lateral: false, alias };
  },
  writesText: true,
  numberText: (sql) => [{ kind: 'text', text: 'CAST((' }, ...sql, { kind: 'text', text: ') AS text)' }],
  memberValue: (expr, _type, _typmod, asText) =>
    asText ? { kind: 'cast', operand: expr, type: typeName('text', -1) } : expr,
};

function pgCall(name: string, args: readonly Expr[]): Call {
  return callOf(['pg_catalog', name], args);
}

/** Numbers whose digits alone mean their type. */
export function plainNumber(type: PgType, value: string): Expr | undefined {
  const negative = value.startsWith('-');
  const digits = negative ? value.slice(1) : value;
  const number: Expr = { kind: 'number', text: digits };
  const plain =
    (type === 'int4' && /^\d{1,10}$/.test(digits) && BigInt(digits) <= 2147483647n) ||
    (type === 'numeric' && /^\d+\.\d*$|^\.\d+$/.test(digits));
  if (!plain) return undefined;
  return negative ? { kind: 'unary', operator: '-', operand: number } : number;
}

function typeName(type: PgType, typmod: number): TypeName {
  const scalar = isArrayType(type) ? elementOf(type) : type;
  return {
    path: [scalar],
    modifiers: typeModifiers(scalar, typmod),
    dimensions: isArrayType(type) ? 1 : 0,
  };
}

/** atttypmod as it is written. */
export function typeModifiers(type: PgType, typmod: number): string[] {
  if (typmod < 0) return [];
  switch (type) {
    case 'numeric':
      return [String(((typmod - 4) >> 16) & 0xffff), String(numericScale(typmod))];
    case 'varchar':
    case 'bpchar':
      return [String(typmod - 4)];
    case 'time':
    case 'timetz':
    case 'timestamp':
    case 'timestamptz':
      return [String(typmod)];
    default:
      return [];
  }
}
