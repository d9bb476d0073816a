/** A client's parameter as a DuckDB value: typed wherever DuckDB would read the text differently from PostgreSQL. */
import {
  BIGINT,
  BLOB,
  BOOLEAN,
  blobValue,
  DATE,
  DOUBLE,
  DuckDBDateValue,
  DuckDBIntervalValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTimeTZValue,
  DuckDBTimeValue,
  type DuckDBType,
  type DuckDBValue,
  FLOAT,
  INTEGER,
  INTERVAL,
  LIST,
  listValue,
  SMALLINT,
  TIME,
  TIMESTAMP,
  TIMESTAMPTZ,
  TIMETZ,
  VARCHAR,
} from '@duckdb/node-api';
import { SqlError, SqlState } from '../../errors.ts';
import { elementOf, formatType, isArrayType, type PgType, type ScalarType } from '../../sql/types.ts';
import type { ZoneOffsets } from '../../sql/zone.ts';
import type { WarehouseBind } from '../warehouse.ts';
import { parseArrayLiteral } from './array-literal.ts';
import { binaryArray, binaryText } from './binary-values.ts';
import { MICROS_PER_DAY, MICROS_PER_SECOND } from './calendar.ts';
import { type Moment, parseDateTime, parseTime } from './datetime-literal.ts';
import { parseInterval } from './interval-literal.ts';

export type DuckdbBind = { readonly value: DuckDBValue; readonly type: DuckDBType };

/**
 * @param zone of a timestamptz that names none
 * @throws SqlError 22P02, 22003, 22007, 22008, 22P03 for a value that its type cannot hold
 */
export function duckdbBind({ type, value, format }: WarehouseBind, zone: ZoneOffsets): DuckdbBind {
  const duckdbType = bindType(type);
  if (value === null) return { value: null, type: duckdbType };
  if (isArrayType(type)) {
    const element = elementOf(type);
    const elements = format === 1 ? binaryArray(bytes(value), element) : parseArrayLiteral(text(value));
    const items = elements.map((item) => (item === null ? null : scalar(element, item, zone)));
    return { value: listValue(items), type: duckdbType };
  }
  return { value: scalar(type, format === 1 ? binaryText(type, bytes(value)) : text(value), zone), type: duckdbType };
}

function bytes(value: string | Uint8Array): Buffer {
  return typeof value === 'string' ? Buffer.from(value) : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}

function text(value: string | Uint8Array): string {
  const decoded = typeof value === 'string' ? value : bytes(value).toString('utf8');
  if (decoded.includes('\0')) {
    throw new SqlError(SqlState.characterNotInRepertoire, 'invalid byte sequence for encoding "UTF8": 0x00');
  }
  return decoded;
}

/** What a parameter is bound as; the printed SQL casts it to what the statement needs. */
function bindType(type: PgType): DuckDBType {
  return isArrayType(type) ? LIST(SCALAR_TYPES[elementOf(type)]) : SCALAR_TYPES[type];
}

const SCALAR_TYPES: Readonly<Record<ScalarType, DuckDBType>> = {
  bool: BOOLEAN,
  int2: SMALLINT,
  int4: INTEGER,
  int8: BIGINT,
  numeric: VARCHAR,
  float4: FLOAT,
  float8: DOUBLE,
  text: VARCHAR,
  varchar: VARCHAR,
  bpchar: VARCHAR,
  date: DATE,
  time: TIME,
  timetz: TIMETZ,
  timestamp: TIMESTAMP,
  timestamptz: TIMESTAMPTZ,
  interval: INTERVAL,
  uuid: VARCHAR,
  json: VARCHAR,
  jsonb: VARCHAR,
  bytea: BLOB,
};

function scalar(type: ScalarType, text: string, zone: ZoneOffsets): DuckDBValue {
  switch (type) {
    case 'bool':
      return bool(text);
    case 'int2':
      return Number(integer(text, type, 0x7fffn));
    case 'int4':
      return Number(integer(text, type, 0x7fff_ffffn));
    case 'int8':
      return integer(text, type, 0x7fff_ffff_ffff_ffffn);
    case 'numeric':
      return numeric(text);
    case 'float4':
      return float(text, type, Math.fround);
    case 'float8':
      return float(text, type, (value) => value);
    case 'text':
    case 'varchar':
    case 'bpchar':
    case 'json':
    case 'jsonb':
      return text;
    case 'date':
      return dateValue(parseDateTime(text, type));
    case 'time':
      return new DuckDBTimeValue(BigInt(parseTime(text, formatType(type)).micros));
    case 'timetz': {
      const { micros, offset } = parseTime(text, formatType(type));
      return DuckDBTimeTZValue.fromMicrosAndOffset(BigInt(micros), offset ?? zone(0));
    }
    case 'timestamp':
      // An offset in the text of a timestamp without time zone is ignored, as PostgreSQL does.
      return new DuckDBTimestampValue(timestampMicros(parseDateTime(text, type), () => 0, false));
    case 'timestamptz':
      return new DuckDBTimestampTZValue(timestampMicros(parseDateTime(text, type), zone, true));
    case 'interval': {
      const { months, days, micros } = parseInterval(text);
      return new DuckDBIntervalValue(months, days, micros);
    }
    case 'uuid':
      return uuid(text);
    case 'bytea':
      return blobValue(bytea(text));
  }
}

