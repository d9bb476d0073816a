/**
 * IntervalStyle: in which form an interval is shown, and read under sql_standard. Columns of a result are shown by the
 * engine (engine/interval-style.ts), literals and parameters read by the gateway; what a query itself writes as text or
 * reads from one is the warehouse's, whose sessions keep PostgreSQL's default style, so that under another one such a
 * query is refused.
 */
import { notSupported } from '../../errors.ts';
import type { IntervalStyle } from '../../wire/interval-style.ts';
import type { Bound, BoundQuery } from '../bound/bound.ts';
import { childrenOf, visitQuery } from '../bound/walk.ts';

const WRITTEN: ReadonlySet<string> = new Set(['text', 'varchar', 'bpchar', 'json', 'jsonb']);
/** Takes its form from its argument. */
const FORMATTED = 'to_char';

/** @throws SqlError 0A000 for a query that reads an interval from text, or whose results hold the text of one, in the default style */
export function checkIntervalStyle(query: BoundQuery, style: IntervalStyle): void {
  if (style === 'postgres') return;
  if (query.columns.some(({ type }) => type === 'interval[]')) throw refused('an array of intervals', style);
  visitQuery(query, (bound) => {
    if (isWritten(bound) && childrenOf(bound).some(({ type }) => type === 'interval' || type === 'interval[]'))
      throw refused('an interval as text', style);
    if (style === 'sql_standard' && isRead(bound)) throw refused('an interval from text', style);
    return true;
  });
}

function isWritten(bound: Bound): boolean {
  if (bound.kind === 'apply' && bound.routine.name === FORMATTED) return false;
  return WRITTEN.has(bound.type.replace('[]', ''));
}

/** A literal or a parameter is not, nor is it a cast: the gateway has read it. */
function isRead(bound: Bound): boolean {
  if (bound.type === 'interval[]' && (bound.kind === 'parameter' || (bound.kind === 'const' && bound.value !== null)))
    return true;
  return bound.kind === 'cast' && /^interval\b/.test(bound.type) && WRITTEN.has(bound.arg.type.replace('[]', ''));
}

function refused(what: string, style: IntervalStyle): Error {
  return notSupported(`${what} in IntervalStyle ${style}`, { hint: 'SET IntervalStyle = postgres.' });
}
