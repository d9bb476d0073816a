/** A SELECT with little in it: what the planner wraps things in. */
import type { Expr, Query, QueryBody, Select, SelectItem, TableRef } from './ast.ts';

export type SelectParts = {
  readonly items: readonly SelectItem[];
  readonly from: readonly TableRef[];
  readonly where?: Expr | undefined;
  readonly offset?: Expr | undefined;
};

export function selectQuery({ items, from, where, offset }: SelectParts): Query {
  const body: Select = {
    kind: 'select',
    distinct: false,
    items,
    from,
    where,
    groupBy: undefined,
    having: undefined,
    windows: [],
  };
  return { ...queryOf(body), offset };
}

/** A query of its body alone: no WITH, no order, every row. */
export function queryOf(body: QueryBody): Query {
  return { with: undefined, body, orderBy: [], limit: undefined, offset: undefined, withTies: false };
}

/** The conditions as one: nothing, the only one, or an AND. */
export function conjunction(conditions: readonly Expr[]): Expr | undefined {
  const [first, second] = conditions;
  return first === undefined || second === undefined ? first : { kind: 'and', operands: conditions };
}
