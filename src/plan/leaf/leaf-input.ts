/** What a leaf can deliver besides the columns of its table; none of these can be named by a client. */
import type { Fragment, Model } from '../../model/types.ts';
import type { PgType } from '../../sql/types.ts';
import { cubeAt, primaryKeyOf } from '../model-facts.ts';

export type LeafInput =
  /** The rows that a measure aggregates: `sql` where the cube has a row and `filters` hold, else NULL; without `sql` a marker. */
  | {
      readonly kind: 'measure-input';
      readonly path: readonly string[];
      readonly cube: string;
      readonly sql: Fragment | undefined;
      readonly filters: readonly Fragment[];
      /** `raw`: an argument of an aggregate of the author's own, delivered as the warehouse has it. */
      readonly type: PgType | 'raw';
      /** Of a measure that is granted by name: over the values of other members, masked or not. */
      readonly unmasked: boolean;
    }
  /** A column of the primary key of the cube at `path`. */
  | {
      readonly kind: 'key';
      readonly path: readonly string[];
      readonly cube: string;
      readonly dimension: string;
      readonly type: PgType;
    }
  /** `__cubeJoinField`: nothing but a sign for the binder, which puts keys in its place; NULL where it is delivered. */
  | { readonly kind: 'join-field'; readonly path: readonly string[]; readonly cube: string; readonly type: 'text' };

/** Equal inputs share a slot. */
export function sameInput(a: LeafInput, b: LeafInput): boolean {
  if (a.kind !== b.kind || a.path.join('.') !== b.path.join('.')) return false;
  if (a.kind === 'join-field') return true;
  if (a.kind === 'key') return b.kind === 'key' && a.dimension === b.dimension;
  return (
    b.kind === 'measure-input' &&
    sameFragment(a.sql, b.sql) &&
    (a.type === 'raw') === (b.type === 'raw') &&
    a.unmasked === b.unmasked &&
    a.filters.length === b.filters.length &&
    a.filters.every((filter, i) => sameFragment(filter, b.filters[i]))
  );
}

function sameFragment(a: Fragment | undefined, b: Fragment | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && JSON.stringify(a.parts) === JSON.stringify(b.parts));
}

/** True if an input asks whether its cube has a row and the cube has no key to tell it by. */
export function needsMarker(model: Model, root: string, input: LeafInput): boolean {
  return (
    input.kind === 'measure-input' &&
    input.path.length > 0 &&
    primaryKeyOf(model, cubeAt(root, input.path)).length === 0
  );
}
