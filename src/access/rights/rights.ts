/**
 * DataBrewery rights as they are held: who may see which cubes, and which cells of them (contract 7.9).
 */
import type { SourcePosition } from '../../model/types.ts';
import type { NamePattern } from './name-pattern.ts';

/**
 * How `allowed_cubes` and `denied_cubes` decide together. `strict` is what DataBrewery's documentation says; the others
 * are what its code does, chosen by `order` in slicer.ini.
 */
export type RightsMode = 'strict' | 'deny_allow' | 'allow_deny';

/** In restrictions and limits: all cubes. */
export const EVERY = '*';

export type Rights = {
  readonly mode: RightsMode;
  /** By identity, roles merged in. */
  readonly identities: ReadonlyMap<string, Right>;
  /** For whom no right is found; undefined where none is configured, or the mode of signing in allows none. */
  readonly guest: Right | undefined;
  /** Of every table, the rows alone whose dimension is the identity itself. */
  readonly identityDimension: DimensionName | undefined;
};

export type Right = {
  /** The identity, or the role of the guest. */
  readonly name: string;
  readonly at: SourcePosition;
  /** All of them, inherited ones too. */
  readonly roles: readonly string[];
  /** Undefined: nobody wrote `allowed_cubes`. */
  readonly allowed: readonly NamePattern[] | undefined;
  readonly denied: readonly NamePattern[];
  /** By cube or view, or `*`; all of them hold. */
  readonly restrictions: ReadonlyMap<string, readonly Cut[]>;
  readonly limits: ReadonlyMap<string, readonly HierarchyLimit[]>;
};

/** `dim` or `dim@hierarchy`. */
export type DimensionName = {
  readonly dimension: string;
  readonly hierarchy: string | undefined;
  readonly at: SourcePosition;
};

/** A condition on the levels of a dimension, from the top down. */
export type Cut = DimensionName & {
  /** For messages. */
  readonly text: string;
  readonly inverted: boolean;
  readonly selection: CutSelection;
};

export type CutSelection =
  | { readonly kind: 'point'; readonly path: CutPath }
  | { readonly kind: 'set'; readonly paths: readonly CutPath[] }
  | {
      readonly kind: 'range';
      readonly from: readonly string[] | undefined;
      readonly to: readonly string[] | undefined;
    };

/** A value for each level; null is a row without a value. */
export type CutPath = readonly (string | null)[];

/** Levels below `level` are hidden; without a level the whole hierarchy is. */
export type HierarchyLimit = DimensionName & { readonly text: string; readonly level: string | undefined };

/** What one who asks holds. */
export type HeldRight = {
  readonly mode: RightsMode;
  /** Undefined: none, so nothing is seen. */
  readonly right: Right | undefined;
  readonly identity: string | undefined;
  readonly identityDimension: DimensionName | undefined;
};

/** The right of an identity, else the guest's, else none. */
export function heldRight(rights: Rights, identity: string | undefined): HeldRight {
  const own = identity === undefined ? undefined : rights.identities.get(identity);
  return {
    mode: rights.mode,
    right: own ?? rights.guest,
    identity,
    identityDimension: rights.identityDimension,
  };
}
