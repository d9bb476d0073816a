/** What the server tells the catalog of a session is no client's to set, to undo or to read: all the ways to try. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { TestServer } from '../session/serve.ts';
import { token } from '../session/serve.ts';
import { leaveAll, openTenants, refused, type Session, signInTo, type Tenants } from '../session/tenants.ts';

let tenants: Tenants;
let server: TestServer;
let password: string;
beforeAll(async () => {
  tenants = await openTenants();
  server = await tenants.serve();
  password = await token({ sub: 'mallory', tenant: 'red', groups: ['seller'] });
});
afterEach(leaveAll);
afterAll(() => tenants?.close());

const LIE = '{"user":"root","subject":"root","context":{"tenant":"blue"},"sessions":[{"pid":1,"user":"root"}]}';
const RESERVED = '42602 invalid configuration parameter name "semwire_fact.about"';

async function truth(session: Session): Promise<void> {
  expect(
    await session.ask(
      `SELECT "user", subject, persona IS NULL, context ->> 'tenant', expires_at > now() FROM semwire.whoami`,
    ),
  ).toEqual(['mallory mallory t red t']);
  expect(await session.ask('SELECT usename, pid = pg_backend_pid(), client_addr FROM pg_stat_activity')).toEqual([
    'mallory t 127.0.0.1',
  ]);
  expect(await session.ask("SELECT current_setting('server_version') FROM pg_class LIMIT 1")).toEqual([
    '18.6 (semwire 0.1.0)',
  ]);
}

describe('cannot be set', () => {
  test.each(['about', 'pid', 'settings', 'client_address', 'server_port', 'anything'])('%s, by SET', async (fact) => {
    const session = await signInTo(server, { user: 'mallory', password });
    for (const sql of [
      `SET semwire_fact.${fact} = '${LIE}'`,
      `SET SESSION semwire_fact.${fact} TO 'notjson'`,
      `SET "Semwire_Fact.${fact}" = '{}'`,
      `SET semwire_fact.${fact} = DEFAULT`,
      `RESET semwire_fact.${fact}`,
      `SELECT set_config('semwire_fact.${fact}', '{}', false)`,
      `SELECT pg_catalog.set_config('SEMWIRE_FACT.${fact}', '{}', true) FROM pg_class`,
    ])
      expect(await session.refusal(sql), sql).toMatch(/^42602 invalid configuration parameter name "semwire_fact\./i);
    await session.client.query('BEGIN');
    expect(await session.refusal(`SET LOCAL semwire_fact.${fact} = '${LIE}'`)).toMatch(/^42602 /);
    await session.client.query('ROLLBACK');
    await truth(session);
  });

  test.each([
    ['a startup option', `-c semwire_fact.about=${LIE.replaceAll(/\\|\s/g, '\\$&')}`],
    ['in another case, with a dash', '--SEMWIRE-FACT.about={}'],
  ])('%s', async (_, options) => {
    expect(await refused(server, { user: 'mallory', password, options })).toMatch(
      /^FATAL 42602 invalid configuration parameter name "semwire_fact.about"$/i,
    );
  });

  test('nor through what the catalog offers to owners', async () => {
    const session = await signInTo(server, { user: 'mallory', password });
    for (const sql of [
      "SELECT semwire_set_config('semwire_fact.about', '{}', false)",
      "SELECT pg_catalog.semwire_set_config('semwire_fact.pid', '1', false) FROM pg_class",
      "SELECT semwire_current_setting('semwire_fact.about')",
      "SELECT pg_catalog.semwire_current_setting('semwire_fact.about', true)",
    ])
      expect(await session.refusal(sql), sql).toMatch(/^42501 permission denied for function semwire_/);
    for (const sql of [
      "UPDATE pg_settings SET setting = '{}' WHERE name = 'semwire_fact.about'",
      "ALTER ROLE mallory SET semwire_fact.about = '{}'",
      "ALTER SYSTEM SET semwire_fact.about = '{}'",
    ])
      expect(await session.refusal(sql), sql).toMatch(/^(25006|0A000) /);
    await truth(session);
  });
});

test('stay what they are after RESET ALL and DISCARD ALL, and whatever else is set', async () => {
  const session = await signInTo(server, { user: 'mallory', password });
  for (const sql of ['RESET ALL', 'DISCARD ALL', "SET my.semwire_fact = '{}'", "SET semwire_factory.about = '{}'"]) {
    await session.client.query(sql);
    await truth(session);
  }
});

describe('cannot be read as settings', () => {
  test('each answers as one that does not exist', async () => {
    const session = await signInTo(server, { user: 'mallory', password });
    for (const fact of ['about', 'pid', 'settings', 'nothing']) {
      const missing = `42704 unrecognized configuration parameter "semwire_fact.${fact}"`;
      expect(await session.refusal(`SHOW semwire_fact.${fact}`)).toBe(missing);
      expect(await session.refusal(`SELECT current_setting('semwire_fact.${fact}') FROM semwire.whoami`)).toBe(missing);
      expect(
        await session.refusal(`SELECT current_setting('semwire_fact.${fact}', false), count(*) FROM sales`),
      ).toMatch(/^42/);
      expect(
        await session.ask(`SELECT coalesce(current_setting('SEMWIRE' || '_fact.${fact}', true), 'none')
          FROM semwire.whoami`),
      ).toEqual(['none']);
    }
  });

  test('nor are they in any list', async () => {
    const session = await signInTo(server, { user: 'mallory', password });
    expect(await session.ask("SELECT count(*) FROM pg_settings WHERE name LIKE 'semwire\\_fact%'")).toEqual(['0']);
    expect(await session.ask("SELECT count(*) FROM pg_show_all_settings() WHERE name LIKE 'semwire\\_fact%'")).toEqual([
      '0',
    ]);
    const all = await session.ask('SHOW ALL');
    expect(all.length).toBeGreaterThan(300);
    expect(all.join('\n')).not.toContain('semwire_fact');
  });
});

test('the refusal names the reserved prefix', async () => {
  const session = await signInTo(server, { user: 'mallory', password });
  for (const sql of [
    `SET semwire_fact.about = ''`,
    "SELECT set_config('semwire_fact.about', '', false) FROM pg_class",
  ]) {
    expect(await session.refusal(sql)).toBe(RESERVED);
    await expect(session.client.query(sql)).rejects.toMatchObject({ detail: '"semwire_fact" is a reserved prefix.' });
  }
});
