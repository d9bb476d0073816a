/**
 * Binary forms of PostgreSQL's dates and times: days or microseconds since 2000-01-01, through BigInt.
 * Text forms are DateStyle ISO. src/backend/utils/adt/timestamp.c, date.c, datetime.c.
 */
import { SqlError } from '../errors.ts';
import { badText, outOfRange } from './value-errors.ts';

const MICROS_PER_SECOND = 1_000_000n;
const MICROS_PER_DAY = 86_400_000_000n;

const DATE_INFINITY = 0x7fffffff;
const DATE_MINUS_INFINITY = -0x80000000;
/** 4713-11-24 BC to 5874897-12-31, as IS_VALID_DATE. */
const MIN_DATE = -2451545;
const MAX_DATE = 2145031948;

const TIMESTAMP_INFINITY = 0x7fffffffffffffffn;
const TIMESTAMP_MINUS_INFINITY = -0x8000000000000000n;
/** As IS_VALID_TIMESTAMP; the end, 294277-01-01, is not valid itself. */
const MIN_TIMESTAMP = -211813488000000000n;
const END_TIMESTAMP = 9223371331200000000n;

/** MAX_TZDISP_HOUR, in seconds. */
const MAX_ZONE_SECONDS = 16 * 3600;

export function dateToBinary(text: string): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(dateOf(text));
  return bytes;
}

function dateOf(text: string): number {
  if (text === 'infinity') return DATE_INFINITY;
  if (text === '-infinity') return DATE_MINUS_INFINITY;
  const match = /^(\d{4,7}-\d\d-\d\d)( BC)?$/.exec(text);
  if (match === null) throw badText('date', text);
  const days = daysOf(match[1] ?? '', match[2] !== undefined);
  if (days === undefined || days < MIN_DATE || days > MAX_DATE) throw fieldOutOfRange(text);
  return days;
}

export function dateFromBinary(bytes: Buffer): string {
  const days = bytes.readInt32BE();
  if (days === DATE_INFINITY) return 'infinity';
  if (days === DATE_MINUS_INFINITY) return '-infinity';
  if (days < MIN_DATE || days > MAX_DATE) throw outOfRange('date');
  const { date, era } = dayText(days);
  return date + era;
}

export function timeToBinary(text: string): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(timeOf('time', text));
  return bytes;
}

export function timeFromBinary(bytes: Buffer): string {
  return clockText(clockInRange(bytes.readBigInt64BE()));
}

export function timetzToBinary(text: string): Buffer {
  const match = /^(.+)([+-]\d\d(?::\d\d(?::\d\d)?)?)$/.exec(text);
  if (match === null) throw badText('timetz', text);
  const bytes = Buffer.alloc(12);
  bytes.writeBigInt64BE(timeOf('timetz', match[1] ?? ''));
  bytes.writeInt32BE(-zoneSeconds(match[2] ?? ''), 8);
  return bytes;
}

export function timetzFromBinary(bytes: Buffer): string {
  const clock = clockInRange(bytes.readBigInt64BE());
  const west = bytes.readInt32BE(8);
  if (west <= -MAX_ZONE_SECONDS || west >= MAX_ZONE_SECONDS) {
    throw new SqlError('22009', 'time zone displacement out of range');
  }
  return clockText(clock) + zoneText(-west);
}

export function timestampToBinary(type: 'timestamp' | 'timestamptz', text: string): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(timestampOf(type, text));
  return bytes;
}

function timestampOf(type: 'timestamp' | 'timestamptz', text: string): bigint {
  if (text === 'infinity') return TIMESTAMP_INFINITY;
  if (text === '-infinity') return TIMESTAMP_MINUS_INFINITY;
  const match = /^(\d{4,7}-\d\d-\d\d)[ T]([\d:.]+)(Z|[+-]\d\d(?::\d\d(?::\d\d)?)?)?( BC)?$/.exec(text);
  const [, date = '', clock = '', zone, era] = match ?? [];
  if (match === null || (zone !== undefined) !== (type === 'timestamptz')) throw badText(type, text);
  const days = daysOf(date, era !== undefined);
  if (days === undefined) throw fieldOutOfRange(text);
  const offset = zone === undefined || zone === 'Z' ? 0 : zoneSeconds(zone);
  const value = BigInt(days) * MICROS_PER_DAY + timeOf(type, clock) - BigInt(offset) * MICROS_PER_SECOND;
  if (value < MIN_TIMESTAMP || value >= END_TIMESTAMP) throw outOfRange('timestamp');
  return value;
}

