/**
 * What semwire asks of a warehouse. A driver is a connection, a dialect is text; this file is the driver's side.
 */
import type { PgType } from '../sql/types.ts';
import type { Format } from '../wire/messages.ts';

/** One value for a placeholder of the printed statement, already typed by the planner. */
export type WarehouseBind = {
  readonly type: PgType;
  /** Text form as PostgreSQL reads and writes it, or the client's own binary form (network format of `type`). null is SQL NULL. */
  readonly value: string | Uint8Array | null;
  readonly format: Format;
};

/** A column as the warehouse describes it, in PostgreSQL's terms. */
export type DescribedColumn = {
  readonly name: string;
  /** undefined: a type outside the closed list; the planner reads such a column as text. */
  readonly type: PgType | undefined;
  /** atttypmod, -1 when none. */
  readonly typmod: number;
};

/** The statement to run: text in the warehouse's dialect with $1…$n. Its only maker is the printer, from a SecuredQuery. */
export type WarehouseStatement = {
  readonly sql: string;
  /** `unknown`: a text that the warehouse takes as what it stands beside. */
  readonly bindTypes: readonly (PgType | 'unknown')[];
  /** The result columns, typed as the client will see them; the driver must deliver exactly these. */
  readonly columns: readonly WarehouseColumn[];
};
export type WarehouseColumn = { readonly type: PgType; readonly typmod: number };

export type ExecuteOptions = {
  /** One format per result column. */
  readonly resultFormats: readonly Format[];
  /** Milliseconds, 0 for none: the warehouse must stop by then (57014). */
  readonly timeoutMs: number;
  /** Aborts on CancelRequest, client disconnect or shutdown; the statement ends with 57014 within a second. */
  readonly signal: AbortSignal;
  /** Shown in logs only. */
  readonly queryId: string;
  /** The zone in which a driver that prints values itself prints timestamptz; the policy zone when left out. */
  readonly timeZone?: string;
};

/** Takes finished DataRow frames (type byte, length, body), possibly many in one buffer. */
export type RowSink = {
  /**
   * @param frames whole DataRow messages; the buffer may be reused by the driver once the returned promise settles
   * (or, when nothing is returned, once the call returns).
   * @returns a promise when the client cannot take more for now: the driver must wait for it (back-pressure).
   */
  readonly write: (frames: Uint8Array, rows: number) => Promise<void> | undefined;
};

export type FetchResult = { readonly rows: number; readonly done: boolean };

/** A running statement: rows are pulled in portions, so portals and cursors map onto it. */
export type WarehouseCursor = {
  /** Delivers up to `maxRows` rows (0: all) to the sink. Throws SqlError; a failure in mid-result always throws. */
  readonly fetch: (maxRows: number, sink: RowSink) => Promise<FetchResult>;
  /** Ends the statement whatever its state and gives the connection back clean, or destroys it. Idempotent. */
  readonly close: () => Promise<void>;
};

export type PoolCounts = {
  /** As many as there may be. */
  readonly size: number;
  readonly open: number;
  readonly idle: number;
  /** Statements that wait for one. */
  readonly waiting: number;
};

export type Warehouse = {
  readonly dialect: 'postgres' | 'duckdb';
  /** Result columns of a query of the model author's, without running it. Throws SqlError 58000 if unreachable; the warehouse's text is in `cause`. */
  readonly describe: (sql: string, bindTypes: readonly PgType[]) => Promise<readonly DescribedColumn[]>;
  readonly execute: (
    statement: WarehouseStatement,
    binds: readonly WarehouseBind[],
    options: ExecuteOptions,
  ) => Promise<WarehouseCursor>;
  /** True when a statement could run now; used by /readyz and at start. */
  readonly ping: () => Promise<boolean>;
  /** Its connections now, for the metrics. */
  readonly pool: () => PoolCounts;
  readonly close: () => Promise<void>;
};
