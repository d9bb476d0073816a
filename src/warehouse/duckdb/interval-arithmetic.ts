/** Intervals times and divided by a number, as timestamp.c of PostgreSQL does it (interval_mul, interval_div). */
import { SqlError, SqlState } from '../../errors.ts';
import { roundHalfEven } from './calendar.ts';
import { type IntervalParts, parseInterval } from './interval-literal.ts';

const DAYS_PER_MONTH = 30;
const SECONDS_PER_DAY = 86_400;

/** @throws SqlError 22008 */
export function intervalTimes(interval: string, factor: string): string {
  const by = Number(factor);
  return scaled(parseInterval(interval), (value) => value * by);
}

/** @throws SqlError 22012, 22008 */
export function intervalDivided(interval: string, divisor: string): string {
  const by = Number(divisor);
  if (by === 0) throw new SqlError(SqlState.divisionByZero, 'division by zero');
  return scaled(parseInterval(interval), (value) => value / by);
}

/** Fractions of months go on to days of which a month has 30, those of days to the time. */
function scaled({ months, days, micros }: IntervalParts, times: (value: number) => number): string {
  const wholeMonths = Math.trunc(times(months));
  let wholeDays = Math.trunc(times(days));
  const restDays = toMicros((times(months) - wholeMonths) * DAYS_PER_MONTH);
  let rest = toMicros((times(days) - wholeDays + restDays - Math.trunc(restDays)) * SECONDS_PER_DAY);
  if (Math.abs(rest) >= SECONDS_PER_DAY) {
    const more = Math.trunc(rest / SECONDS_PER_DAY);
    wholeDays += more;
    rest -= more * SECONDS_PER_DAY;
  }
  wholeDays += Math.trunc(restDays);
  const time = roundHalfEven(times(Number(micros)) + rest * 1e6);
  if (![wholeMonths, wholeDays].every((value) => Math.abs(value) <= 0x7fff_ffff) || !(Math.abs(time) < 2 ** 63))
    throw new SqlError('22008', 'interval out of range');
  return `${wholeMonths} months ${wholeDays} days ${BigInt(time)} microseconds`;
}

function toMicros(value: number): number {
  return roundHalfEven(value * 1e6) / 1e6;
}
