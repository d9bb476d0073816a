/**
 * The stubs of exposed tables are made faster than CREATE TABLE makes tables, some rows straight into the catalog.
 * PostgreSQL, given the tables by ordinary statements, is the judge of every row that speaks of them.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openCatalog } from '../../src/catalog/pool.ts';
import { numericTypmod, SCALAR_TYPES } from '../../src/sql/types.ts';
import { startPostgres, type TestPostgres } from '../helpers/postgres.ts';
import { ask, CUSTOMERS, column, ORDERS, shapeOf, table } from './fixture.ts';

const TYPES = table(
  'types',
  [
    ...SCALAR_TYPES.map((type) => column(`c_${type}`, type)),
    ...SCALAR_TYPES.map((type) => column(`a_${type}`, `${type}[]`)),
    column('v', 'varchar', { typmod: 24 }),
    column('n', 'numeric', { typmod: numericTypmod(10, 3), comment: 'Of three digits' }),
    column('t', 'timestamptz', { typmod: 3 }),
    column('c', 'bpchar', { typmod: 6 }),
  ],
  { comment: 'Every type', primaryKey: ['c_int4', 'c_text'] },
);
const SHAPE = shapeOf([CUSTOMERS, ORDERS, TYPES]);

const BY_HAND = `
  CREATE TABLE customers (id int8, name varchar(80), PRIMARY KEY (id));
  COMMENT ON TABLE customers IS 'Customers: who''s who';
  COMMENT ON COLUMN customers.name IS 'Full name';
  CREATE TABLE orders (id int8 PRIMARY KEY, customer_id int8 REFERENCES customers (id), placed_at timestamptz NOT NULL,
    revenue numeric(12,2));
  COMMENT ON TABLE orders IS 'Orders: one row an order';
  COMMENT ON COLUMN orders.id IS 'Order number';
  COMMENT ON COLUMN orders.revenue IS 'measure: sum';
  CREATE TABLE types (${SCALAR_TYPES.map((type) => `c_${type} pg_catalog."${type}"`).join(', ')},
    ${SCALAR_TYPES.map((type) => `a_${type} pg_catalog."${type}"[]`).join(', ')},
    v varchar(20), n numeric(10,3), t timestamptz(3), c character(2), PRIMARY KEY (c_int4, c_text));
  COMMENT ON TABLE types IS 'Every type';
  COMMENT ON COLUMN types.n IS 'Of three digits';`;

const catalog = openCatalog({ timeoutMs: 60_000 });
let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
  await postgres.query(BY_HAND);
});
afterAll(async () => {
  await Promise.all([catalog.close(), postgres?.stop()]);
});

const OURS = "IN ('customers', 'orders', 'types', 'customers_pkey', 'orders_pkey', 'types_pkey')";

it.each([
  [
    'pg_class',
    `SELECT relname, relkind, relnatts, relhasindex, relpersistence, relchecks, relhasrules, relhastriggers, relispopulated,
       relreplident, relispartition, reltuples, relpages, relallvisible, relisshared, relrowsecurity, relam <> 0 AS am,
       relfilenode <> 0 AS file
     FROM pg_class WHERE relname ${OURS} ORDER BY 1`,
  ],
  [
    'pg_attribute',
    `SELECT c.relname, a.attname, a.attnum, a.atttypid::int8, a.attlen, a.atttypmod, a.attndims, a.attalign, a.attstorage,
       a.attcompression, a.attnotnull, a.atthasdef, a.atthasmissing, a.attidentity, a.attgenerated, a.attisdropped,
       a.attislocal, a.attinhcount, a.attcollation::int8, a.attacl, a.attstattarget, format_type(a.atttypid, a.atttypmod)
     FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE c.relname ${OURS} ORDER BY 1, 3`,
  ],
  [
    'pg_constraint',
    `SELECT conname, contype, conrelid::regclass::text, confrelid::regclass::text, conkey, confkey, pg_get_constraintdef(oid),
       condeferrable, condeferred, convalidated, conenforced, confupdtype, confdeltype, confmatchtype, conislocal,
       connoinherit, conindid::regclass::text
     FROM pg_constraint WHERE connamespace = 'public'::regnamespace ORDER BY 1`,
  ],
  [
    'pg_index',
    `SELECT indexrelid::regclass::text, indrelid::regclass::text, indisunique, indisprimary, indkey, indisvalid, indnatts,
       pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid::regclass::text ${OURS} ORDER BY 1`,
  ],
  [
    'pg_description',
    `SELECT objoid::regclass::text, classoid::regclass::text, objsubid, description FROM pg_description
     WHERE classoid = 'pg_class'::regclass AND objoid >= 16384 AND objoid::regclass::text ${OURS} ORDER BY 1, 3`,
  ],
  [
    'pg_depend',
    `SELECT regexp_replace(pg_describe_object(classid, objid, objsubid), '_[0-9]+', '') AS object,
       pg_describe_object(refclassid, refobjid, refobjsubid) AS referenced, deptype
     FROM pg_depend WHERE objid >= 16384 AND refobjid >= 16384
       AND pg_describe_object(refclassid, refobjid, refobjsubid) ~ '^(table|column|type|constraint|index) .*(customers|orders|types)'
       AND pg_describe_object(classid, objid, objsubid) !~ 'toast' ORDER BY 1, 2, 3`,
  ],
  [
    'pg_type',
    `SELECT typname, typtype, typcategory, typlen, typrelid::regclass::text, typelem::regtype::text, typarray::regtype::text
     FROM pg_type WHERE typname ~ '^_?(customers|orders|types)$' ORDER BY 1`,
  ],
  [
    'information_schema',
    `SELECT c.table_schema, c.table_name, c.column_name, c.ordinal_position, c.column_default, c.is_nullable, c.data_type,
       c.character_maximum_length, c.numeric_precision, c.numeric_scale, c.datetime_precision, c.udt_name, c.is_identity
     FROM information_schema.columns c WHERE c.table_name ${OURS} ORDER BY 2, 4`,
  ],
  [
    'keys of information_schema',
    `SELECT k.constraint_name, k.table_name, k.column_name, k.ordinal_position, t.constraint_type
     FROM information_schema.key_column_usage k JOIN information_schema.table_constraints t USING (constraint_name)
     WHERE k.table_name ${OURS} ORDER BY 1, 4`,
  ],
])('%s', async (_, sql) => {
  const native = (await postgres.query(sql)).map((row) => Object.values(row));
  expect(native.length).toBeGreaterThan(0);
  expect(await ask(catalog, sql, { shape: SHAPE })).toEqual(native);
});
