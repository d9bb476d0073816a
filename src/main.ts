#!/usr/bin/env node
/**
 * semwire: picks a command. Exit codes: 0 fine, 1 the thing asked for failed, 2 usage.
 */
import { readFile } from 'node:fs/promises';
import { CommandFailed, complain, print } from './cli/command.ts';
import { COMMANDS } from './cli/commands.ts';
import { ConfigError } from './config-error.ts';
import { SqlError } from './errors.ts';

// DuckDB's statements run on libuv's threads; with all of them taken, signature checks and DNS would wait
// (research: 1.5 s with the default of 4). It must be set before anything uses the pool.
process.env.UV_THREADPOOL_SIZE ??= '32';

async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    print(usage());
    return name === undefined ? 2 : 0;
  }
  if (name === '--version' || name === '-V') {
    print(`semwire ${await version()}`);
    return 0;
  }
  const command = COMMANDS.find((one) => one.name === name);
  if (command === undefined) {
    complain(`semwire: unknown command "${name}"\n\n${usage()}`);
    return 2;
  }
  const options = rest.includes('--') ? rest.slice(0, rest.indexOf('--')) : rest;
  if (options.includes('--help') || options.includes('-h')) {
    print(command.help);
    return 0;
  }
  return command.run(rest);
}

function usage(): string {
  const lines = COMMANDS.map(({ name, summary }) => `  ${name.padEnd(8)} ${summary}`);
  return [
    'Usage: semwire COMMAND [OPTIONS]',
    '',
    ...lines,
    '',
    'semwire COMMAND --help tells more; semwire --version tells which this is.',
  ].join('\n');
}

/** Of the package.json beside `src` and `dist`. */
async function version(): Promise<string> {
  const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')) as {
    readonly version: string;
  };
  return version;
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommandFailed || error instanceof ConfigError) {
    complain(`semwire: ${error.message}`);
    return error.exitCode;
  }
  if (error instanceof SqlError) {
    complain(`semwire: ${error.message}${error.hint === undefined ? '' : `\nHINT: ${error.hint}`}`);
    return 1;
  }
  complain(`semwire: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  return 1;
}

// A reader that has seen enough (`| head`) is no failure, and no reason for a server to end.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

process.exitCode = await main(process.argv.slice(2)).catch(exitCodeOf);
