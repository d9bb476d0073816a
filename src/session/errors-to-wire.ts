/** What of a failure a client sees. The rest is in the log, under the query id that the client is told. */
import { randomUUID } from 'node:crypto';
import { SqlError, SqlState } from '../errors.ts';
import { errorResponse } from '../wire/encode.ts';
import type { BackendMessage } from '../wire/messages.ts';
import { type Log, redact } from './log.ts';

/**
 * @param sql the text that positions count in; undefined when the failing text is not what the client just sent
 * @returns a SqlError word for word; anything else as XX000 with a query id, which is logged with its cause
 */
export function errorToWire(error: unknown, sql: string | undefined, log: Log): BackendMessage {
  if (!(error instanceof SqlError)) return errorResponse(internalError(error, sql, log));
  if (error.code === SqlState.internalError) log.error({ err: error }, 'internal error');
  const { position } = error;
  const counted = position === undefined || sql === undefined ? undefined : characterPosition(sql, position);
  return errorResponse(error, counted);
}

/** Everything outside SqlError is a bug of ours, and its text may name what nobody should see. */
function internalError(error: unknown, sql: string | undefined, log: Log): SqlError {
  const queryId = randomUUID();
  log.error({ err: error, queryId }, 'internal error');
  if (sql !== undefined) log.debug({ queryId, sql: redact(sql) }, 'statement of an internal error');
  return new SqlError(SqlState.internalError, 'internal error', { detail: `query id ${queryId}` });
}

/** From a 0-based offset in UTF-16 units to PostgreSQL's 1-based count of characters. */
export function characterPosition(sql: string, offset: number): number {
  let characters = 1;
  for (const character of sql.slice(0, offset)) characters += character === '' ? 0 : 1;
  return characters;
}
