/** VARCHAR, JSON, ENUM and BLOB. Text and binary form of a string are the same bytes; DuckDB's are valid UTF-8. */
import type { ColumnEncoder } from './column.ts';
import { INLINE_LENGTH, StringHeap } from './string-heap.ts';
import { isValid, uint32Slots, type Vector } from './vector.ts';

const SLOT = 16;
const NOTHING: Vector = { count: 0, data: new Uint8Array(0), validity: null, handle: undefined as never };

/** @param prefix bytes before each string: jsonb's binary form begins with its version, 1 */
export function stringColumn(prefix: readonly number[] = []): ColumnEncoder {
  let vector = NOTHING;
  let slots = new Uint32Array(0);
  return {
    slotSize: SLOT,
    measure: (loaded, lengths) => {
      vector = loaded;
      slots = uint32Slots(loaded) as Uint32Array<ArrayBuffer>;
      for (let row = 0; row < loaded.count; row++) {
        lengths[row] = isValid(loaded.validity, row) ? fieldLength(slots[row * 4] as number, prefix.length, 1) : -1;
      }
    },
    write: (out, positions, from, to) => {
      const heap = new StringHeap(vector, slots, from, to);
      const { data, validity } = vector;
      for (let row = from; row < to; row++) {
        if (!isValid(validity, row)) continue;
        let at = positions[row] as number;
        for (const byte of prefix) out[at++] = byte;
        const length = slots[row * 4] as number;
        if (length > INLINE_LENGTH) {
          heap.copy(row, out, at);
          continue;
        }
        const start = row * SLOT + 4;
        for (let i = 0; i < length; i++) out[at + i] = data[start + i] as number;
      }
    },
  };
}

const HEX = Buffer.from('0123456789abcdef');
const BACKSLASH = 92;
const X = 120;

/** bytea's text form: `\x` and two hexadecimal digits for each byte. */
export function byteaText(): ColumnEncoder {
  let vector = NOTHING;
  let slots = new Uint32Array(0);
  return {
    slotSize: SLOT,
    measure: (loaded, lengths) => {
      vector = loaded;
      slots = uint32Slots(loaded) as Uint32Array<ArrayBuffer>;
      for (let row = 0; row < loaded.count; row++) {
        lengths[row] = isValid(loaded.validity, row) ? fieldLength(slots[row * 4] as number, 2, 2) : -1;
      }
    },
    write: (out, positions, from, to) => {
      const heap = new StringHeap(vector, slots, from, to);
      const { data, validity } = vector;
      for (let row = from; row < to; row++) {
        if (!isValid(validity, row)) continue;
        const at = positions[row] as number;
        const length = slots[row * 4] as number;
        out[at] = BACKSLASH;
        out[at + 1] = X;
        // The bytes go to the field's second half first and are spread from the left: each pair ends before its source.
        const source = at + 2 + length;
        if (length > INLINE_LENGTH) heap.copy(row, out, source);
        else out.set(data.subarray(row * SLOT + 4, row * SLOT + 4 + length), source);
        for (let i = 0; i < length; i++) {
          const byte = out[source + i] as number;
          out[at + 2 + i * 2] = HEX[byte >> 4] as number;
          out[at + 3 + i * 2] = HEX[byte & 15] as number;
        }
      }
    },
  };
}

/** A length that no frame can hold stays one that the row's check refuses (2^31 - 1). */
function fieldLength(bytes: number, extra: number, factor: 1 | 2): number {
  return Math.min(bytes * factor + extra, 0x7fff_ffff);
}

/** @param slotSize of the index into the enum's values: 1, 2 or 4 bytes */
export function enumColumn(slotSize: 1 | 2 | 4, values: readonly string[]): ColumnEncoder {
  const labels = values.map((value) => Buffer.from(value));
  let vector = NOTHING;
  const label = (row: number): Buffer => {
    const index = Buffer.from(vector.data.buffer, vector.data.byteOffset + row * slotSize, slotSize);
    const found = labels[index.readUIntLE(0, slotSize)];
    if (found === undefined) throw new Error('enum value outside its dictionary');
    return found;
  };
  return {
    slotSize,
    measure: (loaded, lengths) => {
      vector = loaded;
      for (let row = 0; row < loaded.count; row++) {
        lengths[row] = isValid(loaded.validity, row) ? label(row).length : -1;
      }
    },
    write: (out, positions, from, to) => {
      for (let row = from; row < to; row++) {
        if (isValid(vector.validity, row)) out.set(label(row), positions[row] as number);
      }
    },
  };
}
