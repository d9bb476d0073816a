/**
 * Which questions have one answer for a shape, a user, a database and settings, whoever asks and whenever: those are
 * answered from memory. It is decided by what a statement calls, reads and writes out, not by its text: psql's `\d`
 * speaks of sequences without asking any for its value.
 */
import type { Call, Expr, Query, TableRef, TypeName } from '../sql/ast.ts';
import { visitQuery } from '../sql/walk.ts';

/** Parts of the names of functions whose answer differs by time, session or call. */
const UNSTABLE_FUNCTION =
  /semwire|now|clock|timeofday|_timestamp|^(age|date|time|timetz|timestamp|timestamptz)$|random|shuffle|sample|uuid|pid|inet_|setting|set_config|pg_stat_(get|have)|pg_lock|lock_status|cursor|prepared|portal|xact|txid|snapshot|wal_|_wal|_lsn|_last_|nextval|currval|setval|lastval|_size$|_control|conf_load|start_time|timezone_|notification|blocking|memory|shmem|multixact|replay|wait_events|aios|recovery|sequence|current_query|_backend$|^reload$|^cancel$/;

/**
 * The same of relations. semwire's own are found in any schema: search_path may hold it. Nothing is counted in an
 * instance, so the statistics of tables stay what they are.
 */
const UNSTABLE_RELATION =
  /^(whoami|sessions)$|^pg_(stat(io)?_(?!((xact_)?(all|user|sys)_|ext))|lock|cursor|prepared|settings|file_settings|hba|ident|backend|shmem|wait|aios|replication|timezone|dsm|sequences)/;

/** Time's input takes these words (datetktbl of datetime.c), also inside longer texts. */
const TIME_WORD = /(?<![a-z])(now|today|tomorrow|yesterday)(?![a-z])/i;
/** A cast may read a text that is put together, so whatever it is made of. */
const TIME_TYPE = /^(date|time|timetz|timestamp|timestamptz|abstime|(ts|tstz|date)(multi)?range)$/;

const known = new WeakMap<Query, boolean>();

/** True when the query has the same answer for the same shape, user, database, settings and stable parameters. */
export function isStable(query: Query): boolean {
  const stable = known.get(query) ?? decide(query);
  known.set(query, stable);
  return stable;
}

/** A parameter's value may say when, too; in binary it cannot, and is read as text all the same. */
export function isStableText(text: string): boolean {
  return !TIME_WORD.test(text);
}

function decide(query: Query): boolean {
  let stable = true;
  visitQuery(query, {
    expr: (expr) => {
      stable &&= isStableExpr(expr);
      return stable;
    },
    table: (ref) => {
      stable &&= isStableTable(ref);
      return stable;
    },
  });
  return stable;
}

function isStableTable(ref: TableRef): boolean {
  switch (ref.kind) {
    case 'table':
      return !UNSTABLE_RELATION.test(lastOf(ref.path));
    case 'function':
      return isStableCall(ref.call);
    default:
      return true;
  }
}

function isStableExpr(expr: Expr): boolean {
  switch (expr.kind) {
    case 'string':
      return isStableText(expr.value);
    case 'call':
      return isStableCall(expr);
    case 'field':
      // `(x).f` may be f(x).
      return expr.name === undefined || !UNSTABLE_FUNCTION.test(expr.name);
    case 'cast':
      return !isOfTime(expr.type);
    case 'sql-value':
      return !/^current_(date|time)|^local/.test(expr.name);
    default:
      return true;
  }
}

function isStableCall({ path }: Call): boolean {
  return !UNSTABLE_FUNCTION.test(lastOf(path));
}

function isOfTime({ path }: TypeName): boolean {
  return TIME_TYPE.test(lastOf(path));
}

function lastOf(path: readonly string[]): string {
  return path.at(-1) ?? '';
}
