/**
 * The operator's hooks, typed and guarded: each has five seconds, and one that throws, answers nothing or something
 * else than it should has refused (contract 7.2, 7.7, 7.8, 7.11; security case C29).
 * Names and calls in cube.js are Cube's: https://cube.dev/docs/product/configuration/reference/config
 */
import { timingSafeEqual } from 'node:crypto';
import type { HookName, LoadedHook } from '../config-hooks.ts';
import { contextValue } from './claim-value.ts';
import type { SecurityContext } from './context.ts';

/** What a sign-in hook may know of the connection. */
export type SignInFacts = {
  readonly protocol: 'postgres';
  readonly method: 'password';
  readonly user: string;
  readonly database: string | undefined;
  readonly address: string | undefined;
  readonly secure: boolean;
  readonly applicationName: string | undefined;
};

export type HookSignIn = {
  readonly securityContext: SecurityContext;
  readonly subject: string | undefined;
  /** undefined: left to contextToGroups or the claims. */
  readonly groups: readonly string[] | undefined;
  /** Seconds since the epoch. */
  readonly expiresAt: number | undefined;
};

/** `false`: may not. `true`: may be the persona of that name. */
export type SwitchAnswer = boolean | { readonly securityContext: SecurityContext };

/** Each rejects with HookFailed and nothing else; undefined where the operator wrote none. */
export type Hooks = {
  readonly checkAuth: ((facts: SignInFacts, password: string) => Promise<HookSignIn>) | undefined;
  readonly contextToGroups: ((securityContext: SecurityContext) => Promise<readonly string[]>) | undefined;
  readonly canSwitchUser:
    | ((current: string | undefined, next: string, securityContext: SecurityContext) => Promise<SwitchAnswer>)
    | undefined;
  /** Its answer as it is; query-rewrite.ts reads of it what may be read. Rejects with what the hook has thrown as cause. */
  readonly queryRewrite:
    | ((query: object, context: { readonly securityContext: SecurityContext }) => Promise<unknown>)
    | undefined;
};

/** The reason is for the log: a client learns no more than that it was refused. */
export class HookFailed extends Error {
  override readonly name = 'HookFailed';
}

const DEADLINE_MS = 5_000;

export function createHooks(loaded: readonly LoadedHook[]): Hooks {
  const find = (...names: readonly HookName[]) => loaded.find(({ name }) => names.includes(name));
  const auth = find('checkAuth', 'checkSqlAuth');
  const groups = find('contextToGroups', 'contextToRoles');
  const switching = find('canSwitchUser', 'canSwitchSqlUser');
  const rewrite = find('queryRewrite');
  return {
    checkAuth: auth && checkAuthOf(auth),
    contextToGroups: groups && ((securityContext) => guarded(groups, [Object.freeze({ securityContext })], asGroups)),
    canSwitchUser:
      switching &&
      ((current, next, securityContext) =>
        guarded(switching, [current, next, Object.freeze({ securityContext })], asSwitchAnswer)),
    queryRewrite: rewrite && ((query, context) => guarded(rewrite, [query, context], (answer) => answer)),
  };
}

/** Calls the hook and reads its answer, both within the deadline. */
async function guarded<T>(hook: LoadedHook, args: readonly unknown[], read: (answer: unknown) => T): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${DEADLINE_MS / 1_000} s`)), DEADLINE_MS);
  });
  try {
    return read(await Promise.race([(async () => hook.call(...args))(), deadline]));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new HookFailed(`${hook.name}: ${reason}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

function checkAuthOf(hook: LoadedHook): NonNullable<Hooks['checkAuth']> {
  if (hook.name === 'checkSqlAuth') {
    return (facts, password) =>
      guarded(hook, [{ ...facts }, facts.user, password], (answer) => asSqlAuth(answer, facts.user, password));
  }
  if (hook.origin === 'cube') {
    return async (facts, password) => {
      // Cube's hook tells who it is by setting a member of the request.
      const request = {
        ...facts,
        headers: { authorization: password },
        securityContext: undefined,
        authInfo: undefined,
      };
      return guarded(hook, [request, password], (answer) => asRequestAuth(answer, request));
    };
  }
  return (facts, password) => guarded(hook, [facts.user, password, Object.freeze({ ...facts })], asSignIn);
}

function asSignIn(answer: unknown): HookSignIn {
  const { securityContext, subject, groups, expiresAt } = objectOf(answer);
  if (subject !== undefined && (typeof subject !== 'string' || subject === '')) throw new Error('subject is no name');
  return {
    securityContext: contextValue(securityContext, 'securityContext'),
    subject,
    groups: groups === undefined ? undefined : asGroups(groups),
    expiresAt: expiresAt === undefined ? undefined : asSeconds(expiresAt),
  };
}

/** `req.securityContext = …`, also as an older Cube calls it, or as the answer. */
function asRequestAuth(
  answer: unknown,
  request: { readonly securityContext: unknown; readonly authInfo: unknown },
): HookSignIn {
  const answered = typeof answer === 'object' && answer !== null ? objectOf(answer) : {};
  const context = request.securityContext ?? answered.securityContext ?? answered.security_context ?? request.authInfo;
  return {
    securityContext: contextValue(context, 'req.securityContext'),
    subject: undefined,
    groups: undefined,
    expiresAt: undefined,
  };
}

/**
 * `{password, securityContext, skipPasswordCheck?}`: as in Cube the password that is answered must be the client's.
 * One that answers none must say so; where Cube would let everybody in, nobody is.
 */
function asSqlAuth(answer: unknown, user: string, given: string): HookSignIn {
  const { password, securityContext, skipPasswordCheck } = objectOf(answer);
  const checked = typeof password === 'string' ? same(password, given) : skipPasswordCheck === true;
  if (!checked) throw new Error(typeof password === 'string' ? 'another password' : 'it answered no password');
  return {
    securityContext: contextValue(securityContext ?? {}, 'securityContext'),
    subject: user,
    groups: undefined,
    expiresAt: undefined,
  };
}

function same(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

function asGroups(answer: unknown): readonly string[] {
  if (!Array.isArray(answer) || !answer.every((name) => typeof name === 'string')) {
    throw new Error('groups must be a list of names');
  }
  return Object.freeze([...answer]);
}

function asSeconds(value: unknown): number {
  const seconds = value instanceof Date ? value.getTime() / 1_000 : value;
  if (typeof seconds !== 'number' || !Number.isFinite(seconds)) {
    throw new Error('expiresAt must be a Date or a number of seconds');
  }
  return seconds;
}

function asSwitchAnswer(answer: unknown): SwitchAnswer {
  if (typeof answer === 'boolean') return answer;
  return { securityContext: contextValue(objectOf(answer).securityContext, 'securityContext') };
}

function objectOf(answer: unknown): Readonly<Record<string, unknown>> {
  if (typeof answer !== 'object' || answer === null) throw new Error('it answered no object');
  return answer as Readonly<Record<string, unknown>>;
}
