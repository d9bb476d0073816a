/** `--context JSON` or `--persona NAME`: as whom a command asks. */
import { randomBytes } from 'node:crypto';
import type { Identity } from '../access/context.ts';
import { loadPersonas } from '../access/personas.ts';
import type { Config } from '../config.ts';
import { problemText } from '../model/problems.ts';
import { createAuthenticator } from '../session/auth.ts';
import { isClaimObject, JsonError, parseStrictJson } from '../session/strict-json.ts';
import { CommandFailed } from './command.ts';
import { type Bearer, mintToken, personaBearer } from './mint.ts';
import type { Parsed } from './options.ts';

/** The command's own options that `bearerOf` reads. */
export const BEARER_OPTIONS = ['context', 'persona'] as const;

/**
 * @returns undefined when neither option is given
 * @throws CommandFailed for both at once, for what is no JSON object, and for a persona that the model does not have
 */
export async function bearerOf({ own }: Parsed, config: Config): Promise<Bearer | undefined> {
  const { context, persona } = own;
  if (context !== undefined && persona !== undefined) {
    throw new CommandFailed('give --context or --persona, not both', 2);
  }
  if (context !== undefined) return { context: readContext(context), subject: undefined };
  return persona === undefined ? undefined : findPersona(persona, config);
}

function readContext(text: string): Bearer['context'] {
  try {
    const value = parseStrictJson(text);
    if (isClaimObject(value)) return value;
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw new CommandFailed(`--context is not the JSON of a token: ${error.message}`, 2);
  }
  throw new CommandFailed('--context must be a JSON object, such as \'{"groups": ["manager"]}\'', 2);
}

async function findPersona(name: string, config: Config): Promise<Bearer> {
  const { personas, problems } = await loadPersonas(config.model);
  const found = personas.find((persona) => persona.name === name);
  if (found !== undefined) return personaBearer(found);
  const errors = problems.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new CommandFailed(errors.map(problemText).join('\n'));
  const known = personas.map((persona) => persona.name).join(', ');
  throw new CommandFailed(
    `there is no persona "${name}"; ${known === '' ? 'the model has none' : `the model has ${known}`}`,
    2,
  );
}

/**
 * The identity that a token of this context would give, groups and namespace included, without any server's keys.
 * @param bearer nobody at all, where left out: an empty context
 */
export async function identityOf(bearer: Bearer | undefined, config: Config): Promise<Identity> {
  const jwt = {
    ...config.jwt,
    secret: randomBytes(32).toString('hex'),
    key: undefined,
    jwksUrl: undefined,
    algorithms: undefined,
    issuers: undefined,
    audiences: undefined,
    subjects: undefined,
    require: new Map<string, string>(),
    userClaim: undefined,
  };
  const hooks = config.hooks.filter(({ name }) => name !== 'checkAuth' && name !== 'checkSqlAuth');
  const local = { ...config, auth: 'jwt' as const, hooks, jwt };
  const token = await mintToken(bearer ?? { context: {}, subject: undefined }, local, '1min');
  const identity = await createAuthenticator(local).authenticate('semwire', token);
  return { ...identity, user: identity.subject ?? 'semwire' };
}
