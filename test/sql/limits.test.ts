/** Statements made to overflow something: refused with 54000 or 54001, and the next statement is served (cases A109, G08). */
import { setImmediate } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { checkPrinted } from '../../src/sql/check-print.ts';
import { loadParser, parseTree } from '../../src/sql/libpg.ts';
import { checkLimits, MAX_COMMENT_NESTING, MAX_DEPTH, MAX_STATEMENT_BYTES } from '../../src/sql/limits.ts';
import { parse } from '../../src/sql/parse.ts';

beforeAll(loadParser);

const nested = (open: string, close: string, depth: number): string => `${open.repeat(depth)}1${close.repeat(depth)}`;

describe('too deep', () => {
  test.each([
    ['brackets', `SELECT ${nested('(', ')', 30_000)}`],
    ['NOT', `SELECT ${'NOT '.repeat(100_000)}a`],
    ['minus', `SELECT ${'- '.repeat(100_000)}a`],
    ['a chain of +', `SELECT ${'a + '.repeat(100_000)}a`],
    ['a chain of ||', `SELECT ${'a || '.repeat(MAX_DEPTH)}a`],
    ['UNION', `${'SELECT 1 UNION ALL '.repeat(40_000)}SELECT 1`],
    ['subqueries', `SELECT ${nested('(SELECT ', ')', 1000)}`],
    ['CASE', `SELECT ${nested('CASE WHEN a THEN ', ' END', 3000)}`],
    ['calls', `SELECT ${nested('f(', ')', 1000)}`],
    ['arrays', `SELECT ${nested('ARRAY[', ']', 1000)}`],
    ['joins', `SELECT 1 FROM t${' CROSS JOIN t'.repeat(1000)}`],
    ['rows in GROUP BY', `SELECT 1 GROUP BY ${nested('(a, ', ')', 1000)}`],
    ['comments', `${'/*'.repeat(MAX_COMMENT_NESTING + 1)}${'*/'.repeat(MAX_COMMENT_NESTING + 1)} SELECT 1`],
  ])('%s', (_what, sql) => {
    expect(() => parse(sql)).toThrow(expect.objectContaining({ code: '54001', message: 'stack depth limit exceeded' }));
    expect(parse('SELECT 1')).toHaveLength(1);
  });
});

describe('long, but not deep: served, printed and checked', () => {
  test.each([
    ['AND', `SELECT ${'a AND '.repeat(20_000)}a`],
    ['OR', `SELECT ${'a = 1 OR '.repeat(20_000)}a`],
    ['IN', `SELECT a IN (${'1,'.repeat(100_000)}1)`],
    ['columns', `SELECT ${'a,'.repeat(20_000)}a`],
    ['a string', `SELECT '${'x'.repeat(1_000_000)}'`],
    ['nearly too deep', `SELECT ${'a + '.repeat(MAX_DEPTH - 10)}a`],
    ['nearly too many arms', `${'SELECT 1 UNION ALL '.repeat(MAX_DEPTH - 10)}SELECT 1`],
  ])('%s', (_what, sql) => {
    const [statement] = parse(sql);
    expect(statement?.statement.kind).toBe('query');
    if (statement?.statement.kind === 'query') checkPrinted(statement.statement.query);
  });
});

test('a statement over the limit in bytes, not characters, is 54000', () => {
  expect(() => parse(`SELECT '${'x'.repeat(MAX_STATEMENT_BYTES)}'`)).toThrow(
    expect.objectContaining({ code: '54000' }),
  );
  expect(() => parse(`SELECT '${'é'.repeat(MAX_STATEMENT_BYTES / 2)}'`)).toThrow(
    expect.objectContaining({ code: '54000' }),
  );
});

test('200 statements that overflow the parser, and every one after them is served', async () => {
  const overflowing = `SELECT ${'a+'.repeat(9000)}a`;
  for (let i = 0; i < 200; i += 1) {
    expect(() => parseTree(overflowing)).toThrow(expect.objectContaining({ code: '54001' }));
    expect(parse('SELECT 1')).toHaveLength(1);
    await setImmediate();
  }
});

test('brackets are counted before anything is parsed', () => {
  expect(() => checkLimits(`SELECT ${nested('(', ')', MAX_DEPTH)}`)).not.toThrow();
  expect(() => checkLimits(`SELECT ${nested('(', ')', MAX_DEPTH + 1)}`)).toThrow(
    expect.objectContaining({ code: '54001', position: 7 + MAX_DEPTH }),
  );
  expect(() => checkLimits(`SELECT ${'[]('.repeat(MAX_DEPTH)}`)).not.toThrow();
  expect(() => checkLimits(`SELECT ${'([]'.repeat(MAX_DEPTH)}[`)).toThrow(expect.objectContaining({ code: '54001' }));
});

/** The scan for brackets and comments must not be fooled into taking code for text (or it would count neither). */
describe('nesting is seen behind', () => {
  const deep = '/*'.repeat(MAX_COMMENT_NESTING + 1).padEnd(400);
  test.each([
    ['an escaped quote', "SELECT E'\\'', "],
    ['a backslash', "SELECT '\\', "],
    ['a doubled quote', "SELECT 'it''s', E'it''s\\'', "],
    ['an escape string that goes on in the next line', "SELECT E'a' -- x\n  'b\\'', "],
    ['a plain string that goes on in the next line', "SELECT 'a'\n'b\\', "],
    ['a name that ends in e', "SELECT date'\\', "],
    ['a dollar in a name', 'SELECT a$b$, c$b$, '],
    ['a dollar quote after a number', "SELECT 1$a$'$a$, "],
    ['a dollar quote after a parameter', "SELECT $1$a$'$a$, "],
    ['a dollar quote', "SELECT $$'$$, $a$'$$ $b$ $a$, "],
    ['a quoted name', 'SELECT "\'", "a""\'", '],
    ['a line comment ended by CR', "SELECT 1 --'\r, "],
    ['a comment', 'SELECT /* \' /* " */ $$ */ '],
    ['a minus', "SELECT a - 'x', "],
    ['a slash', "SELECT a / 'x', "],
  ])('%s', (_what, sql) => {
    expect(() => checkLimits(sql + deep)).toThrow(expect.objectContaining({ code: '54001' }));
  });

  test.each([
    ['a string', `SELECT '${'('.repeat(1000)}${'/*'.repeat(1000)}'`],
    ['an escape string', `SELECT E'\\'${'('.repeat(1000)}${'/*'.repeat(1000)}'`],
    ['a quoted name', `SELECT "${'('.repeat(1000)}${'/*'.repeat(1000)}"`],
    ['a dollar quote', `SELECT $a$ $$ ' ${'('.repeat(1000)}${'/*'.repeat(1000)}$a$`],
    ['a line comment', `SELECT 1 -- ' ${'('.repeat(1000)}${'/*'.repeat(1000)}\n`],
    ['a comment', `SELECT /* ' ${'('.repeat(1000)} */ 1`],
  ])('and not inside %s', (_what, sql) => {
    expect(() => checkLimits(sql)).not.toThrow();
  });
});
