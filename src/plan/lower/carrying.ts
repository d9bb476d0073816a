/**
 * Queries whose columns travel with hidden ones that say how they are shown (Dialect.shownSlots). Rows are compared,
 * sorted and grouped by the values; what shows them comes along.
 */
import { assertNever, notSupported } from '../../errors.ts';
import type { Expr, Query, QueryBody, SelectItem, SortItem, TableRef } from '../../sql/ast.ts';
import { conjunction, selectQuery } from '../../sql/select.ts';
import type { Bound, BoundQuery, BoundSelect, BoundSetOperation, BoundSort } from '../bound/bound.ts';
import { boundKey } from '../bound/walk.ts';
import { slotName } from '../leaf/secure.ts';
import { scopeOf } from './expression.ts';
import {
  type AsColumn,
  asColumnsOf,
  type LowerContext,
  lowerItems,
  lowerQuery,
  lowerSelect,
  lowerSort,
} from './lower.ts';

/** Name of the hidden column behind a column of a query in FROM or WITH. */
export function hiddenName(query: BoundQuery, slot: number): string {
  return slotName(width(query) + slot);
}

/** All columns of a query that carries: its own, then the hidden ones. */
export function columnNames(query: BoundQuery, slots: readonly number[]): string[] {
  return [...ownNames(query), ...slots.map((slot) => hiddenName(query, slot))];
}

function ownNames(query: BoundQuery): string[] {
  return Array.from({ length: width(query) }, (_, i) => slotName(i));
}

/** A set operation's columns have the names of its first arm's. */
function width({ body, columns }: BoundQuery): number {
  if (body.kind === 'set-operation') return width(body.left);
  return body.kind === 'select' ? body.items.length : columns.length;
}

/** The columns that are carried, and what they are cast to. */
type Carrying = { readonly slots: readonly number[]; readonly as: AsColumn | undefined };
type Carried = { readonly body: QueryBody; readonly orderBy: readonly SortItem[] };

/** @param replaces the client reads it: what shows a column stands in its place */
export function lowerCarrying(
  query: BoundQuery,
  { slots, as }: Carrying,
  replaces: boolean,
  context: LowerContext,
): Carried {
  const { body } = query;
  if (body.kind === 'select' && body.distinct !== true) {
    const sorts = replaces ? query.orderBy.map((sort) => byValue(sort, body, slots)) : query.orderBy;
    const results = { ...context, select: body };
    return {
      body: lowerSelect(
        body,
        replaces ? shownItems(body, slots, context) : allItems(body, { slots, as }, context),
        context,
      ),
      orderBy: sorts.map((sort) => lowerSort(sort, results)),
    };
  }
  const rows = rowsOf(query, { slots, as }, context);
  const distinct = body.kind === 'select' || (body.kind === 'set-operation' && !body.all);
  if (!replaces && !distinct) return { body: rows, orderBy: query.orderBy.map((sort) => lowerSort(sort, context)) };
  return around(query, rows, slots, replaces, distinct);
}

/** The rows with their hidden columns, repeated ones too. */
function rowsOf(query: BoundQuery, { slots, as }: Carrying, context: LowerContext): QueryBody {
  const { body } = query;
  const alike = asColumnsOf(query, as, context);
  switch (body.kind) {
    case 'select': {
      const all: BoundSelect = { ...body, distinct: false };
      return lowerSelect(all, allItems(all, { slots, as }, context), context);
    }
    case 'set-operation': {
      const arm = (query: BoundQuery): Query => lowerQuery(query, context, { carrying: slots, as: alike });
      if (body.operator !== 'union') return rowsFound(body, { slots, as: alike }, context);
      return { kind: 'set-operation', operator: 'union', all: true, left: arm(body.left), right: arm(body.right) };
    }
    case 'values': {
      const { lower } = scopeOf(context);
      const shown = (value: Bound): Expr => show(value, context);
      return {
        kind: 'values',
        rows: body.rows.map((row) => [
          ...row.map((value, slot) => alike(slot, lower(value))),
          ...slots.map((slot) => shown(row[slot] as Bound)),
        ]),
      };
    }
    default:
      return assertNever(body, 'rowsOf');
  }
}

