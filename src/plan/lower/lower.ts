/**
 * The bound statement → the tree that is printed: generated names only, never the client's spelling.
 */
import { assertNever, notSupported } from '../../errors.ts';
import type { Cte, Expr, GroupBy, GroupItem, Query, QueryBody, SelectItem, SortItem, TableRef } from '../../sql/ast.ts';
import type { PgType } from '../../sql/types.ts';
import type {
  Bound,
  BoundQuery,
  BoundSelect,
  BoundSort,
  FromItem,
  Grouping,
  LeafRelation,
  Relation,
} from '../bound/bound.ts';
import { visitBound } from '../bound/walk.ts';
import type { Dialect } from '../dialect.ts';
import { slotName } from '../leaf/secure.ts';
import { lowerExpr } from './expression.ts';

export type LowerContext = {
  readonly dialect: Dialect;
  /** Final types of the client's parameters. */
  readonly parameterTypes: readonly PgType[];
  /** The secured, fenced subquery of a leaf. */
  readonly leaf: (leaf: LeafRelation) => Query;
  /** Index of a bound value of the gateway's own. */
  readonly bind: (source: GatewayBind) => number;
};

/** Values that the gateway binds behind the client's own parameters. */
export type GatewayBind =
  | { readonly kind: 'policy'; readonly index: number }
  | { readonly kind: 'session'; readonly name: string };

/** Who reads a query: the client, a FROM clause, or an expression or set operation. */
export type QueryRole = 'result' | 'relation' | 'inner';

export function lowerQuery(query: BoundQuery, context: LowerContext, role: QueryRole = 'inner'): Query {
  if (query.withTies && context.dialect.name === 'duckdb') throw notSupported('FETCH … WITH TIES on DuckDB');
  const ctes = query.ctes.flatMap((cte): Cte[] =>
    cte.query === undefined
      ? []
      : [
          {
            name: `q${cte.id}`,
            columns: cteColumns(cte.query, cte.columns.length, context),
            materialized: cte.materialized,
            query: lowerQuery(cte.query, context, 'relation'),
          },
        ],
  );
  return {
    with: ctes.length === 0 ? undefined : { recursive: query.recursive, ctes },
    body: lowerBody(query, context, role),
    orderBy: query.orderBy.map((sort) => lowerSort(role === 'result' ? byValue(sort, query, context) : sort, context)),
    limit: query.limit && lowerExpr(query.limit, context),
    offset: query.offset && lowerExpr(query.offset, context),
    withTies: query.withTies,
  };
}

/** Sorting goes by values, not by how they are shown. */
function byValue(sort: BoundSort, { body }: BoundQuery, context: LowerContext): BoundSort {
  if (sort.by.kind === 'expr' || body.kind !== 'select') return sort;
  const item = body.items[sort.by.index];
  const shown = item && context.dialect.shown?.(item, body, (bound) => lowerExpr(bound, context));
  if (item === undefined || shown === undefined) return sort;
  return { ...sort, by: { kind: 'expr', expr: item } };
}

/** The columns of a CTE, and those that show others of its columns. */
function cteColumns({ body }: BoundQuery, count: number, { dialect }: LowerContext): string[] {
  const columns = Array.from({ length: count }, (_, i) => slotName(i));
  if (body.kind !== 'select' || dialect.shownColumn === undefined) return columns;
  const hidden = body.items.flatMap((_, i) => dialect.shownColumn?.(body, i) ?? []);
  return hidden.length === 0 ? columns : [...body.items.map((_, i) => slotName(i)), ...hidden];
}

function lowerBody(query: BoundQuery, context: LowerContext, role: QueryRole): QueryBody {
  const { body } = query;
  if (role === 'result') context.dialect.checkShown?.(query);
  switch (body.kind) {
    case 'select':
      return lowerSelect(body, context, role);
    case 'set-operation':
      return {
        kind: 'set-operation',
        operator: body.operator,
        all: body.all,
        left: lowerQuery(body.left, context),
        right: lowerQuery(body.right, context),
      };
    case 'values':
      return { kind: 'values', rows: body.rows.map((row) => row.map((value) => lowerExpr(value, context))) };
    default:
      return assertNever(body, 'lowerBody');
  }
}

function lowerItems(select: BoundSelect, context: LowerContext, role: QueryRole): SelectItem[] {
  const lower = (bound: Bound): Expr => lowerExpr(bound, context);
  const { dialect } = context;
  const items = select.items.map((item, i): SelectItem => {
    const shown = role === 'result' ? dialect.shown?.(item, select, lower) : undefined;
    return { kind: 'expr', expr: shown ?? lower(item), alias: slotName(i) };
  });
  if (role !== 'relation') return items;
  const hidden = select.items.flatMap((item, i): SelectItem[] => {
    const alias = dialect.shownColumn?.(select, i);
    const expr = alias && dialect.shown?.(item, select, lower);
    return expr === undefined || expr === '' ? [] : [{ kind: 'expr', expr, alias }];
  });
  return [...items, ...hidden];
}

