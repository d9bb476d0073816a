/** Query: all statements of a text, one after another, in one transaction (exec_simple_query). */
import { SqlError, SqlState } from '../errors.ts';
import type { SourceStatement } from '../sql/ast.ts';
import { parseCached } from '../sql/parse-cache.ts';
import type { Format } from '../wire/messages.ts';
import { runLimited, type SessionContext } from './context.ts';
import { cursorFormats } from './cursors.ts';
import type { ResultColumn } from './engine.ts';
import { executePortal, type Outcome } from './execute.ts';
import { Portal } from './portals.ts';
import { planStatement } from './statement.ts';

/** Sends everything up to ReadyForQuery, which is the caller's. @throws at the first statement that fails */
export async function runSimpleQuery(context: SessionContext, sql: string): Promise<void> {
  const { connection, portals, records, transaction } = context;
  // The unnamed statement and portal of the extended protocol do not survive a Query.
  context.statements.delete('');
  await portals.close('');
  const sources = await records.record(undefined, 'failed', async () => parseCached(sql));
  if (sources.length === 0) {
    connection.send({ type: 'empty-query-response' });
    return;
  }
  for (const source of sources) {
    transaction.enter(sources.length > 1 ? 'implicit' : 'statement');
    const outcome = await records.record(source, 'always', () =>
      runLimited(context, () => runOne(context, sql, source)),
    );
    sendOutcome(context, outcome);
  }
  if (transaction.leave()) await portals.endTransaction(true);
}

async function runOne(context: SessionContext, sql: string, source: SourceStatement): Promise<Outcome> {
  if (source.parameterCount > 0 && source.statement.kind !== 'prepare') {
    throw new SqlError(SqlState.undefinedParameter, 'there is no parameter $1');
  }
  const planned = await planStatement(context, sql, source, [], 'at-once');
  const { columns } = planned;
  const formats = source.statement.kind === 'fetch' ? cursorFormats(context, source.statement.cursor) : undefined;
  const portal = new Portal({
    name: '',
    planned,
    binds: [],
    kind: 'bound',
    formats: formats ?? columns?.map(() => 0) ?? [],
    level: context.transaction.level,
  });
  return executePortal(context, portal, 0, () => {
    if (columns !== undefined) describeRows(context, columns, formats);
  });
}

/** RowDescription. @param formats undefined: all text */
export function describeRows(
  context: SessionContext,
  columns: readonly ResultColumn[],
  formats: readonly Format[] | undefined,
): void {
  context.connection.send({
    type: 'row-description',
    fields: columns.map((column, index) => ({
      name: column.name,
      typeOid: column.typeOid,
      typeSize: column.typeSize,
      typeModifier: column.typmod,
      format: formats?.[index] ?? 0,
    })),
  });
}

export function sendOutcome(context: SessionContext, outcome: Outcome): void {
  switch (outcome.kind) {
    case 'complete':
      context.connection.send({ type: 'command-complete', tag: outcome.tag });
      break;
    case 'suspended':
      context.connection.send({ type: 'portal-suspended' });
      break;
    case 'empty':
      context.connection.send({ type: 'empty-query-response' });
      break;
  }
}
