/** DataRow frames that the gateway itself makes or reads: SHOW's rows, and warehouse rows on their way into COPY. */
import type { FetchResult, RowSink } from '../warehouse/warehouse.ts';
import { MessageWriter } from '../wire/bytes.ts';
import { encodeMessage } from '../wire/encode.ts';
import type { Cursor } from './engine.ts';

export type Row = readonly (string | null)[];
/** Values as they are sent: texts, or bytes of a binary format. */
type RowValues = readonly (Uint8Array | string | null)[];

export function encodeRows(rows: readonly RowValues[]): Uint8Array {
  const writer = new MessageWriter();
  for (const values of rows) encodeMessage(writer, { type: 'data-row', values });
  return writer.take();
}

/** Rows that are known already, as a cursor like any other. */
export function cursorOver(rows: readonly RowValues[]): Cursor {
  let next = 0;
  return {
    fetch: async (maxRows: number, sink: RowSink): Promise<FetchResult> => {
      const portion = rows.slice(next, maxRows > 0 ? next + maxRows : undefined);
      next += portion.length;
      if (portion.length > 0) await sink.write(encodeRows(portion), portion.length);
      return { rows: portion.length, done: next >= rows.length };
    },
    close: async () => {},
  };
}

/** Type byte and length word. */
const HEADER = 5;

/**
 * Calls back for each DataRow in a buffer of whole ones.
 * @param each gets the frame's own bounds: its body starts HEADER bytes after `start`
 */
export function eachFrame(frames: Uint8Array, each: (start: number, end: number) => void): void {
  const view = new DataView(frames.buffer, frames.byteOffset, frames.byteLength);
  let at = 0;
  while (at < frames.length) {
    const end = at + 1 + view.getInt32(at + 1);
    each(at, end);
    at = end;
  }
}

export const FRAME_HEADER = HEADER;

/** The fields of a DataRow, whose body starts there. */
export function fieldsAt(frames: Uint8Array, start: number): readonly (Uint8Array | null)[] {
  const view = new DataView(frames.buffer, frames.byteOffset, frames.byteLength);
  const fields: (Uint8Array | null)[] = [];
  let at = start + 2;
  for (let count = view.getUint16(start); count > 0; count--) {
    const length = view.getInt32(at);
    at += 4;
    fields.push(length < 0 ? null : frames.subarray(at, at + length));
    at += Math.max(0, length);
  }
  return fields;
}
