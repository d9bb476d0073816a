/** What semwire.whoami, semwire.sessions, pg_stat_activity and their like tell the session that asks, as JSON. */
import type { Claim } from '../access/context.ts';
import { claimJson } from '../session/claim-json.ts';
import type { SessionView } from '../session/engine.ts';
import { redact } from '../session/log.ts';
import { isClaimObject } from '../session/strict-json.ts';
import { type Administration, visibleSessions } from './administration.ts';

/** The claims as they were verified, but for secrets; the token itself is not kept anywhere. */
export function sessionFacts(session: SessionView, administration: Administration | undefined): string {
  const { user, subject, context, expiresAt, actor } = session.identity;
  const { secure, statements, cursors } = session.objects?.() ?? { secure: false, statements: [], cursors: [] };
  return claimJson({
    user,
    subject: subject ?? null,
    persona: actor === undefined ? null : user,
    context: withoutSecrets(context),
    expires: expiresAt ?? null,
    secure,
    sessions: visibleSessions(session, administration).map((other) => ({
      pid: other.pid,
      user: other.identity.user,
      subject: (other.identity.actor ?? other.identity).subject ?? null,
      acting: other.identity.actor !== undefined,
      application_name: other.applicationName,
      client_address: other.clientAddress ?? null,
      // As pg_stat_activity has it.
      state: other.state === 'ready' ? 'idle' : 'active',
      connected_at: other.since.toISOString(),
    })),
    statements: statements.map((one) => ({
      name: one.name,
      statement: one.statement,
      prepare_time: one.prepareTime,
      parameter_types: [...one.parameterTypes],
      result_types: one.resultTypes && [...one.resultTypes],
      from_sql: one.fromSql,
    })),
    cursors: cursors.map((one) => ({
      name: one.name,
      statement: one.statement,
      is_holdable: one.holdable,
      is_binary: one.binary,
      is_scrollable: one.scrollable,
      creation_time: one.creationTime,
    })),
  });
}

/** Hooks put what they like into a context; by these names it is none of a screen's. */
const SECRET = /passw(or)?d|secret|token(?!_use)|api_?key|private_?key|credential|authorization|cookie/i;

function withoutSecrets(value: Claim): Claim {
  if (typeof value === 'string') return redact(value);
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (!isClaimObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, SECRET.test(name) ? '[hidden]' : withoutSecrets(member)]),
  );
}
