/** A running statement: chunks are fetched as the client takes rows, one chunk ahead. */
import { type DuckDBDataChunk, type DuckDBResult, ResultReturnType } from '@duckdb/node-api';
import { SqlError, SqlState } from '../../errors.ts';
import type { FetchResult, RowSink, WarehouseCursor } from '../warehouse.ts';
import { Abandoned, type Cancellation, canceled } from './cancellation.ts';
import type { Connections, LentConnection } from './connections.ts';
import type { ChunkEncoder } from './frames.ts';

export type CursorParts = {
  readonly result: DuckDBResult;
  readonly encoder: ChunkEncoder;
  readonly cancellation: Cancellation;
  /** Runs the statement again without its rows, to learn why it failed; resolves when it does not. */
  readonly diagnose: () => Promise<void>;
  /** Maps and logs an error of DuckDB's. */
  readonly translate: (error: unknown) => SqlError;
  readonly lent: LentConnection;
  readonly connections: Connections;
};

export class DuckdbCursor implements WarehouseCursor {
  readonly #parts: CursorParts;
  #next: Promise<DuckDBDataChunk | null> | undefined;
  #state: 'open' | 'done' | 'failed' | 'closed' = 'open';
  #failure: unknown;
  #sinkFailed = false;
  #fetching: Promise<unknown> | undefined;
  #fetched = false;
  #released: Promise<void> | undefined;
  readonly #streamed: boolean;

  constructor(parts: CursorParts) {
    this.#parts = parts;
    this.#streamed = parts.result.isStreaming;
    this.#prefetch();
  }

  fetch(maxRows: number, sink: RowSink): Promise<FetchResult> {
    if (this.#fetching !== undefined) return Promise.reject(new Error('a fetch is still running'));
    const running = this.#fetch(maxRows, sink).finally(() => {
      this.#fetching = undefined;
    });
    this.#fetching = running;
    return running;
  }

  async #fetch(maxRows: number, sink: RowSink): Promise<FetchResult> {
    const { cancellation } = this.#parts;
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#state === 'done') return { rows: 0, done: true };
    if (this.#state === 'closed') throw new Error('the cursor is closed');
    // The first fetch shares the time of execute; each further one has its own, as each Execute message has.
    if (this.#fetched) cancellation.startTimer();
    this.#fetched = true;
    try {
      const rows = await this.#deliver(maxRows === 0 ? Number.POSITIVE_INFINITY : maxRows, sink);
      cancellation.stopTimer();
      return { rows, done: this.#isDone() };
    } catch (error) {
      this.#state = 'failed';
      const failure = this.#failureOf(error);
      this.#failure = failure;
      await this.#release(false, error instanceof Abandoned ? error.ended : undefined);
      throw failure;
    }
  }

  #isDone(): boolean {
    return this.#state === 'done';
  }

  async #deliver(limit: number, sink: RowSink): Promise<number> {
    const { encoder, cancellation } = this.#parts;
    let delivered = 0;
    for (;;) {
      while (encoder.remaining > 0 && delivered < limit) {
        if (cancellation.reason !== undefined) throw cancellation.reason;
        const { bytes, rows } = encoder.take(limit - delivered);
        delivered += rows;
        const full = this.#write(sink, bytes, rows);
        if (full !== undefined) await cancellation.race(full);
      }
      if (delivered >= limit) return delivered;
      if (!(await this.#loadNext())) return delivered;
    }
  }

  /** What the client's side throws is not DuckDB's and goes to the caller as it is. */
  #write(sink: RowSink, bytes: Buffer, rows: number): Promise<void> | undefined {
    const failed = (error: unknown): never => {
      this.#sinkFailed = true;
      throw error;
    };
    try {
      return sink.write(bytes, rows)?.catch(failed);
    } catch (error) {
      return failed(error);
    }
  }

  #failureOf(error: unknown): unknown {
    if (error instanceof Abandoned) return error.reason;
    return this.#sinkFailed ? error : this.#parts.translate(error);
  }

  /** @returns false at the end of the result */
  async #loadNext(): Promise<boolean> {
    const { encoder, cancellation, lent } = this.#parts;
    if (this.#next === undefined) throw new Error('no chunk was asked for');
    const chunk = await cancellation.guard(this.#next, () => lent.connection.interrupt());
    if (chunk === null || chunk.rowCount === 0) {
      await this.#finish();
      return false;
    }
    this.#prefetch();
    encoder.load(chunk);
    return true;
  }

  #prefetch(): void {
    this.#next = this.#parts.result.fetchChunk();
    // Whoever waits for it hears of its failure; when the cursor is closed before, nobody does.
    this.#next.catch(() => undefined);
  }

  /**
   * DuckDB's streaming ends with "no more rows" also when the statement failed or was interrupted half way: the C API
   * returns NULL for both, and the node bindings lack duckdb_result_error. But a failed result has no return type
   * (duckdb_result_return_type answers INVALID) and is no longer streaming, so every end is asked for it. A result that
   * was not streamed has failed before its first row or not at all.
   */
  async #finish(): Promise<void> {
    const { result, cancellation, diagnose } = this.#parts;
    this.#next = undefined;
    const ended = result.returnType === ResultReturnType.QUERY_RESULT && result.isStreaming === this.#streamed;
    if (cancellation.reason !== undefined) throw cancellation.reason;
    if (!ended) {
      await diagnose();
      throw new SqlError(SqlState.warehouseUnavailable, 'the warehouse ended the result before its last row');
    }
    this.#state = 'done';
    await this.#release(true);
  }

  async close(): Promise<void> {
    if (this.#fetching !== undefined) {
      this.#parts.cancellation.stop(canceled());
      await this.#fetching.catch(() => undefined);
    }
    if (this.#state === 'open') {
      this.#state = 'closed';
      this.#parts.lent.connection.interrupt();
      await this.#release(false);
    }
    await this.#released;
  }

  #release(clean: boolean, abandoned?: Promise<void>): Promise<void> {
    this.#released ??= this.#giveBack(clean, abandoned);
    return this.#released;
  }

  async #giveBack(clean: boolean, abandoned: Promise<void> | undefined): Promise<void> {
    const { cancellation, encoder, connections, lent } = this.#parts;
    cancellation.end();
    encoder.drop();
    if (abandoned !== undefined) {
      // Closing a connection waits for its statement, on the main thread: not before DuckDB has let go.
      abandoned.then(() => connections.giveBack(lent, false)).catch(() => undefined);
      return;
    }
    const pending = this.#next;
    this.#next = undefined;
    if (pending === undefined || clean) return connections.giveBack(lent, clean);
    const interrupting = setInterval(() => lent.connection.interrupt(), 20);
    pending
      .catch(() => undefined)
      .finally(() => {
        clearInterval(interrupting);
        connections.giveBack(lent, false);
      })
      .catch(() => undefined);
  }
}
