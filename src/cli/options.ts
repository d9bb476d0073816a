/** Options of the commands: what mirrors the configuration, and what is the command's own. */
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { type Config, FLAGS, loadConfig } from '../config.ts';
import { ensureLocalSecret, readLocalSecret } from '../jwt-secret.ts';
import { CommandFailed } from './command.ts';

export type Parsed = {
  /** Values of the command's own options. */
  readonly own: Readonly<Record<string, string | undefined>>;
  /** Its own options without a value that were given. */
  readonly on: ReadonlySet<string>;
  readonly flags: Readonly<Record<string, string | undefined>>;
  readonly words: readonly string[];
};

/**
 * @param own names of the command's own options, each with a value
 * @param words names of the arguments that it takes, all of them required
 * @param switches names of the command's own options that have no value
 * @throws CommandFailed with exit code 2 for what it does not know
 */
export function parseOptions(
  args: readonly string[],
  own: readonly string[],
  words: readonly string[] = [],
  switches: readonly string[] = [],
): Parsed {
  const known = [...FLAGS.keys(), ...own];
  const { values, positionals } = parse(args, known, switches);
  const missing = words[positionals.length];
  if (missing !== undefined) throw new CommandFailed(`${missing} is missing`, 2);
  if (positionals.length > words.length) {
    const quote = words.length === 0 ? '' : ` (${words.join(' ')} is one argument: put it in quotes)`;
    throw new CommandFailed(`unexpected argument "${positionals[words.length]}"${quote}`, 2);
  }
  const pick = (names: readonly string[]) =>
    Object.fromEntries(
      names.map((name) => {
        const value = values[name];
        return [name, typeof value === 'string' ? value : undefined];
      }),
    );
  return {
    own: pick(own),
    on: new Set(switches.filter((name) => values[name] === true)),
    flags: pick([...FLAGS.keys()].filter((name) => !own.includes(name))),
    words: positionals,
  };
}

function parse(args: readonly string[], known: readonly string[], switches: readonly string[]) {
  const options: Record<string, { readonly type: 'string' | 'boolean' }> = {};
  for (const name of known) options[name] = { type: 'string' };
  for (const name of switches) options[name] = { type: 'boolean' };
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options,
    });
  } catch (error) {
    throw new CommandFailed(error instanceof Error ? error.message : String(error), 2);
  }
}

/**
 * @param secret `make`: a missing signing secret is made and kept; `read`: one that a server made is used;
 * `any`: the command verifies no token, so it runs without a key too
 */
export function configFrom(parsed: Parsed, secret: 'make' | 'read' | 'any'): Promise<Config> {
  const folder = process.cwd();
  return loadConfig({
    flags: parsed.flags,
    fallbackSecret: () => {
      switch (secret) {
        case 'make':
          return ensureLocalSecret(folder);
        case 'read':
          return readLocalSecret(folder);
        case 'any':
          return readLocalSecret(folder) ?? randomBytes(32).toString('hex');
      }
    },
  });
}
