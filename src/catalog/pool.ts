/**
 * The catalog as the rest of the server sees it: a queue before one worker thread, and a cache before the queue.
 */
import { SqlError, SqlState } from '../errors.ts';
import { type AnswerCache, createAnswerCache } from './answer-cache.ts';
import type { Catalog, CatalogDescription, CatalogResult, CatalogSession, CatalogShape } from './catalog.ts';
import { factsOf, stableKey } from './facts.ts';
import { createFairQueue } from './fair-queue.ts';
import { createOffenders } from './offenders.ts';
import { isStableText } from './stable.ts';
import { createWorkerHost, WorkerTimeout } from './worker-host.ts';
import type { WorkerReply, WorkerRequest } from './worker-messages.ts';

export type CatalogOptions = {
  /** Instances kept, at least one, each tens of megabytes: SEMWIRE_CATALOG_SHAPES. */
  readonly shapes?: number;
  /**
   * Deadline of one statement in milliseconds, 57014 past it, 0 for none: SEMWIRE_CATALOG_TIMEOUT. A subject whose
   * statements went past it three times in a minute is 53400 for the rest of it.
   */
  readonly timeoutMs?: number;
  /** Memory for answers kept. */
  readonly cacheBytes?: number;
};

/** Loading an instance and creating thousands of stubs takes seconds; this is for one that hangs. */
const OPEN_DEADLINE_MS = 120_000;

type Statement = Extract<WorkerRequest, { kind: 'describe' | 'execute' }>;
type Reply = Extract<WorkerReply, { kind: 'described' | 'executed' }>;
type Executed = Extract<Reply, { kind: 'executed' }>;
type Job = {
  readonly subject: string;
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

  async function enqueue(
    { subject }: CatalogSession,
    shape: CatalogShape,
    statement: Statement,
    signal?: AbortSignal,
  ): Promise<Reply> {
    if (closed) throw shutdown();
    if (signal?.aborted) throw cancelled();
    if (offenders.isBarred(subject)) throw barred();
    let abort = (): void => {};
    try {
      return await new Promise((resolve, reject) => {
        const job = { subject, shape, statement, resolve, reject };
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
      await perform(job).then(job.resolve, (error: Error) => job?.reject(closed ? shutdown() : error));
    }
    busy = false;
  }

  async function perform({ subject, shape, statement }: Job): Promise<Reply> {
    await ensureOpen(shape);
    const reply = await host.ask(statement, deadlineOf(shape.members.length, timeoutMs)).catch((error: unknown) => {
      if (!(error instanceof WorkerTimeout)) throw error;
      offenders.note(subject);
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

  async function execute(
    shape: CatalogShape,
    session: CatalogSession,
    signal: AbortSignal | undefined,
    question: Omit<Extract<Statement, { kind: 'execute' }>, 'kind' | 'shapeKey' | 'facts'>,
  ): Promise<Executed> {
    const statement: Statement = { kind: 'execute', shapeKey: shape.key, facts: factsOf(session), ...question };
    const reply = await enqueue(session, shape, statement, signal);
    if (reply.kind !== 'executed') throw new Error('the catalog worker described instead of executing');
    return reply;
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

  function keepDescription(key: string, description: CatalogDescription): void {
    descriptions.set(key, description, 100 * (description.columns.length + 1));
  }

  return {
    describe: async (shape, session, sql, parameterTypes) => {
      const key = questionKey(shape, session, [sql, parameterTypes]);
      const known = descriptions.get(key);
      if (known !== undefined) return known;
      const facts = factsOf(session);
      const statement: Statement = { kind: 'describe', shapeKey: shape.key, facts, sql, parameterTypes };
      const reply = await enqueue(session, shape, statement);
      if (reply.kind !== 'described') throw new Error('the catalog worker executed instead of describing');
      keepDescription(key, reply.description);
      return reply.description;
    },
    execute: async (shape, session, sql, parameterTypes, parameters, resultFormats, options = {}) => {
      const texts = parameters.map(({ value }) => (value === null ? null : textOf(value)));
      const stable = options.stable === true && texts.every((text) => text === null || isStableText(text));
      const values = texts.map((text, index) => [parameters[index]?.format, text]);
      const key = questionKey(shape, session, [sql, parameterTypes, values, spelled(resultFormats)]);
      const known = stable ? results.get(key) : undefined;
      if (known !== undefined) return known;
      const { result } = await execute(shape, session, options.signal, {
        ...{ sql, parameterTypes, resultFormats, describe: false },
        parameters: parameters.map(({ format, value }) => ({ format, value: value === null ? null : value.slice() })),
      });
      if (stable) results.set(key, result, result.frames.length);
      return result;
    },
    run: async (shape, session, sql, { signal, stable = false } = {}) => {
      const descriptionKey = questionKey(shape, session, [sql, []]);
      const resultKey = questionKey(shape, session, [sql, [], [], spelled([])]);
      const known = { description: descriptions.get(descriptionKey), result: results.get(resultKey) };
      if (stable && known.description !== undefined && known.result !== undefined) {
        return { description: known.description, result: known.result };
      }
      const question = { sql, parameterTypes: [], parameters: [], resultFormats: [], describe: true };
      const { description, result } = await execute(shape, session, signal, question);
      if (description === undefined) throw new Error('the catalog worker did not describe');
      keepDescription(descriptionKey, description);
      if (stable) results.set(resultKey, result, result.frames.length);
      return { description, result };
    },
    counts: () => ({ shapes: open.size, waiting: queue.size() }),
    close: async () => {
      closed = true;
      for (const job of queue.drain()) job.reject(shutdown());
      await host.close();
    },
  };
}

/** As many columns as the deadline is for; a catalog that holds more gets more time in proportion. */
const COLUMNS_OF_DEADLINE = 10_000;

export function deadlineOf(columns: number, timeoutMs: number): number {
  return timeoutMs * Math.max(1, columns / COLUMNS_OF_DEADLINE);
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

function questionKey(shape: CatalogShape, session: CatalogSession, question: readonly unknown[]): string {
  return JSON.stringify([shape.key, stableKey(session), ...question]);
}

/** All text may be left out, or said for each column. */
function spelled(formats: readonly (0 | 1)[]): readonly (0 | 1)[] {
  return formats.every((format) => format === 0) ? [] : formats;
}

/** Byte for byte, one character each. */
function textOf(value: Uint8Array): string {
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('latin1');
}
