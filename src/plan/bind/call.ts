/**
 * Function calls: scalar functions, aggregates, windows, and calls of measures.
 */
import { notSupported, SqlError, SqlState } from '../../errors.ts';
import type { Call, Expr } from '../../sql/ast.ts';
import type { ScalarType } from '../../sql/types.ts';
import { formatType, SCALAR_TYPES } from '../../sql/types.ts';
import type { Bound } from '../bound/bound.ts';
import type { Match } from '../routines/overload.ts';
import { selectRoutine } from '../routines/overload.ts';
import type { Routine } from '../routines/routines.ts';
import { castRules, functionsByName } from '../routines/routines.ts';
import { bindAggregate, bindMeasureCall } from './aggregate.ts';
import type { Env } from './binder.ts';
import { catalogOverRows, isCatalogFunction, isMeasureFunction, isSessionFunction } from './catalog-names.ts';
import { coerce } from './coerce.ts';
import { bindExpr } from './expression.ts';
import { bindGranularity } from './granularity.ts';
import { coerceArgument } from './operator.ts';
import { sessionValue } from './session-value.ts';
import { startOf } from './start-of.ts';
import { bindTypeOf, TYPE_OF } from './type-of.ts';
import { bindWindowCall } from './window.ts';

/** @throws SqlError 42883 for what is not on the list, whether it exists in the warehouse or not */
export function bindCall(call: Call, env: Env): Bound {
  const name = functionName(call);
  if (isMeasureFunction(call) && call.over === undefined) return bindMeasureCall(call, name, env);
  if (isSessionFunction(call)) return sessionValue(name);
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
  if (written !== undefined && (functionsByName.has(name) || name === TYPE_OF)) {
    throw new SqlError(SqlState.wrongObjectType, `${written} specified, but ${name} is not an aggregate function`, {
      position: call.at,
    });
  }
  const args = bindArguments(call, env);
  const cast = bindTypeCall(call, name, args, env);
  if (cast !== undefined) return cast;
  const binned = name === 'date_trunc' ? bindGranularity(args, env.binder, call.at) : undefined;
  if (binned !== undefined) return binned;
  const [arg, another] = args;
  if (name === TYPE_OF && arg !== undefined && another === undefined) return bindTypeOf(call, arg, env);
  if (isCatalogFunction(call) && name !== TYPE_OF) throw catalogOverRows(`${name}()`, call.at);
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

export function bindArguments(call: Call, env: Env): Bound[] {
  return call.args.map(({ name, variadic, value }) => {
    if (name !== undefined) throw notSupported('a named argument', { position: startOf(value) });
    if (variadic) throw notSupported('a VARIADIC argument', { position: startOf(value) });
    return bindExpr(value, env);
  });
}

export function coerceArguments(args: readonly Bound[], match: Match, call: Call, env: Env): Bound[] {
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

export function undefinedFunction(name: string, types: readonly string[], position: number | undefined): SqlError {
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
