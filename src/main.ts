#!/usr/bin/env node
/**
 * semwire: picks a command. Exit codes: 0 fine, 1 the thing asked for failed, 2 usage.
 */
import { type Command, CommandFailed, complain, print } from './cli/command.ts';
import { ConfigError } from './config.ts';
import { SqlError } from './errors.ts';

/** Each is loaded when it is asked for: who wants a token need not wait for the warehouses' drivers. */
const COMMANDS: ReadonlyMap<string, () => Promise<Command>> = new Map([
  ['serve', async () => (await import('./cli/serve.ts')).serveCommand],
  ['token', async () => (await import('./cli/token.ts')).tokenCommand],
  ['check', async () => (await import('./cli/check.ts')).checkCommand],
  ['explain', async () => (await import('./cli/explain.ts')).explainCommand],
  ['test', async () => (await import('./cli/test.ts')).testCommand],
  ['query', async () => (await import('./cli/query.ts')).queryCommand],
]);

// DuckDB's statements run on libuv's threads; with all of them taken, signature checks and DNS would wait
// (research: 1.5 s with the default of 4). It must be set before anything uses the pool.
process.env.UV_THREADPOOL_SIZE ??= '32';

async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    print(await usage());
    return name === undefined ? 2 : 0;
  }
  const load = COMMANDS.get(name);
  if (load === undefined) {
    complain(`semwire: unknown command "${name}"\n\n${await usage()}`);
    return 2;
  }
  const command = await load();
  const options = rest.includes('--') ? rest.slice(0, rest.indexOf('--')) : rest;
  if (options.includes('--help') || options.includes('-h')) {
    print(command.help);
    return 0;
  }
  return command.run(rest);
}

async function usage(): Promise<string> {
  const commands = await Promise.all([...COMMANDS.values()].map((load) => load()));
  const lines = commands.map(({ name, summary }) => `  ${name.padEnd(8)} ${summary}`);
  return ['Usage: semwire COMMAND [OPTIONS]', '', ...lines, '', 'semwire COMMAND --help tells more.'].join('\n');
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
