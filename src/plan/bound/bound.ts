/**
 * A statement after its names and types are known: every column points to its relation, every call to its routine.
 *
 * Expressions are immutable. Relations and selects grow while the planner works: a leaf learns which of its slots are
 * read, a transparent subquery gets hidden outputs that a measure above it needs.
 */
import type { ExposedTable } from '../../access/exposed.ts';
import type { CubePath, MeasureType } from '../../model/types.ts';
import type { Expr, Frame, IsTest, SqlValueName } from '../../sql/ast.ts';
import type { PgType } from '../../sql/types.ts';
import type { LeafInput } from '../leaf/leaf-input.ts';
import type { ExprType } from '../routines/coercion.ts';
import type { Routine } from '../routines/routines.ts';

// Relations

export type Relation = LeafRelation | DerivedRelation | CteRelation | FunctionRelation;

/** A reference to an exposed table; what stands for it in the warehouse query is built by secure.ts alone. */
export type LeafRelation = {
  readonly kind: 'leaf';
  readonly id: number;
  readonly table: ExposedTable;
  /** Slots 0…n-1 are the table's columns in order; behind them come inputs of measures, keys and markers. */
  readonly inputs: LeafInput[];
  /** Slots that the statement reads. */
  readonly used: Set<number>;
  /** Slots of measures that are evaluated: read through their inputs, but members that policies speak of. */
  readonly measures: Set<number>;
  /** Default filters of the table that a condition of the statement lifts, by index. */
  readonly lifted: Set<number>;
  readonly at: number | undefined;
};
export type DerivedRelation = {
  readonly kind: 'derived';
  readonly id: number;
  readonly query: BoundQuery;
  readonly lateral: boolean;
  readonly used: Set<number>;
};
export type CteRelation = { readonly kind: 'cte'; readonly id: number; readonly cte: BoundCte };
export type FunctionRelation = {
  readonly kind: 'function';
  readonly id: number;
  readonly call: Bound;
  readonly ordinality: boolean;
  readonly lateral: boolean;
};

export type FromItem =
  | { readonly kind: 'relation'; readonly relation: Relation }
  | {
      readonly kind: 'join';
      readonly type: 'inner' | 'left' | 'right' | 'full' | 'cross';
      readonly left: FromItem;
      readonly right: FromItem;
      readonly on: Bound | undefined;
    };

// Queries

export type BoundQuery = {
  readonly ctes: readonly BoundCte[];
  readonly recursive: boolean;
  readonly body: BoundBody;
  readonly orderBy: BoundSort[];
  readonly limit: Bound | undefined;
  readonly offset: Bound | undefined;
  readonly withTies: boolean;
  /** What a reader of this query sees; hidden outputs of a select come behind these. */
  readonly columns: readonly OutputColumn[];
};
export type BoundCte = {
  readonly id: number;
  readonly name: string;
  /** It reads itself. */
  readonly recursive: boolean;
  readonly materialized: boolean | undefined;
  /** Set once its query is bound; a recursive term refers to it before that. */
  query: BoundQuery | undefined;
  columns: readonly OutputColumn[];
};

export type BoundBody = BoundSelect | BoundSetOperation | BoundValues;

export type BoundSelect = {
  readonly kind: 'select';
  readonly id: number;
  distinct: boolean | readonly Bound[];
  readonly items: Bound[];
  from: FromItem[];
  where: Bound | undefined;
  grouping: Grouping | undefined;
  having: Bound | undefined;
};
export type BoundSetOperation = {
  readonly kind: 'set-operation';
  readonly operator: 'union' | 'intersect' | 'except';
  readonly all: boolean;
  readonly left: BoundQuery;
  readonly right: BoundQuery;
};
export type BoundValues = { readonly kind: 'values'; readonly rows: readonly (readonly Bound[])[] };

/** GROUP BY, spelled out: the key expressions and, for each grouping set, the indexes of its keys. */
export type Grouping = {
  readonly keys: readonly Bound[];
  readonly sets: readonly (readonly number[])[];
  /** The statement has no GROUP BY: bare measures imply it. */
  readonly implicit: boolean;
  /** Relations of FROM that repeat no row of a group: the planner joined them so. */
  readonly over?: readonly Relation[] | undefined;
};

