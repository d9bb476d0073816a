/**
 * Turns a bound expression into one of a wanted type: literals and parameters take it, others are cast.
 */
import { SqlError, SqlState } from '../errors.ts';
import { formatType, type PgType } from '../sql/types.ts';
import type { Binder } from './binder.ts';
import type { Bound } from './bound.ts';
import { canCoerce, type ExprType } from './coercion.ts';
import type { CastContext } from './routines.ts';

/**
 * @param target the wanted type; an expression that has it already is returned as it is
 * @throws SqlError 42846 when no such cast exists in this context
 */
export function coerce(
  binder: Binder,
  bound: Bound,
  target: PgType,
  options: { readonly context?: CastContext; readonly typmod?: number; readonly position?: number | undefined } = {},
): Bound {
  const { context = 'implicit', typmod = -1, position } = options;
  if (bound.type === 'unknown') return settle(binder, bound, target, typmod, position);
  if (bound.type === target && (typmod === -1 || bound.typmod === typmod)) return bound;
  if (!canCoerce(bound.type, target, context)) {
    throw new SqlError(SqlState.cannotCoerce, `cannot cast type ${formatType(bound.type)} to ${formatType(target)}`, {
      position,
    });
  }
  if (bound.kind === 'const' && bound.value === null) return { ...bound, type: target, typmod };
  return { kind: 'cast', arg: bound, type: target, typmod };
}

/** Gives an untyped literal or parameter its type; a parameter keeps the first one that it got. */
function settle(binder: Binder, bound: Bound, target: PgType, typmod: number, position: number | undefined): Bound {
  switch (bound.kind) {
    case 'const': {
      const typed: Bound = { kind: 'const', type: target, typmod: -1, value: bound.value };
      return typmod === -1 ? typed : { kind: 'cast', arg: typed, type: target, typmod };
    }
    case 'parameter': {
      const known = binder.parameters[bound.index - 1];
      if (known === undefined || known === 'unknown') binder.parameters[bound.index - 1] = target;
      else if (known !== target) {
        const typed: Bound = { ...bound, type: known };
        if (canCoerce(known, target, 'implicit')) return { kind: 'cast', arg: typed, type: target, typmod };
        throw new SqlError(SqlState.ambiguousFunction, `inconsistent types deduced for parameter $${bound.index}`, {
          detail: `${formatType(known)} versus ${formatType(target)}`,
          position,
        });
      }
      const typed: Bound = { ...bound, type: target };
      return typmod === -1 ? typed : { kind: 'cast', arg: typed, type: target, typmod };
    }
    default:
      throw new Error(`an untyped ${bound.kind} cannot be`);
  }
}

/** The expression's type as it stands; a parameter's may have been settled elsewhere since it was bound. */
export function typeNow(binder: Binder, bound: Bound): ExprType {
  return bound.kind === 'parameter' ? (binder.parameters[bound.index - 1] ?? 'unknown') : bound.type;
}

/** What an untyped expression becomes where nothing decides: text. */
export function resolved(binder: Binder, bound: Bound): Bound & { readonly type: PgType } {
  const type = typeNow(binder, bound);
  if (type === 'unknown') return coerce(binder, bound, 'text') as Bound & { readonly type: PgType };
  return (bound.type === 'unknown' ? { ...bound, type } : bound) as Bound & { readonly type: PgType };
}

export function coerceToBoolean(binder: Binder, bound: Bound, what: string, position: number | undefined): Bound {
  const type = typeNow(binder, bound);
  if (type !== 'unknown' && type !== 'bool') {
    throw new SqlError(
      SqlState.datatypeMismatch,
      `argument of ${what} must be type boolean, not type ${formatType(type)}`,
      { position },
    );
  }
  return coerce(binder, bound, 'bool');
}
