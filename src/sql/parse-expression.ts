/** Expressions: libpg's nodes to ours, one case per kind. */
import { SqlError, SqlState } from '../errors.ts';
import type { Expr, IsTest, SqlValueName } from './ast.ts';
import { type Node, type NodeOf, names, nodeOf, reader, tagged } from './libpg-tree.ts';
import { parseCall } from './parse-call.ts';
import { parseLiteral } from './parse-literal.ts';
import { parseOperator, parseOperatorName } from './parse-operator.ts';
import { parseQuery } from './parse-query.ts';
import type { ParseSource } from './parse-source.ts';
import { parseType } from './parse-type.ts';

/** @throws SqlError 0A000 for what the tree has no node for, 42P02 for a parameter out of range */
export function parseExpr(source: ParseSource, node: Node | undefined): Expr {
  source.enter();
  const expr = parseNode(source, node);
  source.leave();
  return expr;
}

export function parseExprs(source: ParseSource, list: readonly Node[] | undefined): Expr[] {
  return (list ?? []).map((node) => parseExpr(source, node));
}

function parseNode(source: ParseSource, node: Node | undefined): Expr {
  const found = tagged(node);
  switch (found?.kind) {
    case 'ColumnRef':
      return parseColumn(source, found.node);
    case 'ParamRef':
      return parseParameter(source, found.node);
    case 'A_Const':
      return parseLiteral(source, found.node);
    case 'A_Expr':
      return parseOperator(source, found.node);
    case 'BoolExpr':
      return parseBoolean(source, found.node);
    case 'NullTest': {
      const { arg, nulltesttype, location } = nullTestFields(source, found.node);
      const negated = nulltesttype === 'IS_NOT_NULL';
      return { kind: 'is', test: 'null', negated, operand: parseExpr(source, arg), at: source.at(location) };
    }
    case 'BooleanTest':
      return parseBooleanTest(source, found.node);
    case 'SubLink':
      return parseSubLink(source, found.node);
    case 'CaseExpr':
      return parseCase(source, found.node);
    case 'CoalesceExpr': {
      const { args, location } = coalesceFields(source, found.node);
      return { kind: 'coalesce', args: parseExprs(source, args), at: source.at(location) };
    }
    case 'MinMaxExpr': {
      const { op, args, location } = minMaxFields(source, found.node);
      const kind = op === 'IS_LEAST' ? 'least' : 'greatest';
      return { kind, args: parseExprs(source, args), at: source.at(location) };
    }
    case 'TypeCast': {
      const { arg, typeName, location } = castFields(source, found.node);
      const type = parseType(source, typeName);
      return { kind: 'cast', operand: parseExpr(source, arg), type, at: source.at(location) ?? type.at };
    }
    case 'CollateClause': {
      const { arg, collname, location } = collateFields(source, found.node);
      const collation = names(source, collname);
      return { kind: 'collate', operand: parseExpr(source, arg), collation, at: source.at(location) };
    }
    case 'A_ArrayExpr': {
      const { elements, location } = arrayFields(source, found.node);
      return { kind: 'array', items: parseExprs(source, elements), at: source.at(location) };
    }
    case 'RowExpr': {
      const { args, location } = rowFields(source, found.node);
      return { kind: 'row', items: parseExprs(source, args), at: source.at(location) };
    }
    case 'A_Indirection':
      return parseIndirection(source, found.node);
    case 'SQLValueFunction':
      return parseSqlValue(source, found.node);
    case 'GroupingFunc': {
      const { args, location } = groupingFields(source, found.node);
      return { kind: 'grouping', args: parseExprs(source, args), at: source.at(location) };
    }
    case 'FuncCall':
      return parseCall(source, found.node);
    case 'SetToDefault':
      throw source.refuse('DEFAULT as a value', found.node.location);
    case 'XmlExpr':
    case 'XmlSerialize':
      throw source.refuse('XML', found.node.location);
    case 'JsonIsPredicate':
      throw source.refuse('IS JSON', found.node.location);
    case 'JsonFuncExpr':
    case 'JsonObjectConstructor':
    case 'JsonArrayConstructor':
    case 'JsonParseExpr':
    case 'JsonScalarExpr':
    case 'JsonSerializeExpr':
      throw source.refuse('an SQL/JSON function', found.node.location);
    case 'JsonArrayQueryConstructor':
      throw source.refuse('an SQL/JSON function', found.node.location);
    case 'JsonObjectAgg':
    case 'JsonArrayAgg':
      throw source.refuse('an SQL/JSON aggregate', found.node.constructor?.location);
    default:
      throw source.refuse(`an expression of kind ${found?.kind ?? 'NULL'}`, undefined);
  }
}

