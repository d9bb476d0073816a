/**
 * Foreign keys in the catalog, so that tools draw the relationships: from many-to-one joins whose ends both are visible.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Identity } from '../../src/access/context.ts';
import type { Catalog } from '../../src/catalog/catalog.ts';
import { openCatalog } from '../../src/catalog/pool.ts';
import { duckdbDialect } from '../../src/warehouse/duckdb/dialect.ts';
import { createDuckdbWarehouse } from '../../src/warehouse/duckdb/duckdb-warehouse.ts';
import type { Warehouse } from '../../src/warehouse/warehouse.ts';
import { ask, type Gateway, identityOf, openGateway, viewOf } from '../helpers/gateway.ts';

const MODEL = `
cubes:
  - name: orders
    sql_table: orders
    public: true
    joins:
      - { name: customers, relationship: many_to_one, sql: "{CUBE}.customer_id = {customers}.id" }
      - { name: bins, relationship: many_to_one, sql: "{bins.hall} = {CUBE.hall} AND {CUBE.shelf} = {bins.shelf}" }
      - { name: countries, relationship: many_to_one, sql: "lower({CUBE}.country) = {countries}.code" }
      - { name: receipts, relationship: one_to_many, sql: "{CUBE}.id = {receipts}.order_id" }
    dimensions:
      - { name: id, sql: id, type: number, primary_key: true, public: true }
      - { name: customer, sql: "{CUBE}.customer_id", type: number }
      - { name: hall, sql: hall, type: string }
      - { name: shelf, sql: shelf, type: number }
      - { name: country, sql: country, type: string }
    access_policy:
      - group: "*"
        member_level: { includes: "*" }
      - group: guest
        conditions: [{ if: false }]
        member_level: { includes: "*" }
  - name: customers
    sql_table: customers
    public: true
    dimensions:
      - { name: id, sql: id, type: number, primary_key: true, public: true }
      - { name: name, sql: name, type: string }
    access_policy:
      - group: staff
  - name: bins
    sql_table: bins
    public: true
    dimensions:
      - { name: hall, sql: hall, type: string, primary_key: true, public: true }
      - { name: shelf, sql: shelf, type: number, primary_key: true, public: true }
  - name: countries
    sql_table: countries
    public: true
    dimensions:
      - { name: code, sql: code, type: string, primary_key: true, public: true }
  - name: receipts
    sql_table: receipts
    public: true
    joins:
      - { name: orders, relationship: many_to_one, sql: "{orders}.id = {CUBE}.order_id" }
    dimensions:
      - { name: id, sql: id, type: number, primary_key: true, public: true }
      - { name: order_id, sql: order_id, type: number, public: false }
`;
const SEED = `
  CREATE TABLE orders (id int, customer_id int, hall text, shelf int, country text);
  CREATE TABLE customers (id int, name text);
  CREATE TABLE bins (hall text, shelf int);
  CREATE TABLE countries (code text);
  CREATE TABLE receipts (id int, order_id int);
`;

let folder: string;
let warehouse: Warehouse;
let catalog: Catalog;
let gateway: Gateway;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'semwire-keys-'));
  mkdirSync(join(folder, 'cubes'));
  writeFileSync(join(folder, 'cubes/shop.yml'), MODEL);
  const logger = { warn: () => {}, error: () => {} };
  warehouse = await createDuckdbWarehouse({
    url: 'duckdb:',
    initSql: SEED,
    policyTimeZone: 'UTC',
    poolSize: 2,
    logger,
  });
  catalog = openCatalog({ shapes: 2, timeoutMs: 20_000 });
  gateway = await openGateway({ folder, warehouse, dialect: duckdbDialect, catalog });
});
afterAll(async () => {
  await Promise.all([catalog?.close(), warehouse?.close()]);
  rmSync(folder, { recursive: true });
});

async function keysOf(identity: Identity): Promise<readonly (string | null)[]> {
  const sql = `SELECT conrelid::regclass || ': ' || pg_get_constraintdef(oid) FROM pg_constraint
    WHERE contype = 'f' ORDER BY 1`;
  return (await ask(gateway.engine, sql, viewOf(identity))).rows.map(([definition]) => definition ?? null);
}

const staff = identityOf({ sub: 's', groups: ['staff'] });
const visitor = identityOf({ sub: 'v' });

test('a many-to-one join over columns is a foreign key, a composite one too, an expression none', async () => {
  expect(await keysOf(staff)).toEqual([
    'orders: FOREIGN KEY (customer) REFERENCES customers(id)',
    'orders: FOREIGN KEY (hall, shelf) REFERENCES bins(hall, shelf)',
  ]);
});

test('a table that is not visible is at no end of one', async () => {
  expect(await keysOf(visitor)).toEqual(['orders: FOREIGN KEY (hall, shelf) REFERENCES bins(hall, shelf)']);
});

test('information_schema tells the same, as tools that know no pg_constraint read it', async () => {
  const sql = `SELECT own.column_name, other.table_name, other.column_name
    FROM information_schema.referential_constraints r
    JOIN information_schema.key_column_usage own USING (constraint_schema, constraint_name)
    JOIN information_schema.key_column_usage other ON other.constraint_schema = r.unique_constraint_schema
      AND other.constraint_name = r.unique_constraint_name AND other.ordinal_position = own.position_in_unique_constraint
    WHERE own.column_name = 'customer'`;
  expect((await ask(gateway.engine, sql, viewOf(staff))).rows).toEqual([['customer', 'customers', 'id']]);
});
