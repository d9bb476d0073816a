/** Items of FROM. */
import type { TableAlias, TableRef } from './ast.ts';
import { type Node, type NodeOf, names, nodeOf, reader, tagged } from './libpg-tree.ts';
import { parseCall } from './parse-call.ts';
import { parseExpr } from './parse-expression.ts';
import { parseQuery } from './parse-query.ts';
import type { ParseSource } from './parse-source.ts';

/** @throws SqlError 0A000 for ONLY, TABLESAMPLE, ROWS FROM of several functions, column definitions, XMLTABLE, JSON_TABLE */
export function parseTableRef(source: ParseSource, node: Node | undefined): TableRef {
  source.enter();
  const ref = parseNode(source, node);
  source.leave();
  return ref;
}

function parseNode(source: ParseSource, node: Node | undefined): TableRef {
  const found = tagged(node);
  switch (found?.kind) {
    case 'RangeVar':
      return parseTable(source, found.node);
    case 'RangeSubselect':
      return parseSubquery(source, found.node);
    case 'RangeFunction':
      return parseTableFunction(source, found.node);
    case 'JoinExpr':
      return parseJoin(source, found.node);
    case 'RangeTableSample':
      throw source.refuse('TABLESAMPLE', found.node.location);
    case 'RangeTableFunc':
      throw source.refuse('XMLTABLE', found.node.location);
    case 'JsonTable':
      throw source.refuse('JSON_TABLE', found.node.location);
    default:
      throw source.refuse(`a FROM item of kind ${found?.kind ?? 'NULL'}`, undefined);
  }
}

const tableFields = reader('RangeVar')(
  'catalogname',
  'schemaname',
  'relname',
  'inh',
  'relpersistence',
  'alias',
  'location',
);

export function parseTable(source: ParseSource, node: NodeOf<'RangeVar'>): Extract<TableRef, { kind: 'table' }> {
  const table = tableFields(source, node);
  if (table.inh !== true) throw source.refuse('ONLY', table.location);
  if (table.relpersistence !== 'p') throw source.refuse('a temporary table', table.location);
  return {
    kind: 'table',
    path: [table.catalogname, table.schemaname, table.relname].filter((name) => name !== undefined),
    alias: parseAlias(source, table.alias),
    at: source.at(table.location),
  };
}

const subqueryFields = reader('RangeSubselect')('lateral', 'subquery', 'alias');

function parseSubquery(source: ParseSource, node: NodeOf<'RangeSubselect'>): TableRef {
  const { lateral, subquery, alias } = subqueryFields(source, node);
  return {
    kind: 'subquery',
    query: parseQuery(source, subquery),
    lateral: lateral === true,
    alias: parseAlias(source, alias),
  };
}

const functionFields = reader('RangeFunction')(
  'lateral',
  'ordinality',
  'is_rowsfrom',
  'functions',
  'alias',
  'coldeflist',
);

function parseTableFunction(source: ParseSource, node: NodeOf<'RangeFunction'>): TableRef {
  const { lateral, ordinality, functions, alias, coldeflist } = functionFields(source, node);
  const [first, ...more] = functions ?? [];
  // Each is a list of the call and its column definitions, or NULL.
  const [item, definitions] = nodeOf(source, 'List', first).items ?? [];
  const call = tagged(item);
  const location = call?.kind === 'FuncCall' ? call.node.location : undefined;
  if (more.length > 0) throw source.refuse('ROWS FROM of several functions', location);
  if (coldeflist !== undefined || tagged(definitions) !== undefined) {
    throw source.refuse('a column definition list', location);
  }
  if (call?.kind !== 'FuncCall') throw source.refuse('this expression in FROM', undefined);
  return {
    kind: 'function',
    call: parseCall(source, call.node),
    ordinality: ordinality === true,
    lateral: lateral === true,
    alias: parseAlias(source, alias),
    at: source.at(location),
  };
}

const joinFields = reader('JoinExpr')(
  'jointype',
  'isNatural',
  'larg',
  'rarg',
  'usingClause',
  'join_using_alias',
  'quals',
  'alias',
);

function parseJoin(source: ParseSource, node: NodeOf<'JoinExpr'>): TableRef {
  const join = joinFields(source, node);
  return {
    kind: 'join',
    type: joinType(source, join),
    natural: join.isNatural === true,
    left: parseTableRef(source, join.larg),
    right: parseTableRef(source, join.rarg),
    on: join.quals && parseExpr(source, join.quals),
    using: names(source, join.usingClause),
    alias: parseAlias(source, join.alias),
    usingAlias: parseAlias(source, join.join_using_alias)?.name,
  };
}

function joinType(
  source: ParseSource,
  join: ReturnType<typeof joinFields>,
): 'inner' | 'left' | 'right' | 'full' | 'cross' {
  switch (join.jointype) {
    case 'JOIN_INNER':
      return join.quals || join.usingClause || join.isNatural ? 'inner' : 'cross';
    case 'JOIN_LEFT':
      return 'left';
    case 'JOIN_RIGHT':
      return 'right';
    case 'JOIN_FULL':
      return 'full';
    default:
      throw source.refuse(`${join.jointype}`, undefined);
  }
}

const aliasFields = reader('Alias')('aliasname', 'colnames');

function parseAlias(source: ParseSource, node: NodeOf<'Alias'> | undefined): TableAlias | undefined {
  if (node === undefined) return undefined;
  const { aliasname, colnames } = aliasFields(source, node);
  return { name: aliasname ?? '', columns: names(source, colnames) };
}
