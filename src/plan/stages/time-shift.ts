/**
 * `time_shift`: the measure over a copy of the rows whose time dimension is moved, wherever the statement reads it: the
 * row of a year ago stands in this year's group and passes this year's filter.
 */
import { notSupported } from '../../errors.ts';
import type { MeasureStage, ModelInterval } from '../../model/measure-stages.ts';
import type { Bound, LeafRelation } from '../bound/bound.ts';
import { leafColumns } from '../fanout/sources.ts';
import { dimensionOf } from '../model-facts.ts';
import { copyRows } from './copy.ts';
import { checkDefaultFilters } from './default-filters.ts';
import { sameKeys } from './grain.ts';
import { columnsOver, groupedBy } from './groups.ts';
import { isColumnOf } from './keys-of-grain.ts';
import { rowConditions } from './rows.ts';
import { intervalText, moved } from './same-key.ts';
import { innerMeasure, type Scope, type StagedMeasure } from './stage.ts';

type Shift = Extract<MeasureStage, { kind: 'time-shift' }>;

/** @param keys of the grouping set that it is for */
export function timeShifted(staged: StagedMeasure, stage: Shift, keys: readonly Bound[], scope: Scope): Bound {
  const { planner } = scope;
  const moves = movedSlots(staged, stage, keys, scope);
  const copy = copyRows(scope.rows, planner, {
    column: (column, copied) => {
      const move = column.relation === staged.leaf ? moves.get(column.slot) : undefined;
      return move === undefined ? undefined : movedColumn(copied, move, staged);
    },
  });
  const groups = columnsOver(copy, groupedBy(keys.map(copy.map)), planner);
  const columns = keys.map((key) => groups.column(copy.map(key)));
  const value = groups.column(innerMeasure(staged, copy.map, planner));
  scope.resolve(groups.relation);
  scope.join(groups.relation, sameKeys(keys, columns, scope));
  return value;
}

/** How far each column of the measure's leaf is moved. @throws SqlError 0A000 when the statement reads none of them */
function movedSlots(
  staged: StagedMeasure,
  { shifts }: Shift,
  keys: readonly Bound[],
  scope: Scope,
): ReadonlyMap<number, ModelInterval> {
  const { leaf, path, measure, call } = staged;
  const exprs = [...keys, ...rowConditions(scope.rows), ...(call.filter === undefined ? [] : [call.filter])];
  const read = exprs.flatMap(leafColumns).filter((column) => column.leaf === leaf);
  const slots = new Set(read.map(({ slot }) => slot).filter((slot) => isTimeDimension(leaf, slot, scope)));
  const moves = new Map<number, ModelInterval>();
  for (const { timeDimension, move } of shifts) {
    const own = [...slots].filter((slot) => timeDimension === undefined || isColumnOf(leaf, slot, path, timeDimension));
    if (own.length === 0) {
      throw notSupported(`measure "${measure.name}" in a statement that does not use its time dimension`, {
        hint: `Group or filter by ${timeDimension === undefined ? 'a time dimension' : `"${timeDimension.member}"`}.`,
        position: call.at,
      });
    }
    for (const slot of own) {
      moves.set(slot, move);
      checkDefaultFilters(staged, slot, scope.planner);
    }
  }
  return moves;
}

export function isTimeDimension(leaf: LeafRelation, slot: number, { planner }: Pick<Scope, 'planner'>): boolean {
  const column = leaf.table.columns[slot];
  if (column === undefined || column.kind !== 'dimension') return false;
  const dimension = dimensionOf(planner.model, column.cube, column.member);
  return dimension.kind === 'dimension' && dimension.type === 'time';
}

function movedColumn(column: Bound, { count, unit }: ModelInterval, { measure, call }: StagedMeasure): Bound {
  const interval = intervalText(count, unit);
  switch (column.type) {
    case 'date':
      return { kind: 'cast', arg: moved(column, '+', interval), type: 'date', typmod: -1 };
    case 'timestamp':
    case 'timestamptz':
      return moved(column, '+', interval);
    default:
      throw notSupported(`measure "${measure.name}" over a time dimension that is no date or timestamp`, {
        position: call.at,
      });
  }
}
