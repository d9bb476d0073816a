/** Operators, found by the types of their operands as PostgreSQL does. */
import { SqlError, SqlState } from '../../errors.ts';
import type { Expr } from '../../sql/ast.ts';
import type { PgType } from '../../sql/types.ts';
import { formatType } from '../../sql/types.ts';
import type { Bound } from '../bound/bound.ts';
import type { ExprType } from '../routines/coercion.ts';
import { selectRoutine } from '../routines/overload.ts';
import type { Routine } from '../routines/routines.ts';
import { operatorsByName } from '../routines/routines.ts';
import type { Env } from './binder.ts';
import { coerce, resolved } from './coerce.ts';
import { bindRowComparison } from './comparison.ts';
import { bindExpr } from './expression.ts';

/** Picks the operator for operands that are bound already. */
export function bindOperator(name: string, operands: readonly Bound[], position: number | undefined, env: Env): Bound {
  const { routine, argumentTypes, result } = findOperator(name, operands, position);
  const args = operands.map((operand, i) => coerceArgument(operand, argumentTypes[i] ?? 'unknown', position, env));
  // A minus before a number is part of the number, so that -2147483648 stays what it says.
  const [only] = args;
  if (name === '-' && args.length === 1 && only?.kind === 'const' && only.value !== null && /^\d/.test(only.value)) {
    return { ...only, value: `-${only.value}` };
  }
  if (name === '||' && routine.parameters.includes('anynonarray')) {
    // PostgreSQL's textanycat and anytextcat: `||` over the other value's text.
    const texts = args.map((arg) => coerce(env.binder, resolved(arg), 'text', { context: 'explicit', position }));
    return bindOperator(name, texts, position, env);
  }
  return { kind: 'apply', routine, args, type: result, typmod: -1 };
}

export function findOperator(name: string, operands: readonly Bound[], position: number | undefined) {
  const types = operands.map((operand) => operand.type);
  const bare = name === '!=' ? '<>' : name;
  const routines = (operatorsByName.get(bare) ?? []).filter((routine) => routine.parameters.length === operands.length);
  const selection = selectRoutine(routines, types);
  if (selection.kind === 'match') return selection.match;
  const shown = types.map((type) => (type === 'unknown' ? type : formatType(type)));
  const text = shown.length === 1 ? `${name} ${shown[0]}` : `${shown[0]} ${name} ${shown[1]}`;
  if (selection.kind === 'ambiguous') {
    throw new SqlError(SqlState.ambiguousFunction, `operator is not unique: ${text}`, {
      hint: 'Could not choose a best candidate operator. You might need to add explicit type casts.',
      position,
    });
  }
  throw new SqlError(SqlState.undefinedFunction, `operator does not exist: ${text}`, {
    hint: 'No operator matches the given name and argument types. You might need to add explicit type casts.',
    position,
  });
}

export function coerceArgument(bound: Bound, target: ExprType, position: number | undefined, env: Env): Bound {
  if (target === 'unknown') return resolved(bound);
  return coerce(env.binder, bound, target, { position });
}

/** A comparison of two operands of one row. */
export function bindComparison(
  name: string,
  left: Bound,
  right: Bound,
  position: number | undefined,
  env: Env,
): { readonly args: readonly [Bound, Bound]; readonly routine: Routine } {
  const { routine, argumentTypes } = findOperator(name, [left, right], position);
  return {
    args: [
      coerceArgument(left, argumentTypes[0] ?? 'unknown', position, env),
      coerceArgument(right, argumentTypes[1] ?? 'unknown', position, env),
    ],
    routine,
  };
}

export function bindBinary(operator: string, left: Expr, right: Expr, position: number | undefined, env: Env): Bound {
  if (left.kind === 'row' || right.kind === 'row') {
    if (left.kind !== 'row' || right.kind !== 'row' || left.items.length !== right.items.length) {
      throw new SqlError(SqlState.syntaxError, 'unequal number of entries in row expressions', { position });
    }
    const bind = (items: readonly Expr[]): Bound[] => items.map((item) => bindExpr(item, env));
    return bindRowComparison(operator, bind(left.items), bind(right.items), position, env);
  }
  return bindOperator(operator, [bindExpr(left, env), bindExpr(right, env)], position, env);
}

export function noComparison(type: PgType): SqlError {
  return new SqlError(
    SqlState.undefinedFunction,
    `could not identify a comparison function for type ${formatType(type)}`,
  );
}
