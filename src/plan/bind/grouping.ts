/**
 * GROUP BY: keys and grouping sets, the grouping that bare measures imply, and the check of what may stand beside it.
 */
import { assertNever, SqlError, SqlState } from '../../errors.ts';
import type { Expr, GroupBy, GroupItem } from '../../sql/ast.ts';
import type { Bound, BoundColumn, BoundQuery, BoundSelect, Grouping, LeafRelation, Relation } from '../bound/bound.ts';
import { boundKey, mapChildren, relationsOf, replaceExprs } from '../bound/walk.ts';
import { hasBareMeasure, hasDimension, hasMeasure } from '../measures/call.ts';
import type { Env } from './binder.ts';
import { resolved } from './coerce.ts';
import { bindWholeColumn } from './column.ts';
import { bindExpr } from './expression.ts';
import { checkSortable, outputIndex } from './query.ts';
import { lookupColumn } from './scope.ts';
import type { SelectItemBound } from './select.ts';
import { startOf } from './start-of.ts';

const MAX_SETS = 4096;

/** @throws SqlError 42803 for a measure inside a GROUP BY expression, 54001 for more than 4,096 grouping sets */
export function bindGroupBy(groupBy: GroupBy, items: readonly SelectItemBound[], env: Env): Grouping {
  const keys: Bound[] = [];
  const indexOf = (key: Bound): number => {
    const text = boundKey(key);
    const known = keys.findIndex((other) => boundKey(other) === text);
    return known >= 0 ? known : keys.push(key) - 1;
  };
  const sets = groupBy.items
    .map((item) => setsOf(item, items, env, indexOf))
    .reduce(crossProduct, [[]])
    .map((set) => [...new Set(set)]);
  const distinct = groupBy.distinct ? [...new Map(sets.map((set) => [[...set].sort().join(), set])).values()] : sets;
  return { keys, sets: distinct, implicit: false };
}

type Sets = readonly (readonly number[])[];

function crossProduct(left: Sets, right: Sets): Sets {
  if (left.length * right.length > MAX_SETS) {
    throw new SqlError(SqlState.statementTooComplex, `too many grouping sets present (maximum ${MAX_SETS})`);
  }
  return left.flatMap((a) => right.map((b) => [...a, ...b]));
}

function setsOf(item: GroupItem, items: readonly SelectItemBound[], env: Env, indexOf: (key: Bound) => number): Sets {
  const each = (item: GroupItem): Sets => setsOf(item, items, env, indexOf);
  switch (item.kind) {
    case 'empty':
      return [[]];
    case 'expr': {
      if (item.expr.kind === 'row') return [item.expr.items.flatMap((expr) => each({ kind: 'expr', expr })[0] ?? [])];
      const key = groupKey(item.expr, items, env);
      if (key !== undefined) checkSortable(resolved(key).type, startOf(item.expr), 'equality');
      return key === undefined ? [[]] : [[indexOf(key)]];
    }
    case 'list':
      return [item.items.flatMap((inner) => each(inner)[0] ?? [])];
    case 'sets':
      return item.items.flatMap(each);
    case 'rollup': {
      const elements = item.items.map((inner) => each(inner)[0] ?? []);
      return Array.from({ length: elements.length + 1 }, (_, i) => elements.slice(0, elements.length - i).flat());
    }
    case 'cube': {
      const elements = item.items.map((inner) => each(inner)[0] ?? []);
      if (elements.length > 12) throw new SqlError(SqlState.statementTooComplex, 'CUBE is limited to 12 elements');
      return Array.from({ length: 2 ** elements.length }, (_, i) => {
        const mask = 2 ** elements.length - 1 - i;
        return elements.flatMap((element, bit) => (mask & (1 << (elements.length - 1 - bit)) ? element : []));
      });
    }
    default:
      return assertNever(item, 'setsOf');
  }
}

