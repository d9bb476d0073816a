/**
 * Binary forms of PostgreSQL's numbers. numeric goes by its digits and int8 through BigInt: never through a double.
 * src/backend/utils/adt/numeric.c numeric_recv and numeric_out, float.c, int8.c.
 */
import { SqlError, SqlState } from '../errors.ts';
import { badBinary, badText } from './value-errors.ts';

export type IntegerType = 'int2' | 'int4' | 'int8';
const INTEGER_BYTES = { int2: 2, int4: 4, int8: 8 } as const satisfies Record<IntegerType, number>;

export function integerToBinary(type: IntegerType, text: string): Buffer {
  if (!/^[+-]?\d{1,40}$/.test(text)) throw badText(type, text);
  const value = BigInt(text.replace('+', ''));
  const size = INTEGER_BYTES[type];
  if (BigInt.asIntN(size * 8, value) !== value) {
    throw new SqlError(SqlState.numericValueOutOfRange, `value "${text}" is out of range for type ${TITLE[type]}`);
  }
  const bytes = Buffer.alloc(size);
  if (size === 8) bytes.writeBigInt64BE(value);
  else bytes.writeIntBE(Number(value), 0, size);
  return bytes;
}
const TITLE = { int2: 'smallint', int4: 'integer', int8: 'bigint' } as const satisfies Record<IntegerType, string>;

/** @param bytes of the type's length */
export function integerFromBinary(type: IntegerType, bytes: Buffer): string {
  const size = INTEGER_BYTES[type];
  return size === 8 ? bytes.readBigInt64BE().toString() : bytes.readIntBE(0, size).toString();
}

export type FloatType = 'float4' | 'float8';

export function floatToBinary(type: FloatType, text: string): Buffer {
  const value = floatOf(type, text);
  const bytes = Buffer.alloc(type === 'float4' ? 4 : 8);
  if (type === 'float4') bytes.writeFloatBE(value);
  else bytes.writeDoubleBE(value);
  return bytes;
}

function floatOf(type: FloatType, text: string): number {
  switch (text.toLowerCase()) {
    case 'nan':
      return Number.NaN;
    case 'infinity':
      return Number.POSITIVE_INFINITY;
    case '-infinity':
      return Number.NEGATIVE_INFINITY;
    default:
      if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) throw badText(type, text);
      return Number(text);
  }
}

/** The shortest digits that read back as the same number, laid out as PostgreSQL does: 1e+20, 1e-05. */
export function floatFromBinary(type: FloatType, bytes: Buffer): string {
  const value = type === 'float4' ? bytes.readFloatBE() : bytes.readDoubleBE();
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const [mantissa = '', power = ''] = (type === 'float4' ? shortestFloat4(value) : value.toExponential()).split('e');
  const exponent = Number(power);
  if (exponent < -4 || exponent >= (type === 'float4' ? 6 : 15)) {
    const digits = Math.abs(exponent).toString().padStart(2, '0');
    return `${mantissa}e${exponent < 0 ? '-' : '+'}${digits}`;
  }
  const sign = mantissa.startsWith('-') ? '-' : '';
  const digits = mantissa.replace(/[-.]/g, '');
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  const fraction = digits.slice(exponent + 1);
  return sign + whole + (fraction === '' ? '' : `.${fraction}`);
}

/** Nine digits always tell two float4 apart. */
function shortestFloat4(value: number): string {
  for (let digits = 0; digits < 8; digits++) {
    const text = value.toExponential(digits);
    if (Math.fround(Number(text)) === value) return text;
  }
  return value.toExponential(8);
}

const NUMERIC_NEGATIVE = 0x4000;
const NUMERIC_NAN = 0xc000;
const NUMERIC_POSITIVE_INFINITY = 0xd000;
const NUMERIC_NEGATIVE_INFINITY = 0xf000;
const NUMERIC_SPECIAL: ReadonlyMap<number, string> = new Map([
  [NUMERIC_NAN, 'NaN'],
  [NUMERIC_POSITIVE_INFINITY, 'Infinity'],
  [NUMERIC_NEGATIVE_INFINITY, '-Infinity'],
]);
const MAX_SCALE = 0x3fff;
const MAX_DIGITS_BEFORE_POINT = 131_072;

/** Zeros that a numeric may gain when written out: ten bytes must not become 131,072 characters (security case E38). */
const MAX_NUMERIC_PADDING = 2000;

