/** Catalog functions over constants inside queries over exposed tables, and the shape of tables beside the catalog's. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRowDescription } from '../../src/catalog/frames.ts';
import { type Answer, type Client, type Gateway, modelFolder, onDuckdb } from '../security/gateway.ts';
import { bind, describe as describe_, execute, parse, SYNC } from '../wire/frames.ts';

const MODEL = modelFolder('tenants');

let gateway: Gateway;
let red: Client;
let blue: Client;
let chief: Client;
let admin: Client;
beforeAll(async () => {
  gateway = await onDuckdb(MODEL, readFileSync(`${MODEL}/seed.sql`, 'utf8'), {
    SEMWIRE_ADMINS: 'root',
  });
  red = await gateway.signIn({ sub: 'r', tenant: 'red', groups: ['seller'] });
  blue = await gateway.signIn({ sub: 'b', tenant: 'blue', groups: ['seller'] });
  chief = await gateway.signIn({ sub: 'c', groups: ['chief'] });
  admin = await gateway.signIn({ sub: 'root', groups: ['chief'] });
});
afterAll(async () => {
  red?.close();
  blue?.close();
  chief?.close();
  admin?.close();
  await gateway?.close();
});

function columnsOf({ lines }: Answer) {
  const body = lines.find((line) => line.startsWith('T '))?.slice(2) ?? '';
  return readRowDescription(Buffer.from(body, 'latin1'));
}

/** What came until ReadyForQuery. */
async function messages({ raw }: Client) {
  const found: { readonly type: string; readonly body: Buffer }[] = [];
  for (;;) {
    const message = await raw.message();
    if (message === undefined || message.type === 'Z') return found;
    found.push(message);
  }
}

it('the value is that of the session that asks, of two who see the same', async () => {
  const sql = "SELECT pg_backend_pid() AS pid, current_setting('application_name') AS a, count(*) FROM sales";
  await red.ask("SET application_name = 'red''s'");
  await blue.ask("SET application_name = 'blue''s'");
  const [[own] = []] = (await red.ask('SELECT pg_backend_pid()')).rows;
  const [[theirs] = []] = (await blue.ask('SELECT pg_backend_pid()')).rows;
  expect(own).not.toBe(theirs);
  for (let round = 0; round < 3; round += 1) {
    const answers = await Promise.all([red.ask(sql), blue.ask(sql)]);
    expect(answers.map(({ rows }) => rows)).toEqual([[[own, "red's", '2']], [[theirs, "blue's", '3']]]);
  }
});

it('a prepared statement follows the settings', async () => {
  await red.ask(
    "PREPARE p AS SELECT current_setting('TimeZone') AS zone, current_schemas(false) AS s, count(*) FROM sales",
  );
  expect((await red.ask('EXECUTE p')).rows).toEqual([['UTC', '{public}', '2']]);
  await red.ask("SET TIME ZONE 'Europe/Berlin'");
  await red.ask('SET search_path = semwire, public');
  expect((await red.ask('EXECUTE p')).rows).toEqual([['Europe/Berlin', '{semwire,public}', '2']]);
  await red.ask('DISCARD ALL');
});

it('a time is the same moment whatever TimeZone is', async () => {
  const sql =
    "SELECT pg_postmaster_start_time() BETWEEN now() - interval '1 hour' AND now() AS near FROM sales LIMIT 1";
  for (const zone of ['UTC', 'Asia/Tokyo', 'America/St_Johns']) {
    await red.ask(`SET TIME ZONE '${zone}'`);
    expect((await red.ask(sql)).rows, zone).toEqual([['t']]);
  }
  await red.ask('DISCARD ALL');
});

it('an interval is refused, whose text the session’s IntervalStyle decides', async () => {
  expect((await red.ask("SELECT current_setting('statement_timeout')::interval FROM sales")).code).toBe('0A000');
});

it('by the extended protocol, with parameters beside', async () => {
  const sql =
    "SELECT to_regclass('sales')::text, count(*) FROM sales WHERE id > $1 AND has_table_privilege('sales', 'SELECT')";
  const [described, ...executed] = await red.askPrepared(sql, ['1'], 2);
  expect(described?.code).toBeUndefined();
  expect(executed.map(({ rows }) => rows)).toEqual([[['sales', '1']], [['sales', '1']]]);
});

