/**
 * Which catalog statement runs next and on which worker, which shapes are open where, and which one gives way: the
 * decisions alone.
 *
 * Opening a shape holds its worker for as long as hundreds of statements take. So there are two workers, and a shape is
 * opened where it disturbs least: on the worker whose shapes, once open, were asked something longest ago, even when
 * the other one is idle just now. A stranger's many shapes take turns on one worker, beside a tenant at work on the other.
 */
import { createFairQueue } from './fair-queue.ts';

export type Job = { readonly subject: string; readonly shape: { readonly key: string } };

/** What one worker is to do; it is busy with nothing else meanwhile. */
export type Step<J extends Job, Worker> =
  /** `opens`: the shape is to be opened there first. */
  | { readonly kind: 'run'; readonly worker: Worker; readonly job: J; readonly opens: boolean }
  /** The shape gives way to another. */
  | { readonly kind: 'close'; readonly worker: Worker; readonly shapeKey: string };

export type Schedule<J extends Job, Worker> = {
  readonly push: (job: J) => void;
  /** Takes out a job that waits; nothing happens to one that does not. */
  readonly remove: (job: J) => void;
  /** What a worker that is idle can begin now; it counts as busy until `done`. Undefined when there is nothing. */
  readonly next: () => Step<J, Worker> | undefined;
  readonly done: (step: Step<J, Worker>) => void;
  /** The worker has this shape no longer. */
  readonly forget: (worker: Worker, shapeKey: string) => void;
  /** The worker has ended, and its shapes with it. */
  readonly lose: (worker: Worker) => void;
  /** Jobs that wait. */
  readonly waiting: () => number;
  /** Shapes that are open, or being opened. */
  readonly shapes: () => number;
  /** All jobs that wait, which no longer do. */
  readonly drain: () => readonly J[];
};

/** `asked`: the place in time of the last job that found it open; 0 when none has. */
type Instance<Worker> = { readonly worker: Worker; readonly asked: number };

/**
 * @param workers at least one; the first has the first shape, and the second nothing to do before a second one
 * @param limit most shapes open at a time, at least one
 */
export function createSchedule<J extends Job, Worker>(
  workers: readonly [Worker, ...Worker[]],
  limit: number,
): Schedule<J, Worker> {
  const queue = createFairQueue<J>();
  /** By the key of the shape, the least recently used first. */
  const open = new Map<string, Instance<Worker>>();
  /** By worker. */
  const busy = new Map<Worker, Step<J, Worker>>();
  let now = 0;

  /** The first in the fair order that can run or be prepared for; who cannot keeps its place. */
  function next(): Step<J, Worker> | undefined {
    for (const job of queue.heads()) {
      const step = stepFor(job);
      if (step === undefined) continue;
      busy.set(step.worker, step);
      if (step.kind === 'run') begin(step.job, step.worker);
      return step;
    }
    return undefined;
  }

  /** A subject has one job running at most, so that nobody has both workers. */
  function stepFor(job: J): Step<J, Worker> | undefined {
    if (running(({ subject }) => subject === job.subject)) return undefined;
    const instance = open.get(job.shape.key);
    if (instance === undefined && open.size >= limit) return makeRoom();
    const worker = instance?.worker ?? leastAsked();
    return busy.has(worker) ? undefined : { kind: 'run', worker, job, opens: instance === undefined };
  }

  function begin({ subject, shape }: J, worker: Worker): void {
    queue.shift(subject);
    now += 1;
    const asked = open.delete(shape.key) ? now : 0;
    open.set(shape.key, { worker, asked });
  }

  /**
   * The least recently used shape is closed by the worker that has it, before anything else that the worker could do.
   * One at a time: what more need room will ask again.
   */
  function makeRoom(): Step<J, Worker> | undefined {
    if ([...busy.values()].some(({ kind }) => kind === 'close')) return undefined;
    for (const [shapeKey, { worker }] of open) {
      if (running(({ shape }) => shape.key === shapeKey)) continue;
      return busy.has(worker) ? undefined : { kind: 'close', worker, shapeKey };
    }
    return undefined;
  }

  function running(matches: (job: J) => boolean): boolean {
    return [...busy.values()].some((step) => step.kind === 'run' && matches(step.job));
  }

  /** A worker without shapes before all others; of equals one that is idle. */
  function leastAsked(): Worker {
    const asked = (worker: Worker): number =>
      Math.max(-1, ...[...open.values()].filter((one) => one.worker === worker).map((one) => one.asked));
    const before = (a: Worker, b: Worker): number => asked(a) - asked(b) || Number(busy.has(a)) - Number(busy.has(b));
    return workers.reduce((best, worker) => (before(worker, best) < 0 ? worker : best));
  }

  function forget(worker: Worker, shapeKey: string): void {
    if (open.get(shapeKey)?.worker === worker) open.delete(shapeKey);
  }

  return {
    push: (job) => queue.push(job.subject, job),
    remove: (job) => {
      queue.remove(job.subject, job);
    },
    next,
    done: (step) => {
      busy.delete(step.worker);
      if (step.kind === 'close') forget(step.worker, step.shapeKey);
    },
    forget,
    lose: (lost) => {
      for (const [shapeKey, { worker }] of open) if (worker === lost) open.delete(shapeKey);
    },
    waiting: queue.size,
    shapes: () => open.size,
    drain: queue.drain,
  };
}
