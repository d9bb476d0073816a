/**
 * A query over pg_catalog, information_schema or nothing: answered by the catalog of the tables that the identity sees.
 */
import type { Identity } from '../access/context.ts';
import type { CatalogResult, CatalogSession, CatalogShape } from '../catalog/catalog.ts';
import { mentionsOwnSchema } from '../catalog/own-schema.ts';
import { SqlError } from '../errors.ts';
import { claimJson } from '../session/claim-json.ts';
import type { Cursor, Prepared, SessionView } from '../session/engine.ts';
import { subjectKey } from '../session/sessions.ts';
import { type Administration, carryOut, sessionRows } from './administration.ts';
import type { EngineOptions } from './engine.ts';

/** @throws SqlError as PostgreSQL words it */
export async function prepareCatalog(
  text: string,
  offset: number,
  parameterTypes: readonly number[],
  session: SessionView,
  shape: CatalogShape,
  { catalog, database, administration }: EngineOptions,
): Promise<Prepared> {
  const described = await catalog
    .describe(shape, catalogSession(session, database, ''), text, parameterTypes)
    .catch((error: unknown) => {
      throw moved(error, offset);
    });
  return {
    parameterTypes: described.parameterTypes,
    columns: described.columns,
    open: async (binds, run): Promise<Cursor> => {
      const { identity } = run.session;
      const own = mentionsOwnSchema(text) ? about(identity, administration?.()) : '';
      const result = await catalog
        .execute(
          shape,
          catalogSession(run.session, database, own),
          text,
          described.parameterTypes,
          binds,
          run.resultFormats,
          run.signal,
        )
        .catch((error: unknown) => {
          throw moved(error, offset);
        });
      await carryOut(result.requests ?? [], identity, administration?.());
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

/** @param own what the statement may ask of this server's own schema */
function catalogSession(session: SessionView, database: string, own: string): CatalogSession {
  return {
    // Limits go by who signed in, whomever they act as.
    subject: subjectKey(session.identity.actor ?? session.identity),
    user: session.identity.user,
    sessionUser: session.settings.get('session_authorization'),
    database,
    pid: session.pid,
    applicationName: session.applicationName,
    clientAddress: session.clientAddress,
    about: own,
    settings: session.settings,
  };
}

/**
 * The row of semwire.whoami: the claims as they were verified; the token itself is not kept anywhere. For admins also
 * the rows of semwire.sessions.
 */
function about(identity: Identity, administration: Administration | undefined): string {
  const { user, subject, context, expiresAt, actor, admin } = identity;
  const sessions = admin ? sessionRows(administration) : null;
  const persona = actor === undefined ? null : user;
  return claimJson({ user, subject: subject ?? null, persona, context, expires: expiresAt ?? null, sessions });
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
