/**
 * One engine, several identities: plans are shared by those who see the same, rows and names never are.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Identity } from '../../src/access/context.ts';
import type { Catalog } from '../../src/catalog/catalog.ts';
import { openCatalog } from '../../src/catalog/pool.ts';
import { PlanCache } from '../../src/engine/plan-cache.ts';
import { SqlError } from '../../src/errors.ts';
import type { Dialect } from '../../src/plan/dialect.ts';
import { duckdbDialect } from '../../src/warehouse/duckdb/dialect.ts';
import { createDuckdbWarehouse } from '../../src/warehouse/duckdb/duckdb-warehouse.ts';
import type { Warehouse } from '../../src/warehouse/warehouse.ts';
import { ask, type Gateway, identityOf, openGateway, viewOf } from '../helpers/gateway.ts';

const FOLDER = fileURLToPath(new URL('../models/tenants', import.meta.url));

const red = identityOf({ sub: 'r', tenant: 'red', groups: ['seller'] });
const blue = identityOf({ sub: 'b', tenant: 'blue', groups: ['seller'] });
const chief = identityOf({ sub: 'c', groups: ['chief'] });
const nobody = identityOf({ sub: 'n', tenant: 'red', groups: [] });
const nowhere = identityOf({ sub: 'x', groups: ['seller'] });

let gateway: Gateway;
let warehouse: Warehouse;
let catalog: Catalog;
/** Grows whenever a statement is planned: planning asks the dialect for member values. */
let planned = 0;

beforeAll(async () => {
  const logger = { warn: () => {}, error: () => {} };
  warehouse = await createDuckdbWarehouse({
    url: 'duckdb:',
    initSql: readFileSync(`${FOLDER}/seed.sql`, 'utf8'),
    policyTimeZone: 'UTC',
    poolSize: 4,
    logger,
  });
  catalog = openCatalog({ shapes: 4, timeoutMs: 20_000 });
  const dialect: Dialect = {
    ...duckdbDialect,
    memberValue: (...args) => {
      planned++;
      return duckdbDialect.memberValue(...args);
    },
  };
  gateway = await openGateway({ folder: FOLDER, warehouse, dialect, catalog });
});
afterAll(async () => {
  await Promise.all([catalog?.close(), warehouse?.close()]);
});

async function rows(sql: string, identity: Identity, settings: ReadonlyMap<string, string> = new Map()) {
  return (await ask(gateway.engine, sql, viewOf(identity, settings))).rows;
}

async function failure(sql: string, identity: Identity): Promise<string> {
  try {
    await rows(sql, identity);
  } catch (error) {
    if (error instanceof SqlError) return `${error.code} ${error.message}`;
    throw error;
  }
  return 'no error';
}

/** How much was planned while `work` ran. */
async function planning(work: () => Promise<unknown>): Promise<number> {
  const before = planned;
  await work();
  return planned - before;
}

describe('plans', () => {
  const sql = 'SELECT id, amount FROM sales ORDER BY id';

  it('are shared by two contexts of one shape, and the rows are each one’s own', async () => {
    expect(await planning(() => rows(sql, red))).toBeGreaterThan(0);
    expect(await planning(() => rows(sql, blue))).toBe(0);
    expect(await rows(sql, red)).toEqual([
      ['1', '10'],
      ['2', '20'],
    ]);
    expect(await rows(sql, blue)).toEqual([
      ['3', '300'],
      ['4', '400'],
      ['5', '500'],
    ]);
    expect(await rows(sql, red)).toEqual([
      ['1', '10'],
      ['2', '20'],
    ]);
  });

  it('are not shared with a context of another shape', async () => {
    expect(await planning(() => rows(sql, chief))).toBeGreaterThan(0);
    expect(await rows(sql, chief)).toHaveLength(5);
  });

  it('hold for measures as for rows, at the same time', async () => {
    const totals = 'SELECT region, total FROM sales ORDER BY region';
    const answers = await Promise.all([red, blue, chief, red, blue, chief].map((identity) => rows(totals, identity)));
    const ofRed = [
      ['north', '10'],
      ['south', '20'],
    ];
    const ofBlue = [
      ['north', '300'],
      ['south', '900'],
    ];
    const ofChief = [
      ['north', '310'],
      ['south', '920'],
    ];
    expect(answers).toEqual([ofRed, ofBlue, ofChief, ofRed, ofBlue, ofChief]);
  });

  it('depend on the settings that decide what a statement means', async () => {
    const averaged = 'SELECT AVG(total) FROM sales';
    const compatible = new Map([['semwire.measure_aggregates', 'compatible']]);
    expect(await failure(averaged, red)).toMatch(/^42803 /);
    expect(await rows(averaged, red, compatible)).toEqual([['30']]);
    expect(await failure(averaged, red)).toMatch(/^42803 /);
  });

  it('are the same for another application, and run with the values of the session that asks', async () => {
    const user = 'SELECT current_user, count(*) FROM sales';
    expect(await rows(user, red)).toEqual([['r', '2']]);
    expect(await rows(user, blue)).toEqual([['b', '3']]);
  });
});

