/** An instance's own guard of session facts: it holds even if the session layer let a client's value through. */
import { afterAll, expect, it } from 'vitest';
import { openCatalog } from '../../src/catalog/pool.ts';
import { ask, column, sessionOf, shapeOf, table } from './fixture.ts';

const catalog = openCatalog({ timeoutMs: 60_000 });
afterAll(() => catalog.close());

const ABOUT = JSON.stringify({
  ...{ user: 'alice', subject: 'alice', context: { tenant: 1 }, secure: true, statements: [], cursors: [] },
  sessions: [
    { pid: 4711, user: 'alice', connected_at: '2026-01-31T12:00:00Z' },
    { pid: 12, user: 'bob', state: 'idle', client_address: '192.0.2.8', client_port: 5050 },
  ],
});
const WHO = `SELECT w."user", w.subject, a.pid, a.client_port, a.state, s.ssl FROM semwire.whoami w, pg_stat_activity a
  LEFT JOIN pg_stat_ssl s USING (pid) ORDER BY a.pid`;
const ANSWER = [
  ['alice', 'alice', '12', '5050', 'idle', null],
  ['alice', 'alice', '4711', '51000', 'active', 't'],
];
const SETTINGS = new Map([
  ['search_path', '"$user", public'],
  ['semwire_fact.about', '{"user":"root","subject":"root","sessions":[{"pid":1}]}'],
  ['semwire_fact.pid', '1'],
  ['semwire_fact.settings', '{}'],
  ['work_mem', '7MB'],
]);
const FACTS = { about: ABOUT, clientPort: 51_000, serverAddress: '::ffff:192.0.2.1', serverPort: 15_432 };

it('does not take a session’s settings for them', async () => {
  const session = sessionOf('alice', { ...FACTS, settings: SETTINGS });
  expect(await ask(catalog, WHO, { session })).toEqual(ANSWER);
  for (const fact of ['about', 'pid', 'settings']) {
    expect(await ask(catalog, `SELECT current_setting('semwire_fact.${fact}', true)`, { session })).toEqual([[null]]);
    await expect(ask(catalog, `SELECT current_setting('Semwire_fact.${fact}')`, { session })).rejects.toMatchObject({
      code: '42704',
      message: `unrecognized configuration parameter "Semwire_fact.${fact}"`,
    });
  }
  expect(await ask(catalog, "SELECT current_setting('work_mem')", { session })).toEqual([['7MB']]);
});

it('reads current_setting() as a client may, not as its owner', async () => {
  for (const name of ['data_directory', 'config_file', 'hba_file'])
    await expect(ask(catalog, `SELECT current_setting('${name}')`)).rejects.toMatchObject({ code: '42501' });
  expect(await ask(catalog, "SELECT current_setting('is_superuser'), current_setting('search_path')")).toEqual([
    ['off', '"$user", public'],
  ]);
});

it('tells the address and the port of both ends, NULL for none', async () => {
  const sql = 'SELECT inet_client_addr(), inet_client_port(), inet_server_addr(), inet_server_port()';
  expect(await ask(catalog, sql, { session: sessionOf('alice', FACTS) })).toEqual([
    ['192.0.2.7', '51000', '192.0.2.1', '15432'],
  ]);
  const local = sessionOf('alice', { clientAddress: undefined });
  expect(await ask(catalog, sql, { session: local })).toEqual([[null, null, null, null]]);
});

it('means the same whatever a table is called and whatever search_path finds first', async () => {
  const names = ['int4', 'int8', 'bool', 'text', 'json', 'jsonb', 'inet', 'name', 'timestamptz', 'oid', 'record'];
  const shape = shapeOf(
    [...names, 'current_setting', 'semwire_about', 'pg_stat_activity'].map((name) =>
      table(name, [column('x', 'text')]),
    ),
  );
  const settings = new Map([['search_path', 'public, pg_catalog']]);
  const session = sessionOf('alice', { ...FACTS, settings });
  const options = { shape, session };
  expect(await ask(catalog, WHO.replace('pg_stat_activity', 'pg_catalog.pg_stat_activity'), options)).toEqual(ANSWER);
  for (const sql of [
    "SELECT current_setting('work_mem'), current_setting('semwire_fact.pid', true), version(), inet_client_addr()",
    'SELECT pid, usesysid, client_port FROM pg_stat_get_activity(NULL)',
    'SELECT pg_cancel_backend(12), pg_cancel_backend(999), pg_terminate_backend(999)',
    "SELECT set_config('timezone', 'UTC', true)",
    'SELECT count(*) FROM pg_settings',
  ])
    expect((await ask(catalog, sql, options)).length, sql).toBeGreaterThan(0);
});
