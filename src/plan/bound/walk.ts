/**
 * One walker for bound expressions: every pass that looks for something or replaces something goes through here.
 */
import { assertNever } from '../../errors.ts';
import type { Routine } from '../routines/routines.ts';
import type {
  Bound,
  BoundFrame,
  BoundFrameBound,
  BoundQuery,
  BoundSelect,
  BoundSort,
  BoundWindow,
  FromItem,
  Relation,
} from './bound.ts';

/** Rebuilds `bound` with each direct child replaced; queries inside subqueries are given to `onQuery`. */
export function mapChildren(
  bound: Bound,
  map: (child: Bound) => Bound,
  onQuery: (query: BoundQuery) => void = () => {},
): Bound {
  const maybe = (child: Bound | undefined): Bound | undefined => (child === undefined ? undefined : map(child));
  switch (bound.kind) {
    case 'const':
    case 'parameter':
    case 'policy-value':
    case 'column':
    case 'outer-measure':
    case 'sql-value':
    case 'session-value':
      return bound;
    case 'measure':
      return { ...bound, filter: maybe(bound.filter) };
    case 'apply':
    case 'and':
    case 'or':
    case 'coalesce':
    case 'greatest':
    case 'least':
    case 'grouping':
      return { ...bound, args: bound.args.map(map) };
    case 'not':
    case 'is':
    case 'cast':
    case 'collate':
      return { ...bound, arg: map(bound.arg) };
    case 'bin':
      return { ...bound, start: map(bound.start), moment: map(bound.moment) };
    case 'distinct-from':
    case 'nullif':
      return { ...bound, left: map(bound.left), right: map(bound.right) };
    case 'in':
      return { ...bound, arg: map(bound.arg), items: bound.items.map(map) };
    case 'like':
      return { ...bound, arg: map(bound.arg), pattern: map(bound.pattern), escape: maybe(bound.escape) };
    case 'quantified':
      return { ...bound, left: map(bound.left), array: map(bound.array) };
    case 'row-compare':
      return { ...bound, left: bound.left.map(map), right: bound.right.map(map) };
    case 'case':
      return {
        ...bound,
        branches: bound.branches.map(({ when, then }) => ({ when: map(when), then: map(then) })),
        otherwise: maybe(bound.otherwise),
      };
    case 'array':
      return { ...bound, items: bound.items.map(map) };
    case 'subscript':
      return { ...bound, arg: map(bound.arg), index: map(bound.index) };
    case 'slice':
      return { ...bound, arg: map(bound.arg), low: maybe(bound.low), high: maybe(bound.high) };
    case 'aggregate':
      return {
        ...bound,
        args: bound.args.map(map),
        orderBy: bound.orderBy.map((sort) => mapSort(sort, map)),
        filter: maybe(bound.filter),
      };
    case 'window':
      return { ...bound, args: bound.args.map(map), filter: maybe(bound.filter), window: mapWindow(bound.window, map) };
    case 'subquery':
      onQuery(bound.query);
      return { ...bound, left: bound.left.map(map) };
    case 'author':
      return {
        ...bound,
        parts: bound.parts.map((part) => (part.kind === 'bound' ? { kind: 'bound', bound: map(part.bound) } : part)),
      };
    default:
      return assertNever(bound, 'mapChildren');
  }
}

export function mapSort(sort: BoundSort, map: (child: Bound) => Bound): BoundSort {
  return sort.by.kind === 'output' ? sort : { ...sort, by: { kind: 'expr', expr: map(sort.by.expr) } };
}

function mapWindow(window: BoundWindow, map: (child: Bound) => Bound): BoundWindow {
  return {
    partitionBy: window.partitionBy.map(map),
    orderBy: window.orderBy.map((sort) => ({ ...sort, expr: map(sort.expr) })),
    frame: window.frame === undefined ? undefined : mapFrame(window.frame, map),
  };
}

function mapFrame(frame: BoundFrame, map: (child: Bound) => Bound): BoundFrame {
  const bound = (edge: BoundFrameBound): BoundFrameBound =>
    edge.kind === 'preceding' || edge.kind === 'following' ? { ...edge, offset: map(edge.offset) } : edge;
  return { ...frame, start: bound(frame.start), end: frame.end === undefined ? undefined : bound(frame.end) };
}

/** Direct children, in no order that matters. */
export function childrenOf(bound: Bound): Bound[] {
  const children: Bound[] = [];
  mapChildren(bound, (child) => {
    children.push(child);
    return child;
  });
  return children;
}

/** Visits `bound` and all below it, subqueries' own expressions too; stops going down where `visit` returns false. */
export function visitBound(bound: Bound, visit: (bound: Bound) => boolean | undefined): void {
  if (visit(bound) === false) return;
  for (const child of childrenOf(bound)) visitBound(child, visit);
  if (bound.kind === 'subquery') visitQuery(bound.query, visit);
}

/** Visits every expression of a query and of the queries inside it. */
export function visitQuery(query: BoundQuery, visit: (bound: Bound) => boolean | undefined): void {
  forEachExpr(query, (bound) => visitBound(bound, visit));
}

