/**
 * Data in which every hostile claim is a value of its own, so that a claim that is data finds exactly its row; and the
 * rows that each place of the model `claims` must give, by PostgreSQL with the claim as a parameter.
 */
import { CompactSign } from 'jose';
import type { Claim } from '../../src/model/security-context.ts';
import { SECRET, seconds } from '../session/serve.ts';
import { HOSTILE } from './claim-places.ts';

const texts = HOSTILE.filter((claim): claim is string => typeof claim === 'string');
/** Each once, the first one harmless; the last row has none. */
export const WORDS: readonly string[] = [...new Set(['acme', 'ACME', 'an acme', 'acmes', 'zzz', '12', '16', ...texts])];

/** Neighbours that are one and the same double. */
export const NUMBERS: readonly bigint[] = [
  9007199254740992n,
  9007199254740993n,
  9007199254740994n,
  -9007199254740993n,
  -9223372036854775808n,
  9223372036854775807n,
  9223372036854775806n,
  0n,
  -1n,
  5n,
  12n,
  16n,
];

const DAYS = ['2024-02-28 23:59:59', '2024-02-29 00:00:00', '2024-02-29 23:59:59', '2024-03-01 00:00:00'];

export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function rowsOf(values: readonly string[]): string {
  return [...values, 'NULL'].map((value, i) => `(${i + 1}, ${value})`).join(', ');
}

export const CLAIMS_SEED = `
CREATE TABLE words (id integer, word varchar);
INSERT INTO words VALUES ${rowsOf(WORDS.map(quoted))};
CREATE TABLE numbers (id integer, n bigint);
INSERT INTO numbers VALUES ${rowsOf(NUMBERS.map(String))};
CREATE TABLE days (id integer, day timestamp);
INSERT INTO days VALUES ${rowsOf(DAYS.map((day) => `'${day}'`))};
CREATE SCHEMA tenant_acme;
CREATE TABLE tenant_acme.words (id integer);
INSERT INTO tenant_acme.words VALUES (1);
`;

const STARTS = 'starts_with(lower(word), lower($1))';
const CONTAINS = 'strpos(lower(word), lower($1)) > 0';
const ENDS = 'right(lower(word), length($1)) = lower($1)';

/** Operator → the condition over `word`, where $1 is the claim. */
export const WORD_OPERATORS: Readonly<Record<string, string>> = {
  equals: 'word = $1',
  notEquals: 'word IS DISTINCT FROM $1',
  in: 'word = $1',
  notIn: 'word IS DISTINCT FROM $1',
  contains: CONTAINS,
  notContains: `(${CONTAINS}) IS NOT TRUE`,
  startsWith: STARTS,
  notStartsWith: `(${STARTS}) IS NOT TRUE`,
  endsWith: ENDS,
  notEndsWith: `(${ENDS}) IS NOT TRUE`,
};

export const NUMBER_OPERATORS: Readonly<Record<string, string>> = {
  equals: 'n = $1',
  notEquals: 'n IS DISTINCT FROM $1',
  in: 'n = $1',
  notIn: 'n IS DISTINCT FROM $1',
  gt: 'n > $1',
  gte: 'n >= $1',
  lt: 'n < $1',
  lte: 'n <= $1',
};

export const DAY_OPERATORS = [
  ...['inDateRange', 'notInDateRange', 'onTheDate', 'beforeDate', 'beforeOrOnDate', 'afterDate', 'afterOrOnDate'],
  ...['gt', 'lte'],
] as const;

/** Tables of the model `claims` that compare texts, each with its condition. */
export const WORD_TABLES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.entries(WORD_OPERATORS).map(([name, sql]) => [`word_${name}`, sql])),
  word_in_list: "word IN ('acme', $1, 'zzz')",
  word_in_claim: 'word = $1',
  word_nested: 'id = 1 OR word = $1',
  word_inner: 'word = $1',
  word_tested: 'word = $1',
  word_required: 'word = $1',
};

/** A token whose whole numbers keep every digit. */
export function exactToken(claims: Readonly<Record<string, unknown>>): Promise<string> {
  const payload = { sub: 'alice', iat: seconds(), exp: seconds() + 3_600, ...claims };
  const json = JSON.stringify(payload, (_, value) => (typeof value === 'bigint' ? `digits:${value}` : value));
  const exact = json.replace(/"digits:(-?\d+)"/g, '$1');
  return new CompactSign(Buffer.from(exact)).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from(SECRET));
}

/** The text that a claim has beside a text; a boolean has none there. */
export function textOfClaim(claim: Claim): string | undefined {
  return typeof claim === 'string' || typeof claim === 'bigint' || typeof claim === 'number'
    ? String(claim)
    : undefined;
}
