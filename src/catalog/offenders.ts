/** Who ended workers by statements that ran too long: after three within a minute it has to wait one. */
export type Offenders = {
  /** A statement of the subject's outlived its deadline. */
  readonly note: (subject: string) => void;
  /** True while the subject has to wait. */
  readonly isBarred: (subject: string) => boolean;
};

const ALLOWED = 3;
const WINDOW_MS = 60_000;

/** @param now milliseconds */
export function createOffenders(now: () => number = Date.now): Offenders {
  const times = new Map<string, number[]>();
  const recent = (subject: string): number[] => (times.get(subject) ?? []).filter((time) => now() - time < WINDOW_MS);
  return {
    note: (subject) => {
      // Whoever has not offended for a minute is forgotten, so that the map does not grow.
      for (const known of times.keys()) if (recent(known).length === 0) times.delete(known);
      times.set(subject, [...recent(subject), now()]);
    },
    isBarred: (subject) => recent(subject).length >= ALLOWED,
  };
}
