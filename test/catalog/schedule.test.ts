import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSchedule, type Job, type Schedule, type Step } from '../../src/catalog/schedule.ts';

type Worker = 'A' | 'B';
const BOTH: readonly [Worker, Worker] = ['A', 'B'];

function jobOf(subject: string, key: string): Job {
  return { subject, shape: { key } };
}

/** Begins all that can be begun. */
function begun(schedule: Schedule<Job, Worker>): Step<Job, Worker>[] {
  const steps: Step<Job, Worker>[] = [];
  for (let step = schedule.next(); step !== undefined; step = schedule.next()) steps.push(step);
  return steps;
}

/** `A opens x for s`, `B runs x for s`, `A closes x`. */
function told(steps: readonly Step<Job, Worker>[]): readonly string[] {
  return steps.map((step) =>
    step.kind === 'close'
      ? `${step.worker} closes ${step.shapeKey}`
      : `${step.worker} ${step.opens ? 'opens' : 'runs'} ${step.job.shape.key} for ${step.job.subject}`,
  );
}

/** Two workers that do what they are told when the test says so. */
function office(limit: number) {
  const schedule = createSchedule<Job, Worker>(limit > 1 ? BOTH : ['A'], limit);
  let doing: Step<Job, Worker>[] = [];
  const begin = (): readonly string[] => {
    const steps = begun(schedule);
    doing.push(...steps);
    return told(steps);
  };
  return {
    schedule,
    ask: (subject: string, key: string) => {
      schedule.push(jobOf(subject, key));
      return begin();
    },
    /** The worker has done what it did. */
    finish: (worker: Worker) => {
      for (const step of doing.filter((one) => one.worker === worker)) schedule.done(step);
      doing = doing.filter((one) => one.worker !== worker);
      return begin();
    },
  };
}

describe('where a shape is opened', () => {
  it('the second worker has nothing to do before a second shape', () => {
    const { ask, finish } = office(8);
    expect(ask('p', 'x')).toEqual(['A opens x for p']);
    expect(ask('q', 'x')).toEqual([]);
    expect(finish('A')).toEqual(['A runs x for q']);
    expect(ask('r', 'y')).toEqual(['B opens y for r']);
  });

  it('one shape alone has one worker, and gives way to the next', () => {
    const { ask, finish } = office(1);
    expect(ask('p', 'x')).toEqual(['A opens x for p']);
    expect(ask('q', 'y')).toEqual([]);
    expect(finish('A')).toEqual(['A closes x']);
    expect(finish('A')).toEqual(['A opens y for q']);
  });

  it('a tenant at work is left alone, however many shapes come and however idle its worker is', () => {
    const { ask, finish } = office(8);
    ask('p', 'x');
    finish('A');
    expect(ask('p', 'x')).toEqual(['A runs x for p']);
    finish('A');
    expect(ask('one', '1')).toEqual(['B opens 1 for one']);
    expect(ask('two', '2')).toEqual([]);
    expect(ask('three', '3')).toEqual([]);
    expect(ask('p', 'x')).toEqual(['A runs x for p']);
    expect(finish('A')).toEqual([]);
    expect(finish('B')).toEqual(['B opens 2 for two']);
    expect(finish('B')).toEqual(['B opens 3 for three']);
  });

  it('of two workers whose shapes nobody came back to, the idle one opens the next', () => {
    const { ask, finish } = office(8);
    expect([ask('p', 'x'), ask('q', 'y'), ask('r', 'z')].flat()).toEqual(['A opens x for p', 'B opens y for q']);
    expect(finish('B')).toEqual(['B opens z for r']);
  });

  it('a worker that was ended is the next to open one', () => {
    const { ask, finish, schedule } = office(8);
    ask('p', 'x');
    ask('q', 'y');
    finish('B');
    expect(schedule.shapes()).toBe(2);
    schedule.lose('A');
    expect(schedule.shapes()).toBe(1);
    expect(finish('A')).toEqual([]);
    expect(ask('p', 'x')).toEqual(['A opens x for p']);
  });
});

