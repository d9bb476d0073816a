/** All sessions of this server: their number, their keys for cancelling, and their end. */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Identity } from '../access/context.ts';
import { SqlState } from '../errors.ts';
import type { Session } from './session.ts';
import { fatal } from './startup-options.ts';
import type { LatestStatement } from './statement-record.ts';

/** A place among the sessions, held from sign-in on. */
export type Seat = {
  readonly pid: number;
  /** For CancelRequest: who has it may stop this session's statement. */
  readonly secret: Buffer;
  readonly take: (session: Session) => void;
  readonly leave: () => void;
};

/** As pg_stat_activity has it. */
type ActivityState = 'active' | 'idle' | 'idle in transaction' | 'idle in transaction (aborted)';

/** For semwire.sessions and pg_stat_activity. */
export type SessionInfo = {
  readonly pid: number;
  readonly identity: Identity;
  readonly applicationName: string;
  readonly clientAddress: string | undefined;
  readonly clientPort: number | undefined;
  readonly state: ActivityState;
  /** When it came to that state. */
  readonly stateSince: Date;
  /** When its transaction began; undefined between two. */
  readonly transactionSince: Date | undefined;
  /** The one that runs, or ran last. */
  readonly statement: LatestStatement | undefined;
  readonly since: Date;
};

/** Whom limits count: the verified subject with its issuer, never the startup packet's user. */
export function subjectKey({ issuer, subject }: Identity): string {
  return JSON.stringify([issuer ?? null, subject ?? null]);
}

type Entry = { readonly secret: Buffer; readonly user: string; readonly since: Date; session: Session | undefined };

/** Process ids are positive 32-bit integers. */
const MAX_PID = 2 ** 31 - 1;

export class Sessions {
  readonly #most: number;
  readonly #mostPerUser: number;
  readonly #byPid = new Map<number, Entry>();
  readonly #perUser = new Map<string, number>();
  #lastPid = randomBytes(4).readUInt32BE() % 1_000_000;
  #onEmpty: (() => void) | undefined;

  constructor(most: number, mostPerUser: number) {
    this.#most = most;
    this.#mostPerUser = mostPerUser;
  }

  get size(): number {
    return this.#byPid.size;
  }

  /** @throws SqlError FATAL 53300; who is counted is the verified subject, never the startup packet's user */
  enter(identity: Identity): Seat {
    if (this.#byPid.size >= this.#most) throw fatal(SqlState.tooManyConnections, 'sorry, too many clients already');
    const user = subjectKey(identity);
    const held = this.#perUser.get(user) ?? 0;
    if (held >= this.#mostPerUser) {
      throw fatal(SqlState.tooManyConnections, `too many connections for role "${identity.user}"`);
    }
    const pid = this.#nextPid();
    const entry: Entry = { secret: randomBytes(4), user, since: new Date(), session: undefined };
    this.#byPid.set(pid, entry);
    this.#perUser.set(user, held + 1);
    return {
      pid,
      secret: entry.secret,
      take: (session) => {
        entry.session = session;
      },
      leave: () => this.#leave(pid),
    };
  }

  /**
   * CancelRequest: stops what the session runs now, and says nothing to anybody (case E33).
   * @returns the session whose key it was, for the audit log
   */
  cancel(pid: number, secret: Uint8Array): Session | undefined {
    const entry = this.#byPid.get(pid);
    // Compared even where there is nobody, so that time does not tell which pids exist.
    const expected = entry?.secret ?? NOBODY;
    const matches = secret.length === expected.length && timingSafeEqual(secret, expected);
    if (!matches) return undefined;
    entry?.session?.context.running.stop('cancelled');
    return entry?.session;
  }

  /** By SQL; who may is for the caller to know. @returns the session, for the audit log; undefined when there is none */
  cancelByPid(pid: number): Session | undefined {
    const session = this.#byPid.get(pid)?.session;
    session?.context.running.stop('cancelled');
    return session;
  }

  /** As cancelByPid; the session ends, its statement with it. */
  terminate(pid: number): Session | undefined {
    const session = this.#byPid.get(pid)?.session;
    session?.stop();
    return session;
  }

  list(): readonly SessionInfo[] {
    return [...this.#byPid].flatMap(([pid, { session, since }]) =>
      session === undefined
        ? []
        : {
            pid,
            identity: session.context.acting.current,
            applicationName: session.context.settings.values.get('application_name') ?? '',
            clientAddress: session.context.connection.remoteAddress,
            clientPort: session.context.connection.remotePort,
            state: activityOf(session),
            stateSince: session.stateSince,
            transactionSince: session.context.transaction.since,
            statement: session.context.records.latest,
            since,
          },
    );
  }

  /** Idle sessions end now, working ones after their statement, all within the time. Settles when nobody is left. */
  async drain(withinMs: number): Promise<void> {
    const each = (act: (session: Session) => void): void => {
      for (const { session } of this.#byPid.values()) if (session !== undefined) act(session);
    };
    each((session) => session.drain());
    if (this.#byPid.size === 0) return;
    const timer = setTimeout(() => each((session) => session.stop()), withinMs);
    await new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
    });
    clearTimeout(timer);
  }

  #leave(pid: number): void {
    const entry = this.#byPid.get(pid);
    if (entry === undefined) return;
    this.#byPid.delete(pid);
    const left = (this.#perUser.get(entry.user) ?? 1) - 1;
    if (left === 0) this.#perUser.delete(entry.user);
    else this.#perUser.set(entry.user, left);
    if (this.#byPid.size === 0) this.#onEmpty?.();
  }

  #nextPid(): number {
    do this.#lastPid = this.#lastPid >= MAX_PID ? 1 : this.#lastPid + 1;
    while (this.#byPid.has(this.#lastPid));
    return this.#lastPid;
  }
}

function activityOf({ state, context }: Session): ActivityState {
  if (state !== 'ready') return 'active';
  switch (context.transaction.status) {
    case 'I':
      return 'idle';
    case 'T':
      return 'idle in transaction';
    case 'E':
      return 'idle in transaction (aborted)';
  }
}

const NOBODY = randomBytes(4);
