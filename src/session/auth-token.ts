/** Mode `jwt`: the password is a token, and the verified token alone decides who is asking. */
import { createHash } from 'node:crypto';
import type { Identity } from '../access/context.ts';
import type { Hooks } from '../access/hooks.ts';
import type { Config } from '../config.ts';
import { claimAt, isAdmin, readClaims } from './identity.ts';
import { loadKeys } from './keys.ts';
import { type Claims, TokenRefused, verifyToken } from './token.ts';

/** A verified token is not verified again for this long: a revoked key is noticed within it. */
const REMEMBER_MS = 60_000;
const REMEMBERED = 1_000;

/**
 * @returns throws TokenRefused, PayloadNotObject, KeySetUnavailable, HookFailed
 * @throws ConfigError when a configured key cannot be used
 */
export function createTokenSignIn(
  config: Config,
  hooks: Hooks,
  now: () => number,
): (user: string, token: string) => Promise<Identity> {
  const { jwt } = config;
  const keys = loadKeys(jwt);
  const verified = new Map<string, { readonly claims: Claims; readonly at: number }>();

  async function verify(token: string): Promise<Claims> {
    const hash = createHash('sha256').update(token).digest('base64');
    const known = verified.get(hash);
    const time = now();
    if (known !== undefined && time - known.at < REMEMBER_MS && !isOver(known.claims, time)) return known.claims;
    verified.delete(hash);
    const claims = await verifyToken(token, keys, jwt, time / 1_000);
    if (verified.size >= REMEMBERED) verified.delete(verified.keys().next().value ?? '');
    verified.set(hash, { claims, at: time });
    return claims;
  }

  return async (user, token) => {
    const claims = await verify(token);
    const { userClaim, claimsNamespace } = jwt;
    if (userClaim !== undefined && claimAt(claims, userClaim) !== user) {
      throw new TokenRefused(`the user is not the token's "${userClaim}"`);
    }
    if (claimsNamespace !== undefined && claimAt(claims, claimsNamespace) === undefined) {
      throw new TokenRefused(`"${claimsNamespace}" is missing`);
    }
    const named = await readClaims(claims, jwt, hooks);
    return { user, ...named, expiresAt: endOf(claims, config, now() / 1_000), admin: isAdmin(named.subject, config) };
  };
}

function isOver(claims: Claims, time: number): boolean {
  return typeof claims.exp === 'number' && claims.exp * 1_000 <= time;
}

/** Seconds since the epoch, by SEMWIRE_JWT_SESSION. */
function endOf(claims: Claims, { jwt }: Config, now: number): number | undefined {
  switch (jwt.session) {
    case 'token':
      return typeof claims.exp === 'number' ? claims.exp : undefined;
    case 'login':
      return now + jwt.sessionMaxMs / 1_000;
  }
}
