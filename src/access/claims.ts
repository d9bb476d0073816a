/**
 * Reading claims: own keys only, a null is a missing value, and missing means denied.
 */
import { SqlError, SqlState } from '../errors.ts';
import type { Claim, SecurityContext } from './context.ts';

/** The claim at `path`, or undefined when it, or anything on the way to it, is missing or null. */
export function findClaim(context: SecurityContext, path: readonly string[]): Claim | undefined {
  let at: Claim = context as Claim;
  for (const name of path) {
    if (typeof at !== 'object' || at === null || Array.isArray(at) || !Object.hasOwn(at, name)) return undefined;
    at = (at as { readonly [name: string]: Claim })[name] as Claim;
  }
  return at === null ? undefined : at;
}

/** @throws SqlError 42501 `security context lacks "x"` */
export function requireClaim(context: SecurityContext, path: readonly string[]): Claim {
  const found = findClaim(context, path);
  if (found === undefined)
    throw new SqlError(SqlState.insufficientPrivilege, `security context lacks "${path.join('.')}"`);
  return found;
}
