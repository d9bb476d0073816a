/** Chooses how a column of DuckDB's becomes the PostgreSQL type that the client was told. */
import { DuckDBDecimalType, DuckDBEnumType, type DuckDBType, DuckDBTypeId } from '@duckdb/node-api';
import { SqlError, SqlState } from '../../errors.ts';
import { elementOf, isArrayType, numericScale, type ScalarType } from '../../sql/types.ts';
import type { ZoneOffsets } from '../../sql/zone.ts';
import type { Format } from '../../wire/messages.ts';
import type { WarehouseColumn } from '../warehouse.ts';
import type { ColumnEncoder } from './column.ts';
import {
  dateBinary,
  dateText,
  type TimestampUnit,
  timeColumn,
  timestampBinary,
  timestampText,
  timetzColumn,
} from './datetimes.ts';
import { floatAsNumericBinary, floatAsNumericText, floatBinary, floatText } from './floats.ts';
import { intervalColumn } from './interval.ts';
import { arrayBinary, arrayText } from './lists.ts';
import { decimalBinary, decimalText, integerBinary, type SlotKind } from './numbers.ts';
import { calculatedNumeric } from './numeric-text.ts';
import { boolColumn, nullColumn, uuidColumn } from './simple-columns.ts';
import { byteaText, enumColumn, stringColumn } from './strings.ts';
import { isListType } from './vector.ts';

/**
 * @throws SqlError XX000 when what DuckDB delivers cannot stand for the promised type without loss: the printed SQL casts
 * every column, so this is a bug, and a wrong value must not reach anybody.
 */
export function columnEncoder(
  delivered: DuckDBType,
  { type, typmod }: WarehouseColumn,
  format: Format,
  zone: ZoneOffsets,
): ColumnEncoder {
  const encoder = isArrayType(type)
    ? arrayEncoder(delivered, elementOf(type), format, zone)
    : scalarEncoder(delivered, type, typmod, format === 1, zone);
  if (encoder !== undefined) return encoder;
  throw new SqlError(SqlState.internalError, 'the warehouse returned another type than was planned', {
    cause: new Error(`${delivered} cannot be sent as ${type} (typmod ${typmod})`),
  });
}

function arrayEncoder(
  delivered: DuckDBType,
  element: ScalarType,
  format: Format,
  zone: ZoneOffsets,
): ColumnEncoder | undefined {
  if (delivered.typeId === DuckDBTypeId.SQLNULL) return nullColumn();
  if (!isListType(delivered)) return undefined;
  const encoder = scalarEncoder(delivered.valueType, element, -1, format === 1, zone);
  if (encoder === undefined) return undefined;
  return format === 1 ? arrayBinary(delivered, encoder, element) : arrayText(delivered, encoder);
}

function scalarEncoder(
  delivered: DuckDBType,
  type: ScalarType,
  typmod: number,
  binary: boolean,
  zone: ZoneOffsets,
): ColumnEncoder | undefined {
  const id = delivered.typeId;
  if (id === DuckDBTypeId.SQLNULL) return nullColumn();
  switch (type) {
    case 'bool':
      return id === DuckDBTypeId.BOOLEAN ? boolColumn(binary) : undefined;
    case 'int2':
      return integerEncoder(id, 2, binary);
    case 'int4':
      return integerEncoder(id, 4, binary);
    case 'int8':
      return integerEncoder(id, 8, binary);
    case 'numeric':
      return numericEncoder(delivered, typmod, binary);
    case 'float4':
      return id === DuckDBTypeId.FLOAT ? (binary ? floatBinary(4, 4) : floatText(4, 4)) : undefined;
    case 'float8': {
      const slot = id === DuckDBTypeId.DOUBLE ? 8 : id === DuckDBTypeId.FLOAT ? 4 : undefined;
      if (slot === undefined) return undefined;
      return binary ? floatBinary(slot, 8) : floatText(slot, 8);
    }
    case 'text':
    case 'varchar':
    case 'bpchar':
    case 'json':
      return stringEncoder(delivered, []);
    case 'jsonb':
      return stringEncoder(delivered, binary ? [1] : []);
    case 'bytea':
      return id === DuckDBTypeId.BLOB ? (binary ? stringColumn() : byteaText()) : undefined;
    case 'uuid':
      return id === DuckDBTypeId.UUID ? uuidColumn(binary) : undefined;
    case 'date':
      return id === DuckDBTypeId.DATE ? (binary ? dateBinary() : dateText()) : undefined;
    case 'time':
      if (id === DuckDBTypeId.TIME) return timeColumn(1, binary);
      return id === DuckDBTypeId.TIME_NS ? timeColumn(1000, binary) : undefined;
    case 'timetz':
      return id === DuckDBTypeId.TIME_TZ ? timetzColumn(binary) : undefined;
    case 'timestamp': {
      const unit = timestampUnit(id);
      if (unit === undefined) return undefined;
      return binary ? timestampBinary(unit) : timestampText(unit, undefined);
    }
    case 'timestamptz':
      if (id !== DuckDBTypeId.TIMESTAMP_TZ) return undefined;
      return binary ? timestampBinary(1_000_000) : timestampText(1_000_000, zone);
    case 'interval':
      return id === DuckDBTypeId.INTERVAL ? intervalColumn(binary) : undefined;
  }
}

