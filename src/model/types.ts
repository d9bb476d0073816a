/**
 * The semantic model in memory, as the loader leaves it: references resolved, nothing rendered, nobody's rights applied.
 */

import type { SqlError } from '../errors.ts';
import type { Granularity } from './granularities.ts';
import type { MeasureStage } from './measure-stages.ts';

/** Where something was written: 1-based line and column. */
export type SourcePosition = { readonly file: string; readonly line: number; readonly column: number };

export type Model = {
  readonly cubes: ReadonlyMap<string, Cube>;
  readonly views: ReadonlyMap<string, View>;
  /** SHA-256 of everything that was read. */
  readonly version: string;
  /** The author wrote views, whatever this security context has of them: then cubes are no tables by themselves. */
  readonly declaresViews?: true;
  /** Claims that a cube's SQL compares with when it runs, by the cube's name. */
  readonly claimTests?: ReadonlyMap<string, readonly (readonly string[])[]>;
  /**
   * Cubes and views that cannot be rendered for this security context, by name, each with why. A cube may be in `cubes`
   * all the same, so that others can join it; its SQL must not be used.
   */
  readonly unrendered?: ReadonlyMap<string, SqlError>;
};

/** SQL of the author's with its references found. */
export type Fragment = { readonly parts: readonly FragmentPart[]; readonly at: SourcePosition };
export type FragmentPart =
  | { readonly kind: 'text'; readonly text: string }
  /** `{CUBE}` or `{other_cube}`: stands for the table alias of the cube at `path`. */
  | { readonly kind: 'table'; readonly path: CubePath }
  /** `{member}`, `{CUBE.member}`, `{other.member}`: stands for the member's own SQL. */
  | { readonly kind: 'member'; readonly path: CubePath; readonly member: string }
  /**
   * ` = <claim>` behind an expression in parentheses, ` IN (…)` for a list: `{SECURITY_CONTEXT.x.filter('column')}`.
   * The value is bound when a statement runs; the model is the same for every context.
   */
  | { readonly kind: 'claim-test'; readonly claim: readonly string[] };

/**
 * A chain of joins, as the names of the cubes passed, starting after the cube that it counts from:
 * [] is that cube itself, ['customers', 'countries'] two joins away.
 */
export type CubePath = readonly string[];

export type Cube = {
  readonly name: string;
  readonly source: CubeSource;
  readonly title: string | undefined;
  readonly description: string | undefined;
  /** As written; undefined when the author did not say. */
  readonly public: boolean | undefined;
  readonly meta: unknown;
  readonly joins: readonly Join[];
  readonly dimensions: ReadonlyMap<string, Dimension>;
  readonly measures: ReadonlyMap<string, Measure>;
  readonly segments: ReadonlyMap<string, Segment>;
  readonly hierarchies: ReadonlyMap<string, Hierarchy>;
  readonly accessPolicy: readonly Policy[] | undefined;
  readonly at: SourcePosition;
};
export type CubeSource = { readonly kind: 'table' | 'query'; readonly sql: Fragment };

export type Relationship = 'one_to_one' | 'one_to_many' | 'many_to_one';
export type Join = {
  readonly to: string;
  readonly relationship: Relationship;
  readonly sql: Fragment;
  readonly at: SourcePosition;
};

export type DimensionType = 'string' | 'number' | 'time' | 'boolean' | 'geo';
export type Dimension = {
  readonly name: string;
  readonly kind: 'dimension';
  readonly type: DimensionType;
  /** `sql`, or the parts of `case` / `latitude,longitude`. */
  readonly value: DimensionValue;
  readonly primaryKey: boolean;
  /** A time dimension's own, besides second to year. */
  readonly granularities: readonly Granularity[];
  readonly public: boolean | undefined;
  readonly title: string | undefined;
  readonly description: string | undefined;
  readonly format: unknown;
  readonly meta: unknown;
  readonly mask: Mask | undefined;
  /** Names a feature of a later release that this member needs; a query that needs it is refused with this text. */
  readonly unsupported: string | undefined;
  readonly at: SourcePosition;
};
export type DimensionValue =
  | { readonly kind: 'sql'; readonly sql: Fragment }
  | {
      readonly kind: 'case';
      readonly branches: readonly { readonly when: Fragment; readonly label: Label }[];
      readonly otherwise: Label | undefined;
    }
  | { readonly kind: 'geo'; readonly latitude: Fragment; readonly longitude: Fragment }
  /** An expression over measures, computed over the rows that belong to one row of the cube. */
  | { readonly kind: 'sub_query'; readonly sql: Fragment };
export type Label = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'sql'; readonly sql: Fragment };

export type MeasureType =
  | 'count'
  | 'count_distinct'
  | 'count_distinct_approx'
  | 'sum'
  | 'avg'
  | 'min'
  | 'max'
  | 'number'
  | 'string'
  | 'time'
  | 'boolean'
  | 'rank';
