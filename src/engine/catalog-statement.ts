/**
 * A query over pg_catalog, information_schema or nothing: answered by the catalog of the tables that the identity sees.
 */
import type { CatalogDescription, CatalogResult, CatalogSession, CatalogShape } from '../catalog/catalog.ts';
import { asksOfSession } from '../catalog/own-schema.ts';
import { SqlError } from '../errors.ts';
import type { Cursor, Prepared, SessionView } from '../session/engine.ts';
import { subjectKey } from '../session/sessions.ts';
import { carryOut } from './administration.ts';
import type { EngineOptions } from './engine.ts';
import { sessionFacts } from './session-facts.ts';

export type CatalogStatement = {
  readonly text: string;
  readonly offset: number;
  readonly parameterTypes: readonly number[];
  /** Its answer may be kept: see isStable. */
  readonly stable: boolean;
  /** As Engine.prepare has it. */
  readonly atOnce: AbortSignal | undefined;
};

/** @throws SqlError as PostgreSQL words it */
export async function prepareCatalog(
  statement: CatalogStatement,
  session: SessionView,
  shape: CatalogShape,
  { catalog, database, administration, literals = false }: EngineOptions,
): Promise<Prepared> {
  const { text, offset, stable, atOnce } = statement;
  const asked = (own: SessionView): CatalogSession =>
    catalogSession(own, database, asksOfSession(text) ? sessionFacts(own, administration?.(), literals) : '');
  const answering = <T>(answer: Promise<T>): Promise<T> =>
    answer.catch((error: unknown) => {
      throw moved(error, offset);
    });
  const prepared = (
    { parameterTypes, columns }: CatalogDescription,
    resultOf: (...parameters: Parameters<Prepared['open']>) => Promise<CatalogResult>,
  ): Prepared => ({
    parameterTypes,
    columns,
    open: async (binds, run): Promise<Cursor> => {
      const result = await resultOf(binds, run);
      const warnings = await carryOut(result.requests ?? [], run.session, administration?.());
      return { ...catalogCursor(result), warnings };
    },
  });
  if (atOnce !== undefined) {
    const answer = catalog.run(shape, asked(session), text, { signal: atOnce, stable });
    const { description, result } = await answering(answer);
    return prepared(description, async () => result);
  }
  const described = await answering(
    catalog.describe(shape, catalogSession(session, database, ''), text, statement.parameterTypes),
  );
  return prepared(described, (binds, { session: own, resultFormats, signal }) =>
    answering(
      catalog.execute(shape, asked(own), text, described.parameterTypes, binds, resultFormats, { signal, stable }),
    ),
  );
}

/** A position in a statement of several counts from the start of the message. */
function moved(error: unknown, offset: number): unknown {
  if (!(error instanceof SqlError) || error.position === undefined || offset === 0) return error;
  const { hint, detail, severity, cause } = error;
  return new SqlError(error.code, error.message, { hint, detail, severity, cause, position: error.position + offset });
}

/** @param own what the statement may ask of sessions: see sessionFacts */
export function catalogSession(session: SessionView, database: string, own: string): CatalogSession {
  return {
    // Limits go by who signed in, whomever they act as.
    subject: subjectKey(session.identity.actor ?? session.identity),
    user: session.identity.user,
    sessionUser: session.settings.get('session_authorization'),
    database,
    pid: session.pid,
    applicationName: session.applicationName,
    clientAddress: session.clientAddress,
    clientPort: session.clientPort,
    serverAddress: session.serverAddress,
    serverPort: session.serverPort,
    about: own,
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
      let end = wanted === left ? frames.length : at;
      if (wanted < left) for (let n = 0; n < wanted; n += 1) end += 1 + view.getInt32(end + 1);
      if (wanted > 0) await sink.write(frames.subarray(at, end), wanted);
      at = end;
      left -= wanted;
      return { rows: wanted, done: left === 0 };
    },
    close: async () => {},
    settings,
  };
}
