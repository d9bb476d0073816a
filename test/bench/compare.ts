/**
 * Side by side in one run: contestants take turns in every round, and what counts is the median of the rounds' ratios
 * to the first, because a machine's speed moves more from minute to minute than most of what is measured.
 */

export type Contestant<T> = { readonly name: string; readonly run: () => Promise<T> };
export type Metric<T> = { readonly name: string; readonly of: (measured: T) => number; readonly digits: number };

export async function compare<T>(
  title: string,
  rounds: number,
  contestants: readonly Contestant<T>[],
  metrics: readonly Metric<T>[],
): Promise<void> {
  const measured = contestants.map((): T[] => []);
  for (let round = 0; round < rounds; round++) {
    // Whoever goes first is another one each time.
    for (let turn = 0; turn < contestants.length; turn++) {
      const index = (round + turn) % contestants.length;
      const contestant = contestants[index];
      if (contestant !== undefined) measured[index]?.push(await contestant.run());
    }
  }
  const base = measured[0] ?? [];
  const rows = contestants.map(({ name }, index) => {
    const own = measured[index] ?? [];
    const cells = metrics.flatMap(({ of, digits }) => {
      const ratios = own.map((one, round) => of(one) / of(base[round] as T));
      const spread = `${Math.min(...ratios).toFixed(2)}-${Math.max(...ratios).toFixed(2)}`;
      return [median(own.map(of)).toFixed(digits), index === 0 ? '1' : `${median(ratios).toFixed(2)} (${spread})`];
    });
    return [name, ...cells];
  });
  printTable(`${title}, ${rounds} rounds`, ['', ...metrics.flatMap(({ name }) => [name, 'ratio'])], rows);
}

/** The middle one, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

/** As a table: the first column to the left, the others to the right. */
export function printTable(title: string, header: readonly string[], rows: readonly (readonly string[])[]): void {
  const lines = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  console.log(`\n${title}`);
  for (const line of lines) {
    console.log(
      line.map((cell, i) => (i === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  '),
    );
  }
}
