import { afterAll, describe, expect, it } from 'vitest';
import { openCatalog } from '../../src/catalog/pool.ts';
import { ALICE, ask, SHOP, sessionOf } from './fixture.ts';

const catalog = openCatalog({ timeoutMs: 60_000 });
afterAll(() => catalog.close());

const BERLIN = sessionOf('bo"b; DROP', {
  pid: 99,
  applicationName: "psql's",
  clientAddress: undefined,
  settings: new Map([
    ['timezone', 'Europe/Berlin'],
    ['datestyle', 'German'],
    ['search_path', 'pg_catalog, public'],
    // not the client's to decide here
    ['role', 'pg_semwire'],
    ['default_transaction_read_only', 'off'],
    ['standard_conforming_strings', 'off'],
    ['semwire.measure_aggregates', 'compatible'],
  ]),
});

const FACTS = `SELECT current_user, session_user, current_database(), pg_backend_pid(), inet_client_addr(),
  current_setting('application_name'), current_setting('timezone'), current_setting('search_path'),
  timestamptz '2026-01-31 12:00Z', current_setting('is_superuser'), pg_is_in_recovery()`;

describe('a session', () => {
  it('is told its own facts, whoever asked before', async () => {
    const alice = [
      ...['alice', 'alice', 'semwire', '4711', '192.0.2.7', 'test', 'UTC', '"$user", public'],
      ...['2026-01-31 12:00:00+00', 'off', 'f'],
    ];
    const bob = [
      ...['bo"b; DROP', 'bo"b; DROP', 'semwire', '99', null, "psql's", 'Europe/Berlin', 'pg_catalog, public'],
      ...['31.01.2026 13:00:00 CET', 'off', 'f'],
    ];
    for (let round = 0; round < 3; round += 1) {
      const answers = await Promise.all([ALICE, BERLIN].map((session) => ask(catalog, FACTS, { session })));
      expect(answers).toEqual([[alice], [bob]]);
    }
  });

  it('has its own semwire settings, and another has the default again', async () => {
    const sql = "SELECT nullif(current_setting('semwire.measure_aggregates', true), '')";
    expect(await ask(catalog, sql, { session: BERLIN })).toEqual([['compatible']]);
    expect(await ask(catalog, sql)).toEqual([[null]]);
  });

  it('cannot bring settings that would lift the read-only mode or change how text is read', async () => {
    // Asked of PostgreSQL itself: current_setting() says what the session has set.
    const sql = `SELECT setting FROM pg_catalog.pg_show_all_settings()
      WHERE name IN ('default_transaction_read_only', 'standard_conforming_strings')`;
    expect(await ask(catalog, sql, { session: BERLIN })).toEqual([['on'], ['on']]);
  });

  it('is alone in pg_roles, pg_stat_activity and pg_database', async () => {
    for (const session of [ALICE, BERLIN]) {
      expect(await ask(catalog, "SELECT rolname, rolsuper FROM pg_roles WHERE rolname !~ '^pg_'", { session })).toEqual(
        [[session.user, 'f']],
      );
      expect(
        await ask(catalog, 'SELECT datname, pid, usename, application_name, state FROM pg_stat_activity', { session }),
      ).toEqual([['semwire', String(session.pid), session.user, session.applicationName, 'active']]);
    }
    expect(await ask(catalog, 'SELECT datname FROM pg_database')).toEqual([['semwire']]);
  });

  it('meets one version everywhere, also where the planner does not inline the function', async () => {
    const [[number]] = (await ask(catalog, "SELECT current_setting('server_version')")) as [[string]];
    expect(number).toMatch(/^18\.\d+$/);
    for (const sql of ['SELECT version()', 'SELECT * FROM version()']) {
      expect(await ask(catalog, sql)).toEqual([[`PostgreSQL ${number} (semwire)`]]);
    }
    expect(await ask(catalog, 'SELECT * FROM pg_backend_pid()')).toEqual([['4711']]);
  });

  it('may have any name that PostgreSQL has no role for, cut at 63 bytes', async () => {
    const session = sessionOf('ü'.repeat(40));
    expect(await ask(catalog, 'SELECT current_user', { session })).toEqual([['ü'.repeat(31)]]);
    for (const user of ['pg_semwire', 'pg_monitor']) {
      await expect(ask(catalog, 'SELECT current_user', { session: sessionOf(user) })).rejects.toMatchObject({
        code: '28000',
        message: `role "${user}" is not permitted to log in`,
      });
    }
    expect(await ask(catalog, 'SELECT current_user')).toEqual([['alice']]);
  });

  it('may be called what no role may, also while acting as another', async () => {
    for (const actor of ['public', 'none', 'qu\'o"te', '😀', 'semwire_client', 'semwire_session']) {
      for (const user of ['visitor', 'public', 'semwire_session', 'semwire_session_1']) {
        const session = sessionOf(user, { sessionUser: actor });
        expect(await ask(catalog, 'SELECT current_user, session_user', { session })).toEqual([[user, actor]]);
      }
      expect(await ask(catalog, 'SELECT current_user, session_user')).toEqual([['alice', 'alice']]);
    }
  });

  it('with an invalid setting gets PostgreSQL’s error, and the next one is not disturbed', async () => {
    const lost = sessionOf('carol', { settings: new Map([['timezone', 'Mars/Olympus']]) });
    await expect(ask(catalog, 'SELECT 1', { session: lost })).rejects.toMatchObject({
      code: '22023',
      message: 'invalid value for parameter "TimeZone": "Mars/Olympus"',
    });
    expect(await ask(catalog, 'SELECT current_user')).toEqual([['alice']]);
  });

  it('goes on through hundreds of changes of user', async () => {
    for (let round = 0; round < 600; round += 1) {
      const user = `user${round}`;
      expect(await ask(catalog, 'SELECT current_user', { session: sessionOf(user) })).toEqual([[user]]);
    }
  });
});

