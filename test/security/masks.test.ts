/**
 * Masks and filters of the token through a socket, on both warehouses: twin databases that differ in masked values and
 * hidden rows alone answer byte for byte alike (security cases B10, B11), and who acts as another keeps their filters.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Persona } from '../../src/access/personas.ts';
import type { TestPostgres } from '../helpers/postgres.ts';
import { serve, token } from '../session/serve.ts';
import { type Claims, type Client, type Gateway, modelFolder, onDuckdb, onPostgres, startPostgres } from './gateway.ts';

const MODEL = modelFolder('masking');
const SEED = readFileSync(join(MODEL, 'seed.sql'), 'utf8');

/** Other values behind every mask of `support`; what the masks leave of them is the same. */
const OTHERS = `
UPDATE customers SET email = 'CANARY' || id || substr(email, 4), phone = CASE id WHEN 1 THEN 2147483647 ELSE 9 - id END,
  born = NULL, vip = NOT coalesce(vip, FALSE);
UPDATE orders SET status = CASE WHEN id % 2 = 0 THEN 'CANARY' END;
`;

/** `M` is a masked column of the table. */
const COLUMNS = ['email', 'phone', 'born', 'vip', 'login', 'corporate', 'orders_made', 'status', 'buyer'];
const OF_COLUMN = [
  'SELECT M FROM T ORDER BY 1 LIMIT 2',
  'SELECT id, M FROM T WHERE M IS NOT NULL ORDER BY M, id',
  "SELECT count(*) FROM T WHERE CAST(M AS text) LIKE '%a%' OR CAST(M AS text) > 'b'",
  'SELECT M, count(*), count(DISTINCT M), min(M), max(CAST(M AS text)) FROM T GROUP BY M ORDER BY 2',
  'SELECT DISTINCT ON (M) id, M FROM T ORDER BY M, id',
  'SELECT a.id, b.id FROM T a JOIN T b ON a.M = b.M ORDER BY 1, 2',
  'SELECT a.id FROM T a JOIN T b USING (M) ORDER BY 1',
  'SELECT id, rank() OVER (ORDER BY M), lag(M) OVER (ORDER BY id) FROM T ORDER BY id',
  'SELECT id FROM T x WHERE M = (SELECT max(CAST(y.M AS text)) FROM T y WHERE y.id <> x.id)::text',
  'SELECT count(*) FILTER (WHERE M IS NULL) FROM T HAVING count(M) > 0',
  'SELECT count(*) FROM T WHERE CAST(CAST(M AS text) AS integer) > 0',
  'SELECT sum(1 / (length(CAST(M AS text)) - 4)) FROM T',
  'SELECT string_agg(CAST(M AS text), $$,$$ ORDER BY id) FROM T',
  'SELECT M, GROUPING(M) FROM T GROUP BY ROLLUP (M) ORDER BY 1',
  'WITH w AS MATERIALIZED (SELECT M FROM T) SELECT count(*) FROM w WHERE M IS NOT NULL',
  'SELECT M FROM T EXCEPT SELECT M FROM T WHERE id > 2 ORDER BY 1',
  'SELECT array_agg(M ORDER BY id) FROM T',
  'SELECT M FROM T WHERE id IN (SELECT id FROM T ORDER BY M DESC, id LIMIT 2)',
  'EXPLAIN SELECT M FROM T WHERE M IS NOT NULL',
];
const STATEMENTS = [
  'SELECT * FROM customers ORDER BY id',
  'SELECT * FROM orders ORDER BY id',
  'SELECT * FROM sales ORDER BY id',
  'SELECT MEASURE(emails), MEASURE(highest_phone), MEASURE(corporate_count) FROM customers',
  'SELECT region, MEASURE(emails) FROM customers GROUP BY region HAVING MEASURE(highest_phone) > 0 ORDER BY 1',
  'SELECT code, buyers FROM orders ORDER BY 1',
  'SELECT email, total, buyers FROM sales ORDER BY 1, 2',
  'SELECT count(*) FROM by_default',
  'SELECT sum(amount) FROM by_default WHERE status IS NOT NULL',
  'SELECT o.id, c.id FROM orders o JOIN customers c ON c.email = o.buyer ORDER BY 1, 2',
  'SELECT o.id, c.email FROM orders o JOIN customers c ON o.__cubejoinfield = c.__cubejoinfield ORDER BY 1',
  "SELECT relname, reltuples FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1",
  "SELECT conrelid::regclass, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype IN ('p', 'f') ORDER BY 1, 2",
];

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres?.stop());

const warehouses = {
  DuckDB: (_: string, seed: string) => onDuckdb(MODEL, seed),
  PostgreSQL: (database: string, seed: string) => onPostgres(postgres, database, 'public', MODEL, seed),
};

