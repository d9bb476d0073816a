/** Expressions as text: every operator in parentheses, every name quoted, one case per kind. */
import { assertNever } from '../errors.ts';
import type { Expr, IsTest, Literal } from './ast.ts';
import { print } from './print.ts';
import { printCall } from './print-call.ts';
import type { PrintHooks } from './print-hooks.ts';
import { printName, printNumber, printOperator, printPath, printString, printType } from './print-token.ts';

/** @throws Error (a bug) for a tree that no text can stand for, SqlError 22021 and 42622 for text and names */
export function printExpr(expr: Expr, hooks: PrintHooks): string {
  const part = (inner: Expr): string => printExpr(inner, hooks);
  const special = hooks.expr?.(expr, part);
  if (special !== undefined) return special;
  switch (expr.kind) {
    case 'column':
      return printPath(expr.path);
    case 'parameter':
      return hooks.parameter(expr.index);
    case 'null':
    case 'boolean':
    case 'number':
    case 'string':
      return printLiteral(expr);
    case 'unary':
      return `(${printOperator(expr.operator)} ${part(expr.operand)})`;
    case 'binary':
      return `(${part(expr.left)} ${printOperator(expr.operator)} ${part(expr.right)})`;
    case 'and':
    case 'or':
      if (expr.operands.length === 0) throw new Error(`print: ${expr.kind} of nothing`);
      return `(${expr.operands.map(part).join(expr.kind === 'and' ? ' AND ' : ' OR ')})`;
    case 'not':
      return `(NOT ${part(expr.operand)})`;
    case 'is':
      return `(${part(expr.operand)} IS ${not(expr.negated)}${IS_TESTS[expr.test]})`;
    case 'distinct-from':
      return `(${part(expr.left)} IS ${not(expr.negated)}DISTINCT FROM ${part(expr.right)})`;
    case 'between': {
      const between = expr.symmetric ? 'BETWEEN SYMMETRIC' : 'BETWEEN';
      return `(${part(expr.operand)} ${not(expr.negated)}${between} ${part(expr.low)} AND ${part(expr.high)})`;
    }
    case 'in-list':
      return `(${part(expr.operand)} ${not(expr.negated)}IN (${printInItems(expr.items, hooks)}))`;
    case 'like': {
      const escaped = expr.escape === undefined ? '' : ` ESCAPE ${part(expr.escape)}`;
      return `(${part(expr.operand)} ${not(expr.negated)}${LIKES[expr.variant]} ${part(expr.pattern)}${escaped})`;
    }
    case 'quantified':
      // `ANY ((SELECT …))` would be read as ANY over the subquery's rows.
      if (expr.array.kind === 'scalar-subquery') throw new Error('print: ANY over a scalar subquery');
      return `(${part(expr.left)} ${printOperator(expr.operator)} ${QUANTIFIERS[expr.quantifier]} (${part(expr.array)}))`;
    case 'exists':
      return `EXISTS (${print(expr.query, hooks)})`;
    case 'scalar-subquery':
      return `(${print(expr.query, hooks)})`;
    case 'array-subquery':
      return `ARRAY(${print(expr.query, hooks)})`;
    case 'quantified-subquery': {
      const isIn = expr.operator === '=' && expr.quantifier === 'any';
      const operator = isIn ? 'IN' : `${printOperator(expr.operator)} ${QUANTIFIERS[expr.quantifier]}`;
      return `(${part(expr.left)} ${operator} (${print(expr.query, hooks)}))`;
    }
    case 'case': {
      const branches = expr.branches.map((branch) => ` WHEN ${part(branch.when)} THEN ${part(branch.then)}`);
      if (branches.length === 0) throw new Error('print: CASE without WHEN');
      const operand = expr.operand === undefined ? '' : ` ${part(expr.operand)}`;
      const otherwise = expr.otherwise === undefined ? '' : ` ELSE ${part(expr.otherwise)}`;
      return `CASE${operand}${branches.join('')}${otherwise} END`;
    }
    case 'coalesce':
    case 'greatest':
    case 'least':
      return `${expr.kind.toUpperCase()}(${expr.args.map(part).join(', ')})`;
    case 'nullif':
      return `NULLIF(${part(expr.left)}, ${part(expr.right)})`;
    case 'cast':
      return `CAST(${part(expr.operand)} AS ${(hooks.type ?? printType)(expr.type)})`;
    case 'collate':
      return `(${part(expr.operand)} COLLATE ${printPath(expr.collation)})`;
    case 'array':
      return `ARRAY[${expr.items.map(part).join(', ')}]`;
    case 'row':
      return `ROW(${expr.items.map(part).join(', ')})`;
    case 'subscript':
      return `${printSubscripted(expr.operand, hooks)}[${part(expr.index)}]`;
    case 'slice': {
      const low = expr.low === undefined ? '' : part(expr.low);
      const high = expr.high === undefined ? '' : part(expr.high);
      return `${printSubscripted(expr.operand, hooks)}[${low} : ${high}]`;
    }
    case 'field':
      return `(${part(expr.operand)}).${expr.name === undefined ? '*' : printName(expr.name)}`;
    case 'sql-value':
      return expr.name.toUpperCase() + (expr.precision === undefined ? '' : `(${expr.precision})`);
    case 'grouping':
      return `GROUPING(${expr.args.map(part).join(', ')})`;
    case 'call':
      return printCall(expr, hooks);
    case 'opaque':
      return `(${hooks.opaque(expr.text, 'expr')})`;
    case 'bind':
      return hooks.bind(expr.bind, expr.type);
    default:
      return assertNever(expr, 'print');
  }
}

function printLiteral(literal: Literal): string {
  switch (literal.kind) {
    case 'null':
      return 'NULL';
    case 'boolean':
      return literal.value ? 'TRUE' : 'FALSE';
    case 'number':
      return printNumber(literal.text);
    case 'string':
      return printString(literal.value);
    default:
      return assertNever(literal, 'print');
  }
}

/** `IN ((SELECT …))` would be read as IN over the subquery's rows. */
function printInItems(items: readonly Expr[], hooks: PrintHooks): string {
  if (items.length === 0) throw new Error('print: IN of nothing');
  if (items.length === 1 && items[0]?.kind === 'scalar-subquery') throw new Error('print: IN of one scalar subquery');
  return items.map((item) => printExpr(item, hooks)).join(', ');
}

/** `(x)[1][2]`: parentheses between the subscripts would make the second one subscript an element. */
function printSubscripted(operand: Expr, hooks: PrintHooks): string {
  const text = printExpr(operand, hooks);
  return operand.kind === 'subscript' || operand.kind === 'slice' ? text : `(${text})`;
}

function not(negated: boolean): string {
  return negated ? 'NOT ' : '';
}

const IS_TESTS: Record<IsTest, string> = { null: 'NULL', true: 'TRUE', false: 'FALSE', unknown: 'UNKNOWN' };
const LIKES = { like: 'LIKE', ilike: 'ILIKE', similar: 'SIMILAR TO' } as const;
const QUANTIFIERS = { any: 'ANY', all: 'ALL' } as const;
