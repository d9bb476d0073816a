/**
 * The planner's types against PostgreSQL itself: what a statement's parameters and columns are, its rows, its errors.
 * The statements are in statements/*.sql, one a line; what differs on purpose is in differences.ts, with the reason.
 */
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { operatorsByName } from '../../src/plan/routines/routines.ts';
import { loadParser } from '../../src/sql/libpg.ts';
import { duckdbDialect } from '../../src/warehouse/duckdb/dialect.ts';
import { postgresDialect } from '../../src/warehouse/postgres/dialect.ts';
import { startPostgres, type TestPostgres } from '../helpers/postgres.ts';
import { openWarehouse } from '../warehouse/duckdb-fixture.ts';
import { warehouseFor } from '../warehouse/postgres-run.ts';
import { DIFFERENCES, DUCKDB_DIFFERENCES } from './differences.ts';
import { typedExpression, typedStatement } from './typed-expressions.ts';
import { duckdbInit, fillPostgres, fillPostgresAsDuckdb } from './types-fixture.ts';
import { type Answer, type Asked, askPostgres, askSemwire, isFailure } from './types-oracle.ts';

const FOLDER = new URL('./statements/', import.meta.url);

let postgres: TestPostgres;
let onPostgres: { readonly oracle: Asked; readonly semwire: Asked };
let onDuckdb: { readonly oracle: Asked; readonly semwire: Asked };
const closers: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  await loadParser();
  postgres = await startPostgres();
  await fillPostgres(postgres);
  await fillPostgresAsDuckdb(postgres);
  const plain = await askPostgres(postgres.url, 'public');
  const ducks = await askPostgres(postgres.url, 'duck');
  const warehouse = warehouseFor(postgres.url);
  const { warehouse: duckdb } = await openWarehouse({ initSql: duckdbInit() });
  onPostgres = { oracle: plain.ask, semwire: await askSemwire(warehouse, postgresDialect) };
  onDuckdb = { oracle: ducks.ask, semwire: await askSemwire(duckdb, duckdbDialect) };
  closers.push(plain.end, ducks.end, warehouse.close, duckdb.close);
});

afterAll(async () => {
  await Promise.all(closers.map((close) => close()));
  await postgres?.stop();
});

function statementsOf(file: string): string[] {
  const lines = readFileSync(new URL(file, FOLDER), 'utf8').split('\n');
  return lines.filter((line) => line !== '' && !line.startsWith('--'));
}

const files = readdirSync(FOLDER).filter((file) => file.endsWith('.sql'));

/** What must be equal: errors while running have the warehouse's code and our own words. */
function comparable({ described, rows }: Answer): unknown {
  return { described, rows: isFailure(rows) ? rows.code : rows };
}

describe.each(files)('%s on PostgreSQL', (file) => {
  test.each(statementsOf(file).filter((sql) => !DIFFERENCES.has(sql)))('%s', async (sql) => {
    expect(comparable(await onPostgres.semwire(sql))).toEqual(comparable(await onPostgres.oracle(sql)));
  });
});

test('every difference is a statement of the files, and still one', async () => {
  const all = new Set(files.flatMap(statementsOf));
  for (const sql of DIFFERENCES.keys()) {
    expect(all).toContain(sql);
    expect(comparable(await onPostgres.semwire(sql)), sql).not.toEqual(comparable(await onPostgres.oracle(sql)));
  }
});

/** The same rows as PostgreSQL, the same error, or a refusal that says so: never another answer. */
async function agreesOnDuckdb(sql: string, comparesCode = true): Promise<void> {
  const semwire = await onDuckdb.semwire(sql);
  const failure = isFailure(semwire.described) ? semwire.described : isFailure(semwire.rows) ? semwire.rows : undefined;
  if (failure?.code === '0A000') return;
  expect(failure?.code ?? '', `${sql}: ${semwire.cause}`).not.toMatch(/^(58000|XX000)$/);
  const oracle = await onDuckdb.oracle(sql);
  const expected = isFailure(oracle.described) ? oracle.described : isFailure(oracle.rows) ? oracle.rows : undefined;
  if (failure !== undefined || expected !== undefined) {
    // DuckDB evaluates all items of a list and all operands of AND; PostgreSQL promises no order either.
    if (expected === undefined && failure?.code === '22012') return;
    expect({ sql, code: failure?.code, cause: String(semwire.cause ?? '') }).toMatchObject(
      comparesCode ? { code: expected?.code } : { code: expect.any(String) },
    );
    return;
  }
  expect(floatsAlike(semwire.rows), sql).toEqual(floatsAlike(oracle.rows));
}

