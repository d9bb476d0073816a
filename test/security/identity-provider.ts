/**
 * An identity provider on a loopback port: a set of keys, and tokens that they have signed. The keys say no algorithm,
 * as many do not: whoever verifies has to.
 */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CompactSign } from 'jose';

export type SigningKey = { readonly kid: string; readonly publicKey: KeyObject; readonly privateKey: KeyObject };

export type IdentityProvider = {
  readonly url: string;
  /** The set from now on; undefined: it fails. */
  readonly publish: (keys: readonly SigningKey[] | undefined) => void;
  /** How often it was asked. */
  readonly asked: () => number;
  readonly close: () => void;
};

export function signingKey(kid: string): SigningKey {
  return { kid, ...generateKeyPairSync('rsa', { modulusLength: 2048 }) };
}

export async function openIdentityProvider(first: readonly SigningKey[]): Promise<IdentityProvider> {
  let keys: readonly SigningKey[] | undefined = first;
  let asked = 0;
  const server = createServer((_, response) => {
    asked += 1;
    response.statusCode = keys === undefined ? 503 : 200;
    response.end(
      JSON.stringify({
        keys: keys?.map(({ kid, publicKey }) => ({ ...publicKey.export({ format: 'jwk' }), kid })),
      }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`,
    publish: (next) => {
      keys = next;
    },
    asked: () => asked,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** @param payload any JSON value: what it may not be is the test @param header beside or instead of the key's own */
export function tokenOf(
  { kid, privateKey }: SigningKey,
  payload: unknown,
  header: { readonly kid?: string; readonly alg?: string } = {},
): Promise<string> {
  return new CompactSign(new TextEncoder().encode(JSON.stringify(payload)))
    .setProtectedHeader({ alg: 'RS256', kid, ...header })
    .sign(privateKey);
}
