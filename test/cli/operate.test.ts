/** The built server with its HTTP port and audit log: start, SIGHUP, SIGTERM. */
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterEach, expect, test } from 'vitest';
import { signed } from '../clients/demo.ts';
import { SSL_REQUEST } from '../wire/frames.ts';
import { RawClient } from '../wire/raw-client.ts';
import { type Environment, emptyFolder, run, SECRET, type Serving, serve, TICKETS } from './run.ts';

const TLS = fileURLToPath(new URL('../fixtures/tls', import.meta.url));
const AGENT = { sub: 'ann', tenant: 2, groups: ['agent'] };

let server: Serving | undefined;
afterEach(async () => {
  server?.signal('SIGKILL');
  await server?.ended;
  server = undefined;
});

async function start(env: Environment): Promise<{ readonly running: Serving; readonly http: string }> {
  const running = await serve(
    [],
    { ...TICKETS, SEMWIRE_JWT_SECRET: SECRET, SEMWIRE_HTTP_PORT: '0', ...env },
    emptyFolder(),
  );
  server = running;
  const port = /HTTP on .*:(\d+)/.exec(running.output().stderr)?.[1];
  return { running, http: `http://127.0.0.1:${port}` };
}

async function signIn(port: number, password: string): Promise<pg.Client> {
  const client = new pg.Client({ host: '127.0.0.1', port, user: 'ann', password, database: 'semwire' });
  client.on('error', () => {});
  await client.connect();
  return client;
}

test('probes, numbers, tokens and the audit log of a running server', async () => {
  const key = 'k'.repeat(20);
  const { running, http } = await start({ SEMWIRE_AUDIT_LOG: '-', SEMWIRE_TOKEN_API_KEY: key });
  expect((await fetch(`${http}/readyz`)).status).toBe(200);
  const answer = await fetch(`${http}/api/v1/security-token`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}` },
    body: JSON.stringify({ securityContext: { tenant: 2 }, roles: ['agent'], user: 'ann' }),
  });
  const { token } = (await answer.json()) as { readonly token: string };
  const client = await signIn(running.port, token);
  expect((await client.query("SELECT title FROM desk WHERE status = 'open'")).rows).toEqual([
    { title: "Not Ann's either" },
  ]);
  expect(await (await fetch(`${http}/metrics`)).text()).toMatch(/^semwire_connections 1$/m);
  await running.says(/"event":"statement".*"statement":"SELECT title FROM desk WHERE status = \?".*"rows":1/);
  const { stdout, stderr } = running.output();
  for (const secret of [token.split('.')[1] ?? '', token.split('.')[2] ?? '', key])
    expect(stdout + stderr).not.toContain(secret);
  running.signal('SIGTERM');
  await client.end();
  expect(await running.ended).toBe(0);
});

test('SIGHUP: personas, hooks, keys and certificates of now, and nobody is sent away', async () => {
  const folder = emptyFolder();
  for (const file of ['tickets.yml', 'security-contexts.sc.yml'])
    copyFileSync(join(TICKETS.SEMWIRE_MODEL, file), join(folder, file));
  const hook = (answer: string): void =>
    writeFileSync(join(folder, 'semwire.config.mjs'), `export const canSwitchUser = (current, next) => ${answer};`);
  hook('false');
  const secret = join(folder, 'secret');
  writeFileSync(secret, SECRET);
  for (const file of ['crt', 'key']) copyFileSync(join(TLS, `server.${file}`), join(folder, `tls.${file}`));
  const { running } = await start({
    SEMWIRE_MODEL: folder,
    SEMWIRE_JWT_SECRET: '',
    SEMWIRE_JWT_SECRET_FILE: secret,
    SEMWIRE_TLS_CERT: join(folder, 'tls.crt'),
    SEMWIRE_TLS_KEY: join(folder, 'tls.key'),
  });
  const client = await signIn(running.port, await signed(AGENT));
  const titles = async (): Promise<number> => (await client.query('SELECT title FROM desk')).rows.length;
  expect(await titles()).toBe(1);
  await expect(client.query('SET ROLE agent')).rejects.toMatchObject({ code: '42501' });
  const before = await fingerprint(running.port);

  hook("next === 'agent'");
  writeFileSync(secret, 'another secret for tests, of 32 bytes or more');
  for (const file of ['crt', 'key']) copyFileSync(join(TLS, `server2.${file}`), join(folder, `tls.${file}`));
  running.signal('SIGHUP');
  await running.says('model reloaded');
  await client.query('SET ROLE agent');
  expect(await titles()).toBe(3);
  await expect(signIn(running.port, await signed(AGENT))).rejects.toMatchObject({ code: '28P01' });
  expect(await fingerprint(running.port)).not.toBe(before);

  // A configuration that does not load leaves what was there.
  hook('{');
  running.signal('SIGHUP');
  await running.says('keys and certificates were not reloaded');
  await client.query('RESET ROLE');
  await client.query('SET ROLE agent');
  expect(await titles()).toBe(3);
  await client.end();
});

test('certificates that are replaced are used without anybody saying so', async () => {
  const folder = emptyFolder();
  const use = (name: string): void => {
    for (const file of ['crt', 'key']) copyFileSync(join(TLS, `${name}.${file}`), join(folder, `tls.${file}`));
  };
  use('server');
  const files = { SEMWIRE_TLS_CERT: join(folder, 'tls.crt'), SEMWIRE_TLS_KEY: join(folder, 'tls.key') };
  const { running } = await start({ SEMWIRE_JWT_SECRET: SECRET, ...files });
  const before = await fingerprint(running.port);
  use('server2');
  await running.says('keys and certificates reloaded');
  expect(await fingerprint(running.port)).not.toBe(before);
});

test('an audit log that cannot be written, and an HTTP port that is taken, stop the start', async () => {
  const audit = await run(['serve', '--port', '0'], { ...TICKETS, SEMWIRE_AUDIT_LOG: '/proc/none/audit' });
  expect([audit.code, audit.stderr]).toEqual([2, expect.stringContaining('SEMWIRE_AUDIT_LOG')]);
  const { http } = await start({});
  const port = new URL(http).port;
  const taken = await run(['serve', '--port', '0', '--http-port', port], TICKETS);
  expect([taken.code, taken.stderr]).toEqual([1, expect.stringContaining(`port ${port} on 127.0.0.1 is in use`)]);
});

/** Of the certificate that a client is shown who asks for TLS. */
async function fingerprint(port: number): Promise<string> {
  const plain = await RawClient.connect(port);
  plain.send(SSL_REQUEST);
  expect((await plain.bytes(1)).toString()).toBe('S');
  const secured = await plain.secure({ ca: readFileSync(join(TLS, 'ca.crt')), checkServerIdentity: () => undefined });
  const { fingerprint256 } = (secured.socket as TLSSocket).getPeerCertificate();
  secured.close();
  return fingerprint256;
}
