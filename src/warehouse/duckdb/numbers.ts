/** Whole numbers and decimals of any width: DuckDB keeps both as scaled integers of 1 to 16 bytes. */
import type { ColumnEncoder } from './column.ts';
import { writeAscii } from './column.ts';
import { digitCount, powerOfTen, writeDigits } from './digits.ts';
import { groupsOfNumber, groupsOfText, NumericGroups } from './numeric-groups.ts';
import { int32Slots, isValid, type Vector } from './vector.ts';

export type SlotKind = { readonly bytes: 1 | 2 | 4 | 8 | 16; readonly signed: boolean };

/** The unscaled values of a vector: as numbers while they are exact, the others as bigint. */
class UnscaledValues {
  readonly #kind: SlotKind;
  /** NaN: see #large. */
  values: Float64Array = new Float64Array(0);
  valid: Uint8Array | null = null;
  readonly #large = new Map<number, bigint>();

  constructor(kind: SlotKind) {
    this.#kind = kind;
  }

  load(vector: Vector): void {
    if (this.values.length < vector.count) this.values = new Float64Array(vector.count);
    this.valid = vector.validity;
    this.#large.clear();
    const { bytes } = this.#kind;
    if (bytes === 16) this.#load16(vector);
    else if (bytes === 8) this.#load8(vector);
    else {
      // An invalid slot is any number: it is copied and never used.
      const slots = smallSlots(vector, bytes, this.#kind.signed);
      for (let row = 0; row < vector.count; row++) this.values[row] = slots[row] as number;
    }
  }

  #load8(vector: Vector): void {
    const words = int32Slots(vector);
    const { signed } = this.#kind;
    const { values } = this;
    for (let row = 0; row < vector.count; row++) {
      const low = (words[row * 2] as number) >>> 0;
      const high = signed ? (words[row * 2 + 1] as number) : (words[row * 2 + 1] as number) >>> 0;
      if (high < 0x20_0000 && high > -0x20_0000) values[row] = high * 0x1_0000_0000 + low;
      else this.#setLarge(vector, row, (BigInt(high) << 32n) | BigInt(low));
    }
  }

  #load16(vector: Vector): void {
    const words = int32Slots(vector);
    const { signed } = this.#kind;
    for (let row = 0; row < vector.count; row++) {
      const w0 = (words[row * 4] as number) >>> 0;
      const w1 = words[row * 4 + 1] as number;
      const w2 = words[row * 4 + 2] as number;
      const w3 = words[row * 4 + 3] as number;
      const sign = signed ? w1 >> 31 : 0;
      if (w2 === sign && w3 === sign && w1 < 0x20_0000 && w1 > -0x20_0000 && (signed || w1 >= 0)) {
        this.values[row] = w1 * 0x1_0000_0000 + w0;
        continue;
      }
      const high = signed ? BigInt(w3) : BigInt(w3 >>> 0);
      const rest = (BigInt(w2 >>> 0) << 64n) | (BigInt(w1 >>> 0) << 32n) | BigInt(w0);
      this.#setLarge(vector, row, (high << 96n) | rest);
    }
  }

  #setLarge(vector: Vector, row: number, value: bigint): void {
    if (!isValid(vector.validity, row)) return;
    this.values[row] = Number.NaN;
    this.#large.set(row, value);
  }

  large(row: number): bigint {
    const value = this.#large.get(row);
    if (value === undefined) throw new Error('a value that is neither number nor bigint');
    return value;
  }
}

type SmallSlots = Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array;

function smallSlots({ data, count }: Vector, bytes: 1 | 2 | 4, signed: boolean): SmallSlots {
  const { buffer, byteOffset } = data;
  switch (bytes) {
    case 1:
      return signed ? new Int8Array(buffer, byteOffset, count) : new Uint8Array(buffer, byteOffset, count);
    case 2:
      return signed ? new Int16Array(buffer, byteOffset, count) : new Uint16Array(buffer, byteOffset, count);
    case 4:
      return signed ? new Int32Array(buffer, byteOffset, count) : new Uint32Array(buffer, byteOffset, count);
  }
}

const MINUS = 45;
const POINT = 46;
const ZERO = 48;

/**
 * Text form of int2, int4, int8 and numeric.
 * @param scale digits after the point that the unscaled value holds
 * @param shown digits after the point that the client sees, at least `scale`: the rest are zeros
 */
