/**
 * Custom granularities of time dimensions: time cut into bins of one width, one of which begins at an origin
 * (https://cube.dev/docs/product/data-modeling/reference/dimensions#granularities).
 */

import { INTERVAL_UNITS, type IntervalUnit } from './measure-stages.ts';
import type { CubeReading } from './members.ts';
import type { DimensionDefinition } from './schema.ts';
import type { SourcePosition } from './types.ts';

export type Granularity = {
  readonly name: string;
  readonly title: string | undefined;
  /** Undefined for one that is defined by SQL of its own, which no query can use yet. */
  readonly bins: Bins | undefined;
  readonly at: SourcePosition;
};

export type Bins = { readonly width: Span; readonly origin: BinOrigin };

/** Months, days and seconds, each counted by itself, as in an interval of PostgreSQL. */
export type Span = { readonly months: number; readonly days: number; readonly seconds: number };

export type BinOrigin =
  /** A timestamp in the zone in which the bins are cut. */
  | { readonly kind: 'local'; readonly at: string }
  /** A moment, with its distance from UTC. */
  | { readonly kind: 'instant'; readonly at: string }
  /** The beginning of the current year, or of the week in which that is, moved by an offset. */
  | { readonly kind: 'current-year'; readonly from: 'year' | 'week'; readonly offset: Span };

type Definition = NonNullable<DimensionDefinition['granularities']>[number];

/** What is wrong goes to the problems with its place; a granularity that says too little is left out. */
export function readGranularities(definition: DimensionDefinition, reading: CubeReading): readonly Granularity[] {
  const { sources, problems } = reading;
  const list = definition.granularities ?? [];
  if (list.length > 0 && definition.type !== 'time')
    problems.error(sources.keyAt(definition, 'granularities'), 'granularities are for dimensions of type time');
  const known = new Map<string, Granularity>();
  for (const item of list) {
    const at = sources.at(item, 'name');
    if (known.has(item.name))
      problems.error(at, `dimension "${definition.name}" already has a granularity "${item.name}"`);
    if ((INTERVAL_UNITS as readonly string[]).includes(item.name))
      problems.warning(at, `"${item.name}" always means the calendar's own; this granularity is never used`);
    if (item.sql !== undefined)
      problems.warning(
        sources.keyAt(item, 'sql'),
        `sql of a granularity is not supported yet: a query that needs "${item.name}" is refused`,
      );
    const bins = item.sql === undefined ? readBins(item, reading) : undefined;
    if (bins !== undefined || item.sql !== undefined)
      known.set(item.name, { name: item.name, title: item.title, bins, at });
  }
  return [...known.values()];
}

function readBins(item: Definition, { sources, problems }: CubeReading): Bins | undefined {
  const fail = (at: SourcePosition, message: string): undefined => {
    problems.error(at, message);
    return undefined;
  };
  if (item.interval === undefined) return fail(sources.at(item), 'missing key "interval"');
  const parts = readParts(item.interval, /^\d+$/);
  if (parts === undefined || parts.every(({ count }) => count === 0))
    return fail(sources.at(item, 'interval'), `"${item.interval}" is no interval; write "6 months" or "2 weeks"`);
  const width = spanOf(parts);
  if (item.origin !== undefined) {
    if (item.offset !== undefined)
      return fail(sources.keyAt(item, 'offset'), '"origin" and "offset" say the same thing; keep one');
    const origin = readOrigin(item.origin);
    return origin === undefined
      ? fail(sources.at(item, 'origin'), `"${item.origin}" is no date or timestamp`)
      : { width, origin };
  }
  const [only, another] = parts;
  if (only === undefined || another !== undefined || !dividesYear(only))
    return fail(
      sources.at(item, 'interval'),
      `bins of "${item.interval}" do not begin anew with every year: they need an origin`,
    );
  const offset = item.offset === undefined ? [] : readParts(item.offset, /^-?\d+$/);
  if (offset === undefined)
    return fail(sources.at(item, 'offset'), `"${item.offset}" is no offset; write "3 months" or "-1 day"`);
  return { width, origin: naturalOrigin(width, only.unit, spanOf(offset)) };
}

type Part = { readonly count: number; readonly unit: IntervalUnit };

