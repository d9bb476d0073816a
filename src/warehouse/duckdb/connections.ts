/** At most `size` DuckDB connections, each lent to one statement at a time and kept with its prepared statements. */
import type { DuckDBConnection, DuckDBInstance, DuckDBPreparedStatement } from '@duckdb/node-api';
import { StatementType } from '@duckdb/node-api';
import { SqlError, SqlState } from '../../errors.ts';
import type { PoolCounts } from '../warehouse.ts';
import { CREATE_MACROS } from './numeric-macros.ts';

/** Plans are remembered by text; the least recently used goes first. */
const PREPARED_PER_CONNECTION = 64;

export class LentConnection {
  readonly connection: DuckDBConnection;
  readonly #prepared = new Map<string, DuckDBPreparedStatement>();

  constructor(connection: DuckDBConnection) {
    this.connection = connection;
  }

  /**
   * Prepares exactly one SELECT (AD17). Only SELECTs run on a connection once it has its macros, and they leave nothing behind on it
   * (AD14, AD15: temporary objects, variables and settings need other statements), so it may be used again.
   * @throws DuckDB's own error, or SqlError XX000 for anything but one SELECT
   */
  async prepare(sql: string): Promise<DuckDBPreparedStatement> {
    const known = this.#prepared.get(sql);
    if (known !== undefined) {
      this.#prepared.delete(sql);
      this.#prepared.set(sql, known);
      return known;
    }
    const prepared = await prepareSelect(this.connection, sql);
    this.#prepared.set(sql, prepared);
    for (const [oldest, statement] of this.#prepared) {
      if (this.#prepared.size <= PREPARED_PER_CONNECTION) break;
      this.#prepared.delete(oldest);
      statement.destroySync();
    }
    return prepared;
  }

  destroy(): void {
    this.#prepared.clear();
    this.connection.closeSync();
  }
}

/** DuckDB's parser stops at a NUL, so what is behind one would be prepared by nobody and checked by nobody. */
export async function prepareSelect(connection: DuckDBConnection, sql: string): Promise<DuckDBPreparedStatement> {
  if (sql.includes('\0')) throw notOneSelect();
  const statements = await connection.extractStatements(sql);
  if (statements.count !== 1) throw notOneSelect();
  const prepared = await statements.prepare(0);
  if (prepared.statementType === StatementType.SELECT) return prepared;
  prepared.destroySync();
  throw notOneSelect();
}

function notOneSelect(): SqlError {
  return new SqlError(SqlState.internalError, 'the warehouse is asked for anything but one SELECT');
}

type Waiting = { readonly resolve: (lent: LentConnection) => void; readonly reject: (error: Error) => void };

export class Connections {
  readonly #instance: DuckDBInstance;
  readonly #size: number;
  readonly #idle: LentConnection[] = [];
  readonly #waiting: Waiting[] = [];
  /** Lent, idle or being opened. */
  #open = 0;
  #closed = false;
  #drained: (() => void) | undefined;

  constructor(instance: DuckDBInstance, size: number) {
    this.#instance = instance;
    this.#size = size;
  }

  get counts(): PoolCounts {
    return { size: this.#size, open: this.#open, idle: this.#idle.length, waiting: this.#waiting.length };
  }

  /** Waits for its turn, first come first served. @throws the signal's reason when it aborts before */
  async borrow(signal: AbortSignal): Promise<LentConnection> {
    signal.throwIfAborted();
    if (this.#closed) throw closedError();
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    if (this.#open < this.#size) return this.#connect();
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        reject(signal.reason);
      };
      const done = (): void => signal.removeEventListener('abort', onAbort);
      const waiting: Waiting = {
        resolve: (lent) => {
          done();
          resolve(lent);
        },
        reject: (error) => {
          done();
          reject(error);
        },
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiting.push(waiting);
    });
  }

  async #connect(): Promise<LentConnection> {
    this.#open++;
    try {
      const connection = await this.#instance.connect();
      await connection.run(CREATE_MACROS);
      return new LentConnection(connection);
    } catch (error) {
      this.#open--;
      throw error;
    }
  }

  /** @param clean its last statement has ended by itself; otherwise the connection is destroyed */
  giveBack(lent: LentConnection, clean: boolean): void {
    if (clean && !this.#closed) {
      const next = this.#waiting.shift();
      if (next !== undefined) next.resolve(lent);
      else this.#idle.push(lent);
      return;
    }
    lent.destroy();
    this.#open--;
    this.#settle();
    const next = this.#waiting.shift();
    if (next !== undefined) this.#connect().then(next.resolve, next.reject);
  }

  /** Refuses new statements and waits until the lent connections are back. */
  async close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      for (const waiting of this.#waiting.splice(0)) waiting.reject(closedError());
      for (const lent of this.#idle.splice(0)) {
        lent.destroy();
        this.#open--;
      }
    }
    if (this.#open === 0) return;
    await new Promise<void>((resolve) => {
      const before = this.#drained;
      this.#drained = () => {
        before?.();
        resolve();
      };
    });
  }

  #settle(): void {
    if (this.#closed && this.#open === 0) this.#drained?.();
  }
}

function closedError(): SqlError {
  return new SqlError(SqlState.warehouseUnavailable, 'the warehouse is closed');
}
