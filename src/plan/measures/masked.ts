/**
 * Masked measures: the mask stands for the measure in every group. A measure is over many rows, so one that is masked on
 * some of them is masked as a whole (contract 7.10).
 */
import { isMasked, type Masking } from '../../access/masks.ts';
import type { CubePath, Measure } from '../../model/types.ts';
import type { Bound, LeafRelation } from '../bound/bound.ts';
import { maskConstant } from '../leaf/mask-value.ts';
import { cubeAt } from '../model-facts.ts';
import type { Planner } from '../planner.ts';
import { authorExpression, measureTemplate } from './template.ts';

/** What the measure is computed from, if it is: `none` where no mask stands for any of it. */
export function measureMasks(masking: Masking | undefined): 'masked' | 'below' | 'none' {
  if (isMasked(masking)) return 'masked';
  return masking?.named === 'all' ? 'none' : 'below';
}

/** The mask, as the type that clients see the measure as. */
export function maskedMeasure(leaf: LeafRelation, path: CubePath, measure: Measure, planner: Planner): Bound {
  const cube = cubeAt(leaf.table.root, path);
  const typed = planner.types.exposed(cube, measure.name) ?? planner.types.calculated(cube, measure.name);
  const { mask } = measure;
  if (mask?.kind !== 'sql') return maskConstant(mask, typed);
  const hole = (at: CubePath, name: string): Bound => measureTemplate(leaf, at, name, planner, { masks: 'none' });
  const arg = authorExpression(leaf, path, measure, mask.sql, planner, { hole, unmasked: true });
  return { kind: 'cast', arg, type: typed.type, typmod: -1 };
}
