import { afterAll, describe, expect, it } from 'vitest';
import { openCatalog } from '../../src/catalog/pool.ts';
import { formatType, numericTypmod, type PgType, SCALAR_TYPES, typeOid } from '../../src/sql/types.ts';
import { ALICE, ask, CUSTOMERS, column, ORDERS, SHOP, shapeOf, table } from './fixture.ts';
import { PGJDBC_COLUMNS, PGJDBC_TABLES } from './pgjdbc-statements.ts';
import { PSQL_12, PSQL_15, PSQL_16, PSQL_17_DATABASES } from './psql-statements.ts';

const catalog = openCatalog({ timeoutMs: 60_000 });
afterAll(() => catalog.close());

/** Sends what psql sends, each statement with the OID out of the first answer. */
async function psql(statements: readonly string[]) {
  const [first = '', ...rest] = statements;
  const answers = [await ask(catalog, first)];
  const oid = answers[0]?.[0]?.[0] ?? '';
  for (const statement of rest) answers.push(await ask(catalog, statement.replaceAll('{oid}', oid)));
  return answers;
}

describe('psql', () => {
  it('\\d and \\dt list the exposed tables', async () => {
    const listed = [
      ['public', 'customers', 'table', 'pg_semwire'],
      ['public', 'orders', 'table', 'pg_semwire'],
    ];
    expect(await psql(PSQL_15.list)).toEqual([listed]);
    expect(await psql(PSQL_12.list)).toEqual([listed]);
    expect(await psql(PSQL_15.tables)).toEqual([listed]);
  });

  it('\\d orders shows columns, key and reference', async () => {
    const answers = await psql(PSQL_15.describe);
    expect(answers).toHaveLength(PSQL_15.describe.length);
    expect(answers[2]?.map((row) => row.slice(0, 4))).toEqual([
      ['id', 'bigint', null, 't'],
      ['customer_id', 'bigint', null, 'f'],
      ['placed_at', 'timestamp with time zone', null, 't'],
      ['revenue', 'numeric(12,2)', null, 'f'],
    ]);
    expect(answers.flat(2)).toContain('CREATE UNIQUE INDEX orders_pkey ON orders USING btree (id)');
    expect(answers.flat(2)).toContain('FOREIGN KEY (customer_id) REFERENCES customers(id)');
  });

  it('\\d+ orders adds the comments', async () => {
    const [, , columns] = await psql(PSQL_15.describePlus);
    expect(columns?.map((row) => row.at(-1))).toEqual(['Order number', null, null, 'measure: sum']);
    // storage as an ordinary table of these types has it
    expect(columns?.map((row) => row[7])).toEqual(['p', 'p', 'p', 'm']);
  });

  it('\\dn, \\du, \\l and \\df show public and semwire, one role, one database, no function', async () => {
    expect(await psql(PSQL_15.schemas)).toEqual([
      [
        ['public', 'pg_database_owner'],
        ['semwire', 'pg_semwire'],
      ],
    ]);
    for (const roles of [PSQL_15.roles, PSQL_16.roles]) {
      expect((await psql(roles))[0]?.map((row) => row.slice(0, 2))).toEqual([['alice', 'f']]);
    }
    expect(await psql(PSQL_15.functions)).toEqual([[]]);
    // psql 15 and 16 ask for a column that PostgreSQL 17 renamed
    for (const databases of [PSQL_12.databases, PSQL_15.databases, PSQL_16.databases, [PSQL_17_DATABASES]]) {
      expect((await psql(databases))[0]?.map((row) => row.slice(0, 3))).toEqual([['semwire', 'pg_semwire', 'UTF8']]);
    }
  });
});

describe('what psql lists of the server', () => {
  it('\\dconfig: what the session or the operator set, not how an instance is run', async () => {
    const sql = `SELECT s.name, pg_catalog.current_setting(s.name), s.source FROM pg_catalog.pg_settings s
      WHERE s.source <> 'default' AND s.setting IS DISTINCT FROM s.boot_val ORDER BY 1`;
    const settings = new Map([
      ['search_path', '"$user", public'],
      ['timezone', 'Asia/Tokyo'],
      ['port', '15432'],
      ['work_mem', '8MB'],
      ['enable_seqscan', 'on'],
      ['timezone_abbreviations', 'Default'],
      ['semwire.measure_aggregates', 'strict'],
    ]);
    expect(await ask(catalog, sql, { session: { ...ALICE, settings } })).toEqual([
      ['TimeZone', 'Asia/Tokyo', 'session'],
      ['application_name', 'test', 'session'],
      ['port', '15432', 'configuration file'],
      ['work_mem', '8MB', 'session'],
    ]);
  });

  it('\\l+: no description that is another database’s', async () => {
    expect(await ask(catalog, "SELECT shobj_description(oid, 'pg_database') FROM pg_database")).toEqual([[null]]);
  });
});

