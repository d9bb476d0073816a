/**
 * The visible tables as a real pg_catalog: what the planner and the session ask of it.
 */
import type { PgType } from '../sql/types.ts';

/** Everything of the model that one security context may see: the unit that a catalog instance is built from. */
export type CatalogShape = {
  /** Sorted by name. */
  readonly tables: readonly CatalogTable[];
  /** Rows of semwire.members, in the order of the tables and their columns. */
  readonly members: readonly CatalogMember[];
  /** Rows of semwire.policies; undefined for who is no admin: then what admins have is not there. */
  readonly policies: readonly CatalogPolicy[] | undefined;
  /** Hash of all of it; equal shapes share an instance. */
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

/** A column with its meaning; what the author did not write is NULL. */
export type CatalogMember = {
  readonly table: string;
  readonly column: string;
  readonly kind: string;
  readonly type: string;
  readonly title: string | undefined;
  readonly description: string | undefined;
  readonly format: string | undefined;
};

/** A policy as its author wrote it. */
export type CatalogPolicy = {
  readonly table: string;
  readonly policy: string;
  readonly groups: string;
  readonly conditions: number;
  readonly includes: string;
  readonly excludes: string;
  readonly masked: string;
  /** `all`, or the filters as JSON. */
  readonly rows: string;
  /** `file:line` */
  readonly at: string;
};

/** What a statement asks the server to do once it has run. */
export type CatalogRequest =
  | { readonly kind: 'reload' }
  | { readonly kind: 'cancel' | 'terminate'; readonly pid: number }
  /** To tell the client that there is no such process. */
  | { readonly kind: 'no-backend'; readonly pid: number };

/** Session facts that catalog functions answer with. */
export type CatalogSession = {
  /** session_user, where SET ROLE made it another than `user`, which is current_user. */
  readonly sessionUser?: string | undefined;
  /** The verified subject with its issuer: waiting in turn and limits go by it. */
  readonly subject: string;
  readonly user: string;
  readonly database: string;
  readonly pid: number;
  readonly applicationName: string;
  readonly clientAddress: string | undefined;
  readonly clientPort?: number | undefined;
  /** Of the socket that the client is connected to. */
  readonly serverAddress?: string | undefined;
  readonly serverPort?: number | undefined;
  /** What semwire.whoami, pg_stat_activity and their like show, as JSON; empty for a statement that does not ask for it. */
  readonly about: string;
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
  /** By calling semwire.reload(), semwire.cancel(), pg_cancel_backend(), pg_terminate_backend(), in order. Absent when nothing. */
  readonly requests?: readonly CatalogRequest[];
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
    options?: ExecuteOptions,
  ) => Promise<CatalogResult>;
  /**
   * Both in one: a statement without parameters that is to be executed at once, its rows as text.
   * @throws SqlError as the others
   */
  readonly run: (
    shape: CatalogShape,
    session: CatalogSession,
    sql: string,
    options?: ExecuteOptions,
  ) => Promise<{ readonly description: CatalogDescription; readonly result: CatalogResult }>;
  /** For the metrics. */
  readonly counts: () => CatalogCounts;
  readonly close: () => Promise<void>;
};

export type ExecuteOptions = {
  readonly signal?: AbortSignal | undefined;
  /** The answer may be kept for who asks the same of the same shape as the same user: see isStable. */
  readonly stable?: boolean;
};

export type CatalogCounts = {
  /** Instances open now: each is what some security contexts may see. */
  readonly shapes: number;
  /** Statements that wait for their turn. */
  readonly waiting: number;
};
