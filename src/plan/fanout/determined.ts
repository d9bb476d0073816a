/**
 * What one row of a cube determines: by the joins as the model declares them, every column of the cubes that it reaches
 * to-one, or that it belongs to. A value that the keys of a row determine tells none of its repetitions apart.
 */
import { membersBelow } from '../../model/made-of.ts';
import type { CubePath } from '../../model/types.ts';
import type { Bound, BoundColumn, LeafRelation } from '../bound/bound.ts';
import { childrenOf } from '../bound/walk.ts';
import { isTransparent } from '../measures/transparent.ts';
import { joinAt } from '../model-facts.ts';
import type { Planner } from '../planner.ts';
import { pathsOfSlot } from './sources.ts';

/** A cube of a leaf whose primary key is known. */
export type KnownRow = { readonly leaf: LeafRelation; readonly path: CubePath };

/** True for an expression that has one value wherever these rows are the same, through transparent subqueries too. */
export function isDetermined(bound: Bound, rows: readonly KnownRow[], planner: Planner): boolean {
  if (bound.kind === 'subquery' || bound.kind === 'window' || bound.kind === 'measure') return false;
  if (bound.kind === 'column') return isColumnDetermined(bound, rows, planner);
  return childrenOf(bound).every((child) => isDetermined(child, rows, planner));
}

function isColumnDetermined({ relation, slot }: BoundColumn, rows: readonly KnownRow[], planner: Planner): boolean {
  if (relation.kind === 'leaf') {
    const known = rows.filter(({ leaf }) => leaf === relation);
    return (
      !mayBeMasked(relation, slot, planner) &&
      pathsOfSlot(relation, slot, planner).every((path) =>
        known.some((row) => reaches(relation, row.path, path, planner)),
      )
    );
  }
  const item =
    relation.kind === 'derived' && isTransparent(relation.query) ? relation.query.body.items[slot] : undefined;
  return item !== undefined && isDetermined(item, rows, planner);
}

/** Up to the cube that both paths share no step may lead from many rows to one, and down from there none to many. */
function reaches({ table }: LeafRelation, from: CubePath, to: CubePath, { model }: Planner): boolean {
  const apart = from.findIndex((step, i) => step !== to[i]);
  const shared = apart < 0 ? from.length : apart;
  const relationship = (path: CubePath, step: number): string =>
    joinAt(model, table.root, path.slice(0, step + 1)).relationship;
  const up = from.slice(shared).every((_, i) => relationship(from, shared + i) !== 'many_to_one');
  return up && to.slice(shared).every((_, i) => relationship(to, shared + i) !== 'one_to_many');
}

/** Rows of any cube may decide where a mask stands. */
function mayBeMasked(leaf: LeafRelation, slot: number, { model, masks }: Planner): boolean {
  const column = leaf.table.columns[slot];
  const of = masks(leaf);
  if (column === undefined) return leaf.inputs[slot - leaf.table.columns.length]?.kind !== 'key';
  return (
    of.column(column.name) !== undefined ||
    membersBelow(model, leaf.table.root, column.path, column.member).some(
      ({ path, member }) => of.member(path, member) !== undefined,
    )
  );
}
