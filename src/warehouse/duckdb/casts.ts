/** Types and casts: DuckDB's names, and what its CAST does otherwise than PostgreSQL's. */
import { notSupported } from '../../errors.ts';
import type { BoundOf, Scope } from '../../plan/dialect.ts';
import type { Expr, TypeName } from '../../sql/ast.ts';
import { elementOf, formatType, isArrayType, numericScale, type PgType, type ScalarType } from '../../sql/types.ts';
import { call, castTo, number, raise, text } from './expressions.ts';
import { exactDecimal, floatDigits } from './numeric-arithmetic.ts';
import { exactText } from './numeric-calculation.ts';
import { VALUE_SCALE } from './numeric-macros.ts';
import { isNull, scaleOf } from './numeric-scale.ts';
import { roundedValue } from './quotients.ts';

const NAMES: { readonly [type in ScalarType]: string } = {
  bool: 'BOOLEAN',
  int2: 'SMALLINT',
  int4: 'INTEGER',
  int8: 'BIGINT',
  numeric: 'DECIMAL',
  float4: 'REAL',
  float8: 'DOUBLE',
  text: 'VARCHAR',
  varchar: 'VARCHAR',
  bpchar: 'VARCHAR',
  date: 'DATE',
  time: 'TIME',
  timetz: 'TIMETZ',
  timestamp: 'TIMESTAMP',
  timestamptz: 'TIMESTAMPTZ',
  interval: 'INTERVAL',
  uuid: 'UUID',
  json: 'JSON',
  jsonb: 'JSON',
  bytea: 'BLOB',
};

/** Digits of the integer types, for the DECIMAL that holds them exactly. */
const DIGITS: { readonly [type in PgType]?: string } = { int2: '5', int4: '10', int8: '19' };

/** @throws SqlError 0A000 for a numeric of more than 38 digits */
export function duckdbType(type: PgType, typmod: number): TypeName {
  const scalar = isArrayType(type) ? elementOf(type) : type;
  return {
    path: [NAMES[scalar]],
    modifiers: scalar === 'numeric' ? decimalModifiers(typmod) : [],
    dimensions: isArrayType(type) ? 1 : 0,
  };
}

function decimalModifiers(typmod: number): string[] {
  // A numeric without modifiers: only NULLs reach such a cast, and gateway's values.
  if (typmod < 0) return ['38', '10'];
  const precision = ((typmod - 4) >> 16) & 0xffff;
  const scale = numericScale(typmod);
  if (precision > 38 || scale < 0 || scale > precision)
    throw notSupported(`${formatType('numeric', typmod)} on DuckDB, which has numeric(38) at most,`);
  return [String(precision), String(scale)];
}

/** @throws SqlError 0A000 for casts whose result DuckDB cannot give as PostgreSQL does */
export function duckdbCast(cast: BoundOf<'cast'>, operand: Expr, scope: Scope): Expr {
  const { type, typmod, arg } = cast;
  const source = arg.type;
  if (source === 'unknown') return { kind: 'cast', operand, type: duckdbType(type, typmod) };
  if (type === 'bpchar') throw notSupported('type character on DuckDB', { hint: 'Use text.' });
  if (type === 'jsonb') throw notSupported('type jsonb on DuckDB', { hint: 'Use json.' });
  if (isText(type)) {
    const shown = source === 'numeric' ? exactText(arg, scope) : castText(source, operand);
    return type === 'varchar' && typmod >= 0 ? call('left', shown, number(typmod - 4)) : shown;
  }
  if (source === 'numeric' && scaleOf(arg) === undefined && !isNull(arg)) {
    // DuckDB makes a double of all the digits as one number, which rounds twice.
    if (type === 'float4' || type === 'float8')
      return { kind: 'cast', operand: exactText(arg, scope), type: duckdbType(type, typmod) };
    if (type === 'numeric' && typmod >= 0) {
      const target = duckdbType(type, typmod);
      const rounded = roundedValue(arg, numericScale(typmod), scope) ?? operand;
      return { kind: 'cast', operand: rounded, type: target };
    }
  }
  if ((source === 'time' && type === 'interval') || (source === 'interval' && type === 'time') || source === 'timetz')
    throw notSupported(`a cast from ${formatType(source)} to ${formatType(type)} on DuckDB`);
  if ((source === 'float4' || source === 'float8') && type === 'numeric') return fromFloat(source, typmod, operand);
  if (source === 'numeric[]' || type === 'numeric[]')
    throw notSupported(`a cast from ${formatType(source)} to ${formatType(type)} on DuckDB`);
  if (type === 'numeric' && typmod < 0) return toNumeric(source, operand);
  if (type === 'bool' && (source === 'text' || source === 'varchar' || source === 'bpchar'))
    return textAsBoolean(operand);
  if (
    (type === 'timestamp' || type === 'time' || type === 'timestamptz' || type === 'timetz') &&
    typmod >= 0 &&
    typmod < 6
  ) {
    throw notSupported(`${formatType(type, typmod)} on DuckDB`, {
      hint: `Use date_trunc('second', …) or ${type} without a precision.`,
    });
  }
  if (type === 'date' && isText(source)) return castTo(withDashes(operand), 'DATE');
  return { kind: 'cast', operand, type: duckdbType(type, typmod) };
}

