/** Parse, Bind, Describe, Execute, Close and Sync (exec_parse_message and its neighbours in postgres.c). */
import { assertNever, SqlError, SqlState } from '../errors.ts';
import type { SourceStatement } from '../sql/ast.ts';
import { parseCached } from '../sql/parse-cache.ts';
import type { Format, FrontendMessage } from '../wire/messages.ts';
import { runLimited, type SessionContext } from './context.ts';
import { cursorFormats } from './cursors.ts';
import type { ParameterValue } from './engine.ts';
import { executePortal } from './execute.ts';
import { Portal } from './portals.ts';
import type { PlannedStatement } from './prepared.ts';
import { spreadFormats } from './query.ts';
import { describeRows, sendOutcome } from './simple-query.ts';
import { checkTransaction, planAgain, planStatement } from './statement.ts';
import { failedTransaction } from './transaction.ts';

export type ExtendedMessage = Extract<
  FrontendMessage,
  { type: 'parse' | 'bind' | 'describe' | 'execute' | 'close' | 'sync' | 'flush' }
>;
type Parse = Extract<FrontendMessage, { type: 'parse' }>;
type Bind = Extract<FrontendMessage, { type: 'bind' }>;

/** Answers one message; what Sync adds, ReadyForQuery and the flush, is the caller's. @throws SqlError */
export async function runExtended(context: SessionContext, message: ExtendedMessage): Promise<void> {
  const { connection, portals, statements, transaction } = context;
  switch (message.type) {
    case 'parse':
      transaction.enter('statement');
      await runLimited(context, () => parseMessage(context, message));
      connection.send({ type: 'parse-complete' });
      return;
    case 'bind':
      transaction.enter('statement');
      await runLimited(context, () => bindMessage(context, message));
      connection.send({ type: 'bind-complete' });
      return;
    case 'describe':
      transaction.enter('statement');
      describeMessage(context, message.what, message.name);
      return;
    case 'execute': {
      transaction.enter('statement');
      const portal = portals.get(message.portal);
      // A negative number means all, as zero does.
      const maxRows = Math.max(0, message.maxRows);
      const run = () => runLimited(context, () => executePortal(context, portal, maxRows));
      sendOutcome(context, await context.records.record(portal.planned.source, 'always', run));
      return;
    }
    case 'close':
      if (message.what === 'statement') statements.delete(message.name);
      else await portals.close(message.name);
      connection.send({ type: 'close-complete' });
      return;
    case 'sync':
      if (transaction.leave()) await portals.endTransaction(true);
      return;
    case 'flush':
      await connection.flush();
      return;
    default:
      assertNever(message, 'runExtended');
  }
}

async function parseMessage(context: SessionContext, message: Parse): Promise<void> {
  const { records, statements } = context;
  // A failing Parse drops the unnamed statement before; a named one is taken or not.
  if (message.name === '') statements.delete('');
  else if (statements.has(message.name)) {
    throw new SqlError(SqlState.duplicatePreparedStatement, `prepared statement "${message.name}" already exists`);
  }
  const source = await records.record(undefined, 'failed', async () => onlyStatement(message.sql));
  const planned = await records.record(source, 'failed', () =>
    planStatement(context, message.sql, source, message.parameterTypes),
  );
  statements.add(message.name, planned);
}

function onlyStatement(sql: string): SourceStatement | undefined {
  const [source, ...others] = parseCached(sql);
  if (others.length > 0) {
    throw new SqlError(SqlState.syntaxError, 'cannot insert multiple commands into a prepared statement');
  }
  return source;
}

async function bindMessage(context: SessionContext, message: Bind): Promise<void> {
  const { portals, statements, transaction } = context;
  const found = statements.get(message.statement);
  checkUsable(context, found, message);
  const planned = await context.records.record(found.source, 'failed', () => planAgain(context, found));
  if (planned !== found) statements.replace(message.statement, planned);
  const columns = planned.columns?.length ?? 0;
  const isFetch = planned.source?.statement.kind === 'fetch';
  await portals.add(
    new Portal({
      name: message.portal,
      planned,
      binds: parameterValues(message),
      kind: 'bound',
      // How many columns FETCH has is known only when it runs, if its cursor is declared in between.
      formats: isFetch && columns === 0 ? [] : resultFormats(planned, message.resultFormats),
      level: transaction.level,
    }),
  );
}

function resultFormats(planned: PlannedStatement, formats: readonly Format[]): readonly Format[] {
  // COPY and the like have no columns, and PostgreSQL ignores what is asked for them.
  return planned.columns === undefined ? [] : spreadFormats(formats, planned.columns.length);
}

function checkUsable(context: SessionContext, planned: PlannedStatement, message: Bind): void {
  const expected = planned.parameterTypes.length;
  const given = message.parameters.length;
  if (given !== expected) {
    throw new SqlError(
      SqlState.protocolViolation,
      `bind message supplies ${given} parameters, but prepared statement "${message.statement}" requires ${expected}`,
    );
  }
  if (planned.source !== undefined) checkTransaction(context, planned.source.statement);
  else if (context.transaction.state === 'failed' && given > 0) throw failedTransaction();
}

/** The bytes are copied: the frame that they came in is not ours to keep. */
function parameterValues(message: Bind): readonly ParameterValue[] {
  const { parameterFormats } = message;
  return message.parameters.map((value, index) => ({
    format: (parameterFormats.length === 1 ? parameterFormats[0] : parameterFormats[index]) ?? 0,
    value: value === null ? null : Uint8Array.from(value),
  }));
}

function describeMessage(context: SessionContext, what: 'statement' | 'portal', name: string): void {
  const { connection, portals, statements } = context;
  if (what === 'statement') {
    const planned = statements.get(name);
    refuseColumnsInFailure(context, planned);
    connection.send({ type: 'parameter-description', types: planned.parameterTypes });
    if (planned.columns === undefined) connection.send({ type: 'no-data' });
    else describeRows(context, planned.columns, undefined);
    return;
  }
  const portal = portals.get(name);
  refuseColumnsInFailure(context, portal.planned);
  if (portal.columns === undefined) connection.send({ type: 'no-data' });
  else describeRows(context, portal.columns, formatsOf(context, portal));
}

/** FETCH of a BINARY cursor gives the cursor's formats, whatever was asked for. */
function formatsOf(context: SessionContext, portal: Portal): readonly Format[] | undefined {
  const statement = portal.planned.source?.statement;
  const own = statement?.kind === 'fetch' ? cursorFormats(context, statement.cursor) : undefined;
  return own ?? portal.formats;
}

/** Describing rows may need the catalog, which a failed transaction cannot read (exec_describe_statement_message). */
function refuseColumnsInFailure(context: SessionContext, planned: PlannedStatement): void {
  if (context.transaction.state === 'failed' && planned.columns !== undefined) throw failedTransaction();
}
