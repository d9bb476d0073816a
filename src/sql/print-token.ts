/**
 * Names, constants and operators as tokens that PostgreSQL and DuckDB read alike. Nothing leaves here unquoted or
 * unchecked: this is the one place that escapes.
 */
import { SqlError, SqlState } from '../errors.ts';
import type { TypeName } from './ast.ts';

/** NAMEDATALEN - 1: PostgreSQL would cut the rest off, and two names could become one (security case A25). */
const MAX_NAME_BYTES = 63;

/** `"a""b"`. @throws SqlError 42622 for a name that PostgreSQL would cut, 22021 for NUL and lone surrogates */
export function printName(name: string): string {
  checkText(name);
  if (name === '') throw new SqlError(SqlState.syntaxError, 'zero-length delimited identifier');
  // A UTF-16 unit is at most three bytes, so most names need no counting.
  if (name.length * 3 > MAX_NAME_BYTES && Buffer.byteLength(name) > MAX_NAME_BYTES) {
    throw new SqlError(SqlState.nameTooLong, `identifier "${name}" is longer than ${MAX_NAME_BYTES} bytes`);
  }
  return `"${name.replaceAll('"', '""')}"`;
}

export function printPath(path: readonly string[]): string {
  if (path.length === 0) throw new Error('print: an empty name');
  return path.map(printName).join('.');
}

export function printNames(names: readonly string[]): string {
  return names.map(printName).join(', ');
}

/**
 * `'a''b'`. A backslash stands for itself, in DuckDB always and in PostgreSQL under standard_conforming_strings = on,
 * which every warehouse connection must have. @throws SqlError 22021 for NUL and lone surrogates
 */
export function printString(value: string): string {
  checkText(value);
  return `'${value.replaceAll("'", "''")}'`;
}

/** NUL ends the statement for DuckDB (security case A105). */
function checkText(text: string): void {
  if (text.includes('\0') || !text.isWellFormed()) {
    throw new SqlError(SqlState.characterNotInRepertoire, 'invalid byte sequence for encoding "UTF8": 0x00');
  }
}

const NUMBER = /^-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** A negative number in parentheses, so that no operator before it can make `--` of it. */
export function printNumber(text: string): string {
  if (!NUMBER.test(text)) throw new Error(`print: ${JSON.stringify(text)} is no number`);
  return text.startsWith('-') ? `(${text})` : text;
}

const OPERATOR = /^[-+*/<>=~!@#%^&|`?]+$/;

export function printOperator(operator: string): string {
  if (!OPERATOR.test(operator) || operator.includes('--') || operator.includes('/*')) {
    throw new Error(`print: ${JSON.stringify(operator)} is no operator`);
  }
  return operator;
}

const MODIFIER = /^-?\d+$/;
const INTERVAL_FIELDS = /^(year|month|day|hour|minute|second)( to (month|hour|minute|second))?$/;

/** `"numeric"(10, 2)[]`; interval alone needs its keyword, because its fields are grammar. */
export function printType(type: TypeName): string {
  for (const modifier of type.modifiers) {
    if (!MODIFIER.test(modifier)) throw new Error(`print: ${JSON.stringify(modifier)} is no type modifier`);
  }
  const modifiers = type.modifiers.length === 0 ? '' : `(${type.modifiers.join(', ')})`;
  const dimensions = '[]'.repeat(type.dimensions);
  if (type.path.length !== 1 || type.path[0] !== 'interval') return printPath(type.path) + modifiers + dimensions;

  const fields = type.intervalFields;
  if (fields !== undefined && !INTERVAL_FIELDS.test(fields)) {
    throw new Error(`print: ${JSON.stringify(fields)} are no interval fields`);
  }
  return `interval${fields === undefined ? '' : ` ${fields}`}${modifiers}${dimensions}`;
}
