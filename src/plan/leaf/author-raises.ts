/**
 * Whether a member's own SQL can raise. A predicate over one that can is as dangerous beside a row filter as a cast of
 * the client's: `CAST({CUBE}.note AS integer)` raises over the hidden rows too.
 *
 * Harmless are columns as they stand, and comparisons, CASE and boolean logic over columns and literals. What is not
 * understood here counts as raising; that costs a fence, nothing else.
 */
import { SqlError } from '../../errors.ts';
import type { Fragment, Model } from '../../model/types.ts';
import type { Expr } from '../../sql/ast.ts';
import { parseExpression } from '../../sql/parse.ts';
import { type PgType, typeCategory } from '../../sql/types.ts';
import { cubeAt, dimensionOf, type MemberTypes } from '../model-facts.ts';

/** @param name a dimension or a segment of `cube` */
export function memberMayRaise(model: Model, types: MemberTypes, cube: string, name: string): boolean {
  const member = dimensionOf(model, cube, name);
  const harmless = (fragment: Fragment): boolean => fragmentIsHarmless(model, types, cube, fragment);
  if (member.kind === 'segment') return !harmless(member.sql);
  const { value } = member;
  switch (value.kind) {
    case 'sql':
      return !harmless(value.sql);
    case 'case': {
      const labels = [...value.branches.map(({ label }) => label), ...(value.otherwise ? [value.otherwise] : [])];
      return !(value.branches.every(({ when }) => harmless(when)) && labels.every(({ kind }) => kind === 'text'));
    }
    case 'geo':
      return !(harmless(value.latitude) && harmless(value.longitude));
    case 'sub_query':
      return true;
  }
}

type Placeholder = { readonly type: PgType; readonly mayRaise: boolean };

function fragmentIsHarmless(model: Model, types: MemberTypes, cube: string, fragment: Fragment): boolean {
  const members = new Map<string, Placeholder>();
  const parts = fragment.parts.filter((part) => part.kind !== 'claim-test');
  // The warehouse reads the claim as a value of the column's type, and may not be able to.
  if (parts.length < fragment.parts.length) return false;
  const text = parts
    .map((part) => {
      if (part.kind === 'text') return part.text;
      if (part.kind === 'table') return '"cube"';
      const owner = cubeAt(cube, part.path);
      const name = `member ${members.size}`;
      members.set(name, {
        type: types.value(owner, part.member).type,
        mayRaise: memberMayRaise(model, types, owner, part.member),
      });
      return `"${name}"`;
    })
    .join('');
  try {
    return isHarmless(parseExpression(text), members);
  } catch (error) {
    // The author writes the warehouse's dialect, which need not be PostgreSQL's grammar.
    if (error instanceof SqlError) return false;
    throw error;
  }
}

type Members = ReadonlyMap<string, Placeholder>;

function isHarmless(expr: Expr, members: Members): boolean {
  const all = (exprs: readonly (Expr | undefined)[]): boolean =>
    exprs.every((each) => each === undefined || isHarmless(each, members));
  switch (expr.kind) {
    case 'column':
      return memberOf(expr, members)?.mayRaise !== true;
    case 'string':
    case 'number':
    case 'boolean':
    case 'null':
    case 'sql-value':
      return true;
    case 'and':
    case 'or':
      return all(expr.operands);
    case 'not':
    case 'is':
      return all([expr.operand]);
    case 'binary':
      return COMPARISONS.has(expr.operator) && all([expr.left, expr.right]) && compares(expr.left, expr.right, members);
    case 'in-list':
      return all([expr.operand, ...expr.items]) && expr.items.every((item) => compares(expr.operand, item, members));
    case 'between':
      return (
        all([expr.operand, expr.low, expr.high]) &&
        compares(expr.operand, expr.low, members) &&
        compares(expr.operand, expr.high, members)
      );
    case 'case':
      return (
        expr.operand === undefined &&
        all(expr.branches.map(({ when }) => when)) &&
        [...expr.branches.map((branch) => branch.then), ...(expr.otherwise ? [expr.otherwise] : [])].every(isLiteral)
      );
    default:
      return false;
  }
}

const COMPARISONS = new Set(['=', '<>', '<', '<=', '>', '>=']);

/** A warehouse may cast to compare: DuckDB reads a text as a number beside one. A string literal is cast when planned. */
function compares(left: Expr, right: Expr, members: Members): boolean {
  const a = memberOf(left, members);
  const b = memberOf(right, members);
  if (a !== undefined && b !== undefined) return a.type === b.type;
  const literal = isLiteral(right) ? right : isLiteral(left) ? left : undefined;
  if (literal === undefined) return false;
  return literal.kind !== 'number' || typeCategory(a?.type ?? b?.type ?? 'text') === 'N';
}

function isLiteral(expr: Expr): boolean {
  return expr.kind === 'string' || expr.kind === 'number' || expr.kind === 'boolean' || expr.kind === 'null';
}

function memberOf(expr: Expr, members: Members): Placeholder | undefined {
  const [name, another] = expr.kind === 'column' ? expr.path : [];
  return name === undefined || another !== undefined ? undefined : members.get(name);
}