/**
 * The key of one item; undefined for a bare measure, or an output column that is an expression over measures alone: they
 * add nothing to the grouping (Power BI, QuickSight and ThoughtSpot send them).
 */
function groupKey(expr: Expr, items: readonly SelectItemBound[], env: Env): Bound | undefined {
  const bound = groupExpr(expr, items, env);
  const isOutput = expr.kind === 'column' || expr.kind === 'number';
  if (bound.kind === 'measure' || (isOutput && isBareMeasure(bound))) return undefined;
  if (hasMeasure(bound)) {
    throw new SqlError(SqlState.groupingError, 'a measure cannot be part of a GROUP BY expression', {
      hint: 'Group by dimensions; measures are computed per group.',
      position: startOf(expr),
    });
  }
  if (contains(bound, 'aggregate')) {
    throw new SqlError(SqlState.groupingError, 'aggregate functions are not allowed in GROUP BY', {
      position: startOf(expr),
    });
  }
  return bound;
}

function isBareMeasure(bound: Bound): boolean {
  return hasBareMeasure(bound) && !hasDimension(bound) && !contains(bound, 'aggregate');
}

/** An ordinal is an output column; a bare name is an input column first, then an output column. */
function groupExpr(expr: Expr, items: readonly SelectItemBound[], env: Env): Bound {
  const byOutput = (): Bound | undefined => {
    const index = outputIndex(expr, items, 'GROUP BY');
    return index === undefined ? undefined : items[index]?.expr;
  };
  if (expr.kind === 'number' || expr.kind === 'string' || expr.kind === 'null' || expr.kind === 'boolean')
    return byOutput() ?? resolved(bindExpr(expr, env));
  if (expr.kind === 'column' && expr.path.length === 1) {
    try {
      const found = lookupColumn(env.scope, expr.path, [], expr.at);
      if (found.depth > 0) return byOutput() ?? resolved(bindExpr(expr, env));
    } catch (error) {
      const output = error instanceof SqlError && error.code === SqlState.undefinedColumn ? byOutput() : undefined;
      if (output !== undefined) return output;
      throw error;
    }
  }
  return resolved(expr.kind === 'column' ? bindWholeColumn(expr, env) : bindExpr(expr, env));
}

function contains(bound: Bound, kind: Bound['kind']): boolean {
  let found = bound.kind === kind;
  mapChildren(bound, (child) => {
    if (contains(child, kind)) found = true;
    return child;
  });
  return found;
}

/** Bare measures that no outer SELECT groups: grouped by the dimensions that are selected beside them (rule 4). */
export function implicitGrouping(items: readonly SelectItemBound[]): Grouping {
  const keys = new Map<string, Bound>();
  for (const { expr } of items) {
    if (hasMeasure(expr) || contains(expr, 'window') || expr.kind === 'const') continue;
    keys.set(boundKey(expr), expr);
  }
  const list = [...keys.values()];
  return { keys: list, sets: [list.map((_, i) => i)], implicit: true };
}

/**
 * Checks that what stands outside aggregates is grouped, and completes the grouping.
 * A published primary key among the keys frees the columns of the root and its to-one cubes (rule 11): they join the keys.
 * @throws SqlError 42803
 */
export function checkGrouped(
  query: Omit<BoundQuery, 'ctes' | 'recursive'>,
  grouping: Grouping,
  items: readonly Bound[],
): Omit<BoundQuery, 'ctes' | 'recursive'> {
  const select = query.body as BoundSelect;
  const own = new Set(relationsOf(select.from));
  const state: CheckState = {
    own,
    keys: [...grouping.keys],
    texts: new Map(grouping.keys.map((key, i) => [boundKey(key), i])),
    freed: [],
    grouping,
  };
  const checked = items.map((item) => check(item, state));
  select.items.splice(0, select.items.length, ...checked);
  select.having = select.having && check(select.having, state);
  if (typeof select.distinct !== 'boolean') select.distinct = select.distinct.map((expr) => check(expr, state));
  const orderBy = query.orderBy.map((sort) =>
    sort.by.kind === 'output' ? sort : { ...sort, by: { kind: 'expr' as const, expr: check(sort.by.expr, state) } },
  );
  select.grouping = { ...grouping, keys: state.keys, sets: grouping.sets.map((set) => [...set, ...state.freed]) };
  return { ...query, orderBy };
}

