/** Original and printed text give the same value on a real PostgreSQL and on a real DuckDB. */
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadParser } from '../../src/sql/libpg.ts';
import { parse } from '../../src/sql/parse.ts';
import { print } from '../../src/sql/print.ts';
import { PLAIN_HOOKS } from '../../src/sql/print-hooks.ts';
import { startPostgres, type TestPostgres } from '../helpers/postgres.ts';

beforeAll(loadParser);

function reprint(sql: string): string {
  const [statement] = parse(sql);
  if (statement?.statement.kind !== 'query') throw new Error(`no query: ${sql}`);
  return print(statement.statement.query, PLAIN_HOOKS);
}

/** Values that both warehouses can compute. */
const COMMON = [
  "'a\\b'",
  "'it''s'",
  "E'a\\nb\\\\c\\'d'",
  "'é日😀'",
  "'-- /* ; $$'",
  "''",
  "length('\\')",
  '1 - -1',
  '- - 5',
  '-(-5)',
  '2 - 3 - 4',
  '2 - (3 - 4)',
  '2 + 3 * 4',
  '(2 + 3) * 4',
  '-7 % 3',
  '9007199254740993',
  '9223372036854775807',
  '-9223372036854775808',
  '1.10::text',
  '1e3::int',
  'NOT true AND false',
  'NOT (true AND false)',
  'true OR false AND false',
  '(true OR false) AND false',
  '1 = 1 IS NULL',
  '(NULL = 1) IS NULL',
  'NULL IS DISTINCT FROM 1',
  '1 IS NOT DISTINCT FROM 1',
  '5 BETWEEN 1 AND 10 AND false',
  '5 NOT BETWEEN 1 AND 10',
  '1 IN (1, 2)',
  '1 NOT IN (2, NULL)',
  '3 IN (SELECT 3)',
  '3 = ANY (SELECT 4)',
  '3 > ALL (SELECT 2)',
  "'abc' LIKE 'a%'",
  "'a%c' LIKE 'a!%c' ESCAPE '!'",
  "'ABC' ILIKE 'a_c'",
  "'abc' NOT LIKE 'b%'",
  "'a' || 'b' || 'c'",
  "CASE WHEN 1 > 2 THEN 'x' WHEN NULL THEN 'y' ELSE 'z' END",
  "CASE 3 WHEN 1 THEN 'one' WHEN 3 THEN 'three' END",
  'COALESCE(NULL, 2)',
  'NULLIF(1, 1)',
  'GREATEST(1, 3, 2)',
  'LEAST(2, 1)',
  "DATE '2026-01-31'::text",
  "TIMESTAMP '2026-01-31 12:34:56'::text",
  "(TIMESTAMP '2026-01-31 12:34:56' + INTERVAL '1 day')::text",
  "(DATE '2026-03-01' - DATE '2026-02-01')",
  "CAST('12.345' AS numeric(10, 2))::text",
  "'12'::int + 1",
  'EXISTS (SELECT 1 WHERE false)',
  '(SELECT max(x) FROM (VALUES (1), (3), (2)) v (x))',
  '(SELECT count(*) FILTER (WHERE x > 1) FROM (VALUES (1), (3), (2)) v (x))',
  "(SELECT string_agg(x, ',' ORDER BY x DESC) FROM (VALUES ('a'), ('c'), ('b')) v (x))",
  '(SELECT sum(x) FROM (SELECT 1 AS x UNION ALL (SELECT 2 UNION SELECT 2)) u)',
  '(SELECT x FROM (SELECT 1 AS x UNION ALL SELECT 2) u ORDER BY x DESC LIMIT 1)',
  '(WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 10) SELECT sum(i) FROM n)',
  '(SELECT sum(s) FROM (SELECT sum(x) OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS s FROM (VALUES (1), (2), (3)) v (x)) w)',
  '(SELECT count(*) FROM (SELECT a, b, sum(c) FROM (VALUES (1, 2, 3), (1, 3, 4)) v (a, b, c) GROUP BY ROLLUP (a, b)) r)',
  '(SELECT count(*) FROM (VALUES (1), (2)) a (x) LEFT JOIN (VALUES (2), (3)) b (x) USING (x))',
  '(SELECT "a""b" FROM (SELECT \'quoted\' AS "a""b") t)',
];

