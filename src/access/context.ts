/**
 * Who is asking: the verified token's claims, frozen.
 */

/** A JSON value with exact integers: a whole number beyond 2^53 is a bigint (security case C16). */
export type Claim = string | number | bigint | boolean | null | readonly Claim[] | { readonly [name: string]: Claim };

/** The claims that policies and models read: own keys only, null prototype, deeply frozen. */
export type SecurityContext = { readonly [name: string]: Claim };

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
};
