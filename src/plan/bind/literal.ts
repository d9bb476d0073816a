/**
 * Whether an untyped literal is one of the type that its surroundings gave it, as PostgreSQL's input functions judge
 * (https://www.postgresql.org/docs/current/datatype.html). PostgreSQL says so when the statement is parsed, and where.
 * Forms of dates, times and intervals are many: only what is plainly wrong is refused here, the rest by the warehouse.
 */
import { SqlError, SqlState } from '../../errors.ts';
import { formatType, isArrayType, type PgType } from '../../sql/types.ts';

const INVALID_DATETIME = '22007';
const DATETIME_OVERFLOW = '22008';
const SPACE = /^[ \t\n\r\v\f]+|[ \t\n\r\v\f]+$/g;

const LIMITS: { readonly [type in PgType]?: bigint } = {
  int2: 0x8000n,
  int4: 0x8000_0000n,
  int8: 0x8000_0000_0000_0000n,
};

/** @throws SqlError 22P02, 22003, 22007, 22008 in PostgreSQL's words, at the literal */
export function checkLiteral(type: PgType, value: string, position: number | undefined): void {
  if (isArrayType(type)) {
    if (!/^\s*[{[][\s\S]*\}\s*$/.test(value))
      throw new SqlError(SqlState.invalidTextRepresentation, `malformed array literal: "${value}"`, { position });
    return;
  }
  const text = value.replace(SPACE, '');
  const invalid = (code: string = SqlState.invalidTextRepresentation, name = formatType(type)): SqlError =>
    new SqlError(code, `invalid input syntax for type ${name}: "${value}"`, { position });
  switch (type) {
    case 'bool':
      if (!isBoolean(text.toLowerCase())) throw invalid();
      return;
    case 'int2':
    case 'int4':
    case 'int8': {
      const whole = integer(text);
      if (whole === undefined) throw invalid();
      const limit = LIMITS[type] ?? 0n;
      if (whole >= limit || whole < -limit)
        throw new SqlError(
          SqlState.numericValueOutOfRange,
          `value "${value}" is out of range for type ${formatType(type)}`,
          { position },
        );
      return;
    }
    case 'numeric':
      if (!NUMBER.test(text) && integer(text) === undefined) throw invalid();
      return;
    case 'float4':
    case 'float8':
      if (!NUMBER.test(text) && !/^[+-]?0x/i.test(text)) throw invalid();
      if (isOutOfRange(type, text))
        throw new SqlError(SqlState.numericValueOutOfRange, `"${text}" is out of range for type ${formatType(type)}`, {
          position,
        });
      return;
    case 'uuid':
      if (!/^(\{([0-9a-f]{4}-?){7}[0-9a-f]{4}\}|([0-9a-f]{4}-?){7}[0-9a-f]{4})$/i.test(value)) throw invalid();
      return;
    case 'json':
    case 'jsonb':
      if (!isJson(value))
        throw new SqlError(SqlState.invalidTextRepresentation, 'invalid input syntax for type json', { position });
      return;
    case 'date':
    case 'timestamp':
    case 'timestamptz':
      checkDate(text, value, () => invalid(INVALID_DATETIME, type === 'timestamp' ? type : formatType(type)), position);
      return;
    case 'time':
    case 'timetz':
    case 'interval': {
      const name = { time: 'time', timetz: 'time with time zone', interval: 'interval' }[type];
      if (
        (!/\d/.test(text) && !/^(now|allballs|[+-]?inf(inity)?)$/i.test(text)) ||
        (type !== 'interval' && /^[+-]?\d{1,3}$/.test(text))
      )
        throw invalid(INVALID_DATETIME, name);
      return;
    }
    case 'text':
    case 'varchar':
    case 'bpchar':
    case 'bytea':
      return;
  }
}

/** Decimal digits with underscores between them; NaN and the infinities. */
const NUMBER = /^[+-]?(\d+(_\d+)*\.?(\d+(_\d+)*)?|\.\d+(_\d+)*)(e[+-]?\d+(_\d+)*)?$|^[+-]?inf(inity)?$|^nan$/i;

function integer(text: string): bigint | undefined {
  const match = /^([+-]?)(\d+(?:_\d+)*|0x(?:_?[0-9a-f])+|0o(?:_?[0-7])+|0b(?:_?[01])+)$/i.exec(text);
  if (match === null) return undefined;
  const digits = (match[2] ?? '').replaceAll('_', '').toLowerCase();
  const value = BigInt(/^0[xob]/.test(digits) ? digits : digits.replace(/^0+(?=\d)/, ''));
  return match[1] === '-' ? -value : value;
}

function isBoolean(text: string): boolean {
  if (['on', 'of', 'off', '1', '0'].includes(text)) return true;
  return text !== '' && ['true', 'false', 'yes', 'no'].some((word) => word.startsWith(text));
}

function isOutOfRange(type: 'float4' | 'float8', text: string): boolean {
  if (!/^[+-]?[\d.]/.test(text) || /^[+-]?0x/i.test(text)) return false;
  const value = type === 'float4' ? Math.fround(Number(text)) : Number(text);
  return !Number.isFinite(value) || (value === 0 && /[1-9]/.test(text.replace(/e.*$/i, '')));
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function checkDate(text: string, value: string, invalid: () => SqlError, position: number | undefined): void {
  const words = /^(now|today|tomorrow|yesterday|epoch|[+-]?infinity)\b/i;
  if (
    (!/\d/.test(text) && !words.test(text)) ||
    /^[+-]?\d{1,3}$/.test(text) ||
    /^[+-]?\d+\s*(day|month|mon|year|hour|minute|second|week)s?$/i.test(text)
  )
    throw invalid();
  const iso = /^(\d{4,})-(\d{1,2})-(\d{1,2})(?=$|[ T])/.exec(text);
  if (iso === null) return;
  const [year, month, day] = [Number(iso[1]), Number(iso[2]), Number(iso[3])];
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0;
  if (day < 1 || day > days)
    throw new SqlError(DATETIME_OVERFLOW, `date/time field value out of range: "${value}"`, { position });
}
