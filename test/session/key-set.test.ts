/** A key set whose server goes away: the last good keys serve for an hour, then nobody is let in (case D15). */
import { generateKeyPairSync } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { SignJWT } from 'jose';
import { afterEach, expect, test, vi } from 'vitest';
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
