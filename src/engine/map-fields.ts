/** A result whose columns are written anew on their way to the client. */
import { eachFrame, encodeRows, FRAME_HEADER, fieldsAt } from '../session/frames.ts';
import type { WarehouseCursor } from '../warehouse/warehouse.ts';

/** What to send for a value of the column; undefined: as it is. */
export type FieldMap = ((value: Uint8Array) => Uint8Array | string) | undefined;

/** @param maps one for each column. Rows of which nothing changes pass through as they come. */
export function mapFields(cursor: WarehouseCursor, maps: readonly FieldMap[]): WarehouseCursor {
  if (maps.every((map) => map === undefined)) return cursor;
  return {
    fetch: (maxRows, sink) =>
      cursor.fetch(maxRows, {
        write: (frames, count) => {
          const rows: (Uint8Array | string | null)[][] = [];
          eachFrame(frames, (start) => {
            const fields = fieldsAt(frames, start + FRAME_HEADER);
            rows.push(fields.map((field, i) => (field === null ? null : (maps[i]?.(field) ?? field))));
          });
          return sink.write(encodeRows(rows), count);
        },
      }),
    close: () => cursor.close(),
  };
}
