/**
 * Function calls: scalar functions, aggregates, windows, and calls of measures.
 */
import { notSupported, SqlError, SqlState } from '../errors.ts';
import type { Call, Expr, Frame, FrameBound, SortItem, WindowSpec } from '../sql/ast.ts';
import { formatType } from '../sql/types.ts';
import { bindExpr, coerceArgument, positionOf } from './bind-expression.ts';
import type { Env } from './binder.ts';
import type { Bound, BoundFrame, BoundFrameBound, BoundSort, BoundWindow } from './bound.ts';
import { coerce, coerceToBoolean, resolved, typeNow } from './coerce.ts';
import { callMeasure, hasBareMeasure, measureOf } from './measure-call.ts';
import { type Match, selectRoutine } from './overload.ts';
import { functionsByName, type Routine } from './routines.ts';

const MEASURE_FUNCTIONS = new Set(['measure', 'aggregate', 'agg']);
/** Answered by the gateway from what it knows of the session. */
const SESSION_FUNCTIONS = new Set(['current_database', 'current_schema', 'current_user', 'session_user', 'version']);

/** @throws SqlError 42883 for what is not on the list, whether it exists in the warehouse or not */
export function bindCall(call: Call, env: Env): Bound {
  const name = functionName(call);
  if (MEASURE_FUNCTIONS.has(name) && call.path.length === 1 && call.over === undefined)
    return bindMeasureCall(call, name, env);
  if (SESSION_FUNCTIONS.has(name) && call.args.length === 0)
    return { kind: 'session-value', name, type: 'text', typmod: -1 };
  const routines = functionsByName.get(name) ?? [];
  const kinds = new Set(routines.map(({ kind }) => kind));
  const isAggregate = kinds.has('aggregate') && (!kinds.has('window') || call.withinGroup);
  if (call.over !== undefined) return bindWindowCall(call, name, call.over, env);
  if (isAggregate) return bindAggregate(call, name, env);
  if (kinds.has('window')) {
    throw new SqlError(SqlState.datatypeMismatch, `window function ${name} requires an OVER clause`, {
      position: call.at,
    });
  }
  return bindFunction(call, name, env);
}

function functionName(call: Call): string {
  const [first = '', second = ''] = call.path;
  if (call.path.length === 1) return first;
  if (call.path.length === 2 && first === 'pg_catalog') return second;
  throw undefinedFunction(call.path.join('.'), [], call.at);
}

function bindFunction(call: Call, name: string, env: Env): Bound {
  if (call.star || call.distinct || call.orderBy.length > 0 || call.filter !== undefined || call.withinGroup) {
    throw new SqlError(SqlState.datatypeMismatch, `${name} is not an aggregate function`, { position: call.at });
  }
  const args = bindArguments(call, env);
  const match = findFunction(name, args, ['function'], call, env);
  checkLimits(name, args, call);
  if (match.routine.returnsSet) {
    if (env.select === undefined || env.clause !== 'SELECT' || env.insideAggregate) {
      throw new SqlError(SqlState.featureNotSupported, `set-returning functions are not allowed in ${env.clause}`, {
        position: call.at,
      });
    }
    env.select.returnsSet = true;
  }
  return {
    kind: 'apply',
    routine: match.routine,
    args: coerceArguments(args, match, call, env),
    type: match.result,
    typmod: -1,
  };
}

function bindArguments(call: Call, env: Env): Bound[] {
  return call.args.map(({ name, variadic, value }) => {
    if (name !== undefined) throw notSupported('a named argument', { position: positionOf(value) });
    if (variadic) throw notSupported('a VARIADIC argument', { position: positionOf(value) });
    return bindExpr(value, env);
  });
}

function coerceArguments(args: readonly Bound[], match: Match, call: Call, env: Env): Bound[] {
  return args.map((arg, i) =>
    coerceArgument(arg, match.argumentTypes[i] ?? 'unknown', positionOf((call.args[i]?.value ?? call) as Expr), env),
  );
}

