/** CASE, COALESCE, GREATEST …: several expressions that become one type. */
import { SqlError, SqlState } from '../../errors.ts';
import type { Expr } from '../../sql/ast.ts';
import type { PgType } from '../../sql/types.ts';
import { formatType } from '../../sql/types.ts';
import type { Bound } from '../bound/bound.ts';
import { canCoerce, commonType } from '../routines/coercion.ts';
import type { Env } from './binder.ts';
import { coerce, coerceToBoolean } from './coerce.ts';
import { bindExpr } from './expression.ts';
import { bindOperator } from './operator.ts';
import { startOf } from './start-of.ts';

/** `CASE x WHEN v …` is `CASE WHEN x = v …`. */
export function bindCase(expr: Extract<Expr, { kind: 'case' }>, env: Env): Bound {
  const { binder } = env;
  const given = expr.operand && bindExpr(expr.operand, env);
  const operand = given?.type === 'unknown' ? coerce(binder, given, 'text') : given;
  const whens = expr.branches.map(({ when }) => {
    const bound = bindExpr(when, env);
    return operand === undefined
      ? coerceToBoolean(binder, bound, 'CASE/WHEN', startOf(when))
      : bindOperator('=', [operand, bound], whenPosition(when, env), env);
  });
  const results = [...expr.branches.map(({ then }) => then), ...(expr.otherwise === undefined ? [] : [expr.otherwise])];
  // PostgreSQL looks at ELSE first.
  const ordered = expr.otherwise === undefined ? results : [expr.otherwise, ...results.slice(0, -1)];
  const { bounds, type } = bindAlike(ordered, expr.otherwise === undefined ? 'CASE/WHEN' : 'CASE', env);
  const thens = expr.otherwise === undefined ? bounds : bounds.slice(1);
  return {
    kind: 'case',
    branches: whens.map((when, i) => ({ when, then: thens[i] as Bound })),
    otherwise: expr.otherwise === undefined ? undefined : bounds[0],
    type,
    // Without ELSE there is a NULL, which has no modifier.
    typmod: expr.otherwise === undefined ? -1 : sharedTypmod(bounds),
  };
}

/** The word WHEN before a value: there PostgreSQL sees the comparison with CASE's operand. */
function whenPosition(when: Expr, env: Env): number | undefined {
  const start = startOf(when);
  if (start === undefined) return undefined;
  const { text, offset } = env.binder.source;
  const found = /\bwhen[\s(]*$/i.exec(text.slice(0, start - offset));
  return found === null ? start : offset + found.index;
}

/** Binds expressions that must share a type. */
export function bindAlike(
  exprs: readonly Expr[],
  what: string,
  env: Env,
): { readonly bounds: Bound[]; readonly type: PgType } {
  const bounds = exprs.map((expr) => bindExpr(expr, env));
  const type = commonType(
    bounds.map((bound, i) => ({ type: bound.type, position: startOf(exprs[i] as Expr) })),
    what,
  );
  return {
    bounds: bounds.map((bound, i) => coerceBranch(bound, type, exprs[i] as Expr, branchName(what, i), env)),
    type,
  };
}

/** CASE's branches are bound with ELSE first. */
function branchName(what: string, index: number): string {
  return what === 'CASE' ? (index === 0 ? 'CASE/ELSE' : 'CASE/WHEN') : what;
}

function coerceBranch(bound: Bound, type: PgType, expr: Expr, what: string, env: Env): Bound {
  if (bound.type !== 'unknown' && !canCoerce(bound.type, type, 'implicit')) {
    throw new SqlError(
      SqlState.cannotCoerce,
      `${what} could not convert type ${formatType(bound.type)} to ${formatType(type)}`,
      { position: startOf(expr) },
    );
  }
  return coerce(env.binder, bound, type);
}

/** A modifier survives only where all branches have it. */
export function sharedTypmod(bounds: readonly Bound[]): number {
  const [first] = bounds;
  return first !== undefined && bounds.every((bound) => bound.typmod === first.typmod) ? first.typmod : -1;
}
