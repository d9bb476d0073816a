/**
 * The fence: `OFFSET 0` around a leaf whose hidden rows a predicate could otherwise see before the row filter does
 * (security study, part b). PostgreSQL and DuckDB run a predicate of WHERE, ON or a join key beside the filter when
 * they think it cheaper; one that can raise would tell what it saw.
 *
 * Conjuncts that cannot raise go inside the fence, so that indexes and partitions still serve them.
 */
import { assertNever } from '../../errors.ts';
import { isArrayType } from '../../sql/types.ts';
import type { Bound, BoundQuery, BoundSelect, FromItem, LeafRelation, Relation } from '../bound/bound.ts';
import { childrenOf, mapChildren, relationsOf } from '../bound/walk.ts';
import { castIsLeakproof } from '../routines/coercion.ts';
import type { Routine } from '../routines/routines.ts';
import { isColumn } from './leaf-sql.ts';

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

function eachSelect(query: BoundQuery, each: (select: BoundSelect) => void): void {
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
function predicatesOf(select: BoundSelect): Bound[] {
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

// Joins
//
// A warehouse that joins a leaf's own tables one by one, with others in between, runs what raises over visible rows of
// another relation only if hidden rows of this one are there to meet it: the error tells that they exist. So the leaves
// that are joined with what can raise are fenced as well, and each is complete before anything meets it.

/** A relation of FROM runs an expression that can raise, in whatever clause of its query. */
function raisesBeside({ from }: BoundSelect): boolean {
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
function leavesJoined(item: FromItem): LeafRelation[] {
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

// Raising

/** True unless the expression, and those behind the columns it reads, cannot raise whatever the values. */
export function mayRaise(bound: Bound, seen = new Set<BoundQuery>()): boolean {
  const below = (): boolean => childrenOf(bound).some((child) => mayRaise(child, seen));
  switch (bound.kind) {
    case 'const':
    case 'parameter':
    case 'policy-value':
    case 'session-value':
    case 'measure':
      return false;
    case 'column':
      if (bound.relation.kind === 'leaf') return slotMayRaise(bound.relation, bound.slot);
      return definitionsOf(bound.relation, bound.slot).some((definition) => mayRaise(definition, seen));
    case 'apply':
      return !cannotRaise(bound.routine) || below();
    case 'cast':
      return (
        bound.arg.type === 'unknown' || !castIsLeakproof(bound.arg.type, bound.type, bound.typmod !== -1) || below()
      );
    case 'like':
      return !isSafePattern(bound.pattern) || bound.escape !== undefined || bound.variant === 'similar' || below();
    case 'in':
    case 'distinct-from':
    case 'nullif':
    case 'quantified':
      return !cannotRaise(bound.routine) || below();
    case 'row-compare':
      return bound.routines.some((routine) => !cannotRaise(routine)) || below();
    case 'and':
    case 'or':
    case 'not':
    case 'is':
    case 'case':
    case 'coalesce':
    case 'collate':
      return below();
    case 'array':
      // Arrays of arrays must have one length.
      return bound.items.some(({ type }) => type !== 'unknown' && isArrayType(type)) || below();
    case 'greatest':
    case 'least':
    case 'subscript':
    case 'slice':
    case 'sql-value':
    case 'aggregate':
    case 'window':
    case 'grouping':
    case 'author':
      // An aggregate is computed above its rows' filters; as part of a predicate on groups it is left where it stands.
      return bound.kind === 'aggregate' || bound.kind === 'window' || bound.kind === 'author' || below();
    case 'subquery':
      if (seen.has(bound.query)) return false;
      seen.add(bound.query);
      return (bound.form === 'scalar' && !isOneRow(bound.query)) || below() || queryMayRaise(bound.query, seen);
    default:
      return assertNever(bound, 'mayRaise');
  }
}

/** The author's own SQL behind a column of a leaf, or behind a hidden input of it. */
function slotMayRaise(leaf: LeafRelation, slot: number): boolean {
  const column = leaf.table.columns[slot];
  if (column !== undefined) return column.mayRaise;
  const input = leaf.inputs[slot - leaf.table.columns.length];
  if (input?.kind !== 'measure-input') return true;
  return input.filters.length > 0 || (input.sql !== undefined && !isColumn(input.sql));
}

/** At most one row whatever the data: a scalar subquery of more raises. */
function isOneRow({ body, limit }: BoundQuery): boolean {
  if (limit?.kind === 'const' && (limit.value === '1' || limit.value === '0')) return true;
  if (body.kind === 'values') return body.rows.length <= 1;
  if (body.kind !== 'select') return false;
  if (body.grouping === undefined) return body.from.length === 0 && !body.items.some(returnsSet);
  const [set, another] = body.grouping.sets;
  return set !== undefined && set.length === 0 && another === undefined && !body.items.some(returnsSet);
}

function returnsSet(bound: Bound): boolean {
  return (bound.kind === 'apply' && bound.routine.returnsSet) || childrenOf(bound).some(returnsSet);
}

function queryMayRaise(query: BoundQuery, seen: Set<BoundQuery>): boolean {
  let raises = false;
  eachSelect(query, (select) => {
    raises ||= [...select.items, ...predicatesOf(select)].some((bound) => mayRaise(bound, seen));
  });
  return raises;
}

const COMPARISONS = new Set(['=', '<>', '<', '<=', '>', '>=']);
/** Types whose comparison is total but not marked leakproof by PostgreSQL; test/plan/cannot-raise.test.ts tries their whole range. */
const COMPARABLE = new Set([
  'bool',
  'int2',
  'int4',
  'int8',
  'numeric',
  'float4',
  'float8',
  'text',
  'varchar',
  'bpchar',
  'date',
  'time',
  'timestamp',
  'timestamptz',
  'interval',
  'uuid',
  'bytea',
]);

export function cannotRaise(routine: Routine): boolean {
  if (routine.leakproof) return true;
  const [left, right] = routine.parameters;
  return (
    routine.kind === 'operator' &&
    COMPARISONS.has(routine.name) &&
    left === right &&
    left !== undefined &&
    COMPARABLE.has(left)
  );
}

/** A literal pattern that does not end in the escape character: LIKE cannot raise over it. */
export function isSafePattern(pattern: Bound): boolean {
  return pattern.kind === 'const' && pattern.value !== null && !pattern.value.endsWith('\\');
}

// Columns and what is behind them

function definitionsOf(relation: Relation, slot: number): readonly Bound[] {
  switch (relation.kind) {
    case 'leaf':
      return [];
    case 'derived':
      return outputsOf(relation.query, slot);
    case 'cte':
      return relation.cte.query === undefined ? [] : outputsOf(relation.cte.query, slot);
    case 'function':
      return relation.call.kind === 'apply' ? relation.call.args : [relation.call];
    default:
      return assertNever(relation, 'definitionsOf');
  }
}

const visiting = new Set<BoundQuery>();

/** A recursive query refers to itself; once round is enough. */
function outputsOf(query: BoundQuery, slot: number): readonly Bound[] {
  if (visiting.has(query)) return [];
  visiting.add(query);
  try {
    const { body } = query;
    switch (body.kind) {
      case 'select': {
        const item = body.items[slot];
        return item === undefined ? [] : [item];
      }
      case 'set-operation':
        return [...outputsOf(body.left, slot), ...outputsOf(body.right, slot)];
      case 'values':
        return body.rows.flatMap((row) => row[slot] ?? []);
      default:
        return assertNever(body, 'outputsOf');
    }
  } finally {
    visiting.delete(query);
  }
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
