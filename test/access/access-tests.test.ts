/** Access tests as they are written: what is read of them, and what is refused. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadAccessTests } from '../../src/access/access-tests.ts';
import { problemText } from '../../src/model/problems.ts';

function load(files: Readonly<Record<string, string>>) {
  const folder = mkdtempSync(join(tmpdir(), 'semwire-access-'));
  mkdirSync(join(folder, 'tests/inner'), { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, 'tests', name), text);
  return loadAccessTests(folder);
}

test('are read from every YAML file below, in order', async () => {
  const { tests, problems } = await load({
    'b.yml': '- { name: two, as: p, expect: { sees: [v] } }',
    'a.yaml': '- { name: one, context: { id: 9007199254740993 }, sql: SELECT 1, expect: { rows: [[1.50, null]] } }',
    'inner/c.yml': '- { name: three, as: { context: { a: 1 } }, expect: { cannot_see: [v.x] } }',
    'notes.txt': 'no test',
  });
  expect(problems).toEqual([]);
  expect(tests.map(({ name, as }) => [name, as])).toEqual([
    ['one', { context: { id: 9007199254740993n } }],
    ['two', { persona: 'p' }],
    ['three', { context: { a: 1 } }],
  ]);
  expect(tests[0]?.expect).toEqual([
    {
      kind: 'rows',
      rows: [
        [
          { value: 1.5, raw: '1.50' },
          { value: null, raw: 'null' },
        ],
      ],
    },
  ]);
});

describe('what cannot be read', () => {
  test.each([
    ['name: x', '1:1: error: access tests are a list'],
    ['- { name: a, as: agent }', '1:3: error: "expect" must have some of'],
    ['- { name: a, as: agent, expect: {} }', '"expect" must have some of'],
    ['- { name: a, as: agent, expect: { row_count: 1 } }', '"row_count" needs "sql"'],
    ['- { name: a, as: agent, sql: SELECT 1, expect: { sees: [a] } }', 'nothing is expected of "sql"'],
    ['- { name: a, as: agent, sql: SELECT 1, expect: { row: [] } }', 'unknown key "row" (did you mean "rows"?)'],
    ['- { name: a, as: agent, sql: SELECT 1, expect: { error: no } }', '"error" must be a SQLSTATE'],
    ['- { name: a, as: agent, sql: SELECT 1, expect: { error: "42P01", row_count: 1 } }', 'fails has no rows'],
    ['- { name: a, sql: SELECT 1, expect: { row_count: 1 } }', 'give "as" (a persona) or "context" (claims)'],
    ['- { name: a, as: agent, context: {}, sql: SELECT 1, expect: { row_count: 1 } }', 'give "as"'],
    ['- { name: a, as: agent, sql: SELECT 1, expect: { rows: [1] } }', 'a row is a list of values'],
  ])('%s', async (yaml, problem) => {
    const { tests, problems } = await load({ 'access.yml': yaml });
    expect(problems.map(problemText).join('\n')).toContain(problem);
    expect(tests).toEqual([]);
  });
});
