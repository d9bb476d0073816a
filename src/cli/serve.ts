/** `semwire serve` */
import { loadPersonas } from '../access/personas.ts';
import type { Config } from '../config.ts';
import { problemText } from '../model/problems.ts';
import { createLog } from '../operate/log.ts';
import { type Server, startServer } from '../session/server.ts';
import { type Assembly, assemble } from './assemble.ts';
import { type Command, complain, print } from './command.ts';
import { mintPersonaToken } from './mint.ts';
import { configFrom, parseOptions } from './options.ts';

export const serveCommand: Command = {
  name: 'serve',
  summary: 'serves the model to PostgreSQL clients',
  help: `Usage: semwire serve [--model DIR] [--port N] [OPTIONS]

Serves the semantic model of DIR (default ./model) to any PostgreSQL client.
The password is a JWT; its claims decide what is seen.

Every variable of the environment is an option too: SEMWIRE_PORT is --port, SEMWIRE_WAREHOUSE_URL is
--warehouse-url, and so on (see the README); secrets have no option.

SIGTERM lets running statements end; SIGHUP reads the model, keys and certificates again.`,
  run: async (args) => {
    const config = await configFrom(parseOptions(args, []), 'make');
    const log = createLog(config.logLevel);
    for (const warning of config.warnings) log.warn({}, warning);
    const assembly = await assemble(config, log);
    const server = await startServer(config, assembly.engine, log).catch(async (error: unknown) => {
      await assembly.close();
      throw error;
    });
    const { host, port } = server.address;
    complain(`semwire is ready on ${host}:${port}`);
    await greet(config, host, port);
    return untilStopped(server, assembly, log);
  },
};

/** One line to paste for each persona: how a newcomer gets in. Only with a secret of our own can tokens be made. */
async function greet(config: Config, host: string, port: number): Promise<void> {
  const { personas, problems } = await loadPersonas(config.model);
  for (const problem of problems) complain(problemText(problem));
  if (
    config.jwt.secret === undefined ||
    personas.length === 0 ||
    config.jwt.key !== undefined ||
    config.jwt.jwksUrl !== undefined
  )
    return;
  print('\nPaste one of these into another terminal:\n');
  for (const persona of personas) {
    const token = await mintPersonaToken(persona, config, '1h');
    print(
      `# ${persona.name}\nPGPASSWORD=${token} psql "host=${host} port=${port} user=${userName(persona.name)} dbname=${config.database}"\n`,
    );
  }
}

function userName(persona: string): string {
  const name = persona.replace(/[^A-Za-z0-9_]+/g, '_');
  return name === '' ? 'user' : name;
}

/** Until SIGTERM or SIGINT: no new connections, running statements get their time, then 0. */
function untilStopped(server: Server, assembly: Assembly, log: ReturnType<typeof createLog>): Promise<number> {
  return new Promise((resolve) => {
    let stopping = false;
    const stop = (signal: NodeJS.Signals): void => {
      if (stopping) return;
      stopping = true;
      log.info({ signal }, 'shutting down');
      server
        .drain()
        .then(() => assembly.close())
        .then(
          () => resolve(0),
          (error: unknown) => {
            log.error({ err: error }, 'shutdown failed');
            resolve(1);
          },
        );
    };
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
    process.on('SIGHUP', () => {
      reload(server, assembly, log).catch((error: unknown) => log.error({ err: error }, 'reload failed'));
    });
  });
}

async function reload(server: Server, assembly: Assembly, log: ReturnType<typeof createLog>): Promise<void> {
  const problems = await assembly.reload();
  const failed = problems.some(({ severity }) => severity === 'error');
  for (const problem of problems) log.warn({ problem: problemText(problem) }, 'model');
  await server.reload(await configFrom(parseOptions(process.argv.slice(3), []), 'make'));
  if (failed) {
    log.error({}, 'the model was not reloaded; the old one is still served');
    return;
  }
  server.replan();
  log.info({}, 'model, keys and certificates reloaded');
}
