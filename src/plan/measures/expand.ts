/**
 * Measures become aggregates where they are grouped, and each relation learns which of its columns are read.
 *
 * Top down: a SELECT that groups expands its measures, which may ask the transparent subqueries below it for hidden
 * outputs; what nobody asks for is dropped, so that an unused member costs no join and needs no right.
 */
import { assertNever } from '../../errors.ts';
import type {
  Bound,
  BoundColumn,
  BoundMeasure,
  BoundQuery,
  BoundSelect,
  DerivedRelation,
  FromItem,
  LeafRelation,
} from '../bound/bound.ts';
import { boundKey, mapChildren, mapSort, relationsOf } from '../bound/walk.ts';
import { cubeAt, measureOfCube } from '../model-facts.ts';
import type { Planner } from '../planner.ts';
import { both, hasBareMeasure, mapMeasures } from './call.ts';
import { maskedMeasure, measureMasks } from './masked.ts';
import { measureTemplate } from './template.ts';
import { isTransparent } from './transparent.ts';

/** @param read output columns that somebody reads; 'all' for the statement itself */
export function expandQuery(query: BoundQuery, read: ReadonlySet<number> | 'all', planner: Planner): void {
  const { body } = query;
  switch (body.kind) {
    case 'select':
      expandSelect(body, query, isTransparent(query) ? read : 'all', planner);
      break;
    case 'set-operation':
      expandQuery(body.left, 'all', planner);
      expandQuery(body.right, 'all', planner);
      break;
    case 'values':
      for (const row of body.rows) for (const value of row) markUsed(value, planner);
      break;
    default:
      assertNever(body, 'expandQuery');
  }
  if (query.limit !== undefined) markUsed(query.limit, planner);
  if (query.offset !== undefined) markUsed(query.offset, planner);
  for (const cte of query.ctes) if (cte.query !== undefined) expandQuery(cte.query, 'all', planner);
}

function expandSelect(
  select: BoundSelect,
  query: BoundQuery,
  read: ReadonlySet<number> | 'all',
  planner: Planner,
): void {
  const grouped = select.grouping !== undefined;
  const expand = (bound: Bound): Bound =>
    grouped ? mapMeasures(bound, (measure) => expandMeasure(measure, planner)) : bound;
  for (const [i, item] of select.items.entries()) {
    const wanted = read === 'all' || read.has(i);
    // A measure on its way up is read through its inputs alone.
    const dropped = !wanted || (!grouped && hasBareMeasure(item));
    select.items[i] =
      dropped && item.type !== 'unknown' ? { kind: 'const', type: item.type, typmod: -1, value: null } : expand(item);
  }
  select.having = select.having && expand(select.having);
  if (typeof select.distinct !== 'boolean') select.distinct = select.distinct.map(expand);
  for (const [i, sort] of query.orderBy.entries()) query.orderBy[i] = mapSort(sort, expand);

  for (const item of select.items) markUsed(item, planner);
  if (select.where !== undefined) markUsed(select.where, planner);
  if (select.having !== undefined) markUsed(select.having, planner);
  for (const key of select.grouping?.keys ?? []) markUsed(key, planner);
  if (typeof select.distinct !== 'boolean') for (const expr of select.distinct) markUsed(expr, planner);
  for (const { by } of query.orderBy) if (by.kind === 'expr') markUsed(by.expr, planner);
  expandFrom(select.from, planner);
}

/** Conditions first, then relations from the right: LATERAL ones read those to their left. */
function expandFrom(from: readonly FromItem[], planner: Planner): void {
  const conditions = (item: FromItem): void => {
    if (item.kind !== 'join') return;
    if (item.on !== undefined) markUsed(item.on, planner);
    conditions(item.left);
    conditions(item.right);
  };
  for (const item of from) conditions(item);
  for (const relation of relationsOf(from).reverse()) {
    if (relation.kind === 'derived') expandQuery(relation.query, relation.used, planner);
    else if (relation.kind === 'function') markUsed(relation.call, planner);
  }
}

