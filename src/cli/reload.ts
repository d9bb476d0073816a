/** What SIGHUP does to a server that runs. */
import { loadPersonas, type Persona } from '../access/personas.ts';
import { problemText } from '../model/problems.ts';
import type { HttpServer } from '../operate/http.ts';
import type { Operations } from '../operate/operations.ts';
import type { Log } from '../session/log.ts';
import type { Server } from '../session/server.ts';
import type { Assembly } from './assemble.ts';
import { configFrom, type Parsed } from './options.ts';

/** Everything that runs, for who has to stop it. */
export type Serving = {
  readonly server: Server;
  readonly http: HttpServer | undefined;
  readonly assembly: Assembly;
  readonly operations: Operations;
  readonly personas: PersonaList;
  /** The model folder. */
  readonly model: string;
  /** Watched for being replaced. */
  readonly tlsFiles: Readonly<Record<string, string | undefined>>;
  readonly state: { draining: boolean };
};

/** Those of the model as it was read last. */
export type PersonaList = { now: readonly Persona[] };

/** @param before stay where the file has errors */
export async function readPersonas(model: string, log: Log, before: readonly Persona[]): Promise<readonly Persona[]> {
  const { personas, problems } = await loadPersonas(model);
  for (const problem of problems) log.warn({ problem: problemText(problem) }, 'personas');
  return problems.some(({ severity }) => severity === 'error') ? before : personas;
}

/**
 * Model and keys each on their own: what cannot be read again leaves its old self serving. Never rejects.
 * @returns false when the old model goes on
 */
export async function reload(serving: Serving, parsed: Parsed, log: Log): Promise<boolean> {
  await reloadKeys(serving, parsed, log);
  return reloadModel(serving, log);
}

/** Secrets, keys, certificates and hooks. Never rejects. */
export async function reloadKeys({ server, assembly, operations }: Serving, parsed: Parsed, log: Log): Promise<void> {
  try {
    const config = await configFrom(parsed, 'make');
    await server.reload(config);
    assembly.useHooks(config);
    await operations.reloaded('keys', 'ok', config);
    log.info({}, 'keys and certificates reloaded');
  } catch (error) {
    log.error({ err: error }, 'keys and certificates were not reloaded; the old ones are still used');
    await operations.reloaded('keys', 'refused');
  }
}

async function reloadModel({ server, assembly, operations, personas, model }: Serving, log: Log): Promise<boolean> {
  try {
    const problems = await assembly.reload();
    for (const problem of problems) log.warn({ problem: problemText(problem) }, 'model');
    const broken = problems.some(({ severity }) => severity === 'error');
    await operations.reloaded('model', broken ? 'refused' : 'ok');
    if (broken) {
      log.error({}, 'the model was not reloaded; the old one is still served');
      return false;
    }
    personas.now = await readPersonas(model, log, personas.now);
    server.replan();
    log.info({}, 'model reloaded');
    return true;
  } catch (error) {
    log.error({ err: error }, 'the model was not reloaded; the old one is still served');
    await operations.reloaded('model', 'refused');
    return false;
  }
}
