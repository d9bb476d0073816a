/**
 * A SELECT whose aggregates need different to-many cubes, put over one grouped subquery for each such set of cubes.
 *
 *     SELECT status, revenue, units FROM baskets GROUP BY status
 *     SELECT a.status, a.revenue, b.units FROM (SELECT status, revenue FROM baskets GROUP BY status) a
 *       LEFT JOIN (SELECT status, units FROM baskets GROUP BY status) b ON b.status = a.status
 *
 * Each subquery reads a copy of the rows that makes only the joins it needs, so that rows of the one side are not
 * repeated, nor rows of two many sides multiplied. An aggregate's value never depends on what is selected beside it
 * (contract, section 5, "Rows"); conditions and keys are the same in all of them, and so are their groups.
 */
import type { CubePath } from '../../model/types.ts';
import type {
  Bound,
  BoundAggregate,
  BoundQuery,
  BoundSelect,
  FromItem,
  Grouping,
  LeafRelation,
  Relation,
} from '../bound/bound.ts';
import { boundKey, childrenOf, mapChildren, mapSelect, relationsOf, visitBound } from '../bound/walk.ts';
import { expandQuery } from '../measures/expand.ts';
import { isTransparent } from '../measures/transparent.ts';
import { isOwned, repeatsOf } from '../model-facts.ts';
import type { Planner } from '../planner.ts';
import { copyRows, type Rows, type RowsCopy } from '../stages/copy.ts';
import { allOf, type Columns, columnsOver } from '../stages/groups.ts';
import { rowConditions } from '../stages/rows.ts';
import { isHashed, sameKey } from '../stages/same-key.ts';
import { isIndifferent } from './row-value.ts';
import { leafColumns, pathsOfSlot } from './sources.ts';

/** Rewrites `select`, over this leaf alone, in place. @returns false where that cannot be done, or gains nothing */
export function splitByJoins(
  query: BoundQuery,
  select: BoundSelect,
  grouping: Grouping,
  leaf: LeafRelation,
  planner: Planner,
): boolean {
  const aggregates = aggregatesOf(query, select);
  const [set, another] = grouping.sets;
  if (set?.length !== grouping.keys.length || another !== undefined || !grouping.keys.every(isHashed)) return false;
  const conditions = rowConditions(select);
  if (![...conditions, ...grouping.keys, ...aggregates.values()].every((bound) => readsOnly(bound, leaf))) return false;
  if (!readsGroupsOnly(query, select, grouping)) return false;
  const partOf = partsByJoins(aggregates, [...conditions, ...grouping.keys], leaf, planner);
  const needed = [...new Set(partOf?.values())];
  if (partOf === undefined || needed.length < 2) return false;

  const rows = { from: [...select.from], where: select.where };
  // The reference itself is one of its copies.
  const copies = needed.map(
    (_, i): RowsCopy => (i === 0 ? { ...rows, map: (bound) => bound } : copyRows(rows, planner)),
  );
  const parts = new Map(needed.map((joins, i) => [joins, partOver(copies[i] as RowsCopy, grouping, planner)]));
  const [first, ...others] = [...parts.values()] as [Columns, ...Columns[]];
  const keyTexts = new Set(grouping.keys.map(boundKey));
  const lower = (bound: Bound): Bound => {
    const key = boundKey(bound);
    if (keyTexts.has(key) || bound.kind === 'grouping') return first.column(bound);
    const joins = partOf.get(key);
    return joins === undefined ? mapChildren(bound, lower) : (parts.get(joins) as Columns).column(bound);
  };
  mapSelect(query, select, lower);
  select.from = [
    others.reduce<FromItem>(
      (left, { relation, column }) => ({
        kind: 'join',
        type: 'left',
        left,
        right: { kind: 'relation', relation },
        on: allOf(grouping.keys.map((key) => sameKey(first.column(key), column(key)))),
      }),
      { kind: 'relation', relation: first.relation },
    ),
  ];
  select.where = select.having;
  select.having = undefined;
  select.grouping = undefined;
  for (const { from } of copies) forgetReads(from);
  for (const { relation } of parts.values()) expandQuery(relation.query, 'all', planner);
  return true;
}

/** The groups of a copy; its columns are asked for as expressions over the original. */
function partOver(copy: RowsCopy, grouping: Grouping, planner: Planner): Columns {
  const { relation, column } = columnsOver(copy, { ...grouping, keys: grouping.keys.map(copy.map) }, planner);
  return {
    relation,
    column: (value) => {
      const found = column(copy.map(value));
      relation.used.add(found.slot);
      return found;
    },
  };
}

// Which aggregates belong together

