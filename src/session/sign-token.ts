/** Signing tokens with the shared secret, as `semwire token` does: what this signs, the server that it is for accepts. */
import { ConfigError, type JwtConfig } from '../config.ts';
import { SignJWT } from './jose.ts';
import { LOCAL_ISSUER } from './token.ts';

export type TokenRequest = {
  /** The security context: the payload's claims, or those of SEMWIRE_JWT_CLAIMS_NAMESPACE. */
  readonly context: Readonly<Record<string, unknown>>;
  /** Sets the claim that SEMWIRE_JWT_USER_CLAIM names (`sub` when there is none). */
  readonly user?: string | undefined;
  readonly ttlSeconds: number;
};

/** @throws ConfigError without a secret */
export async function signToken(jwt: JwtConfig, request: TokenRequest, now: () => number = Date.now): Promise<string> {
  const { secret } = jwt;
  if (secret === undefined) throw new ConfigError('SEMWIRE_JWT_SECRET must be set to sign tokens');
  const { context, user, ttlSeconds } = request;
  const issuedAt = Math.floor(now() / 1_000);
  const claims: Record<string, unknown> =
    jwt.claimsNamespace === undefined ? { ...context } : { [jwt.claimsNamespace]: context };
  if (user !== undefined) claims[jwt.userClaim ?? 'sub'] = user;
  claims.iss ??= issuer(jwt);
  claims.aud ??= firstNamed(jwt.audiences);
  claims.iat = issuedAt;
  claims.exp = issuedAt + ttlSeconds;
  const alg = ['HS256', 'HS384', 'HS512'].find((name) => jwt.algorithms?.includes(name) ?? true) ?? 'HS256';
  return new SignJWT(claims).setProtectedHeader({ alg, typ: 'JWT' }).sign(Buffer.from(secret, 'utf8'));
}

function issuer(jwt: JwtConfig): string | undefined {
  const several = jwt.key !== undefined || jwt.jwksUrl !== undefined;
  return several ? LOCAL_ISSUER : firstNamed(jwt.issuers);
}

function firstNamed(names: readonly string[] | undefined): string | undefined {
  return names?.find((name) => name !== '*');
}
