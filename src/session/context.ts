/** What the parts of a conversation share: one per session. */
import type { Identity } from '../access/context.ts';
import { SqlError, SqlState } from '../errors.ts';
import type { RowSink } from '../warehouse/warehouse.ts';
import type { Connection } from '../wire/connection.ts';
import type { Acting } from './acting.ts';
import type { Engine, SessionView } from './engine.ts';
import type { Log } from './log.ts';
import type { Doer, Observer } from './observer.ts';
import type { Portals } from './portals.ts';
import type { PreparedStatements } from './prepared.ts';
import type { RunningStatement, StopReason } from './running.ts';
import { asMilliseconds } from './setting-kinds.ts';
import type { Settings } from './settings.ts';
import type { StatementRecords } from './statement-record.ts';
import type { Transaction } from './transaction.ts';

export type SessionContext = {
  readonly connection: Connection;
  readonly engine: Engine;
  readonly acting: Acting;
  readonly pid: number;
  readonly settings: Settings;
  readonly transaction: Transaction;
  readonly statements: PreparedStatements;
  readonly portals: Portals;
  readonly running: RunningStatement;
  /** Rows to the client, with its back-pressure. */
  readonly sink: RowSink;
  readonly log: Log;
  readonly limits: SessionLimits;
  readonly records: StatementRecords;
  readonly observe: Observer;
  readonly doer: () => Doer;
  /** Another number means that plans made before are void: the model was reloaded. */
  readonly planEpoch: () => number;
  /** What the engine may know of this session, as of now. */
  readonly view: () => SessionView;
};

type SessionLimits = {
  /** The operator's; a client can only ask for less. 0 for none. */
  readonly statementTimeoutMs: number;
  /** 0 for no cap. */
  readonly rows: number;
};

/** Contract, section 6: a statement that runs when its token ends may finish within this. */
const EXPIRY_GRACE_MS = 60_000;

/** @throws SqlError FATAL 28000 once the token that the session lives by has ended (case D18) */
export function checkExpiry(identity: Identity): void {
  if (identity.expiresAt === undefined || Date.now() < identity.expiresAt * 1_000) return;
  throw new SqlError(SqlState.invalidAuthorization, 'the token has expired', {
    severity: 'FATAL',
    hint: 'Connect again with a new token.',
  });
}

/** Runs work that a cancel, the client's statement_timeout or the operator's, and the token's end can stop. */
export function runLimited<T>(context: SessionContext, work: () => Promise<T>): Promise<T> {
  const { ms, reason } = timeLimit(context);
  return context.running.run(ms, reason, work);
}

export function timeLimit(context: SessionContext): { readonly ms: number; readonly reason: StopReason } {
  const { acting, limits, settings } = context;
  const identity = acting.actor;
  const own = asMilliseconds(settings.values.get('statement_timeout') ?? '0');
  const most = limits.statementTimeoutMs;
  const ms = own === 0 || (most !== 0 && most < own) ? most : own;
  if (identity.expiresAt === undefined) return { ms, reason: 'timeout' };
  const left = Math.max(1, Math.ceil(identity.expiresAt * 1_000 + EXPIRY_GRACE_MS - Date.now()));
  return ms !== 0 && ms <= left ? { ms, reason: 'timeout' } : { ms: Math.min(left, 2 ** 31 - 1), reason: 'expired' };
}

/** A warning that the statement goes on after, unless the client wants none. */
export function warn(context: SessionContext, code: string, message: string): void {
  if (context.settings.values.get('client_min_messages') === 'error') return;
  context.connection.send({ type: 'notice-response', fields: { severity: 'WARNING', code, message } });
}