describe('information_schema', () => {
  it('lists tables and columns', async () => {
    expect(
      await ask(
        catalog,
        `SELECT table_catalog, table_schema, table_name, table_type FROM information_schema.tables
         WHERE table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 3`,
      ),
    ).toEqual([
      ['semwire', 'public', 'customers', 'BASE TABLE'],
      ['semwire', 'semwire', 'members', 'BASE TABLE'],
      ['semwire', 'public', 'orders', 'BASE TABLE'],
      ['semwire', 'semwire', 'whoami', 'VIEW'],
    ]);
    expect(
      await ask(
        catalog,
        `SELECT column_name, ordinal_position, is_nullable, data_type, numeric_precision, numeric_scale
         FROM information_schema.columns WHERE table_name = 'orders' ORDER BY 2`,
      ),
    ).toEqual([
      ['id', '1', 'NO', 'bigint', '64', '0'],
      ['customer_id', '2', 'YES', 'bigint', '64', '0'],
      ['placed_at', '3', 'NO', 'timestamp with time zone', null, null],
      ['revenue', '4', 'YES', 'numeric', '12', '2'],
    ]);
  });

  it('shows where a foreign key leads to a role that may only read', async () => {
    const sql = `SELECT tc.table_name, k.column_name, u.table_name, u.column_name FROM information_schema.table_constraints tc
      JOIN information_schema.key_column_usage k USING (constraint_schema, constraint_name)
      JOIN information_schema.constraint_column_usage u USING (constraint_schema, constraint_name)
      WHERE tc.constraint_type = 'FOREIGN KEY'`;
    expect(await ask(catalog, sql)).toEqual([['orders', 'customer_id', 'customers', 'id']]);
    for (const view of ['constraint_column_usage', 'constraint_table_usage'])
      expect(await ask(catalog, `SELECT DISTINCT table_schema FROM information_schema.${view}`)).toEqual([['public']]);
    expect(
      await ask(
        catalog,
        `SELECT pg_get_userbyid(relowner), pg_has_role(relowner, 'USAGE'), has_table_privilege(oid, 'INSERT, UPDATE, DELETE')
         FROM pg_class WHERE relname = 'orders'`,
      ),
    ).toEqual([['pg_semwire', 'f', 'f']]);
  });

  it('shows keys to a role that may only read', async () => {
    expect(
      await ask(
        catalog,
        `SELECT t.table_name, t.constraint_type, k.column_name
         FROM information_schema.table_constraints t JOIN information_schema.key_column_usage k USING (constraint_name)
         ORDER BY 1, 2`,
      ),
    ).toEqual([
      ['customers', 'PRIMARY KEY', 'id'],
      ['orders', 'FOREIGN KEY', 'customer_id'],
      ['orders', 'PRIMARY KEY', 'id'],
    ]);
    expect(
      await ask(catalog, "SELECT has_table_privilege('orders', 'select'), has_table_privilege('orders', 'insert')"),
    ).toEqual([['t', 'f']]);
  });
});

describe('pgjdbc', () => {
  it('getTables and getColumns', async () => {
    expect((await ask(catalog, PGJDBC_TABLES)).map((row) => [row[2], row[3], row[4]])).toEqual([
      ['customers', 'TABLE', "Customers: who's who"],
      ['orders', 'TABLE', 'Orders: one row an order'],
      ['members', 'TABLE', 'Every column of every table that you see, with its meaning'],
      ['whoami', 'VIEW', 'Who you are to this server, and until when'],
    ]);
    const columns = await ask(catalog, PGJDBC_COLUMNS);
    expect(columns.map((row) => row[2])).toEqual(['id', 'customer_id', 'placed_at', 'revenue']);
    expect(columns[0]).toContain('Order number');
  });
});

