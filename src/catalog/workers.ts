/**
 * The catalog's worker threads and the statements that wait for them: carries out what the schedule decides.
 */
import { assertNever, SqlError, SqlState } from '../errors.ts';
import type { CatalogCounts, CatalogShape } from './catalog.ts';
import { loadDataDirectory } from './data-directory.ts';
import { createOffenders } from './offenders.ts';
import { loadProgram } from './program.ts';
import { createSchedule, type Step } from './schedule.ts';
import { createWorkerHost, type WorkerHost, WorkerTimeout } from './worker-host.ts';
import type { Installation, WorkerReply, WorkerRequest } from './worker-messages.ts';

export type Statement = Extract<WorkerRequest, { kind: 'describe' | 'execute' }>;
export type Reply = Extract<WorkerReply, { kind: 'described' | 'executed' }>;

export type Workers = {
  /**
   * Waits for its turn and for its shape to be open.
   * @throws SqlError as PostgreSQL words it; 57014 when aborted or past its deadline, 53400 for a subject that is made to wait, 57P01 once closed
   */
  readonly ask: (subject: string, shape: CatalogShape, statement: Statement, signal?: AbortSignal) => Promise<Reply>;
  readonly counts: () => CatalogCounts;
  readonly close: () => Promise<void>;
};

type Job = {
  readonly subject: string;
  readonly shape: CatalogShape;
  readonly statement: Statement;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: Error) => void;
};

/** Loading an instance and creating thousands of stubs takes seconds; this is for one that hangs. */
const OPEN_DEADLINE_MS = 120_000;

/** Nothing runs until the first statement. */
export function createWorkers(shapes: number, timeoutMs: number): Workers {
  const limit = Math.max(shapes, 1);
  const start = (): WorkerHost => createWorkerHost((host) => schedule.lose(host));
  const hosts: readonly [WorkerHost, ...WorkerHost[]] = limit > 1 ? [start(), start()] : [start()];
  const schedule = createSchedule<Job, WorkerHost>(hosts, limit);
  const offenders = createOffenders();
  let installing: Promise<Installation> | undefined;
  let closed = false;

  async function ask(subject: string, shape: CatalogShape, statement: Statement, signal?: AbortSignal): Promise<Reply> {
    if (closed) throw shutdown();
    if (signal?.aborted) throw cancelled();
    if (offenders.isBarred(subject)) throw barred();
    let abort = (): void => {};
    try {
      return await new Promise((resolve, reject) => {
        const job = { subject, shape, statement, signal, resolve, reject };
        // One that runs already goes on in the worker for a while; nobody waits for it any more.
        abort = () => {
          schedule.remove(job);
          reject(cancelled());
        };
        signal?.addEventListener('abort', abort, { once: true });
        schedule.push(job);
        work();
      });
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  /** What waits here while a worker is ended goes to the next one. */
  function work(): void {
    for (let step = schedule.next(); step !== undefined; step = schedule.next()) void take(step);
  }

  async function take(step: Step<Job, WorkerHost>): Promise<void> {
    await perform(step);
    schedule.done(step);
    work();
  }

  /** Never fails: what goes wrong is told to whom it concerns. */
  async function perform(step: Step<Job, WorkerHost>): Promise<void> {
    switch (step.kind) {
      case 'close':
        // Where that fails the worker has dropped the shape all the same, or has ended.
        await step.worker.ask({ kind: 'close', shapeKey: step.shapeKey }, OPEN_DEADLINE_MS).catch(() => undefined);
        return;
      case 'run':
        await run(step.worker, step.job, step.opens).then(step.job.resolve, (error: Error) =>
          step.job.reject(closed ? shutdown() : error),
        );
        return;
      default:
        assertNever(step, 'performing a step');
    }
  }

  async function run(worker: WorkerHost, { subject, shape, statement, signal }: Job, opens: boolean): Promise<Reply> {
    if (opens) await open(worker, shape);
    if (signal?.aborted) throw cancelled();
    const columns = shape.members.length;
    const abandoned = signal && { signal, graceMs: deadlineOf(columns, GRACE_MS) };
    const reply = await worker.ask(statement, deadlineOf(columns, timeoutMs), abandoned).catch((error: unknown) => {
      if (!(error instanceof WorkerTimeout)) throw error;
      offenders.note(subject);
      throw new SqlError(SqlState.queryCanceled, 'canceling statement due to statement timeout', { cause: error });
    });
    switch (reply.kind) {
      case 'described':
      case 'executed':
        if (reply.retired) schedule.forget(worker, shape.key);
        return reply;
      case 'refused':
        if (reply.retired) schedule.forget(worker, shape.key);
        throw new SqlError(reply.error.code, reply.error.message, reply.error.options);
      case 'failed':
        schedule.forget(worker, shape.key);
        throw new Error(reply.message);
      case 'done':
        throw new Error('the catalog worker answered something else than was asked');
      default:
        return assertNever(reply, 'reading a reply');
    }
  }

  async function open(worker: WorkerHost, shape: CatalogShape): Promise<void> {
    try {
      const reply = await worker.ask({ kind: 'open', installation: await installed(), shape }, OPEN_DEADLINE_MS);
      if (reply.kind === 'failed') throw new Error(reply.message);
    } catch (error) {
      schedule.forget(worker, shape.key);
      throw error;
    }
  }

  function installed(): Promise<Installation> {
    installing ??= install().catch((error: unknown) => {
      installing = undefined;
      throw error;
    });
    return installing;
  }

  return {
    ask,
    counts: () => ({ shapes: schedule.shapes(), waiting: schedule.waiting() }),
    close: async () => {
      closed = true;
      for (const job of schedule.drain()) job.reject(shutdown());
      await Promise.all(hosts.map((host) => host.close()));
    },
  };
}

async function install(): Promise<Installation> {
  const [program, dataDirectory] = await Promise.all([loadProgram(), loadDataDirectory()]);
  return { program, dataDirectory };
}

/** What a cancelled statement may still take: to end its worker costs everybody who has a shape there. */
const GRACE_MS = 1_000;

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
