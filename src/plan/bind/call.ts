/**
 * Function calls: scalar functions, aggregates, windows, and calls of measures.
 */
import { notSupported, SqlError, SqlState } from '../../errors.ts';
import type { Call, Expr, Frame, FrameBound, SortItem, WindowSpec } from '../../sql/ast.ts';
import { formatType, SCALAR_TYPES, type ScalarType, typeCategory } from '../../sql/types.ts';
import type { Bound, BoundFrame, BoundFrameBound, BoundSort, BoundWindow } from '../bound/bound.ts';
import { boundKey } from '../bound/walk.ts';
import { callMeasure, hasBareMeasure, measureOf } from '../measures/call.ts';
import { type Match, selectRoutine } from '../routines/overload.ts';
import { castRules, functionsByName, type Routine } from '../routines/routines.ts';
import type { Env } from './binder.ts';
import { coerce, coerceToBoolean, resolved } from './coerce.ts';
import { bindExpr, coerceArgument } from './expression.ts';
import { startOf } from './start-of.ts';

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
    throw new SqlError(SqlState.wrongObjectType, `window function ${name} requires an OVER clause`, {
      position: call.at,
    });
  }
  return bindFunction(call, name, env);
}

function functionName(call: Call): string {
  const [first = '', second = ''] = call.path;
  if (call.path.length === 1) return first;
  if (call.path.length === 2 && first === 'pg_catalog') return second;
  if (first !== 'public' && first !== 'semwire' && first !== 'information_schema')
    throw new SqlError(SqlState.invalidSchemaName, `schema "${first}" does not exist`, { position: call.at });
  // Nothing of that name is there, whatever pg_catalog has.
  return call.path.join('.');
}

function bindFunction(call: Call, name: string, env: Env): Bound {
  const written = aggregateClause(call);
  if (written !== undefined && functionsByName.has(name)) {
    throw new SqlError(SqlState.wrongObjectType, `${written} specified, but ${name} is not an aggregate function`, {
      position: call.at,
    });
  }
  const args = bindArguments(call, env);
  const cast = bindTypeCall(call, name, args, env);
  if (cast !== undefined) return cast;
  const match = findFunction(args, ['function'], call);
  checkLimits(name, args, call);
  checkUnit(match, args);
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

/** What only an aggregate may have, as PostgreSQL names it. */
function aggregateClause(call: Call): string | undefined {
  if (call.star) return `${call.path.at(-1)}(*)`;
  if (call.distinct) return 'DISTINCT';
  if (call.withinGroup) return 'WITHIN GROUP';
  if (call.orderBy.length > 0) return 'ORDER BY';
  return call.filter === undefined ? undefined : 'FILTER';
}

/**
 * `text(x)`, `date('2024-01-01')`: a type's name called with one value is a cast, where no function of that name takes
 * exactly this type (func_get_detail in PostgreSQL's parser/parse_func.c).
 */
function bindTypeCall(call: Call, name: string, args: readonly Bound[], env: Env): Bound | undefined {
  const [arg, another] = args;
  if (arg === undefined || another !== undefined || aggregateClause(call) !== undefined || !isTypeName(name))
    return undefined;
  if ((functionsByName.get(name) ?? []).some(({ parameters }) => parameters.length === 1 && parameters[0] === arg.type))
    return undefined;
  const listed = arg.type === 'unknown' ? undefined : castRules.get(`${arg.type}>${name}`);
  const throughText = listed === undefined && (isString(name) || isString(arg.type));
  const relabels = arg.type === name || (isString(name) && isString(arg.type));
  if (arg.type !== 'unknown' && !throughText && !relabels) return undefined;
  return coerce(env.binder, arg, name, { context: 'explicit', position: call.at });
}

function isTypeName(name: string): name is ScalarType {
  return (SCALAR_TYPES as readonly string[]).includes(name);
}

function isString(type: string): boolean {
  return type === 'text' || type === 'varchar' || type === 'bpchar';
}

function bindArguments(call: Call, env: Env): Bound[] {
  return call.args.map(({ name, variadic, value }) => {
    if (name !== undefined) throw notSupported('a named argument', { position: startOf(value) });
    if (variadic) throw notSupported('a VARIADIC argument', { position: startOf(value) });
    return bindExpr(value, env);
  });
}

function coerceArguments(args: readonly Bound[], match: Match, call: Call, env: Env): Bound[] {
  return args.map((arg, i) =>
    coerceArgument(arg, match.argumentTypes[i] ?? 'unknown', startOf((call.args[i]?.value ?? call) as Expr), env),
  );
}

/** @throws SqlError 42883, 42725 in PostgreSQL's words */
export function findFunction(args: readonly Bound[], kinds: readonly Routine['kind'][], call: Call): Match {
  const name = functionName(call);
  const routines = (functionsByName.get(name) ?? []).filter(({ kind }) => kinds.includes(kind));
  const types = args.map((arg) => arg.type);
  const selection = selectRoutine(routines, types);
  if (selection.kind === 'match') return selection.match;
  const shown = types.map((type) => (type === 'unknown' ? type : formatType(type)));
  if (selection.kind === 'ambiguous') {
    throw new SqlError(
      SqlState.ambiguousFunction,
      `function ${call.path.join('.')}(${shown.join(', ')}) is not unique`,
      {
        hint: 'Could not choose a best candidate function. You might need to add explicit type casts.',
        position: call.at,
      },
    );
  }
  throw undefinedFunction(call.path.join('.'), shown, call.at);
}

function undefinedFunction(name: string, types: readonly string[], position: number | undefined): SqlError {
  return new SqlError(SqlState.undefinedFunction, `function ${name}(${types.join(', ')}) does not exist`, {
    hint: 'No function matches the given name and argument types. You might need to add explicit type casts.',
    position,
  });
}

const CLOCK_UNIT = /^(hour|minute|second|msec|millisecond|ms|usec|microsecond|us)/;

/** `extract(hour FROM date)` is PostgreSQL's error while it runs; said here, whatever the warehouse. */
function checkUnit({ routine, argumentTypes }: Match, args: readonly Bound[]): void {
  const [field] = args;
  const type = argumentTypes[1];
  if ((routine.name !== 'extract' && routine.name !== 'date_part') || field?.kind !== 'const' || field.value === null)
    return;
  const unit = field.value.toLowerCase();
  if (!KNOWN_UNIT.test(unit)) return;
  const clock = CLOCK_UNIT.test(unit);
  const unfit = type === 'date' ? clock : type === 'time' || type === 'timetz' ? !clock && unit !== 'epoch' : false;
  if (!unfit || type === undefined || type === 'unknown') return;
  throw new SqlError(SqlState.featureNotSupported, `unit "${unit}" not supported for type ${formatType(type)}`);
}

const KNOWN_UNIT =
  /^((micro|milli)?seconds?|minutes?|hours?|days?|weeks?|months?|quarter|years?|decades?|century|centuries|millennium|millennia|epoch|dow|isodow|doy|isoyear|julian)$/;

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

function bindFilter(call: Call, env: Env): Bound | undefined {
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
      position: startOf(argument.value) ?? call.at,
    });
  }
  return callMeasure(bound, filter, undefined);
}

