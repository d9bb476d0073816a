/** Result columns of a type that only PostgreSQL has: the warehouse gives their text, whatever format was asked for. */
import type { OutputColumn } from '../plan/bound/bound.ts';
import type { WarehouseCursor } from '../warehouse/warehouse.ts';
import type { Format } from '../wire/messages.ts';
import { type FieldMap, mapFields } from './map-fields.ts';

/** Each such column has one value, or NULL where a grouping set leaves it out. */
export function inOwnFormats(
  cursor: WarehouseCursor,
  columns: readonly OutputColumn[],
  formats: readonly Format[],
): WarehouseCursor {
  const maps = columns.map(({ shown }, i): FieldMap => {
    if (shown?.binary === undefined || formats[i] !== 1) return undefined;
    const value = Buffer.from(shown.binary, 'hex');
    return () => value;
  });
  return mapFields(cursor, maps);
}
