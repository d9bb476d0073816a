/** A view's default filter holds for every copy of the rows as it stands: it can neither be moved nor left out. */
import { notSupported } from '../../errors.ts';
import type { Filter } from '../../model/types.ts';
import type { Planner } from '../planner.ts';
import type { StagedMeasure } from './stage.ts';

/** @throws SqlError 0A000 when a default filter that holds is over the time dimension in this slot */
export function checkDefaultFilters({ leaf, measure, call }: StagedMeasure, slot: number, planner: Planner): void {
  const column = leaf.table.columns[slot];
  const filters = planner.model.views.get(leaf.table.name)?.defaultFilters ?? [];
  const held = filters.filter(({ filter }, i) => !leaf.lifted.has(i) && membersOf(filter).includes(column?.name ?? ''));
  if (held.length === 0) return;
  throw notSupported(`measure "${measure.name}" under a default filter on "${column?.name}"`, {
    hint: `Filter "${column?.name}" in WHERE.`,
    position: call.at,
  });
}

function membersOf(filter: Filter): readonly string[] {
  return filter.kind === 'member' ? [filter.member.split('.').at(-1) ?? ''] : filter.filters.flatMap(membersOf);
}
