/**
 * The attack catalogue through a real socket, on both warehouses.
 */
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isCatalogFunction } from '../../src/plan/bind/catalog-names.ts';
import { functionsByName } from '../../src/plan/routines/routines.ts';
import type { TestPostgres } from '../helpers/postgres.ts';
import { cstring, frame } from '../wire/frames.ts';
import { CASES } from './attack-cases.ts';
import { type Answer, type Client, type Gateway, modelFolder, onDuckdb, onPostgres, startPostgres } from './gateway.ts';

const SEED = `
CREATE TABLE public.orders (id integer PRIMARY KEY, tenant_id integer, customer_id integer, amount integer, note text, ssn text);
INSERT INTO public.orders VALUES (1, 1, 10, 10, 'a', 'CANARY-111'), (2, 1, 10, 20, 'b', 'CANARY-112'),
  (3, 2, 11, 5, 'CANARY-secret', 'CANARY-999'), (4, 2, 11, 7, 'CANARY-text', 'CANARY-998'), (5, 2, 11, 99, '42', 'CANARY-997');
CREATE TABLE public.customers (id integer PRIMARY KEY, tenant_id integer, name text);
INSERT INTO public.customers VALUES (10, 1, 'Ada'), (11, 2, 'CANARY-name');
CREATE SCHEMA raw;
CREATE TABLE raw.employees (id integer PRIMARY KEY, salary integer);
INSERT INTO raw.employees VALUES (1, 987654321);
`;
const DUCKDB_SEED = `CREATE SCHEMA IF NOT EXISTS public;${SEED}`;
const MODEL = modelFolder('attacks');
const T1 = { sub: 'tess', tenant_id: 1 };

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

const warehouses = {
  DuckDB: () => onDuckdb(MODEL, DUCKDB_SEED),
  PostgreSQL: () => onPostgres(postgres, 'attacks', 'public, raw', MODEL, SEED),
};

/** Calls that are no functions: types as casts, facts of the session, the measure's own. */
const CALLABLE = new Set([
  ...['current_database', 'current_schema', 'current_user', 'session_user', 'version', 'aggregate'],
  ...['bytea', 'timetz', 'json', 'uuid'],
]);

