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
export type Operand = {
  readonly value: Expr;
  readonly scale: number;
  /** It is printed in a few words, so that short division, which repeats it, stays readable for DuckDB. */
  readonly brief: boolean;
};

/** `left / right` rounded to 16 places, half away from zero, as DECIMAL(38, 16); NULL for a divisor of NULL. */
export function exactQuotient(left: Operand, right: Operand): Expr {
  return whereShort(left, right, shortQuotient(left, right), longQuotient(left, right));
}

/** The quotient of 16 places rounded to fewer: DuckDB's round() of so many digits takes a microsecond. */
export function roundedQuotient(left: Operand, right: Operand, places: number): Expr {
  const long = castTo(call('round', longQuotient(left, right), number(places)), 'DECIMAL', '38', String(places));
  return whereShort(left, right, shortRounded(left, right, places), long);
}

function whereShort(left: Operand, right: Operand, short: Expr, long: Expr): Expr {
  const [largest, divisor] = [largestDividend(left, right), largestDivisor(left, right)];
  if (largest < 1 || divisor < 1 || !left.brief || !right.brief) return long;
  const within = (value: Expr, limit: number): Expr => ({
    kind: 'and',
    operands: [binary('<=', value, whole(limit)), binary('>=', value, whole(-limit))],
  });
  return choose({ kind: 'and', operands: [within(left.value, largest), within(right.value, divisor)] }, short, long);
}

// Short division: whole numbers of 64 bits, eight digits at a time. Forty times as fast as that of 128 bits.

/** Whole numbers up to here are exact as doubles with a fraction's error to spare. */
const EXACT = 4e15;
const LARGEST = 9e18;
const STEP = 1e8;

function largestDividend(left: Operand, right: Operand): number {
  return Math.floor(Math.min(EXACT, LARGEST / 10 ** Math.max(right.scale - left.scale, 0)) / 10 ** left.scale);
}

function largestDivisor(left: Operand, right: Operand): number {
  return Math.floor(Math.min(EXACT, LARGEST / STEP / 10 ** Math.max(left.scale - right.scale, 0)) / 10 ** right.scale);
}

function whole(value: number): Expr {
  return castTo(text(String(value)), 'BIGINT');
}

/** All digits as a BIGINT, and `zeros` more. */
function shortDigits({ value, scale }: Operand, zeros: number): Expr {
  const all =
    scale === 0
      ? castTo(value, 'BIGINT')
      : castTo(binary('*', castTo(value, 'DOUBLE'), castTo(text(`1e${scale}`), 'DOUBLE')), 'BIGINT');
  return zeros === 0 ? all : binary('*', all, whole(10 ** zeros));
}

type ShortParts = { readonly whole: Expr; readonly fraction: Expr; readonly negative: Expr };

/** The whole part, and 16 digits of the fraction, rounded; both have the quotient's sign. */
function shortParts(left: Operand, right: Operand): ShortParts {
  const numerator = shortDigits(left, Math.max(right.scale - left.scale, 0));
  const divisor = shortDigits(right, Math.max(left.scale - right.scale, 0));
  const next = (value: Expr): Expr => binary('*', binary('%', value, divisor), whole(STEP));
  const first = next(numerator);
  const second = next(first);
  const third = binary('%', second, divisor);
  const negative = binary('<>', binary('<', numerator, number(0)), binary('<', divisor, number(0)));
  const up = choose(
    binary('>=', binary('*', call('abs', third), number(2)), call('abs', divisor)),
    choose(negative, number(-1), number(1)),
    number(0),
  );
  const digitsOf = (value: Expr): Expr => binary('//', value, divisor);
  const fraction = binary('+', binary('+', binary('*', digitsOf(first), whole(STEP)), digitsOf(second)), up);
  return { whole: digitsOf(numerator), fraction, negative };
}

function shortQuotient(left: Operand, right: Operand): Expr {
  const parts = shortParts(left, right);
  return joined(parts.whole, parts.fraction, QUOTIENT_SCALE);
}

function shortRounded(left: Operand, right: Operand, places: number): Expr {
  const parts = shortParts(left, right);
  const less = 10 ** (QUOTIENT_SCALE - places);
  const half = choose(parts.negative, whole(-less / 2), whole(less / 2));
  return joined(parts.whole, binary('//', binary('+', parts.fraction, half), whole(less)), places);
}

/** `whole + fraction / 10^places` as DECIMAL(38, places) */
function joined(wholePart: Expr, fraction: Expr, places: number): Expr {
  const shown = castTo(castTo(wholePart, 'DECIMAL', '19', '0'), 'DECIMAL', '38', String(places));
  if (places === 0) return castTo(binary('+', wholePart, fraction), 'DECIMAL', '38', '0');
  return castTo(
    binary('+', shown, binary('*', castTo(fraction, 'DECIMAL', '19', '0'), unit(places))),
    'DECIMAL',
    '38',
    String(places),
  );
}

function unit(places: number): Expr {
  return castTo(text(`0.${'0'.repeat(places - 1)}1`), 'DECIMAL', String(places + 1), String(places));
}

/** Of any numbers of up to 38 digits. */
function longQuotient(left: Operand, right: Operand): Expr {
  const shift = QUOTIENT_SCALE + right.scale - left.scale;
  const numerator = digits(left, Math.max(shift, 0));
  const divisor = digits(right, Math.max(-shift, 0));
  // Both sides doubled, so that half of the divisor is whole.
  const rounded = binary(
    '//',
    binary('+', binary('*', numerator, power(0, 2)), divisor),
    binary('*', divisor, power(0, 2)),
  );
  const scaled = binary('*', castTo(rounded, 'DECIMAL', '38', '0'), unit(QUOTIENT_SCALE));
  const negative = binary('<>', binary('<', left.value, number(0)), binary('<', right.value, number(0)));
  return choose(negative, { kind: 'unary', operator: '-', operand: scaled }, scaled);
}

/** All digits of |value| as a HUGEINT, and `zeros` more. */
function digits({ value, scale }: Operand, zeros: number): Expr {
  const magnitude = call('abs', value);
  const all =
    scale === 0
      ? castTo(magnitude, 'HUGEINT')
      : castTo(call('replace', castTo(magnitude, 'VARCHAR'), text('.'), text('')), 'HUGEINT');
  return zeros === 0 ? all : binary('*', all, power(zeros, 1));
}

function power(zeros: number, first: number): Expr {
  return castTo(text(`${first}${'0'.repeat(zeros)}`), 'HUGEINT');
}
