/** `semwire check` of a model with DataBrewery rights: who sees what, and what is wrong. */
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { emptyFolder, MODELS, run, SECRET } from './run.ts';

const RIGHTS = join(MODELS, 'rights');

/** The model of test/models/rights with other files in `access/`. */
function withAccess(files: Readonly<Record<string, unknown>>): Record<string, string> {
  const model = join(emptyFolder(), 'model');
  cpSync(RIGHTS, model, { recursive: true, filter: (path) => !path.includes('access') });
  mkdirSync(join(model, 'access'));
  for (const [name, content] of Object.entries(files))
    writeFileSync(join(model, 'access', name), typeof content === 'string' ? content : JSON.stringify(content));
  return { SEMWIRE_MODEL: model, SEMWIRE_WAREHOUSE_INIT: join(RIGHTS, 'seed.sql') };
}

/** Without the blanks at the ends of lines. */
function trimmed(text: string): readonly string[] {
  return text.split('\n').map((line) => line.trimEnd());
}

test('a row for each identity: its roles, tables, columns, rows, and what the other order would change', async () => {
  const files = {
    'rights.json': {
      chief: {},
      jana: { roles: ['slovakia'], hierarchy_limits: { sales: ['geo:country'] } },
      none: { denied_cubes: ['*'] },
      guest: { allowed_cubes: ['outlets'] },
    },
    'roles.json': {
      retail: { allowed_cubes: ['sales', 'shops'] },
      slovakia: {
        roles: ['retail'],
        cell_restrictions: { sales: ['geo:sk', { type: 'range', dimension: 'year', from: [2010] }] },
      },
    },
  };
  const { code, stdout } = await run(['check'], { ...withAccess(files), SEMWIRE_AUTH: 'none' });
  expect(trimmed(stdout)).toEqual([
    'access/rights.json:1:95: warning: "none" sees no table',
    'rights, strict: allowed_cubes and no other cubes, without denied_cubes',
    '',
    '   identity    |  roles   | tables  | hidden columns |       rows        | order = deny_allow',
    '---------------+----------+---------+----------------+-------------------+--------------------',
    ' chief         |          | all     |                |                   |',
    ' jana          | slovakia+| outlets+| sales.city     | sales: geo:sk    +| + piecework       +',
    '               | retail   | sales  +|                | sales: year:2010- | + shopping        +',
    '               |          | shops   |                |                   | + wages',
    ' none          |          | none    |                |                   |',
    ' guest (guest) |          | outlets |                |                   | + piecework       +',
    '               |          |         |                |                   | + sales           +',
    '               |          |         |                |                   | + shopping        +',
    '               |          |         |                |                   | + shops           +',
    '               |          |         |                |                   | + wages',
    '(4 rows)',
    '',
    '4 cubes, 3 views: 1 warning',
    '',
  ]);
  expect(code).toBe(0);
});

test('with an order, compared with the strict reading; and the identity dimension', async () => {
  const files = {
    'slicer.ini': '[authorization]\norder = deny_allow\nidentity_dimension = clerk\n',
    'rights.json': { ann: { allowed_cubes: ['sales'], denied_cubes: ['wages'] } },
  };
  const { code, stdout } = await run(['check'], withAccess(files));
  expect(trimmed(stdout)).toEqual([
    'access/slicer.ini:3:1: warning: "piecework" has no "clerk", so nobody who is restricted by it sees a row there',
    'rights, order = deny_allow: what is denied is hidden, unless it is allowed; all else is seen',
    '',
    ' identity | roles |  tables  | hidden columns |           rows           |   strict',
    '----------+-------+----------+----------------+--------------------------+------------',
    ' ann      |       | outlets +|                | *: clerk is the identity | - outlets +',
    '          |       | sales   +|                |                          | - shopping+',
    '          |       | shopping+|                |                          | - shops',
    '          |       | shops    |                |                          |',
    '(1 row)',
    '',
    '4 cubes, 3 views: 1 warning',
    '',
  ]);
  expect(code).toBe(0);
});

test.each<[string, unknown, string]>([
  [
    'a value that is not of its dimension',
    { sales: ['date:2010,june'] },
    '1:38: error: "date:2010,june": a value for "month" must be a integer, not "june"',
  ],
  [
    'a path that is too long',
    { sales: ['geo:sk,ba,1'] },
    '1:38: error: "geo:sk,ba,1" has 3 values, but "geo" has 2 levels',
  ],
  [
    'two points of one dimension',
    { sales: ['geo:sk', 'geo:us'] },
    '1:47: warning: "geo:us" and "geo:sk" both hold for "u", so no row is left',
  ],
  [
    'a range that ends before it begins',
    { sales: ['year:2012-2010'] },
    '1:38: warning: "year:2012-2010" ends before it begins: it matches nothing',
  ],
])('%s', async (_, restrictions, problem) => {
  const files = { 'rights.json': { u: { cell_restrictions: restrictions } } };
  const { code, stdout } = await run(['check'], withAccess(files));
  expect(stdout).toContain(`access/rights.json:${problem}\n`);
  expect(code).toBe(problem.includes('error') ? 1 : 0);
});

test('restrictions of a table that is not seen', async () => {
  const u = { allowed_cubes: ['wages'], cell_restrictions: { sales: ['geo:sk'] } };
  const { stdout } = await run(['check'], withAccess({ 'rights.json': { u } }));
  expect(stdout).toContain('warning: the restrictions of "sales" change nothing: "u" does not see it\n');
});

test('a model with wrong rights is not served', async () => {
  const files = { 'rights.json': { u: { cell_restrictions: { sales: ['year:x'] } } } };
  const { code, stderr } = await run(['serve', '--port', '0'], withAccess(files));
  expect(stderr).toContain('access/rights.json:1:38: error: "year:x": a value for "year" must be a integer, not "x"');
  expect(code).toBe(1);
});

test.each<[string, string, string]>([
  ['jana', 'jana', '  shops: 5 columns; policies rights of jana (roles slovakia)'],
  ['stranger', 'none', 'tables: none'],
])('a token of %s: whose rights it has', async (sub, rights, tables) => {
  const files = {
    'rights.json': { jana: { roles: ['slovakia'] } },
    'roles.json': { slovakia: { allowed_cubes: ['shops'] } },
  };
  const env = { ...withAccess(files), SEMWIRE_JWT_SECRET: SECRET };
  const token = (await run(['token', '--context', JSON.stringify({ sub })], env)).stdout.trim();
  const { stdout, code } = await run(['check', '--token', token], env);
  expect(stdout.split('\n')).toContain(`rights: ${rights}`);
  expect(stdout.split('\n')).toContain(tables);
  expect(code).toBe(0);
});
