/**
 * Group keys that are periods of time: `date_trunc('month', t)`, `t::date`, a time dimension itself.
 */
import type { Bound, DerivedRelation } from '../bound/bound.ts';
import { isTransparent } from '../measures/transparent.ts';
import { hiddenItem } from './member.ts';
import { intervalText, moved } from './same-key.ts';

/** What a period key is made from: `moment` lies in the period that begins at the key. */
export type TimeKey = {
  /** As date_trunc takes it; `instant` for the moment itself, `bin` and `days` for a granularity of a dimension's own. */
  readonly unit: string;
  /** An interval. */
  readonly length: string;
  /** Over the relations that the key is over; a timestamp or timestamptz. */
  readonly moment: Bound;
};

const LENGTHS: ReadonlyMap<string, string> = new Map([
  ['instant', '1 microsecond'],
  ['microseconds', '1 microsecond'],
  ['milliseconds', '1 millisecond'],
  ['second', '1 second'],
  ['minute', '1 minute'],
  ['hour', '1 hour'],
  ['day', '1 day'],
  ['week', '7 day'],
  ['month', '1 month'],
  ['quarter', intervalText(1, 'quarter')],
  ['year', '1 year'],
  ['decade', '10 year'],
  ['century', '100 year'],
  ['millennium', '1000 year'],
]);
const WHOLE_DAYS = new Set(['days', 'day', 'week', 'month', 'quarter', 'year', 'decade', 'century', 'millennium']);

/** Undefined for a key of another form, such as extract(year FROM t). */
export function timeKeyOf(key: Bound): TimeKey | undefined {
  switch (key.kind) {
    case 'column':
      return key.relation.kind === 'derived' ? throughDerived(key, key.relation) : itself(key);
    case 'cast':
      return castKey(key, key.arg);
    case 'bin':
      return binKey(key.width, key.ofDays, key.moment);
    case 'apply': {
      const [first, second, third] = key.args;
      const { name } = key.routine;
      if (name === 'date' && first !== undefined && second === undefined) return castKey(key, first);
      if (name === 'date_trunc' && first?.kind === 'const' && second !== undefined && third === undefined) {
        const unit = first.value?.toLowerCase() ?? '';
        return unit !== 'instant' && isMoment(second) ? keyOf(unit, second) : undefined;
      }
      // A time dimension that a time shift has moved.
      return (name === '+' || name === '-') && second?.kind === 'const' && second.type === 'interval'
        ? itself(key)
        : undefined;
    }
    default:
      return undefined;
  }
}

function keyOf(unit: string, moment: Bound): TimeKey | undefined {
  const length = LENGTHS.get(unit);
  return length === undefined ? undefined : { unit, length, moment };
}

function binKey(length: string | undefined, ofDays: boolean, moment: Bound): TimeKey | undefined {
  return length === undefined ? undefined : { unit: ofDays ? 'days' : 'bin', length, moment };
}

function isMoment({ type }: Bound): boolean {
  return type === 'timestamp' || type === 'timestamptz';
}

function itself(key: Bound): TimeKey | undefined {
  if (key.type === 'date') return keyOf('day', { kind: 'cast', arg: key, type: 'timestamp', typmod: -1 });
  return isMoment(key) ? keyOf('instant', key) : undefined;
}

/** `t::date` is the day of t; a cast of a period's beginning keeps the period. */
function castKey(key: Bound, arg: Bound): TimeKey | undefined {
  const inner = timeKeyOf(arg);
  if (inner === undefined) return undefined;
  if (key.type === 'date') {
    if (WHOLE_DAYS.has(inner.unit)) return inner;
    // Of some bins a day holds several, others begin in its middle.
    return inner.unit === 'bin' ? undefined : keyOf('day', inner.moment);
  }
  if (key.type === inner.moment.type) return inner;
  return key.type === 'timestamp' || key.type === 'timestamptz'
    ? { ...inner, moment: { kind: 'cast', arg: inner.moment, type: key.type, typmod: -1 } }
    : undefined;
}

function throughDerived(key: Extract<Bound, { kind: 'column' }>, relation: DerivedRelation): TimeKey | undefined {
  if (!isTransparent(relation.query)) return itself(key);
  const item = relation.query.body.items[key.slot];
  const inner = item && timeKeyOf(item);
  if (inner === undefined || inner.moment.type === 'unknown') return undefined;
  const { type, typmod } = inner.moment;
  return { ...inner, moment: { kind: 'column', relation, slot: hiddenItem(relation, inner.moment), type, typmod } };
}

export type Period = { readonly start: Bound; readonly end: Bound };

/** The period that a value of the key begins, `end` not among it. */
export function periodOf({ length, moment }: TimeKey, value: Bound): Period {
  if (moment.type === 'unknown') throw new Error('a moment has a type');
  const start: Bound = value.type === moment.type ? value : { kind: 'cast', arg: value, type: moment.type, typmod: -1 };
  return { start, end: moved(start, '+', length) };
}
