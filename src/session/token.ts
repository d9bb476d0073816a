/**
 * A compact JWS, read and verified: what every check of a token's own form and time says, as one list of rules
 * (RFC 7515, 7519, 8725; cases D01–D14, D27). Nothing here knows of sessions or identities.
 */
import type { Claim } from '../access/context.ts';
import type { JwtConfig } from '../config.ts';
import { compactVerify } from './jose.ts';
import { KeySetUnavailable } from './key-set.ts';
import type { TokenKey } from './keys.ts';
import { isClaimObject, JsonError, parseStrictJson } from './strict-json.ts';

export type Claims = { readonly [name: string]: Claim };

/** Why a token is refused: for the log. The client is told `password authentication failed`, whatever it says. */
export class TokenRefused extends Error {
  override readonly name = 'TokenRefused';
}

/** A signature that holds over something that is no JSON object (case D12): the one refusal with its own text. */
export class PayloadNotObject extends Error {
  override readonly name = 'PayloadNotObject';
}

/** What `semwire token` writes as `iss` when other keys than the secret are configured too. */
export const LOCAL_ISSUER = 'semwire';

/** Contract, section 6. */
const MAX_BYTES = 16_384;
const SKEW_SECONDS = 60;
const COMPACT = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;
const TYPES: ReadonlySet<string> = new Set(['jwt', 'at+jwt', 'application/at+jwt']);
/** Each changes what the signature covers or how the payload is read, and none is understood here (case D06). */
const REFUSED_HEADERS = ['crit', 'b64', 'zip', 'enc', 'cty'];

/**
 * @param now seconds since the epoch
 * @returns the payload, frozen, with its signature, issuer, audience, subject, times and required claims checked
 * @throws TokenRefused, PayloadNotObject, KeySetUnavailable
 */
export async function verifyToken(
  token: string,
  keys: readonly TokenKey[],
  jwt: JwtConfig,
  now: number,
): Promise<Claims> {
  if (token.length > MAX_BYTES) throw new TokenRefused('longer than 16 KiB');
  const compact = token.trim();
  if (!COMPACT.test(compact)) throw new TokenRefused('not a compact JWS');
  const { algorithm, kid } = readHeader(compact.slice(0, compact.indexOf('.')));
  const { payload, key } = await verifySignature(compact, algorithm, kid, keys);
  const claims = readObject(payload);
  if (claims === undefined) throw new PayloadNotObject('token payload must be a JSON object');
  checkTimes(claims, jwt.maxTtlMs / 1_000, now);
  checkIssuer(claims, key, keys, jwt);
  checkAudience(claims, jwt.audiences);
  if (jwt.subjects !== undefined && !listed(jwt.subjects, claims.sub)) throw new TokenRefused('"sub" is not accepted');
  for (const [name, value] of jwt.require) {
    if (!holds(claims[name], value)) throw new TokenRefused(`"${name}" is not the required value`);
  }
  return claims;
}

function readHeader(encoded: string): { readonly algorithm: string; readonly kid: string | undefined } {
  const header = readObject(Buffer.from(encoded, 'base64url'));
  if (header === undefined) throw new TokenRefused('the header is not an object');
  const refused = REFUSED_HEADERS.find((name) => name in header);
  if (refused !== undefined) throw new TokenRefused(`header "${refused}" is not accepted`);
  const { alg, kid, typ } = header;
  if (typeof alg !== 'string') throw new TokenRefused('header "alg" is not a string');
  if (kid !== undefined && typeof kid !== 'string') throw new TokenRefused('header "kid" is not a string');
  if (typ !== undefined && !(typeof typ === 'string' && TYPES.has(typ.toLowerCase()))) {
    throw new TokenRefused('header "typ" is not JWT');
  }
  return { algorithm: alg, kid };
}

/** @returns undefined when the bytes are JSON, but no object */
function readObject(bytes: Uint8Array): Claims | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    const value = parseStrictJson(text);
    return isClaimObject(value) ? value : undefined;
  } catch (error) {
    if (error instanceof JsonError) throw new TokenRefused(`the JSON has ${error.message}`);
    throw new TokenRefused('not UTF-8');
  }
}

