/**
 * What happens in sessions, as told to whoever keeps the audit log and the metrics. No token is in it, nor anything of
 * a security context but names.
 */
import type { Identity } from '../access/context.ts';
import type { TableRead } from './engine.ts';

/** Who did it. */
export type Doer = {
  /** undefined before sign-in is over. */
  readonly pid: number | undefined;
  readonly address: string | undefined;
  /** The startup packet's. */
  readonly user: string;
  /** Of who signed in, whoever is acted as. */
  readonly subject: string | undefined;
  readonly issuer: string | undefined;
  /** As whom it is done, where it is another. */
  readonly persona: string | undefined;
};

export type SessionEvent =
  | { readonly kind: 'sign-in'; readonly doer: Doer; readonly code: string; readonly reason: string | undefined }
  | { readonly kind: 'sign-out'; readonly doer: Doer }
  | {
      readonly kind: 'statement';
      readonly doer: Doer;
      /** As the client sent it; undefined when it could not be read. Literals are in it: see maskLiterals. */
      readonly text: string | undefined;
      /** Worked out when it is asked for. */
      readonly reads: () => readonly TableRead[];
      /** `00000` for success. */
      readonly code: string;
      readonly rows: number;
      readonly ms: number;
      /** Under which the log has what the warehouse said. */
      readonly queryId: string;
    }
  | { readonly kind: 'switch'; readonly doer: Doer; readonly to: string; readonly code: string }
  /** Of the doer's own statement; `address` is where the request came from, undefined for an admin's. */
  | { readonly kind: 'cancel'; readonly doer: Doer; readonly address: string | undefined };

export type Observer = (event: SessionEvent) => void;

export const SUCCESS = '00000';

/** @param identity the one of now; who signed in stands in it */
export function doerOf(identity: Identity, pid: number | undefined, address: string | undefined): Doer {
  const { actor = identity } = identity;
  return {
    pid,
    address,
    user: actor.user,
    subject: actor.subject,
    issuer: actor.issuer,
    persona: actor === identity ? undefined : identity.user,
  };
}
