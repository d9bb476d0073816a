/**
 * The catalog of who does not see everything is, byte for byte and with its OIDs, the catalog of a model that never had
 * what is hidden: no gap in attnum, no comment, key, dependency or row that tells of it.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { query } from '../wire/frames.ts';
import { type Claims, type Client, type Gateway, onDuckdb } from './gateway.ts';

const SEED = `
CREATE TABLE customers (id integer, name text, city text, ssn text);
CREATE TABLE orders (id integer, customer_id integer, status varchar(20), amount numeric(12,2), margin numeric(12,2), placed timestamptz);
CREATE TABLE salaries (id integer, amount integer);`;

/** @param left what is in the model: by these names a line of it is marked */
function modelOf(left: (mark: string) => boolean): string {
  return MODEL.split('\n')
    .filter((line) => left(/ # (\w+)$/.exec(line)?.[1] ?? 'everybody'))
    .join('\n');
}

/** Lines marked `boss` are hidden from clerks and guests, lines marked `clerk` from guests. */
const MODEL = `cubes:
  - name: customers
    sql_table: customers
    dimensions:
      - { name: ssn, sql: ssn, type: string, title: Social security number, description: Do not share } # boss
      - { name: id, sql: id, type: number, primary_key: true, public: true } # clerk
      - { name: name, sql: name, type: string, title: Full name }
      - { name: city, sql: city, type: string }
    measures:
      - { name: ssns, sql: ssn, type: count_distinct } # boss
      - { name: people, type: count }
  - name: orders
    sql_table: orders
    joins:
      - name: customers
        relationship: many_to_one
        sql: "{CUBE}.customer_id = {customers}.id"
    dimensions:
      - { name: margin, sql: margin, type: number, title: Margin } # boss
      - { name: id, sql: id, type: number, primary_key: true, public: true }
      - { name: customer_id, sql: customer_id, type: number }
      - { name: status, sql: status, type: string, description: Where it is }
      - { name: amount, sql: amount, type: number }
      - { name: placed, sql: placed, type: time }
    measures:
      - { name: profit, sql: margin, type: sum, title: Profit } # boss
      - { name: total, sql: amount, type: sum, title: Turnover }
    segments:
      - { name: thin, sql: "{CUBE}.margin < 1" } # boss
      - { name: large, sql: "{CUBE}.amount > 100" }
  - name: salaries # boss
    sql_table: salaries # boss
    dimensions: # boss
      - { name: id, sql: id, type: number, primary_key: true, public: true } # boss
views:
  - name: attic # boss
    description: What nobody should know of # boss
    cubes: # boss
      - join_path: orders # boss
        includes: "*" # boss
  - name: clients
    title: Clients
    cubes:
      - join_path: customers
        includes: "*"
  - name: payroll # boss
    cubes: # boss
      - join_path: salaries # boss
        includes: "*" # boss
  - name: sales
    cubes:
      - join_path: orders
        includes: "*"
      - join_path: orders.customers
        includes: "*"
        prefix: true
`;

const POLICIES = {
  attic: ['boss'],
  payroll: ['boss'],
  clients: ['ssn', 'ssns'],
  sales: ['margin', 'profit', 'thin', 'customers_ssn', 'customers_ssns'],
} as const;

/** The whole model, in which policies hide what is marked. */
function guarded(): string {
  const all = (name: string) => `      - { group: ${name}, member_level: { includes: "*" } }`;
  const without = (name: string, members: readonly string[]) =>
    `      - { group: ${name}, member_level: { includes: "*", excludes: [${members.join(', ')}] } }`;
  const policies: Readonly<Record<string, string>> = {
    attic: all('boss'),
    payroll: all('boss'),
    clients: [all('boss'), without('clerk', POLICIES.clients), without('guest', ['id', ...POLICIES.clients])].join(
      '\n',
    ),
    sales: [all('boss'), without('clerk', POLICIES.sales), without('guest', ['customers_id', ...POLICIES.sales])].join(
      '\n',
    ),
  };
  return modelOf(() => true).replace(/^ {2}- name: (attic|clients|payroll|sales)\b.*$/gm, (line, name: string) =>
    [line, '    access_policy:', policies[name]].join('\n'),
  );
}

const folders: string[] = [];
const gateways: Gateway[] = [];

async function clientOf(model: string, claims: Claims): Promise<Client> {
  const folder = mkdtempSync(join(tmpdir(), 'semwire-twins-'));
  folders.push(folder);
  mkdirSync(join(folder, 'model'));
  writeFileSync(join(folder, 'model', 'model.yml'), model);
  const gateway = await onDuckdb(join(folder, 'model'), SEED);
  gateways.push(gateway);
  return gateway.signIn(claims);
}

afterAll(async () => {
  await Promise.all(gateways.map((gateway) => gateway.close()));
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** What differs by time or by who asks; and PostgreSQL's own routines, operators and settings. */
const LEFT_OUT = `'^(pg_stat(io)?_|pg_lock|pg_cursors|pg_prepared|pg_timezone|pg_backend|pg_shmem|pg_aios|whoami|pg_proc$|pg_op|pg_am'
  '|pg_collation|pg_conversion|pg_ts_|pg_cast|pg_aggregate|pg_settings|pg_init_privs|pg_wait|routine|parameters|sql_|'
  'collation|character_sets|.*routine|usage_privileges|role_usage|udt_privileges|role_udt)'`;

/** Every relation that may be read and could tell of a table, whole; of information_schema what is of our schemas. */
async function dump(client: Client): Promise<ReadonlyMap<string, readonly string[]>> {
  const { rows } = await client.ask(`SELECT format('%I.%I', n.nspname, c.relname), a.attname IS NOT NULL
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'table_schema' AND n.nspname = 'information_schema'
    WHERE c.relkind IN ('r', 'v') AND n.nspname IN ('pg_catalog', 'information_schema', 'semwire')
      AND c.relname !~ (${LEFT_OUT}) AND has_table_privilege(c.oid, 'select') ORDER BY 1`);
  const relations = rows.map(([name]) => name ?? '');
  expect(relations.length).toBeGreaterThan(70);
  for (const name of ['semwire.members', 'pg_catalog.pg_depend', 'information_schema.columns'])
    expect(relations).toContain(name);
  const found = new Map<string, readonly string[]>();
  for (const [relation = '', ofTables] of rows) {
    const ours = ofTables === 't' ? " WHERE table_schema IN ('public', 'semwire')" : '';
    const { lines, code } = await client.ask(`SELECT * FROM ${relation}${ours}`);
    // Views of the superuser's settings alone.
    if (code !== '42501') found.set(relation ?? '', lines);
  }
  return found;
}

const keys = `SELECT conrelid::regclass, contype, pg_get_constraintdef(oid) FROM pg_constraint
  WHERE connamespace = 'public'::regnamespace AND contype <> 'n' ORDER BY 1, 2`;

let whole: Gateway;
beforeAll(async () => {
  await clientOf(guarded(), { sub: 'b', groups: ['boss'] });
  whole = gateways[0] as Gateway;
});

it.each([
  ['clerk', ['everybody', 'clerk'], ['clients p', 'sales f', 'sales p']],
  ['guest', ['everybody'], ['sales p']],
])(
  'of a %s',
  async (group, marks, keysShown) => {
    const seeing = await whole.signIn({ sub: 'x', groups: [group] });
    const bare = await clientOf(
      modelOf((mark) => marks.includes(mark)),
      { sub: 'x', groups: [group] },
    );
    const constraints = await seeing.ask(keys);
    expect(constraints.rows.map(([table, kind]) => `${table} ${kind}`)).toEqual(keysShown);
    const [left, right] = [await dump(seeing), await dump(bare)];
    expect([...left.keys()]).toEqual([...right.keys()]);
    const different = [...left.keys()].filter((name) => left.get(name)?.join('\n') !== right.get(name)?.join('\n'));
    expect(different).toEqual([]);
    const all = [...left.values()].flat().join('\n');
    expect(all).toMatch(/Turnover/);
    expect(
      all.match(/\b(customers_)?ssns?\b|margin|profit|\battic|payroll|salaries|Do not share|nobody should/i),
    ).toBeNull();
  },
  180_000,
);

it('the twins do differ, for who sees what is hidden', async () => {
  const boss = await whole.signIn({ sub: 'b', groups: ['boss'] });
  const { rows } = await boss.ask(
    "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1",
  );
  expect(rows.flat()).toEqual(['attic', 'clients', 'payroll', 'sales']);
});

it('without a gap among the columns, and numbered as their order is', async () => {
  const clerk = await whole.signIn({ sub: 'x', groups: ['clerk'] });
  const { rows } =
    await clerk.ask(`SELECT c.relname, c.relnatts::int = count(*), max(a.attnum)::int = count(*), bool_or(a.attisdropped)
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' GROUP BY c.oid, 1, c.relnatts ORDER BY 1`);
  expect(rows).toEqual([
    ['clients', 't', 't', 'f'],
    ['sales', 't', 't', 'f'],
  ]);
});

it('types of the catalog are those that rows come with', async () => {
  const clerk = await whole.signIn({ sub: 'x', groups: ['clerk'] });
  for (const table of ['clients', 'sales']) {
    const attributes = await clerk.ask(`SELECT attname, atttypid::int8, attlen, atttypmod FROM pg_attribute
      WHERE attrelid = '${table}'::regclass AND attnum > 0 ORDER BY attnum`);
    clerk.raw.send(query(`SELECT * FROM ${table} LIMIT 1`));
    const description = await clerk.raw.message();
    for (let ready = description; ready?.type !== 'Z'; ready = await clerk.raw.message())
      if (ready === undefined) break;
    expect(fieldsOf(description?.body ?? Buffer.alloc(0))).toEqual(attributes.rows);
  }
});

/** Of a RowDescription, name, type, length and modifier of each field as text. */
function fieldsOf(body: Buffer): readonly (readonly string[])[] {
  let at = 2;
  return Array.from({ length: body.readInt16BE(0) }, () => {
    const end = body.indexOf(0, at);
    const name = body.toString('utf8', at, end);
    const field = [name, body.readUInt32BE(end + 7), body.readInt16BE(end + 11), body.readInt32BE(end + 13)].map(
      String,
    );
    at = end + 19;
    return field;
  });
}
