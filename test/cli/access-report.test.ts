/** `semwire check --access`: what it finds in a model that has one of each. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { accessReport } from '../../src/cli/access-report.ts';
import { serveModel } from '../../src/engine/serving-model.ts';
import { loadModel } from '../../src/model/load.ts';
import { problemText } from '../../src/model/problems.ts';
import { loadParser } from '../../src/sql/libpg.ts';
import { duckdbDialect } from '../../src/warehouse/duckdb/dialect.ts';
import { run, TICKETS } from './run.ts';

const CUBE = (name: string, policy: string, more = ''): string => `
  - name: ${name}
    sql_table: ${name}
    public: true
    ${more}
    dimensions:
      - { name: id, sql: id, type: number, primary_key: true, public: true }
      - { name: status, sql: status, type: string }
    ${policy === '' ? '' : `access_policy:\n      - ${policy}`}
`;

async function report(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'semwire-report-'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const { model, problems } = await loadModel(folder);
  if (model === undefined) throw new Error(problems.map(problemText).join('\n'));
  // No warehouse is asked for types: none of them matters here.
  const options = { expose: 'all', ignorePublic: false, rights: undefined } as const;
  const { serving } = await serveModel(model, duckdbDialect, async () => [], options);
  return accessReport(model, serving.publicTables.tables, folder);
}

beforeAll(loadParser);

/** The lines of one section. */
async function section(files: Readonly<Record<string, string>>, head: string): Promise<readonly string[]> {
  const lines = await report(files);
  const at = lines.findIndex((line) => line.startsWith(head));
  const next = lines.findIndex((line, i) => i > at && !line.startsWith('  '));
  return lines.slice(at + 1, next < 0 ? undefined : next).map((line) => line.trim());
}

test('tables that no policy restricts, wholly or in their rows', async () => {
  const join_ = 'joins: [{ name: people, relationship: many_to_one, sql: "{CUBE}.id = {people}.id" }]';
  const files = {
    'cubes/a.yml': `cubes:${CUBE('open', '')}${CUBE('people', '{ group: "*", row_level: { allow_all: true } }')}${CUBE('orders', '', join_)}`,
    'views/v.yml': `
views:
  - name: half
    cubes:
      - { join_path: orders, includes: [status] }
      - { join_path: orders.people, includes: [id] }
  - name: guarded
    cubes: [{ join_path: open, includes: [status] }]
    access_policy: [{ group: boss, row_level: { allow_all: true } }]
`,
  };
  expect(await section(files, 'tables that')).toEqual([
    'half: its rows are those of the cube orders, which has none',
    'open',
    'orders',
  ]);
});

describe('a policy that grants nothing', () => {
  test.each([
    ['{ group: a, conditions: [{ if: "{ 1 == 2 }" }] }', 'a condition is always false'],
    [
      `{ group: a, conditions: [{ if: "{ securityContext.x == 'a' }" }, { if: "{ securityContext.x == 'b' }" }] }`,
      'its conditions ask two values of the claim "x"',
    ],
    ['{ group: a, member_level: { includes: [] } }', 'it grants no member'],
    ['{ group: a, member_level: { includes: [status], excludes: [status] } }', 'it grants no member'],
    [
      '{ group: a, row_level: { filters: [{ member: status, operator: equals, values: [] }] } }',
      'a row filter has an empty list, which no row passes',
    ],
    [
      '{ group: a, row_level: { filters: [{ member: status, operator: equals, values: [x] }, { member: status, operator: equals, values: [y, z] }] } }',
      'its row filters ask two values of "status"',
    ],
  ])('%s', async (policy, why) => {
    expect(await section({ 'cubes/a.yml': `cubes:${CUBE('a', policy)}` }, 'policies that')).toEqual([
      expect.stringMatching(new RegExp(`^cubes/a\\.yml:\\d+:\\d+: ${why.replace(/[()]/g, '\\$&')}$`)),
    ]);
  });

  test.each([
    '{ group: a }',
    '{ group: a, conditions: [{ if: "{ securityContext.x }" }] }',
    `{ group: a, conditions: [{ if: "{ securityContext.x == 'a' or securityContext.x == 'b' }" }] }`,
    `{ group: a, conditions: [{ if: "{ securityContext.x == 'a' }" }, { if: "{ securityContext.y == 'b' }" }] }`,
    '{ group: a, row_level: { filters: [{ member: status, operator: equals, values: [x] }, { member: status, operator: equals, values: [y, x] }] } }',
    '{ group: a, row_level: { filters: [{ member: status, operator: set }] } }',
    '{ group: a, row_level: { filters: [{ or: [{ member: status, operator: equals, values: [x] }, { member: status, operator: equals, values: [y] }] }] } }',
  ])('and one that may: %s', async (policy) => {
    const lines = await report({ 'cubes/a.yml': `cubes:${CUBE('a', policy)}` });
    expect(lines).toContain('policies that grant nothing to anybody: none');
  });
});

test('claims and where they are read, text that becomes SQL', async () => {
  const filter = '{ member: status, operator: equals, values: ["{ securityContext.team.name }"] }';
  const files = {
    'cubes/a.yml': `cubes:${CUBE('a', `{ group: a, row_level: { filters: [${filter}] } }`)}`,
    'cubes/b.yml': `cubes:${CUBE('b', '{ group: a, conditions: [{ if: "{ security_context.level == 1 }" }] }')}`,
    'globals.mjs':
      "export const table = (name) => sql.raw(name);\nexport const t = (c) => c.securityContext['team'].name.toUpperCase();\n",
  };
  expect(await section(files, 'claims that')).toEqual([
    expect.stringMatching(/^level: cubes\/b\.yml:\d+:\d+$/),
    expect.stringMatching(/^team\.name: cubes\/a\.yml:\d+:\d+, globals\.mjs:2:27$/),
  ]);
  expect(await section(files, 'text of')).toEqual(['globals.mjs:1:32']);
});

test('the command prints it', async () => {
  const { code, stdout } = await run(['check', '--access'], TICKETS);
  expect(stdout).toContain('tables that no policy restricts: none\n');
  expect(stdout).toMatch(/claims that the model reads:\n {2}tenant: tickets\.yml:\d+:\d+\n/);
  expect(code).toBe(0);
});
