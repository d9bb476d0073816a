/**
 * The catalog as the rest of the server sees it: a queue before one worker thread, and a cache before the queue.
 */
import { SqlError, SqlState } from '../errors.ts';
import { type AnswerCache, createAnswerCache, isStable } from './answer-cache.ts';
import type { Catalog, CatalogDescription, CatalogResult, CatalogSession, CatalogShape } from './catalog.ts';
import { factsOf } from './facts.ts';
import { createWorkerHost, WorkerTimeout } from './worker-host.ts';
import type { WorkerReply, WorkerRequest } from './worker-messages.ts';

export type CatalogOptions = {
  /** Instances kept, at least one, each tens of megabytes: SEMWIRE_CATALOG_SHAPES. */
  readonly shapes?: number;
  /** Deadline of one statement in milliseconds, 57014 past it, 0 for none: SEMWIRE_CATALOG_TIMEOUT. */
  readonly timeoutMs?: number;
  /** Memory for answers kept. */
  readonly cacheBytes?: number;
};

/** Loading an instance and creating thousands of stubs takes seconds; this is for one that hangs. */
const OPEN_DEADLINE_MS = 120_000;

type Statement = Extract<WorkerRequest, { kind: 'describe' | 'execute' }>;
type Reply = Extract<WorkerReply, { kind: 'described' | 'executed' }>;
type Job = {
  readonly shape: CatalogShape;
  readonly statement: Statement;
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: Error) => void;
};

/** Nothing runs until the first statement: the worker starts with it. */
export function openCatalog(options: CatalogOptions = {}): Catalog {
  const { shapes = 8, timeoutMs = 5_000, cacheBytes = 64 * 1024 * 1024 } = options;
  const descriptions: AnswerCache<CatalogDescription> = createAnswerCache(cacheBytes / 4);
  const results: AnswerCache<CatalogResult> = createAnswerCache(cacheBytes);
  /** Keys of the instances that the worker has open, the least recently used first. */
  const open = new Set<string>();
  const queue: Job[] = [];
  const host = createWorkerHost(() => open.clear());
  let busy = false;
  let closed = false;

  function enqueue(shape: CatalogShape, statement: Statement): Promise<Reply> {
    if (closed) return Promise.reject(shutdown());
    return new Promise((resolve, reject) => {
      queue.push({ shape, statement, resolve, reject });
      void work();
    });
  }

  /** First come, first served. What waits here while a worker is ended goes to the next one. */
  async function work(): Promise<void> {
    if (busy) return;
    busy = true;
    for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
      await run(job.shape, job.statement).then(job.resolve, (error: Error) => job.reject(closed ? shutdown() : error));
    }
    busy = false;
  }

  async function run(shape: CatalogShape, statement: Statement): Promise<Reply> {
    await ensureOpen(shape);
    const reply = await host.ask(statement, timeoutMs).catch((error: unknown) => {
      if (!(error instanceof WorkerTimeout)) throw error;
      throw new SqlError(SqlState.queryCanceled, 'canceling statement due to statement timeout', { cause: error });
    });
    switch (reply.kind) {
      case 'described':
      case 'executed':
        if (reply.retired) open.delete(shape.key);
        return reply;
      case 'refused':
        if (reply.retired) open.delete(shape.key);
        throw new SqlError(reply.error.code, reply.error.message, reply.error.options);
      case 'failed':
        open.delete(shape.key);
        throw new Error(reply.message);
      case 'done':
        throw new Error('the catalog worker answered something else than was asked');
    }
  }

  async function ensureOpen(shape: CatalogShape): Promise<void> {
    if (open.delete(shape.key)) {
      open.add(shape.key);
      return;
    }
    for (const oldest of open) {
      if (open.size < Math.max(shapes, 1)) break;
      open.delete(oldest);
      await host.ask({ kind: 'close', shapeKey: oldest }, OPEN_DEADLINE_MS);
    }
    const reply = await host.ask({ kind: 'open', shape }, OPEN_DEADLINE_MS);
    if (reply.kind === 'failed') throw new Error(reply.message);
    open.add(shape.key);
  }

  return {
    describe: async (shape, session, sql, parameterTypes) => {
      const key = questionKey(shape, session, [sql, parameterTypes]);
      const known = descriptions.get(key);
      if (known !== undefined) return known;
      const reply = await enqueue(shape, { kind: 'describe', shapeKey: shape.key, session, sql, parameterTypes });
      if (reply.kind !== 'described') throw new Error('the catalog worker executed instead of describing');
      descriptions.set(key, reply.description, 100 * (reply.description.columns.length + 1));
      return reply.description;
    },
    execute: async (shape, session, sql, parameterTypes, parameters, resultFormats) => {
      const stable = isStable(sql) && !parameters.some(({ value }) => value !== null && !isStable(textOf(value)));
      const values = parameters.map(({ format, value }) => [format, value === null ? null : textOf(value)]);
      const key = questionKey(shape, session, [sql, parameterTypes, values, resultFormats]);
      const known = results.get(key);
      if (known !== undefined) return known;
      const reply = await enqueue(shape, {
        kind: 'execute',
        shapeKey: shape.key,
        session,
        sql,
        parameterTypes,
        parameters: parameters.map(({ format, value }) => ({ format, value: value === null ? null : value.slice() })),
        resultFormats,
      });
      if (reply.kind !== 'executed') throw new Error('the catalog worker described instead of executing');
      if (stable) results.set(key, reply.result, reply.result.frames.length);
      return reply.result;
    },
    close: async () => {
      closed = true;
      for (const job of queue.splice(0)) job.reject(shutdown());
      await host.close();
    },
  };
}

function shutdown(): SqlError {
  return new SqlError(SqlState.adminShutdown, 'the database system is shutting down');
}

/** Everything that a stable answer depends on. Process id, address and application name are not among it. */
function questionKey(shape: CatalogShape, session: CatalogSession, question: readonly unknown[]): string {
  const { user, database, settings } = factsOf(session);
  const named = [...settings].filter(([name]) => name !== 'application_name' && !name.startsWith('semwire')).sort();
  return JSON.stringify([shape.key, user, database, named, ...question]);
}

/** Byte for byte, one character each. */
function textOf(value: Uint8Array): string {
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('latin1');
}
