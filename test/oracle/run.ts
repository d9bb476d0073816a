/** Many cases, ten to a model; each difference is shrunk: first the query, then the rows. */
import fc from 'fast-check';
import { checkCase, type Outcome } from './check.ts';
import { queryArbitrary } from './generate-query.ts';
import { worldArbitrary } from './generate-world.ts';
import { printQuery, type Statement } from './query.ts';
import type { Host, ServedWorld } from './serve.ts';
import { type Cube, printModel, printSeed, type World } from './world.ts';

export type Report = {
  cases: number;
  worlds: number;
  refused: number;
  differences: number;
  readonly refusals: Map<string, { count: number; readonly example: string }>;
};

const PER_WORLD = 10;

/** @param failures stop after so many differences */
export async function runOracle(
  host: Host,
  cases: number,
  seed: number,
  failures: number,
  write: (text: string) => void,
): Promise<Report> {
  const report: Report = { cases: 0, worlds: 0, refused: 0, differences: 0, refusals: new Map() };
  while (report.cases < cases && report.differences < failures) {
    const own = seed + report.worlds;
    const [world] = fc.sample(worldArbitrary(), { numRuns: 1, seed: own });
    if (world === undefined) throw new Error('no world');
    report.worlds++;
    const served = await host.serve(world);
    try {
      const numRuns = Math.min(PER_WORLD, cases - report.cases);
      const found = await failingQuery(world, served, own, numRuns, report);
      if (found === undefined) continue;
      report.differences++;
      write(await describe(host, world, found, own));
    } finally {
      await served.close();
    }
  }
  return report;
}

async function failingQuery(
  world: World,
  served: ServedWorld,
  seed: number,
  numRuns: number,
  report: Report,
): Promise<Statement | undefined> {
  let shrinking = false;
  const property = fc.asyncProperty(queryArbitrary(world), async (query) => {
    const outcome = await checkCase(world, query, served);
    if (!shrinking) {
      report.cases++;
      if (outcome.kind === 'refused') {
        report.refused++;
        const message = `${outcome.code} ${outcome.message.replace(/"[^"]*"|\bc\d(\.\w+)*/g, '…')}`;
        const known = report.refusals.get(message);
        if (known === undefined) report.refusals.set(message, { count: 1, example: `${seed}: ${printQuery(query)}` });
        else known.count++;
      }
    }
    shrinking ||= outcome.kind === 'different';
    return outcome.kind !== 'different';
  });
  const result = await fc.check(property, { seed, numRuns, interruptAfterTimeLimit: 60_000 });
  return result.failed ? result.counterexample?.[0] : undefined;
}

/** Drops rows and members one by one for as long as the answers differ, then tells all there is to know. */
async function describe(host: Host, world: World, query: Statement, seed: number): Promise<string> {
  let least = world;
  let text = '';
  const differs = async (candidate: World): Promise<boolean> => {
    const outcome = await outcomeOf(host, candidate, query);
    if (outcome?.kind !== 'different' || (text !== '' && headline(outcome.text) !== headline(text))) return false;
    text = outcome.text;
    return true;
  };
  await differs(world);
  for (const smaller of reductions(world)) {
    const candidate = smaller(least);
    if (await differs(candidate)) least = candidate;
  }
  return [
    `=== difference, seed ${seed}`,
    printQuery(query),
    printModel(least, String),
    printSeed(least, String),
    text,
  ].join('\n');
}

const headline = (text: string): string => text.split(/[(\n]/, 1)[0] ?? '';

/** Undefined for a model that does not load. */
async function outcomeOf(host: Host, world: World, query: Statement): Promise<Outcome | undefined> {
  let served: ServedWorld;
  try {
    served = await host.serve(world);
  } catch {
    return undefined;
  }
  try {
    return await checkCase(world, query, served);
  } catch {
    return undefined;
  } finally {
    await served.close();
  }
}

function reductions(world: World): ((world: World) => World)[] {
  const each =
    (change: (cube: Cube) => Cube, name: string) =>
    (least: World): World => ({
      ...least,
      cubes: least.cubes.map((cube) => (cube.name === name ? change(cube) : cube)),
    });
  return world.cubes.flatMap(({ name, rows, measures, dimensions, key }) => [
    ...measures.map((gone) =>
      each((cube) => ({ ...cube, measures: cube.measures.filter((one) => one !== gone) }), name),
    ),
    ...dimensions
      .filter((dimension) => !key.includes(dimension.name))
      .map((gone) => each((cube) => ({ ...cube, dimensions: cube.dimensions.filter((one) => one !== gone) }), name)),
    ...rows.map((gone) => each((cube) => ({ ...cube, rows: cube.rows.filter((one) => one !== gone) }), name)),
  ]);
}