it('in COPY, DECLARE and EXPLAIN', async () => {
  const query = 'SELECT format_type(1700, 786438) AS t, id FROM sales ORDER BY id';
  expect((await red.ask(`COPY (${query}) TO STDOUT`)).lines.join('\n')).toContain('numeric(12,2)\t1');
  await red.ask(`BEGIN; DECLARE c CURSOR FOR ${query}`);
  expect((await red.ask('FETCH ALL FROM c')).rows).toEqual([
    ['numeric(12,2)', '1'],
    ['numeric(12,2)', '2'],
  ]);
  await red.ask('ROLLBACK');
  expect((await red.ask(`EXPLAIN ${query}`)).lines.join('\n')).toContain('t text');
});

it('the shape of a table beside the catalog’s, measures with their types', async () => {
  const sql =
    'SELECT s.id, s.region, s.total, c.relname FROM sales s LEFT JOIN pg_catalog.pg_class c ON c.relname = s.region LIMIT 0';
  const answer = await red.ask(sql);
  expect(answer.rows).toEqual([]);
  const shown = await red.ask('SELECT id, region, total FROM sales LIMIT 0');
  const fields = (lines: readonly string[]) =>
    lines[0]
      ?.slice(4)
      .split(/(?<=\0.{6}.{4}.{2}.{4}.{2})/s)
      .slice(0, 3);
  expect(fields(answer.lines)).toEqual(fields(shown.lines));
  expect((await red.ask('SELECT s.cost FROM sales s, pg_class LIMIT 0')).code).toBe('42703');
  expect((await chief.ask('SELECT s.cost FROM sales s, pg_class LIMIT 0')).code).toBeUndefined();
});

it('the shape of every column is that of the data', async () => {
  const [mixed, alone] = [
    await chief.ask('SELECT s.* FROM sales s, pg_class LIMIT 0'),
    await chief.ask('SELECT * FROM sales LIMIT 0'),
  ];
  expect(columnsOf(mixed).length).toBeGreaterThan(6);
  expect(columnsOf(mixed)).toEqual(columnsOf(alone));
});

describe('alone and beside a table the same type and value has', () => {
  it.each([
    ...['current_user', 'session_user', 'current_role', 'user', 'current_catalog', 'current_schema'],
    ...['current_database()', 'current_schema()', 'current_schemas(true)', 'version()', 'pg_backend_pid()'],
    ...['inet_client_addr()', 'inet_client_port()', 'inet_server_addr()', 'pg_postmaster_start_time()'],
    ...["current_setting('server_version')", "current_setting('TimeZone')", "'sales'::regclass", "'x'::name"],
    ...['pg_is_in_recovery()', "quote_ident('a b')", "has_table_privilege('sales', 'SELECT')", '1::oid'],
    ...["to_regtype('int4')", "to_regclass('nothing')", "'{1}'::oid[]", "'a'::name || 'b'"],
  ])('%s', async (value) => {
    for (const settings of ['RESET ALL', "SET search_path = semwire, public; SET TIME ZONE 'Asia/Tokyo'"]) {
      await red.ask(settings);
      const [alone, beside] = [await red.ask(`SELECT ${value}`), await red.ask(`SELECT ${value}, count(*) FROM sales`)];
      expect(beside.code).toBeUndefined();
      expect(columnsOf(beside)[0]).toEqual(columnsOf(alone)[0]);
      expect(beside.rows[0]?.[0]).toBe(alone.rows[0]?.[0]);
      expect(beside.rows[0]?.[1]).toBe('2');
    }
    await red.ask('RESET ALL');
  });

  it('in the binary format, as drivers ask for it', async () => {
    const values =
      "'sales'::regclass, current_schemas(false), current_user, inet_client_addr(), 7::oid, to_regclass('no')";
    const binary = async (sql: string) => {
      red.raw.send(parse('', sql), bind({ results: [1] }), execute(), SYNC);
      const row: string[] = [];
      for (;;) {
        const message = await red.raw.message();
        if (message === undefined || message.type === 'Z') return row;
        if (message.type === 'D') row.push(message.body.subarray(2).toString('hex'));
      }
    };
    const alone = await binary(`SELECT ${values}`);
    expect(alone[0]).toMatch(/^00000004/);
    expect(await binary(`SELECT ${values} FROM sales`)).toEqual([alone[0], alone[0]]);
  });

  it('now(), but for the time between', async () => {
    const [alone, beside] = [await red.ask('SELECT now()'), await red.ask('SELECT now() FROM sales LIMIT 1')];
    expect(columnsOf(beside)).toEqual(columnsOf(alone));
    const since = Date.parse(String(beside.rows[0]?.[0])) - Date.parse(String(alone.rows[0]?.[0]));
    expect(Math.abs(since)).toBeLessThan(60_000);
  });
});

