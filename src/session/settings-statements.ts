/** SET, RESET, SHOW and SET TRANSACTION. */
import { assertNever, SqlError, SqlState } from '../errors.ts';
import type { SettingValue, SourceStatement, Statement, TransactionOption } from '../sql/ast.ts';
import { parseCached } from '../sql/parse-cache.ts';
import { typeOid } from '../sql/types.ts';
import { type SessionContext, warn } from './context.ts';
import type { ResultColumn } from './engine.ts';
import type { Row } from './frames.ts';
import { SUCCESS } from './observer.ts';
import { isUserSetting, SETTINGS } from './settings-table.ts';

type SetStatement = Extract<Statement, { kind: 'set' | 'set-default' | 'reset' | 'set-transaction' }>;

/** @returns the command tag @throws SqlError as Settings.set; 42501 for whom this one may not act as */
export async function runSet(context: SessionContext, statement: SetStatement): Promise<string> {
  const { settings, transaction } = context;
  switch (statement.kind) {
    case 'set': {
      if (isUserSetting(statement.name)) {
        await switchUser(context, statement.name, statement.values[0]?.text, statement.local);
        return 'SET';
      }
      const text = flatten(statement.name, statement.values);
      if (statement.local && !transaction.inBlock) warnOutsideBlock(context, 'SET LOCAL');
      settings.set(statement.name, text, statement.local);
      return 'SET';
    }
    case 'set-default':
      if (isUserSetting(statement.name)) await switchUser(context, statement.name, undefined, statement.local);
      else settings.reset(statement.name, statement.local);
      return 'SET';
    case 'reset':
      if (statement.name === 'all') settings.resetAll();
      else if (isUserSetting(statement.name)) await switchUser(context, statement.name, undefined, false);
      else settings.reset(statement.name, false);
      return 'RESET';
    case 'set-transaction':
      if (!statement.session && !transaction.inBlock) warnOutsideBlock(context, 'SET TRANSACTION');
      applyTransactionOptions(context, statement.options, statement.session);
      return 'SET';
    default:
      return assertNever(statement, 'runSet');
  }
}

/** Every transaction is read only: READ WRITE is accepted, since many clients say it, and changes nothing. */
export function applyTransactionOptions(
  context: SessionContext,
  options: readonly TransactionOption[],
  session: boolean,
): void {
  for (const { name, value } of options) {
    if (session) context.settings.set(`default_${name}`, value, false);
    else if (name !== 'transaction_read_only') context.settings.set(name, value, true);
  }
}

/**
 * What SHOW asks of the catalog, for what the session itself does not hold: one of the settings that only PostgreSQL
 * knows, or all of them.
 * @returns undefined where the session answers
 */
export function shownByCatalog(context: SessionContext, name: string): SourceStatement | undefined {
  const key = name.toLowerCase();
  if (key !== 'all' && (context.settings.values.has(key) || key.includes('.'))) return undefined;
  const [source] = parseCached(
    key === 'all' ? SHOW_ALL : `SELECT pg_catalog.current_setting(${quoteText(key)}) AS ${quoteIdentifier(key)}`,
  );
  return source;
}

const SHOW_ALL = `SELECT name, pg_catalog.current_setting(name) AS setting, short_desc AS description
  FROM pg_catalog.pg_settings ORDER BY pg_catalog.lower(name)`;

/** Columns of SHOW. @throws SqlError 42704 */
export function showColumns(context: SessionContext, name: string): readonly ResultColumn[] {
  return [textColumn(context.settings.show(name).name)];
}

export function showRows(context: SessionContext, name: string): readonly Row[] {
  return [[context.settings.show(name).value]];
}

function textColumn(name: string): ResultColumn {
  return { name, typeOid: typeOid('text'), typeSize: -1, typmod: -1 };
}

/** The text that guc.c's flatten_set_variable_args makes of the values. */
function flatten(name: string, values: readonly SettingValue[]): string {
  const list = SETTINGS.get(name.toLowerCase())?.list ?? 'no';
  const [first] = values;
  if (list === 'no') {
    if (first === undefined || values.length > 1) {
      throw new SqlError(SqlState.invalidParameterValue, `SET ${name} takes only one argument`);
    }
    return first.text;
  }
  return values.map(({ text }) => (list === 'quoted' ? quoteIdentifier(text) : text)).join(', ');
}

function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function quoteIdentifier(name: string): string {
  return /^[a-z_][a-z0-9_$]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

/**
 * SET ROLE and SET SESSION AUTHORIZATION. What was opened for one user is closed before another comes.
 * @param to undefined: back to who signed in
 */
async function switchUser(
  context: SessionContext,
  name: string,
  to: string | undefined,
  local: boolean,
): Promise<void> {
  const { acting, portals, transaction } = context;
  if (local && !transaction.inBlock) warnOutsideBlock(context, 'SET LOCAL');
  const before = acting.current;
  const doer = context.doer();
  const isRole = name.toLowerCase() === 'role';
  const target = to ?? (isRole ? 'none' : acting.actor.user);
  let code: string = SUCCESS;
  try {
    if (isRole) await acting.setRole(target, local);
    else if (to === undefined) acting.reset(local);
    else await acting.setSessionAuthorization(target, local);
  } catch (error) {
    code = error instanceof SqlError ? error.code : SqlState.internalError;
    throw error;
  } finally {
    context.observe({ kind: 'switch', doer, to: target, code });
  }
  if (acting.current !== before) await portals.closeAll();
}

/** 25P01, but only a warning: the statement goes on and has no lasting effect. */
export function warnOutsideBlock(context: SessionContext, command: string): void {
  warn(context, '25P01', `${command} can only be used in transaction blocks`);
}
