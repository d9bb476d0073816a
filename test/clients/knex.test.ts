/** Knex against the demo, on DuckDB and on PostgreSQL alike: schema, query builder, transactions, timeouts. */
import knex, { type Knex } from 'knex';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Demo, type Persona, startDemo, WAREHOUSES } from './demo.ts';

let demo: Demo;
beforeAll(async () => {
  demo = await startDemo();
});
afterAll(() => demo?.stop());

describe.each(WAREHOUSES)('knex before %s', (warehouse) => {
  let db: Knex;
  let support: Knex;
  beforeAll(() => {
    db = open('aurora_manager');
    support = open('aurora_support');
  });
  afterAll(() => Promise.all([db?.destroy(), support?.destroy()]));

  function open(persona: Persona): Knex {
    return knex({
      client: 'pg',
      connection: {
        host: '127.0.0.1',
        port: demo.servers[warehouse].port,
        user: persona,
        password: demo.tokens[persona],
        database: 'semwire',
      },
      searchPath: ['public'],
      pool: { min: 0, max: 2 },
    });
  }

  test('hasTable, hasColumn and columnInfo, of each persona its own', async () => {
    expect(await db.schema.hasTable('returns')).toBe(true);
    expect(await db.schema.hasTable('orders')).toBe(false);
    expect(await support.schema.hasTable('returns')).toBe(false);
    expect(await db.schema.hasColumn('sales', 'revenue')).toBe(true);
    expect(await support.schema.hasColumn('sales', 'revenue')).toBe(false);
    const info = await db('sales').columnInfo();
    expect(info).toMatchObject({
      order_id: { type: 'integer', nullable: false },
      status: { type: 'text', maxLength: null, nullable: true, defaultValue: null },
      ordered_at: { type: 'timestamp without time zone' },
      goods_value: { type: 'numeric' },
      is_gift: { type: 'boolean' },
      order_count: { type: 'bigint' },
    });
    expect(await support.withSchema('public').table('sales').columnInfo()).not.toHaveProperty('revenue');
  });

  test('the query builder: joins, filters, groups, having, order, limit', async () => {
    const rows = await db('sales as s')
      .join('shoppers as c', 'c.customer_id', 's.customer_id')
      .select('c.city')
      .sum('s.order_count as orders')
      .count('s.coupon_code as coupons')
      .whereIn('s.channel', ['web', 'app'])
      .andWhere('s.ordered_at', '>=', '2025-01-01')
      .andWhere((where) => where.where('s.status', 'completed').orWhere('s.goods_value', '>', 500))
      .groupBy('c.city')
      .havingRaw('SUM(s.order_count) > ?', [100])
      .orderBy([{ column: 'orders', order: 'desc' }, 'city'])
      .limit(7);
    const expected = await demo.plain(`SELECT city, COUNT(*) AS orders, COUNT(coupon_code) AS coupons
      FROM shop.orders o JOIN shop.customers c ON c.id = o.customer_id WHERE o.tenant_id = 'aurora'
      AND channel IN ('web', 'app') AND ordered_at >= '2025-01-01' AND (status = 'completed' OR goods_value > 500)
      GROUP BY 1 HAVING COUNT(*) > 100 ORDER BY 2 DESC, 1 LIMIT 7`);
    expect(expected).toHaveLength(7);
    expect(rows).toEqual(expected);
  });

  test('first, pluck, count, distinct, pages', async () => {
    expect(await db('sales').where({ order_id: 1 }).first('order_id', 'status', 'is_gift')).toEqual({
      order_id: 1,
      status: 'completed',
      is_gift: false,
    });
    const ids = await demo.plain(
      "SELECT id FROM shop.orders WHERE tenant_id = 'aurora' ORDER BY id LIMIT 10 OFFSET 20",
    );
    expect(await db('sales').orderBy('order_id').limit(10).offset(20).pluck('order_id')).toEqual(
      ids.map(({ id }) => Number(id)),
    );
    const [counted] = await demo.plain("SELECT COUNT(*) AS n FROM shop.orders WHERE tenant_id = 'aurora'");
    expect(await db('sales').count('* as n').first()).toEqual(counted);
    expect(await db('sales').distinct('channel').orderBy('channel')).toEqual(
      ['app', 'marketplace', 'phone', 'web'].map((channel) => ({ channel })),
    );
  });

  test('a measure by its own name, and raw SQL with bindings', async () => {
    const { rows } = await db.raw('SELECT status, ?? AS n FROM ?? WHERE channel = ? GROUP BY status ORDER BY status', [
      'order_count',
      'sales',
      'phone',
    ]);
    expect(rows).toEqual(
      await demo.plain(`SELECT status, COUNT(*) AS n FROM shop.orders WHERE tenant_id = 'aurora' AND channel = 'phone'
        GROUP BY 1 ORDER BY 1`),
    );
  });

  test('a transaction that fails rolls back, with savepoints inside', async () => {
    const zone = async (on: Knex): Promise<unknown> => (await on.raw('SHOW TIME ZONE')).rows[0].TimeZone;
    await db.transaction(async (outer) => {
      await outer.raw("SET LOCAL TIME ZONE 'Asia/Tokyo'");
      const inner = outer.transaction(async (savepoint) => {
        await savepoint.raw("SET LOCAL TIME ZONE 'Europe/Berlin'");
        expect(await zone(savepoint)).toBe('Europe/Berlin');
        await savepoint('sales').select('nope');
      });
      await expect(inner).rejects.toMatchObject({ code: '42703' });
      expect(await zone(outer)).toBe('Asia/Tokyo');
    });
    expect(await zone(db)).toBe('UTC');
    const rows = await db.transaction((transaction) => transaction('sales').max('order_id as id'), {
      isolationLevel: 'repeatable read',
      readOnly: true,
    });
    const [last] = await demo.plain("SELECT MAX(id) AS id FROM shop.orders WHERE tenant_id = 'aurora'");
    expect(rows.map(({ id }) => String(id))).toEqual([last?.id]);
  });

  test('errors keep their codes, and nothing can be written', async () => {
    await expect(support('sales').select('revenue')).rejects.toMatchObject({ code: '42703' });
    await expect(db('orders').select()).rejects.toMatchObject({ code: '42P01' });
    await expect(db('sales').insert({ order_id: 1 })).rejects.toMatchObject({ code: '25006' });
    await expect(db('sales').where({ order_id: 1 }).update({ status: 'x' })).rejects.toMatchObject({ code: '25006' });
    await expect(db.schema.createTable('copied', (table) => table.integer('id'))).rejects.toMatchObject({
      code: '25006',
    });
  });

  test('a timeout ends the statement through pg_cancel_backend(), and the pool goes on', async () => {
    const slow = db('sales as a')
      .joinRaw('CROSS JOIN sales b CROSS JOIN shoppers c')
      .max('a.goods_value as most')
      .whereRaw('b.goods_value * c.customer_id > ?', [0])
      .timeout(200, { cancel: true });
    // Else it says that cancelling failed.
    await expect(slow).rejects.toThrow('Defined query timeout of 200ms exceeded when running query.');
    expect((await db.raw('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });
});
