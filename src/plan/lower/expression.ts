/** Bound expressions → the tree that is printed; what a warehouse spells differently is its dialect's. */
import { assertNever, notSupported } from '../../errors.ts';
import type { Expr, Frame, FrameBound, IsTest, Query, TableRef, WindowSpec } from '../../sql/ast.ts';
import { selectQuery } from '../../sql/select.ts';
import { numericTypmod, type PgType } from '../../sql/types.ts';
import type { Bound, BoundFrame, BoundFrameBound, BoundSubquery, BoundWindow } from '../bound/bound.ts';
import { boundKey } from '../bound/walk.ts';
import type { Scope } from '../dialect.ts';
import { slotName } from '../leaf/secure.ts';
import { checkGroups, type LowerContext, lowerQuery, lowerSort, relationName } from './lower.ts';

export function lowerExpr(bound: Bound, place: LowerContext): Expr {
  const context = isKey(bound, place) ? { ...place, select: undefined } : place;
  const { dialect } = context;
  const lower = (child: Bound): Expr => lowerExpr(child, context);
  const scope: Scope = scopeOf(context);
  const cast = (operand: Expr, type: PgType, typmod = -1): Expr => ({
    kind: 'cast',
    operand,
    type: dialect.typeName(type, typmod),
  });
  const asResult = (value: Bound): Expr => dialect.asValueOf?.(bound, lower(value)) ?? lower(value);
  switch (bound.kind) {
    case 'const': {
      if (bound.type === 'unknown') throw new Error('an untyped literal reached the printer');
      // DuckDB's DECIMAL has a scale even for NULL, and it must not widen its neighbours.
      if (bound.value === null && bound.type === 'numeric' && dialect.name === 'duckdb')
        return cast({ kind: 'null' }, 'numeric', numericTypmod(1, 0));
      if (bound.value === null) return cast({ kind: 'null' }, bound.type, bound.typmod);
      return dialect.constant({ ...bound, type: bound.type, value: bound.value });
    }
    case 'parameter':
      return dialect.parameter(bound.index, context.parameterTypes[bound.index - 1] ?? 'text');
    case 'policy-value':
      return { kind: 'bind', bind: context.bind({ kind: 'policy', index: bound.index }), type: bound.type };
    case 'session-value':
      return { kind: 'bind', bind: context.bind({ kind: 'session', name: bound.name }), type: 'text' };
    case 'column':
      return { kind: 'column', path: [relationName(bound.relation), slotName(bound.slot)] };
    case 'measure':
      throw new Error(`measure ${bound.name} was not expanded`);
    case 'outer-measure':
      throw new Error(`measure ${bound.measure.name} of an outer query was not lifted`);
    case 'apply':
      return dialect.apply(bound, bound.args.map(lower), scope);
    case 'bin':
      return lower(bound.start);
    case 'and':
    case 'or':
      return { kind: bound.kind, operands: bound.args.map(lower) };
    case 'not':
      return { kind: 'not', operand: lower(bound.arg) };
    case 'is':
      return { kind: 'is', test: bound.test, negated: bound.negated, operand: lower(bound.arg) };
    case 'distinct-from':
      return { kind: 'distinct-from', negated: bound.negated, left: lower(bound.left), right: lower(bound.right) };
    case 'in':
      return { kind: 'in-list', negated: bound.negated, operand: lower(bound.arg), items: bound.items.map(lower) };
    case 'like':
      return dialect.like(bound, lower(bound.arg), lower(bound.pattern), bound.escape && lower(bound.escape));
    case 'quantified':
      return dialect.quantified(bound, lower(bound.left), lower(bound.array));
    case 'row-compare':
      // DuckDB compares rows as structs, in which NULL equals NULL.
      if (dialect.name === 'duckdb')
        return columnByColumn(bound.operator, bound.left.map(lower), bound.right.map(lower));
      return {
        kind: 'binary',
        operator: bound.operator,
        left: { kind: 'row', items: bound.left.map(lower) },
        right: { kind: 'row', items: bound.right.map(lower) },
      };
    case 'case':
      return {
        kind: 'case',
        operand: undefined,
        branches: bound.branches.map(({ when, then }) => ({ when: lower(when), then: asResult(then) })),
        otherwise: bound.otherwise && asResult(bound.otherwise),
      };
    case 'coalesce':
    case 'greatest':
    case 'least':
      if (bound.type === 'interval' && bound.kind !== 'coalesce' && dialect.name === 'duckdb')
        throw notSupported(`${bound.kind}() of intervals on DuckDB`);
      return { kind: bound.kind, args: bound.args.map(asResult) };
    case 'nullif':
      return { kind: 'nullif', left: lower(bound.left), right: lower(bound.right) };
    case 'cast':
      return dialect.cast(bound, lower(bound.arg), scope);
    case 'array':
      return bound.items.length === 0
        ? cast({ kind: 'array', items: [] }, bound.type)
        : { kind: 'array', items: bound.items.map(lower) };
    case 'subscript':
      return { kind: 'subscript', operand: lower(bound.arg), index: lower(bound.index) };
    case 'slice':
      return {
        kind: 'slice',
        operand: lower(bound.arg),
        low: bound.low && lower(bound.low),
        high: bound.high && lower(bound.high),
      };
    case 'collate':
      return dialect.name === 'duckdb'
        ? lower(bound.arg)
        : { kind: 'collate', operand: lower(bound.arg), collation: ['pg_catalog', bound.collation] };
    case 'sql-value':
      return dialect.sqlValue(bound);
    case 'aggregate': {
      const rows = { ...context, select: undefined };
      const lowered = {
        call: bound,
        args: bound.args.map((arg) => lowerExpr(arg, rows)),
        orderBy: bound.orderBy.map((sort) => lowerSort(sort, rows)),
        filter: bound.filter && lowerExpr(bound.filter, rows),
      };
      const { routine } = bound;
      if (routine.kind !== 'author') return dialect.aggregate({ ...bound, routine }, lowered, scope);
      return {
        kind: 'call',
        path: dialect.name === 'postgres' ? ['pg_catalog', ...routine.path] : routine.path,
        args: lowered.args.map((value) => ({ name: undefined, variadic: false, value })),
        star: bound.star,
        distinct: bound.distinct,
        orderBy: lowered.orderBy,
        withinGroup: bound.withinGroup,
        filter: lowered.filter,
        over: undefined,
      };
    }
    case 'window': {
      const args = bound.args.map(lower);
      return dialect.aggregate(
        {
          ...bound,
          kind: 'aggregate',
          distinct: false,
          orderBy: [],
          withinGroup: false,
          grain: { kind: 'rows' },
          at: undefined,
        },
        {
          call: bound,
          args,
          orderBy: [],
          filter: bound.filter && lower(bound.filter),
          over: lowerWindow(bound.window, context),
        },
        scope,
      );
    }
    case 'grouping': {
      const grouping: Expr = { kind: 'grouping', args: bound.args.map(lower) };
      // A bigint on DuckDB.
      return dialect.name === 'duckdb' ? cast(grouping, bound.type) : grouping;
    }
    case 'subquery':
      return lowerSubquery(bound, context);
    case 'author':
      return {
        kind: 'opaque',
        text: bound.parts.map((part) => (part.kind === 'bound' ? { kind: 'expr', expr: lower(part.bound) } : part)),
      };
    default:
      return assertNever(bound, 'lowerExpr');
  }
}

