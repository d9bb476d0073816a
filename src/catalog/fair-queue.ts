/** Work that waits, taken in turn from everybody who has some: who asks for much waits behind who asks for little. */
export type FairQueue<Job> = {
  readonly push: (subject: string, job: Job) => void;
  /** The next job, of the subject that was served longest ago. */
  readonly shift: () => Job | undefined;
  /** Takes a job out; false when it is no longer here. */
  readonly remove: (subject: string, job: Job) => boolean;
  readonly size: () => number;
  /** Everything that waits, which no longer does. */
  readonly drain: () => readonly Job[];
};

export function createFairQueue<Job>(): FairQueue<Job> {
  // A Map keeps the order of insertion: a subject that is served goes to the end.
  const waiting = new Map<string, Job[]>();
  return {
    push: (subject, job) => {
      const own = waiting.get(subject);
      if (own === undefined) waiting.set(subject, [job]);
      else own.push(job);
    },
    shift: () => {
      for (const [subject, own] of waiting) {
        const job = own.shift();
        waiting.delete(subject);
        if (own.length > 0) waiting.set(subject, own);
        return job;
      }
      return undefined;
    },
    remove: (subject, job) => {
      const own = waiting.get(subject) ?? [];
      const at = own.indexOf(job);
      if (at < 0) return false;
      own.splice(at, 1);
      if (own.length === 0) waiting.delete(subject);
      return true;
    },
    size: () => [...waiting.values()].reduce((sum, own) => sum + own.length, 0),
    drain: () => {
      const jobs = [...waiting.values()].flat();
      waiting.clear();
      return jobs;
    },
  };
}
