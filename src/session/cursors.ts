/** DECLARE, FETCH, MOVE and CLOSE. */
import { SqlError, SqlState } from '../errors.ts';
import type { FetchDirection, Statement } from '../sql/ast.ts';
import type { Format } from '../wire/messages.ts';
import type { SessionContext } from './context.ts';
import { DISCARD, forwardOnly, type Movement, scrollable } from './cursor-movement.ts';
import type { Cursor, ParameterValue } from './engine.ts';
import { Portal } from './portals.ts';
import type { PlannedStatement } from './prepared.ts';
import { openQuery, readOn } from './query.ts';
import { outsideBlock } from './transaction.ts';

type Declare = Extract<Statement, { kind: 'declare' }>;
type Fetch = Extract<Statement, { kind: 'fetch' }>;

/**
 * The query runs at the first FETCH, which says in which formats it wants the rows.
 * @param planned DECLARE's own plan: its columns are none, its `prepared` is the query's
 * @throws SqlError 25P01 outside a block without WITH HOLD, 42P03
 */
export async function declare(
  context: SessionContext,
  statement: Declare,
  planned: PlannedStatement,
  binds: readonly ParameterValue[],
): Promise<void> {
  const { portals, transaction } = context;
  if (!statement.hold && !transaction.inBlock) throw outsideBlock('DECLARE CURSOR');
  const existing = portals.find(statement.name);
  if (existing !== undefined && existing.kind === 'bound' && statement.name === '') await portals.close('');
  const portal = new Portal({
    name: statement.name,
    planned: { ...planned, columns: planned.prepared?.columns },
    binds,
    kind: 'declared',
    formats: statement.binary ? planned.prepared?.columns.map(() => 1) : undefined,
    level: transaction.level,
  });
  portal.hold = statement.hold;
  portal.scroll = statement.scroll === true;
  portal.binary = statement.binary;
  await portals.add(portal);
}

/**
 * FETCH as a cursor of its own, so that an Execute with a row limit can take it in portions.
 * @param formats in which the client wants the rows; a BINARY cursor has its own
 */
export async function fetchCursor(
  context: SessionContext,
  statement: Fetch,
  formats: readonly Format[],
): Promise<Cursor> {
  let direction: FetchDirection | undefined = statement.direction;
  (await open(context, statement.cursor, formats)).check(direction);
  return {
    close: async () => {},
    fetch: async (maxRows, sink) => {
      if (direction === undefined) return { rows: 0, done: true };
      const movement = await open(context, statement.cursor, formats);
      const { now, later } = split(direction, maxRows);
      const rows = await movement.fetch(now, sink);
      const ended = later === undefined || rows < maxRows;
      direction = ended ? undefined : later;
      return { rows, done: ended };
    },
  };
}

/** @returns the number of rows passed over */
export async function move(context: SessionContext, statement: Fetch): Promise<number> {
  const movement = await open(context, statement.cursor, undefined);
  return movement.fetch(statement.direction, DISCARD);
}

/** @param name undefined for CLOSE ALL @throws SqlError 34000 */
export async function closeCursor(context: SessionContext, name: string | undefined): Promise<void> {
  if (name === undefined) return context.portals.closeAll();
  context.portals.get(name, 'cursor');
  await context.portals.close(name);
}

/** The formats that rows of this cursor come in, if that is settled. */
export function cursorFormats(context: SessionContext, name: string): readonly Format[] | undefined {
  return context.portals.find(name)?.formats;
}

async function open(context: SessionContext, name: string, formats: readonly Format[] | undefined): Promise<Movement> {
  const portal = context.portals.get(name, 'cursor');
  const { columns } = portal;
  const { prepared } = portal.planned;
  if (columns === undefined || prepared === undefined) {
    throw new SqlError('42P11', `cursor "${name}" is not a query's`);
  }
  checkFormats(portal, formats);
  if (portal.movement === undefined) {
    portal.formats ??= formats ?? columns.map(() => 0);
    if (portal.cursor === undefined) {
      const opened = await openQuery(context, prepared, portal.binds, portal.formats, 'portions');
      portal.cursor = opened.cursor;
      portal.abort = opened.abort;
      portal.record = opened.record;
    } else {
      readOn(context, portal);
    }
    portal.state = 'open';
    portal.movement = portal.scroll ? scrollable(portal.cursor) : forwardOnly(portal.cursor);
  } else {
    readOn(context, portal);
  }
  return portal.movement;
}

/** Rows are encoded where they are made, once. */
function checkFormats(portal: Portal, formats: readonly Format[] | undefined): void {
  if (portal.formats === undefined || formats === undefined) return;
  const same = formats.every((format, index) => format === portal.formats?.[index]);
  if (!same && !isBinaryCursor(portal)) {
    throw new SqlError(SqlState.featureNotSupported, 'a cursor cannot change between text and binary rows');
  }
}

function isBinaryCursor(portal: Portal): boolean {
  const statement = portal.planned.source?.statement;
  return statement?.kind === 'declare' && statement.binary;
}

/** What to fetch now of a direction when only so many rows are wanted. */
function split(
  direction: FetchDirection,
  maxRows: number,
): { readonly now: FetchDirection; readonly later: FetchDirection | undefined } {
  switch (direction.kind) {
    case 'absolute':
    case 'relative':
      return { now: direction, later: undefined };
    case 'forward':
    case 'backward': {
      const { count } = direction;
      if (maxRows <= 0 || (count !== 'all' && count <= maxRows)) return { now: direction, later: undefined };
      const rest = count === 'all' ? 'all' : count - maxRows;
      return { now: { kind: direction.kind, count: maxRows }, later: { kind: direction.kind, count: rest } };
    }
  }
}
