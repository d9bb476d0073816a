/**
 * Modes that check no password: `none`, `parameter` and `proxy`. They believe whom the operator says may be believed,
 * and nobody else (contract, section 2; DataBrewery's authenticators none, pass_parameter and http_basic_proxy).
 */
import type { Identity, SecurityContext } from '../access/context.ts';
import type { Hooks } from '../access/hooks.ts';
import type { Config } from '../config.ts';
import { addressList } from '../config-addresses.ts';
import { SqlError, SqlState } from '../errors.ts';
import type { SignInRequest } from './auth.ts';
import { readClaims } from './identity.ts';

/** The other end of the connection. */
export type Peer = {
  readonly address: string | undefined;
  /** It has proven to own a certificate of SEMWIRE_TLS_CA. */
  readonly certified: boolean;
  /** Value of the startup parameter that SEMWIRE_AUTH_PARAMETER names. */
  readonly parameter: string | undefined;
};

type Trust = (peer: Peer) => boolean;

/** Without a list and a CA the listener is on loopback: the configuration has seen to that. */
export function createTrust({ trustedProxies, tls }: Config): Trust {
  const list = addressList(trustedProxies, (message) => {
    throw new Error(message);
  });
  return ({ address, certified }) =>
    (trustedProxies.length === 0 || list.has(address)) && (tls.ca === undefined || certified);
}

/**
 * @param now seconds since the epoch
 * @returns somebody without a name where `parameter` says none, and in mode `none`: guest, if there is one
 * @throws SqlError FATAL 28000 for a peer that is not believed; HookFailed of contextToGroups
 */
export async function believe(
  mode: 'none' | 'parameter' | 'proxy',
  request: SignInRequest,
  config: Config,
  hooks: Hooks,
  trust: Trust,
  now: number,
): Promise<Identity> {
  if (!trust(request)) {
    throw new SqlError(SqlState.invalidAuthorization, 'connections from this address are not accepted', {
      severity: 'FATAL',
    });
  }
  const name = nameIn(mode, request);
  const { jwt } = config;
  const named = await readClaims(contextOf(name, jwt.identityClaim), { ...jwt, claimsNamespace: undefined }, hooks);
  return {
    user: request.user,
    ...named,
    subject: name,
    expiresAt: jwt.session === 'login' ? now + jwt.sessionMaxMs / 1_000 : undefined,
    admin: false,
  };
}

function nameIn(mode: 'none' | 'parameter' | 'proxy', { user, parameter }: SignInRequest): string | undefined {
  switch (mode) {
    case 'none':
      return undefined;
    case 'parameter':
      return parameter === '' ? undefined : parameter;
    case 'proxy':
      return user;
  }
}

/** The identity as policies and models read it: the claim that would hold it in a token. */
function contextOf(name: string | undefined, claim: string): SecurityContext {
  const context: Record<string, string> = Object.create(null);
  if (name !== undefined && !claim.startsWith('/')) context[claim] = name;
  return Object.freeze(context);
}
