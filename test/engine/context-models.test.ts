/**
 * One engine, many contexts of a model with templates: a model for each rendered content, made once, and never another's
 * rows, plans or names (security cases C33–C37).
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SecurityContext } from '../../src/access/context.ts';
import { SqlError } from '../../src/errors.ts';
import { claimsKey } from '../../src/model/template/recorded-context.ts';
import { duckdbDialect } from '../../src/warehouse/duckdb/dialect.ts';
import { createDuckdbWarehouse } from '../../src/warehouse/duckdb/duckdb-warehouse.ts';
import type { Warehouse } from '../../src/warehouse/warehouse.ts';
import { type ContextGateway, openContextGateway } from '../helpers/context-gateway.ts';
import { ask, identityOf, viewOf } from '../helpers/gateway.ts';

const FOLDER = fileURLToPath(new URL('../models/sql-security', import.meta.url));
const CONTEXTS = 50;

let warehouse: Warehouse;

beforeAll(async () => {
  const tenants = Array.from({ length: CONTEXTS }, (_, i) => `('t${i}', ${i})`).join(', ');
  warehouse = await createDuckdbWarehouse({
    url: 'duckdb:',
    initSql: `${readFileSync(`${FOLDER}/seed.sql`, 'utf8')}
      INSERT INTO public.orders SELECT 1000 * n + k, org, n, n FROM (VALUES ${tenants}) v(org, n), range(3) r(k);
      INSERT INTO public.customers SELECT 1000 * n + k, org, org FROM (VALUES ${tenants}) v(org, n), range(2) r(k);`,
    poolSize: 4,
    policyTimeZone: 'UTC',
    logger: { warn: () => {}, error: () => {} },
  });
});

afterAll(async () => warehouse.close());

function open(options: Parameters<typeof openContextGateway>[3] = {}): Promise<ContextGateway> {
  return openContextGateway(FOLDER, warehouse, duckdbDialect, options);
}

async function rows({ engine }: ContextGateway, context: SecurityContext, sql: string) {
  return (await ask(engine, sql, viewOf(identityOf(context)))).rows;
}

/** Every fifth sees all customers, every seventh lacks its number. */
function contextOf(i: number): SecurityContext {
  return {
    orgId: `t${i}`,
    ...(i % 7 === 0 ? {} : { userId: i }),
    ...(i % 5 === 0 ? { superUser: true } : {}),
    countries: [`t${i}`],
    jti: `token ${i}`,
  };
}

describe('a thousand sessions of fifty contexts', () => {
  it('each see their own, whoever asks between', async () => {
    const gateway = await open();
    const all = String(CONTEXTS * 2 + 4);
    const session = async (n: number): Promise<void> => {
      const i = (n * 17) % CONTEXTS;
      // A token of its own for each session; what it does not read of it must not matter.
      const context = { ...contextOf(i), jti: `token ${n}`, iat: n };
      const view = viewOf(identityOf(context));
      const answer = async (sql: string) => (await ask(gateway.engine, sql, view)).rows;
      expect(await answer('SELECT count(*), min(id) FROM org_orders')).toEqual([['3', String(1000 * i)]]);
      expect(await answer('SELECT count(*) FROM customers')).toEqual([[i % 5 === 0 ? all : '2']]);
      expect(await answer('SELECT min(id) FROM customers_by_country')).toEqual([[String(1000 * i)]]);
      const own = answer('SELECT count(*) FROM orders');
      if (i % 7 === 0) await expect(own).rejects.toThrow('security context lacks "userId"');
      else expect(await own).toEqual([['3']]);
    };
    for (let from = 0; from < 1000; from += 40) {
      await Promise.all(Array.from({ length: 40 }, (_, k) => session(from + k)));
    }
    expect(gateway.described()).toBe(CONTEXTS);
    expect(gateway.reported).toEqual([]);
  }, 120_000);
});

