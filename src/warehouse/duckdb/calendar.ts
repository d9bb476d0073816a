/** Days and dates of the proleptic Gregorian calendar, as PostgreSQL writes them in ISO style. */

export const MICROS_PER_SECOND = 1_000_000;
export const MICROS_PER_DAY = 86_400 * MICROS_PER_SECOND;

export type CalendarDate = { readonly year: number; readonly month: number; readonly day: number };

/**
 * https://howardhinnant.github.io/date_algorithms.html#civil_from_days
 * @param days since 1970-01-01
 * @returns the year in astronomical counting: 0 is 1 BC
 */
function dateOfDays(days: number): CalendarDate {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day };
}

/** Days since 1970-01-01 of a date; the year in astronomical counting. */
export function daysOfDate({ year, month, day }: CalendarDate): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/** A day's text, cut where a time goes in: PostgreSQL writes BC behind the time and its zone. */
export type DayText = { readonly date: string; readonly era: '' | ' BC' };

export function dayText(days: number): DayText {
  const { year, month, day } = dateOfDays(days);
  const shown = year > 0 ? year : 1 - year;
  return { date: `${String(shown).padStart(4, '0')}-${two(month)}-${two(day)}`, era: year > 0 ? '' : ' BC' };
}

/** `04:05:06.7`; 24:00:00 is a time of its own. */
export function timeText(micros: number): string {
  const seconds = Math.floor(micros / MICROS_PER_SECOND);
  return `${clockText(seconds)}${fractionText(micros - seconds * MICROS_PER_SECOND)}`;
}

function clockText(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}:${two(seconds % 60)}`;
}

/** @param micros 0 to 999,999 */
export function fractionText(micros: number): string {
  return micros === 0 ? '' : `.${String(micros).padStart(6, '0').replace(/0+$/, '')}`;
}

/** `+02`, `-03:30`, `+00:53:28`. @param seconds east of Greenwich */
export function offsetText(seconds: number): string {
  const positive = Math.abs(seconds);
  const minutes = Math.floor(positive / 60) % 60;
  const rest = positive % 60;
  const tail = rest !== 0 ? `:${two(minutes)}:${two(rest)}` : minutes !== 0 ? `:${two(minutes)}` : '';
  return `${seconds < 0 ? '-' : '+'}${two(Math.floor(positive / 3600))}${tail}`;
}

function two(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}

/** To the nearest whole number, halves to the even one: C's rint, with which PostgreSQL rounds fractions of a second. */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
}
