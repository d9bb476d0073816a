// biome-ignore-all lint/suspicious/noTemplateCurlyInString: scripts stand in strings here
/** JavaScript model files: the same model as YAML makes, what is refused and where, and that no run leaves anything. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loadModel, openModel } from '../../src/model/load.ts';
import { problemText } from '../../src/model/problems.ts';
import type { SecurityContext } from '../../src/model/security-context.ts';
import { renderModel } from '../../src/model/template/templates.ts';
import type { Model } from '../../src/model/types.ts';

let root: string;
let folder: string;
let count = 0;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'semwire-javascript-'));
});

afterAll(async () => {
  await rm(root, { recursive: true });
});

beforeEach(() => {
  count += 1;
  folder = join(root, String(count));
});

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
}

async function load(files: Readonly<Record<string, string>>, context: SecurityContext = {}): Promise<Model> {
  await write(files);
  const { model, problems } = await loadModel(folder, context, { REGION: 'eu' });
  if (model === undefined) throw new Error(problems.map(problemText).join('\n'));
  return model;
}

async function problemsOf(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  await write(files);
  return (await openModel(folder)).problems.map(problemText);
}

/** A model without its places and version. */
function shape(model: Model): unknown {
  const plain = (value: unknown): unknown => {
    if (value instanceof Map) return [...value].map(([key, inner]) => [key, plain(inner)]);
    if (Array.isArray(value)) return value.map(plain);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .filter(([key, inner]) => key !== 'at' && key !== 'version' && inner !== undefined)
        .map(([key, inner]) => [key, plain(inner)]),
    );
  };
  return plain(model);
}

const dimensions = "dimensions: { id: { sql: 'id', type: 'number', primaryKey: true } }";

