/** `semwire test`, on both warehouses: what passes, and how it says what does not (contract, section 8). */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshName } from '../helpers/gateway.ts';
import { startPostgres, type TestPostgres } from '../helpers/postgres.ts';
import { type Environment, emptyFolder, run, TICKETS } from './run.ts';

const DEMO = fileURLToPath(new URL('../../model', import.meta.url));

let server: TestPostgres;
let onPostgres: Environment;
beforeAll(async () => {
  server = await startPostgres();
  const database = freshName();
  await server.query(`CREATE DATABASE ${database}`);
  const url = server.url.replace(/postgres$/, database);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(readFileSync(TICKETS.SEMWIRE_WAREHOUSE_INIT, 'utf8'));
  await client.end();
  onPostgres = { SEMWIRE_MODEL: TICKETS.SEMWIRE_MODEL, SEMWIRE_WAREHOUSE_URL: url };
});
afterAll(() => server?.stop());

/** The model `tickets` with these access tests. */
function withTests(yaml: string): string {
  const folder = emptyFolder();
  cpSync(TICKETS.SEMWIRE_MODEL, folder, { recursive: true });
  mkdirSync(join(folder, 'tests'));
  writeFileSync(join(folder, 'tests/access.yml'), yaml);
  return folder;
}

async function outcome(
  yaml: string,
  env: Environment = TICKETS,
): Promise<{ code: number | null; lines: readonly string[] }> {
  const { code, stdout, stderr } = await run(['test', '--model', withTests(yaml)], env);
  return { code, lines: `${stdout}${stderr}`.split('\n').filter((line) => line !== '') };
}

const PASSING = `
- name: rows in any order, numbers with noughts, nulls and booleans
  as: agent
  sql: SELECT title, 1.50 AS price, NULL AS nothing, status = 'open' AS is_open, ticket_count FROM desk WHERE title <> 'x' GROUP BY 1, 4
  expect:
    rows:
      - [No light, 1.5, null, true, 1]
      - ["Door\\nstuck", 1.500, null, false, 1]
      - [Printer on fire, 1.5, null, true, "1"]
    row_count: 3
    columns: [title, price, nothing, is_open, ticket_count]
- name: rows in their order
  as: agent
  sql: SELECT status, ticket_count FROM desk ORDER BY status DESC
  expect: { rows: [[open, 2], [closed, 1]] }
- name: claims of its own
  context: { tenant: 9007199254740992, groups: [visitor] }
  sql: SELECT ticket_count FROM desk
  expect: { rows: [[1]] }
- name: a refusal
  as: visitor
  sql: SELECT title FROM desk
  expect: { error: 42703 }
- name: what is there
  as: visitor
  expect: { sees: [desk, desk.status], cannot_see: [desk.title, tickets, desk.nothing] }
`;

describe.each(['DuckDB', 'PostgreSQL'])('on %s', (warehouse) => {
  const env = (): Environment => (warehouse === 'DuckDB' ? TICKETS : onPostgres);

  test('tests that pass', async () => {
    const { code, lines } = await outcome(PASSING, env());
    expect(lines.at(-1)).toBe('5 passed');
    expect(lines.filter((line) => line.startsWith('ok '))).toHaveLength(5);
    expect(code).toBe(0);
  });

  test('rows too many and missing, under which policies they were read', async () => {
    const { code, lines } = await outcome(
      `
- name: open tickets
  as: agent
  sql: SELECT title, status FROM desk WHERE status = 'open'
  expect: { rows: [[No light, open], [Nobody's, open], [No light, open]] }
`,
      env(),
    );
    expect(lines).toEqual([
      'FAIL open tickets',
      '     tests/access.yml:2',
      '     2 rows missing',
      '       ["Nobody\'s", "open"]',
      '       ["No light", "open"]',
      '     1 row too many',
      '       ["Printer on fire", "open"]',
      '     read desk (title, status) under desk[0] for agent, tickets[0] for *',
      '0 passed, 1 failed',
    ]);
    expect(code).toBe(1);
  });
});

const FAILING: readonly (readonly [name: string, test: string, lines: readonly string[]])[] = [
  [
    'another order',
    'as: agent, sql: "SELECT status FROM desk ORDER BY status", expect: { rows: [[open], [closed], [open]] }',
    ['row 1 differs', '  expected ["open"]', '  got      ["closed"]'],
  ],
  [
    'another number of rows',
    'as: agent, sql: SELECT status FROM desk, expect: { row_count: 7 }',
    ['expected 7 rows, got 3'],
  ],
  [
    'other columns',
    'as: agent, sql: "SELECT status AS s FROM desk", expect: { columns: [status] }',
    ['expected the columns status', 'got          s'],
  ],
  [
    'rows in the place of an error',
    'as: agent, sql: SELECT status FROM desk, expect: { error: "42P01" }',
    ['expected error 42P01, got 3 rows'],
  ],
  [
    'another error',
    'as: visitor, sql: SELECT title FROM desk, expect: { error: "42P01" }',
    ['expected error 42P01, got 42703: column "title" does not exist'],
  ],
  [
    'an error in the place of rows',
    'as: visitor, sql: SELECT title FROM desk, expect: { row_count: 1 }',
    ['expected rows, got error 42703: column "title" does not exist'],
  ],
  [
    'a claim that is missing',
    'context: { groups: [agent] }, expect: { sees: [desk] }',
    ['does not see desk: security context lacks "tenant"'],
  ],
  ['a column that is hidden', 'as: visitor, expect: { sees: [desk.title] }', ['does not see desk.title under']],
  [
    'a column that is not',
    'as: agent, expect: { cannot_see: [desk.title] }',
    ['sees desk.title under desk[0] for agent'],
  ],
  [
    'equal numbers of other digits',
    'as: agent, sql: SELECT 9007199254740993 AS n, expect: { rows: [[9007199254740992]] }',
    ['1 row missing'],
  ],
  ['a text for a null', 'as: agent, sql: "SELECT NULL AS n", expect: { rows: [["null"]] }', ['1 row missing']],
];

test('each that fails says how', async () => {
  const { code, lines } = await outcome(FAILING.map(([name, body]) => `- { name: ${name}, ${body} }`).join('\n'));
  expect(lines.at(-1)).toBe(`0 passed, ${FAILING.length} failed`);
  const said = lines.join('\n').split(/^FAIL /m);
  for (const [i, [name, , expected]] of FAILING.entries()) {
    for (const line of [name, `     tests/access.yml:${i + 1}`, ...expected]) expect(said[i + 1]).toContain(line);
  }
  expect(code).toBe(1);
});

test('one that cannot be read stops them all, and none is no failure', async () => {
  const { code, lines } = await outcome(
    `${PASSING}\n- { name: a, as: nobody, sql: SELECT 1, expect: { row_count: 1 } }`,
  );
  expect(lines).toEqual([expect.stringMatching(/^tests\/access.yml:\d+:3: error: there is no persona "nobody"$/)]);
  expect(code).toBe(1);
  const { code: none, stdout } = await run(['test'], TICKETS);
  expect([none, stdout]).toEqual([0, expect.stringContaining('there are no access tests')]);
});

test('those of the demo pass', async () => {
  const { code, stdout } = await run(['test', '--model', DEMO], {}, join(DEMO, '..'));
  expect(stdout).not.toContain('FAIL');
  expect(stdout).toMatch(/\d+ passed\n$/);
  expect(code).toBe(0);
});
