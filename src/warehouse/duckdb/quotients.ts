/** What is a quotient: `/`, and avg(), which is a sum by a count. */
import type { Bound } from '../../plan/bound/bound.ts';
import { childrenOf } from '../../plan/bound/walk.ts';
import type { BoundOf, Scope } from '../../plan/dialect.ts';
import type { Expr } from '../../sql/ast.ts';
import { binary, number } from './expressions.ts';
import { nonZero } from './numeric-arithmetic.ts';
import { exactRound, exactValue, partOf } from './numeric-calculation.ts';
import { exactQuotient, type Operand, roundedQuotient } from './numeric-division.ts';
import { scaleOf } from './numeric-scale.ts';

export function quotient(left: Expr, right: Expr, bound: BoundOf<'apply'>, scope: Scope): Expr {
  if (bound.type !== 'numeric') return nonZero(right, binary('/', left, right));
  const operands = operandsOf(bound, scope);
  const exact = exactValue(bound, scope);
  return operands === undefined ? exact : nonZero(right, exactQuotient(...operands, exact));
}

/** @returns undefined for what is no quotient of numerics, or where the digits of one differ from row to row */
export function operandsOf(bound: Bound, { lower }: Scope): readonly [Operand, Operand] | undefined {
  if (bound.kind !== 'apply' || bound.routine.name !== '/' || bound.type !== 'numeric') return undefined;
  const operands = bound.args.flatMap((arg): Operand[] => {
    const scale = scaleOf(arg);
    return scale === undefined ? [] : [{ value: lower(plain(arg)), scale, brief: isBrief(arg) }];
  });
  const [left, right] = operands;
  return left === undefined || right === undefined ? undefined : [left, right];
}

/** A whole number is one without the cast to numeric, which has wider digits. */
function plain(bound: Bound): Bound {
  if (bound.kind !== 'cast' || bound.type !== 'numeric' || bound.typmod >= 0) return bound;
  return /^int[248]$/.test(bound.arg.type) ? bound.arg : bound;
}

/** Columns, aggregates and little more: DuckDB computes an aggregate once, however often it is written. */
export function isBrief(bound: Bound): boolean {
  return wordsOf(bound) <= 4;
}

function wordsOf(bound: Bound): number {
  const below = childrenOf(bound).reduce((words, child) => words + wordsOf(child), 1);
  return bound.kind === 'subquery' || bound.kind === 'author' || bound.kind === 'window' ? Infinity : below;
}

/** avg() as its sum and its count: undefined for another aggregate, and where the digits of its argument differ. */
export function averageOf(
  bound: BoundOf<'aggregate' | 'window'>,
  { lower }: Scope,
): readonly [Operand, Operand] | undefined {
  const { routine, args, type } = bound;
  const [argument] = args;
  const scale = argument && scaleOf(argument);
  if (routine.kind === 'author' || routine.name !== 'avg' || type !== 'numeric') return undefined;
  if (argument === undefined || scale === undefined) return undefined;
  const brief = isBrief(bound);
  const count: Expr = { kind: 'nullif', left: lower(partOf(bound, 'count', 'int8', argument)), right: number(0) };
  return [
    { value: lower(partOf(bound, 'sum', 'numeric', argument)), scale, brief },
    { value: count, scale: 0, brief },
  ];
}

/** round() of a quotient. @returns undefined for another value */
export function roundedValue(bound: Bound, places: number, scope: Scope): Expr | undefined {
  const operands = quotientOperands(bound, scope);
  if (operands === undefined) return undefined;
  const exact = exactRound(bound, places, scope);
  const rounded = places > 8 ? exact : roundedQuotient(...operands, places, exact);
  return bound.kind === 'apply' ? nonZero(operands[1].value, rounded) : rounded;
}

function quotientOperands(bound: Bound, scope: Scope): readonly [Operand, Operand] | undefined {
  return bound.kind === 'aggregate' || bound.kind === 'window' ? averageOf(bound, scope) : operandsOf(bound, scope);
}
