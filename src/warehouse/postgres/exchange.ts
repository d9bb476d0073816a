/**
 * One request to the backend and what is known of its answer so far.
 */
import type { SqlError } from '../../errors.ts';
import type { RowSink } from '../warehouse.ts';
import { cancelled } from './faults.ts';
import type { BackendError, Field } from './replies.ts';

export type Request = {
  readonly bytes: Uint8Array;
  /** Sync messages in it: as many ReadyForQuery end it. */
  readonly syncs: number;
  /** Undefined: rows are dropped. */
  readonly sink: RowSink | undefined;
  readonly signal: AbortSignal | undefined;
  /** On performance.now()'s clock; Infinity for none. */
  readonly deadline: number;
  /** Looks at the RowDescription before the first row; what it returns ends the statement. */
  readonly checkColumns?: (columns: readonly Field[]) => SqlError | undefined;
};

export type Outcome = {
  readonly rows: number;
  /** The portal has more rows. */
  readonly suspended: boolean;
  readonly error: BackendError | undefined;
  readonly columns: readonly Field[] | undefined;
  /** ParseComplete messages received. */
  readonly parsed: number;
};

export type Exchange = {
  sink: RowSink | undefined;
  syncs: number;
  rows: number;
  suspended: boolean;
  error: BackendError | undefined;
  columns: readonly Field[] | undefined;
  parsed: number;
  readonly checkColumns: Request['checkColumns'];
  /** Why it must end, once it must. */
  interruption: { readonly reason: unknown } | undefined;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (reason: unknown) => void;
  /** Removes the timer and the listener on the signal. */
  stopWatching: () => void;
  /** Called when the backend is through with it. */
  ended: () => void;
};

export function newExchange(
  request: Request,
  resolve: (outcome: Outcome) => void,
  reject: (reason: unknown) => void,
): Exchange {
  return {
    sink: request.sink,
    syncs: request.syncs,
    rows: 0,
    suspended: false,
    error: undefined,
    columns: undefined,
    parsed: 0,
    checkColumns: request.checkColumns,
    interruption: undefined,
    resolve,
    reject,
    stopWatching: () => {},
    ended: () => {},
  };
}

/** Calls `interrupt` with a 57014 when the signal aborts or the deadline passes, until stopWatching(). */
export function watch(
  exchange: Exchange,
  { signal, deadline }: Pick<Request, 'signal' | 'deadline'>,
  interrupt: (reason: SqlError) => void,
): void {
  const onAbort = (): void => interrupt(cancelled('request'));
  signal?.addEventListener('abort', onAbort);
  const left = deadline - performance.now();
  const onOverdue = (): void => interrupt(cancelled('timeout'));
  const timer = Number.isFinite(left) ? setTimeout(onOverdue, Math.max(left, 0)) : undefined;
  exchange.stopWatching = () => {
    signal?.removeEventListener('abort', onAbort);
    clearTimeout(timer);
  };
}
