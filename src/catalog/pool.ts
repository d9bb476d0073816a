/**
 * The catalog as the rest of the server sees it: a queue before one worker thread, and a cache before the queue.
 */
import { SqlError, SqlState } from '../errors.ts';
import { type AnswerCache, createAnswerCache, isStable } from './answer-cache.ts';
import type { Catalog, CatalogDescription, CatalogResult, CatalogSession, CatalogShape } from './catalog.ts';
import { factsOf } from './facts.ts';
import { createFairQueue } from './fair-queue.ts';
import { createOffenders } from './offenders.ts';
import { createWorkerHost, WorkerTimeout } from './worker-host.ts';
import type { WorkerReply, WorkerRequest } from './worker-messages.ts';

export type CatalogOptions = {
  /** Instances kept, at least one, each tens of megabytes: SEMWIRE_CATALOG_SHAPES. */
  readonly shapes?: number;
  /** Deadline of one statement in milliseconds, 57014 past it, 0 for none: SEMWIRE_CATALOG_TIMEOUT. A subject whose
   * statements went past it three times in a minute is 53400 for the rest of it. */
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
  const queue = createFairQueue<Job>();
  const offenders = createOffenders();
  const host = createWorkerHost(() => open.clear());
  let busy = false;
  let closed = false;

  async function enqueue(shape: CatalogShape, statement: Statement, signal?: AbortSignal): Promise<Reply> {
    const { subject } = statement.session;
    if (closed) throw shutdown();
    if (signal?.aborted) throw cancelled();
    if (offenders.isBarred(subject)) throw barred();
    let abort = (): void => {};
    try {
      return await new Promise((resolve, reject) => {
        const job = { shape, statement, resolve, reject };
        // One that runs already goes on in the worker, which its deadline ends; nobody waits for it any more.
        abort = () => {
          queue.remove(subject, job);
          reject(cancelled());
        };
        signal?.addEventListener('abort', abort, { once: true });
        queue.push(subject, job);
        void work();
      });
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  /** One at a time. What waits here while a worker is ended goes to the next one. */
  async function work(): Promise<void> {
    if (busy) return;
    busy = true;
    for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
      await run(job.shape, job.statement).then(job.resolve, (error: Error) => job?.reject(closed ? shutdown() : error));
    }
    busy = false;
  }

  async function run(shape: CatalogShape, statement: Statement): Promise<Reply> {
    await ensureOpen(shape);
    const reply = await host.ask(statement, timeoutMs).catch((error: unknown) => {
      if (!(error instanceof WorkerTimeout)) throw error;
      offenders.note(statement.session.subject);
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
    execute: async (shape, session, sql, parameterTypes, parameters, resultFormats, signal) => {
      const stable = isStable(sql) && !parameters.some(({ value }) => value !== null && !isStable(textOf(value)));
      const values = parameters.map(({ format, value }) => [format, value === null ? null : textOf(value)]);
      const key = questionKey(shape, session, [sql, parameterTypes, values, resultFormats]);
      const known = results.get(key);
      if (known !== undefined) return known;
      const statement: Statement = {
        kind: 'execute',
        shapeKey: shape.key,
        session,
        sql,
        parameterTypes,
        parameters: parameters.map(({ format, value }) => ({ format, value: value === null ? null : value.slice() })),
        resultFormats,
      };
      const reply = await enqueue(shape, statement, signal);
      if (reply.kind !== 'executed') throw new Error('the catalog worker described instead of executing');
      if (stable) results.set(key, reply.result, reply.result.frames.length);
      return reply.result;
    },
    counts: () => ({ shapes: open.size, waiting: queue.size() }),
    close: async () => {
      closed = true;
      for (const job of queue.drain()) job.reject(shutdown());
      await host.close();
    },
  };
}

function cancelled(): SqlError {
  return new SqlError(SqlState.queryCanceled, 'canceling statement due to user request');
}

function barred(): SqlError {
  return new SqlError(SqlState.configurationLimitExceeded, 'too many catalog statements of yours ran too long', {
    hint: 'Wait a minute, and ask for less at once.',
  });
}

function shutdown(): SqlError {
  return new SqlError(SqlState.adminShutdown, 'the database system is shutting down');
}

/** Everything that a stable answer depends on. Process id, address and application name are not among it. */
function questionKey(shape: CatalogShape, session: CatalogSession, question: readonly unknown[]): string {
  const { user, sessionUser = user, database, settings } = factsOf(session);
  const named = [...settings].filter(([name]) => name !== 'application_name' && !name.startsWith('semwire')).sort();
  return JSON.stringify([shape.key, user, sessionUser, database, named, ...question]);
}

/** Byte for byte, one character each. */
function textOf(value: Uint8Array): string {
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('latin1');
}
