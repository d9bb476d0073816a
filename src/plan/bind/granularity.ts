/**
 * Granularities of a time dimension's own (contract, section 5, rule 10): `date_trunc('name', dim)` is the beginning of
 * the bin in which a moment lies. Bins are cut in the session's zone, as date_trunc cuts days.
 */
import { notSupported } from '../../errors.ts';
import type { BinOrigin, Bins, Granularity, Span } from '../../model/granularities.ts';
import { INTERVAL_UNITS } from '../../model/measure-stages.ts';
import type { PgType } from '../../sql/types.ts';
import type { Bound } from '../bound/bound.ts';
import { isTransparent } from '../measures/transparent.ts';
import { applyFunction, applyOperator } from '../routines/apply.ts';
import type { Binder } from './binder.ts';
import { coerce } from './coerce.ts';
import { matchName } from './scope.ts';

/** Cube's default granularities, which every time dimension has. */
export const CALENDAR: ReadonlySet<string> = new Set(INTERVAL_UNITS);

/**
 * @param args of a call of date_trunc: the unit, the value, a zone
 * @returns undefined where the value is no dimension that has this granularity: then the call is PostgreSQL's
 * @throws SqlError 0A000 for a granularity that is defined by SQL of its own
 */
export function bindGranularity(
  args: readonly Bound[],
  binder: Binder,
  position: number | undefined,
): Bound | undefined {
  const [unit, value, zone] = args;
  if (unit?.kind !== 'const' || unit.value === null || value === undefined || args.length > 3) return undefined;
  const granularity = granularityOf(value, unit.value);
  if (granularity === undefined) return undefined;
  if (granularity.bins === undefined)
    throw notSupported(`granularity "${granularity.name}", which is defined by sql,`, { position });
  const session: Bound = { kind: 'const', type: 'text', typmod: -1, value: binder.options.timeZone };
  const asked = zone === undefined ? session : coerce(binder, zone, 'text', { position });
  return inBins(value, granularity.bins, session, zone === undefined ? undefined : asked);
}

/** The granularity of that name of the dimension that a value is, directly or through transparent subqueries. */
export function granularityOf(value: Bound, written: string): Granularity | undefined {
  if (value.kind !== 'column' || CALENDAR.has(written.toLowerCase())) return undefined;
  const { relation, slot } = value;
  switch (relation.kind) {
    case 'leaf':
      return named(relation.table.columns[slot]?.granularities ?? [], written);
    case 'derived': {
      const item = isTransparent(relation.query) ? relation.query.body.items[slot] : undefined;
      return item && granularityOf(item, written);
    }
    case 'cte':
    case 'function':
      return undefined;
  }
}

/** As it is written, or in lower case as PostgreSQL takes its units. */
function named(granularities: readonly Granularity[], written: string): Granularity | undefined {
  return matchName(granularities, written, true)[0] ?? matchName(granularities, written.toLowerCase(), false)[0];
}

/** @param zone of the call, else the session's; with one a timestamp is a moment of the session's zone, as in date_trunc */
function inBins(value: Bound, bins: Bins, session: Bound, zone: Bound | undefined): Bound | undefined {
  switch (value.type) {
    case 'timestamp':
      if (zone === undefined) return bin(binStart(value, bins, session), value, bins, widthOfAll(bins));
      return binOfInstant(applyFunction('timezone', session, value), bins, zone, undefined);
    case 'date': {
      // date_trunc('month', date) is a timestamptz.
      const instant = applyFunction('timezone', session, cast(value, 'timestamp'));
      if (zone !== undefined) return binOfInstant(instant, bins, zone, undefined);
      const start = applyFunction('timezone', session, binStart(cast(value, 'timestamp'), bins, session));
      return bin(start, instant, bins, widthInZone(bins));
    }
    case 'timestamptz':
      return binOfInstant(value, bins, zone ?? session, zone === undefined ? widthInZone(bins) : undefined);
    default:
      return undefined;
  }
}

/** @param width see `Bound`; bins within an hour have the same in every zone */
function binOfInstant(instant: Bound, bins: Bins, zone: Bound, width: string | undefined): Bound {
  if (isWithinHour(bins.width)) return bin(binOfHour(instant, bins, zone), instant, bins, widthOfAll(bins));
  const start = binStart(applyFunction('timezone', zone, instant), bins, zone);
  return bin(applyFunction('timezone', zone, start), instant, bins, width);
}

function bin(start: Bound, moment: Bound, bins: Bins, width: string | undefined): Bound {
  if (start.type === 'unknown') throw new Error('the beginning of a bin is untyped');
  return { kind: 'bin', start, moment, width, ofDays: isOfDays(bins), type: start.type, typmod: -1 };
}

