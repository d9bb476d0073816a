/**
 * The tables that one security context sees. What is not here does not exist for its statements.
 */
import type { SqlError } from '../errors.ts';
import type { MeasureType } from '../model/types.ts';
import type { PgType } from '../sql/types.ts';

export type ExposedTable = {
  readonly name: string;
  readonly kind: 'view' | 'cube';
  /** The cube whose rows are the table's rows. */
  readonly root: string;
  readonly columns: readonly ExposedColumn[];
  /** Columns that together are the root's primary key, when all of it is visible. */
  readonly primaryKey: readonly string[] | undefined;
  readonly title: string | undefined;
  readonly description: string | undefined;
  /** Names what the table needs and semwire does not do yet: a query that reads it is refused (0A000). */
  readonly unsupported: string | undefined;
};

export type ExposedColumn = {
  readonly name: string;
  readonly kind: 'dimension' | 'measure' | 'segment';
  /** Joins from the root cube to the cube that owns the member; [] is the root itself. */
  readonly path: readonly string[];
  readonly cube: string;
  readonly member: string;
  readonly type: PgType;
  readonly typmod: number;
  /** For a measure, its type. */
  readonly measure: MeasureType | undefined;
  /** The column is one of the primary key of its cube. */
  readonly primaryKey: boolean;
  /** A one-to-many join stands on the path: rows of the root repeat where this column is read. */
  readonly toMany: boolean;
  /** The author's SQL of a dimension or segment can raise: a predicate over it must not run beside a row filter. */
  readonly mayRaise: boolean;
  readonly title: string | undefined;
  readonly description: string | undefined;
};

export type ExposedModel = {
  /** By exact name. */
  readonly tables: ReadonlyMap<string, ExposedTable>;
  /** Tables whose policies ask for claims that the token lacks: absent from the catalog, 42501 when named. */
  readonly denied: ReadonlyMap<string, SqlError>;
};