async function verifySignature(
  token: string,
  algorithm: string,
  kid: string | undefined,
  keys: readonly TokenKey[],
): Promise<{ readonly payload: Uint8Array; readonly key: TokenKey }> {
  const fitting = keys.filter(
    (key) => key.algorithms.includes(algorithm) && (key.kid === undefined || kid === undefined || key.kid === kid),
  );
  if (fitting.length === 0) throw new TokenRefused('no key for its algorithm and key id');
  let unavailable: KeySetUnavailable | undefined;
  for (const key of fitting) {
    try {
      const options = { algorithms: [...key.algorithms] };
      const { material } = key;
      // Two overloads: a key, or a function that finds one.
      const { payload } =
        typeof material === 'function'
          ? await compactVerify(token, material, options)
          : await compactVerify(token, material, options);
      return { payload, key };
    } catch (error) {
      // Any other failure, expected or not, means that this key did not verify it.
      if (error instanceof KeySetUnavailable) unavailable = error;
    }
  }
  throw unavailable ?? new TokenRefused('no key verifies its signature');
}

function checkTimes(claims: Claims, maxTtl: number, now: number): void {
  const { exp, nbf, iat } = claims;
  if (exp === undefined) {
    if (maxTtl !== 0) throw new TokenRefused('"exp" is missing');
  } else {
    if (typeof exp !== 'number' || !Number.isInteger(exp)) throw new TokenRefused('"exp" is not a whole number');
    if (exp <= now) throw new TokenRefused('expired');
    if (maxTtl !== 0 && exp > now + maxTtl + SKEW_SECONDS) throw new TokenRefused('"exp" is too far away');
  }
  checkNotInFuture('nbf', nbf, now);
  checkNotInFuture('iat', iat, now);
  if (maxTtl !== 0 && typeof exp === 'number' && typeof iat === 'number' && exp - iat > maxTtl) {
    throw new TokenRefused('its lifetime is too long');
  }
}

function checkNotInFuture(name: string, value: Claim | undefined, now: number): void {
  if (value === undefined) return;
  if (typeof value !== 'number') throw new TokenRefused(`"${name}" is not a number`);
  if (value > now + SKEW_SECONDS) throw new TokenRefused(`"${name}" is in the future`);
}

/**
 * With several keys configured, SEMWIRE_JWT_ISSUER names the issuers of the public keys, and the secret signs for
 * LOCAL_ISSUER or for nobody: who holds the one can never speak for the other.
 */
function checkIssuer(claims: Claims, key: TokenKey, keys: readonly TokenKey[], jwt: JwtConfig): void {
  const { iss } = claims;
  const several = keys.some((other) => other.source === 'secret') && keys.length > 1;
  if (several && key.source === 'secret') {
    if (iss !== undefined && iss !== LOCAL_ISSUER) throw new TokenRefused('the secret does not sign for its "iss"');
    return;
  }
  if (several && iss === LOCAL_ISSUER) throw new TokenRefused('only the secret signs for its "iss"');
  if (jwt.issuers !== undefined && !listed(jwt.issuers, iss)) throw new TokenRefused('"iss" is not accepted');
}

function checkAudience(claims: Claims, audiences: readonly string[] | undefined): void {
  if (audiences === undefined || audiences.includes('*')) return;
  const { aud } = claims;
  const held = Array.isArray(aud) ? aud : [aud];
  if (!held.some((one) => typeof one === 'string' && audiences.includes(one))) {
    throw new TokenRefused('"aud" is not accepted');
  }
}

function listed(accepted: readonly string[], value: Claim | undefined): boolean {
  return accepted.includes('*') || (typeof value === 'string' && accepted.includes(value));
}

/** A required claim is that very text (a number or boolean as written in JSON), or a list that holds it. */
function holds(claim: Claim | undefined, value: string): boolean {
  if (Array.isArray(claim)) return claim.some((item) => !Array.isArray(item) && holds(item, value));
  return claim !== undefined && claim !== null && !isClaimObject(claim) && String(claim) === value;
}
