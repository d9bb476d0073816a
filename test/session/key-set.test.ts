/** A key set whose server goes away, or whose keys change (cases D15, D16), behind the sign-in that uses it. */
import { generateKeyPairSync } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { SignJWT } from 'jose';
import { afterEach, expect, test, vi } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { createAuthenticator } from '../../src/session/auth.ts';
import { compactVerify } from '../../src/session/jose.ts';
import { KeySetUnavailable, remoteKeySet } from '../../src/session/key-set.ts';

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
let server: Server | undefined;
afterEach(() => {
  vi.useRealTimers();
  server?.close();
  server?.closeAllConnections();
});

test('an outage of a key set', async () => {
  const start = Date.now();
  vi.useFakeTimers({ toFake: ['Date'] });
  let up = true;
  let asked = 0;
  server = createServer((_, response) => {
    asked++;
    response.statusCode = up ? 200 : 503;
    response.end(JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k' }] }));
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const keys = remoteKeySet(new URL(`http://127.0.0.1:${address.port}/`));
  const token = await new SignJWT({}).setProtectedHeader({ alg: 'ES256', kid: 'k' }).sign(privateKey);
  const verify = () => compactVerify(token, keys, { algorithms: ['ES256'] });
  const at = (minutes: number) => vi.setSystemTime(start + minutes * 60_000);

  await verify();
  up = false;
  at(20);
  await verify();
  // The failed fetch is not repeated for every sign-in.
  await verify();
  await verify();
  expect(asked).toBe(2);
  at(59);
  await verify();
  at(61);
  await expect(verify()).rejects.toThrow(KeySetUnavailable);
  up = true;
  at(62);
  await verify();
});

test('a rotation: a new key works after the cool-down and without a restart, one that is gone does not', async () => {
  const start = Date.now();
  vi.useFakeTimers({ toFake: ['Date'] });
  const [old, next] = [pairOf('old'), pairOf('next')];
  let keys = [old.jwk];
  let asked = 0;
  server = createServer((_, response) => {
    asked++;
    response.end(JSON.stringify({ keys }));
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const config = await loadConfig({
    env: {
      SEMWIRE_JWT_JWKS_URL: `http://127.0.0.1:${address.port}/`,
      SEMWIRE_JWT_ISSUER: '*',
      SEMWIRE_JWT_AUDIENCE: '*',
    },
  });
  const { authenticate } = createAuthenticator(config);
  const signIn = async ({ kid, privateKey }: typeof old): Promise<string> => {
    const exp = Math.floor(start / 1_000) + 7_200;
    // Another token each time: one that was verified a moment ago is not verified again.
    const token = await new SignJWT({ exp, at: Date.now() }).setProtectedHeader({ alg: 'ES256', kid }).sign(privateKey);
    return authenticate('u', token).then(
      () => 'in',
      (error: { readonly code?: string }) => error.code ?? 'failed',
    );
  };
  const at = (seconds: number) => vi.setSystemTime(start + seconds * 1_000);

  expect(await signIn(old)).toBe('in');
  keys = [next.jwk];
  // Within the cool-down nobody can make the server ask again.
  at(20);
  expect([await signIn(next), await signIn(next), asked]).toEqual(['28P01', '28P01', 1]);
  at(40);
  expect([await signIn(next), asked]).toEqual(['in', 2]);
  expect([await signIn(old), asked]).toEqual(['28P01', 2]);
  // The set is fetched anew every ten minutes, so that a key that is taken out is noticed though nobody needs another.
  keys = [];
  at(600);
  expect(await signIn(next)).toBe('in');
  at(700);
  expect(await signIn(next)).toBe('28P01');
});

function pairOf(kid: string) {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { kid, privateKey: pair.privateKey, jwk: { ...pair.publicKey.export({ format: 'jwk' }), kid } };
}
