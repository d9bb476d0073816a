/** Strings of more than 12 bytes lie behind pointers; reading each with a call of its own costs five times as much. */
import { isValid, readBehindPointer, type Vector } from './vector.ts';

/** The longest string that lies inside its slot. */
export const INLINE_LENGTH = 12;

/**
 * Two strings this close are read with one call. Less than the smallest page of any system that DuckDB runs on: of two
 * bytes less than a page apart, every byte between them lies in a page of one of the two, so it can be read.
 */
const LARGEST_GAP = 4095;
const LARGEST_REGION = 16 * 1024 * 1024;
/** Below this a loop copies faster than a call. */
const SHORT_COPY = 48;

/** The long strings of one vector, read in as few calls as their places in memory allow. */
export class StringHeap {
  readonly #vector: Vector;
  readonly #slots: Uint32Array;
  readonly #starts: number[] = [];
  readonly #regions: Uint8Array[] = [];
  #current = 0;

  /** @param slots the vector's slots as 32-bit words: length, 4 bytes of prefix, the pointer. */
  constructor(vector: Vector, slots: Uint32Array, from: number, to: number) {
    this.#vector = vector;
    this.#slots = slots;
    const rows = this.#longRows(from, to);
    let first = -1;
    let start = 0;
    let end = 0;
    for (const row of rows) {
      const pointer = pointerOf(slots, row);
      const last = pointer + (slots[row * 4] as number);
      if (first >= 0 && pointer - end <= LARGEST_GAP && last - start <= LARGEST_REGION) {
        if (last > end) end = last;
        continue;
      }
      if (first >= 0) this.#read(first, start, end);
      first = row;
      start = pointer;
      end = last;
    }
    if (first >= 0) this.#read(first, start, end);
  }

  /** Valid rows whose string is behind a pointer, in the order of their addresses; of one address the longest last. */
  #longRows(from: number, to: number): readonly number[] {
    const slots = this.#slots;
    const { validity } = this.#vector;
    const rows: number[] = [];
    let sorted = true;
    let before = 0;
    for (let row = from; row < to; row++) {
      if (!isValid(validity, row) || (slots[row * 4] as number) <= INLINE_LENGTH) continue;
      const pointer = pointerOf(slots, row);
      if (pointer <= before) sorted = false;
      before = pointer;
      rows.push(row);
    }
    if (sorted) return rows;
    return rows.sort(
      (a, b) => pointerOf(slots, a) - pointerOf(slots, b) || (slots[a * 4] as number) - (slots[b * 4] as number),
    );
  }

  #read(row: number, start: number, end: number): void {
    this.#regions.push(readBehindPointer(this.#vector, row, end - start));
    this.#starts.push(start);
  }

  /** Copies the long string of a row of the constructor's range. */
  copy(row: number, out: Uint8Array, at: number): void {
    const pointer = pointerOf(this.#slots, row);
    const length = this.#slots[row * 4] as number;
    let index = this.#current;
    if (!this.#holds(index, pointer, length)) index = this.#current = this.#find(pointer);
    const region = this.#regions[index];
    const start = pointer - (this.#starts[index] as number);
    if (region === undefined || start < 0 || start + length > region.length) throw new Error('string outside its heap');
    if (length > SHORT_COPY) out.set(region.subarray(start, start + length), at);
    else for (let i = 0; i < length; i++) out[at + i] = region[start + i] as number;
  }

  #holds(index: number, pointer: number, length: number): boolean {
    const start = this.#starts[index] as number;
    return pointer >= start && pointer + length <= start + (this.#regions[index]?.length ?? 0);
  }

  /** The last region that starts at or before the pointer. */
  #find(pointer: number): number {
    let low = 0;
    let high = this.#regions.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] as number) <= pointer) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

function pointerOf(slots: Uint32Array, row: number): number {
  const high = slots[row * 4 + 3] as number;
  // Addresses of user space have 47 bits unless a program asks for more; beyond 53 they are no exact number.
  if (high > 0x1f_ffff) throw new Error('pointer beyond 2^53');
  return high * 0x1_0000_0000 + (slots[row * 4 + 2] as number);
}
