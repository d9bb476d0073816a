/**
 * What a policy lets through is what is there when the rest is not: a statement as a tenant over all rows answers as the
 * same statement over a copy that holds the permitted rows alone, served by the same model without its policies. Every
 * shape of policy, and the demo's personas, on both warehouses, through a real socket.
 */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { loadPersonas } from '../../src/access/personas.ts';
import type { TestPostgres } from '../helpers/postgres.ts';
import { CLAIMS, SHAPES, seedOf } from './fixture.ts';
import { type Answer, type Client, type Gateway, modelFolder, onDuckdb, onPostgres, startPostgres } from './gateway.ts';
import { PLAIN, statement } from './policy-queries.ts';

const DEMO = fileURLToPath(new URL('../../model', import.meta.url));
const folders: string[] = [];
let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(async () => {
  await postgres?.stop();
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** A copy of the model in which nobody is kept from anything. */
function withoutPolicies(model: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'semwire-open-'));
  folders.push(folder);
  for (const part of ['cubes', 'views']) cpSync(join(model, part), join(folder, part), { recursive: true });
  const open = (path: string): void => {
    if (statSync(path).isDirectory()) {
      for (const name of readdirSync(path)) open(join(path, name));
      return;
    }
    const content = JSON.stringify(parse(readFileSync(path, 'utf8')), (key, value) =>
      key === 'access_policy' ? undefined : value,
    );
    writeFileSync(path, stringify(JSON.parse(content)));
  };
  open(folder);
  return folder;
}

const warehouses = {
  DuckDB: (_: string, __: string, model: string, seed: string) => onDuckdb(model, seed),
  PostgreSQL: (database: string, schema: string, model: string, seed: string) =>
    onPostgres(postgres, database, schema, model, `${seed}; ANALYZE`),
};

const sorted = ({ rows }: Answer): string => JSON.stringify(rows.map((row) => JSON.stringify(row)).sort());

/** The two answers, when they differ. A statement that one of them refuses must be refused alike. */
function difference(sql: string, secured: Answer, open: Answer): string[] {
  if (secured.code === open.code && sorted(secured) === sorted(open)) return [];
  const say = (answer: Answer): string =>
    answer.code === undefined ? sorted(answer).slice(0, 200) : `${answer.code} ${answer.message}`;
  return [`${sql}\n  ${say(secured)}\n  ${say(open)}`];
}

describe.each(Object.entries(warehouses))('policies of every shape on %s', (_, start) => {
  const gateways: Gateway[] = [];
  let secured: Client;
  let open: Client;
  beforeAll(async () => {
    const model = modelFolder('policies');
    const all = await start('oracle_all', 'zq_raw', model, seedOf('canaries'));
    const permitted = await start('oracle_permitted', 'zq_raw', withoutPolicies(model), seedOf('none'));
    gateways.push(all, permitted);
    secured = await all.signIn(CLAIMS);
    open = await permitted.signIn({ sub: 'root' });
  });
  afterAll(async () => {
    for (const client of [secured, open]) client?.close();
    for (const gateway of gateways) await gateway.close();
  });

  async function differences(statements: readonly string[]): Promise<readonly string[]> {
    const found: string[] = [];
    for (const sql of statements) {
      const [a, b] = await Promise.all([secured.ask(sql), open.ask(sql)]);
      found.push(...difference(sql, a, b));
    }
    return found;
  }

  it.each(SHAPES)('%s', async (shape) => {
    expect(await differences(PLAIN.map((sql) => sql.replace(/\bT\b/g, shape)))).toEqual([]);
  });

  it('of two tables joined', async () => {
    expect(
      await differences([
        'SELECT a.id, b.owner FROM by_eight a LEFT JOIN by_joined b ON a.id = b.id',
        'SELECT count(*) FROM by_equals a RIGHT JOIN by_either b ON a.id = b.id',
        'SELECT owner, MEASURE(count) FROM by_joined GROUP BY owner',
        'SELECT owner, MEASURE(b.total), MEASURE(a.count) FROM by_text a JOIN by_joined b ON a.id = b.id GROUP BY owner',
        'SELECT qty, MEASURE(line_count), MEASURE(total) FROM by_both GROUP BY qty',
        'SELECT count(*), count(line_id), MEASURE(line_total) FROM by_both',
        'SELECT owner, amount FROM by_joined_cube',
        'SELECT owner, MEASURE(total) FROM by_joined_cube GROUP BY owner',
        'SELECT count(*) FROM by_equals a, by_joined_cube b WHERE a.id = b.id AND b.owner IS NOT NULL',
      ]),
    ).toEqual([]);
  });

  it('whatever time zone the client sets', async () => {
    for (const zone of ['Asia/Tokyo', 'America/Los_Angeles', 'UTC']) {
      for (const client of [secured, open]) await client.ask(`SET TIME ZONE '${zone}'`);
      expect(await differences(['SELECT count(*), max(at) FROM by_date', 'SELECT id, at FROM by_date'])).toEqual([]);
    }
  });

  it('random statements', async () => {
    let answered = 0;
    await fc.assert(
      fc.asyncProperty(statement, async (sql) => {
        const [a, b] = await Promise.all([secured.ask(sql), open.ask(sql)]);
        expect(difference(sql, a, b)).toEqual([]);
        if (a.code === undefined && a.rows.length > 0) answered += 1;
      }),
      { seed: 20_240_229, numRuns: 250 },
    );
    expect(answered).toBeGreaterThan(120);
  });
});

