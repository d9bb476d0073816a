/**
 * Default filters of views (contract, section 5, rule 12): which of them a statement's own conditions lift.
 */
import type { Bound, FromItem } from '../bound/bound.ts';
import { leafColumns, sourcesOf } from '../fanout/sources.ts';

/**
 * Marks, at each reference that a SELECT reads directly or through transparent subqueries, the default filters whose
 * `unless` names a column that a condition of WHERE or ON uses.
 */
export function liftDefaultFilters(from: readonly FromItem[], where: readonly (Bound | undefined)[]): void {
  const filtered = new Set(sourcesOf(from).leaves.filter(({ table }) => table.defaultFilters.length > 0));
  if (filtered.size === 0) return;
  for (const condition of [...where, ...from.flatMap(conditionsOf)]) {
    if (condition === undefined) continue;
    for (const { leaf, slot } of leafColumns(condition)) {
      const name = leaf.table.columns[slot]?.name;
      if (name === undefined || !filtered.has(leaf)) continue;
      for (const [i, { unless }] of leaf.table.defaultFilters.entries()) if (unless.includes(name)) leaf.lifted.add(i);
    }
  }
}

function conditionsOf(item: FromItem): readonly (Bound | undefined)[] {
  return item.kind === 'join' ? [item.on, ...conditionsOf(item.left), ...conditionsOf(item.right)] : [];
}
