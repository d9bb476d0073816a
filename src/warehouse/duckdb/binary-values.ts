/** PostgreSQL's binary parameter forms, read into their text: https://www.postgresql.org/docs/current/protocol-overview.html */
import { SqlError, SqlState } from '../../errors.ts';
import { type ScalarType, typeOid } from '../../sql/types.ts';
import { dayText, MICROS_PER_DAY, offsetText, timeText } from './calendar.ts';
import { float4Text, float8Text } from './float-text.ts';
import { intervalText } from './interval.ts';

const DAYS_TO_2000 = 10_957;

/** @throws SqlError 22P03 when the bytes are not the type's binary form */
export function binaryText(type: ScalarType, value: Buffer): string {
  switch (type) {
    case 'bool':
      return sized(value, 1).readUInt8(0) === 0 ? 'f' : 't';
    case 'int2':
      return String(sized(value, 2).readInt16BE(0));
    case 'int4':
      return String(sized(value, 4).readInt32BE(0));
    case 'int8':
      return String(sized(value, 8).readBigInt64BE(0));
    case 'float4':
      return float4Text(sized(value, 4).readFloatBE(0));
    case 'float8':
      return float8Text(sized(value, 8).readDoubleBE(0));
    case 'numeric':
      return numericText(value);
    case 'text':
    case 'varchar':
    case 'bpchar':
    case 'json':
      return utf8(value);
    case 'jsonb':
      if (value[0] !== 1) throw new SqlError(SqlState.internalError, 'unsupported jsonb version number');
      return utf8(value.subarray(1));
    case 'bytea':
      return `\\x${value.toString('hex')}`;
    case 'uuid':
      return sized(value, 16).toString('hex');
    case 'date':
      return dateText(sized(value, 4).readInt32BE(0));
    case 'time':
      return timeText(timeMicros(sized(value, 8)));
    case 'timetz':
      return timeText(timeMicros(sized(value, 12))) + offsetText(-value.readInt32BE(8));
    case 'timestamp':
      return timestampText(sized(value, 8).readBigInt64BE(0), '');
    case 'timestamptz':
      return timestampText(sized(value, 8).readBigInt64BE(0), '+00');
    case 'interval':
      return intervalText(sized(value, 16).readInt32BE(12), value.readInt32BE(8), value.readBigInt64BE(0));
  }
}

function invalid(): SqlError {
  return new SqlError(SqlState.invalidBinaryRepresentation, 'incorrect binary data format in bind parameter');
}

function sized(value: Buffer, size: number): Buffer {
  if (value.length !== size) throw invalid();
  return value;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function utf8(value: Buffer): string {
  try {
    const text = decoder.decode(value);
    if (!text.includes('\0')) return text;
  } catch {
    // Said below.
  }
  throw new SqlError(SqlState.characterNotInRepertoire, 'invalid byte sequence for encoding "UTF8"');
}

function timeMicros(value: Buffer): number {
  const micros = value.readBigInt64BE(0);
  if (micros < 0n || micros > BigInt(MICROS_PER_DAY)) throw invalid();
  return Number(micros);
}

function dateText(days: number): string {
  if (days === 0x7fff_ffff) return 'infinity';
  if (days === -0x8000_0000) return '-infinity';
  const { date, era } = dayText(days + DAYS_TO_2000);
  return date + era;
}

function timestampText(micros: bigint, zone: string): string {
  if (micros === 0x7fff_ffff_ffff_ffffn) return 'infinity';
  if (micros === -0x8000_0000_0000_0000n) return '-infinity';
  const perDay = BigInt(MICROS_PER_DAY);
  const inDay = ((micros % perDay) + perDay) % perDay;
  const { date, era } = dayText(Number((micros - inDay) / perDay) + DAYS_TO_2000);
  return `${date} ${timeText(Number(inDay))}${zone}${era}`;
}

function numericText(value: Buffer): string {
  if (value.length < 8 || value.length !== 8 + value.readUInt16BE(0) * 2) throw invalid();
  const count = value.readUInt16BE(0);
  const weight = value.readInt16BE(2);
  const sign = value.readUInt16BE(4);
  const scale = value.readUInt16BE(6) & 0x3fff;
  if (sign === 0xc000) return 'NaN';
  if (sign === 0xd000) return 'Infinity';
  if (sign === 0xf000) return '-Infinity';
  if (sign !== 0 && sign !== 0x4000) throw invalid();
  const group = (position: number): string => {
    const index = weight - position;
    if (index < 0 || index >= count) return '0000';
    const digits = value.readUInt16BE(8 + index * 2);
    if (digits > 9999) throw invalid();
    return String(digits).padStart(4, '0');
  };
  let whole = '';
  for (let position = weight; position >= 0; position--) whole += group(position);
  let fraction = '';
  for (let position = -1; fraction.length < scale; position--) fraction += group(position);
  const shown = whole.replace(/^0+(?=\d)/, '') || '0';
  return `${sign === 0x4000 ? '-' : ''}${shown}${scale > 0 ? `.${fraction.slice(0, scale)}` : ''}`;
}

/** @returns the elements' texts. @throws SqlError 22P03, 42804 for another element type, 0A000 for further dimensions */
export function binaryArray(value: Buffer, element: ScalarType): readonly (string | null)[] {
  if (value.length < 12) throw invalid();
  const dimensions = value.readInt32BE(0);
  if (value.readUInt32BE(8) !== typeOid(element)) {
    throw new SqlError(SqlState.datatypeMismatch, 'binary data has array element type that does not match');
  }
  if (dimensions === 0) return [];
  if (dimensions !== 1) {
    throw new SqlError(SqlState.featureNotSupported, 'an array of more than one dimension is not supported here');
  }
  if (value.length < 20) throw invalid();
  const count = value.readInt32BE(12);
  if (count < 0 || count * 4 > value.length - 20) throw invalid();
  const elements: (string | null)[] = [];
  let at = 20;
  for (let i = 0; i < count; i++) {
    if (at + 4 > value.length) throw invalid();
    const length = value.readInt32BE(at);
    at += 4;
    if (length === -1) {
      elements.push(null);
      continue;
    }
    if (length < 0 || at + length > value.length) throw invalid();
    elements.push(binaryText(element, value.subarray(at, at + length)));
    at += length;
  }
  if (at !== value.length) throw invalid();
  return elements;
}
