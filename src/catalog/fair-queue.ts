/** Work that waits, taken in turn from everybody who has some: who asks for much waits behind who asks for little. */
export type FairQueue<Job> = {
  readonly push: (subject: string, job: Job) => void;
  /** The job that is next of each subject, of the subject that was served longest ago first. */
  readonly heads: () => Iterable<Job>;
  /** Takes out what is next of the subject, which is served with it. */
  readonly shift: (subject: string) => Job | undefined;
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
    heads: function* () {
      for (const [head] of waiting.values()) if (head !== undefined) yield head;
    },
    shift: (subject) => {
      const own = waiting.get(subject) ?? [];
      const job = own.shift();
      waiting.delete(subject);
      if (own.length > 0) waiting.set(subject, own);
      return job;
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
