/**
 * Tree → SQL that PostgreSQL's grammar reads as the same tree: parse(print(x)) equals x (security case A110).
 * ASCII only outside quotes, no comments, one line.
 */
import { assertNever } from '../errors.ts';
import type { Cte, GroupItem, Query, QueryBody, Select, SelectItem } from './ast.ts';
import { printOrderBy, printWindow } from './print-call.ts';
import { printExpr } from './print-expression.ts';
import { printTableRef } from './print-from.ts';
import type { PrintHooks } from './print-hooks.ts';
import { printName, printNames, printPath } from './print-token.ts';

/** @throws Error (a bug) for a tree that no text can stand for, SqlError 22021 and 42622 for text and names */
export function print(query: Query, hooks: PrintHooks): string {
  return [
    query.with === undefined
      ? ''
      : `WITH ${query.with.recursive ? 'RECURSIVE ' : ''}${query.with.ctes.map((cte) => printCte(cte, hooks)).join(', ')} `,
    printBody(query.body, hooks),
    printOrderBy(query.orderBy, hooks),
    query.offset === undefined ? '' : ` OFFSET ${printExpr(query.offset, hooks)}`,
    printLimit(query, hooks),
  ].join('');
}

function printLimit(query: Query, hooks: PrintHooks): string {
  if (query.limit === undefined) return '';
  const limit = printExpr(query.limit, hooks);
  return query.withTies ? ` FETCH FIRST (${limit}) ROWS WITH TIES` : ` LIMIT ${limit}`;
}

function printCte(cte: Cte, hooks: PrintHooks): string {
  const columns = cte.columns.length === 0 ? '' : `(${printNames(cte.columns)})`;
  const materialized = cte.materialized === undefined ? '' : cte.materialized ? 'MATERIALIZED ' : 'NOT MATERIALIZED ';
  return `${printName(cte.name)}${columns} AS ${materialized}(${print(cte.query, hooks)})`;
}

function printBody(body: QueryBody, hooks: PrintHooks): string {
  switch (body.kind) {
    case 'select':
      return printSelect(body, hooks);
    case 'values':
      return `VALUES ${body.rows.map((row) => `(${row.map((expr) => printExpr(expr, hooks)).join(', ')})`).join(', ')}`;
    case 'set-operation': {
      const operator = body.operator.toUpperCase() + (body.all ? ' ALL' : '');
      return `(${print(body.left, hooks)}) ${operator} (${print(body.right, hooks)})`;
    }
    default:
      return assertNever(body, 'print');
  }
}

function printSelect(select: Select, hooks: PrintHooks): string {
  const items = select.items.map((item) => printItem(item, hooks)).join(', ');
  const clauses = [
    `SELECT${printDistinct(select.distinct, hooks)}${items === '' ? '' : ` ${items}`}`,
    select.from.length === 0 ? '' : ` FROM ${select.from.map((ref) => printTableRef(ref, hooks)).join(', ')}`,
    select.where === undefined ? '' : ` WHERE ${printExpr(select.where, hooks)}`,
    printGroupBy(select, hooks),
    select.having === undefined ? '' : ` HAVING ${printExpr(select.having, hooks)}`,
    printWindows(select, hooks),
  ];
  return clauses.join('');
}

function printDistinct(distinct: Select['distinct'], hooks: PrintHooks): string {
  if (distinct === false) return '';
  if (distinct === true) return ' DISTINCT';
  return ` DISTINCT ON (${distinct.map((expr) => printExpr(expr, hooks)).join(', ')})`;
}

function printItem(item: SelectItem, hooks: PrintHooks): string {
  switch (item.kind) {
    case 'expr':
      return printExpr(item.expr, hooks) + (item.alias === undefined ? '' : ` AS ${printName(item.alias)}`);
    case 'star':
      return item.path.length === 0 ? '*' : `${printPath(item.path)}.*`;
    default:
      return assertNever(item, 'print');
  }
}

function printGroupBy(select: Select, hooks: PrintHooks): string {
  if (select.groupBy === undefined) return '';
  const items = select.groupBy.items.map((item) => printGroupItem(item, hooks)).join(', ');
  return ` GROUP BY ${select.groupBy.distinct ? 'DISTINCT ' : ''}${items}`;
}

function printGroupItem(item: GroupItem, hooks: PrintHooks): string {
  switch (item.kind) {
    case 'expr':
      return printExpr(item.expr, hooks);
    case 'empty':
      return '()';
    case 'list':
    case 'rollup':
    case 'cube':
    case 'sets': {
      if (item.items.length === 0) throw new Error(`print: a grouping ${item.kind} of nothing`);
      const words = { list: '', rollup: 'ROLLUP ', cube: 'CUBE ', sets: 'GROUPING SETS ' } as const;
      return `${words[item.kind]}(${item.items.map((inner) => printGroupItem(inner, hooks)).join(', ')})`;
    }
    default:
      return assertNever(item, 'print');
  }
}

function printWindows(select: Select, hooks: PrintHooks): string {
  if (select.windows.length === 0) return '';
  const windows = select.windows.map(({ name, window }) => `${printName(name)} AS ${printWindow(window, hooks)}`);
  return ` WINDOW ${windows.join(', ')}`;
}
