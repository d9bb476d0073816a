/** `semwire query` against a server of the same folder: token in, table out. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { emptyFolder, run, type Serving, serve, TICKETS } from './run.ts';

const folder = emptyFolder();
let server: Serving;
beforeAll(async () => {
  server = await serve([], TICKETS, folder);
});
afterAll(async () => {
  server.signal('SIGTERM');
  await server.ended;
});

/** In the server's folder, whose `.semwire` holds the secret. */
const query = (...args: string[]) => run(['query', '--port', String(server.port), ...args], TICKETS, folder);

test('a persona sees its rows, exactly its own', async () => {
  const { code, stdout, stderr } = await query(
    '--persona',
    'agent',
    'SELECT status, ticket_count FROM desk ORDER BY 1',
  );
  expect(stdout).toBe(
    [
      ' status | ticket_count ',
      '--------+--------------',
      ' closed |            1',
      ' open   |            2',
      '(2 rows)',
      '',
      '',
    ].join('\n'),
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
});

test('a context is a persona that nobody wrote down', async () => {
  const { stdout } = await query('--context', '{"tenant": 2, "groups": ["agent"]}', 'SELECT title FROM desk');
  expect(stdout).toContain(" Not Ann's either\n(1 row)\n");
});

test('a token of `semwire token` is a password', async () => {
  const { stdout: token } = await run(['token', '--persona', 'visitor', '--user', 'vera'], TICKETS, folder);
  const { code, stdout } = await query('--token', token.trim(), 'SELECT current_user AS who, ticket_count FROM desk');
  expect(stdout).toContain(' vera |            1\n');
  expect(code).toBe(0);
});

test('several statements answer one after the other', async () => {
  const { stdout } = await query('--persona', 'agent', "SET timezone = 'Europe/Berlin'; SHOW timezone");
  expect(stdout).toBe(`SET\n   TimeZone    \n---------------\n Europe/Berlin\n(1 row)\n\n`);
});

describe('errors', () => {
  test('are printed as psql prints them', async () => {
    const { code, stdout, stderr } = await query('--persona', 'visitor', 'SELECT title FROM desk');
    expect(stderr).toBe(
      [
        'ERROR:  column "title" does not exist',
        'LINE 1: SELECT title FROM desk',
        '               ^',
        'SQLSTATE:  42703',
        '',
      ].join('\n'),
    );
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  });

  test('without a context nothing is seen', async () => {
    const { code, stderr } = await query('SELECT status FROM desk');
    expect(stderr).toContain('ERROR:  security context lacks "tenant"');
    expect(code).toBe(1);
  });

  test('a bad token is refused, and is in neither output', async () => {
    const { code, stdout, stderr } = await query('--token', 'eyJhbGciOiJub25lIn0.e30.', 'SELECT 1');
    expect(stderr).toContain('the server refused the connection: password authentication failed');
    expect(stdout + stderr + server.output().stderr).not.toContain('eyJhbGciOiJub25lIn0');
    expect(code).toBe(1);
  });

  test('no server answers', async () => {
    const { code, stderr } = await run(['query', '--port', '1', '--persona', 'agent', 'SELECT 1'], TICKETS, folder);
    expect(stderr).toContain('no server answers on 127.0.0.1:1 (ECONNREFUSED); start one: semwire serve');
    expect(code).toBe(1);
  });

  test.each([
    ['two ways in', ['--token', 'x', '--persona', 'agent', 'SELECT 1'], 'give --token, or --context, or --persona'],
    ['no SQL', ['--persona', 'agent'], 'SQL is missing'],
  ])('%s', async (_, args, message) => {
    const { code, stderr } = await query(...args);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });

  test('a folder without a secret cannot sign', async () => {
    const { code, stderr } = await run(['query', '--persona', 'agent', 'SELECT 1'], TICKETS);
    expect(stderr).toContain('set SEMWIRE_JWT_SECRET');
    expect(code).toBe(2);
  });
});

test('over TLS the token goes to the configured certificate alone, whatever names are in it', async () => {
  const tls = (name: string) => ({
    ...TICKETS,
    SEMWIRE_TLS: 'require',
    SEMWIRE_TLS_CERT: fileURLToPath(new URL(`../fixtures/tls/${name}.crt`, import.meta.url)),
    SEMWIRE_TLS_KEY: fileURLToPath(new URL(`../fixtures/tls/${name}.key`, import.meta.url)),
  });
  const secure = await serve([], tls('server'), folder);
  const ask = (env: ReturnType<typeof tls>) =>
    run(['query', '--port', String(secure.port), '--persona', 'agent', 'SHOW ssl'], env, folder);
  expect((await ask(tls('server'))).stdout).toContain(' on\n');
  const other = await ask(tls('server2'));
  expect(other.stderr).toContain('its certificate is not the one of SEMWIRE_TLS_CERT');
  expect(other.code).toBe(1);
  secure.signal('SIGTERM');
  expect(await secure.ended).toBe(0);
});
