/**
 * Why PostgreSQL's own grammar and not pgsql-ast-parser: statements that it accepts and reads as something else, or
 * prints as something else. Each is read right here. Both readings are compared as PostgreSQL reads them.
 */
import { parse as parseWithOther, toSql } from 'pgsql-ast-parser';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadParser } from '../../src/sql/libpg.ts';
import { parse } from '../../src/sql/parse.ts';
import { print } from '../../src/sql/print.ts';
import { printExpr } from '../../src/sql/print-expression.ts';
import { PLAIN_HOOKS } from '../../src/sql/print-hooks.ts';
import { rawTree } from './raw-tree.ts';

beforeAll(loadParser);

function printedHere(sql: string): string {
  const [statement] = parse(sql);
  if (statement?.statement.kind !== 'query') throw new Error(`no query: ${sql}`);
  return print(statement.statement.query, PLAIN_HOOKS);
}

function printedThere(sql: string): string {
  return parseWithOther(sql)
    .map((statement) => toSql.statement(statement))
    .join('; ');
}

/** Its text as PostgreSQL reads it, or that PostgreSQL does not read it. */
function rawTreeThere(sql: string): unknown {
  try {
    return rawTree(printedThere(sql));
  } catch (error) {
    return String(error);
  }
}

describe('read right here and wrong by pgsql-ast-parser', () => {
  test.each([
    ['drops WHERE behind a comment', 'select a from t /* -- */ where tenant = 1'],
    ['moves the LIMIT of a UNION onto its last arm', 'select a from t union all select b from u order by 1 limit 1'],
    ['rounds integers', 'select a from t where id = 9007199254740993'],
    ['rounds int8’s largest value', 'select 9223372036854775807'],
    ['loses the scale of 1.10', 'select 1.10'],
    ['IS NULL before =', 'select a = b is null'],
    ['|| before +', "select 'a' || 2 + 2"],
    ['|| before ~', 'select a ~ b || c'],
    ['minus after AT TIME ZONE', "select -a at time zone 'UTC'"],
    ['minus after ->', 'select - a -> 1'],
    ['ANY as a function', 'select a = any(b)'],
    ['0x1F as 0 AS x1f', 'select 0x1F'],
    ['1e3 as 1 AS e3', 'select 1e3'],
    ["U&'' as an operator", "select U&'\\0041'"],
    ['a field of an interval as an alias', "select interval '1' day"],
    ['FETCH FIRST ROW as a column named first', 'select a from t fetch first row only'],
    ['time as timestamp', 'select a::time(0) without time zone'],
    ['the size of an array as a subscript', 'select a::int[3]'],
    ['loses the parentheses of a UNION', 'select a from t union all (select b from u union select c from v)'],
    ['unquotes function names', 'select "coalesce"(a, b)'],
    ['calls current_timestamp', 'select current_timestamp(3)'],
    ['glues LIMIT to a name', 'select a from t limit 1 offset few.id'],
  ])('%s: %s', (_what, sql) => {
    expect(rawTree(printedHere(sql))).toEqual(rawTree(sql));
    expect(rawTreeThere(sql)).not.toEqual(rawTree(sql));
  });
});

describe('refused here, as by PostgreSQL, and accepted by pgsql-ast-parser', () => {
  test.each([
    ['an unterminated comment', 'select a from t /* where tenant = 1'],
    ['a chain of comparisons', 'select a < b = c'],
    ['junk after a number', 'select 5e'],
    ['NUL in a string', "select 'x\0y'"],
  ])('%s', (_what, sql) => {
    expect(() => parse(sql)).toThrow();
    expect(() => parseWithOther(sql)).not.toThrow();
  });
});

test('a name is printed with its quotes doubled; pgsql-ast-parser lets it end the name and go on as SQL', () => {
  const name = 'a" from secret --';
  expect(printExpr({ kind: 'column', path: [name] }, PLAIN_HOOKS)).toBe('"a"" from secret --"');
  expect(toSql.expr({ type: 'ref', name })).toContain('"a" from secret --"');
});
