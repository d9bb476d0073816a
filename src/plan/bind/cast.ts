/** Casts, as written and as PostgreSQL would make them. */
import { SqlError, SqlState } from '../../errors.ts';
import type { Expr } from '../../sql/ast.ts';
import type { PgType } from '../../sql/types.ts';
import { elementOf, formatType, isArrayType } from '../../sql/types.ts';
import type { Bound } from '../bound/bound.ts';
import { canCoerce } from '../routines/coercion.ts';
import type { Env } from './binder.ts';
import { catalogOverRows, isCatalogType } from './catalog-names.ts';
import { coerce } from './coerce.ts';
import { bindExpr } from './expression.ts';
import { startOf } from './start-of.ts';
import { typeFromName } from './type-name.ts';

export function bindCast(expr: Extract<Expr, { kind: 'cast' }>, env: Env): Bound {
  if (isCatalogType(expr.type)) {
    bindExpr(expr.operand, env);
    throw catalogOverRows(`a cast to ${expr.type.path.at(-1)}`, expr.type.at);
  }
  const { type, typmod } = typeFromName(expr.type);
  if (expr.operand.kind === 'array' && expr.operand.items.length === 0 && isArrayType(type)) {
    return { kind: 'array', items: [], type, typmod: -1 };
  }
  if (expr.operand.kind === 'array' && isArrayType(type) && expr.operand.items.length > 0) {
    // ARRAY[…]::type[] casts each element, whatever they have in common.
    const element = elementOf(type);
    const items = expr.operand.items.map((item) => castTo(bindExpr(item, env), element, typmod, startOf(item), env));
    return { kind: 'array', items, type, typmod };
  }
  return castTo(bindExpr(expr.operand, env), type, typmod, expr.at, env);
}

function castTo(operand: Bound, type: PgType, typmod: number, position: number | undefined, env: Env): Bound {
  // `current_user::text` is no name any more.
  const arg = 'shown' in operand ? { ...operand, shown: undefined } : operand;
  const source = arg.type;
  if (source !== 'unknown' && !canCoerce(source, type, 'explicit')) {
    throw new SqlError(SqlState.cannotCoerce, `cannot cast type ${formatType(source)} to ${formatType(type)}`, {
      position,
    });
  }
  const made = coerce(env.binder, arg, type, { context: 'explicit', typmod, position });
  // `x::numeric` forgets the modifier of a numeric(10, 2).
  return made.typmod === typmod ? made : { kind: 'cast', arg: made, type, typmod };
}
