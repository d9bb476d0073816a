/**
 * float4 and float8 as PostgreSQL prints them since version 12: the shortest digits that read back as the same value,
 * chosen by Ryu (src/common/d2s.c, f2s.c). JavaScript's own digits are as short, with one difference: they may lie exactly
 * half way between two values, which PostgreSQL never uses (STRICTLY_SHORTEST is off).
 */

/** The digits of a positive finite value and the power of ten of the first one. */
type Decimal = { readonly digits: string; readonly exponent: number };

export function float8Text(value: number): string {
  return floatText(value, shortestDouble, 15);
}

export function float4Text(value: number): string {
  return floatText(value, shortestSingle, 6);
}

/** A double as numeric's text: the shortest digits, never an exponent. */
export function float8AsNumericText(value: number): string {
  if (!Number.isFinite(value)) return specialText(value);
  if (value === 0) return '0';
  const { digits, exponent } = shortestDouble(Math.abs(value));
  return (value < 0 ? '-' : '') + plainNotation(digits, exponent);
}

function specialText(value: number): string {
  return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';
}

/** @param limit the first exponent that is written as one: FLT_DIG, DBL_DIG */
function floatText(value: number, shortest: (positive: number) => Decimal, limit: number): string {
  if (!Number.isFinite(value)) return specialText(value);
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const { digits, exponent } = shortest(Math.abs(value));
  const sign = value < 0 ? '-' : '';
  if (exponent >= -4 && exponent < limit) return sign + plainNotation(digits, exponent);
  const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
  const power = String(Math.abs(exponent)).padStart(2, '0');
  return `${sign}${digits[0]}${fraction}e${exponent < 0 ? '-' : '+'}${power}`;
}

function plainNotation(digits: string, exponent: number): string {
  if (exponent < 0) return `0.${'0'.repeat(-exponent - 1)}${digits}`;
  if (digits.length <= exponent + 1) return digits + '0'.repeat(exponent + 1 - digits.length);
  return `${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
}

/** @param text from toExponential: `1.25e+3` */
function parseExponential(text: string): Decimal {
  const [mantissa = '', exponent = '0'] = text.split('e');
  const digits = mantissa.replace('.', '').replace(/0+$/, '');
  return { digits: digits === '' ? '0' : digits, exponent: Number(exponent) };
}

const LARGEST_EXACT = 2 ** 53;

function shortestDouble(positive: number): Decimal {
  const decimal = parseExponential(positive.toExponential());
  // Below 2^53 a half way point has more digits than the shortest form ever has.
  if (positive <= LARGEST_EXACT || !isHalfWay(positive, decimal)) return decimal;
  for (let precision = decimal.digits.length; precision < 17; precision++) {
    const longer = parseExponential(positive.toExponential(precision));
    if (!isHalfWay(positive, longer)) return longer;
  }
  return parseExponential(positive.toExponential(16));
}

/** Whether digits stand exactly between a whole double and its neighbour. */
function isHalfWay(whole: number, { digits, exponent }: Decimal): boolean {
  if (exponent + 1 < digits.length) return false;
  const exact = BigInt(whole);
  const shown = BigInt(digits) * 10n ** BigInt(exponent + 1 - digits.length);
  if (shown === exact) return false;
  const neighbour = shown > exact ? nextDouble(whole, 1n) : nextDouble(whole, -1n);
  if (!Number.isFinite(neighbour)) return false;
  return shown * 2n === exact + BigInt(neighbour);
}

const scratch = new DataView(new ArrayBuffer(8));

function nextDouble(positive: number, step: 1n | -1n): number {
  scratch.setFloat64(0, positive);
  scratch.setBigInt64(0, scratch.getBigInt64(0) + step);
  return scratch.getFloat64(0);
}

function nextSingle(positive: number, step: 1 | -1): number {
  scratch.setFloat32(0, positive);
  scratch.setInt32(0, scratch.getInt32(0) + step);
  return scratch.getFloat32(0);
}

/** Every point half way between two singles is a double, so the limits are exact. */
function shortestSingle(positive: number): Decimal {
  const above = nextSingle(positive, 1);
  const low = (positive + nextSingle(positive, -1)) / 2;
  const high = Number.isFinite(above) ? (positive + above) / 2 : positive + (positive - low);
  for (let precision = 0; precision < 8; precision++) {
    const text = positive.toExponential(precision);
    const read = Number(text);
    if (read > low && read < high) return parseExponential(roundedToEven(positive, precision, text));
  }
  return parseExponential(positive.toExponential(8));
}

/** toExponential rounds what is half way between two decimals up; PostgreSQL takes the even digit. */
function roundedToEven(positive: number, precision: number, rounded: string): string {
  const exact = positive.toExponential(100);
  const kept = exact.slice(0, precision === 0 ? 1 : precision + 2);
  const isHalf = /^\.?50*e/.test(exact.slice(kept.length));
  return isHalf && /[02468]$/.test(kept) ? kept + exact.slice(exact.indexOf('e')) : rounded;
}
