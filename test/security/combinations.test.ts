/**
 * The systems of access control where they meet, through a socket, on both warehouses: each combination has the rows of
 * plain SQL by hand, and what it hides answers as what is not there.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestPostgres } from '../helpers/postgres.ts';
import { COMBINATIONS, WHO, type Who } from './combinations.ts';
import {
  type Client,
  connectJudge,
  type Gateway,
  modelFolder,
  onDuckdb,
  onPostgres,
  startPostgres,
} from './gateway.ts';

const MODEL = modelFolder('combinations');
const SEED = readFileSync(join(MODEL, 'seed.sql'), 'utf8');
/** Every table and column of the model, also under names that a view gives. */
const TABLES = ['sales', 'desk', 'board', 'orders', 'shops', 'refunds', 'wages', 'products'];
const COLUMNS = [
  ...['id', 'tenant', 'clerk', 'status', 'amount', 'doubled', 'note', 'order_count', 'total', 'shop', 'region'],
  ...['name', 'refunded', 'wage', 'kind', 'price'],
];

let postgres: TestPostgres;
let byHand: pg.Client;
beforeAll(async () => {
  postgres = await startPostgres();
  byHand = await connectJudge(postgres, SEED);
});
afterAll(async () => {
  await byHand?.end();
  await postgres?.stop();
});

function shown(rows: readonly (readonly unknown[])[]): readonly string[] {
  return rows.map((row) => row.map((value) => value ?? '∅').join('|')).sort();
}

const warehouses = {
  DuckDB: (_: string, env: Readonly<Record<string, string>>) => onDuckdb(MODEL, SEED, env),
  PostgreSQL: (database: string, env: Readonly<Record<string, string>>) =>
    onPostgres(postgres, database, 'public', MODEL, SEED, env),
};

describe.each(Object.entries(warehouses))('on %s', (_, start) => {
  let byToken: Gateway;
  let byProxy: Gateway;
  beforeAll(async () => {
    byToken = await start('combinations', {});
    byProxy = await start('combinations_proxy', { SEMWIRE_AUTH: 'proxy' });
  });
  afterAll(async () => {
    await byToken?.close();
    await byProxy?.close();
  });

  const as = async <Result>(who: Who, work: (client: Client) => Promise<Result>): Promise<Result> => {
    const client = 'proxied' in who ? await byProxy.enterAs(who.proxied) : await byToken.signIn({ ...who.claims });
    try {
      const role = 'role' in who ? who.role : undefined;
      if (role !== undefined) expect((await client.ask(`SET ROLE '${role}'`)).code).toBeUndefined();
      return await work(client);
    } finally {
      client.close();
    }
  };

  it.each(COMBINATIONS.map((each) => [each.systems, each] as const))('%s', async (_systems, combination) => {
    const { sql, who } = combination;
    await as(WHO[who], async (client) => {
      const { rows, code, message } = await client.ask(sql);
      if ('code' in combination) {
        expect([code, message]).toEqual([combination.code, expect.any(String)]);
        const { absent } = combination;
        if (absent === undefined) return;
        const missing = 'q'.repeat(absent.length);
        const other = await client.ask(sql.replace(absent, missing));
        expect((await client.ask(sql)).lines).toEqual(other.lines.map((line) => line.replaceAll(missing, absent)));
        return;
      }
      expect(message).toBeUndefined();
      expect(shown(rows)).toEqual(combination.rows);
      const expected = await byHand.query({ text: combination.byHand, rowMode: 'array' });
      expect(shown(rows)).toEqual(shown(expected.rows));
      // The extended protocol, several times over, comes to the same.
      const prepared = await client.askPrepared(sql, [], 6);
      for (const answer of prepared.slice(1)) expect(shown(answer.rows)).toEqual(combination.rows);
    });
  });

  it.each(Object.entries(WHO))('%s: what is hidden answers as what is not there', async (_name, who) => {
    await as(who, async (client) => {
      const catalog = await client.ask(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'",
      );
      const visible = new Set(catalog.rows.map(([table, column]) => `${table}.${column}`));
      const same = async (sql: (name: string) => string, hidden: string): Promise<void> => {
        const missing = 'q'.repeat(hidden.length);
        const [one, other] = [await client.ask(sql(hidden)), await client.ask(sql(missing))];
        expect(one.code, sql(hidden)).toMatch(/^42/);
        expect(one.lines).toEqual(other.lines.map((line) => line.replaceAll(missing, hidden)));
      };
      let hidden = 0;
      for (const table of TABLES) {
        const columns = COLUMNS.filter((column) => visible.has(`${table}.${column}`));
        const unseen = columns.length === 0;
        const { code } = await client.ask(`SELECT 1 FROM ${table}`);
        // What lacks a claim is no secret, nor is what no filter of a hook reaches: both are said.
        if (code === '42501') continue;
        expect(code, table).toBe(unseen ? '42P01' : undefined);
        if (unseen) await same((name) => `SELECT * FROM ${name}`, table);
        const absent = unseen ? [] : COLUMNS.filter((column) => !columns.includes(column));
        for (const column of absent) await same((name) => `SELECT t.${name} FROM ${table} t`, column);
        hidden += absent.length + (unseen ? 1 : 0);
      }
      expect(hidden).toBeGreaterThan(3);
    });
  });
});

it('every system meets another, and every identity is asked for', () => {
  expect(new Set(COMBINATIONS.map(({ who }) => who))).toEqual(new Set(Object.keys(WHO)));
});
