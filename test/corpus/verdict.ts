/** What one server says to one statement, and how two answers compare. */
import pg from 'pg';
import { SqlError } from '../../src/errors.ts';
import { parse } from '../../src/sql/parse.ts';
import type { RecordedStatement } from './statements.ts';

export type Rows = readonly (readonly (string | null)[])[];
export type Verdict =
  | { readonly kind: 'answered'; readonly rows: Rows }
  /** The server's own word about the statement. */
  | { readonly kind: 'refused'; readonly code: string; readonly message: string }
  /** A bug, an unreachable warehouse, a lost connection. */
  | { readonly kind: 'failed'; readonly code: string; readonly message: string };

export type Protocol = 'simple' | 'extended';

const FAILURES = /^(XX|58|57P|08)/;

/** @param protocol `simple` cannot carry parameters: such a statement goes the extended way */
export async function verdictOf(
  client: pg.Client,
  { sql, parameters }: RecordedStatement,
  protocol: Protocol,
): Promise<Verdict> {
  const extended = protocol === 'extended' || parameters !== undefined;
  const query = {
    text: sql,
    rowMode: 'array' as const,
    ...(extended ? { queryMode: 'extended', values: [...(parameters ?? [])] } : {}),
  };
  try {
    const result = await client.query<(string | null)[]>(query);
    const last = Array.isArray(result) ? result.at(-1) : result;
    return { kind: 'answered', rows: last.rows };
  } catch (error) {
    const code = error instanceof pg.DatabaseError ? (error.code ?? '') : '08006';
    const message = error instanceof Error ? error.message : String(error);
    return { kind: FAILURES.test(code) ? 'failed' : 'refused', code, message };
  }
}

/** The grammar's verdict: libpg-query is PostgreSQL's own parser. */
export function syntaxError(sql: string): string | undefined {
  try {
    parse(sql);
    return undefined;
  } catch (error) {
    // What parses and is no statement of semwire's is refused later.
    if (error instanceof SqlError && error.code === '42601') return error.message;
    return undefined;
  }
}

/** Equal up to the order of rows and the digits of fractions. */
export function sameRows(a: Rows, b: Rows): boolean {
  return JSON.stringify(normal(a)) === JSON.stringify(normal(b));
}

function normal(rows: Rows): readonly string[] {
  return rows.map((row) => JSON.stringify(row.map((value) => (value === null ? null : plainNumber(value))))).sort();
}

function plainNumber(value: string): string {
  return /^-?\d+(\.\d+)?(e[+-]?\d+)?$/.test(value) ? String(Number(Number(value).toPrecision(12))) : value;
}
