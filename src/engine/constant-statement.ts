/**
 * Constants and who asks: what pools and tools send to see whether the server is there. Answered at once, without a
 * catalog, which would have to be started for it. The list is closed; everything else is the catalog's, and what is
 * here has the catalog's bytes.
 */
import { assertNever } from '../errors.ts';
import type { ParameterValue, Prepared, ResultColumn, SessionView } from '../session/engine.ts';
import { cursorOver } from '../session/frames.ts';
import type { Call, Expr, Query, SelectItem, SqlValueName } from '../sql/ast.ts';
import { type PgType, typeOid, typeSize } from '../sql/types.ts';
import { sameZone } from '../sql/zone.ts';
import { decodeParameter, encodeValue } from '../wire/values.ts';
import { sessionValue } from './session-values.ts';

type Item = { readonly name: string; readonly type: PgType | 'name'; readonly value: Value };
/** A text, or one that is known when the statement is opened. */
type Value = string | null | { readonly kind: 'now' } | { readonly kind: 'parameter'; readonly index: number };

/** A session, and the database that it is connected to. */
type Asking = { readonly session: SessionView; readonly database: string };

/** PostgreSQL's bound of names; longer ones are cut. */
const LONGEST_NAME = 63;
/** A user of one of these names would have a schema on the default search_path. */
const SCHEMAS = new Set(['semwire', 'public', 'pg_catalog', 'information_schema']);

/**
 * @param declared types of the parameters, 0 to infer
 * @param session as it is when the statement is planned: another user or other settings plan it again
 * @returns undefined for everything that is not on the list
 */
export function constantStatement(
  query: Query,
  declared: readonly number[],
  session: SessionView,
  database: string,
): Prepared | undefined {
  if (!isOrdinaryName(session.identity.user) || !isOrdinaryName(database)) return undefined;
  const items = itemsOf(query).map((item) => itemOf(item, { session, database }));
  const known = items.filter((item) => item !== undefined);
  if (known.length === 0 || known.length < items.length) return undefined;
  const parameters = parameterCount(known);
  if (parameters === undefined || declared.length > parameters) return undefined;
  if (!declared.every((type) => type === 0 || type === typeOid('text'))) return undefined;
  return {
    parameterTypes: Array.from({ length: parameters }, () => typeOid('text')),
    columns: known.map(columnOf),
    open: async (binds, { resultFormats }) => {
      const texts = known.map(({ value }) => textOf(value, binds));
      const row = known.map(({ type }, i) => {
        const text = texts[i] ?? null;
        return text === null ? null : encodeValue(type === 'name' ? 'text' : type, resultFormats[i] ?? 0, text);
      });
      return cursorOver([row]);
    },
  };
}

function columnOf({ name, type }: Item): ResultColumn {
  const [oid, size] = type === 'name' ? [19, 64] : [typeOid(type), typeSize(type)];
  return { name, typeOid: oid, typeSize: size, typmod: -1 };
}

/** undefined where one of them is never read, of which the catalog says what PostgreSQL says. */
function parameterCount(items: readonly Item[]): number | undefined {
  const indexes = new Set(
    items.flatMap(({ value }) =>
      value !== null && typeof value === 'object' && value.kind === 'parameter' ? [value.index] : [],
    ),
  );
  return Math.max(0, ...indexes) === indexes.size ? indexes.size : undefined;
}

/** @throws SqlError 22021 for a parameter that is no text */
function textOf(value: Value, binds: readonly ParameterValue[]): string | null {
  if (value === null || typeof value === 'string') return value;
  switch (value.kind) {
    case 'now':
      return new Date()
        .toISOString()
        .replace('T', ' ')
        .replace(/\.?0*Z$/, '+00');
    case 'parameter': {
      const bound = binds[value.index - 1];
      if (bound === undefined || bound.value === null) return null;
      return decodeParameter('text', bound.format, bound.value, value.index);
    }
    default:
      return assertNever(value, 'constant statement');
  }
}

