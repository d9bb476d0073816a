/**
 * What the stages of one SELECT share: its groups, and how a stage is joined to them.
 */
import { notSupported } from '../../errors.ts';
import type { Fragment } from '../../model/types.ts';
import type { Bound, BoundColumn, BoundMeasure, DerivedRelation, Grouping } from '../bound/bound.ts';
import { authorExpression } from '../measures/template.ts';
import type { Planner } from '../planner.ts';
import type { Rows } from './copy.ts';
import { type MemberOfMeasure, partOf } from './member.ts';

export type Scope = {
  /** The rows that the SELECT groups. */
  readonly rows: Rows;
  readonly grouping: Grouping;
  /** A column of the groups: a key, an aggregate, an ordinary measure, a window over them. */
  readonly output: (value: Bound) => BoundColumn;
  /** Joins a stage to the groups, at most one row of it to each. */
  readonly join: (stage: DerivedRelation, on: Bound) => void;
  /** Finishes a stage whose measures may have stages of their own. */
  readonly resolve: (stage: DerivedRelation) => void;
  readonly planner: Planner;
};

/** A measure of a statement with what the model says of it. */
export type StagedMeasure = MemberOfMeasure & { readonly call: BoundMeasure };

/** The same measure without its outermost stage, called over rows `map`ped to a copy. */
export function innerMeasure(staged: StagedMeasure, map: (bound: Bound) => Bound, planner: Planner): BoundMeasure {
  const { call, path, measure, done } = staged;
  const copy = map(call) as BoundMeasure;
  return partOf(copy, { path, member: measure.name, done: done + 1 }, planner);
}

/** The author's SQL over measures, each in the place that `value` gives it. */
export function overMeasures(
  staged: StagedMeasure,
  sql: Fragment,
  value: (measure: BoundMeasure) => Bound,
  planner: Planner,
): Bound {
  const { leaf, path, measure, call } = staged;
  const hole = (at: readonly string[], member: string): Bound =>
    value(partOf(call, { path: at, member, done: 0 }, planner));
  return authorExpression(leaf, path, measure, sql, planner, {
    hole,
    input: () => {
      throw notSupported(`measure "${measure.name}": an aggregate beside a measure with stages`, {
        hint: 'Declare the aggregate as a measure of its own and refer to it.',
      });
    },
  });
}
