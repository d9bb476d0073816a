/**
 * One SELECT: its clauses in PostgreSQL's order, and whether it groups (contract, section 5, rules 3–5).
 */
import { notSupported, SqlError, SqlState } from '../../errors.ts';
import type { Expr, Query, Select, SortItem } from '../../sql/ast.ts';
import type { Bound, BoundQuery, BoundSelect, BoundSort, Grouping, OutputColumn } from '../bound/bound.ts';
import { boundKey, childrenOf } from '../bound/walk.ts';
import { bareMeasures, both, hasBareMeasure, hasDimension, hasMeasure, measureOf } from '../measures/call.ts';
import type { Binder, Clause, Env, SelectState } from './binder.ts';
import { coerce, coerceToBoolean, resolved } from './coerce.ts';
import { bindWholeColumn } from './column.ts';
import { liftDefaultFilters } from './default-filters.ts';
import { bindExpr } from './expression.ts';
import { bindFrom, starColumns } from './from.ts';
import { bindGroupBy, checkGrouped, implicitGrouping } from './grouping.ts';
import { isJoinField, joinFieldElsewhere, noteJoinFieldKeys } from './join-field.ts';
import { outputName } from './output-name.ts';
import { bindLimit, checkSortable, outputIndex, type QueryPlace } from './query.ts';
import type { Namespace, Scope } from './scope.ts';
import { untyped } from './set-operation.ts';
import { startOf } from './start-of.ts';

export type SelectItemBound = { readonly name: string; readonly expr: Bound; readonly at: number | undefined };

export function bindSelect(
  select: Select,
  query: Query,
  outer: Scope,
  binder: Binder,
  place: QueryPlace,
): Omit<BoundQuery, 'ctes' | 'recursive'> {
  const { from, namespace } = bindFrom(select.from, outer, binder);
  const scope: Scope = { parent: outer, namespace, ctes: new Map() };
  const state: SelectState = { aggregates: false, windows: false, returnsSet: false, namedWindows: select.windows };
  const envFor = (clause: Clause): Env => ({
    binder,
    scope,
    select: state,
    clause,
    insideAggregate: false,
    insideWindow: false,
    passesJoinField: place.travels,
  });

  const { where, having: measured } = bindWhere(select.where, envFor('WHERE'));
  liftDefaultFilters(from, [where, measured]);
  const items =
    place.existsOnly && select.groupBy === undefined
      ? bindExistsItems(select, namespace, envFor('SELECT'))
      : bindItems(select, namespace, envFor('SELECT'), place.arm ?? false);
  const explicit = select.groupBy === undefined ? undefined : bindGroupBy(select.groupBy, items, envFor('GROUP BY'));
  const ownHaving =
    select.having &&
    coerceToBoolean(binder, bindExpr(select.having, envFor('HAVING')), 'HAVING', startOf(select.having));
  const having = both(measured, ownHaving);
  const distinct =
    typeof select.distinct === 'boolean'
      ? select.distinct
      : select.distinct.map((expr) => bindSort(expr, items, envFor('DISTINCT ON')));
  const orderBy = query.orderBy.map((item) => bindOrderBy(item, items, envFor('ORDER BY')));

  const grouped = explicit !== undefined || having !== undefined || state.aggregates;
  const asOneGroup = state.aggregates || ownHaving !== undefined;
  const exprs = items.map(({ expr }) => expr);
  const sorts = orderBy.flatMap(({ by }) => (by.kind === 'expr' ? [by.expr] : []));
  const distinctOn = typeof distinct === 'boolean' ? [] : distinct;
  const hasBare = [...exprs, ...sorts, ...distinctOn].some(hasBareMeasure);

  const staysOpen =
    place.travels &&
    !grouped &&
    distinct === false &&
    query.limit === undefined &&
    query.offset === undefined &&
    !state.windows &&
    !state.returnsSet &&
    ![...sorts, ...distinctOn].some(hasBareMeasure);
  let grouping: Grouping | undefined;
  if (grouped)
    grouping = explicit ?? (asOneGroup ? { keys: [], sets: [[]], implicit: false } : implicitGrouping(items));
  else if (hasBare && !staysOpen) grouping = implicitGrouping(items);
  if (hasBare && staysOpen) checkTravellers(items);

  const bound: BoundSelect = {
    kind: 'select',
    id: binder.nextId(),
    distinct,
    items: exprs,
    from,
    where,
    grouping,
    having,
  };
  noteJoinFieldKeys(bound, binder);
  const limits = bindLimit(query, outer, binder);
  const columns = items.map(({ name, expr }): OutputColumn => {
    const typed = resolved(expr);
    return {
      name,
      type: typed.type,
      typmod: typed.typmod,
      shown: 'shown' in expr ? expr.shown : undefined,
      measure: grouping === undefined && hasBareMeasure(expr) ? measureOf(expr) : undefined,
    };
  });
  if (distinct === true) for (const item of items) checkSortable(resolved(item.expr).type, item.at, 'equality');
  if (typeof select.distinct !== 'boolean') checkDistinctOn(select.distinct, distinctOn, orderBy, exprs);
  const sorted = staysOpen && hasBare ? [] : typeof distinct === 'boolean' ? orderBy : orderBy.map(firstOfEqual(exprs));
  const result = { body: bound, columns, orderBy: sorted, ...limits };
  checkDistinctOrder(result, query.orderBy);
  if (grouping !== undefined) return checkGrouped(result, grouping, exprs);
  return result;
}

