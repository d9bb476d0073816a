/** `semwire token` */
import { BEARER_OPTIONS, bearerOf } from './bearer.ts';
import { CommandFailed, print } from './command.ts';
import { mintToken } from './mint.ts';
import { configFrom, parseOptions } from './options.ts';

export async function runToken(args: readonly string[]): Promise<number> {
  const parsed = parseOptions(args, [...BEARER_OPTIONS, 'ttl', 'user']);
  const config = await configFrom(parsed, 'make');
  const bearer = await bearerOf(parsed, config);
  if (bearer === undefined) throw new CommandFailed('give --persona NAME or --context JSON', 2);
  print(await mintToken(bearer, config, parsed.own.ttl ?? '1h', parsed.own.user));
  return 0;
}