/** `1 year 2 months`; a thousand years at most. */
function readParts(text: string, number: RegExp): readonly Part[] | undefined {
  const words = text.trim().split(/\s+/);
  const parts: Part[] = [];
  for (let i = 0; i < words.length; i += 2) {
    const [count = '', name = ''] = words.slice(i, i + 2);
    const unit = INTERVAL_UNITS.find((known) => name === known || name === `${known}s`);
    if (!number.test(count) || unit === undefined) return undefined;
    parts.push({ count: Number(count), unit });
  }
  const { months, days, seconds } = spanOf(parts);
  const isNear = Math.abs(months) <= 12_000 && Math.abs(days) <= 400_000 && Math.abs(seconds) <= 86_400 * 400_000;
  return isNear ? parts : undefined;
}

const SPANS: Readonly<Record<IntervalUnit, Span>> = {
  second: { months: 0, days: 0, seconds: 1 },
  minute: { months: 0, days: 0, seconds: 60 },
  hour: { months: 0, days: 0, seconds: 3600 },
  day: { months: 0, days: 1, seconds: 0 },
  week: { months: 0, days: 7, seconds: 0 },
  month: { months: 1, days: 0, seconds: 0 },
  quarter: { months: 3, days: 0, seconds: 0 },
  year: { months: 12, days: 0, seconds: 0 },
};

function spanOf(parts: readonly Part[]): Span {
  return parts.reduce(
    (sum, { count, unit }) => ({
      months: sum.months + count * SPANS[unit].months,
      days: sum.days + count * SPANS[unit].days,
      seconds: sum.seconds + count * SPANS[unit].seconds,
    }),
    { months: 0, days: 0, seconds: 0 },
  );
}

/** The intervals that Cube takes without an origin (CubeValidator): they begin anew with every year, week or day. */
function dividesYear({ count, unit }: Part): boolean {
  switch (unit) {
    case 'year':
      return true;
    case 'quarter':
      return 4 % count === 0;
    case 'month':
      return 12 % count === 0;
    case 'week':
    case 'day':
      return count === 1;
    case 'hour':
      return 24 % count === 0;
    case 'minute':
    case 'second':
      return 60 % count === 0;
  }
}

/**
 * Cube's origin is the beginning of the current year (for weeks, of its first week), moved by the offset. Where every
 * year gives the same bins, 2001 stands for the current one; it began on a Monday.
 */
function naturalOrigin(width: Span, unit: IntervalUnit, offset: Span): BinOrigin {
  const [plain, leap] = [2001, 2004].map((year) => {
    const moved = new Date(Date.UTC(year, offset.months, 1 + offset.days, 0, 0, offset.seconds));
    return { text: timestampText(moved), ofYear: `${moved.getUTCFullYear() - year} ${moved.toISOString().slice(5)}` };
  });
  const steady =
    unit === 'week'
      ? offset.months === 0
      : width.months === 0 || (width.months <= 12 && plain?.ofYear === leap?.ofYear);
  return steady && plain !== undefined
    ? { kind: 'local', at: plain.text }
    : { kind: 'current-year', from: unit === 'week' ? 'week' : 'year', offset };
}

function timestampText(moment: Date): string {
  return moment.toISOString().slice(0, 19).replace('T', ' ');
}

const ORIGIN = /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:[T ](\d{2}:\d{2})(:\d{2}(?:\.\d{1,6})?)?(Z|[+-]\d{2}:?\d{2})?)?)?)?$/;

function readOrigin(text: string): BinOrigin | undefined {
  const match = ORIGIN.exec(text.trim());
  if (match === null) return undefined;
  const [, year, month = '01', day = '01', clock = '00:00', seconds = ':00', zone] = match;
  const date = `${year}-${month}-${day}`;
  const moment = new Date(`${date}T${clock}${seconds.slice(0, 3)}Z`);
  if (Number.isNaN(moment.getTime()) || !moment.toISOString().startsWith(date)) return undefined;
  const at = `${date} ${clock}${seconds}`;
  return zone === undefined
    ? { kind: 'local', at }
    : { kind: 'instant', at: `${at}${zone === 'Z' ? '+00:00' : zone.replace(/^(...)(\d\d)$/, '$1:$2')}` };
}
