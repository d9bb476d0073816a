/** One client's conversation, from ReadyForQuery to the end. */
import { assertNever, notSupported, SqlError, SqlState } from '../errors.ts';
import { MalformedMessage } from '../wire/decode.ts';
import type { FrontendMessage } from '../wire/messages.ts';
import { checkExpiry, type SessionContext } from './context.ts';
import { errorToWire } from './errors-to-wire.ts';
import { runExtended } from './extended-query.ts';
import { redact } from './log.ts';
import { asMilliseconds } from './setting-kinds.ts';
import { runSimpleQuery } from './simple-query.ts';

/**
 * `ready`: between messages, nothing outstanding. `running`: at work on one.
 * `pipelining`: between messages of the extended protocol, before their Sync.
 * `skipping`: after an error in them, until Sync. `closed`: no more messages are read.
 */
export type SessionState = 'ready' | 'running' | 'pipelining' | 'skipping' | 'closed';

export class Session {
  readonly context: SessionContext;
  readonly #idleTimeoutMs: number;
  #state: SessionState = 'ready';
  #stateSince = new Date();
  #draining = false;
  #idleTimer: NodeJS.Timeout | undefined;

  /** @param idleTimeoutMs the operator's; 0 for none */
  constructor(context: SessionContext, idleTimeoutMs: number) {
    this.context = context;
    this.#idleTimeoutMs = idleTimeoutMs;
  }

  get state(): SessionState {
    return this.#state;
  }

  /** When it became ready, or began to work. */
  get stateSince(): Date {
    return this.#stateSince;
  }

  /** Serves messages until the client goes, or is sent away. Never rejects. */
  async serve(): Promise<void> {
    const { connection, portals, running } = this.context;
    connection.signal.addEventListener('abort', () => running.stop('disconnected'), { once: true });
    await this.#ready();
    while (this.#state !== 'closed') {
      this.#waitForClient();
      const received = await this.#receive();
      clearTimeout(this.#idleTimer);
      if (received === undefined) break;
      await this.#handle(received);
    }
    this.#state = 'closed';
    await portals.closeAll().catch((error: unknown) => {
      this.context.log.warn({ err: error }, 'a cursor did not close');
    });
  }

  /** No further statement: an idle session ends now, a working one after its present message. */
  drain(): void {
    this.#draining = true;
    if (this.#state === 'ready') this.#end(shuttingDown());
  }

  /** The drain's time is over. */
  stop(): void {
    this.#draining = true;
    if (this.context.running.active) this.context.running.stop('shutdown');
    else this.#end(shuttingDown());
  }

  async #receive(): Promise<FrontendMessage | SqlError | undefined> {
    try {
      return await this.context.connection.next();
    } catch (error) {
      if (error instanceof SqlError) return error;
      throw error;
    }
  }

  async #handle(received: FrontendMessage | SqlError): Promise<void> {
    if (received instanceof SqlError) {
      const type = received instanceof MalformedMessage ? received.messageType : 'frame';
      if (this.#state !== 'skipping' || received.severity === 'FATAL') await this.#fail(received, type, undefined);
      return;
    }
    if (received.type === 'terminate') {
      this.#state = 'closed';
      return;
    }
    if (this.#state === 'skipping' && received.type !== 'sync') return;
    const before = this.#state;
    if (before === 'ready') this.#stateSince = new Date();
    this.#state = 'running';
    try {
      await this.#dispatch(received, before);
    } catch (error) {
      await this.#fail(error, received.type, sqlOf(received));
    }
  }

  async #dispatch(message: FrontendMessage, before: SessionState): Promise<void> {
    const { context } = this;
    switch (message.type) {
      case 'query':
        checkExpiry(context.acting.actor);
        context.log.debug({ sql: redact(message.sql) }, 'query');
        await runSimpleQuery(context, message.sql);
        await this.#ready();
        return;
      case 'parse':
        context.log.debug({ sql: redact(message.sql) }, 'parse');
        checkExpiry(context.acting.actor);
        break;
      case 'bind':
      case 'execute':
      case 'describe':
        checkExpiry(context.acting.actor);
        break;
      case 'close':
      case 'flush':
        break;
      case 'sync':
        await runExtended(context, message);
        await this.#ready();
        return;
      case 'function-call':
        throw notSupported('a function call message');
      case 'copy-data':
      case 'copy-done':
      case 'copy-fail':
        // What is left over of a COPY that failed (protocol, "COPY Operations").
        this.#state = before;
        return;
      case 'password':
        throw new SqlError(SqlState.protocolViolation, 'unexpected password message', { severity: 'FATAL' });
      case 'terminate':
        return;
      default:
        return assertNever(message, 'dispatch');
    }
    await runExtended(context, message);
    this.#state = 'pipelining';
  }

  /** The one place that knows what follows an error: Query → ReadyForQuery; extended → skip to Sync; FATAL → the end. */
  async #fail(error: unknown, type: MalformedMessage['messageType'], sql: string | undefined): Promise<void> {
    const { connection, log, portals, transaction } = this.context;
    const level = transaction.level;
    transaction.fail();
    if (transaction.state === 'failed') await this.#release(() => portals.fail(level));
    else await this.#release(() => portals.endTransaction(false));
    const wire = errorToWire(error, sql, log);
    if (error instanceof SqlError && error.severity === 'FATAL') {
      // PostgreSQL closes without a word on what is no frame of the protocol; saying why harms nobody.
      connection.send(wire);
      this.#state = 'closed';
      await connection.close();
      return;
    }
    connection.send(wire);
    switch (type) {
      case 'query':
      case 'function-call':
        await this.#ready();
        return;
      case 'startup':
      case 'frame':
      case 'password':
      case 'terminate':
      case 'parse':
      case 'bind':
      case 'describe':
      case 'execute':
      case 'close':
      case 'sync':
      case 'flush':
      case 'copy-data':
      case 'copy-done':
      case 'copy-fail':
        this.#state = 'skipping';
        // Clients that sent Flush instead of Sync wait for this.
        await connection.flush();
        return;
      default:
        assertNever(type, 'fail');
    }
  }

