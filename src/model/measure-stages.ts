/** What is done for a measure beyond aggregating the rows of a group. */
import type { CubePath, Fragment } from './types.ts';

/** A dimension, from the cube that names it. */
export type MemberPath = { readonly path: CubePath; readonly member: string };

export type MeasureStage =
  /** The same measure over the rows of other times. */
  | { readonly kind: 'time-shift'; readonly shifts: readonly TimeShift[] }
  | { readonly kind: 'rolling-window'; readonly window: RollingWindow }
  /**
   * The measure's `sql`, over measures, computed at a grain of its own: the dimensions of the query, of these only
   * `keep`, without `exclude`. An aggregate aggregates the values at the query's dimensions together with `include`.
   */
  | (Reduction & { readonly kind: 'grain' })
  | (Reduction & {
      readonly kind: 'rank';
      readonly orderBy: readonly { readonly sql: Fragment; readonly descending: boolean }[];
    });

type Reduction = {
  readonly keep: readonly MemberPath[] | undefined;
  readonly exclude: readonly MemberPath[];
  readonly include: readonly MemberPath[];
};

export const INTERVAL_UNITS = ['second', 'minute', 'hour', 'day', 'week', 'month', 'quarter', 'year'] as const;
export type IntervalUnit = (typeof INTERVAL_UNITS)[number];
export type ModelInterval = { readonly count: number; readonly unit: IntervalUnit };

export type RollingWindow =
  | {
      readonly kind: 'fixed';
      readonly trailing: ModelInterval | 'unbounded' | undefined;
      readonly leading: ModelInterval | 'unbounded' | undefined;
      /** The end of the period that the window hangs on. */
      readonly offset: 'start' | 'end';
    }
  | { readonly kind: 'to-date'; readonly granularity: IntervalUnit };

export type TimeShift = {
  /** Undefined: every time dimension that the query uses. */
  readonly timeDimension: MemberPath | undefined;
  /** How far a row moves forward to the period in which it is shown. */
  readonly move: ModelInterval;
};
