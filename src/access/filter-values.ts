/**
 * Claims and literals as values of a member's type: strict, because what a lenient reading lets through decides rows
 * (security cases C08–C18).
 */
import { SqlError, SqlState } from '../errors.ts';
import { formatType, type PgType } from '../sql/types.ts';
import type { Claim } from './context.ts';

const INTEGER = /^-?(0|[1-9]\d*)$/;
const DECIMAL = /^-?(0|[1-9]\d*)(\.\d+)?$/;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const TIMESTAMP = /^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}(:?\d{2})?)?$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * The text form of `value` as `type`.
 * @throws SqlError 42501 for null, lists, objects and texts that are not exactly of the type
 */
export function claimText(value: Claim, type: PgType, member: string): string {
  const text = scalarText(value, type);
  if (text === undefined || !fits(text, value, type)) {
    throw new SqlError(SqlState.insufficientPrivilege, `a value for "${member}" must be a ${formatType(type)}`);
  }
  return text;
}

function scalarText(value: Claim, type: PgType): string | undefined {
  switch (typeof value) {
    case 'string':
      // biome-ignore lint/suspicious/noControlCharactersInRegex: NUL cannot stand in a PostgreSQL text
      return /\u0000/.test(value) || !value.isWellFormed() ? undefined : value;
    case 'bigint':
      return String(value);
    case 'number':
      // A number that is not exact here was not exact in the token either: strict-json keeps big integers as bigint.
      return Number.isSafeInteger(value)
        ? String(value === 0 ? 0 : value)
        : Number.isFinite(value) && !Number.isInteger(value)
          ? decimalText(value)
          : undefined;
    case 'boolean':
      return type === 'bool' ? String(value) : undefined;
    default:
      return undefined;
  }
}

function decimalText(value: number): string | undefined {
  const text = String(value);
  return DECIMAL.test(text) ? text : undefined;
}

function fits(text: string, value: Claim, type: PgType): boolean {
  switch (type) {
    case 'int2':
      return INTEGER.test(text) && within(text, 15n);
    case 'int4':
      return INTEGER.test(text) && within(text, 31n);
    case 'int8':
      return INTEGER.test(text) && within(text, 63n);
    case 'numeric':
    case 'float4':
    case 'float8':
      return DECIMAL.test(text);
    case 'bool':
      return typeof value === 'boolean' || text === 'true' || text === 'false';
    case 'text':
    case 'varchar':
    case 'bpchar':
      return typeof value !== 'boolean';
    case 'date':
    case 'timestamp':
    case 'timestamptz':
      return (
        typeof value === 'string' &&
        (DATE.test(text) || TIMESTAMP.test(text)) &&
        !Number.isNaN(Date.parse(text.slice(0, 10)))
      );
    case 'uuid':
      return UUID.test(text);
    default:
      return false;
  }
}

function within(text: string, bits: bigint): boolean {
  const value = BigInt(text);
  return value >= -(2n ** bits) && value < 2n ** bits;
}

export function isDateOnly(text: string): boolean {
  return DATE.test(text);
}

/** `2024-02-28` → `2024-02-29` */
export function dayAfter(date: string): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
}
