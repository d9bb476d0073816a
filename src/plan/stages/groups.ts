/**
 * The groups of a SELECT, as a relation that stages are joined to: `(SELECT keys, aggregates FROM … GROUP BY …)`.
 */
import type {
  Bound,
  BoundColumn,
  BoundMeasure,
  BoundQuery,
  BoundSelect,
  DerivedRelation,
  FromItem,
  Grouping,
  OutputColumn,
  Relation,
} from '../bound/bound.ts';
import { derivedFrom, queryOf, selectOver } from '../bound/relations.ts';
import { boundKey, mapChildren, mapSelect, replaceExprs } from '../bound/walk.ts';
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

/**
 * Makes what a SELECT says after grouping an expression over its groups: keys, aggregates and GROUPING() are their
 * columns.
 * @param own what takes the place of other nodes, inside subqueries too, where measures and aggregates are their own
 */
export function readFromGroups(
  query: BoundQuery,
  select: BoundSelect,
  grouping: Grouping,
  { column }: Columns,
  own: { readonly measure: (measure: BoundMeasure) => Bound; readonly other: (bound: Bound) => Bound | undefined },
): void {
  const keys = new Set(grouping.keys.map(boundKey));
  const ofGroup = (bound: Bound, child: (bound: Bound) => Bound): Bound => {
    if (keys.has(boundKey(bound))) return column(bound);
    const replaced = own.other(bound);
    if (replaced !== undefined) return replaced;
    if (bound.kind === 'subquery') replaceExprs(bound.query, inside);
    return mapChildren(bound, child);
  };
  const inside = (bound: Bound): Bound => ofGroup(bound, inside);
  const after = (bound: Bound): Bound => {
    switch (bound.kind) {
      case 'aggregate':
      case 'grouping':
        return column(bound);
      case 'measure':
        return own.measure(bound);
      default:
        return ofGroup(bound, after);
    }
  };
  mapSelect(query, select, after);
}

/** The SELECT over its groups instead of rows. @param from the groups, and what is joined to them */
export function selectFromGroups(select: BoundSelect, from: FromItem): void {
  select.from = [from];
  select.where = select.having;
  select.having = undefined;
  select.grouping = undefined;
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
