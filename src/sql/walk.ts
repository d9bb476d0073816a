/**
 * One step down the tree, for every kind: passes say what they do with a node and leave finding its children to this.
 */
import { assertNever } from '../errors.ts';
import type { Call, Expr, GroupItem, Query, QueryBody, SortItem, TableRef, WindowSpec } from './ast.ts';

/** What to put in place of a child. Each is called for direct children only and decides itself whether to go on. */
export type ChildMapper = {
  readonly expr: (expr: Expr) => Expr;
  /** Subqueries, CTEs, arms of set operations. */
  readonly query: (query: Query) => Query;
  readonly table: (ref: TableRef) => TableRef;
};

/** Rewrites a node after its children: leaves first. What is left out stays as it is. */
export type Rewriter = Partial<ChildMapper>;

/** The tree with every node rewritten, children before parents, subqueries included. */
export function mapQuery(query: Query, rewriter: Rewriter): Query {
  return deepMapper(rewriter).query(query);
}

export function mapExpr(expr: Expr, rewriter: Rewriter): Expr {
  return deepMapper(rewriter).expr(expr);
}

function deepMapper(rewriter: Rewriter): ChildMapper {
  const same = <T>(node: T): T => node;
  const { expr = same, query = same, table = same } = rewriter;
  const deep: ChildMapper = {
    expr: (node) => expr(mapExprChildren(node, deep)),
    query: (node) => query(mapQueryChildren(node, deep)),
    table: (node) => table(mapTableChildren(node, deep)),
  };
  return deep;
}

/** What to do with a node. Answering false leaves its children out. */
export type Visitor = {
  readonly expr?: (expr: Expr) => boolean | undefined;
  readonly query?: (query: Query) => boolean | undefined;
  readonly table?: (ref: TableRef) => boolean | undefined;
};

/** Meets every node, parents before children, in the order of the text. */
export function visitQuery(query: Query, visitor: Visitor): void {
  deepVisitor(visitor).query(query);
}

export function visitExpr(expr: Expr, visitor: Visitor): void {
  deepVisitor(visitor).expr(expr);
}

function deepVisitor(visitor: Visitor): ChildMapper {
  const deep: ChildMapper = {
    expr: (node) => (visitor.expr?.(node) === false ? node : mapExprChildren(node, deep)),
    query: (node) => (visitor.query?.(node) === false ? node : mapQueryChildren(node, deep)),
    table: (node) => (visitor.table?.(node) === false ? node : mapTableChildren(node, deep)),
  };
  return deep;
}

/** The query with each of its direct children replaced. */
export function mapQueryChildren(query: Query, map: ChildMapper): Query {
  return {
    with: query.with && {
      ...query.with,
      ctes: query.with.ctes.map((cte) => ({ ...cte, query: map.query(cte.query) })),
    },
    body: mapBody(query.body, map),
    orderBy: mapSort(query.orderBy, map),
    limit: query.limit && map.expr(query.limit),
    offset: query.offset && map.expr(query.offset),
    withTies: query.withTies,
  };
}

function mapBody(body: QueryBody, map: ChildMapper): QueryBody {
  switch (body.kind) {
    case 'set-operation':
      return { ...body, left: map.query(body.left), right: map.query(body.right) };
    case 'values':
      return { ...body, rows: body.rows.map((row) => row.map(map.expr)) };
    case 'select':
      return {
        kind: 'select',
        distinct: typeof body.distinct === 'boolean' ? body.distinct : body.distinct.map(map.expr),
        items: body.items.map((item) => (item.kind === 'expr' ? { ...item, expr: map.expr(item.expr) } : item)),
        from: body.from.map(map.table),
        where: body.where && map.expr(body.where),
        groupBy: body.groupBy && {
          ...body.groupBy,
          items: body.groupBy.items.map((item) => mapGroupItem(item, map)),
        },
        having: body.having && map.expr(body.having),
        windows: body.windows.map(({ name, window }) => ({ name, window: mapWindow(window, map) })),
      };
    default:
      return assertNever(body, 'walk');
  }
}

function mapGroupItem(item: GroupItem, map: ChildMapper): GroupItem {
  switch (item.kind) {
    case 'expr':
      return { ...item, expr: map.expr(item.expr) };
    case 'empty':
      return item;
    case 'list':
    case 'rollup':
    case 'cube':
    case 'sets':
      return { ...item, items: item.items.map((inner) => mapGroupItem(inner, map)) };
    default:
      return assertNever(item, 'walk');
  }
}

function mapSort(items: readonly SortItem[], map: ChildMapper): SortItem[] {
  return items.map((item) => ({ ...item, expr: map.expr(item.expr) }));
}