/**
 * The part of each aggregate, by `boundKey`: named by the joins that it makes. An aggregate that repeated rows do not
 * change stands where it finds what it reads, and the rows are read once less.
 * @returns undefined where parts gain nothing: one of them would make all joins and still have rows to number
 */
function partsByJoins(
  aggregates: ReadonlyMap<string, BoundAggregate>,
  shared: readonly Bound[],
  leaf: LeafRelation,
  planner: Planner,
): ReadonlyMap<string, string> | undefined {
  const { model } = planner;
  const paths = (bounds: readonly Bound[]): readonly CubePath[] =>
    bounds.flatMap(leafColumns).flatMap(({ slot }) => pathsOfSlot(leaf, slot, planner));
  const repeats = (along: readonly CubePath[]): ReadonlySet<string> => repeatsOf(model, leaf.table.root, along);
  const everywhere = [...paths(shared), ...planner.policyPaths(leaf)];
  const wanted = [...aggregates].map(([key, aggregate]) => {
    const { grain } = aggregate;
    const read = paths(childrenOf(aggregate));
    const over = grain.kind === 'cube' ? [grain.path] : read;
    const joins = repeats([...everywhere, ...read, ...over]);
    const indifferent = isIndifferent(aggregate);
    const owned = grain.kind === 'rows' || isOwned(model, leaf.table.root, grain.path);
    return { key, joins, indifferent, numbered: !indifferent && !(owned && repeats(over).size === joins.size) };
  });
  const all = new Set(wanted.flatMap(({ joins }) => [...joins]));
  if (wanted.some(({ joins, numbered }) => numbered && joins.size === all.size)) return undefined;
  const parts = new Map(wanted.flatMap(({ joins, indifferent }) => (indifferent ? [] : [[nameOf(joins), joins]])));
  const bySize = wanted.toSorted((a, b) => b.joins.size - a.joins.size);
  return new Map(
    bySize.map(({ key, joins, indifferent }) => {
      const name = nameOf(joins);
      if (!indifferent || parts.has(name)) return [key, name];
      const enough = [...parts].filter(([, made]) => [...joins].every((join) => made.has(join)));
      const [least] = enough.toSorted(([, a], [, b]) => a.size - b.size);
      if (least === undefined) parts.set(name, joins);
      return [key, least?.[0] ?? name];
    }),
  );
}

function nameOf(joins: ReadonlySet<string>): string {
  return [...joins].sort().join(' ');
}

function aggregatesOf(query: BoundQuery, select: BoundSelect): ReadonlyMap<string, BoundAggregate> {
  const found = new Map<string, BoundAggregate>();
  const find = (bound: Bound): Bound => {
    if (bound.kind === 'aggregate') found.set(boundKey(bound), bound);
    return mapChildren(bound, find);
  };
  mapSelect(query, select, find);
  return found;
}

// Where it can be done

/** Through transparent subqueries, and nothing that is read besides: no outer query, no query inside. */
function readsOnly(bound: Bound, leaf: LeafRelation): boolean {
  if (bound.kind === 'subquery') return false;
  if (bound.kind === 'column') {
    const { relation, slot } = bound;
    if (relation.kind !== 'derived' || !isTransparent(relation.query)) return relation === leaf;
    const item = relation.query.body.items[slot];
    return item !== undefined && readsOnly(item, leaf);
  }
  return childrenOf(bound).every((child) => readsOnly(child, leaf));
}

/** Behind the grouping everything is made of keys and aggregates; a subquery there reads none of the rows. */
function readsGroupsOnly(query: BoundQuery, select: BoundSelect, grouping: Grouping): boolean {
  const own = new Set<Relation>(relationsOf(select.from));
  const keyTexts = new Set(grouping.keys.map(boundKey));
  const isOwn = (bound: Bound): boolean => bound.kind === 'column' && own.has(bound.relation);
  let only = true;
  mapSelect(query, select, (top) => {
    visitBound(top, (bound) => {
      if (bound.kind === 'aggregate' || keyTexts.has(boundKey(bound))) return false;
      if (isOwn(bound)) only = false;
      if (bound.kind === 'subquery')
        visitBound(bound, (inner) => {
          if (isOwn(inner)) only = false;
          return only;
        });
      return bound.kind !== 'subquery';
    });
    return top;
  });
  return only;
}

// What each copy reads

/** Each copy reads less than the original did: what that is shows when its query is walked again. */
function forgetReads(from: Rows['from']): void {
  for (const relation of relationsOf(from)) {
    if (relation.kind === 'leaf' || relation.kind === 'derived') relation.used.clear();
    if (relation.kind === 'derived' && relation.query.body.kind === 'select') forgetReads(relation.query.body.from);
  }
}
