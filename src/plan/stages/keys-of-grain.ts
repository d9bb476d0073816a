/**
 * Which group keys of a statement a measure with a grain of its own keeps.
 */
import { notSupported } from '../../errors.ts';
import type { MeasureStage, MemberPath } from '../../model/measure-stages.ts';
import type { CubePath } from '../../model/types.ts';
import type { Bound, LeafRelation } from '../bound/bound.ts';
import { childrenOf } from '../bound/walk.ts';
import { type LeafColumn, leafColumns } from '../fanout/sources.ts';
import { isTransparent } from '../measures/transparent.ts';
import { pathText } from '../model-facts.ts';
import type { MemberOfMeasure } from './member.ts';

type Reduction = Pick<Extract<MeasureStage, { kind: 'grain' }>, 'keep' | 'exclude'>;

/**
 * A key belongs to a dimension when it is that column or an expression of it alone, such as date_trunc.
 * @throws SqlError 0A000 for a key over dimensions of which some are kept and some are not
 */
export function keptKeys(keys: readonly Bound[], { keep, exclude }: Reduction, member: MemberOfMeasure): Bound[] {
  const { leaf, path, measure } = member;
  const stays = (column: LeafColumn | undefined): boolean => {
    const names = (dimensions: readonly MemberPath[]): boolean =>
      column?.leaf === leaf && dimensions.some((dimension) => isColumnOf(leaf, column.slot, path, dimension));
    return (keep === undefined || names(keep)) && !names(exclude);
  };
  return keys.filter((key) => {
    const kept = columnsOf(key).map(stays);
    if (kept.every((one) => one === kept[0])) return kept[0] ?? true;
    throw notSupported(`measure "${measure.name}" beside a group key over dimensions that it keeps and drops`, {
      hint: 'Group by each dimension by itself.',
    });
  });
}

/** The columns of leaves that a key reads, through transparent subqueries; undefined for one of another relation. */
function columnsOf(key: Bound): (LeafColumn | undefined)[] {
  if (key.kind === 'subquery') return leafColumns(key);
  if (key.kind !== 'column') return childrenOf(key).flatMap(columnsOf);
  const { relation, slot } = key;
  if (relation.kind === 'leaf') return [{ leaf: relation, slot }];
  const item =
    relation.kind === 'derived' && isTransparent(relation.query) ? relation.query.body.items[slot] : undefined;
  return item === undefined ? [undefined] : columnsOf(item);
}

/** True if a slot of the leaf is the dimension that a cube at `path` names. */
export function isColumnOf(leaf: LeafRelation, slot: number, path: CubePath, dimension: MemberPath): boolean {
  const at = pathText([...path, ...dimension.path]);
  const column = leaf.table.columns[slot];
  if (column !== undefined) return column.member === dimension.member && pathText(column.path) === at;
  const input = leaf.inputs[slot - leaf.table.columns.length];
  return input?.kind === 'key' && input.dimension === dimension.member && pathText(input.path) === at;
}