export function decimalText(kind: SlotKind, scale: number, shown: number): ColumnEncoder {
  const unscaled = new UnscaledValues(kind);
  const texts = new Map<number, string>();
  const padding = shown - scale + (shown > 0 && scale === 0 ? 1 : 0);
  const unit = powerOfTen(scale);
  let lengths = new Int32Array(0);
  return {
    slotSize: kind.bytes,
    measure: (vector, out) => {
      unscaled.load(vector);
      texts.clear();
      lengths = out as Int32Array<ArrayBuffer>;
      const { values, valid } = unscaled;
      for (let row = 0; row < vector.count; row++) {
        if (!isValid(valid, row)) {
          out[row] = -1;
          continue;
        }
        const value = values[row] as number;
        if (Number.isNaN(value)) {
          const text = scaledText(unscaled.large(row), scale, shown);
          texts.set(row, text);
          out[row] = text.length;
          continue;
        }
        const digits = digitCount(value < 0 ? -value : value);
        const length = scale === 0 ? digits : (digits > scale ? digits : scale + 1) + 1;
        out[row] = length + padding + (value < 0 ? 1 : 0);
      }
    },
    write: (out, positions, from, to) => {
      const { values } = unscaled;
      for (let row = from; row < to; row++) {
        const length = lengths[row] as number;
        if (length < 0) continue;
        let at = positions[row] as number;
        let value = values[row] as number;
        if (Number.isNaN(value)) {
          writeAscii(out, at, texts.get(row) ?? '');
          continue;
        }
        let end = at + length;
        if (value < 0) {
          out[at++] = MINUS;
          value = -value;
        }
        if (shown > 0) {
          for (let i = scale; i < shown; i++) out[--end] = ZERO;
          const whole = Math.floor(value / unit);
          if (scale > 0) writeDigits(out, end, value - whole * unit, scale);
          end -= scale;
          out[--end] = POINT;
          value = whole;
        }
        writeDigits(out, end, value, end - at);
      }
    },
  };
}

function scaledText(value: bigint, scale: number, shown: number): string {
  const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  const fraction = digits.slice(digits.length - scale) + '0'.repeat(shown - scale);
  return `${value < 0n ? '-' : ''}${whole}${shown > 0 ? `.${fraction}` : ''}`;
}

/** Binary form of int2, int4 and int8: two's complement, most significant byte first. */
export function integerBinary(kind: SlotKind, fieldSize: 2 | 4 | 8): ColumnEncoder {
  const unscaled = new UnscaledValues(kind);
  return {
    slotSize: kind.bytes,
    measure: (vector, lengths) => {
      unscaled.load(vector);
      for (let row = 0; row < vector.count; row++) lengths[row] = isValid(unscaled.valid, row) ? fieldSize : -1;
    },
    write: (out, positions, from, to) => {
      const { values, valid } = unscaled;
      for (let row = from; row < to; row++) {
        if (!isValid(valid, row)) continue;
        const at = positions[row] as number;
        const value = values[row] as number;
        if (fieldSize === 2) writeInt16(out, at, value);
        else if (fieldSize === 4) writeInt32(out, at, value);
        else if (!Number.isNaN(value)) writeInt64(out, at, value);
        else out.writeBigInt64BE(unscaled.large(row), at);
      }
    },
  };
}

function writeInt16(out: Uint8Array, at: number, value: number): void {
  out[at] = value >> 8;
  out[at + 1] = value;
}

export function writeInt32(out: Uint8Array, at: number, value: number): void {
  out[at] = value >> 24;
  out[at + 1] = value >> 16;
  out[at + 2] = value >> 8;
  out[at + 3] = value;
}

/** @param value whole, from -2^53 to 2^53 */
export function writeInt64(out: Uint8Array, at: number, value: number): void {
  const high = Math.floor(value / 0x1_0000_0000);
  writeInt32(out, at, high);
  writeInt32(out, at + 4, (value - high * 0x1_0000_0000) | 0);
}

/** Binary form of numeric: https://www.postgresql.org/docs/current/protocol-overview.html, numeric_send. */
export function decimalBinary(kind: SlotKind, scale: number, shown: number): ColumnEncoder {
  const unscaled = new UnscaledValues(kind);
  const groups = new NumericGroups();
  return {
    slotSize: kind.bytes,
    measure: (vector, lengths) => {
      unscaled.load(vector);
      groups.reset(vector.count);
      const { values, valid } = unscaled;
      for (let row = 0; row < vector.count; row++) {
        if (!isValid(valid, row)) {
          lengths[row] = -1;
          continue;
        }
        const value = values[row] as number;
        if (!Number.isNaN(value)) groupsOfNumber(groups, value, scale, shown);
        else groupsOfText(groups, scaledText(unscaled.large(row), scale, shown));
        lengths[row] = groups.end(row);
      }
    },
    write: (out, positions, from, to) => {
      for (let row = from; row < to; row++) {
        if (isValid(unscaled.valid, row)) groups.write(row, out, positions[row] as number);
      }
    },
  };
}
