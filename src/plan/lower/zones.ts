/**
 * The client's time zone, made explicit (contract, section 5, rule 10).
 *
 * The warehouse's sessions always run in the policy time zone, so that no client setting moves a row filter. Where the
 * meaning of a client's expression depends on the session's zone, the zone is written into the expression; what cannot
 * be written so is refused.
 */
import { notSupported } from '../../errors.ts';
import type { PgType } from '../../sql/types.ts';
import { absoluteTimestamp } from '../../sql/zone.ts';
import type { Bound, BoundQuery } from '../bound/bound.ts';
import { mapChildren, replaceExprs } from '../bound/walk.ts';
import { selectRoutine } from '../routines/overload.ts';
import { functionsByName, operatorsByName, type Routine } from '../routines/routines.ts';

/** Rewrites the whole query in place. @throws SqlError 0A000 for what depends on the zone and cannot be rewritten */
export function applyTimeZone(query: BoundQuery, zone: string): void {
  const rewrite = (bound: Bound): Bound => {
    const inner = mapChildren(bound, rewrite, (subquery) => applyTimeZone(subquery, zone));
    return atZone(inner, zone);
  };
  replaceExprs(query, rewrite);
}

function atZone(bound: Bound, zone: string): Bound {
  switch (bound.kind) {
    case 'const':
      return bound.type === 'timestamptz' && bound.value !== null
        ? { ...bound, value: absolute(bound.value, zone) }
        : bound;
    case 'cast':
      return castAtZone(bound, zone);
    case 'sql-value':
      return valueAtZone(bound, zone);
    case 'apply':
      return bound.routine.volatility === 'stable' && touchesZone(bound.routine, bound.args)
        ? callAtZone(bound, zone)
        : bound;
    case 'window':
    case 'aggregate':
      if (
        bound.routine.kind !== 'author' &&
        bound.routine.volatility === 'stable' &&
        touchesZone(bound.routine, bound.args)
      )
        throw refused(bound.routine.name);
      return bound;
    default:
      return bound;
  }
}

function refused(what: string): Error {
  return notSupported(`${what} over timestamp with time zone in another zone than the server's`, {
    hint: 'Convert with AT TIME ZONE first, or RESET TIME ZONE.',
  });
}

function touchesZone(routine: Routine, args: readonly Bound[]): boolean {
  return (
    args.some(({ type }) => type === 'timestamptz' || type === 'timestamptz[]') || routine.result === 'timestamptz'
  );
}

function absolute(text: string, zone: string): string {
  const found = absoluteTimestamp(text, zone);
  if (found === undefined) throw refused(`the literal '${text}'`);
  return found;
}

// Makers

function call(name: string, args: readonly Bound[]): Bound {
  return made(functionsByName.get(name) ?? [], args, name);
}

function operator(name: string, args: readonly Bound[]): Bound {
  return made(operatorsByName.get(name) ?? [], args, name);
}

function made(routines: readonly Routine[], args: readonly Bound[], name: string): Bound {
  const selection = selectRoutine(
    routines,
    args.map(({ type }) => type),
  );
  if (selection.kind !== 'match') throw refused(name);
  return { kind: 'apply', routine: selection.match.routine, args, type: selection.match.result, typmod: -1 };
}

/** timestamptz → the zone's local timestamp, and back. */
function shift(bound: Bound, zone: string): Bound {
  return call('timezone', [{ kind: 'const', type: 'text', typmod: -1, value: zone }, bound]);
}

function castTo(arg: Bound, type: PgType, typmod = -1): Bound {
  return { kind: 'cast', arg, type, typmod };
}

// Rules

function castAtZone(bound: Extract<Bound, { kind: 'cast' }>, zone: string): Bound {
  const { arg, type, typmod } = bound;
  const source = arg.type;
  if (source === 'timestamptz' && type !== 'timestamptz') {
    if (type === 'timestamp' && typmod === -1) return shift(arg, zone);
    if (type === 'timestamp' || type === 'date' || type === 'time') return castTo(shift(arg, zone), type, typmod);
    throw refused('a cast to text');
  }
  if (type !== 'timestamptz' || source === 'timestamptz') return bound;
  if (source === 'timestamp') return typmod === -1 ? shift(arg, zone) : castTo(shift(arg, zone), type, typmod);
  if (source === 'date') return shift(castTo(arg, 'timestamp'), zone);
  throw refused('a cast from text');
}

