/**
 * What a statement is and does, whichever protocol it came by: planned when it is parsed, run when it is executed.
 */
import { assertNever, notSupported, SqlError, SqlState } from '../errors.ts';
import type { SourceStatement, Statement } from '../sql/ast.ts';
import { refused } from '../sql/refused.ts';
import type { Format } from '../wire/messages.ts';
import type { SessionContext } from './context.ts';
import { copyOut } from './copy-out.ts';
import { closeCursor, declare, fetchCursor, move } from './cursors.ts';
import type { Cursor, ResultColumn } from './engine.ts';
import { cursorOver } from './frames.ts';
import { innerStatement } from './inner-query.ts';
import type { Portal } from './portals.ts';
import type { PlannedStatement } from './prepared.ts';
import { openQuery, type PlannedUse, planQuery, spreadFormats } from './query.ts';
import { runSet, showColumns, shownByCatalog, showRows, warnOutsideBlock } from './settings-statements.ts';
import { deallocate, declaredTypes, executed } from './sql-prepare.ts';
import { failedTransaction } from './transaction.ts';
import { endsFailure, runTransaction } from './transaction-statements.ts';

/**
 * @param declared OIDs of parameters, 0 to infer
 * @throws SqlError of the engine's; 42601 for several statements; 25P02 in a failed transaction
 */
export async function planStatement(
  context: SessionContext,
  sql: string,
  source: SourceStatement | undefined,
  declared: readonly number[],
  use: PlannedUse = 'later',
): Promise<PlannedStatement> {
  const common = {
    sql,
    source,
    declaredTypes: declared,
    basis: { identity: context.acting.current, settings: context.settings.values, epoch: context.planEpoch() },
  };
  if (source === undefined) return { ...common, parameterTypes: [], columns: undefined, prepared: undefined };
  const { statement } = source;
  checkTransaction(context, statement);
  switch (statement.kind) {
    case 'query':
    case 'explain': {
      const prepared = await planQuery(context, source, declared, use);
      return { ...common, parameterTypes: prepared.parameterTypes, columns: prepared.columns, prepared };
    }
    case 'show': {
      const asked = shownByCatalog(context, statement.name);
      if (asked === undefined) {
        return { ...common, parameterTypes: [], columns: showColumns(context, statement.name), prepared: undefined };
      }
      const prepared = await planQuery(context, asked, []);
      return { ...common, parameterTypes: [], columns: prepared.columns, prepared };
    }
    case 'declare': {
      const prepared = await planQuery(context, innerStatement(source, statement), declared);
      return { ...common, parameterTypes: prepared.parameterTypes, columns: undefined, prepared };
    }
    case 'refused':
      // Not when it runs: it may have parameters, and what they would be nobody knows.
      throw refused(statement.tag, statement.writes);
    default:
      if (source.parameterCount > 0 && statement.kind !== 'prepare') throw noParameter(declared);
      return { ...common, parameterTypes: declared, columns: ownColumns(context, statement), prepared: undefined };
  }
}

/** Columns of what the session answers itself; undefined when it returns no rows. */
function ownColumns(context: SessionContext, statement: Statement): readonly ResultColumn[] | undefined {
  switch (statement.kind) {
    case 'fetch':
      return statement.move ? undefined : context.portals.find(statement.cursor)?.columns;
    case 'execute':
      return context.statements.has(statement.name) ? context.statements.get(statement.name).columns : undefined;
    default:
      return undefined;
  }
}

/** The same statement under the session's present settings and model. @throws SqlError 0A000 when its columns changed */
export async function planAgain(context: SessionContext, planned: PlannedStatement): Promise<PlannedStatement> {
  const { basis } = planned;
  const sameBasis =
    basis.identity === context.acting.current &&
    basis.settings === context.settings.values &&
    basis.epoch === context.planEpoch();
  if (sameBasis) return planned;
  const again = await planStatement(context, planned.sql, planned.source, planned.declaredTypes);
  if (!sameColumns(planned.columns, again.columns) || !sameTypes(planned.parameterTypes, again.parameterTypes)) {
    throw new SqlError(SqlState.featureNotSupported, 'cached plan must not change result type');
  }
  return again;
}

function sameColumns(a: readonly ResultColumn[] | undefined, b: readonly ResultColumn[] | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return (
    a.length === b.length &&
    a.every((column, index) => {
      const other = b[index];
      return column.name === other?.name && column.typeOid === other.typeOid && column.typmod === other.typmod;
    })
  );
}

function sameTypes(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((type, index) => type === b[index]);
}

/** @throws SqlError 25P02 */
export function checkTransaction(context: SessionContext, statement: Statement): void {
  if (context.transaction.state === 'failed' && !endsFailure(statement)) throw failedTransaction();
}

