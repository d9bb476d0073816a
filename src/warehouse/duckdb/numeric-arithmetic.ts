/** Numbers as PostgreSQL's numeric has them, in DuckDB's terms. */
import { notSupported } from '../../errors.ts';
import type { Expr } from '../../sql/ast.ts';
import { binary, call, castTo, choose, number, raise, text } from './expressions.ts';

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

/** A HUGEINT of all the digits as the DECIMAL of that scale: DuckDB casts a text to one forty times as slowly. */
export function decimalOf(unscaled: Expr, scale: number): Expr {
  const digits = castTo(unscaled, 'DECIMAL', '38', '0');
  if (scale === 0) return digits;
  const unit = castTo(text(`0.${'0'.repeat(scale - 1)}1`), 'DECIMAL', String(scale + 1), String(scale));
  return binary('*', digits, unit);
}

/** The result of a calculation (numeric-calculation.ts) as DECIMAL(38, scale). Raises 0A000 for one of more digits. */
export function exactDecimal(calculation: Expr, scale: number): Expr {
  return decimalOf(castTo(call('semwire_unscaled', calculation, text(String(scale))), 'HUGEINT'), scale);
}
