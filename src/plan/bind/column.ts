/** A name in an expression: a column, one of several kinds of virtual ones, or an error that says what it is. */
import { SqlError, SqlState } from '../../errors.ts';
import type { Expr } from '../../sql/ast.ts';
import type { Bound } from '../bound/bound.ts';
import type { Env } from './binder.ts';
import { quotedParts } from './binder.ts';
import { isJoinField, joinFieldElsewhere } from './join-field.ts';
import { lookupColumn } from './scope.ts';

/** A column that is a whole item of SELECT or GROUP BY: there a join field is handed on. */
export function bindWholeColumn({ path, at }: Extract<Expr, { kind: 'column' }>, env: Env): Bound {
  return bindColumn(path, at, env, env.passesJoinField);
}

export function bindColumn(
  path: readonly string[],
  position: number | undefined,
  env: Env,
  passesJoinField = false,
): Bound {
  const { binder, scope } = env;
  let found: ReturnType<typeof lookupColumn>;
  try {
    found = lookupColumn(scope, path, quotedParts(binder, position, path.length), position);
  } catch (error) {
    if (error instanceof SqlError && error.code === SqlState.undefinedColumn)
      throw explainVirtual(path.at(-1) ?? '', error);
    throw error;
  }
  const { value, depth } = found;
  if (depth > 0 && value.kind === 'measure') {
    const { type, typmod } = value;
    return { kind: 'outer-measure', measure: { ...value, called: true, at: position }, type, typmod };
  }
  if (isJoinField(value) && !passesJoinField) throw joinFieldElsewhere(position);
  return value.kind === 'measure' || value.kind === 'column' ? { ...value, at: position } : value;
}

/** `__user` is how Cube switches users; here that is SET ROLE (contract, rule 11). */
function explainVirtual(name: string, error: SqlError): SqlError {
  if (name !== '__user') return error;
  return new SqlError(error.code, error.message, {
    position: error.position,
    hint: 'Use SET ROLE to act as another user.',
  });
}
