/** What semwire.whoami, semwire.sessions, pg_stat_activity and their like tell the session that asks, as JSON. */
import type { Claim } from '../access/context.ts';
import { claimJson } from '../session/claim-json.ts';
import type { SessionView } from '../session/engine.ts';
import { redact } from '../session/log.ts';
import type { SessionInfo } from '../session/sessions.ts';
import { isClaimObject } from '../session/strict-json.ts';
import { maskLiterals } from '../sql/scan.ts';
import { type Administration, visibleSessions } from './administration.ts';

/**
 * The claims as they were verified, but for secrets; the token itself is not kept anywhere. The subject and the expiry
 * are those of who signed in, the rest of whom the session acts as.
 * @param literals other sessions' statements are told with their constants
 */
export function sessionFacts(
  session: SessionView,
  administration: Administration | undefined,
  literals: boolean,
): string {
  const { user, context, expiresAt, actor } = session.identity;
  const { secure, statements, cursors } = session.objects?.() ?? { secure: false, statements: [], cursors: [] };
  return claimJson({
    user,
    subject: (actor ?? session.identity).subject ?? null,
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
      client_port: other.clientPort ?? null,
      state: other.state,
      connected_at: other.since.toISOString(),
      ...(session.identity.admin ? activityOf(other, literals) : {}),
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

/** PostgreSQL's default for track_activity_query_size. */
const LONGEST_SHOWN = 1024;

/** What a session does, which only admins see of others. */
function activityOf({ statement, stateSince, transactionSince }: SessionInfo, literals: boolean) {
  // Cut when masked: half a constant would not be known as one.
  const text =
    statement?.text === undefined ? undefined : redact(literals ? statement.text : maskLiterals(statement.text));
  return {
    statement: text === undefined ? null : text.slice(0, LONGEST_SHOWN).toWellFormed(),
    statement_started_at: statement?.startedAt.toISOString() ?? null,
    state_changed_at: stateSince.toISOString(),
    transaction_started_at: transactionSince?.toISOString() ?? null,
  };
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
