/**
 * At most so many backends, handed out first come, first served. A backend belongs to one statement from its first
 * message until it is idle again (security case F08); one that is not clean is never handed out.
 */
import { SqlError, SqlState } from '../../errors.ts';
import type { PoolCounts } from '../warehouse.ts';
import type { Backend } from './backend.ts';
import { cancelled, unreachable } from './faults.ts';
import type { WarehouseLog } from './log.ts';

/** How long close() waits for statements that run. */
const CLOSE_MS = 5_000;

/** Who waits for a backend, and how long. */
export type Waiter = {
  readonly signal: AbortSignal | undefined;
  /** On performance.now()'s clock; Infinity for none. */
  readonly deadline: number;
  /** Set once it has to wait: ends the waiting with this reason, and does nothing afterwards. */
  giveUp: ((reason: unknown) => void) | undefined;
};

type Queued = { readonly take: (backend: Backend) => void; readonly fail: (reason: unknown) => void };

export class Pool {
  readonly #size: number;
  readonly #open: (onLost: (backend: Backend) => void) => Promise<Backend>;
  readonly #log: WarehouseLog;
  readonly #backends = new Set<Backend>();
  /** The last one released is the first to go out: it has the most statements prepared and its caches warm. */
  readonly #idle: Backend[] = [];
  /** Those who wait, in order. */
  readonly #queue = new Set<Queued>();
  #opening = 0;
  #closed = false;
  #onEmpty: () => void = () => {};

  constructor(size: number, open: (onLost: (backend: Backend) => void) => Promise<Backend>, log: WarehouseLog) {
    this.#size = size;
    this.#open = open;
    this.#log = log;
  }

  get counts(): PoolCounts {
    return {
      size: this.#size,
      open: this.#backends.size,
      idle: this.#idle.length,
      waiting: this.#queue.size,
    };
  }

  /**
   * A backend that is idle and, until it is released, the caller's.
   * @throws SqlError 57014 when the signal or the deadline comes first, 58000 when no connection can be made,
   * 57P01 when the pool is closed
   */
  acquire(waiter: Waiter): Promise<Backend> {
    if (this.#closed) return Promise.reject(shuttingDown());
    if (waiter.signal?.aborted) return Promise.reject(cancelled('request'));
    const idle = this.#idle.pop();
    return idle === undefined ? this.#wait(waiter) : Promise.resolve(idle);
  }

  /** Takes a backend back, in whatever state: it is made clean, or closed. */
  release(backend: Backend): void {
    if (backend.idle) {
      this.#offer(backend);
      return;
    }
    backend.settle().then(
      (clean) => (clean ? this.#offer(backend) : this.#discard(backend)),
      () => this.#discard(backend),
    );
  }

  /** Nobody gets a backend from here on; those at work have a few seconds left. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const queued of this.#queue) queued.fail(shuttingDown());
    for (const backend of this.#idle.splice(0)) this.#discard(backend);
    if (this.#backends.size + this.#opening === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        for (const backend of this.#backends) this.#discard(backend);
        resolve();
      }, CLOSE_MS);
      this.#onEmpty = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #wait(waiter: Waiter): Promise<Backend> {
    return new Promise((resolve, reject) => {
      const left = waiter.deadline - performance.now();
      const leave = (): void => {
        this.#queue.delete(queued);
        waiter.signal?.removeEventListener('abort', onAbort);
        clearTimeout(timer);
      };
      const queued: Queued = {
        take: (backend) => {
          leave();
          resolve(backend);
        },
        fail: (reason) => {
          leave();
          reject(reason);
        },
      };
      const onAbort = (): void => queued.fail(cancelled('request'));
      const onOverdue = (): void => queued.fail(cancelled('timeout'));
      const timer = Number.isFinite(left) ? setTimeout(onOverdue, Math.max(left, 0)) : undefined;
      waiter.signal?.addEventListener('abort', onAbort);
      waiter.giveUp = queued.fail;
      this.#queue.add(queued);
      this.#openMore();
    });
  }

  /** One connection for each that waits, up to the size. */
  #openMore(): void {
    while (this.#opening < this.#queue.size && this.#backends.size + this.#opening < this.#size) {
      this.#opening++;
      this.#open((backend) => this.#lost(backend)).then(
        (backend) => {
          this.#opening--;
          this.#backends.add(backend);
          this.#offer(backend);
        },
        (error) => {
          this.#opening--;
          this.#log.error({ err: error }, 'cannot connect to the warehouse');
          const [first] = this.#queue;
          first?.fail(unreachable(error));
          this.#openMore();
          this.#tellIfEmpty();
        },
      );
    }
  }

  #offer(backend: Backend): void {
    const [first] = this.#queue;
    if (this.#closed || !backend.usable) this.#discard(backend);
    else if (first !== undefined) first.take(backend);
    else this.#idle.push(backend);
  }

  #discard(backend: Backend): void {
    backend.end();
    this.#lost(backend);
  }

  #lost(backend: Backend): void {
    this.#backends.delete(backend);
    const idle = this.#idle.indexOf(backend);
    if (idle >= 0) this.#idle.splice(idle, 1);
    if (!this.#closed) this.#openMore();
    this.#tellIfEmpty();
  }

  #tellIfEmpty(): void {
    if (this.#backends.size + this.#opening === 0) this.#onEmpty();
  }
}

function shuttingDown(): SqlError {
  return new SqlError(SqlState.adminShutdown, 'terminating connection due to administrator command');
}
