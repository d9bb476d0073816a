/**
 * The planner's types against PostgreSQL itself: what a statement's parameters and columns are, its rows, its errors.
 * The statements are in statements/*.sql, one a line; what differs on purpose is in differences.ts, with the reason.
 */
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { operatorsByName } from '../../src/plan/routines.ts';
import { loadParser } from '../../src/sql/libpg.ts';
import { duckdbDialect } from '../../src/warehouse/duckdb/dialect.ts';
import { postgresDialect } from '../../src/warehouse/postgres/dialect.ts';
import { startPostgres, type TestPostgres } from '../helpers/postgres.ts';
import { openWarehouse } from '../warehouse/duckdb-fixture.ts';
import { warehouseFor } from '../warehouse/postgres-run.ts';
import { DIFFERENCES, isKnownFailure } from './differences.ts';
import { typedExpression } from './typed-expressions.ts';
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
async function agreesOnDuckdb(sql: string): Promise<void> {
  const semwire = await onDuckdb.semwire(sql);
  const failure = isFailure(semwire.described) ? semwire.described : isFailure(semwire.rows) ? semwire.rows : undefined;
  if (failure?.code === '0A000') return;
  const oracle = await onDuckdb.oracle(sql);
  const expected = isFailure(oracle.described) ? oracle.described : isFailure(oracle.rows) ? oracle.rows : undefined;
  if (failure !== undefined || expected !== undefined) {
    expect({ sql, code: failure?.code, cause: String(semwire.cause ?? '') }).toMatchObject({ code: expected?.code });
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
  const statements = statementsOf(file).flatMap(itemByItem);
  test.each(statements.filter((sql) => !isKnownFailure(sql)))('%s', agreesOnDuckdb);
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
/** PostgreSQL has these for its geometric types too, which are not served. */
const GEOMETRIC = new Set(['?|', '?&', '#', '|/', '||/']);

test('every operator over every pair of types', async () => {
  const names = [...operatorsByName.keys()].filter((name) => !GEOMETRIC.has(name));
  for (const name of names) {
    const pairs = OPERANDS.flatMap((left) => MORE_OPERANDS.map((right) => `${left} ${name} ${right}`));
    // Not each of ten thousand pairs each time: another tenth of them for each operator.
    for (const [i, expr] of pairs.entries()) {
      if ((i + name.length) % 10 !== 0) continue;
      const sql = `SELECT ${expr} FROM t WHERE false`;
      expect({ sql, ...(await onPostgres.semwire(sql)), rows: 0, cause: 0 }).toMatchObject({
        described: (await onPostgres.oracle(sql)).described,
      });
    }
  }
});

/** Outcomes of random expressions: the same description, or an error of the same class. */
function outcome({ described }: Answer): unknown {
  return isFailure(described) ? described.code : described;
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
    { seed: 20260801, numRuns: Number(process.env.ORACLE_RUNS ?? 1000) },
  );
});

test('random typed expressions on DuckDB', async () => {
  await fc.assert(
    fc.asyncProperty(typedExpression, (expr) => agreesOnDuckdb(`SELECT ${expr} FROM t WHERE id < 4`)),
    { seed: 20260801, numRuns: Number(process.env.ORACLE_RUNS ?? 1000) },
  );
});
