/**
 * Section 5 of the contract, by brute force: random queries over random models, worked out on the rows in JavaScript.
 * `npm run oracle -- --cases N --seed S` asks as many as one likes; what was wrong once is kept below.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KEPT, keptWorld } from './kept.ts';
import { runOracle } from './run.ts';
import { type Host, type ServedWorld, startHost } from './serve.ts';

let host: Host;
beforeAll(async () => {
  host = await startHost();
});
afterAll(() => host.close());

test('random queries: PostgreSQL and DuckDB answer as the contract says', async () => {
  const found: string[] = [];
  const report = await runOracle(host, 300, 20261122, 3, (text) => found.push(text));
  expect(found.join('\n\n')).toBe('');
  expect(report.cases).toBe(300);
  // What is refused is no answer: were it most of them, the oracle would see nothing.
  expect(report.refused).toBeLessThan(90);
}, 300_000);

describe('what was wrong once', () => {
  let served: ServedWorld;
  beforeAll(async () => {
    served = await host.serve(keptWorld);
  });
  afterAll(() => served.close());

  test.each(KEPT)('$why', async ({ sql, byHand, refused }) => {
    for (const warehouse of served.warehouses) {
      if (byHand === undefined) {
        await expect(warehouse.ask(sql), warehouse.name).rejects.toMatchObject({ code: refused });
        continue;
      }
      const expected = (await served.plain(byHand)).map((row) => Object.values(row).map(text));
      const found = (await warehouse.ask(sql)).map((row) => row.map(text));
      expect(found.sort(), warehouse.name).toEqual(expected.sort());
    }
  });
});

const text = (value: unknown): string => (value === null ? 'NULL' : String(value));