function valueAtZone(bound: Extract<Bound, { kind: 'sql-value' }>, zone: string): Bound {
  const now: Bound = {
    kind: 'sql-value',
    name: 'current_timestamp',
    precision: undefined,
    type: 'timestamptz',
    typmod: -1,
  };
  switch (bound.name) {
    case 'current_date':
      return castTo(shift(now, zone), 'date');
    case 'localtimestamp':
      return bound.precision === undefined ? shift(now, zone) : castTo(shift(now, zone), 'timestamp', bound.precision);
    case 'localtime':
      return castTo(shift(now, zone), 'time', bound.precision ?? -1);
    case 'current_timestamp':
      return bound;
    default:
      throw refused(bound.name);
  }
}

const COMPARISONS = new Set(['=', '<>', '<', '<=', '>', '>=']);

function callAtZone(bound: Extract<Bound, { kind: 'apply' }>, zone: string): Bound {
  const { routine, args } = bound;
  const [first, second] = args;
  if (routine.kind === 'operator' && first !== undefined && second !== undefined) {
    if (COMPARISONS.has(routine.name)) return operator(routine.name, [toInstant(first, zone), toInstant(second, zone)]);
    if (routine.name === '+' || routine.name === '-') return shiftedBy(bound, first, second, zone);
  }
  switch (routine.name) {
    case 'now':
    case 'statement_timestamp':
    case 'transaction_timestamp':
    case 'timezone':
    case 'to_timestamp':
      if (routine.name === 'to_timestamp' && args.length === 2) throw refused('to_timestamp(text, text)');
      return bound;
    case 'date_trunc':
      return args.length === 3 || first === undefined || second === undefined
        ? bound
        : shift(call('date_trunc', [first, shift(second, zone)]), zone);
    case 'extract':
    case 'date_part':
      return first === undefined || second === undefined ? bound : fieldAtZone(bound, first, second, zone);
    case 'to_char':
      if (first === undefined || second?.kind !== 'const' || second.value === null || /TZ|OF/i.test(second.value))
        throw refused('this to_char()');
      return call('to_char', [shift(first, zone), second]);
    case 'date':
      return first === undefined ? bound : castTo(shift(first, zone), 'date');
    case 'age':
      if (first === undefined || second === undefined) throw refused('age() of one argument');
      return call('age', [shift(first, zone), shift(second, zone)]);
    default:
      throw refused(routine.name);
  }
}

/** date and timestamp beside a timestamptz are moments of the client's zone. */
function toInstant(bound: Bound, zone: string): Bound {
  if (bound.type === 'timestamp') return shift(bound, zone);
  return bound.type === 'date' ? shift(castTo(bound, 'timestamp'), zone) : bound;
}

/** Days and months are counted in local time, hours in absolute time; an interval of both is refused. */
function shiftedBy(bound: Extract<Bound, { kind: 'apply' }>, left: Bound, right: Bound, zone: string): Bound {
  const interval = left.type === 'interval' ? left : right;
  if (interval.type !== 'interval') return bound;
  const literal = interval.kind === 'const' ? interval.value : null;
  const hasDays = literal === null || /(year|mon|week|day|decade|centur|millen|\bP)/i.test(literal);
  const hasTime =
    literal === null ||
    /(hour|min|sec|milli|micro|\d:\d|T)/i.test(literal.replace(/mon\w*|centur\w*|millen\w*|decade\w*/gi, ''));
  if (!hasDays) return bound;
  if (hasTime) throw refused('this interval arithmetic');
  const moved = left.type === 'interval' ? [left, shift(right, zone)] : [shift(left, zone), right];
  return shift(operator(bound.routine.name, moved), zone);
}

function fieldAtZone(bound: Extract<Bound, { kind: 'apply' }>, field: Bound, value: Bound, zone: string): Bound {
  const name = field.kind === 'const' ? field.value?.toLowerCase() : undefined;
  if (name === undefined || name.startsWith('timezone')) throw refused(`${bound.routine.name}()`);
  return name === 'epoch' ? bound : call(bound.routine.name, [field, shift(value, zone)]);
}