/** Marks the columns that an expression reads; queries inside it are expanded as they stand. */
export function markUsed(bound: Bound, planner: Planner): void {
  if (bound.kind === 'column') {
    const { relation, slot } = bound;
    if (relation.kind === 'leaf' || relation.kind === 'derived') relation.used.add(slot);
    return;
  }
  if (bound.kind === 'subquery') expandQuery(bound.query, 'all', planner);
  mapChildren(bound, (child) => {
    markUsed(child, planner);
    return child;
  });
}

/** The aggregate that a measure is at the SELECT which reads `measure.relation` in its FROM. */
function expandMeasure(measure: BoundMeasure, planner: Planner): Bound {
  const { relation, slot, filter } = measure;
  if (relation.kind === 'leaf') {
    const column = relation.table.columns[slot];
    if (column === undefined) throw new Error(`table ${relation.table.name} has no column ${slot}`);
    relation.measures.add(slot);
    return restrict(measureOfLeaf(measure, relation, column, planner), filter);
  }
  const { body } = relation.query;
  const item = body.kind === 'select' ? body.items[slot] : undefined;
  if (item === undefined) throw new Error('a measure travels through a SELECT only');
  const inner = mapMeasures(item, (below) => expandMeasure(below, planner));
  return restrict(liftColumns(inner, relation), filter);
}

function measureOfLeaf(
  { part }: BoundMeasure,
  leaf: LeafRelation,
  { name, path, member }: LeafRelation['table']['columns'][number],
  planner: Planner,
): Bound {
  // What follows a stage of a measure is that measure still.
  if (part !== undefined) {
    const masks = part.done > 0 ? 'below' : 'own';
    return measureTemplate(leaf, part.path, part.member, planner, { done: part.done, masks });
  }
  const masks = measureMasks(planner.masks(leaf).column(name));
  return masks === 'masked'
    ? maskedMeasure(leaf, path, measureOfCube(planner.model, cubeAt(leaf.table.root, path), member), planner)
    : measureTemplate(leaf, path, member, planner, { masks });
}

/** Adds a condition to every aggregate of an expanded measure. */
function restrict(bound: Bound, filter: Bound | undefined): Bound {
  if (filter === undefined) return bound;
  if (bound.kind === 'aggregate') return { ...bound, filter: both(bound.filter, filter) };
  return mapChildren(bound, (child) => restrict(child, filter));
}

/** Rewrites columns of the relations inside a transparent subquery to (hidden) outputs of it. */
function liftColumns(bound: Bound, relation: DerivedRelation): Bound {
  if (bound.kind === 'column') return hiddenOutput(relation, bound);
  return mapChildren(bound, (child) => liftColumns(child, relation));
}

function hiddenOutput(relation: DerivedRelation, column: BoundColumn): BoundColumn {
  const { body, columns } = relation.query;
  if (body.kind !== 'select') throw new Error('only a SELECT has hidden outputs');
  const key = boundKey(column);
  const known = body.items.findIndex((item, i) => i >= columns.length && boundKey(item) === key);
  const slot = known >= 0 ? known : body.items.push(column) - 1;
  relation.used.add(slot);
  return { kind: 'column', relation, slot, type: column.type, typmod: column.typmod };
}

/** A column of a relation as the SELECT sees it that reads the relation directly or through transparent subqueries. */
export function liftFromBelow(from: readonly FromItem[], column: BoundColumn): BoundColumn | undefined {
  for (const relation of relationsOf(from)) {
    if (relation === column.relation) {
      if (relation.kind === 'leaf' || relation.kind === 'derived') relation.used.add(column.slot);
      return column;
    }
    if (relation.kind !== 'derived' || !isTransparent(relation.query)) continue;
    const inner = liftFromBelow(relation.query.body.from, column);
    if (inner !== undefined) return hiddenOutput(relation, inner);
  }
  return undefined;
}
