/**
 * The load: a process of its own, so that its work is not counted as the gateway's. Started by `LoadProcess`.
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { connectRaw, type RawClient, type RawServer } from './raw-client.ts';

export type Job = {
  readonly server: RawServer;
  /** Several are sent one after another, and count as one. */
  readonly sql: string | readonly string[];
  /** Each with a number of its own at its end, so that nobody has seen it before. */
  readonly fresh?: boolean;
  /** 'simple' asks as psql does; 'prepared' as a client that prepares once. */
  readonly mode: 'simple' | 'prepared';
  readonly clients: number;
  /** So long, or so many statements per client, or whichever comes first. */
  readonly seconds?: number;
  readonly statements?: number;
};

export type Measured = {
  readonly perSecond: number;
  /** Microseconds. */
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly rowsPerSecond: number;
};

export type LoadProcess = { readonly run: (job: Job) => Promise<Measured>; readonly stop: () => void };

export function startLoad(): LoadProcess {
  const child = fork(fileURLToPath(import.meta.url), ['load'], { execArgv: ['--import', 'tsx'] });
  return {
    run: (job) =>
      new Promise((resolve, reject) => {
        child.once('message', (answer: Measured | { readonly error: string }) =>
          'error' in answer ? reject(new Error(answer.error)) : resolve(answer),
        );
        child.send(job);
      }),
    stop: () => child.kill(),
  };
}

let last = 0;

/** Another number each time, also in another run against the same server. */
function unseen(): string {
  last += 1;
  return `${process.pid}.${last}`;
}

async function perform(job: Job): Promise<Measured> {
  const clients = await Promise.all(Array.from({ length: job.clients }, () => connectRaw(job.server)));
  const texts = [job.sql].flat();
  const ask = async (client: RawClient) => {
    let rows = 0;
    for (const [n, sql] of texts.entries()) {
      const text = job.fresh ? `${sql.replace(/;\s*$/, '')} /* ${unseen()} */` : sql;
      const result = await (job.mode === 'simple' ? client.query(text) : client.execute(`bench${n}`));
      if (result.error !== undefined) throw new Error(`${text}: ${result.error}`);
      rows += result.rows;
    }
    return rows;
  };
  for (const client of clients) {
    if (job.mode === 'prepared') for (const [n, sql] of texts.entries()) await client.prepare(`bench${n}`, sql);
    await ask(client);
  }
  const latencies: number[] = [];
  let rows = 0;
  const start = performance.now();
  const end = start + (job.seconds ?? Number.POSITIVE_INFINITY) * 1000;
  await Promise.all(
    clients.map(async (client) => {
      for (let i = 0; i < (job.statements ?? Number.POSITIVE_INFINITY); i++) {
        const asked = performance.now();
        if (asked >= end) break;
        rows += await ask(client);
        latencies.push(performance.now() - asked);
      }
    }),
  );
  const elapsed = (performance.now() - start) / 1000;
  for (const client of clients) client.close();
  latencies.sort((a, b) => a - b);
  const at = (share: number): number => (latencies[Math.floor(latencies.length * share)] ?? 0) * 1000;
  return {
    perSecond: latencies.length / elapsed,
    p50: at(0.5),
    p95: at(0.95),
    p99: at(0.99),
    rowsPerSecond: rows / elapsed,
  };
}

if (process.argv[2] === 'load' && process.send !== undefined) {
  process.on('message', (job: Job) => {
    perform(job).then(
      (measured) => process.send?.(measured),
      (error: unknown) => process.send?.({ error: String(error) }),
    );
  });
}
