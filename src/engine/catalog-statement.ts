/**
 * A query over pg_catalog, information_schema or nothing: answered by the catalog of the tables that the identity sees.
 */
import type { CatalogResult, CatalogSession, CatalogShape } from '../catalog/catalog.ts';
import { SqlError } from '../errors.ts';
import type { Cursor, Prepared, SessionView } from '../session/engine.ts';
import type { EngineOptions } from './engine.ts';

/** @throws SqlError as PostgreSQL words it */
export async function prepareCatalog(
  text: string,
  offset: number,
  parameterTypes: readonly number[],
  session: SessionView,
  shape: CatalogShape,
  { catalog, database }: EngineOptions,
): Promise<Prepared> {
  const described = await catalog
    .describe(shape, catalogSession(session, database), text, parameterTypes)
    .catch((error: unknown) => {
      throw moved(error, offset);
    });
  return {
    parameterTypes: described.parameterTypes,
    columns: described.columns,
    open: async (binds, run): Promise<Cursor> => {
      const result = await catalog
        .execute(shape, catalogSession(run.session, database), text, described.parameterTypes, binds, run.resultFormats)
        .catch((error: unknown) => {
          throw moved(error, offset);
        });
      return catalogCursor(result);
    },
  };
}

/** A position in a statement of several counts from the start of the message. */
function moved(error: unknown, offset: number): unknown {
  if (!(error instanceof SqlError) || error.position === undefined || offset === 0) return error;
  const { hint, detail, severity, cause } = error;
  return new SqlError(error.code, error.message, { hint, detail, severity, cause, position: error.position + offset });
}

function catalogSession(session: SessionView, database: string): CatalogSession {
  return {
    user: session.identity.user,
    database,
    pid: session.pid,
    applicationName: session.applicationName,
    clientAddress: session.clientAddress,
    settings: session.settings,
  };
}

/** The catalog's whole answer, read in portions. */
function catalogCursor({ frames, rows, settings }: CatalogResult): Cursor {
  const view = new DataView(frames.buffer, frames.byteOffset, frames.byteLength);
  let at = 0;
  let left = rows;
  return {
    fetch: async (maxRows, sink) => {
      const wanted = maxRows === 0 ? left : Math.min(maxRows, left);
      let end = at;
      for (let n = 0; n < wanted; n += 1) end += 1 + view.getInt32(end + 1);
      if (wanted > 0) await sink.write(frames.subarray(at, end), wanted);
      at = end;
      left -= wanted;
      return { rows: wanted, done: left === 0 };
    },
    close: async () => {},
    settings,
  };
}