/** A conjunct of WHERE over measures is a HAVING; one that mixes measures and dimensions is refused (rule 5). */
function bindWhere(
  where: Expr | undefined,
  env: Env,
): { readonly where: Bound | undefined; readonly having: Bound | undefined } {
  if (where === undefined) return { where: undefined, having: undefined };
  const conjuncts = where.kind === 'and' ? where.operands : [where];
  const what = where.kind === 'and' ? 'AND' : 'WHERE';
  let rows: Bound | undefined;
  let groups: Bound | undefined;
  for (const conjunct of conjuncts) {
    const bound = coerceToBoolean(env.binder, bindExpr(conjunct, env), what, startOf(conjunct));
    if (!hasMeasure(bound)) {
      rows = both(rows, bound);
      continue;
    }
    if (ownDimension(bound, env)) {
      throw new SqlError(SqlState.groupingError, 'a condition in WHERE cannot mix measures and dimensions', {
        hint: 'Separate them with AND, or use HAVING.',
        position: bareMeasures(bound)[0]?.at ?? startOf(conjunct),
      });
    }
    groups = both(groups, bound);
  }
  return { where: rows, having: groups };
}

/** True if `bound` reads a dimension of this SELECT; outer references count as constants. */
function ownDimension(bound: Bound, env: Env): boolean {
  const own = new Set(
    env.scope.namespace.tables.flatMap(({ columns }) =>
      columns.map(({ value }) => ('relation' in value ? value.relation : undefined)),
    ),
  );
  for (const { value } of env.scope.namespace.columns) if ('relation' in value) own.add(value.relation);
  const reads = (node: Bound): boolean => (node.kind === 'column' ? own.has(node.relation) : false);
  return hasDimension(bound) && someColumn(bound, reads);
}

function someColumn(bound: Bound, holds: (bound: Bound) => boolean): boolean {
  let found = false;
  const walk = (node: Bound): void => {
    if (node.kind === 'measure') return;
    if (holds(node)) found = true;
    for (const child of childrenOf(node)) walk(child);
  };
  walk(bound);
  return found;
}

// Select list

function bindItems(select: Select, namespace: Namespace, env: Env, arm = false): SelectItemBound[] {
  return select.items.flatMap((item): SelectItemBound[] => {
    if (item.kind === 'star') {
      if (select.from.length === 0) {
        throw new SqlError(SqlState.syntaxError, 'SELECT * with no tables specified is not valid', {
          position: item.at,
        });
      }
      return starColumns(namespace, item.path, item.at).map(({ name, value }) => {
        if (isJoinField(value) && !env.passesJoinField) throw joinFieldElsewhere(item.at);
        return { name, expr: value.kind === 'column' ? { ...value, at: item.at } : value, at: item.at };
      });
    }
    const bound = item.expr.kind === 'column' ? bindWholeColumn(item.expr, env) : bindExpr(item.expr, env);
    const expr = settleLiteral(bound, env, arm);
    return [{ name: item.alias ?? outputName(item.expr), expr, at: startOf(item.expr) }];
  });
}

