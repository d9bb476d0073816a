/** `semwire token` */
import { BEARER_OPTIONS, bearerOf } from './bearer.ts';
import { type Command, CommandFailed, print } from './command.ts';
import { mintToken } from './mint.ts';
import { configFrom, parseOptions } from './options.ts';

export const tokenCommand: Command = {
  name: 'token',
  summary: 'signs a token: the password of a client',
  help: `Usage: semwire token --persona NAME | --context JSON [--ttl 1h] [--user NAME] [OPTIONS]

Prints one signed JWT and nothing else.

  --persona NAME   the security context of a persona in security-contexts.sc.yml of the model
  --context JSON   the security context itself, an object of claims
  --ttl TIME       how long the token lasts: 30min, 1h, 30d (default 1h, at most SEMWIRE_JWT_MAX_TTL)
  --user NAME      the claim "sub", and the one that SEMWIRE_JWT_USER_CLAIM names
  --model DIR      the model folder (default ./model)

It is signed with SEMWIRE_JWT_SECRET, or with the secret that a server started in this folder made for itself
(.semwire/jwt-secret). Issuer and audience are what the configuration asks for; iat and exp are set.

Examples:
  semwire token --persona aurora_manager
  semwire token --context '{"tenant_id": "aurora", "groups": ["manager"]}' --ttl 30d --user metabase
  PGPASSWORD=$(semwire token --persona aurora_manager) psql -h 127.0.0.1 -p 15432 -U me semwire`,
  run: async (args) => {
    const parsed = parseOptions(args, [...BEARER_OPTIONS, 'ttl', 'user']);
    const config = await configFrom(parsed, 'make');
    const bearer = await bearerOf(parsed, config);
    if (bearer === undefined) throw new CommandFailed('give --persona NAME or --context JSON', 2);
    print(await mintToken(bearer, config, parsed.own.ttl ?? '1h', parsed.own.user));
    return 0;
  },
};
