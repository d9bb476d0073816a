/** A_Expr: operators and the predicates that the grammar writes with them. */
import type { Call, Expr } from './ast.ts';
import { type Node, type NodeOf, names, nodeOf, reader } from './libpg-tree.ts';
import { parseExpr, parseExprs } from './parse-expression.ts';
import type { ParseSource } from './parse-source.ts';

const fields = reader('A_Expr')('kind', 'name', 'lexpr', 'rexpr', 'rexpr_list_start', 'rexpr_list_end', 'location');

export function parseOperator(source: ParseSource, node: NodeOf<'A_Expr'>): Expr {
  const { kind, name, lexpr, rexpr, location } = fields(source, node);
  const at = source.at(location);
  const operator = parseOperatorName(source, name, location);
  switch (kind) {
    case 'AEXPR_OP':
      if (lexpr === undefined) return { kind: 'unary', operator, operand: parseExpr(source, rexpr), at };
      return { kind: 'binary', operator, left: parseExpr(source, lexpr), right: parseExpr(source, rexpr), at };
    case 'AEXPR_OP_ANY':
    case 'AEXPR_OP_ALL':
      return {
        kind: 'quantified',
        quantifier: kind === 'AEXPR_OP_ANY' ? 'any' : 'all',
        operator,
        left: parseExpr(source, lexpr),
        array: parseExpr(source, rexpr),
        at,
      };
    case 'AEXPR_DISTINCT':
    case 'AEXPR_NOT_DISTINCT':
      return {
        kind: 'distinct-from',
        negated: kind === 'AEXPR_NOT_DISTINCT',
        left: parseExpr(source, lexpr),
        right: parseExpr(source, rexpr),
        at,
      };
    case 'AEXPR_NULLIF':
      return { kind: 'nullif', left: parseExpr(source, lexpr), right: parseExpr(source, rexpr), at };
    case 'AEXPR_IN':
      return {
        kind: 'in-list',
        negated: operator === '<>',
        operand: parseExpr(source, lexpr),
        items: parseExprs(source, nodeOf(source, 'List', rexpr).items),
        at,
      };
    case 'AEXPR_LIKE':
    case 'AEXPR_ILIKE':
    case 'AEXPR_SIMILAR': {
      const variant = kind === 'AEXPR_LIKE' ? 'like' : kind === 'AEXPR_ILIKE' ? 'ilike' : 'similar';
      const operand = parseExpr(source, lexpr);
      const pattern = parsePattern(source, rexpr, variant, location);
      return { kind: 'like', variant, negated: operator.startsWith('!'), operand, ...pattern, at };
    }
    case 'AEXPR_BETWEEN':
    case 'AEXPR_NOT_BETWEEN':
    case 'AEXPR_BETWEEN_SYM':
    case 'AEXPR_NOT_BETWEEN_SYM': {
      const [low, high, ...more] = nodeOf(source, 'List', rexpr).items ?? [];
      if (more.length > 0) throw source.refuse('BETWEEN of more than two bounds', location);
      return {
        kind: 'between',
        negated: kind.includes('NOT'),
        symmetric: kind.endsWith('SYM'),
        operand: parseExpr(source, lexpr),
        low: parseExpr(source, low),
        high: parseExpr(source, high),
        at,
      };
    }
    default:
      throw source.refuse(`${kind}`, location);
  }
}

/** `OPERATOR(pg_catalog.+)` is `+`. @throws SqlError 0A000 for another schema's */
export function parseOperatorName(
  source: ParseSource,
  list: readonly Node[] | undefined,
  location: number | undefined,
): string {
  const path = names(source, list);
  const operator = path.at(-1);
  if (operator === undefined || path.length > 2 || (path.length === 2 && path[0] !== 'pg_catalog')) {
    throw source.refuse(`operator ${path.join('.')}`, location);
  }
  return operator;
}

/** The grammar writes ESCAPE as a call around the pattern, and SIMILAR TO always so. */
function parsePattern(
  source: ParseSource,
  node: Node | undefined,
  variant: 'like' | 'ilike' | 'similar',
  location: number | undefined,
): { pattern: Expr; escape: Expr | undefined } {
  const expr = parseExpr(source, node);
  const wrapper = variant === 'similar' ? 'similar_to_escape' : 'like_escape';
  if (expr.kind === 'call' && expr.path.join('.') === `pg_catalog.${wrapper}` && isPlainCall(expr)) {
    const [pattern, escaped] = expr.args;
    if (pattern !== undefined && (escaped !== undefined || variant === 'similar'))
      return { pattern: pattern.value, escape: escaped?.value };
  }
  if (variant === 'similar') throw source.refuse('this SIMILAR TO pattern', location);
  return { pattern: expr, escape: undefined };
}

/** One or two arguments and nothing else, as the grammar makes it. */
function isPlainCall(call: Call): boolean {
  const decorated =
    call.star || call.distinct || call.withinGroup || call.orderBy.length > 0 || call.filter || call.over !== undefined;
  return !decorated && call.args.length <= 2 && call.args.every((arg) => arg.name === undefined && !arg.variadic);
}
