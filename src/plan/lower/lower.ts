/**
 * The bound statement → the tree that is printed: generated names only, never the client's spelling.
 */
import { assertNever, notSupported } from '../../errors.ts';
import type { Cte, Expr, GroupBy, GroupItem, Query, QueryBody, SelectItem, SortItem, TableRef } from '../../sql/ast.ts';
import type { PgType } from '../../sql/types.ts';
import type {
  BoundCte,
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
import { columnNames, lowerCarrying } from './carrying.ts';
import { lowerExpr } from './expression.ts';
import { losesGroups } from './lost-groups.ts';

export type LowerContext = {
  readonly dialect: Dialect;
  /** Final types of the client's parameters. */
  readonly parameterTypes: readonly PgType[];
  /** The secured, fenced subquery of a leaf. */
  readonly leaf: (leaf: LeafRelation) => Query;
  /** Index of a bound value of the gateway's own. */
  readonly bind: (source: GatewayBind) => number;
  /** The SELECT whose results an expression is computed from: see Scope. */
  readonly select?: BoundSelect | undefined;
};

/** Values that the gateway binds behind the client's own parameters. */
export type GatewayBind =
  | { readonly kind: 'policy'; readonly index: number }
  | { readonly kind: 'session'; readonly name: string };

/** Makes a value of a query's column what its neighbours are: the columns of the other arm, what it is compared with. */
export type AsColumn = (slot: number, value: Expr) => Expr;

/** Who reads a query: the client, an expression, or a FROM clause, which takes along what shows its columns. */
export type QueryRole =
  | 'result'
  | 'inner'
  | { readonly carrying: readonly number[]; readonly as?: AsColumn | undefined };

export function lowerQuery(query: BoundQuery, context: LowerContext, role: QueryRole = 'inner'): Query {
  const { dialect } = context;
  if (query.withTies && dialect.name === 'duckdb') throw notSupported('FETCH … WITH TIES on DuckDB');
  const ctes = query.ctes.flatMap((cte): Cte[] => (cte.query === undefined ? [] : [lowerCte(cte, cte.query, context)]));
  const slots = role === 'result' ? (dialect.shownSlots?.(query) ?? []) : role === 'inner' ? [] : role.carrying;
  const as = typeof role === 'string' ? undefined : role.as;
  const { body, orderBy } =
    slots.length > 0
      ? lowerCarrying(query, { slots, as }, role === 'result', context)
      : {
          body: lowerBody(query, as, context),
          orderBy: query.orderBy.map((sort) => lowerSort(sort, selectScope(query, context))),
        };
  return {
    with: ctes.length === 0 ? undefined : { recursive: query.recursive, ctes },
    body,
    orderBy,
    limit: query.limit && lowerExpr(query.limit, context),
    offset: query.offset && lowerExpr(query.offset, context),
    withTies: query.withTies,
  };
}

/** A query of FROM or WITH, with the hidden columns that show its own. */
function lowerShown(query: BoundQuery, context: LowerContext): Query {
  return lowerQuery(query, context, { carrying: context.dialect.shownSlots?.(query) ?? [] });
}

function lowerCte(cte: BoundCte, query: BoundQuery, context: LowerContext): Cte {
  const { recursive } = cte;
  const slots = context.dialect.shownSlots?.(query) ?? [];
  const { body } = query;
  if (recursive && slots.length > 0 && body.kind === 'set-operation' && !body.all)
    throw notSupported('UNION of numerics in a recursive query on DuckDB', { hint: 'Use UNION ALL.' });
  return {
    name: `q${cte.id}`,
    columns: columnNames(query, slots),
    materialized: cte.materialized,
    query: lowerShown(query, context),
  };
}

function selectScope({ body }: BoundQuery, context: LowerContext): LowerContext {
  return { ...context, select: body.kind === 'select' ? body : undefined };
}

function lowerBody(query: BoundQuery, as: AsColumn | undefined, context: LowerContext): QueryBody {
  const { body } = query;
  const alike = asColumnsOf(query, as, context);
  switch (body.kind) {
    case 'select':
      return lowerSelect(body, lowerItems(body, as, context), context);
    case 'set-operation': {
      const arm = (of: BoundQuery): Query => lowerQuery(of, context, { carrying: [], as: alike });
      return {
        kind: 'set-operation',
        operator: body.operator,
        all: body.all,
        left: arm(body.left),
        right: arm(body.right),
      };
    }
    case 'values':
      return {
        kind: 'values',
        rows: body.rows.map((row) => row.map((value, slot) => alike(slot, lowerExpr(value, context)))),
      };
    default:
      return assertNever(body, 'lowerBody');
  }
}

/** What unites the arms of a set operation, and the rows of VALUES. @param as what their columns are cast to then */
export function asColumnsOf(query: BoundQuery, as: AsColumn | undefined, { dialect }: LowerContext): AsColumn {
  return (slot, value) => {
    const made = dialect.asColumnOf?.(query, slot, value) ?? value;
    return as?.(slot, made) ?? made;
  };
}

export function lowerItems(select: BoundSelect, as: AsColumn | undefined, context: LowerContext): SelectItem[] {
  const results = { ...context, select };
  return select.items.map((item, i) => {
    const expr = lowerExpr(item, results);
    return { kind: 'expr', expr: as === undefined ? expr : as(i, expr), alias: slotName(i) };
  });
}

export function lowerSelect(select: BoundSelect, items: readonly SelectItem[], context: LowerContext): QueryBody {
  const results = { ...context, select };
  if (select.items.length === 0 && context.dialect.name === 'duckdb')
    throw notSupported('an empty select list on DuckDB');
  return {
    kind: 'select',
    distinct:
      typeof select.distinct === 'boolean'
        ? select.distinct
        : select.distinct.map((expr) => sortable(lowerExpr(expr, results))),
    items,
    from: select.from.map((item) => lowerFrom(item, context)),
    where: select.where && lowerExpr(select.where, context),
    groupBy: select.grouping && lowerGrouping(select, select.grouping, context),
    having: select.having && lowerExpr(select.having, results),
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

/** @throws SqlError 0A000 for a correlated subquery that the warehouse answers wrongly */
export function checkGroups(query: BoundQuery, { dialect }: LowerContext): void {
  if (dialect.name === 'duckdb' && losesGroups(query))
    throw notSupported('DISTINCT or a set operation over an aggregate in a correlated subquery on DuckDB');
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
      const { query } = relation;
      if (relation.lateral) checkGroups(query, context);
      const slots = context.dialect.shownSlots?.(query) ?? [];
      return {
        kind: 'subquery',
        query: lowerShown(query, context),
        lateral: relation.lateral,
        alias: { name, columns: query.body.kind === 'values' ? columnNames(query, slots) : [] },
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
