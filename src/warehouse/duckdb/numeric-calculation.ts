/**
 * Numerics whose digits behind the point differ from row to row travel as the text of their calculation, `12.50 3 /`:
 * the driver finishes it as PostgreSQL would (numeric-text.ts), or `semwire_numeric()` does inside the statement.
 */
import type { Bound } from '../../plan/bound/bound.ts';
import { boundKey, relationsOf } from '../../plan/bound/walk.ts';
import type { BoundOf, Scope } from '../../plan/dialect.ts';
import { hiddenName } from '../../plan/lower/carrying.ts';
import type { Routine } from '../../plan/routines/routines.ts';
import type { Expr } from '../../sql/ast.ts';
import type { PgType } from '../../sql/types.ts';
import { binary, call, castTo, choose, number, text } from './expressions.ts';
import { exactDecimal, floatDigits, nonZero } from './numeric-arithmetic.ts';
import { placesOfQuotient } from './numeric-division.ts';
import { VALUE_SCALE } from './numeric-macros.ts';
import { isNull, scaleOf, shownNumerics, unknownDigits } from './numeric-scale.ts';
import { operandsOf } from './quotients.ts';

/** The value's text with PostgreSQL's digits. */
export function exactText(bound: Bound, scope: Scope): Expr {
  const made = calculation(bound, scope);
  return scaleOf(bound) === undefined && !isNull(bound) ? call('semwire_numeric', made) : made;
}

/** round() of a value of any size. */
export function exactRound(value: Bound, places: number, scope: Scope): Expr {
  return exactDecimal(binary('||', calculation(value, scope), text(` ${places} round`)), Math.min(places, 37));
}

/** div(): the whole part of a quotient. */
export function exactDiv(args: readonly Bound[], scope: Scope): Expr {
  const [left, right] = args.map((arg) => calculation(arg, scope));
  return exactDecimal(steps(left as Expr, right as Expr, 'div'), 0);
}

/** The value to calculate with, where DuckDB has no operation for it. */
export function exactValue(bound: Bound, scope: Scope): Expr {
  return exactDecimal(calculation(bound, scope), VALUE_SCALE);
}

/** @throws SqlError 0A000 when it cannot be told */
export function calculation(bound: Bound, scope: Scope): Expr {
  const { lower, select } = scope;
  if (isNull(bound)) return castTo({ kind: 'null' }, 'VARCHAR');
  if (scaleOf(bound) !== undefined) return castTo(lower(bound), 'VARCHAR');
  const key = boundKey(bound);
  if (select?.grouping?.keys.some((other) => boundKey(other) === key)) return keyText(bound, scope);
  switch (bound.kind) {
    case 'apply':
      return applied(bound, scope);
    case 'cast':
      if (bound.typmod >= 0) throw unknownDigits();
      if (bound.arg.type === 'float4' || bound.arg.type === 'float8')
        return floatDigits(lower(bound.arg), bound.arg.type);
      if (bound.arg.type === 'text' || bound.arg.type === 'varchar')
        return call('semwire_numeric_of', lower(bound.arg));
      if (bound.arg.type !== 'numeric') throw unknownDigits();
      return calculation(bound.arg, scope);
    case 'case':
      return {
        kind: 'case',
        operand: undefined,
        branches: bound.branches.map(({ when, then }) => ({ when: lower(when), then: calculation(then, scope) })),
        otherwise: bound.otherwise && calculation(bound.otherwise, scope),
      };
    case 'coalesce':
      return { kind: 'coalesce', args: bound.args.map((arg) => calculation(arg, scope)) };
    case 'greatest':
    case 'least':
      return {
        kind: 'case',
        operand: lower(bound),
        branches: bound.args
          .filter((arg) => !isNull(arg))
          .map((arg) => ({ when: lower(arg), then: calculation(arg, scope) })),
        otherwise: undefined,
      };
    case 'nullif':
      return choose(
        binary('=', lower(bound.left), lower(bound.right)),
        castTo({ kind: 'null' }, 'VARCHAR'),
        calculation(bound.left, scope),
      );
    case 'parameter':
      return castTo({ kind: 'parameter', index: bound.index }, 'VARCHAR');
    case 'aggregate':
    case 'window':
      return aggregated(bound, scope);
    case 'column':
      return columnText(bound, scope);
    case 'subquery':
      if (bound.form !== 'scalar') throw unknownDigits();
      return { kind: 'scalar-subquery', query: scope.shownQuery(bound.query) };
    default:
      throw unknownDigits();
  }
}

