/** The modes that look at no password, and whom they believe (contract, section 2). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { addressList } from '../../src/config-addresses.ts';
import { createAuthenticator, type SignInRequest } from '../../src/session/auth.ts';
import { SSL_REQUEST, startup } from '../wire/frames.ts';
import { RawClient } from '../wire/raw-client.ts';
import type { TestServer } from './serve.ts';
import { folderWith, leaveAll, openTenants, refused, signInTo, type Tenants } from './tenants.ts';

/** Whoever has a name is a seller of the tenant of that name: what rights.json says elsewhere. */
const GROUPS = {
  'semwire.config.mjs':
    "export const contextToGroups = ({ securityContext }) => securityContext.tenant ? ['seller'] : [];",
};
const TLS = fileURLToPath(new URL('../fixtures/tls', import.meta.url));
const file = (name: string): string => readFileSync(join(TLS, name), 'utf8');

let tenants: Tenants;
beforeAll(async () => {
  tenants = await openTenants();
});
afterEach(leaveAll);
afterAll(() => tenants?.close());

function serve(env: Readonly<Record<string, string>>): Promise<TestServer> {
  return tenants.serve({ SEMWIRE_MODEL: folderWith(GROUPS), SEMWIRE_IDENTITY_CLAIM: 'tenant', ...env });
}

describe('none', () => {
  test('asks for no password, and nobody is anybody', async () => {
    const server = await serve({ SEMWIRE_AUTH: 'none', SEMWIRE_JWT_SECRET: '' });
    const client = await RawClient.connect(server.address.port);
    client.send(startup({ user: 'red', database: 'semwire' }));
    const first = await client.message();
    expect([first?.type, first?.body.readInt32BE()]).toEqual(['R', 0]);
    client.close();
    const session = await signInTo(server, { user: 'red' });
    expect(await session.ask('SELECT current_user')).toEqual(['red']);
    expect(await session.refusal('SELECT count(*) FROM sales')).toBe('42P01 relation "sales" does not exist');
  });

  test('has no admins', async () => {
    const server = await serve({ SEMWIRE_AUTH: 'none', SEMWIRE_ADMINS: 'red' });
    await signInTo(server, { user: 'red' });
    expect(server.sessions().map(({ identity }) => [identity.subject, identity.admin])).toEqual([[undefined, false]]);
  });
});

describe('parameter', () => {
  test.each([
    ['api_key as a startup option', { options: '-c api_key=red' }, '2'],
    ['in any case', { options: '-c API_KEY=blue' }, '3'],
  ])('%s', async (_, signIn, count) => {
    const server = await serve({ SEMWIRE_AUTH: 'parameter', SEMWIRE_ADMINS: 'red,blue' });
    const session = await signInTo(server, { user: 'chief', ...signIn });
    expect(await session.ask('SELECT count(*) FROM sales')).toEqual([count]);
    expect(server.sessions()[0]?.identity.admin).toBe(false);
    expect(await session.refusal('SHOW api_key')).toMatch(/^42704 /);
  });

  test('api_key as a startup parameter', async () => {
    const server = await serve({ SEMWIRE_AUTH: 'parameter' });
    const client = await RawClient.connect(server.address.port);
    client.send(startup({ user: 'x', database: 'semwire', api_key: 'blue' }));
    while ((await client.message())?.type !== 'Z');
    expect(server.sessions().map(({ identity }) => identity.subject)).toEqual(['blue']);
    client.close();
  });

  test('of another name, and without it nobody', async () => {
    const server = await serve({ SEMWIRE_AUTH: 'parameter', SEMWIRE_AUTH_PARAMETER: 'tenant_key' });
    expect(await refused(server, { options: '-c api_key=red' })).toMatch(/^FATAL 42704 /);
    expect(await (await signInTo(server, { options: '-c tenant_key=red' })).ask('SELECT count(*) FROM sales')).toEqual([
      '2',
    ]);
    const nobody = await signInTo(server, {});
    expect(await nobody.refusal('SELECT 1 FROM sales')).toMatch(/^42P01 /);
  });
});

