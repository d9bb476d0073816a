/**
 * One connection to the warehouse: requests go out in one write, DataRow frames pass to a sink, and whatever happens
 * the next request finds the backend idle or the connection gone.
 */
import type { SqlError } from '../../errors.ts';
import { type Ask, type Connection, connectServer, type Server } from './connect.ts';
import { type Exchange, newExchange, type Outcome, type Request, watch } from './exchange.ts';
import { cancelled, clientError, rowTooLarge, unreachable } from './faults.ts';
import { FrameReader } from './frames.ts';
import type { WarehouseLog } from './log.ts';
import { type BackendError, Reply, readError, readParameterStatus, readRowDescription } from './replies.ts';
import { RequestWriter, TERMINATE } from './requests.ts';
import { PreparedStatements } from './statements.ts';

/** How long a client waits for the end of a statement that was cancelled; the connection waits on without it. */
const GRACE_MS = 800;
/** How long a connection is kept whose statement does not end though it is cancelled again and again. */
const PATIENCE_MS = 30_000;
const ROLLBACK_MS = 5_000;
/** The server's own timeout is for the case that this process is not there to cancel. */
const BACKSTOP_MS = 5_000;

export type BackendLimits = { readonly maxRowBytes: number; readonly maxStatements: number };

export class Backend {
  readonly statements: PreparedStatements;
  /** Statements to close with the next request. */
  readonly closing: string[] = [];
  readonly #log: WarehouseLog;
  readonly #onLost: (backend: Backend) => void;
  readonly #reader: FrameReader;
  #connection: Connection | undefined;
  #exchange: Exchange | undefined;
  #cancelling: Promise<void> | undefined;
  #status = 'I';
  #lost = false;
  /** A session setting has changed: the session is no longer what it was made as. */
  #changed = false;
  /** The session's statement_timeout; undefined when unknown. */
  #timeout: number | undefined;