/** One value of a group has one text; of several that are equal, `1.0` and `1.00`, the shortest. */
function keyText(key: Bound, { lower, select }: Scope): Expr {
  const shown = lower(aggregateOf('min', 'text', [innerCall('#calculation', key, 'text')]));
  const [set, another] = select?.grouping?.sets ?? [];
  if (set !== undefined && another === undefined && set.length === select?.grouping?.keys.length) return shown;
  const left = lower({ kind: 'grouping', args: [key], type: 'int4', typmod: -1 });
  return choose(binary('=', left, number(1)), castTo({ kind: 'null' }, 'VARCHAR'), shown);
}

function aggregateOf(name: string, type: PgType, args: readonly Bound[]): Bound {
  return {
    kind: 'aggregate',
    routine: innerRoutine('aggregate', name, args, type),
    star: false,
    args,
    distinct: false,
    orderBy: [],
    withinGroup: false,
    filter: undefined,
    grain: { kind: 'rows' },
    at: undefined,
    type,
    typmod: -1,
  };
}

function innerRoutine(kind: Routine['kind'], name: string, args: readonly Bound[], result: PgType): Routine {
  return {
    kind,
    name,
    parameters: args.map(({ type }) => type as PgType),
    ordered: undefined,
    variadic: false,
    result,
    returnsSet: false,
    volatility: 'immutable',
    leakproof: false,
  };
}

type InnerName = '#calculation' | '#digits';

/** A call that no client can write: how a numeric is shown, as an expression among others. */
function innerCall(name: InnerName, arg: Bound, type: PgType): Bound {
  return { kind: 'apply', routine: innerRoutine('function', name, [arg], type), args: [arg], type, typmod: -1 };
}

/** @returns undefined for a routine of the list */
export function lowerInner({ routine, args }: BoundOf<'apply'>, scope: Scope): Expr | undefined {
  const [arg] = args;
  if (arg === undefined) return undefined;
  switch (routine.name) {
    case '#calculation':
      return calculation(arg, scope);
    case '#digits':
      return placesOf(arg, scope);
    default:
      return undefined;
  }
}

/** Digits behind the point that a value is shown with. */
function placesOf(bound: Bound, scope: Scope): Expr {
  const shown = call('semwire_numeric', calculation(bound, scope));
  const point = call('strpos', shown, text('.'));
  const behind = binary('-', call('strlen', shown), point);
  const counted = castTo(choose(binary('=', point, number(0)), number(0), behind), 'INTEGER');
  const operands = operandsOf(bound, scope);
  return operands === undefined ? counted : castTo(placesOfQuotient(...operands, counted), 'INTEGER');
}

/** Names of the operations in numeric-text.ts. */
const STEPS: { readonly [routine: string]: string } = {
  '+': '+',
  '-': '-',
  '*': '*',
  '/': '/',
  '%': '%',
  mod: '%',
  abs: 'abs',
  '@': 'abs',
  sqrt: 'sqrt',
  round: 'round',
  trunc: 'trunc',
};

function applied({ routine, args }: BoundOf<'apply'>, scope: Scope): Expr {
  const [left, right] = args;
  const step = STEPS[routine.name];
  if (step === undefined || left === undefined) throw unknownDigits();
  const first = calculation(left, scope);
  if (right === undefined)
    return routine.name === '+' ? first : binary('||', first, text(step === '-' ? ' ~' : ` ${step}`));
  const made = steps(first, calculation(right, scope), step);
  return step === '/' || step === '%' ? nonZero(scope.lower(right), made) : made;
}

function steps(left: Expr, right: Expr, operator: string): Expr {
  return binary('||', binary('||', binary('||', left, text(' ')), right), text(` ${operator}`));
}

