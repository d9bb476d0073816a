/**
 * DataBrewery rights through a socket: twin databases that differ in what an identity may not see, and in nothing else,
 * answer byte for byte alike; what is denied answers as what is missing. On both warehouses.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Persona } from '../../src/access/personas.ts';
import type { TestPostgres } from '../helpers/postgres.ts';
import { serve, token } from '../session/serve.ts';
import { query, startup } from '../wire/frames.ts';
import { RawClient } from '../wire/raw-client.ts';
import { type Answer, type Client, type Gateway, modelFolder, onDuckdb, onPostgres, startPostgres } from './gateway.ts';

const MODEL = modelFolder('rights');
const SEED = readFileSync(join(MODEL, 'seed.sql'), 'utf8');

/** Rows that only the others see: values that break casts and divisions, names that nobody may read. */
const HIDDEN = `
INSERT INTO sales VALUES
  (801, '2010-02-02 00:00:00', 'CANARY', 'CANARY', 'CANARY', TRUE, 5.00, 'CANARY', 3),
  (802, '2010-02-02 00:00:00', NULL, 'CANARY', 'CANARY', NULL, 99999999.99, NULL, 3),
  (803, NULL, 'SK', 'CANARY', '7', TRUE, 5.00, 'ann ', NULL),
  (804, '1999-02-02 00:00:00', 'sk ', 'CANARY', '7', TRUE, 5.00, 'Ann', 1);
INSERT INTO items VALUES (801, 801, 'CANARY', 2147483647), (802, 803, 'CANARY', 2147483647);
INSERT INTO wages VALUES (8, 'CANARY', 2147483647);
UPDATE sales SET code = 'CANARY', amount = 5, paid = NULL WHERE country IS DISTINCT FROM 'sk' AND id < 800;
UPDATE wages SET wage = -1 WHERE clerk <> 'ann';
`;

const TABLES = ['sales', 'shopping', 'outlets', 'shops', 'wages', 'piecework', 'items', 'nothing'];

/** `T` is the table. */
const STATEMENTS = [
  'SELECT * FROM T',
  'SELECT count(*) FROM T',
  'EXPLAIN SELECT * FROM T',
  'SELECT id, amount FROM T WHERE 1 / (amount - 5) > -100',
  'SELECT id FROM T WHERE CAST(code AS integer) > 0',
  "SELECT count(*) FROM T WHERE code LIKE 'CAN%' OR code IS NULL",
  'SELECT country, count(*), sum(amount), MEASURE(total) FROM T GROUP BY country',
  'SELECT country, city, MEASURE(count), MEASURE(pieces) FROM T GROUP BY ROLLUP (country, city)',
  'SELECT max(wage), min(clerk) FROM T',
  'SELECT DISTINCT name, chain FROM T',
  'SELECT product, sum(pieces) FROM T GROUP BY product',
  'SELECT shop_label, MEASURE(per_shop) FROM T GROUP BY 1',
  'SELECT a.id, b.id FROM T a FULL JOIN T b ON a.id = b.id AND a.amount < b.amount',
  'SELECT (SELECT max(x.amount) FROM T x WHERE x.country = y.country) FROM T y',
  'SELECT id, rank() OVER (ORDER BY amount), sum(amount) OVER () FROM T',
  'WITH RECURSIVE r AS (SELECT id FROM T UNION SELECT r.id + 1 FROM r JOIN T t ON t.id = r.id + 1) SELECT count(*) FROM r',
  'SELECT id FROM T ORDER BY amount DESC LIMIT 3',
  'SELECT EXISTS (SELECT FROM T WHERE id > 800)',
];
const CATALOG = [
  "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public'",
  'SELECT relname, reltuples FROM pg_class WHERE relnamespace = 2200',
];

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
const folders: string[] = [];
afterAll(async () => {
  await postgres?.stop();
  for (const folder of folders) rmSync(folder, { recursive: true });
});

const warehouses = {
  DuckDB: (_: string, seed: string) => onDuckdb(MODEL, seed),
  PostgreSQL: (database: string, seed: string) => onPostgres(postgres, database, 'public', MODEL, seed),
};

