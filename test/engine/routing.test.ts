/**
 * Which world answers a query: the warehouse or the catalog; and that names inside WITH are told apart by scope.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import type { ExposedTable } from '../../src/access/exposed.ts';
import { routeQuery } from '../../src/engine/route.ts';
import { SqlError } from '../../src/errors.ts';
import { loadParser } from '../../src/sql/libpg.ts';
import { parse } from '../../src/sql/parse.ts';

beforeAll(() => loadParser());

const tables = new Map([['sales', {} as ExposedTable]]);

function route(sql: string, searchPath = '"$user", public'): string {
  const [source] = parse(sql);
  if (source?.statement.kind !== 'query') throw new Error('no query');
  const names = { model: { tables, denied: new Map() }, options: { database: 'semwire' }, source, searchPath };
  try {
    return routeQuery(source.statement.query, names);
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

it('a search path finds relations of semwire and information_schema, behind the exposed tables', () => {
  expect(route('SELECT * FROM whoami')).toBe('data');
  for (const path of ['semwire', 'public, "semwire"', 'information_schema,public'])
    expect(route('SELECT * FROM whoami', path), path).toBe('catalog');
  expect(route('SELECT * FROM sales', 'semwire')).toBe('data');
  expect(route('SELECT * FROM SALES, whoami', 'semwire')).toBe('0A000');
  expect(route('SELECT * FROM sales, whoami LIMIT 0', 'semwire')).toBe('catalog');
  expect(route('SELECT * FROM public.whoami', 'semwire')).toBe('data');
  expect(route('SELECT * FROM whoami', 'not_semwire')).toBe('data');
});

describe('of both worlds, the catalog answers what asks for the shape of an exposed table alone', () => {
  it.each([
    ['LIMIT 0', 'SELECT * FROM sales, pg_class LIMIT 0'],
    ['FETCH FIRST 0 ROWS', 'SELECT * FROM sales, pg_class FETCH FIRST 0 ROWS ONLY'],
    ['WHERE false', 'SELECT * FROM sales, pg_class WHERE false'],
    ['WHERE 1 = 0', 'SELECT * FROM sales, pg_class WHERE 1 = 0'],
    ['WHERE NULL', 'SELECT * FROM sales, pg_class WHERE NULL'],
    [
      'one conjunct of WHERE',
      "SELECT * FROM sales s JOIN pg_class c ON true WHERE s.id > 3 AND '1' = '0' AND c.oid > 0",
    ],
    ['all arms of OR', 'SELECT * FROM sales, pg_class WHERE 1 > 2 OR NOT true'],
    ['an aggregate over no row', 'SELECT count(*) FROM sales, pg_class WHERE 1 <> 1'],
    ['HAVING false', 'SELECT (SELECT max(id) FROM sales) FROM pg_class GROUP BY relname HAVING false'],
    ['a derived table', 'SELECT * FROM pg_class c LEFT JOIN (SELECT * FROM sales LIMIT 0) s ON s.id = c.oid'],
    ['around a derived table', 'SELECT * FROM (SELECT count(*) FROM sales) s, pg_class WHERE false'],
    ['a CTE', 'WITH s AS (SELECT * FROM sales WHERE 0 = 1) SELECT * FROM pg_class LEFT JOIN s ON true'],
    ['a CTE of a CTE', 'WITH a AS (SELECT * FROM sales), b AS (SELECT * FROM a LIMIT 0) SELECT * FROM b, pg_class'],
    ['a CTE that nothing reads', 'WITH a AS (SELECT * FROM sales) SELECT * FROM pg_class'],
    [
      'a recursive CTE',
      'WITH RECURSIVE r AS (SELECT id FROM sales WHERE false UNION ALL SELECT id + 1 FROM r) SELECT * FROM r, pg_class',
    ],
    ['an expression subquery', 'SELECT EXISTS (SELECT 1 FROM sales LIMIT 0) FROM pg_class'],
    ['below WHERE false', 'SELECT * FROM pg_class WHERE false AND oid IN (SELECT id FROM sales)'],
    ['an inner join that never holds', 'SELECT count(*) FROM pg_class JOIN sales ON false'],
    ['the outer side of a join that never holds', 'SELECT * FROM pg_class LEFT JOIN sales ON 1 = 2'],
    ['all arms of a set operation', 'SELECT id FROM sales WHERE false UNION SELECT oid::int4 FROM pg_class'],
  ])('%s', (_, sql) => expect(route(sql)).toBe('catalog'));
});

describe('nobody answers', () => {
  it.each([
    ['both in a join', 'SELECT * FROM sales, pg_catalog.pg_class'],
    ['a catalog table in a subquery', 'SELECT * FROM sales WHERE status IN (SELECT relname FROM pg_class)'],
    ['one in a CTE', 'WITH c AS (SELECT * FROM pg_class) SELECT * FROM c, sales'],
    ['LIMIT of a row', 'SELECT * FROM sales, pg_class LIMIT 1'],
    ['LIMIT by parameter', 'SELECT * FROM sales, pg_class LIMIT $1'],
    ['LIMIT that is computed', 'SELECT * FROM sales, pg_class LIMIT 1 - 1'],
    ['OFFSET', 'SELECT * FROM sales, pg_class OFFSET 100000'],
    ['a condition by parameter', 'SELECT * FROM sales, pg_class WHERE $1'],
    ['a condition that holds', 'SELECT * FROM sales, pg_class WHERE 1 = 1'],
    ['one arm of OR', 'SELECT * FROM sales, pg_class WHERE false OR sales.id > 0'],
    ['a condition over a column', 'SELECT * FROM sales, pg_class WHERE sales.id <> sales.id'],
    [
      'a subquery beside WHERE false, which an aggregate’s row shows',
      'SELECT count(*), (SELECT max(id) FROM sales) FROM pg_class WHERE false',
    ],
    ['a subquery in HAVING', 'SELECT count(*) FROM pg_class WHERE false HAVING EXISTS (SELECT 1 FROM sales)'],
    ['a subquery in LIMIT', 'SELECT * FROM pg_class LIMIT (SELECT count(*) FROM sales)'],
    [
      'WHERE false in one arm',
      'SELECT id FROM sales WHERE false UNION SELECT id FROM sales UNION SELECT 1 FROM pg_class',
    ],
    ['the far arm of EXCEPT', 'SELECT oid::int4 FROM pg_class EXCEPT SELECT id FROM sales'],
    ['the inner side of a join that never holds', 'SELECT * FROM sales LEFT JOIN pg_class ON false'],
    ['a full join that never holds', 'SELECT * FROM sales FULL JOIN pg_class ON false'],
    [
      'a CTE that is read unguarded too',
      'WITH s AS (SELECT * FROM sales) SELECT * FROM pg_class WHERE EXISTS (SELECT 1 FROM s) OR EXISTS (SELECT 1 FROM s LIMIT 0)',
    ],
    [
      'a recursive CTE by way of a later one',
      'WITH RECURSIVE a AS (SELECT * FROM b), b AS (SELECT id FROM sales) SELECT * FROM a, pg_class',
    ],
    [
      'an empty CTE of the same name as the table, elsewhere',
      'SELECT (WITH sales AS (SELECT 1 AS id WHERE false) SELECT max(id) FROM sales), id FROM sales, pg_class',
    ],
    ['a call of a measure', 'SELECT MEASURE(total) FROM sales, pg_class WHERE false'],
  ])('%s', (_, sql) => expect(route(sql)).toBe('0A000'));

  it('of a table that does not exist, which is said first', () => {
    for (const sql of ['SELECT * FROM nothing, pg_class', 'SELECT * FROM nothing, pg_class LIMIT 0'])
      expect(route(sql)).toBe('42P01');
  });
});
