/**
 * The demo, end to end: what its queries answer on both warehouses, as written down and as SQL by hand answers when it
 * is run on the seed's tables directly, on PostgreSQL and on DuckDB.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from '../../src/sql/parse.ts';
import { ask, type Gateway, identityOf, viewOf } from '../helpers/gateway.ts';
import { type Row, showRows } from '../helpers/golden.ts';
import { startPostgres, type TestPostgres } from '../helpers/postgres.ts';
import { type ServedModel, serveOnBoth } from '../helpers/served-model.ts';

type DemoQuery = {
  readonly name: string;
  readonly persona: string;
  readonly sql: string;
  readonly handwritten: string;
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
};

const file = (path: string): string => readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8');
const queries = JSON.parse(file('../fixtures/demo-queries.json')) as readonly DemoQuery[];

let server: TestPostgres;
let served: ServedModel;
let duckdb: DuckDBInstance;

beforeAll(async () => {
  server = await startPostgres();
  served = await serveOnBoth('demo', server);
  duckdb = await DuckDBInstance.create(':memory:');
  const connection = await duckdb.connect();
  await connection.run("SET GLOBAL default_null_order = 'NULLS_LAST_ON_ASC_FIRST_ON_DESC'");
  await connection.run(file('../../model/seed/demo.sql'));
});
afterAll(async () => {
  duckdb?.closeSync();
  await served?.close();
  await server?.stop();
});

describe('the demo answers alike on both warehouses', () => {
  it.each(queries.map((query) => [query.name, query] as const))('%s', async (_, query) => {
    const expected = { columns: query.columns, rows: inOrder(query, query.rows) };
    expect(await answer(served.postgres, query), 'PostgreSQL').toEqual(expected);
    expect(await answer(served.duckdb, query), 'DuckDB').toEqual(expected);
  });
});

describe('SQL by hand answers the same', () => {
  it.each(queries.map((query) => [query.name, query] as const))('%s', async (_, query) => {
    const expected = showRows(inOrder(query, query.rows));
    const { rows } = await served.plain(query.handwritten);
    expect(showRows(inOrder(query, rows)), 'PostgreSQL').toEqual(expected);
    expect(showRows(inOrder(query, await onDuckdb(query.handwritten))), 'DuckDB').toEqual(expected);
  });
});

async function answer(
  { engine }: Gateway,
  query: DemoQuery,
): Promise<{ columns: readonly string[]; rows: readonly Row[] }> {
  const claims = served.personas.get(query.persona);
  if (claims === undefined) throw new Error(`no persona ${query.persona}`);
  const { columns, rows } = await ask(engine, query.sql, viewOf(identityOf(claims)));
  return { columns: columns.map(({ name }) => name), rows: inOrder(query, rows) };
}

/** Each value as PostgreSQL's text has it, so that the two can be laid side by side. */
async function onDuckdb(sql: string): Promise<readonly Row[]> {
  const connection = await duckdb.connect();
  try {
    const result = await connection.runAndReadAll(sql);
    return result.getRows().map((row) =>
      row.map((value) => {
        if (value === null) return null;
        if (typeof value === 'boolean') return value ? 't' : 'f';
        return String(value);
      }),
    );
  } finally {
    connection.closeSync();
  }
}

/** Without ORDER BY the order means nothing. */
function inOrder({ sql }: DemoQuery, rows: readonly Row[]): readonly Row[] {
  const statement = parse(sql)[0]?.statement;
  if (statement?.kind === 'query' && statement.query.orderBy.length > 0) return rows;
  return [...rows].sort((a, b) => (showRows([a]) < showRows([b]) ? -1 : 1));
}
