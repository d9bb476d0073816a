/** Tokens for trying a server out: signed with the configured secret, and checked as the server will check them. */
import type { SecurityContext } from '../access/context.ts';
import { type Persona, personaContext } from '../access/personas.ts';
import type { Config } from '../config.ts';
import { duration } from '../config-values.ts';
import { loadKeys } from '../session/keys.ts';
import { signToken } from '../session/sign-token.ts';
import { isClaimObject, parseStrictJson } from '../session/strict-json.ts';
import { verifyToken } from '../session/token.ts';
import { CommandFailed } from './command.ts';

/** Whose token: a context as `--context` or a persona gives it. */
export type Bearer = {
  readonly context: SecurityContext;
  /** `sub` where the context has none. */
  readonly subject: string | undefined;
};

/**
 * @param ttl `1h`, `30d` …; 0 for no end, where SEMWIRE_JWT_MAX_TTL is 0
 * @param user `sub` and the claim of SEMWIRE_JWT_USER_CLAIM, whatever the context says
 * @throws CommandFailed without a secret, for a bad or too long lifetime, and for a token that the server would refuse
 */
export async function mintToken(bearer: Bearer, config: Config, ttl: string, user?: string): Promise<string> {
  const { jwt } = config;
  if (jwt.secret === undefined) throw new CommandFailed('SEMWIRE_JWT_SECRET is not set, so no token can be signed', 2);
  const token = await signToken(jwt, { ...bearer, user, ttlSeconds: lifetime(ttl, jwt.maxTtlMs) });
  const { userClaim } = jwt;
  if (userClaim !== undefined && !userClaim.startsWith('/') && claimOfToken(token, userClaim) === undefined) {
    throw new CommandFailed(`nobody could use this token: SEMWIRE_JWT_USER_CLAIM asks for "${userClaim}" (--user)`);
  }
  try {
    await verifyToken(token, loadKeys(jwt), jwt, Date.now() / 1_000);
  } catch (error) {
    throw new CommandFailed(`the server would refuse this token: ${error instanceof Error ? error.message : error}`);
  }
  return token;
}

/** In seconds. */
function lifetime(ttl: string, maxTtlMs: number): number {
  const parsed = duration.safeParse(ttl);
  if (!parsed.success) throw new CommandFailed(`--ttl ${parsed.error.issues[0]?.message ?? 'is no duration'}`, 2);
  const seconds = Math.floor(parsed.data / 1_000);
  if (maxTtlMs === 0) return seconds;
  if (seconds === 0) throw new CommandFailed('--ttl must be a second or longer', 2);
  if (seconds > maxTtlMs / 1_000) {
    throw new CommandFailed(`--ttl ${ttl} is longer than SEMWIRE_JWT_MAX_TTL, ${maxTtlMs / 1_000} seconds`, 2);
  }
  return seconds;
}

export function personaBearer(persona: Persona): Bearer {
  return { context: personaContext(persona), subject: persona.name };
}

/**
 * The user name to sign in with: what SEMWIRE_JWT_USER_CLAIM asks for, else the subject, else `semwire`.
 * Of a token that nobody has verified: the server decides.
 */
export function userOfToken(token: string, config: Config): string {
  const { userClaim } = config.jwt;
  const name = (userClaim === undefined ? undefined : claimOfToken(token, userClaim)) ?? claimOfToken(token, 'sub');
  return name ?? 'semwire';
}

function claimOfToken(token: string, name: string): string | undefined {
  try {
    const payload = parseStrictJson(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
    const value = isClaimObject(payload) ? payload[name] : undefined;
    return typeof value === 'string' && value !== '' ? value : undefined;
  } catch {
    return undefined;
  }
}