function isOfDays({ width, origin }: Bins): boolean {
  if (width.seconds > 0) return false;
  switch (origin.kind) {
    case 'local':
      return / 00:00:00(\.0+)?$/.test(origin.at);
    case 'instant':
      return false;
    case 'current-year':
      return origin.offset.seconds === 0;
  }
}

/** Undefined where months may begin on days that not every month has: there the next bin is not one width away. */
function widthOfAll({ width, origin }: Bins): string | undefined {
  if (width.months > 0 && (width.days > 0 || !beginsEarlyInMonth(origin))) return undefined;
  return intervalOf(width);
}

/** In the session's zone hours are not always a fraction of a day. */
function widthInZone(bins: Bins): string | undefined {
  return bins.width.seconds > 0 && !isWithinHour(bins.width) ? undefined : widthOfAll(bins);
}

function beginsEarlyInMonth(origin: BinOrigin): boolean {
  switch (origin.kind) {
    case 'local':
      return Number(origin.at.slice(8, 10)) <= 28;
    case 'instant':
      return false;
    case 'current-year':
      return origin.from === 'year' && origin.offset.days === 0 && origin.offset.seconds === 0;
  }
}

/** The beginning of the bin of a timestamp. */
function binStart(local: Bound, { width, origin }: Bins, zone: Bound): Bound {
  const start = originOf(origin, zone);
  if (width.months === 0) return applyFunction('date_bin', interval(width), local, start);
  // Months differ in length: of the bins around the one that is estimated, the last that has begun.
  const epoch = (timestamp: Bound): Bound => applyFunction('date_part', constant('text', 'epoch'), timestamp);
  const elapsed = applyOperator('-', epoch(local), epoch(start));
  const bins = applyOperator('/', elapsed, constant('float8', String(averageSeconds(width))));
  const estimate = cast(applyFunction('floor', bins), 'int4');
  const begin = (distance: string): Bound => {
    const count = cast(applyOperator('+', estimate, constant('int4', distance)), 'float8');
    return applyOperator('+', start, applyOperator('*', interval(width), count));
  };
  const hasBegun = (distance: string): { readonly when: Bound; readonly then: Bound } => ({
    when: applyOperator('<=', begin(distance), local),
    then: begin(distance),
  });
  const infinite: Bound = { kind: 'not', arg: applyFunction('isfinite', local), type: 'bool', typmod: -1 };
  return {
    kind: 'case',
    branches: [{ when: infinite, then: local }, hasBegun('1'), hasBegun('0')],
    otherwise: begin('-1'),
    type: 'timestamp',
    typmod: -1,
  };
}

function isWithinHour({ months, days, seconds }: Span): boolean {
  return months === 0 && days === 0 && 3600 % seconds === 0;
}

/** Cut in UTC from an origin that is as far away as the zone: an hour that the clocks repeat has its bins twice. */
function binOfHour(instant: Bound, { width, origin }: Bins, zone: Bound): Bound {
  const utc = constant('text', 'UTC');
  const absolute = applyFunction('timezone', utc, instant);
  const distance = applyOperator('-', applyFunction('timezone', zone, instant), absolute);
  const start = applyOperator('-', originOf(origin, zone), distance);
  return applyFunction('timezone', utc, applyFunction('date_bin', interval(width), absolute, start));
}

/** Of a Gregorian month 30.436875 days. */
function averageSeconds({ months, days, seconds }: Span): number {
  return months * 2_629_746 + days * 86_400 + seconds;
}

function originOf(origin: BinOrigin, zone: Bound): Bound {
  switch (origin.kind) {
    case 'local':
      return constant('timestamp', origin.at);
    case 'instant':
      return applyFunction('timezone', zone, constant('timestamptz', origin.at));
    case 'current-year': {
      const now: Bound = {
        kind: 'sql-value',
        name: 'current_timestamp',
        precision: undefined,
        type: 'timestamptz',
        typmod: -1,
      };
      const year = applyFunction('date_trunc', constant('text', 'year'), applyFunction('timezone', zone, now));
      const start = origin.from === 'year' ? year : applyFunction('date_trunc', constant('text', 'week'), year);
      return applyOperator('+', start, interval(origin.offset));
    }
  }
}

function interval(span: Span): Bound {
  return constant('interval', intervalOf(span));
}

function intervalOf({ months, days, seconds }: Span): string {
  return `${months} mons ${days} days ${seconds} secs`;
}

function constant(type: PgType, value: string): Bound {
  return { kind: 'const', type, typmod: -1, value };
}

function cast(arg: Bound, type: PgType): Bound {
  return { kind: 'cast', arg, type, typmod: -1 };
}