describe('set_config', () => {
  it('holds for its statement, and tells the session what to take over', async () => {
    const sql = "SELECT set_config('TimeZone', 'europe/berlin', false), timestamptz '2026-01-31 12:00Z'";
    const { settings } = await catalog.execute(SHOP, ALICE, sql, [], [], []);
    expect(settings).toEqual([{ name: 'timezone', value: 'Europe/Berlin', local: false }]);
    expect(await ask(catalog, sql)).toEqual([['Europe/Berlin', '2026-01-31 13:00:00+01']]);
    expect(await ask(catalog, "SELECT current_setting('timezone')")).toEqual([['UTC']]);
  });

  it('leaves a result without settings when it was not called', async () => {
    expect(await catalog.execute(SHOP, ALICE, 'SELECT 1', [], [], [])).not.toHaveProperty('settings');
  });
});

describe('the extended protocol', () => {
  const text = (value: string) => ({ format: 0 as const, value: Buffer.from(value) });

  it('describes parameters and columns without running anything', async () => {
    expect(
      await catalog.describe(
        SHOP,
        ALICE,
        'SELECT relname, $1::int8 AS n, 1/0 AS late FROM pg_class WHERE oid = $2',
        [],
      ),
    ).toEqual({
      parameterTypes: [20, 26],
      columns: [
        { name: 'relname', typeOid: 19, typeSize: 64, typmod: -1 },
        { name: 'n', typeOid: 20, typeSize: 8, typmod: -1 },
        { name: 'late', typeOid: 23, typeSize: 4, typmod: -1 },
      ],
    });
  });

  it('takes parameters in text and binary, and gives results in either', async () => {
    const binary = { format: 1 as const, value: Uint8Array.of(0, 0, 0, 0, 0, 0, 1, 0) };
    const result = await catalog.execute(
      SHOP,
      ALICE,
      'SELECT $1, $2, $3',
      [20, 25, 23],
      [binary, text('größe'), { format: 0, value: null }],
      [0, 0, 1],
    );
    expect(result.rows).toBe(1);
    expect(Buffer.from(result.frames).toString('latin1')).toContain('256');
    expect(Buffer.from(result.frames).toString('utf8')).toContain('größe');
    const { frames } = await catalog.execute(SHOP, ALICE, 'SELECT $1::int4', [], [text('258')], [1]);
    expect([...frames]).toEqual([...Buffer.from('D'), 0, 0, 0, 14, 0, 1, 0, 0, 0, 4, 0, 0, 1, 2]);
  });

  it('reports errors as PostgreSQL words them, with offsets in UTF-16 units of the statement', async () => {
    const sql = `SELECT '😀ü', "nö" FROM pg_class`;
    const error = await catalog.describe(SHOP, ALICE, sql, []).catch((reason) => reason);
    expect(error).toMatchObject({
      code: '42703',
      message: 'column "nö" does not exist',
      position: sql.indexOf('"nö"'),
    });
    await expect(ask(catalog, 'SELECT 1 FROM')).rejects.toMatchObject({ code: '42601' });
    await expect(ask(catalog, "SELECT 'x'::int4")).rejects.toMatchObject({
      code: '22P02',
      message: 'invalid input syntax for type integer: "x"',
      position: 7,
    });
    await expect(catalog.execute(SHOP, ALICE, 'SELECT 1 / $1', [23], [text('0')], [])).rejects.toMatchObject({
      code: '22012',
    });
    expect(await ask(catalog, 'SELECT 2')).toEqual([['2']]);
  });

  it('reads columns by the names that they had before PostgreSQL 17, positions unmoved', async () => {
    expect(await ask(catalog, 'SELECT count(d.daticulocale) FROM pg_database d')).toEqual([['0']]);
    expect((await ask(catalog, 'SELECT colliculocale FROM pg_collation LIMIT 1')).length).toBe(1);
    const sql = "SELECT daticulocale, 'daticulocale', nothing FROM pg_database";
    await expect(ask(catalog, sql)).rejects.toMatchObject({ code: '42703', position: sql.indexOf('nothing') });
    await expect(ask(catalog, 'SELECT daticulocale FROM pg_class')).rejects.toMatchObject({ code: '42703' });
  });
});

describe('privileges', () => {
  it('are those of one who may read what is there, and nothing else', async () => {
    const sql = `SELECT has_table_privilege('orders', 'SELECT'), has_table_privilege(current_user, 'orders', 'INSERT'),
      has_any_column_privilege('orders', 'UPDATE'), has_column_privilege('orders', 'revenue', 'SELECT'),
      has_schema_privilege('public', 'USAGE'), has_schema_privilege('public', 'CREATE'),
      has_database_privilege(current_database(), 'CONNECT'), has_database_privilege('semwire', 'CREATE, TEMP'),
      has_function_privilege('version()', 'EXECUTE'), has_language_privilege('plpgsql', 'USAGE'),
      has_table_privilege('semwire.members', 'SELECT'), pg_has_role('alice', 'USAGE')`;
    expect(await ask(catalog, sql)).toEqual([['t', 'f', 'f', 't', 't', 'f', 't', 'f', 't', 'f', 't', 't']]);
    await expect(ask(catalog, "SELECT has_table_privilege('nothing', 'SELECT')")).rejects.toMatchObject({
      code: '42P01',
    });
  });
});
