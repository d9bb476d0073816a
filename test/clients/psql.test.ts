/** What psql shows of the demo, the same on DuckDB and on PostgreSQL. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Demo, type Persona, signed, startDemo, WAREHOUSES, type WarehouseName } from './demo.ts';
import { PSQL_VERSION, type PsqlOptions, psql } from './psql.ts';

if (PSQL_VERSION === undefined) process.stderr.write('psql is not installed here: its tests are skipped\n');
/** Rows alone, a line each. */
const BARE = '\\pset format unaligned\n\\pset tuples_only on\n';
const major = Number.parseInt(PSQL_VERSION ?? '0', 10);

describe.skipIf(PSQL_VERSION === undefined)('psql', () => {
  let demo: Demo;
  beforeAll(async () => {
    demo = await startDemo();
  });
  afterAll(() => demo?.stop());

  /** Both streams, as at a terminal; what differs from run to run is left out. */
  async function shown(
    warehouse: WarehouseName,
    input: string,
    options: PsqlOptions = {},
    args: readonly string[] = [],
  ): Promise<string> {
    const { out, err } = await psql(demo, warehouse, ['--echo-errors', '-q', ...args], { ...options, input });
    return `${out}${err}`
      .replace(/^DETAIL: {2}query id [0-9a-f-]+\n/gm, '')
      .replace(/^Time: .*$/gm, 'Time:')
      .replaceAll(String(demo.servers[warehouse].port), 'PORT');
  }

  /** What psql shows of the input, on both warehouses alike. */
  async function both(input: string, persona?: Persona): Promise<string> {
    const options = persona === undefined ? {} : { persona };
    const [duckdb, postgres] = await Promise.all(WAREHOUSES.map((warehouse) => shown(warehouse, input, options)));
    expect(duckdb).toBe(postgres);
    return postgres ?? '';
  }

  const bare = (input: string, persona?: Persona): Promise<string> => both(`${BARE}${input}`, persona);

  describe('describes', () => {
    test('the connection and the one database', async () => {
      expect(await both('\\conninfo')).toMatch(/database\W+"?semwire"?[\s\S]*aurora_manager[\s\S]*PORT/i);
      const list = await bare('\\l');
      expect(list.match(/^[a-z0-9_]+\|/gm)).toEqual(['semwire|']);
    });

    test('the tables that the persona sees, and no other relation', async () => {
      const names = async (command: string, persona: Persona) =>
        (await bare(command, persona))
          .match(/^public\|.*?\|.*?\|/gm)
          ?.map((line) => line.split('|').slice(1, 3).join(' '));
      const manager = ['baskets table', 'returns table', 'sales table', 'shoppers table'];
      const commands = ['\\d', '\\dt', '\\dt+', '\\d+', '\\dt public.*'];
      expect(await names(commands.join('\n'), 'aurora_manager')).toEqual(commands.flatMap(() => manager));
      expect(await names('\\d', 'aurora_support')).toEqual(['baskets table', 'sales table', 'shoppers table']);
      expect(await both('\\dv\n\\dm\n\\ds\n\\dE')).not.toContain('public');
    });

    test('a table with types and key', async () => {
      const columns = await both('\\d sales');
      expect(columns).toContain('Table "public.sales"');
      expect(columns).toMatch(/^ order_id +\| integer +\|.*\| not null/m);
      expect(columns).toMatch(/^ ordered_at +\| timestamp without time zone/m);
      expect(columns).toMatch(/^ goods_value +\| numeric\(12,2\)/m);
      expect(columns).toMatch(/^ is_gift +\| boolean/m);
      expect(columns).toMatch(/^ order_count +\| bigint/m);
      expect(columns).toContain('"sales_pkey" PRIMARY KEY, btree (order_id)');
      // Rows repeat along its one-to-many join.
      for (const warehouse of WAREHOUSES) {
        expect(await shown(warehouse, '\\d baskets')).toMatch(/^ line_number +\| integer(?![\s\S]*PRIMARY KEY)/m);
      }
    });

    test('titles, descriptions and kinds of measures like documentation', async () => {
      const columns = await both('\\d+ shoppers');
      expect(columns).toMatch(/^ phone .*\| Phone: Personal data: phone number, if known *$/m);
      expect(columns).toMatch(/^ city .*\| City *$/m);
      expect(columns).toMatch(/^ businesses .*\| Business customers: True for companies \(segment\) *$/m);
      expect(columns).toMatch(/^ customer_count .*\| Customers: Number of customers \(measure: count\) *$/m);
      expect(columns).toMatch(/^ city_count .*\(measure: count_distinct\) *$/m);
      expect(columns).toMatch(/^ first_sign_up .*\(measure: time\) *$/m);
      expect(await both('\\dt+ sales')).toContain('Sales: Orders with their customers. One row for each order.');
    });

    test('fewer columns to another persona, and a table that it may not see like one that is not there', async () => {
      const names = async (persona: Persona) =>
        [...(await both('\\d sales', persona)).matchAll(/^ (\w+) +\| /gm)].map(([, name]) => name);
      const manager = await names('aurora_manager');
      expect(manager).toHaveLength(29);
      const without = (hidden: readonly string[]) => manager.filter((name) => !hidden.includes(name ?? ''));
      expect(await names('aurora_analyst')).toEqual(without(['customer_name', 'note']));
      const values = ['revenue', 'shipping_income', 'average_order_value', 'average_total'];
      expect(await names('aurora_support')).toEqual(without([...values, 'largest_order', 'smallest_order']));
      const { err } = await psql(demo, 'duckdb', ['-c', '\\d returns'], { persona: 'aurora_support' });
      expect(err).toContain('Did not find any relation named "returns".');
    });

    test('one role, a grant to read, and no function, type or schema but its own', async () => {
      const roles = await bare('\\du');
      expect(roles).toMatch(/^aurora_manager\|/m);
      expect(roles.match(/^\w+\|/gm)).toHaveLength(1);
      expect(await both('\\dp')).toMatch(/sales[\s\S]*aurora_manager=r/);
      const nothing = ['\\df', '\\dT', '\\do public.*', '\\dO', '\\des', '\\drds', '\\dRp', '\\dX', '\\dy'];
      expect(await bare(nothing.join('\n'))).toBe('');
      expect(await bare('\\dn')).toMatch(/^public\|/);
    });
  });

  describe('shows rows', () => {
    test('of a dimension and a bare measure, one for each value', async () => {
      const expected = await demo.plain(`SELECT status, SUM(goods_value) FILTER (WHERE status <> 'cancelled') AS revenue
        FROM shop.orders WHERE tenant_id = 'aurora' GROUP BY status ORDER BY status`);
      const lines = expected.map(({ status, revenue }) => `${status}|${revenue ?? ''}\n`).join('');
      expect(await bare('SELECT status, revenue FROM sales ORDER BY 1;')).toBe(lines);
    });

    test('grouped, filtered before and after, ordered, limited', async () => {
      const expected = await demo.plain(`SELECT c.region, SUM(o.goods_value) AS revenue FROM shop.orders o
        JOIN shop.customers k ON k.id = o.customer_id JOIN shop.countries c ON c.code = k.country_code
        WHERE o.tenant_id = 'aurora' AND o.status <> 'cancelled' AND o.channel = 'web'
        GROUP BY 1 HAVING SUM(o.goods_value) > 2000000 ORDER BY 2 DESC LIMIT 5`);
      expect(expected.length).toBeGreaterThan(1);
      const lines = expected.map(({ region, revenue }) => `${region}|${revenue}\n`).join('');
      expect(
        await bare(`
          SELECT region, MEASURE(revenue) FROM sales WHERE channel = 'web'
          GROUP BY 1 HAVING MEASURE(revenue) > 2000000 ORDER BY 2 DESC LIMIT 5;`),
      ).toBe(lines);
    });

    test('of the tenant in the token, and of its regions', async () => {
      const count = 'SELECT COUNT(*) AS rows, MEASURE(order_count) FROM sales;';
      const orders = async (where: string) =>
        (
          await demo.plain(`SELECT COUNT(*) AS n FROM shop.orders o JOIN shop.customers k ON k.id = o.customer_id
          JOIN shop.countries c ON c.code = k.country_code WHERE ${where}`)
        )[0]?.n;
      for (const [persona, where] of [
        ['aurora_manager', "o.tenant_id = 'aurora'"],
        ['borealis_manager', "o.tenant_id = 'borealis'"],
        ['aurora_support', "o.tenant_id = 'aurora' AND c.region = 'Nordics'"],
      ] as const) {
        const expected = await orders(where);
        expect(await bare(count, persona)).toBe(`${expected}|${expected}\n`);
      }
    });

    test('\\x, \\timing and \\gdesc', async () => {
      expect(await both('\\x on\nSELECT status, is_gift FROM sales WHERE order_id = 1;')).toBe(
        '-[ RECORD 1 ]------\nstatus  | completed\nis_gift | f\n\n',
      );
      expect(await both('\\timing on\nSELECT 1 AS one;')).toBe(' one \n-----\n   1\n(1 row)\n\nTime:\n');
      expect(
        await both('SELECT status, revenue, COUNT(*) AS n, ordered_at::date AS day FROM sales GROUP BY 1, 4 \\gdesc'),
      ).toMatch(/status +\| text\n revenue +\| numeric\n n +\| bigint\n day +\| date\n/);
    });

    test.skipIf(major < 16)('\\bind', async () => {
      const query = "SELECT channel, MEASURE(order_count) FROM sales WHERE channel = $1 GROUP BY 1 \\bind 'web' \\g\n";
      expect(await both(query)).toContain('web');
    });

    test('in portions of FETCH_COUNT', async () => {
      const expected = await demo.plain("SELECT id FROM shop.orders WHERE tenant_id = 'aurora' ORDER BY id LIMIT 250");
      const query = '\\set FETCH_COUNT 100\n' + 'SELECT order_id FROM sales ORDER BY 1 LIMIT 250;';
      expect(await bare(query)).toBe(expected.map(({ id }) => `${id}\n`).join(''));
    });

    test('\\copy and COPY as CSV', async () => {
      const csv = await both(
        '\\copy (SELECT order_id, coupon_code, note, is_gift FROM sales ORDER BY 1 LIMIT 40) TO STDOUT CSV HEADER',
      );
      expect(csv.split('\n').slice(0, 2)).toEqual(['order_id,coupon_code,note,is_gift', '1,,,f']);
      expect(csv.trimEnd().split('\n')).toHaveLength(41);
      expect(await both("COPY (SELECT DISTINCT city FROM shoppers WHERE city LIKE 'Z%') TO STDOUT;")).toBe('Zürich\n');
    });

    test('again and again with \\watch, until it is interrupted', async () => {
      const { out } = await psql(demo, 'duckdb', ['-At'], {
        input: "SELECT 'seen' \\watch 0.2\n",
        onOutput: (printed, interrupt) => {
          if (printed.split('seen').length > 2) interrupt();
        },
      });
      expect(out.split('seen').length).toBeGreaterThan(2);
    });

    test('of several statements in one -c, and of several -c', async () => {
      for (const warehouse of WAREHOUSES) {
        const { out, code } = await psql(demo, warehouse, [
          '-At',
          ...['-c', "SELECT 1; SELECT COUNT(DISTINCT status) FROM sales; SET TIME ZONE 'UTC'"],
          ...['-c', 'SHOW TIME ZONE'],
        ]);
        // psql 14 and older show the last result of a -c alone.
        expect(out).toBe(major < 15 ? 'SET\nUTC\n' : '1\n5\nSET\nUTC\n');
        expect(code).toBe(0);
      }
    });
  });

  describe('shows an error', () => {
    test.each([
      [
        'SELECT nope FROM sales;',
        'ERROR:  column "nope" does not exist\nLINE 1: SELECT nope FROM sales;\n               ^\n',
      ],
      [
        'SELECT 1 FROM sale;',
        'ERROR:  relation "sale" does not exist\nLINE 1: SELECT 1 FROM sale;\n                      ^\n',
      ],
      [
        'SELECT status,\n  MEASURE(revenu)\nFROM sales GROUP BY 1;',
        'ERROR:  column "revenu" does not exist\nLINE 2:   MEASURE(revenu)\n                  ^\n',
      ],
      [
        'SELECT SUM(buyer_count) FROM sales;',
        'ERROR:  SUM does not match measure "buyer_count" of type count_distinct\n' +
          'LINE 1: SELECT SUM(buyer_count) FROM sales;\n               ^\nHINT:  Use MEASURE(buyer_count)',
      ],
      [
        'SELECT status, channel, MEASURE(revenue) FROM sales GROUP BY 1;',
        'ERROR:  column "sales.channel" must appear in the GROUP BY clause or be used in an aggregate function\nLINE 1:',
      ],
      ['SELEC 1;', 'ERROR:  syntax error at or near "SELEC"\nLINE 1: SELEC 1;\n        ^\n'],
      ['DELETE FROM sales;', 'ERROR:  cannot execute DELETE in a read-only transaction\n'],
      ['SELECT 1 / (order_id - order_id) FROM sales LIMIT 1;', 'ERROR:  division by zero\n'],
      ['SELECT status::int FROM sales;', 'ERROR:  invalid input syntax'],
    ])('%s', async (sql, message) => {
      const output = await both(sql);
      expect(output).toContain(message);
      expect(output).toContain('STATEMENT:  ');
    });

    test('that a hidden column and a missing one share, but for the name', async () => {
      const error = (name: string) => both(`\\set VERBOSITY verbose\nSELECT ${name} FROM sales;`, 'aurora_analyst');
      const hidden = await error('customer_name');
      expect(hidden).toContain('42703: column "customer_name" does not exist');
      expect(hidden).toBe((await error('customer_nine')).replaceAll('customer_nine', 'customer_name'));
    });

    test('and stops a script with ON_ERROR_STOP', async () => {
      const { out, code } = await psql(demo, 'postgres', ['-At', '-v', 'ON_ERROR_STOP=1'], {
        input: 'SELECT 1;\nSELECT nope;\nSELECT 2;\n',
      });
      expect({ out, code }).toEqual({ out: '1\n', code: 3 });
    });
  });

  describe('is refused', () => {
    const refusal = async (options: PsqlOptions): Promise<string> => {
      const { code, err } = await psql(demo, 'duckdb', ['-c', 'SELECT 1'], options);
      expect(code).toBe(2);
      return err;
    };

    test('with a wrong token and with one that has expired, in the same words', async () => {
      const words = 'FATAL:  password authentication failed for user "aurora_manager"\n';
      expect(await refusal({ password: 'not-a-token' })).toContain(words);
      expect(await refusal({ password: await signed({ sub: 'x', tenant_id: 'aurora' }, -60) })).toContain(words);
    });

    test('for another database', async () => {
      expect(await refusal({ env: { PGDATABASE: 'other' } })).toContain('FATAL:  database "other" does not exist\n');
    });
  });

  test.each(WAREHOUSES)('Ctrl-C ends a long statement on %s', async (warehouse) => {
    let interrupting: NodeJS.Timeout | undefined;
    const { out, err, code } = await psql(demo, warehouse, ['-At'], {
      input: `\\echo begins
        SELECT MAX(a.goods_value * b.goods_value * c.customer_id) FROM sales a CROSS JOIN sales b CROSS JOIN shoppers c;
        SELECT 'not reached';\n`,
      onOutput: (printed, interrupt) => {
        // Until it has been heard: a cancel that comes before the statement runs has no effect.
        if (printed.includes('canceling')) clearInterval(interrupting);
        else if (printed.includes('begins')) interrupting ??= setInterval(interrupt, 500);
      },
    });
    clearInterval(interrupting);
    expect(err).toContain('ERROR:  canceling statement due to user request\n');
    // psql ends a script at Ctrl-C; that the session would go on is in node-postgres.test.ts.
    expect({ out, code }).toEqual({ out: 'begins\n', code: 3 });
  });
});
