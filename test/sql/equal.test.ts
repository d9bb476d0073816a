/** What counts as the same tree, and what does not. */
import { beforeAll, expect, test } from 'vitest';
import { equalTrees } from '../../src/sql/equal.ts';
import { loadParser } from '../../src/sql/libpg.ts';
import { parse } from '../../src/sql/parse.ts';

beforeAll(loadParser);

const equal = (left: string, right: string): boolean =>
  equalTrees(parse(left)[0]?.statement, parse(right)[0]?.statement);

test.each([
  ['select  a', 'SELECT a'],
  ['SELECT a AND (b AND c)', 'SELECT (a AND b) AND c'],
  ['SELECT a OR (b OR (c OR d))', 'SELECT a OR b OR c OR d'],
  ['SELECT ((a))', 'SELECT a'],
  ['SELECT - 5, -(-5), -0', 'SELECT -5, 5, 0'],
  ['SELECT 1 GROUP BY (a)', 'SELECT 1 GROUP BY a'],
  ['SELECT a = ANY (SELECT 1)', 'SELECT a IN (SELECT 1)'],
  ['SELECT a != b', 'SELECT a <> b'],
  ['SELECT a::int', 'SELECT CAST(a AS integer)'],
  ['SELECT 1 FROM t CROSS JOIN u', 'SELECT 1 FROM (t CROSS JOIN u)'],
  ['SELECT 1 LIMIT ALL', 'SELECT 1'],
])('%s is %s', (left, right) => {
  expect(equal(left, right)).toBe(true);
});

test.each([
  ['SELECT a', 'SELECT "A"'],
  ['SELECT a AND (b OR c)', 'SELECT (a AND b) OR c'],
  ['SELECT a = (b IS NULL)', 'SELECT (a = b) IS NULL'],
  ['SELECT a - (b - c)', 'SELECT a - b - c'],
  ['SELECT 1.0', 'SELECT 1.00'],
  ['SELECT 9007199254740993', 'SELECT 9007199254740992'],
  ["SELECT 'a'", 'SELECT "a"'],
  ["SELECT 'a'", "SELECT 'a '"],
  ['SELECT a FROM t', 'SELECT a FROM t WHERE true'],
  ['SELECT a FROM t', 'SELECT a FROM t LIMIT 1'],
  ['SELECT a FROM t', 'SELECT DISTINCT a FROM t'],
  ['SELECT a FROM t', 'SELECT a FROM public.t'],
  ['SELECT a FROM t, u', 'SELECT a FROM u, t'],
  ['SELECT a UNION (SELECT b LIMIT 1)', 'SELECT a UNION SELECT b LIMIT 1'],
  ['SELECT a UNION ALL (SELECT b UNION SELECT c)', 'SELECT a UNION ALL SELECT b UNION SELECT c'],
  ['SELECT 1 FROM t JOIN u USING (a) AS j', 'SELECT 1 FROM (t JOIN u USING (a)) AS j'],
  ['SELECT a NOT IN (1)', 'SELECT a IN (1)'],
  ['SELECT count(a)', 'SELECT count(DISTINCT a)'],
  ['SELECT sum(a) FILTER (WHERE b)', 'SELECT sum(a)'],
  ['SELECT 1 GROUP BY (a, b)', 'SELECT 1 GROUP BY a, b'],
  ['SELECT a::numeric(10)', 'SELECT a::numeric(10, 2)'],
  ['SELECT a LIKE b', "SELECT a LIKE b ESCAPE ''"],
])('%s is not %s', (left, right) => {
  expect(equal(left, right)).toBe(false);
  expect(equal(right, left)).toBe(false);
});