/** A grouping key is printed as in GROUP BY, over the rows: the warehouse finds it by its text. */
function isKey(bound: Bound, { dialect, select }: LowerContext): boolean {
  if (dialect.shown === undefined || bound.type !== 'numeric' || select?.grouping === undefined) return false;
  const key = boundKey(bound);
  return select.grouping.keys.some((other) => boundKey(other) === key);
}

export function scopeOf(context: LowerContext): Scope {
  return {
    lower: (bound) => lowerExpr(bound, context),
    select: context.select,
    shownQuery: (query) => lowerQuery(query, context, 'result'),
  };
}

/** A comparison of rows, spelled out (https://www.postgresql.org/docs/current/functions-comparisons.html#ROW-WISE-COMPARISON). */
function columnByColumn(operator: string, left: readonly Expr[], right: readonly Expr[]): Expr {
  const compare = (name: string, i: number): Expr => ({
    kind: 'binary',
    operator: name,
    left: left[i] as Expr,
    right: right[i] as Expr,
  });
  if (left.length === 1) return compare(operator, 0);
  if (operator === '=') return { kind: 'and', operands: left.map((_, i) => compare('=', i)) };
  if (operator === '<>') return { kind: 'or', operands: left.map((_, i) => compare('<>', i)) };
  const rest = columnByColumn(operator, left.slice(1), right.slice(1));
  return {
    kind: 'or',
    operands: [compare(operator.slice(0, 1), 0), { kind: 'and', operands: [compare('=', 0), rest] }],
  };
}

