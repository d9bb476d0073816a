/** What one server says to one statement, and how two answers compare. */
import pg from 'pg';
import { quoteLiteral } from '../../src/catalog/stubs.ts';
import { SqlError } from '../../src/errors.ts';
import { parse } from '../../src/sql/parse.ts';
import { tokens } from '../../src/sql/scan.ts';
import type { RecordedStatement } from './statements.ts';

export type Rows = readonly (readonly (string | null)[])[];
/** As RowDescription tells it. */
export type Column = { readonly name: string; readonly type: number; readonly typmod: number };
export type Answer = {
  /** Types of $1…, as the server took them; undefined for a statement without parameters and in the simple protocol. */
  readonly parameters: string | undefined;
  readonly columns: readonly Column[];
  readonly rows: Rows;
};
export type Verdict =
  | ({ readonly kind: 'answered' } & Answer)
  /** The server's own word about the statement. */
  | { readonly kind: 'refused'; readonly code: string; readonly message: string }
  /** A bug, an unreachable warehouse, a lost connection. */
  | { readonly kind: 'failed'; readonly code: string; readonly message: string };

export const PROTOCOLS = ['simple', 'extended'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

const FAILURES = /^(XX|58|57P|08)/;

/**
 * @param protocol `simple` cannot carry parameters: they are written into the text, as drivers that use it do
 * @returns of several statements in one text the columns and rows of all
 */
export async function verdictOf(
  client: pg.Client,
  { sql, parameters = [] }: Pick<RecordedStatement, 'sql' | 'parameters'>,
  protocol: Protocol,
): Promise<Verdict> {
  const prepared = protocol === 'extended' && parameters.length > 0;
  const query =
    protocol === 'extended'
      ? { text: sql, rowMode: 'array' as const, queryMode: 'extended', values: [...parameters] }
      : { text: withValues(sql, parameters), rowMode: 'array' as const };
  try {
    const answer = await client.query<(string | null)[]>(prepared ? { ...query, name: PREPARED } : query);
    const results = [answer].flat();
    return {
      kind: 'answered',
      columns: results.flatMap(({ fields }) =>
        fields.map(({ name, dataTypeID, dataTypeModifier }) => ({ name, type: dataTypeID, typmod: dataTypeModifier })),
      ),
      rows: results.flatMap(({ rows }) => rows),
      parameters: prepared ? await parameterTypes(client) : undefined,
    };
  } catch (error) {
    const code = error instanceof pg.DatabaseError ? (error.code ?? '') : '08006';
    const message = error instanceof Error ? error.message : String(error);
    return { kind: FAILURES.test(code) ? 'failed' : 'refused', code, message };
  }
}

const PREPARED = 'recorded';

async function parameterTypes(client: pg.Client): Promise<string | undefined> {
  const { rows } = await client.query<{ types: string }>(
    `SELECT parameter_types::text AS types FROM pg_prepared_statements WHERE name = '${PREPARED}'`,
  );
  return rows[0]?.types;
}

function withValues(sql: string, values: readonly (string | null)[]): string {
  let text = '';
  let end = 0;
  for (const token of tokens(sql)) {
    const number = /^\$(\d+)$/.exec(token.text)?.[1];
    if (number === undefined || token.kind !== 'other' || Number(number) > values.length) continue;
    const value = values[Number(number) - 1] ?? null;
    text += `${sql.slice(end, token.start)}${value === null ? 'NULL' : quoteLiteral(value)}`;
    end = token.end;
  }
  return text + sql.slice(end);
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

/** Names, types and modifiers of the columns in order, and the parameters' types. */
export function sameTypes(a: Answer, b: Answer): boolean {
  return a.parameters === b.parameters && JSON.stringify(a.columns) === JSON.stringify(b.columns);
}

/** Equal up to the order of rows and the digits of fractions. */
export function sameRows(a: Rows, b: Rows): boolean {
  return JSON.stringify(normal(a)) === JSON.stringify(normal(b));
}

/** The rows of `a` that `b` has not, or not as often. */
export function rowsBeyond(a: Rows, b: Rows): Rows {
  const counts = new Map<string, number>();
  for (const row of b.map(normalRow)) counts.set(row, (counts.get(row) ?? 0) + 1);
  return a.filter((row) => {
    const left = counts.get(normalRow(row)) ?? 0;
    counts.set(normalRow(row), left - 1);
    return left <= 0;
  });
}

function normal(rows: Rows): readonly string[] {
  return rows.map(normalRow).sort();
}

function normalRow(row: Rows[number]): string {
  return JSON.stringify(row.map((value) => (value === null ? null : plainNumber(value))));
}

function plainNumber(value: string): string {
  return /^-?\d+(\.\d+)?(e[+-]?\d+)?$/.test(value) ? String(Number(Number(value).toPrecision(12))) : value;
}
