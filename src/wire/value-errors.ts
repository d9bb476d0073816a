/**
 * What is said of values that cannot be read, in PostgreSQL's words.
 */
import { SqlError, SqlState } from '../errors.ts';
import { formatType, type PgType } from '../sql/types.ts';

/** 22P03: bytes that are no value of the type. */
export function badBinary(message: string): SqlError {
  return new SqlError(SqlState.invalidBinaryRepresentation, message);
}

/** 22P02: text that is no value of the type. */
export function badText(type: PgType, text: string): SqlError {
  const shown = text.length > 200 ? `${text.slice(0, 200)}…` : text;
  return new SqlError(
    SqlState.invalidTextRepresentation,
    `invalid input syntax for type ${formatType(type)}: "${shown}"`,
  );
}

/** 22008. */
export function outOfRange(what: string): SqlError {
  return new SqlError('22008', `${what} out of range`);
}
