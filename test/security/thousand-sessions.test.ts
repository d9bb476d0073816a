/**
 * A thousand sessions of fifty contexts, one among the other, through sockets and on both warehouses: caches that are
 * keyed by what was rendered never show one context the rows of another (security cases C33–C37, F13).
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TestPostgres } from '../helpers/postgres.ts';
import { exactToken } from './claims-fixture.ts';
import { type Gateway, modelFolder, onDuckdb, onPostgres, startPostgres } from './gateway.ts';

const MODEL = modelFolder('sql-security');
const SESSIONS = 1000;
const CONTEXTS = 50;
const AT_ONCE = 40;

const rows = (each: (i: number) => string): string => Array.from({ length: CONTEXTS }, (_, i) => each(i)).join(', ');
const SEED = `${readFileSync(join(MODEL, 'seed.sql'), 'utf8')}
  INSERT INTO public.orders VALUES ${rows((i) =>
    [0, 1, 2].map((k) => `(${1000 * i + 1000 + k}, 't${i}', ${i + 100}, ${i})`).join(', '),
  )};
  INSERT INTO public.customers VALUES ${rows((i) =>
    [0, 1].map((k) => `(${1000 * i + 1000 + k}, 't${i}', 't${i}')`).join(', '),
  )};`;

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres?.stop());

/** Every fifth sees all customers, every seventh lacks its number; `jti` makes no two tokens alike. */
function claimsOf(i: number, session: number): Readonly<Record<string, unknown>> {
  return {
    sub: `session ${session}`,
    jti: `token ${session}`,
    orgId: `t${i}`,
    ...(i % 7 === 0 ? {} : { userId: i + 100 }),
    ...(i % 5 === 0 ? { superUser: true } : {}),
    countries: [`t${i}`],
  };
}

const warehouses = {
  DuckDB: () => onDuckdb(MODEL, SEED),
  PostgreSQL: () => onPostgres(postgres, 'sessions', 'public', MODEL, SEED),
};

it.each(Object.entries(warehouses))(
  'on %s each sees its own',
  async (_, start) => {
    const gateway: Gateway = await start();
    try {
      const whole = await gateway.signInBy(await exactToken(claimsOf(0, -1)));
      const all = (await whole.ask('SELECT count(*) FROM customers')).rows[0]?.[0];
      whole.close();
      expect(Number(all)).toBeGreaterThan(2 * CONTEXTS);
      let answered = 0;
      const session = async (n: number): Promise<void> => {
        const i = (n * 17) % CONTEXTS;
        const client = await gateway.signInBy(await exactToken(claimsOf(i, n)));
        const answer = async (sql: string): Promise<string> => {
          const { rows: found, code } = await client.ask(sql);
          answered += 1;
          return code ?? found.map((row) => row.join('|')).join();
        };
        const first = String(1000 * i + 1000);
        expect(await answer('SELECT count(*), min(id) FROM org_orders')).toBe(`3|${first}`);
        expect(await answer('SELECT count(*) FROM customers')).toBe(i % 5 === 0 ? all : '2');
        expect(await answer('SELECT min(id) FROM customers_by_country')).toBe(first);
        expect(await answer('SELECT count(*), min(id) FROM orders')).toBe(i % 7 === 0 ? '42501' : `3|${first}`);
        // One prepared statement's text for all of them.
        const [, prepared] = await client.askPrepared('SELECT min(id) FROM org_orders WHERE id >= $1', ['0'], 1);
        expect(prepared?.rows).toEqual([[first]]);
        client.close();
      };
      for (let from = 0; from < SESSIONS; from += AT_ONCE) {
        await Promise.all(Array.from({ length: AT_ONCE }, (_each, k) => session(from + k)));
      }
      expect(answered).toBe(4 * SESSIONS);
    } finally {
      await gateway.close();
    }
  },
  300_000,
);
