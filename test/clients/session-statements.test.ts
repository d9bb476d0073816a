/** SET, cursors, prepared statements, COPY and EXPLAIN, as a client uses them on the demo. */
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Demo, startDemo, WAREHOUSES } from './demo.ts';

let demo: Demo;
beforeAll(async () => {
  demo = await startDemo();
});
afterAll(() => demo?.stop());

describe.each(WAREHOUSES)('before %s', (warehouse) => {
  let client: pg.Client;
  beforeEach(async () => {
    client = new pg.Client({
      connectionString: demo.url(warehouse, 'aurora_manager'),
      types: { getTypeParser: () => String },
    });
    await client.connect();
  });
  afterEach(() => client.end());

  async function rows(text: string): Promise<readonly (readonly string[])[]> {
    const result: pg.QueryResult | pg.QueryResult[] = await client.query({ text, rowMode: 'array' });
    return (Array.isArray(result) ? result.at(-1) : result)?.rows ?? [];
  }
  const value = async (text: string): Promise<string | undefined> => (await rows(text))[0]?.[0];
  const tag = async (text: string): Promise<string> => {
    const { command, rowCount } = await client.query(text);
    return rowCount === null ? command : `${command} ${rowCount}`;
  };

  describe('the session time zone', () => {
    const DAMAGED = 'SELECT requested_at FROM returns WHERE id = 1';

    test('governs the output of timestamptz, in any place, and casts', async () => {
      const plain = await demo.plain(`SELECT requested_at AT TIME ZONE 'UTC' AS utc,
        requested_at AT TIME ZONE 'Asia/Kolkata' AS kolkata FROM shop.returns WHERE id = 1`);
      const { utc, kolkata } = plain[0] ?? {};
      expect(await value(DAMAGED)).toBe(`${utc}+00`);
      await client.query("SET TIME ZONE 'Asia/Kolkata'");
      expect(await value(DAMAGED)).toBe(`${kolkata}+05:30`);
      expect(await value('SELECT requested_at::timestamp FROM returns WHERE id = 1')).toBe(kolkata);
      expect(await value('SELECT * FROM (SELECT MAX(requested_at) FROM returns WHERE id = 1) t')).toBe(
        `${kolkata}+05:30`,
      );
      await client.query('RESET TIME ZONE');
      expect(await value(DAMAGED)).toBe(`${utc}+00`);
    });

    test('governs date_trunc and what a text without an offset means', async () => {
      const days = await demo.plain(`SELECT date_trunc('day', requested_at, 'America/New_York')
        AT TIME ZONE 'America/New_York' AS day, COUNT(*) AS n FROM shop.returns WHERE tenant_id = 'aurora'
        AND requested_at >= timestamptz '2024-03-09 00:00 America/New_York'
        AND requested_at < timestamptz '2024-03-12 00:00 America/New_York' GROUP BY 1 ORDER BY 1`);
      await client.query("SET TIME ZONE 'America/New_York'");
      const seen = await rows(`SELECT date_trunc('day', requested_at)::timestamp, COUNT(*) FROM returns
        WHERE requested_at >= '2024-03-09' AND requested_at < '2024-03-12' GROUP BY 1 ORDER BY 1`);
      expect(seen).toEqual(days.map(({ day, n }) => [day, n]));
    });

    test('does not move which rows are seen', async () => {
      const count = await value('SELECT COUNT(*) FROM returns');
      await client.query("SET TIME ZONE 'Pacific/Auckland'");
      expect(await value('SELECT COUNT(*) FROM returns')).toBe(count);
    });

    test('is told by SHOW, refused when there is no such zone, and undone by ROLLBACK', async () => {
      await client.query("BEGIN; SET TIME ZONE 'Europe/Berlin'");
      expect(await value('SHOW timezone')).toBe('Europe/Berlin');
      await client.query('ROLLBACK');
      expect(await value('SHOW timezone')).toBe('UTC');
      await expect(client.query("SET TIME ZONE 'Mars/Olympus'")).rejects.toMatchObject({ code: '22023' });
    });
  });

  describe('set_config() is SET by another name', () => {
    test('as pg_dump, psycopg and pgAdmin send it', async () => {
      expect(await value("SELECT pg_catalog.set_config('search_path', '', false)")).toBe('');
      expect(await value('SHOW search_path')).toBe('');
      expect(await value("SELECT 'sales'::text FROM pg_class WHERE oid = to_regclass('sales')")).toBeUndefined();
      await client.query('RESET search_path');
      expect(await value("SELECT to_regclass('sales')::text")).toBe('sales');
      await client.query(`SELECT set_config(name, setting, false) FROM (VALUES ('TimeZone', 'Asia/Kolkata'),
        ('application_name', 'dump')) AS s(name, setting)`);
      expect(await value('SHOW timezone')).toBe('Asia/Kolkata');
      expect(await value('SELECT requested_at FROM returns WHERE id = 1')).toMatch(/\+05:30$/);
      expect(await value('SHOW application_name')).toBe('dump');
    });

    test('until the transaction ends when it is local, and undone with it', async () => {
      await client.query('BEGIN');
      await client.query("SELECT set_config('timezone', 'Asia/Tokyo', true)");
      expect(await value('SHOW timezone')).toBe('Asia/Tokyo');
      await client.query('COMMIT');
      expect(await value('SHOW timezone')).toBe('UTC');
      await client.query('BEGIN');
      await client.query("SELECT set_config('timezone', 'Asia/Tokyo', false)");
      await client.query('ROLLBACK');
      expect(await value('SHOW timezone')).toBe('UTC');
    });

    test('each time it runs, though the statement is the same', async () => {
      const set = { name: 'set', text: "SELECT set_config('timezone', $1, false)" };
      for (const zone of ['Asia/Tokyo', 'Europe/Berlin', 'Asia/Tokyo']) {
        await client.query({ ...set, values: [zone] });
        expect(await value('SHOW timezone')).toBe(zone);
      }
      await client.query("SELECT set_config('timezone', NULL, false)");
      expect(await value('SHOW timezone')).toBe('UTC');
    });

    test('but not for who one is, nor with a value that SET would refuse', async () => {
      for (const name of ['role', 'session_authorization', 'default_transaction_read_only']) {
        await expect(client.query(`SELECT set_config('${name}', 'x', false)`)).rejects.toMatchObject({ code: '42501' });
      }
      await expect(client.query("SELECT set_config('DateStyle', 'German', false)")).rejects.toMatchObject({
        code: '0A000',
      });
      expect(await value('SHOW DateStyle')).toBe('ISO, MDY');
    });
  });

  test('SET, SHOW, RESET and DISCARD ALL', async () => {
    expect(await tag("SET statement_timeout = '5s'")).toBe('SET');
    expect(await value('SHOW statement_timeout')).toBe('5s');
    await client.query(
      "PREPARE p AS SELECT 1; DECLARE c CURSOR WITH HOLD FOR SELECT order_id FROM sales; SET TIME ZONE 'Asia/Tokyo'",
    );
    expect(await tag('DISCARD ALL')).toBe('DISCARD');
    expect(await value('SHOW timezone')).toBe('UTC');
    await expect(client.query('EXECUTE p')).rejects.toMatchObject({ code: '26000' });
    await expect(client.query('FETCH 1 FROM c')).rejects.toMatchObject({ code: '34000' });
  });

  test('a measure set to be summed by every aggregate', async () => {
    await expect(client.query('SELECT SUM(buyer_count) FROM sales')).rejects.toMatchObject({ code: '42803' });
    await client.query('SET semwire.measure_aggregates = compatible');
    const buyers = await demo.plain(
      "SELECT COUNT(DISTINCT customer_id) AS n FROM shop.orders WHERE tenant_id = 'aurora'",
    );
    expect(await value('SELECT SUM(buyer_count) FROM sales')).toBe(buyers[0]?.n);
  });

  test('DECLARE, FETCH, MOVE and CLOSE', async () => {
    const ids = (await demo.plain("SELECT id FROM shop.orders WHERE tenant_id = 'aurora' ORDER BY id LIMIT 300")).map(
      ({ id }) => id ?? '',
    );
    await client.query('BEGIN');
    await client.query('DECLARE c SCROLL CURSOR WITH HOLD FOR SELECT order_id FROM sales ORDER BY 1 LIMIT 300');
    const fetch = async (what: string) => (await rows(`FETCH ${what} FROM c`)).map(([id]) => id);
    expect(await fetch('3')).toEqual(ids.slice(0, 3));
    expect(await tag('MOVE 10 IN c')).toBe('MOVE 10');
    expect(await fetch('NEXT')).toEqual(ids.slice(13, 14));
    await client.query('COMMIT');
    expect(await fetch('LAST')).toEqual(ids.slice(-1));
    expect(await fetch('ABSOLUTE 2')).toEqual(ids.slice(1, 2));
    expect(await fetch('FORWARD ALL')).toEqual(ids.slice(2));
    expect(await tag('CLOSE c')).toBe('CLOSE');
  });

  test('PREPARE and EXECUTE', async () => {
    await client.query(`PREPARE by_channel(text, int) AS
      SELECT channel, MEASURE(order_count) FROM sales WHERE channel = $1 AND order_id > $2 GROUP BY 1`);
    for (const channel of ['web', 'phone', 'web']) {
      const [expected] = await demo.plain(`SELECT COUNT(*) AS n FROM shop.orders WHERE tenant_id = 'aurora'
        AND channel = '${channel}' AND id > 100`);
      expect(await rows(`EXECUTE by_channel('${channel}', 100)`)).toEqual([[channel, expected?.n]]);
    }
    expect(await tag('DEALLOCATE by_channel')).toBe('DEALLOCATE');
    await expect(client.query("EXECUTE by_channel('web', 1)")).rejects.toMatchObject({ code: '26000' });
  });

  test('EXPLAIN names tables, columns and policies, of joined cubes too, and shows no SQL', async () => {
    const explained = (await rows('EXPLAIN SELECT customer_name, MEASURE(revenue) FROM sales GROUP BY 1'))
      .flat()
      .join('\n');
    expect(explained).toBe(
      [
        'Semantic Query',
        '  Output: customer_name text, revenue numeric',
        '  ->  sales (customer_name, revenue)',
        '        Policy: sales[0] for manager',
        '        Policy: of its cube for *',
        '        Policy: of the cube of customer_name for *',
      ].join('\n'),
    );
    const own = (await rows('EXPLAIN SELECT status, MEASURE(revenue) FROM sales GROUP BY 1')).flat().join('\n');
    expect(own).not.toContain('customer_name');
    await expect(client.query('EXPLAIN DELETE FROM sales')).rejects.toMatchObject({ code: '25006' });
  });

  test('EXPLAIN (FORMAT JSON) is one json value under the keys of PostgreSQL', async () => {
    const sql = 'EXPLAIN (FORMAT JSON) SELECT status, MEASURE(revenue) FROM sales GROUP BY 1';
    const { fields } = await client.query(sql);
    expect(fields.map(({ name, dataTypeID }) => [name, dataTypeID])).toEqual([['QUERY PLAN', pg.types.builtins.JSON]]);
    const [[json = ''] = []] = await rows(sql);
    expect(JSON.parse(json)).toEqual([
      {
        Plan: {
          'Node Type': 'Semantic Query',
          Output: ['status text', 'revenue numeric'],
          Plans: [
            {
              'Node Type': 'Semantic Table',
              'Relation Name': 'sales',
              Output: ['status', 'revenue'],
              Policies: ['sales[0] for manager', 'of its cube for *'],
              'Security Filters': [],
              Masks: [],
              'Default Filters': [],
            },
          ],
        },
      },
    ]);
    await expect(client.query('EXPLAIN (FORMAT XML) SELECT 1 FROM sales')).rejects.toMatchObject({ code: '0A000' });
  });

  test('EXPLAIN ANALYZE runs the query, with its parameters, and counts its rows', async () => {
    const ran = async (sql: string, parameters: readonly string[] = []): Promise<readonly string[]> => {
      const result = await client.query<[string]>({ text: sql, values: [...parameters], rowMode: 'array' });
      return result.rows.flat();
    };
    const statuses = 'SELECT status, MEASURE(revenue) FROM sales WHERE status = ANY($1) GROUP BY 1';
    const lines = await ran(`EXPLAIN ANALYZE ${statuses}`, ['{shipped,completed}']);
    expect(lines[0]).toBe('Semantic Query (actual rows=2)');
    expect(lines.slice(-2).join('\n')).toMatch(/^Planning Time: [\d.]+ ms\nExecution Time: [\d.]+ ms$/);
    const quiet = await ran(`EXPLAIN (ANALYZE, SUMMARY OFF) ${statuses}`, ['{shipped}']);
    expect(quiet[0]).toBe('Semantic Query (actual rows=1)');
    expect(quiet.at(-1)).not.toContain('Time');
    const failing = 'EXPLAIN ANALYZE SELECT 1 / (order_id - order_id) FROM sales';
    await expect(client.query(failing)).rejects.toMatchObject({ code: '22012' });
    expect(await ran('EXPLAIN SELECT 1 / (order_id - order_id) FROM sales')).not.toHaveLength(0);
  });

  test('EXPLAIN of a query over the catalog is PostgreSQL’s own', async () => {
    const lines = (await rows('EXPLAIN SELECT relname FROM pg_class')).flat();
    expect(lines[0]).toMatch(/^Seq Scan on pg_class {2}\(cost=/);
    await expect(client.query('EXPLAIN SELECT nope FROM pg_class')).rejects.toMatchObject({ code: '42703' });
  });

  test('COPY of a query that fails in its middle says so, and the session goes on', async () => {
    const [last] = await demo.plain("SELECT MAX(id) AS id FROM shop.orders WHERE tenant_id = 'aurora'");
    const copy = `COPY (SELECT 1 / (order_id - ${last?.id}) FROM sales ORDER BY order_id) TO STDOUT`;
    await expect(client.query(copy)).rejects.toMatchObject({ code: '22012' });
    expect(await value('SELECT 1')).toBe('1');
  });
});
