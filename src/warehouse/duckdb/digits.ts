/** Decimal digits of whole numbers below 2^53, written into bytes. */

const POWERS = Array.from({ length: 39 }, (_, exponent) => 10 ** exponent);

/** 10 to the power of `exponent`, 0 to 38; exact up to 22. */
export function powerOfTen(exponent: number): number {
  return POWERS[exponent] as number;
}

/** @param value whole, 0 to 2^53 */
export function digitCount(value: number): number {
  if (value < 10) return 1;
  if (value < 100) return 2;
  if (value < 1e3) return 3;
  if (value < 1e4) return 4;
  if (value < 1e5) return 5;
  if (value < 1e6) return 6;
  let count = 7;
  while (count < 16 && value >= powerOfTen(count)) count++;
  return count;
}

const ZERO = 48;

/** Writes the last `count` digits of a value, padded with zeros on the left; the last stands right before `end`. */
export function writeDigits(out: Uint8Array, end: number, value: number, count: number): void {
  let rest = value;
  let left = count;
  let at = end;
  if (rest > 0x7fff_ffff) {
    const high = Math.floor(rest / 1e9);
    writeSmall(out, at, rest - high * 1e9, Math.min(9, left));
    rest = high;
    at -= 9;
    left -= 9;
    if (left <= 0) return;
  }
  writeSmall(out, at, rest, left);
}

function writeSmall(out: Uint8Array, end: number, value: number, count: number): void {
  let rest = value | 0;
  for (let at = end - 1; at >= end - count; at--) {
    const tens = (rest / 10) | 0;
    out[at] = ZERO + rest - tens * 10;
    rest = tens;
  }
}