const columnFields = reader('ColumnRef')('fields', 'location');
const parameterFields = reader('ParamRef')('number', 'location');
/** libpg-query takes `$1a` for `$1 AS a`; PostgreSQL does not (security case A108). */
function parseParameter(source: ParseSource, node: NodeOf<'ParamRef'>): Expr {
  const { number, location } = parameterFields(source, node);
  const at = source.at(location);
  const junk = /^\$\d+[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/.exec(source.text.slice(source.indexOf(location)));
  if (junk !== null) {
    throw new SqlError(SqlState.syntaxError, `trailing junk after parameter at or near "${junk[0]}"`, { position: at });
  }
  return { kind: 'parameter', index: source.parameter(number ?? 0, location), at };
}

const nullTestFields = reader('NullTest')('arg', 'nulltesttype', 'location');
const coalesceFields = reader('CoalesceExpr')('args', 'location');
const minMaxFields = reader('MinMaxExpr')('op', 'args', 'location');
const castFields = reader('TypeCast')('arg', 'typeName', 'location');
const collateFields = reader('CollateClause')('arg', 'collname', 'location');
const arrayFields = reader('A_ArrayExpr')('elements', 'list_start', 'list_end', 'location');
const rowFields = reader('RowExpr')('args', 'row_format', 'location');
const groupingFields = reader('GroupingFunc')('args', 'location');

/** `t.*` as a select item is read in parse-query.ts; here it is a whole row, as in `count(t.*)`. */
function parseColumn(source: ParseSource, node: NodeOf<'ColumnRef'>): Expr {
  const { fields, location } = columnFields(source, node);
  const at = source.at(location);
  if (tagged(fields?.at(-1))?.kind !== 'A_Star') return { kind: 'column', path: names(source, fields), at };
  const row: Expr = { kind: 'column', path: names(source, fields?.slice(0, -1)), at };
  return { kind: 'field', operand: row, name: undefined, at };
}

const booleanFields = reader('BoolExpr')('boolop', 'args', 'location');

function parseBoolean(source: ParseSource, node: NodeOf<'BoolExpr'>): Expr {
  const { boolop, args, location } = booleanFields(source, node);
  const operands = parseExprs(source, args);
  switch (boolop) {
    case 'AND_EXPR':
      return { kind: 'and', operands };
    case 'OR_EXPR':
      return { kind: 'or', operands };
    case 'NOT_EXPR': {
      const [operand] = operands;
      if (operand !== undefined && operands.length === 1) return { kind: 'not', operand };
      throw source.refuse('NOT of several operands', location);
    }
    default:
      throw source.refuse(`${boolop}`, location);
  }
}

const booleanTestFields = reader('BooleanTest')('arg', 'booltesttype', 'location');

function parseBooleanTest(source: ParseSource, node: NodeOf<'BooleanTest'>): Expr {
  const { arg, booltesttype, location } = booleanTestFields(source, node);
  const test = booltesttype === undefined ? undefined : BOOLEAN_TESTS[booltesttype];
  if (test === undefined) throw source.refuse(`${booltesttype}`, location);
  return { kind: 'is', ...test, operand: parseExpr(source, arg), at: source.at(location) };
}

const BOOLEAN_TESTS: Record<
  NonNullable<NodeOf<'BooleanTest'>['booltesttype']>,
  { readonly test: IsTest; readonly negated: boolean }
> = {
  IS_TRUE: { test: 'true', negated: false },
  IS_NOT_TRUE: { test: 'true', negated: true },
  IS_FALSE: { test: 'false', negated: false },
  IS_NOT_FALSE: { test: 'false', negated: true },
  IS_UNKNOWN: { test: 'unknown', negated: false },
  IS_NOT_UNKNOWN: { test: 'unknown', negated: true },
};

const subLinkFields = reader('SubLink')('subLinkType', 'testexpr', 'operName', 'subselect', 'location');

function parseSubLink(source: ParseSource, node: NodeOf<'SubLink'>): Expr {
  const link = subLinkFields(source, node);
  const at = source.at(link.location);
  const query = parseQuery(source, link.subselect);
  switch (link.subLinkType) {
    case 'EXISTS_SUBLINK':
      return { kind: 'exists', query, at };
    case 'EXPR_SUBLINK':
      return { kind: 'scalar-subquery', query, at };
    case 'ARRAY_SUBLINK':
      return { kind: 'array-subquery', query, at };
    case 'ANY_SUBLINK':
    case 'ALL_SUBLINK':
      return {
        kind: 'quantified-subquery',
        quantifier: link.subLinkType === 'ANY_SUBLINK' ? 'any' : 'all',
        // IN has no operator of its own.
        operator: link.operName === undefined ? '=' : parseOperatorName(source, link.operName, link.location),
        left: parseExpr(source, link.testexpr),
        query,
        at,
      };
    default:
      throw source.refuse(`${link.subLinkType}`, link.location);
  }
}

const caseFields = reader('CaseExpr')('arg', 'args', 'defresult', 'location');
const whenFields = reader('CaseWhen')('expr', 'result', 'location');

function parseCase(source: ParseSource, node: NodeOf<'CaseExpr'>): Expr {
  const { arg, args, defresult, location } = caseFields(source, node);
  return {
    kind: 'case',
    operand: arg && parseExpr(source, arg),
    branches: (args ?? []).map((item) => {
      const when = whenFields(source, nodeOf(source, 'CaseWhen', item));
      const result = parseExpr(source, when.result);
      return { when: parseExpr(source, when.expr), then: result };
    }),
    otherwise: defresult && parseExpr(source, defresult),
    at: source.at(location),
  };
}

const indirectionFields = reader('A_Indirection')('arg', 'indirection');
const indexFields = reader('A_Indices')('is_slice', 'lidx', 'uidx');

function parseIndirection(source: ParseSource, node: NodeOf<'A_Indirection'>): Expr {
  const { arg, indirection = [] } = indirectionFields(source, node);
  const inner = tagged(arg);
  // `(a[1])[2]` subscripts an element, `a[1][2]` a dimension; our tree writes only the latter.
  const isSubscripted = inner?.kind === 'A_Indirection' && isSubscript(inner.node.indirection?.at(-1));
  if (isSubscripted && isSubscript(indirection[0])) throw source.refuse('a subscript of a subscript', undefined);
  return indirection.reduce<Expr>((operand, item) => parseSelector(source, operand, item), parseExpr(source, arg));
}

function isSubscript(node: Node | undefined): boolean {
  return tagged(node)?.kind === 'A_Indices';
}

function parseSelector(source: ParseSource, operand: Expr, item: Node): Expr {
  const at = 'at' in operand ? operand.at : undefined;
  const selector = tagged(item);
  switch (selector?.kind) {
    case 'String':
      return { kind: 'field', operand, name: selector.node.sval ?? '', at };
    case 'A_Star':
      return { kind: 'field', operand, name: undefined, at };
    case 'A_Indices': {
      const { is_slice, lidx, uidx } = indexFields(source, selector.node);
      const high = uidx && parseExpr(source, uidx);
      if (is_slice) return { kind: 'slice', operand, low: lidx && parseExpr(source, lidx), high, at };
      if (high === undefined) throw source.refuse('a subscript without an index', undefined);
      return { kind: 'subscript', operand, index: high, at };
    }
    default:
      throw source.refuse(`a selector of kind ${selector?.kind ?? 'NULL'}`, undefined);
  }
}

const sqlValueFields = reader('SQLValueFunction')('op', 'typmod', 'location');

function parseSqlValue(source: ParseSource, node: NodeOf<'SQLValueFunction'>): Expr {
  const { op, typmod, location } = sqlValueFields(source, node);
  const name = op === undefined ? undefined : SQL_VALUES[op];
  if (name === undefined) throw source.refuse(`${op}`, location);
  const precision = op?.endsWith('_N') ? (typmod ?? 0) : undefined;
  return { kind: 'sql-value', name, precision, at: source.at(location) };
}

const SQL_VALUES: Record<NonNullable<NodeOf<'SQLValueFunction'>['op']>, SqlValueName> = {
  SVFOP_CURRENT_DATE: 'current_date',
  SVFOP_CURRENT_TIME: 'current_time',
  SVFOP_CURRENT_TIME_N: 'current_time',
  SVFOP_CURRENT_TIMESTAMP: 'current_timestamp',
  SVFOP_CURRENT_TIMESTAMP_N: 'current_timestamp',
  SVFOP_LOCALTIME: 'localtime',
  SVFOP_LOCALTIME_N: 'localtime',
  SVFOP_LOCALTIMESTAMP: 'localtimestamp',
  SVFOP_LOCALTIMESTAMP_N: 'localtimestamp',
  SVFOP_CURRENT_ROLE: 'current_role',
  SVFOP_CURRENT_USER: 'current_user',
  SVFOP_USER: 'user',
  SVFOP_SESSION_USER: 'session_user',
  SVFOP_CURRENT_CATALOG: 'current_catalog',
  SVFOP_CURRENT_SCHEMA: 'current_schema',
};
