/**
 * The groups of a SELECT, as a relation that stages are joined to: `(SELECT keys, aggregates FROM … GROUP BY …)`.
 */
import type {
  Bound,
  BoundColumn,
  BoundQuery,
  BoundSelect,
  DerivedRelation,
  Grouping,
  OutputColumn,
  Relation,
} from '../bound/bound.ts';
import { derivedFrom, queryOf, selectOver } from '../bound/relations.ts';
import { boundKey } from '../bound/walk.ts';
import { both } from '../measures/call.ts';
import type { Planner } from '../planner.ts';
import type { Rows } from './copy.ts';

/** A subquery in FROM that other relations read by column. */
export type Columns = {
  readonly relation: DerivedRelation & { readonly query: BoundQuery & { readonly body: BoundSelect } };
  /** The column with this value, added if it is new. */
  readonly column: (value: Bound) => BoundColumn;
};

export function columnsOver(rows: Rows, grouping: Grouping | undefined, planner: Planner): Columns {
  const outputs: OutputColumn[] = [];
  const body = selectOver({ items: [], from: [...rows.from], where: rows.where, grouping }, planner);
  const relation = derivedFrom(queryOf(body, outputs), false, planner);
  const slots = new Map<string, number>();
  const column = (value: Bound): BoundColumn => {
    const { type, typmod } = value;
    if (type === 'unknown') throw new Error('an untyped expression cannot be a column');
    const key = boundKey(value);
    const slot = slots.get(key) ?? body.items.push(value) - 1;
    slots.set(key, slot);
    if (slot === outputs.length) outputs.push({ name: `c${slot}`, type, typmod, measure: undefined });
    return { kind: 'column', relation, slot, type, typmod };
  };
  return { relation, column };
}

export function groupedBy(keys: readonly Bound[], over?: readonly Relation[]): Grouping {
  return { keys, sets: [keys.map((_, i) => i)], implicit: false, over };
}

export function allOf(conditions: readonly Bound[]): Bound {
  return (
    conditions.reduce<Bound | undefined>((all, next) => both(all, next), undefined) ?? {
      kind: 'const',
      type: 'bool',
      typmod: -1,
      value: 'true',
    }
  );
}