/** Sums of doubles depend on their order: 14 digits count, of numbers that show more than that. */
function floatsAlike(rows: Answer['rows']): unknown {
  if (rows === undefined || isFailure(rows)) return rows;
  return rows.map((row) => row.replaceAll(/-?\b\d\.\d{15,17}\b(?!\d)/g, (number) => Number(number).toPrecision(14)));
}

describe.each(files)('%s on DuckDB', (file) => {
  const statements = statementsOf(file).filter((sql) => !DIFFERENCES.has(sql));
  test.each(statements.flatMap(itemByItem).filter((sql) => !DUCKDB_DIFFERENCES.has(sql)))('%s', (sql) =>
    agreesOnDuckdb(sql),
  );
});

/** `SELECT a, b FROM t` as `SELECT a FROM t` and `SELECT b FROM t`, so that one refusal hides nothing else. */
function itemByItem(sql: string): string[] {
  const match = /^SELECT ((?:(?! FROM t\b).)*)( FROM t(?: WHERE [^()]*)?)?$/.exec(sql);
  const list = match?.[1];
  if (list === undefined || DIFFERENCES.has(sql) || /^(DISTINCT|\*)|\$\d|\b(UNION|EXCEPT|INTERSECT)\b/.test(list))
    return [sql];
  const items = splitList(list);
  return items.length < 2 ? [sql] : items.map((item) => `SELECT ${item}${match?.[2] ?? ''}`);
}

function splitList(list: string): string[] {
  const items: string[] = [];
  let depth = 0;
  let quoted = false;
  let start = 0;
  for (const [i, letter] of [...list].entries()) {
    if (letter === "'") quoted = !quoted;
    if (quoted) continue;
    if ('([{'.includes(letter)) depth += 1;
    if (')]}'.includes(letter)) depth -= 1;
    if (letter !== ',' || depth > 0) continue;
    items.push([...list].slice(start, i).join('').trim());
    start = i + 1;
  }
  return [...items, [...list].slice(start).join('').trim()];
}

const OPERANDS = [
  'b',
  'i2',
  'i4',
  'i8',
  'n',
  'f4',
  'f8',
  's',
  'v',
  'c',
  'd',
  'tm',
  'tmz',
  'ts',
  'tz',
  'iv',
  'u',
  'j',
  'jb',
];
const MORE_OPERANDS = [...OPERANDS, 'y', 'ai', 'an', 'atx', 'ats', 'NULL', '$1'];

test('every operator over every pair of types', async () => {
  for (const name of operatorsByName.keys()) {
    const pairs = OPERANDS.flatMap((left) => MORE_OPERANDS.map((right) => `${left} ${name} ${right}`));
    // Not each of ten thousand pairs each time: another tenth of them for each operator.
    for (const [i, expr] of pairs.entries()) {
      if ((i + name.length) % 10 !== 0) continue;
      const sql = `SELECT ${expr} FROM t WHERE false`;
      const { described } = await onPostgres.oracle(sql);
      // PostgreSQL has ranges, networks and shapes to choose from besides.
      if (isFailure(described) && described.code === '42725') continue;
      expect({ sql, described: (await onPostgres.semwire(sql)).described }).toEqual({ sql, described });
    }
  }
});

/** Outcomes of random expressions: the same description and rows, or an error; of two errors either may come first. */
function outcome({ described, rows }: Answer): unknown {
  return isFailure(described) || isFailure(rows) ? 'error' : { described, rows };
}

test('random typed expressions on PostgreSQL', async () => {
  await fc.assert(
    fc.asyncProperty(typedExpression, async (expr) => {
      const sql = `SELECT ${expr} FROM t WHERE id < 4`;
      expect({ sql, outcome: outcome(await onPostgres.semwire(sql)) }).toEqual({
        sql,
        outcome: outcome(await onPostgres.oracle(sql)),
      });
    }),
    { seed: Number(process.env.ORACLE_SEED ?? 20260801), numRuns: Number(process.env.ORACLE_RUNS ?? 1000) },
  );
});

test('random typed expressions on DuckDB', async () => {
  await fc.assert(
    fc.asyncProperty(typedExpression, (expr) => agreesOnDuckdb(`SELECT ${expr} FROM t WHERE id < 4`, false)),
    { seed: Number(process.env.ORACLE_SEED ?? 20260801), numRuns: Number(process.env.ORACLE_RUNS ?? 1000) },
  );
});

test('random statements on DuckDB', async () => {
  await fc.assert(
    fc.asyncProperty(typedStatement, (sql) => agreesOnDuckdb(sql, false)),
    { seed: Number(process.env.ORACLE_SEED ?? 20260801), numRuns: Number(process.env.ORACLE_RUNS ?? 1000) },
  );
});
