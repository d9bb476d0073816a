/**
 * `npm run bench` (all) or `npm run bench -- short large many driver catalog shapes soak`: prints ratios, asserts nothing.
 * Ratios of one run compare; absolute numbers of a shared machine do not.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { startPostgres } from '../helpers/postgres.ts';
import { benchCatalog } from './catalog.ts';
import { benchShapes } from './catalog-shapes.ts';
import { compare } from './compare.ts';
import { benchDriver } from './driver.ts';
import { type Job, type LoadProcess, type Measured, startLoad } from './load.ts';
import type { RawServer } from './raw-client.ts';
import { startSemwire } from './semwire.ts';
import { soak } from './soak.ts';
import { BI, LARGE, TO_MANY, TRIVIAL } from './statements.ts';

const ROUNDS = 5;
const SETTINGS = ['max_connections=200', 'shared_buffers=512MB', 'work_mem=64MB', 'jit=off'];
const seed = (name: string): URL => new URL(`seed.${name}.sql`, import.meta.url);

const SHORT_METRICS = [
  { name: 'statements/s', of: ({ perSecond }: Measured) => perSecond, digits: 0 },
  { name: 'p50 us', of: ({ p50 }: Measured) => p50, digits: 0 },
  { name: 'p99 us', of: ({ p99 }: Measured) => p99, digits: 0 },
];

/** Latency and throughput of short statements, PostgreSQL directly and through semwire. */
async function benchShort(load: LoadProcess, direct: RawServer, semwire: RawServer): Promise<void> {
  for (const statement of [TRIVIAL, BI]) {
    for (const mode of ['simple', 'prepared'] as const) {
      for (const clients of [1, 8, 32]) {
        const job = (server: RawServer, sql: string): Job => ({ server, sql, mode, clients, seconds: 1.5 });
        await compare(
          `short: ${statement.name}, ${mode}, ${clients} clients`,
          ROUNDS,
          [
            { name: 'PostgreSQL', run: () => load.run(job(direct, statement.direct)) },
            { name: 'semwire on PostgreSQL', run: () => load.run(job(semwire, statement.semantic)) },
          ],
          SHORT_METRICS,
        );
      }
    }
  }
}

/** Rows per second of a large result: PostgreSQL directly, through semwire, and semwire on DuckDB. */
async function benchLarge(
  load: LoadProcess,
  direct: RawServer,
  onPostgres: RawServer,
  onDuckdb: RawServer,
): Promise<void> {
  const job = (server: RawServer, sql: string): Job => ({ server, sql, mode: 'simple', clients: 1, statements: 2 });
  await compare(
    `large: ${LARGE.name}`,
    ROUNDS,
    [
      { name: 'PostgreSQL', run: () => load.run(job(direct, LARGE.direct)) },
      { name: 'semwire on PostgreSQL', run: () => load.run(job(onPostgres, LARGE.semantic)) },
      { name: 'semwire on DuckDB', run: () => load.run(job(onDuckdb, LARGE.semantic)) },
    ],
    [{ name: 'Mrows/s', of: ({ rowsPerSecond }: Measured) => rowsPerSecond / 1e6, digits: 2 }],
  );
}

/** Measures over a to-many view, beside hand-written SQL on PostgreSQL. */
async function benchMany(
  load: LoadProcess,
  direct: RawServer,
  onPostgres: RawServer,
  onDuckdb: RawServer,
): Promise<void> {
  for (const { name, direct: byHand, semantic } of TO_MANY) {
    const job = (server: RawServer, sql: string): Job => ({ server, sql, mode: 'simple', clients: 1, statements: 5 });
    await compare(
      name,
      ROUNDS,
      [
        { name: 'PostgreSQL, by hand', run: () => load.run(job(direct, byHand)) },
        { name: 'semwire on PostgreSQL', run: () => load.run(job(onPostgres, semantic)) },
        { name: 'semwire on DuckDB', run: () => load.run(job(onDuckdb, semantic)) },
      ],
      [{ name: 'p50 ms', of: ({ p50 }: Measured) => p50 / 1000, digits: 1 }],
    );
  }
}

const BENCHMARKS = ['driver', 'short', 'large', 'many', 'catalog', 'shapes', 'soak'] as const;
/** Takes long, and compares nothing: only where it is asked for. */
const ON_DEMAND: readonly string[] = ['soak'];
const OF_CATALOG: readonly string[] = ['catalog', 'shapes', 'soak'];
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !BENCHMARKS.some((known) => known === name));
if (unknown.length > 0) {
  console.error(`no such benchmark: ${unknown.join(', ')}; there are: ${BENCHMARKS.join(', ')}`);
  process.exit(2);
}
const wanted = (name: (typeof BENCHMARKS)[number]): boolean =>
  asked.length === 0 ? !ON_DEMAND.includes(name) : asked.includes(name);

const cleanup: (() => unknown)[] = [];
try {
  const load = startLoad();
  cleanup.push(load.stop);
  if (wanted('catalog')) await benchCatalog(load);
  if (wanted('shapes')) await benchShapes();
  if (wanted('soak')) await soak();
  if (BENCHMARKS.some((name) => !OF_CATALOG.includes(name) && wanted(name))) await benchData(load);
} finally {
  for (const clean of cleanup.reverse()) await clean();
}

/** Everything that is measured over the tables of seed.*.sql. */
async function benchData(load: LoadProcess): Promise<void> {
  const postgres = await startPostgres({ settings: SETTINGS });
  cleanup.push(() => postgres.stop());
  for (const sql of readFileSync(seed('postgres'), 'utf8').split(/;\n/))
    if (sql.trim() !== '') await postgres.query(sql);
  const direct: RawServer = { host: '127.0.0.1', port: postgres.port, user: 'postgres', database: 'postgres' };
  if (wanted('driver')) await benchDriver(direct);
  if (wanted('short') || wanted('large') || wanted('many')) {
    const onPostgres = await startSemwire({ SEMWIRE_WAREHOUSE_URL: postgres.url });
    cleanup.push(onPostgres.stop);
    if (wanted('short')) await benchShort(load, direct, onPostgres.server);
    if (wanted('large') || wanted('many')) {
      const duckdb = { SEMWIRE_WAREHOUSE_URL: 'duckdb:', SEMWIRE_WAREHOUSE_INIT: fileURLToPath(seed('duckdb')) };
      const onDuckdb = await startSemwire(duckdb);
      cleanup.push(onDuckdb.stop);
      if (wanted('large')) await benchLarge(load, direct, onPostgres.server, onDuckdb.server);
      if (wanted('many')) await benchMany(load, direct, onPostgres.server, onDuckdb.server);
    }
  }
}
