/**
 * Binary form of PostgreSQL's interval: microseconds, days, months. Its text form is IntervalStyle postgres.
 * src/backend/utils/adt/timestamp.c interval_recv, datetime.c EncodeInterval.
 */
import { clockText } from './calendar.ts';
import { badText, outOfRange } from './value-errors.ts';

const INT64_MAX = 0x7fffffffffffffffn;
const INT32_MAX = 0x7fffffff;

export function intervalToBinary(text: string): Buffer {
  if (text === 'infinity') return pack(INT64_MAX, INT32_MAX, INT32_MAX);
  if (text === '-infinity') return pack(-INT64_MAX - 1n, -INT32_MAX - 1, -INT32_MAX - 1);
  const match =
    /^(?:([+-]?\d{1,10}) years?)? ?(?:([+-]?\d{1,10}) mons?)? ?(?:([+-]?\d{1,10}) days?)? ?(?:([+-]?)(\d{1,10}):(\d\d):(\d\d)(?:\.(\d{1,6}))?)?$/.exec(
      text,
    );
  if (match === null || text.trim() === '') throw badText('interval', text);
  const [, years = '0', months = '0', days = '0', sign, hours = '0', minutes = '0', seconds = '0', fraction = ''] =
    match;
  const clock =
    (BigInt(hours) * 3600n + BigInt(minutes) * 60n + BigInt(seconds)) * 1_000_000n + BigInt(fraction.padEnd(6, '0'));
  const micros = sign === '-' ? -clock : clock;
  const allMonths = Number(years) * 12 + Number(months);
  if (BigInt.asIntN(64, micros) !== micros || !isInt32(allMonths) || !isInt32(Number(days))) {
    throw outOfRange('interval');
  }
  return pack(micros, Number(days), allMonths);
}

function isInt32(value: number): boolean {
  return (value | 0) === value;
}

function pack(micros: bigint, days: number, months: number): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeBigInt64BE(micros, 0);
  bytes.writeInt32BE(days, 8);
  bytes.writeInt32BE(months, 12);
  return bytes;
}

export function intervalFromBinary(bytes: Buffer): string {
  const micros = bytes.readBigInt64BE(0);
  const days = bytes.readInt32BE(8);
  const months = bytes.readInt32BE(12);
  if (micros === INT64_MAX && days === INT32_MAX && months === INT32_MAX) return 'infinity';
  if (micros === -INT64_MAX - 1n && days === -INT32_MAX - 1 && months === -INT32_MAX - 1) return '-infinity';
  const parts: string[] = [];
  // A positive part says so with a + when the one before it was negative.
  let afterNegative = false;
  const add = (value: number, unit: string): void => {
    if (value === 0) return;
    parts.push(`${afterNegative && value > 0 ? '+' : ''}${value} ${unit}${value === 1 ? '' : 's'}`);
    afterNegative = value < 0;
  };
  add(Math.trunc(months / 12), 'year');
  add(months % 12, 'mon');
  add(days, 'day');
  if (micros !== 0n || parts.length === 0) {
    const sign = micros < 0n ? '-' : afterNegative ? '+' : '';
    parts.push(sign + clockText(micros < 0n ? -micros : micros));
  }
  return parts.join(' ');
}
