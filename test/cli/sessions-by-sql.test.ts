/**
 * Sessions as SQL shows them, on a running server: each one's own in PostgreSQL's views, all of them to an admin, and
 * how one ends another's statement or session. And the catalog's failed probes in the log.
 */
import type { Socket } from 'node:net';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signed } from '../clients/demo.ts';
import { PSQL_VERSION, runPsql } from '../clients/psql.ts';
import { emptyFolder, SECRET, type Serving, serve, TICKETS } from './run.ts';

let server: Serving;
let admin: pg.Client;
let agent: pg.Client;
let agentAgain: pg.Client;
let stranger: pg.Client;

beforeAll(async () => {
  server = await serve([], { ...TICKETS, SEMWIRE_JWT_SECRET: SECRET, SEMWIRE_ADMINS: 'dba' }, emptyFolder());
  [admin, agent, agentAgain, stranger] = await Promise.all([
    signIn('dba'),
    signIn('ann'),
    signIn('ann'),
    signIn('eve'),
  ]);
});
afterAll(async () => {
  await Promise.all([admin, agent, agentAgain, stranger].map((client) => client?.end()));
  server?.signal('SIGKILL');
  await server?.ended;
});

function token(sub: string, claims: Readonly<Record<string, unknown>> = {}): Promise<string> {
  return signed({ sub, tenant: 2, groups: ['agent'], ...claims });
}

async function signIn(sub: string, claims: Readonly<Record<string, unknown>> = {}): Promise<pg.Client> {
  const password = await token(sub, claims);
  const client = new pg.Client({ host: '127.0.0.1', port: server.port, user: sub, password, database: 'semwire' });
  client.on('error', () => {});
  await client.connect();
  return client;
}

async function rows(client: pg.Client, sql: string, values: readonly unknown[] = []): Promise<readonly unknown[][]> {
  return (await client.query({ text: sql, values: [...values], rowMode: 'array' })).rows;
}

async function pidOf(client: pg.Client): Promise<number> {
  return (await client.query('SELECT pg_backend_pid() AS pid')).rows[0].pid;
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'answered',
    (error) => error.code ?? error.message,
  );
}

type Notice = Partial<Record<'severity' | 'code' | 'message', string | undefined>>;

/** A statement that runs until somebody ends it. */
const ENDLESS = 'SELECT count(*) FROM desk a, desk b, generate_series(1, 2000000000) g';

async function running(watcher: pg.Client, pid: number): Promise<void> {
  const state = 'SELECT state FROM pg_stat_activity WHERE pid = $1';
  await expect.poll(() => rows(watcher, state, [pid])).toEqual([['active']]);
}