/** The list of a SELECT that is nothing else; empty for any other. */
function itemsOf({ with: ctes, body, orderBy, limit, offset }: Query): readonly SelectItem[] {
  if (ctes !== undefined || orderBy.length > 0 || limit !== undefined || offset !== undefined) return [];
  if (body.kind !== 'select' || body.distinct !== false || body.from.length > 0) return [];
  const { where, groupBy, having, windows } = body;
  if (where !== undefined || groupBy !== undefined || having !== undefined || windows.length > 0) return [];
  return body.items;
}

function itemOf(item: SelectItem, asking: Asking): Item | undefined {
  if (item.kind !== 'expr') return undefined;
  const found = itemOfExpr(item.expr, asking);
  if (found === undefined || item.alias === undefined) return found;
  return { ...found, name: item.alias };
}

/** Of what has no name of its own. */
const UNNAMED = '?column?';

function itemOfExpr(expr: Expr, asking: Asking): Item | undefined {
  switch (expr.kind) {
    case 'null':
      return { name: UNNAMED, type: 'text', value: null };
    case 'boolean':
      return { name: UNNAMED, type: 'bool', value: expr.value ? 't' : 'f' };
    case 'number':
      // What surely is an int4.
      return /^\d{1,9}$/.test(expr.text)
        ? { name: UNNAMED, type: 'int4', value: String(Number(expr.text)) }
        : undefined;
    case 'string':
      return { name: UNNAMED, type: 'text', value: expr.value };
    case 'parameter':
      return { name: UNNAMED, type: 'text', value: { kind: 'parameter', index: expr.index } };
    case 'sql-value':
      return itemOfName(expr.name, expr.precision, asking);
    case 'call':
      return itemOfCall(expr, asking);
    default:
      return undefined;
  }
}

function itemOfName(name: SqlValueName, precision: number | undefined, asking: Asking): Item | undefined {
  switch (name) {
    case 'current_user':
    case 'current_role':
    case 'user':
    case 'session_user':
    case 'current_catalog': {
      const value = sessionValue(name, asking.session, asking.database);
      return isOrdinaryName(value) ? { name, type: 'name', value } : undefined;
    }
    case 'current_schema':
      return currentSchema(asking);
    case 'current_timestamp':
      return precision === undefined ? now(name, asking) : undefined;
    case 'current_date':
    case 'current_time':
    case 'localtime':
    case 'localtimestamp':
      return undefined;
    default:
      return assertNever(name, 'constant statement');
  }
}

function itemOfCall(call: Call, asking: Asking): Item | undefined {
  const { path, args, star, distinct, orderBy, filter, over } = call;
  const [name = '', ...schema] = [...path].reverse();
  if (schema.length > 1 || (schema[0] ?? 'pg_catalog') !== 'pg_catalog') return undefined;
  const plain = args.length === 0 && !star && !distinct && orderBy.length === 0 && !call.withinGroup;
  if (!plain || filter !== undefined || over !== undefined) return undefined;
  switch (name) {
    case 'version':
      return { name, type: 'text', value: sessionValue(name, asking.session, asking.database) };
    case 'current_database':
      return { name, type: 'name', value: asking.database };
    case 'current_schema':
      return currentSchema(asking);
    case 'now':
      return now(name, asking);
    case 'pg_backend_pid':
      return { name, type: 'int4', value: String(asking.session.pid) };
    case 'pg_is_in_recovery':
      return { name, type: 'bool', value: 'f' };
    default:
      // What else there is, the catalog knows.
      return undefined;
  }
}

/** Every DateStyle is ISO here, but in another zone it would have another offset. */
function now(name: string, { session }: Asking): Item | undefined {
  if (!sameZone(session.settings.get('timezone') ?? '', 'UTC')) return undefined;
  return { name, type: 'timestamptz', value: { kind: 'now' } };
}

function currentSchema({ session: { settings, identity } }: Asking): Item | undefined {
  if (settings.get('search_path') !== '"$user", public' || SCHEMAS.has(identity.user)) return undefined;
  return { name: 'current_schema', type: 'name', value: 'public' };
}

/** PostgreSQL's own roles are refused by the catalog, and longer names are cut there. */
function isOrdinaryName(name: string): boolean {
  return name !== '' && !name.startsWith('pg_') && !name.includes('\0') && Buffer.byteLength(name) <= LONGEST_NAME;
}