/** timestamptz in UTC, `+00`. */
export function timestampFromBinary(type: 'timestamp' | 'timestamptz', bytes: Buffer): string {
  const value = bytes.readBigInt64BE();
  if (value === TIMESTAMP_INFINITY) return 'infinity';
  if (value === TIMESTAMP_MINUS_INFINITY) return '-infinity';
  if (value < MIN_TIMESTAMP || value >= END_TIMESTAMP) throw outOfRange('timestamp');
  const clock = ((value % MICROS_PER_DAY) + MICROS_PER_DAY) % MICROS_PER_DAY;
  const { date, era } = dayText(Number((value - clock) / MICROS_PER_DAY));
  return `${date} ${clockText(clock)}${type === 'timestamptz' ? '+00' : ''}${era}`;
}

/** Days from 2000-01-01 in the proleptic Gregorian calendar; undefined when there is no such day. */
function daysOf(date: string, beforeChrist: boolean): number | undefined {
  const [year = 0, month = 0, day = 0] = date.split('-').map(Number);
  if (year < 1 || month < 1 || month > 12 || day < 1) return undefined;
  const astronomical = beforeChrist ? 1 - year : year;
  const days = daysFromCivil(astronomical, month, day);
  return civilFromDays(days).month === month ? days : undefined;
}

function dayText(days: number): { readonly date: string; readonly era: string } {
  const { year, month, day } = civilFromDays(days);
  const shown = year > 0 ? year : 1 - year;
  const two = (value: number): string => value.toString().padStart(2, '0');
  return { date: `${shown.toString().padStart(4, '0')}-${two(month)}-${two(day)}`, era: year > 0 ? '' : ' BC' };
}

/** Days between 0000-03-01 and 2000-01-01: years begin in March here, so that leap days come last. */
const MARCH_OF_YEAR_0 = 730_425;
const DAYS_PER_ERA = 146_097; // 400 years

function daysFromCivil(year: number, month: number, day: number): number {
  const marchYear = month > 2 ? year : year - 1;
  const era = Math.floor(marchYear / 400);
  const yearOfEra = marchYear - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * DAYS_PER_ERA + dayOfEra - MARCH_OF_YEAR_0;
}

function civilFromDays(days: number): { readonly year: number; readonly month: number; readonly day: number } {
  const since = days + MARCH_OF_YEAR_0;
  const era = Math.floor(since / DAYS_PER_ERA);
  const dayOfEra = since - era * DAYS_PER_ERA;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  return {
    year: era * 400 + yearOfEra + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1,
  };
}

/** Microseconds of `HH:MM[:SS[.ffffff]]`, up to 24:00:00. */
function timeOf(type: 'time' | 'timetz' | 'timestamp' | 'timestamptz', text: string): bigint {
  const match = /^(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?$/.exec(text);
  if (match === null) throw badText(type, text);
  const [, hours = '', minutes = '', seconds = '0', fraction = ''] = match;
  const micros = BigInt(fraction.padEnd(6, '0'));
  const value = BigInt(Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * MICROS_PER_SECOND + micros;
  if (Number(minutes) > 59 || Number(seconds) > 59 || value > MICROS_PER_DAY) throw fieldOutOfRange(text);
  return value;
}

function clockInRange(micros: bigint): bigint {
  if (micros < 0n || micros > MICROS_PER_DAY) throw outOfRange('time');
  return micros;
}

/** `HH:MM:SS[.ffffff]` without trailing zeros; hours may pass 24 (intervals). */
export function clockText(micros: bigint): string {
  const seconds = micros / MICROS_PER_SECOND;
  const fraction = (micros % MICROS_PER_SECOND).toString().padStart(6, '0').replace(/0+$/, '');
  const two = (value: bigint): string => value.toString().padStart(2, '0');
  const clock = `${two(seconds / 3600n)}:${two((seconds / 60n) % 60n)}:${two(seconds % 60n)}`;
  return fraction === '' ? clock : `${clock}.${fraction}`;
}

/** Seconds east of UTC. */
function zoneSeconds(text: string): number {
  const [hours = 0, minutes = 0, seconds = 0] = text.slice(1).split(':').map(Number);
  const value = hours * 3600 + minutes * 60 + seconds;
  if (minutes > 59 || seconds > 59 || value >= MAX_ZONE_SECONDS) {
    throw new SqlError('22009', `time zone displacement out of range: "${text}"`);
  }
  return text.startsWith('-') ? -value : value;
}

function zoneText(east: number): string {
  const seconds = Math.abs(east);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  while (parts.length > 1 && parts.at(-1) === 0) parts.pop();
  return (east < 0 ? '-' : '+') + parts.map((part) => part.toString().padStart(2, '0')).join(':');
}

function fieldOutOfRange(text: string): SqlError {
  return new SqlError('22008', `date/time field value out of range: "${text}"`);
}