/** Binds the list for its errors and drops it: EXISTS asks for rows alone. */
function bindExistsItems(select: Select, namespace: Namespace, env: Env): SelectItemBound[] {
  const items = bindItems(select, namespace, env);
  if (env.select?.aggregates) return items;
  return [{ name: '?column?', expr: { kind: 'const', type: 'int4', typmod: -1, value: '1' }, at: undefined }];
}

/** An untyped literal in a select list is text unless a set operation decides otherwise. */
function settleLiteral(bound: Bound, env: Env, arm: boolean): Bound {
  if (bound.type !== 'unknown') return bound;
  const settled = arm ? resolved(bound) : coerce(env.binder, bound, 'text');
  untyped.add(settled);
  return settled;
}

/** What travels is a measure or an expression over measures and constants (rule 4). */
function checkTravellers(items: readonly SelectItemBound[]): void {
  for (const { expr, at } of items) {
    if (!hasBareMeasure(expr) || !hasDimension(expr)) continue;
    throw new SqlError(
      SqlState.groupingError,
      'an expression that mixes measures and dimensions cannot be grouped by an outer query',
      {
        hint: 'Add GROUP BY inside the subquery.',
        position: bareMeasures(expr)[0]?.at ?? at,
      },
    );
  }
}

// ORDER BY and DISTINCT ON

function bindOrderBy(item: SortItem, items: readonly SelectItemBound[], env: Env): BoundSort {
  const index = outputIndex(item.expr, items);
  const base = { descending: item.descending, nulls: item.nulls };
  const sortable = (expr: Bound): void => checkSortable(resolved(expr).type, startOf(item.expr), 'ordering');
  if (index !== undefined) sortable(items[index]?.expr as Bound);
  if (index !== undefined && isJoinField(items[index]?.expr)) throw joinFieldElsewhere(startOf(item.expr));
  if (index !== undefined) return { by: { kind: 'output', index }, ...base };
  const expr = resolved(bindExpr(item.expr, env));
  sortable(expr);
  const same = items.findIndex((other) => boundKey(other.expr) === boundKey(expr));
  return same >= 0 ? { by: { kind: 'output', index: same }, ...base } : { by: { kind: 'expr', expr }, ...base };
}

function bindSort(expr: Expr, items: readonly SelectItemBound[], env: Env): Bound {
  const index = outputIndex(expr, items, 'DISTINCT ON');
  return index === undefined ? resolved(bindExpr(expr, env)) : (items[index]?.expr as Bound);
}

function checkDistinctOrder(query: Omit<BoundQuery, 'ctes' | 'recursive'>, items: readonly SortItem[]): void {
  if (query.body.kind !== 'select' || query.body.distinct !== true) return;
  const hidden = query.orderBy.findIndex(({ by }) => by.kind === 'expr');
  if (hidden >= 0) {
    const item = items[hidden];
    throw new SqlError(
      SqlState.invalidColumnReference,
      'for SELECT DISTINCT, ORDER BY expressions must appear in select list',
      { position: item && startOf(item.expr) },
    );
  }
  if (query.withTies) throw notSupported('WITH TIES with DISTINCT');
}

/** PostgreSQL takes DISTINCT ON for the first column that is equal to it, so the sort by an equal one is by that. */
function firstOfEqual(items: readonly Bound[]): (sort: BoundSort) => BoundSort {
  return (sort) => {
    if (sort.by.kind !== 'output') return sort;
    const key = boundKey(items[sort.by.index] as Bound);
    return { ...sort, by: { kind: 'output', index: items.findIndex((item) => boundKey(item) === key) } };
  };
}

/** The first sort keys must be those of DISTINCT ON, in whatever order. */
function checkDistinctOn(
  written: readonly Expr[],
  distinctOn: readonly Bound[],
  orderBy: readonly BoundSort[],
  items: readonly Bound[],
): void {
  const keys = distinctOn.map(boundKey);
  const sorts = orderBy.map(({ by }) => boundKey(by.kind === 'expr' ? by.expr : (items[by.index] as Bound)));
  const other = sorts.findIndex((key) => !keys.includes(key));
  if (other < 0) return;
  const early = new Set(sorts.slice(0, other));
  const late = keys.findIndex((key) => !early.has(key));
  const expr = written[late];
  if (expr === undefined) return;
  throw new SqlError(
    SqlState.invalidColumnReference,
    'SELECT DISTINCT ON expressions must match initial ORDER BY expressions',
    { position: startOf(expr) },
  );
}
