/** Running a portal, whole or in portions (src/backend/tcop/pquery.c, PortalRun). */
import { SqlError, SqlState } from '../errors.ts';
import type { SessionContext } from './context.ts';
import type { Portal } from './portals.ts';
import { readOn } from './query.ts';
import { startStatement } from './statement.ts';

export type Outcome =
  | { readonly kind: 'complete'; readonly tag: string }
  | { readonly kind: 'suspended' }
  | { readonly kind: 'empty' };

/**
 * @param maxRows 0 for all
 * @param started called once the statement runs, before its first row
 * @throws SqlError; the portal has given up its cursor then
 */
export async function executePortal(
  context: SessionContext,
  portal: Portal,
  maxRows: number,
  started?: () => void,
): Promise<Outcome> {
  const { source } = portal.planned;
  if (source === undefined) return { kind: 'empty' };
  try {
    switch (portal.state) {
      case 'spent':
        throw new SqlError(SqlState.objectNotInPrerequisiteState, `portal "${portal.name}" cannot be run`);
      case 'done':
        return { kind: 'complete', tag: portal.tag(0) };
      case 'new': {
        const start = await startStatement(context, portal, source, maxRows === 0 ? 'all' : 'portions');
        if (start.kind === 'done') {
          portal.state = 'spent';
          return { kind: 'complete', tag: start.tag };
        }
        portal.cursor = start.cursor;
        portal.tag = start.tag;
        portal.state = 'open';
        break;
      }
      case 'open':
        readOn(context, portal);
        break;
    }
    started?.();
    return await readRows(context, portal, maxRows);
  } catch (error) {
    portal.state = 'spent';
    await portal.release();
    throw error;
  }
}

async function readRows(context: SessionContext, portal: Portal, maxRows: number): Promise<Outcome> {
  const { cursor } = portal;
  if (cursor === undefined) {
    throw new SqlError(SqlState.objectNotInPrerequisiteState, `portal "${portal.name}" cannot be run`);
  }
  const { rows, done } = await cursor.fetch(maxRows, context.sink);
  const full = maxRows > 0 && rows >= maxRows;
  if (done || !full) {
    portal.state = 'done';
    await portal.release();
  }
  // As PostgreSQL: a portion that is full is suspended, even when it was the last.
  return full ? { kind: 'suspended' } : { kind: 'complete', tag: portal.tag(rows) };
}