describe('pg_catalog', () => {
  it('numbers columns without gaps and comments them', async () => {
    expect(
      await ask(
        catalog,
        `SELECT attname, attnum, col_description(attrelid, attnum), obj_description(attrelid, 'pg_class')
         FROM pg_attribute WHERE attrelid = 'customers'::regclass AND attnum > 0 ORDER BY attnum`,
      ),
    ).toEqual([
      ['id', '1', null, "Customers: who's who"],
      ['name', '2', 'Full name', "Customers: who's who"],
    ]);
  });

  it('resolves names as PostgreSQL does', async () => {
    expect(await ask(catalog, `SELECT 'orders'::regclass, to_regclass('public.missing')`)).toEqual([['orders', null]]);
    await expect(ask(catalog, `SELECT 'missing'::regclass`)).rejects.toMatchObject({
      code: '42P01',
      message: 'relation "missing" does not exist',
    });
  });

  it('gives every type its OID, and format_type the name that error messages use', async () => {
    const types: [PgType, number][] = [
      ...SCALAR_TYPES.flatMap((type): [PgType, number][] => [
        [type, -1],
        [`${type}[]`, -1],
      ]),
      ['varchar', 24],
      ['varchar[]', 24],
      ['bpchar', 7],
      ['numeric', numericTypmod(10, 2)],
      ['numeric', numericTypmod(3, -2)],
      ['timestamp', 3],
      ['timestamptz', 0],
      ['time', 6],
    ];
    const columns = types.map(([type, typmod], index) => column(`c${index}`, type, { typmod }));
    const shape = shapeOf([table('types', columns)]);
    const rows = await ask(
      catalog,
      `SELECT atttypid::oid, atttypmod, format_type(atttypid, nullif(atttypmod, -1)) FROM pg_attribute
       WHERE attrelid = 'types'::regclass AND attnum > 0 ORDER BY attnum`,
      { shape },
    );
    expect(rows).toEqual(
      types.map(([type, typmod]) => [String(typeOid(type)), String(typmod), formatType(type, typmod)]),
    );
    // what the table describes itself with agrees
    const described = await catalog.describe(shape, ALICE, 'SELECT * FROM types', []);
    expect(described.columns.map(({ typeOid, typmod }) => [typeOid, typmod])).toEqual(
      types.map(([type, typmod]) => [typeOid(type), typmod]),
    );
  });

  it('takes names and comments as they are written', async () => {
    const odd = `we"ird 'name'; --`;
    const shape = shapeOf([table(odd, [column(odd, 'text', { comment: `it's "so" \\ ${'ü'.repeat(3)}` })])]);
    expect(
      await ask(
        catalog,
        `SELECT relname, attname, col_description(c.oid, attnum) FROM pg_class c JOIN pg_attribute ON attrelid = c.oid
         WHERE relnamespace = 'public'::regnamespace AND attnum > 0`,
        { shape },
      ),
    ).toEqual([[odd, odd, `it's "so" \\ üüü`]]);
  });

  it('leaves out a key that PostgreSQL could not hold, and keeps the table', async () => {
    const shape = shapeOf([
      table('documents', [column('body', 'json')], { primaryKey: ['body'] }),
      table('notes', [column('order_id', 'text')], {
        foreignKeys: [{ columns: ['order_id'], table: 'orders', references: ['id'] }],
      }),
      CUSTOMERS,
      ORDERS,
    ]);
    expect(
      await ask(
        catalog,
        "SELECT conrelid::regclass, contype FROM pg_constraint WHERE contype IN ('p', 'f') AND connamespace = 'public'::regnamespace ORDER BY 1, 2",
        {
          shape,
        },
      ),
    ).toEqual([
      ['customers', 'p'],
      ['orders', 'f'],
      ['orders', 'p'],
    ]);
    expect(await ask(catalog, 'SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()', { shape })).toEqual(
      [['4']],
    );
  });

  it('holds nothing but the shape: another one sees nothing of it', async () => {
    const twin = shapeOf([table('orders', [column('id', 'int8', { notNull: true })])]);
    const everything = `SELECT relname, attname, d.description FROM pg_class c JOIN pg_attribute a ON attrelid = c.oid
       LEFT JOIN pg_description d ON d.objoid = c.oid WHERE relnamespace = 'public'::regnamespace AND attnum > 0`;
    expect(await ask(catalog, everything, { shape: twin })).toEqual([['orders', 'id', null]]);
    for (const sql of ["SELECT 'customers'::regclass", 'SELECT revenue FROM orders']) {
      const missing = sql.replace('customers', 'nothing__').replace('revenue', 'nothing');
      const [hidden, absent] = await Promise.all(
        [sql, missing].map((text) => ask(catalog, text, { shape: twin }).catch((error: Error) => error)),
      );
      expect(String(hidden).replace(/customers|revenue/, '')).toBe(String(absent).replace(/nothing(__)?/, ''));
    }
    expect((await ask(catalog, everything, { shape: SHOP })).length).toBeGreaterThan(6);
  });
});
