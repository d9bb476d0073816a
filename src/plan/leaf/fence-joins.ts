/**
 * Leaves that are joined with what can raise.
 *
 * A warehouse that joins a leaf's own tables one by one, with others in between, runs what raises over visible rows of
 * another relation only if hidden rows of this one are there to meet it: the error tells that they exist. So these
 * leaves are fenced as well, and each is complete before anything meets it.
 */
import type { Bound, BoundQuery, BoundSelect, FromItem, LeafRelation, Relation } from '../bound/bound.ts';
import { childrenOf, mapChildren, relationsOf } from '../bound/walk.ts';
import type { Routine } from '../routines/routines.ts';
import { eachSelect, predicatesOf } from './fence.ts';
import { mayRaise } from './may-raise.ts';

/** A relation of FROM runs an expression that can raise, in whatever clause of its query. */
export function raisesBeside({ from }: BoundSelect): boolean {
  const relations = relationsOf(from);
  return (
    relations.length > 1 &&
    relations.some((relation) => {
      const query = queryOf(relation);
      return query !== undefined && computes(query, new Set());
    })
  );
}

function queryOf(relation: Relation): BoundQuery | undefined {
  if (relation.kind === 'derived') return relation.query;
  return relation.kind === 'cte' ? relation.cte.query : undefined;
}

function computes(query: BoundQuery, seen: Set<BoundQuery>): boolean {
  if (seen.has(query)) return false;
  seen.add(query);
  let raises = false;
  eachSelect(query, (select) => {
    const exprs = [...select.items, ...predicatesOf(select), ...(select.grouping?.keys ?? [])];
    raises ||= exprs.some((expr) => mayRaise(withoutCalls(expr)));
    raises ||= relationsOf(select.from).some((relation) => {
      const inner = relation.kind === 'cte' ? queryOf(relation) : undefined;
      return inner !== undefined && computes(inner, seen);
    });
  });
  return raises;
}

/** Aggregates and window functions that cannot raise over any values. */
const TOTAL = new Set(['count', 'min', 'max', 'bool_and', 'bool_or', 'every', 'row_number', 'rank', 'dense_rank']);

const EXACT: readonly (Routine['parameters'][number] | undefined)[] = ['int2', 'int4', 'int8', 'numeric'];

/** The expression with each aggregate that cannot raise by itself replaced by its arguments. */
function withoutCalls(bound: Bound): Bound {
  if (bound.kind !== 'aggregate' && bound.kind !== 'window') return mapChildren(bound, withoutCalls);
  const { routine } = bound;
  const exact =
    routine.kind !== 'author' &&
    (TOTAL.has(routine.name) ||
      ((routine.name === 'sum' || routine.name === 'avg') && EXACT.includes(routine.parameters[0])));
  if (!exact) return bound;
  return { kind: 'coalesce', args: childrenOf(bound).map(withoutCalls), type: 'text', typmod: -1 };
}

/** Leaves whose tables a warehouse may join one by one with the rest of this FROM. */
export function leavesJoined(item: FromItem): LeafRelation[] {
  if (item.kind === 'join') return [...leavesJoined(item.left), ...leavesJoined(item.right)];
  const { relation } = item;
  if (relation.kind === 'leaf') return [relation];
  const query = queryOf(relation);
  return query === undefined || !isFlat(query) ? [] : query.body.from.flatMap(leavesJoined);
}

/** A subquery that a warehouse may merge into the one around it. */
function isFlat(query: BoundQuery): query is BoundQuery & { readonly body: BoundSelect } {
  const { body, limit, offset } = query;
  return (
    body.kind === 'select' &&
    body.grouping === undefined &&
    body.distinct === false &&
    limit === undefined &&
    offset === undefined &&
    !body.items.some(hasWindow)
  );
}

function hasWindow(bound: Bound): boolean {
  return bound.kind === 'window' || childrenOf(bound).some(hasWindow);
}
