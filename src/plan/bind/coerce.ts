/**
 * Turns a bound expression into one of a wanted type: literals and parameters take it, others are cast.
 */
import { SqlError, SqlState } from '../../errors.ts';
import { formatType, type PgType } from '../../sql/types.ts';
import { intervalFromStyle } from '../../wire/interval-style.ts';
import type { Bound } from '../bound/bound.ts';
import { canCoerce } from '../routines/coercion.ts';
import type { CastContext } from '../routines/routines.ts';
import type { Binder } from './binder.ts';
import { checkLiteral } from './literal.ts';

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
  if (bound.type === 'unknown') return settle(binder, bound, target, typmod);
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
function settle(binder: Binder, bound: Bound, target: PgType, typmod: number): Bound {
  switch (bound.kind) {
    case 'const': {
      if (bound.value !== null) checkLiteral(target, bound.value, bound.at);
      const value =
        target === 'interval' && bound.value !== null
          ? intervalFromStyle(bound.value, binder.options.intervalStyle)
          : bound.value;
      const typed: Bound = { kind: 'const', type: target, typmod: -1, value };
      return typmod === -1 ? typed : { kind: 'cast', arg: typed, type: target, typmod };
    }
    case 'parameter': {
      const known = binder.parameters[bound.index - 1];
      if (known === undefined || known === 'unknown') binder.parameters[bound.index - 1] = target;
      else if (known !== target) {
        throw new SqlError(SqlState.ambiguousParameter, `inconsistent types deduced for parameter $${bound.index}`, {
          detail: `${formatType(known)} versus ${formatType(target)}`,
          position: bound.at,
        });
      }
      const typed: Bound = { ...bound, type: target };
      return typmod === -1 ? typed : { kind: 'cast', arg: typed, type: target, typmod };
    }
    default:
      throw new Error(`an untyped ${bound.kind} cannot be`);
  }
}

/**
 * What an untyped literal becomes where nothing decides: text. A parameter's type stays open there; when nothing else
 * decides it the statement is refused (42P18, in compile.ts), as PostgreSQL does.
 */
export function resolved(bound: Bound): Bound & { readonly type: PgType } {
  return (bound.type === 'unknown' ? { ...bound, type: 'text' } : bound) as Bound & { readonly type: PgType };
}

export function coerceToBoolean(binder: Binder, bound: Bound, what: string, position: number | undefined): Bound {
  const { type } = bound;
  if (type !== 'unknown' && type !== 'bool') {
    throw new SqlError(
      SqlState.datatypeMismatch,
      `argument of ${what} must be type boolean, not type ${formatType(type)}`,
      { position },
    );
  }
  return coerce(binder, bound, 'bool');
}
