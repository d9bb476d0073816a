/** node-postgres against the demo, on DuckDB and on PostgreSQL alike. */
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Demo, type Persona, startDemo, WAREHOUSES } from './demo.ts';

let demo: Demo;
beforeAll(async () => {
  demo = await startDemo();
});
afterAll(() => demo?.stop());

describe.each(WAREHOUSES)('node-postgres before %s', (warehouse) => {
  let clients: readonly pg.Client[] = [];
  afterEach(async () => {
    await Promise.all(clients.map((client) => client.end()));
    clients = [];
  });

  async function connect(persona: Persona = 'aurora_manager', config: pg.ClientConfig = {}): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: demo.url(warehouse, persona), ...config });
    await client.connect();
    clients = [...clients, client];
    return client;
  }

  test('values by type, as the package reads them', async () => {
    const client = await connect();
    const { rows, fields } = await client.query(
      `SELECT order_id, status, ordered_at, goods_value, is_gift, coupon_code, order_count, ordered_at::date AS day
       FROM sales WHERE order_id = $1 GROUP BY 1, 2, 3, 4, 5, 6, 8`,
      [1],
    );
    expect(rows).toEqual([
      {
        order_id: 1,
        status: 'completed',
        ordered_at: new Date(2024, 0, 1, 2, 8, 23),
        goods_value: '966.11',
        is_gift: false,
        coupon_code: null,
        order_count: '1',
        day: new Date(2024, 0, 1),
      },
    ]);
    expect(fields.map(({ dataTypeID }) => dataTypeID)).toEqual([23, 25, 1114, 1700, 16, 25, 20, 1082]);
    // No physical table can be found out.
    expect(fields.map(({ tableID, columnID }) => tableID + columnID)).toEqual(fields.map(() => 0));
  });

  test('the same values in binary', async () => {
    const query = 'SELECT order_id, status, is_gift, order_count FROM sales WHERE order_id IN ($1, $2) ORDER BY 1';
    const binary = await connect('aurora_manager', { binary: true } as pg.ClientConfig);
    const text = await connect();
    const { rows, fields } = await binary.query(query, [1, 2]);
    expect(fields.map(({ format }) => format as unknown)).toEqual(fields.map(() => 'binary'));
    const asText = await text.query(query, [1, 2]);
    expect(rows.map((row) => ({ ...row, order_count: String(row.order_count) }))).toEqual(asText.rows);
  });

  test('parameters of many types, null among them', async () => {
    const client = await connect();
    const { rows } = await client.query(
      `SELECT channel, MEASURE(order_count) FROM sales
       WHERE channel = ANY($1) AND ordered_at >= $2 AND goods_value > $3 AND is_gift = $4 AND ($5::text IS NULL OR region = $5)
       GROUP BY 1 ORDER BY 1`,
      [['web', 'app'], '2025-01-01', 100.5, false, null],
    );
    const expected = await demo.plain(`SELECT channel, COUNT(*) AS order_count FROM shop.orders
      WHERE tenant_id = 'aurora' AND channel IN ('web', 'app') AND ordered_at >= '2025-01-01' AND goods_value > 100.5
      AND NOT is_gift GROUP BY 1 ORDER BY 1`);
    expect(expected).toHaveLength(2);
    expect(rows).toEqual(expected);
  });

  test('a named statement again and again', async () => {
    const client = await connect();
    const expected = await demo.plain(`SELECT status, COUNT(*) AS n FROM shop.orders WHERE tenant_id = 'aurora'
      GROUP BY 1 ORDER BY 1`);
    const text = 'SELECT MEASURE(order_count) AS n FROM sales WHERE status = $1';
    for (let round = 0; round < 10; round++) {
      const { status, n } = expected[round % expected.length] ?? {};
      const { rows } = await client.query({ name: 'by status', text, values: [status] });
      expect(rows).toEqual([{ n }]);
    }
  });

  test('rows in portions, through Execute with a limit', async () => {
    const client = await connect();
    let suspended = 0;
    (client as pg.Client & { readonly connection: pg.Connection }).connection.on('portalSuspended', () => suspended++);
    const expected = await demo.plain("SELECT id FROM shop.orders WHERE tenant_id = 'aurora' ORDER BY id LIMIT 25");
    const { rows } = await client.query({
      text: 'SELECT order_id AS id FROM sales ORDER BY 1 LIMIT $1',
      values: [25],
      // The package's own: asks for the next ten whenever the portal is suspended.
      rows: 10,
    } as pg.QueryConfig);
    expect(rows.map(({ id }) => String(id))).toEqual(expected.map(({ id }) => id));
    // After the first ten and the second; the last five complete it.
    expect(suspended).toBe(2);
  });

  test('rows in portions that come out even: the last is empty', async () => {
    const client = await connect();
    const text = 'SELECT order_id FROM sales ORDER BY 1 LIMIT $1';
    const { rows } = await client.query({ text, values: [20], rows: 10 } as pg.QueryConfig);
    expect(rows).toHaveLength(20);
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });

  test('an error with its code, position and hint, and the connection goes on', async () => {
    const client = await connect();
    await expect(client.query('SELECT 1;\nSELECT ünknown FROM sales')).rejects.toMatchObject({
      severity: 'ERROR',
      code: '42703',
      message: 'column "ünknown" does not exist',
      position: '18',
    });
    await expect(client.query('SELECT SUM(buyer_count) FROM sales WHERE status = $1', ['x'])).rejects.toMatchObject({
      code: '42803',
      position: '8',
      hint: expect.stringContaining('MEASURE(buyer_count)'),
    });
    await expect(client.query('SELECT 1 FROM sales WHERE order_id = $1', ['x'])).rejects.toMatchObject({
      code: '22P02',
    });
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });

  test('a transaction fails as a whole and is rolled back', async () => {
    const client = await connect();
    await client.query('BEGIN READ ONLY');
    await client.query("SET LOCAL TIME ZONE 'Asia/Tokyo'");
    await expect(client.query('SELECT nope FROM sales')).rejects.toMatchObject({ code: '42703' });
    await expect(client.query('SELECT 1')).rejects.toMatchObject({ code: '25P02' });
    await client.query('ROLLBACK');
    expect((await client.query('SHOW TIME ZONE')).rows).toEqual([{ TimeZone: 'UTC' }]);
  });

  test('a statement that is cancelled from elsewhere', async () => {
    const client = await connect();
    const running = client.query(
      'SELECT MAX(a.goods_value * b.goods_value * c.customer_id) FROM sales a CROSS JOIN sales b CROSS JOIN shoppers c',
    );
    const outcome = expect(running).rejects.toMatchObject({
      code: '57014',
      message: 'canceling statement due to user request',
    });
    const { processID, secretKey } = client as pg.Client & { readonly processID: number; readonly secretKey: number };
    const again = setInterval(() => void cancel(demo.servers[warehouse].port, processID, secretKey), 300);
    await outcome;
    clearInterval(again);
    // A cancel that comes late may hit this one.
    const after = await client.query('SELECT 1 AS one').catch(() => client.query('SELECT 1 AS one'));
    expect(after.rows).toEqual([{ one: 1 }]);
  });

  test('fifty clients of two tenants, interleaved, each with its own rows alone', async () => {
    const personas = Array.from({ length: 50 }, (_, i) => (i % 2 === 0 ? 'aurora_manager' : 'borealis_manager'));
    const all = await Promise.all(personas.map((persona) => connect(persona as Persona)));
    const ids = async (tenant: string): Promise<readonly unknown[]> =>
      (
        await demo.plain(`SELECT id FROM shop.orders WHERE tenant_id = '${tenant}' AND coupon_code IS NOT NULL
        ORDER BY id LIMIT 20`)
      ).map(({ id }) => Number(id));
    const own = { aurora_manager: await ids('aurora'), borealis_manager: await ids('borealis') };
    // The same text, so that they share a plan and a warehouse statement.
    const text = 'SELECT order_id FROM sales WHERE coupon_code IS NOT NULL ORDER BY 1 LIMIT 20';
    for (let round = 0; round < 3; round++) {
      const seen = await Promise.all(all.map((client) => client.query({ name: 'shared', text })));
      for (const [i, { rows }] of seen.entries()) {
        expect(rows.map(({ order_id }) => order_id)).toEqual(own[personas[i] as keyof typeof own]);
      }
    }
  });

  test('a wrong password and a database that is not there', async () => {
    await expect(
      connect('aurora_manager', { password: 'x', connectionString: undefined, ...target() }),
    ).rejects.toMatchObject({ code: '28P01', severity: 'FATAL' });
    const password = demo.tokens.aurora_manager;
    await expect(
      connect('aurora_manager', { ...target(), connectionString: undefined, password, database: 'other' }),
    ).rejects.toMatchObject({ code: '3D000', message: 'database "other" does not exist' });
  });

  function target(): pg.ClientConfig {
    return { host: '127.0.0.1', port: demo.servers[warehouse].port, user: 'aurora_manager', database: 'semwire' };
  }
});

/** CancelRequest on a connection of its own, as the package sends it. */
function cancel(port: number, processID: number, secretKey: number): Promise<void> {
  const connection = new pg.Connection() as pg.Connection & {
    readonly connect: (port: number, host: string) => void;
    readonly cancel: (processID: number, secretKey: number) => void;
  };
  return new Promise((resolve) => {
    connection.on('connect', () => connection.cancel(processID, secretKey));
    connection.on('error', () => {});
    connection.on('end', resolve);
    connection.connect(port, '127.0.0.1');
  });
}
