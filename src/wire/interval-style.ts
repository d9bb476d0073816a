/**
 * IntervalStyle: the forms in which PostgreSQL shows an interval (src/backend/utils/adt/datetime.c, EncodeInterval), and
 * how one of them changes the way in which intervals are read (DecodeInterval).
 */
import { assertNever } from '../errors.ts';
import { intervalToBinary } from './interval.ts';

export type IntervalStyle = 'postgres' | 'postgres_verbose' | 'sql_standard' | 'iso_8601';

/** Years to seconds have one sign each, or are 0; so have the parts that stand for themselves in every style. */
type Parts = {
  readonly years: number;
  readonly months: number;
  readonly days: number;
  readonly hours: bigint;
  readonly minutes: bigint;
  /** Of the minute. */
  readonly micros: bigint;
};

/** @param text in style postgres */
export function intervalInStyle(text: string, style: IntervalStyle): string {
  if (style === 'postgres' || text === 'infinity' || text === '-infinity') return text;
  const parts = partsOf(text);
  switch (style) {
    case 'postgres_verbose':
      return verbose(parts);
    case 'sql_standard':
      return sqlStandard(parts);
    case 'iso_8601':
      return iso(parts);
    default:
      return assertNever(style, 'intervalInStyle');
  }
}

function partsOf(text: string): Parts {
  const bytes = intervalToBinary(text);
  const micros = bytes.readBigInt64BE(0);
  const months = bytes.readInt32BE(12);
  return {
    years: Math.trunc(months / 12),
    months: months % 12,
    days: bytes.readInt32BE(8),
    hours: micros / 3_600_000_000n,
    minutes: (micros / 60_000_000n) % 60n,
    micros: micros % 60_000_000n,
  };
}

/** `@ 1 year 2 mons -3 days 4 hours`; the first part tells by `ago` that it is negative. */
function verbose({ years, months, days, hours, minutes, micros }: Parts): string {
  const shown: string[] = [];
  let ago = false;
  const add = (value: number | bigint, text: string): void => {
    if (Number(value) === 0) return;
    if (shown.length === 0) ago = value < 0;
    shown.push(`${value < 0 !== ago ? '-' : ''}${text}`);
  };
  const counted = (value: number | bigint, unit: string): void => {
    const positive = absolute(value);
    // One that is shown with a minus is of several.
    const one = positive === 1n && (shown.length === 0 || value < 0 === ago);
    add(value, `${positive} ${unit}${one ? '' : 's'}`);
  };
  counted(years, 'year');
  counted(months, 'mon');
  counted(days, 'day');
  counted(hours, 'hour');
  counted(minutes, 'min');
  add(micros, `${secondsText(micros)} sec${absolute(micros) === 1_000_000n ? '' : 's'}`);
  return `@ ${shown.length === 0 ? '0' : shown.join(' ')}${ago ? ' ago' : ''}`;
}

/** `1-2`, `3 4:05:06`, with one sign for all; `+1-2 -3 +4:05:06` for what the standard has no form for. */
function sqlStandard({ years, months, days, hours, minutes, micros }: Parts): string {
  const date = [years, months].map(BigInt);
  const time = [hours, minutes, micros];
  const all = [...date, BigInt(days), ...time];
  if (all.every((part) => part === 0n)) return '0';
  const negative = isNegative(all);
  const isMixed = negative && all.some((part) => part > 0n);
  const hasMonths = !date.every((part) => part === 0n);
  const dateText = date.map(absolute).join('-');
  const timeText = `${absolute(hours)}:${two(absolute(minutes))}:${secondsText(micros, 2)}`;
  if (isMixed || (hasMonths && ![BigInt(days), ...time].every((part) => part === 0n)))
    return `${sign(isNegative(date))}${dateText} ${sign(days < 0)}${absolute(days)} ${sign(isNegative(time))}${timeText}`;
  const minus = negative ? '-' : '';
  if (hasMonths) return minus + dateText;
  return minus + (days === 0 ? '' : `${absolute(days)} `) + timeText;
}

/** `P1Y2M-3DT4H5M6.7S` */
function iso({ years, months, days, hours, minutes, micros }: Parts): string {
  const part = (value: number | bigint, unit: string): string => (Number(value) === 0 ? '' : `${value}${unit}`);
  const date = part(years, 'Y') + part(months, 'M') + part(days, 'D');
  const seconds = micros === 0n ? '' : `${micros < 0n ? '-' : ''}${secondsText(micros)}S`;
  const time = part(hours, 'H') + part(minutes, 'M') + seconds;
  return date === '' && time === '' ? 'PT0S' : `P${date}${time === '' ? '' : `T${time}`}`;
}

function isNegative(parts: readonly bigint[]): boolean {
  return parts.some((part) => part < 0n);
}

function sign(negative: boolean): string {
  return negative ? '-' : '+';
}

function absolute(value: number | bigint): bigint {
  const exact = BigInt(value);
  return exact < 0n ? -exact : exact;
}

function two(value: bigint): string {
  return String(value).padStart(2, '0');
}

/** Without a sign, and without zeros at the end of the fraction. */
function secondsText(micros: bigint, digits = 1): string {
  const positive = absolute(micros);
  const fraction = String(positive % 1_000_000n)
    .padStart(6, '0')
    .replace(/0+$/, '');
  const whole = String(positive / 1_000_000n).padStart(digits, '0');
  return fraction === '' ? whole : `${whole}.${fraction}`;
}

const FIELD = /([+-])\s*(?:\d[\d:.-]*|[a-z]+)|\.?\d[\d:./-]*|[a-z]\S*/gi;

/**
 * What is read under sql_standard, as the other styles read it: there a minus at the beginning is that of all fields,
 * `-1 1:00:00` of the hour too, unless another field has a sign of its own.
 */
export function intervalFromStyle(text: string, style: IntervalStyle): string {
  if (style !== 'sql_standard') return text;
  const fields = [...text.matchAll(FIELD)];
  const [first, ...others] = fields;
  if (first?.[1] !== '-' || others.some(([, sign]) => sign !== undefined)) return text;
  return fields.map(([field], i) => (i > 0 && /^[.\d]/.test(field) ? `-${field}` : field)).join(' ');
}