describe('beside a table is refused, and not as if it did not exist,', () => {
  it.each([
    ["set_config('application_name', 'x', false)", 'set_config()'],
    ['random() + 1', 'random()'],
    ['gen_random_uuid()', 'gen_random_uuid()'],
    ["nextval('sales')", 'nextval()'],
    ["json_each('{}')", 'json_each()'],
    ['xmlagg(NULL)', 'xmlagg()'],
  ])('%s', async (value, name) => {
    const { code, message } = await red.ask(`SELECT ${value}, count(*) FROM sales`);
    expect([code, message]).toEqual(['0A000', `${name} in a query over semantic tables is not supported`]);
    expect((await red.ask('SHOW application_name')).rows).not.toEqual([['x']]);
  });

  it('what only admins may call, which for others does not exist', async () => {
    const sql = 'SELECT semwire.cancel(1), count(*) FROM sales';
    expect((await admin.ask(sql)).code).toBe('0A000');
    expect((await admin.ask('SET search_path = semwire, public; SELECT reload(), count(*) FROM sales')).code).toBe(
      '0A000',
    );
    const { code, message } = await red.ask(sql);
    expect([code, message]).toEqual(['42883', 'function semwire.cancel(integer) does not exist']);
    expect((await red.ask('SELECT semwire.absent(1), count(*) FROM sales')).message).toBe(
      'function semwire.absent(integer) does not exist',
    );
  });
});

describe('parameters', () => {
  it('are told with the types that the catalog gives them, and each execution asks anew', async () => {
    red.raw.send(
      parse('p', 'SELECT $1::regclass, count(*) FROM sales WHERE id > $2 AND has_table_privilege($1::regclass, $3)'),
    );
    red.raw.send(describe_('S', 'p'), SYNC);
    const types = (await messages(red)).find(({ type }) => type === 't')?.body;
    expect([types?.readInt32BE(2), types?.readInt32BE(6), types?.readInt32BE(10)]).toEqual([2205, 23, 25]);
    const run = async (...values: (string | null)[]) => {
      red.raw.send(
        bind({ statement: 'p', values: values.map((value) => (value === null ? null : Buffer.from(value))) }),
        execute(),
        SYNC,
      );
      return (await messages(red)).map(({ type, body }) =>
        type === 'D' || type === 'E' ? body.toString('latin1') : '',
      );
    };
    expect((await run('sales', '1', 'SELECT')).join()).toContain('sales\0\0\0\x011');
    expect((await run('nothing', '1', 'SELECT')).join()).toContain('42P01');
    expect((await run('sales', '1', 'LOOK')).join()).toContain('22023');
    expect((await run('SALES', '0', 'SELECT')).join()).toContain('sales\0\0\0\x012');
    expect((await run(null, '0', 'SELECT')).join()).toContain('\xff\xff\xff\xff\0\0\0\x010');
  });

  it('in the binary format, which only the catalog reads', async () => {
    const oid = Buffer.alloc(4);
    oid.writeUInt32BE(Number((await red.ask("SELECT 'sales'::regclass::oid")).rows[0]?.[0]));
    red.raw.send(parse('', 'SELECT $1::regclass::text, count(*) FROM sales'));
    red.raw.send(bind({ formats: [1], values: [oid] }), execute(), SYNC);
    const row = (await messages(red)).find(({ type }) => type === 'D')?.body.toString('latin1');
    expect(row).toContain('sales\0\0\0\x012');
  });

  it('in EXECUTE', async () => {
    await red.ask('PREPARE q (text) AS SELECT to_regclass($1)::text AS t, $1 AS p, count(*) FROM sales');
    expect((await red.ask("EXECUTE q ('sales')")).rows).toEqual([['sales', 'sales', '2']]);
    expect((await red.ask("EXECUTE q ('none')")).rows).toEqual([[null, 'none', '2']]);
  });

  it('are refused where the warehouse would have to read what only the catalog can', async () => {
    const [parsed] = await red.askPrepared('SELECT $1::regclass::text FROM sales WHERE region = $1', ['sales'], 1);
    expect([parsed?.code, parsed?.message]).toEqual([
      '0A000',
      'parameter $1 of a catalog type in a query over semantic tables is not supported',
    ]);
  });

  it('of no type are refused by their own number', async () => {
    const [parsed] = await red.askPrepared(
      "SELECT current_setting('server_encoding') FROM sales WHERE $1 = id AND to_regclass($3) IS NULL AND pg_describe_object($2, $2, $4) IS NULL AND pg_column_size($5) > 0",
      [],
      0,
    );
    expect(parsed?.message).toBe('could not determine data type of parameter $5');
  });
});
