/** What of a model is left when a part of it cannot be rendered for a context, and what must not show then. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { SecurityContext } from '../../src/access/context.ts';
import { SqlError } from '../../src/errors.ts';
import { duckdbDialect } from '../../src/warehouse/duckdb/dialect.ts';
import { createDuckdbWarehouse } from '../../src/warehouse/duckdb/duckdb-warehouse.ts';
import type { Warehouse } from '../../src/warehouse/warehouse.ts';
import { openContextGateway } from '../helpers/context-gateway.ts';
import { ask, identityOf, viewOf } from '../helpers/gateway.ts';

let warehouse: Warehouse;
let folder: string;

beforeAll(async () => {
  warehouse = await createDuckdbWarehouse({
    url: 'duckdb:',
    initSql: 'CREATE TABLE t (id integer, other integer, secret text); INSERT INTO t VALUES (1, 1, $$hidden$$)',
    poolSize: 2,
    policyTimeZone: 'UTC',
    logger: { warn: () => {}, error: () => {} },
  });
});

afterAll(async () => warehouse.close());

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'semwire-unrendered-'));
  return () => rmSync(folder, { recursive: true });
});

const CUBE = (name: string, more = '') => `  - name: ${name}
    sql_table: t
    dimensions:
      - {name: id, sql: id, type: number, primary_key: true, public: true}
      - {name: secret, sql: secret, type: string}
${more}`;
const CLAIM = 'COMPILE_CONTEXT.securityContext';

/** The answer to a query of each table: rows, or the error. */
async function shown(files: Readonly<Record<string, string>>, context: SecurityContext, ...tables: readonly string[]) {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const { engine } = await openContextGateway(folder, warehouse, duckdbDialect);
  const answers: Record<string, string> = {};
  for (const table of tables) {
    try {
      const { rows } = await ask(engine, `SELECT count(*) FROM ${table}`, viewOf(identityOf(context)));
      answers[table] = String(rows[0]?.[0]);
    } catch (error) {
      if (!(error instanceof SqlError)) throw error;
      answers[table] = `${error.code} ${error.message}`;
    }
  }
  return answers;
}

it('a view hidden by a condition does not lay its cubes bare', async () => {
  const files = {
    'a.yml': `cubes:\n${CUBE('a')}`,
    'v.yml': `views:\n{% if ${CLAIM}.team == 'x' %}\n  - name: v\n    cubes: [{join_path: a, includes: [id]}]\n{% endif %}\n`,
  };
  expect(await shown(files, { team: 'x' }, 'v', 'a')).toEqual({ v: '1', a: '42P01 relation "a" does not exist' });
  expect(await shown(files, { team: 'y' }, 'v', 'a')).toEqual({
    v: '42P01 relation "v" does not exist',
    a: '42P01 relation "a" does not exist',
  });
});

it('a file that is no YAML for a context takes its tables along, and no others', async () => {
  const files = {
    'a.yml': `cubes:\n${CUBE('a', '    public: true\n')}`,
    'v.yml': `views:\n{% if ${CLAIM}.team %}\n{% endif %}\n  - name: v\n    cubes: [{join_path: a, includes: [id]}]\n`,
    'w.yml': 'views:\n  - name: w\n    cubes: [{join_path: a, includes: [id]}]\n',
  };
  expect(await shown(files, { team: true }, 'v', 'w', 'a')).toEqual({ v: '1', w: '1', a: '1' });
  expect(await shown(files, { team: 'x' }, 'v', 'w', 'a', 'nothing')).toEqual({
    v: '42501 claim "team" must be a boolean',
    w: '1',
    a: '1',
    nothing: '42P01 relation "nothing" does not exist',
  });
});

