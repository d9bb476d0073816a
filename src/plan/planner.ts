/** What the passes after binding share. */
import type { Model } from '../model/types.ts';
import type { LeafRelation } from './bound/bound.ts';
import type { MemberTypes } from './model-facts.ts';

export type Planner = {
  readonly model: Model;
  readonly types: MemberTypes;
  readonly nextId: () => number;
  /** Paths that the row filters of a leaf read, given the columns that the statement uses of it. */
  readonly policyPaths: (leaf: LeafRelation) => readonly (readonly string[])[];
};
