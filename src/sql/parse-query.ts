/** SELECT, VALUES, set operations and WITH. */
import type { SqlError } from '../errors.ts';
import type { Cte, GroupBy, GroupItem, Query, QueryBody, SelectItem, With } from './ast.ts';
import { type Node, type NodeOf, names, nodeOf, reader, tagged } from './libpg-tree.ts';
import { parseNamedWindows, parseOrderBy } from './parse-call.ts';
import { parseExpr, parseExprs } from './parse-expression.ts';
import { parseTableRef } from './parse-from.ts';
import type { ParseSource } from './parse-source.ts';
import { refused } from './refused.ts';

const selectFields = reader('SelectStmt')(
  'distinctClause',
  'intoClause',
  'targetList',
  'fromClause',
  'whereClause',
  'groupClause',
  'groupDistinct',
  'havingClause',
  'windowClause',
  'valuesLists',
  'sortClause',
  'limitOffset',
  'limitCount',
  'limitOption',
  'lockingClause',
  'withClause',
  'op',
  'all',
  'larg',
  'rarg',
);
type SelectFields = ReturnType<typeof selectFields>;

const lockFields = reader('LockingClause')('lockedRels', 'strength', 'waitPolicy');

/** @throws SqlError 0A000 when the node is no query, 25006 for INTO, FOR UPDATE and writing statements in WITH */
export function parseQuery(source: ParseSource, node: Node | undefined): Query {
  return parseSelectStmt(source, nodeOf(source, 'SelectStmt', node));
}

export function parseSelectStmt(source: ParseSource, node: NodeOf<'SelectStmt'>): Query {
  source.enter();
  const select = selectFields(source, node);
  if (select.intoClause !== undefined) throw intoTable(select.intoClause);
  if (select.lockingClause !== undefined) throw refused(`SELECT FOR ${lockOf(source, select.lockingClause)}`, true);
  const query: Query = {
    with: select.withClause && parseWith(source, select.withClause),
    body: parseBody(source, select),
    orderBy: parseOrderBy(source, select.sortClause),
    limit: parseLimit(source, select.limitCount),
    offset: select.limitOffset && parseExpr(source, select.limitOffset),
    withTies: select.limitOption === 'LIMIT_OPTION_WITH_TIES',
  };
  source.leave();
  return query;
}

/**
 * A table from a query. PostgreSQL lets a read-only transaction make a temporary one; here there are none, and clients
 * that only try whether there are (Tableau) want to hear that they are not supported.
 */
function intoTable({ rel }: NonNullable<SelectFields['intoClause']>): SqlError {
  return rel?.relpersistence === 't' ? refused('SELECT INTO TEMPORARY TABLE', false) : refused('SELECT INTO', true);
}

const LOCKS = {
  LCS_NONE: undefined,
  LCS_FORKEYSHARE: 'KEY SHARE',
  LCS_FORSHARE: 'SHARE',
  LCS_FORNOKEYUPDATE: 'NO KEY UPDATE',
  LCS_FORUPDATE: 'UPDATE',
} as const;

/** The strongest of them names the statement, as in PostgreSQL. */
function lockOf(source: ParseSource, clauses: readonly Node[]): string {
  const strengths = clauses.map((clause) => lockFields(source, nodeOf(source, 'LockingClause', clause)).strength);
  const names = Object.entries(LOCKS).flatMap(([strength, name]) =>
    name !== undefined && strengths.some((other) => other === strength) ? [name] : [],
  );
  return names.at(-1) ?? 'UPDATE';
}

/** LIMIT ALL arrives as LIMIT NULL, and both mean no limit. */
function parseLimit(source: ParseSource, node: Node | undefined): Query['limit'] {
  if (node === undefined) return undefined;
  const limit = parseExpr(source, node);
  return limit.kind === 'null' ? undefined : limit;
}

function parseBody(source: ParseSource, select: SelectFields): QueryBody {
  switch (select.op) {
    case 'SETOP_NONE':
      return select.valuesLists === undefined ? parsePlainSelect(source, select) : parseValues(source, select);
    case 'SETOP_UNION':
      return parseSetOperation(source, select, 'union');
    case 'SETOP_INTERSECT':
      return parseSetOperation(source, select, 'intersect');
    case 'SETOP_EXCEPT':
      return parseSetOperation(source, select, 'except');
    default:
      throw source.refuse(`${select.op}`, undefined);
  }
}

/** ORDER BY, LIMIT and WITH stand beside a set operation, in the query around it; an arm's own are inside its arm. */
function parseSetOperation(
  source: ParseSource,
  select: SelectFields,
  operator: 'union' | 'intersect' | 'except',
): QueryBody {
  if (select.larg === undefined || select.rarg === undefined) throw source.refuse('half a set operation', undefined);
  return {
    kind: 'set-operation',
    operator,
    all: select.all === true,
    left: parseSelectStmt(source, select.larg),
    right: parseSelectStmt(source, select.rarg),
  };
}

