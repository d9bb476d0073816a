/**
 * What stays the same while one statement is bound: the model as this context sees it, parameters, options.
 */
import type { ExposedModel } from '../../access/exposed.ts';
import type { Expr, NamedWindow } from '../../sql/ast.ts';
import type { PgType } from '../../sql/types.ts';
import type { IntervalStyle } from '../../wire/interval-style.ts';
import type { BoundSelect, ShownType } from '../bound/bound.ts';
import type { ModelJoins } from '../join-path.ts';
import type { ExprType } from '../routines/coercion.ts';
import type { Scope } from './scope.ts';

/** What the catalog answered for a constant of the statement's. */
export type CatalogValue = {
  readonly type: PgType;
  readonly value: string | null;
  readonly shown?: ShownType | undefined;
};

/** By the expression that they stand for. */
export type CatalogValues = ReadonlyMap<Expr, CatalogValue>;

export type Binder = {
  readonly model: ExposedModel;
  readonly joins: ModelJoins;
  readonly options: BinderOptions;
  readonly catalogValues: CatalogValues;
  readonly placesOfRegtype: ReadonlySet<Expr>;
  /** Types of $1…, filled in as they are inferred. */
  readonly parameters: ExprType[];
  /** The statement's own text and its offset in the message that positions count from: to tell quoted names from folded ones. */
  readonly source: { readonly text: string; readonly offset: number };
  /** SELECTs whose groups a join field tells apart, until an ON clause says which key it stands for: where it is written. */
  readonly openJoinFields: Map<BoundSelect, number | undefined>;
  /** Fresh numbers for relations and selects. */
  readonly nextId: () => number;
};

export type BinderOptions = {
  /** The only database name that may qualify a table. */
  readonly database: string;
  /** `compatible`: every aggregate over a measure is the measure. */
  readonly measureAggregates: 'strict' | 'compatible';
  /** The client's session zone: governs date_trunc, casts and output of timestamptz. */
  readonly timeZone: string;
  /** The zone in which the warehouse's sessions run. */
  readonly policyTimeZone: string;
  /** The client's: literals are read in it. */
  readonly intervalStyle: IntervalStyle;
};

/** The clause an expression stands in, as error messages name it. */
export type Clause =
  | 'SELECT'
  | 'WHERE'
  | 'JOIN conditions'
  | 'GROUP BY'
  | 'HAVING'
  | 'ORDER BY'
  | 'DISTINCT ON'
  | 'LIMIT'
  | 'OFFSET'
  | 'VALUES'
  | 'FILTER'
  | 'functions in FROM'
  | 'window definitions';

/** What the expressions of one SELECT tell about it while they are bound. */
export type SelectState = {
  /** An aggregate or a measure call without OVER stands at this level. */
  aggregates: boolean;
  windows: boolean;
  returnsSet: boolean;
  readonly namedWindows: readonly NamedWindow[];
};

/** Where an expression is being bound. */
export type Env = {
  readonly binder: Binder;
  readonly scope: Scope;
  readonly select: SelectState | undefined;
  readonly clause: Clause;
  readonly insideAggregate: boolean;
  readonly insideWindow: boolean;
  /** The SELECT stands in FROM: a join field may be handed on to an ON clause further up. */
  readonly passesJoinField?: boolean;
};

/** Whether the name at `position` was written in double quotes (or as U&"…"), for each of its dotted parts. */
export function quotedParts(
  binder: Pick<Binder, 'source'>,
  position: number | undefined,
  parts: number,
): readonly boolean[] {
  const { text, offset } = binder.source;
  let rest = position === undefined ? '' : text.slice(position - offset);
  return Array.from({ length: parts }, () => {
    const [written = ''] = /^(?:U&)?"(?:[^"]|"")*"|^[^\s."]*/i.exec(rest) ?? [];
    rest = rest.slice(written.length).replace(/^\s*\.\s*/, '');
    return written.endsWith('"');
  });
}
