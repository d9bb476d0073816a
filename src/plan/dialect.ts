/**
 * What a warehouse's SQL says differently. Everything else is printed alike from one tree (sql/print.ts).
 */
import type { Expr, OpaqueText, Query, TableRef, TypeName, WindowSpec } from '../sql/ast.ts';
import type { PrintHooks } from '../sql/print-hooks.ts';
import type { PgType } from '../sql/types.ts';
import type { Bound, BoundAggregate, BoundQuery, BoundSelect } from './bound/bound.ts';
import type { Routine } from './routines/routines.ts';

/** A bound expression of one kind, by name. */
export type BoundOf<K extends Bound['kind']> = Extract<Bound, { readonly kind: K }>;

/** Where an expression stands. */
export type Scope = {
  readonly lower: (bound: Bound) => Expr;
  /** The SELECT whose results it is computed from; undefined in WHERE, ON, arguments of aggregates: over rows. */
  readonly select: BoundSelect | undefined;
  /** A subquery of one column, shown as a select list shows it. */
  readonly shownQuery: (query: BoundQuery) => Query;
};

export type Dialect = {
  readonly name: 'postgres' | 'duckdb';
  readonly hooks: Pick<PrintHooks, 'expr' | 'type' | 'parameter'>;
  /** Every function that the dialect may print, and the schema it is qualified with: the verifier's list. */
  readonly functions: { readonly schema: string | undefined; readonly names: ReadonlySet<string> };
  /** The type as CAST takes it. */
  readonly typeName: (type: PgType, typmod: number) => TypeName;
  /** A call of a listed function or operator over lowered arguments. @throws SqlError 0A000 when the warehouse lacks it */
  readonly apply: (call: BoundOf<'apply'>, args: readonly Expr[], scope: Scope) => Expr;
  readonly aggregate: (
    call: BoundAggregate & { readonly routine: Routine },
    lowered: LoweredAggregate,
    scope: Scope,
  ) => Expr;
  /** A client's parameter, typed. */
  readonly parameter: (index: number, type: PgType) => Expr;
  readonly quantified: (test: BoundOf<'quantified'>, left: Expr, array: Expr) => Expr;
  /**
   * Output columns whose values do not say how they are shown: each travels with a hidden column that does.
   * @throws SqlError 0A000 for columns that cannot be shown as they should
   */
  readonly shownSlots: ((query: BoundQuery) => readonly number[]) | undefined;
  /** One of the values that an expression (CASE, COALESCE …) may give, as the type that holds them all. */
  readonly asValueOf: ((result: Bound, value: Expr) => Expr) | undefined;
  /** A value of a column, in an arm of a set operation or a row of VALUES, as the type that holds all its values. */
  readonly asColumnOf: ((query: BoundQuery, slot: number, value: Expr) => Expr) | undefined;
  /** Two numbers that a subquery's IN, ANY or ALL compares, as one type. */
  readonly comparedWith: ((left: Bound, query: BoundQuery, slot: number) => (value: Expr) => Expr) | undefined;
  /** What the hidden column holds. */
  readonly shown: ((item: Bound, scope: Scope) => Expr) | undefined;
  readonly cast: (cast: BoundOf<'cast'>, arg: Expr, scope: Scope) => Expr;
  readonly like: (like: BoundOf<'like'>, arg: Expr, pattern: Expr, escapeWith: Expr | undefined) => Expr;
  readonly sqlValue: (value: BoundOf<'sql-value'>) => Expr;
  readonly constant: (constant: BoundOf<'const'> & { readonly type: PgType; readonly value: string }) => Expr;
  /** A set-returning function in FROM, its columns named by `alias`. */
  readonly tableFunction: (
    call: BoundOf<'apply'>,
    args: readonly Expr[],
    ordinality: boolean,
    alias: { readonly name: string; readonly columns: readonly string[] },
  ) => TableRef;
  /** The warehouse writes its results as text itself, in its session's zone; otherwise the driver does, in the client's. */
  readonly writesText: boolean;
  /** A number of the author's SQL as PostgreSQL writes it. */
  readonly numberText: (sql: OpaqueText) => OpaqueText;
  /** A value of the author's SQL as the type that clients see; `expr` itself where the warehouse's type is that. */
  readonly memberValue: (expr: Expr, type: PgType, typmod: number, asText: boolean) => Expr;
};

export type LoweredAggregate = {
  /** The call itself, with its window. */
  readonly call: BoundOf<'aggregate' | 'window'>;
  readonly args: readonly Expr[];
  readonly orderBy: readonly {
    readonly expr: Expr;
    readonly descending: boolean;
    readonly nulls: 'first' | 'last' | undefined;
  }[];
  readonly filter: Expr | undefined;
  /** The window of a call with OVER. */
  readonly over?: WindowSpec | undefined;
};
