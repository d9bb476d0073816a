/** Where an expression begins in the client's text. */
import type { Expr } from '../../sql/ast.ts';

/**
 * The offset that PostgreSQL's errors about a whole expression point to: the leftmost of the node's own place and its
 * first operand's (exprLocation() in its nodes/nodeFuncs.c).
 */
export function startOf(expr: Expr): number | undefined {
  switch (expr.kind) {
    case 'unary':
    case 'is':
    case 'cast':
    case 'between':
    case 'in-list':
    case 'like':
      return leftmost(expr.at, startOf(expr.operand));
    case 'binary':
    case 'distinct-from':
    case 'nullif':
    case 'quantified':
    case 'quantified-subquery':
      return leftmost(expr.at, startOf(expr.left));
    case 'and':
    case 'or':
      return expr.operands[0] && startOf(expr.operands[0]);
    case 'not':
    case 'collate':
    case 'subscript':
    case 'slice':
    case 'field':
      return startOf(expr.operand);
    case 'call':
      return expr.args[0] === undefined || expr.over !== undefined
        ? expr.at
        : leftmost(expr.at, startOf(expr.args[0].value));
    case 'column':
    case 'parameter':
    case 'null':
    case 'boolean':
    case 'number':
    case 'string':
    case 'exists':
    case 'scalar-subquery':
    case 'array-subquery':
    case 'case':
    case 'coalesce':
    case 'greatest':
    case 'least':
    case 'array':
    case 'row':
    case 'sql-value':
    case 'grouping':
      return expr.at;
    case 'opaque':
    case 'bind':
      return undefined;
  }
}

function leftmost(own: number | undefined, inner: number | undefined): number | undefined {
  if (own === undefined || inner === undefined) return own ?? inner;
  return Math.min(own, inner);
}
