/** What sessions may ask of the server by SQL: who is there, whose statement or session ends, and a fresh model. */
import type { Identity } from '../access/context.ts';
import type { CatalogRequest } from '../catalog/catalog.ts';
import { assertNever, SqlError, SqlState } from '../errors.ts';
import type { Warning } from '../session/engine.ts';
import { type SessionInfo, subjectKey } from '../session/sessions.ts';

export type Administration = {
  readonly sessions: () => readonly SessionInfo[];
  /** @returns false when there is no such session */
  readonly cancel: (pid: number) => boolean;
  /** As cancel; the session ends. */
  readonly terminate: (pid: number) => boolean;
  /** @returns false when the old model goes on */
  readonly reload: () => Promise<boolean>;
};

/** Who asks. */
export type Asking = { readonly identity: Identity; readonly pid: number };

/**
 * Does what a statement asked for.
 * @returns what the client is to be told
 * @throws SqlError 42501 for what only admins may do, F0000 when the model was not reloaded, 57014 for a session that
 * cancelled itself
 */
export async function carryOut(
  requests: readonly CatalogRequest[],
  asking: Asking,
  administration: Administration | undefined,
): Promise<readonly Warning[]> {
  const warnings: Warning[] = [];
  for (const request of requests) {
    if (request.kind === 'no-backend') {
      // As pg_signal_backend words it.
      warnings.push({ code: '01000', message: `PID ${request.pid} is not a PostgreSQL backend process` });
      continue;
    }
    if (administration === undefined) throw onlyAdmins();
    switch (request.kind) {
      case 'cancel':
        if (!mayEnd(request.pid, asking, administration)) throw onlyAdmins();
        if (request.pid === asking.pid)
          throw new SqlError(SqlState.queryCanceled, 'canceling statement due to user request');
        administration.cancel(request.pid);
        break;
      case 'terminate':
        if (!mayEnd(request.pid, asking, administration)) throw onlyAdmins();
        administration.terminate(request.pid);
        break;
      case 'reload':
        if (!asking.identity.admin) throw onlyAdmins();
        if (await administration.reload()) break;
        throw new SqlError(SqlState.configFileError, 'the model was not reloaded; the old one is still served', {
          hint: 'The log tells what is wrong with it; so does semwire check.',
        });
      default:
        assertNever(request, 'carryOut');
    }
  }
  return warnings;
}

function onlyAdmins(): SqlError {
  return new SqlError(SqlState.insufficientPrivilege, 'permission denied: only admins may do this');
}

/** The session may have ended meanwhile, and its number may be another's: it is asked again. */
function mayEnd(pid: number, asking: Asking, administration: Administration): boolean {
  return visibleSessions(asking, administration).some((session) => session.pid === pid);
}

/** All for an admin; for anybody else those of the same verified subject. Without a subject nobody is the same. */
export function visibleSessions(
  { identity, pid }: Asking,
  administration: Administration | undefined,
): readonly SessionInfo[] {
  const all = administration?.sessions() ?? [];
  if (identity.admin) return all;
  const own = identity.actor ?? identity;
  return all.filter(
    (session) =>
      session.pid === pid ||
      (own.subject !== undefined && subjectKey(session.identity.actor ?? session.identity) === subjectKey(own)),
  );
}
