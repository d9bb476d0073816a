/**
 * What a session asks of the rest of the server: to prepare a statement for an identity and to run it.
 * The session knows no model and no warehouse; the engine knows no socket.
 */
import type { Identity } from '../access/context.ts';
import type { CatalogSetting } from '../catalog/catalog.ts';
import type { Statement } from '../sql/ast.ts';
import type { FetchResult, RowSink } from '../warehouse/warehouse.ts';
import type { Format } from '../wire/messages.ts';
import type { SessionObjects } from './session-objects.ts';

/** What of the session a statement's meaning depends on. */
export type SessionView = {
  readonly identity: Identity;
  readonly pid: number;
  readonly applicationName: string;
  readonly clientAddress: string | undefined;
  readonly clientPort?: number | undefined;
  /** Of the socket that the client is connected to. */
  readonly serverAddress?: string | undefined;
  readonly serverPort?: number | undefined;
  /** Effective values of every setting, by lower-case name: timezone, search_path, semwire.measure_aggregates … */
  readonly settings: ReadonlyMap<string, string>;
  /** What it holds now; left out where nobody could ask. */
  readonly objects?: () => SessionObjects;
};

export type ResultColumn = {
  readonly name: string;
  readonly typeOid: number;
  readonly typeSize: number;
  readonly typmod: number;
};

/** A table that a statement reads, for the audit log; its policies by names that operators know. */
export type TableRead = {
  readonly table: string;
  readonly columns: readonly string[];
  readonly policies: readonly string[];
};

/** A statement that is planned for one identity. It is immutable and may be run any number of times. */
export type Prepared = {
  /** One OID per $n. */
  readonly parameterTypes: readonly number[];
  readonly columns: readonly ResultColumn[];
  /** undefined: none of the model's. */
  readonly reads?: (() => readonly TableRead[]) | undefined;
  readonly open: (binds: readonly ParameterValue[], options: OpenOptions) => Promise<Cursor>;
};

export type ParameterValue = { readonly format: Format; readonly value: Uint8Array | null };

export type OpenOptions = {
  readonly session: SessionView;
  /** One per column. */
  readonly resultFormats: readonly Format[];
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** By which logs know it; the engine takes one of its own where left out. */
  readonly queryId?: string | undefined;
};

export type Cursor = {
  /** Up to `maxRows` rows (0: all) as DataRow frames into the sink. */
  readonly fetch: (maxRows: number, sink: RowSink) => Promise<FetchResult>;
  readonly close: () => Promise<void>;
  /** What the statement set by calling set_config(), in order: the session's from now on. */
  readonly settings?: readonly CatalogSetting[] | undefined;
  /** For the client, before the rows. */
  readonly warnings?: readonly Warning[] | undefined;
};

/** `code`: an SQLSTATE of class 01. */
export type Warning = { readonly code: string; readonly message: string };

export type Engine = {
  /**
   * @param statement kind 'query' or 'explain'
   * @param text the statement's own text, for the catalog and for cache keys
   * @param parameterTypes OIDs the client declared in Parse; 0 is "infer"
   * @param atOnce stops it: the statement has no parameters and is opened at once, for all rows as text. What is
   * prepared may then be answered already
   * @throws SqlError with positions in UTF-16 units of the whole message
   */
  readonly prepare: (
    statement: Extract<Statement, { kind: 'query' | 'explain' }>,
    text: string,
    offset: number,
    parameterTypes: readonly number[],
    session: SessionView,
    atOnce?: AbortSignal,
  ) => Promise<Prepared>;
};
