/**
 * IntervalStyle: in which form an interval is shown. Columns of a result are shown by the engine (engine/
 * interval-style.ts); what a query itself writes as text is written by the warehouse, whose sessions keep PostgreSQL's
 * default style, so that under another one such a query is refused.
 */
import { notSupported } from '../../errors.ts';
import type { Bound, BoundQuery } from '../bound/bound.ts';
import { childrenOf, visitQuery } from '../bound/walk.ts';

export type IntervalStyle = 'postgres' | 'iso_8601';

const WRITTEN: ReadonlySet<string> = new Set(['text', 'varchar', 'bpchar', 'json', 'jsonb']);
/** Takes its form from its argument. */
const FORMATTED = 'to_char';

/** @throws SqlError 0A000 for a query whose results hold the text of an interval in the default style */
export function checkIntervalStyle(query: BoundQuery, style: IntervalStyle): void {
  if (style === 'postgres') return;
  if (query.columns.some(({ type }) => type === 'interval[]')) throw refused('an array of intervals', style);
  visitQuery(query, (bound) => {
    if (isWritten(bound) && childrenOf(bound).some(({ type }) => type === 'interval' || type === 'interval[]'))
      throw refused('an interval as text', style);
    return true;
  });
}

function isWritten(bound: Bound): boolean {
  if (bound.kind === 'apply' && bound.routine.name === FORMATTED) return false;
  return WRITTEN.has(bound.type.replace('[]', ''));
}

function refused(what: string, style: IntervalStyle): Error {
  return notSupported(`${what} in IntervalStyle ${style}`, { hint: 'SET IntervalStyle = postgres.' });
}
