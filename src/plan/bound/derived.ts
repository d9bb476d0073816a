/** Subqueries that the planner itself puts into FROM. */
import type { Planner } from '../planner.ts';
import type { BoundSelect, DerivedRelation } from './bound.ts';

/** A subquery in FROM, before anything is asked of it. */
export function derivedOver(
  parts: Pick<BoundSelect, 'items' | 'from' | 'where'>,
  lateral: boolean,
  planner: Planner,
): DerivedRelation & { readonly query: { readonly body: BoundSelect } } {
  const body: BoundSelect = {
    kind: 'select',
    id: planner.nextId(),
    distinct: false,
    grouping: undefined,
    having: undefined,
    ...parts,
  };
  const query = {
    ctes: [],
    recursive: false,
    body,
    orderBy: [],
    limit: undefined,
    offset: undefined,
    withTies: false,
    columns: [],
  };
  return { kind: 'derived', id: planner.nextId(), query, lateral, used: new Set() };
}
