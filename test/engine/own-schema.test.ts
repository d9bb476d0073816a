/** The schema `semwire`: members and whoami (contract, section 4), each session's own. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Identity } from '../../src/access/context.ts';
import type { Catalog } from '../../src/catalog/catalog.ts';
import { openCatalog } from '../../src/catalog/pool.ts';
import { duckdbDialect } from '../../src/warehouse/duckdb/dialect.ts';
import { createDuckdbWarehouse } from '../../src/warehouse/duckdb/duckdb-warehouse.ts';
import type { Warehouse } from '../../src/warehouse/warehouse.ts';
import { ask, type Gateway, identityOf, openGateway, viewOf } from '../helpers/gateway.ts';

const FOLDER = fileURLToPath(new URL('../../model', import.meta.url));
let warehouse: Warehouse;
let catalog: Catalog;
let gateway: Gateway;
beforeAll(async () => {
  warehouse = await createDuckdbWarehouse({
    url: 'duckdb:',
    initSql: readFileSync(`${FOLDER}/seed/demo.sql`, 'utf8'),
    policyTimeZone: 'UTC',
    poolSize: 2,
    logger: { warn: () => {}, error: () => {} },
  });
  catalog = openCatalog({ shapes: 2, timeoutMs: 20_000 });
  gateway = await openGateway({ folder: FOLDER, warehouse, dialect: duckdbDialect, catalog });
});
afterAll(async () => {
  await Promise.all([catalog?.close(), warehouse?.close()]);
});

const mira = identityOf({ sub: 'mira', tenant_id: 'aurora', groups: ['manager'] });
const selma = identityOf({ sub: 'selma', tenant_id: 'aurora', groups: ['support'], regions: ['Nordics'] });

async function rows(sql: string, identity: Identity, settings?: ReadonlyMap<string, string>) {
  return (await ask(gateway.engine, sql, viewOf(identity, settings))).rows;
}

test('members are the visible columns with their meaning', async () => {
  const sql = `SELECT "table", "column", kind, type, title, description FROM semwire.members
    WHERE "table" = 'sales' AND "column" IN ('order_id', 'revenue', 'open_orders') ORDER BY 2`;
  expect(await rows(sql, mira)).toEqual([
    ['sales', 'open_orders', 'segment', 'boolean', 'Open orders', 'True while an order is not yet with the customer'],
    ['sales', 'order_id', 'dimension', 'integer', 'Order number', null],
    ['sales', 'revenue', 'measure', 'numeric', 'Revenue', 'Goods value in EUR of the orders that were not cancelled'],
  ]);
});

test('members are as many as the columns that the catalog shows', async () => {
  const sql = `SELECT count(*), (SELECT count(*) FROM information_schema.columns WHERE table_schema = 'public')
    FROM semwire.members`;
  for (const identity of [mira, selma]) {
    const [row] = await rows(sql, identity);
    expect(row?.[0]).toBe(row?.[1]);
    expect(Number(row?.[0])).toBeGreaterThan(20);
  }
});

test('a hidden member is in no row', async () => {
  const sql = `SELECT count(*) FROM semwire.members WHERE "column" = 'revenue'`;
  expect(await rows(sql, selma)).toEqual([['0']]);
  expect(await rows(sql, mira)).not.toEqual([['0']]);
});

test('whoami is the verified context of the session that asks', async () => {
  const sql = `SELECT "user", subject, persona, context ->> 'tenant_id', context -> 'regions', expires_at FROM semwire.whoami`;
  expect(await rows(sql, { ...selma, expiresAt: 1_800_000_000 })).toEqual([
    ['selma', 'selma', null, 'aurora', '["Nordics"]', '2027-01-15 08:00:00+00'],
  ]);
  expect(await rows(sql, mira)).toEqual([['mira', 'mira', null, 'aurora', null, null]]);
});

test('whoami of who acts as another: the persona’s context, under the subject that signed in', async () => {
  const sql = `SELECT "user", subject, persona, context ->> 'sub', context -> 'groups', expires_at FROM semwire.whoami`;
  const acting = { ...selma, expiresAt: 1_800_000_000, admin: false, actor: mira };
  expect(await rows(sql, acting)).toEqual([
    ['selma', 'mira', 'selma', 'selma', '["support"]', '2027-01-15 08:00:00+00'],
  ]);
});

test('whole numbers of any length stay exact', async () => {
  const big = identityOf({ ...mira.context, account: 9_007_199_254_740_993n });
  expect(await rows("SELECT context -> 'account' FROM semwire.whoami", big)).toEqual([['9007199254740993']]);
});

test('nobody sees whom another session is, not under the same user name either', async () => {
  const other = { ...identityOf({ ...mira.context, tenant_id: 'borealis' }), user: 'mira' };
  const asked = await Promise.all(
    Array.from({ length: 20 }, (_, i) =>
      rows("SELECT context ->> 'tenant_id' FROM semwire.whoami", i % 2 === 0 ? mira : other),
    ),
  );
  expect(asked.flat(2)).toEqual(Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? 'aurora' : 'borealis')));
});

test('a search path finds the schema as well', async () => {
  expect(await rows('SELECT subject FROM semwire.whoami', mira, new Map([['search_path', 'semwire']]))).toEqual([
    ['mira'],
  ]);
  const path = new Map([['search_path', 'semwire, public']]);
  expect(
    await rows(
      'SELECT w.subject, m.kind FROM whoami w, members m WHERE m."table" = \'sales\' AND m."column" = \'revenue\'',
      mira,
      path,
    ),
  ).toEqual([['mira', 'measure']]);
  await expect(rows('SELECT * FROM whoami', mira)).rejects.toMatchObject({ code: '42P01' });
  await expect(rows('SELECT * FROM sessions', mira, path)).rejects.toMatchObject({ code: '42P01' });
});

test('what is behind it is no setting to a client', async () => {
  await rows('SELECT * FROM semwire.whoami', mira);
  expect(await rows("SELECT current_setting('semwire_fact.about', true)", selma)).toEqual([[null]]);
  expect(await rows("SELECT current_setting('semwire' || chr(95) || 'fact.pid', true)", selma)).toEqual([[null]]);
});

test('every relation and column says what it is', async () => {
  const sql = `SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = 'semwire'::regnamespace AND a.attnum >= 0 AND col_description(c.oid, a.attnum) IS NULL
    UNION ALL SELECT relname, '' FROM pg_class WHERE relnamespace = 'semwire'::regnamespace
      AND obj_description(oid, 'pg_class') IS NULL`;
  const dba = { ...mira, admin: true };
  expect(await rows(sql, mira)).toEqual([]);
  expect(await rows(sql, dba)).toEqual([]);
  const count = `SELECT count(DISTINCT objoid), count(*) FROM pg_description WHERE objsubid > 0 AND objoid IN
    (SELECT oid FROM pg_class WHERE relnamespace = 'semwire'::regnamespace)`;
  expect(await rows(count, mira)).toEqual([['2', '12']]);
  expect(await rows(count, dba)).toEqual([['4', '31']]);
});

test('policies show their filters as in the model', async () => {
  const sql = `SELECT rows FROM semwire.policies WHERE "table" = 'customers' ORDER BY policy`;
  expect(await rows(sql, { ...mira, admin: true })).toContainEqual([
    '[{"member":"tenant_id","operator":"equals","values":["{ securityContext.tenant_id }"]}]',
  ]);
});

test('nothing of it can be written', async () => {
  await expect(rows('SELECT * FROM semwire.members FOR UPDATE', mira)).rejects.toMatchObject({ code: '25006' });
});
