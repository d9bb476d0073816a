/** Relations and queries that are made new, before anything is asked of them. */
import type { ExposedTable } from '../../access/exposed.ts';
import type { BoundBody, BoundQuery, BoundSelect, DerivedRelation, LeafRelation, OutputColumn } from './bound.ts';

type Ids = { readonly nextId: () => number };

/** A reference of a table. @param at where the client wrote it, undefined where the planner did */
export function leafOver(table: ExposedTable, at: number | undefined, ids: Ids): LeafRelation {
  return {
    kind: 'leaf',
    id: ids.nextId(),
    table,
    inputs: [],
    used: new Set(),
    measures: new Set(),
    lifted: new Set(),
    at,
  };
}

/** A SELECT without DISTINCT and HAVING, and without groups unless `parts` has them. */
export function selectOver(
  parts: Pick<BoundSelect, 'items' | 'from' | 'where'> & Partial<Pick<BoundSelect, 'grouping'>>,
  ids: Ids,
): BoundSelect {
  return { kind: 'select', id: ids.nextId(), distinct: false, grouping: undefined, having: undefined, ...parts };
}

/** A query of its body alone: no WITH, no order, every row. */
export function queryOf<Body extends BoundBody>(
  body: Body,
  columns: readonly OutputColumn[],
): BoundQuery & { readonly body: Body } {
  return {
    ctes: [],
    recursive: false,
    body,
    orderBy: [],
    limit: undefined,
    offset: undefined,
    withTies: false,
    columns,
  };
}

/** A subquery in FROM. */
export function derivedFrom<Query extends BoundQuery>(
  query: Query,
  lateral: boolean,
  ids: Ids,
): DerivedRelation & { readonly query: Query } {
  return { kind: 'derived', id: ids.nextId(), query, lateral, used: new Set() };
}
