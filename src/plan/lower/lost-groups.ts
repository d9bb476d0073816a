/**
 * What DuckDB (seen in 1.5.6) gets wrong: in a correlated subquery an aggregate over no rows loses its one row where
 * DISTINCT or a set operation stands above it. `(SELECT count(*) FROM (SELECT DISTINCT sum(b.n) FROM b WHERE b.n = a.n))`
 * is 0 there, not 1.
 */
import type { BoundBody, BoundQuery, Relation } from '../bound/bound.ts';
import { forEachExpr, relationsOf, visitBound } from '../bound/walk.ts';

/** True for a subquery in an expression or of LATERAL that DuckDB would answer wrongly. */
export function losesGroups(query: BoundQuery): boolean {
  return comparesOneGroup(query) && isCorrelated(query);
}

function comparesOneGroup(query: BoundQuery): boolean {
  return (comparesRows(query.body) && hasOneGroup(query)) || innerQueries(query).some(comparesOneGroup);
}

function comparesRows(body: BoundBody): boolean {
  return body.kind === 'set-operation' || (body.kind === 'select' && body.distinct !== false);
}

function hasOneGroup(query: BoundQuery): boolean {
  const { body } = query;
  const sets = body.kind === 'select' ? (body.grouping?.sets ?? []) : [];
  return sets.some((set) => set.length === 0) || innerQueries(query).some(hasOneGroup);
}

function innerQueries({ body }: BoundQuery): readonly BoundQuery[] {
  if (body.kind === 'set-operation') return [body.left, body.right];
  if (body.kind === 'values') return [];
  return relationsOf(body.from).flatMap((relation) => (relation.kind === 'derived' ? [relation.query] : []));
}

/** True if it reads a relation that is not of its own. */
function isCorrelated(query: BoundQuery): boolean {
  const own = new Set<Relation>();
  const read = new Set<Relation>();
  collect(query, own, read);
  return [...read].some((relation) => ![...own].some(({ id }) => id === relation.id));
}

function collect(query: BoundQuery, own: Set<Relation>, read: Set<Relation>): void {
  for (const inner of innerQueries(query)) collect(inner, own, read);
  if (query.body.kind === 'select') for (const relation of relationsOf(query.body.from)) own.add(relation);
  forEachExpr(query, (top) =>
    visitBound(top, (bound) => {
      if (bound.kind === 'column') read.add(bound.relation);
      if (bound.kind === 'subquery') collect(bound.query, own, read);
      return true;
    }),
  );
}
