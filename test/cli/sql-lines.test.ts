/** Lines for people must not change what the warehouse gets to see. */
import { describe, expect, test } from 'vitest';
import { clausesOnLines } from '../../src/cli/sql-lines.ts';

test('each clause of a query has a line, indented by depth', () => {
  const sql = 'SELECT "a" FROM (SELECT "b" FROM t LEFT JOIN u ON TRUE WHERE "b" = 1) AS "x" GROUP BY "a" LIMIT 3';
  expect(clausesOnLines(sql)).toBe(
    [
      'SELECT "a"',
      'FROM (SELECT "b"',
      '  FROM t',
      '  LEFT JOIN u ON TRUE',
      '  WHERE "b" = 1) AS "x"',
      'GROUP BY "a"',
      'LIMIT 3',
    ].join('\n'),
  );
});

describe('what stays on its line', () => {
  test.each([
    ['a string', "SELECT 'a FROM b'' WHERE c'"],
    ['a string with escapes', String.raw`SELECT E'it\'s FROM b' || 'x'`],
    ['a name', 'SELECT "x FROM ""y"" WHERE"'],
    ['a dollar-quoted string', "SELECT $a$ it's FROM b $a$"],
    ['a comment with a quote', "SELECT 1 -- it's FROM a"],
    ['a comment of several lines, and all around it', "SELECT 1 /* /* */ ' */ FROM t WHERE TRUE"],
    ['a word of an expression', 'SELECT EXTRACT(YEAR FROM d), (a IS DISTINCT FROM b), a IS DISTINCT FROM b'],
    ['a window', 'SELECT sum(x) OVER (PARTITION BY a ORDER BY b)'],
  ])('%s', (_, sql) => {
    expect(clausesOnLines(sql)).toBe(sql);
  });
});
