/** Reads intervals as PostgreSQL writes them (all four styles) and drivers send them. */
import { SqlError } from '../../errors.ts';
import { roundHalfEven } from './calendar.ts';

export type IntervalParts = { readonly months: number; readonly days: number; readonly micros: bigint };

/** Microseconds, or days and months, in one of the unit; a fraction of a larger unit goes on to the smaller one. */
type Unit = { readonly months?: number; readonly days?: number; readonly micros?: number };
const UNITS: ReadonlyMap<string, Unit> = new Map([
  ...named('us usec usecs microsecond microseconds', { micros: 1 }),
  ...named('ms msec msecs millisecond milliseconds', { micros: 1e3 }),
  ...named('s sec secs second seconds', { micros: 1e6 }),
  ...named('m min mins minute minutes', { micros: 60e6 }),
  ...named('h hr hrs hour hours', { micros: 3600e6 }),
  ...named('d day days', { days: 1 }),
  ...named('w week weeks', { days: 7 }),
  ...named('mon mons month months', { months: 1 }),
  ...named('y yr yrs year years', { months: 12 }),
  ...named('dec decade decades', { months: 120 }),
  ...named('c cent century centuries', { months: 1200 }),
]);

function named(names: string, unit: Unit): [string, Unit][] {
  return names.split(' ').map((name) => [name, unit]);
}

/** A time of day; years and months, `1-2`; days before a time; an amount of a unit, of seconds at the end. */
const TOKEN =
  /\s*(?:([+-]?\d+):(\d{1,2})(?::(\d{1,2}(?:\.\d+)?))?|([+-]?)(\d+)-(\d+)(?=\s|$)|([+-]?\d+)(?=\s+[+-]?\d+:)|([+-]?(?:\d+(?:\.\d*)?|\.\d+))(?:\s*([a-z]+)|\s*$))/giy;
const ISO =
  /^([+-]?)p(?=.)(?:(-?[\d.]+)y)?(?:(-?[\d.]+)m)?(?:(-?[\d.]+)w)?(?:(-?[\d.]+)d)?(?:t(?:(-?[\d.]+)h)?(?:(-?[\d.]+)m)?(?:(-?[\d.]+)s)?)?$/i;
const LONGEST = 200;

/** @throws SqlError 22007 for another form, 22015 when a field is too large */
export function parseInterval(text: string): IntervalParts {
  const literal = text.trim();
  if (literal.length > LONGEST || literal === '') throw invalid();
  const total = new IntervalSum();
  const iso = ISO.exec(literal);
  if (iso !== null) {
    const sign = iso[1] === '-' ? -1 : 1;
    const units = ['year', 'month', 'week', 'day', 'hour', 'minute', 'second'];
    units.forEach((unit, i) => {
      const amount = iso[i + 2];
      if (amount !== undefined) total.add(sign * number(amount), unit);
    });
    return total.parts();
  }
  const ago = /\s+ago$/i.test(literal);
  const body = literal.replace(/^@\s*/, '').replace(/\s+ago$/i, '');
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < body.length) {
    const match = TOKEN.exec(body);
    if (match === null) throw invalid();
    const [, hours, minutes, seconds, sign, years, months, days, amount, unit] = match;
    if (hours !== undefined) total.addClock(hours, number(minutes ?? '0'), number(seconds ?? '0'));
    else if (years !== undefined) total.addYears(sign === '-' ? -1 : 1, number(years), number(months ?? ''));
    else if (days !== undefined) total.add(number(days), 'day');
    else total.add(number(amount ?? ''), (unit ?? 'second').toLowerCase());
  }
  return total.parts(ago);
}

class IntervalSum {
  #months = 0;
  #days = 0;
  #micros = 0;

  add(amount: number, unit: string): void {
    const one = UNITS.get(unit);
    if (one === undefined) throw invalid();
    const months = amount * (one.months ?? 0);
    // As PostgreSQL does: a fraction of a year is rounded to months, one of a month becomes days of a 30-day month.
    const wholeMonths = (one.months ?? 0) > 1 ? roundHalfEven(months) : Math.trunc(months);
    const days = amount * (one.days ?? 0) + ((one.months ?? 0) > 1 ? 0 : (months - wholeMonths) * 30);
    const wholeDays = Math.trunc(days);
    this.#months += wholeMonths;
    this.#days += wholeDays;
    this.#micros += roundHalfEven(amount * (one.micros ?? 0) + (days - wholeDays) * 86_400e6);
  }

  addYears(sign: number, years: number, months: number): void {
    if (months > 11) throw new SqlError('22008', 'interval field value out of range');
    this.#months += sign * (years * 12 + months);
  }

  addClock(hours: string, minutes: number, seconds: number): void {
    if (minutes > 59 || seconds >= 61) throw new SqlError('22008', 'interval field value out of range');
    const sign = hours.startsWith('-') ? -1 : 1;
    this.#micros += sign * (Math.abs(number(hours)) * 3600e6 + minutes * 60e6 + roundHalfEven(seconds * 1e6));
  }

  parts(negate = false): IntervalParts {
    const sign = negate ? -1 : 1;
    const months = sign * this.#months;
    const days = sign * this.#days;
    const micros = sign * this.#micros;
    if ((months | 0) !== months || (days | 0) !== days || !Number.isSafeInteger(micros)) {
      throw new SqlError('22015', 'interval field value out of range');
    }
    return { months: months + 0, days: days + 0, micros: BigInt(micros) };
  }
}

function number(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || text === '') throw invalid();
  return value;
}

function invalid(): SqlError {
  return new SqlError('22007', 'invalid input syntax for type interval');
}