function findFunction(
  name: string,
  args: readonly Bound[],
  kinds: readonly Routine['kind'][],
  call: Call,
  env: Env,
): Match {
  const routines = (functionsByName.get(name) ?? []).filter(({ kind }) => kinds.includes(kind));
  const types = args.map((arg) => typeNow(env.binder, arg));
  const selection = selectRoutine(routines, types);
  if (selection.kind === 'match') return selection.match;
  const shown = types.map((type) => (type === 'unknown' ? type : formatType(type)));
  if (selection.kind === 'ambiguous') {
    throw new SqlError(SqlState.ambiguousFunction, `function ${name}(${shown.join(', ')}) is not unique`, {
      hint: 'Could not choose a best candidate function. You might need to add explicit type casts.',
      position: call.at,
    });
  }
  throw undefinedFunction(name, shown, call.at);
}

function undefinedFunction(name: string, types: readonly string[], position: number | undefined): SqlError {
  return new SqlError(SqlState.undefinedFunction, `function ${name}(${types.join(', ')}) does not exist`, {
    hint: 'No function matches the given name and argument types. You might need to add explicit type casts.',
    position,
  });
}

const LENGTH_LIMIT = 1_000_000;

/** Functions that can make a value of any size take a literal length of at most a million (security case G02). */
function checkLimits(name: string, args: readonly Bound[], call: Call): void {
  if (name !== 'repeat' && name !== 'lpad' && name !== 'rpad') return;
  const length = args[1];
  if (length === undefined) return;
  if (
    length.kind === 'const' &&
    length.value !== null &&
    /^-?\d+$/.test(length.value) &&
    Number(length.value) <= LENGTH_LIMIT
  )
    return;
  throw notSupported(`${name}() with a length that is not a literal of at most ${LENGTH_LIMIT}`, { position: call.at });
}

// Aggregates

