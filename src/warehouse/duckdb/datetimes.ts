/** date, time, timetz, timestamp and timestamptz: DuckDB counts from 1970-01-01, PostgreSQL's binary forms from 2000. */
import { SqlError } from '../../errors.ts';
import type { ZoneOffsets } from '../../sql/zone.ts';
import { dayText, MICROS_PER_DAY, MICROS_PER_SECOND, offsetText, timeText } from './calendar.ts';
import { asciiColumn, type ColumnEncoder, fixedColumn } from './column.ts';
import { writeDigits } from './digits.ts';
import { writeInt32, writeInt64 } from './numbers.ts';
import { int32Slots, isValid, type Vector } from './vector.ts';

const DAYS_TO_2000 = 10_957;
const MICROS_TO_2000 = DAYS_TO_2000 * MICROS_PER_DAY;
/** Julian day 0, 4714-11-24 BC: PostgreSQL's first date. Its last is later than DuckDB's last timestamp. */
const FIRST_DAY = DAYS_TO_2000 - 2_451_545;
const LAST_DAY = DAYS_TO_2000 + 2_145_031_948;

/** DuckDB's ±infinity are ± the largest number of the type; PostgreSQL's are its largest and smallest. */
const DATE_INFINITY = 0x7fff_ffff;
const INFINITY_BINARY: readonly [positive: bigint, negative: bigint] = [
  0x7fff_ffff_ffff_ffffn,
  -0x8000_0000_0000_0000n,
];

function outOfRange(type: string): SqlError {
  return new SqlError('22008', `${type} out of range`);
}

function checkDay(days: number, type: string): number {
  if (days < FIRST_DAY || days > LAST_DAY) throw outOfRange(type);
  return days;
}

/** Texts of days by number, since a column repeats its days: the date alone, and the era that goes behind all else. */
class DayTexts {
  readonly #texts = new Map<number, { readonly date: Buffer; readonly era: string }>();

  get(days: number): { readonly date: Buffer; readonly era: string } {
    const known = this.#texts.get(days);
    if (known !== undefined) return known;
    if (this.#texts.size >= 20_000) this.#texts.clear();
    const { date, era } = dayText(days);
    const text = { date: Buffer.from(date), era };
    this.#texts.set(days, text);
    return text;
  }
}

export function dateText(): ColumnEncoder {
  const texts = new DayTexts();
  const infinity = Buffer.from('infinity');
  const minusInfinity = Buffer.from('-infinity');
  const field = (days: number): Buffer => {
    if (days === DATE_INFINITY) return infinity;
    if (days === -DATE_INFINITY) return minusInfinity;
    const { date, era } = texts.get(checkDay(days, 'date'));
    return era === '' ? date : Buffer.concat([date, Buffer.from(era)]);
  };
  const fields: (Buffer | undefined)[] = [];
  return {
    slotSize: 4,
    measure: (vector, lengths) => {
      const slots = int32Slots(vector);
      for (let row = 0; row < vector.count; row++) {
        const text = isValid(vector.validity, row) ? field(slots[row] as number) : undefined;
        fields[row] = text;
        lengths[row] = text === undefined ? -1 : text.length;
      }
    },
    write: (out, positions, from, to) => {
      for (let row = from; row < to; row++) {
        const text = fields[row];
        if (text === undefined) continue;
        const at = positions[row] as number;
        for (let i = 0; i < text.length; i++) out[at + i] = text[i] as number;
      }
    },
  };
}

export function dateBinary(): ColumnEncoder {
  return fixedColumn(4, 4, (data, offset, out, at) => {
    const days = data.getInt32(offset, true);
    if (days === DATE_INFINITY) writeInt32(out, at, DATE_INFINITY);
    else if (days === -DATE_INFINITY) writeInt32(out, at, -0x8000_0000);
    else writeInt32(out, at, checkDay(days, 'date') - DAYS_TO_2000);
  });
}

/** @param perMicro slot units in a microsecond: 1 for TIME, 1000 for TIME_NS */
export function timeColumn(perMicro: 1 | 1000, binary: boolean): ColumnEncoder {
  const read = (data: DataView, offset: number): number =>
    Math.floor((data.getUint32(offset, true) + data.getInt32(offset + 4, true) * 0x1_0000_0000) / perMicro);
  return binary
    ? fixedColumn(8, 8, (data, offset, out, at) => writeInt64(out, at, read(data, offset)))
    : asciiColumn(8, (data, offset) => timeText(read(data, offset)));
}

/** DuckDB keeps TIME WITH TIME ZONE as 40 bits of microseconds over 24 bits of (15:59:59 - seconds east). */
export function timetzColumn(binary: boolean): ColumnEncoder {
  const LARGEST_OFFSET = 16 * 3600 - 1;
  const micros = (data: DataView, offset: number): number =>
    data.getUint32(offset + 4, true) * 256 + data.getUint8(offset + 3);
  const east = (data: DataView, offset: number): number => LARGEST_OFFSET - (data.getUint32(offset, true) & 0xff_ffff);
  return binary
    ? fixedColumn(8, 12, (data, offset, out, at) => {
        writeInt64(out, at, micros(data, offset));
        writeInt32(out, at + 8, -east(data, offset));
      })
    : asciiColumn(8, (data, offset) => timeText(micros(data, offset)) + offsetText(east(data, offset)));
}

/** Slot units of TIMESTAMP_S, _MS, plain TIMESTAMP and _NS, per second. */
export type TimestampUnit = 1 | 1000 | 1_000_000 | 1_000_000_000;

const FINITE = 0;
const PLUS = 1;
const MINUS = 2;
const NULL = 3;

/** The moments of a vector as days since 1970 and microseconds of the day. */
class Moments {
  readonly #unit: TimestampUnit;
  readonly #zone: ZoneOffsets | undefined;
  days = new Int32Array(0);
  micros = new Float64Array(0);
  offsets = new Int32Array(0);
  kinds = new Uint8Array(0);

