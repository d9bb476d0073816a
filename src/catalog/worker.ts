/**
 * A worker thread: owns the instances that it was told to open, answers one request after another.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parentPort } from 'node:worker_threads';
import { SqlError } from '../errors.ts';
import { type Instance, openInstance } from './instance.ts';
import { dataDirectoryOf, limitWasmMemory, postgresProgram } from './postgres.ts';
import type { PlainSqlError, WorkerReply, WorkerRequest } from './worker-messages.ts';

if (parentPort === null) throw new Error('worker.ts runs as a worker thread only');
const port = parentPort;
const instances = new Map<string, Instance>();

limitWasmMemory();

port.on('message', (request: WorkerRequest) => {
  answer(request).then(
    (reply) => port.postMessage(reply, transferable(reply)),
    (error: unknown) => {
      // Nothing that PostgreSQL worded: the instance cannot be trusted any more.
      instances.delete(request.kind === 'open' ? request.shape.key : request.shapeKey);
      port.postMessage({ kind: 'failed', message: String(error) } satisfies WorkerReply);
    },
  );
});

async function answer(request: WorkerRequest): Promise<WorkerReply> {
  switch (request.kind) {
    case 'open': {
      const { installation, shape } = request;
      if (instances.has(shape.key)) throw new Error('the catalog instance is open already');
      const program = postgresProgram(installation.program);
      instances.set(shape.key, await openInstance(program, dataDirectoryOf(installation.dataDirectory), shape));
      return { kind: 'done' };
    }
    case 'close': {
      await retire(request.shapeKey);
      return { kind: 'done' };
    }
    case 'describe': {
      return respond(request.shapeKey, async (instance) => {
        const description = await instance.describe(request.facts, request.sql, request.parameterTypes);
        return { kind: 'described', description, retired: false };
      });
    }
    case 'execute': {
      const { facts, sql, parameterTypes, parameters, resultFormats, describe } = request;
      return respond(request.shapeKey, async (instance) => {
        const { description, result } = await instance.execute(facts, sql, parameterTypes, parameters, resultFormats);
        return { kind: 'executed', result, description: describe ? description : undefined, retired: false };
      });
    }
  }
}

type StatementReply = Extract<WorkerReply, { retired: boolean }>;

async function respond(
  shapeKey: string,
  run: (instance: Instance) => Promise<StatementReply>,
): Promise<StatementReply> {
  const instance = instances.get(shapeKey);
  if (instance === undefined) throw new Error(`no catalog instance is open for ${shapeKey}`);
  const reply = await run(instance).catch((error: unknown): StatementReply => {
    if (error instanceof SqlError) return { kind: 'refused', error: plainError(error), retired: false };
    throw error;
  });
  if (!instance.isWorn()) return reply;
  await retire(shapeKey);
  return { ...reply, retired: true };
}

async function retire(shapeKey: string): Promise<void> {
  const instance = instances.get(shapeKey);
  instances.delete(shapeKey);
  // A PGlite that cannot shut down cleanly is garbage like any other.
  await instance?.close().catch(() => undefined);
  collectGarbage();
}

/**
 * V8 does not count the memory that a dead instance holds, and would let several hundred megabytes of them lie.
 * Takes some 20 ms.
 */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
}

function plainError({ code, message, hint, detail, position }: SqlError): PlainSqlError {
  return { code, message, options: { hint, detail, position } };
}

/** Rows go over without a copy: each result has a buffer of its own. */
function transferable(reply: WorkerReply): ArrayBuffer[] {
  if (reply.kind !== 'executed') return [];
  const { buffer } = reply.result.frames;
  return buffer instanceof ArrayBuffer ? [buffer] : [];
}
