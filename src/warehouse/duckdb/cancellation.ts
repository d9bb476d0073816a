/** When a statement has to stop: its client's wish or its time. */
import { SqlError, SqlState } from '../../errors.ts';

/** How often a running call is told to stop: an interrupt that comes before DuckDB has begun is forgotten. */
const INTERRUPT_EVERY = 20;
/** Some functions do not look (levenshtein of long strings, large list_transform): the client waits no longer than this. */
const GIVE_UP_AFTER = 800;

/** A value, or the proof that the call is still running and its connection cannot be used or closed yet. */
export class Abandoned extends Error {
  override readonly name = 'Abandoned';
  readonly reason: SqlError;
  /** Settles when DuckDB has returned at last. */
  readonly ended: Promise<void>;

  constructor(reason: SqlError, ended: Promise<void>) {
    super(reason.message);
    this.reason = reason;
    this.ended = ended;
  }
}

export class Cancellation {
  readonly #signal: AbortSignal;
  readonly #timeoutMs: number;
  readonly #controller = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  readonly #onAbort = (): void => this.stop(clientReason(this.#signal));

  constructor(signal: AbortSignal, timeoutMs: number) {
    this.#signal = signal;
    this.#timeoutMs = timeoutMs;
    if (signal.aborted) this.#onAbort();
    else signal.addEventListener('abort', this.#onAbort, { once: true });
    this.startTimer();
  }

  /** Aborts with an SqlError as its reason. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get reason(): SqlError | undefined {
    return this.#controller.signal.aborted ? (this.#controller.signal.reason as SqlError) : undefined;
  }

  startTimer(): void {
    this.stopTimer();
    if (this.#timeoutMs <= 0 || this.reason !== undefined) return;
    const stop = (): void =>
      this.stop(new SqlError(SqlState.queryCanceled, 'canceling statement due to statement timeout'));
    this.#timer = setTimeout(stop, Math.min(this.#timeoutMs, 0x7fff_ffff));
  }

  stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  end(): void {
    this.stopTimer();
    this.#signal.removeEventListener('abort', this.#onAbort);
  }

  /** The first reason counts. */
  stop(reason: SqlError): void {
    this.stopTimer();
    this.#controller.abort(reason);
  }

  /**
   * Waits for a call of DuckDB's and interrupts it when the statement has to stop.
   * @throws the call's own error, the reason when it stopped because of it, or Abandoned when it would not stop
   */
  async guard<T>(call: Promise<T>, interrupt: () => void): Promise<T> {
    if (this.reason === undefined && (await this.#first(call))) return call;
    const timer = setInterval(interrupt, INTERRUPT_EVERY);
    interrupt();
    const ended = call.then(
      () => undefined,
      () => undefined,
    );
    ended.finally(() => clearInterval(timer)).catch(() => undefined);
    const reason = this.reason ?? canceled();
    let giveUp: NodeJS.Timeout | undefined;
    const stopped = await Promise.race([
      ended.then(() => true),
      new Promise<boolean>((resolve) => {
        giveUp = setTimeout(resolve, GIVE_UP_AFTER, false);
      }),
    ]);
    clearTimeout(giveUp);
    if (stopped) throw reason;
    throw new Abandoned(reason, ended);
  }

  /** Waits for something that is not DuckDB's. @throws the reason when the statement has to stop meanwhile */
  async race(wait: Promise<void>): Promise<void> {
    if (!(await this.#first(wait))) throw this.reason;
  }

  /** Whether the promise settled before the abort; rejects as it does. */
  async #first(promise: Promise<unknown>): Promise<boolean> {
    const { signal } = this.#controller;
    if (signal.aborted) return false;
    let onAbort: (() => void) | undefined;
    const aborted = new Promise<boolean>((resolve) => {
      onAbort = () => resolve(false);
      signal.addEventListener('abort', onAbort, { once: true });
    });
    try {
      return await Promise.race([promise.then(() => true), aborted]);
    } finally {
      if (onAbort !== undefined) signal.removeEventListener('abort', onAbort);
    }
  }
}

function clientReason({ reason }: AbortSignal): SqlError {
  return reason instanceof SqlError ? reason : canceled();
}

export function canceled(): SqlError {
  return new SqlError(SqlState.queryCanceled, 'canceling statement due to user request');
}