/** `(a, b) op ANY (query)` for DuckDB, where one NULL among the columns makes the whole answer NULL. No relation has number 0. */
function quantifiedRows(form: 'any' | 'all', operator: string, left: readonly Expr[], query: Query): Expr {
  const columns = left.map((_, i) => `c${i}`);
  const right = columns.map((name): Expr => ({ kind: 'column', path: ['t0', name] }));
  const compared = columnByColumn(operator, left, right);
  const someRow = (test: IsTest): Expr => ({
    kind: 'exists',
    query: selectWhere([{ kind: 'subquery', query, lateral: false, alias: { name: 't0', columns } }], {
      kind: 'is',
      test,
      negated: false,
      operand: compared,
    }),
  });
  const decides = form === 'any';
  return {
    kind: 'case',
    operand: undefined,
    branches: [
      { when: someRow(decides ? 'true' : 'false'), then: { kind: 'boolean', value: decides } },
      { when: someRow('unknown'), then: { kind: 'null' } },
    ],
    otherwise: { kind: 'boolean', value: !decides },
  };
}

function selectWhere(from: readonly TableRef[], where: Expr): Query {
  return selectQuery({ items: [{ kind: 'expr', expr: { kind: 'number', text: '1' }, alias: undefined }], from, where });
}

function lowerWindow(window: BoundWindow, context: LowerContext): WindowSpec {
  return {
    base: undefined,
    partitionBy: window.partitionBy.map((expr) => lowerExpr(expr, context)),
    orderBy: window.orderBy.map(({ expr, descending, nulls }) => ({
      expr: lowerExpr(expr, context),
      descending,
      nulls: nulls ?? (descending ? 'first' : 'last'),
    })),
    frame: window.frame && lowerFrame(window.frame, context),
  };
}

function lowerFrame(frame: BoundFrame, context: LowerContext): Frame {
  const edge = (bound: BoundFrameBound): FrameBound =>
    'offset' in bound ? { kind: bound.kind, offset: lowerExpr(bound.offset, context) } : bound;
  return { mode: frame.mode, start: edge(frame.start), end: frame.end && edge(frame.end), exclude: frame.exclude };
}

function lowerSubquery(bound: BoundSubquery, context: LowerContext): Expr {
  checkGroups(bound.query, context);
  switch (bound.form) {
    case 'scalar':
      return { kind: 'scalar-subquery', query: lowerQuery(bound.query, context) };
    case 'exists':
      return { kind: 'exists', query: lowerQuery(bound.query, context) };
    case 'array':
      return { kind: 'array-subquery', query: lowerQuery(bound.query, context) };
    case 'any':
    case 'all': {
      const { comparedWith } = context.dialect;
      const alike = bound.left.map((item, i) => comparedWith?.(item, bound.query, i) ?? ((value: Expr) => value));
      const items = bound.left.map((item, i) => (alike[i] as (value: Expr) => Expr)(lowerExpr(item, context)));
      const query = lowerQuery(bound.query, context, {
        carrying: [],
        as: (slot, value) => alike[slot]?.(value) ?? value,
      });
      const [only, another] = items;
      if (another !== undefined && context.dialect.name === 'duckdb')
        return quantifiedRows(bound.form, bound.operator ?? '=', items, query);
      const left: Expr = only !== undefined && another === undefined ? only : { kind: 'row', items };
      return { kind: 'quantified-subquery', quantifier: bound.form, operator: bound.operator ?? '=', left, query };
    }
    default:
      return assertNever(bound.form, 'lowerSubquery');
  }
}
