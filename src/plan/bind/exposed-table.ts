/** A table's name in a client's statement. */
import type { ExposedTable } from '../../access/exposed.ts';
import { SqlError, SqlState } from '../../errors.ts';
import { type Binder, quotedParts } from './binder.ts';
import { matchName } from './scope.ts';

/** What the meaning of a table's name depends on. */
export type TableNames = Pick<Binder, 'model' | 'source'> & { readonly options: Pick<Binder['options'], 'database'> };

/**
 * The exposed table of that name; hidden and absent are one.
 * @throws SqlError 42P01, 3F000 aside: a schema that is not served holds no tables
 */
export function lookupExposed(binder: TableNames, path: readonly string[], position: number | undefined): ExposedTable {
  const missing = new SqlError(SqlState.undefinedTable, `relation "${path.join('.')}" does not exist`, { position });
  if (path.length > 3) throw missing;
  if (path.length === 3 && path[0] !== binder.options.database) {
    throw new SqlError(
      SqlState.featureNotSupported,
      `cross-database references are not implemented: "${path.join('.')}"`,
      { position },
    );
  }
  if (path.length >= 2 && path.at(-2) !== 'public') throw missing;
  const { tables, denied } = binder.model;
  const [found, second] = matchExposed(binder, path, position);
  if (second !== undefined)
    throw new SqlError(SqlState.ambiguousColumn, `table reference "${path.at(-1)}" is ambiguous`, { position });
  const table = found && tables.get(found.name);
  if (table === undefined) throw (found && denied.get(found.name)) ?? missing;
  return table;
}

/** Tables that the last part of the path may mean, those that answer 42501 among them. */
export function matchExposed(
  binder: Pick<TableNames, 'model' | 'source'>,
  path: readonly string[],
  position: number | undefined,
): readonly { readonly name: string }[] {
  const quoted = quotedParts(binder, position, path.length).at(-1) ?? false;
  const { tables, denied } = binder.model;
  const names = [...tables.keys(), ...denied.keys()].map((name) => ({ name }));
  return matchName(names, path.at(-1) ?? '', quoted);
}