export type OutputColumn = {
  readonly name: string;
  readonly type: PgType;
  readonly typmod: number;
  /** Of a value that stands here as another type's. */
  readonly shown?: ShownType | undefined;
  /**
   * The column is a measure on its way up to the SELECT that groups it. What an aggregate over it must match: the
   * measure's type, `number` for an expression over measures.
   */
  readonly measure: MeasureType | undefined;
};
/** A type of PostgreSQL's that no expression has here: as a column of the result it is told by its own OID. */
export type ShownType = {
  readonly oid: number;
  readonly size: number;
  /** The one value that the column has, in the type's binary format as hex; undefined where it is the text's bytes. */
  readonly binary?: string | undefined;
};
export type BoundSort = {
  /** A 0-based output column, or an expression over the select's own relations. */
  readonly by: { readonly kind: 'output'; readonly index: number } | { readonly kind: 'expr'; readonly expr: Bound };
  readonly descending: boolean;
  readonly nulls: 'first' | 'last' | undefined;
};

// Expressions

export type Bound =
  | {
      readonly kind: 'const';
      readonly type: ExprType;
      readonly typmod: number;
      readonly value: string | null;
      /** Of an untyped literal, for what its type says of it. */
      readonly at?: number | undefined;
      readonly shown?: ShownType | undefined;
    }
  /** A value of the policy decision, by index; only row filters hold one. */
  | (Typed & { readonly kind: 'policy-value'; readonly index: number })
  | {
      readonly kind: 'parameter';
      readonly index: number;
      readonly type: ExprType;
      readonly typmod: -1;
      readonly at?: number | undefined;
    }
  | BoundColumn
  | BoundMeasure
  /** A measure of a query around this one: the value that it has for the group there. */
  | (Typed & { readonly kind: 'outer-measure'; readonly measure: BoundMeasure })
  | (Typed & { readonly kind: 'apply'; readonly routine: Routine; readonly args: readonly Bound[] })
  | (Bool & { readonly kind: 'and' | 'or'; readonly args: readonly Bound[] })
  | (Bool & { readonly kind: 'not'; readonly arg: Bound })
  | (Bool & { readonly kind: 'is'; readonly test: IsTest; readonly negated: boolean; readonly arg: Bound })
  /** Operands coerced; `routine` is the `=` of their type. */
  | (Bool & {
      readonly kind: 'distinct-from';
      readonly negated: boolean;
      readonly left: Bound;
      readonly right: Bound;
      readonly routine: Routine;
    })
  | (Bool & {
      readonly kind: 'in';
      readonly negated: boolean;
      readonly arg: Bound;
      readonly items: readonly Bound[];
      readonly routine: Routine;
    })
  | (Bool & {
      readonly kind: 'like';
      readonly variant: 'like' | 'ilike' | 'similar';
      readonly negated: boolean;
      readonly arg: Bound;
      readonly pattern: Bound;
      readonly escape: Bound | undefined;
    })
  | (Bool & {
      readonly kind: 'quantified';
      readonly quantifier: 'any' | 'all';
      readonly routine: Routine;
      readonly left: Bound;
      readonly array: Bound;
    })
  /** `(a, b) = (c, d)` and the other row comparisons: `routines` are those of the columns. */
  | (Bool & {
      readonly kind: 'row-compare';
      readonly operator: string;
      readonly left: readonly Bound[];
      readonly right: readonly Bound[];
      readonly routines: readonly Routine[];
    })
  | (Typed & {
      readonly kind: 'case';
      readonly branches: readonly { readonly when: Bound; readonly then: Bound }[];
      readonly otherwise: Bound | undefined;
      readonly shown?: ShownType | undefined;
    })
  | (Typed & { readonly kind: 'coalesce' | 'greatest' | 'least'; readonly args: readonly Bound[] })
  | (Typed & { readonly kind: 'nullif'; readonly left: Bound; readonly right: Bound; readonly routine: Routine })
  | (Typed & { readonly kind: 'cast'; readonly arg: Bound })
  /** A granularity of a dimension's own: `start` computes where the bin of `moment` begins. */
  | (Typed & {
      readonly kind: 'bin';
      readonly start: Bound;
      readonly moment: Bound;
      /** An interval from the beginning of any bin to that of the next; undefined where there is none. */
      readonly width: string | undefined;
      /** Every bin begins at midnight. */
      readonly ofDays: boolean;
    })
  | (Typed & { readonly kind: 'array'; readonly items: readonly Bound[] })
  | (Typed & { readonly kind: 'subscript'; readonly arg: Bound; readonly index: Bound })
  | (Typed & {
      readonly kind: 'slice';
      readonly arg: Bound;
      readonly low: Bound | undefined;
      readonly high: Bound | undefined;
    })
  | (Typed & { readonly kind: 'collate'; readonly arg: Bound; readonly collation: string })
  | (Typed & { readonly kind: 'sql-value'; readonly name: SqlValueName; readonly precision: number | undefined })
  /** A fact of the session that the gateway knows: current_user and the like. */
  | (Typed & { readonly kind: 'session-value'; readonly name: string; readonly shown: ShownType | undefined })
  | BoundAggregate
  | (Typed & {
      readonly kind: 'window';
      readonly routine: Routine;
      readonly star: boolean;
      readonly args: readonly Bound[];
      readonly filter: Bound | undefined;
      readonly window: BoundWindow;
    })
  /** GROUPING(…): indexes into the select's grouping keys. */
  | (Typed & { readonly kind: 'grouping'; readonly args: readonly Bound[] })
  | BoundSubquery
  /** SQL of the model author's around measures: text, and expressions that stand in its holes. */
  | (Typed & { readonly kind: 'author'; readonly parts: readonly AuthorPart[] });

