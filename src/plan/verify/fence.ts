/**
 * The verifier's second rule: a predicate that can raise never meets a leaf that hides rows without its fence.
 * Read off the printed tree alone, by names of operators, functions and types; it does not ask the planner.
 */
import type { Expr, Query, Select, TableRef } from '../../sql/ast.ts';
import type { PgType } from '../../sql/types.ts';
import { mapExprChildren } from '../../sql/walk.ts';
import { castIsLeakproof } from '../routines/coercion.ts';
import { functionsByName, operatorsByName } from '../routines/routines.ts';

/** What the verifier knows of a leaf that stands in a FROM clause. */
export type LeafFacts = { readonly hidesRows: boolean; readonly types: ReadonlyMap<string, PgType> };

/** The planner thought a predicate harmless and the printed text does not look so. */
export class FenceAlarm extends Error {
  override readonly name = 'FenceAlarm';
}

/** @throws FenceAlarm when a predicate of this SELECT may see hidden rows of a leaf in its FROM */
export function checkPredicates(
  select: Select,
  leafOf: (query: Query) => LeafFacts | undefined,
  isFenced: (query: Query) => boolean,
): void {
  const leaves = new Map<string, { readonly facts: LeafFacts; readonly fenced: boolean }>();
  const predicates: Expr[] = [];
  const visit = (ref: TableRef): void => {
    if (ref.kind === 'join') {
      visit(ref.left);
      visit(ref.right);
      if (ref.on !== undefined) predicates.push(ref.on);
      return;
    }
    const facts = ref.kind === 'subquery' ? leafOf(ref.query) : undefined;
    if (facts === undefined || ref.kind !== 'subquery' || ref.alias === undefined) return;
    leaves.set(ref.alias.name, { facts, fenced: isFenced(ref.query) });
  };
  for (const ref of select.from) visit(ref);
  for (const predicate of [select.where, select.having]) if (predicate !== undefined) predicates.push(predicate);
  const typeOf = (column: Expr): PgType | undefined =>
    column.kind === 'column' && column.path.length === 2
      ? leaves.get(column.path[0] ?? '')?.facts.types.get(column.path[1] ?? '')
      : undefined;
  for (const predicate of predicates) {
    if (!risky(predicate, typeOf)) continue;
    for (const name of qualifiersOf(predicate)) {
      const leaf = leaves.get(name);
      if (leaf?.facts.hidesRows && !leaf.fenced)
        throw new FenceAlarm(`verifier: a predicate that can raise meets leaf ${name} without its fence`);
    }
  }
}

/** What stands beside the row filter inside a fence must not raise. */
export function checkInsideFence(where: Expr | undefined, facts: LeafFacts): void {
  const typeOf = (column: Expr): PgType | undefined =>
    column.kind === 'column' ? facts.types.get(column.path.at(-1) ?? '') : undefined;
  if (where !== undefined && risky(where, typeOf))
    throw new FenceAlarm('verifier: a predicate that can raise stands inside a fence');
}

function qualifiersOf(expr: Expr): Set<string> {
  const found = new Set<string>();
  eachExpr(expr, (node) => {
    if (node.kind === 'column' && node.path.length === 2) found.add(node.path[0] ?? '');
  });
  return found;
}

/** Subqueries are SELECTs of their own and are checked as such. */
function eachExpr(expr: Expr, each: (node: Expr) => void): void {
  each(expr);
  mapExprChildren(expr, {
    expr: (child) => {
      eachExpr(child, each);
      return child;
    },
    query: (query) => query,
    table: (ref) => ref,
  });
}

function risky(expr: Expr, typeOf: (column: Expr) => PgType | undefined): boolean {
  let found = false;
  eachExpr(expr, (node) => {
    found ||= raises(node, typeOf);
  });
  return found;
}

/** Whether the node itself, not its parts, can raise. */
function raises(node: Expr, typeOf: (column: Expr) => PgType | undefined): boolean {
  switch (node.kind) {
    case 'call': {
      const routines = functionsByName.get(node.path.at(-1) ?? '') ?? [];
      // Aggregates of HAVING are computed above their rows' filters.
      return !routines.some(({ kind, leakproof }) => leakproof || kind === 'aggregate' || kind === 'window');
    }
    case 'binary':
    case 'quantified':
    case 'quantified-subquery':
      return !(operatorsByName.get(node.operator) ?? []).some(({ leakproof }) => leakproof);
    case 'unary':
      return node.operand.kind !== 'number';
    case 'like':
      return (
        node.variant === 'similar' ||
        literalText(node.pattern) === undefined ||
        (literalText(node.pattern) ?? '').endsWith('\\')
      );
    case 'cast': {
      const source = typeOf(node.operand);
      const target = TYPES[node.type.path.at(-1)?.toUpperCase() ?? ''];
      return source !== undefined && (target === undefined || !castIsLeakproof(source, target, false));
    }
    case 'subscript':
    case 'slice':
    case 'collate':
      return node.kind !== 'collate';
    default:
      return false;
  }
}

function literalText(expr: Expr): string | undefined {
  if (expr.kind === 'string') return expr.value;
  return expr.kind === 'cast' ? literalText(expr.operand) : undefined;
}

/** Both warehouses' names of the types that a widening cast goes to. */
const TYPES: { readonly [name: string]: PgType } = {
  INT2: 'int2',
  SMALLINT: 'int2',
  INT4: 'int4',
  INTEGER: 'int4',
  INT8: 'int8',
  BIGINT: 'int8',
  NUMERIC: 'numeric',
  DECIMAL: 'numeric',
  FLOAT4: 'float4',
  REAL: 'float4',
  FLOAT8: 'float8',
  DOUBLE: 'float8',
  TEXT: 'text',
  VARCHAR: 'varchar',
  BOOL: 'bool',
  BOOLEAN: 'bool',
};
