/** The built binary, as a person at a terminal runs it (`npm test` builds it before). */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

/** The package: its package.json, and `dist`. */
export const PACKAGE = fileURLToPath(new URL('../..', import.meta.url));
export const MODELS = join(PACKAGE, 'test/models');

/** A secret of the operator's own. */
export const SECRET = 'a secret for tests, of 32 bytes or more';

/** A small model and its data. */
export const TICKETS = {
  SEMWIRE_MODEL: join(MODELS, 'tickets'),
  SEMWIRE_WAREHOUSE_INIT: join(MODELS, 'tickets/seed.sql'),
} as const;

export type Environment = Readonly<Record<string, string>>;
export type Ended = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** A working folder without `.semwire`. */
export function emptyFolder(): string {
  return mkdtempSync(join(tmpdir(), 'semwire-cli-'));
}

/**
 * @param folder the working folder, where `.semwire` is looked for and made
 * @param built where the package stands
 */
export function start(args: readonly string[], env: Environment, folder: string, built = PACKAGE): ChildProcess {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(SEMWIRE_|PG|VITEST|NODE_)/.test(name));
  return spawn(process.execPath, [join(built, 'dist/main.js'), ...args], {
    cwd: folder,
    env: { ...Object.fromEntries(inherited), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

export async function run(args: readonly string[], env: Environment = {}, folder = emptyFolder()): Promise<Ended> {
  return ended(start(args, env, folder));
}

/** @param built a copy of the package */
export async function runBuilt(built: string, args: readonly string[]): Promise<Ended> {
  return ended(start(args, {}, built, built));
}

async function ended(child: ChildProcess): Promise<Ended> {
  const output = collect(child);
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, ...output() };
}

function collect(child: ChildProcess): () => { readonly stdout: string; readonly stderr: string } {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return () => ({ stdout, stderr });
}

export type Serving = {
  readonly port: number;
  readonly output: () => { readonly stdout: string; readonly stderr: string };
  /** Settles once the server has written this to its log or to stdout. */
  readonly says: (text: string | RegExp) => Promise<void>;
  readonly signal: (name: NodeJS.Signals) => void;
  /** The exit code. */
  readonly ended: Promise<number | null>;
};

/** A test that fails leaves its server running; nothing does when the file is over. */
const servers: ChildProcess[] = [];
afterAll(() => {
  for (const child of servers) child.kill('SIGKILL');
});

/** Starts a server on a free port. @throws Error when it ends before it is ready */
export async function serve(args: readonly string[], env: Environment, folder: string): Promise<Serving> {
  const child = start(['serve', '--port', '0', ...args], env, folder);
  servers.push(child);
  const output = collect(child);
  const over = new Promise<number | null>((resolve) => child.on('close', resolve));
  const all = (): string => output().stdout + output().stderr;
  const says = (text: string | RegExp): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (typeof text === 'string' ? all().includes(text) : text.test(all())) resolve();
      };
      child.stdout?.on('data', look);
      child.stderr?.on('data', look);
      look();
      void over.then(() => reject(new Error(`the server ended without saying ${text}:\n${all()}`)));
    });
  await says(/ready on .*:\d+/);
  const port = Number(/ready on .*:(\d+)/.exec(all())?.[1]);
  return { port, output, says, signal: (name) => void child.kill(name), ended: over };
}