  constructor(unit: TimestampUnit, zone: ZoneOffsets | undefined) {
    this.#unit = unit;
    this.#zone = zone;
  }

  load(vector: Vector): void {
    const { count, validity } = vector;
    if (this.kinds.length < count) {
      this.days = new Int32Array(count);
      this.micros = new Float64Array(count);
      this.offsets = new Int32Array(count);
      this.kinds = new Uint8Array(count);
    }
    const words = int32Slots(vector);
    for (let row = 0; row < count; row++) {
      this.kinds[row] = NULL;
      if (!isValid(validity, row)) continue;
      const low = (words[row * 2] as number) >>> 0;
      const high = words[row * 2 + 1] as number;
      // Exact as a number, and with room for the step to another epoch or zone.
      if (this.#unit === MICROS_PER_SECOND && high < 0x10_0000 && high > -0x10_0000) {
        this.#setMicros(row, high * 0x1_0000_0000 + low);
      } else this.#setUnits(row, (BigInt(high) << 32n) | BigInt(low));
    }
  }

  #setUnits(row: number, units: bigint): void {
    if (units === 0x7fff_ffff_ffff_ffffn || units === -0x7fff_ffff_ffff_ffffn) {
      this.kinds[row] = units > 0n ? PLUS : MINUS;
      return;
    }
    const perDay = 86_400n * BigInt(this.#unit);
    const inDay = ((units % perDay) + perDay) % perDay;
    const days = Number((units - inDay) / perDay);
    const micros = Number((inDay * 1_000_000n) / BigInt(this.#unit));
    this.#set(row, days, micros);
  }

  #setMicros(row: number, micros: number): void {
    const days = Math.floor(micros / MICROS_PER_DAY);
    this.#set(row, days, micros - days * MICROS_PER_DAY);
  }

  #set(row: number, days: number, micros: number): void {
    if (days < FIRST_DAY) throw outOfRange('timestamp');
    this.kinds[row] = FINITE;
    if (this.#zone === undefined) {
      this.days[row] = days;
      this.micros[row] = micros;
      return;
    }
    const offset = this.#zone(days * 86_400 + Math.floor(micros / MICROS_PER_SECOND));
    const local = micros + offset * MICROS_PER_SECOND;
    const carry = Math.floor(local / MICROS_PER_DAY);
    this.offsets[row] = offset;
    this.days[row] = days + carry;
    this.micros[row] = local - carry * MICROS_PER_DAY;
  }
}

const COLON = 58;
const SPACE = 32;
const POINT = 46;
/** ` 04:05:06` */
const CLOCK = 9;

/** @param zone for timestamptz: the zone that the client sees */
export function timestampText(unit: TimestampUnit, zone: ZoneOffsets | undefined): ColumnEncoder {
  const moments = new Moments(unit, zone);
  /** The text behind the seconds' fraction: offset and BC. */
  const tails: string[] = [];
  const days = new DayTexts();
  return {
    slotSize: 8,
    measure: (vector, lengths) => {
      moments.load(vector);
      for (let row = 0; row < vector.count; row++) {
        const kind = moments.kinds[row];
        if (kind !== FINITE) {
          lengths[row] = kind === NULL ? -1 : kind === PLUS ? 8 : 9;
          continue;
        }
        const { date, era } = days.get(moments.days[row] as number);
        const tail = (zone === undefined ? '' : offsetText(moments.offsets[row] as number)) + era;
        tails[row] = tail;
        lengths[row] = date.length + CLOCK + fractionLength(fractionOf(moments.micros[row] as number)) + tail.length;
      }
    },
    write: (out, positions, from, to) => {
      for (let row = from; row < to; row++) {
        const kind = moments.kinds[row];
        if (kind === NULL) continue;
        let at = positions[row] as number;
        if (kind !== FINITE) {
          out.write(kind === PLUS ? 'infinity' : '-infinity', at, 'latin1');
          continue;
        }
        const { date } = days.get(moments.days[row] as number);
        for (let i = 0; i < date.length; i++) out[at++] = date[i] as number;
        const micros = moments.micros[row] as number;
        at = writeClock(out, at, micros);
        const tail = tails[row] as string;
        for (let i = 0; i < tail.length; i++) out[at++] = tail.charCodeAt(i);
      }
    },
  };
}

/** Microseconds of the second; `%` on numbers beyond 31 bits is slow. */
function fractionOf(micros: number): number {
  return (micros - Math.floor(micros / MICROS_PER_SECOND) * MICROS_PER_SECOND) | 0;
}

/** Point and digits without the zeros at the end; nothing for 0. */
function fractionLength(micros: number): number {
  if (micros === 0) return 0;
  let digits = 6;
  for (let rest = micros | 0; rest % 10 === 0; rest = (rest / 10) | 0) digits--;
  return digits + 1;
}

function writeClock(out: Uint8Array, start: number, micros: number): number {
  const fraction = fractionOf(micros);
  const seconds = ((micros - fraction) / MICROS_PER_SECOND) | 0;
  const minutes = (seconds / 60) | 0;
  const hours = (minutes / 60) | 0;
  out[start] = SPACE;
  writeDigits(out, start + 3, hours, 2);
  out[start + 3] = COLON;
  writeDigits(out, start + 6, minutes - hours * 60, 2);
  out[start + 6] = COLON;
  writeDigits(out, start + 9, seconds - minutes * 60, 2);
  const length = fractionLength(fraction);
  if (length > 0) {
    out[start + 9] = POINT;
    writeDigits(out, start + 9 + length, fraction / 10 ** (7 - length), length - 1);
  }
  return start + CLOCK + length;
}

/** Microseconds since 2000-01-01, in UTC for timestamptz. */
export function timestampBinary(unit: TimestampUnit): ColumnEncoder {
  const moments = new Moments(unit, undefined);
  return {
    slotSize: 8,
    measure: (vector, lengths) => {
      moments.load(vector);
      for (let row = 0; row < vector.count; row++) lengths[row] = moments.kinds[row] === NULL ? -1 : 8;
    },
    write: (out, positions, from, to) => {
      for (let row = from; row < to; row++) {
        const kind = moments.kinds[row];
        if (kind === NULL) continue;
        const at = positions[row] as number;
        if (kind !== FINITE) {
          out.writeBigInt64BE(INFINITY_BINARY[kind === PLUS ? 0 : 1], at);
          continue;
        }
        const days = moments.days[row] as number;
        const micros = moments.micros[row] as number;
        if (days > -50_000 && days < 50_000) writeInt64(out, at, days * MICROS_PER_DAY + micros - MICROS_TO_2000);
        else out.writeBigInt64BE(BigInt(days - DAYS_TO_2000) * BigInt(MICROS_PER_DAY) + BigInt(micros), at);
      }
    },
  };
}
