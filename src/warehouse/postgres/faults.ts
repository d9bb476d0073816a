/**
 * What a client is told when the warehouse fails: its SQLSTATE's class and a text of our own, never the warehouse's
 * (contract, section 9; security, decision B07: no value of a row, no physical name).
 */
import { SqlError, SqlState } from '../../errors.ts';
import type { BackendError } from './replies.ts';

/**
 * Errors that the values of a query's own rows can raise, with PostgreSQL's text less the value, or the name of the
 * condition in words (https://www.postgresql.org/docs/current/errcodes-appendix.html).
 */
const DATA_ERRORS: ReadonlyMap<string, string> = new Map([
  ['21000', 'more than one row returned by a subquery used as an expression'],
  ['22001', 'value too long for type'],
  ['22003', 'value out of range'],
  ['22004', 'null value not allowed'],
  ['22007', 'invalid input syntax for type timestamp'],
  ['22008', 'date/time field value out of range'],
  ['22009', 'time zone displacement out of range'],
  ['2200C', 'invalid use of escape character'],
  ['2200D', 'invalid escape octet'],
  ['22010', 'invalid indicator parameter value'],
  ['22011', 'negative substring length not allowed'],
  ['22012', 'division by zero'],
  ['22013', 'invalid preceding or following size in window function'],
  ['22014', 'argument of ntile must be greater than zero'],
  ['22015', 'interval field value out of range'],
  ['22016', 'argument of nth_value must be greater than zero'],
  ['22018', 'invalid character value for cast'],
  ['22019', 'invalid escape string'],
  ['2201B', 'invalid regular expression'],
  ['2201E', 'cannot take logarithm of zero or a negative number'],
  ['2201F', 'invalid argument for power function'],
  ['2201G', 'invalid argument for width_bucket function'],
  ['2201W', 'LIMIT must not be negative'],
  ['2201X', 'OFFSET must not be negative'],
  ['22021', 'invalid byte sequence for encoding "UTF8"'],
  ['22023', 'invalid parameter value'],
  ['22025', 'invalid escape sequence'],
  ['22026', 'bit string length mismatch'],
  ['22027', 'trim error'],
  ['2202E', 'array subscript error'],
  ['22030', 'duplicate JSON object key value'],
  ['22032', 'invalid JSON text'],
  ['22033', 'invalid SQL/JSON subscript'],
  ['22P01', 'floating-point exception'],
  ['22P02', 'invalid input syntax'],
  ['22P03', 'incorrect binary data format'],
  ['22P05', 'untranslatable character'],
]);

/** PostgreSQL's two texts for 57014 that we can be the cause of. */
export function cancelled(by: 'request' | 'timeout'): SqlError {
  const cause = by === 'request' ? 'user request' : 'statement timeout';
  return new SqlError(SqlState.queryCanceled, `canceling statement due to ${cause}`);
}

/** 58000: there is no connection, or there no longer is. */
export function unreachable(cause: unknown, queryId?: string): SqlError {
  const message = 'the warehouse is not reachable';
  return new SqlError(SqlState.warehouseUnavailable, message, { detail: inLog(queryId), cause });
}

/**
 * 58000: the warehouse runs but would not run this. For a client it is no fault of its own: the planner lets nothing
 * through that PostgreSQL would refuse for its text, so it is the model, the role's rights, or a bug of ours.
 */
export function refused(cause: unknown, queryId: string | undefined): SqlError {
  const message = 'the warehouse refused the statement';
  return new SqlError(SqlState.warehouseUnavailable, message, { detail: inLog(queryId), cause });
}

/** Where the warehouse's own words are found (contract, section 9). */
function inLog(queryId: string | undefined): string | undefined {
  return queryId === undefined ? undefined : `query id ${queryId}`;
}

/** 54000 for a row that is not to be assembled (security case G03). */
export function rowTooLarge(limit: number): SqlError {
  return new SqlError(SqlState.programLimitExceeded, `a row is larger than ${limit} bytes`);
}

/** The error for the client; `cause` is the warehouse's own, for the log and for `semwire check`. */
export function clientError(error: BackendError, queryId: string | undefined): SqlError {
  const { code } = error;
  const mapped = (to: string, message: string): SqlError =>
    new SqlError(to, message, { detail: inLog(queryId), cause: error });
  const text = DATA_ERRORS.get(code);
  if (text !== undefined) return mapped(code, text);
  switch (code.slice(0, 2)) {
    case '22':
      // JSON path and XML conditions, one by one, and whatever a later release adds to the class.
      return mapped(code, 'data exception');
    case '0A':
      // What the planner cannot foresee: a FULL JOIN whose condition can neither be merged nor hashed.
      return mapped(SqlState.featureNotSupported, 'the warehouse cannot do this');
    case '54':
      return mapped(SqlState.programLimitExceeded, 'a limit of the warehouse was exceeded');
    case '08':
      return unreachable(error, queryId);
    case '53':
      return code === '53300'
        ? unreachable(error, queryId)
        : mapped(SqlState.warehouseUnavailable, 'the warehouse is out of resources');
    case '57':
      if (code !== SqlState.queryCanceled) return unreachable(error, queryId);
      return new SqlError(SqlState.queryCanceled, cancelled('request').message, { cause: error });
    default:
      return refused(error, queryId);
  }
}