/** PostgreSQL's own: special forms print as plain calls, which it must take. */
const POSTGRES_ONLY = [
  "'abc' SIMILAR TO 'a(b|x)c'",
  "'a+c' SIMILAR TO 'a#+c' ESCAPE '#'",
  '5 BETWEEN SYMMETRIC 10 AND 1',
  "EXTRACT(year FROM DATE '2026-01-31')",
  "EXTRACT(epoch FROM INTERVAL '1 day')",
  "POSITION('b' IN 'abc')",
  "SUBSTRING('abcdef' FROM 2 FOR 3)",
  "SUBSTRING('abcdef' FROM 'c.')",
  "SUBSTRING('abcdef' SIMILAR '%#\"c_#\"%' ESCAPE '#')",
  "SUBSTRING('abcdef' FOR 2)",
  "TRIM(BOTH 'x' FROM 'xax')",
  "TRIM(LEADING FROM ' a ') || '.'",
  "TRIM(TRAILING 'x' FROM 'xax')",
  "OVERLAY('abcdef' PLACING 'x' FROM 2 FOR 3)",
  "NORMALIZE('e\u0301', NFC)",
  "'é' IS NFC NORMALIZED",
  "(TIMESTAMPTZ '2026-01-31 12:00+00' AT TIME ZONE 'Europe/Berlin')::text",
  "((DATE '2026-01-01', DATE '2026-02-01') OVERLAPS (DATE '2026-01-15', INTERVAL '1 day'))",
  "COLLATION FOR ('a')",
  "'a' COLLATE \"C\" < 'b'",
  '(ARRAY[[1, 2], [3, 4]])[2][1]',
  '(ARRAY[1, 2, 3])[2:]::text',
  "'{1,2}'::int[] @> ARRAY[2]",
  '1 = ANY (ARRAY[1, 2])',
  "'abc' LIKE ANY (ARRAY['x%', 'a%'])",
  '(1, 2) = ROW(1, 2)',
  '(1, 2) IN (SELECT 1, 2)',
  '(1, 2) IN ((1, 2), (3, 4))',
  "'{\"a\": {\"b\": [1, 2]}}'::json -> 'a' -> 'b' ->> 1",
  "'{\"a\": 1}'::jsonb ? 'a'",
  '2 ^ 3 ^ 2',
  '-2 ^ 2',
  '|/ 25.0',
  '~ 5',
  '5 # 1',
  '1 OPERATOR(pg_catalog.+) 2',
  "concat(VARIADIC ARRAY['a', 'b'])",
  'make_interval(days => 3)::text',
  "INTERVAL '1-2' YEAR TO MONTH::text",
  "INTERVAL '1.2345' SECOND(2)::text",
  "INTERVAL(3) '1.23456 s'::text",
  "'x'::char(3) || '|'",
  '\'ab\'::"char"',
  "'2026-01-31 12:34:56.789'::timestamp(1)::text",
  '0x1F + 0b11 + 1_000',
  'percentile_cont(0.5) WITHIN GROUP (ORDER BY x) FROM (VALUES (1), (2)) v (x)',
  'array_agg(DISTINCT x ORDER BY x DESC) FROM (VALUES (1), (2), (2)) v (x)',
  '(SELECT (t.r).n FROM (SELECT information_schema._pg_expandarray(ARRAY[7]) AS r) t)',
  'x FROM unnest(ARRAY[5, 6]) WITH ORDINALITY AS u (x, i) WHERE i = 2',
  'x FROM (VALUES (1), (1), (2)) v (x) ORDER BY x FETCH FIRST 1 ROW WITH TIES',
  'DISTINCT ON (x) y FROM (VALUES (1, 2), (1, 3)) v (x, y) ORDER BY x, y DESC',
  'sum(a) FROM (VALUES (1, 2)) v (a, b) GROUP BY GROUPING SETS ((a, b), ()), CUBE (a) ORDER BY GROUPING(a, b)',
  'CURRENT_SCHEMA, CURRENT_CATALOG, CURRENT_USER, USER, SESSION_USER, CURRENT_ROLE',
  "CURRENT_TIMESTAMP(0) = date_trunc('second', CURRENT_TIMESTAMP(0))",
];

describe('PostgreSQL', () => {
  let postgres: TestPostgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(async () => postgres.stop());

  test.each([...COMMON, ...POSTGRES_ONLY])('%s', async (expression) => {
    const sql = `SELECT ${expression}`;
    const values = (rows: readonly Record<string, string | null>[]) => rows.map((row) => Object.values(row));
    const original = values(await postgres.query(sql));
    expect(original.length).toBeGreaterThan(0);
    expect(values(await postgres.query(reprint(sql)))).toEqual(original);
  });
});

describe('DuckDB', () => {
  let instance: DuckDBInstance;
  beforeAll(async () => {
    instance = await DuckDBInstance.create(':memory:');
  });
  afterAll(() => instance.closeSync());

  test.each(COMMON)('%s', async (expression) => {
    const sql = `SELECT ${expression}`;
    const connection = await instance.connect();
    const rows = async (text: string) => (await connection.runAndReadAll(text)).getRowsJson();
    const original = await rows(sql);
    expect(original.length).toBeGreaterThan(0);
    expect(await rows(reprint(sql))).toEqual(original);
    connection.closeSync();
  });
});
