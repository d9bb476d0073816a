/** psql, when this machine has one. */
import { spawn, spawnSync } from 'node:child_process';
import type { Demo, Persona, WarehouseName } from './demo.ts';

const found = spawnSync('psql', ['--version'], { encoding: 'utf8' });
/** As `psql (PostgreSQL) 15.18` says of itself; undefined where there is none. */
export const PSQL_VERSION = found.status === 0 ? /\d+(?:\.\d+)?/.exec(found.stdout)?.[0] : undefined;

export type Shown = { readonly code: number | null; readonly out: string; readonly err: string };

export type PsqlOptions = {
  readonly persona?: Persona;
  /** Another password than the persona's token. */
  readonly password?: string;
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Called with all that psql has printed, each time it has printed more. */
  readonly onOutput?: (printed: string, interrupt: () => void) => void;
};

/** Runs psql with these arguments and waits for its end. */
export async function psql(
  demo: Demo,
  warehouse: WarehouseName,
  args: readonly string[],
  { persona = 'aurora_manager', password, input = '', env = {}, onOutput }: PsqlOptions = {},
): Promise<Shown> {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(SEMWIRE_|PG|VITEST|NODE_|PAGER)/.test(name));
  const child = spawn('psql', ['-X', ...args], {
    env: {
      ...Object.fromEntries(inherited),
      PGHOST: '127.0.0.1',
      PGPORT: String(demo.servers[warehouse].port),
      PGUSER: persona,
      PGPASSWORD: password ?? demo.tokens[persona],
      PGDATABASE: 'semwire',
      PGCONNECT_TIMEOUT: '10',
      PGCLIENTENCODING: 'UTF8',
      LC_ALL: 'C.UTF-8',
      TZ: 'UTC',
      ...env,
    },
  });
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
