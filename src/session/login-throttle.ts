/**
 * Failed sign-ins wait for their answer, the longer the more of them came from one address (security case D25).
 * Nobody is locked out: a good password is answered at once, whoever else fails at the same address or with the same
 * name. How many may wait at a time is the listener's limit of connections that have not signed in.
 */

/** Failures that cost nothing: typing errors, and a pool that reconnects with an old token. */
const FREE = 5;
const FIRST_MS = 100;
const LONGEST_MS = 5_000;
/** One failure is forgiven in this time. */
const FORGIVEN_AFTER_MS = 3_000;
const MOST_ADDRESSES = 10_000;

type Failures = { readonly count: number; readonly at: number };

export class LoginThrottle {
  readonly #now: () => number;
  readonly #byAddress = new Map<string, Failures>();

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** @param signal ends the waiting: the client has gone */
  async failed(address: string | undefined, signal: AbortSignal): Promise<void> {
    const ms = this.delayAfterFailure(address);
    if (ms === 0 || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal.addEventListener('abort', done);
    });
  }

  /** Counts one more failure. @returns how long its answer waits, in milliseconds */
  delayAfterFailure(address = ''): number {
    const count = this.#countOf(address) + 1;
    // The latest stands last, so that the first is the one to forget.
    this.#byAddress.delete(address);
    this.#byAddress.set(address, { count, at: this.#now() });
    if (this.#byAddress.size > MOST_ADDRESSES) {
      const [oldest] = this.#byAddress.keys();
      if (oldest !== undefined) this.#byAddress.delete(oldest);
    }
    const over = count - FREE;
    return over <= 0 ? 0 : Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(over - 1, 10));
  }

  #countOf(address: string): number {
    const failures = this.#byAddress.get(address);
    if (failures === undefined) return 0;
    return Math.max(0, failures.count - Math.floor((this.#now() - failures.at) / FORGIVEN_AFTER_MS));
  }
}
