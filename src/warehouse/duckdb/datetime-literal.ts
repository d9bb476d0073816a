/**
 * Reads dates and times in the ISO forms that PostgreSQL writes and drivers send. Other forms that PostgreSQL's own parser
 * knows (`Jan 8, 1999`, `8/1/1999`, `tomorrow`, named zones) are refused rather than guessed.
 */
import { SqlError } from '../../errors.ts';
import { daysOfDate, MICROS_PER_DAY, MICROS_PER_SECOND, roundHalfEven } from './calendar.ts';

export type Moment =
  | { readonly kind: 'infinity'; readonly negative: boolean }
  | {
      readonly kind: 'finite';
      /** Days since 1970-01-01. */
      readonly days: number;
      readonly micros: number;
      /** Seconds east of Greenwich; undefined when none is written. */
      readonly offset: number | undefined;
    };

const DATE = String.raw`(\d{4,7})-(\d{1,2})-(\d{1,2})`;
const TIME = String.raw`(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?`;
const OFFSET = String.raw`(z|utc|[+-](?:\d{4}|\d{1,2}(?::\d{2}(?::\d{2})?)?))?`;
const DATE_TIME = new RegExp(String.raw`^${DATE}(?:(?:\s+|t)${TIME}\s*${OFFSET})?(\s+bc)?$`, 'i');
const TIME_ONLY = new RegExp(String.raw`^${TIME}\s*${OFFSET}$`, 'i');
const LONGEST = 64;

/** @throws SqlError 22007 for another form, 22008 for a day or hour that does not exist */
export function parseDateTime(text: string, type: string): Moment {
  const literal = text.trim();
  if (/^\+?infinity$/i.test(literal)) return { kind: 'infinity', negative: false };
  if (/^-infinity$/i.test(literal)) return { kind: 'infinity', negative: true };
  if (/^epoch$/i.test(literal)) return { kind: 'finite', days: 0, micros: 0, offset: 0 };
  const match = literal.length > LONGEST ? null : DATE_TIME.exec(literal);
  if (match === null) throw invalid(type);
  const [, year, month, day, hours, minutes, seconds, fraction, offset, era] = match;
  const date = { year: Number(year), month: Number(month), day: Number(day) };
  const astronomical = { ...date, year: era === undefined ? date.year : 1 - date.year };
  if (date.year === 0 || date.month < 1 || date.month > 12 || date.day < 1) throw outOfRange();
  const days = daysOfDate(astronomical);
  const next =
    date.month === 12 ? { year: astronomical.year + 1, month: 1 } : { ...astronomical, month: date.month + 1 };
  if (date.day > daysOfDate({ ...next, day: 1 }) - daysOfDate({ ...astronomical, day: 1 })) throw outOfRange();
  const micros = hours === undefined ? 0 : clock(hours, minutes, seconds, fraction);
  return { kind: 'finite', days, micros, offset: offset === undefined ? undefined : offsetSeconds(offset) };
}

/** A time of day; 24:00:00 is the last. @throws SqlError 22007, 22008 */
export function parseTime(
  text: string,
  type: string,
): { readonly micros: number; readonly offset: number | undefined } {
  const literal = text.trim();
  const match = literal.length > LONGEST ? null : TIME_ONLY.exec(literal);
  if (match === null) throw invalid(type);
  const [, hours = '', minutes, seconds, fraction, offset] = match;
  return {
    micros: clock(hours, minutes, seconds, fraction),
    offset: offset === undefined ? undefined : offsetSeconds(offset),
  };
}

function clock(hours: string, minutes = '0', seconds = '0', fraction = '0'): number {
  // PostgreSQL rounds what is finer than a microsecond.
  const micros = roundHalfEven(Number(`0.${fraction}`) * MICROS_PER_SECOND);
  const total = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * MICROS_PER_SECOND + micros;
  if (Number(minutes) > 59 || Number(seconds) > 60 || total > MICROS_PER_DAY) throw outOfRange();
  return total;
}

const LARGEST_OFFSET = 15 * 3600 + 59 * 60 + 59;

function offsetSeconds(offset: string): number {
  if (/^(z|utc)$/i.test(offset)) return 0;
  const digits = offset.slice(1);
  const [hours, minutes, rest] = digits.length === 4 ? [digits.slice(0, 2), digits.slice(2)] : digits.split(':');
  const total = (Number(hours) * 60 + Number(minutes ?? 0)) * 60 + Number(rest ?? 0);
  if (total > LARGEST_OFFSET || Number(minutes ?? 0) > 59)
    throw new SqlError('22009', 'time zone displacement out of range');
  return offset.startsWith('-') ? -total : total;
}

function invalid(type: string): SqlError {
  return new SqlError('22007', `invalid input syntax for type ${type}`);
}

function outOfRange(): SqlError {
  return new SqlError('22008', 'date/time field value out of range');
}
