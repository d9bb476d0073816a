/**
 * The example models of the documentation that these templates come from, each on a socket and on both warehouses, with
 * good and with hostile claims.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPostgres, type TestPostgres } from '../helpers/postgres.ts';
import { asked, type Both, serveModelOnBoth } from './gateways.ts';

let postgres: TestPostgres;

beforeAll(async () => {
  postgres = await startPostgres();
});

afterAll(async () => {
  await postgres.stop();
});

const TABLES = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1";

describe('SQL-based row-level security', () => {
  let both: Both;
  beforeAll(async () => {
    both = await serveModelOnBoth('sql-security', 'public', postgres);
  });
  afterAll(async () => both.close());

  const acme = { orgId: 'acme-corp', userId: 45, countries: ['United States', 'Canada', 'Mexico'] };

  it.each(['postgres', 'duckdb'] as const)('shows each his rows: %s', async (name) => {
    const gateway = gatewayOf(both, name);
    expect(
      await asked(
        gateway,
        acme,
        'SELECT id FROM orders',
        'SELECT MEASURE(count), MEASURE(amount) FROM orders',
        'SELECT id, caption FROM org_orders ORDER BY id',
        'SELECT id FROM customers ORDER BY id',
        'SELECT id FROM customers_by_country ORDER BY id',
        'SELECT id FROM customers_elsewhere ORDER BY id',
      ),
    ).toEqual([
      [['1']],
      [['1', '10']],
      [
        ['1', '#1 of acme-corp'],
        ['2', '#2 of acme-corp'],
      ],
      [['1'], ['2']],
      [['1'], ['2'], ['3']],
      [['4']],
    ]);
    const superUser = { ...acme, superUser: true };
    expect(await asked(gateway, superUser, 'SELECT count(*) FROM customers')).toEqual([[['4']]]);
  });

  it.each(['postgres', 'duckdb'] as const)('takes a quote for a quote: %s', async (name) => {
    const gateway = gatewayOf(both, name);
    const brien = { orgId: "o'brien", userId: 7 };
    expect(await asked(gateway, brien, 'SELECT id FROM orders', 'SELECT caption FROM org_orders')).toEqual([
      [['4']],
      [["#4 of o'brien"]],
    ]);
    for (const orgId of ["x' OR '1'='1", "x' OR 1=1 --", 'a\\', "a\\' OR 1=1--", '$$', '/*', '{{7*7}}', '{CUBE}']) {
      expect(await asked(gateway, { orgId, userId: 45 }, 'SELECT id FROM orders', 'SELECT id FROM org_orders')).toEqual(
        [[], []],
      );
    }
  });

  it.each(['postgres', 'duckdb'] as const)('lets an empty list match nothing, negated or not: %s', async (name) => {
    const answers = await asked(
      gatewayOf(both, name),
      { countries: [] },
      'SELECT id FROM customers_by_country',
      'SELECT id FROM customers_elsewhere',
    );
    expect(answers).toEqual([[], []]);
  });

  it.each(['postgres', 'duckdb'] as const)('refuses what a context lacks, and no more: %s', async (name) => {
    const gateway = gatewayOf(both, name);
    expect(
      await asked(
        gateway,
        { orgId: 'globex', countries: 'France' },
        TABLES,
        'SELECT id FROM orders',
        'SELECT id FROM org_orders',
        'SELECT id FROM customers_by_country',
        'SELECT count(*) FROM countries',
        'SELECT id FROM nowhere',
      ),
    ).toEqual([
      [['countries'], ['customers'], ['org_orders']],
      '42501 security context lacks "userId"',
      [['3']],
      '42501 claim "countries" must be a list',
      [['4']],
      '42P01 relation "nowhere" does not exist',
    ]);
    for (const [claims, message] of [
      [{ orgId: null }, 'security context lacks "orgId"'],
      [{ orgId: ['a', 'b'] }, 'claim "orgId" must not be a list here'],
      [{ orgId: { a: 1 } }, 'claim "orgId" must be a plain value here'],
      [{ orgId: 'a\u{e000}b', superUser: 'false' }, 'claim "superUser" must be a boolean'],
      [{ orgId: 'acme-corp', superUser: 1 }, 'claim "superUser" must be a boolean'],
      [{ orgId: 'acme-corp', superUser: {} }, 'claim "superUser" must be a boolean'],
    ] as const) {
      expect(await asked(gateway, claims, 'SELECT id FROM customers', 'SELECT count(*) FROM countries')).toEqual([
        `42501 ${message}`,
        [['4']],
      ]);
    }
    // 0, the empty text and null are false.
    for (const superUser of [0, '', null, false, undefined]) {
      expect(await asked(gateway, { orgId: 'globex', superUser }, 'SELECT id FROM customers ORDER BY id')).toEqual([
        [['3'], ['4']],
      ]);
    }
  });
});

describe('a schema for each tenant', () => {
  let both: Both;
  beforeAll(async () => {
    both = await serveModelOnBoth('schema-per-tenant', 'acme, globex', postgres);
  });
  afterAll(async () => both.close());

  it.each(['postgres', 'duckdb'] as const)('reads the tenant’s own tables, with their own types: %s', async (name) => {
    const gateway = gatewayOf(both, name);
    const sql = ['SELECT total FROM orders', 'SELECT count FROM refunds', 'SELECT max(amount) FROM orders'] as const;
    expect(await asked(gateway, { orgId: 'acme' }, ...sql)).toEqual([[['30']], [['1']], [['20']]]);
    expect(await asked(gateway, { orgId: 'globex' }, ...sql)).toEqual([[['300.50']], [['0']], [['300.50']]]);
  });

  it.each(['postgres', 'duckdb'] as const)('takes names alone: %s', async (name) => {
    const gateway = gatewayOf(both, name);
    for (const orgId of [
      'public.orders --',
      'a"."b',
      'pg_catalog',
      'information_schema',
      '"x"',
      'A',
      'acme.other',
      '',
      'ä',
      'query_to_xml(1)',
      'a'.repeat(64),
      ' acme',
      '1a',
      true,
      1.5,
    ]) {
      expect(await asked(gateway, { orgId }, 'SELECT total FROM orders', TABLES)).toEqual([
        '42501 claim "orgId" cannot be part of a name',
        [],
      ]);
    }
    // A schema that is not there: no column of it can be described, so none is there.
    expect(await asked(gateway, { orgId: 'nowhere' }, 'SELECT total FROM orders')).toEqual([
      '42703 column "total" does not exist',
    ]);
  });
});

describe('public as the context decides', () => {
  let both: Both;
  beforeAll(async () => {
    both = await serveModelOnBoth('dynamic-public', 'public', postgres);
  });
  afterAll(async () => both.close());

  it.each(['postgres', 'duckdb'] as const)('hides a view and a member: %s', async (name) => {
    const gateway = gatewayOf(both, name);
    expect(
      await asked(gateway, { team: 'marketing' }, TABLES, 'SELECT count FROM customers', 'SELECT email FROM people'),
    ).toEqual([[['customers'], ['people']], [['2']], '42703 column "email" does not exist']);
    expect(
      await asked(
        gateway,
        { team: 'sales' },
        TABLES,
        'SELECT count FROM customers',
        'SELECT email FROM people ORDER BY 1',
      ),
    ).toEqual([[['people']], '42P01 relation "customers" does not exist', [['ann@example.com'], ['bob@example.com']]]);
    // No team is the team "default", and reading it changes nothing for the next.
    expect(await asked(gateway, {}, 'SELECT count FROM customers', 'SELECT email FROM people')).toEqual([
      '42P01 relation "customers" does not exist',
      '42703 column "email" does not exist',
    ]);
  });

  it.each(['postgres', 'duckdb'] as const)('takes a function’s text for data: %s', async (name) => {
    const gateway = gatewayOf(both, name);
    const sql = 'SELECT name, local FROM people ORDER BY 1';
    expect(await asked(gateway, {}, sql)).toEqual([
      [
        ['Ann', 't'],
        ['Bob', 'f'],
      ],
    ]);
    expect(await asked(gateway, { city: "x' OR '1'='1" }, sql)).toEqual([
      [
        ['Ann', 'f'],
        ['Bob', 'f'],
      ],
    ]);
  });

  it.each(['postgres', 'duckdb'] as const)('tells nothing of a function that fails: %s', async (name) => {
    expect(await asked(gatewayOf(both, name), {}, 'SELECT id FROM unusable')).toEqual([
      '42501 function "broken" of the model failed',
    ]);
  });
});

function gatewayOf({ each }: Both, name: 'postgres' | 'duckdb') {
  const found = each.find(([warehouse]) => warehouse === name);
  if (found === undefined) throw new Error(`no gateway on ${name}`);
  return found[1];
}
