/** What one statement's constants are asked of the catalog by. */
import type { Catalog, CatalogColumnDescription, CatalogSession, CatalogShape } from '../catalog/catalog.ts';
import type { ParameterValue } from '../session/engine.ts';
import type { Format } from '../wire/messages.ts';

/** A query of one column and one row. */
export type Question = { readonly sql: string; readonly types: readonly number[] };

export type AskCatalog = {
  /** @returns the types of the parameters, and the column */
  readonly describe: (
    question: Question,
  ) => Promise<{ readonly types: readonly number[]; readonly column: CatalogColumnDescription | undefined }>;
  /** DataRow frames. @param stable the answer may be kept */
  readonly rows: (
    question: Question,
    binds: readonly ParameterValue[],
    format: Format,
    stable: boolean,
  ) => Promise<Uint8Array>;
};

/** The catalog of what the session sees, as its user. */
export function askCatalog(
  catalog: Catalog,
  shape: CatalogShape,
  session: CatalogSession,
  signal?: AbortSignal,
): AskCatalog {
  return {
    describe: async ({ sql, types }) => {
      const { parameterTypes, columns } = await catalog.describe(shape, session, sql, types);
      return { types: parameterTypes, column: columns[0] };
    },
    rows: async ({ sql, types }, binds, format, stable) =>
      (await catalog.execute(shape, session, sql, types, binds, [format], { signal, stable })).frames,
  };
}
