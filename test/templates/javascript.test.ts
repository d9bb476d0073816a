/**
 * Models in JavaScript on a socket and on both warehouses: Cube's own examples of SECURITY_CONTEXT and COMPILE_CONTEXT,
 * with good and with hostile claims.
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
const WAREHOUSES = ['postgres', 'duckdb'] as const;

describe('SECURITY_CONTEXT', () => {
  let both: Both;
  beforeAll(async () => {
    both = await serveModelOnBoth('js-security-context', 'public', postgres);
  });
  afterAll(async () => both.close());

  it.each(WAREHOUSES)('shows each user the orders that he owns: %s', async (name) => {
    const gateway = gatewayOf(both, name);
    expect(
      await asked(
        gateway,
        { user_id: 42 },
        'SELECT MEASURE(count) FROM "Orders"',
        'SELECT id, status FROM orders ORDER BY id',
        'SELECT amount, average, open FROM orders',
        'SELECT count(*) FROM orders WHERE recent',
        'SELECT id, amount FROM openorders',
        'SELECT DISTINCT tagged FROM users ORDER BY 1',
      ),
    ).toEqual([
      [['2']],
      [
        ['1', 'open'],
        ['2', 'paid'],
      ],
      [['30.50', expect.stringMatching(/^15\.25/), '1']],
      [['1']],
      [['1', '10.50']],
      [['ann{x}'], ['ben{x}']],
    ]);
    expect(await asked(gateway, { user_id: 43 }, 'SELECT id FROM orders', 'SELECT id FROM openorders')).toEqual([
      [['3']],
      [['3']],
    ]);
    expect(await asked(gateway, { user_id: [43, 42] }, 'SELECT count FROM orders')).toEqual([[['3']]]);
  });

  it.each(WAREHOUSES)('refuses who has no id, and takes nothing else for one: %s', async (name) => {
    const gateway = gatewayOf(both, name);
    for (const user_id of [undefined, null]) {
      expect(
        await asked(
          gateway,
          { user_id },
          'SELECT id FROM orders',
          'SELECT id FROM openorders',
          'SELECT count FROM users',
        ),
      ).toEqual(['42501 security context lacks "user_id"', '42501 security context lacks "user_id"', [['2']]]);
    }
    expect(await asked(gateway, { user_id: [] }, 'SELECT id FROM orders', 'SELECT id FROM openorders')).toEqual([
      [],
      [],
    ]);
    for (const user_id of ['42 OR 1=1', "42' OR '1'='1", ' 42 --', '42); DROP TABLE orders', true, { a: 1 }, [null]]) {
      const answers = await asked(gateway, { user_id }, 'SELECT id FROM orders', 'SELECT id FROM openorders');
      for (const answer of answers) expect(answer).toSatisfy((each) => typeof each === 'string' || each.length === 0);
    }
  });
});

describe('COMPILE_CONTEXT', () => {
  let both: Both;
  beforeAll(async () => {
    both = await serveModelOnBoth('js-multi-tenant', '"500", acme', postgres);
  });
  afterAll(async () => both.close());

  it.each(WAREHOUSES)('reads the company’s own schema: %s', async (name) => {
    const gateway = gatewayOf(both, name);
    const sql = ['SELECT count FROM orders', 'SELECT max(amount) FROM orders', TABLES] as const;
    expect(await asked(gateway, { company_id: 500 }, ...sql)).toEqual([[['2']], [['20']], [['Orders']]]);
    expect(await asked(gateway, { company_id: 'acme' }, ...sql)).toEqual([[['1']], [['70.50']], [['Orders']]]);
  });

  it.each(WAREHOUSES)('takes names alone: %s', async (name) => {
    const gateway = gatewayOf(both, name);
    for (const company_id of [
      'acme.orders --',
      'a"."b',
      'pg_catalog',
      'information_schema',
      'A',
      '',
      'query_to_xml(1)',
      'a'.repeat(64),
      true,
      1.5,
    ]) {
      expect(await asked(gateway, { company_id }, 'SELECT count FROM orders', TABLES)).toEqual([
        '42501 claim "company_id" cannot be part of a name',
        [],
      ]);
    }
    expect(await asked(gateway, {}, 'SELECT count FROM orders', 'SELECT count FROM nowhere', TABLES)).toEqual([
      '42501 security context lacks "company_id"',
      '42P01 relation "nowhere" does not exist',
      [],
    ]);
  });
});

function gatewayOf({ each }: Both, name: 'postgres' | 'duckdb') {
  const found = each.find(([warehouse]) => warehouse === name);
  if (found === undefined) throw new Error(`no gateway on ${name}`);
  return found[1];
}
