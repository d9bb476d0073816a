/**
 * Constants and who asks: what pools and tools send to see whether the server is there. Answered at once, without a
 * catalog, which would have to be started for it. The list is closed; everything else is the catalog's, and what is
 * here has the catalog's bytes.
 */
import { assertNever } from '../errors.ts';
import type { Prepared, ResultColumn, SessionView } from '../session/engine.ts';
import { cursorOver } from '../session/frames.ts';
import type { Call, Expr, Query, SelectItem, SqlValueName } from '../sql/ast.ts';

type Type = Pick<ResultColumn, 'typeOid' | 'typeSize'>;
type Item = { readonly name: string; readonly type: Type; readonly text: string };

const INT4: Type = { typeOid: 23, typeSize: 4 };
const TEXT: Type = { typeOid: 25, typeSize: -1 };
const NAME: Type = { typeOid: 19, typeSize: 64 };

/** PostgreSQL's bound of names; longer ones are cut. */
const LONGEST_NAME = 63;
/** A user of one of these names would have a schema on the default search_path. */
const SCHEMAS = new Set(['semwire', 'public', 'pg_catalog', 'information_schema']);

/**
 * @param session as it is when the statement is planned: another user or other settings plan it again
 * @returns undefined for everything that is not on the list
 */
export function constantStatement(query: Query, session: SessionView, database: string): Prepared | undefined {
  if (!isOrdinaryName(session.identity.user) || !isOrdinaryName(database)) return undefined;
  const items = itemsOf(query).map((item) => itemOf(item, session, database));
  const known = items.filter((item) => item !== undefined);
  if (known.length === 0 || known.length < items.length) return undefined;
  return {
    parameterTypes: [],
    columns: known.map(({ name, type }) => ({ name, ...type, typmod: -1 })),
    open: async (_binds, { resultFormats }) =>
      cursorOver([known.map((item, index) => (resultFormats[index] === 1 ? binary(item) : item.text))]),
  };
}

/** The list of a SELECT that is nothing else; empty for any other. */
function itemsOf({ with: ctes, body, orderBy, limit, offset }: Query): readonly SelectItem[] {
  if (ctes !== undefined || orderBy.length > 0 || limit !== undefined || offset !== undefined) return [];
  if (body.kind !== 'select' || body.distinct !== false || body.from.length > 0) return [];
  const { where, groupBy, having, windows } = body;
  if (where !== undefined || groupBy !== undefined || having !== undefined || windows.length > 0) return [];
  return body.items;
}

function itemOf(item: SelectItem, session: SessionView, database: string): Item | undefined {
  if (item.kind !== 'expr') return undefined;
  const found = itemOfExpr(item.expr, session, database);
  if (found === undefined || item.alias === undefined) return found;
  return { ...found, name: item.alias };
}

function itemOfExpr(expr: Expr, session: SessionView, database: string): Item | undefined {
  switch (expr.kind) {
    case 'number':
      // What surely is an int4.
      return /^\d{1,9}$/.test(expr.text)
        ? { name: '?column?', type: INT4, text: String(Number(expr.text)) }
        : undefined;
    case 'string':
      return { name: '?column?', type: TEXT, text: expr.value };
    case 'sql-value':
      return itemOfName(expr.name, session, database);
    case 'call':
      return itemOfCall(expr, session, database);
    default:
      return undefined;
  }
}

function itemOfName(name: SqlValueName, session: SessionView, database: string): Item | undefined {
  const { user } = session.identity;
  switch (name) {
    case 'current_user':
    case 'current_role':
    case 'user':
      return { name, type: NAME, text: user };
    case 'session_user': {
      const text = session.settings.get('session_authorization') ?? user;
      return isOrdinaryName(text) ? { name, type: NAME, text } : undefined;
    }
    case 'current_catalog':
      return { name, type: NAME, text: database };
    case 'current_schema':
      return currentSchema(session);
    case 'current_date':
    case 'current_time':
    case 'current_timestamp':
    case 'localtime':
    case 'localtimestamp':
      return undefined;
    default:
      return assertNever(name, 'constant statement');
  }
}

function itemOfCall(call: Call, session: SessionView, database: string): Item | undefined {
  const { path, args, star, distinct, orderBy, filter, over } = call;
  const [name = '', ...schema] = [...path].reverse();
  if (schema.length > 1 || (schema[0] ?? 'pg_catalog') !== 'pg_catalog') return undefined;
  const plain = args.length === 0 && !star && !distinct && orderBy.length === 0 && !call.withinGroup;
  if (!plain || filter !== undefined || over !== undefined) return undefined;
  switch (name) {
    case 'version': {
      const [number = ''] = (session.settings.get('server_version') ?? '').split(' ');
      return number === '' ? undefined : { name, type: TEXT, text: `PostgreSQL ${number} (semwire)` };
    }
    case 'current_database':
      return { name, type: NAME, text: database };
    case 'current_schema':
      return currentSchema(session);
    case 'pg_backend_pid':
      return { name, type: INT4, text: String(session.pid) };
    default:
      // What else there is, the catalog knows.
      return undefined;
  }
}

function currentSchema({ settings, identity }: SessionView): Item | undefined {
  if (settings.get('search_path') !== '"$user", public' || SCHEMAS.has(identity.user)) return undefined;
  return { name: 'current_schema', type: NAME, text: 'public' };
}

/** PostgreSQL's own roles are refused by the catalog, and longer names are cut there. */
function isOrdinaryName(name: string): boolean {
  return name !== '' && !name.startsWith('pg_') && !name.includes('\0') && Buffer.byteLength(name) <= LONGEST_NAME;
}

/** Texts and names are the same bytes in both formats. */
function binary({ type, text }: Item): Uint8Array | string {
  if (type !== INT4) return text;
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(Number(text));
  return bytes;
}
