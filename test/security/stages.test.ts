/**
 * Measures of several stages read a table more than once. A row that is hidden from the statement is hidden from every
 * stage: two databases that differ in hidden rows alone answer byte for byte alike.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestPostgres } from '../helpers/postgres.ts';
import { type Client, type Gateway, modelFolder, onDuckdb, onPostgres, startPostgres } from './gateway.ts';

const MODEL = modelFolder('stage-policies');
const CLAIMS = { sub: 'tess', groups: ['staff'], tenant: 1 };

/** Orders of tenant 1 in the north, of customers that everyone may know. */
const VISIBLE = `
  CREATE TABLE customers (id integer PRIMARY KEY, city text, secret boolean NOT NULL);
  CREATE TABLE orders (id integer PRIMARY KEY, tenant integer NOT NULL, region text NOT NULL, status text,
    channel text NOT NULL, placed_at timestamp NOT NULL, customer_id integer, amount numeric(10,2));
  CREATE TABLE lines (id integer PRIMARY KEY, order_id integer NOT NULL, product text NOT NULL);
  INSERT INTO customers VALUES (1, 'Oslo', false), (2, 'Wien', false), (3, NULL, false);
  INSERT INTO orders VALUES
    (1, 1, 'north', 'open', 'web', '2024-01-05 08:00:00', 1, 10), (2, 1, 'north', 'paid', 'shop', '2024-02-01 08:00:00', 2, 20),
    (3, 1, 'north', NULL, 'web', '2024-02-20 08:00:00', 3, 30), (4, 1, 'north', 'open', 'web', '2024-03-05 08:00:00', 1, 40),
    (5, 1, 'north', 'paid', 'shop', '2024-04-05 08:00:00', 2, NULL);
  INSERT INTO lines VALUES (1, 1, 'pear'), (2, 1, 'fig'), (3, 2, 'pear'), (4, 4, 'fig'), (5, 5, 'pear');`;

/** What is hidden from whom: from all statements, from those that look at a channel, from those that look at a city. */
const HIDDEN = {
  'of another tenant': `INSERT INTO orders VALUES
    (11, 2, 'north', 'open', 'web', '2024-01-06 08:00:00', 1, 1000), (12, 2, 'south', 'late', 'fax', '2023-12-06 08:00:00', 2, 2000),
    (13, 2, 'north', NULL, 'web', '2024-03-06 08:00:00', 9, 4000);
    INSERT INTO lines VALUES (11, 11, 'fig'), (12, 12, 'nut');`,
  'of another region': `INSERT INTO orders VALUES
    (21, 1, 'south', 'open', 'web', '2024-01-06 08:00:00', 1, 1000), (22, 1, 'south', 'late', 'fax', '2023-12-06 08:00:00', 2, 2000),
    (23, 1, 'south', NULL, 'web', '2024-03-06 08:00:00', 3, 4000);`,
  'of a secret customer': `INSERT INTO customers VALUES (9, 'Rome', true);
    INSERT INTO orders VALUES (31, 1, 'north', 'open', 'web', '2024-01-06 08:00:00', 9, 1000),
    (32, 1, 'north', 'late', 'fax', '2023-12-06 08:00:00', 9, 2000), (33, 1, 'north', NULL, 'web', '2024-03-06 08:00:00', 9, 4000);`,
} as const;
type Hidden = keyof typeof HIDDEN;

const MEASURES = [
  'running',
  'recent',
  'to_date',
  'prior',
  'total',
  'orders_of_all',
  'share',
  'average_customer',
  'groups_of_all',
  'place',
  'place_of_share',
];
const MONTH = "date_trunc('month', placed_at)";
/** D: what decides that the rows are hidden. M: the measure. */
const SHAPES = [
  `SELECT ${MONTH}, D, M FROM orders GROUP BY 1, 2`,
  `SELECT ${MONTH}, M FROM orders WHERE D IS NOT NULL GROUP BY 1`,
  `SELECT ${MONTH}, M FROM orders GROUP BY 1, D HAVING M IS NOT NULL ORDER BY M`,
  `SELECT ${MONTH}, MEASURE(M) FILTER (WHERE D <> 'x') FROM orders WHERE placed_at >= '2024-02-01' GROUP BY 1`,
  `SELECT ${MONTH}, M FROM (SELECT placed_at, M FROM orders WHERE D IS NOT NULL) t GROUP BY 1`,
  `SELECT ${MONTH}, product, D, M FROM orders GROUP BY 1, 2, 3`,
  `SELECT m, n FROM (SELECT ${MONTH} AS m, D, MEASURE(M) AS n FROM orders GROUP BY 1, 2) t WHERE n > 0`,
  `SELECT ${MONTH}, D, M FROM orders GROUP BY GROUPING SETS ((1), (1, 2))`,
];
/** Through which column a statement comes under the policy that hides the rows. */
const COLUMN: Readonly<Record<Hidden, string>> = {
  'of another tenant': 'status',
  'of another region': 'channel',
  'of a secret customer': 'city',
};

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

const warehouses = {
  DuckDB: (seed: string) => onDuckdb(MODEL, seed),
  PostgreSQL: (seed: string, name: string) => onPostgres(postgres, name, 'public', MODEL, seed),
};

describe.each(Object.entries(warehouses))('on %s', (_, start) => {
  const gateways = new Map<Hidden | undefined, Gateway>();
  const clients = new Map<Hidden | undefined, Client>();
  beforeAll(async () => {
    for (const hidden of [undefined, ...(Object.keys(HIDDEN) as Hidden[])]) {
      const seed = VISIBLE + (hidden === undefined ? '' : HIDDEN[hidden]);
      const gateway = await start(seed, `stages_${(hidden ?? 'none').replaceAll(' ', '_')}`);
      gateways.set(hidden, gateway);
      clients.set(hidden, await gateway.signIn(CLAIMS));
    }
  });
  afterAll(async () => {
    for (const client of clients.values()) client.close();
    for (const gateway of gateways.values()) await gateway.close();
  });

  it.each(Object.keys(HIDDEN) as Hidden[])('no stage holds a row %s', async (hidden) => {
    const differing: string[] = [];
    for (const shape of SHAPES) {
      for (const measure of MEASURES) {
        const sql = shape.replaceAll(/\bD\b/g, COLUMN[hidden]).replaceAll(/\bM\b/g, measure);
        const [beside, without] = await Promise.all([clients.get(hidden)?.ask(sql), clients.get(undefined)?.ask(sql)]);
        const [left, right] = [beside?.lines.join('\n'), without?.lines.join('\n')];
        if (left !== right || without?.code !== undefined) differing.push(`${sql}\n  ${left}\n  ${right}`);
      }
    }
    expect(differing).toEqual([]);
  });

  it.each(Object.keys(HIDDEN) as Hidden[])('rows %s would be seen without that column or policy', async (hidden) => {
    const sql = hidden === 'of another tenant' ? 'SELECT total FROM orders' : 'SELECT MAX(region), total FROM orders';
    const others = await clients.get(hidden)?.ask(sql);
    const own = await clients.get(undefined)?.ask(sql);
    expect(others?.lines.join() === own?.lines.join()).toBe(hidden === 'of another tenant');
  });
});
