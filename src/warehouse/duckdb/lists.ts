/** Arrays of one dimension, from LIST and ARRAY vectors. */
import { SqlError, SqlState } from '../../errors.ts';
import { type ScalarType, typeOid } from '../../sql/types.ts';
import type { ColumnEncoder } from './column.ts';
import { type ListType, listSlotSize, readLists } from './vector.ts';

/** PostgreSQL's own limit of one value: 1 GB. */
const LARGEST_FIELD = 0x3fff_ffff;

/** All elements of a chunk's lists, one after the other, and where each list and element begins. */
type Elements = {
  readonly bytes: Buffer;
  /** One more than there are elements: element i is bytes[starts[i]] up to bytes[starts[i + 1]]. */
  readonly starts: Int32Array;
  /** -1: NULL. */
  readonly lengths: Int32Array;
  readonly lists: { readonly offsets: Int32Array; readonly lengths: Int32Array };
};

/** What differs between the two forms: a list's size, and how it is written. */
type ListForm = {
  readonly size: (elements: Elements, offset: number, count: number) => number;
  readonly write: (elements: Elements, offset: number, count: number, out: Buffer, at: number) => void;
};

function listColumn(type: ListType, element: ColumnEncoder, form: ListForm): ColumnEncoder {
  let loaded: Elements | undefined;
  return {
    slotSize: listSlotSize(type),
    measure: (vector, lengths) => {
      const { offsets, lengths: counts, elements } = readLists(vector, type, element.slotSize);
      const elementLengths = new Int32Array(elements.count);
      const starts = new Int32Array(elements.count + 1);
      element.measure(elements, elementLengths);
      let total = 0;
      for (let i = 0; i < elements.count; i++) {
        total += Math.max(0, elementLengths[i] as number);
        if (total > LARGEST_FIELD)
          throw new SqlError(SqlState.programLimitExceeded, 'array size exceeds the maximum allowed');
        starts[i + 1] = total;
      }
      const bytes = Buffer.allocUnsafe(total);
      element.write(bytes, starts, 0, elements.count);
      loaded = { bytes, starts, lengths: elementLengths, lists: { offsets, lengths: counts } };
      for (let row = 0; row < vector.count; row++) {
        const count = counts[row] as number;
        lengths[row] = count < 0 ? -1 : form.size(loaded, offsets[row] as number, count);
      }
    },
    write: (out, positions, from, to) => {
      if (loaded === undefined) return;
      const { offsets, lengths } = loaded.lists;
      for (let row = from; row < to; row++) {
        const count = lengths[row] as number;
        if (count >= 0) form.write(loaded, offsets[row] as number, count, out, positions[row] as number);
      }
    },
  };
}

const OPEN = 123;
const CLOSE = 125;
const COMMA = 44;
const QUOTE = 34;
const BACKSLASH = 92;

/** `{1,NULL,"a b"}`: array_out in PostgreSQL's arrayfuncs.c. */
export function arrayText(type: ListType, element: ColumnEncoder): ColumnEncoder {
  return listColumn(type, element, {
    size: (elements, offset, count) => {
      let size = 2 + Math.max(0, count - 1);
      for (let i = offset; i < offset + count; i++) {
        const length = elements.lengths[i] as number;
        if (length < 0) size += 4;
        else size += needsQuotes(elements, i, length) ? 2 + length + escapes(elements, i, length) : length;
      }
      return size;
    },
    write: (elements, offset, count, out, start) => {
      let at = start;
      out[at++] = OPEN;
      for (let i = offset; i < offset + count; i++) {
        if (i > offset) out[at++] = COMMA;
        at = writeElement(elements, i, out, at);
      }
      out[at] = CLOSE;
    },
  });
}

function writeElement({ bytes, starts, lengths }: Elements, i: number, out: Buffer, start: number): number {
  const length = lengths[i] as number;
  const from = starts[i] as number;
  if (length < 0) return start + out.write('NULL', start, 'latin1');
  if (!needsQuotes({ bytes, starts }, i, length)) return start + bytes.copy(out, start, from, from + length);
  let at = start;
  out[at++] = QUOTE;
  for (let k = from; k < from + length; k++) {
    const byte = bytes[k] as number;
    if (byte === QUOTE || byte === BACKSLASH) out[at++] = BACKSLASH;
    out[at++] = byte;
  }
  out[at++] = QUOTE;
  return at;
}

type ElementBytes = Pick<Elements, 'bytes' | 'starts'>;

function needsQuotes({ bytes, starts }: ElementBytes, i: number, length: number): boolean {
  if (length === 0) return true;
  const from = starts[i] as number;
  for (let k = from; k < from + length; k++) {
    const byte = bytes[k] as number;
    if (byte === QUOTE || byte === BACKSLASH || byte === OPEN || byte === CLOSE || byte === COMMA) return true;
    // Space, tab, line feed, vertical tab, form feed, carriage return.
    if (byte === 32 || (byte >= 9 && byte <= 13)) return true;
  }
  return length === 4 && bytes.toString('latin1', from, from + 4).toUpperCase() === 'NULL';
}

function escapes({ bytes, starts }: ElementBytes, i: number, length: number): number {
  const from = starts[i] as number;
  let count = 0;
  for (let k = from; k < from + length; k++) if (bytes[k] === QUOTE || bytes[k] === BACKSLASH) count++;
  return count;
}

/** array_send: dimensions, a flag for NULLs, the element type's OID, then length and lower bound 1, then the elements. */
export function arrayBinary(type: ListType, element: ColumnEncoder, elementPgType: ScalarType): ColumnEncoder {
  const oid = typeOid(elementPgType);
  return listColumn(type, element, {
    size: ({ starts }, offset, count) => {
      if (count === 0) return 12;
      return 20 + count * 4 + (starts[offset + count] as number) - (starts[offset] as number);
    },
    write: ({ bytes, starts, lengths }, offset, count, out, start) => {
      let at = out.writeInt32BE(count === 0 ? 0 : 1, start);
      at = out.writeInt32BE(lengths.subarray(offset, offset + count).includes(-1) ? 1 : 0, at);
      at = out.writeInt32BE(oid, at);
      if (count === 0) return;
      at = out.writeInt32BE(count, at);
      at = out.writeInt32BE(1, at);
      for (let i = offset; i < offset + count; i++) {
        const from = starts[i] as number;
        at = out.writeInt32BE(lengths[i] as number, at);
        at += bytes.copy(out, at, from, starts[i + 1] as number);
      }
    },
  });
}