describe('what an identity sees', () => {
  it('is decided once for each identity', () => {
    const { serving } = gateway;
    expect(serving.decisionFor(red)).toBe(serving.decisionFor(red));
    expect(serving.decisionFor(red)).not.toBe(serving.decisionFor(blue));
    expect(serving.decisionFor(red).shape).toBe(serving.decisionFor(blue).shape);
    expect(serving.decisionFor(red).shape).not.toBe(serving.decisionFor(chief).shape);
  });

  it('a column that only another may see is missing', async () => {
    expect(await rows('SELECT max(cost) FROM sales', chief)).toEqual([['50']]);
    expect(await failure('SELECT max(cost) FROM sales', red)).toBe('42703 column "cost" does not exist');
    expect(await failure('SELECT max(lost) FROM sales', red)).toBe('42703 column "lost" does not exist');
  });

  it('whom no policy matches sees no table', async () => {
    expect(await failure('SELECT 1 FROM sales', nobody)).toBe('42P01 relation "sales" does not exist');
  });

  it('a context that lacks what a filter reads is refused before anything runs', async () => {
    expect(await failure('SELECT id FROM sales', nowhere)).toBe('42501 security context lacks "tenant"');
  });

  it('the catalog shows the same tables and columns', async () => {
    const columns =
      "SELECT attname FROM pg_attribute WHERE attrelid = 'sales'::regclass AND attnum > 0 ORDER BY attnum";
    const tables = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'";
    expect((await rows(columns, red)).flat()).toEqual(['id', 'tenant', 'region', 'amount', 'count', 'total']);
    expect((await rows(columns, chief)).flat()).toEqual(['id', 'tenant', 'region', 'amount', 'cost', 'count', 'total']);
    expect(await rows(tables, red)).toEqual([['sales']]);
    expect(await rows(tables, nobody)).toEqual([]);
  });

  it('the catalog knows who asks', async () => {
    expect(await rows('SELECT current_user, current_database()', red)).toEqual([['r', 'semwire']]);
    expect(await rows('SELECT current_user, current_database()', blue)).toEqual([['b', 'semwire']]);
  });
});

describe('EXPLAIN', () => {
  it('names tables, columns and policies', async () => {
    const lines = (await rows('EXPLAIN SELECT region, total FROM sales', red)).flat().join('\n');
    expect(lines).toContain('sales (region, total)');
    expect(lines).toContain('Policy');
    expect(lines).not.toMatch(/SELECT|red/);
  });

  it('shows the warehouse’s SQL to an admin alone, and no value of a claim', async () => {
    const admin = { ...red, admin: true };
    const lines = (await rows('EXPLAIN SELECT region FROM sales', admin)).flat().join('\n');
    expect(lines).toMatch(/Warehouse SQL\n\s+SELECT /);
    expect(lines).not.toContain('red');
  });
});

describe('the plan cache', () => {
  it('makes a plan once for a key and drops the least recently used', () => {
    const cache = new PlanCache<string>(2);
    const model = {};
    const made: string[] = [];
    const get = (key: string): string =>
      cache.get(model, [key], () => {
        made.push(key);
        return key;
      });
    expect([get('a'), get('b'), get('a'), get('c'), get('a'), get('b')]).toEqual(['a', 'b', 'a', 'c', 'a', 'b']);
    expect(made).toEqual(['a', 'b', 'c', 'b']);
  });

  it('starts afresh when another model is served', () => {
    const cache = new PlanCache<number>(2);
    let made = 0;
    const make = (): number => ++made;
    const [old, next] = [{}, {}];
    expect([cache.get(old, ['a'], make), cache.get(old, ['a'], make), cache.get(next, ['a'], make)]).toEqual([1, 1, 2]);
  });

  it('tells keys apart by their parts', () => {
    const cache = new PlanCache<number>(9);
    const model = {};
    let made = 0;
    const make = (): number => ++made;
    expect([cache.get(model, ['a,b'], make), cache.get(model, ['a', 'b'], make)]).toEqual([1, 2]);
  });

  it('keeps nothing of a statement that failed', () => {
    const cache = new PlanCache<number>(9);
    const model = {};
    const fail = (): number => {
      throw new Error('no');
    };
    expect(() => cache.get(model, ['a'], fail)).toThrow('no');
    expect(cache.get(model, ['a'], () => 7)).toBe(7);
  });
});
