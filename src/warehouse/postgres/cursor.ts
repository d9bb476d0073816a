/**
 * One run of one statement: all rows at once without a transaction, or in portions from a portal that keeps its
 * backend until the end.
 */
import { SqlError, SqlState } from '../../errors.ts';
import { formatType, typeByOid, typeOid } from '../../sql/types.ts';
import type {
  ExecuteOptions,
  FetchResult,
  RowSink,
  WarehouseBind,
  WarehouseCursor,
  WarehouseStatement,
} from '../warehouse.ts';
import type { Backend } from './backend.ts';
import type { Outcome } from './exchange.ts';
import { cancelled, clientError } from './faults.ts';
import type { WarehouseLog } from './log.ts';
import type { Pool, Waiter } from './pool.ts';
import type { BackendError, Field } from './replies.ts';
import { RequestWriter } from './requests.ts';
import type { PreparedStatement } from './statements.ts';

/** The transaction's only portal. */
const PORTAL = 'p';

type State =
  | { readonly kind: 'new' }
  /** A fetch is under way; `waiter` while it has no backend yet. */
  | { readonly kind: 'fetching'; readonly waiter: Waiter; backend: Backend | undefined }
  /** Between fetches: the portal is open in a transaction. */
  | { readonly kind: 'suspended'; readonly backend: Backend }
  | { readonly kind: 'done' };

/** A statement's text and types as the backends know it. */
export type StatementKey = { readonly key: string; readonly typeOids: readonly number[] };

export class PostgresCursor implements WarehouseCursor {
  readonly #pool: Pool;
  readonly #log: WarehouseLog;
  readonly #statement: WarehouseStatement;
  readonly #key: StatementKey;
  readonly #binds: readonly WarehouseBind[];
  readonly #options: ExecuteOptions;
  /** Of the first fetch: time in the queue counts. */
  readonly #firstDeadline: number;
  #state: State = { kind: 'new' };

  constructor(
    pool: Pool,
    log: WarehouseLog,
    statement: WarehouseStatement,
    key: StatementKey,
    binds: readonly WarehouseBind[],
    options: ExecuteOptions,
  ) {
    this.#pool = pool;
    this.#log = log;
    this.#statement = statement;
    this.#key = key;
    this.#binds = binds;
    this.#options = options;
    this.#firstDeadline = deadlineOf(options);
  }

