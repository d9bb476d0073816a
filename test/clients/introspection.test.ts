/** What clients find out about tables and columns: of each persona its own, whoever else asks at the same time. */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Demo, PERSONAS, type Persona, startDemo, WAREHOUSES } from './demo.ts';

type Clients = Readonly<Record<Persona, pg.Client>>;
type Rows = readonly (readonly unknown[])[];

let demo: Demo;
beforeAll(async () => {
  demo = await startDemo();
});
afterAll(() => demo?.stop());

const TABLES: Readonly<Record<Persona, readonly string[]>> = {
  aurora_manager: ['baskets', 'returns', 'sales', 'shoppers'],
  aurora_analyst: ['baskets', 'returns', 'sales', 'shoppers'],
  aurora_support: ['baskets', 'sales', 'shoppers'],
  borealis_manager: ['baskets', 'returns', 'sales', 'shoppers'],
};

/** What is missing beside a manager's columns. */
const HIDDEN: Readonly<Record<Persona, readonly string[]>> = {
  aurora_manager: [],
  borealis_manager: [],
  aurora_analyst: [
    ...['baskets.margin', 'baskets.margin_rate', 'baskets.unit_cost', 'sales.customer_name', 'sales.note'],
    ...['shoppers.birth_date', 'shoppers.email', 'shoppers.name', 'shoppers.phone'],
  ],
  aurora_support: [
    ...['average_order_value', 'buyer_count', 'goods_value', 'revenue'].map((name) => `baskets.${name}`),
    ...[
      'average_unit_price',
      'discount_percent',
      'discounted',
      'line_value',
      'list_price',
      'margin',
      'margin_rate',
    ].map((name) => `baskets.${name}`),
    ...['price_band', 'products_sold', 'sales_value', 'unit_cost', 'unit_price'].map((name) => `baskets.${name}`),
    ...['average_order_value', 'average_total', 'largest_order', 'revenue', 'shipping_income', 'smallest_order'].map(
      (name) => `sales.${name}`,
    ),
    ...['average_credit_limit', 'birth_date', 'credit_limit'].map((name) => `shoppers.${name}`),
  ],
};

/** Each lists columns as `table.column`; a client would see them all alike. */
/** What everybody sees beside the tables: the server's own schema. */
const OWN_SCHEMA = ['semwire.members', 'semwire.whoami'];

const COLUMN_QUERIES = {
  'information_schema.columns': `SELECT table_name || '.' || column_name FROM information_schema.columns
    WHERE table_schema = 'public'`,
  'pg_attribute, as pgjdbc reads it': `SELECT c.relname || '.' || a.attname FROM pg_catalog.pg_namespace n
    JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
    LEFT JOIN pg_catalog.pg_description d ON c.oid = d.objoid AND a.attnum = d.objsubid
    WHERE c.relkind IN ('r', 'p', 'v', 'f', 'm') AND a.attnum > 0 AND NOT a.attisdropped AND n.nspname = 'public'`,
  'pg_stats and comments': `SELECT c.relname || '.' || a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0
    AND (col_description(c.oid, a.attnum) IS NOT NULL OR NOT EXISTS (SELECT FROM pg_stats s WHERE s.tablename = c.relname))`,
} as const;

