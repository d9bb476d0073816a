/** Configuration, hooks, functions and cubes in TypeScript, read by the Node.js that runs this, whichever it is. */
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { afterEach, describe, expect, test } from 'vitest';
import { emptyFolder, MODELS, run, SECRET, type Serving, serve } from './run.ts';

const MODEL = join(MODELS, 'typescript');
const ENV = {
  SEMWIRE_MODEL: MODEL,
  SEMWIRE_WAREHOUSE_INIT: join(MODEL, 'seed.sql'),
  SEMWIRE_JWT_SECRET: SECRET,
} as const;

let server: Serving | undefined;
afterEach(async () => {
  server?.signal('SIGKILL');
  await server?.ended;
  server = undefined;
});

/** A copy of the model in which these files stand instead. */
function changed(files: Readonly<Record<string, string>>): string {
  const folder = join(emptyFolder(), 'model');
  cpSync(MODEL, folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

async function asked(port: number, context: object, sql: string): Promise<readonly string[]> {
  const { stdout } = await run(['token', '--context', JSON.stringify(context)], ENV);
  const client = new pg.Client({
    host: '127.0.0.1',
    port,
    user: 'ann',
    password: stdout.trim(),
    database: 'desk',
  });
  await client.connect();
  try {
    const { rows } = await client.query({ text: sql, rowMode: 'array' });
    return rows.map((row) => row.join(' '));
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error;
    return [`${error.code} ${error.message}`];
  } finally {
    await client.end();
  }
}

test('a model with all of them is served', async () => {
  server = await serve([], ENV, emptyFolder());
  const { port } = server;
  const ids = 'SELECT id FROM all_orders ORDER BY 1';
  const missing = (name: string): string => `42P01 relation "${name}" does not exist`;
  // contextToGroups and its directory; queryRewrite and its filter.
  expect(await asked(port, { user: 'ANN' }, ids)).toEqual(['2', '3']);
  expect(await asked(port, { user: 'bob' }, ids)).toEqual([missing('all_orders')]);
  // The function that a template calls.
  const campaign = 'SELECT count(*) FROM campaign';
  expect(await asked(port, { user: 'ann', team: 'marketing' }, campaign)).toEqual(['2']);
  expect(await asked(port, { user: 'ann' }, campaign)).toEqual([missing('campaign')]);
});

describe('a syntax error is told with its place', () => {
  test.each([
    [
      'semwire.config.ts',
      'export const a: string = 1;\nexport const b: = 2;',
      '2:17: invalid TypeScript: unexpected token',
    ],
    ['cube.ts', 'module.exports = { a: (b: string) => };', '1:35: invalid TypeScript: unexpected token'],
  ])('in %s', async (file, text, problem) => {
    const folder = changed({ [file]: text });
    const { code, stderr } = await run(['check', '--model', folder], ENV);
    expect([code, stderr]).toEqual([2, expect.stringContaining(`${join(folder, file)}:${problem}`)]);
  });

  test.each([
    ['globals.ts', 'type A = string;\nexport function (a: A) {}', 'globals.ts:2:17: error: invalid TypeScript: '],
    [
      'cubes/orders.ts',
      "cube('orders', {\n  sql_table: 'orders' as,\n});",
      'cubes/orders.ts:2:25: error: invalid TypeScript: ',
    ],
    ['lib/columns.ts', 'export const column: = 1;', 'lib/columns.ts:1:22: error: invalid TypeScript: '],
  ])('in %s', async (file, text, problem) => {
    const { code, stdout } = await run(['check', '--model', changed({ [file]: text })], ENV);
    expect([code, stdout]).toEqual([1, expect.stringContaining(problem)]);
  });

  test.each([
    ['semwire.config.ts', 'lib/directory.ts', 'export const a: = 1;', '1:17'],
    ['cube.ts', 'lib/filters.ts', 'const a = 1;\nconst b: = 2;', '2:10'],
  ])('of %s, in %s', async (file, imported, text, place) => {
    const folder = changed({ [imported]: text });
    const { code, stderr } = await run(['check', '--model', folder], ENV);
    expect(code).toBe(2);
    expect(stderr).toContain(join(folder, file));
    expect(stderr).toContain(`${join(folder, imported)}:${place}: invalid TypeScript: unexpected token`);
  });
});

test('what only becomes code when types are taken away works as well, and CommonJS beneath a module', async () => {
  const folder = changed({
    'semwire.config.ts': `import { groups } from './lib/groups.ts';
enum Name { Desk = 'desk' }
class Settings { constructor(readonly name: Name) {} }
export const database = new Settings(Name.Desk).name;
export const contextToGroups = () => groups;`,
    'lib/groups.ts':
      "import type { Group } from './directory.ts';\nconst groups: Group[] = ['sales'];\nexports.groups = groups;",
  });
  const { code, stdout } = await run(
    ['explain', '--model', folder, '--context', '{}', 'SELECT year FROM all_orders'],
    ENV,
  );
  expect([code, stdout]).toEqual([0, expect.stringContaining('FROM orders')]);
});
