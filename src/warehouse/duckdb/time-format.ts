/**
 * to_char(timestamp, template) as formatting.c of PostgreSQL does it (DCH_to_char), in the C locale.
 * https://www.postgresql.org/docs/current/functions-formatting.html
 */
import { notSupported } from '../../errors.ts';
import { daysOfDate, MICROS_PER_DAY, MICROS_PER_SECOND } from './calendar.ts';

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const ROMAN = ['I', 'II', 'III', 'IV', 'V', 'VI', 'VII', 'VIII', 'IX', 'X', 'XI', 'XII'];

type Fields = {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly micros: number;
  /** 0: Sunday. */
  readonly weekday: number;
  readonly dayOfYear: number;
  readonly isoYear: number;
  readonly isoWeek: number;
  readonly julian: number;
};

/** @param days since 1970-01-01 */
function fieldsOf(days: number, micros: number): Fields {
  const date = new Date(days * 86_400_000);
  const year = date.getUTCFullYear();
  const weekday = date.getUTCDay();
  const dayOfYear = days - daysOfDate({ year, month: 1, day: 1 }) + 1;
  const thursday = days - ((weekday + 6) % 7) + 3;
  const isoYear = new Date(thursday * 86_400_000).getUTCFullYear();
  const isoWeek = Math.floor((thursday - daysOfDate({ year: isoYear, month: 1, day: 1 })) / 7) + 1;
  const seconds = Math.floor(micros / MICROS_PER_SECOND);
  return {
    year,
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: Math.floor(seconds / 3600),
    minute: Math.floor(seconds / 60) % 60,
    second: seconds % 60,
    micros: micros - seconds * MICROS_PER_SECOND,
    weekday,
    dayOfYear,
    isoYear,
    isoWeek,
    julian: days + 2_440_588,
  };
}

/** A number of so many digits, which `th` may follow; or a word, which FM may shorten. */
type Value = { readonly number: number; readonly width: number } | { readonly word: string; readonly width?: number };

const KEYWORDS: { readonly [word: string]: (fields: Fields) => Value } = {
  HH24: ({ hour }) => ({ number: hour, width: 2 }),
  HH12: ({ hour }) => ({ number: hour % 12 === 0 ? 12 : hour % 12, width: 2 }),
  HH: ({ hour }) => ({ number: hour % 12 === 0 ? 12 : hour % 12, width: 2 }),
  MI: ({ minute }) => ({ number: minute, width: 2 }),
  SSSSS: ({ hour, minute, second }) => ({ number: hour * 3600 + minute * 60 + second, width: 1 }),
  SSSS: ({ hour, minute, second }) => ({ number: hour * 3600 + minute * 60 + second, width: 1 }),
  SS: ({ second }) => ({ number: second, width: 2 }),
  MS: ({ micros }) => ({ number: Math.floor(micros / 1000), width: 3 }),
  US: ({ micros }) => ({ number: micros, width: 6 }),
  IYYY: ({ isoYear }) => ({ number: isoYear, width: 4 }),
  IYY: ({ isoYear }) => ({ number: isoYear % 1000, width: 3 }),
  IY: ({ isoYear }) => ({ number: isoYear % 100, width: 2 }),
  I: ({ isoYear }) => ({ number: isoYear % 10, width: 1 }),
  YYYY: ({ year }) => ({ number: year, width: 4 }),
  YYY: ({ year }) => ({ number: year % 1000, width: 3 }),
  YY: ({ year }) => ({ number: year % 100, width: 2 }),
  Y: ({ year }) => ({ number: year % 10, width: 1 }),
  MM: ({ month }) => ({ number: month, width: 2 }),
  IDDD: ({ isoWeek, weekday }) => ({ number: (isoWeek - 1) * 7 + (weekday === 0 ? 7 : weekday), width: 3 }),
  DDD: ({ dayOfYear }) => ({ number: dayOfYear, width: 3 }),
  DD: ({ day }) => ({ number: day, width: 2 }),
  D: ({ weekday }) => ({ number: weekday + 1, width: 1 }),
  ID: ({ weekday }) => ({ number: weekday === 0 ? 7 : weekday, width: 1 }),
  IW: ({ isoWeek }) => ({ number: isoWeek, width: 2 }),
  WW: ({ dayOfYear }) => ({ number: Math.floor((dayOfYear - 1) / 7) + 1, width: 2 }),
  W: ({ day }) => ({ number: Math.floor((day - 1) / 7) + 1, width: 1 }),
  Q: ({ month }) => ({ number: Math.floor((month - 1) / 3) + 1, width: 1 }),
  CC: ({ year }) => ({ number: Math.floor((year - 1) / 100) + 1, width: 2 }),
  J: ({ julian }) => ({ number: julian, width: 1 }),
  MONTH: ({ month }) => ({ word: MONTHS[month - 1] ?? '', width: 9 }),
  MON: ({ month }) => ({ word: (MONTHS[month - 1] ?? '').slice(0, 3) }),
  DAY: ({ weekday }) => ({ word: DAYS[weekday] ?? '', width: 9 }),
  DY: ({ weekday }) => ({ word: (DAYS[weekday] ?? '').slice(0, 3) }),
  RM: ({ month }) => ({ word: ROMAN[month - 1] ?? '', width: 4 }),
  AM: ({ hour }) => ({ word: hour < 12 ? 'AM' : 'PM' }),
  PM: ({ hour }) => ({ word: hour < 12 ? 'AM' : 'PM' }),
  'A.M.': ({ hour }) => ({ word: hour < 12 ? 'A.M.' : 'P.M.' }),
  'P.M.': ({ hour }) => ({ word: hour < 12 ? 'A.M.' : 'P.M.' }),
  AD: () => ({ word: 'AD' }),
  BC: () => ({ word: 'AD' }),
};

