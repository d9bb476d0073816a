/** What `semwire token` signs is accepted by the server that it is for, under every configuration. */
import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { createAuthenticator } from '../../src/session/auth.ts';
import { signToken } from '../../src/session/sign-token.ts';
import { SECRET } from './serve.ts';

const { publicKey } = generateKeyPairSync('ed25519');
const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();

test.each<[string, Readonly<Record<string, string>>]>([
  ['the secret alone', {}],
  ['issuer and audience', { SEMWIRE_JWT_ISSUER: 'a,b', SEMWIRE_JWT_AUDIENCE: '*,c' }],
  ['another key beside', { SEMWIRE_JWT_KEY: pem, SEMWIRE_JWT_ISSUER: 'https://idp', SEMWIRE_JWT_AUDIENCE: 'c' }],
  ['a namespace and a user claim', { SEMWIRE_JWT_CLAIMS_NAMESPACE: 'ns', SEMWIRE_JWT_USER_CLAIM: 'login' }],
  ['an algorithm', { SEMWIRE_JWT_ALGORITHMS: 'HS512' }],
])('%s', async (_, env) => {
  const config = await loadConfig({ env: { SEMWIRE_JWT_SECRET: SECRET, ...env } });
  const token = await signToken(config.jwt, { context: { orgId: 7 }, user: 'alice', ttlSeconds: 60 });
  const identity = await createAuthenticator(config).authenticate('alice', token);
  expect(identity.context.orgId).toBe(7);
});
