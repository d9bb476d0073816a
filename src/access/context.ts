/**
 * Who is asking: the verified token's claims, frozen.
 */

import type { Claim, SecurityContext } from '../model/security-context.ts';

export type { Claim, SecurityContext };

export type Identity = {
  /** The startup packet's user: shown as current_user and recorded; it decides nothing. */
  readonly user: string;
  /** The verified subject (`sub`), prefixed by nothing; undefined where the mode verifies none. */
  readonly subject: string | undefined;
  readonly issuer: string | undefined;
  readonly context: SecurityContext;
  /** Lists of the configured group claims, united. */
  readonly groups: readonly string[];
  /** Seconds since the epoch when the token ends; undefined when it does not. */
  readonly expiresAt: number | undefined;
  readonly admin: boolean;
  /** Who signed in, where somebody acts as another; expiry, limits and audit go by it. */
  readonly actor?: Identity | undefined;
};

/** @param filters of the claim `filters`, to hold beside those that the context has; null and undefined are none */
export function withFilters(context: SecurityContext, filters: Claim | undefined): SecurityContext {
  if (filters === undefined || filters === null) return context;
  const own = context.filters ?? undefined;
  const both = own === undefined ? filters : Object.freeze([own, filters].flat());
  return Object.freeze(Object.assign(Object.create(null), context, { filters: both }));
}