  private constructor(limits: BackendLimits, timeout: number, log: WarehouseLog, onLost: (backend: Backend) => void) {
    this.statements = new PreparedStatements(limits.maxStatements);
    this.#timeout = timeout;
    this.#log = log;
    this.#onLost = onLost;
    this.#reader = new FrameReader(
      {
        rows: (frames, count) => this.#rows(frames, count),
        message: (type, body) => this.#message(type, body),
        broken: (reason) => this.#lose(reason === 'too long' ? rowTooLarge(limits.maxRowBytes) : unreachable(reason)),
        resume: () => this.#connection?.socket.resume(),
      },
      limits.maxRowBytes,
    );
  }

  /**
   * @param timeoutMs the statement timeout expected most
   * @throws what `pg` and the network say
   */
  static async open(
    server: Server,
    limits: BackendLimits,
    timeoutMs: number,
    greet: (ask: Ask) => Promise<void>,
    log: WarehouseLog,
    onLost: (backend: Backend) => void,
  ): Promise<Backend> {
    const timeout = backstop(timeoutMs);
    const backend = new Backend(limits, timeout, log, onLost);
    const settings = new Map([...server.settings, ['statement_timeout', String(timeout)]]);
    const connection = await connectServer({ ...server, settings }, backend.#reader, greet);
    backend.#connection = connection;
    connection.socket.on('error', () => {});
    connection.socket.on('close', () => backend.#lose(unreachable(new Error('the connection was closed'))));
    if (connection.socket.destroyed) backend.#lose(unreachable(new Error('the connection was closed')));
    return backend;
  }

  /** Connected, and its session as it was made. */
  get usable(): boolean {
    return !this.#lost && !this.#changed;
  }

  /** Usable at once, by anyone. */
  get idle(): boolean {
    return this.usable && this.#exchange === undefined && this.#cancelling === undefined && this.#status === 'I';
  }

  /** Adds what sets the session's own statement timeout, when it is another. @returns the Sync messages added */
  limitTime(writer: RequestWriter, timeoutMs: number): number {
    const timeout = backstop(timeoutMs);
    if (timeout === this.#timeout || this.#status !== 'I') return 0;
    // With a Sync of its own, so that the statement's failure does not undo it.
    writer.command(`SET statement_timeout = ${timeout}`);
    writer.sync();
    this.#timeout = timeout;
    return 1;
  }

  /**
   * Sends a request and reads its answer to the end. An ErrorResponse is part of the outcome.
   * @throws SqlError 57014 when the signal or the deadline ended it, 54000 for a row over the limit, 58000 when the
   * connection is lost, and what the sink throws; the backend may still be busy then: see `settle`
   */
  run(request: Request): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      if (this.#lost || this.#connection === undefined) {
        reject(unreachable(new Error('the connection is closed')));
      } else if (this.#exchange !== undefined) {
        reject(new Error('a backend runs one statement at a time'));
      } else if (request.signal?.aborted) {
        reject(cancelled('request'));
      } else {
        const exchange = newExchange(request, resolve, reject);
        this.#exchange = exchange;
        watch(exchange, request, (reason) => this.#interrupt(exchange, reason));
        this.#connection.socket.write(request.bytes);
      }
    });
  }

  /** Ends what runs, as a CancelRequest does; `run` then throws `reason`. */
  interrupt(reason: unknown): void {
    if (this.#exchange !== undefined) this.#interrupt(this.#exchange, reason);
  }

  /**
   * Waits until nothing runs and no cancel is under way, and ends the transaction.
   * @returns false: the connection is of no use any more
   */
  async settle(): Promise<boolean> {
    while (this.usable && (this.#exchange !== undefined || this.#cancelling !== undefined)) {
      if (this.#cancelling === undefined) this.interrupt(cancelled('request'));
      await this.#cancelling;
    }
    if (this.usable && this.#status !== 'I') {
      const writer = new RequestWriter();
      writer.command('ROLLBACK');
      writer.sync();
      const deadline = performance.now() + ROLLBACK_MS;
      try {
        await this.run({ bytes: writer.take(), syncs: 1, sink: undefined, signal: undefined, deadline });
      } catch {
        return false;
      }
    }
    return this.idle;
  }

  /** Says goodbye, as libpq does, and closes. */
  end(): void {
    if (!this.#lost) this.#connection?.socket.write(TERMINATE);
    this.destroy();
  }

  destroy(): void {
    this.#lose(unreachable(new Error('the connection was given up')));
  }

  #interrupt(exchange: Exchange, reason: unknown): void {
    if (exchange !== this.#exchange || exchange.interruption !== undefined) return;
    exchange.interruption = { reason };
    exchange.sink = undefined;
    exchange.stopWatching();
    const grace = setTimeout(() => exchange.reject(reason), GRACE_MS);
    exchange.stopWatching = () => clearTimeout(grace);
    this.#cancelling = this.#cancelUntilEnded(exchange).finally(() => {
      this.#cancelling = undefined;
    });
    // The rest of the result is read and dropped.
    this.#reader.abandon();
  }

  /** Again and again, because a cancel that overtakes its statement is ignored by the backend. */
  async #cancelUntilEnded(exchange: Exchange): Promise<void> {
    const givenUp = performance.now() + PATIENCE_MS;
    for (let pause = 100; this.#exchange === exchange; pause *= 2) {
      try {
        await this.#connection?.cancel();
      } catch (error) {
        this.#log.error({ err: error }, 'the warehouse did not take a cancel request');
        return this.destroy();
      }
      if (this.#exchange !== exchange) return;
      if (performance.now() > givenUp) return this.destroy();
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, pause);
        exchange.ended = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  #rows(frames: Uint8Array, count: number): Promise<void> | undefined {
    const exchange = this.#exchange;
    if (exchange?.sink === undefined) return undefined;
    exchange.rows += count;
    try {
      return exchange.sink.write(frames, count)?.catch((error) => this.#interrupt(exchange, error));
    } catch (error) {
      this.#interrupt(exchange, error);
      return undefined;
    }
  }

  #message(type: number, body: Buffer): void {
    switch (type) {
      case Reply.notice:
      case Reply.notification:
        break;
      case Reply.parameterStatus:
        this.#settingChanged(body);
        break;
      case Reply.error:
        this.#failed(readError(body));
        break;
      default:
        if (this.#exchange === undefined) this.#unexpected(type);
        else this.#answered(this.#exchange, type, body);
    }
  }

  #answered(exchange: Exchange, type: number, body: Buffer): void {
    switch (type) {
      case Reply.parseComplete:
        exchange.parsed++;
        break;
      case Reply.rowDescription:
        this.#described(exchange, body);
        break;
      case Reply.commandComplete:
        exchange.suspended = false;
        break;
      case Reply.portalSuspended:
        exchange.suspended = true;
        break;
      case Reply.readyForQuery:
        this.#status = String.fromCharCode(body[0] ?? 0);
        exchange.syncs--;
        if (exchange.syncs === 0) this.#finish(exchange);
        break;
      case Reply.bindComplete:
      case Reply.closeComplete:
      case Reply.noData:
      case Reply.parameterDescription:
      case Reply.emptyQuery:
        break;
      default:
        this.#unexpected(type);
    }
  }

  #described(exchange: Exchange, body: Buffer): void {
    try {
      exchange.columns = readRowDescription(body);
    } catch (error) {
      this.#lose(unreachable(error));
      return;
    }
    const fault = exchange.checkColumns?.(exchange.columns);
    if (fault !== undefined) this.#interrupt(exchange, fault);
  }

  /** No statement of ours sets anything, so a statement got round us: nobody else is to meet that session. */
  #settingChanged(body: Buffer): void {
    this.#changed = true;
    this.#log.warn({ setting: readParameterStatus(body) }, 'a warehouse session changed; its connection is closed');
  }

  #failed(error: BackendError): void {
    const exchange = this.#exchange;
    if (exchange !== undefined) {
      exchange.error ??= error;
      // Before the last Sync: it was the SET of limitTime that failed.
      if (exchange.syncs > 1) this.#timeout = undefined;
    } else {
      // Only a FATAL one comes unasked; the socket closes behind it, and nobody is to be given it in between.
      this.#log.warn({ err: error }, 'the warehouse ended an idle connection');
      this.#lose(unreachable(error));
    }
  }

  #unexpected(type: number): void {
    this.#lose(unreachable(new Error(`unexpected message ${String.fromCharCode(type)}`)));
  }

  #finish(exchange: Exchange): void {
    this.#exchange = undefined;
    exchange.stopWatching();
    if (exchange.interruption !== undefined) exchange.reject(exchange.interruption.reason);
    else exchange.resolve(exchange);
    exchange.ended();
  }

  #lose(reason: SqlError): void {
    if (this.#lost) return;
    this.#lost = true;
    this.#connection?.socket.destroy();
    const exchange = this.#exchange;
    this.#exchange = undefined;
    if (exchange !== undefined) {
      exchange.stopWatching();
      const { error, interruption } = exchange;
      if (interruption !== undefined) exchange.reject(interruption.reason);
      else exchange.reject(error === undefined ? reason : clientError(error, undefined));
      exchange.ended();
    }
    this.#reader.abandon();
    this.#onLost(this);
  }
}

/** In milliseconds; 0 for none. */
function backstop(timeoutMs: number): number {
  return timeoutMs === 0 ? 0 : Math.ceil(timeoutMs) + BACKSTOP_MS;
}
