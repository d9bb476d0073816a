/**
 * What is read is what was written (nothing lost), and what is printed is what was read (nothing changed).
 */
import { beforeAll, describe, expect, test } from 'vitest';
import type { Query } from '../../src/sql/ast.ts';
import { checkPrinted } from '../../src/sql/check-print.ts';
import { equalTrees } from '../../src/sql/equal.ts';
import { loadParser } from '../../src/sql/libpg.ts';
import { parse } from '../../src/sql/parse.ts';
import { print } from '../../src/sql/print.ts';
import { PLAIN_HOOKS } from '../../src/sql/print-hooks.ts';
import { fixtures } from './fixture.ts';
import { rawTree } from './raw-tree.ts';

beforeAll(loadParser);

function queryOf(sql: string): Query {
  const [statement] = parse(sql);
  if (statement?.statement.kind !== 'query') throw new Error(`no query: ${sql}`);
  return statement.statement.query;
}

describe.each(fixtures())('%s', (_topic, statements) => {
  test.each(statements)('%s', (sql) => {
    const query = queryOf(sql);
    const printed = print(query, PLAIN_HOOKS);

    expect(rawTree(printed)).toEqual(rawTree(sql));
    expect(equalTrees(queryOf(printed), query)).toBe(true);
    expect(print(queryOf(printed), PLAIN_HOOKS)).toBe(printed);
    checkPrinted(query);
  });
});

test('printed text is ASCII outside quotes and holds no comment (security case A107)', () => {
  for (const [, statements] of fixtures()) {
    for (const sql of statements) {
      const outside = print(queryOf(sql), PLAIN_HOOKS).replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"/g, '');
      expect(outside).toMatch(/^[\x20-\x7e]*$/);
      expect(outside).not.toMatch(/--|\/\*/);
    }
  }
});
