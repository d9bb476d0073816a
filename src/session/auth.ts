/**
 * From the startup packet and the password to an Identity, by the mode of SEMWIRE_AUTH (contract, sections 2 and 6).
 */
import type { Identity } from '../access/context.ts';
import { createHooks, type Hooks, type SignInFacts } from '../access/hooks.ts';
import type { Config } from '../config.ts';
import { assertNever, SqlError, SqlState } from '../errors.ts';
import { believe, createTrust, type Peer } from './auth-believed.ts';
import { signInByHook } from './auth-hook.ts';
import { createTokenSignIn } from './auth-token.ts';
import { KeySetUnavailable } from './key-set.ts';
import { PayloadNotObject } from './token.ts';

/** What is known of who signs in beside the password. */
export type SignInRequest = Peer & Omit<SignInFacts, 'protocol' | 'method'>;

export type Authenticator = {
  /** False where nobody looks at the password, and none is asked for. */
  readonly asksPassword: boolean;
  /**
   * @param user the startup packet's, which decides nothing but in mode `proxy` or with SEMWIRE_JWT_USER_CLAIM
   * @param password the JWT, or what the hook takes
   * @throws SqlError FATAL 28P01 with one fixed text, or 28000; the reason is in `cause`, for the log only (case D24)
   */
  readonly authenticate: (user: string, password: string, request?: Partial<SignInRequest>) => Promise<Identity>;
};

/** @throws ConfigError when a configured key cannot be used */
export function createAuthenticator(config: Config, now: () => number = Date.now): Authenticator {
  const hooks = createHooks(config.hooks);
  const signIn = signInOf(config, hooks, now);
  return {
    asksPassword: config.auth === 'jwt' || config.auth === 'hook',
    authenticate: async (user, password, request = {}) => {
      try {
        return Object.freeze(await signIn(password, { ...NOTHING_KNOWN, ...request, user }));
      } catch (error) {
        throw refusal(user, error);
      }
    },
  };
}

const NOTHING_KNOWN: Omit<SignInRequest, 'user'> = {
  database: undefined,
  address: undefined,
  secure: false,
  applicationName: undefined,
  certified: false,
  parameter: undefined,
};

type SignIn = (password: string, request: SignInRequest) => Promise<Identity>;

function signInOf(config: Config, hooks: Hooks, now: () => number): SignIn {
  const { auth } = config;
  switch (auth) {
    case 'jwt': {
      const byToken = createTokenSignIn(config, hooks, now);
      return (password, { user }) => byToken(user, password);
    }
    case 'hook':
      return (password, request) => signInByHook(password, request, config, hooks, now() / 1_000);
    case 'none':
    case 'parameter':
    case 'proxy': {
      const trust = createTrust(config);
      return (_, request) => believe(auth, request, config, hooks, trust, now() / 1_000);
    }
    default:
      return assertNever(auth, 'signInOf');
  }
}

function refusal(user: string, cause: unknown): SqlError {
  if (cause instanceof SqlError) return cause;
  if (cause instanceof PayloadNotObject) {
    return new SqlError(SqlState.invalidAuthorization, cause.message, { severity: 'FATAL', cause });
  }
  if (cause instanceof KeySetUnavailable) {
    return new SqlError(SqlState.invalidAuthorization, 'tokens cannot be verified at the moment', {
      severity: 'FATAL',
      cause,
    });
  }
  return new SqlError(SqlState.invalidPassword, `password authentication failed for user "${user}"`, {
    severity: 'FATAL',
    cause,
  });
}