describe('pg_stat_activity', () => {
  it('is all sessions to an admin, and to anybody else their own', async () => {
    const sql = `SELECT usename, state, backend_type, datname, query IS NOT NULL, backend_start <= now()
      FROM pg_stat_activity ORDER BY 1, 2`;
    const shown = (user: string, state: string) => [user, state, 'client backend', 'semwire', state === 'active', true];
    expect(await rows(admin, sql)).toEqual([
      ...[shown('ann', 'idle'), shown('ann', 'idle'), shown('dba', 'active'), shown('eve', 'idle')],
    ]);
    expect(await rows(agent, sql)).toEqual([shown('ann', 'active'), shown('ann', 'idle')]);
    expect(await rows(stranger, sql)).toEqual([shown('eve', 'active')]);
  });

  it('is joined and filtered as any relation', async () => {
    const sql = `SELECT r.rolname, a.pid = pg_backend_pid() FROM pg_stat_activity a JOIN pg_roles r ON r.oid = a.usesysid
      JOIN pg_database d ON d.oid = a.datid WHERE a.client_addr = '127.0.0.1' ORDER BY 2`;
    expect(await rows(agent, sql)).toEqual([
      ['ann', false],
      ['ann', true],
    ]);
    const semwire = `SELECT s."user", a.state FROM semwire.sessions s JOIN pg_stat_activity a USING (pid) ORDER BY 1 LIMIT 1`;
    expect(await rows(admin, semwire)).toEqual([['ann', 'idle']]);
  });

  it('tells an admin what others do and did, without constants, and nobody else', async () => {
    const doing = `SELECT state, query, query_start BETWEEN backend_start AND now(), state_change >= query_start,
      xact_start <= query_start, usesysid IS NULL FROM pg_stat_activity WHERE pid = $1`;
    const pid = await pidOf(stranger);
    await stranger.query('SELECT title AS "a title" FROM desk WHERE status = \'a secret\' /* and this */ AND 7 > 3');
    const last = 'SELECT title AS "a title" FROM desk WHERE status = ? AND ? > ?';
    expect(await rows(admin, doing, [pid])).toEqual([['idle', last, true, true, null, true]]);
    await stranger.query('BEGIN');
    expect(await rows(admin, doing, [pid])).toEqual([['idle in transaction', 'BEGIN', true, true, true, true]]);
    await codeOf(stranger.query({ text: 'SELECT 1/$1::int', values: ['0'] }));
    expect((await rows(admin, doing, [pid]))[0]?.slice(0, 2)).toEqual([
      ...['idle in transaction (aborted)', 'SELECT ?/$1::int'],
    ]);
    await stranger.query('ROLLBACK');
    await codeOf(stranger.query(`SELECT '${await token('eve')}', ${'x'.repeat(3_000)}`));
    const [[, long = ''] = []] = (await rows(admin, doing, [pid])) as [[string, string]];
    expect(long).toMatch(/^SELECT \?, x{1000,}$/);
    expect(long).toHaveLength(1024);
    const semwire = 'SELECT state, statement, statement_started_at <= now() FROM semwire.sessions WHERE pid = $1';
    expect(await rows(admin, semwire, [pid])).toEqual([['idle', long, true]]);
  });

  it('tells of a statement while it runs, in its transaction', async () => {
    const pid = await pidOf(agent);
    const slow = codeOf(agent.query(ENDLESS));
    await running(admin, pid);
    const sql =
      'SELECT query, xact_start <= query_start, state_change <= query_start FROM pg_stat_activity WHERE pid = $1';
    expect(await rows(admin, sql, [pid])).toEqual([
      ['SELECT count(*) FROM desk a, desk b, generate_series(?, ?) g', true, true],
    ]);
    const ofOwn = `SELECT state, coalesce(query, query_start::text, state_change::text, xact_start::text, 'untold')
      FROM pg_stat_activity WHERE pid = $1`;
    expect(await rows(agentAgain, ofOwn, [pid])).toEqual([['active', 'untold']]);
    await admin.query("SET ROLE 'visitor'");
    expect(await rows(admin, 'SELECT 1 FROM pg_stat_activity WHERE pid = $1', [pid])).toEqual([]);
    await admin.query('RESET ROLE');
    await admin.query('SELECT pg_cancel_backend($1)', [pid]);
    expect(await slow).toBe('57014');
  });

  it('shows the role of one’s own name, and no other', async () => {
    const sql = `SELECT usename, usesysid = (SELECT oid FROM pg_roles WHERE rolname = current_user)
      FROM pg_stat_activity WHERE usename IN ('dba', 'eve') ORDER BY 1`;
    expect(await rows(admin, sql)).toEqual([
      ['dba', true],
      ['eve', null],
    ]);
  });

  it('has both ends of each connection', async () => {
    const { localPort } = (agent as unknown as { connection: { stream: Socket } }).connection.stream;
    const ends = 'SELECT host(inet_client_addr()), inet_client_port(), host(inet_server_addr()), inet_server_port()';
    expect(await rows(agent, ends)).toEqual([['127.0.0.1', localPort, '127.0.0.1', server.port]]);
    const seen = 'SELECT host(client_addr), client_port FROM pg_stat_activity WHERE pid = $1';
    for (const client of [agent, agentAgain, admin])
      expect(await rows(client, seen, [await pidOf(agent)])).toEqual([['127.0.0.1', localPort]]);
    expect(await rows(agent, 'SHOW port')).toEqual([[String(server.port)]]);
    expect(await rows(agent, 'SHOW listen_addresses')).toEqual([['127.0.0.1']]);
    expect(await rows(agent, "SELECT setting FROM pg_settings WHERE name = 'port'")).toEqual([[String(server.port)]]);
  });

  it('with its functions and what else is the session’s', async () => {
    expect(await rows(agent, 'SELECT pid = pg_backend_pid(), ssl FROM pg_stat_ssl')).toEqual([[true, false]]);
    expect(await rows(agent, 'SELECT pid = pg_backend_pid() FROM pg_stat_get_activity(pg_backend_pid())')).toEqual([
      [true],
    ]);
    expect(await rows(agent, 'SELECT count(*)::int FROM pg_stat_get_activity(NULL)')).toEqual([[2]]);
    expect(await rows(agent, 'SELECT DISTINCT pid = pg_backend_pid() FROM pg_locks')).toEqual([[true]]);
  });
});

