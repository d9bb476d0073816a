/**
 * `POST /api/v1/security-token`: an application's server, which holds the API key, has a token signed for its user.
 * Request and answer are those of Embeddable's Tokens API; the token is a JWT that holds the context itself.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Claim } from '../access/context.ts';
import { personaContext } from '../access/personas.ts';
import type { Config } from '../config.ts';
import { signToken, type TokenRequest } from '../session/sign-token.ts';
import { isClaimObject, JsonError, parseStrictJson } from '../session/strict-json.ts';
import type { OperationEvent } from './audit-log.ts';
import { type HttpAnswer, type HttpRequest, type HttpRoute, json } from './http.ts';

/** Parts of Embeddable's request that say nothing about rights. Any other key is refused: it may have been one that does. */
const WITHOUT_MEANING: ReadonlySet<string> = new Set([
  'customCanvasReadOnly',
  'customCanvasState',
  'dashboardState',
  'dataProvider',
  'embeddableId',
  'environment',
  'savedVersion',
]);

const DEFAULT_SECONDS = 3_600;
/** Longer ones would not be let in (contract, section 6). */
const MAX_TOKEN_BYTES = 16_384;

/** What is wrong with a request, as the caller is told. */
class BadRequest extends Error {
  override readonly name = 'BadRequest';
}

/**
 * @param config the one of now: keys change on reload
 * @returns undefined where no API key is set: then there is no such path
 */
export function securityTokenRoute(
  config: () => Config,
  audit: (event: OperationEvent) => void,
): HttpRoute | undefined {
  if (config().http.tokenApiKey === undefined) return undefined;
  return {
    method: 'POST',
    path: '/api/v1/security-token',
    answer: async (request) => {
      const current = config();
      const refuse = (status: number, errorMessage: string, headers?: Readonly<Record<string, string>>): HttpAnswer => {
        audit({ kind: 'token', outcome: 'refused', address: request.address, subject: undefined });
        return { ...json(status, { errorMessage }), ...(headers !== undefined && { headers }) };
      };
      if (!holdsKey(request, current.http.tokenApiKey)) {
        return refuse(401, 'the API key is missing or wrong', { 'www-authenticate': 'Bearer' });
      }
      if (request.body === undefined) return refuse(413, 'the body is too long');
      try {
        const wanted = readRequest(request.body, current.jwt.maxTtlMs);
        const token = await signToken(current.jwt, wanted);
        if (token.length > MAX_TOKEN_BYTES) throw new BadRequest('the token would be longer than 16 KiB');
        audit({ kind: 'token', outcome: 'ok', address: request.address, subject: wanted.user });
        return json(200, { token });
      } catch (error) {
        if (error instanceof BadRequest) return refuse(400, error.message);
        throw error;
      }
    },
  };
}

/** Hashes are compared, which are of one length, in a time that tells nothing. */
function holdsKey({ authorization }: HttpRequest, key: string | undefined): boolean {
  const given = /^Bearer +(.+)$/i.exec(authorization ?? '')?.[1];
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(given ?? ''), hash(key ?? '')) && given !== undefined && key !== undefined;
}

function readRequest(body: string, maxTtlMs: number): TokenRequest {
  const request = parseObject(body);
  const { securityContext = {}, user, roles = [], filters, expiryInSeconds = DEFAULT_SECONDS, ...rest } = request;
  const unknown = Object.keys(rest).find((key) => !WITHOUT_MEANING.has(key));
  if (unknown !== undefined) throw new BadRequest(`unknown key "${unknown}"`);
  if (!isClaimObject(securityContext)) throw new BadRequest('"securityContext" must be an object');
  if (user !== undefined && (typeof user !== 'string' || user === '')) throw new BadRequest('"user" must be a text');
  if (!isListOfTexts(roles)) throw new BadRequest('"roles" must be a list of texts');
  if (filters !== undefined && !(Array.isArray(filters) && filters.every(isClaimObject))) {
    throw new BadRequest('"filters" must be a list of {member, operator, values}');
  }
  if (filters !== undefined && 'filters' in securityContext) {
    throw new BadRequest('the security context has "filters" already');
  }
  return {
    // As of a persona of the model: roles are groups, filters the claim of that name.
    context: personaContext({ name: user ?? '', securityContext, roles, filters }),
    user,
    ttlSeconds: lifetime(expiryInSeconds, maxTtlMs),
  };
}

function parseObject(body: string): { readonly [name: string]: Claim } {
  try {
    const value = parseStrictJson(body);
    if (isClaimObject(value)) return value;
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw new BadRequest(`the body is no JSON that a token may hold: ${error.message}`);
  }
  throw new BadRequest('the body must be a JSON object');
}

function isListOfTexts(value: Claim): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function lifetime(seconds: Claim, maxTtlMs: number): number {
  if (typeof seconds !== 'number' || !Number.isInteger(seconds) || seconds < 1) {
    throw new BadRequest('"expiryInSeconds" must be a whole number of seconds');
  }
  if (maxTtlMs !== 0 && seconds > maxTtlMs / 1_000) {
    throw new BadRequest(`"expiryInSeconds" is at most ${Math.floor(maxTtlMs / 1_000)}`);
  }
  return seconds;
}