function mapWindow(window: WindowSpec, map: ChildMapper): WindowSpec {
  const bound = <B extends NonNullable<WindowSpec['frame']>['start']>(side: B): B =>
    'offset' in side ? { ...side, offset: map.expr(side.offset) } : side;
  return {
    base: window.base,
    partitionBy: window.partitionBy.map(map.expr),
    orderBy: mapSort(window.orderBy, map),
    frame: window.frame && {
      ...window.frame,
      start: bound(window.frame.start),
      end: window.frame.end && bound(window.frame.end),
    },
  };
}

/** The FROM item with each of its direct children replaced. */
export function mapTableChildren(ref: TableRef, map: ChildMapper): TableRef {
  switch (ref.kind) {
    case 'table':
      return ref;
    case 'subquery':
      return { ...ref, query: map.query(ref.query) };
    case 'function':
      return { ...ref, call: mapCall(ref.call, map) };
    case 'join':
      return { ...ref, left: map.table(ref.left), right: map.table(ref.right), on: ref.on && map.expr(ref.on) };
    case 'opaque-table':
      return { ...ref, text: mapOpaque(ref.text, map) };
    default:
      return assertNever(ref, 'walk');
  }
}

type Opaque = Extract<Expr, { kind: 'opaque' }>['text'];

/** The same object when no hole changed: opaque texts are told apart by identity. */
function mapOpaque(text: Opaque, map: ChildMapper): Opaque {
  const parts = text.map((part) => {
    if (part.kind === 'text') return part;
    const expr = map.expr(part.expr);
    return expr === part.expr ? part : { ...part, expr };
  });
  return parts.every((part, i) => part === text[i]) ? text : parts;
}

function mapCall(call: Call, map: ChildMapper): Call {
  return {
    ...call,
    args: call.args.map((arg) => ({ ...arg, value: map.expr(arg.value) })),
    orderBy: mapSort(call.orderBy, map),
    filter: call.filter && map.expr(call.filter),
    over: typeof call.over === 'object' ? mapWindow(call.over, map) : call.over,
  };
}

/** The expression with each of its direct children replaced; a leaf comes back itself. */
export function mapExprChildren(expr: Expr, map: ChildMapper): Expr {
  switch (expr.kind) {
    case 'column':
    case 'parameter':
    case 'null':
    case 'boolean':
    case 'number':
    case 'string':
    case 'sql-value':
    case 'bind':
      return expr;
    case 'unary':
    case 'not':
    case 'is':
    case 'cast':
    case 'collate':
    case 'field':
      return { ...expr, operand: map.expr(expr.operand) };
    case 'binary':
    case 'distinct-from':
    case 'nullif':
      return { ...expr, left: map.expr(expr.left), right: map.expr(expr.right) };
    case 'and':
    case 'or':
      return { ...expr, operands: expr.operands.map(map.expr) };
    case 'between':
      return { ...expr, operand: map.expr(expr.operand), low: map.expr(expr.low), high: map.expr(expr.high) };
    case 'in-list':
      return { ...expr, operand: map.expr(expr.operand), items: expr.items.map(map.expr) };
    case 'like':
      return {
        ...expr,
        operand: map.expr(expr.operand),
        pattern: map.expr(expr.pattern),
        escape: expr.escape && map.expr(expr.escape),
      };
    case 'quantified':
      return { ...expr, left: map.expr(expr.left), array: map.expr(expr.array) };
    case 'exists':
    case 'scalar-subquery':
    case 'array-subquery':
      return { ...expr, query: map.query(expr.query) };
    case 'quantified-subquery':
      return { ...expr, left: map.expr(expr.left), query: map.query(expr.query) };
    case 'case':
      return {
        ...expr,
        operand: expr.operand && map.expr(expr.operand),
        branches: expr.branches.map((branch) => ({ when: map.expr(branch.when), then: map.expr(branch.then) })),
        otherwise: expr.otherwise && map.expr(expr.otherwise),
      };
    case 'coalesce':
    case 'greatest':
    case 'least':
    case 'grouping':
      return { ...expr, args: expr.args.map(map.expr) };
    case 'array':
    case 'row':
      return { ...expr, items: expr.items.map(map.expr) };
    case 'subscript':
      return { ...expr, operand: map.expr(expr.operand), index: map.expr(expr.index) };
    case 'slice':
      return {
        ...expr,
        operand: map.expr(expr.operand),
        low: expr.low && map.expr(expr.low),
        high: expr.high && map.expr(expr.high),
      };
    case 'call':
      return mapCall(expr, map);
    case 'opaque':
      return { ...expr, text: mapOpaque(expr.text, map) };
    default:
      return assertNever(expr, 'walk');
  }
}
