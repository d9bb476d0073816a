/** BEGIN, COMMIT, ROLLBACK and savepoints. */
import { assertNever } from '../errors.ts';
import type { Statement } from '../sql/ast.ts';
import { type SessionContext, warn } from './context.ts';
import { applyTransactionOptions } from './settings-statements.ts';
import { outsideBlock } from './transaction.ts';

export type TransactionStatement = Extract<
  Statement,
  { kind: 'begin' | 'commit' | 'rollback' | 'savepoint' | 'release' | 'rollback-to' }
>;

/** What a failed transaction still takes. */
export function endsFailure(statement: Statement): boolean {
  return statement.kind === 'commit' || statement.kind === 'rollback' || statement.kind === 'rollback-to';
}

/** @returns the command tag: COMMIT of a failed transaction says ROLLBACK (case E40) */
export async function runTransaction(context: SessionContext, statement: TransactionStatement): Promise<string> {
  const { portals, transaction } = context;
  switch (statement.kind) {
    case 'begin':
      if (!transaction.begin()) warn(context, '25001', 'there is already a transaction in progress');
      else inheritDefaults(context);
      applyTransactionOptions(context, statement.options, false);
      return 'BEGIN';
    case 'commit': {
      const failed = transaction.state === 'failed';
      await end(context, !failed, 'COMMIT', statement.chain);
      return failed ? 'ROLLBACK' : 'COMMIT';
    }
    case 'rollback':
      await end(context, false, 'ROLLBACK', statement.chain);
      return 'ROLLBACK';
    case 'savepoint':
      transaction.savepoint(statement.name);
      return 'SAVEPOINT';
    case 'release': {
      const { from, to } = transaction.release(statement.name);
      portals.releaseSavepoint(from, to);
      return 'RELEASE';
    }
    case 'rollback-to':
      await portals.rollbackTo(transaction.rollbackTo(statement.name));
      return 'ROLLBACK';
    default:
      return assertNever(statement, 'runTransaction');
  }
}

async function end(context: SessionContext, commit: boolean, command: string, chain: boolean): Promise<void> {
  const { portals, transaction } = context;
  if (transaction.state !== 'block' && transaction.state !== 'failed') {
    if (chain) throw outsideBlock(`${command} AND CHAIN`);
    warn(context, '25P01', 'there is no transaction in progress');
  }
  const isolation = context.settings.values.get('transaction_isolation') ?? '';
  if (commit) transaction.commit();
  else transaction.rollback();
  await portals.endTransaction(commit);
  if (!chain) return;
  transaction.begin();
  context.settings.set('transaction_isolation', isolation, true);
}

function inheritDefaults({ settings }: SessionContext): void {
  for (const name of ['transaction_isolation', 'transaction_deferrable']) {
    settings.set(name, settings.values.get(`default_${name}`) ?? '', true);
  }
}