// Windows

function bindWindowCall(call: Call, name: string, over: string | WindowSpec, env: Env): Bound {
  const allowed = env.clause === 'SELECT' || env.clause === 'ORDER BY' || env.clause === 'DISTINCT ON';
  if (env.insideAggregate) {
    throw new SqlError(SqlState.groupingError, 'aggregate function calls cannot contain window function calls', {
      position: call.at,
    });
  }
  if (env.select === undefined || !allowed) {
    throw new SqlError(SqlState.windowingError, `window functions are not allowed in ${env.clause}`, {
      position: call.at,
    });
  }
  if (env.insideWindow)
    throw new SqlError(SqlState.windowingError, 'window function calls cannot be nested', { position: call.at });
  const refuse = (message: string): SqlError =>
    new SqlError(SqlState.featureNotSupported, message, { position: call.at });
  if (call.withinGroup) throw refuse(`OVER is not supported for ordered-set aggregate ${name}`);
  if (call.distinct) throw refuse('DISTINCT is not implemented for window functions');
  if (call.orderBy.length > 0) throw refuse('aggregate ORDER BY is not implemented for window functions');
  env.select.windows = true;
  const inner = { ...env, insideWindow: true };
  const filter = bindFilter(call, inner);
  const window = bindWindow(over, inner);
  const args = bindArguments(call, inner);
  if (call.star) {
    const [count] = (functionsByName.get('count') ?? []).filter(({ parameters }) => parameters.length === 0);
    if (name !== 'count' || count === undefined) throw undefinedFunction(name, [], call.at);
    return { kind: 'window', routine: count, star: true, args: [], filter, window, type: 'int8', typmod: -1 };
  }
  const routines = functionsByName.get(name) ?? [];
  if (routines.length > 0 && routines.every(({ kind }) => kind === 'function')) {
    throw new SqlError(
      SqlState.wrongObjectType,
      `OVER specified, but ${name} is not a window function nor an aggregate function`,
      { position: call.at },
    );
  }
  const kinds = new Set((functionsByName.get(name) ?? []).map(({ kind }) => kind));
  if (kinds.has('function') && !kinds.has('window') && !kinds.has('aggregate')) {
    findFunction(args, ['function'], call);
    throw new SqlError(
      SqlState.wrongObjectType,
      `OVER specified, but ${name} is not a window function nor an aggregate function`,
      { position: call.at },
    );
  }
  const match = findFunction(args, ['window', 'aggregate'], call);
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
    partitionBy: over.partitionBy.map((expr) => resolved(bindExpr(expr, inner))),
    orderBy: over.orderBy.map((item) => ({
      expr: resolved(bindExpr(item.expr, inner)),
      descending: item.descending,
      nulls: item.nulls,
    })),
    frame: over.frame && bindFrame(over.frame, inner),
  };
  if (over.frame !== undefined) checkRange(over.frame, own.orderBy.length > 0 ? own.orderBy : (base?.orderBy ?? []));
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

/** RANGE with an offset needs one sort key to which an offset can be added. */
function checkRange(frame: Frame, orderBy: BoundWindow['orderBy']): void {
  const edge = [frame.start, frame.end].find((side) => side !== undefined && 'offset' in side);
  if (frame.mode !== 'range' || edge === undefined || !('offset' in edge)) return;
  const position = startOf(edge.offset);
  const [key, another] = orderBy;
  if (key === undefined || another !== undefined) {
    const message = 'RANGE with offset PRECEDING/FOLLOWING requires exactly one ORDER BY column';
    throw new SqlError(SqlState.windowingError, message, { position });
  }
  const { type } = resolved(key.expr);
  if (['N', 'D', 'T'].includes(typeCategory(type))) return;
  throw new SqlError(
    SqlState.featureNotSupported,
    `RANGE with offset PRECEDING/FOLLOWING is not supported for column type ${formatType(type)}`,
    { position },
  );
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
        : coerce(env.binder, offset, 'int8', { position: startOf(edge.offset) }),
  };
}

function rangeOffset(offset: Bound, env: Env): Bound {
  return offset.type === 'unknown' ? coerce(env.binder, offset, 'interval') : resolved(offset);
}