describe.each(Object.entries(warehouses))('on %s', (_, start) => {
  let twins: readonly [Gateway, Gateway];
  beforeAll(async () => {
    twins = [await start('rights_plain', SEED), await start('rights_canaries', `${SEED}${HIDDEN}`)];
  });
  afterAll(async () => {
    for (const gateway of twins ?? []) await gateway.close();
  });

  const asBoth = async <Result>(claims: object, work: (a: Client, b: Client) => Promise<Result>): Promise<Result> => {
    const [a, b] = [await twins[0].signIn({ ...claims }), await twins[1].signIn({ ...claims })];
    try {
      return await work(a, b);
    } finally {
      for (const client of [a, b]) client.close();
    }
  };

  it.each(['jana', 'bratislava', 'nobody'])('%s sees the same from both twins', async (sub) => {
    const found = await asBoth({ sub }, async (a, b) => {
      const differences: string[] = [];
      const leaks: string[] = [];
      let answered = 0;
      const statements = [
        ...CATALOG,
        ...TABLES.flatMap((table) => STATEMENTS.map((sql) => sql.replace(/\bT\b/g, table))),
      ];
      for (const sql of statements) {
        const [left, right] = [await a.ask(sql), await b.ask(sql)];
        if (left.lines.join('\n') !== right.lines.join('\n')) differences.push(`${sql}\n${left.lines}\n${right.lines}`);
        if (/CANARY/.test(right.lines.join('\n'))) leaks.push(sql);
        if (left.code === undefined && left.rows.length > 0) answered += 1;
      }
      return { differences, leaks, answered };
    });
    expect(found.differences).toEqual([]);
    expect(found.leaks).toEqual([]);
    expect(found.answered).toBeGreaterThan(sub === 'nobody' ? -1 : 20);
  });

  it('the twins do differ, for who may see it', async () => {
    const [left, right] = await asBoth({ sub: 'chief' }, async (a, b) => [
      await a.ask('SELECT count(*) FROM sales'),
      await b.ask('SELECT count(*) FROM sales'),
    ]);
    expect([left?.rows, right?.rows]).toEqual([[['9']], [['13']]]);
  });

  it('what is denied answers as what is missing, but for the name', async () => {
    await asBoth({ sub: 'view_only' }, async (client) => {
      const ask = async (sql: string, name: string): Promise<string> => {
        const { lines }: Answer = await client.ask(sql.replace('X', name));
        return lines.join('\n').replaceAll(name, 'X');
      };
      for (const sql of [
        'SELECT * FROM X',
        'SELECT count(*) FROM public.X',
        'SELECT X.a FROM X',
        "SELECT 'X'::regclass",
      ])
        expect(await ask(sql, 'wages')).toBe(await ask(sql, 'wagon'));
      for (const sql of [
        'SELECT X FROM shopping',
        'SELECT count(*) FROM shopping WHERE X IS NULL',
        'SELECT s.X FROM shopping s ORDER BY 1',
      ])
        expect(await ask(sql, 'chain')).toBe(await ask(sql, 'choir'));
    });
  });

  it('the right is the token’s alone: user, role and settings are not asked', async () => {
    await asBoth(
      { sub: 'jana', roles: ['retail', 'chief'], groups: ['chief'], user: 'chief', identity: 'chief' },
      async (client) => {
        await client.ask("SET application_name = 'chief'");
        expect((await client.ask('SELECT count(*) FROM sales')).rows).toEqual([['3']]);
        expect((await client.ask('SELECT count(*) FROM wages')).code).toBe('42P01');
      },
    );
  });

  it('a prepared statement shared by two identities keeps each one’s rows', async () => {
    const sql = 'SELECT id FROM sales WHERE id > $1 ORDER BY id';
    const ids = async (sub: string): Promise<unknown> =>
      asBoth({ sub }, async (client) => (await client.askPrepared(sql, ['0'], 2)).at(-1)?.rows.flat());
    const [years, abroad, again] = [await ids('years'), await ids('nowhere'), await ids('years')];
    expect([years, abroad, again]).toEqual([['2', '3', '4', '5', '6', '7'], ['5'], ['2', '3', '4', '5', '6', '7']]);
  });
});

/** The model with other rights. */
function modelWith(rights: unknown): string {
  const folder = mkdtempSync(join(tmpdir(), 'semwire-rights-'));
  folders.push(folder);
  cpSync(MODEL, folder, { recursive: true });
  writeRights(folder, rights);
  return folder;
}

function writeRights(folder: string, rights: unknown): void {
  writeFileSync(join(folder, 'access/rights.json'), JSON.stringify(rights));
}

