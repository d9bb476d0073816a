/** Kysely against the demo, on DuckDB and on PostgreSQL alike: introspection, the query builder, transactions. */
import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Demo, type Persona, startDemo, WAREHOUSES } from './demo.ts';

/** What a user of Kysely writes down of the tables, with the types that node-postgres reads. */
type Sales = {
  readonly order_id: number;
  readonly customer_id: number;
  readonly status: string;
  readonly channel: string;
  readonly ordered_at: Date;
  readonly goods_value: string;
  readonly is_gift: boolean;
  readonly order_count: string;
  readonly revenue: string;
};
type Shoppers = { readonly customer_id: number; readonly city: string };
type Shop = { readonly sales: Sales; readonly shoppers: Shoppers };

let demo: Demo;
beforeAll(async () => {
  demo = await startDemo();
});
afterAll(() => demo?.stop());

describe.each(WAREHOUSES)('kysely before %s', (warehouse) => {
  let db: Kysely<Shop>;
  let support: Kysely<Shop>;
  beforeAll(() => {
    db = open('aurora_manager');
    support = open('aurora_support');
  });
  afterAll(() => Promise.all([db?.destroy(), support?.destroy()]));

  function open(persona: Persona): Kysely<Shop> {
    const pool = new pg.Pool({ connectionString: demo.url(warehouse, persona), max: 2 });
    return new Kysely({ dialect: new PostgresDialect({ pool }) });
  }

  test('introspection: schemas, tables, columns with types, nullability and comments', async () => {
    const names = (await db.introspection.getSchemas()).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['information_schema', 'pg_catalog', 'public', 'semwire']));
    const tables = (await db.introspection.getTables()).filter(({ schema }) => schema === 'public');
    expect(tables.map(({ name, isView }) => [name, isView])).toEqual(
      ['baskets', 'returns', 'sales', 'shoppers'].map((name) => [name, false]),
    );
    const columns = new Map(
      tables.find(({ name }) => name === 'sales')?.columns.map((column) => [column.name, column]),
    );
    const column = (name: string, dataType: string, comment: string, isNullable = true): void =>
      expect(columns.get(name)).toEqual({
        name,
        dataType,
        dataTypeSchema: 'pg_catalog',
        isNullable,
        isAutoIncrementing: false,
        hasDefaultValue: false,
        comment,
      });
    column('order_id', 'int4', 'Order number', false);
    column('ordered_at', 'timestamp', 'Ordered at: UTC');
    column('goods_value', 'numeric', 'Goods value: In EUR, after discounts, without shipping');
    column('is_gift', 'bool', 'Gift: Whether the order was to be wrapped as a gift');
    column('order_count', 'int8', 'Orders: Number of orders, cancelled ones too (measure: count)');
  });

  test('introspection shows another persona its own tables and columns alone', async () => {
    const tables = (await support.introspection.getTables()).filter(({ schema }) => schema === 'public');
    expect(tables.map(({ name }) => name)).toEqual(['baskets', 'sales', 'shoppers']);
    const names = tables.find(({ name }) => name === 'sales')?.columns.map(({ name }) => name);
    expect(names).toContain('order_count');
    expect(names).not.toContain('revenue');
  });

  test('the query builder: joins, filters, groups, having, order, limit', async () => {
    const rows = await db
      .selectFrom('sales')
      .innerJoin('shoppers', 'shoppers.customer_id', 'sales.customer_id')
      .select(['shoppers.city', (eb) => eb.fn.sum<string>('sales.order_count').as('orders')])
      .select((eb) => eb.fn.countAll<string>().filterWhere('sales.is_gift', '=', true).as('gifts'))
      .where('sales.channel', 'in', ['web', 'app'])
      .where('sales.ordered_at', '>=', new Date(Date.UTC(2025, 0, 1)))
      .where((eb) => eb.or([eb('sales.status', '=', 'completed'), eb('sales.goods_value', '>', '500')]))
      .groupBy('shoppers.city')
      .having((eb) => eb.fn.sum('sales.order_count'), '>', 100)
      .orderBy('orders', 'desc')
      .orderBy('shoppers.city')
      .limit(7)
      .execute();
    const expected = await demo.plain(`SELECT city, COUNT(*) AS orders, COUNT(*) FILTER (WHERE is_gift) AS gifts
      FROM shop.orders o JOIN shop.customers c ON c.id = o.customer_id WHERE o.tenant_id = 'aurora'
      AND channel IN ('web', 'app') AND ordered_at >= '2025-01-01' AND (status = 'completed' OR goods_value > 500)
      GROUP BY 1 HAVING COUNT(*) > 100 ORDER BY 2 DESC, 1 LIMIT 7`);
    expect(expected).toHaveLength(7);
    expect(rows).toEqual(expected);
  });

  test('a measure by its own name, CTEs, and raw SQL with parameters', async () => {
    const { rows } = await sql<{ status: string; n: string }>`
      SELECT status, ${sql.ref('order_count')} AS n FROM sales WHERE channel = ${'phone'} GROUP BY status ORDER BY status
    `.execute(db);
    const expected = await demo.plain(`SELECT status, COUNT(*) AS n FROM shop.orders WHERE tenant_id = 'aurora'
      AND channel = 'phone' GROUP BY 1 ORDER BY 1`);
    expect(rows).toEqual(expected);
    const largest = await db
      .with('by_status', (cte) =>
        cte
          .selectFrom('sales')
          .select(['status', sql<string>`measure(revenue)`.as('revenue')])
          .groupBy('status'),
      )
      .selectFrom('by_status')
      .select('status')
      .where('revenue', '=', (eb) => eb.selectFrom('by_status').select((max) => max.fn.max('revenue').as('most')))
      .execute();
    expect(largest).toEqual([{ status: 'completed' }]);
  });

  test('a transaction: what is inside sees its settings, and an error undoes them', async () => {
    const zone = (on: Kysely<Shop>): Promise<string | undefined> =>
      sql<{ TimeZone: string }>`SHOW TIME ZONE`.execute(on).then(({ rows }) => rows[0]?.TimeZone);
    await db
      .transaction()
      .setIsolationLevel('repeatable read')
      .execute(async (transaction) => {
        await sql`SET LOCAL TIME ZONE 'Asia/Tokyo'`.execute(transaction);
        expect(await zone(transaction)).toBe('Asia/Tokyo');
      });
    expect(await zone(db)).toBe('UTC');
    const failing = db.transaction().execute(async (transaction) => {
      await sql`SET TIME ZONE 'Asia/Tokyo'`.execute(transaction);
      await transaction.selectFrom('sales').select('status').where(sql.ref('nope'), '=', 1).execute();
    });
    await expect(failing).rejects.toMatchObject({ code: '42703', message: 'column "nope" does not exist' });
    expect(await zone(db)).toBe('UTC');
  });

  test('errors keep their codes, and nothing can be written', async () => {
    await expect(support.selectFrom('sales').select('revenue').execute()).rejects.toMatchObject({ code: '42703' });
    await expect(db.deleteFrom('sales').where('order_id', '=', 1).execute()).rejects.toMatchObject({ code: '25006' });
    await expect(db.schema.createTable('copied').addColumn('id', 'integer').execute()).rejects.toMatchObject({
      code: '25006',
    });
    const summed = support.selectFrom('sales').select((eb) => eb.fn.sum(sql.ref('buyer_count')).as('buyers'));
    await expect(summed.execute()).rejects.toMatchObject({
      code: '42803',
      hint: expect.stringContaining('MEASURE(buyer_count)'),
    });
  });
});
