/**
 * Which world answers a query: the warehouse or the catalog; and that names inside WITH are told apart by scope.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { routeQuery } from '../../src/engine/route.ts';
import { SqlError } from '../../src/errors.ts';
import { loadParser } from '../../src/sql/libpg.ts';
import { parse } from '../../src/sql/parse.ts';

beforeAll(() => loadParser());

function route(sql: string): string {
  const statement = parse(sql)[0]?.statement;
  if (statement?.kind !== 'query') throw new Error('no query');
  try {
    return routeQuery(statement.query);
  } catch (error) {
    if (error instanceof SqlError) return error.code;
    throw error;
  }
}

describe('the warehouse answers', () => {
  it.each([
    ['an exposed table', 'SELECT * FROM sales'],
    ['a name that nobody knows: the planner refuses it', 'SELECT * FROM nothing'],
    ['a table of the schema public', 'SELECT * FROM public.sales'],
    ['a schema that is no catalog', 'SELECT * FROM shop.sales'],
    ['a table in a subquery', 'SELECT (SELECT count(*) FROM sales)'],
    ['a table in EXISTS, in WHERE', 'SELECT 1 WHERE EXISTS (SELECT 1 FROM sales)'],
    ['a table inside a CTE', 'WITH c AS (SELECT * FROM sales) SELECT * FROM c'],
    ['a table in an arm of a set operation', 'SELECT 1 UNION SELECT count FROM sales'],
    ['a table in a join with a function', 'SELECT * FROM generate_series(1, 2) g JOIN sales ON true'],
    ['a table in ORDER BY', 'SELECT 1 ORDER BY (SELECT max(id) FROM sales)'],
    ['a table in LIMIT', 'SELECT 1 LIMIT (SELECT max(id) FROM sales)'],
    ['a measure call without a table: the planner explains', 'SELECT MEASURE(total)'],
    ['a CTE of the same name as the table that it reads', 'WITH sales AS (SELECT * FROM sales) SELECT * FROM sales'],
    ['a table beside a CTE that comes after', 'WITH a AS (SELECT * FROM b), b AS (SELECT 1 AS x) SELECT * FROM a'],
    ['a name that is a CTE of another subquery', 'SELECT (WITH c AS (SELECT 1 AS x) SELECT x FROM c), x FROM c'],
  ])('%s', (_, sql) => expect(route(sql)).toBe('data'));
});

describe('the catalog answers', () => {
  it.each([
    ['no relation', 'SELECT 1, version(), current_database()'],
    ['VALUES', 'VALUES (1), (2)'],
    ['a function in FROM', 'SELECT * FROM generate_series(1, 3)'],
    ['pg_catalog, qualified', 'SELECT * FROM pg_catalog.pg_class'],
    ['pg_catalog, unqualified', 'SELECT * FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace'],
    ['information_schema', 'SELECT * FROM information_schema.columns'],
    ['a database before the schema', 'SELECT * FROM semwire.information_schema.tables'],
    ['a CTE that hides an exposed table', 'WITH sales AS (SELECT relname FROM pg_class) SELECT * FROM sales'],
    [
      'a recursive CTE',
      'WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 3) SELECT * FROM r',
    ],
    [
      'with RECURSIVE, a CTE that comes after',
      'WITH RECURSIVE a AS (SELECT * FROM b), b AS (SELECT 1 AS x) SELECT * FROM a',
    ],
    [
      'a CTE in a subquery of another',
      'WITH a AS (SELECT 1 AS x) SELECT (WITH b AS (SELECT * FROM a) SELECT x FROM b)',
    ],
  ])('%s', (_, sql) => expect(route(sql)).toBe('catalog'));
});

describe('nobody answers', () => {
  it.each([
    ['both in a join', 'SELECT * FROM sales, pg_catalog.pg_class'],
    ['a catalog table in a subquery', 'SELECT * FROM sales WHERE status IN (SELECT relname FROM pg_class)'],
    ['one in a CTE', 'WITH c AS (SELECT * FROM pg_class) SELECT * FROM c, sales'],
  ])('%s', (_, sql) => expect(route(sql)).toBe('0A000'));
});
