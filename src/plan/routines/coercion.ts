/**
 * Which type becomes which, by PostgreSQL's rules
 * (https://www.postgresql.org/docs/current/typeconv.html).
 */
import { SqlError, SqlState } from '../../errors.ts';
import { elementOf, formatType, isArrayType, isPreferredType, type PgType, typeCategory } from '../../sql/types.ts';
import { type CastContext, castRules } from './routines.ts';

/** `unknown` is the type of an untyped literal or parameter until its surroundings decide. */
export type ExprType = PgType | 'unknown';

const RANK: { readonly [context in CastContext]: number } = { implicit: 0, assignment: 1, explicit: 2 };

/** True if `source` becomes `target` in the given context without the author naming more than the target. */
export function canCoerce(source: ExprType, target: PgType, context: CastContext): boolean {
  if (source === target || source === 'unknown') return true;
  const rule = castRules.get(`${source}>${target}`);
  if (rule !== undefined) return RANK[rule.context] <= RANK[context];
  if (isArrayType(source) && isArrayType(target)) return canCoerce(elementOf(source), elementOf(target), context);
  // Conversion through the text form: any type to a string on assignment, a string to any type only when asked for.
  if (typeCategory(target) === 'S') return RANK[context] >= RANK.assignment;
  if (typeCategory(source) === 'S') return context === 'explicit';
  return false;
}

/** True when a cast cannot raise whatever the value: pg_cast's leakproof functions, and relabelling. */
export function castIsLeakproof(source: PgType, target: PgType, hasModifier: boolean): boolean {
  if (hasModifier) return false;
  if (source === target) return true;
  // A float beyond 38 digits is no numeric of DuckDB's.
  if (target === 'numeric' && (source === 'float4' || source === 'float8')) return false;
  return castRules.get(`${source}>${target}`)?.leakproof ?? false;
}

/** A type and where its expression begins, for the error. */
export type Typed = { readonly type: ExprType; readonly position?: number | undefined };

/**
 * The type that the branches of CASE, COALESCE, UNION, VALUES, IN … agree on; untyped literals alone are text.
 * @param what the construct, as PostgreSQL names it in the error
 * @throws SqlError 42804 at the first expression of another category. Coercing to the result may still fail: 42846
 */
export function commonType(all: readonly Typed[], what: string): PgType {
  const [first] = all;
  if (first !== undefined && first.type !== 'unknown' && all.every(({ type }) => type === first.type))
    return first.type;
  let chosen: PgType | undefined;
  for (const { type, position } of all) {
    if (type === 'unknown' || type === chosen) continue;
    if (chosen === undefined) {
      chosen = type;
    } else if (typeCategory(type) !== typeCategory(chosen)) {
      throw new SqlError(
        SqlState.datatypeMismatch,
        `${what} types ${formatType(chosen)} and ${formatType(type)} cannot be matched`,
        { position },
      );
    } else if (
      !isPreferredType(chosen) &&
      canCoerce(chosen, type, 'implicit') &&
      !canCoerce(type, chosen, 'implicit')
    ) {
      chosen = type;
    }
  }
  return chosen ?? 'text';
}

/** As `commonType`; undefined when there is none, or one that a type does not become by itself. */
export function commonTypeOrUndefined(types: readonly ExprType[]): PgType | undefined {
  try {
    const common = commonType(
      types.map((type) => ({ type })),
      '',
    );
    return types.every((type) => canCoerce(type, common, 'implicit')) ? common : undefined;
  } catch (error) {
    if (error instanceof SqlError) return undefined;
    throw error;
  }
}
