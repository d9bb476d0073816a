/** What is answered without a catalog is answered as the catalog would: same names, types and bytes. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCatalog } from '../../src/catalog/pool.ts';
import { prepareCatalog } from '../../src/engine/catalog-statement.ts';
import { constantStatement } from '../../src/engine/constant-statement.ts';
import type { EngineOptions } from '../../src/engine/engine.ts';
import type { Prepared, SessionView } from '../../src/session/engine.ts';
import { Settings } from '../../src/session/settings.ts';
import type { Query } from '../../src/sql/ast.ts';
import { loadParser } from '../../src/sql/libpg.ts';
import { parse } from '../../src/sql/parse.ts';
import { SHOP } from '../catalog/fixture.ts';
import { identityOf, viewOf } from '../helpers/gateway.ts';

const DATABASE = 'semwire';
const catalog = openCatalog({ timeoutMs: 60_000 });
beforeAll(loadParser);
afterAll(() => catalog.close());

function session(user: string, changed: readonly (readonly [name: string, value: string])[] = []): SessionView {
  const settings = new Settings(new Map([['session_authorization', user]]));
  for (const [name, value] of changed) settings.set(name, value, false);
  return { ...viewOf(identityOf({ sub: user })), pid: 70_000, settings: settings.values };
}

function queryOf(sql: string): Query {
  const [source] = parse(sql);
  if (source?.statement.kind !== 'query') throw new Error(`no query: ${sql}`);
  return source.statement.query;
}

async function answer(prepared: Prepared, view: SessionView, format: 0 | 1) {
  const cursor = await prepared.open([], {
    session: view,
    resultFormats: prepared.columns.map(() => format),
    timeoutMs: 10_000,
    signal: new AbortController().signal,
  });
  const frames: Buffer[] = [];
  await cursor.fetch(0, { write: (bytes) => void frames.push(Buffer.from(bytes)) });
  return { columns: prepared.columns, types: prepared.parameterTypes, rows: Buffer.concat(frames).toString('hex') };
}

describe('without a catalog are answered, byte for byte as by it,', () => {
  it.each([
    'SELECT 1',
    'select 1;',
    'SELECT 007, 123456789 AS "n"',
    "SELECT 'keep alive'",
    `SELECT 'größe', '' AS nothing, U&'\\0061'`,
    'SELECT version()',
    'SELECT pg_catalog.version() AS v',
    'SELECT current_database(), current_catalog',
    'select current_schema(), current_schema',
    'SELECT current_user, user, current_role, session_user',
    'SELECT pg_backend_pid()',
    'SELECT 1 AS a, 1 AS a, version()',
    `SELECT 1 AS ${'long'.repeat(16)}`,
  ])('%s', async (sql) => {
    const view = session('alice');
    const text = sql.replace(';', '');
    const own = constantStatement(queryOf(sql), view, DATABASE);
    const statement = { text, offset: 0, parameterTypes: [], stable: false, atOnce: undefined };
    const options = { catalog, database: DATABASE } as EngineOptions;
    const asked = await prepareCatalog(statement, view, SHOP, options);
    if (own === undefined) throw new Error('it was not on the list');
    for (const format of [0, 1] as const) {
      expect(await answer(own, view, format)).toEqual(await answer(asked, view, format));
    }
  });
});

describe('the catalog is asked', () => {
  it.each([
    'SELECT',
    'SELECT 1 LIMIT 0',
    'SELECT 1 WHERE false',
    'SELECT DISTINCT 1',
    'SELECT 1 UNION SELECT 1',
    'SELECT 1 FROM pg_class',
    'WITH c AS (SELECT 2) SELECT 1',
    'SELECT 1 GROUP BY ()',
    'SELECT 1 HAVING false',
    'SELECT *',
    'SELECT 1, now()',
    'SELECT -1',
    'SELECT 1.0',
    'SELECT 4294967296',
    'SELECT true',
    'SELECT NULL',
    "SELECT 'x'::name",
    'SELECT current_date',
    "SELECT current_setting('role')",
    'SELECT "version"(1)',
    'SELECT public.version()',
    'SELECT version() OVER ()',
    'SELECT upper(version())',
  ])('%s', (sql) => {
    expect(constantStatement(queryOf(sql), session('alice'), DATABASE)).toBeUndefined();
  });

  it('about the schema where another may come first, and by whom it would refuse', () => {
    const schema = queryOf('SELECT current_schema()');
    expect(constantStatement(schema, session('alice', [['search_path', 'pg_catalog']]), DATABASE)).toBeUndefined();
    expect(constantStatement(schema, session('semwire'), DATABASE)).toBeUndefined();
    expect(constantStatement(queryOf('SELECT 1'), session('pg_monitor'), DATABASE)).toBeUndefined();
    expect(constantStatement(queryOf('SELECT current_user'), session('ü'.repeat(40)), DATABASE)).toBeUndefined();
  });
});