describe('which shape gives way', () => {
  it('the least recently used one, wherever it is and before its worker does anything else', () => {
    const { ask, finish } = office(2);
    ask('p', 'x');
    finish('A');
    ask('q', 'y');
    finish('B');
    ask('q', 'y');
    expect(ask('q', 'y')).toEqual([]);
    expect(ask('r', 'z')).toEqual(['A closes x']);
    expect(ask('p', 'x')).toEqual([]);
    expect(finish('A')).toEqual(['A opens z for r']);
  });

  it('one that was used again lately stays, and one alone goes', () => {
    const { ask, finish } = office(2);
    ask('p', 'x');
    finish('A');
    ask('q', 'y');
    finish('B');
    ask('p', 'x');
    finish('A');
    expect(ask('r', 'z')).toEqual(['B closes y']);
    expect(finish('B')).toEqual(['B opens z for r']);
  });

  it('one for one: while it is closed no other is', () => {
    const { ask, finish } = office(2);
    ask('p', 'x');
    ask('q', 'y');
    finish('B');
    expect(ask('r', 'z')).toEqual(['B closes y']);
    expect(finish('A')).toEqual([]);
    expect(finish('B')).toEqual(['B opens z for r']);
  });

  it('what a worker closes that ends meanwhile may be open elsewhere by then', () => {
    const { ask, finish, schedule } = office(2);
    ask('p', 'x');
    finish('A');
    ask('q', 'y');
    finish('B');
    expect(ask('r', 'z')).toEqual(['A closes x']);
    schedule.drain();
    schedule.lose('A');
    schedule.lose('B');
    expect(ask('p', 'x')).toEqual(['B opens x for p']);
    finish('A');
    expect(schedule.shapes()).toBe(1);
  });

  it('none that a statement runs on', () => {
    const { ask, finish } = office(2);
    ask('p', 'x');
    ask('q', 'y');
    expect(ask('r', 'z')).toEqual([]);
    expect(finish('B')).toEqual(['B closes y']);
    expect(finish('B')).toEqual(['B opens z for r']);
  });
});

describe('who is served', () => {
  it('a subject has one statement at a time, also of different shapes', () => {
    const { ask, finish } = office(8);
    expect(ask('p', 'x')).toEqual(['A opens x for p']);
    expect(ask('p', 'y')).toEqual([]);
    expect(finish('A')).toEqual(['B opens y for p']);
  });

  it('who cannot run now does not hold up those behind, and keeps its place', () => {
    const { ask, finish } = office(8);
    ask('p', 'x');
    finish('A');
    ask('q', 'y');
    ask('p', 'x');
    expect(ask('r', 'y')).toEqual([]);
    expect(ask('s', 'x')).toEqual([]);
    expect(finish('A')).toEqual(['A runs x for s']);
    ask('t', 'y');
    expect(finish('B')).toEqual(['B runs y for r']);
    expect(finish('B')).toEqual(['B runs y for t']);
  });
});

const SUBJECTS = ['p', 'q', 'r', 's', 't'];
const SHAPES = ['1', '2', '3', '4', '5', '6'];
const jobs = fc.record({ subject: fc.constantFrom(...SUBJECTS), key: fc.constantFrom(...SHAPES) });
const events = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('push'), job: jobs }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('finish'), worker: fc.constantFrom(...BOTH) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('lose'), worker: fc.constantFrom(...BOTH) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('cancel'), at: fc.nat(20) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('retire'), worker: fc.constantFrom(...BOTH) }) },
  ),
  { maxLength: 120 },
);
type Event = typeof events extends fc.Arbitrary<(infer E)[]> ? E : never;

