/** Calls of aggregates and of measures, with FILTER and ORDER BY. */
import { notSupported, SqlError, SqlState } from '../../errors.ts';
import type { Call, SortItem } from '../../sql/ast.ts';
import type { Bound, BoundSort } from '../bound/bound.ts';
import { boundKey } from '../bound/walk.ts';
import { callMeasure, hasBareMeasure, measureOf } from '../measures/call.ts';
import type { Routine } from '../routines/routines.ts';
import { functionsByName } from '../routines/routines.ts';
import type { Env } from './binder.ts';
import { bindArguments, coerceArguments, findFunction, undefinedFunction } from './call.ts';
import { coerceToBoolean, resolved } from './coerce.ts';
import { bindExpr } from './expression.ts';
import { coerceArgument } from './operator.ts';
import { startOf } from './start-of.ts';

export function bindAggregate(call: Call, name: string, env: Env): Bound {
  const inner = enterAggregate(call, env);
  const filter = bindFilter(call, env);
  if (call.star) {
    const [count] = (functionsByName.get(name) ?? []).filter(
      ({ parameters, ordered }) => parameters.length === 0 && ordered === undefined,
    );
    if (count === undefined || name !== 'count') throw undefinedFunction(name, [], call.at);
    return { ...aggregate(call, count, [], [], filter), star: true, type: 'int8', typmod: -1 };
  }
  const args = bindArguments(call, inner);
  const [only] = args;
  if (only !== undefined && hasBareMeasure(only)) {
    if (args.length > 1 || call.withinGroup || call.orderBy.length > 0) {
      throw notSupported(`a measure as an argument of ${name}() with further arguments or ORDER BY`, {
        position: call.at,
      });
    }
    return callMeasure(only, filter, {
      name,
      distinct: call.distinct,
      compatible: env.binder.options.measureAggregates === 'compatible',
      position: call.at,
    });
  }
  const orderBy = call.orderBy.map((item) => bindSortItem(item, inner));
  if (call.withinGroup) {
    const ordered = orderBy.map(({ by }) => (by as { expr: Bound }).expr);
    const match = findFunction([...args, ...ordered], ['aggregate'], call);
    if (match.routine.ordered === undefined) {
      throw new SqlError(
        SqlState.datatypeMismatch,
        `${name} is not an ordered-set aggregate, so it cannot have WITHIN GROUP`,
        { position: call.at },
      );
    }
    const types = match.argumentTypes.slice(args.length);
    return {
      ...aggregate(
        call,
        match.routine,
        coerceArguments(args, match, call, env),
        orderBy.map((sort, i) => ({
          ...sort,
          by: { kind: 'expr', expr: coerceArgument(ordered[i] as Bound, types[i] ?? 'unknown', call.at, env) },
        })),
        filter,
      ),
      type: match.result,
      typmod: -1,
    };
  }
  const match = findFunction(args, ['aggregate'], call);
  if (args.length === 0) {
    throw new SqlError(SqlState.wrongObjectType, `${name}(*) must be used to call a parameterless aggregate function`, {
      position: call.at,
    });
  }
  const coerced = coerceArguments(args, match, call, env);
  if (call.distinct) checkDistinctOrder(coerced, orderBy, call);
  return { ...aggregate(call, match.routine, coerced, orderBy, filter), type: match.result, typmod: -1 };
}

export function aggregate(
  call: Call,
  routine: Routine,
  args: readonly Bound[],
  orderBy: readonly BoundSort[],
  filter: Bound | undefined,
) {
  return {
    kind: 'aggregate' as const,
    routine,
    star: false,
    args,
    distinct: call.distinct,
    orderBy,
    withinGroup: call.withinGroup,
    filter,
    grain: { kind: 'rows' as const },
    at: call.at,
  };
}

function checkDistinctOrder(args: readonly Bound[], orderBy: readonly BoundSort[], call: Call): void {
  const known = new Set(args.map(boundKey));
  const index = orderBy.findIndex(({ by }) => by.kind === 'expr' && !known.has(boundKey(by.expr)));
  const item = call.orderBy[index];
  if (item === undefined) return;
  throw new SqlError(
    SqlState.invalidColumnReference,
    'in an aggregate with DISTINCT, ORDER BY expressions must appear in argument list',
    { position: startOf(item.expr) },
  );
}

/** Checks that an aggregate may stand here and marks its SELECT as grouped. */
function enterAggregate(call: Call, env: Env): Env {
  if (env.insideAggregate) {
    throw new SqlError(SqlState.groupingError, 'aggregate function calls cannot be nested', { position: call.at });
  }
  const allowed =
    env.clause === 'SELECT' || env.clause === 'HAVING' || env.clause === 'ORDER BY' || env.clause === 'DISTINCT ON';
  if (env.select === undefined || !allowed) {
    throw new SqlError(SqlState.groupingError, `aggregate functions are not allowed in ${env.clause}`, {
      position: call.at,
    });
  }
  env.select.aggregates = true;
  return { ...env, insideAggregate: true };
}

export function bindFilter(call: Call, env: Env): Bound | undefined {
  if (call.filter === undefined) return undefined;
  const filter = coerceToBoolean(
    env.binder,
    bindExpr(call.filter, { ...env, clause: 'FILTER', insideAggregate: true }),
    'FILTER',
    startOf(call.filter),
  );
  if (hasBareMeasure(filter)) {
    throw new SqlError(SqlState.groupingError, 'measures are not allowed in FILTER', {
      position: startOf(call.filter),
    });
  }
  return filter;
}

function bindSortItem(item: SortItem, env: Env): BoundSort {
  return {
    by: { kind: 'expr', expr: resolved(bindExpr(item.expr, env)) },
    descending: item.descending,
    nulls: item.nulls,
  };
}

/** `MEASURE(m)`, `AGGREGATE(m)`, `AGG(m)`: contract, section 5, rule 1. */
export function bindMeasureCall(call: Call, name: string, env: Env): Bound {
  const [argument, another] = call.args;
  if (argument === undefined || another !== undefined || call.star || call.distinct || argument.name !== undefined) {
    throw undefinedFunction(
      name,
      call.args.map(() => 'unknown'),
      call.at,
    );
  }
  const bound = bindExpr(argument.value, { ...env, insideAggregate: true });
  // A call over an outer query's measure alone is that query's, as PostgreSQL has it for aggregates.
  if (bound.kind === 'outer-measure' && call.filter === undefined) return bound;
  // A conjunct of WHERE over measures is a HAVING (rule 5); bind-query moves it there.
  if (env.clause !== 'WHERE' || env.select === undefined) enterAggregate(call, env);
  const filter = bindFilter(call, env);
  if (measureOf(bound) === undefined) {
    throw new SqlError(SqlState.groupingError, `${name.toUpperCase()} takes a measure`, {
      hint: '\\d+ of the table tells which columns are measures.',
      position: startOf(argument.value) ?? call.at,
    });
  }
  return callMeasure(bound, filter, undefined);
}
