/** parse(print(x)) equals x for any tree (security case A110). RUNS=20000 for a long run. */
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import type { Expr, Query } from '../../src/sql/ast.ts';
import { equalTrees } from '../../src/sql/equal.ts';
import { loadParser } from '../../src/sql/libpg.ts';
import { parse, parseExpression } from '../../src/sql/parse.ts';
import { print } from '../../src/sql/print.ts';
import { printExpr } from '../../src/sql/print-expression.ts';
import { PLAIN_HOOKS } from '../../src/sql/print-hooks.ts';
import { arbitraryExpr, arbitraryQuery } from './arbitrary.ts';

beforeAll(loadParser);

const numRuns = Number(process.env.RUNS ?? 2000);

/** Parses the text of a tree and shows both when they differ. */
function expectSame(text: string, read: Expr | Query | undefined, written: Expr | Query): void {
  if (!equalTrees(read, written)) expect({ text, tree: read }).toEqual({ text, tree: written });
}

test('expressions', () => {
  fc.assert(
    fc.property(arbitraryExpr, (expr) => {
      const text = printExpr(expr, PLAIN_HOOKS);
      expectSame(text, parseExpression(text), expr);
    }),
    { numRuns },
  );
}, 600_000);

test('queries', () => {
  fc.assert(
    fc.property(arbitraryQuery, (query) => {
      const text = print(query, PLAIN_HOOKS);
      const [statement, ...more] = parse(text);
      expect(more).toEqual([]);
      expectSame(text, statement?.statement.kind === 'query' ? statement.statement.query : undefined, query);
    }),
    { numRuns },
  );
}, 600_000);