const LONGEST_FIRST = Object.keys(KEYWORDS).sort((a, b) => b.length - a.length);
/** Words are written as the template writes them: all capitals, the first one, or none. */
const REFUSED = /^(TZH|TZM|TZ|OF|FX|TM|SP|FF[1-6]|Y,YYY|A\.D\.|B\.C\.)/i;

export type TimeNode =
  | { readonly literal: string }
  | { readonly keyword: string; readonly as: string; readonly fill: boolean; readonly suffix: string };

/** @throws SqlError 0A000 for time zones and other patterns that are not known here */
export function timeTemplate(text: string): readonly TimeNode[] {
  const nodes: TimeNode[] = [];
  for (let at = 0; at < text.length; ) {
    const quoted = /^"((?:[^"\\]|\\.)*)"?/s.exec(text.slice(at));
    if (quoted !== null) {
      nodes.push({ literal: (quoted[1] ?? '').replaceAll(/\\(.)/g, '$1') });
      at += quoted[0].length;
      continue;
    }
    if (text.startsWith('\\"', at)) {
      nodes.push({ literal: '"' });
      at += 2;
      continue;
    }
    const fill = /^fm/i.test(text.slice(at));
    const start = fill ? at + 2 : at;
    const rest = text.slice(start);
    const refused = REFUSED.exec(rest)?.[0];
    if (refused !== undefined) throw notSupported(`to_char() with the pattern "${refused}" on DuckDB`);
    const keyword = LONGEST_FIRST.find((word) => writes(rest, word));
    if (keyword === undefined) {
      nodes.push({ literal: rest[0] ?? '' });
      at = start + 1;
      continue;
    }
    const suffix = /^th/i.exec(rest.slice(keyword.length))?.[0] ?? '';
    nodes.push({ keyword, as: rest.slice(0, keyword.length), fill, suffix });
    at = start + keyword.length + suffix.length;
  }
  return nodes;
}

const CASED = /^(MONTH|MON|DAY|DY)$/;

/** `MONTH`, `Month` and `month` are words; `mOnth` is not one. */
function writes(rest: string, word: string): boolean {
  const written = rest.slice(0, word.length);
  if (written.toUpperCase() !== word) return false;
  return !CASED.test(word) || written === word || written === word.toLowerCase() || written === capital(word);
}

function capital(word: string): string {
  return `${word.slice(0, 1)}${word.slice(1).toLowerCase()}`;
}

/** @param days since 1970-01-01 @param micros of the day */
export function formatTime(days: number, micros: number, template: readonly TimeNode[]): string {
  const fields = fieldsOf(days, ((micros % MICROS_PER_DAY) + MICROS_PER_DAY) % MICROS_PER_DAY);
  if (fields.year < 1) throw notSupported('to_char() of a year BC on DuckDB');
  return template.map((node) => ('literal' in node ? node.literal : shown(node, fields))).join('');
}

function shown(node: Extract<TimeNode, { keyword: string }>, fields: Fields): string {
  const value = KEYWORDS[node.keyword]?.(fields);
  if (value === undefined) return '';
  if ('number' in value) {
    const digits = node.fill ? String(value.number) : String(value.number).padStart(value.width, '0');
    return node.suffix === '' ? digits : digits + ordinal(digits, node.suffix);
  }
  const word = written(value.word, node);
  return node.fill ? word : word.padEnd(value.width ?? 0);
}

function written(word: string, { keyword, as }: { readonly keyword: string; readonly as: string }): string {
  if (as === as.toLowerCase()) return word.toLowerCase();
  return as === keyword ? word.toUpperCase() : word;
}

/** get_th(): by the last digits, but 11, 12 and 13. */
function ordinal(digits: string, suffix: string): string {
  const last = digits.at(-1);
  const isTeen = digits.at(-2) === '1';
  const word = isTeen ? 'th' : last === '1' ? 'st' : last === '2' ? 'nd' : last === '3' ? 'rd' : 'th';
  return suffix === suffix.toUpperCase() ? word.toUpperCase() : word;
}
