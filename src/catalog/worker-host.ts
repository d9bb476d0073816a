/**
 * Starts the worker thread, passes it one request at a time, and ends it when a request outlives its deadline:
 * the embedded PostgreSQL has no working statement_timeout.
 */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { WorkerReply, WorkerRequest } from './worker-messages.ts';

export type WorkerHost = {
  /**
   * Not to be called again before the last request is settled. Starts a worker when none runs.
   * @throws WorkerTimeout after `deadlineMs` (0: never); WorkerLost when the thread ended by itself. Its instances are gone then.
   */
  readonly ask: (request: WorkerRequest, deadlineMs: number) => Promise<WorkerReply>;
  /** Ends the worker; a request under way fails with WorkerLost. */
  readonly close: () => Promise<void>;
};

export class WorkerTimeout extends Error {
  override readonly name = 'WorkerTimeout';
}
export class WorkerLost extends Error {
  override readonly name = 'WorkerLost';
}

/** @param whenLost told whenever a worker has ended, with all its instances */
export function createWorkerHost(whenLost: () => void): WorkerHost {
  let worker: Worker | undefined;
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
    whenLost();
    waiting?.reject(error);
  }

  async function ask(request: WorkerRequest, deadlineMs: number): Promise<WorkerReply> {
    worker ??= start();
    const asked = worker;
    let timer: NodeJS.Timeout | undefined;
    // While it is idle the thread alone does not keep the process alive.
    asked.ref();
    try {
      return await new Promise<WorkerReply>((resolve, reject) => {
        waiting = { resolve, reject };
        // After a stall of this thread the reply may lie in the queue already: let it in first.
        if (deadlineMs > 0) timer = setTimeout(() => setImmediate(() => end(asked)), deadlineMs);
        asked.postMessage(request);
      });
    } finally {
      clearTimeout(timer);
      waiting = undefined;
      asked.unref();
    }

    function end(late: Worker): void {
      if (waiting === undefined || worker !== late) return;
      lose(late, new WorkerTimeout(`the catalog worker took longer than ${deadlineMs} ms`));
      late.terminate().catch(() => undefined);
    }
  }

  return {
    ask,
    close: async () => {
      const ending = worker;
      if (ending === undefined) return;
      lose(ending, new WorkerLost('the catalog is closed'));
      await ending.terminate();
    },
  };
}

/**
 * From dist/ Node runs worker.js. From src/ (tsx, vitest) the thread needs tsx's loader, which it does not inherit and
 * which `--import tsx` does not install in threads of Node 20: the thread registers it itself.
 */
function startThread(): Worker {
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL('./worker.js', import.meta.url), { execArgv: [] });
  // its CommonJS twin looks for the loader in a folder that does not exist (tsx 4.23)
  const api = createRequire(import.meta.url)
    .resolve('tsx/esm/api')
    .replace(/\.cjs$/, '.mjs');
  const entry = new URL('./worker.ts', import.meta.url);
  const code = `import(${JSON.stringify(pathToFileURL(api))}).then(({ register }) => {
    register();
    return import(${JSON.stringify(entry)});
  });`;
  return new Worker(code, { eval: true, execArgv: [] });
}
