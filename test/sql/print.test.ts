/** What the printer escapes, what it refuses to print, and its hooks. */
import { describe, expect, test } from 'vitest';
import type { Expr, OpaqueText, Query, TypeName } from '../../src/sql/ast.ts';
import { checkPrinted } from '../../src/sql/check-print.ts';
import { loadParser } from '../../src/sql/libpg.ts';
import { parse, parseExpression } from '../../src/sql/parse.ts';
import { print } from '../../src/sql/print.ts';
import { printExpr } from '../../src/sql/print-expression.ts';
import { PLAIN_HOOKS, type PrintHooks } from '../../src/sql/print-hooks.ts';

await loadParser();

const column = (...path: string[]): Expr => ({ kind: 'column', path });
const string = (value: string): Expr => ({ kind: 'string', value });
const number = (text: string): Expr => ({ kind: 'number', text });
const printed = (expr: Expr): string => printExpr(expr, PLAIN_HOOKS);

function queryOf(sql: string): Query {
  const [statement] = parse(sql);
  if (statement?.statement.kind !== 'query') throw new Error(`no query: ${sql}`);
  return statement.statement.query;
}

describe('escaping', () => {
  test.each<[Expr, string]>([
    [column('a" from secret --'), '"a"" from secret --"'],
    [column('public', 'A b', 'é'), '"public"."A b"."é"'],
    [string("it's"), "'it''s'"],
    [string("\\'; --"), "'\\''; --'"],
    [string(''), "''"],
    [number('-5'), '(-5)'],
    [{ kind: 'unary', operator: '-', operand: number('-5') }, '(- (-5))'],
    [{ kind: 'unary', operator: '-', operand: { kind: 'unary', operator: '-', operand: column('a') } }, '(- (- "a"))'],
    [{ kind: 'binary', operator: '-', left: number('1'), right: number('-1') }, '(1 - (-1))'],
  ])('%j', (expr, text) => {
    expect(printed(expr)).toBe(text);
  });
});

describe('what no text can stand for is not printed', () => {
  const query = queryOf('SELECT 1');
  const subquery: Expr = { kind: 'scalar-subquery', query };
  const cast = (type: Partial<TypeName>): Expr => ({
    kind: 'cast',
    operand: column('a'),
    type: { path: ['text'], modifiers: [], dimensions: 0, ...type },
  });
  test.each<[string, Expr]>([
    ['an empty name', column('')],
    ['no name', column()],
    ['NUL in a name', column('a\0b')],
    ['NUL in a string', string('a\0b')],
    ['a lone surrogate in a string', string('\ud800')],
    ['a lone surrogate in a name', column('\udc00')],
    ['a name of 64 bytes', column('é'.repeat(32))],
    ['a number with more', number('1; DROP TABLE t')],
    ['a number with a line end', number('1\n')],
    ['NaN', number('NaN')],
    ['an operator with more', { kind: 'binary', operator: '= 1 OR', left: column('a'), right: column('b') }],
    ['a comment as an operator', { kind: 'binary', operator: '--', left: column('a'), right: column('b') }],
    ['a comment in an operator', { kind: 'unary', operator: '+/*', operand: column('b') }],
    ['a modifier with more', cast({ modifiers: ['1) OR (1'] })],
    ['interval fields with more', cast({ path: ['interval'], intervalFields: 'day) OR (1' })],
    ['AND of nothing', { kind: 'and', operands: [] }],
    ['IN of nothing', { kind: 'in-list', negated: false, operand: column('a'), items: [] }],
    ['IN of one subquery', { kind: 'in-list', negated: false, operand: column('a'), items: [subquery] }],
    [
      'ANY over one subquery',
      { kind: 'quantified', quantifier: 'any', operator: '=', left: column('a'), array: subquery },
    ],
    ['CASE without WHEN', { kind: 'case', operand: undefined, branches: [], otherwise: undefined }],
    ['opaque text without a hook', { kind: 'opaque', text: [{ kind: 'text', text: 'x' }] }],
    ['a bind without a hook', { kind: 'bind', bind: 1, type: 'int4' }],
    ['a kind that is unknown', { kind: 'nonsense' } as unknown as Expr],
  ])('%s', (_what, expr) => {
    expect(() => printed(expr)).toThrow();
  });

  test('a join with two conditions, or with none', () => {
    const join = queryOf('SELECT 1 FROM t JOIN u ON a');
    const broken = (more: object): Query => {
      if (join.body.kind !== 'select') throw new Error('no select');
      return { ...join, body: { ...join.body, from: join.body.from.map((ref) => ({ ...ref, ...more })) } };
    };
    expect(() => print(broken({ using: ['a'] }), PLAIN_HOOKS)).toThrow();
    expect(() => print(broken({ natural: true }), PLAIN_HOOKS)).toThrow();
    expect(() => print(broken({ on: undefined }), PLAIN_HOOKS)).toThrow();
    expect(() => print(broken({ type: 'cross' }), PLAIN_HOOKS)).toThrow();
  });
});