function lowerSelect(select: BoundSelect, context: LowerContext, role: QueryRole): QueryBody {
  if (select.items.length === 0 && context.dialect.name === 'duckdb')
    throw notSupported('an empty select list on DuckDB');
  return {
    kind: 'select',
    distinct:
      typeof select.distinct === 'boolean'
        ? select.distinct
        : select.distinct.map((expr) => sortable(lowerExpr(expr, context))),
    items: lowerItems(select, context, role),
    from: select.from.map((item) => lowerFrom(item, context)),
    where: select.where && lowerExpr(select.where, context),
    groupBy: select.grouping && lowerGrouping(select, select.grouping, context),
    having: select.having && lowerExpr(select.having, context),
    windows: [],
  };
}

function lowerGrouping(select: BoundSelect, grouping: Grouping, context: LowerContext): GroupBy | undefined {
  const keys = grouping.keys.map((key): GroupItem => ({ kind: 'expr', expr: sortable(lowerExpr(key, context)) }));
  const item = (i: number): GroupItem => keys[i] as GroupItem;
  const [set, another] = grouping.sets;
  if (set !== undefined && another === undefined) {
    if (set.length > 0) return { distinct: false, items: set.map(item) };
    return aggregates(select) ? undefined : { distinct: false, items: [{ kind: 'empty' }] };
  }
  const sets = grouping.sets.map(
    (members): GroupItem => (members.length === 0 ? { kind: 'empty' } : { kind: 'list', items: members.map(item) }),
  );
  return { distinct: false, items: [{ kind: 'sets', items: sets }] };
}

/** With an aggregate in it, a SELECT without GROUP BY is one group. */
function aggregates(select: BoundSelect): boolean {
  let found = false;
  for (const bound of [...select.items, ...(select.having === undefined ? [] : [select.having])]) {
    visitBound(bound, (node) => {
      if (node.kind === 'aggregate') found = true;
      return node.kind !== 'subquery';
    });
  }
  return found;
}

/** A number alone would be an ordinal in GROUP BY and ORDER BY. */
function sortable(expr: Expr): Expr {
  return expr.kind === 'number'
    ? { kind: 'cast', operand: expr, type: { path: ['int4'], modifiers: [], dimensions: 0 } }
    : expr;
}

/** NULLs are always said, so that every warehouse sorts as PostgreSQL does. */
export function lowerSort(sort: BoundSort, context: LowerContext): SortItem {
  const expr: Expr =
    sort.by.kind === 'output'
      ? { kind: 'number', text: String(sort.by.index + 1) }
      : sortable(lowerExpr(sort.by.expr, context));
  return { expr, descending: sort.descending, nulls: sort.nulls ?? (sort.descending ? 'first' : 'last') };
}

function lowerFrom(item: FromItem, context: LowerContext): TableRef {
  if (item.kind === 'relation') return lowerRelation(item.relation, context);
  return {
    kind: 'join',
    type: item.type === 'inner' && item.on === undefined ? 'cross' : item.type,
    natural: false,
    left: lowerFrom(item.left, context),
    right: lowerFrom(item.right, context),
    on: item.on && lowerExpr(item.on, context),
    using: [],
    alias: undefined,
  };
}

export function relationName(relation: Relation): string {
  return `t${relation.id}`;
}

function lowerRelation(relation: Relation, context: LowerContext): TableRef {
  const name = relationName(relation);
  switch (relation.kind) {
    case 'leaf':
      return { kind: 'subquery', query: context.leaf(relation), lateral: false, alias: { name, columns: [] } };
    case 'derived': {
      const columns = relation.query.body.kind === 'values' ? relation.query.columns.map((_, i) => slotName(i)) : [];
      return {
        kind: 'subquery',
        query: lowerQuery(relation.query, context, 'relation'),
        lateral: relation.lateral,
        alias: { name, columns },
      };
    }
    case 'cte':
      return { kind: 'table', path: [`q${relation.cte.id}`], alias: { name, columns: [] } };
    case 'function': {
      const { call } = relation;
      if (call.kind !== 'apply') throw new Error('a function in FROM is a call');
      const columns = relation.ordinality ? [slotName(0), slotName(1)] : [slotName(0)];
      return context.dialect.tableFunction(
        call,
        call.args.map((arg) => lowerExpr(arg, context)),
        relation.ordinality,
        { name, columns },
      );
    }
    default:
      return assertNever(relation, 'lowerRelation');
  }
}
