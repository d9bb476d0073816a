/**
 * interval * number. A whole factor multiplies each field; what a fraction leaves of a day or a month goes on to smaller
 * fields, which DuckDB does otherwise than PostgreSQL (interval_mul in its timestamp.c).
 */
import type { Bound } from '../../plan/bound/bound.ts';
import type { Expr } from '../../sql/ast.ts';
import { binary, call, castTo, choose, number, text } from './expressions.ts';
import { parseInterval } from './interval-literal.ts';

const INTEGERS = ['int2', 'int4', 'int8'];
const MICROS_PER_DAY = 86_400_000_000;

/** @param factor the number, cast to float8 as the operator takes it, and the tree that it was printed from */
export function intervalProduct(
  interval: { readonly bound: Bound; readonly printed: Expr },
  factor: { readonly bound: Bound; readonly printed: Expr },
): Expr {
  if (isWhole(factor.bound)) return times(interval.printed, factor.printed);
  const parts =
    interval.bound.kind === 'const' && interval.bound.value !== null ? parseInterval(interval.bound.value) : undefined;
  const scaled = (amount: number | bigint): Expr => binary('*', castTo(text(String(amount)), 'DOUBLE'), factor.printed);
  if (parts !== undefined && parts.months === 0 && parts.days === 0) return micros(scaled(parts.micros));
  if (parts !== undefined && parts.months === 0 && parts.micros === 0n) return days(scaled(parts.days));
  const whole = binary('=', factor.printed, call('trunc', factor.printed));
  const product = times(interval.printed, factor.printed);
  const isNull: Expr = { kind: 'is', test: 'null', negated: false, operand: factor.printed };
  const spread = call('semwire_interval_times', castTo(interval.printed, 'VARCHAR'), castTo(factor.printed, 'VARCHAR'));
  return choose({ kind: 'or', operands: [isNull, whole] }, product, castTo(spread, 'INTERVAL'));
}

function isWhole(bound: Bound): boolean {
  if (bound.kind !== 'cast') return false;
  if (bound.arg.kind === 'const') return bound.arg.value === null || /^-?\d{1,9}$/.test(bound.arg.value);
  return INTEGERS.includes(bound.arg.type);
}

function times(interval: Expr, factor: Expr): Expr {
  return binary('*', interval, castTo(factor, 'BIGINT'));
}

function micros(amount: Expr): Expr {
  return call('to_microseconds', castTo(call('round_even', amount, number(0)), 'BIGINT'));
}

/** Whole days, and the rest as a time of day; a rest that rounds up to a day is one. */
function days(amount: Expr): Expr {
  const whole = call('trunc', amount);
  const rest = call('round_even', binary('*', binary('-', amount, whole), number(MICROS_PER_DAY)), number(0));
  const carried = call('trunc', binary('/', rest, number(MICROS_PER_DAY)));
  const left = binary('-', rest, binary('*', carried, number(MICROS_PER_DAY)));
  return binary('+', times(castTo(text('1 day'), 'INTERVAL'), binary('+', whole, carried)), micros(left));
}