describe('hooks', () => {
  const author: OpaqueText = [
    { kind: 'text', text: 'upper(' },
    { kind: 'expr', expr: column('c', 'name') },
    { kind: 'text', text: ') /* -- */' },
  ];
  const hooks: PrintHooks = {
    opaque: (text, context) =>
      `<${context} ${text.map((part) => (part.kind === 'text' ? part.text : printExpr(part.expr, hooks))).join('')}>`,
    bind: (bind, type) => `CAST($${bind + 10} AS "${type}")`,
    parameter: (index) => `$${index + 5}`,
  };
  const query: Query = {
    ...queryOf('SELECT $1'),
    orderBy: [{ expr: { kind: 'opaque', text: author }, descending: false, nulls: undefined }],
    limit: { kind: 'bind', bind: 1, type: 'int8' },
  };

  test('author’s SQL in parentheses, binds, renumbered parameters', () => {
    expect(print(query, hooks)).toBe(
      'SELECT $6 ORDER BY (<expr upper("c"."name") /* -- */>) LIMIT CAST($11 AS "int8")',
    );
  });

  test('a dialect spells expressions and types its own way', () => {
    const dialect: PrintHooks = {
      ...PLAIN_HOOKS,
      expr: (expr, part) =>
        expr.kind === 'binary' && expr.operator === '->>'
          ? `json_get(${part(expr.left)}, ${part(expr.right)})`
          : undefined,
      type: (type) => type.path.join('.').toUpperCase(),
    };
    expect(printExpr(parseExpression("(a -> 'x' ->> 'y')::text"), dialect)).toBe(
      `CAST(json_get(("a" -> 'x'), 'y') AS TEXT)`,
    );
  });
});

describe('the proof of what was printed', () => {
  const opaque: OpaqueText = [{ kind: 'text', text: 'whatever ) it says' }];
  const other: OpaqueText = [{ kind: 'expr', expr: { kind: 'bind', bind: 2, type: 'text' } }];
  const base = queryOf('SELECT a FROM t');
  if (base.body.kind !== 'select') throw new Error('no select');
  const leaf: Query = {
    ...base,
    body: {
      ...base.body,
      items: [
        { kind: 'expr', expr: { kind: 'opaque', text: opaque }, alias: 'a' },
        { kind: 'expr', expr: { kind: 'opaque', text: other }, alias: 'b' },
        { kind: 'expr', expr: { kind: 'bind', bind: 1, type: 'int4' }, alias: undefined },
      ],
      from: [{ kind: 'opaque-table', text: opaque, alias: 'cube' }],
    },
  };

  test('author’s SQL and binds are holes in it', () => {
    expect(() => checkPrinted(leaf)).not.toThrow();
  });

  test('a dialect hook that changes meaning is found out', () => {
    const query = queryOf('SELECT a FROM t WHERE tenant = 1');
    expect(() => checkPrinted(query, { expr: (expr) => (expr.kind === 'binary' ? 'TRUE' : undefined) })).toThrow(
      'printed text does not mean its tree',
    );
    expect(() => checkPrinted(query, { expr: (expr) => (expr.kind === 'number' ? '1 OR 1 = 1' : undefined) })).toThrow(
      'printed text does not mean its tree',
    );
  });

  test('two holes are not one', () => {
    const swapped = (text: string) => (expr: Expr) => (expr.kind === 'opaque' ? text : undefined);
    expect(() => checkPrinted(leaf, { expr: swapped('"\u0001opaque 0"') })).toThrow();
  });
});
