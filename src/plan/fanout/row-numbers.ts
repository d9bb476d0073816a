/**
 * Rows of relations that have no key (subqueries that are not transparent, CTEs, functions), told apart by a number:
 * in a join with them a count of rows counts theirs too (contract, section 5, "Rows").
 */
import { assertNever } from '../../errors.ts';
import type {
  Bound,
  BoundColumn,
  BoundQuery,
  BoundSelect,
  DerivedRelation,
  FromItem,
  Relation,
} from '../bound/bound.ts';
import { derivedFrom, queryOf, selectOver } from '../bound/relations.ts';
import { mapChildren, relationsOf, replaceExprs } from '../bound/walk.ts';
import { isTransparent } from '../measures/transparent.ts';
import type { Planner } from '../planner.ts';
import { rowNumber } from './repetitions.ts';

/**
 * Puts a numbered subquery around each such relation that `select` reads, through transparent subqueries too.
 * @param query the query whose body is `select`
 * @returns the column with the number, of each relation that now stands there
 */
export function numberRows(
  query: BoundQuery,
  select: BoundSelect,
  planner: Planner,
): ReadonlyMap<Relation, BoundColumn> {
  const numbers = new Map<Relation, BoundColumn>();
  for (const relation of relationsOf(select.from)) {
    if (relation.kind === 'leaf') continue;
    if (relation.kind === 'derived' && isTransparent(relation.query)) {
      for (const [inner, column] of numberRows(relation.query, relation.query.body, planner))
        numbers.set(inner, column);
      continue;
    }
    const columns = columnsOf(relation);
    const lateral = relation.kind !== 'cte' && relation.lateral;
    const over = selectOver({ items: [], from: [], where: undefined }, planner);
    const numbered = derivedFrom(queryOf(over, []), lateral, planner);
    replaceExprs(query, repointing(relation, numbered));
    const { items, from } = numbered.query.body;
    select.from = select.from.map((item) => replaceRelation(item, relation.id, numbered, from));
    items.push(...columns.map((column, slot): Bound => ({ kind: 'column', relation, slot, ...column })), numberOfRow);
    for (const slot of items.keys()) numbered.used.add(slot);
    numbers.set(numbered, { kind: 'column', relation: numbered, slot: columns.length, type: 'int8', typmod: -1 });
  }
  return numbers;
}

const numberOfRow: Bound = {
  kind: 'window',
  routine: rowNumber,
  star: false,
  args: [],
  filter: undefined,
  window: { partitionBy: [], orderBy: [], frame: undefined },
  type: 'int8',
  typmod: -1,
};

function columnsOf(relation: Exclude<Relation, { kind: 'leaf' }>): readonly Pick<BoundColumn, 'type' | 'typmod'>[] {
  const typed = ({ type, typmod }: Pick<BoundColumn, 'type' | 'typmod'>) => ({ type, typmod });
  switch (relation.kind) {
    case 'derived':
      return relation.query.columns.map(typed);
    case 'cte':
      return relation.cte.columns.map(typed);
    case 'function': {
      const { call, ordinality } = relation;
      if (call.type === 'unknown') throw new Error('a function in FROM has a type');
      const value = { type: call.type, typmod: -1 };
      return ordinality ? [value, { type: 'int8', typmod: -1 }] : [value];
    }
    default:
      return assertNever(relation, 'columnsOf');
  }
}

function repointing(from: Relation, to: DerivedRelation): (bound: Bound) => Bound {
  const repoint = (bound: Bound): Bound => {
    if (bound.kind === 'column') return bound.relation.id === from.id ? { ...bound, relation: to } : bound;
    if (bound.kind === 'subquery') replaceExprs(bound.query, repoint);
    return mapChildren(bound, repoint);
  };
  return repoint;
}

/** By id: a function in FROM is another object once its arguments are replaced. */
function replaceRelation(item: FromItem, id: number, by: DerivedRelation, inside: FromItem[]): FromItem {
  if (item.kind === 'join') {
    const on = (side: FromItem): FromItem => replaceRelation(side, id, by, inside);
    return { ...item, left: on(item.left), right: on(item.right) };
  }
  if (item.relation.id !== id) return item;
  inside.push(item);
  return { kind: 'relation', relation: by };
}
