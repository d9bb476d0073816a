/** `{SECURITY_CONTEXT.x.filter('column')}` in YAML: claims as binds of one model that everybody shares. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPostgres, type TestPostgres } from '../helpers/postgres.ts';
import { asked, type Both, serveModelOnBoth } from './gateways.ts';

let postgres: TestPostgres;
let both: Both;

beforeAll(async () => {
  postgres = await startPostgres();
  both = await serveModelOnBoth('security-context', 'public', postgres);
});

afterAll(async () => {
  await both.close();
  await postgres.stop();
});

const IDS = 'SELECT id FROM orders ORDER BY id';

describe.each([0, 1])('on warehouse %i', (which) => {
  const gateway = () => {
    const found = both.each[which];
    if (found === undefined) throw new Error('two warehouses are served');
    return found[1];
  };

  it('a claim filters rows, as a value of the column’s type', async () => {
    for (const user_id of [42, '42']) {
      expect(await asked(gateway(), { user_id }, IDS, 'SELECT count, amount FROM orders')).toEqual([
        [['1'], ['2']],
        [['2', '30.50']],
      ]);
    }
    expect(await asked(gateway(), { user_id: 43 }, IDS)).toEqual([[['3']]]);
    expect(await asked(gateway(), { user_id: 0 }, IDS)).toEqual([[]]);
    const token = '8f14e45f-ceea-467f-ab3d-000000000002';
    expect(
      await asked(gateway(), { token, placed: ['2024-05-01', '2024-06-01'] }, 'SELECT id FROM by_token ORDER BY id'),
    ).toEqual([[['1'], ['2'], ['3']]]);
  });

  it('a list is any of its values, an empty one none, negated or not', async () => {
    expect(await asked(gateway(), { user_id: [42, 43] }, IDS)).toEqual([[['1'], ['2'], ['3']]]);
    expect(await asked(gateway(), { user_id: [] }, IDS)).toEqual([[]]);
    const others = 'SELECT id FROM others ORDER BY id';
    expect(await asked(gateway(), { user_id: [43], org: { name: 'acme' } }, others)).toEqual([[['1']]]);
    expect(await asked(gateway(), { user_id: 43, org: { name: ['acme', 'globex'] } }, others)).toEqual([
      [['1'], ['2']],
    ]);
    expect(await asked(gateway(), { user_id: [], org: { name: 'acme' } }, others)).toEqual([[]]);
  });

  it('stands beside FILTER_PARAMS, which change no rows', async () => {
    expect(
      await asked(
        gateway(),
        { user_id: 42 },
        'SELECT id FROM with_filters ORDER BY id',
        "SELECT id FROM with_filters WHERE org = 'nobody'",
        'SELECT id FROM with_filters WHERE id = 1',
      ),
    ).toEqual([[['1'], ['2']], [], [['1']]]);
  });

  it('stands in dimensions, measures and segments too', async () => {
    expect(
      await asked(
        gateway(),
        { user_id: 42, open: true },
        'SELECT id, mine FROM everything WHERE mine IS NOT NULL ORDER BY id',
        'SELECT own FROM everything',
        'SELECT id FROM everything WHERE open ORDER BY id',
      ),
    ).toEqual([
      [
        ['1', 't'],
        ['2', 't'],
        ['3', 'f'],
      ],
      [['2']],
      [['1'], ['3']],
    ]);
  });

  it('what a context lacks is refused by its name, and absent', async () => {
    const tables = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1";
    expect(
      await asked(gateway(), { user_id: 42, org: {} }, tables, IDS, 'SELECT id FROM others', 'SELECT id FROM by_token'),
    ).toEqual([
      [['orders'], ['with_filters']],
      [['1'], ['2']],
      '42501 security context lacks "org.name"',
      '42501 security context lacks "token"',
    ]);
    expect(await asked(gateway(), { user_id: null }, IDS)).toEqual(['42501 security context lacks "user_id"']);
    for (const user_id of [{ a: 1 }, [null], [[1]], [{}]]) {
      expect(await asked(gateway(), { user_id }, IDS)).toEqual([
        '42501 claim "user_id" has a value that cannot stand in SQL',
      ]);
    }
  });

  it('no value changes the statement', async () => {
    for (const name of ["x' OR '1'='1", 'acme) OR (1=1', '$1', 'NULL', '{CUBE}', "'; DROP TABLE orders; --"]) {
      expect(await asked(gateway(), { user_id: [1], org: { name } }, 'SELECT id FROM others')).toEqual([[]]);
      // No number: the warehouse refuses it, and says nothing of why.
      const [answer] = await asked(gateway(), { user_id: name }, IDS);
      expect(answer).toMatch(/^22/);
      expect(answer).not.toContain(name);
    }
  });

  it('a value that is nearly another is not taken for it', async () => {
    for (const user_id of ['41.6', '42.0', '4.2e1', 42.4, true]) {
      expect(String(await asked(gateway(), { user_id }, IDS)), String(user_id)).toMatch(/^22/);
    }
    for (const open of ['yes', 1, 't ']) {
      const [answer] = await asked(
        gateway(),
        { user_id: 42, open },
        'SELECT id FROM everything WHERE open ORDER BY id',
      );
      // PostgreSQL has more words for true; no value comes to false or true that is none.
      expect(
        ['1,3', '22P02'].some((text) => String(answer).startsWith(text)),
        String(answer),
      ).toBe(true);
    }
  });

  it('contexts of one form share a plan, of different forms do not', async () => {
    const { engine } = gateway().assembly;
    const sql = 'SELECT id, count(*) FROM orders GROUP BY id';
    await asked(gateway(), { user_id: 42 }, sql);
    const before = engine.planCache();
    expect(await asked(gateway(), { user_id: 43 }, sql)).toEqual([[['3', '1']]]);
    expect(engine.planCache().misses).toBe(before.misses);
    await asked(gateway(), { user_id: [42, 43] }, sql);
    expect(engine.planCache().misses).toBeGreaterThan(before.misses);
    expect(await asked(gateway(), { user_id: [43] }, sql)).toEqual([[['3', '1']]]);
    // Three values each, in another order.
    const [one, two] = ['8f14e45f-ceea-467f-ab3d-000000000001', '8f14e45f-ceea-467f-ab3d-000000000002'];
    const tokens = 'SELECT id FROM by_token ORDER BY id';
    expect(await asked(gateway(), { token: [one, two], placed: ['2030-01-01'] }, tokens)).toEqual([
      [['1'], ['2'], ['3']],
    ]);
    expect(await asked(gateway(), { token: [two], placed: ['2030-01-01', '2030-01-02'] }, tokens)).toEqual([[['2']]]);
  });
});