type CheckState = {
  readonly own: ReadonlySet<Relation>;
  readonly keys: Bound[];
  readonly texts: Map<string, number>;
  readonly freed: number[];
  readonly grouping: Grouping;
};

function check(bound: Bound, state: CheckState): Bound {
  if (state.texts.has(boundKey(bound))) return bound;
  switch (bound.kind) {
    case 'aggregate':
    case 'measure':
      return bound;
    case 'grouping':
      for (const arg of bound.args) {
        if (!state.texts.has(boundKey(arg))) {
          throw new SqlError(
            SqlState.groupingError,
            'arguments to GROUPING must be grouping expressions of the associated query level',
            { position: 'at' in arg ? arg.at : undefined },
          );
        }
      }
      return bound;
    case 'column': {
      if (!state.own.has(bound.relation) || free(bound, state)) return bound;
      throw new SqlError(
        SqlState.groupingError,
        `column "${columnName(bound)}" must appear in the GROUP BY clause or be used in an aggregate function`,
        { position: bound.at },
      );
    }
    case 'subquery':
      replaceExprs(bound.query, (expr) => checkInside(expr, state));
      return mapChildren(bound, (child) => check(child, state));
    default:
      return mapChildren(bound, (child) => check(child, state));
  }
}

/** Inside a subquery only the outer SELECT's own columns matter. */
function checkInside(bound: Bound, state: CheckState): Bound {
  if (state.texts.has(boundKey(bound))) return bound;
  if (bound.kind === 'column') {
    if (!state.own.has(bound.relation) || free(bound, state)) return bound;
    throw new SqlError(
      SqlState.groupingError,
      `subquery uses ungrouped column "${columnName(bound)}" from outer query`,
      {
        position: bound.at,
      },
    );
  }
  if (bound.kind === 'subquery') replaceExprs(bound.query, (expr) => checkInside(expr, state));
  return mapChildren(bound, (child) => checkInside(child, state));
}

function free(column: BoundColumn, state: CheckState): boolean {
  const { relation } = column;
  if (relation.kind !== 'leaf' || state.grouping.sets.length !== 1) return false;
  const exposed = relation.table.columns[column.slot];
  if (exposed === undefined || exposed.toMany || !hasPrimaryKey(relation, state.grouping.keys)) return false;
  const index = state.keys.push(column) - 1;
  state.texts.set(boundKey(column), index);
  state.freed.push(index);
  return true;
}

/** True if the leaf's whole published primary key is among the expressions, each column by itself. */
export function hasPrimaryKey(leaf: LeafRelation, exprs: readonly Bound[]): boolean {
  const { primaryKey } = leaf.table;
  if (primaryKey === undefined || primaryKey.length === 0) return false;
  const names = new Set(
    exprs.flatMap((expr) =>
      expr.kind === 'column' && expr.relation === leaf ? [leaf.table.columns[expr.slot]?.name] : [],
    ),
  );
  return primaryKey.every((name) => names.has(name));
}

export function columnName(column: BoundColumn): string {
  const { relation, slot } = column;
  switch (relation.kind) {
    case 'leaf':
      return `${relation.table.name}.${relation.table.columns[slot]?.name ?? '?'}`;
    case 'derived':
      return relation.query.columns[slot]?.name ?? '?';
    case 'cte':
      return relation.cte.columns[slot]?.name ?? '?';
    case 'function':
      return slot === 0 ? 'value' : 'ordinality';
    default:
      return assertNever(relation, 'columnName');
  }
}