describe('a model in JavaScript', () => {
  it('is the same as in YAML', async () => {
    const yaml = await load({
      'cubes/a.yml': `
cubes:
  - name: orders
    sql_table: public.orders
    title: Orders
    public: false
    meta: { Some_Key: { innerKey: 1 } }
    joins:
      - { name: users, relationship: many_to_one, sql: "{CUBE}.user_id = {users.id}" }
    dimensions:
      - { name: id, sql: id, type: number, primary_key: true, public: true }
      - { name: status, sql: "{CUBE}.status", type: string, description: "Status {x}" }
      - { name: city, sql: "{users.city}", type: string }
      - { name: json, sql: "data->>'\\\\{a\\\\}'", type: string }
      - { name: placed_at, sql: placed_at, type: time, granularities: [{ name: fiscal, interval: 1 year, offset: 1 month }] }
      - name: size
        type: string
        case:
          when: [{ sql: "{CUBE}.n > 1", label: big }]
          else: { label: small }
    measures:
      - { name: count, type: count, drill_members: [id, status] }
      - { name: users_seen, type: count_distinct, sql: "{users.id}" }
      - { name: open, type: count, filters: [{ sql: "{status} = 'open'" }] }
      - { name: ratio, type: number, sql: "{open} / {count}" }
    segments:
      - { name: recent, sql: "{CUBE.placed_at} > now()" }
    hierarchies:
      - { name: h, levels: [status, city] }
    access_policy:
      - group: manager
        conditions: [{ if: "{ securityContext.active }" }]
        member_level: { includes: "*", excludes: [city] }
        row_level: { filters: [{ member: status, operator: equals, values: ["{ securityContext.status }", open] }] }
  - name: users
    sql: SELECT * FROM users
    dimensions:
      - { name: id, sql: id, type: number, primary_key: true, public: true }
      - { name: city, sql: city, type: string }
  - name: old_orders
    extends: orders
    sql_table: public.old_orders
views:
  - name: sales
    cubes:
      - { join_path: orders, includes: "*", excludes: [size] }
      - { join_path: orders.users, prefix: true, includes: [{ name: city, alias: town }] }
    folders: [{ name: all, includes: [status] }]
`,
    });
    await rm(folder, { recursive: true });
    const javascript = await load({
      'cubes/orders.js': `
cube(\`orders\`, {
  sqlTable: \`public.orders\`,
  title: 'Orders',
  public: false,
  meta: { Some_Key: { innerKey: 1 } },
  joins: { users: { relationship: \`belongsTo\`, sql: \`\${CUBE}.user_id = \${users.id}\` } },
  dimensions: {
    id: { sql: 'id', type: 'number', primaryKey: true, public: true },
    status: { sql: (CUBE) => \`\${CUBE}.status\`, type: \`string\`, description: 'Status {x}' },
    city: { sql: \`\${users.city}\`, type: \`string\` },
    json: { sql: "data->>'{a}'", type: 'string' },
    placed_at: { sql: 'placed_at', type: 'time', granularities: { fiscal: { interval: '1 year', offset: '1 month' } } },
    size: { type: 'string', case: { when: [{ sql: \`\${CUBE}.n > 1\`, label: 'big' }], else: { label: 'small' } } },
  },
  measures: {
    count: { type: 'count', drillMembers: [id, status] },
    users_seen: { type: 'countDistinct', sql: () => \`\${users.id}\` },
    open: { type: 'count', filters: [{ sql: \`\${status} = 'open'\` }] },
    ratio: { type: 'number', sql: function () { return \`\${open} / \${CUBE.count}\`; } },
  },
  segments: { recent: { sql: \`\${CUBE.placed_at} > now()\` } },
  hierarchies: { h: { levels: [status, CUBE.city] } },
  accessPolicy: [
    {
      group: 'manager',
      conditions: [{ if: securityContext.active }],
      memberLevel: { includes: '*', excludes: ['city'] },
      rowLevel: { filters: [{ member: 'status', operator: 'equals', values: [security_context.status, 'open'] }] },
    },
  ],
});
cube({
  name: 'users',
  sql: \`SELECT * FROM users\`,
  dimensions: [
    { name: 'id', sql: 'id', type: 'number', primary_key: true, public: true },
    { name: 'city', sql: 'city', type: 'string' },
  ],
});
`,
      'cubes/old.js': 'cube(`old_orders`, { extends: orders, sql_table: `public.old_orders` });',
      'views/sales.js': `
view('sales', {
  cubes: [
    { joinPath: orders, includes: '*', excludes: ['size'] },
    { joinPath: orders.users, prefix: true, includes: [{ name: 'city', alias: 'town' }] },
  ],
  folders: { all: { includes: [status] } },
});`,
    });
    const byName = (model: Model) => ({ ...model, cubes: new Map([...model.cubes].sort()) });
    const [left, right] = [shape(byName(javascript)), shape(byName(yaml))];
    const relations = (text: string) => text.replaceAll('count_distinct', 'countDistinct');
    expect(relations(JSON.stringify(left, null, 1))).toBe(relations(JSON.stringify(right, null, 1)));
  });

  it('is loaded once where it reads no claim, and for each context where it does', async () => {
    await write({ 'cubes/a.js': `cube('a', { sql_table: 't', ${dimensions} });` });
    expect((await openModel(folder)).source?.kind).toBe('fixed');
    await write({
      'cubes/a.js': `cube('a', { sql: \`SELECT * FROM t WHERE \${SECURITY_CONTEXT.x.filter('x')}\`, ${dimensions},
        accessPolicy: [{ role: '*', rowLevel: { filters: [{ member: 'id', operator: 'equals', values: [securityContext.x] }] } }] });`,
    });
    expect((await openModel(folder)).source?.kind).toBe('fixed');
    await write({
      'cubes/b.js': `cube('b', { sql: COMPILE_CONTEXT.securityContext.x === 1 ? 'SELECT 1 AS id' : 'SELECT 2 AS id', ${dimensions} });`,
    });
    expect((await openModel(folder)).source?.kind).toBe('templates');
  });

  it('is made of files that require one another', async () => {
    const model = await load({
      'cubes/a.js': `
        const { dimensions, table } = require('../lib/shared');
        const names = require('../lib/names.json');
        cube('a', { sql_table: table(names[0]), dimensions });`,
      'cubes/b.mjs': `
        import shared, { table as named } from '../lib/shared.js';
        import * as all from '../lib/es.mjs';
        import { start } from '../lib/es.mjs';
        export const x = 1;
        cube('b', { sql_table: named('b'), dimensions: shared.dimensions, title: all.default() + start });`,
      'lib/shared.js': `
        exports.dimensions = { id: { sql: 'id', type: 'number', primary_key: true } };
        exports.table = (name) => 'app.' + name;`,
      'lib/names.json': '["first"]',
      'lib/es.mjs': "const start = '1'; export { start }; export default function title() { return 'T'; }",
    });
    const sources = [...model.cubes.values()].map(({ name, source }) => [name, JSON.stringify(source.sql.parts)]);
    expect(sources).toEqual([
      ['a', '[{"kind":"text","text":"app.first"}]'],
      ['b', '[{"kind":"text","text":"app.b"}]'],
    ]);
    expect(model.cubes.get('b')?.title).toBe('T1');
    await write({ 'lib/names.json': '["second"]' });
    expect((await loadModel(folder)).model?.version).not.toBe(model.version);
  });

  it('may be written by asyncModule, by loops and with the environment', async () => {
    const model = await load({
      'cubes/a.js': `
        asyncModule(async () => {
          const tables = await Promise.resolve(['x', 'y']);
          for (const name of tables) {
            await null;
            cube(\`t_\${name}\`, { sql_table: \`\${process.env.REGION}.\${name}\`, ${dimensions} });
          }
        });`,
    });
    expect([...model.cubes.values()].map(({ source }) => JSON.stringify(source.sql.parts))).toEqual([
      '[{"kind":"text","text":"eu.x"}]',
      '[{"kind":"text","text":"eu.y"}]',
    ]);
  });

  it('calls the functions of globals.mjs, whose texts are data', async () => {
    const files = {
      'globals.mjs': `
        export const tableOf = (org) => org + '_orders';
        export const isOpen = (kind, { securityContext }) => securityContext.kind === kind;
        export const rawTable = () => sql.raw('a.b');`,
      'cubes/a.js': `
        const { securityContext } = COMPILE_CONTEXT;
        cube('a', { sql: \`SELECT * FROM \${tableOf(securityContext.org)} WHERE x = \${tableOf('b')}\`,
          public: isOpen('x', COMPILE_CONTEXT), ${dimensions} });
        cube('b', { sql_table: rawTable(), ${dimensions} });`,
    };
    const model = await load(files, { org: 'acme', kind: 'x' });
    expect(JSON.stringify(model.cubes.get('a')?.source.sql.parts)).toContain(
      `SELECT * FROM \\"acme_orders\\" WHERE x =  'b_orders' `,
    );
    expect(model.cubes.get('a')?.public).toBe(true);
    expect(JSON.stringify(model.cubes.get('b')?.source.sql.parts)).toContain('a.b');
    expect((await load(files, { org: 'acme' })).cubes.get('a')?.public).toBe(false);
  });

  it('leaves nothing from one rendering to the next', async () => {
    await write({
      'cubes/a.js': `
        const seen = require('../lib/state');
        seen.list.push(1);
        Array.prototype.extra = (Array.prototype.extra ?? 0) + 1;
        const { org } = COMPILE_CONTEXT.securityContext;
        cube('a', { sql_table: org, title: \`\${seen.list.length} \${[].extra} \${Object.keys(process.env).length}\`, ${dimensions} });`,
      'lib/state.js': 'exports.list = [];',
    });
    const { source } = await openModel(folder);
    if (source?.kind !== 'templates') throw new Error('reads a claim');
    for (const org of ['x', 'y', 'x']) {
      const { model } = renderModel(source.sources, { org }).usable();
      expect(model.cubes.get('a')?.title).toBe('1 1 0');
      expect(JSON.stringify(model.cubes.get('a')?.source.sql.parts)).toContain(org);
    }
    const content = (context: SecurityContext) => renderModel(source.sources, context).content;
    expect(content({ org: 'x', other: 1 })).toBe(content({ org: 'x' }));
    expect(content({ org: 'x' })).not.toBe(content({ org: 'y' }));
  });

  it('denies a cube that a context lacks something for, and no other', async () => {
    await write({
      'cubes/a.js': `
        const { org, admin } = COMPILE_CONTEXT.securityContext;
        cube('a', { sql_table: \`\${org}.t\`, ${dimensions} });
        cube('b', { sql: admin ? 'SELECT 1 AS id' : 'SELECT 2 AS id', ${dimensions} });
        cube('c', { sql_table: 't', public: admin, ${dimensions} });
        cube('d', { sql_table: 't', title: \`\${org}\`, ${dimensions} });
        cube('e', { sql_table: () => org.toLowerCase(), ${dimensions} });
        cube('f', { sql_table: 't', ${dimensions} });`,
      'cubes/g.js': `
        if (COMPILE_CONTEXT.securityContext.org === undefined) throw new Error('nobody');
        cube('g', { sql_table: 't', ${dimensions} });`,
    });
    const { source } = await openModel(folder);
    if (source?.kind !== 'templates') throw new Error('reads a claim');
    const answer = (context: SecurityContext) => {
      const { model, problems } = renderModel(source.sources, context).usable();
      const lacking = [...(model.unrendered ?? [])].map(([name, { code, message }]) => `${name} ${code} ${message}`);
      return { lacking: lacking.sort(), problems: problems.map(problemText) };
    };
    const lacks = (name: string) => `42501 security context lacks "${name}"`;
    expect(answer({ org: 'acme', admin: true })).toEqual({ lacking: [], problems: [] });
    expect(answer({ admin: false })).toEqual({
      lacking: ['a', 'd', 'e', 'g'].map((name) => `${name} ${lacks('org')}`),
      problems: [
        "cubes/a.js:7:1: warning: Cannot read properties of undefined (reading 'toLowerCase')",
        'cubes/g.js:2:1: warning: nobody',
      ].slice(1),
    });
    expect(answer({ org: 'acme' }).lacking).toEqual([`c ${lacks('admin')}`]);
    expect(answer({ org: 'acme', admin: 'false' })).toEqual({
      lacking: ['b 42501 claim "admin" must be a boolean', 'c 42501 "c" cannot be rendered for this security context'],
      problems: [expect.stringMatching(/^cubes\/a\.js:5:\d+: error: "public" must be/)],
    });
  });
});