describe('a model', () => {
  it('is shared by contexts that render alike, and made once when they come at once', async () => {
    const gateway = await open();
    const identities = Array.from({ length: 20 }, (_, n) => identityOf({ ...contextOf(1), jti: `token ${n}` }));
    const models = await Promise.all(identities.map((identity) => gateway.modelFor(identity)));
    expect(new Set(models).size).toBe(1);
    expect(gateway.described()).toBe(1);
    const other = await gateway.modelFor(identityOf({ ...contextOf(1), countries: [] }));
    expect(other).not.toBe(models[0]);
    // false and missing render the same text, so they are one model.
    expect(await gateway.modelFor(identityOf({ ...contextOf(1), superUser: false }))).toBe(models[0]);
    expect(gateway.described()).toBe(2);
  });

  it('differs where a claim differs in type alone', async () => {
    const gateway = await open();
    const one = await gateway.modelFor(identityOf({ orgId: 'a', userId: 1 }));
    const text = await gateway.modelFor(identityOf({ orgId: 'a', userId: '1' }));
    const list = await gateway.modelFor(identityOf({ orgId: 'a', userId: [1] }));
    expect(new Set([one, text, list]).size).toBe(3);
  });

  it('goes when many others have been used since, and is made again', async () => {
    const gateway = await open({ models: 2 });
    const of = (i: number) => rows(gateway, contextOf(i), 'SELECT min(id) FROM org_orders');
    expect([await of(1), await of(2), await of(1), await of(3), await of(1), await of(2)]).toEqual(
      [1, 2, 1, 3, 1, 2].map((i) => [[String(1000 * i)]]),
    );
    expect(gateway.described()).toBe(4);
  });

  it('is made again after the warehouse was away, and a refusal is no other context’s', async () => {
    let away = true;
    const gateway = await open({
      describe: async (sql, types) => {
        if (away) throw new SqlError('58000', 'the warehouse is not reachable');
        return warehouse.describe(sql, types);
      },
    });
    await expect(rows(gateway, contextOf(1), 'SELECT min(id) FROM org_orders')).rejects.toThrow('not reachable');
    away = false;
    expect(await rows(gateway, contextOf(1), 'SELECT min(id) FROM org_orders')).toEqual([['1000']]);
    await expect(rows(gateway, {}, 'SELECT min(id) FROM org_orders')).rejects.toThrow('security context lacks "orgId"');
    expect(await rows(gateway, contextOf(2), 'SELECT min(id) FROM org_orders')).toEqual([['2000']]);
  });
});

describe('the key of a context', () => {
  const key = (context: SecurityContext, ...names: string[]) => claimsKey(context, new Set(names));

  it('is made of the claims that were read, with their types', () => {
    const different: readonly SecurityContext[] = [
      {},
      { a: null },
      { a: '' },
      { a: 0 },
      { a: false },
      { a: 1 },
      { a: 1n },
      { a: '1' },
      { a: [1] },
      { a: ['1'] },
      { a: [] },
      { a: {} },
      { a: [1, 2] },
      { a: [2, 1] },
      { a: [[1], 2] },
      { a: [[1, 2]] },
      { a: { b: '1' } },
      { a: { b: 1 } },
      { a: { 'b|c': 1 } },
      { a: 'b\n"c":1' },
      { a: 'missing' },
      { a: 9007199254740993n },
      { a: 9007199254740992 },
    ];
    expect(new Set(different.map((context) => key(context, 'a', 'b'))).size).toBe(different.length);
    expect(key({ a: 1, b: { x: 1, y: 2 } }, 'a', 'b')).toBe(key({ b: { y: 2, x: 1 }, a: 1, c: 3 }, 'b', 'a'));
    expect(key({ a: 1, c: 2 }, 'a')).toBe(key({ a: 1, c: 3 }, 'a'));
    expect(key({ a: 'b', c: 'd' }, 'a', 'c')).not.toBe(key({ a: 'b","c":"d' }, 'a', 'c'));
    expect(key({ a: 1, c: 2 }, '*')).not.toBe(key({ a: 1, c: 3 }, '*'));
  });
});
