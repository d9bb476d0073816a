/**
 * A semwire as users run it: `node dist/main.js serve` on a free port, with the model of this folder.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { RawServer } from './raw-client.ts';

export type BenchSemwire = {
  readonly server: RawServer;
  /** The same server for whom a token with these claims says. */
  readonly as: (claims: object) => RawServer;
  readonly pid: number;
  /** From its start until it accepted connections. */
  readonly startMs: number;
  readonly stop: () => Promise<void>;
};

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const MODEL = fileURLToPath(new URL('model', import.meta.url));

/** @param environment beside what a benchmark needs, or instead of it */
export async function startSemwire(environment: Readonly<Record<string, string>>): Promise<BenchSemwire> {
  const secret = randomBytes(32).toString('hex');
  const env = {
    ...process.env,
    SEMWIRE_PORT: '0',
    SEMWIRE_MODEL: MODEL,
    SEMWIRE_JWT_SECRET: secret,
    SEMWIRE_WAREHOUSE_POOL: '32',
    SEMWIRE_LOG_LEVEL: 'info',
    // A busy machine is to be measured, not refused.
    SEMWIRE_CATALOG_TIMEOUT: '120s',
    SEMWIRE_STATEMENT_TIMEOUT: '300s',
    ...environment,
  };
  const started = performance.now();
  const child = spawn(process.execPath, [MAIN, 'serve'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  try {
    const port = await readyPort(child);
    const startMs = performance.now() - started;
    const as = (claims: object) => ({
      host: '127.0.0.1',
      port,
      user: 'bench',
      database: 'semwire',
      password: sign(claims, secret),
    });
    return { server: as({ sub: 'bench' }), as, pid: child.pid ?? 0, startMs, stop: () => stopped(child) };
  } catch (error) {
    await stopped(child);
    throw error;
  }
}

/** From the line that holds `ready` and the address. */
function readyPort(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let output = '';
    const read = (text: string): void => {
      output += text;
      const ready = output.split('\n').find((line) => /\bready\b/.test(line));
      const port = ready?.match(/(?:127\.0\.0\.1|localhost|\[::1\]):(\d+)/)?.[1] ?? ready?.match(/"port":(\d+)/)?.[1];
      if (port !== undefined) resolve(Number(port));
    };
    child.stdout?.setEncoding('utf8').on('data', read);
    child.stderr?.setEncoding('utf8').on('data', read);
    child.on('exit', (code) => reject(new Error(`semwire ended with ${code} before it was ready:\n${output}`)));
  });
}

function stopped(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null) return resolve();
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
    setTimeout(() => child.kill('SIGKILL'), 5_000).unref();
  });
}

/** A JWT by HS256, good for the longest run (RFC 7515). */
function sign(claims: object, secret: string): string {
  const now = Math.floor(Date.now() / 1000);
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
  const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ ...claims, iat: now, exp: now + 86_400 })}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}
