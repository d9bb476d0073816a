/** Signing tokens with the shared secret, as `semwire token` does: what this signs, the server that it is for accepts. */
import type { Claim, SecurityContext } from '../access/context.ts';
import type { JwtConfig } from '../config.ts';
import { ConfigError } from '../config-error.ts';
import { claimJson } from './claim-json.ts';
import { CompactSign } from './jose.ts';
import { LOCAL_ISSUER } from './token.ts';

export type TokenRequest = {
  /** The security context: the payload's claims, or those of SEMWIRE_JWT_CLAIMS_NAMESPACE. `iat` and `exp` are set anew. */
  readonly context: SecurityContext;
  /** `sub` where the context has none. */
  readonly subject?: string | undefined;
  /** `sub`, and the claim that SEMWIRE_JWT_USER_CLAIM names, whatever the context says. */
  readonly user?: string | undefined;
  /** 0: a token without end. */
  readonly ttlSeconds: number;
};

/** @throws ConfigError without a secret */
export async function signToken(jwt: JwtConfig, request: TokenRequest, now: () => number = Date.now): Promise<string> {
  const { secret } = jwt;
  if (secret === undefined) throw new ConfigError('SEMWIRE_JWT_SECRET must be set to sign tokens');
  const alg = ['HS256', 'HS384', 'HS512'].find((name) => jwt.algorithms?.includes(name) ?? true) ?? 'HS256';
  // By its text and not through SignJWT: JSON.stringify throws on the bigint that a long whole number is read as.
  const payload = Buffer.from(claimJson(payloadOf(jwt, request, Math.floor(now() / 1_000))));
  return new CompactSign(payload).setProtectedHeader({ alg, typ: 'JWT' }).sign(Buffer.from(secret, 'utf8'));
}

function payloadOf(jwt: JwtConfig, { context, subject, user, ttlSeconds }: TokenRequest, issuedAt: number): Claim {
  const claims: Record<string, Claim | undefined> =
    jwt.claimsNamespace === undefined ? { ...context } : { [jwt.claimsNamespace]: context };
  claims.sub = user ?? claims.sub ?? context.sub ?? subject;
  if (jwt.userClaim !== undefined) claims[jwt.userClaim] = user ?? claims[jwt.userClaim] ?? context[jwt.userClaim];
  claims.iss ??= issuer(jwt);
  claims.aud ??= firstNamed(jwt.audiences);
  claims.iat = issuedAt;
  claims.exp = ttlSeconds === 0 ? undefined : issuedAt + ttlSeconds;
  return Object.fromEntries(Object.entries(claims).filter((entry): entry is [string, Claim] => entry[1] !== undefined));
}

function issuer(jwt: JwtConfig): string | undefined {
  const several = jwt.key !== undefined || jwt.jwksUrl !== undefined;
  return several ? LOCAL_ISSUER : firstNamed(jwt.issuers);
}

function firstNamed(names: readonly string[] | undefined): string | undefined {
  return names?.find((name) => name !== '*');
}
