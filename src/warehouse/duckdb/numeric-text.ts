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
  const stack: Numeric[] = [];
  for (const token of text.split(' ')) {
    const right = stack.at(-1);
    if (/^[-+*/~#]$/.test(token) && right !== undefined) {
      stack.pop();
      const left = token === '~' ? { digits: 0n, scale: 0 } : stack.pop();
      if (left === undefined) throw new Error(`no calculation: ${text}`);
      stack.push(apply(token, left, right));
    } else stack.push(numeric(token));
  }
  const [result, more] = stack;
  if (result === undefined || more !== undefined) throw new Error(`no calculation: ${text}`);
  return show(result);
}

function numeric(text: string): Numeric {
  const [whole = '', fraction = ''] = numberText(text).split('.');
  return { digits: BigInt(whole + fraction), scale: fraction.length };
}

function apply(operator: string, left: Numeric, right: Numeric): Numeric {
  const scale = Math.max(left.scale, right.scale);
  switch (operator) {
    case '~':
    case '-':
      return { digits: at(left, scale) - at(right, scale), scale };
    case '+':
      return { digits: at(left, scale) + at(right, scale), scale };
    // A value whose last digits are zeros shows as many digits as the number behind it says.
    case '#':
      return { digits: left.digits / 10n ** BigInt(left.scale - Number(right.digits)), scale: Number(right.digits) };
    case '*':
      return { digits: left.digits * right.digits, scale: left.scale + right.scale };
    default:
      return divide(left, right);
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