describe.each(WAREHOUSES)('before %s', (warehouse) => {
  let clients: Clients;
  beforeAll(async () => {
    const made = PERSONAS.map(async (persona) => {
      const client = new pg.Client({ connectionString: demo.url(warehouse, persona) });
      await client.connect();
      return [persona, client] as const;
    });
    clients = Object.fromEntries(await Promise.all(made)) as Clients;
  });
  afterAll(() => Promise.all(Object.values(clients).map((client) => client.end())));

  async function rows(persona: Persona, text: string): Promise<Rows> {
    return (await clients[persona].query({ text, rowMode: 'array' })).rows;
  }
  const list = async (persona: Persona, text: string): Promise<readonly string[]> =>
    (await rows(persona, text)).map(([value]) => String(value)).sort();

  test('information_schema.tables and pg_class list the visible tables alone', async () => {
    for (const persona of PERSONAS) {
      const tables = TABLES[persona];
      const listed = [...tables.map((name) => `public.${name}`), ...OWN_SCHEMA];
      expect(
        await list(
          persona,
          "SELECT table_schema || '.' || table_name FROM information_schema.tables WHERE table_schema !~ '^pg_|^info'",
        ),
      ).toEqual(listed);
      expect(
        await list(
          persona,
          `SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
           WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND c.relkind <> 'i'`,
        ),
      ).toEqual(listed);
      expect(await list(persona, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).toEqual(tables);
      expect(
        await list(persona, 'SELECT table_name FROM information_schema.views WHERE table_schema = $$public$$'),
      ).toEqual([]);
    }
  });

  test.each(Object.entries(COLUMN_QUERIES))('%s list the visible columns alone', async (_, query) => {
    const all = await list('aurora_manager', query);
    expect(all.length).toBeGreaterThan(80);
    for (const persona of PERSONAS) {
      const hidden = HIDDEN[persona];
      const tables = TABLES[persona];
      const expected = all.filter((name) => tables.includes(name.split('.')[0] ?? '') && !hidden.includes(name));
      expect(await list(persona, query), persona).toEqual(expected);
      expect(all, 'the manager has what is hidden here').toEqual(expect.arrayContaining([...hidden]));
    }
  });

  test('types in the catalog are those of a result', async () => {
    for (const table of TABLES.aurora_manager) {
      const catalog = await rows(
        'aurora_manager',
        `SELECT a.attname, a.atttypid::int, a.atttypmod FROM pg_attribute a
         WHERE a.attrelid = 'public.${table}'::regclass AND a.attnum > 0 ORDER BY a.attnum`,
      );
      const { fields } = await clients.aurora_manager.query(`SELECT * FROM ${table} LIMIT 0`);
      expect(fields.map(({ name, dataTypeID, dataTypeModifier }) => [name, dataTypeID, dataTypeModifier])).toEqual(
        catalog,
      );
    }
  });

  test('keys: where all their columns are visible and no row repeats', async () => {
    const keys = `SELECT t.table_name || '.' || k.column_name FROM information_schema.table_constraints t
      JOIN information_schema.key_column_usage k USING (constraint_schema, constraint_name)
      WHERE t.constraint_type = 'PRIMARY KEY'`;
    const all = ['returns.id', 'sales.order_id', 'shoppers.customer_id'];
    for (const persona of PERSONAS) {
      const expected = all.filter((name) => TABLES[persona].includes(name.split('.')[0] ?? ''));
      expect(await list(persona, keys), persona).toEqual(expected);
    }
  });

  test('personas that ask at the same moment get each their own answer, in every round', async () => {
    const query = `${COLUMN_QUERIES['information_schema.columns']} AND table_name = 'sales'`;
    const alone = new Map<Persona, readonly string[]>();
    for (const persona of PERSONAS) alone.set(persona, await list(persona, query));
    expect(new Set([...alone.values()].map((names) => names.length)).size).toBe(3);
    for (let round = 0; round < 5; round++) {
      const together = await Promise.all(
        PERSONAS.map(async (persona) => [
          await list(persona, query),
          // No two rounds ask the same, so that no cache answers.
          await list(persona, `${query} AND ${round} = ${round}`),
          await list(persona, 'SELECT current_user'),
        ]),
      );
      const expected = PERSONAS.map((persona) => [alone.get(persona), alone.get(persona), [persona]]);
      expect(together).toEqual(expected);
    }
  });

  test("the model's cubes and the warehouse's tables are nowhere", async () => {
    for (const name of ['orders', 'customers', 'order_items', 'shop', 'country_drafts', 'tenant_id']) {
      const found = await rows(
        'aurora_manager',
        `SELECT 'relation' FROM pg_class WHERE relname = '${name}'
         UNION ALL SELECT 'schema' FROM pg_namespace WHERE nspname = '${name}'
         UNION ALL SELECT 'column' FROM pg_attribute WHERE attname = '${name}'
         UNION ALL SELECT 'regclass' WHERE to_regclass('${name}') IS NOT NULL
         UNION ALL SELECT 'comment' FROM pg_description WHERE objoid >= 16384 AND description ~ '\\m${name}[.]\\w'`,
      );
      expect(found, name).toEqual([]);
    }
  });
});