/** A numeric without its sign is base-10000 digits, the first of which counts 10000^weight; `scale` digits are shown. */
export function numericToBinary(text: string): Buffer {
  const special = specialNumeric(text);
  // An infinity has the scale 32 in PostgreSQL, for no reason that a reader could see.
  if (special !== undefined) return numericHeader(0, 0, special, special === NUMERIC_NAN ? 0 : 32);
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d{1,6}))?$/i.exec(text);
  const [, sign = '', whole = '', fraction = '', power = '0'] = match ?? [];
  if (match === null || whole + fraction === '') throw badText('numeric', text);
  const exponent = Number(power);
  if (exponent > MAX_DIGITS_BEFORE_POINT || exponent < -MAX_SCALE) throw numericOverflow();
  // Moves the point to where the exponent wants it.
  let before = whole;
  let after = fraction;
  if (exponent > 0) {
    before += after.slice(0, exponent).padEnd(exponent, '0');
    after = after.slice(exponent);
  } else if (exponent < 0) {
    after = before.padStart(-exponent, '0').slice(exponent) + after;
    before = before.slice(0, exponent);
  }
  before = before.replace(/^0+/, '');
  if (before.length > MAX_DIGITS_BEFORE_POINT || after.length > MAX_SCALE) throw numericOverflow();
  const scale = after.length;
  const wholeGroups = Math.ceil(before.length / 4);
  const padded = before.padStart(wholeGroups * 4, '0') + after.padEnd(Math.ceil(scale / 4) * 4, '0');
  const groups = padded.match(/.{4}/g) ?? [];
  const first = groups.findIndex((group) => group !== '0000');
  const significant = first < 0 ? [] : groups.slice(first, groups.findLastIndex((group) => group !== '0000') + 1);
  const weight = first < 0 ? 0 : wholeGroups - first - 1;
  const negative = sign === '-' && significant.length > 0;
  const header = numericHeader(significant.length, weight, negative ? NUMERIC_NEGATIVE : 0, scale);
  const digits = Buffer.alloc(significant.length * 2);
  significant.forEach((group, i) => {
    digits.writeUInt16BE(Number(group), i * 2);
  });
  return Buffer.concat([header, digits]);
}

function specialNumeric(text: string): number | undefined {
  switch (text.toLowerCase()) {
    case 'nan':
      return NUMERIC_NAN;
    case 'infinity':
      return NUMERIC_POSITIVE_INFINITY;
    case '-infinity':
      return NUMERIC_NEGATIVE_INFINITY;
    default:
      return undefined;
  }
}

function numericHeader(count: number, weight: number, sign: number, scale: number): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt16BE(count, 0);
  header.writeInt16BE(weight, 2);
  header.writeUInt16BE(sign, 4);
  header.writeUInt16BE(scale, 6);
  return header;
}

/** Throws 22P03 as numeric_recv does, and 22003 for a number that is mostly padding. */
export function numericFromBinary(bytes: Buffer): string {
  if (bytes.length < 8) throw badBinary('insufficient data for external "numeric" value');
  const count = bytes.readUInt16BE(0);
  const weight = bytes.readInt16BE(2);
  const sign = bytes.readUInt16BE(4);
  const scale = bytes.readUInt16BE(6);
  if (bytes.length !== 8 + count * 2) throw badBinary('invalid length in external "numeric" value');
  const special = NUMERIC_SPECIAL.get(sign);
  if (special === undefined && sign !== 0 && sign !== NUMERIC_NEGATIVE) {
    throw badBinary('invalid sign in external "numeric" value');
  }
  if (scale > MAX_SCALE) throw badBinary('invalid scale in external "numeric" value');
  const groups: string[] = [];
  for (let i = 0; i < count; i++) {
    const digit = bytes.readUInt16BE(8 + i * 2);
    if (digit > 9999) throw badBinary('invalid digit in external "numeric" value');
    groups.push(digit.toString().padStart(4, '0'));
  }
  if (special !== undefined) return special;
  const shown = 4 * (count + 1) + MAX_NUMERIC_PADDING;
  if (weight * 4 > shown || scale > shown || -weight * 4 > shown) throw numericOverflow();
  const digits = groups.join('');
  const point = (weight + 1) * 4;
  const before = point <= 0 ? '' : digits.slice(0, point).padEnd(point, '0').replace(/^0+/, '');
  const after = (point <= 0 ? '0'.repeat(-point) + digits : digits.slice(point)).slice(0, scale).padEnd(scale, '0');
  const negative = sign === NUMERIC_NEGATIVE && /[1-9]/.test(before + after);
  return `${negative ? '-' : ''}${before || '0'}${scale > 0 ? `.${after}` : ''}`;
}

function numericOverflow(): SqlError {
  return new SqlError(SqlState.numericValueOutOfRange, 'value overflows numeric format');
}
