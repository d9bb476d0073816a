/**
 * The transaction block as a client sees it (src/backend/access/transam/xact.c). Nothing is written here, so what a
 * transaction holds is the session's settings and its cursors; no warehouse transaction stands behind it.
 */
import { SqlError, SqlState } from '../errors.ts';
import type { TransactionStatus } from '../wire/messages.ts';
import type { Settings, SettingsSnapshot } from './settings.ts';

/**
 * `idle`: none. `statement`: that of a single statement, or of the messages up to Sync.
 * `implicit`: that of a Query with several statements, which is a block for most purposes.
 * `block`: between BEGIN and COMMIT. `failed`: after an error in a block, until ROLLBACK.
 */
export type TransactionState = 'idle' | 'statement' | 'implicit' | 'block' | 'failed';

const STATUS = {
  idle: 'I',
  statement: 'I',
  implicit: 'I',
  block: 'T',
  failed: 'E',
} as const satisfies Record<TransactionState, TransactionStatus>;

type Savepoint = { readonly name: string; readonly id: number; readonly settings: SettingsSnapshot };

/** Each holds a snapshot until the block ends. */
const MAX_SAVEPOINTS = 10_000;

export class Transaction {
  readonly #settings: Settings;
  #state: TransactionState = 'idle';
  #since: Date | undefined;
  #before: SettingsSnapshot;
  #savepoints: readonly Savepoint[] = [];
  #nextId = 1;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#before = settings.snapshot();
  }

  get state(): TransactionState {
    return this.#state;
  }

  /** When it began; undefined between two. */
  get since(): Date | undefined {
    return this.#since;
  }

  get status(): TransactionStatus {
    return STATUS[this.#state];
  }

  /** The innermost savepoint that a cursor opened now belongs to; 0 for the transaction itself. */
  get level(): number {
    return this.#savepoints.at(-1)?.id ?? 0;
  }

  /** IsTransactionBlock: what may only be used in a block may be used. */
  get inBlock(): boolean {
    return this.#state === 'implicit' || this.#state === 'block' || this.#state === 'failed';
  }

  /** Before every statement: outside a block it begins a transaction of its own, or that of a message of several. */
  enter(as: 'statement' | 'implicit'): void {
    if (this.#state !== 'idle') return;
    this.#start();
    this.#state = as;
  }

  /** The end of a Query, or Sync. @returns false when there was nothing to end, or a block goes on */
  leave(): boolean {
    if (this.#state !== 'statement' && this.#state !== 'implicit') return false;
    this.commit();
    return true;
  }

  /** BEGIN. @returns false when there is a block already, which is only a warning */
  begin(): boolean {
    if (this.#state === 'block' || this.#state === 'failed') return false;
    // Settings made earlier in the same message belong to the block, as in PostgreSQL.
    if (this.#state === 'idle') this.#start();
    this.#state = 'block';
    return true;
  }

  commit(): void {
    this.#settings.commit();
    this.#end();
  }

  rollback(): void {
    this.#settings.restore(this.#before);
    this.#end();
  }

  /** An error: a block fails and waits for ROLLBACK, anything else is undone at once. */
  fail(): void {
    switch (this.#state) {
      case 'idle':
      case 'failed':
        break;
      case 'statement':
      case 'implicit':
        this.rollback();
        break;
      case 'block':
        this.#state = 'failed';
        break;
    }
  }

  /** @throws SqlError 25P01 outside a block, 53400 */
  savepoint(name: string): void {
    this.#requireBlock('SAVEPOINT');
    if (this.#savepoints.length >= MAX_SAVEPOINTS) {
      throw new SqlError(SqlState.configurationLimitExceeded, 'too many savepoints');
    }
    this.#savepoints = [...this.#savepoints, { name, id: this.#nextId++, settings: this.#settings.snapshot() }];
  }

  /** @returns the level that its cursors now belong to, and the one they come from or above */
  release(name: string): { readonly from: number; readonly to: number } {
    this.#requireBlock('RELEASE SAVEPOINT');
    const at = this.#find(name);
    const from = this.#savepoints[at]?.id ?? 0;
    this.#savepoints = this.#savepoints.slice(0, at);
    return { from, to: this.level };
  }

  /** @returns the level at and above which cursors are closed */
  rollbackTo(name: string): number {
    this.#requireBlock('ROLLBACK TO SAVEPOINT');
    const at = this.#find(name);
    const savepoint = this.#savepoints[at];
    if (savepoint === undefined) throw noSavepoint(name);
    this.#settings.restore(savepoint.settings);
    this.#savepoints = this.#savepoints.slice(0, at + 1);
    this.#state = 'block';
    return savepoint.id;
  }

  #find(name: string): number {
    const at = this.#savepoints.findLastIndex((savepoint) => savepoint.name === name);
    if (at < 0) throw noSavepoint(name);
    return at;
  }

  #requireBlock(command: string): void {
    if (this.#state === 'block' || this.#state === 'failed') return;
    throw outsideBlock(command);
  }

  #start(): void {
    this.#before = this.#settings.snapshot();
    this.#since = new Date();
  }

  #end(): void {
    this.#state = 'idle';
    this.#since = undefined;
    this.#savepoints = [];
  }
}

/** 25P01: no_active_sql_transaction */
export function outsideBlock(command: string): SqlError {
  return new SqlError('25P01', `${command} can only be used in transaction blocks`);
}

function noSavepoint(name: string): SqlError {
  return new SqlError(SqlState.invalidSavepoint, `savepoint "${name}" does not exist`);
}

export function failedTransaction(): SqlError {
  return new SqlError(
    SqlState.inFailedSqlTransaction,
    'current transaction is aborted, commands ignored until end of transaction block',
  );
}
