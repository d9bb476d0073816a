/** The walker meets every node there is, and an identity rewrite changes nothing. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { Expr, Query } from '../../src/sql/ast.ts';
import { equalTrees } from '../../src/sql/equal.ts';
import { loadParser } from '../../src/sql/libpg.ts';
import { parse, parseExpression } from '../../src/sql/parse.ts';
import { print } from '../../src/sql/print.ts';
import { printExpr } from '../../src/sql/print-expression.ts';
import { PLAIN_HOOKS } from '../../src/sql/print-hooks.ts';
import { mapExpr, mapQuery, visitExpr, visitQuery } from '../../src/sql/walk.ts';
import { fixtures } from './fixture.ts';

beforeAll(loadParser);

function queryOf(sql: string): Query {
  const [statement] = parse(sql);
  if (statement?.statement.kind !== 'query') throw new Error(`no query: ${sql}`);
  return statement.statement.query;
}

/** Column paths found by looking through the whole object, as no walker can miss them. */
function columnsByBruteForce(tree: unknown): string[] {
  if (Array.isArray(tree)) return tree.flatMap(columnsByBruteForce);
  if (typeof tree !== 'object' || tree === null) return [];
  const own = 'kind' in tree && tree.kind === 'column' && 'path' in tree ? [String(tree.path)] : [];
  return own.concat(Object.values(tree).flatMap(columnsByBruteForce));
}

function columnsByVisit(query: Query): string[] {
  const found: string[] = [];
  visitQuery(query, {
    expr: (expr) => {
      if (expr.kind === 'column') found.push(String(expr.path));
      return undefined;
    },
  });
  return found;
}

describe.each(fixtures())('%s', (_topic, statements) => {
  test('every column is visited once', () => {
    for (const sql of statements) {
      const query = queryOf(sql);
      expect(columnsByVisit(query).sort(), sql).toEqual(columnsByBruteForce(query).sort());
    }
  });

  test('the identity changes nothing', () => {
    for (const sql of statements) expect(equalTrees(mapQuery(queryOf(sql), {}), queryOf(sql)), sql).toBe(true);
  });

  test('a rewrite of every column reaches every column', () => {
    for (const sql of statements) {
      const renamed = mapQuery(queryOf(sql), {
        expr: (expr) => (expr.kind === 'column' ? { kind: 'column', path: ['renamed'] } : expr),
      });
      expect(new Set(columnsByBruteForce(renamed)), sql).toEqual(
        new Set(columnsByBruteForce(queryOf(sql)).length === 0 ? [] : ['renamed']),
      );
    }
  });
});

test('children are rewritten before their parents', () => {
  const swap = (expr: Expr): Expr => (expr.kind === 'binary' ? { ...expr, left: expr.right, right: expr.left } : expr);
  expect(printExpr(mapExpr(parseExpression('a + b * c'), { expr: swap }), PLAIN_HOOKS)).toBe('(("c" * "b") + "a")');
});

test('tables and subqueries are rewritten wherever they stand', () => {
  const query = queryOf(
    'WITH x AS (SELECT 1 FROM t) SELECT (SELECT 1 FROM t) FROM t JOIN (SELECT 1 FROM t) s ON EXISTS (SELECT FROM t)',
  );
  const renamed = mapQuery(query, { table: (ref) => (ref.kind === 'table' ? { ...ref, path: ['u'] } : ref) });
  expect(print(renamed, PLAIN_HOOKS)).not.toContain('"t"');
  expect(print(renamed, PLAIN_HOOKS).match(/"u"/g)).toHaveLength(5);
});

test('a visitor may leave out what is below a node', () => {
  const kinds: string[] = [];
  visitExpr(parseExpression('a + (SELECT b)'), {
    expr: (expr) => {
      kinds.push(expr.kind);
      return expr.kind !== 'scalar-subquery';
    },
  });
  expect(kinds).toEqual(['binary', 'column', 'scalar-subquery']);
});
