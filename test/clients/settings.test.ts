/** What a client learns of settings: by SHOW, by current_setting() and from pg_settings, beside PostgreSQL 18 itself. */
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WIDE_TABLE, writeModel } from '../bench/catalog-model.ts';
import { emptyFolder, SECRET, type Serving, serve } from '../cli/run.ts';
import { startPostgres, type TestPostgres } from '../helpers/postgres.ts';
import { signed } from './demo.ts';

let postgres: TestPostgres;
let server: Serving;
let native: pg.Client;
let client: pg.Client;
const model = writeModel(1, 'everybody');

async function connected(user: string, port: number, database: string, password = ''): Promise<pg.Client> {
  const types = { getTypeParser: () => String };
  const made = new pg.Client({ host: '127.0.0.1', port, user, database, password, types });
  await made.connect();
  return made;
}

beforeAll(async () => {
  postgres = await startPostgres();
  await postgres.query(WIDE_TABLE);
  await postgres.query('CREATE ROLE plain LOGIN');
  native = await connected('plain', postgres.port, 'postgres');
  const environment = { SEMWIRE_MODEL: model.path, SEMWIRE_JWT_SECRET: SECRET, SEMWIRE_WAREHOUSE_URL: postgres.url };
  server = await serve([], environment, emptyFolder());
  client = await connected('ann', server.port, 'semwire', await signed({ sub: 'ann' }));
});
afterAll(async () => {
  await native?.end();
  await client?.end();
  server?.signal('SIGTERM');
  await server?.ended;
  await postgres?.stop();
  model.remove();
});

/** Rows as lists, or the error's SQLSTATE and text. */
async function asked(of: pg.Client, text: string): Promise<readonly (readonly (string | null)[])[] | string> {
  return of.query({ text, rowMode: 'array' }).then(
    ({ rows }) => rows,
    (error: pg.DatabaseError) => `${error.code} ${error.message}`,
  );
}

async function rows(text: string): Promise<readonly (readonly (string | null)[])[]> {
  const answer = await asked(client, text);
  if (typeof answer === 'string') throw new Error(answer);
  return answer;
}

test('SHOW knows every setting of PostgreSQL 18, and refuses those that only a superuser may see', async () => {
  const all = await postgres.query('SELECT name FROM pg_settings');
  expect(all.length).toBeGreaterThan(350);
  const different: unknown[] = [];
  for (const { name } of all) {
    const [own, theirs] = [await asked(client, `SHOW ${name}`), await asked(native, `SHOW ${name}`)];
    if (typeof own !== typeof theirs || (typeof own === 'string' && own !== theirs))
      different.push([name, own, theirs]);
  }
  expect(different).toEqual([]);
  const unknown = '42704 unrecognized configuration parameter "nothing"';
  expect([await asked(client, 'SHOW nothing'), await asked(native, 'SHOW nothing')]).toEqual([unknown, unknown]);
});

test('SHOW ALL, SHOW, current_setting() and pg_settings say the same', async () => {
  const all = await rows('SHOW ALL');
  const names = all.map(([name]) => name);
  const nativeNames = (await native.query('SHOW ALL')).rows.map(({ name }) => name as string);
  expect(nativeNames.filter((name) => !names.includes(name))).toEqual([]);
  expect(all.filter(([, , description]) => description === null).map(([name]) => name)).toEqual([
    'semwire.measure_aggregates',
  ]);
  expect(await rows('SELECT name, current_setting(name) FROM pg_settings ORDER BY lower(name)')).toEqual(
    all.map(([name, setting]) => [name, setting]),
  );
  for (const [name, setting] of all) expect([name, await rows(`SHOW ${name}`)]).toEqual([name, [[setting]]]);
  expect((await client.query('SHOW all')).command).toBe('SHOW');
  expect((await client.query('SHOW wal_buffers')).fields.map(({ name }) => name)).toEqual(['wal_buffers']);
});

test('what the session has set is what it is told', async () => {
  const set: readonly (readonly [name: string, shown: string, inUnit: string])[] = [
    ['application_name', 'own tool', 'own tool'],
    ['TimeZone', 'Asia/Kolkata', 'Asia/Kolkata'],
    ['DateStyle', 'ISO, MDY', 'ISO, MDY'],
    ['search_path', 'pg_catalog', 'pg_catalog'],
    ['extra_float_digits', '3', '3'],
    ['statement_timeout', '90s', '90000'],
    ['idle_session_timeout', '2h', '7200000'],
    ['tcp_user_timeout', '0', '0'],
    ['work_mem', '64MB', '65536'],
    ['effective_cache_size', '1GB', '131072'],
    ['enable_seqscan', 'off', 'off'],
    ['semwire.measure_aggregates', 'compatible', 'compatible'],
  ];
  for (const [name, shown] of set) {
    await client.query(`SET ${name} = ${name === 'DateStyle' ? shown : `'${shown}'`}`);
    expect(await rows(`SHOW ${name}`)).toEqual([[shown]]);
  }
  for (const [name, shown, inUnit] of set) {
    const sql = `SELECT current_setting('${name}'), (SELECT setting FROM pg_catalog.pg_settings WHERE name = '${name}')`;
    expect([name, await rows(sql)]).toEqual([name, [[shown, inUnit]]]);
  }
  await client.query("SET my.own = 'thing'");
  expect(await rows("SELECT current_setting('my.own'), current_setting('my.other', true)")).toEqual([['thing', null]]);
  await client.query('RESET ALL');
  expect(await rows("SELECT current_setting('work_mem'), current_setting('TimeZone')")).toEqual([['4MB', 'UTC']]);
});
