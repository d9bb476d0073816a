/** Positions are UTF-16 offsets in the whole message, whatever stands before them. */
import { beforeAll, expect, test } from 'vitest';
import { SqlError } from '../../src/errors.ts';
import { loadParser } from '../../src/sql/libpg.ts';
import { parse } from '../../src/sql/parse.ts';
import { visitQuery } from '../../src/sql/walk.ts';

beforeAll(loadParser);

/** The text from each column's position on, up to the end of the name. */
function columnsAt(sql: string): string[] {
  const found: string[] = [];
  for (const { statement } of parse(sql)) {
    if (statement.kind !== 'query') continue;
    visitQuery(statement.query, {
      expr: (expr) => {
        if (expr.kind === 'column') found.push(/^\S+/.exec(sql.slice(expr.at))?.[0] ?? '');
        return true;
      },
    });
  }
  return found;
}

test.each([
  ['SELECT a1 , a2 FROM t', ['a1', 'a2']],
  ["SELECT 'é' , a1 , 'ß日' , a2 FROM t", ['a1', 'a2']],
  ["SELECT '😀' , a1 , '😀😀' , a2 FROM t", ['a1', 'a2']],
  ['SELECT é , "日本" , "😀" FROM t', ['é', '"日本"', '"😀"']],
  ["SELECT '😀' ; SELECT a1 ; SELECT '日' , a2", ['a1', 'a2']],
  ['a1', []],
])('%s', (sql, expected) => {
  if (expected.length === 0) return void expect(() => parse(sql)).toThrow(SqlError);
  expect(columnsAt(sql)).toEqual(expected);
});

test.each([
  ['SELECT FROM FROM', 12],
  ["SELECT 'é' FROM FROM", 16],
  ["SELECT '日' FROM FROM", 16],
  ["SELECT '😀' FROM FROM", 17],
  ["SELECT 1; SELECT '😀' FROM FROM", 27],
  ["SELECT '😀' FROM", 16],
])('a syntax error after %s', (sql, position) => {
  expect(() => parse(sql)).toThrow(expect.objectContaining({ code: '42601', position }));
});

test.each([
  ["SELECT '😀' FROM ONLY t", 22],
  ["SELECT 1; SELECT 'é', B'1'", 22],
])('a refusal in %s', (sql, position) => {
  expect(() => parse(sql)).toThrow(expect.objectContaining({ code: '0A000', position }));
});

test('operators, calls, casts and tables have positions too', () => {
  const [statement] = parse("SELECT 'é' || f(x) , y::int FROM public.t u");
  expect(statement?.statement).toMatchObject({
    query: {
      body: {
        items: [
          { at: 7, expr: { kind: 'binary', at: 11, left: { at: 7 }, right: { kind: 'call', at: 14 } } },
          { at: 21, expr: { kind: 'cast', at: 22, type: { at: 24 } } },
        ],
        from: [{ kind: 'table', at: 33 }],
      },
    },
  });
});

test('a first token at 0 has the position 0', () => {
  expect(parse('VALUES (1)')[0]).toMatchObject({ offset: 0 });
  expect(parse('TABLE t')[0]).toMatchObject({ statement: { query: { body: { from: [{ at: 6 }] } } } });
});

test('names are folded and cut as PostgreSQL does it (security cases A25, A26)', () => {
  const long = 'é'.repeat(40);
  expect(parse(`SELECT ABC, "ABC", ${'x'.repeat(70)}, "${long}", "\u212a", ÉÜ`)[0]).toMatchObject({
    statement: {
      query: {
        body: {
          items: ['abc', 'ABC', 'x'.repeat(63), 'é'.repeat(31), '\u212a', 'ÉÜ'].map((name) => ({
            expr: { path: [name] },
          })),
        },
      },
    },
  });
});