describe.each(Object.entries(warehouses))('on %s', (_, start) => {
  let gateway: Gateway;
  let client: Client;
  beforeAll(async () => {
    gateway = await start();
  });
  beforeEach(async () => {
    client = await gateway.signIn(T1);
  });
  afterEach(() => client?.close());
  afterAll(() => gateway?.close());

  const ask = async (sql: string): Promise<Answer> => {
    const answer = await client.ask(sql);
    await client.ask('ROLLBACK');
    await client.ask('DISCARD ALL');
    return answer;
  };

  it('the catalogue of attacks', async () => {
    const wrong: string[] = [];
    for (const [id, sql, outcome] of CASES) {
      const answer = await ask(sql);
      const text = answer.lines.join('\n');
      const said = `${id} ${sql.slice(0, 160)}\n  ${answer.code ?? JSON.stringify(answer.rows).slice(0, 200)} ${answer.message?.slice(0, 120) ?? ''}`;
      const accepted = typeof outcome === 'string' ? outcome.split(' ') : [];
      const right =
        typeof outcome === 'string'
          ? accepted.includes(answer.code ?? 'visible')
          : answer.code === undefined && JSON.stringify(answer.rows) === JSON.stringify(outcome);
      if (!right) wrong.push(`${said}\n  expected ${JSON.stringify(outcome).slice(0, 120)}`);
      const secret = /CANARY|987654321/.exec(text);
      if (secret !== null && !sql.includes(secret[0])) wrong.push(`${said}\n  TELLS ${secret[0]}`);
    }
    expect(wrong).toEqual([]);
  });

  it('a private thing answers as a missing one, byte for byte but for the name', async () => {
    const twins = [
      ['ssn', 'zzz', 'SELECT X FROM orders'],
      ['ssn', 'zzz', "SELECT 1 FROM orders WHERE X = 'a'"],
      ['ssn', 'zzz', 'SELECT o.X FROM orders o'],
      ['ssn', 'zzz', 'SELECT orders.X FROM orders'],
      ['ssn', 'zzz', 'SELECT id FROM orders ORDER BY X'],
      ['ssn', 'zzz', 'SELECT 1 FROM orders GROUP BY X'],
      ['ssn', 'zzz', 'SELECT 1 FROM orders a JOIN orders b USING (X)'],
      ['ssn', 'zzz', 'SELECT MEASURE(X) FROM orders'],
      ['ssn', 'zzz', 'SELECT max(X) FROM orders'],
      ['ssn', 'zzz', 'SELECT X(o) FROM orders o'],
      ['ssn', 'zzz', 'SELECT (o).X FROM orders o'],
      ['ssn', 'zzz', 'SELECT "X" FROM orders'],
      ['ssn', 'zzz', 'EXPLAIN SELECT X FROM orders'],
      ['ssn_count', 'zzz_count', 'SELECT X FROM orders'],
      ['ssn_count', 'zzz_count', 'SELECT MEASURE(X) FROM orders'],
      ['ssn_count', 'zzz_count', 'SELECT note FROM orders HAVING X > 1'],
      ['ssns', 'zzzs', 'SELECT X FROM orders'],
      ['payroll', 'pazroll', 'SELECT * FROM X'],
      ['payroll', 'pazroll', 'SELECT * FROM public.X'],
      ['payroll', 'pazroll', 'SELECT X.id FROM orders'],
      ['payroll', 'pazroll', "SELECT 'X'::regclass"],
      ['payroll', 'pazroll', "SELECT 'X'::regclass FROM orders"],
      ['payroll', 'pazroll', "SELECT 'X'::regclass::oid FROM orders"],
      ['payroll', 'pazroll', "SELECT to_regclass('X') FROM orders"],
      ['payroll', 'pazroll', "SELECT has_table_privilege('X', 'SELECT') FROM orders"],
      ['payroll', 'pazroll', 'SELECT * FROM X, pg_class LIMIT 0'],
      ['payroll', 'pazroll', 'SELECT * FROM X JOIN pg_class ON true'],
      ['managers_only', 'managerz_only', 'SELECT salary FROM orders, X, pg_class WHERE false'],
      ['managers_only', 'managerz_only', 'SELECT * FROM pg_class WHERE relname IN (SELECT salary FROM X)'],
      ['ssn', 'zzz', 'SELECT X FROM orders, pg_class LIMIT 0'],
      ['ssn', 'zzz', 'SELECT orders.X FROM orders, pg_class WHERE false'],
      ['ssn', 'zzz', 'SELECT X::regclass FROM orders'],
      ['ssn', 'zzz', 'SELECT format_type(X, 1) FROM orders'],
      ['managers_only', 'managerz_only', 'SELECT * FROM X'],
      ['managers_only', 'managerz_only', 'SELECT salary FROM X'],
      ['managers_only', 'managerz_only', 'EXPLAIN SELECT salary FROM X'],
      ['managers_only', 'managerz_only', "SELECT count(*) FROM pg_class WHERE relname = 'X'"],
      ['raw.employees', 'raw.employeez', 'SELECT * FROM X'],
      ['raw', 'rav', 'SELECT * FROM X.employees'],
      ['raw', 'rav', "SELECT count(*) FROM pg_namespace WHERE nspname = 'X'"],
      ['customer_id', 'cuztomer_id', 'SELECT X FROM orders'],
      ['tenant_id', 'tenanz_id', 'SELECT X FROM orders'],
    ] as const;
    const different: string[] = [];
    for (const [hidden, missing, sql] of twins) {
      const name = (answer: Answer, word: string): string => answer.lines.join('\n').replaceAll(word, 'X');
      const a = await ask(sql.replaceAll('X', hidden));
      const b = await ask(sql.replaceAll('X', missing));
      if (name(a, hidden) !== name(b, missing)) different.push(`${sql}\n  ${name(a, hidden)}\n  ${name(b, missing)}`);
    }
    expect(different).toEqual([]);
  });

  it('text that is not UTF-8, and NUL, never reach a parser (A104–A106)', async () => {
    const refused: (string | undefined)[] = [];
    for (const bytes of [[0xff], [0xc0, 0xa7], [0xed, 0xa0, 0x80], [0xe2, 0x82]]) {
      const other = await gateway.signIn(T1);
      other.raw.send(
        frame('Q', cstring(Buffer.concat([Buffer.from("SELECT '"), Buffer.from(bytes), Buffer.from("'")]))),
      );
      refused.push(await other.raw.error());
      other.close();
    }
    expect(refused.map((text) => text?.split(' ')[1])).toEqual(['22021', '22021', '22021', '22021']);
    const other = await gateway.signIn(T1);
    other.raw.send(frame('Q', cstring(Buffer.from('SELECT id FROM orders\0 WHERE false'))));
    expect((await other.raw.error())?.split(' ')[1]).toBe('08P01');
    other.close();
    const [, bound] = await client.askPrepared('SELECT count(*) FROM orders WHERE note = $1', ['a\0b'], 1);
    expect(bound?.code).toBe('22021');
  });

  it('two tenants with one statement and one catalog never meet', async () => {
    const other = await gateway.signIn({ sub: 'ole', tenant_id: 2 });
    const third = await gateway.signIn({ sub: 'mia', tenant_id: 1, groups: ['manager'] });
    const both = await gateway.signIn({ sub: 'bo', tenant_id: [1, 2] });
    const sql = 'SELECT id FROM orders ORDER BY 1';
    const tables = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1";
    for (let round = 0; round < 30; round += 1) {
      const answers = await Promise.all([client, other, third, both].map((each) => each.ask(sql)));
      expect(answers.map(({ rows }) => rows.flat())).toEqual([
        ['1', '2'],
        ['3', '4', '5'],
        ['1', '2'],
        ['1', '2', '3', '4', '5'],
      ]);
      const [own, theirs] = await Promise.all([client.ask(tables), third.ask(tables)]);
      const seen = [own, theirs, await client.ask('SELECT current_user')];
      expect(seen.map(({ rows }) => rows.flat())).toEqual([
        ['customers', 'orders'],
        ['customers', 'managers_only', 'orders'],
        ['analyst'],
      ]);
    }
    const prepared = await Promise.all(
      [client, other].map((each) => each.askPrepared('SELECT id FROM orders WHERE id > $1 ORDER BY 1', ['0'], 8)),
    );
    expect(prepared.map((answers) => answers.slice(1).map(({ rows }) => rows.flat().join()))).toEqual([
      Array(8).fill('1,2'),
      Array(8).fill('3,4,5'),
    ]);
    other.close();
    third.close();
    both.close();
  });

  it('every function of PostgreSQL that is not listed is unknown to the warehouse', async () => {
    const functions = await postgres.query(`
      SELECT DISTINCT proname AS name, array_to_string(ARRAY(SELECT format_type(t, NULL) FROM unnest(proargtypes) t), ',') AS types
      FROM pg_proc WHERE pronargs <= 8 ORDER BY 1`);
    expect(functions.length).toBeGreaterThan(2_500);
    const wrong: string[] = [];
    for (const { name, types } of functions) {
      const args = (types ?? '')
        .split(',')
        .filter((type) => type !== '')
        .map(argumentOf);
      for (const sql of [
        `SELECT "${name}"(${args.join(', ')}) FROM orders`,
        `SELECT pg_catalog."${name}"(${args.map(() => 'note').join(', ')}) FROM orders`,
      ]) {
        const answer = await client.ask(sql);
        if (/CANARY|987654321/.test(answer.lines.join())) wrong.push(`${sql} TELLS`);
        const ofCatalog = isCatalogName(name ?? '');
        const known = functionsByName.has(name ?? '') || CALLABLE.has(name ?? '') || ofCatalog;
        if (ofCatalog && name !== 'pg_typeof' && /\b(note|amount)\b/.test(sql) && answer.code !== '0A000')
          wrong.push(`${sql} ${answer.code}`);
        if (!known && !(await isUnknownToWarehouse(client, sql, answer)))
          wrong.push(`${sql} ${answer.code} ${answer.message}`);
        if (known && answer.code === 'XX000') wrong.push(`${sql} ${answer.code} ${answer.message}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('every function of DuckDB that is not listed is unknown to the warehouse', async () => {
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    const names = (await connection.runAndReadAll('SELECT DISTINCT function_name FROM duckdb_functions() ORDER BY 1'))
      .getRows()
      .flat()
      .map(String);
    connection.closeSync();
    expect(names.length).toBeGreaterThan(500);
    const wrong: string[] = [];
    for (const name of names) {
      const quoted = `"${name.replaceAll('"', '""')}"`;
      for (const sql of [
        `SELECT ${quoted}(note) FROM orders`,
        `SELECT ${quoted}('orders', 'ssn') FROM orders`,
        `SELECT count(*) FROM orders, ${quoted}('orders') f`,
        `SELECT count(*) FROM orders, LATERAL ${quoted}('orders', 1) f`,
      ]) {
        const answer = await client.ask(sql);
        if (/CANARY|987654321/.test(answer.lines.join())) wrong.push(`${sql} TELLS`);
        const known = functionsByName.has(name) || CALLABLE.has(name) || isCatalogName(name);
        if (!known && !(await isUnknownToWarehouse(client, sql, answer)))
          wrong.push(`${sql} ${answer.code} ${answer.message}`);
        if (known && answer.code === 'XX000') wrong.push(`${sql} ${answer.code} ${answer.message}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});

/** Over constants a function is the catalog's, which answers as if it were asked alone. */
async function isUnknownToWarehouse(client: Client, sql: string, { code }: Answer): Promise<boolean> {
  if (code === '42883') return true;
  if (!sql.endsWith(' FROM orders') || /\b(note|amount)\b/.test(sql)) return false;
  return code === '0A000' || code === (await client.ask(sql.replace(' FROM orders', ''))).code;
}

function isCatalogName(name: string): boolean {
  return isCatalogFunction({ path: [name] });
}

function argumentOf(type: string): string {
  if (/^(integer|bigint|smallint|numeric|double precision|real|oid)$/.test(type)) return 'amount';
  if (/^(text|character varying|cstring|name|unknown|"any"|anyelement)$/.test(type)) return 'note';
  if (type === 'boolean') return 'true';
  if (type === 'regclass') return "'orders'";
  return 'NULL';
}
