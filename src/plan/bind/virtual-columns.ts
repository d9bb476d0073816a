/**
 * Columns of an exposed table that can be named and are in neither `*` nor the catalog (contract, section 5, rule 11):
 * `dim__granularity` of a time dimension, and `__cubeJoinField`, which stands for "joined as in the model".
 */
import type { Expr } from '../../sql/ast.ts';
import { callOf } from '../../sql/call.ts';
import type { Bound, LeafRelation } from '../bound/bound.ts';
import { inputColumn } from '../measures/template.ts';
import type { Binder } from './binder.ts';
import { bindCall } from './call.ts';
import { CALENDAR, granularityOf } from './granularity.ts';
import { type ColumnBinding, EMPTY_NAMESPACE, matchName, type VirtualColumns } from './scope.ts';

export const JOIN_FIELD = '__cubeJoinField';

/** @param columns the table's columns under the names that its alias gives them */
export function virtualColumns(
  relation: LeafRelation,
  columns: readonly ColumnBinding[],
  binder: Binder,
): VirtualColumns {
  return (written, quoted) => {
    if (matchName([{ name: JOIN_FIELD }], written, quoted).length > 0)
      return [inputColumn(relation, { kind: 'join-field', path: [], cube: relation.table.root, type: 'text' })];
    return splits(written).flatMap(([dimension, granularity]) =>
      matchName(columns, dimension, quoted)
        .filter(({ value }) => hasGranularity(value, granularity))
        .map((column) => truncated(column, granularity, binder)),
    );
  };
}

/** `a__b__c` may be `c` of `a__b`, or `b__c` of `a`. */
function splits(written: string): readonly (readonly [dimension: string, granularity: string])[] {
  return [...written.matchAll(/(?<=.)__(?=.)/g)].map(({ index }) => [
    written.slice(0, index),
    written.slice(index + 2),
  ]);
}

function hasGranularity(value: Bound, granularity: string): boolean {
  if (value.kind !== 'column' || value.relation.kind !== 'leaf') return false;
  const column = value.relation.table.columns[value.slot];
  if (column?.kind !== 'dimension') return false;
  if (!['date', 'timestamp', 'timestamptz'].includes(column.type)) return false;
  return CALENDAR.has(granularity) || granularityOf(value, granularity) !== undefined;
}

/** `date_trunc('granularity', column)`, bound as if the client had written it. */
function truncated(column: ColumnBinding, granularity: string, binder: Binder): Bound {
  const unit: Expr = { kind: 'string', value: granularity };
  const call = callOf(['date_trunc'], [unit, { kind: 'column', path: [column.name] }]);
  return bindCall(call, {
    binder,
    scope: { parent: undefined, namespace: { ...EMPTY_NAMESPACE, columns: [column] }, ctes: new Map() },
    select: undefined,
    clause: 'SELECT',
    insideAggregate: false,
    insideWindow: false,
  });
}
