/** Mode `hook`: checkAuth of the operator's stands in for the verification of a token (contract, section 7.8). */
import type { Identity } from '../access/context.ts';
import { HookFailed, type HookSignIn, type Hooks } from '../access/hooks.ts';
import type { Config } from '../config.ts';
import type { SignInRequest } from './auth.ts';
import { isAdmin, readClaims } from './identity.ts';

/** @param now seconds since the epoch @throws HookFailed: the hook threw, answered nothing or nothing in time */
export async function signInByHook(
  password: string,
  { user, database, address, secure, applicationName }: SignInRequest,
  config: Config,
  hooks: Hooks,
  now: number,
): Promise<Identity> {
  if (hooks.checkAuth === undefined) throw new HookFailed('there is no checkAuth');
  const facts = { protocol: 'postgres', method: 'password', user, database, address, secure, applicationName } as const;
  const answer = await hooks.checkAuth(facts, password);
  const expiresAt = endOf(answer, config, now);
  // What the hook calls the security context is all of it: there is no payload around it.
  const { groups: ownGroups } = answer;
  const named = await readClaims(
    answer.securityContext,
    { ...config.jwt, claimsNamespace: undefined },
    ownGroups === undefined ? hooks : { ...hooks, contextToGroups: async () => ownGroups },
  );
  const subject = answer.subject ?? named.subject;
  return { user, ...named, subject, expiresAt, admin: isAdmin(subject, config) };
}

/**
 * The end that the hook says, or the context's own `exp`, as of a token that the hook verified; at most MAX_TTL away.
 * @throws HookFailed when it is over
 */
function endOf({ expiresAt, securityContext }: HookSignIn, { jwt }: Config, now: number): number | undefined {
  const { exp } = securityContext;
  const said = [expiresAt, typeof exp === 'number' ? exp : undefined].filter((end) => end !== undefined);
  if (said.some((end) => end <= now)) throw new HookFailed('checkAuth: expired');
  switch (jwt.session) {
    case 'token': {
      const ends = jwt.maxTtlMs === 0 ? said : [...said, now + jwt.maxTtlMs / 1_000];
      return ends.length === 0 ? undefined : Math.min(...ends);
    }
    case 'login':
      return now + jwt.sessionMaxMs / 1_000;
  }
}
