/**
 * The second opinion: libpg's own tree, without what carries no meaning. Our tree may not have lost what this one holds.
 */
import { parseTree } from '../../src/sql/libpg.ts';

/** Two texts with equal raw trees are the same statement to PostgreSQL. */
export function rawTree(sql: string): unknown {
  const [statement] = parseTree(sql).stmts ?? [];
  return clean(statement?.stmt);
}

/** Where a token stood, which spelling was used, and depth of planning: no meaning. */
const MEANINGLESS = new Set([
  'location',
  'list_start',
  'list_end',
  'rexpr_list_start',
  'rexpr_list_end',
  // EXTRACT(year FROM d) is the call pg_catalog.extract('year', d).
  'funcformat',
  // ROWS FROM (f()) of one function is f().
  'is_rowsfrom',
  // LIMIT without WITH TIES.
  'limitOption',
  // The keyword's range of an interval, and sizes of array types, which PostgreSQL ignores.
  'typemod',
]);

type Node = { readonly [field: string]: unknown };

function clean(node: unknown, inGroupBy = false): unknown {
  if (Array.isArray(node)) return node.map((item) => clean(item, inGroupBy));
  if (typeof node !== 'object' || node === null) return node;
  const entries = Object.entries(node as Node)
    .filter(([name]) => !MEANINGLESS.has(name) && (name !== 'row_format' || inGroupBy))
    .map(([name, value]) => [name, clean(value, name === 'groupClause' || (inGroupBy && name !== 'subselect'))]);
  return canonical(Object.fromEntries(entries));
}

/** Spellings that the grammar keeps apart and that mean the same. */
function canonical(node: Record<string, unknown>): unknown {
  const only = (name: string): Record<string, unknown> | undefined => node[name] as Record<string, unknown> | undefined;
  const bool = only('BoolExpr');
  if (bool !== undefined) return { BoolExpr: { ...bool, args: flatten(bool.boolop, bool.args as Node[]) } };
  const type = only('TypeName') ?? node;
  if (Array.isArray(type.names)) {
    type.names = withoutCatalog(type.names);
    if (type.arrayBounds !== undefined) type.arrayBounds = (type.arrayBounds as Node[]).length;
  }
  const operator = only('A_Expr');
  if (operator !== undefined) operator.name = withoutCatalog(operator.name as Node[]);
  const link = only('SubLink');
  if (link?.operName !== undefined) {
    link.operName = withoutCatalog(link.operName as Node[]);
    // IN (SELECT …) is = ANY (SELECT …).
    if (link.subLinkType === 'ANY_SUBLINK' && JSON.stringify(link.operName) === '[{"String":{"sval":"="}}]') {
      delete link.operName;
    }
  }
  const sort = only('SortBy');
  if (sort !== undefined) Object.assign(sort, sortDirection(sort));
  // LIMIT ALL is no limit.
  if (JSON.stringify(node.limitCount) === '{"A_Const":{"isnull":true}}') delete node.limitCount;
  const constant = only('A_Const');
  const float = constant?.fval as { fval?: string } | undefined;
  if (float?.fval !== undefined) float.fval = float.fval.replaceAll('_', '');
  const column = only('ColumnRef');
  const fields = column?.fields as Node[] | undefined;
  // t.* inside an expression prints as (t).*; both are the whole row.
  if (fields !== undefined && fields.length > 1 && JSON.stringify(fields.at(-1)) === '{"A_Star":{}}') {
    return { A_Indirection: { arg: { ColumnRef: { fields: fields.slice(0, -1) } }, indirection: [{ A_Star: {} }] } };
  }
  return mergedIndirection(node, only('A_Indirection'));
}

/** ((a).b).c and (a).b.c */
function mergedIndirection(node: Node, outer: Record<string, unknown> | undefined): unknown {
  const inner = (outer?.arg as Node | undefined)?.A_Indirection as Record<string, unknown> | undefined;
  if (outer === undefined || inner === undefined) return node;
  const indirection = [...(inner.indirection as Node[]), ...(outer.indirection as Node[])];
  return { A_Indirection: { arg: inner.arg, indirection } };
}

function flatten(operator: unknown, args: readonly Node[]): unknown[] {
  return args.flatMap((arg) => {
    const inner = arg.BoolExpr as { boolop?: unknown; args?: unknown[] } | undefined;
    return operator !== 'NOT_EXPR' && inner?.boolop === operator ? (inner?.args ?? []) : [arg];
  });
}

function withoutCatalog(names: readonly unknown[]): unknown[] {
  return JSON.stringify(names[0]) === '{"String":{"sval":"pg_catalog"}}' && names.length === 2
    ? names.slice(1)
    : [...names];
}

/** USING < is ASC, USING > is DESC, and ASC is the default. */
function sortDirection(sort: Record<string, unknown>): Record<string, unknown> {
  const operator = JSON.stringify(sort.useOp ?? '');
  delete sort.useOp;
  if (sort.sortby_dir === 'SORTBY_USING')
    return { sortby_dir: operator.includes('>') ? 'SORTBY_DESC' : 'SORTBY_DEFAULT' };
  return sort.sortby_dir === 'SORTBY_ASC' ? { sortby_dir: 'SORTBY_DEFAULT' } : {};
}
