/**
 * What clients ask of the catalog, through the socket of a real semwire, beside a native PostgreSQL with the same tables.
 */
import { viewName, writeModel } from './catalog-model.ts';
import { askRows, type Native, startNative } from './catalog-native.ts';
import { CATALOG_QUESTIONS } from './catalog-statements.ts';
import { median, printTable } from './compare.ts';
import type { Job, LoadProcess, Measured } from './load.ts';
import type { RawServer } from './raw-client.ts';
import { type BenchSemwire, startSemwire } from './semwire.ts';

const SIZES = [20, 200, 1000];
const ROUNDS = 3;
const SECONDS = 0.4;
const MOST = 200;

/** One question at one size: native, then as semwire answers what it has been asked before, then what it has not. */
type Answers = readonly [native: readonly Measured[], known: readonly Measured[], fresh: readonly Measured[]];

export async function benchCatalog(load: LoadProcess): Promise<void> {
  const rows: string[][] = [];
  for (const views of SIZES) {
    const model = writeModel(views, 'everybody');
    let semwire: BenchSemwire | undefined;
    let native: Native | undefined;
    try {
      native = await startNative();
      semwire = await startSemwire({ SEMWIRE_MODEL: model.path, SEMWIRE_WAREHOUSE_URL: native.warehouse });
      const asked = performance.now();
      await askRows(semwire.server, 'SELECT count(*) FROM pg_class');
      console.log(
        `${views} views: ready after ${semwire.startMs.toFixed(0)} ms, ` +
          `first catalog answer ${(performance.now() - asked).toFixed(0)} ms later`,
      );
      await native.copyTables(semwire.server);
      for (const { name, statements } of CATALOG_QUESTIONS) {
        const table = viewName(views >> 1);
        const job = async (server: RawServer, fresh: boolean): Promise<Job> => ({
          server,
          sql: statements(table, await oidOf(server, table)),
          fresh,
          mode: 'simple',
          clients: 1,
          seconds: SECONDS,
          statements: MOST,
        });
        const jobs = [
          await job(native.server, false),
          await job(semwire.server, false),
          await job(semwire.server, true),
        ] as const;
        // As a server answers that has run for a while: what V8 compiles while it is new is no catalog's cost.
        for (const one of jobs) await load.run(one);
        const answers: [Measured[], Measured[], Measured[]] = [[], [], []];
        for (let round = 0; round < ROUNDS; round++) {
          for (const [index, one] of jobs.entries()) answers[index]?.push(await load.run(one));
        }
        rows.push([name, String(views), ...cells(answers)]);
      }
    } finally {
      await semwire?.stop();
      await native?.stop();
      model.remove();
    }
  }
  printTable(
    `catalog: PostgreSQL's milliseconds, semwire's as ratios to them, ${ROUNDS} rounds`,
    ['', 'views', 'native p50', 'p95', 'cached p50', 'p95', 'uncached p50', 'p95'],
    rows,
  );
}

function cells([native, known, fresh]: Answers): string[] {
  const own = (of: (one: Measured) => number) => (median(native.map(of)) / 1000).toFixed(2);
  const ratio = (measured: readonly Measured[], of: (one: Measured) => number) =>
    median(measured.map((one, round) => of(one) / of(native[round] as Measured))).toFixed(2);
  const p50 = ({ p50: value }: Measured) => value;
  const p95 = ({ p95: value }: Measured) => value;
  return [own(p50), own(p95), ratio(known, p50), ratio(known, p95), ratio(fresh, p50), ratio(fresh, p95)];
}

async function oidOf(server: RawServer, table: string): Promise<string> {
  const [row] = await askRows(server, 'SELECT $1::regclass::oid::text AS oid', [table]);
  return row?.oid ?? '';
}
