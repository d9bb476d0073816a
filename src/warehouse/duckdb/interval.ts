/** interval: months, days and microseconds, in both DuckDB and PostgreSQL. */
import { fractionText, MICROS_PER_SECOND } from './calendar.ts';
import { asciiColumn, type ColumnEncoder, fixedColumn } from './column.ts';

const SLOT = 16;

/** IntervalStyle postgres (EncodeInterval in PostgreSQL's datetime.c): `1 year 2 mons -3 days +04:05:06.7`. */
export function intervalText(months: number, days: number, micros: bigint): string {
  const parts: string[] = [];
  let negativeBefore = false;
  const add = (value: number, unit: string): void => {
    if (value === 0) return;
    parts.push(`${negativeBefore && value > 0 ? '+' : ''}${value} ${unit}${value === 1 ? '' : 's'}`);
    negativeBefore = value < 0;
  };
  add(Math.trunc(months / 12), 'year');
  add(months % 12, 'mon');
  add(days, 'day');
  if (parts.length === 0 || micros !== 0n) parts.push(clock(micros, negativeBefore));
  return parts.join(' ');
}

function clock(micros: bigint, negativeBefore: boolean): string {
  const positive = micros < 0n ? -micros : micros;
  const seconds = positive / BigInt(MICROS_PER_SECOND);
  const minutes = seconds / 60n;
  const sign = micros < 0n ? '-' : negativeBefore ? '+' : '';
  const fraction = fractionText(Number(positive % BigInt(MICROS_PER_SECOND)));
  return `${sign}${two(minutes / 60n)}:${two(minutes % 60n)}:${two(seconds % 60n)}${fraction}`;
}

function two(value: bigint): string {
  return value.toString().padStart(2, '0');
}

export function intervalColumn(binary: boolean): ColumnEncoder {
  return binary
    ? fixedColumn(SLOT, 16, (data, offset, out, at) => {
        out.writeBigInt64BE(data.getBigInt64(offset + 8, true), at);
        out.writeInt32BE(data.getInt32(offset + 4, true), at + 8);
        out.writeInt32BE(data.getInt32(offset, true), at + 12);
      })
    : asciiColumn(SLOT, (data, offset) =>
        intervalText(data.getInt32(offset, true), data.getInt32(offset + 4, true), data.getBigInt64(offset + 8, true)),
      );
}
