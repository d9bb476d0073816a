/** What admins may ask of the server by SQL: semwire.sessions, semwire.cancel() and semwire.reload(). */
import type { Identity } from '../access/context.ts';
import type { CatalogRequest } from '../catalog/catalog.ts';
import { assertNever, SqlError, SqlState } from '../errors.ts';
import type { SessionInfo } from '../session/sessions.ts';

export type Administration = {
  readonly sessions: () => readonly SessionInfo[];
  /** @returns false when there is no such session */
  readonly cancel: (pid: number) => boolean;
  /** @returns false when the old model goes on */
  readonly reload: () => Promise<boolean>;
};

/**
 * Does what an admin's statement asked for.
 * @throws SqlError 42501 for anybody else, F0000 when the model was not reloaded
 */
export async function carryOut(
  requests: readonly CatalogRequest[],
  { admin }: Identity,
  administration: Administration | undefined,
): Promise<void> {
  for (const request of requests) {
    if (!admin || administration === undefined)
      throw new SqlError(SqlState.insufficientPrivilege, 'permission denied: only admins may do this');
    switch (request.kind) {
      case 'cancel':
        administration.cancel(request.pid);
        break;
      case 'reload':
        if (await administration.reload()) break;
        throw new SqlError(SqlState.configFileError, 'the model was not reloaded; the old one is still served', {
          hint: 'The log tells what is wrong with it; so does semwire check.',
        });
      default:
        assertNever(request, 'carryOut');
    }
  }
}

type Row = { readonly [name: string]: string | number | boolean | null };

/** The rows of semwire.sessions as JSON values. */
export function sessionRows(administration: Administration | undefined): readonly Row[] {
  return (administration?.sessions() ?? []).map(({ pid, identity, applicationName, clientAddress, state, since }) => ({
    pid,
    user: identity.user,
    subject: (identity.actor ?? identity).subject ?? null,
    acting: identity.actor !== undefined,
    application_name: applicationName,
    client_address: clientAddress ?? null,
    // As pg_stat_activity has it.
    state: state === 'ready' ? 'idle' : 'active',
    connected_at: since.toISOString(),
  }));
}