it('new rights hold from the next statement on, and wrong ones leave the old in force', async () => {
  const folder = modelWith({ ann: { cube_restrictions: { sales: ['geo:sk'] } } });
  const gateway = await onDuckdb(folder, SEED);
  try {
    const client = await gateway.signIn({ sub: 'ann' });
    const count = async (): Promise<unknown> => {
      await gateway.assembly.reload();
      gateway.server.replan();
      const { rows, code } = await client.ask('SELECT count(*) FROM sales');
      return code ?? rows[0]?.[0];
    };
    expect(await count()).toBe('3');
    writeRights(folder, { ann: { cube_restrictions: { sales: ['geo:us'] } } });
    expect(await count()).toBe('3');
    writeRights(folder, { ann: { cube_restrictions: { sales: ['!geo:us'] } } });
    expect(await count()).toBe('5');
    writeRights(folder, { ann: { cube_restrictions: { sales: ['geography:us'] } } });
    expect(await count()).toBe('5');
    writeRights(folder, { ann: { cube_restrictions: { sales: ['date:june'] } } });
    expect(await count()).toBe('5');
    writeRights(folder, {});
    expect(await count()).toBe('42P01');
    client.close();
  } finally {
    await gateway.close();
  }
});

it('who acts as a persona has its rights, and their own again afterwards', async () => {
  const gateway = await onDuckdb(modelWith({ chief: {}, jana: { cube_restrictions: { sales: ['geo:sk'] } } }), SEED);
  const personas = ['jana', 'nobody'].map(
    (name): Persona => ({ name, securityContext: {}, roles: [], filters: undefined }),
  );
  const server = await serve(gateway.assembly.engine, { SEMWIRE_ADMINS: 'chief' }, { personas: () => personas });
  const client = new pg.Client({ connectionString: server.url(await token({ sub: 'chief' })) });
  try {
    await client.connect();
    const count = (): Promise<unknown> =>
      client.query('SELECT count(*) FROM sales').then(
        ({ rows }) => rows[0]?.count,
        (error: unknown) => (error instanceof pg.DatabaseError ? error.code : error),
      );
    const counts = [await count()];
    for (const statement of ["SET ROLE 'jana'", "SET ROLE 'nobody'", 'RESET ROLE']) {
      await client.query(statement);
      counts.push(await count());
    }
    expect(counts).toEqual(['9', '3', '42P01', '9']);
  } finally {
    await client.end();
    await server.close();
    await gateway.close();
  }
});

describe('without a token', () => {
  const RIGHTS = {
    jana: { cube_restrictions: { sales: ['geo:sk'] } },
    guest: { allowed_cubes: ['sales'], cube_restrictions: { sales: ['geo:de'] } },
  };
  /** The count of sales that one sees who signs in with these startup parameters. */
  async function countAs(gateway: Gateway, parameters: Readonly<Record<string, string>>): Promise<string> {
    const raw = await RawClient.connect(gateway.server.address.port);
    raw.send(startup({ user: 'somebody', database: 'semwire', ...parameters }));
    for (let type: string | undefined = ''; type !== 'Z'; ) {
      type = (await raw.message())?.type;
      if (type === undefined || type === 'E') throw new Error(`refused: ${type}`);
    }
    raw.send(query('SELECT count(*) FROM sales'));
    const seen: string[] = [];
    for (let type = ''; type !== 'Z'; ) {
      const message = await raw.message();
      if (message === undefined) throw new Error('closed');
      type = message.type;
      if (type === 'D') seen.push(message.body.toString('utf8', 6));
      if (type === 'E') seen.push(/C(\w{5})/.exec(message.body.toString('latin1'))?.[1] ?? '');
    }
    raw.close();
    return seen.join();
  }

  it.each<[string, unknown, Readonly<Record<string, string>>, string]>([
    ['none', RIGHTS, {}, '2'],
    ['none', RIGHTS, { user: 'jana' }, '2'],
    ['none', { jana: {} }, { user: 'jana' }, '42P01'],
    ['proxy', RIGHTS, { user: 'jana' }, '3'],
    ['proxy', RIGHTS, { user: 'stranger' }, '2'],
    ['proxy', { jana: {} }, { user: 'stranger' }, '42P01'],
    ['parameter', RIGHTS, { api_key: 'jana' }, '3'],
    ['parameter', RIGHTS, { user: 'jana' }, '2'],
    ['parameter', { jana: {} }, { user: 'jana' }, '42P01'],
  ])('SEMWIRE_AUTH=%s, rights %j, signed in with %j', async (auth, rights, parameters, expected) => {
    const gateway = await onDuckdb(modelWith(rights), SEED, { SEMWIRE_AUTH: auth });
    try {
      expect(await countAs(gateway, parameters)).toBe(expected);
    } finally {
      await gateway.close();
    }
  });

  it('and with one, nobody is a guest', async () => {
    const gateway = await onDuckdb(modelWith(RIGHTS), SEED);
    try {
      for (const [sub, expected] of [
        ['jana', undefined],
        ['stranger', '42P01'],
      ] as const) {
        const client = await gateway.signIn({ sub });
        expect((await client.ask('SELECT count(*) FROM sales')).code).toBe(expected);
        client.close();
      }
    } finally {
      await gateway.close();
    }
  });
});
