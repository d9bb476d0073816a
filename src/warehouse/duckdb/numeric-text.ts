/**
 * Finishes the calculations that DuckDB sends for numerics (numeric-scale.ts): `12.50 3 /` is a stack machine's text.
 * Digits behind the point follow PostgreSQL's numeric.c: those of a quotient are chosen by select_div_scale().
 */
import { SqlError, SqlState } from '../../errors.ts';
import { encodeBinary } from '../../wire/values.ts';
import type { ColumnEncoder } from './column.ts';
import { numberText } from './numeric-arithmetic.ts';
import { stringColumn } from './strings.ts';

type Numeric = { readonly digits: bigint; readonly scale: number };

const DIGIT_BASE = 4;
const MIN_SIGNIFICANT = 16;

/** @returns the value's text; a text that is no calculation is returned as it is */
export function calculate(text: string): string {
  if (!text.includes(' ')) return /e/i.test(text) ? numberText(text) : text;
  return show(calculated(text));
}

/** Rounded half away from zero, as numeric is. */
export function roundedText(text: string, scale: number): string {
  return show(rounded(calculated(text), { digits: BigInt(scale), scale: 0 }));
}

const LARGEST = 10n ** 38n;

/**
 * All the digits of the value at that scale, a whole number of 38 digits at most.
 * @throws Error that failure.ts knows, for a value that has more of them
 */
export function unscaledText(text: string, scale: number): string {
  const value = calculated(text);
  const digits = value.scale <= scale ? at(value, scale) : value.digits / 10n ** BigInt(value.scale - scale);
  if (magnitude(digits) < LARGEST && (value.scale <= scale || at({ digits, scale }, value.scale) === value.digits))
    return digits.toString();
  throw new Error('semwire:digits');
}

function calculated(text: string): Numeric {
  const stack: Numeric[] = [];
  for (const token of text.split(' ')) {
    const operation = Object.hasOwn(OPERATIONS, token) ? OPERATIONS[token] : undefined;
    if (operation === undefined) stack.push(numeric(token));
    else stack.push(operation(...stack.splice(-operation.length)));
  }
  const [result, more] = stack;
  if (result === undefined || more !== undefined) throw new Error(`no calculation: ${text}`);
  return result;
}

type Operation = (...operands: Numeric[]) => Numeric;

function numeric(text: string): Numeric {
  const [whole = '', fraction = ''] = numberText(text).split('.');
  return { digits: BigInt(whole + fraction), scale: fraction.length };
}

const ZERO: Numeric = { digits: 0n, scale: 0 };

function plus(left: Numeric, right: Numeric): Numeric {
  const scale = Math.max(left.scale, right.scale);
  return { digits: at(left, scale) + at(right, scale), scale };
}

function minus(left: Numeric, right: Numeric): Numeric {
  return plus(left, { digits: -right.digits, scale: right.scale });
}

function times(left: Numeric, right: Numeric): Numeric {
  return { digits: left.digits * right.digits, scale: left.scale + right.scale };
}

function remainder(left: Numeric, right: Numeric): Numeric {
  if (right.digits === 0n) throw new SqlError(SqlState.divisionByZero, 'division by zero');
  const scale = Math.max(left.scale, right.scale);
  return { digits: at(left, scale) % at(right, scale), scale };
}

/** round(x, n) and trunc(x, n): n may be negative. */
function rounded(value: Numeric, places: Numeric): Numeric {
  return cut(value, Number(places.digits), true);
}

function cut({ digits, scale }: Numeric, places: number, rounds: boolean): Numeric {
  const shown = Math.max(places, 0);
  if (places >= scale) return { digits: at({ digits, scale }, shown), scale: shown };
  const unit = 10n ** BigInt(scale - places);
  const quotient = digits / unit;
  const up = rounds && magnitude(digits % unit) * 2n >= unit ? (digits < 0n ? -1n : 1n) : 0n;
  return { digits: (quotient + up) * 10n ** BigInt(Math.max(-places, 0)), scale: shown };
}

/** A value whose digits beyond those that the number behind it says are zeros shows as many as it says. */
function shown(value: Numeric, scale: Numeric): Numeric {
  return cut(value, Number(scale.digits), false);
}

/** What a calculation may do; each takes as many operands as it has parameters, the last pushed last. */
const OPERATIONS: { readonly [token: string]: Operation } = {
  '+': (left: Numeric, right: Numeric) => plus(left, right),
  '-': (left: Numeric, right: Numeric) => minus(left, right),
  '*': (left: Numeric, right: Numeric) => times(left, right),
  '/': (left: Numeric, right: Numeric) => divide(left, right),
  '%': (left: Numeric, right: Numeric) => remainder(left, right),
  div: (left: Numeric, right: Numeric) => wholeQuotient(left, right),
  '~': (value: Numeric) => minus(ZERO, value),
  '#': (value: Numeric, scale: Numeric) => shown(value, scale),
  round: (value: Numeric, places: Numeric) => rounded(value, places),
  trunc: (value: Numeric, places: Numeric) => cut(value, Number(places.digits), false),
  abs: ({ digits, scale }: Numeric) => ({ digits: magnitude(digits), scale }),
  sqrt: (value: Numeric) => squareRoot(value, Math.max(rootScale(value), value.scale, 0)),
  stddev_samp: (sum: Numeric, squares: Numeric, count: Numeric) => deviation(sum, squares, count, 1n),
  stddev_pop: (sum: Numeric, squares: Numeric, count: Numeric) => deviation(sum, squares, count, 0n),
  variance_samp: (sum: Numeric, squares: Numeric, count: Numeric) => variance(sum, squares, count, 1n),
  variance_pop: (sum: Numeric, squares: Numeric, count: Numeric) => variance(sum, squares, count, 0n),
} satisfies { readonly [token: string]: (...operands: never[]) => Numeric };