/** INTERSECT and EXCEPT: the first query's rows that the other one has, or has not. */
function rowsFound(
  { operator, all, left, right }: BoundSetOperation,
  { slots, as }: Carrying,
  context: LowerContext,
): QueryBody {
  if (all)
    throw notSupported(`${operator.toUpperCase()} ALL of numerics whose digits differ from row to row on DuckDB`, {
      hint: 'Use round(x, 2), or cast them to numeric(18, 6) or double precision.',
    });
  const names = columnNames(left, slots);
  const compared = left.columns.map(
    (_, i): Expr => ({
      kind: 'distinct-from',
      negated: true,
      left: { kind: 'column', path: ['t0', slotName(i)] },
      right: { kind: 'column', path: ['s0', slotName(i)] },
    }),
  );
  const from = (query: Query, name: string, columns: readonly string[]): TableRef => ({
    kind: 'subquery',
    query,
    lateral: false,
    alias: { name, columns },
  });
  const found: Expr = {
    kind: 'exists',
    query: selectQuery({
      items: [{ kind: 'expr', expr: { kind: 'number', text: '1' }, alias: undefined }],
      from: [from(lowerQuery(right, context, { carrying: [], as }), 's0', ownNames(right))],
      where: conjunction(compared),
    }),
  };
  return selectQuery({
    items: names.map((name) => ({ kind: 'expr', expr: { kind: 'column', path: ['t0', name] }, alias: name })),
    from: [from(lowerQuery(left, context, { carrying: slots, as }), 't0', names)],
    where: operator === 'intersect' ? found : { kind: 'not', operand: found },
  }).body;
}

function show(bound: Bound, context: LowerContext): Expr {
  const { shown } = context.dialect;
  if (shown === undefined) throw new Error('the dialect shows values as they are');
  return shown(bound, scopeOf(context));
}

function allItems(select: BoundSelect, { slots, as }: Carrying, context: LowerContext): SelectItem[] {
  const results = { ...context, select };
  const hidden = slots.map(
    (slot): SelectItem => ({
      kind: 'expr',
      expr: show(select.items[slot] as Bound, results),
      alias: slotName(select.items.length + slot),
    }),
  );
  return [...lowerItems(select, as, context), ...hidden];
}

function shownItems(select: BoundSelect, slots: readonly number[], context: LowerContext): SelectItem[] {
  const results = { ...context, select };
  return select.items.map((item, i) => ({
    kind: 'expr',
    expr: slots.includes(i) ? show(item, results) : scopeOf(results).lower(item),
    alias: slotName(i),
  }));
}

/** Sorting goes by values, not by how they are shown. */
function byValue(sort: BoundSort, { items }: BoundSelect, slots: readonly number[]): BoundSort {
  if (sort.by.kind === 'expr' || !slots.includes(sort.by.index)) return sort;
  return { ...sort, by: { kind: 'expr', expr: items[sort.by.index] as Bound } };
}

/** `SELECT [DISTINCT ON (values)] … FROM (rows) t0 ORDER BY values`. No relation has number 0. */
function around(
  query: BoundQuery,
  rows: QueryBody,
  slots: readonly number[],
  replaces: boolean,
  distinct: boolean,
): Carried {
  const column = (name: string): Expr => ({ kind: 'column', path: ['t0', name] });
  const item = (name: string, alias: string): SelectItem => ({ kind: 'expr', expr: column(name), alias });
  const own = ownNames(query);
  const names = columnNames(query, slots);
  const items = replaces
    ? own.map((name, i) => item(slots.includes(i) ? hiddenName(query, i) : name, name))
    : names.map((name) => item(name, name));
  const inner: Query = { ...selectQuery({ items: [], from: [] }), body: rows };
  const { body } = selectQuery({
    items,
    from: [{ kind: 'subquery', query: inner, lateral: false, alias: { name: 't0', columns: names } }],
  });
  return {
    body: distinct && body.kind === 'select' ? { ...body, distinct: own.map(column) } : body,
    orderBy: query.orderBy.map((sort) => ({
      expr: column(slotName(outputOf(sort, query))),
      descending: sort.descending,
      nulls: sort.nulls ?? (sort.descending ? 'first' : 'last'),
    })),
  };
}

/** What DISTINCT and set operations are sorted by is one of their columns. */
function outputOf({ by }: BoundSort, { body }: BoundQuery): number {
  if (by.kind === 'output') return by.index;
  const key = boundKey(by.expr);
  const found = body.kind === 'select' ? body.items.findIndex((item) => boundKey(item) === key) : -1;
  if (found < 0) throw new Error('a query without repeated rows is sorted by something that it does not select');
  return found;
}
