/** Planning and opening queries: the one place where a session asks the engine. */
import { SqlError, SqlState } from '../errors.ts';
import type { SourceStatement } from '../sql/ast.ts';
import { refused } from '../sql/refused.ts';
import type { Format } from '../wire/messages.ts';
import { type SessionContext, timeLimit, warn } from './context.ts';
import { DISCARD } from './cursor-movement.ts';
import type { Cursor, ParameterValue, Prepared } from './engine.ts';
import type { Portal } from './portals.ts';
import type { OpenedRecord } from './statement-record.ts';

/** `at-once`: opened next, without parameters, for all rows as text, as a Query message is. */
export type PlannedUse = 'at-once' | 'later';

/** @throws SqlError of the engine's; 25006 and 0A000 for what is no query */
export async function planQuery(
  context: SessionContext,
  source: SourceStatement,
  parameterTypes: readonly number[],
  use: PlannedUse = 'later',
): Promise<Prepared> {
  const { statement } = source;
  switch (statement.kind) {
    case 'query':
      break;
    case 'explain':
      if (statement.statement.kind !== 'query') throw notPlanned(statement.statement);
      break;
    default:
      throw notPlanned(statement);
  }
  const { engine, running } = context;
  const { text, offset } = source;
  if (use === 'later') return engine.prepare(statement, text, offset, parameterTypes, context.view());
  const abort = new AbortController();
  running.attach(abort);
  return engine.prepare(statement, text, offset, parameterTypes, context.view(), abort.signal);
}

function notPlanned(statement: SourceStatement['statement']): SqlError {
  if (statement.kind === 'refused') return refused(statement.tag, statement.writes);
  return new SqlError(SqlState.featureNotSupported, 'only a query can stand here');
}

/** A statement that runs, and what stops it. */
export type OpenQuery = {
  readonly cursor: Cursor;
  readonly abort: AbortController;
  readonly record: OpenedRecord;
};

/**
 * @param read `all`: to the end, in this run. `portions`: the client may come back for more at any time, so that only
 * the time of each portion is limited
 */
export async function openQuery(
  context: SessionContext,
  prepared: Prepared,
  binds: readonly ParameterValue[],
  formats: readonly Format[],
  read: 'all' | 'portions',
): Promise<OpenQuery> {
  const abort = new AbortController();
  context.running.attach(abort);
  const record = context.records.opening(prepared);
  const cursor = await prepared.open(binds, {
    session: context.view(),
    resultFormats: formats,
    timeoutMs: read === 'all' ? timeLimit(context).ms : 0,
    signal: abort.signal,
    queryId: record.queryId,
  });
  try {
    takeOver(context, cursor.settings ?? []);
  } catch (error) {
    await cursor.close();
    throw error;
  }
  for (const { code, message } of cursor.warnings ?? []) warn(context, code, message);
  const most = context.limits.rows;
  const counted = context.records.counting(cursor);
  return { cursor: most === 0 ? counted : capped(counted, most), abort, record };
}

/** A statement takes more rows of a query that was opened before it. */
export function readOn(context: SessionContext, { abort, record }: Portal): void {
  if (abort !== undefined) context.running.attach(abort);
  if (record !== undefined) context.records.reading(record);
}

/** set_config() is SET by another name. @throws SqlError as Settings.set */
function takeOver({ settings }: SessionContext, changes: NonNullable<Cursor['settings']>): void {
  for (const { name, value, local } of changes) {
    if (value === null) settings.reset(name, local);
    else settings.set(name, value, local);
  }
}

/** SEMWIRE_MAX_ROWS: more rows are an error, never a silent cut. */
function capped(cursor: Cursor, most: number): Cursor {
  let rows = 0;
  return {
    close: () => cursor.close(),
    fetch: async (maxRows, sink) => {
      const room = most - rows;
      if (maxRows > 0 && maxRows <= room) {
        const result = await cursor.fetch(maxRows, sink);
        rows += result.rows;
        return result;
      }
      const last = room > 0 ? await cursor.fetch(room, sink) : { rows: 0, done: false };
      rows += last.rows;
      if (!last.done && last.rows === room && (await cursor.fetch(1, DISCARD)).rows > 0) {
        throw new SqlError(SqlState.programLimitExceeded, `the result has more than ${most} rows`);
      }
      return { rows: last.rows, done: true };
    },
  };
}

/** Bind's list of formats, spread over the columns. @throws SqlError 08P01 */
export function spreadFormats(formats: readonly Format[], columns: number): readonly Format[] {
  if (formats.length === columns) return formats;
  if (formats.length <= 1) return new Array<Format>(columns).fill(formats[0] ?? 0);
  throw new SqlError(
    SqlState.protocolViolation,
    `bind message has ${formats.length} result formats but query has ${columns} columns`,
  );
}
