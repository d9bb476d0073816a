/** Division of numerics in DuckDB, which has only that of doubles: whole numbers, so that no digit is lost. */
import { notSupported } from '../../errors.ts';
import type { Expr } from '../../sql/ast.ts';
import { binary, call, castTo, choose, number, raise, text } from './expressions.ts';

/** Digits behind the point of a quotient inside a query; what clients see is calculated anew (numeric-text.ts). */
export const QUOTIENT_SCALE = 16;

/** PostgreSQL raises where DuckDB answers NULL. */
export function nonZero(divisor: Expr, result: Expr): Expr {
  return choose(binary('=', divisor, number(0)), raise('semwire:22012'), result);
}

/** `1e3` → `1000`, `1.50e-1` → `0.150`, `.5` → `0.5`: the digits of a number as PostgreSQL's numeric keeps them. */
export function numberText(value: string): string {
  const match = /^\s*([+-]?)(\d*)\.?(\d*)(?:e([+-]?\d+))?\s*$/i.exec(value.replaceAll('_', ''));
  if (match === null) throw notSupported(`the number ${value} on DuckDB`);
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  const shift = Number(exponent);
  if (Math.abs(shift) > 60) throw notSupported('a number of more than 38 digits on DuckDB');
  const digits = whole + fraction;
  const scale = Math.max(fraction.length - shift, 0);
  const integer = digits.padEnd(Math.max(digits.length, whole.length + shift), '0').padStart(scale + 1, '0');
  const split = integer.length - scale;
  const head = integer.slice(0, split).replace(/^0+(?=\d)/, '');
  return `${sign === '-' ? '-' : ''}${head}${scale > 0 ? `.${integer.slice(split)}` : ''}`;
}

/** The digits that PostgreSQL gives a float that becomes a numeric: 15 of a double, 6 of a real. */
export function floatDigits(value: Expr, type: 'float4' | 'float8'): Expr {
  return call('format', text(type === 'float8' ? '{:.15g}' : '{:.6g}'), castTo(value, 'DOUBLE'));
}

/** An operand of a division: a DECIMAL and its digits behind the point. */
export type Operand = { readonly value: Expr; readonly scale: number };

/** An operand whose digits differ from row to row is taken with 16 places. */
export function operand(value: Expr, scale: number | undefined): Operand {
  if (scale !== undefined) return { value, scale };
  return { value: castTo(value, 'DECIMAL', '38', String(QUOTIENT_SCALE)), scale: QUOTIENT_SCALE };
}

/** `left / right` rounded to 16 places, half away from zero, as DECIMAL(38, 16); NULL for a divisor of NULL. */
export function exactQuotient(left: Operand, right: Operand): Expr {
  const shift = QUOTIENT_SCALE + right.scale - left.scale;
  const numerator = digits(left, Math.max(shift, 0));
  const divisor = digits(right, Math.max(-shift, 0));
  // Both sides doubled, so that half of the divisor is whole.
  const rounded = binary(
    '//',
    binary('+', binary('*', numerator, power(0, 2)), divisor),
    binary('*', divisor, power(0, 2)),
  );
  const unit = castTo(
    text(`0.${'0'.repeat(QUOTIENT_SCALE - 1)}1`),
    'DECIMAL',
    String(QUOTIENT_SCALE + 1),
    String(QUOTIENT_SCALE),
  );
  const scaled = binary('*', castTo(rounded, 'DECIMAL', '38', '0'), unit);
  const negative = binary('<>', binary('<', left.value, number(0)), binary('<', right.value, number(0)));
  return choose(negative, { kind: 'unary', operator: '-', operand: scaled }, scaled);
}

/** All digits of |value| as a HUGEINT, and `zeros` more. */
function digits({ value, scale }: Operand, zeros: number): Expr {
  const magnitude = call('abs', value);
  const whole =
    scale === 0
      ? castTo(magnitude, 'HUGEINT')
      : castTo(call('replace', castTo(magnitude, 'VARCHAR'), text('.'), text('')), 'HUGEINT');
  return zeros === 0 ? whole : binary('*', whole, power(zeros, 1));
}

function power(zeros: number, first: number): Expr {
  return castTo(text(`${first}${'0'.repeat(zeros)}`), 'HUGEINT');
}
