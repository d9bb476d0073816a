/** Development tokens: HS256 with the configured secret. */

import type { SecurityContext } from '../access/context.ts';
import type { Persona } from '../access/personas.ts';
import type { Config } from '../config.ts';
import { duration } from '../config-values.ts';
import { SignJWT } from '../session/jose.ts';
import { LOCAL_ISSUER } from '../session/token.ts';
import { CommandFailed } from './command.ts';

/** @param ttl `1h`, `30d` … @throws CommandFailed without a secret, or for a bad or too long lifetime */
export async function mintToken(
  context: SecurityContext,
  subject: string,
  config: Config,
  ttl: string,
): Promise<string> {
  const { jwt } = config;
  if (jwt.secret === undefined) throw new CommandFailed('SEMWIRE_JWT_SECRET is not set, so no token can be signed', 2);
  const lifetime = duration.safeParse(ttl);
  if (!lifetime.success) throw new CommandFailed(`--ttl: ${lifetime.error.issues[0]?.message ?? 'bad duration'}`, 2);
  const claims = { ...context };
  const payload = jwt.claimsNamespace === undefined ? claims : { [jwt.claimsNamespace]: claims };
  const token = new SignJWT(payload as Record<string, unknown>)
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setIssuedAt()
    .setExpirationTime(Math.floor(Date.now() / 1000) + Math.floor(lifetime.data / 1000));
  if (typeof claims.sub !== 'string') token.setSubject(subject);
  token.setIssuer(jwt.issuers?.find((issuer) => issuer !== '*') ?? LOCAL_ISSUER);
  const audience = jwt.audiences?.find((name) => name !== '*');
  if (audience !== undefined) token.setAudience(audience);
  return token.sign(new TextEncoder().encode(jwt.secret));
}

/** The persona's context, its roles added to its groups. */
export function personaContext(persona: Persona): SecurityContext {
  if (persona.roles.length === 0) return persona.securityContext;
  const own = persona.securityContext.groups;
  const groups = [...(Array.isArray(own) ? own : []), ...persona.roles];
  return { ...persona.securityContext, groups };
}

export function mintPersonaToken(persona: Persona, config: Config, ttl: string): Promise<string> {
  return mintToken(personaContext(persona), persona.name, config, ttl);
}