  async fetch(maxRows: number, sink: RowSink): Promise<FetchResult> {
    const state = this.#state;
    if (state.kind === 'done') return { rows: 0, done: true };
    if (state.kind === 'fetching') throw new Error('a cursor fetches one portion at a time');
    const first = state.kind === 'new';
    const deadline = first ? this.#firstDeadline : deadlineOf(this.#options);
    const waiter: Waiter = { signal: this.#options.signal, deadline, giveUp: undefined };
    const fetching = { kind: 'fetching', waiter, backend: first ? undefined : state.backend } as const;
    const current: Extract<State, { kind: 'fetching' }> = { ...fetching };
    this.#state = current;
    try {
      current.backend ??= await this.#pool.acquire(waiter);
      const backend = current.backend;
      // Closed while the backend was on its way.
      if (this.#state !== current) throw cancelled('request');
      const outcome = first
        ? await this.#start(backend, maxRows, sink, deadline)
        : await this.#continue(backend, maxRows, sink, deadline);
      if (outcome.error !== undefined) throw clientError(outcome.error, this.#options.queryId);
      if (outcome.suspended && this.#state === current) {
        this.#state = { kind: 'suspended', backend };
        return { rows: outcome.rows, done: false };
      }
      this.#finish(backend);
      return { rows: outcome.rows, done: !outcome.suspended };
    } catch (error) {
      this.#finish(current.backend);
      this.#report(error);
      throw error;
    }
  }

  async close(): Promise<void> {
    const state = this.#state;
    switch (state.kind) {
      case 'new':
      case 'done':
        break;
      case 'suspended':
        return this.#finish(state.backend);
      case 'fetching':
        // Its fetch ends with this error and gives the backend back.
        state.waiter.giveUp?.(cancelled('request'));
        state.backend?.interrupt(cancelled('request'));
        break;
    }
    this.#state = { kind: 'done' };
  }

  #finish(backend: Backend | undefined): void {
    this.#state = { kind: 'done' };
    if (backend !== undefined) this.#pool.release(backend);
  }

  /** With a warehouse's own words, which the client does not get. Errors of a query's data are everyday and stay out. */
  #report(error: unknown): void {
    if (!(error instanceof SqlError) || error.cause === undefined) return;
    if (error.code === SqlState.queryCanceled || error.code.startsWith('22')) return;
    this.#log.error({ queryId: this.#options.queryId, err: error.cause }, error.message);
  }

  async #start(backend: Backend, maxRows: number, sink: RowSink, deadline: number): Promise<Outcome> {
    const known = backend.statements.find(this.#key.key);
    if (known === undefined) return this.#prepareAndRun(backend, maxRows, sink, deadline);
    const outcome = await this.#run(backend, known, false, maxRows, sink, deadline);
    if (outcome.error === undefined || outcome.rows > 0 || !isStale(outcome.error)) return outcome;
    // The tables changed under the statement, or the session lost it: once more, from its text.
    backend.statements.remove(known);
    backend.closing.push(known.name);
    if (!(await backend.settle())) return outcome;
    return this.#prepareAndRun(backend, maxRows, sink, deadline);
  }

  async #prepareAndRun(backend: Backend, maxRows: number, sink: RowSink, deadline: number): Promise<Outcome> {
    const statement = backend.statements.create(this.#key.key);
    return this.#run(backend, statement, true, maxRows, sink, deadline);
  }

  async #run(
    backend: Backend,
    statement: PreparedStatement,
    prepare: boolean,
    maxRows: number,
    sink: RowSink,
    deadline: number,
  ): Promise<Outcome> {
    const { signal, timeoutMs, resultFormats } = this.#options;
    const writer = new RequestWriter();
    const settings = backend.limitTime(writer, timeoutMs);
    const portal = maxRows > 0 ? PORTAL : '';
    for (const name of backend.closing.splice(0)) writer.closeStatement(name);
    if (portal !== '') writer.command('BEGIN READ ONLY');
    if (prepare) {
      writer.parse(statement.name, this.#statement.sql, this.#key.typeOids);
      writer.describeStatement(statement.name);
    }
    writer.bind(portal, statement.name, this.#binds, resultFormats);
    writer.execute(portal, maxRows);
    writer.sync();
    const parses = settings + (portal === '' ? 0 : 1) + 1;
    const bytes = writer.take();
    const checkColumns = (columns: readonly Field[]) => this.#checkColumns(columns);
    try {
      const outcome = await backend.run({ bytes, syncs: settings + 1, sink, signal, deadline, checkColumns });
      const prepared = outcome.parsed === parses;
      if (prepare && prepared) backend.closing.push(...backend.statements.add(statement));
      return outcome;
    } catch (error) {
      // Whether the backend has it is not known; to close what is not there is no error.
      if (prepare) backend.closing.push(statement.name);
      throw error;
    }
  }

  #continue(backend: Backend, maxRows: number, sink: RowSink, deadline: number): Promise<Outcome> {
    const writer = new RequestWriter();
    writer.execute(PORTAL, maxRows);
    writer.sync();
    return backend.run({ bytes: writer.take(), syncs: 1, sink, signal: this.#options.signal, deadline });
  }

  /** The client was told the plan's types: bytes of others would be read as what they are not. */
  #checkColumns(columns: readonly Field[]): SqlError | undefined {
    const planned = this.#statement.columns;
    const same = columns.length === planned.length && planned.every(({ type }, i) => canPassAs(columns[i]?.oid, type));
    if (same) return undefined;
    const describe = columns.map(({ oid, typmod }) => {
      const type = typeByOid(oid);
      return type === undefined ? `type ${oid}` : formatType(type, typmod);
    });
    const cause = new Error(
      `planned (${planned.map(({ type }) => type).join(', ')}), the warehouse returns (${describe.join(', ')})`,
    );
    const message = 'the warehouse returns other columns than planned';
    return new SqlError(SqlState.internalError, message, { detail: `query id ${this.#options.queryId}`, cause });
  }
}

/** Types whose text and binary forms are the same bytes: varchar, bpchar, name and an untyped literal as text. */
const TEXT_LIKE: ReadonlySet<number> = new Set([25, 1043, 1042, 19, 705]);

function canPassAs(oid: number | undefined, type: Parameters<typeof typeOid>[0]): boolean {
  if (oid === undefined) return false;
  const planned = typeOid(type);
  return oid === planned || (TEXT_LIKE.has(oid) && TEXT_LIKE.has(planned));
}

/** `cached plan must not change result type`, in any language, or a statement that the session no longer has. */
function isStale(error: BackendError): boolean {
  return (
    error.code === SqlState.invalidSqlStatementName ||
    (error.code === SqlState.featureNotSupported && error.routine === 'RevalidateCachedQuery')
  );
}

function deadlineOf(options: ExecuteOptions): number {
  return options.timeoutMs === 0 ? Number.POSITIVE_INFINITY : performance.now() + options.timeoutMs;
}
