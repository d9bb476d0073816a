/**
 * Texts that are taken as what they stand beside. DuckDB reads '41.6' as the integer 42 and '19.999' as the decimal
 * 20.00; a claim must not become another one that way (security case C15).
 */
import { type DuckDBType, DuckDBTypeId } from '@duckdb/node-api';
import { SqlError, SqlState } from '../../errors.ts';

const WHOLE = /^-?(0|[1-9]\d*)$/;
const DECIMAL = /^-?(0|[1-9]\d*)(?:\.(\d+))?$/;

/** @param type that DuckDB has found for the parameter @throws SqlError 22P02, without the text */
export function checkUntyped(text: string, type: DuckDBType): void {
  if (fits(text, type)) return;
  throw new SqlError(
    SqlState.invalidTextRepresentation,
    'a claim is not of the type of the column it is compared with',
  );
}

function fits(text: string, type: DuckDBType): boolean {
  switch (type.typeId) {
    case DuckDBTypeId.TINYINT:
    case DuckDBTypeId.SMALLINT:
    case DuckDBTypeId.INTEGER:
    case DuckDBTypeId.BIGINT:
    case DuckDBTypeId.HUGEINT:
    case DuckDBTypeId.UTINYINT:
    case DuckDBTypeId.USMALLINT:
    case DuckDBTypeId.UINTEGER:
    case DuckDBTypeId.UBIGINT:
    case DuckDBTypeId.UHUGEINT:
      return WHOLE.test(text);
    case DuckDBTypeId.FLOAT:
    case DuckDBTypeId.DOUBLE:
      return DECIMAL.test(text);
    case DuckDBTypeId.DECIMAL: {
      const fraction = DECIMAL.exec(text);
      return fraction !== null && (fraction[1] ?? '').replace(/0+$/, '').length <= ('scale' in type ? type.scale : 0);
    }
    case DuckDBTypeId.BOOLEAN:
      return text === 'true' || text === 'false';
    default:
      return true;
  }
}
