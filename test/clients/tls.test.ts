/** A server with a certificate, and clients that check it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { emptyFolder, SECRET, type Serving, serve, TICKETS } from '../cli/run.ts';
import { signed } from './demo.ts';
import { PSQL_VERSION, runPsql } from './psql.ts';

const FILES = fileURLToPath(new URL('../fixtures/tls', import.meta.url));
const CA = join(FILES, 'ca.crt');
const STRANGER = join(FILES, 'stranger.crt');

let server: Serving;
let token: string;
beforeAll(async () => {
  server = await serve(
    [],
    {
      ...TICKETS,
      SEMWIRE_JWT_SECRET: SECRET,
      SEMWIRE_TLS: 'require',
      SEMWIRE_TLS_CERT: join(FILES, 'server.crt'),
      SEMWIRE_TLS_KEY: join(FILES, 'server.key'),
    },
    emptyFolder(),
  );
  token = await signed({ sub: 'ann', groups: ['agent'] });
});
afterAll(async () => {
  server?.signal('SIGTERM');
  await server?.ended;
});

const target = () => ({ host: 'localhost', port: server.port, user: 'ann', password: token, database: 'semwire' });

describe.skipIf(PSQL_VERSION === undefined)('psql', () => {
  const ask = (env: Readonly<Record<string, string>>) =>
    runPsql(['-At', '-c', "SELECT 'signed in'"], {
      PGHOST: 'localhost',
      PGPORT: String(server.port),
      PGUSER: 'ann',
      PGPASSWORD: token,
      PGDATABASE: 'semwire',
      ...env,
    });

  test('sslmode=verify-full with the right authority', async () => {
    expect(await ask({ PGSSLMODE: 'verify-full', PGSSLROOTCERT: CA })).toMatchObject({ code: 0, out: 'signed in\n' });
  });

  test('sslmode=verify-full with another authority goes no further than the certificate', async () => {
    const { code, err } = await ask({ PGSSLMODE: 'verify-full', PGSSLROOTCERT: STRANGER });
    expect(err).toContain('certificate verify failed');
    expect(code).toBe(2);
  });

  test('without TLS it is refused before it sends the token', async () => {
    const { code, err } = await ask({ PGSSLMODE: 'disable' });
    expect(err).toMatch(/FATAL: .*(TLS|SSL|encryption)/i);
    expect(code).toBe(2);
  });
});

test('node-postgres, which checks the name too', async () => {
  const client = new pg.Client({ ...target(), ssl: { ca: readFileSync(CA, 'utf8'), rejectUnauthorized: true } });
  await client.connect();
  expect((await client.query("SELECT 'signed in' AS word")).rows).toEqual([{ word: 'signed in' }]);
  await client.end();
  const other = new pg.Client({ ...target(), ssl: { ca: readFileSync(STRANGER, 'utf8') } });
  await expect(other.connect()).rejects.toThrow(/certificate|unable to verify/);
});

test('postgres.js', async () => {
  const sql = postgres({ ...target(), ssl: { ca: readFileSync(CA, 'utf8') }, max: 1 });
  expect(await sql`SELECT 'signed in' AS word`).toEqual([{ word: 'signed in' }]);
  await sql.end();
});

test('no token and no key material is in the log', () => {
  const { stdout, stderr } = server.output();
  expect(stdout + stderr).toContain('signed in');
  expect(stdout + stderr).not.toMatch(/eyJ|PRIVATE KEY/);
});
