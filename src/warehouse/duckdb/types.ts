/** DuckDB's types in PostgreSQL's terms, for what a model's SQL returns. */
import { DuckDBDecimalType, type DuckDBType, DuckDBTypeId } from '@duckdb/node-api';
import { arrayOf, isArrayType, numericTypmod, type PgType } from '../../sql/types.ts';
import { isListType } from './vector.ts';

export type PgColumnType = { readonly type: PgType | undefined; readonly typmod: number };

/** @returns type undefined for what PostgreSQL has no counterpart of (STRUCT, MAP, UNION, BIT, nested lists) */
export function pgColumnType(type: DuckDBType): PgColumnType {
  if (isListType(type)) {
    const element = pgColumnType(type.valueType).type;
    return { type: element === undefined || isArrayType(element) ? undefined : arrayOf(element), typmod: -1 };
  }
  const typmod = type instanceof DuckDBDecimalType ? numericTypmod(type.width, type.scale) : -1;
  return { type: scalarType(type), typmod };
}

function scalarType(type: DuckDBType): PgType | undefined {
  switch (type.typeId) {
    case DuckDBTypeId.BOOLEAN:
      return 'bool';
    case DuckDBTypeId.TINYINT:
    case DuckDBTypeId.UTINYINT:
    case DuckDBTypeId.SMALLINT:
      return 'int2';
    case DuckDBTypeId.USMALLINT:
    case DuckDBTypeId.INTEGER:
      return 'int4';
    case DuckDBTypeId.UINTEGER:
    case DuckDBTypeId.BIGINT:
      return 'int8';
    case DuckDBTypeId.UBIGINT:
    case DuckDBTypeId.HUGEINT:
    case DuckDBTypeId.UHUGEINT:
    case DuckDBTypeId.DECIMAL:
      return 'numeric';
    case DuckDBTypeId.FLOAT:
      return 'float4';
    case DuckDBTypeId.DOUBLE:
      return 'float8';
    case DuckDBTypeId.VARCHAR:
      return type.alias === 'JSON' ? 'json' : 'text';
    case DuckDBTypeId.ENUM:
      return 'text';
    case DuckDBTypeId.BLOB:
      return 'bytea';
    case DuckDBTypeId.UUID:
      return 'uuid';
    case DuckDBTypeId.DATE:
      return 'date';
    case DuckDBTypeId.TIME:
    case DuckDBTypeId.TIME_NS:
      return 'time';
    case DuckDBTypeId.TIME_TZ:
      return 'timetz';
    case DuckDBTypeId.TIMESTAMP:
    case DuckDBTypeId.TIMESTAMP_S:
    case DuckDBTypeId.TIMESTAMP_MS:
    case DuckDBTypeId.TIMESTAMP_NS:
      return 'timestamp';
    case DuckDBTypeId.TIMESTAMP_TZ:
      return 'timestamptz';
    case DuckDBTypeId.INTERVAL:
      return 'interval';
    default:
      // Everything else of a list that grows with DuckDB: unknown here means undefined, which the planner handles.
      return undefined;
  }
}
