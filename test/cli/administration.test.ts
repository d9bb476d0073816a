/** What an admin asks of a running server by SQL: who is there, whose statement ends, and a fresh model. */
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { signed } from '../clients/demo.ts';
import { emptyFolder, SECRET, type Serving, serve, TICKETS } from './run.ts';

const folder = emptyFolder();
const model = join(folder, 'tickets.yml');
let server: Serving;
let admin: pg.Client;
let agent: pg.Client;

beforeAll(async () => {
  for (const file of ['tickets.yml', 'security-contexts.sc.yml'])
    copyFileSync(join(TICKETS.SEMWIRE_MODEL, file), join(folder, file));
  const env = { ...TICKETS, SEMWIRE_MODEL: folder, SEMWIRE_JWT_SECRET: SECRET, SEMWIRE_ADMINS: 'dba' };
  server = await serve([], env, emptyFolder());
  admin = await signIn('dba');
  agent = await signIn('ann');
});
afterAll(async () => {
  await Promise.all([admin?.end(), agent?.end()]);
  server?.signal('SIGKILL');
  await server?.ended;
});

async function signIn(sub: string): Promise<pg.Client> {
  const password = await signed({ sub, tenant: 2, groups: ['agent'] });
  const client = new pg.Client({ host: '127.0.0.1', port: server.port, user: sub, password, database: 'semwire' });
  client.on('error', () => {});
  await client.connect();
  return client;
}

test('sessions: who is connected, and as whom', async () => {
  const { rows } = await admin.query('SELECT "user", subject, acting, state FROM semwire.sessions ORDER BY 1');
  expect(rows).toEqual([
    { user: 'ann', subject: 'ann', acting: false, state: 'idle' },
    { user: 'dba', subject: 'dba', acting: false, state: 'active' },
  ]);
});

test('policies: as their author wrote them, with their place', async () => {
  const { rows } = await admin.query('SELECT "table", groups, rows, defined_at FROM semwire.policies ORDER BY policy');
  expect(rows.length).toBeGreaterThan(0);
  expect(rows[0].defined_at).toMatch(/^tickets\.yml:\d+$/);
  expect(rows.map(({ rows: filters }) => filters)).toContain(
    '[{"member":"tenant","operator":"equals","values":["{ securityContext.tenant }"]}]',
  );
});

test('cancel: the session of that number, and false for none', async () => {
  const [{ pid } = { pid: 0 }] = (await agent.query('SELECT pg_backend_pid() AS pid')).rows;
  const slow = agent.query('SELECT count(*) FROM desk a, desk b, generate_series(1, 200000000) g');
  const outcome = slow.then(
    () => 'answered',
    (error) => error.code,
  );
  await expect
    .poll(async () => (await admin.query('SELECT state FROM semwire.sessions WHERE pid = $1', [pid])).rows)
    .toEqual([{ state: 'active' }]);
  expect((await admin.query('SELECT semwire.cancel($1)', [pid])).rows).toEqual([{ cancel: true }]);
  expect(await outcome).toBe('57014');
  expect((await admin.query('SELECT semwire.cancel(1)')).rows).toEqual([{ cancel: false }]);
  expect((await agent.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
});

test('reload: the model of now, and the old one when it is broken', async () => {
  const written = readFileSync(model, 'utf8');
  writeFileSync(model, `${written}\nnonsense: [`);
  await expect(admin.query('SELECT semwire.reload()')).rejects.toMatchObject({ code: 'F0000' });
  expect((await agent.query('SELECT count(*)::int AS n FROM desk')).rows[0].n).toBeGreaterThan(0);
  writeFileSync(model, written.replaceAll('desk', 'counter'));
  expect((await admin.query('SELECT semwire.reload()')).rows).toEqual([{ reload: true }]);
  expect((await agent.query('SELECT count(*)::int AS n FROM counter')).rows[0].n).toBeGreaterThan(0);
  await expect(agent.query('SELECT 1 FROM desk')).rejects.toMatchObject({ code: '42P01' });
});

test('for anybody else none of it exists', async () => {
  const refused = async (sql: string): Promise<readonly [string, string]> =>
    agent.query(sql).then(
      () => ['', ''],
      (error) => [error.code, error.message],
    );
  expect(await refused('SELECT * FROM semwire.sessions')).toEqual([
    '42P01',
    'relation "semwire.sessions" does not exist',
  ]);
  expect(await refused('SELECT * FROM semwire.policies')).toEqual([
    '42P01',
    'relation "semwire.policies" does not exist',
  ]);
  expect((await refused('SELECT semwire.reload()'))[0]).toBe('42883');
  expect((await refused('SELECT semwire.cancel(1)'))[0]).toBe('42883');
});
