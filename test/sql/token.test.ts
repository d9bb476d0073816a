/** Tokens end where PostgreSQL ends them: a lexer of one's own is where injections start (security cases A99 to A108). */
import { beforeAll, expect, test } from 'vitest';
import type { Statement } from '../../src/sql/ast.ts';
import { loadParser } from '../../src/sql/libpg.ts';
import { parse, parseExpression } from '../../src/sql/parse.ts';

beforeAll(loadParser);

const only = (sql: string): Statement | undefined => {
  const statements = parse(sql);
  expect(statements).toHaveLength(1);
  return statements[0]?.statement;
};

test('a line comment ends at CR as well as at LF', () => {
  const union = { kind: 'query', query: { body: { kind: 'set-operation' } } };
  expect(only("SELECT 'a' -- x\r UNION SELECT b FROM t")).toMatchObject(union);
  expect(only("SELECT 'a' -- x\n UNION SELECT b FROM t")).toMatchObject(union);
});

test('comments nest', () => {
  expect(only('SELECT 1 /* /* */ UNION SELECT 2 */')).toMatchObject({ query: { body: { kind: 'select' } } });
  expect(only('SELECT 1 /* -- */ + 2')).toMatchObject({ query: { body: { items: [{ expr: { kind: 'binary' } }] } } });
});

test.each([
  ["E'\\''", "'"],
  ["E'a\\'b\\''", "a'b'"],
  ["'\\'", '\\'],
  ["'a'\n'b'", 'ab'],
  ['$a$x$$y$a$', 'x$$y'],
  ["$$'$$", "'"],
  ["U&'\\0041'", 'A'],
])('the string %s', (sql, value) => {
  expect(parseExpression(sql)).toMatchObject({ kind: 'string', value });
});

test('a dollar inside a name is part of it', () => {
  expect(parseExpression('a$b$')).toMatchObject({ kind: 'column', path: ['a$b$'] });
});

test.each(['\u00a0', '\u2003', '\u3000', '\u200b', '\ufeff', '\u2028'])('%j is no space (case A107)', (character) => {
  expect(() => parse(`SELECT${character}1`)).toThrow(expect.objectContaining({ code: '42601' }));
  // It is a letter to PostgreSQL: this table is called so, and b is its alias.
  expect(only(`SELECT a FROM t${character}WHERE b`)).toMatchObject({
    query: { body: { from: [{ path: [`t${character}where`], alias: { name: 'b' } }] } },
  });
});

test.each([
  ['0x10', '16'],
  ['1_000', '1000'],
  ['0xFFFFFFFFFFFFFFFFFF', '4722366482869645213695'],
  ['-0xFFFFFFFFFFFFFFFFFF', '-4722366482869645213695'],
  ['1e400', '1e400'],
  ['1_0.0_1', '10.01'],
])('the number %s', (sql, text) => {
  expect(parseExpression(sql)).toMatchObject({ kind: 'number', text });
});

test('parameters go from $1 to $65535', () => {
  expect(parse('SELECT $1, $65535')[0]?.parameterCount).toBe(65_535);
  expect(() => parse('SELECT $1 + $1a')).toThrow(expect.objectContaining({ code: '42601', position: 12 }));
});