describe('pg_cancel_backend and pg_terminate_backend', () => {
  it('cancel a statement of the same subject, also from psql', async () => {
    const pid = await pidOf(agent);
    const first = codeOf(agent.query(ENDLESS));
    await running(agentAgain, pid);
    expect(await rows(agentAgain, 'SELECT pg_cancel_backend($1)', [pid])).toEqual([[true]]);
    expect(await first).toBe('57014');
    if (PSQL_VERSION === undefined) return;
    const second = codeOf(agent.query(ENDLESS));
    await running(agentAgain, pid);
    const shown = await runPsql(['-At', '-c', `SELECT pg_cancel_backend(${pid})`], {
      ...{ PGHOST: '127.0.0.1', PGPORT: String(server.port), PGUSER: 'ann', PGDATABASE: 'semwire' },
      PGPASSWORD: await token('ann'),
    });
    expect(shown).toMatchObject({ code: 0, out: 't\n' });
    expect(await second).toBe('57014');
  });

  it('are false for another’s session, which goes on, and for none at all', async () => {
    const pid = await pidOf(agent);
    const slow = codeOf(agent.query('SELECT count(*) FROM desk a, generate_series(1, 30000000) g'));
    await running(agentAgain, pid);
    expect(await rows(stranger, 'SELECT pg_cancel_backend($1), pg_terminate_backend($1)', [pid])).toEqual([
      [false, false],
    ]);
    expect(
      await rows(stranger, 'SELECT pg_cancel_backend(1), pg_terminate_backend(1), pg_cancel_backend(NULL)'),
    ).toEqual([[false, false, null]]);
    expect(await slow).toBe('answered');
  });

  it('warn of what is no process, and of another’s session in the same words', async () => {
    const notices: string[] = [];
    const note = ({ severity, code, message }: Notice): void => {
      notices.push(`${severity} ${code} ${message}`);
    };
    stranger.on('notice', note);
    try {
      const pid = await pidOf(agent);
      await rows(stranger, 'SELECT pg_cancel_backend($1)', [pid]);
      await rows(stranger, 'SELECT pg_terminate_backend($1)', [pid]);
      await rows(stranger, 'SELECT pg_cancel_backend(1), pg_terminate_backend(2, 10), pg_cancel_backend(NULL)');
      const of = (number: number): string => `WARNING 01000 PID ${number} is not a PostgreSQL backend process`;
      expect(notices.splice(0)).toEqual([of(pid), of(pid), of(1), of(2)]);
      await stranger.query('SET client_min_messages = error');
      expect(await rows(stranger, 'SELECT pg_cancel_backend(1)')).toEqual([[false]]);
      expect(notices).toEqual([]);
    } finally {
      await stranger.query('RESET client_min_messages');
      stranger.off('notice', note);
    }
    if (PSQL_VERSION === undefined) return;
    const shown = await runPsql(['-At', '-c', 'SELECT pg_cancel_backend(1)'], {
      ...{ PGHOST: '127.0.0.1', PGPORT: String(server.port), PGUSER: 'eve', PGDATABASE: 'semwire' },
      PGPASSWORD: await token('eve'),
    });
    expect(shown).toMatchObject({
      ...{ code: 0, out: 'f\n' },
      err: 'WARNING:  PID 1 is not a PostgreSQL backend process\n',
    });
  });

  it('end any session for an admin', async () => {
    const victim = await signIn('bob');
    const pid = await pidOf(victim);
    const slow = codeOf(victim.query(ENDLESS));
    await running(admin, pid);
    expect(await rows(admin, 'SELECT pg_terminate_backend($1)', [pid])).toEqual([[true]]);
    expect(await slow).toBe('57P01');
    await expect.poll(() => rows(admin, 'SELECT 1 FROM pg_stat_activity WHERE pid = $1', [pid])).toEqual([]);
    const idle = await signIn('bob');
    const ended = new Promise<string>((resolve) =>
      idle.once('error', (error) => resolve((error as { code?: string }).code ?? '')),
    );
    await admin.query('SELECT pg_terminate_backend($1, 1000)', [await pidOf(idle)]);
    expect(await ended).toBe('57P01');
  });

  it('of one’s own', async () => {
    expect(await codeOf(stranger.query('SELECT pg_cancel_backend(pg_backend_pid())'))).toBe('57014');
    expect(await rows(stranger, 'SELECT 1')).toEqual([[1]]);
    const gone = await signIn('bob');
    expect(
      await codeOf(gone.query('SELECT pg_terminate_backend(pg_backend_pid())').then(() => gone.query('SELECT 1'))),
    ).not.toBe('answered');
  });

  it('do nothing for who acts as another than their own sessions', async () => {
    const pid = await pidOf(stranger);
    await admin.query("SET ROLE 'visitor'");
    expect(await rows(admin, 'SELECT count(*)::int FROM pg_stat_activity')).toEqual([[1]]);
    expect(await rows(admin, 'SELECT pg_terminate_backend($1)', [pid])).toEqual([[false]]);
    const who = 'SELECT "user", subject, persona, session_user FROM semwire.whoami';
    expect(await rows(admin, who)).toEqual([['visitor', 'dba', 'visitor', 'dba']]);
    await admin.query("SET SESSION AUTHORIZATION 'visitor'");
    expect(await rows(admin, who)).toEqual([['visitor', 'dba', 'visitor', 'visitor']]);
    await admin.query('RESET SESSION AUTHORIZATION');
    expect(await rows(admin, who)).toEqual([['dba', 'dba', null, 'dba']]);
    expect(await rows(admin, 'SELECT count(*) > 1 FROM pg_stat_activity')).toEqual([[true]]);
  });
});

