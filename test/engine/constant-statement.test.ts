/** What is answered without a catalog is answered as the catalog would: same names, types and bytes. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openCatalog } from '../../src/catalog/pool.ts';
import { prepareCatalog } from '../../src/engine/catalog-statement.ts';
import { constantStatement } from '../../src/engine/constant-statement.ts';
import type { EngineOptions } from '../../src/engine/engine.ts';
import type { ParameterValue, Prepared, SessionView } from '../../src/session/engine.ts';
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

async function answer(prepared: Prepared, view: SessionView, format: 0 | 1, binds: readonly ParameterValue[] = []) {
  const cursor = await prepared.open(binds, {
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
    'SELECT true, false AS no',
    'SELECT NULL, NULL AS n',
    'SELECT pg_is_in_recovery()',
  ])('%s', async (sql) => {
    const view = session('alice');
    const text = sql.replace(';', '');
    const own = constantStatement(queryOf(sql), [], view, DATABASE);
    const asked = await byCatalog(text, view);
    if (own === undefined) throw new Error('it was not on the list');
    for (const format of [0, 1] as const) {
      expect(await answer(own, view, format)).toEqual(await answer(asked, view, format));
    }
  });
});

/** The same statement by the catalog. */
function byCatalog(text: string, view: SessionView, parameterTypes: readonly number[] = []): Promise<Prepared> {
  const statement = { text, offset: 0, parameterTypes, stable: false, atOnce: undefined };
  return prepareCatalog(statement, view, SHOP, { catalog, database: DATABASE } as EngineOptions);
}

describe('parameters are texts, as the catalog has them,', () => {
  const view = session('alice');
  const of = (value: string | null, format: 0 | 1): ParameterValue => ({
    format,
    value: value === null ? null : Buffer.from(value),
  });
  it.each([
    ['SELECT $1', [], [of('x', 0)]],
    ['SELECT $1', [0], [of('größe', 1)]],
    ['SELECT $1 AS a, 1, $2, $1', [25], [of('', 0), of(null, 0)]],
  ] as const)('%s', async (sql, types, binds) => {
    const own = constantStatement(queryOf(sql), types, view, DATABASE);
    if (own === undefined) throw new Error('it was not on the list');
    const asked = await byCatalog(sql, view, types);
    for (const format of [0, 1] as const)
      expect(await answer(own, view, format, binds)).toEqual(await answer(asked, view, format, binds));
  });

  it('and no other bytes', async () => {
    const own = constantStatement(queryOf('SELECT $1'), [], view, DATABASE);
    for (const bytes of [[0xff], [0x61, 0]])
      for (const format of [0, 1] as const)
        await expect(
          own && answer(own, view, format, [{ format, value: Uint8Array.from(bytes) }]),
        ).rejects.toMatchObject({
          code: '22021',
        });
  });

  it('of another type, or that nothing reads, are the catalog’s', () => {
    expect(constantStatement(queryOf('SELECT $1'), [23], view, DATABASE)).toBeUndefined();
    expect(constantStatement(queryOf('SELECT 1'), [25], view, DATABASE)).toBeUndefined();
  });
});

describe('the time', () => {
  it.each(['SELECT now()', 'SELECT CURRENT_TIMESTAMP', 'SELECT pg_catalog.now() AS t'])('%s', async (sql) => {
    const view = session('alice');
    const own = constantStatement(queryOf(sql), [], view, DATABASE);
    if (own === undefined) throw new Error('it was not on the list');
    const asked = await byCatalog(sql, view);
    expect(own.columns).toEqual(asked.columns);
    const read = async (prepared: Prepared, format: 0 | 1) =>
      Buffer.from((await answer(prepared, view, format)).rows, 'hex').subarray(11);
    const text = (await read(own, 0)).toString();
    expect(text).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{0,2}[1-9])?\+00$/);
    const [before, after] = [
      Number((await read(own, 1)).readBigInt64BE()),
      Number((await read(asked, 1)).readBigInt64BE()),
    ];
    // Within a minute, in microseconds.
    expect(Math.abs(after - before)).toBeLessThan(60e6);
  });

  it('of another zone is the catalog’s', () => {
    const elsewhere = session('alice', [['timezone', 'Europe/Berlin']]);
    expect(constantStatement(queryOf('SELECT now()'), [], elsewhere, DATABASE)).toBeUndefined();
    expect(
      constantStatement(queryOf('SELECT now()'), [], session('alice', [['timezone', 'Etc/UTC']]), DATABASE),
    ).toBeDefined();
  });

  it('has no zeros at the end', async () => {
    const view = session('alice');
    const own = constantStatement(queryOf('SELECT now()'), [], view, DATABASE);
    try {
      for (const [moment, shown] of [
        ['2024-05-06T07:08:10.000Z', '2024-05-06 07:08:10+00'],
        ['2024-05-06T07:08:00.120Z', '2024-05-06 07:08:00.12+00'],
        ['2024-05-06T07:00:00.009Z', '2024-05-06 07:00:00.009+00'],
      ] as const) {
        vi.useFakeTimers({ now: new Date(moment), toFake: ['Date'] });
        const { rows = '' } = (own && (await answer(own, view, 0))) ?? {};
        expect(Buffer.from(rows, 'hex').subarray(11).toString()).toBe(shown);
      }
    } finally {
      vi.useRealTimers();
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
    'SELECT 1, clock_timestamp()',
    'SELECT current_timestamp(0)',
    'SELECT localtimestamp',
    'SELECT -1',
    'SELECT 1.0',
    'SELECT 4294967296',
    'SELECT NOT true',
    'SELECT $2',
    'SELECT $1::int',
    "SELECT 'x'::name",
    'SELECT current_date',
    "SELECT current_setting('role')",
    'SELECT "version"(1)',
    'SELECT public.version()',
    'SELECT version() OVER ()',
    'SELECT upper(version())',
  ])('%s', (sql) => {
    expect(constantStatement(queryOf(sql), [], session('alice'), DATABASE)).toBeUndefined();
  });

  it('about the schema where another may come first, and by whom it would refuse', () => {
    const schema = queryOf('SELECT current_schema()');
    expect(constantStatement(schema, [], session('alice', [['search_path', 'pg_catalog']]), DATABASE)).toBeUndefined();
    expect(constantStatement(schema, [], session('semwire'), DATABASE)).toBeUndefined();
    expect(constantStatement(queryOf('SELECT 1'), [], session('pg_monitor'), DATABASE)).toBeUndefined();
    expect(constantStatement(queryOf('SELECT current_user'), [], session('ü'.repeat(40)), DATABASE)).toBeUndefined();
  });
});
