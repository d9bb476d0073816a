/** What the passes after binding share. */

import type { TableMasks } from '../access/masks.ts';
import type { Model } from '../model/types.ts';
import type { LeafRelation } from './bound/bound.ts';
import type { MemberTypes } from './model-facts.ts';

export type Planner = {
  readonly model: Model;
  readonly types: MemberTypes;
  readonly nextId: () => number;
  /** Leaves that are copies of one reference of the statement's, itself among them: to policies they are one. */
  readonly copies: Map<LeafRelation, LeafRelation[]>;
  /** Where masks stand for what a leaf shows. */
  readonly masks: (leaf: LeafRelation) => TableMasks;
  /** Paths that the row filters of a leaf read, given the columns that the statement uses of it. */
  readonly policyPaths: (leaf: LeafRelation) => readonly (readonly string[])[];
};

/** All leaves that stand for one reference of the statement's. */
export function copiesOf(leaf: LeafRelation, { copies }: Pick<Planner, 'copies'>): readonly LeafRelation[] {
  return copies.get(leaf) ?? [leaf];
}
