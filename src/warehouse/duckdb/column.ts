/** What every column encoder does: say how long each field is, then write the fields where they are wanted. */
import { isValid, type Vector } from './vector.ts';

/**
 * Turns one column of a chunk into the fields of DataRow, without their length words.
 * A chunk is measured once and may be written in several portions; the vector's memory must live that long.
 */
export type ColumnEncoder = {
  /** Bytes of one slot of the vector. */
  readonly slotSize: number;
  /** Sets lengths[row] to the field's bytes, or to -1 for NULL, for every row of the vector. Throws SqlError 22xxx. */
  readonly measure: (vector: Vector, lengths: Int32Array) => void;
  /** Writes the fields of the rows `from` up to `to`, each at positions[row]; NULLs are skipped. */
  readonly write: (out: Buffer, positions: Int32Array, from: number, to: number) => void;
};

/** A field whose form is short and made of ASCII letters, made by a function from its slot. */
export function asciiColumn(slotSize: number, field: (data: DataView, offset: number) => string): ColumnEncoder {
  const fields: (string | undefined)[] = [];
  return {
    slotSize,
    measure: ({ count, data, validity }, lengths) => {
      const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
      for (let row = 0; row < count; row++) {
        const text = isValid(validity, row) ? field(view, row * slotSize) : undefined;
        fields[row] = text;
        lengths[row] = text === undefined ? -1 : text.length;
      }
    },
    write: (out, positions, from, to) => {
      for (let row = from; row < to; row++) {
        const text = fields[row];
        if (text !== undefined) writeAscii(out, positions[row] as number, text);
      }
    },
  };
}

export function writeAscii(out: Uint8Array, at: number, text: string): void {
  for (let i = 0; i < text.length; i++) out[at + i] = text.charCodeAt(i);
}

/** A field of fixed size, written by a function from its slot. */
export function fixedColumn(
  slotSize: number,
  fieldSize: number,
  write: (data: DataView, offset: number, out: Buffer, at: number) => void,
): ColumnEncoder {
  let view: DataView = new DataView(new ArrayBuffer(0));
  let valid: Uint8Array | null = null;
  return {
    slotSize,
    measure: ({ count, data, validity }, lengths) => {
      view = new DataView(data.buffer, data.byteOffset, data.byteLength);
      valid = validity;
      for (let row = 0; row < count; row++) lengths[row] = isValid(validity, row) ? fieldSize : -1;
    },
    write: (out, positions, from, to) => {
      for (let row = from; row < to; row++) {
        if (isValid(valid, row)) write(view, row * slotSize, out, positions[row] as number);
      }
    },
  };
}