// The demo

type DemoQuery = { readonly name: string; readonly persona: string; readonly sql: string };
const QUERIES = JSON.parse(
  readFileSync(new URL('../fixtures/demo-queries.json', import.meta.url), 'utf8'),
) as readonly DemoQuery[];

/** The rows that nobody of these personas sees, deleted by hand. */
const DELETED: Readonly<Record<string, string>> = {
  aurora: rowsOf("tenant_id = 'aurora'"),
  borealis: rowsOf("tenant_id = 'borealis'"),
  nordics: rowsOf(
    "tenant_id = 'aurora' AND country_code IN (SELECT code FROM shop.countries WHERE region = 'Nordics')",
  ),
};

function rowsOf(customers: string): string {
  const [tenant] = customers.split(' AND ');
  return `
    DELETE FROM shop.customers WHERE NOT (${customers});
    DELETE FROM shop.orders WHERE NOT (${tenant}) OR customer_id NOT IN (SELECT id FROM shop.customers);
    DELETE FROM shop.order_items WHERE order_id NOT IN (SELECT id FROM shop.orders);
    DELETE FROM shop.returns WHERE order_id NOT IN (SELECT id FROM shop.orders);
    DELETE FROM shop.products WHERE NOT (${tenant});`;
}

const COPY_OF: Readonly<Record<string, string>> = {
  aurora_manager: 'aurora',
  aurora_analyst: 'aurora',
  aurora_support: 'nordics',
  borealis_manager: 'borealis',
};

describe.each(Object.entries(warehouses))('the demo on %s', (_, start) => {
  const seed = readFileSync(join(DEMO, 'seed/demo.sql'), 'utf8');
  let all: Gateway;
  beforeAll(async () => {
    all = await start('demo_all', 'shop', DEMO, seed);
  });
  afterAll(() => all?.close());

  it.each(Object.entries(DELETED))('each persona of %s sees its rows and no others', async (copy, deletions) => {
    const permitted = await start(`demo_${copy}`, 'shop', withoutPolicies(DEMO), `${seed};${deletions}`);
    const { personas } = await loadPersonas(DEMO);
    const open = await permitted.signIn({ sub: 'root' });
    const found: string[] = [];
    let asked = 0;
    for (const persona of personas.filter((each) => COPY_OF[each.name] === copy)) {
      const secured = await all.signIn({ ...persona.securityContext });
      for (const { sql } of QUERIES) {
        const a = await secured.ask(sql);
        // What the persona may not name is another test's affair.
        if (a.code !== undefined) continue;
        asked += 1;
        found.push(...difference(`${persona.name}: ${sql}`, a, await open.ask(sql)));
      }
      secured.close();
    }
    open.close();
    await permitted.close();
    expect(asked).toBeGreaterThan(8);
    expect(found).toEqual([]);
  });
});
