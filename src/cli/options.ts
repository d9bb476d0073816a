/** Options of the commands: what mirrors the configuration, and what is the command's own. */
import { parseArgs } from 'node:util';
import { type Config, FLAGS, loadConfig } from '../config.ts';
import { ensureLocalSecret, readLocalSecret } from '../jwt-secret.ts';
import { CommandFailed } from './command.ts';

export type Parsed = {
  /** Values of the command's own options. */
  readonly own: Readonly<Record<string, string | undefined>>;
  readonly flags: Readonly<Record<string, string | undefined>>;
  readonly words: readonly string[];
};

/**
 * @param own names of the command's own options, each with a value
 * @throws CommandFailed with exit code 2 for what it does not know
 */
export function parseOptions(args: readonly string[], own: readonly string[]): Parsed {
  const known = [...FLAGS.keys(), ...own];
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: Object.fromEntries(known.map((name) => [name, { type: 'string' as const }])),
    });
    const pick = (names: readonly string[]) =>
      Object.fromEntries(names.map((name) => [name, values[name] as string | undefined]));
    return { own: pick(own), flags: pick([...FLAGS.keys()].filter((name) => !own.includes(name))), words: positionals };
  } catch (error) {
    throw new CommandFailed(error instanceof Error ? error.message : String(error), 2);
  }
}

/** @param secret `make`: a missing signing secret is made and kept; `read`: one that a server made is used */
export function configFrom(parsed: Parsed, secret: 'make' | 'read'): Promise<Config> {
  const folder = process.cwd();
  return loadConfig({
    flags: parsed.flags,
    fallbackSecret: () => (secret === 'make' ? ensureLocalSecret(folder) : readLocalSecret(folder)),
  });
}
