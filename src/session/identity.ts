/** From claims to an Identity: which part of them is the security context, whose they are, and in which groups. */
import { type Claim, type Identity, type SecurityContext, withFilters } from '../access/context.ts';
import type { Hooks } from '../access/hooks.ts';
import type { Config, JwtConfig } from '../config.ts';
import { isClaimObject } from './strict-json.ts';
import { type Claims, PayloadNotObject } from './token.ts';

/** What the claims alone say of somebody. */
export type Named = Pick<Identity, 'subject' | 'issuer' | 'context' | 'groups'>;

/**
 * @param claims a token's payload, or what stands for one
 * @throws PayloadNotObject when SEMWIRE_JWT_CLAIMS_NAMESPACE names no object; HookFailed
 */
export async function readClaims(claims: Claims, jwt: JwtConfig, hooks: Hooks): Promise<Named> {
  const context = contextOf(claims, jwt.claimsNamespace);
  return {
    subject: asName(claimAt(claims, jwt.identityClaim) ?? claimAt(context, jwt.identityClaim)),
    issuer: typeof claims.iss === 'string' ? claims.iss : undefined,
    context,
    groups:
      hooks.contextToGroups === undefined
        ? groupsOf(context === claims ? [claims] : [claims, context], jwt.groupsClaims)
        : await hooks.contextToGroups(context),
  };
}

/** Security filters stand beside the namespace in some tokens, and inside it in others: both count (contract 7.6). */
function contextOf(claims: Claims, namespace: string | undefined): SecurityContext {
  if (namespace === undefined) return claims;
  const context = claimAt(claims, namespace);
  if (!isClaimObject(context)) throw new PayloadNotObject('token payload must be a JSON object');
  return withFilters(context, claims.filters);
}

/** A claim by its own name, or by a JSON pointer (RFC 6901) when none has that name. */
export function claimAt(claims: Claims, path: string): Claim | undefined {
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
  const found = sources.flatMap((source) => paths.map((path) => claimAt(source, path)));
  const names = found.flatMap((value) => (Array.isArray(value) ? value : [value]));
  return Object.freeze([...new Set(names.filter((name) => typeof name === 'string'))]);
}

function asName(value: Claim | undefined): string | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** @param subject one that was verified: modes that believe what they are told have no admins, and do not ask */
export function isAdmin(subject: string | undefined, { admins }: Config): boolean {
  return subject !== undefined && admins.includes(subject);
}
