/**
 * Issue of tokens by an identity provider, verified in four ways, each through a socket on both warehouses: by the key
 * set that the settings name, by Cube's own checkAuth and checkSqlAuth, and by checkAuth of semwire.config.ts
 * (contract, sections 6 and 7.8; security cases D01, D02, D04, D07, D12, D15, D16).
 */
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { TestPostgres } from '../helpers/postgres.ts';
import { type Gateway, modelFolder, onDuckdb, onPostgres, startPostgres } from './gateway.ts';
import { type IdentityProvider, openIdentityProvider, signingKey, tokenOf } from './identity-provider.ts';

const MODELS = modelFolder('jwt');
const SEED = readFileSync(join(MODELS, 'seed.sql'), 'utf8');
/** Of Cube's documentation; `exp` beside it. */
const PAYLOAD = { sub: '1234567890', iat: 1516239022, user_id: 131 };
const [FIRST, SECOND, STRANGER] = [signingKey('first'), signingKey('second'), signingKey('stranger')];
const REFUSED = 'FATAL 28P01 password authentication failed for user "analyst"';
const ORDERS = 'SELECT id FROM "Orders" ORDER BY id';

const WAYS = {
  SEMWIRE_JWT_JWKS_URL: { model: 'key-set', keepsKeys: true, ownRefusal: true },
  'checkAuth of cube.js': { model: 'check-auth', keepsKeys: false, ownRefusal: false },
  'checkSqlAuth of cube.js': { model: 'check-sql-auth', keepsKeys: true, ownRefusal: false },
  'checkAuth of semwire.config.ts': { model: 'hook', keepsKeys: true, ownRefusal: false },
} as const;

let provider: IdentityProvider;
let postgres: TestPostgres;
beforeAll(async () => {
  // The clock alone: what waits, waits.
  vi.useFakeTimers({ toFake: ['Date'] });
  postgres = await startPostgres();
  provider = await openIdentityProvider([FIRST]);
  vi.stubEnv('JWKS_URL', provider.url);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  vi.useRealTimers();
  provider?.close();
  await postgres?.stop();
});

const now = (): number => Math.floor(Date.now() / 1_000);
const later = (seconds: number): void => void vi.setSystemTime(Date.now() + seconds * 1_000);
const claims = (more: object = {}): object => ({ ...PAYLOAD, exp: now() + 3_600, ...more });

/** Rows, each as one text, or what the server says. */
async function ask({ server }: Gateway, password: string, sql = ORDERS): Promise<unknown> {
  const { port } = server.address;
  const client = new pg.Client({ host: '127.0.0.1', port, user: 'analyst', database: 'semwire', password });
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query({ text: sql, rowMode: 'array' });
    return rows.map((row) => row.join(' '));
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error;
    return `${error.severity} ${error.code} ${error.message}`;
  } finally {
    await client.end();
    // So that failed sign-ins do not wait for one another: each is forgiven in three seconds.
    later(3);
  }
}

const PARTS = (...parts: readonly object[]): string =>
  parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');

