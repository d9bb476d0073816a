/**
 * The client's time zone, made explicit (contract, section 5, rule 10).
 *
 * The warehouse's sessions always run in the policy time zone, so that no client setting moves a row filter. Where the
 * meaning of a client's expression depends on the session's zone, the zone is written into the expression; what cannot
 * be written so is refused.
 */
import { notSupported } from '../../errors.ts';
import { formatType } from '../../sql/types.ts';
import { absoluteTimestamp } from '../../sql/zone.ts';
import type { Bound, BoundQuery } from '../bound/bound.ts';
import { mapChildren, replaceExprs } from '../bound/walk.ts';
import type { Routine } from '../routines/routines.ts';
import {
  callOf,
  castOf,
  offsetHours,
  offsetMinutes,
  offsetSeconds,
  operatorOf,
  remainder,
  shifted,
  textOf,
  zero,
  zonedText,
} from './zoned-text.ts';

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

// Rules

function castAtZone(bound: Extract<Bound, { kind: 'cast' }>, zone: string): Bound {
  const { arg, type, typmod } = bound;
  const source = arg.type;
  if (source === 'timestamptz' && type !== 'timestamptz') {
    if (type === 'timestamp' && typmod === -1) return shifted(arg, zone);
    if (type === 'timestamp' || type === 'date' || type === 'time') return castOf(shifted(arg, zone), type, typmod);
    if (type === 'text' || type === 'varchar' || type === 'bpchar') {
      const shown = zonedText(arg, zone);
      return type === 'text' ? shown : castOf(shown, type, typmod);
    }
    throw refused(`a cast to ${formatType(type, typmod)}`);
  }
  if (type !== 'timestamptz' || source === 'timestamptz') return bound;
  if (source === 'timestamp') return typmod === -1 ? shifted(arg, zone) : castOf(shifted(arg, zone), type, typmod);
  if (source === 'date') return shifted(castOf(arg, 'timestamp'), zone);
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
      return castOf(shifted(now, zone), 'date');
    case 'localtimestamp':
      return bound.precision === undefined
        ? shifted(now, zone)
        : castOf(shifted(now, zone), 'timestamp', bound.precision);
    case 'localtime':
      return castOf(shifted(now, zone), 'time', bound.precision ?? -1);
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
    if (COMPARISONS.has(routine.name)) return operatorOf(routine.name, toInstant(first, zone), toInstant(second, zone));
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
        : shifted(callOf('date_trunc', first, shifted(second, zone)), zone);
    case 'extract':
    case 'date_part':
      return first === undefined || second === undefined ? bound : fieldAtZone(bound, first, second, zone);
    case 'to_char':
      if (first === undefined || second?.kind !== 'const' || second.value === null)
        throw refused('to_char() with a format that is no literal');
      return formatted(first, second.value, zone);
    case 'concat':
    case 'concat_ws':
    case '||':
      return { ...bound, args: args.map((arg) => (arg.type === 'timestamptz' ? zonedText(arg, zone) : arg)) };
    case 'date':
      return first === undefined ? bound : castOf(shifted(first, zone), 'date');
    case 'age':
      if (first === undefined || second === undefined) throw refused('age() of one argument');
      return callOf('age', shifted(first, zone), shifted(second, zone));
    default:
      throw refused(routine.name);
  }
}

/** date and timestamp beside a timestamptz are moments of the client's zone. */
function toInstant(bound: Bound, zone: string): Bound {
  if (bound.type === 'timestamp') return shifted(bound, zone);
  return bound.type === 'date' ? shifted(castOf(bound, 'timestamp'), zone) : bound;
}

/** Days and months are counted in local time, then hours in absolute time. */
function shiftedBy(bound: Extract<Bound, { kind: 'apply' }>, left: Bound, right: Bound, zone: string): Bound {
  const [interval, moment] = left.type === 'interval' ? [left, right] : [right, left];
  if (interval.type !== 'interval' || moment.type !== 'timestamptz') return bound;
  const { name } = bound.routine;
  const days = callOf('date_trunc', textOf('day'), interval);
  const clock = operatorOf('-', interval, days);
  return operatorOf(name, shifted(operatorOf(name, shifted(moment, zone), days), zone), clock);
}

/** Parts of a format that show the offset; the rest is local time. */
const OFFSETS = /(TZH|TZM|OF)/;

function formatted(value: Bound, format: string, zone: string): Bound {
  const local = shifted(value, zone);
  if (!/TZ|OF/i.test(format)) return callOf('to_char', local, textOf(format));
  const parts = format.split(OFFSETS).filter((part) => part !== '');
  if (format.includes('"') || parts.some((part) => !OFFSETS.test(part) && /TZ|OF/i.test(part)))
    throw refused('to_char() with an abbreviation of the time zone');
  const seconds = offsetSeconds(value, zone);
  const minutes: Bound = {
    kind: 'case',
    branches: [{ when: zero(remainder(seconds, 3600)), then: textOf('') }],
    otherwise: operatorOf('||', textOf(':'), offsetMinutes(seconds)),
    type: 'text',
    typmod: -1,
  };
  return parts
    .map((part): Bound => {
      if (part === 'TZH') return offsetHours(seconds);
      if (part === 'TZM') return offsetMinutes(seconds);
      return part === 'OF' ? operatorOf('||', offsetHours(seconds), minutes) : callOf('to_char', local, textOf(part));
    })
    .reduce((left, right) => operatorOf('||', left, right));
}

function fieldAtZone(bound: Extract<Bound, { kind: 'apply' }>, field: Bound, value: Bound, zone: string): Bound {
  const name = field.kind === 'const' ? field.value?.toLowerCase() : undefined;
  if (name === undefined || name.startsWith('timezone')) throw refused(`${bound.routine.name}()`);
  return name === 'epoch' ? bound : callOf(bound.routine.name, field, shifted(value, zone));
}