describe.each(Object.entries(warehouses))('on %s', (_, start) => {
  let twins: readonly [Gateway, Gateway];
  beforeAll(async () => {
    twins = [await start('masks_plain', SEED), await start('masks_others', `${SEED}${OTHERS}`)];
  });
  afterAll(async () => {
    for (const gateway of twins ?? []) await gateway.close();
  });

  async function asBoth<Result>(claims: Claims, work: (a: Client, b: Client) => Promise<Result>): Promise<Result> {
    const [a, b] = [await twins[0].signIn(claims), await twins[1].signIn(claims)];
    try {
      return await work(a, b);
    } finally {
      for (const client of [a, b]) client.close();
    }
  }

  it('other values behind the masks give the same bytes', async () => {
    const columns = COLUMNS.flatMap((column) => {
      const table = column === 'status' || column === 'buyer' ? 'orders' : 'customers';
      return OF_COLUMN.map((sql) => sql.replace(/\bM\b/g, column).replace(/\bT\b/g, table));
    });
    const found = await asBoth({ groups: ['support'] }, async (a, b) => {
      const differences: string[] = [];
      let answered = 0;
      for (const sql of [...columns, ...STATEMENTS]) {
        const [left, right] = [await a.ask(sql), await b.ask(sql)];
        if (left.lines.join('\n') !== right.lines.join('\n')) differences.push(`${sql}\n${left.lines}\n${right.lines}`);
        if (/CANARY/.test(right.lines.join('\n'))) differences.push(`${sql} tells a value`);
        if (left.code === 'XX000') differences.push(`${sql} ${left.message}`);
        if (left.code === undefined && left.rows.length > 0) answered += 1;
      }
      return { differences, answered };
    });
    expect(found.differences).toEqual([]);
    expect(found.answered).toBeGreaterThan(120);
  });

  it('the twins do differ, for whom nothing is masked', async () => {
    await asBoth({ groups: ['chief'] }, async (a, b) => {
      for (const sql of ['SELECT * FROM customers ORDER BY id', 'SELECT status FROM orders ORDER BY id'])
        expect((await a.ask(sql)).lines).not.toEqual((await b.ask(sql)).lines);
    });
  });

  it('a masked key is no key of the catalog', async () => {
    const ALL = ['by_default f', 'by_default p', 'customers p', 'orders f', 'orders p', 'sales f', 'sales p'];
    const keys = async (groups: readonly string[]): Promise<unknown> =>
      asBoth({ groups }, async (a) => {
        const sql =
          "SELECT conrelid::regclass::text, contype FROM pg_constraint WHERE connamespace = 2200 AND contype IN ('p', 'f') ORDER BY 1, 2";
        return (await a.ask(sql)).rows.map((row) => row.join(' '));
      });
    expect(await keys(['chief'])).toEqual(ALL);
    expect(await keys(['foreign_keys'])).toEqual(ALL.filter((key) => !key.endsWith('f')));
    expect(await keys(['keys', 'support'])).toEqual(await keys(['chief']));
    expect(await keys(['keys'])).toEqual([]);
  });

  it('a prepared statement that two share has each one’s masks', async () => {
    const sql = 'SELECT id, email FROM customers WHERE id = $1';
    const seen = async (group: string): Promise<unknown> =>
      asBoth({ groups: [group] }, async (a) => (await a.askPrepared(sql, ['1'], 2)).at(-1)?.rows.flat());
    expect([await seen('chief'), await seen('support'), await seen('chief')]).toEqual([
      ['1', 'ann@corp.example'],
      ['1', '***@corp.example'],
      ['1', 'ann@corp.example'],
    ]);
  });
});

describe('who acts as a persona', () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await onDuckdb(MODEL, SEED);
  });
  afterAll(() => gateway?.close());

  const only = (member: string, value: unknown) => [{ member, operator: 'equals', values: [value] }];
  const persona = (name: string, group: string, filters?: Persona['filters']): Persona => ({
    name,
    securityContext: {},
    roles: [group],
    filters,
  });
  const personas = [
    persona('support', 'support'),
    persona('open', 'chief', only('orders.status', 'open') as never),
    persona('broken', 'chief', 'nonsense'),
  ];

  /** What somebody sees as they are, and as each of the roles. */
  async function idsAs(claims: object, roles: readonly string[]): Promise<readonly string[]> {
    const server = await serve(gateway.assembly.engine, { SEMWIRE_ADMINS: 'root' }, { personas: () => personas });
    const client = new pg.Client({ connectionString: server.url(await token({ sub: 'root', ...claims })) });
    try {
      await client.connect();
      const ids = async (): Promise<string> => {
        try {
          const { rows } = await client.query('SELECT id, status FROM orders ORDER BY id');
          return rows.map(({ id, status }) => `${id} ${status}`).join();
        } catch (error) {
          return error instanceof pg.DatabaseError ? `${error.code} ${error.message}` : String(error);
        }
      };
      const seen: string[] = [];
      for (const role of roles) {
        await client.query(role === '' ? 'RESET ROLE' : `SET ROLE '${role}'`);
        seen.push(await ids());
      }
      return seen;
    } finally {
      await client.end();
      await server.close();
    }
  }

  it('keeps the filters of their own token', async () => {
    const filters = only('customers.region', 'north');
    expect(await idsAs({ groups: ['chief'], filters }, ['', 'support', 'open', ''])).toEqual([
      '1 open,2 done,3 open',
      '1 hidden,2 hidden,3 hidden',
      '1 open,3 open',
      '1 open,2 done,3 open',
    ]);
  });

  it('has the persona’s filters without any of their own', async () => {
    expect(await idsAs({ groups: ['chief'] }, ['open', ''])).toEqual([
      '1 open,3 open,4 open,6 open',
      '1 open,2 done,3 open,4 open,5 done,6 open',
    ]);
  });

  it('sees nothing where one of the two has filters that are none', async () => {
    const wrong = '42501 a security filter must be {member, operator, values}';
    const list = '42501 security filters must be a list of {member, operator, values}';
    expect(await idsAs({ groups: ['chief'] }, ['broken'])).toEqual([list]);
    expect(await idsAs({ groups: ['chief'], filters: [] }, ['broken'])).toEqual([wrong]);
    expect(await idsAs({ groups: ['chief'], filters: 'nonsense' }, ['', 'open'])).toEqual([list, wrong]);
  });
});
