/**
 * The leak oracle: a secured query over all data answers as the same query, without any policy, over a copy of the data
 * that holds the permitted rows alone. It needs no expected values. The copy is made by hand-written DELETEs.
 */
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { loadPersonas } from '../../src/access/personas.ts';
import { SqlError } from '../../src/errors.ts';
import { duckdbDialect } from '../../src/warehouse/duckdb/dialect.ts';
import { createDuckdbWarehouse } from '../../src/warehouse/duckdb/duckdb-warehouse.ts';
import type { Warehouse } from '../../src/warehouse/warehouse.ts';
import { ask, type Gateway, identityOf, openGateway, viewOf } from '../helpers/gateway.ts';

const MODEL = fileURLToPath(new URL('../../model', import.meta.url));
const FIXTURE = fileURLToPath(new URL('../fixtures/demo-queries.json', import.meta.url));

/** What each persona may not see, said in SQL over the base tables. */
const HIDDEN: { readonly [persona: string]: string } = {
  aurora_manager: tenant('aurora'),
  aurora_analyst: tenant('aurora'),
  borealis_manager: tenant('borealis'),
  aurora_support: `${tenant('aurora')}
    DELETE FROM shop.order_items WHERE order_id IN (SELECT o.id FROM shop.orders o JOIN shop.customers c ON c.id = o.customer_id JOIN shop.countries k ON k.code = c.country_code WHERE k.region <> 'Nordics');
    DELETE FROM shop.returns WHERE order_id IN (SELECT o.id FROM shop.orders o JOIN shop.customers c ON c.id = o.customer_id JOIN shop.countries k ON k.code = c.country_code WHERE k.region <> 'Nordics');
    DELETE FROM shop.orders WHERE customer_id IN (SELECT c.id FROM shop.customers c JOIN shop.countries k ON k.code = c.country_code WHERE k.region <> 'Nordics');
    DELETE FROM shop.customers WHERE country_code IN (SELECT code FROM shop.countries WHERE region <> 'Nordics');`,
};

function tenant(name: string): string {
  return ['returns', 'order_items', 'orders', 'products', 'customers']
    .map((table) => `DELETE FROM shop.${table} WHERE tenant_id <> '${name}';`)
    .join('\n');
}

/** Beside the demo's own queries: shapes through which hidden rows could shine. */
const MORE = [
  'SELECT count(*) FROM sales',
  'SELECT count(*), min(order_id), max(order_id) FROM (SELECT * FROM sales) t',
  'SELECT region, count(*) FROM sales GROUP BY ROLLUP (region) ORDER BY 1 NULLS LAST',
  'SELECT a.region, count(*) FROM sales a LEFT JOIN shoppers b ON a.customer_id = b.customer_id GROUP BY 1 ORDER BY 1',
  'SELECT count(*) FROM shoppers s FULL JOIN sales o ON s.customer_id = o.customer_id',
  'SELECT count(*) FROM shoppers WHERE customer_id NOT IN (SELECT customer_id FROM sales)',
  'SELECT country FROM shoppers UNION SELECT country FROM sales ORDER BY 1',
  'SELECT country FROM sales EXCEPT SELECT country FROM shoppers ORDER BY 1',
  'SELECT category, COUNT(*), SUM(goods_value), MEASURE(units) FROM baskets GROUP BY 1 ORDER BY 1',
  'SELECT (SELECT max(goods_value) FROM sales), (SELECT MEASURE(revenue) FROM sales)',
  'WITH x AS (SELECT * FROM sales) SELECT a.status, count(*) FROM x a JOIN x b ON a.order_id = b.order_id GROUP BY 1 ORDER BY 1',
  'SELECT order_id, rank() OVER (ORDER BY goods_value DESC, order_id) FROM sales ORDER BY 2 LIMIT 5',
  "SELECT count(*) FROM sales WHERE CAST(coupon_code AS text) || '1' > 'B' AND 10000 / (goods_value + 1) > 5",
];

const folders: string[] = [];
const warehouses: Warehouse[] = [];
afterAll(async () => {
  for (const warehouse of warehouses) await warehouse.close();
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

async function serve(folder: string, extraSql: string): Promise<Gateway> {
  const seed = await readFile(join(MODEL, 'seed/demo.sql'), 'utf8');
  const logger = { warn: () => {}, error: () => {} };
  const options = { url: 'duckdb:', poolSize: 4, policyTimeZone: 'UTC', logger };
  const warehouse = await createDuckdbWarehouse({ ...options, initSql: `${seed}\n${extraSql}` });
  warehouses.push(warehouse);
  return openGateway({ folder, warehouse, dialect: duckdbDialect });
}

/** The demo's model without a single policy. */
async function openModel(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'semwire-open-model-'));
  folders.push(folder);
  for (const kind of ['cubes', 'views']) {
    await cp(join(MODEL, kind), join(folder, kind), { recursive: true });
    for (const name of await readdir(join(folder, kind))) {
      const path = join(folder, kind, name);
      const content = parse(await readFile(path, 'utf8')) as { [kind: string]: Record<string, unknown>[] };
      for (const definition of content[kind] ?? []) delete definition.access_policy;
      await writeFile(path, stringify(content));
    }
  }
  return folder;
}

const fixture = JSON.parse(await readFile(FIXTURE, 'utf8')) as readonly { readonly sql: string }[];
const queries = [...new Set([...fixture.map(({ sql }) => sql), ...MORE])];
const secured = await serve(MODEL, '');
const open = await openModel();
const { personas } = await loadPersonas(MODEL);

describe.each(personas.map(({ name, securityContext }) => ({ name, securityContext })))(
  '$name',
  ({ name, securityContext }) => {
    it('sees of all data what anybody sees of the permitted data', async () => {
      const hidden = HIDDEN[name];
      if (hidden === undefined) throw new Error(`say what ${name} may not see`);
      const plain = await serve(open, hidden);
      let compared = 0;
      for (const sql of queries) {
        const answer = await ask(secured.engine, sql, viewOf(identityOf(securityContext))).catch((error: unknown) => {
          // A member or table that the persona does not have.
          if (error instanceof SqlError && ['42703', '42P01'].includes(error.code)) return undefined;
          throw error;
        });
        if (answer === undefined) continue;
        const expected = await ask(plain.engine, sql, viewOf(identityOf({})));
        expect({ sql, rows: answer.rows }).toEqual({ sql, rows: expected.rows });
        compared += 1;
      }
      expect(compared).toBeGreaterThan(20);
    });
  },
);