export type Measure = {
  readonly name: string;
  readonly kind: 'measure';
  readonly type: MeasureType;
  /** Undefined for a count of rows, and for a rank. */
  readonly sql: Fragment | undefined;
  /** What is done beyond aggregating the rows of a group, outermost first; an ordinary measure has none. */
  readonly stages: readonly MeasureStage[];
  readonly filters: readonly Fragment[];
  readonly public: boolean | undefined;
  readonly title: string | undefined;
  readonly description: string | undefined;
  readonly format: unknown;
  readonly meta: unknown;
  readonly drillMembers: readonly string[];
  readonly mask: Mask | undefined;
  readonly unsupported: string | undefined;
  readonly at: SourcePosition;
};

export type Segment = {
  readonly name: string;
  readonly kind: 'segment';
  readonly sql: Fragment;
  readonly public: boolean | undefined;
  readonly title: string | undefined;
  readonly description: string | undefined;
  readonly meta: unknown;
  readonly at: SourcePosition;
};

export type Hierarchy = {
  readonly name: string;
  readonly title: string | undefined;
  readonly levels: readonly string[];
  readonly public: boolean | undefined;
  readonly at: SourcePosition;
};

export type Mask =
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null }
  | { readonly kind: 'sql'; readonly sql: Fragment };

export type View = {
  readonly name: string;
  readonly title: string | undefined;
  readonly description: string | undefined;
  readonly public: boolean | undefined;
  readonly meta: unknown;
  /** The first cube of the first join_path. */
  readonly root: string;
  /** In the order in which they become columns. */
  readonly members: readonly ViewMember[];
  readonly defaultFilters: readonly DefaultFilter[];
  readonly accessPolicy: readonly Policy[] | undefined;
  readonly at: SourcePosition;
};

/** A column of a view: a member of a cube, reached from the view's root. */
export type ViewMember = {
  readonly name: string;
  readonly kind: 'dimension' | 'measure' | 'segment';
  /** From the root: [] is the root cube itself. */
  readonly path: CubePath;
  /** Name of the cube at the end of `path`. */
  readonly cube: string;
  readonly member: string;
  readonly title: string | undefined;
  readonly description: string | undefined;
  readonly at: SourcePosition;
};

export type DefaultFilter = { readonly filter: Filter; readonly unless: readonly string[] };

// Access policies as written (Cube: access_policy)

export type Policy = {
  /** '*' is everyone. */
  readonly groups: readonly string[] | '*';
  /** All must hold. */
  readonly conditions: readonly Condition[];
  readonly memberLevel: MemberRule | undefined;
  readonly memberMasking: MemberRule | undefined;
  /** Undefined: all rows, as in Cube. */
  readonly rowLevel:
    | { readonly kind: 'all' }
    | { readonly kind: 'filters'; readonly filters: readonly Filter[] }
    | undefined;
  readonly at: SourcePosition;
};
export type MemberRule = { readonly includes: readonly string[] | '*'; readonly excludes: readonly string[] };

export type Filter =
  | { readonly kind: 'and' | 'or'; readonly filters: readonly Filter[] }
  | {
      readonly kind: 'member';
      readonly member: string;
      readonly operator: FilterOperator;
      readonly values: FilterValues;
      readonly at: SourcePosition;
    };

/** A list as written, or one claim that is itself the list. */
export type FilterValues =
  | { readonly kind: 'list'; readonly values: readonly FilterValue[] }
  | { readonly kind: 'claim'; readonly path: readonly string[] };
export type FilterValue =
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null }
  | { readonly kind: 'claim'; readonly path: readonly string[] };

export const FILTER_OPERATORS = [
  'equals',
  'notEquals',
  'in',
  'notIn',
  'contains',
  'notContains',
  'startsWith',
  'notStartsWith',
  'endsWith',
  'notEndsWith',
  'gt',
  'gte',
  'lt',
  'lte',
  'set',
  'notSet',
  'inDateRange',
  'notInDateRange',
  'onTheDate',
  'beforeDate',
  'beforeOrOnDate',
  'afterDate',
  'afterOrOnDate',
] as const;
export type FilterOperator = (typeof FILTER_OPERATORS)[number];

/** A condition of a policy over claims: `{ securityContext.a == 'x' and not securityContext.b }`. */
export type Condition =
  | { readonly kind: 'and' | 'or'; readonly operands: readonly Condition[] }
  | { readonly kind: 'not'; readonly operand: Condition }
  | {
      readonly kind: 'compare';
      readonly operator: '=' | '<>' | '<' | '<=' | '>' | '>=';
      readonly left: ConditionValue;
      readonly right: ConditionValue;
    }
  | { readonly kind: 'in'; readonly negated: boolean; readonly left: ConditionValue; readonly right: ConditionValue }
  /** A claim or literal that stands alone. */
  | { readonly kind: 'value'; readonly value: ConditionValue };
export type ConditionValue =
  | { readonly kind: 'claim'; readonly path: readonly string[] }
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null }
  | { readonly kind: 'list'; readonly values: readonly ConditionValue[] };

/** Something wrong with the model, for `check`: `file:line:col: message`. */
export type ModelProblem = {
  readonly at: SourcePosition;
  readonly severity: 'error' | 'warning';
  readonly message: string;
};
