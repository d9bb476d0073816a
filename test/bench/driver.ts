/**
 * The warehouse driver alone against a bare client, both in this process: what semwire adds before it does anything.
 */
import { setMaxListeners } from 'node:events';
import { createPostgresWarehouse } from '../../src/warehouse/postgres/postgres.ts';
import type { RowSink, WarehouseStatement } from '../../src/warehouse/warehouse.ts';
import { compare } from './compare.ts';
import { connectRaw, type RawServer } from './raw-client.ts';
import { BI, LARGE, TRIVIAL } from './statements.ts';

const ROUNDS = 7;
const SECONDS = 1;
/** One for all, so that the driver's side of it is in the figures. */
const { signal } = new AbortController();
setMaxListeners(0, signal);

type Timed = { readonly perSecond: number; readonly p50: number; readonly cpu: number };
type Turn = { readonly done: () => void; readonly ask: () => Promise<number> };

export async function benchDriver(server: RawServer): Promise<void> {
  const logger = { error: console.error, warn: () => {}, info: () => {} };
  const url = `postgres://${server.user}@${server.host}:${server.port}/${server.database}`;
  const warehouse = createPostgresWarehouse({ url, poolSize: 32, policyTimeZone: 'UTC', logger });
  try {
    const types = {
      [TRIVIAL.direct]: ['int8', 'numeric'],
      [BI.direct]: ['text', 'timestamp', 'numeric', 'int8'],
      [LARGE.direct]: ['int4', 'int8', 'numeric', 'int4', 'timestamp', 'varchar', 'varchar', 'date'],
    } as const;
    const sink: RowSink = { write: () => undefined };
    const viaDriver = (sql: string) => {
      const columns = (types[sql] ?? []).map((type) => ({ type, typmod: -1 }));
      const statement: WarehouseStatement = { sql, bindTypes: [], columns };
      const options = { resultFormats: columns.map(() => 0 as const), timeoutMs: 60_000, signal, queryId: 'bench' };
      return async (): Promise<Turn> => ({
        done: () => {},
        ask: async () => (await (await warehouse.execute(statement, [], options)).fetch(0, sink)).rows,
      });
    };
    const viaRaw = (sql: string, prepared: boolean) => async (): Promise<Turn> => {
      const client = await connectRaw(server);
      await client.prepare('bench', sql);
      return {
        done: client.close,
        ask: async () => (await (prepared ? client.execute('bench') : client.query(sql))).rows,
      };
    };
    for (const statement of [TRIVIAL, BI]) {
      for (const clients of [1, 8, 32]) {
        await compare<Timed>(
          `driver: ${statement.name}, ${clients} at a time`,
          ROUNDS,
          [
            { name: 'direct, simple protocol', run: () => timed(viaRaw(statement.direct, false), clients, SECONDS) },
            { name: 'direct, prepared', run: () => timed(viaRaw(statement.direct, true), clients, SECONDS) },
            { name: 'driver', run: () => timed(viaDriver(statement.direct), clients, SECONDS) },
          ],
          [
            { name: 'statements/s', of: ({ perSecond }) => perSecond, digits: 0 },
            { name: 'p50 us', of: ({ p50 }) => p50, digits: 0 },
            { name: 'own CPU us', of: ({ cpu }) => cpu, digits: 1 },
          ],
        );
      }
    }
    await compare<Timed>(
      `driver: ${LARGE.name}`,
      ROUNDS,
      [
        { name: 'direct, simple protocol', run: () => timed(viaRaw(LARGE.direct, false), 1, SECONDS) },
        { name: 'driver', run: () => timed(viaDriver(LARGE.direct), 1, SECONDS) },
      ],
      [
        { name: 'Mrows/s', of: ({ perSecond }) => perSecond, digits: 2 },
        { name: 'own CPU ms', of: ({ cpu }) => cpu / 1000, digits: 0 },
      ],
    );
  } finally {
    await warehouse.close();
  }
}

async function timed(open: () => Promise<Turn>, clients: number, seconds: number): Promise<Timed> {
  const turns = await Promise.all(Array.from({ length: clients }, open));
  await Promise.all(turns.map(({ ask }) => ask()));
  const latencies: number[] = [];
  const cpuBefore = process.cpuUsage();
  const start = performance.now();
  const end = start + seconds * 1000;
  await Promise.all(
    turns.map(async ({ ask }) => {
      for (let asked = performance.now(); asked < end; asked = performance.now()) {
        await ask();
        latencies.push(performance.now() - asked);
      }
    }),
  );
  const elapsed = (performance.now() - start) / 1000;
  const cpu = process.cpuUsage(cpuBefore);
  for (const { done } of turns) done();
  latencies.sort((a, b) => a - b);
  return {
    perSecond: latencies.length / elapsed,
    p50: (latencies[latencies.length >> 1] ?? 0) * 1000,
    cpu: (cpu.user + cpu.system) / latencies.length,
  };
}
