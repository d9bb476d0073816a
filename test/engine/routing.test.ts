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

const columns = [
  ...['id', 'status'].map((name) => ({ name, kind: 'dimension' })),
  ...['total', 'Orders'].map((name) => ({ name, kind: 'measure' })),
];
const tables = new Map([
  ['sales', { name: 'sales', columns } as unknown as ExposedTable],
  ['totals', { name: 'totals', columns: columns.slice(2) } as unknown as ExposedTable],
]);

function route(sql: string, searchPath?: string): string {
  try {
    return routeOf(sql, searchPath);
  } catch (error) {
    if (error instanceof SqlError) return error.code;
    throw error;
  }
}

function routeOf(sql: string, searchPath = '"$user", public'): string {
  const [source] = parse(sql);
  if (source?.statement.kind !== 'query') throw new Error('no query');
  const names = { model: { tables, denied: new Map() }, options: { database: 'semwire' }, source, searchPath };
  return routeQuery(source.statement.query, names);
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

describe('of both worlds, the catalog answers what asks for the shape of plain columns alone', () => {
  it.each([
    ['LIMIT 0', 'SELECT * FROM sales, pg_class LIMIT 0'],
    ['FETCH FIRST 0 ROWS', 'SELECT * FROM sales, pg_class FETCH FIRST 0 ROWS ONLY'],
    ['WHERE false', 'SELECT * FROM sales, pg_class WHERE false'],
    ['WHERE 1 = 0', 'SELECT s.*, c.oid FROM sales s JOIN pg_class c ON c.relname = s.status WHERE 1 = 0'],
    ['WHERE NULL', 'SELECT * FROM sales, pg_class WHERE NULL'],
    ['one conjunct of WHERE', "SELECT s.id FROM sales s, pg_class c WHERE s.id > 3 AND '1' = '0' AND c.oid > 0"],
    ['all arms of OR', 'SELECT * FROM sales, pg_class WHERE 1 > 2 OR NOT true'],
    ['a measure as a column', 'SELECT s.status, s.total AS t FROM sales s, pg_class LIMIT 0'],
    ['a measure alone under LIMIT 0', 'SELECT total FROM sales, pg_class LIMIT 0'],
    ['a measure beside a dimension, WHERE false', 'SELECT total, lower(status) FROM sales, pg_class WHERE false'],
    ['constants, WHERE false', 'SELECT 1 FROM sales, pg_class WHERE false'],
    ['a star of measures beside another', 'SELECT * FROM totals, pg_class WHERE false'],
    ['functions of one row', 'SELECT lower(status), format_type(23, NULL), version() FROM sales, pg_class LIMIT 0'],
    ['around a derived table', 'SELECT t.status, t.total FROM (SELECT * FROM sales) t, pg_class LIMIT 0'],
    ['a CTE', 'WITH t AS (SELECT id, total FROM sales) SELECT id, total FROM t, pg_class LIMIT 0'],
    ['below WHERE false', 'SELECT relname FROM pg_class WHERE false AND oid IN (SELECT id FROM sales)'],
    [
      'all arms of a set operation',
      'SELECT id FROM sales WHERE false UNION SELECT oid::int4 FROM pg_class WHERE 1 = 0',
    ],
    ['around a set operation', 'SELECT id FROM sales UNION SELECT oid::int4 FROM pg_class LIMIT 0'],
    ['DISTINCT and ORDER BY', 'SELECT DISTINCT status, relname FROM sales, pg_class ORDER BY 1, relname LIMIT 0'],
    ['a function in FROM', 'SELECT g, id FROM sales, pg_class, generate_series(1, 2) AS g (g) LIMIT 0'],
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
    ['WHERE false in one arm', 'SELECT id FROM sales WHERE false UNION SELECT 1 FROM pg_class'],
    ['rows of the catalog beside none', 'SELECT * FROM pg_class LEFT JOIN (SELECT * FROM sales LIMIT 0) s ON true'],
    ['a join that never holds', 'SELECT id FROM sales LEFT JOIN pg_class ON false'],
    ['a CTE without rows', 'WITH s AS (SELECT id FROM sales WHERE 0 = 1) SELECT * FROM pg_class LEFT JOIN s ON true'],
    ['VALUES beside', 'VALUES (1) UNION SELECT id FROM sales, pg_class WHERE false'],
  ])('%s', (_, sql) => {
    expect(() => routeOf(sql)).toThrow(
      expect.objectContaining({ code: '0A000', hint: expect.stringMatching(/^Run two/) }),
    );
  });

  it.each([
    ['a sum of a measure, of another type in the catalog', 'SELECT sum(total) FROM sales, pg_class LIMIT 0'],
    ['an aggregate, which gives a row', 'SELECT count(*) FROM sales, pg_class WHERE false'],
    ['an aggregate of the catalog’s columns', 'SELECT max(c.relname), s.id FROM sales s, pg_class c LIMIT 0'],
    ['a window', 'SELECT status, rank() OVER (ORDER BY id) FROM sales, pg_class LIMIT 0'],
    ['GROUP BY', 'SELECT status FROM sales, pg_class GROUP BY status LIMIT 0'],
    ['HAVING', 'SELECT 1 FROM sales, pg_class HAVING false LIMIT 0'],
    ['a call of a measure', 'SELECT MEASURE(total) FROM sales, pg_class LIMIT 0'],
    ['a function of many rows', 'SELECT generate_series(1, id) FROM sales, pg_class LIMIT 0'],
    ['a function that no list has', 'SELECT row_to_json(s.*), id FROM sales s, pg_class LIMIT 0'],
    ['a measure alone, which is one group', 'SELECT total FROM sales, pg_class WHERE false'],
    ['in another case', 'SELECT orders FROM sales, pg_class WHERE false'],
    ['with a constant', 'SELECT total, 1 FROM sales, pg_class WHERE false'],
    ['a star of measures', 'SELECT t.* FROM totals t, pg_class WHERE false'],
    ['a star of what may be measures', 'SELECT t.* FROM (SELECT total FROM sales) t, pg_class WHERE false'],
    ['a measure by another name', 'SELECT t.x FROM (SELECT total AS x FROM sales) t, pg_class WHERE false'],
    ['by a list of names', 'SELECT t.x FROM (SELECT total FROM sales) t (x), pg_class WHERE false'],
    ['of a table', 'SELECT x FROM sales AS s (a, b, x), pg_class WHERE false'],
    ['of a CTE', 'WITH t (x) AS (SELECT total FROM sales) SELECT x FROM t, pg_class WHERE false'],
    ['a measure computed with', 'SELECT id, total + 1 FROM sales, pg_class LIMIT 0'],
    ['a measure in WHERE', 'SELECT id FROM sales, pg_class WHERE total > id LIMIT 0'],
    ['a measure in ORDER BY', 'SELECT id FROM sales, pg_class ORDER BY total LIMIT 0'],
    ['a measure in USING', 'SELECT id FROM sales JOIN (SELECT 1 AS total FROM pg_class) c USING (total) LIMIT 0'],
    ['a natural join', 'SELECT id FROM sales NATURAL JOIN pg_class LIMIT 0'],
    ['a whole row', 'SELECT s FROM sales s, pg_class LIMIT 0'],
    ['of a derived table', 'SELECT t FROM (SELECT * FROM sales) t, pg_class LIMIT 0'],
    ['of a join', 'SELECT j FROM (sales JOIN pg_class ON true) j LIMIT 0'],
    ['of a join by its columns', 'SELECT j FROM sales JOIN (SELECT 1 AS id FROM pg_class) c USING (id) AS j LIMIT 0'],
    ['a virtual column', 'SELECT s.at__month FROM sales s, pg_class LIMIT 0'],
    ['a field of the whole row', 'SELECT (s).status FROM sales s, pg_class LIMIT 0'],
    ['a row of columns', 'SELECT (s.id, s.status) FROM sales s, pg_class LIMIT 0'],
    ['a system column', 'SELECT s.tableoid FROM sales s, pg_class LIMIT 0'],
    ['without the table’s name', 'SELECT id FROM sales WHERE EXISTS (SELECT xmin FROM pg_class) AND false'],
  ])('%s', (_, sql) => {
    expect(() => routeOf(sql)).toThrow(
      expect.objectContaining({ code: '0A000', hint: expect.stringMatching(/^Names and types can be asked of plain/) }),
    );
  });

  it('of a table or column that does not exist, which is said first', () => {
    expect(route('SELECT s.absent FROM sales s, pg_class LIMIT 0')).toBe('42703');
    for (const sql of ['SELECT * FROM nothing, pg_class', 'SELECT * FROM nothing, pg_class LIMIT 0'])
      expect(route(sql)).toBe('42P01');
  });
});
