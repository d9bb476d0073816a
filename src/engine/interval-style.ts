/** Interval columns of a result in the client's IntervalStyle: warehouses write `postgres`. */

import type { ResultColumn, SessionView } from '../session/engine.ts';
import { typeOid } from '../sql/types.ts';
import type { WarehouseCursor } from '../warehouse/warehouse.ts';
import { type IntervalStyle, intervalInStyle } from '../wire/interval-style.ts';
import type { Format } from '../wire/messages.ts';
import { type FieldMap, mapFields } from './map-fields.ts';

export function intervalStyleOf({ settings }: SessionView): IntervalStyle {
  const style = settings.get('intervalstyle');
  return style === 'iso_8601' || style === 'sql_standard' || style === 'postgres_verbose' ? style : 'postgres';
}

/** @param formats one for each column: binary values have no style */
export function inIntervalStyle(
  cursor: WarehouseCursor,
  columns: readonly ResultColumn[],
  formats: readonly Format[],
  style: IntervalStyle,
): WarehouseCursor {
  if (style === 'postgres') return cursor;
  const maps = columns.map(
    ({ typeOid: oid }, i): FieldMap =>
      oid === typeOid('interval') && formats[i] === 0
        ? (value) => intervalInStyle(Buffer.from(value).toString('latin1'), style)
        : undefined,
  );
  return mapFields(cursor, maps);
}