/** `20240131` is a date in PostgreSQL; DuckDB wants its parts told apart. */
function withDashes(operand: Expr): Expr {
  return call('regexp_replace', operand, text('^\\s*(\\d{4})(\\d{2})(\\d{2})\\s*$'), text('\\1-\\2-\\3'));
}

/** PostgreSQL takes any unique beginning of these words (https://www.postgresql.org/docs/current/datatype-boolean.html). */
const TRUE = ['t', 'tr', 'tru', 'true', 'y', 'ye', 'yes', 'on', '1'];
const FALSE = ['f', 'fa', 'fal', 'fals', 'false', 'n', 'no', 'of', 'off', '0'];

/** @returns undefined for a text that is no boolean */
export function booleanOf(value: string): boolean | undefined {
  const word = value.trim().toLowerCase();
  return TRUE.includes(word) ? true : FALSE.includes(word) ? false : undefined;
}

function textAsBoolean(operand: Expr): Expr {
  const word = call('lower', call('trim', operand));
  const isOneOf = (words: readonly string[]): Expr => ({
    kind: 'in-list',
    negated: false,
    operand: word,
    items: words.map((value) => ({ kind: 'string', value })),
  });
  return {
    kind: 'case',
    operand: undefined,
    branches: [
      { when: isOneOf(TRUE), then: { kind: 'boolean', value: true } },
      { when: isOneOf(FALSE), then: { kind: 'boolean', value: false } },
      { when: { kind: 'is', test: 'null', negated: false, operand }, then: castTo({ kind: 'null' }, 'BOOLEAN') },
    ],
    otherwise: raise('semwire:22P02'),
  };
}

/** A float becomes a numeric through its decimal digits. */
function fromFloat(source: 'float4' | 'float8', typmod: number, operand: Expr): Expr {
  const value = exactDecimal(floatDigits(operand, source), VALUE_SCALE);
  return typmod < 0 ? value : { kind: 'cast', operand: value, type: duckdbType('numeric', typmod) };
}

function isText(type: PgType): boolean {
  return type === 'text' || type === 'varchar';
}

/** A parameter, typed. The driver has checked that a numeric fits. */
export function duckdbParameter(index: number, type: PgType): Expr {
  return { kind: 'cast', operand: { kind: 'parameter', index }, type: duckdbType(type, -1) };
}

export function castText(source: PgType, operand: Expr): Expr {
  switch (source) {
    case 'text':
    case 'varchar':
    case 'bpchar':
      return operand;
    case 'float4':
      return call('semwire_float4_text', castTo(operand, 'VARCHAR'));
    case 'float8':
      return call('semwire_float8_text', castTo(operand, 'VARCHAR'));
    case 'interval':
      return call('semwire_interval_text', castTo(operand, 'VARCHAR'));
    case 'bytea':
      throw notSupported(`a cast from ${formatType(source)} to text on DuckDB`, {
        hint: 'Select the value itself; the client formats it.',
      });
    default:
      if (isArrayType(source)) throw notSupported(`a cast from ${formatType(source)} to text on DuckDB`);
      return castTo(operand, 'VARCHAR');
  }
}

function toNumeric(source: PgType, operand: Expr): Expr {
  if (isText(source)) return exactDecimal(call('semwire_numeric_of', operand), VALUE_SCALE);
  const digits = DIGITS[source];
  if (digits !== undefined) return castTo(operand, 'DECIMAL', digits, '0');
  if (source === 'numeric') return operand;
  throw notSupported(`a cast from ${formatType(source)} to numeric without precision on DuckDB`, {
    hint: 'Write numeric(38, 10) or another precision and scale.',
  });
}

/** A literal whose digits decide its scale. */
export function numericLiteral(value: string): Expr {
  const negative = value.startsWith('-');
  const [whole = '', fraction = ''] = (negative ? value.slice(1) : value).split('.');
  if (/^\d*$/.test(whole) && /^\d*$/.test(fraction)) {
    const digits = Math.max(whole.length + fraction.length, 1);
    if (digits > 38) throw notSupported('a number of more than 38 digits on DuckDB');
    return castTo({ kind: 'string', value }, 'DECIMAL', String(digits), String(fraction.length));
  }
  return castTo({ kind: 'string', value }, 'DOUBLE');
}
