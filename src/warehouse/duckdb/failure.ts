/** DuckDB's errors as SQLSTATE and fixed text: what DuckDB says names tables, columns and values (AD19), so it is logged only. */
import { SqlError, SqlState } from '../../errors.ts';

/** The part of a pino logger that a warehouse writes to. */
export type WarehouseLog = {
  readonly warn: (fields: object, message: string) => void;
  readonly error: (fields: object, message: string) => void;
};

type Failure = { readonly code: SqlState; readonly message: string; readonly hint?: string };

const OUT_OF_MEMORY = '53200';
const INVALID_DATETIME = '22007';
const DATETIME_OVERFLOW = '22008';

/**
 * `error('semwire:22012')` in a printed statement raises that condition: the dialect's way to what DuckDB would let pass.
 */
const RAISED = /^Invalid Input Error: semwire:([0-9A-Z]{5})$/m;
const RAISED_TEXT: ReadonlyMap<string, string> = new Map([
  [SqlState.dataException, 'data exception'],
  [SqlState.numericValueOutOfRange, 'value out of range'],
  [SqlState.divisionByZero, 'division by zero'],
  [SqlState.invalidParameterValue, 'invalid parameter value'],
  [SqlState.invalidTextRepresentation, 'invalid input syntax'],
  [SqlState.cardinalityViolation, 'more than one row returned by a subquery used as an expression'],
  [SqlState.featureNotSupported, 'the warehouse cannot do this'],
  [INVALID_DATETIME, 'invalid input syntax for type timestamp'],
  [DATETIME_OVERFLOW, 'date/time field value out of range'],
  ['2201E', 'cannot take logarithm of zero or a negative number'],
  ['2201F', 'cannot take square root of a negative number'],
  ['2201B', 'invalid regular expression'],
  ['22011', 'negative substring length not allowed'],
]);

/** A value whose digits differ from row to row, and are too many for the DECIMAL that it is inside a query. */
const TOO_MANY_DIGITS: Failure = {
  code: SqlState.featureNotSupported,
  message:
    'a numeric of more than 14 digits before the point or 24 behind it, inside a query on DuckDB, is not supported',
  hint: 'Use round(x, 2), or cast it to numeric(38, 6) or double precision.',
};

/** Which of PostgreSQL's conditions an error of DuckDB's is. @param text begins with DuckDB's own class */
function failureOf(text: string): Failure {
  const raised = RAISED.exec(text)?.[1];
  const raisedText = raised === undefined ? undefined : RAISED_TEXT.get(raised);
  if (raised !== undefined && raisedText !== undefined) return { code: raised, message: raisedText };
  if (/semwire:digits$|to (?:type )?DECIMAL\(38, ?24\)/m.test(text)) return TOO_MANY_DIGITS;
  if (/Like pattern must not end with escape/.test(text))
    return { code: '22025', message: 'LIKE pattern must not end with escape character' };
  if (/Unknown TimeZone/.test(text))
    return { code: SqlState.invalidParameterValue, message: 'time zone not recognized' };
  // A subquery with a window in PARTITION BY or ORDER BY of a window: PostgreSQL takes it, DuckDB's parser does not.
  if (/window functions are not allowed in window definitions/.test(text))
    return { code: SqlState.featureNotSupported, message: 'the warehouse cannot do this' };
  if (/undefined outside/.test(text))
    return { code: SqlState.numericValueOutOfRange, message: 'input is out of range' };
  const kind = /^(?:TransactionContext Error: |\w+: )?([A-Za-z][A-Za-z ]*?) Error: /.exec(text)?.[1];
  switch (kind) {
    case 'Conversion':
    case 'Mismatch Type':
    case 'Decimal':
      return conversionFailure(text);
    case 'Out of Range':
      return rangeFailure(text);
    case 'Divide by Zero':
      return { code: SqlState.divisionByZero, message: 'division by zero' };
    case 'Invalid Input':
    case 'Invalid':
    case 'Invalid type':
      return inputFailure(text);
    case 'Not implemented':
      return { code: SqlState.featureNotSupported, message: 'the warehouse cannot do this' };
    case 'INTERRUPT':
      return { code: SqlState.queryCanceled, message: 'canceling statement due to user request' };
    case 'Out of Memory':
    case 'Object Size':
      return { code: OUT_OF_MEMORY, message: 'out of memory' };
    case 'Parser':
    case 'Syntax':
    case 'Binder':
    case 'Catalog':
    case 'Permission':
    case 'Expression':
    case 'ExpressionExecutor':
    case 'Parameter Not Resolved':
    case 'Parameter Not Allowed':
    case 'Settings':
    case 'Dependency':
    case 'Missing Extension':
    case 'Autoloading':
      return { code: SqlState.warehouseUnavailable, message: 'the warehouse refused the statement' };
    default:
      // IO, network, internal, fatal, and whatever class a later DuckDB adds.
      return { code: SqlState.warehouseUnavailable, message: 'the warehouse could not run the statement' };
  }
}

function conversionFailure(text: string): Failure {
  if (/invalid (date|time|timestamp) field format/i.test(text))
    return { code: INVALID_DATETIME, message: 'invalid input syntax for type timestamp' };
  if (/\b(date|time|timestamp)\b.*out of range|date field value/i.test(text)) {
    return { code: DATETIME_OVERFLOW, message: 'date/time field value out of range' };
  }
  if (/out of range|Could not cast value .* to DECIMAL|overflow/i.test(text)) {
    return { code: SqlState.numericValueOutOfRange, message: 'value out of range' };
  }
  return { code: SqlState.invalidTextRepresentation, message: 'invalid input syntax' };
}

function rangeFailure(text: string): Failure {
  if (/division by zero/i.test(text)) return { code: SqlState.divisionByZero, message: 'division by zero' };
  if (/square root/.test(text)) return { code: '2201F', message: 'cannot take square root of a negative number' };
  if (/logarithm/.test(text)) return { code: '2201E', message: 'cannot take logarithm of zero or a negative number' };
  if (/\b(date|timestamp|interval)\b/i.test(text)) {
    return { code: DATETIME_OVERFLOW, message: 'date/time field value out of range' };
  }
  return { code: SqlState.numericValueOutOfRange, message: 'value out of range' };
}

function inputFailure(text: string): Failure {
  if (/^[^:]*: More than one row returned by a subquery/.test(text)) {
    return {
      code: SqlState.cardinalityViolation,
      message: 'more than one row returned by a subquery used as an expression',
    };
  }
  return { code: SqlState.dataException, message: 'data exception' };
}

/** @returns the error as the client may see it; DuckDB's own is its cause and goes to the log */
export function warehouseError(error: unknown, queryId: string, log: WarehouseLog): SqlError {
  if (error instanceof SqlError) {
    if (error.cause !== undefined) log.error({ queryId, err: error.cause }, error.message);
    return error;
  }
  const { code, message, hint } = failureOf(error instanceof Error ? error.message : String(error));
  const fields = { queryId, code, err: error };
  if (code === SqlState.warehouseUnavailable) log.error(fields, 'DuckDB failed');
  else log.warn(fields, 'DuckDB refused a value');
  const detail = code === SqlState.queryCanceled ? undefined : `query id ${queryId}`;
  return new SqlError(code, message, { detail, hint, cause: error });
}
