/**
 * The tables that one security context sees. What is not here does not exist for its statements.
 */
import type { SqlError } from '../errors.ts';
import type { Granularity } from '../model/granularities.ts';
import type { CubePath, MeasureType } from '../model/types.ts';
import type { PgType } from '../sql/types.ts';

export type ExposedTable = {
  readonly name: string;
  /** `sub_query`: the rows behind a sub_query dimension, which no client can name. */
  readonly kind: 'view' | 'cube' | 'sub_query';
  /** The cube whose rows are the table's rows. */
  readonly root: string;
  readonly columns: readonly ExposedColumn[];
  /** Columns that together are the root's primary key, when all of it is visible. */
  readonly primaryKey: readonly string[] | undefined;
  readonly title: string | undefined;
  readonly description: string | undefined;
  /** Of a view, in the order of the model (contract 5, rule 12). */
  readonly defaultFilters: readonly ExposedDefaultFilter[];
};

/** A filter that holds for each reference unless WHERE or ON uses one of the columns that it names. */
export type ExposedDefaultFilter = { readonly unless: readonly string[] };

export type ExposedColumn = {
  readonly name: string;
  readonly kind: 'dimension' | 'measure' | 'segment';
  /** Joins from the root cube to the cube that owns the member; [] is the root itself. */
  readonly path: readonly string[];
  readonly cube: string;
  readonly member: string;
  /** The cubes that its SQL reads, its own included. */
  readonly reads: readonly string[];
  readonly type: PgType;
  readonly typmod: number;
  /** For a measure, its type. */
  readonly measure: MeasureType | undefined;
  /** A time dimension's own, besides PostgreSQL's. */
  readonly granularities: readonly Granularity[];
  /** The column is one of the primary key of its cube. */
  readonly primaryKey: boolean;
  /** A one-to-many join stands on the path: rows of the root repeat where this column is read. */
  readonly toMany: boolean;
  /** The author's SQL of a dimension or segment can raise: a predicate over it must not run beside a row filter. */
  readonly mayRaise: boolean;
  /** A mask stands for the value on some of its rows: it tells no rows apart. */
  readonly masked?: true;
  readonly title: string | undefined;
  readonly description: string | undefined;
};

export type ExposedModel = {
  /** By exact name. */
  readonly tables: ReadonlyMap<string, ExposedTable>;
  /** Tables whose policies ask for claims that the token lacks: absent from the catalog, 42501 when named. */
  readonly denied: ReadonlyMap<string, SqlError>;
};

/** The exposed tables before anybody's rights: what `public` leaves, with types. */
export type PublicTables = {
  readonly tables: readonly ExposedTable[];
  /** Type of a dimension of a cube. */
  readonly typeOf: (cube: string, member: string) => ExposedColumn['type'];
};

/** What a statement uses of one reference to a table. */
export type LeafUse = {
  /** Names of the table's columns that are read, measures included. */
  readonly columns: readonly string[];
  /** Cubes that are read, by path from the root; the root itself is []. */
  readonly paths: readonly CubePath[];
};