/** What running a statement gives: rows to be read, or all there is to say. */
export type Started =
  | { readonly kind: 'rows'; readonly cursor: Cursor; readonly tag: (rows: number) => string }
  | { readonly kind: 'done'; readonly tag: string };

/** @param read whether the rows are wanted at once, or in portions */
export async function startStatement(
  context: SessionContext,
  portal: Portal,
  source: SourceStatement,
  read: 'all' | 'portions',
): Promise<Started> {
  const { planned } = portal;
  const { statement } = source;
  checkTransaction(context, statement);
  const formats = portal.formats ?? [];
  switch (statement.kind) {
    case 'query':
      return openPortal(context, portal, planned, formats, read, (rows) => `SELECT ${rows}`);
    case 'explain':
      return openPortal(context, portal, planned, formats, read, () => 'EXPLAIN');
    case 'execute': {
      const { planned: inner, binds } = executed(context, statement);
      const current = await planAgain(context, inner);
      if (current !== inner) context.statements.replace(statement.name, current);
      return openPortal(context, portal, current, formats, read, (rows) => `SELECT ${rows}`, binds);
    }
    case 'show':
      if (planned.prepared !== undefined) return openPortal(context, portal, planned, formats, read, () => 'SHOW');
      return { kind: 'rows', cursor: cursorOver(showRows(context, statement.name)), tag: () => 'SHOW' };
    case 'fetch':
      if (statement.move) return done(`MOVE ${await move(context, statement)}`);
      return { kind: 'rows', cursor: await fetchCursor(context, statement, formats), tag: (rows) => `FETCH ${rows}` };
    case 'declare':
      await declare(context, statement, planned, portal.binds);
      return done('DECLARE CURSOR');
    case 'close':
      await closeCursor(context, statement.cursor);
      return done(statement.cursor === undefined ? 'CLOSE CURSOR ALL' : 'CLOSE CURSOR');
    case 'copy-out':
      return done(`COPY ${await copyOut(context, innerStatement(source, statement), statement.options)}`);
    case 'prepare':
      await prepare(context, source, statement);
      return done('PREPARE');
    case 'deallocate':
      return done(deallocate(context, statement.name));
    case 'set':
    case 'set-default':
    case 'reset':
    case 'set-transaction':
      return done(await runSet(context, statement));
    case 'set-constraints':
      if (!context.transaction.inBlock) warnOutsideBlock(context, 'SET CONSTRAINTS');
      return done('SET CONSTRAINTS');
    case 'begin':
    case 'commit':
    case 'rollback':
    case 'savepoint':
    case 'release':
    case 'rollback-to':
      return done(await runTransaction(context, statement));
    case 'discard':
      return done(await discard(context, statement.what));
    case 'unlisten':
      return done('UNLISTEN');
    case 'listen':
      throw notSupported('LISTEN');
    case 'refused':
      throw refused(statement.tag, statement.writes);
    default:
      return assertNever(statement, 'startStatement');
  }
}

function done(tag: string): Started {
  return { kind: 'done', tag };
}

async function openPortal(
  context: SessionContext,
  portal: Portal,
  planned: PlannedStatement,
  formats: readonly Format[],
  read: 'all' | 'portions',
  tag: (rows: number) => string,
  binds = portal.binds,
): Promise<Started> {
  const { prepared } = planned;
  if (prepared === undefined) throw new Error('a query without a plan');
  const opened = await openQuery(context, prepared, binds, spreadFormats(formats, prepared.columns.length), read);
  portal.abort = opened.abort;
  portal.record = opened.record;
  return { kind: 'rows', cursor: opened.cursor, tag };
}

async function prepare(
  context: SessionContext,
  source: SourceStatement,
  statement: Extract<Statement, { kind: 'prepare' }>,
): Promise<void> {
  if (context.statements.has(statement.name)) {
    throw new SqlError(SqlState.duplicatePreparedStatement, `prepared statement "${statement.name}" already exists`);
  }
  const inner = innerStatement(source, statement);
  if (inner.statement.kind !== 'query') await planQuery(context, inner, []);
  const types = declaredTypes(statement.types);
  context.statements.add(statement.name, await planStatement(context, inner.text, inner, types), source.text);
}

async function discard(context: SessionContext, what: 'all' | 'plans' | 'sequences' | 'temp'): Promise<string> {
  if (what !== 'all') return `DISCARD ${what.toUpperCase()}`;
  if (context.transaction.inBlock) {
    // 25001: active_sql_transaction
    throw new SqlError('25001', 'DISCARD ALL cannot run inside a transaction block');
  }
  await context.portals.closeAll();
  context.statements.clear();
  context.acting.reset();
  context.settings.resetAll();
  return 'DISCARD ALL';
}

function noParameter(declared: readonly number[]): SqlError {
  return declared.length === 0
    ? new SqlError(SqlState.undefinedParameter, 'there is no parameter $1')
    : notSupported('a parameter outside a query');
}