/** Calls `each` with every top expression of a query, those of FROM, CTEs and set operation arms included. */
export function forEachExpr(query: BoundQuery, each: (bound: Bound) => void): void {
  replaceExprs(query, (bound) => {
    each(bound);
    return bound;
  });
}

/**
 * Replaces every top expression of a query in place: a select's own, and those of the queries below it in FROM, WITH
 * and set operations. Subqueries inside expressions are the replacer's business.
 */
export function replaceExprs(query: BoundQuery, map: (bound: Bound) => Bound): void {
  for (const cte of query.ctes) if (cte.query !== undefined) replaceExprs(cte.query, map);
  const body = query.body;
  switch (body.kind) {
    case 'select': {
      for (const [i, item] of body.items.entries()) body.items[i] = map(item);
      if (typeof body.distinct !== 'boolean') body.distinct = body.distinct.map(map);
      body.from = body.from.map((item) => replaceInFrom(item, map));
      body.where = body.where && map(body.where);
      body.having = body.having && map(body.having);
      if (body.grouping !== undefined) body.grouping = { ...body.grouping, keys: body.grouping.keys.map(map) };
      break;
    }
    case 'set-operation':
      replaceExprs(body.left, map);
      replaceExprs(body.right, map);
      break;
    case 'values':
      for (const row of body.rows) for (const [i, value] of row.entries()) (row as Bound[])[i] = map(value);
      break;
    default:
      assertNever(body, 'replaceExprs');
  }
  for (const [i, sort] of query.orderBy.entries()) query.orderBy[i] = mapSort(sort, map);
  if (query.limit !== undefined) map(query.limit);
  if (query.offset !== undefined) map(query.offset);
}

function replaceInFrom(item: FromItem, map: (bound: Bound) => Bound): FromItem {
  if (item.kind === 'join') {
    const left = replaceInFrom(item.left, map);
    const right = replaceInFrom(item.right, map);
    return { ...item, left, right, on: item.on && map(item.on) };
  }
  const { relation } = item;
  if (relation.kind === 'derived') replaceExprs(relation.query, map);
  if (relation.kind === 'function') return { ...item, relation: { ...relation, call: map(relation.call) } };
  return item;
}

/** Calls `each` with every top expression that is a query's own: not those of its CTEs, arms and derived tables. */
export function forEachOwnExpr(query: BoundQuery, each: (bound: Bound) => void): void {
  const { body } = query;
  const visit = (bound: Bound): Bound => {
    each(bound);
    return bound;
  };
  if (body.kind === 'values') for (const row of body.rows) row.forEach(each);
  if (body.kind === 'select') {
    mapSelect(query, body, visit);
    if (body.where !== undefined) each(body.where);
    body.grouping?.keys.forEach(each);
    for (const item of body.from) forEachInFrom(item, each);
  } else for (const sort of query.orderBy) mapSort(sort, visit);
  if (query.limit !== undefined) each(query.limit);
  if (query.offset !== undefined) each(query.offset);
}

function forEachInFrom(item: FromItem, each: (bound: Bound) => void): void {
  if (item.kind === 'relation') {
    if (item.relation.kind === 'function') each(item.relation.call);
    return;
  }
  if (item.on !== undefined) each(item.on);
  forEachInFrom(item.left, each);
  forEachInFrom(item.right, each);
}

/** Replaces the expressions of a SELECT that stand after grouping. */
export function mapSelect(query: BoundQuery, select: BoundSelect, map: (bound: Bound) => Bound): void {
  for (const [i, item] of select.items.entries()) select.items[i] = map(item);
  select.having = select.having && map(select.having);
  if (typeof select.distinct !== 'boolean') select.distinct = select.distinct.map(map);
  for (const [i, sort] of query.orderBy.entries()) query.orderBy[i] = mapSort(sort, map);
}

/** The relations of a FROM clause, left to right. */
export function relationsOf(from: readonly FromItem[]): Relation[] {
  return from.flatMap((item) =>
    item.kind === 'relation' ? [item.relation] : [...relationsOf([item.left]), ...relationsOf([item.right])],
  );
}

/** A text that is equal for equal expressions: columns by relation and slot, positions left out. */
export function boundKey(bound: Bound): string {
  return JSON.stringify(bound, (name, value) => {
    if (name === 'at') return undefined;
    if (name === 'relation' || name === 'query' || name === 'leaf')
      return `#${(value as { id?: number }).id ?? queryNumber(value as BoundQuery)}`;
    if (name === 'routine' || name === 'routines') return routineText(value as Routine | readonly Routine[]);
    return value;
  });
}

function routineText(routine: Routine | readonly Routine[]): string {
  return JSON.stringify(routine, ['name', 'parameters', 'path']);
}

const queryNumbers = new WeakMap<BoundQuery, string>();
let queryCount = 0;

/** Subqueries are equal only to themselves. */
function queryNumber(query: BoundQuery): string {
  const known = queryNumbers.get(query);
  if (known !== undefined) return known;
  queryCount += 1;
  queryNumbers.set(query, `q${queryCount}`);
  return `q${queryCount}`;
}