/** An HMAC over the public key, which whoever asks for the key set can make. */
function withPublicKeyAsSecret(): string {
  const secret = FIRST.publicKey.export({ type: 'spki', format: 'pem' });
  const signed = PARTS({ alg: 'HS256', kid: 'first' }, claims());
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

const BAD: readonly (readonly [name: string, token: () => string | Promise<string>])[] = [
  ['the id of no key', () => tokenOf(FIRST, claims(), { kid: 'nobody' })],
  ["another's key", () => tokenOf(STRANGER, claims())],
  ["another's key by the id of a known one", () => tokenOf(STRANGER, claims(), { kid: 'first' })],
  ['another algorithm of the same key', () => tokenOf(FIRST, claims(), { alg: 'PS256' })],
  ['the public key as a secret', withPublicKeyAsSecret],
  ['no signature', () => `${PARTS({ alg: 'none', kid: 'first' }, claims())}.`],
  [
    'a payload that was changed',
    async () => {
      const [head, , signature] = (await tokenOf(FIRST, claims())).split('.');
      return `${head}.${PARTS(claims({ user_id: 132 }))}.${signature}`;
    },
  ],
  ['no exp', () => tokenOf(FIRST, PAYLOAD)],
  ['an end that is over', () => tokenOf(FIRST, claims({ exp: now() - 1 }))],
  ['no token', () => 'secret'],
];

describe.each(Object.entries(WAYS))('%s', (_way, { model, keepsKeys, ownRefusal }) => {
  const folder = join(MODELS, model);
  const database = `jwt_${model.replaceAll('-', '_')}`;
  // No secret: nothing but the provider's keys can let anybody in.
  const env = { SEMWIRE_JWT_SECRET: '' };

  describe.each([
    ['DuckDB', () => onDuckdb(folder, SEED, env)],
    ['PostgreSQL', () => onPostgres(postgres, database, 'public', folder, SEED, env)],
  ] as const)('on %s', (_warehouse, start) => {
    let gateway: Gateway;
    beforeAll(async () => {
      gateway = await start();
    });
    beforeEach(() => {
      provider.publish([FIRST]);
      // What was kept of the test before is too old, and was refused too long ago.
      later(7_200);
    });
    afterAll(() => gateway?.close());

    it('the payload is the security context', async () => {
      const token = await tokenOf(FIRST, claims());
      expect(await ask(gateway, token)).toEqual(['1', '2']);
      expect(
        await ask(
          gateway,
          token,
          "SELECT context ->> 'user_id', context ->> 'iat', context ->> 'sub' FROM semwire.whoami",
        ),
      ).toEqual(['131 1516239022 1234567890']);
      expect(await ask(gateway, await tokenOf(FIRST, claims({ user_id: 132 })))).toEqual(['3']);
      expect(await ask(gateway, await tokenOf(FIRST, claims({ user_id: undefined })))).toBe(
        'ERROR 42501 security context lacks "user_id"',
      );
    });

    it.each(BAD)('%s is refused', async (_name, token) => {
      expect(await ask(gateway, await tokenOf(FIRST, claims()))).toEqual(['1', '2']);
      expect(await ask(gateway, await token())).toBe(REFUSED);
    });

    it.each([['"x"'], ['[1]'], ['[{"user_id":131}]'], ['null'], ['131'], ['true']])(
      'a payload that is no object: %s',
      async (payload) => {
        expect(await ask(gateway, await tokenOf(FIRST, JSON.parse(payload)))).toBe(
          ownRefusal ? 'FATAL 28000 token payload must be a JSON object' : REFUSED,
        );
      },
    );

    it('the session ends with the token', async () => {
      const { port } = gateway.server.address;
      const password = await tokenOf(FIRST, claims({ exp: now() + 60 }));
      const client = new pg.Client({ host: '127.0.0.1', port, user: 'analyst', database: 'semwire', password });
      client.on('error', () => {});
      await client.connect();
      await client.query(ORDERS);
      later(61);
      await expect(client.query(ORDERS)).rejects.toMatchObject({ code: '28000', severity: 'FATAL' });
      await client.end();
    });

    it('keys that change are learnt without a restart, and those that are gone let nobody in', async () => {
      expect(await ask(gateway, await tokenOf(FIRST, claims()))).toEqual(['1', '2']);
      provider.publish([SECOND]);
      if (keepsKeys) {
        // Within the cool-down nobody makes the server ask again.
        const asked = provider.asked();
        for (const _ of [1, 2]) expect(await ask(gateway, await tokenOf(SECOND, claims()))).toBe(REFUSED);
        expect(provider.asked()).toBe(asked);
        later(30);
      }
      expect(await ask(gateway, await tokenOf(SECOND, claims()))).toEqual(['1', '2']);
      expect(await ask(gateway, await tokenOf(FIRST, claims()))).toBe(REFUSED);
    });

    it('while the provider is away', async () => {
      expect(await ask(gateway, await tokenOf(FIRST, claims()))).toEqual(['1', '2']);
      provider.publish(undefined);
      const token = (): Promise<string> => tokenOf(FIRST, claims());
      switch (model) {
        case 'key-set': {
          // The last good set serves for an hour, and who failed is not asked at each sign-in.
          later(1_200);
          const asked = provider.asked();
          for (const _ of [1, 2, 3]) expect(await ask(gateway, await token())).toEqual(['1', '2']);
          expect(provider.asked()).toBe(asked + 1);
          expect(await ask(gateway, await tokenOf(STRANGER, claims()))).toBe(REFUSED);
          later(2_300);
          expect(await ask(gateway, await token())).toEqual(['1', '2']);
          later(100);
          expect(await ask(gateway, await token())).toBe('FATAL 28000 tokens cannot be verified at the moment');
          break;
        }
        case 'check-auth':
          expect(await ask(gateway, await token())).toBe(REFUSED);
          break;
        case 'check-sql-auth':
        case 'hook':
          // jose keeps a set for ten minutes.
          later(500);
          expect(await ask(gateway, await token())).toEqual(['1', '2']);
          later(100);
          expect(await ask(gateway, await token())).toBe(REFUSED);
          break;
      }
      provider.publish([FIRST]);
      later(30);
      expect(await ask(gateway, await token())).toEqual(['1', '2']);
    });
  });
});