describe('what is wrong with one', () => {
  it.each([
    ["cube('a', { sqll: 't' });", '1:13: error: unknown key "sqll" (did you mean "sql"?)'],
    [
      "cube('a', {\n  sql_table: 't',\n  dimensions: {\n    id: { sql: `${CUBE}.x + ${nowhere}`, type: 'number' },\n  },\n});",
      '4:29: error: "nowhere" is neither a cube nor a member of "a"',
    ],
    ["cube('a', {\n  sql: `SELECT *\n    FROM t WHERE (`,\n});", '3:18: error: "(" is never closed'],
    ["cube('a', { sql: 'SELECT (' });", '1:26: error: "(" is never closed'],
    [
      "cube('a', { sql_table: 't', measures: { m: { type: 'summ' } } });",
      '1:52: error: "type" cannot be "summ" (did you mean "sum"?)',
    ],
    ["cube('a', { sql_table: 't', sqlTable: 't' });", '1:29: error: duplicate key "sql_table"'],
    [
      "cube('a', { sql_table: 't', dataSource: 'other' });",
      '1:41: error: data_source "other": there is one warehouse, "default"',
    ],
    ["cube('a', () => ({ sql_table: 't' }));", "1:1: error: cube() takes a name and what it is: cube('name', { … })"],
    ["cube('a', { sql_table: [].x });", '1:11: error: cube "a" needs exactly one of sql and sql_table'],
    ["cube('a', { sql_table: 't', public: [].x });", '1:37: error: "public" is undefined'],
    ["cube('a', { sql_table: 't', title: 1 / 0 });", '1:36: error: "title" is Infinity'],
    ["cube('a', { sql_table: new Date() });", '1:24: error: "sql_table" must be a plain value'],
    ["cube('a', { sql: async () => 'SELECT 1' });", '1:18: error: "sql" must not be async'],
    [
      "cube('a', { sql: ({ id }) => `SELECT 1` });",
      '1:18: error: the parameters of "sql" must be plain names of cubes and members',
    ],
    [
      "cube('a', { sql: `SELECT * FROM (${b.sql()})` });",
      "1:36: error: b.sql() is not supported yet; write the other cube's SQL out",
    ],
    ["cube('a', { sql: `${SQL_UTILS.convertTz('x')}` });", '1:21: error: SQL_UTILS.convertTz is not supported yet'],
    ["cube('a', {", '1:12: error: invalid JavaScript: unexpected token'],
    ['const x = 1;\nx();', '2:1: error: "x" is not a function'],
    ['const x = 1;\n\nx.y.z;', "3:1: error: Cannot read properties of undefined (reading 'z')"],
    ["function f() {\n  throw new Error('mine');\n}\nf();", '2:1: error: mine'],
    ["asyncModule(async () => {\n  throw new Error('late');\n});", '2:1: error: late'],
    [
      'asyncModule(() => new Promise(() => {}));',
      '1:1: error: asyncModule() cannot wait for anything outside of the model',
    ],
    ["const fs = require('fs');", '1:12: error: "fs": only files of the model folder can be required'],
    ["import _ from 'lodash';", '1:15: error: "lodash": only files of the model folder can be required'],
    ["require('./nothing');", '1:1: error: there is no file "./nothing" in the model'],
    [
      "require('../../../../../etc/hostname');",
      '1:1: error: there is no file "../../../../../etc/hostname" in the model',
    ],
    ["import { nothing } from './other.js';", '1:1: error: the imported file exports no "nothing"'],
    ['const text = "\uE000";', '1:1: error: the characters U+E000 to U+E003 cannot stand in a model'],
    ['with (Math) {}', "1:1: error: invalid JavaScript: 'with' in strict mode"],
    ['const o = {}; o[f()] += 1;', '1:15: error: write the assignment += out'],
  ])('%s', async (text, problem) => {
    const problems = await problemsOf({ 'cubes/a.js': text, 'cubes/other.js': 'exports.x = 1;' });
    expect(problems).toContain(`cubes/a.js:${problem}`);
  });

  it.each([
    [
      "const x: string = 't';\ncube('a', { sql_table: x as string, nothing: 1 });",
      '2:37: error: unknown key "nothing"',
    ],
    ["const x: string = 't';\ncube('a', { sql_table: x as string sql: x });", '2:36: error: invalid TypeScript: '],
    ['const a: string = 1; class { }', '1:28: error: invalid JavaScript: unexpected token'],
    ["const a: X = f();\nconst b: X = require('./no.ts');", '2:14: error: there is no file "./no.ts" in the model'],
  ])('in TypeScript: %s', async (text, problem) => {
    const problems = await problemsOf({ 'cubes/a.ts': text });
    expect(problems[0]).toMatch(new RegExp(`^cubes/a\\.ts:${problem}`));
  });
});
