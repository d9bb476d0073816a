/** psql, when this machine has one. */
import { spawn, spawnSync } from 'node:child_process';
import type { Demo, Persona, WarehouseName } from './demo.ts';

const found = spawnSync('psql', ['--version'], { encoding: 'utf8' });
/** As `psql (PostgreSQL) 15.18` says of itself; undefined where there is none. */
export const PSQL_VERSION = found.status === 0 ? /\d+(?:\.\d+)?/.exec(found.stdout)?.[0] : undefined;

type Shown = { readonly code: number | null; readonly out: string; readonly err: string };

type RunOptions = {
  readonly input?: string;
  /** Called with all that psql has printed, each time it has printed more. */
  readonly onOutput?: (printed: string, interrupt: () => void) => void;
};

export type PsqlOptions = RunOptions & {
  readonly persona?: Persona;
  /** Another password than the persona's token. */
  readonly password?: string;
  readonly env?: Readonly<Record<string, string>>;
};

/** Runs psql as a persona of the demo and waits for its end. */
export function psql(
  demo: Demo,
  warehouse: WarehouseName,
  args: readonly string[],
  { persona = 'aurora_manager', password, env = {}, ...options }: PsqlOptions = {},
): Promise<Shown> {
  const target = {
    PGHOST: '127.0.0.1',
    PGPORT: String(demo.servers[warehouse].port),
    PGUSER: persona,
    PGPASSWORD: password ?? demo.tokens[persona],
    PGDATABASE: 'semwire',
  };
  return runPsql(args, { ...target, ...env }, options);
}

/** @param env libpq's variables; those of whoever runs the tests are left out */
export async function runPsql(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  { input = '', onOutput }: RunOptions = {},
): Promise<Shown> {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(SEMWIRE_|PG|PSQL|VITEST|NODE_)/.test(name));
  const fixed = { PGCONNECT_TIMEOUT: '30', PGCLIENTENCODING: 'UTF8', LC_ALL: 'C.UTF-8', TZ: 'UTC' };
  const child = spawn('psql', ['-X', ...args], { env: { ...Object.fromEntries(inherited), ...fixed, ...env } });
  let out = '';
  let err = '';
  const printed = (): void => onOutput?.(out + err, () => void child.kill('SIGINT'));
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    printed();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
    printed();
  });
  child.stdin.end(input);
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, out, err };
}
