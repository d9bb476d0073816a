/** Calls, ORDER BY and windows as text. */
import { assertNever } from '../errors.ts';
import type { Call, CallArgument, Frame, FrameBound, SortItem, WindowSpec } from './ast.ts';
import { printExpr } from './print-expression.ts';
import type { PrintHooks } from './print-hooks.ts';
import { printName, printPath } from './print-token.ts';

/** SQL's own spellings (EXTRACT, TRIM, AT TIME ZONE …) print as the plain call that PostgreSQL makes of them. */
export function printCall(call: Call, hooks: PrintHooks): string {
  const order = call.orderBy.length === 0 ? '' : printOrderBy(call.orderBy, hooks);
  const args = call.star ? '*' : call.args.map((arg) => printArgument(arg, hooks)).join(', ');
  const inside = `${call.distinct ? 'DISTINCT ' : ''}${args}${call.withinGroup ? '' : order}`;
  return [
    `${printPath(call.path)}(${inside})`,
    call.withinGroup ? ` WITHIN GROUP (${order.trimStart()})` : '',
    call.filter === undefined ? '' : ` FILTER (WHERE ${printExpr(call.filter, hooks)})`,
    call.over === undefined ? '' : ` OVER ${printOver(call.over, hooks)}`,
  ].join('');
}

function printArgument(arg: CallArgument, hooks: PrintHooks): string {
  const name = arg.name === undefined ? '' : `${printName(arg.name)} => `;
  return `${arg.variadic ? 'VARIADIC ' : ''}${name}${printExpr(arg.value, hooks)}`;
}

/** With its leading space, or nothing. */
export function printOrderBy(items: readonly SortItem[], hooks: PrintHooks): string {
  if (items.length === 0) return '';
  const printed = items.map((item) => {
    const nulls = item.nulls === undefined ? '' : ` NULLS ${item.nulls.toUpperCase()}`;
    return `${printExpr(item.expr, hooks)}${item.descending ? ' DESC' : ''}${nulls}`;
  });
  return ` ORDER BY ${printed.join(', ')}`;
}

function printOver(over: string | WindowSpec, hooks: PrintHooks): string {
  return typeof over === 'string' ? printName(over) : printWindow(over, hooks);
}

export function printWindow(window: WindowSpec, hooks: PrintHooks): string {
  const parts = [
    window.base === undefined ? '' : printName(window.base),
    window.partitionBy.length === 0
      ? ''
      : `PARTITION BY ${window.partitionBy.map((expr) => printExpr(expr, hooks)).join(', ')}`,
    printOrderBy(window.orderBy, hooks).trimStart(),
    window.frame === undefined ? '' : printFrame(window.frame, hooks),
  ];
  return `(${parts.filter((part) => part !== '').join(' ')})`;
}

function printFrame(frame: Frame, hooks: PrintHooks): string {
  const start = printBound(frame.start, hooks);
  const bounds = frame.end === undefined ? start : `BETWEEN ${start} AND ${printBound(frame.end, hooks)}`;
  const exclude = frame.exclude === undefined ? '' : ` EXCLUDE ${EXCLUSIONS[frame.exclude]}`;
  return `${frame.mode.toUpperCase()} ${bounds}${exclude}`;
}

const EXCLUSIONS = { 'current-row': 'CURRENT ROW', group: 'GROUP', ties: 'TIES' } as const;

function printBound(bound: FrameBound, hooks: PrintHooks): string {
  switch (bound.kind) {
    case 'unbounded-preceding':
      return 'UNBOUNDED PRECEDING';
    case 'unbounded-following':
      return 'UNBOUNDED FOLLOWING';
    case 'current-row':
      return 'CURRENT ROW';
    case 'preceding':
      return `${printExpr(bound.offset, hooks)} PRECEDING`;
    case 'following':
      return `${printExpr(bound.offset, hooks)} FOLLOWING`;
    default:
      return assertNever(bound, 'print');
  }
}