describe('what a session holds', () => {
  it('pg_prepared_statements: those of PREPARE and of Parse, its own alone', async () => {
    await agent.query('PREPARE by_sql (text, int) AS SELECT title, $2 AS n FROM desk WHERE status = $1');
    await agent.query({
      name: 'by_parse',
      text: 'SELECT status, ticket_count FROM desk WHERE title = $1',
      values: ['x'],
    });
    const sql = `SELECT name, statement, from_sql, parameter_types::text, result_types::text, prepare_time <= now()
      FROM pg_prepared_statements ORDER BY name`;
    expect(await rows(agent, sql)).toEqual([
      ['by_parse', 'SELECT status, ticket_count FROM desk WHERE title = $1', false, '{text}', '{text,bigint}', true],
      [
        ...['by_sql', 'PREPARE by_sql (text, int) AS SELECT title, $2 AS n FROM desk WHERE status = $1', true],
        ...['{text,integer}', '{text,integer}', true],
      ],
    ]);
    expect(await rows(agentAgain, sql)).toEqual([]);
    await agent.query('DEALLOCATE ALL');
    expect(await rows(agent, sql)).toEqual([]);
  });

  it('pg_cursors: those that are declared', async () => {
    const sql = 'SELECT name, statement, is_holdable, is_binary, is_scrollable FROM pg_cursors ORDER BY name';
    await agent.query('BEGIN');
    await agent.query('DECLARE c BINARY SCROLL CURSOR FOR SELECT status FROM desk');
    await agent.query('DECLARE h CURSOR WITH HOLD FOR SELECT 1');
    expect(await rows(agent, sql)).toEqual([
      ['c', 'DECLARE c BINARY SCROLL CURSOR FOR SELECT status FROM desk', false, true, true],
      ['h', 'DECLARE h CURSOR WITH HOLD FOR SELECT 1', true, false, false],
    ]);
    await agent.query('COMMIT');
    expect((await rows(agent, sql)).map(([name]) => name)).toEqual(['h']);
    await agent.query('CLOSE ALL');
    expect(await rows(agent, sql)).toEqual([]);
  });

  it('whoami: the claims, and no secret among them', async () => {
    const inner = `${'eyJ'}hbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl`;
    const claims = { api_key: 'k-1', nested: { password: 'p-1', list: [inner, 'fine'] }, token_use: 'access' };
    const client = await signIn('mia', claims);
    const [[context] = []] = await rows(client, 'SELECT context FROM semwire.whoami');
    expect(context).toMatchObject({
      ...{ sub: 'mia', tenant: 2, api_key: '[hidden]', token_use: 'access' },
      nested: { password: '[hidden]', list: ['[token]', 'fine'] },
    });
    const [[all = ''] = []] = await rows(client, 'SELECT semwire_about()::text FROM semwire.whoami');
    expect(all).toContain('mia');
    expect(all).not.toMatch(/k-1|p-1|eyJ/);
    await client.end();
  });

  it.runIf(PSQL_VERSION !== undefined)('\\d semwire.* shows the relations that there are for who asks', async () => {
    const shown = async (user: string): Promise<string> => {
      const env = { PGHOST: '127.0.0.1', PGPORT: String(server.port), PGUSER: user, PGDATABASE: 'semwire' };
      const { out, err } = await runPsql(['-c', '\\d semwire.*', '-c', '\\df semwire.*'], {
        ...env,
        PGPASSWORD: await token(user),
      });
      expect(err).toBe('');
      return out;
    };
    const ofAgent = await shown('ann');
    expect(ofAgent).toMatch(/Table "semwire\.members"/);
    expect(ofAgent).toMatch(/View "semwire\.whoami"/);
    expect(ofAgent).not.toMatch(/sessions|policies|reload|cancel/);
    const ofAdmin = await shown('dba');
    for (const name of ['sessions', 'policies', 'reload', 'cancel']) expect(ofAdmin).toContain(name);
  });
});