/** The bytes of a whole number's slot, and the PostgreSQL integer that holds all its values. */
const INTEGERS: ReadonlyMap<DuckDBTypeId, SlotKind & { readonly fits: 2 | 4 | 8 | 16 }> = new Map([
  [DuckDBTypeId.TINYINT, { bytes: 1, signed: true, fits: 2 }],
  [DuckDBTypeId.UTINYINT, { bytes: 1, signed: false, fits: 2 }],
  [DuckDBTypeId.SMALLINT, { bytes: 2, signed: true, fits: 2 }],
  [DuckDBTypeId.USMALLINT, { bytes: 2, signed: false, fits: 4 }],
  [DuckDBTypeId.INTEGER, { bytes: 4, signed: true, fits: 4 }],
  [DuckDBTypeId.UINTEGER, { bytes: 4, signed: false, fits: 8 }],
  [DuckDBTypeId.BIGINT, { bytes: 8, signed: true, fits: 8 }],
  [DuckDBTypeId.UBIGINT, { bytes: 8, signed: false, fits: 16 }],
  [DuckDBTypeId.HUGEINT, { bytes: 16, signed: true, fits: 16 }],
  [DuckDBTypeId.UHUGEINT, { bytes: 16, signed: false, fits: 16 }],
]);

function integerEncoder(id: DuckDBTypeId, size: 2 | 4 | 8, binary: boolean): ColumnEncoder | undefined {
  const kind = INTEGERS.get(id);
  if (kind === undefined || kind.fits > size) return undefined;
  return binary ? integerBinary(kind, size) : decimalText(kind, 0, 0);
}

function numericEncoder(delivered: DuckDBType, typmod: number, binary: boolean): ColumnEncoder | undefined {
  if (delivered.typeId === DuckDBTypeId.VARCHAR && typmod < 0) return calculatedNumeric(binary);
  const encode = binary ? decimalBinary : decimalText;
  const integer = INTEGERS.get(delivered.typeId);
  const scale = delivered instanceof DuckDBDecimalType ? delivered.scale : 0;
  const shown = typmod < 0 ? scale : numericScale(typmod);
  if (integer !== undefined) return shown < 0 ? undefined : encode(integer, 0, shown);
  if (delivered instanceof DuckDBDecimalType) {
    return shown < scale ? undefined : encode({ bytes: decimalBytes(delivered.width), signed: true }, scale, shown);
  }
  const slot = delivered.typeId === DuckDBTypeId.DOUBLE ? 8 : delivered.typeId === DuckDBTypeId.FLOAT ? 4 : undefined;
  if (slot === undefined || typmod >= 0) return undefined;
  return binary ? floatAsNumericBinary(slot) : floatAsNumericText(slot);
}

/** https://duckdb.org/docs/stable/sql/data_types/numeric#fixed-point-decimals */
function decimalBytes(width: number): SlotKind['bytes'] {
  return width <= 4 ? 2 : width <= 9 ? 4 : width <= 18 ? 8 : 16;
}

function stringEncoder(delivered: DuckDBType, prefix: readonly number[]): ColumnEncoder | undefined {
  if (delivered.typeId === DuckDBTypeId.VARCHAR) return stringColumn(prefix);
  if (delivered instanceof DuckDBEnumType && prefix.length === 0) {
    return enumColumn(enumBytes(delivered), delivered.values);
  }
  return undefined;
}

function enumBytes({ internalTypeId }: DuckDBEnumType): 1 | 2 | 4 {
  return internalTypeId === DuckDBTypeId.UTINYINT ? 1 : internalTypeId === DuckDBTypeId.USMALLINT ? 2 : 4;
}

function timestampUnit(id: DuckDBTypeId): TimestampUnit | undefined {
  switch (id) {
    case DuckDBTypeId.TIMESTAMP_S:
      return 1;
    case DuckDBTypeId.TIMESTAMP_MS:
      return 1000;
    case DuckDBTypeId.TIMESTAMP:
      return 1_000_000;
    case DuckDBTypeId.TIMESTAMP_NS:
      return 1_000_000_000;
    default:
      return undefined;
  }
}