  async #release(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.context.log.warn({ err: error }, 'a cursor did not close');
    }
  }

  /** ReadyForQuery, with what of the settings the client has not heard yet. */
  async #ready(): Promise<void> {
    const { connection, settings, transaction } = this.context;
    for (const [name, value] of settings.takeChanges()) connection.send({ type: 'parameter-status', name, value });
    connection.send({ type: 'ready-for-query', status: transaction.status });
    this.#state = 'ready';
    this.#stateSince = new Date();
    if (this.#draining) this.#end(shuttingDown());
    else await connection.flush();
  }

  /** From outside the loop: says why and closes, which ends the loop's wait. */
  #end(reason: SqlError): void {
    const { connection, log } = this.context;
    this.#state = 'closed';
    connection.send(errorToWire(reason, undefined, log));
    void connection.close();
  }

  #waitForClient(): void {
    const { settings, transaction } = this.context;
    const inTransaction = transaction.status !== 'I';
    const own = asMilliseconds(
      settings.values.get(inTransaction ? 'idle_in_transaction_session_timeout' : 'idle_session_timeout') ?? '0',
    );
    const limit = own === 0 ? this.#idleTimeoutMs : Math.min(own, this.#idleTimeoutMs || own);
    if (limit === 0) return;
    this.#idleTimer = setTimeout(() => this.#end(idleTooLong(inTransaction && limit === own)), limit);
  }
}

function sqlOf(message: FrontendMessage): string | undefined {
  return message.type === 'query' || message.type === 'parse' ? message.sql : undefined;
}

function shuttingDown(): SqlError {
  return new SqlError(SqlState.adminShutdown, 'terminating connection due to administrator command', {
    severity: 'FATAL',
  });
}

/** 25P03 and 57P05, as ProcessInterrupts words them. */
function idleTooLong(inTransaction: boolean): SqlError {
  return inTransaction
    ? new SqlError('25P03', 'terminating connection due to idle-in-transaction timeout', { severity: 'FATAL' })
    : new SqlError('57P05', 'terminating connection due to idle-session timeout', { severity: 'FATAL' });
}
