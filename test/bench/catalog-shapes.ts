/**
 * What catalogs of different shapes cost: the server's memory by their number, and what one tenant notices while
 * another comes with two hundred of them in turn.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { viewName, writeModel } from './catalog-model.ts';
import { type Native, startNative } from './catalog-native.ts';
import { CATALOG_QUESTIONS } from './catalog-statements.ts';
import { printTable } from './compare.ts';
import { connectRaw, type RawClient, type RawServer } from './raw-client.ts';
import { residentMegabytes } from './resident.ts';
import { type BenchSemwire, startSemwire } from './semwire.ts';

const VIEWS = 20;
/** As SEMWIRE_CATALOG_SHAPES has it. */
const KEPT = 8;
const SHAPES = 200;
const [LIST] = CATALOG_QUESTIONS[0]?.statements('', '') ?? [];

/** Groups of whom sees a set of views that is nobody else's. @param n below 2 ** VIEWS */
export function groupsOf(n: number): readonly string[] {
  return Array.from({ length: VIEWS }, (_, view) => view)
    .filter((view) => view === VIEWS - 1 || (n >> view) % 2 === 0)
    .map(viewName);
}

/** A semwire over a model of which every group sees another part. */
export async function withShapes(work: (semwire: BenchSemwire) => Promise<void>): Promise<void> {
  const model = writeModel(VIEWS, 'groups');
  let native: Native | undefined;
  let semwire: BenchSemwire | undefined;
  try {
    native = await startNative();
    semwire = await startSemwire({ SEMWIRE_MODEL: model.path, SEMWIRE_WAREHOUSE_URL: native.warehouse });
    await work(semwire);
  } finally {
    await semwire?.stop();
    await native?.stop();
    model.remove();
  }
}

export async function benchShapes(): Promise<void> {
  await withShapes(async (semwire) => {
    await benchMemory(semwire);
    await benchNeighbours(semwire);
  });
}

async function benchMemory({ pid, as }: BenchSemwire): Promise<void> {
  const rows: string[][] = [];
  let before = 0;
  for (let shapes = 0; shapes <= KEPT; shapes++) {
    if (shapes > 0) await askOnce(as({ sub: `tenant ${shapes}`, groups: groupsOf(shapes) }), list());
    await delay(500);
    const megabytes = residentMegabytes(pid);
    rows.push([String(shapes), megabytes.toFixed(0), shapes === 0 ? '' : (megabytes - before).toFixed(0)]);
    before = megabytes;
  }
  printTable(`memory of the whole server by shapes of ${VIEWS} views`, ['shapes', 'RSS MB', 'more by'], rows);
}

async function benchNeighbours({ pid, as }: BenchSemwire): Promise<void> {
  const own = await connectRaw(as({ sub: 'own', groups: groupsOf(0) }));
  const alone = await asked(own, delay(5_000));
  let opened: number[] = [];
  const beside = await asked(
    own,
    inTurn(as).then((times) => {
      opened = times;
    }),
  );
  own.close();
  printTable(
    'a tenant that lists its tables, each time anew',
    ['', 'statements', 'p50 ms', 'p99 ms', 'most ms'],
    [
      ['alone', ...figures(alone)],
      [`while ${SHAPES} shapes come in turn`, ...figures(beside)],
      ['those, their first answer', ...figures(opened)],
    ],
  );
  console.log(`afterwards the server has ${residentMegabytes(pid).toFixed(0)} MB`);
}

/** Milliseconds of each first answer. */
async function inTurn(as: BenchSemwire['as']): Promise<number[]> {
  const times: number[] = [];
  for (let n = 1; n <= SHAPES; n++) {
    const start = performance.now();
    await askOnce(as({ sub: 'other', groups: groupsOf(n) }), list());
    times.push(performance.now() - start);
  }
  return times;
}

/** Milliseconds of each answer, until `end`. */
async function asked(client: RawClient, end: Promise<unknown>): Promise<number[]> {
  let ended = false;
  const ending = end.finally(() => {
    ended = true;
  });
  const times: number[] = [];
  while (!ended) {
    const start = performance.now();
    await answered(client, list());
    times.push(performance.now() - start);
    await delay(5);
  }
  await ending;
  return times;
}

async function askOnce(server: RawServer, sql: string): Promise<void> {
  const client = await connectRaw(server);
  await answered(client, sql);
  client.close();
}

async function answered(client: RawClient, sql: string): Promise<void> {
  const { error } = await client.query(sql);
  if (error !== undefined) throw new Error(error);
}

let last = 0;

/** psql's `\d`, never the same text twice. */
function list(): string {
  last += 1;
  return `${LIST?.replace(';', '')} /* ${last} */`;
}

function figures(times: readonly number[]): string[] {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => (sorted[Math.floor((sorted.length - 1) * share)] ?? 0).toFixed(1);
  return [String(sorted.length), at(0.5), at(0.99), at(1)];
}
