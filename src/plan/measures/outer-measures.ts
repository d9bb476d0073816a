/**
 * Measures of an outer query inside a subquery of its SELECT list, HAVING, ORDER BY or DISTINCT ON:
 * `SELECT status, (SELECT count(*) FROM goals g WHERE g.least <= orders.revenue) FROM orders GROUP BY 1`.
 *
 * Such a SELECT is put over its own groups: what it groups becomes a subquery in FROM that gives keys, aggregates and
 * measures, and everything that is evaluated once per group reads columns of that.
 */
import { notSupported } from '../../errors.ts';
import type { Bound, BoundQuery, BoundSelect, Grouping, Relation } from '../bound/bound.ts';
import { forEachExpr, forEachOwnExpr, mapChildren, mapSelect, relationsOf, visitBound } from '../bound/walk.ts';
import type { Planner } from '../planner.ts';
import { columnsOver, readFromGroups, selectFromGroups } from '../stages/groups.ts';

/**
 * Rewrites every SELECT of the query that needs it, in place.
 * @throws SqlError 0A000 where a subquery asks for a measure of a query that does not group, or before it has grouped
 */
export function liftOuterMeasures(query: BoundQuery, planner: Planner): void {
  liftAll(query, planner);
  forEachExpr(query, (top) =>
    visitBound(top, (bound) => {
      if (bound.kind !== 'outer-measure') return true;
      throw notSupported(`measure "${bound.measure.name}" of an outer query`, {
        hint: 'Group the outer query, and use the measure in its SELECT list, HAVING or ORDER BY.',
        position: bound.measure.at,
      });
    }),
  );
}

function liftAll(query: BoundQuery, planner: Planner): void {
  for (const cte of query.ctes) if (cte.query !== undefined) liftAll(cte.query, planner);
  const { body } = query;
  if (body.kind === 'set-operation') {
    liftAll(body.left, planner);
    liftAll(body.right, planner);
  }
  if (body.kind === 'select') {
    if (body.grouping !== undefined && asksForOwn(query, body)) putOverGroups(query, body, body.grouping, planner);
    for (const relation of relationsOf(body.from)) if (relation.kind === 'derived') liftAll(relation.query, planner);
  }
  const lift = (bound: Bound): Bound => mapChildren(bound, lift, (subquery) => liftAll(subquery, planner));
  forEachOwnExpr(query, lift);
}

/** True if something that is evaluated per group asks for a measure of this SELECT from inside a subquery. */
function asksForOwn(query: BoundQuery, select: BoundSelect): boolean {
  const own = new Set<Relation>(relationsOf(select.from));
  let asks = false;
  mapSelect(query, select, (top) => {
    visitBound(top, (bound) => {
      if (bound.kind === 'outer-measure' && own.has(bound.measure.relation)) asks = true;
      return !asks;
    });
    return top;
  });
  return asks;
}

function putOverGroups(query: BoundQuery, select: BoundSelect, grouping: Grouping, planner: Planner): void {
  const own = new Set<Relation>(relationsOf(select.from));
  const groups = columnsOver({ from: select.from, where: select.where }, grouping, planner);
  readFromGroups(query, select, grouping, groups, {
    measure: (measure) => groups.column({ ...measure, called: true }),
    other: (bound) =>
      bound.kind === 'outer-measure' && own.has(bound.measure.relation) ? groups.column(bound.measure) : undefined,
  });
  selectFromGroups(select, { kind: 'relation', relation: groups.relation });
}