function invalidSyntax(type: ScalarType): SqlError {
  return new SqlError(SqlState.invalidTextRepresentation, `invalid input syntax for type ${formatType(type)}`);
}

/** parse_bool in PostgreSQL's bool.c: any prefix of a word that is no prefix of another. */
function bool(text: string): boolean {
  const word = text.trim().toLowerCase();
  const among = (words: readonly string[]): boolean => words.some((known) => word !== '' && known.startsWith(word));
  if (word === '1' || word === 'on' || among(['true', 'yes'])) return true;
  if (word === '0' || word === 'of' || word === 'off' || among(['false', 'no'])) return false;
  throw invalidSyntax('bool');
}

function integer(text: string, type: 'int2' | 'int4' | 'int8', largest: bigint): bigint {
  const digits = text.trim();
  if (!/^[+-]?\d{1,40}$/.test(digits)) throw invalidSyntax(type);
  const value = BigInt(digits.replace(/^\+/, ''));
  if (value > largest || value < -largest - 1n) {
    throw new SqlError(SqlState.numericValueOutOfRange, `value is out of range for type ${formatType(type)}`);
  }
  return value;
}

function numeric(text: string): string {
  const number = text.trim();
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,5})?$/i.test(number)) throw invalidSyntax('numeric');
  return number.replace(/^\+/, '');
}

function float(text: string, type: 'float4' | 'float8', round: (value: number) => number): number {
  const number = text.trim();
  if (/^[+-]?inf(inity)?$/i.test(number)) return number.startsWith('-') ? -Infinity : Infinity;
  if (/^nan$/i.test(number)) return Number.NaN;
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,5})?$/i.test(number)) throw invalidSyntax(type);
  const value = round(Number(number));
  if (!Number.isFinite(value) || (value === 0 && /[1-9]/.test(number.replace(/e.*$/i, '')))) {
    throw new SqlError(SqlState.numericValueOutOfRange, `value is out of range for type ${formatType(type)}`);
  }
  return value;
}

function dateValue(moment: Moment): DuckDBDateValue {
  if (moment.kind === 'infinity') return new DuckDBDateValue(moment.negative ? -0x7fff_ffff : 0x7fff_ffff);
  return new DuckDBDateValue(moment.days);
}

const TIMESTAMP_INFINITY = 0x7fff_ffff_ffff_ffffn;

function timestampMicros(moment: Moment, zone: ZoneOffsets, zoned: boolean): bigint {
  if (moment.kind === 'infinity') return moment.negative ? -TIMESTAMP_INFINITY : TIMESTAMP_INFINITY;
  const seconds = moment.days * 86_400 + Math.floor(moment.micros / MICROS_PER_SECOND);
  const offset = zoned ? (moment.offset ?? localOffset(seconds, zone)) : 0;
  const micros =
    BigInt(moment.days) * BigInt(MICROS_PER_DAY) + BigInt(moment.micros) - BigInt(offset) * BigInt(MICROS_PER_SECOND);
  if (micros >= TIMESTAMP_INFINITY || micros <= -TIMESTAMP_INFINITY)
    throw new SqlError('22008', 'timestamp out of range');
  return micros;
}

/**
 * The offset of a local time. Where clocks go forward or back, PostgreSQL takes the offset from before the change
 * for a time that does not exist and standard time for one that comes twice (DetermineTimeZoneOffset).
 */
function localOffset(localSeconds: number, zone: ZoneOffsets): number {
  const DAY = 86_400;
  const before = zone(localSeconds - DAY);
  const after = zone(localSeconds + DAY);
  if (before === after) return zone(localSeconds - before);
  const fitsBefore = zone(localSeconds - before) === before;
  const fitsAfter = zone(localSeconds - after) === after;
  if (fitsBefore && fitsAfter) return Math.min(before, after);
  return fitsAfter ? after : before;
}

function uuid(text: string): string {
  const hex = text
    .trim()
    .replace(/^\{(.*)\}$/, '$1')
    .replaceAll('-', '')
    .toLowerCase();
  if (!/^[0-9a-f]{32}$/.test(hex)) throw invalidSyntax('uuid');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** byteain: the hex form, or the older one with `\\` and `\ooo`. */
function bytea(text: string): Uint8Array {
  if (text.startsWith('\\x')) {
    const hex = text.slice(2).replace(/\s+/g, '');
    if (!/^([0-9a-f]{2})*$/i.test(hex)) throw new SqlError(SqlState.invalidParameterValue, 'invalid hexadecimal data');
    return Buffer.from(hex, 'hex');
  }
  const parts = text.split(/(\\[0-3][0-7]{2}|\\\\)/);
  if (parts.some((part, i) => i % 2 === 0 && part.includes('\\'))) throw invalidSyntax('bytea');
  return Buffer.concat(
    parts.map((part, i) => {
      if (i % 2 === 0) return Buffer.from(part);
      return Buffer.from([part === '\\\\' ? 92 : Number.parseInt(part.slice(1), 8)]);
    }),
  );
}
