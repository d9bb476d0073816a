/**
 * The password field to an Identity: who is asking, decided by the verified token alone.
 */
import { createHash } from 'node:crypto';
import type { Claim, Identity, SecurityContext } from '../access/context.ts';
import type { Config } from '../config.ts';
import { SqlError, SqlState } from '../errors.ts';
import { KeySetUnavailable } from './key-set.ts';
import { loadKeys } from './keys.ts';
import { isClaimObject } from './strict-json.ts';
import { type Claims, PayloadNotObject, TokenRefused, verifyToken } from './token.ts';

export type Authenticator = {
  /**
   * @param user the startup packet's, which decides nothing unless SEMWIRE_JWT_USER_CLAIM is set
   * @param password the JWT
   * @throws SqlError FATAL 28P01 with one fixed text, or 28000; the reason is in `cause`, for the log only (case D24)
   */
  readonly authenticate: (user: string, password: string) => Promise<Identity>;
};

/** A verified token is not verified again for this long: a revoked key is noticed within it. */
const REMEMBER_MS = 60_000;
const REMEMBERED = 1_000;

/** @throws ConfigError when a configured key cannot be used */
export function createAuthenticator(config: Config, now: () => number = Date.now): Authenticator {
  const keys = loadKeys(config.jwt);
  const verified = new Map<string, { readonly claims: Claims; readonly at: number }>();

  async function verify(token: string): Promise<Claims> {
    const hash = createHash('sha256').update(token).digest('base64');
    const known = verified.get(hash);
    const time = now();
    if (known !== undefined && time - known.at < REMEMBER_MS && !isOver(known.claims, time)) return known.claims;
    verified.delete(hash);
    const claims = await verifyToken(token, keys, config.jwt, time / 1_000);
    if (verified.size >= REMEMBERED) verified.delete(verified.keys().next().value ?? '');
    verified.set(hash, { claims, at: time });
    return claims;
  }

  return {
    authenticate: async (user, password) => {
      try {
        return identityOf(user, await verify(password), config, now() / 1_000);
      } catch (error) {
        throw refusal(user, error);
      }
    },
  };
}

function isOver(claims: Claims, time: number): boolean {
  return typeof claims.exp === 'number' && claims.exp * 1_000 <= time;
}

function identityOf(user: string, claims: Claims, config: Config, now: number): Identity {
  const { jwt } = config;
  if (jwt.userClaim !== undefined && claim(claims, jwt.userClaim) !== user) {
    throw new TokenRefused(`the user is not the token's "${jwt.userClaim}"`);
  }
  const context = contextOf(claims, jwt.claimsNamespace);
  const subject = asName(claim(claims, jwt.identityClaim) ?? claim(context, jwt.identityClaim));
  return Object.freeze({
    user,
    subject,
    issuer: typeof claims.iss === 'string' ? claims.iss : undefined,
    context,
    groups: groupsOf(context === claims ? [claims] : [claims, context], jwt.groupsClaims),
    expiresAt: endOf(claims, config, now),
    admin: subject !== undefined && config.admins.includes(subject),
  });
}

function contextOf(claims: Claims, namespace: string | undefined): SecurityContext {
  if (namespace === undefined) return claims;
  const context = claim(claims, namespace);
  if (context === undefined) throw new TokenRefused(`"${namespace}" is missing`);
  if (!isClaimObject(context)) throw new PayloadNotObject('token payload must be a JSON object');
  return context;
}

/** Seconds since the epoch, by SEMWIRE_JWT_SESSION. */
function endOf(claims: Claims, config: Config, now: number): number | undefined {
  switch (config.jwt.session) {
    case 'token':
      return typeof claims.exp === 'number' ? claims.exp : undefined;
    case 'login':
      return now + config.jwt.sessionMaxMs / 1_000;
  }
}

/** A claim by its own name, or by a JSON pointer (RFC 6901) when none has that name. */
function claim(claims: Claims, path: string): Claim | undefined {
  if (path in claims || !path.startsWith('/')) return claims[path];
  let value: Claim | undefined = claims;
  for (const part of path.slice(1).split('/')) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    value = isClaimObject(value) ? value[name] : undefined;
  }
  return value;
}

/** What is no text is no group: missing means denied. */
function groupsOf(sources: readonly Claims[], paths: readonly string[]): readonly string[] {
  const found = sources.flatMap((source) => paths.map((path) => claim(source, path)));
  const names = found.flatMap((value) => (Array.isArray(value) ? value : [value]));
  return Object.freeze([...new Set(names.filter((name) => typeof name === 'string'))]);
}

function asName(value: Claim | undefined): string | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function refusal(user: string, cause: unknown): SqlError {
  if (cause instanceof PayloadNotObject) {
    return new SqlError(SqlState.invalidAuthorization, cause.message, { severity: 'FATAL', cause });
  }
  if (cause instanceof KeySetUnavailable) {
    return new SqlError(SqlState.invalidAuthorization, 'tokens cannot be verified at the moment', {
      severity: 'FATAL',
      cause,
    });
  }
  return new SqlError(SqlState.invalidPassword, `password authentication failed for user "${user}"`, {
    severity: 'FATAL',
    cause,
  });
}
