/**
 * The statement that a session runs at the moment, and what may stop it: a CancelRequest, its time limit, the end of
 * the token, the client's going away, a shutdown.
 */
import { SqlError, SqlState } from '../errors.ts';

export type StopReason = 'cancelled' | 'timeout' | 'expired' | 'disconnected' | 'shutdown';

/** How long a stopped statement may wait for a client that does not read before the client is dropped (case E32). */
const BLOCKED_GRACE_MS = 5_000;

export class RunningStatement {
  readonly #dropClient: () => void;
  #active = false;
  #reason: StopReason | undefined;
  #targets: readonly AbortController[] = [];
  #blockedTimer: NodeJS.Timeout | undefined;
  #blocked = false;

  /** @param dropClient ends the connection: the only way out when a stopped statement cannot hand over its rows */
  constructor(dropClient: () => void) {
    this.#dropClient = dropClient;
  }

  get active(): boolean {
    return this.#active;
  }

  /** Has no effect unless a statement runs: a cancel that comes late must not hit the next one (case E33). */
  stop(reason: StopReason): void {
    if (!this.#active) return;
    this.#reason ??= reason;
    for (const target of this.#targets) target.abort();
    if (this.#blocked) this.#dropLater();
  }

  /**
   * @param timeoutMs 0 for none
   * @param timeoutReason what its passing means
   * @throws what `work` throws; the error of the reason once the statement was stopped
   */
  async run<T>(timeoutMs: number, timeoutReason: StopReason, work: () => Promise<T>): Promise<T> {
    this.#active = true;
    const timer = timeoutMs > 0 ? setTimeout(() => this.stop(timeoutReason), timeoutMs) : undefined;
    try {
      return await work();
    } catch (error) {
      throw this.#reason === undefined ? error : stopped(this.#reason, error);
    } finally {
      clearTimeout(timer);
      this.#active = false;
      this.#reason = undefined;
      this.#targets = [];
    }
  }

  /**
   * From now until the end of the run a stop aborts this too.
   * @throws when the statement has been stopped already
   */
  attach(target: AbortController): void {
    if (this.#reason !== undefined) {
      target.abort();
      throw stopped(this.#reason, undefined);
    }
    this.#targets = [...this.#targets, target];
  }

  /** Watches a write that waits for the client, so that a statement can be stopped even then. */
  guard(write: Promise<void>): Promise<void> {
    this.#blocked = true;
    if (this.#reason !== undefined) this.#dropLater();
    return write.finally(() => {
      this.#blocked = false;
      clearTimeout(this.#blockedTimer);
      this.#blockedTimer = undefined;
    });
  }

  #dropLater(): void {
    this.#blockedTimer ??= setTimeout(this.#dropClient, BLOCKED_GRACE_MS);
  }
}

function stopped(reason: StopReason, cause: unknown): SqlError {
  switch (reason) {
    case 'cancelled':
    case 'disconnected':
      return new SqlError(SqlState.queryCanceled, 'canceling statement due to user request', { cause });
    case 'timeout':
      return new SqlError(SqlState.queryCanceled, 'canceling statement due to statement timeout', { cause });
    case 'expired':
      return new SqlError(SqlState.invalidAuthorization, 'the token has expired', { severity: 'FATAL', cause });
    case 'shutdown':
      return new SqlError(SqlState.adminShutdown, 'terminating connection due to administrator command', {
        severity: 'FATAL',
        cause,
      });
  }
}
