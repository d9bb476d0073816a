/** What is more than one comparison: rows, BETWEEN, IN, LIKE, ANY and ALL. */
import { notSupported, SqlError, SqlState } from '../../errors.ts';
import type { Expr } from '../../sql/ast.ts';
import { arrayOf, elementOf, isArrayType } from '../../sql/types.ts';
import type { Bound } from '../bound/bound.ts';
import { childrenOf } from '../bound/walk.ts';
import type { ExprType } from '../routines/coercion.ts';
import { commonTypeOrUndefined } from '../routines/coercion.ts';
import type { Env } from './binder.ts';
import { coerce } from './coerce.ts';
import { bindExpr, bool } from './expression.ts';
import { bindBinary, bindComparison, bindOperator, coerceArgument, findOperator } from './operator.ts';
import { startOf } from './start-of.ts';

const ROW_OPERATORS = ['=', '<>', '<', '<=', '>', '>='];

export function bindRowComparison(
  operator: string,
  left: readonly Bound[],
  right: readonly Bound[],
  position: number | undefined,
  env: Env,
): Bound {
  const name = operator === '!=' ? '<>' : operator;
  if (!ROW_OPERATORS.includes(name)) {
    throw notSupported(`a comparison of rows with operator ${operator}`, { position });
  }
  const pairs = left.map((item, i) => bindComparison(name, item, right[i] as Bound, position, env));
  return bool({
    kind: 'row-compare',
    operator: name,
    left: pairs.map(({ args }) => args[0]),
    right: pairs.map(({ args }) => args[1]),
    routines: pairs.map(({ routine }) => routine),
  });
}

/** `x BETWEEN a AND b` is two comparisons, as PostgreSQL transforms it. */
export function bindBetween(expr: Extract<Expr, { kind: 'between' }>, env: Env): Bound {
  const operand = bindExpr(expr.operand, env);
  const low = bindExpr(expr.low, env);
  const high = bindExpr(expr.high, env);
  const within = (from: Bound, to: Bound): Bound =>
    bool({
      kind: 'and',
      args: [
        bindOperator('>=', [operand, from], expr.at, env),
        bindOperator(
          '<=',
          [expr.operand.kind === 'parameter' ? bindExpr(expr.operand, env) : operand, to],
          expr.at,
          env,
        ),
      ],
    });
  const inside = expr.symmetric
    ? bool({ kind: 'or', args: [within(low, high), within(high, low)] } as const)
    : within(low, high);
  return expr.negated ? bool({ kind: 'not', arg: inside }) : inside;
}

export function bindInList(expr: Extract<Expr, { kind: 'in-list' }>, env: Env): Bound {
  if (expr.operand.kind === 'row') {
    const rows = expr.items.map((item) => bindBinary('=', expr.operand, item, expr.at, env));
    const any = bool({ kind: 'or', args: rows } as const);
    return expr.negated ? bool({ kind: 'not', arg: any }) : any;
  }
  const arg = bindExpr(expr.operand, env);
  const items = expr.items.map((item) => bindExpr(item, env));
  // As PostgreSQL does: constants of one type are a list, what is left is compared one by one.
  const constants = items.filter((item) => !readsColumn(item));
  const common =
    constants.length > 1 ? commonTypeOrUndefined([arg, ...constants].map((bound) => bound.type)) : undefined;
  // There are no arrays of arrays.
  const type = common !== undefined && isArrayType(common) ? undefined : common;
  const listed = type === undefined ? [] : constants;
  const tests: Bound[] = [];
  if (type !== undefined) {
    const element: Bound = { kind: 'const', type, typmod: -1, value: null };
    const name = expr.negated ? '<>' : '=';
    const { args, routine } = bindComparison(name, arg, element, expr.at, env);
    const wanted = args[1].type === 'unknown' ? type : args[1].type;
    const values = listed.map((item) => coerce(env.binder, coerce(env.binder, item, type), wanted));
    tests.push(bool({ kind: 'in', negated: expr.negated, arg: args[0], items: values, routine }));
  }
  for (const item of items) {
    if (!listed.includes(item)) tests.push(bindOperator(expr.negated ? '<>' : '=', [arg, item], expr.at, env));
  }
  const [only, another] = tests;
  if (only !== undefined && another === undefined) return only;
  return bool({ kind: expr.negated ? 'and' : 'or', args: tests });
}

function readsColumn(bound: Bound): boolean {
  return bound.kind === 'column' || bound.kind === 'measure' || childrenOf(bound).some(readsColumn);
}

export function bindLike(expr: Extract<Expr, { kind: 'like' }>, env: Env): Bound {
  const operator = expr.variant === 'ilike' ? '~~*' : '~~';
  const { args } = bindComparison(operator, bindExpr(expr.operand, env), bindExpr(expr.pattern, env), expr.at, env);
  const escapeWith = expr.escape && coerce(env.binder, bindExpr(expr.escape, env), 'text');
  return bool({
    kind: 'like',
    variant: expr.variant,
    negated: expr.negated,
    arg: args[0],
    pattern: args[1],
    escape: escapeWith,
  });
}

export function bindQuantifiedArray(expr: Extract<Expr, { kind: 'quantified' }>, env: Env): Bound {
  const left = bindExpr(expr.left, env);
  const array = bindExpr(expr.array, env);
  if (array.type !== 'unknown' && !isArrayType(array.type)) {
    throw new SqlError(SqlState.wrongObjectType, 'op ANY/ALL (array) requires array on right side', {
      position: expr.at,
    });
  }
  const elementOfArray = array.type === 'unknown' ? array.type : elementOf(array.type);
  const element: Bound = { kind: 'const', type: elementOfArray, typmod: -1, value: null };
  const { routine, argumentTypes, result } = findOperator(expr.operator, [left, element], expr.at);
  if (result !== 'bool') {
    throw new SqlError(SqlState.wrongObjectType, 'op ANY/ALL (array) requires operator to yield boolean', {
      position: expr.at,
    });
  }
  const elementType = argumentTypes[1] ?? 'unknown';
  if (elementType === 'unknown' || isArrayType(elementType))
    throw notSupported('this comparison with an array', { position: expr.at });
  return bool({
    kind: 'quantified',
    quantifier: expr.quantifier,
    routine,
    left: coerceArgument(left, argumentTypes[0] ?? 'unknown', expr.at, env),
    array: coerce(env.binder, array, arrayOf(elementType), { position: startOf(expr.array) }),
  });
}

/** json alone has neither order nor equality. */
export function isOrdered(type: ExprType): boolean {
  return type !== 'json' && type !== 'json[]';
}
