/** Literals: PostgreSQL reads many forms of a value, DuckDB one. */
import { notSupported, SqlError } from '../../errors.ts';
import type { Expr } from '../../sql/ast.ts';
import { elementOf, formatType, isArrayType, type PgType, type ScalarType } from '../../sql/types.ts';
import { parseArrayLiteral } from './array-literal.ts';
import { dayText, MICROS_PER_DAY, MICROS_PER_SECOND, offsetText, timeText } from './calendar.ts';
import { booleanOf, duckdbType, numericLiteral } from './casts.ts';
import { parseDateTime, parseTime } from './datetime-literal.ts';
import { number, text } from './expressions.ts';
import { parseInterval } from './interval-literal.ts';
import { numberText } from './numeric-arithmetic.ts';

/** @throws SqlError 0A000 for a form that is PostgreSQL's but not understood here; 22P02, 22007, 22008 for no form at all */
export function duckdbConstant(type: PgType, value: string): Expr {
  if (!isArrayType(type)) return scalar(type, value);
  const element = elementOf(type);
  const items = parseArrayLiteral(value).map(
    (item): Expr => (item === null ? { kind: 'null' } : scalar(element, item)),
  );
  const scales = new Set(parseArrayLiteral(value).map((item) => (item?.split('.')[1] ?? '').length));
  if (element === 'numeric' && scales.size > 1)
    throw notSupported('an array of numerics of different scales on DuckDB');
  return { kind: 'cast', operand: { kind: 'array', items }, type: duckdbType(type, -1) };
}

function scalar(type: ScalarType, value: string): Expr {
  const typed = (form: string): Expr => ({ kind: 'cast', operand: text(form), type: duckdbType(type, -1) });
  switch (type) {
    case 'bool':
      return { kind: 'boolean', value: booleanOf(value) === true };
    case 'int2':
    case 'int4':
    case 'int8': {
      const digits = BigInt(value.trim().replaceAll('_', '').replace(/^\+/, '').replace(/^-/, ''));
      const shown = `${/^\s*-/.test(value) ? '-' : ''}${digits}`;
      if (type !== 'int4' || digits > 2147483647n) return typed(shown);
      const magnitude = number(digits.toString());
      return shown.startsWith('-') ? { kind: 'unary', operator: '-', operand: magnitude } : magnitude;
    }
    case 'numeric':
      if (/nan|inf/i.test(value)) throw notSupported(`the numeric ${value.trim()} on DuckDB`);
      return numericLiteral(numberText(value));
    case 'float4':
    case 'float8':
      return typed(value.trim().replaceAll('_', ''));
    case 'text':
    case 'varchar':
      return text(value);
    case 'bpchar':
      throw notSupported('type character on DuckDB', { hint: 'Use text.' });
    case 'date':
    case 'timestamp':
    case 'timestamptz':
      return typed(moment(type, value));
    case 'time':
    case 'timetz': {
      const { micros, offset } = understood(type, value, () => parseTime(value, formatType(type)));
      return typed(timeText(micros) + (type === 'timetz' ? offsetText(offset ?? 0) : ''));
    }
    case 'interval': {
      const { months, days, micros } = understood(type, value, () => parseInterval(value));
      return typed(`${months} months ${days} days ${micros} microseconds`);
    }
    case 'uuid':
      return typed(value.replace(/[{}]/g, ''));
    case 'json':
      return typed(value);
    case 'jsonb':
      throw notSupported('type jsonb on DuckDB', { hint: 'Use json.' });
    case 'bytea':
      return typed(bytes(value));
  }
}

function moment(type: 'date' | 'timestamp' | 'timestamptz', value: string): string {
  const found = understood(type, value, () => parseDateTime(value, formatType(type)));
  if (found.kind === 'infinity') return found.negative ? '-infinity' : 'infinity';
  const zoned = type === 'timestamptz' && found.offset !== undefined;
  const total = found.micros - (zoned ? (found.offset ?? 0) * MICROS_PER_SECOND : 0);
  const carried = Math.floor(total / MICROS_PER_DAY);
  const { date, era } = dayText(found.days + carried);
  if (era !== '') throw notSupported('a year BC on DuckDB');
  if (type === 'date') return dayText(found.days).date;
  return `${date} ${timeText(total - carried * MICROS_PER_DAY)}${zoned ? '+00' : ''}`;
}

/** Forms that PostgreSQL may know and we do not are refused, not called wrong. */
function understood<T>(type: PgType, value: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof SqlError && error.code === '22007')
      throw notSupported(`the ${formatType(type)} "${value}", which is not in ISO form, on DuckDB,`);
    throw error;
  }
}

function bytes(value: string): string {
  if (/^\\x(\s*[0-9a-f]{2}\s*)*$/i.test(value))
    return value
      .slice(2)
      .replaceAll(/\s/g, '')
      .replaceAll(/../g, (byte) => `\\x${byte}`);
  if (/^[ -[\]-~]*$/.test(value)) return value;
  throw notSupported('this form of a bytea on DuckDB', { hint: 'Write it in hexadecimal: \\x0102.' });
}
