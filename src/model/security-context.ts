/** The claims of a verified token, as policies and models read them. */

/** A JSON value with exact integers: a whole number beyond 2^53 is a bigint (security case C16). */
export type Claim = string | number | bigint | boolean | null | readonly Claim[] | { readonly [name: string]: Claim };

/** Own keys only, null prototype, deeply frozen. */
export type SecurityContext = { readonly [name: string]: Claim };