/** numeric_stddev_internal() of numeric.c. */
function variance(sum: Numeric, squares: Numeric, count: Numeric, less: bigint): Numeric {
  const spread = minus(times(count, squares), times(sum, sum));
  if (spread.digits <= 0n) return ZERO;
  return divide(spread, { digits: count.digits * (count.digits - less), scale: 0 });
}

function deviation(sum: Numeric, squares: Numeric, count: Numeric, less: bigint): Numeric {
  const found = variance(sum, squares, count, less);
  return found.digits === 0n ? ZERO : squareRoot(found, found.scale);
}

/** numeric_sqrt(): 16 significant digits at least. */
function rootScale(value: Numeric): number {
  const { weight } = leading(value);
  const root = weight >= 0 ? (weight * DIGIT_BASE) / 2 + 1 : 1 - (1 - weight * DIGIT_BASE) / 2;
  return MIN_SIGNIFICANT - Math.trunc(root);
}

/** Rounded to `scale` digits behind the point. @throws SqlError 2201F */
function squareRoot({ digits, scale }: Numeric, wanted: number): Numeric {
  if (digits < 0n) throw new SqlError('2201F', 'cannot take square root of a negative number');
  // One digit more than wanted, then rounded.
  const shift = 2 * (wanted + 1) - scale;
  const root = integerRoot(shift >= 0 ? digits * 10n ** BigInt(shift) : digits / 10n ** BigInt(-shift));
  return { digits: (root + 5n) / 10n, scale: wanted };
}

/** Newton's method, from above. */
function integerRoot(value: bigint): bigint {
  if (value < 2n) return value;
  let root = 1n << BigInt((value.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (root + value / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

function at({ digits, scale }: Numeric, wanted: number): bigint {
  return digits * 10n ** BigInt(wanted - scale);
}

function divide(left: Numeric, right: Numeric): Numeric {
  if (right.digits === 0n) throw new SqlError(SqlState.divisionByZero, 'division by zero');
  const first = leading(left);
  const second = leading(right);
  const weight = first.weight - second.weight - (first.digit <= second.digit ? 1 : 0);
  const scale = Math.max(MIN_SIGNIFICANT - weight * DIGIT_BASE, left.scale, right.scale, 0);
  const numerator = magnitude(left.digits) * 10n ** BigInt(scale + right.scale);
  const denominator = magnitude(right.digits) * 10n ** BigInt(left.scale);
  const rounded = (numerator * 2n + denominator) / (denominator * 2n);
  const negative = left.digits < 0n !== right.digits < 0n;
  return { digits: negative ? -rounded : rounded, scale };
}

/** div(): towards zero. */
function wholeQuotient(left: Numeric, right: Numeric): Numeric {
  if (right.digits === 0n) throw new SqlError(SqlState.divisionByZero, 'division by zero');
  const scale = Math.max(left.scale, right.scale);
  return { digits: at(left, scale) / at(right, scale), scale: 0 };
}

/** The first digit in base 10,000 and its power, as numeric.c stores it; zero has digit 0 and power 0. */
function leading({ digits, scale }: Numeric): { readonly digit: bigint; readonly weight: number } {
  if (digits === 0n) return { digit: 0n, weight: 0 };
  const text = magnitude(digits).toString();
  const exponent = text.length - scale - 1;
  const weight = Math.floor(exponent / DIGIT_BASE);
  const length = exponent - weight * DIGIT_BASE + 1;
  return { digit: BigInt(text.slice(0, length).padEnd(length, '0')), weight };
}

function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value;
}

function show({ digits, scale }: Numeric): string {
  const text = magnitude(digits)
    .toString()
    .padStart(scale + 1, '0');
  const shown = scale === 0 ? text : `${text.slice(0, -scale)}.${text.slice(-scale)}`;
  return digits < 0n ? `-${shown}` : shown;
}

/** A numeric that DuckDB sends as a calculation. @throws SqlError 22012 */
export function calculatedNumeric(binary: boolean): ColumnEncoder {
  const strings = stringColumn();
  let fields: (Uint8Array | undefined)[] = [];
  return {
    slotSize: strings.slotSize,
    measure: (vector, lengths) => {
      strings.measure(vector, lengths);
      const positions = new Int32Array(vector.count);
      let size = 0;
      for (let row = 0; row < vector.count; row++) {
        positions[row] = size;
        size += Math.max(lengths[row] as number, 0);
      }
      const sent = Buffer.alloc(size);
      strings.write(sent, positions, 0, vector.count);
      fields = [];
      for (let row = 0; row < vector.count; row++) {
        const length = lengths[row] as number;
        if (length < 0) continue;
        const start = positions[row] as number;
        const text = calculate(sent.toString('latin1', start, start + length));
        const field = binary ? encodeBinary('numeric', text) : Buffer.from(text);
        fields[row] = field;
        lengths[row] = field.length;
      }
    },
    write: (out, positions, from, to) => {
      for (let row = from; row < to; row++) {
        const field = fields[row];
        if (field !== undefined) out.set(field, positions[row] as number);
      }
    },
  };
}
