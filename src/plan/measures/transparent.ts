/**
 * Transparent subqueries: their rows are the rows of what they read (contract, section 5, rule 4).
 */

import type { BoundQuery, BoundSelect } from '../bound/bound.ts';
import { visitBound } from '../bound/walk.ts';

/** A query through which measures travel and above which rows are still counted as rows of the tables below. */
export type TransparentQuery = BoundQuery & { readonly body: BoundSelect };

/**
 * DISTINCT, LIMIT, OFFSET, grouping, a window, a set operation, a set-returning function end transparency;
 * so does a SELECT without FROM, whose one row is its own.
 */
export function isTransparent(query: BoundQuery): query is TransparentQuery {
  const { body } = query;
  if (body.kind !== 'select' || query.limit !== undefined || query.offset !== undefined) return false;
  if (body.distinct !== false || body.grouping !== undefined || body.having !== undefined || body.from.length === 0)
    return false;
  return !body.items.some((item) => {
    let opaque = false;
    visitBound(item, (bound) => {
      if (bound.kind === 'window' || bound.kind === 'aggregate') opaque = true;
      if (bound.kind === 'apply' && bound.routine.returnsSet) opaque = true;
      return bound.kind !== 'subquery';
    });
    return opaque;
  });
}
