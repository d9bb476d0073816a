/** Functions of numbers that DuckDB computes otherwise, or raises otherwise for. */
import { notSupported } from '../../errors.ts';
import type { BoundOf, Scope } from '../../plan/dialect.ts';
import type { Expr } from '../../sql/ast.ts';
import { binary, call, castTo, choose, number, raise, text } from './expressions.ts';
import { exactRound } from './numeric-calculation.ts';
import { scaleOf } from './numeric-scale.ts';
import { roundedValue } from './quotients.ts';

/** Functions of double precision; PostgreSQL's numeric ones have more digits. Results out of range are errors. */
export function floating(
  name: 'exp' | 'ln' | 'log10' | 'sqrt',
  args: readonly Expr[],
  { type }: BoundOf<'apply'>,
): Expr {
  if (type === 'numeric' || args.length > 1)
    throw notSupported(`${name}(numeric) on DuckDB`, { hint: 'Cast its argument to double precision.' });
  const [value] = args;
  const made = call(name, value as Expr);
  return name === 'exp' ? finite(made, value as Expr) : made;
}

export function power([base, exponent]: readonly Expr[], { type }: BoundOf<'apply'>): Expr {
  if (type === 'numeric')
    throw notSupported('power(numeric, numeric) on DuckDB', { hint: 'Cast its arguments to double precision.' });
  const [left, right] = [base as Expr, exponent as Expr];
  const made = finite(call('pow', left, right), left, right);
  const root = choose(
    { kind: 'and', operands: [binary('<', left, number(0)), binary('<>', right, call('floor', right))] },
    raise('semwire:2201F'),
    made,
  );
  return choose(
    { kind: 'and', operands: [binary('=', left, number(0)), binary('<', right, number(0))] },
    raise('semwire:2201F'),
    root,
  );
}

/** Infinity made of finite values is out of range. */
function finite(made: Expr, ...args: readonly Expr[]): Expr {
  const infinite = args.map((arg): Expr => ({ kind: 'not', operand: call('isinf', arg) }));
  return choose({ kind: 'and', operands: [call('isinf', made), ...infinite] }, raise('semwire:22003'), made);
}

/** Towards zero, at a literal scale. */
export function truncate([value, scale]: readonly Expr[], { type }: BoundOf<'apply'>): Expr {
  const whole = value as Expr;
  if (scale === undefined)
    return type === 'numeric' ? castTo(call('trunc', whole), 'DECIMAL', '38', '0') : call('trunc', whole);
  const places = literalInteger(scale);
  if (places === undefined || Math.abs(places) > 30)
    throw notSupported('trunc() to a scale that is no literal on DuckDB');
  const unit = places > 0 ? `0.${'0'.repeat(places - 1)}1` : `1${'0'.repeat(-places)}`;
  const step = castTo(text(unit), 'DECIMAL', String(Math.abs(places) + 1), String(Math.max(places, 0)));
  return castTo(binary('-', whole, binary('%', whole, step)), 'DECIMAL', '38', String(Math.max(places, 0)));
}

/** round(numeric) goes away from zero, round(float8) to even; a literal scale is the scale of the result. */
export function round(args: readonly Expr[], bound: BoundOf<'apply'>, scope: Scope): Expr {
  const [value, scale] = args;
  if (value === undefined) throw new Error('round() without arguments');
  if (bound.type === 'float8') return call('round_even', value, number(0));
  const places = scale === undefined ? 0 : literalInteger(scale);
  if (places === undefined) throw notSupported('round() to a scale that is no literal on DuckDB');
  const [argument] = bound.args;
  if (argument !== undefined && places >= 0) {
    const quotient = roundedValue(argument, places, scope);
    if (quotient !== undefined) return quotient;
    if (scaleOf(argument) === undefined) return exactRound(argument, places, scope);
  }
  const rounded = scale === undefined ? call('round', value) : call('round', value, scale);
  return castTo(rounded, 'DECIMAL', '38', String(Math.min(Math.max(places, 0), 37)));
}

export function literalInteger(expr: Expr): number | undefined {
  if (expr.kind === 'number' && /^\d+$/.test(expr.text)) return Number(expr.text);
  if (expr.kind === 'unary' && expr.operator === '-' && expr.operand.kind === 'number')
    return -Number(expr.operand.text);
  return undefined;
}