describe('a catalog probe that fails', () => {
  const logged = (): readonly Record<string, unknown>[] =>
    server
      .output()
      .stderr.split('\n')
      .filter((line) => line.includes('catalog probe failed'))
      .map((line) => JSON.parse(line));

  it('is in the log once for each statement but for its constants, without them', async () => {
    const before = logged().length;
    for (const secret of ['s3cret', 'other'])
      await codeOf(
        agent.query(`SELECT pg_xlogfile_name('${secret}'), relname FROM pg_class WHERE relname = 'x' /* ${secret} */`),
      );
    await codeOf(agent.query('SELECT c.relhasoids FROM pg_catalog.pg_class c'));
    await codeOf(agent.query('SELECT c.relhasoids FROM pg_catalog.pg_class c'));
    await codeOf(agent.query('SELECT * FROM pg_stat_statements'));
    await codeOf(
      agent.query(
        "SELECT 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln', * FROM desk JOIN pg_class c ON c.relname = status",
      ),
    );
    const lines = logged().slice(before);
    expect(lines.map(({ code }) => code)).toEqual(['42883', '42703', '42P01', '0A000']);
    expect(lines[0]).toMatchObject({
      level: 40,
      message: expect.stringMatching(/^function pg_xlogfile_name\(unknown\) does not exist$/),
      statement: 'SELECT pg_xlogfile_name(?), relname FROM pg_class WHERE relname = ?',
    });
    expect(lines[1]).toMatchObject({ message: 'column c.relhasoids does not exist' });
    expect(JSON.stringify(lines)).not.toMatch(/s3cret|other|eyJ/);
  });

  it('is none where PostgreSQL 18 would have refused it, or a function is missing on purpose', async () => {
    const before = logged().length;
    for (const sql of [
      'SELECT * FROM dekk',
      "SELECT 'dekk'::regclass",
      'SELECT vresion()',
      'SELECT 1/0 FROM pg_class',
      "SELECT 'x'::int FROM pg_class",
      'SELEC',
      'SELECT * FROM semwire.sessions',
      'SELECT semwire.reload()',
      'SELECT relnam FROM pg_class',
      'SELECT c.relnam FROM pg_class c',
      'SELECT * FROM pg_clas',
      'SELECT oid + oid FROM pg_class',
      'SELECT pg_sleep(1)',
      "SELECT pg_read_file('x'), relname FROM pg_class",
      'SELECT * FROM pg_shadow',
      "SELECT 'x'::regtype FROM pg_type",
      "SELECT current_setting('nothing') FROM pg_class",
      "SELECT set_config('role', 'dba', false) FROM pg_class",
      'SELECT relname, count(*) FROM pg_class',
    ])
      expect(await codeOf(agent.query(sql)), sql).not.toBe('answered');
    expect(logged().slice(before)).toEqual([]);
  });

  it('with the constants where the operator wants them, but never a token', async () => {
    const env = { ...TICKETS, SEMWIRE_JWT_SECRET: SECRET, SEMWIRE_AUDIT_LITERALS: '1', SEMWIRE_ADMINS: 'dba' };
    const other = await serve([], env, emptyFolder());
    const password = await token('ann');
    const target = { host: '127.0.0.1', port: other.port, database: 'semwire' };
    const client = new pg.Client({ ...target, user: 'ann', password });
    await client.connect();
    const sql = `SELECT pg_xlogfile_name('seen', '${password}')`;
    await codeOf(client.query(sql));
    const dba = new pg.Client({ ...target, user: 'dba', password: await token('dba') });
    await dba.connect();
    const shown = "SELECT query FROM pg_stat_activity WHERE usename = 'ann'";
    expect(await rows(dba, shown)).toEqual([["SELECT pg_xlogfile_name('seen', '[token]')"]]);
    await Promise.all([client.end(), dba.end()]);
    expect(other.output().stderr).toContain("SELECT pg_xlogfile_name('seen', '[token]')");
    expect(other.output().stderr).not.toContain('eyJ');
    other.signal('SIGKILL');
    await other.ended;
  });
});
