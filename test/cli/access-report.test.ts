// biome-ignore-all lint/suspicious/noTemplateCurlyInString: scripts stand in strings here
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
import { MODELS, run, TICKETS } from './run.ts';

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

async function report(
  files: Readonly<Record<string, string>>,
  reads: ReadonlySet<string> = new Set(),
): Promise<readonly string[]> {
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
  const signIn = { groups: ['groups', 'roles'], identity: undefined };
  return accessReport({ model, tables: serving.publicTables.tables, folder, reads, signIn });
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
    expect.stringMatching(/^team\.name: cubes\/a\.yml:\d+:\d+, globals\.mjs:2:25$/),
  ]);
  expect(await section(files, 'text of')).toEqual(['globals.mjs:1:32 in table()']);
});

test('claims of scripts, however they are taken, and of the operator’s hooks', async () => {
  const claims = async (name: string, script: string): Promise<readonly string[]> =>
    section({ 'cubes/a.yml': `cubes:${CUBE('a', '')}`, [name]: script }, 'claims that');
  for (const [script, ...expected] of [
    ['const { securityContext: { a, b: { c }, d: e = 1 } } = COMPILE_CONTEXT;', 'a', 'b.c', 'd'],
    ['const claims = COMPILE_CONTEXT.securityContext; const { x } = claims ?? {}; claims.y?.z;', 'x', 'y.z'],
    ['const f = ({ securityContext: own }) => own.a.includes("b") && own["c d"];', 'a', 'c d'],
    ['const f = ({ securityContext }, name) => securityContext[name];', '*'],
    ['const { securityContext: { a, ...others } } = COMPILE_CONTEXT;', '*', 'a'],
    ['SECURITY_CONTEXT.tenant.id.filter("x"); SECURITY_CONTEXT.level.requiredFilter("y");', 'level', 'tenant.id'],
    ['// securityContext.comment\nconst text = "securityContext.string";'],
    ['const notes = { securityContext: 1 }; other.context.a;'],
  ] as const) {
    const found = await claims('globals.mjs', script);
    expect([script, ...found.map((line) => line.replace(/: globals\.mjs:\d+:\d+$/, ''))]).toEqual([
      script,
      ...expected,
    ]);
  }
  const hook = 'module.exports = { queryRewrite: (query, { securityContext }) => securityContext.user_id };';
  expect(await claims('cube.js', hook)).toEqual(['user_id: cube.js:1:66']);
  expect(await claims('semwire.config.mjs', 'export const f = (a, { securityContext: c }) => c.d;')).toEqual([
    'd: semwire.config.mjs:1:49',
  ]);
  const typed = 'export function f(x: string, { securityContext: { a } }: Context): string { return a as string; }';
  expect(await claims('globals.ts', typed)).toEqual(['a: globals.ts:1:51']);
  // What cannot be parsed is read as text.
  expect(await claims('globals.mjs', 'const x: string = securityContext.a;')).toEqual(['a: globals.mjs:1:19']);
});

test.each([
  ['export const f = (names) => names.map(sql.raw);', '1:39 in f()'],
  ['const { raw } = sql;\nexport function f(x) { return raw(x); }', '1:7'],
  ['const { raw: r = null } = sql;', '1:7'],
  ['const s = sql;\nexport const f = (x) => s.raw(x);', '1:7'],
  ["export const f = (x) => sql['raw'](x);", '1:25 in f()'],
  ['export const f = (x) => globalThis.sql.raw(x);', '1:25 in f()'],
  ['export const f = (x, how) => sql[how](x);', '1:30 in f()'],
  ['const a: string = sql.raw("x");', '1:19'],
  ['export const f = (x) => `sql.raw(${x})`; // sql.raw', undefined],
])('text that becomes SQL by %s', async (script, found) => {
  const files = { 'cubes/a.yml': `cubes:${CUBE('a', '')}` };
  const expected = found === undefined ? [] : [found];
  const lines = async (name: string, more = {}): Promise<readonly string[]> =>
    (await section({ ...files, ...more, [name]: script }, 'text of')).map((line) => line.replace(`${name}:`, ''));
  expect(await lines('globals.mjs')).toEqual(expected);
  expect(await lines('globals.ts')).toEqual(expected);
  // Also in a file that another loads, but not in one that nobody does.
  const loading = { 'globals.mjs': "export * from './inner/more.mjs';" };
  expect(await lines('inner/more.mjs', loading)).toEqual(expected);
  expect(await lines('inner/more.mjs')).toEqual([]);
});

test('claims that only the rendering shows', async () => {
  const files = {
    'cubes/a.yml': `cubes:${CUBE('a', '')}`,
    'globals.mjs': 'export const f = (c) => c.securityContext.a.b;',
  };
  const lines = await report(files, new Set(['a', 'z', '*']));
  expect(lines).toContain('  z: when it is rendered');
  expect(lines).toContain('  *: when it is rendered');
  expect(lines.filter((line) => line.startsWith('  a.') || line.startsWith('  a:'))).toEqual([
    '  a.b: globals.mjs:1:25',
  ]);
});

test('the command prints it', async () => {
  const { code, stdout } = await run(['check', '--access'], TICKETS);
  expect(stdout).toContain('tables that no policy restricts: none\n');
  expect(stdout).not.toContain('whose rights');
  expect(stdout).toMatch(/claims that the model reads:\n {2}tenant: tickets\.yml:\d+:\d+\n/);
  expect(code).toBe(0);
});

test('claims that say who somebody is', async () => {
  const env = (model: string, more: object = {}) => ({
    SEMWIRE_MODEL: join(MODELS, model),
    SEMWIRE_WAREHOUSE_INIT: join(MODELS, model, 'seed.sql'),
    ...more,
  });
  const rights = await run(['check', '--access'], env('rights', { SEMWIRE_GROUPS_CLAIM: '/realm/roles' }));
  expect(rights.stdout).toContain(`claims that every statement is decided by:
  filters: security filters
  /realm/roles: the groups of policies
  sub: whose rights hold
`);
});