describe('proxy', () => {
  test('the startup user is who it is', async () => {
    const server = await serve({ SEMWIRE_AUTH: 'proxy', SEMWIRE_TRUSTED_PROXIES: '10.0.0.1, 127.0.0.0/8' });
    const session = await signInTo(server, { user: 'blue' });
    expect(await session.ask('SELECT count(*) FROM sales')).toEqual(['3']);
  });

  test.each(['none', 'parameter', 'proxy'])('%s believes nobody who is not in the list', async (mode) => {
    const server = await serve({ SEMWIRE_AUTH: mode, SEMWIRE_TRUSTED_PROXIES: '10.0.0.1,::1' });
    expect(await refused(server, { user: 'blue', options: mode === 'parameter' ? '-c api_key=red' : '' })).toBe(
      'FATAL 28000 connections from this address are not accepted',
    );
  });
});

describe('client certificates', () => {
  const CERTIFIED = {
    SEMWIRE_AUTH: 'proxy',
    SEMWIRE_TLS_CERT: join(TLS, 'server.crt'),
    SEMWIRE_TLS_KEY: join(TLS, 'server.key'),
    SEMWIRE_TLS_CA: join(TLS, 'ca.crt'),
  };
  /** What answers the startup message, `R` if somebody is let in. */
  const connect = async (server: TestServer, ssl: ConnectionOptions | undefined): Promise<string | undefined> => {
    const plain = await RawClient.connect(server.address.port);
    let client = plain;
    if (ssl !== undefined) {
      plain.send(SSL_REQUEST);
      expect((await plain.bytes(1)).toString()).toBe('S');
      client = await plain.secure({ ...ssl, ca: file('ca.crt'), checkServerIdentity: () => undefined });
    }
    client.send(startup({ user: 'red', database: 'semwire' }));
    const answer = await client.error();
    client.close();
    return answer;
  };

  test('who shows one of the CA is believed, who shows none is not, nor who comes in plain text', async () => {
    const server = await serve(CERTIFIED);
    const own = { cert: file('client.crt'), key: file('client.key') };
    expect(await connect(server, own)).toBe('R');
    expect(await connect(server, { cert: file('stranger.crt'), key: file('stranger.key') })).toBeUndefined();
    expect(await connect(server, {})).toBeUndefined();
    expect(await connect(server, undefined)).toBe('FATAL 28000 connection requires TLS');
  });

  test('list and CA hold together, and each alone', async () => {
    const believed = async (env: Readonly<Record<string, string>>, peer: Partial<SignInRequest>) => {
      const config = await loadConfig({ env: { SEMWIRE_AUTH: 'proxy', ...env } });
      return createAuthenticator(config)
        .authenticate('red', '', peer)
        .then(
          () => true,
          () => false,
        );
    };
    const { SEMWIRE_AUTH: _, ...tls } = CERTIFIED;
    const list = { SEMWIRE_TRUSTED_PROXIES: '192.0.2.7' };
    const there = { address: '::ffff:192.0.2.7' };
    expect(await believed(list, there)).toBe(true);
    expect(await believed(list, { address: '192.0.2.8', certified: true })).toBe(false);
    expect(await believed(list, { address: undefined })).toBe(false);
    expect(await believed(tls, { ...there, certified: true })).toBe(true);
    expect(await believed(tls, there)).toBe(false);
    expect(await believed({ ...tls, ...list }, there)).toBe(false);
    expect(await believed({ ...tls, ...list }, { ...there, certified: true })).toBe(true);
    expect(await believed({}, there)).toBe(true);
  });
});

describe('a list of addresses', () => {
  const fail = (message: string): never => {
    throw new Error(message);
  };
  const { has } = addressList(['10.1.0.0/16', '2001:db8::/32', '192.0.2.1'], fail);
  test.each([
    ['10.1.255.1', true],
    ['10.2.0.1', false],
    ['::ffff:10.1.0.1', true],
    ['2001:db8::1', true],
    ['2001:db9::1', false],
    ['192.0.2.1', true],
    ['192.0.2.11', false],
    ['', false],
    ['localhost', false],
  ])('%s', (address, inside) => {
    expect(has(address)).toBe(inside);
  });
});
