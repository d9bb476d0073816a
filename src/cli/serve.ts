/** `semwire serve` */
import { loadPersonas } from '../access/personas.ts';
import type { Config } from '../config.ts';
import { readLocalSecret } from '../jwt-secret.ts';
import { problemText } from '../model/problems.ts';
import { watchFiles } from '../operate/file-watch.ts';
import { createLog } from '../operate/log.ts';
import { createOperations, type Operations } from '../operate/operations.ts';
import { startServer } from '../session/server.ts';
import { type Assembly, assemble } from './assemble.ts';
import { CommandFailed, complain, print } from './command.ts';
import { mintToken, personaBearer, userOfToken } from './mint.ts';
import { configFrom, type Parsed, parseOptions } from './options.ts';
import { connectHost } from './query.ts';
import { type PersonaList, readPersonas, reload, reloadKeys, type Serving } from './reload.ts';

type Logger = ReturnType<typeof createLog>;

export async function runServe(args: readonly string[]): Promise<number> {
  const parsed = parseOptions(args, []);
  const config = await configFrom(parsed, 'make');
  const log = createLog(config.logLevel);
  for (const warning of config.warnings) log.warn({}, warning);
  const operations = operationsOf(config, log);
  const assembly = await assemble(config, log);
  const serving = await start(config, assembly, operations, log).catch(async (error: unknown) => {
    await assembly.close();
    throw error;
  });
  // Before anybody is told that it is ready: who waits for that word may send a signal at once.
  const stopped = untilStopped(serving, parsed, log);
  if (serving.http !== undefined) complain(`semwire answers HTTP on ${shown(serving.http.address)}`);
  const { host, port } = serving.server.address;
  complain(`semwire is ready on ${shown(serving.server.address)}`);
  await greet(config, host, port);
  return stopped;
}

function shown({ host, port }: { readonly host: string; readonly port: number }): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function operationsOf(config: Config, log: Logger): Operations {
  try {
    return createOperations(config, log);
  } catch (error) {
    throw new CommandFailed(`SEMWIRE_AUDIT_LOG: ${error instanceof Error ? error.message : String(error)}`, 2);
  }
}

async function start(config: Config, assembly: Assembly, operations: Operations, log: Logger): Promise<Serving> {
  const personas: PersonaList = { now: await readPersonas(config.model, log, []) };
  const state = { draining: false };
  const options = { observe: operations.observe, personas: () => personas.now };
  const server = await startServer(config, assembly.engine, log, options).catch((error: unknown) => {
    throw startFailure(error, config, { prefix: '', host: config.host, port: config.port });
  });
  const { warehouse, catalog, engine } = assembly;
  const { cert, key, ca } = config.tls;
  const operated = {
    gauges: () => ({
      connections: server.sessions().length,
      pool: warehouse.pool(),
      catalog: catalog.counts(),
      planCache: engine.planCache(),
    }),
    warehouseAnswers: () => warehouse.ping(),
    draining: () => state.draining,
  };
  try {
    return {
      server,
      http: await operations.listen(operated),
      assembly,
      operations,
      personas,
      model: config.model,
      tlsFiles: { cert, key, ca },
      state,
    };
  } catch (error) {
    await server.close();
    throw startFailure(error, config, { prefix: 'http-', host: config.http.host, port: config.http.port ?? 0 });
  }
}

/** Whose settings its variables are: SEMWIRE_PORT or SEMWIRE_HTTP_PORT. */
type Listener = { readonly prefix: '' | 'http-'; readonly host: string; readonly port: number };

/** What the operator can mend, in words; anything else as it is. */
function startFailure(error: unknown, { tls }: Config, listener: Listener): unknown {
  const { prefix, host, port } = listener;
  if (!(error instanceof Error) || !('code' in error)) return error;
  const { code } = error;
  switch (code) {
    case 'EADDRINUSE':
      return new CommandFailed(
        `port ${port} on ${host} is in use; --${prefix}port takes another one (0: any free port)`,
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new CommandFailed(`SEMWIRE_${prefix === '' ? '' : 'HTTP_'}HOST: this machine has no address ${host}`);
    case 'EACCES':
      if ('syscall' in error && error.syscall === 'listen')
        return new CommandFailed(`port ${port} on ${host} is not allowed for this user`);
  }
  if (tls.cert === undefined) return error;
  return new CommandFailed(`SEMWIRE_TLS_CERT, SEMWIRE_TLS_KEY or SEMWIRE_TLS_CA cannot be used: ${error.message}`, 2);
}

/**
 * One line to paste for each persona: how a newcomer gets in. Tokens are printed only where they are for trying out:
 * signed with the secret that this folder's server made for itself, or shown to whoever sits at the terminal.
 */
async function greet(config: Config, host: string, port: number): Promise<void> {
  const { personas, problems } = await loadPersonas(config.model);
  for (const problem of problems) complain(problemText(problem));
  const { secret } = config.jwt;
  if (config.auth !== 'jwt' || secret === undefined || personas.length === 0) return;
  if (secret !== readLocalSecret(process.cwd()) && !process.stdout.isTTY) {
    print('semwire token --persona NAME signs a token to connect with.');
    return;
  }
  print('\nPaste one of these into another terminal:\n');
  for (const persona of personas) {
    print(`# ${persona.name}`);
    try {
      const user = personaUser(persona.name);
      const token = await mintToken(personaBearer(persona), config, '1h', config.jwt.userClaim && user);
      const name = config.jwt.userClaim === undefined ? user : userOfToken(token, config);
      const target = `host=${connectHost(host)} port=${port} user=${name} dbname=${config.database}`;
      print(`PGPASSWORD=${token} psql "${target}"\n`);
    } catch (error) {
      if (!(error instanceof CommandFailed)) throw error;
      print(`# ${error.message}\n`);
    }
  }
}

function personaUser(persona: string): string {
  const name = persona.replace(/[^A-Za-z0-9_]+/g, '_');
  return name === '' ? 'user' : name;
}

/** Until SIGTERM or SIGINT: no new connections, running statements get their time, then 0. A second one ends them. */
function untilStopped(serving: Serving, parsed: Parsed, log: Logger): Promise<number> {
  const { server, http, assembly, state } = serving;
  let reloading: Promise<unknown> = Promise.resolve();
  // One after the other: two at once could end with the older model.
  const reloadNext = (): Promise<boolean> => {
    const next = reloading.then(() => reload(serving, parsed, log));
    reloading = next;
    return next;
  };
  process.on('SIGHUP', () => void reloadNext());
  const { sessions, cancel, terminate } = server;
  assembly.administer({ sessions, cancel, terminate, reload: reloadNext });
  const unwatch = watchFiles(Object.values(serving.tlsFiles), () => {
    reloading = reloading.then(() => reloadKeys(serving, parsed, log));
  });
  return new Promise((resolve) => {
    let stopping = false;
    const failed = (error: unknown): void => {
      log.error({ err: error }, 'shutdown failed');
      resolve(1);
    };
    const stop = (signal: NodeJS.Signals): void => {
      if (stopping) {
        log.info({ signal }, 'ending running statements');
        server.close().catch(failed);
        return;
      }
      stopping = true;
      unwatch();
      state.draining = true;
      log.info({ signal }, 'shutting down');
      server
        .drain()
        .then(() => Promise.all([assembly.close(), http?.close()]))
        .then(() => resolve(0), failed);
    };
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
  });
}
