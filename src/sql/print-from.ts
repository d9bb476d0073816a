/** Items of FROM as text; every join stands in parentheses. */
import { assertNever } from '../errors.ts';
import type { TableAlias, TableRef } from './ast.ts';
import { print } from './print.ts';
import { printCall } from './print-call.ts';
import { printExpr } from './print-expression.ts';
import type { PrintHooks } from './print-hooks.ts';
import { printName, printNames, printPath } from './print-token.ts';

export function printTableRef(ref: TableRef, hooks: PrintHooks): string {
  switch (ref.kind) {
    case 'table':
      return printPath(ref.path) + printAlias(ref.alias);
    case 'subquery':
      return `${ref.lateral ? 'LATERAL ' : ''}(${print(ref.query, hooks)})${printAlias(ref.alias)}`;
    case 'function': {
      const ordinality = ref.ordinality ? ' WITH ORDINALITY' : '';
      return `${ref.lateral ? 'LATERAL ' : ''}${printCall(ref.call, hooks)}${ordinality}${printAlias(ref.alias)}`;
    }
    case 'join':
      return `(${printJoin(ref, hooks)})${printAlias(ref.alias)}`;
    case 'opaque-table':
      return `${hooks.opaque(ref.text, 'table')} AS ${printName(ref.alias)}`;
    default:
      return assertNever(ref, 'print');
  }
}

type Join = Extract<TableRef, { kind: 'join' }>;

const JOINS = {
  inner: 'JOIN',
  left: 'LEFT JOIN',
  right: 'RIGHT JOIN',
  full: 'FULL JOIN',
  cross: 'CROSS JOIN',
} as const;

function printJoin(join: Join, hooks: PrintHooks): string {
  const sides = `${join.natural ? 'NATURAL ' : ''}${JOINS[join.type]} ${printTableRef(join.right, hooks)}`;
  return `${printTableRef(join.left, hooks)} ${sides}${printCondition(join, hooks)}`;
}

/** A join has one of NATURAL, ON, USING, and a cross join none. */
function printCondition(join: Join, hooks: PrintHooks): string {
  const conditions = Number(join.natural) + Number(join.on !== undefined) + Number(join.using.length > 0);
  if (conditions !== (join.type === 'cross' ? 0 : 1)) throw new Error(`print: ${conditions} conditions in one join`);
  if (join.on !== undefined) return ` ON ${printExpr(join.on, hooks)}`;
  if (join.using.length === 0) return '';
  return ` USING (${printNames(join.using)})${join.usingAlias === undefined ? '' : ` AS ${printName(join.usingAlias)}`}`;
}

function printAlias(alias: TableAlias | undefined): string {
  if (alias === undefined) return '';
  return ` AS ${printName(alias.name)}${alias.columns.length === 0 ? '' : `(${printNames(alias.columns)})`}`;
}
