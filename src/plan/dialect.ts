/**
 * What a warehouse's SQL says differently. Everything else is printed alike from one tree (sql/print.ts).
 */
import type { Expr, TableRef, TypeName, WindowSpec } from '../sql/ast.ts';
import type { PrintHooks } from '../sql/print-hooks.ts';
import type { PgType } from '../sql/types.ts';
import type { Bound, BoundAggregate, BoundQuery, BoundSelect } from './bound/bound.ts';
import type { Routine } from './routines/routines.ts';

/** A bound expression of one kind, by name. */
export type BoundOf<K extends Bound['kind']> = Extract<Bound, { readonly kind: K }>;

export type Dialect = {
  readonly name: 'postgres' | 'duckdb';
  readonly hooks: Pick<PrintHooks, 'expr' | 'type'>;
  /** Every function that the dialect may print, and the schema it is qualified with: the verifier's list. */
  readonly functions: { readonly schema: string | undefined; readonly names: ReadonlySet<string> };
  /** The type as CAST takes it. */
  readonly typeName: (type: PgType, typmod: number) => TypeName;
  /** A call of a listed function or operator over lowered arguments. @throws SqlError 0A000 when the warehouse lacks it */
  readonly apply: (call: BoundOf<'apply'>, args: readonly Expr[], lower: (bound: Bound) => Expr) => Expr;
  readonly aggregate: (
    call: BoundAggregate & { readonly routine: Routine },
    lowered: LoweredAggregate,
    lower: (bound: Bound) => Expr,
  ) => Expr;
  /** A client's parameter, typed. */
  readonly parameter: (index: number, type: PgType) => Expr;
  readonly quantified: (test: BoundOf<'quantified'>, left: Expr, array: Expr) => Expr;
  /** How the warehouse shows the values of a select item where that is not the item itself. */
  readonly shown: ((item: Bound, select: BoundSelect, lower: (bound: Bound) => Expr) => Expr | undefined) | undefined;
  /** The name of a hidden column that shows a column of a subquery; undefined when there is none. */
  readonly shownColumn: ((select: BoundSelect, slot: number) => string | undefined) | undefined;
  /** @throws SqlError 0A000 when the rows of a body that is no SELECT cannot be shown as they should */
  readonly checkShown: ((query: BoundQuery) => void) | undefined;
  readonly cast: (cast: BoundOf<'cast'>, arg: Expr) => Expr;
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
  /**
   * A timestamptz as PostgreSQL prints it in a zone, for warehouses that print results themselves; undefined where the
   * driver does it.
   */
  readonly zonedText: ((value: Expr, zone: string) => Expr) | undefined;
  /** A value of the author's SQL as the type that clients see; `expr` itself where the warehouse's type is that. */
  readonly memberValue: (expr: Expr, type: PgType, typmod: number, asText: boolean) => Expr;
};

export type LoweredAggregate = {
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
