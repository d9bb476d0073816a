/**
 * The fence: `OFFSET 0` around a leaf whose hidden rows a predicate could otherwise see before the row filter does
 * (security study, part b). PostgreSQL and DuckDB run a predicate of WHERE, ON or a join key beside the filter when
 * they think it cheaper; one that can raise would tell what it saw.
 *
 * Conjuncts that cannot raise go inside the fence, so that indexes and partitions still serve them.
 */
import { assertNever } from '../../errors.ts';
import type { Bound, BoundQuery, BoundSelect, FromItem, LeafRelation, Relation } from '../bound/bound.ts';
import { childrenOf, relationsOf } from '../bound/walk.ts';
import { leavesJoined, raisesBeside } from './fence-joins.ts';
import { definitionsOf, mayRaise } from './may-raise.ts';

/** Leaves to fence, each with the conjuncts that move inside its fence. */
export type Fences = ReadonlyMap<LeafRelation, readonly Bound[]>;

/** @param hidesRows false for a leaf that shows all rows of a plain table: nothing to protect */
export function planFences(query: BoundQuery, hidesRows: (leaf: LeafRelation) => boolean): Fences {
  const fenced = new Map<LeafRelation, Bound[]>();
  eachSelect(query, (select) => {
    const raising = predicatesOf(select).filter((predicate) => mayRaise(predicate));
    const leaves = raising.flatMap((predicate) => leavesBehind(predicate, new Set()));
    if (raising.length > 0 || raisesBeside(select)) leaves.push(...select.from.flatMap(leavesJoined));
    for (const leaf of leaves) if (hidesRows(leaf) && !fenced.has(leaf)) fenced.set(leaf, []);
  });
  if (fenced.size > 0) eachSelect(query, (select) => moveInside(select, fenced));
  return fenced;
}

export function eachSelect(query: BoundQuery, each: (select: BoundSelect) => void): void {
  for (const cte of query.ctes) if (cte.query !== undefined) eachSelect(cte.query, each);
  const inside = (bound: Bound): void => {
    if (bound.kind === 'subquery') eachSelect(bound.query, each);
    for (const child of childrenOf(bound)) inside(child);
  };
  for (const { by } of query.orderBy) if (by.kind === 'expr') inside(by.expr);
  if (query.limit !== undefined) inside(query.limit);
  if (query.offset !== undefined) inside(query.offset);
  const { body } = query;
  switch (body.kind) {
    case 'select':
      each(body);
      for (const expr of [
        ...body.items,
        ...predicatesOf(body),
        ...(body.grouping?.keys ?? []),
        ...(typeof body.distinct === 'boolean' ? [] : body.distinct),
      ])
        inside(expr);
      for (const relation of relationsOf(body.from)) if (relation.kind === 'derived') eachSelect(relation.query, each);
      return;
    case 'set-operation':
      eachSelect(body.left, each);
      eachSelect(body.right, each);
      return;
    case 'values':
      for (const row of body.rows) for (const value of row) inside(value);
      return;
    default:
      assertNever(body, 'eachSelect');
  }
}

/** What may run before a row filter: WHERE, ON, HAVING (on group keys), arguments of functions in FROM. */
export function predicatesOf(select: BoundSelect): Bound[] {
  const found: Bound[] = [];
  if (select.where !== undefined) found.push(select.where);
  if (select.having !== undefined) found.push(select.having);
  const visit = (item: FromItem): void => {
    if (item.kind === 'relation') {
      if (item.relation.kind === 'function') found.push(item.relation.call);
      return;
    }
    if (item.on !== undefined) found.push(item.on);
    visit(item.left);
    visit(item.right);
  };
  for (const item of select.from) visit(item);
  return found;
}

/** Every leaf whose values an expression can read, through any number of subqueries. */
function leavesBehind(bound: Bound, seen: Set<string>): LeafRelation[] {
  if (bound.kind === 'column') {
    const key = `${bound.relation.id}.${bound.slot}`;
    if (seen.has(key)) return [];
    seen.add(key);
    if (bound.relation.kind === 'leaf') return [bound.relation];
    return definitionsOf(bound.relation, bound.slot).flatMap((definition) => leavesBehind(definition, seen));
  }
  const below = childrenOf(bound).flatMap((child) => leavesBehind(child, seen));
  if (bound.kind !== 'subquery') return below;
  eachSelect(bound.query, (select) => {
    for (const relation of relationsOf(select.from)) if (relation.kind === 'leaf') below.push(relation);
    for (const expr of [...select.items, ...predicatesOf(select)]) below.push(...leavesBehind(expr, seen));
  });
  return below;
}

// Moving safe conjuncts inside

function moveInside(select: BoundSelect, fenced: ReadonlyMap<LeafRelation, Bound[]>): void {
  if (select.where === undefined) return;
  const own = new Set<Relation>(relationsOf(select.from));
  const open = new Set(select.from.flatMap(preserved));
  const conjuncts = select.where.kind === 'and' ? flatten(select.where.args) : [select.where];
  const rest = conjuncts.filter((conjunct) => {
    const leaf = onlyLeaf(conjunct, own);
    const inside = leaf === undefined || !open.has(leaf) ? undefined : fenced.get(leaf);
    if (inside === undefined || mayRaise(conjunct) || hasSubquery(conjunct)) return true;
    inside.push(conjunct);
    return false;
  });
  if (rest.length === conjuncts.length) return;
  const [first, second] = rest;
  select.where =
    first === undefined || second === undefined ? first : { kind: 'and', args: rest, type: 'bool', typmod: -1 };
}

function flatten(args: readonly Bound[]): Bound[] {
  return args.flatMap((arg) => (arg.kind === 'and' ? flatten(arg.args) : [arg]));
}

function hasSubquery(bound: Bound): boolean {
  return bound.kind === 'subquery' || childrenOf(bound).some(hasSubquery);
}

/** The one leaf of this SELECT whose columns a conjunct reads directly, if it is the only relation of the SELECT's that it reads. */
function onlyLeaf(conjunct: Bound, own: ReadonlySet<Relation>): LeafRelation | undefined {
  const relations = new Set<Relation>();
  const visit = (bound: Bound): void => {
    if (bound.kind === 'column' && own.has(bound.relation)) relations.add(bound.relation);
    for (const child of childrenOf(bound)) visit(child);
  };
  visit(conjunct);
  const [only, another] = relations;
  return only?.kind === 'leaf' && another === undefined ? only : undefined;
}

/** Relations that no outer join fills with NULLs: a condition of WHERE may run before the joins there. */
function preserved(item: FromItem): Relation[] {
  if (item.kind === 'relation') return [item.relation];
  const left = item.type === 'right' || item.type === 'full' ? [] : preserved(item.left);
  const right = item.type === 'left' || item.type === 'full' ? [] : preserved(item.right);
  return [...left, ...right];
}
