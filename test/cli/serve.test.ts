/** `semwire serve`: how it starts, what it says, and how it ends. */
import { cpSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { type Environment, emptyFolder, MODELS, run, SECRET, type Serving, serve, TICKETS } from './run.ts';

const ENV: Environment = { ...TICKETS, SEMWIRE_JWT_SECRET: SECRET };

async function connected(server: Serving, env: Environment, folder: string): Promise<pg.Client> {
  const { stdout: token } = await run(['token', '--persona', 'agent'], env, folder);
  const client = new pg.Client({
    host: '127.0.0.1',
    port: server.port,
    user: 'ann',
    password: token.trim(),
    database: 'semwire',
  });
  await client.connect();
  return client;
}

async function stop(server: Serving): Promise<number | null> {
  server.signal('SIGTERM');
  return server.ended;
}

describe('a start', () => {
  test('says where it is ready, and prints a line to paste for each persona', async () => {
    const folder = emptyFolder();
    const server = await serve([], TICKETS, folder);
    await server.says(/# visitor\n.*dbname=semwire"/);
    const { stdout, stderr } = server.output();
    expect(stderr).toContain(`semwire is ready on 127.0.0.1:${server.port}`);
    const [line = ''] = stdout.match(/PGPASSWORD=.*user=agent.*/) ?? [];
    expect(line).toMatch(new RegExp(` psql "host=127.0.0.1 port=${server.port} user=agent dbname=semwire"$`));
    const token = /PGPASSWORD=(\S+)/.exec(line)?.[1] ?? '';
    const asked = await run(
      ['query', '--port', String(server.port), '--token', token, 'SELECT ticket_count FROM desk'],
      TICKETS,
    );
    expect(asked.stdout).toContain('            3\n');
    expect(await stop(server)).toBe(0);
  });

  test("prints no token that an operator's own secret signs: stdout ends up in a log", async () => {
    const server = await serve([], ENV, emptyFolder());
    await server.says('semwire token --persona NAME');
    expect(server.output().stdout).not.toContain('eyJ');
    expect(await stop(server)).toBe(0);
  });

  test('on a port that is taken', async () => {
    const server = await serve([], ENV, emptyFolder());
    const { code, stderr } = await run(['serve', '--port', String(server.port)], ENV);
    expect(stderr).toBe(
      `semwire: port ${server.port} on 127.0.0.1 is in use; --port takes another one (0: any free port)\n`,
    );
    expect(code).toBe(1);
    await stop(server);
  });

  test.each([
    ['a port that is none', ['--port', 'abc'], 'SEMWIRE_PORT: must be a whole number', 2],
    ['no certificate off loopback', ['--host', '0.0.0.0'], 'SEMWIRE_TLS_CERT and SEMWIRE_TLS_KEY must be set', 2],
    ['a certificate that is not there', ['--tls-cert', '/no', '--tls-key', '/no'], 'SEMWIRE_TLS_CERT', 2],
    ['hooks that are not there', ['--auth', 'hook'], 'SEMWIRE_AUTH=hook needs a checkAuth function', 2],
    ['an unknown option', ['--prot', '1'], "Unknown option '--prot'", 2],
    ['an unknown warehouse', ['--warehouse-url', 'mysql://x'], 'must begin with duckdb: or postgres://', 2],
    ['an init file that is not there', ['--warehouse-init', '/no.sql'], 'cannot read /no.sql', 2],
    ['a warehouse that does not answer', ['--warehouse-url', 'postgres://a@127.0.0.1:1/a'], 'is not reachable', 1],
    ['a model that is not there', ['--model', '/no'], 'the model in /no cannot be used', 1],
  ])('with %s fails in words', async (_, args, message, exit) => {
    const { code, stderr } = await run(['serve', '--log-level', 'silent', ...args], { ...ENV, SEMWIRE_PORT: '0' });
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(code).toBe(exit);
  });

  test('the secret has no option', async () => {
    const { code, stderr } = await run(['serve', '--jwt-secret', SECRET], TICKETS);
    expect(stderr).toContain("Unknown option '--jwt-secret'");
    expect(code).toBe(2);
  });
});

describe('SIGTERM', () => {
  test('lets a running statement end, takes no new connection, and exits with 0', async () => {
    const folder = emptyFolder();
    const server = await serve([], ENV, folder);
    const client = await connected(server, ENV, folder);
    client.on('error', () => {});
    const rows = client.query(new pg.Query('SELECT g FROM desk, generate_series(1, 300000) g(g)'));
    // The first row has come, and many more are on their way.
    await new Promise((resolve) => rows.once('row', resolve));
    server.signal('SIGTERM');
    const result = await new Promise<pg.QueryResult>((resolve, reject) => rows.on('end', resolve).on('error', reject));
    expect(result.rowCount).toBe(900_000);
    expect(await server.ended).toBe(0);
    await expect(
      new Promise((resolve, reject) => connect(server.port, '127.0.0.1', () => resolve('open')).on('error', reject)),
    ).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});

describe('SIGHUP', () => {
  test('a broken model leaves the old one serving; a mended one is served, also to who is connected', async () => {
    const folder = emptyFolder();
    const model = join(folder, 'model');
    cpSync(join(MODELS, 'tickets'), model, { recursive: true });
    const env = { ...ENV, SEMWIRE_MODEL: model };
    const server = await serve([], env, folder);
    const client = await connected(server, env, folder);
    const file = join(model, 'more.yml');

    writeFileSync(file, 'cubes: 7\n');
    server.signal('SIGHUP');
    await server.says('the model was not reloaded; the old one is still served');
    expect((await client.query('SELECT ticket_count FROM desk')).rows).toEqual([{ ticket_count: '3' }]);

    writeFileSync(file, 'views:\n  - name: board\n    cubes: [{join_path: tickets, includes: [status]}]\n');
    server.signal('SIGHUP');
    await server.says('"model reloaded"');
    expect((await client.query('SELECT DISTINCT status FROM board')).rows).toHaveLength(2);
    await client.end();
    expect(await stop(server)).toBe(0);
  });
});