function bindAggregate(call: Call, name: string, env: Env): Bound {
  const inner = enterAggregate(call, env);
  const filter = bindFilter(call, env);
  if (call.star) {
    const [count] = (functionsByName.get(name) ?? []).filter(
      ({ parameters, ordered }) => parameters.length === 0 && ordered === undefined,
    );
    if (count === undefined || name !== 'count') throw undefinedFunction(name, ['*'], call.at);
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
    const match = findFunction(name, [...args, ...ordered], ['aggregate'], call, env);
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
  const match = findFunction(name, args, ['aggregate'], call, env);
  const coerced = coerceArguments(args, match, call, env);
  return { ...aggregate(call, match.routine, coerced, orderBy, filter), type: match.result, typmod: -1 };
}

function aggregate(
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

function bindFilter(call: Call, env: Env): Bound | undefined {
  if (call.filter === undefined) return undefined;
  const filter = coerceToBoolean(
    env.binder,
    bindExpr(call.filter, { ...env, clause: 'FILTER', insideAggregate: true }),
    'FILTER',
    positionOf(call.filter),
  );
  if (hasBareMeasure(filter)) {
    throw new SqlError(SqlState.groupingError, 'measures are not allowed in FILTER', {
      position: positionOf(call.filter),
    });
  }
  return filter;
}

function bindSortItem(item: SortItem, env: Env): BoundSort {
  return {
    by: { kind: 'expr', expr: resolved(env.binder, bindExpr(item.expr, env)) },
    descending: item.descending,
    nulls: item.nulls,
  };
}

/** `MEASURE(m)`, `AGGREGATE(m)`, `AGG(m)`: contract, section 5, rule 1. */
function bindMeasureCall(call: Call, name: string, env: Env): Bound {
  const [argument, another] = call.args;
  if (argument === undefined || another !== undefined || call.star || call.distinct || argument.name !== undefined) {
    throw undefinedFunction(
      name,
      call.args.map(() => 'unknown'),
      call.at,
    );
  }
  // A conjunct of WHERE over measures is a HAVING (rule 5); bind-query moves it there.
  const inWhere = env.clause === 'WHERE' && env.select !== undefined;
  const inner = inWhere ? { ...env, insideAggregate: true } : enterAggregate(call, env);
  const filter = bindFilter(call, env);
  const bound = bindExpr(argument.value, inner);
  if (measureOf(bound) === undefined) {
    throw new SqlError(SqlState.groupingError, `${name.toUpperCase()} takes a measure`, {
      hint: '\\d+ of the table tells which columns are measures.',
      position: positionOf(argument.value) ?? call.at,
    });
  }
  return callMeasure(bound, filter, undefined);
}

// Windows

function bindWindowCall(call: Call, name: string, over: string | WindowSpec, env: Env): Bound {
  const allowed = env.clause === 'SELECT' || env.clause === 'ORDER BY' || env.clause === 'DISTINCT ON';
  if (env.select === undefined || !allowed || env.insideAggregate) {
    throw new SqlError(SqlState.windowingError, `window functions are not allowed in ${env.clause}`, {
      position: call.at,
    });
  }
  if (env.insideWindow)
    throw new SqlError(SqlState.windowingError, 'window function calls cannot be nested', { position: call.at });
  if (call.distinct) throw notSupported('DISTINCT for window functions', { position: call.at });
  if (call.orderBy.length > 0) throw notSupported('aggregate ORDER BY for window functions', { position: call.at });
  env.select.windows = true;
  const inner = { ...env, insideWindow: true };
  const filter = bindFilter(call, inner);
  const window = bindWindow(over, inner);
  const args = bindArguments(call, inner);
  if (call.star) {
    const [count] = (functionsByName.get('count') ?? []).filter(({ parameters }) => parameters.length === 0);
    if (name !== 'count' || count === undefined) throw undefinedFunction(name, ['*'], call.at);
    return { kind: 'window', routine: count, star: true, args: [], filter, window, type: 'int8', typmod: -1 };
  }
  const match = findFunction(name, args, ['window', 'aggregate'], call, env);
  return {
    kind: 'window',
    routine: match.routine,
    star: false,
    args: coerceArguments(args, match, call, env),
    filter,
    window,
    type: match.result,
    typmod: -1,
  };
}

function bindWindow(over: string | WindowSpec, env: Env): BoundWindow {
  if (typeof over === 'string') return bindWindow(namedWindow(over, env), env);
  const base = over.base === undefined ? undefined : bindWindow(namedWindow(over.base, env), env);
  const inner = { ...env, clause: env.clause };
  const own = {
    partitionBy: over.partitionBy.map((expr) => resolved(env.binder, bindExpr(expr, inner))),
    orderBy: over.orderBy.map((item) => ({
      expr: resolved(env.binder, bindExpr(item.expr, inner)),
      descending: item.descending,
      nulls: item.nulls,
    })),
    frame: over.frame && bindFrame(over.frame, inner),
  };
  if (base === undefined) return own;
  if (own.partitionBy.length > 0) {
    throw new SqlError(SqlState.windowingError, `cannot override PARTITION BY clause of window "${over.base}"`);
  }
  return {
    partitionBy: base.partitionBy,
    orderBy: own.orderBy.length > 0 ? own.orderBy : base.orderBy,
    frame: own.frame ?? base.frame,
  };
}

function namedWindow(name: string, env: Env): WindowSpec {
  const found = env.select?.namedWindows.find((window) => window.name === name);
  if (found === undefined) throw new SqlError(SqlState.undefinedObject, `window "${name}" does not exist`);
  return found.window;
}

function bindFrame(frame: Frame, env: Env): BoundFrame {
  return {
    mode: frame.mode,
    start: bindFrameBound(frame, frame.start, env),
    end: frame.end && bindFrameBound(frame, frame.end, env),
    exclude: frame.exclude,
  };
}

function bindFrameBound(frame: Frame, edge: FrameBound, env: Env): BoundFrameBound {
  if (!('offset' in edge)) return edge;
  const offset = bindExpr(edge.offset, env);
  // ROWS and GROUPS count; RANGE takes whatever can be added to the sort key.
  return {
    kind: edge.kind,
    offset:
      frame.mode === 'range'
        ? rangeOffset(offset, env)
        : coerce(env.binder, offset, 'int8', { position: positionOf(edge.offset) }),
  };
}

function rangeOffset(offset: Bound, env: Env): Bound {
  return typeNow(env.binder, offset) === 'unknown'
    ? coerce(env.binder, offset, 'interval')
    : resolved(env.binder, offset);
}
