/**
 * A remote JSON Web Key Set that survives its server's outages for an hour, and no longer (cases D15, D16).
 */
import type { ExportedJWKSCache, JWTVerifyGetKey } from './jose.ts';
import { createLocalJWKSet, createRemoteJWKSet, customFetch, isNoMatchingKey, jwksCache } from './jose.ts';

const COOL_DOWN = 30_000;
const REFRESH = 600_000;
const LAST_GOOD = 3_600_000;
const FETCH_TIMEOUT = 5_000;
const MAX_BYTES = 1_048_576;
const MAX_KEYS = 1_000;
const ASYMMETRIC: ReadonlySet<unknown> = new Set(['RSA', 'EC', 'OKP']);

/** Nobody can be verified for now; the session answers 28000 instead of blaming the token. */
export class KeySetUnavailable extends Error {
  override readonly name = 'KeySetUnavailable';
}

/**
 * @returns finds the key that a token's header names
 * @throws KeySetUnavailable when the set could not be fetched and the last good one is older than an hour
 */
export function remoteKeySet(url: URL, now: () => number = Date.now): JWTVerifyGetKey {
  // jose keeps the last fetched set here, with the time of the fetch.
  const fetched: ExportedJWKSCache = { jwks: { keys: [] }, uat: 0 };
  const remote = createRemoteJWKSet(url, {
    cooldownDuration: COOL_DOWN,
    cacheMaxAge: REFRESH,
    timeoutDuration: FETCH_TIMEOUT,
    [customFetch]: fetchLimited,
    [jwksCache]: fetched,
  });
  let lastGood: { readonly keys: JWTVerifyGetKey; readonly at: number } | undefined;
  let failedAt = Number.NEGATIVE_INFINITY;

  const fromLastGood: JWTVerifyGetKey = (header, token) => {
    if (fetched.uat === 0 || now() - fetched.uat > LAST_GOOD) {
      throw new KeySetUnavailable('the key set cannot be fetched');
    }
    if (lastGood?.at !== fetched.uat) lastGood = { keys: createLocalJWKSet(fetched.jwks), at: fetched.uat };
    return lastGood.keys(header, token);
  };

  return async (header, token) => {
    // A server that failed a moment ago is not asked again at every sign-in.
    if (now() - failedAt < COOL_DOWN) return fromLastGood(header, token);
    try {
      return await remote(header, token);
    } catch (error) {
      if (isNoMatchingKey(error)) throw error;
      failedAt = now();
      return fromLastGood(header, token);
    }
  };
}

/** No redirects, no endless bodies, no symmetric or private keys. */
async function fetchLimited(url: string, options: RequestInit): Promise<Response> {
  const response = await fetch(url, { ...options, redirect: 'error' });
  if (response.status !== 200 || response.body === null) return response;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body) {
    size += chunk.byteLength;
    if (size > MAX_BYTES) throw new Error('the key set is too large');
    chunks.push(chunk);
  }
  const parsed: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  const keys = typeof parsed === 'object' && parsed !== null && 'keys' in parsed ? parsed.keys : undefined;
  if (!Array.isArray(keys) || keys.length > MAX_KEYS) throw new Error('the key set is malformed or has too many keys');
  return Response.json({ keys: keys.filter(isPublicKey) });
}

function isPublicKey(key: unknown): boolean {
  return typeof key === 'object' && key !== null && 'kty' in key && ASYMMETRIC.has(key.kty) && !('d' in key);
}
