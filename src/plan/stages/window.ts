/**
 * The edges of a rolling window, from the period that it hangs on.
 */
import { assertNever } from '../../errors.ts';
import type { ModelInterval, RollingWindow } from '../../model/measure-stages.ts';
import type { Bound } from '../bound/bound.ts';
import { applyFunction } from '../routines/apply.ts';
import { intervalText, moved } from './same-key.ts';
import type { Period, TimeKey } from './time-key.ts';

/** A moment lies in the window from `from` on and before `to`; undefined where there is no edge. */
type Edges = { readonly from?: Bound | undefined; readonly to?: Bound | undefined };

export function windowEdges(window: RollingWindow, { start, end }: Period): Edges {
  switch (window.kind) {
    case 'fixed': {
      const anchor = window.offset === 'end' ? end : start;
      return { from: edge(anchor, '-', window.trailing), to: edge(anchor, '+', window.leading) };
    }
    case 'to-date': {
      const unit: Bound = { kind: 'const', type: 'text', typmod: -1, value: window.granularity };
      return { from: applyFunction('date_trunc', unit, start), to: end };
    }
    default:
      return assertNever(window, 'windowEdges');
  }
}

function edge(anchor: Bound, sign: '+' | '-', length: ModelInterval | 'unbounded' | undefined): Bound | undefined {
  if (length === 'unbounded') return undefined;
  return length === undefined ? anchor : moved(anchor, sign, intervalText(length.count, length.unit));
}

/** Units of which each is whole periods of the unit named, counted from the beginning of one. */
const WHOLE: ReadonlyMap<string, readonly string[]> = new Map([
  ['day', ['day', 'week', 'month', 'quarter', 'year']],
  ['week', ['week']],
  ['month', ['month', 'quarter', 'year']],
  ['quarter', ['quarter', 'year']],
  ['year', ['year']],
]);
/** Of a timestamp alone: where clocks change, a day is not always as many hours. */
const WHOLE_WITHOUT_ZONE: ReadonlyMap<string, readonly string[]> = new Map([
  ['minute', ['minute', 'hour', 'day', 'week', 'month', 'quarter', 'year']],
  ['hour', ['hour', 'day', 'week', 'month', 'quarter', 'year']],
]);

/** True when each period lies in the window whole or not at all. */
export function isAligned({ unit, moment }: TimeKey, window: RollingWindow): boolean {
  // A moment by itself is in or out.
  if (unit === 'instant') return true;
  const whole = WHOLE.get(unit) ?? (moment.type === 'timestamp' ? WHOLE_WITHOUT_ZONE.get(unit) : undefined) ?? [];
  const lengths = window.kind === 'fixed' ? [window.trailing, window.leading] : [];
  const units = window.kind === 'to-date' ? [window.granularity] : [];
  for (const length of lengths) if (length !== undefined && length !== 'unbounded') units.push(length.unit);
  return units.every((each) => whole.includes(each));
}