it('what reads a cube that is not there is not there either', async () => {
  const joins = '    joins: [{name: b, relationship: many_to_one, sql: "{CUBE}.other = {b.id}"}]\n';
  const files = {
    'a.yml': `cubes:\n${CUBE('a', joins)}`,
    'b.yml': `cubes:\n${CUBE('b').replace('sql_table: t', `sql: SELECT * FROM t WHERE id = {{ ${CLAIM}.n }}`)}`,
    'v.yml': `views:
  - {name: alone, cubes: [{join_path: a, includes: [id]}]}
  - {name: joined, cubes: [{join_path: a, includes: [id]}, {join_path: a.b, includes: [secret]}]}
  - {name: other, cubes: [{join_path: b, includes: [id]}]}
`,
  };
  expect(await shown(files, { n: 1 }, 'alone', 'joined', 'other')).toEqual({ alone: '1', joined: '1', other: '1' });
  expect(await shown(files, {}, 'alone', 'joined', 'other', 'b')).toEqual({
    alone: '1',
    joined: '42501 security context lacks "n"',
    other: '42501 security context lacks "n"',
    b: '42P01 relation "b" does not exist',
  });
});

it('nor is a table whose row filter reads it, although no column does', async () => {
  const policy = `    joins: [{name: b, relationship: many_to_one, sql: "{CUBE}.other = {b.id}"}]
    access_policy:
      - {group: "*", row_level: {filters: [{member: of_b, operator: equals, values: [hidden]}]}}
`;
  const files = {
    'a.yml': `cubes:\n${CUBE('a', policy).replace(
      '    joins',
      '      - {name: of_b, sql: "{b.secret}", type: string, public: false}\n    joins',
    )}`,
    'b.yml': `cubes:\n${CUBE('b').replace('sql_table: t', `sql: SELECT * FROM t WHERE id = {{ ${CLAIM}.n }}`)}`,
    'v.yml': 'views:\n  - {name: v, cubes: [{join_path: a, includes: [id]}]}\n',
  };
  expect(await shown(files, { n: 1 }, 'v')).toEqual({ v: '1' });
  expect(await shown(files, {}, 'v')).toEqual({ v: '42501 security context lacks "n"' });
});

it('a policy that depends on a claim which is none of its kind takes its table along', async () => {
  const policy = `    access_policy:
      - group: "*"
{% if ${CLAIM}.strict %}
        row_level: {filters: [{member: secret, operator: equals, values: [other]}]}
{% endif %}
`;
  const files = { 'a.yml': `cubes:\n${CUBE('a', policy)}` };
  expect(await shown(files, { strict: false }, 'a')).toEqual({ a: '1' });
  expect(await shown(files, { strict: true }, 'a')).toEqual({ a: '0' });
  expect(await shown(files, { strict: 'false' }, 'a')).toEqual({ a: '42501 claim "strict" must be a boolean' });
});

it('a cube that only some contexts have is missing for the others, with what needs it', async () => {
  const files = {
    'a.yml': `cubes:\n${CUBE('a')}{% if ${CLAIM}.more %}\n${CUBE('b')}{% endif %}\n`,
    'v.yml': `views:
  - {name: of_a, cubes: [{join_path: a, includes: [id]}]}
  - {name: of_b, cubes: [{join_path: b, includes: [id]}]}
  - {name: hidden, public: false, cubes: [{join_path: b, includes: [id]}]}
`,
  };
  expect(await shown(files, { more: true }, 'of_a', 'of_b', 'hidden')).toEqual({
    of_a: '1',
    of_b: '1',
    hidden: '42P01 relation "hidden" does not exist',
  });
  expect(await shown(files, {}, 'of_a', 'of_b', 'b', 'hidden')).toEqual({
    of_a: '1',
    of_b: '42501 "of_b" cannot be rendered for this security context',
    b: '42P01 relation "b" does not exist',
    hidden: '42P01 relation "hidden" does not exist',
  });
});

it('a parent’s visibility that is not known keeps the child back', async () => {
  const child = '  - {name: child, extends: parent}\n';
  const files = { 'a.yml': `cubes:\n${CUBE('parent', `    public: "{{ ${CLAIM}.shown }}"\n`)}${child}${CUBE('free')}` };
  expect(await shown(files, { shown: true }, 'parent', 'child', 'free')).toEqual({
    parent: '1',
    child: '1',
    free: '1',
  });
  expect(await shown(files, { shown: false }, 'parent', 'child')).toEqual({
    parent: '42P01 relation "parent" does not exist',
    child: '42P01 relation "child" does not exist',
  });
  expect(await shown(files, {}, 'parent', 'child', 'free')).toEqual({
    parent: '42501 security context lacks "shown"',
    child: '42501 security context lacks "shown"',
    free: '1',
  });
});
