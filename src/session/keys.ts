/**
 * The keys that may have signed a token, each with the algorithms that fit it: what a token's header says about its
 * own algorithm or key never widens this list (cases D01, D02, D05).
 */
import { createPublicKey, createSecretKey, type JsonWebKeyInput, type KeyObject } from 'node:crypto';
import type { JwtConfig } from '../config.ts';
import { ConfigError } from '../config-error.ts';
import { remoteKeySet } from './key-set.ts';

export type TokenKey = {
  readonly source: 'secret' | 'key' | 'jwks';
  readonly algorithms: readonly string[];
  /** Only a single configured key may be named by `kid`; a token that names another is not for it. */
  readonly kid: string | undefined;
  /** A key, or how to find one by the token's `kid`. */
  readonly material: KeyObject | ReturnType<typeof remoteKeySet>;
};

const HMAC = ['HS256', 'HS384', 'HS512'];
const RSA = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'];
const EDWARDS = ['EdDSA', 'Ed25519'];
const ELLIPTIC: Readonly<Record<string, readonly string[]>> = {
  prime256v1: ['ES256'],
  secp384r1: ['ES384'],
  secp521r1: ['ES512'],
};
const KEY_SET = [...RSA, 'ES256', 'ES384', 'ES512', ...EDWARDS];

/**
 * @returns the configured keys, the secret first
 * @throws ConfigError when a key is unreadable, private, too weak, or fits none of SEMWIRE_JWT_ALGORITHMS
 */
export function loadKeys(jwt: JwtConfig): readonly TokenKey[] {
  const keys: TokenKey[] = [];
  if (jwt.secret !== undefined) {
    const material = createSecretKey(Buffer.from(jwt.secret, 'utf8'));
    keys.push({ source: 'secret', algorithms: HMAC, kid: undefined, material });
  }
  if (jwt.key !== undefined) keys.push(publicKey(jwt.key.trim()));
  if (jwt.jwksUrl !== undefined) {
    keys.push({ source: 'jwks', algorithms: KEY_SET, kid: undefined, material: remoteKeySet(jwt.jwksUrl) });
  }
  const allowed = jwt.algorithms;
  return allowed === undefined ? keys : keys.map((key) => restrict(key, allowed));
}

function restrict(key: TokenKey, allowed: readonly string[]): TokenKey {
  const known = new Set([...HMAC, ...KEY_SET]);
  const unknown = allowed.find((name) => !known.has(name));
  if (unknown !== undefined) throw new ConfigError(`SEMWIRE_JWT_ALGORITHMS: unknown algorithm "${unknown}"`);
  const algorithms = key.algorithms.filter((name) => allowed.includes(name));
  if (algorithms.length === 0) {
    throw new ConfigError(
      `SEMWIRE_JWT_ALGORITHMS: none fits SEMWIRE_JWT_${VARIABLE[key.source]} (${key.algorithms.join(', ')})`,
    );
  }
  return { ...key, algorithms };
}

const VARIABLE = { secret: 'SECRET', key: 'KEY', jwks: 'JWKS_URL' } as const;

function publicKey(text: string): TokenKey {
  const jwk = text.startsWith('{') ? parseJwk(text) : undefined;
  if (jwk === undefined && text.includes('PRIVATE KEY')) refuse('is a private key; give the public one');
  let material: KeyObject;
  try {
    material = createPublicKey(jwk === undefined ? text : { key: jwk, format: 'jwk' });
  } catch {
    return refuse('is neither a PEM public key nor a JWK');
  }
  const fitting = algorithmsOf(material);
  const declared = jwk?.alg;
  const algorithms = declared === undefined ? fitting : fitting.filter((name) => name === declared);
  if (algorithms.length === 0) refuse(`declares the algorithm ${String(declared)}, which does not fit it`);
  return { source: 'key', algorithms, kid: typeof jwk?.kid === 'string' ? jwk.kid : undefined, material };
}

type Jwk = JsonWebKeyInput['key'] & { readonly kid?: unknown };

function parseJwk(text: string): Jwk {
  let jwk: Jwk;
  try {
    jwk = JSON.parse(text);
  } catch {
    return refuse('is not valid JSON');
  }
  if (jwk.kty === 'oct') refuse('is symmetric; give it as SEMWIRE_JWT_SECRET');
  if ('d' in jwk) refuse('is a private key; give the public one');
  if (jwk.use !== undefined && jwk.use !== 'sig') refuse('is not for signatures');
  if (jwk.key_ops !== undefined && !(Array.isArray(jwk.key_ops) && jwk.key_ops.includes('verify')))
    refuse('is not for verifying');
  return jwk;
}

function algorithmsOf(key: KeyObject): readonly string[] {
  switch (key.asymmetricKeyType) {
    case 'rsa':
      if ((key.asymmetricKeyDetails?.modulusLength ?? 0) < 2048) refuse('must have 2048 bits or more');
      return RSA;
    case 'ec':
      return ELLIPTIC[key.asymmetricKeyDetails?.namedCurve ?? ''] ?? refuse('is on a curve that no algorithm uses');
    case 'ed25519':
      return EDWARDS;
    default:
      return refuse(`is of type ${String(key.asymmetricKeyType)}; give an RSA, EC or Ed25519 key`);
  }
}

function refuse(why: string): never {
  throw new ConfigError(`SEMWIRE_JWT_KEY ${why}`);
}