/** Aggregates and window functions that pick one of their rows' values. */
const PICKED = new Set(['first_value', 'last_value', 'nth_value', 'lag', 'lead']);
const STATISTICS = new Set(['stddev', 'stddev_pop', 'stddev_samp', 'variance', 'var_pop', 'var_samp']);

/** Another aggregate over the same rows. */
export function partOf(
  bound: BoundOf<'aggregate' | 'window'>,
  name: string,
  result: PgType,
  ...args: readonly Bound[]
): Bound {
  const routine = innerRoutine(bound.routine.kind === 'window' ? 'window' : 'aggregate', name, args, result);
  return { ...bound, routine, args, type: result, typmod: -1 };
}

/** `avg(x)` is `sum(x) / count(x)`; a sum has as many digits as the longest value that went into it. */
function aggregated(bound: BoundOf<'aggregate' | 'window'>, { lower }: Scope): Expr {
  const { routine, args } = bound;
  const [argument, second, third] = args;
  if (routine.kind === 'author' || argument === undefined) throw unknownDigits();
  const part = (part: string, result: PgType, ...given: Bound[]): Expr => lower(partOf(bound, part, result, ...given));
  const { name } = routine;
  if (name === 'min' || name === 'max')
    return part(`arg_${name}`, 'text', innerCall('#calculation', argument, 'text'), argument);
  if (PICKED.has(name)) {
    const shown = innerCall('#calculation', argument, 'text');
    const rest = third === undefined ? [] : [innerCall('#calculation', third, 'text')];
    return part(name, 'text', shown, ...(second === undefined ? [] : [second]), ...rest);
  }
  const total = (value: Bound): Expr => {
    if (scaleOf(value) !== undefined) return castTo(part('sum', 'numeric', value), 'VARCHAR');
    const sum = castTo(part('sum', 'numeric', value), 'VARCHAR');
    return steps(sum, castTo(part('max', 'int4', innerCall('#digits', value, 'int4')), 'VARCHAR'), '#');
  };
  // Digits are cheaper to find than a quotient.
  const counted =
    scaleOf(argument) === undefined && !(bound.kind === 'aggregate' && bound.distinct)
      ? innerCall('#digits', argument, 'int4')
      : argument;
  const count = (): Expr => castTo(part('count', 'int8', counted), 'VARCHAR');
  if (name === 'sum') return total(argument);
  if (name === 'avg') return steps(total(argument), count(), '/');
  if (!STATISTICS.has(name)) throw unknownDigits();
  // Squares of quotients have more digits than a sum in DuckDB holds.
  if ((bound.kind === 'aggregate' && bound.distinct) || scaleOf(argument) === undefined) throw unknownDigits();
  const sums = binary('||', binary('||', total(argument), text(' ')), total(squareOf(argument)));
  const sample = !name.endsWith('_pop');
  return choose(
    binary('<', part('count', 'int8', argument), number(sample ? 2 : 1)),
    castTo({ kind: 'null' }, 'VARCHAR'),
    steps(sums, count(), `${name.startsWith('stddev') ? 'stddev' : 'variance'}_${sample ? 'samp' : 'pop'}`),
  );
}

/** `x * x` as numeric. */
function squareOf(arg: Bound): Bound {
  const factor: Bound = arg.type === 'numeric' ? arg : { kind: 'cast', arg, type: 'numeric', typmod: -1 };
  const args = [factor, factor];
  return { kind: 'apply', routine: innerRoutine('operator', '*', args, 'numeric'), args, type: 'numeric', typmod: -1 };
}

function columnText(bound: BoundOf<'column'>, { lower, select }: Scope): Expr {
  const { relation, slot } = bound;
  const query = relation.kind === 'derived' ? relation.query : relation.kind === 'cte' ? relation.cte.query : undefined;
  if (query === undefined || !shownNumerics(query).includes(slot)) throw unknownDigits();
  if (select?.grouping !== undefined && relationsOf(select.from).includes(relation))
    return lower(aggregateOf('min', 'text', [innerCall('#calculation', bound, 'text')]));
  return { kind: 'column', path: [`t${relation.id}`, hiddenName(query, slot)] };
}
