/** Interval columns of a result in the client's IntervalStyle: warehouses write `postgres`. */

import type { IntervalStyle } from '../plan/lower/interval-style.ts';
import type { ResultColumn, SessionView } from '../session/engine.ts';
import { eachFrame, encodeRows, FRAME_HEADER, fieldsAt } from '../session/frames.ts';
import { typeOid } from '../sql/types.ts';
import type { RowSink, WarehouseCursor } from '../warehouse/warehouse.ts';
import { intervalToIso } from '../wire/interval.ts';
import type { Format } from '../wire/messages.ts';

export function intervalStyleOf({ settings }: SessionView): IntervalStyle {
  return settings.get('intervalstyle') === 'iso_8601' ? 'iso_8601' : 'postgres';
}

/** @param formats one for each column: binary values have no style */
export function inIntervalStyle(
  cursor: WarehouseCursor,
  columns: readonly ResultColumn[],
  formats: readonly Format[],
  style: IntervalStyle,
): WarehouseCursor {
  const shown = columns.map((column, i) => column.typeOid === typeOid('interval') && formats[i] === 0);
  if (style === 'postgres' || !shown.includes(true)) return cursor;
  return {
    fetch: (maxRows, sink) => cursor.fetch(maxRows, isoSink(sink, shown)),
    close: () => cursor.close(),
  };
}

function isoSink(sink: RowSink, shown: readonly boolean[]): RowSink {
  return {
    write: (frames, count) => {
      const rows: (Uint8Array | string | null)[][] = [];
      eachFrame(frames, (start) => {
        const fields = fieldsAt(frames, start + FRAME_HEADER);
        rows.push(
          fields.map((value, i) =>
            value === null || shown[i] !== true ? value : intervalToIso(Buffer.from(value).toString('latin1')),
          ),
        );
      });
      return sink.write(encodeRows(rows), count);
    },
  };
}
