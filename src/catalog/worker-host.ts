/**
 * Starts a worker thread, passes it one request at a time, and ends it when a request outlives its deadline:
 * the embedded PostgreSQL has no working statement_timeout.
 */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { WorkerReply, WorkerRequest } from './worker-messages.ts';

export type WorkerHost = {
  /**
   * Not to be called again before the last request is settled. Starts a thread when none runs.
   * @throws WorkerTimeout after `deadlineMs` (0: never), or once it is abandoned; WorkerLost when the thread ended by
   * itself. Its instances are gone then.
   */
  readonly ask: (request: WorkerRequest, deadlineMs: number, abandoned?: Abandoned) => Promise<WorkerReply>;
  /** Ends the worker for good: a request under way, or made later, fails with WorkerLost. */
  readonly close: () => Promise<void>;
};

/** From when on nobody waits for the reply, and for how long the request may go on after that. */
export type Abandoned = { readonly signal: AbortSignal; readonly graceMs: number };

export class WorkerTimeout extends Error {
  override readonly name = 'WorkerTimeout';
}
export class WorkerLost extends Error {
  override readonly name = 'WorkerLost';
}

/** @param whenLost told whenever the thread has ended, with all its instances */
export function createWorkerHost(whenLost: (host: WorkerHost) => void): WorkerHost {
  let worker: Worker | undefined;
  let closed = false;
  let waiting: { readonly resolve: (reply: WorkerReply) => void; readonly reject: (error: Error) => void } | undefined;

  function start(): Worker {
    const started = startThread();
    started.on('message', (reply: WorkerReply) => {
      if (worker === started) waiting?.resolve(reply);
    });
    started.on('error', (error) => lose(started, new WorkerLost('the catalog worker failed', { cause: error })));
    started.on('exit', (code) => lose(started, new WorkerLost(`the catalog worker ended with code ${code}`)));
    return started;
  }

  function lose(lost: Worker, error: Error): void {
    if (worker !== lost) return;
    worker = undefined;
    whenLost(host);
    waiting?.reject(error);
  }

  async function ask(request: WorkerRequest, deadlineMs: number, abandoned?: Abandoned): Promise<WorkerReply> {
    if (closed) throw new WorkerLost('the catalog is closed');
    worker ??= start();
    const asked = worker;
    const timers: NodeJS.Timeout[] = [];
    let abandon = (): void => {};
    // While it is idle the thread alone does not keep the process alive.
    asked.ref();
    try {
      return await new Promise<WorkerReply>((resolve, reject) => {
        const own = { resolve, reject };
        const endAfter = (ms: number): void => {
          // After a stall of this thread the reply may lie in the queue already: let it in first.
          timers.push(setTimeout(() => setImmediate(() => waiting === own && end(asked, ms)), ms));
        };
        waiting = own;
        if (deadlineMs > 0) endAfter(deadlineMs);
        abandon = () => endAfter(abandoned?.graceMs ?? 0);
        abandoned?.signal.addEventListener('abort', abandon, { once: true });
        asked.postMessage(request);
      });
    } finally {
      for (const timer of timers) clearTimeout(timer);
      abandoned?.signal.removeEventListener('abort', abandon);
      waiting = undefined;
      asked.unref();
    }
  }

  function end(late: Worker, ms: number): void {
    lose(late, new WorkerTimeout(`the catalog worker did not answer within ${ms} ms`));
    late.terminate().catch(() => undefined);
  }

  const host: WorkerHost = {
    ask,
    close: async () => {
      closed = true;
      const ending = worker;
      if (ending === undefined) return;
      lose(ending, new WorkerLost('the catalog is closed'));
      await ending.terminate();
    },
  };
  return host;
}

/** Rows pass through as bytes: what JavaScript needs for a statement is little and short-lived. Saves 20 MB a thread. */
const RESOURCE_LIMITS = { maxYoungGenerationSizeMb: 4 };

/**
 * From dist/ Node runs worker.js. From src/ (tsx, vitest) the thread needs tsx's loader, which it does not inherit and
 * which `--import tsx` does not install in threads of Node 20: the thread registers it itself.
 */
function startThread(): Worker {
  const options = { execArgv: [], resourceLimits: RESOURCE_LIMITS };
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL('./worker.js', import.meta.url), options);
  // its CommonJS twin looks for the loader in a folder that does not exist (tsx 4.23)
  const api = createRequire(import.meta.url)
    .resolve('tsx/esm/api')
    .replace(/\.cjs$/, '.mjs');
  const entry = new URL('./worker.ts', import.meta.url);
  const code = `import(${JSON.stringify(pathToFileURL(api))}).then(({ register }) => {
    register();
    return import(${JSON.stringify(entry)});
  });`;
  return new Worker(code, { eval: true, ...options });
}