function parseValues(source: ParseSource, select: SelectFields): QueryBody {
  const rows = (select.valuesLists ?? []).map((row) => parseExprs(source, nodeOf(source, 'List', row).items));
  return { kind: 'values', rows };
}

function parsePlainSelect(source: ParseSource, select: SelectFields): QueryBody {
  return {
    kind: 'select',
    distinct: parseDistinct(source, select.distinctClause),
    items: (select.targetList ?? []).map((item) => parseSelectItem(source, item)),
    from: (select.fromClause ?? []).map((item) => parseTableRef(source, item)),
    where: select.whereClause && parseExpr(source, select.whereClause),
    groupBy: parseGroupBy(source, select),
    having: select.havingClause && parseExpr(source, select.havingClause),
    windows: parseNamedWindows(source, select.windowClause),
  };
}

/** Plain DISTINCT is written as a list of one NULL. */
function parseDistinct(
  source: ParseSource,
  list: readonly Node[] | undefined,
): boolean | Query['orderBy'][0]['expr'][] {
  if (list === undefined) return false;
  if (list.length === 1 && tagged(list[0]) === undefined) return true;
  return parseExprs(source, list);
}

const targetFields = reader('ResTarget')('name', 'val', 'location');

function parseSelectItem(source: ParseSource, node: Node): SelectItem {
  const { name, val, location } = targetFields(source, nodeOf(source, 'ResTarget', node));
  const at = source.at(location);
  const value = tagged(val);
  if (value?.kind === 'ColumnRef') {
    const path = value.node.fields ?? [];
    const last = tagged(path.at(-1));
    if (last?.kind === 'A_Star') return { kind: 'star', path: names(source, path.slice(0, -1)), at };
  }
  return { kind: 'expr', expr: parseExpr(source, val), alias: name, at };
}

function parseGroupBy(source: ParseSource, select: SelectFields): GroupBy | undefined {
  if (select.groupClause === undefined) return undefined;
  return {
    distinct: select.groupDistinct === true,
    items: select.groupClause.map((item) => parseGroupItem(source, item)),
  };
}

const groupingSetFields = reader('GroupingSet')('kind', 'content', 'location');

function parseGroupItem(source: ParseSource, node: Node): GroupItem {
  source.enter();
  const item = readGroupItem(source, node);
  source.leave();
  return item;
}

function readGroupItem(source: ParseSource, node: Node): GroupItem {
  // `(a, b)` here is a list of items; `ROW(a, b)` is a value.
  if ('RowExpr' in node && node.RowExpr.row_format === 'COERCE_IMPLICIT_CAST') {
    return { kind: 'list', items: (node.RowExpr.args ?? []).map((item) => parseGroupItem(source, item)) };
  }
  if (!('GroupingSet' in node)) return { kind: 'expr', expr: parseExpr(source, node) };
  const set = groupingSetFields(source, node.GroupingSet);
  const items = (set.content ?? []).map((item) => parseGroupItem(source, item));
  switch (set.kind) {
    case 'GROUPING_SET_EMPTY':
      return { kind: 'empty' };
    case 'GROUPING_SET_ROLLUP':
      return { kind: 'rollup', items };
    case 'GROUPING_SET_CUBE':
      return { kind: 'cube', items };
    case 'GROUPING_SET_SETS':
      return { kind: 'sets', items };
    default:
      throw source.refuse(`${set.kind}`, set.location);
  }
}

const withFields = reader('WithClause')('ctes', 'recursive', 'location');
const cteFields = reader('CommonTableExpr')(
  'ctename',
  'aliascolnames',
  'ctematerialized',
  'ctequery',
  'search_clause',
  'cycle_clause',
  'location',
);

function parseWith(source: ParseSource, node: NodeOf<'WithClause'>): With {
  const { ctes, recursive } = withFields(source, node);
  return { recursive: recursive === true, ctes: (ctes ?? []).map((cte) => parseCte(source, cte)) };
}

function parseCte(source: ParseSource, node: Node): Cte {
  const cte = cteFields(source, nodeOf(source, 'CommonTableExpr', node));
  if (cte.search_clause !== undefined) throw source.refuse('SEARCH in WITH', cte.search_clause.location);
  if (cte.cycle_clause !== undefined) throw source.refuse('CYCLE in WITH', cte.cycle_clause.location);
  if (cte.ctequery !== undefined && !('SelectStmt' in cte.ctequery)) {
    // PostgreSQL names the statement that the writing one stands in.
    throw refused('SELECT', true);
  }
  return {
    name: cte.ctename ?? '',
    columns: names(source, cte.aliascolnames),
    materialized: parseMaterialized(source, cte),
    query: parseQuery(source, cte.ctequery),
    at: source.at(cte.location),
  };
}

function parseMaterialized(source: ParseSource, cte: ReturnType<typeof cteFields>): boolean | undefined {
  switch (cte.ctematerialized) {
    case 'CTEMaterializeDefault':
      return undefined;
    case 'CTEMaterializeAlways':
      return true;
    case 'CTEMaterializeNever':
      return false;
    default:
      throw source.refuse(`${cte.ctematerialized}`, cte.location);
  }
}