type Typed = { readonly type: PgType; readonly typmod: number };
type Bool = { readonly type: 'bool'; readonly typmod: -1 };

export type AuthorPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'bound'; readonly bound: Bound }
  /** Lowered already: nothing in it reads a relation of the statement's. */
  | { readonly kind: 'expr'; readonly expr: Expr };

export type BoundColumn = Typed & {
  readonly kind: 'column';
  readonly relation: Relation;
  readonly slot: number;
  /** Where it stands in the client's text, for messages. */
  readonly at?: number | undefined;
};

/** A measure that is not evaluated yet: at the SELECT `evaluatedBy`, or, where that is undefined, where it is grouped. */
export type BoundMeasure = Typed & {
  readonly kind: 'measure';
  readonly relation: LeafRelation | DerivedRelation;
  readonly slot: number;
  readonly measure: MeasureType;
  /** Name of the column, for messages. */
  readonly name: string;
  /** True inside MEASURE(m) or an aggregate over m. */
  readonly called: boolean;
  /** A measure of the model that the column's own is made of; undefined for the column's own. */
  readonly part?: MeasurePart | undefined;
  /** Conditions of FILTER that restrict the rows it is computed from. */
  readonly filter: Bound | undefined;
  readonly at: number | undefined;
};

export type MeasurePart = {
  /** From the root of the leaf's table. */
  readonly path: CubePath;
  readonly member: string;
  /** How many of the measure's stages are left out, from the outside. */
  readonly done: number;
};

export type BoundAggregate = Typed & {
  readonly kind: 'aggregate';
  /** A routine of the list, or an aggregate of the model author's own by name. */
  readonly routine: Routine | { readonly kind: 'author'; readonly path: readonly string[] };
  readonly star: boolean;
  readonly args: readonly Bound[];
  readonly distinct: boolean;
  readonly orderBy: readonly BoundSort[];
  readonly withinGroup: boolean;
  readonly filter: Bound | undefined;
  readonly grain: Grain;
  readonly at: number | undefined;
};

/**
 * Which rows an aggregate is computed over (contract, section 5, "Rows" and rule 7).
 * `rows`: combinations of the roots' rows and of those to-many cubes that its argument and FILTER use.
 * `cube`: the distinct rows of one cube of one leaf: a measure.
 */
export type Grain =
  | { readonly kind: 'rows' }
  | { readonly kind: 'cube'; readonly leaf: LeafRelation; readonly path: readonly string[] };

export type BoundSubquery = Typed & {
  readonly kind: 'subquery';
  readonly form: 'scalar' | 'exists' | 'array' | 'any' | 'all';
  readonly query: BoundQuery;
  /** For any/all: the left side, the operator as written and the routine of each column. */
  readonly left: readonly Bound[];
  readonly operator: string | undefined;
  readonly routines: readonly Routine[];
};

export type BoundWindow = {
  readonly partitionBy: readonly Bound[];
  readonly orderBy: readonly {
    readonly expr: Bound;
    readonly descending: boolean;
    readonly nulls: 'first' | 'last' | undefined;
  }[];
  readonly frame: BoundFrame | undefined;
};
export type BoundFrame = {
  readonly mode: Frame['mode'];
  readonly start: BoundFrameBound;
  readonly end: BoundFrameBound | undefined;
  readonly exclude: Frame['exclude'];
};
export type BoundFrameBound =
  | { readonly kind: 'unbounded-preceding' | 'current-row' | 'unbounded-following' }
  | { readonly kind: 'preceding' | 'following'; readonly offset: Bound };
