/**
 * The binary form of numeric (numeric_send in PostgreSQL's numeric.c): count of base-10000 digits, weight of the first,
 * sign, display scale, all 16 bits, then the digits.
 */
import { powerOfTen } from './digits.ts';

const POSITIVE = 0x0000;
const NEGATIVE = 0x4000;
const NAN = 0xc000;
const PLUS_INFINITY = 0xd000;
const MINUS_INFINITY = 0xf000;

/** The values of one column: for each row a header of four words and its digits, one row after the other. */
export class NumericGroups {
  #words = new Uint16Array(16_384);
  #used = 0;
  #starts = new Int32Array(0);
  #start = 0;

  reset(rows: number): void {
    this.#used = 0;
    this.#start = 0;
    if (this.#starts.length < rows * 2) this.#starts = new Int32Array(rows * 2);
  }

  push(word: number): void {
    if (this.#used === this.#words.length) {
      const larger = new Uint16Array(this.#words.length * 2);
      larger.set(this.#words);
      this.#words = larger;
    }
    this.#words[this.#used++] = word;
  }

  /** Begins a value; `finish` completes the header once the digits are there. */
  begin(): void {
    this.#start = this.#used;
    for (let i = 0; i < 4; i++) this.push(0);
  }

  /** Drops zero digits at both ends, as PostgreSQL does, and fills in the header. */
  finish(weight: number, sign: number, displayScale: number): void {
    const first = this.#start + 4;
    while (this.#used > first && this.#words[this.#used - 1] === 0) this.#used--;
    let skip = 0;
    while (first + skip < this.#used && this.#words[first + skip] === 0) skip++;
    if (skip > 0) {
      this.#words.copyWithin(first, first + skip, this.#used);
      this.#used -= skip;
    }
    const digits = this.#used - first;
    this.#words[this.#start] = digits;
    this.#words[this.#start + 1] = digits === 0 ? 0 : weight - skip;
    this.#words[this.#start + 2] = digits === 0 && sign === NEGATIVE ? POSITIVE : sign;
    this.#words[this.#start + 3] = displayScale;
  }

  /** Closes the row. @returns its bytes */
  end(row: number): number {
    this.#starts[row * 2] = this.#start;
    this.#starts[row * 2 + 1] = this.#used;
    return (this.#used - this.#start) * 2;
  }

  write(row: number, out: Uint8Array, at: number): void {
    const end = this.#starts[row * 2 + 1] as number;
    for (let i = this.#starts[row * 2] as number, to = at; i < end; i++, to += 2) {
      const word = this.#words[i] as number;
      out[to] = word >> 8;
      out[to + 1] = word;
    }
  }
}

/** @param value unscaled, whole, below 2^53 either side of 0 */
export function groupsOfNumber(groups: NumericGroups, value: number, scale: number, shown: number): void {
  groups.begin();
  const positive = value < 0 ? -value : value;
  const whole = Math.floor(positive / powerOfTen(scale));
  let fraction = positive - whole * powerOfTen(scale);
  // 2^53 has at most four groups.
  const g3 = Math.floor(whole / 1e12);
  const g2 = Math.floor(whole / 1e8) - g3 * 1e4;
  const g1 = Math.floor(whole / 1e4) - g3 * 1e8 - g2 * 1e4;
  groups.push(g3);
  groups.push(g2);
  groups.push(g1);
  groups.push(whole % 1e4);
  for (let left = scale; left > 0 && fraction > 0; left -= 4) {
    if (left <= 4) {
      groups.push(fraction * powerOfTen(4 - left));
      break;
    }
    const unit = powerOfTen(left - 4);
    const group = Math.floor(fraction / unit);
    groups.push(group);
    fraction -= group * unit;
  }
  groups.finish(3, value < 0 ? NEGATIVE : POSITIVE, shown);
}

const SPECIAL: ReadonlyMap<string, readonly [sign: number, displayScale: number]> = new Map([
  ['NaN', [NAN, 0]],
  ['Infinity', [PLUS_INFINITY, 0x20]],
  ['-Infinity', [MINUS_INFINITY, 0x20]],
]);

/** @param text plain decimal notation, or NaN, Infinity, -Infinity */
export function groupsOfText(groups: NumericGroups, text: string): void {
  groups.begin();
  const special = SPECIAL.get(text);
  if (special !== undefined) {
    groups.finish(0, ...special);
    return;
  }
  const negative = text.startsWith('-');
  const [whole = '', fraction = ''] = text.slice(negative ? 1 : 0).split('.');
  const left = whole.padStart(Math.ceil(whole.length / 4) * 4, '0');
  const digits = left + fraction.padEnd(Math.ceil(fraction.length / 4) * 4, '0');
  for (let i = 0; i < digits.length; i += 4) groups.push(Number(digits.slice(i, i + 4)));
  groups.finish(left.length / 4 - 1, negative ? NEGATIVE : POSITIVE, fraction.length);
}
