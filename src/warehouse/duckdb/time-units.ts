/** Names of time units that PostgreSQL takes (deltatktbl of its datetime.c) → the one that the dialect knows. */
const NAMES = {
  microsecond: 'us usec usecs useconds microsecon microseconds',
  millisecond: 'ms msec msecs mseconds millisecon milliseconds',
  second: 's sec secs seconds',
  minute: 'm min mins minutes',
  hour: 'h hr hrs hours',
  day: 'd days',
  week: 'w weeks',
  month: 'mon mons months',
  quarter: 'qtr',
  year: 'y yr yrs years',
  decade: 'dec decs decades',
  century: 'c cent centuries',
  millennium: 'mil mils millennia',
} as const;

const CANONICAL: ReadonlyMap<string, string> = new Map(
  Object.entries(NAMES).flatMap(([unit, names]) => names.split(' ').map((name): [string, string] => [name, unit])),
);

/** @returns the name itself in lower case where it is no other name of a unit */
export function timeUnit(name: string): string {
  const folded = name.toLowerCase();
  return CANONICAL.get(folded) ?? folded;
}
