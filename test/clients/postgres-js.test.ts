/** postgres.js against the demo, on DuckDB and on PostgreSQL alike. */
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Demo, startDemo, WAREHOUSES } from './demo.ts';

let demo: Demo;
beforeAll(async () => {
  demo = await startDemo();
});
afterAll(() => demo?.stop());

describe.each(WAREHOUSES)('postgres.js before %s', (warehouse) => {
  let sql: postgres.Sql;
  beforeAll(() => {
    sql = postgres(demo.url(warehouse, 'aurora_manager'), { max: 3, onnotice: () => {} });
  });
  afterAll(() => sql?.end());

  test('asks pg_type for the array types when it connects, and then reads arrays', async () => {
    const fetched = postgres(demo.url(warehouse, 'aurora_manager'), { max: 1, fetch_types: true });
    const [row] =
      await fetched`SELECT array_agg(DISTINCT order_id ORDER BY order_id) AS ids FROM sales WHERE order_id < 5`;
    await fetched.end();
    expect(row?.ids).toEqual([1, 2, 3, 4]);
    const types = await sql`SELECT typname FROM pg_catalog.pg_type WHERE oid = 1007`;
    expect(types).toEqual([{ typname: '_int4' }]);
  });

  test('parameters of a tagged template, with their inferred types', async () => {
    const channels = ['web', 'phone'];
    const since = new Date(Date.UTC(2025, 5, 1));
    const rows = await sql`
      SELECT channel, MEASURE(order_count) AS n FROM sales
      WHERE channel IN ${sql(channels)} AND ordered_at >= ${since} AND is_gift = ${false} AND goods_value > ${'50'}
      GROUP BY channel ORDER BY channel`;
    const expected = await demo.plain(`SELECT channel, COUNT(*) AS n FROM shop.orders WHERE tenant_id = 'aurora'
      AND channel IN ('web', 'phone') AND ordered_at >= '2025-06-01' AND NOT is_gift AND goods_value > 50
      GROUP BY 1 ORDER BY 1`);
    expect(expected).toHaveLength(2);
    expect([...rows]).toEqual(expected);
  });

  test('many at once on few connections', async () => {
    const expected = await demo.plain(
      "SELECT status, COUNT(*) AS n FROM shop.orders WHERE tenant_id = 'aurora' GROUP BY 1",
    );
    const rows = await Promise.all(
      Array.from({ length: 20 }, (_, i) => expected[i % expected.length]).map(
        (row) => sql`SELECT MEASURE(order_count) AS n FROM sales WHERE status = ${row?.status ?? ''}`,
      ),
    );
    expect(rows.map(([row]) => row?.n)).toEqual(rows.map((_, i) => expected[i % expected.length]?.n));
  });

  test('describe, without running anything', async () => {
    const { types, columns } =
      await sql`SELECT status, MEASURE(revenue) FROM sales WHERE order_id > ${1} AND city = ${'x'} GROUP BY 1`.describe();
    expect(types).toEqual([23, 25]);
    expect(columns.map(({ name, type }) => [name, type])).toEqual([
      ['status', 25],
      ['revenue', 1700],
    ]);
  });

  test('unsafe with several statements', async () => {
    const results = await sql.unsafe("SELECT COUNT(DISTINCT status) AS n FROM sales; SHOW TIME ZONE; SELECT 'x' AS x");
    expect(results).toMatchObject([[{ n: '5' }], [{ TimeZone: 'UTC' }], [{ x: 'x' }]]);
  });

  test('a cursor that is left before its end', async () => {
    const seen: unknown[] = [];
    for await (const rows of sql`SELECT order_id FROM sales ORDER BY 1`.cursor(100)) {
      seen.push(...rows.map(({ order_id }) => order_id));
      if (seen.length >= 300) break;
    }
    const expected = await demo.plain("SELECT id FROM shop.orders WHERE tenant_id = 'aurora' ORDER BY id LIMIT 300");
    expect(seen.map(String)).toEqual(expected.map(({ id }) => id));
  });

  test('begin: committed, and rolled back at an error; nothing can be written', async () => {
    const inside = await sql.begin('read only', async (transaction) => {
      await transaction`SELECT set_config('TimeZone', 'Asia/Tokyo', true)`;
      return transaction`SHOW TIME ZONE`;
    });
    expect(inside[0]).toEqual({ TimeZone: 'Asia/Tokyo' });
    await expect(sql.begin((transaction) => transaction`DELETE FROM sales`)).rejects.toMatchObject({ code: '25006' });
    await expect(sql.begin((transaction) => transaction`SELECT nope FROM sales`)).rejects.toMatchObject({
      code: '42703',
      position: '8',
    });
    const zones = await Promise.all([1, 2, 3].map(() => sql`SHOW TIME ZONE`));
    expect(zones.map(([row]) => row?.TimeZone)).toEqual(['UTC', 'UTC', 'UTC']);
  });

  test('COPY as a stream', async () => {
    const chunks: Buffer[] = [];
    const copy = sql`COPY (SELECT order_id, coupon_code FROM sales ORDER BY 1) TO STDOUT`;
    for await (const chunk of await copy.readable()) chunks.push(chunk);
    const expected = await demo.plain("SELECT id, coupon_code FROM shop.orders WHERE tenant_id = 'aurora' ORDER BY id");
    const lines = Buffer.concat(chunks).toString().trimEnd().split('\n');
    expect(lines).toEqual(expected.map(({ id, coupon_code }) => `${id}\t${coupon_code ?? '\\N'}`));
  });

  test('a query that is cancelled', async () => {
    const running = sql`SELECT MAX(a.goods_value * b.goods_value * c.customer_id)
      FROM sales a CROSS JOIN sales b CROSS JOIN shoppers c`;
    const outcome = expect(running).rejects.toMatchObject({ code: '57014' });
    const again = setInterval(() => running.cancel(), 300);
    await outcome;
    clearInterval(again);
  });
});
