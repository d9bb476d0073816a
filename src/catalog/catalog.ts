/**
 * The visible tables as a real pg_catalog: what the planner and the session ask of it.
 */
import type { PgType } from '../sql/types.ts';

/** Everything of the model that one security context may see: the unit that a catalog instance is built from. */
export type CatalogShape = {
  /** Sorted by name. */
  readonly tables: readonly CatalogTable[];
  /** Hash of `tables`; equal shapes share an instance. */
  readonly key: string;
};

export type CatalogTable = {
  readonly name: string;
  readonly comment: string | undefined;
  readonly columns: readonly CatalogColumn[];
  /** Column names; empty when the table has no visible key. */
  readonly primaryKey: readonly string[];
  readonly foreignKeys: readonly {
    readonly columns: readonly string[];
    readonly table: string;
    readonly references: readonly string[];
  }[];
};

export type CatalogColumn = {
  readonly name: string;
  readonly type: PgType;
  readonly typmod: number;
  readonly comment: string | undefined;
  readonly notNull: boolean;
};

/** Session facts that catalog functions answer with. */
export type CatalogSession = {
  readonly user: string;
  readonly database: string;
  readonly pid: number;
  readonly applicationName: string;
  readonly clientAddress: string | undefined;
  /** Settings that matter, by lower-case name: timezone, search_path, datestyle, … */
  readonly settings: ReadonlyMap<string, string>;
};

export type CatalogColumnDescription = {
  readonly name: string;
  readonly typeOid: number;
  readonly typeSize: number;
  readonly typmod: number;
};
export type CatalogDescription = {
  readonly parameterTypes: readonly number[];
  readonly columns: readonly CatalogColumnDescription[];
};
/** `frames`: whole DataRow messages, one after another; shared with a cache, so never written to. */
export type CatalogResult = {
  readonly frames: Uint8Array;
  readonly rows: number;
  /** What the statement set by calling set_config(), in order; the session is to take it over. Absent when nothing. */
  readonly settings?: readonly CatalogSetting[];
};
/** `value` null: back to the default. `local`: until the transaction ends. */
export type CatalogSetting = { readonly name: string; readonly value: string | null; readonly local: boolean };

export type Catalog = {
  /** Parses and describes without running. @throws SqlError as PostgreSQL words it, positions relative to `sql` */
  readonly describe: (
    shape: CatalogShape,
    session: CatalogSession,
    sql: string,
    parameterTypes: readonly number[],
  ) => Promise<CatalogDescription>;
  readonly execute: (
    shape: CatalogShape,
    session: CatalogSession,
    sql: string,
    parameterTypes: readonly number[],
    parameters: readonly { readonly format: 0 | 1; readonly value: Uint8Array | null }[],
    resultFormats: readonly (0 | 1)[],
  ) => Promise<CatalogResult>;
  readonly close: () => Promise<void>;
};