/** What the workers have and do, by what they were told, and what was asked of them. */
function replay(limit: number, history: readonly Event[]) {
  const schedule = createSchedule<Job, Worker>(limit > 1 ? BOTH : ['A'], limit);
  const doing = new Map<Worker, Step<Job, Worker>>();
  const open = new Map<string, Worker>();
  let waiting: Job[] = [];

  function begin(): void {
    for (const step of begun(schedule)) {
      expect(doing.has(step.worker)).toBe(false);
      const running = [...doing.values()].flatMap((one) => (one.kind === 'run' ? [one.job] : []));
      if (step.kind === 'close') {
        expect(open.get(step.shapeKey)).toBe(step.worker);
        expect(running.map(({ shape }) => shape.key)).not.toContain(step.shapeKey);
      } else {
        const { subject, shape } = step.job;
        expect(waiting.find((one) => one.subject === subject)).toBe(step.job);
        expect(running.map((one) => one.subject)).not.toContain(subject);
        expect(open.get(shape.key)).toBe(step.opens ? undefined : step.worker);
        open.set(shape.key, step.worker);
        waiting = waiting.filter((one) => one !== step.job);
      }
      doing.set(step.worker, step);
    }
    expect(open.size).toBeLessThanOrEqual(limit);
    expect(schedule.shapes()).toBe(open.size);
    expect(schedule.waiting()).toBe(waiting.length);
    if (waiting.length > 0) expect(doing.size).toBeGreaterThan(0);
  }

  function finish(worker: Worker): void {
    const step = doing.get(worker);
    if (step === undefined) return;
    doing.delete(worker);
    schedule.done(step);
    if (step.kind === 'close') drop(worker, step.shapeKey);
  }

  function drop(worker: Worker, key: string): void {
    if (open.get(key) === worker) open.delete(key);
  }

  for (const event of history) {
    if ('job' in event) {
      const job = jobOf(event.job.subject, event.job.key);
      waiting.push(job);
      schedule.push(job);
    } else if ('at' in event) {
      const job = waiting[event.at];
      if (job !== undefined) schedule.remove(job);
      waiting = waiting.filter((one) => one !== job);
    } else if (event.kind === 'lose') {
      schedule.lose(event.worker);
      for (const key of open.keys()) drop(event.worker, key);
    } else {
      const step = doing.get(event.worker);
      if (event.kind === 'retire' && step?.kind === 'run') {
        schedule.forget(event.worker, step.job.shape.key);
        drop(event.worker, step.job.shape.key);
      }
      finish(event.worker);
    }
    begin();
  }
  while (doing.size > 0) {
    for (const worker of BOTH) finish(worker);
    begin();
  }
  expect(waiting).toEqual([]);
}

it('whatever comes: one at a time of a worker and of a subject, a shape in one place, never too many, all served', () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 4 }), events, replay), { numRuns: 2_000 });
});

const MOST_TICKS = 8;
/** As long as it takes when everybody is served twice on one worker, each time after a shape was closed. */
const TWO_ROUNDS = 2 * SUBJECTS.length * 2 * MOST_TICKS;

it('nobody waits for ever beside those who never stop asking', () => {
  const lasting = fc.record({ ticks: fc.integer({ min: 1, max: MOST_TICKS }), key: fc.constantFrom(...SHAPES) });
  const steps = fc.array(lasting, { minLength: 400, maxLength: 400 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), steps, (limit, history) => {
      const schedule = createSchedule<Job, Worker>(limit > 1 ? BOTH : ['A'], limit);
      const doing = new Map<Worker, { readonly step: Step<Job, Worker>; readonly until: number }>();
      const since = new Map<string, number>();
      let now = 0;
      for (const subject of SUBJECTS) {
        schedule.push(jobOf(subject, '1'));
        since.set(subject, now);
      }
      for (const { ticks, key } of history) {
        const step = schedule.next();
        if (step !== undefined) {
          doing.set(step.worker, { step, until: now + ticks });
          if (step.kind === 'close') continue;
          // Whoever is served asks again, of any shape.
          schedule.push(jobOf(step.job.subject, key));
          since.set(step.job.subject, now);
          continue;
        }
        const [worker, first] = [...doing].reduce((a, b) => (b[1].until < a[1].until ? b : a));
        now = first.until;
        doing.delete(worker);
        schedule.done(first.step);
        expect(now - Math.min(...since.values())).toBeLessThan(TWO_ROUNDS);
      }
    }),
    { numRuns: 200 },
  );
});
