/**
 * Values between PostgreSQL's text and binary forms, for every type of the closed list.
 * Text forms are those of DateStyle ISO, IntervalStyle postgres, bytea_output hex, extra_float_digits 1, TimeZone UTC.
 */
import { assertNever, SqlError, SqlState } from '../errors.ts';
import { elementOf, isArrayType, type PgType, type ScalarType, typeSize } from '../sql/types.ts';
import { arrayFromBinary, arrayToBinary } from './arrays.ts';
import { asBuffer, decodeText } from './bytes.ts';
import {
  dateFromBinary,
  dateToBinary,
  timeFromBinary,
  timestampFromBinary,
  timestampToBinary,
  timeToBinary,
  timetzFromBinary,
  timetzToBinary,
} from './calendar.ts';
import { intervalFromBinary, intervalToBinary } from './interval.ts';
import type { Format } from './messages.ts';
import {
  floatFromBinary,
  floatToBinary,
  integerFromBinary,
  integerToBinary,
  numericFromBinary,
  numericToBinary,
} from './numbers.ts';
import { badBinary, badText } from './value-errors.ts';

/**
 * A bound value as text. A value sent as text is handed on as it is, checked to be UTF-8 without NUL; whether it is
 * one of the type is for the warehouse to say. A binary one is checked whole.
 * @param number of the parameter, from 1, for the message
 * @throws SqlError 22021 text that is not UTF-8 or holds NUL, 22P03 bytes that are no value of the type,
 * 22003 22008 22009 a value the type cannot hold, 42804 an array of other elements, 0A000 an array of arrays
 */
export function decodeParameter(type: PgType, format: Format, bytes: Uint8Array, number: number): string {
  if (format === 0) return decodeText(bytes);
  const value = asBuffer(bytes);
  const size = typeSize(type);
  if (size >= 0 && value.length !== size) {
    throw badBinary(`incorrect binary data format in bind parameter ${number}`);
  }
  return isArrayType(type)
    ? arrayFromBinary(type, value, (element) => decodeParameter(elementOf(type), 1, element, number))
    : scalarFromBinary(type, value);
}

/**
 * The bytes of a DataRow column, in the format the client asked for.
 * @param text the value's text form, made by us or by a warehouse
 * @throws SqlError 22P02 when it is none of the type
 */
export function encodeValue(type: PgType, format: Format, text: string): Uint8Array {
  return format === 0 ? Buffer.from(text) : encodeBinary(type, text);
}

/** Text form → binary form. Throws SqlError 22P02 when the text is none of the type, 22003 22008 when out of range. */
export function encodeBinary(type: PgType, text: string): Uint8Array {
  if (!isArrayType(type)) return scalarToBinary(type, text);
  const element = elementOf(type);
  return arrayToBinary(type, text, (each) => scalarToBinary(element, each));
}

/** @param bytes of the type's length where it has one */
function scalarFromBinary(type: ScalarType, bytes: Buffer): string {
  switch (type) {
    case 'bool':
      return bytes.readUInt8() === 0 ? 'f' : 't';
    case 'int2':
    case 'int4':
    case 'int8':
      return integerFromBinary(type, bytes);
    case 'numeric':
      return numericFromBinary(bytes);
    case 'float4':
    case 'float8':
      return floatFromBinary(type, bytes);
    case 'text':
    case 'varchar':
    case 'bpchar':
    case 'json':
      return decodeText(bytes);
    case 'jsonb':
      return jsonbFromBinary(bytes);
    case 'date':
      return dateFromBinary(bytes);
    case 'time':
      return timeFromBinary(bytes);
    case 'timetz':
      return timetzFromBinary(bytes);
    case 'timestamp':
    case 'timestamptz':
      return timestampFromBinary(type, bytes);
    case 'interval':
      return intervalFromBinary(bytes);
    case 'uuid':
      return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
    case 'bytea':
      return `\\x${bytes.toString('hex')}`;
    default:
      return assertNever(type, 'scalarFromBinary');
  }
}

function scalarToBinary(type: ScalarType, text: string): Uint8Array {
  switch (type) {
    case 'bool':
      return booleanToBinary(text);
    case 'int2':
    case 'int4':
    case 'int8':
      return integerToBinary(type, text);
    case 'numeric':
      return numericToBinary(text);
    case 'float4':
    case 'float8':
      return floatToBinary(type, text);
    case 'text':
    case 'varchar':
    case 'bpchar':
    case 'json':
      return Buffer.from(text);
    case 'jsonb':
      return Buffer.concat([Buffer.from([JSONB_VERSION]), Buffer.from(text)]);
    case 'date':
      return dateToBinary(text);
    case 'time':
      return timeToBinary(text);
    case 'timetz':
      return timetzToBinary(text);
    case 'timestamp':
    case 'timestamptz':
      return timestampToBinary(type, text);
    case 'interval':
      return intervalToBinary(text);
    case 'uuid':
      if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) throw badText(type, text);
      return Buffer.from(text.replaceAll('-', ''), 'hex');
    case 'bytea':
      if (!/^\\x[0-9a-f]*$/i.test(text) || text.length % 2 !== 0) throw badText(type, text);
      return Buffer.from(text.slice(2), 'hex');
    default:
      return assertNever(type, 'scalarToBinary');
  }
}

function booleanToBinary(text: string): Uint8Array {
  switch (text) {
    case 't':
    case 'true':
      return Buffer.from([1]);
    case 'f':
    case 'false':
      return Buffer.from([0]);
    default:
      throw badText('bool', text);
  }
}

const JSONB_VERSION = 1;

function jsonbFromBinary(bytes: Buffer): string {
  if (bytes.length === 0) throw badBinary('insufficient data left in message');
  const version = bytes.readUInt8();
  if (version !== JSONB_VERSION) {
    throw new SqlError(SqlState.invalidBinaryRepresentation, `unsupported jsonb version number ${version}`);
  }
  return decodeText(bytes.subarray(1));
}
