/**
 * The demo as a user meets it: two built servers (`npm test` builds them), one on embedded DuckDB, one on a real
 * PostgreSQL that it reads through the SELECT-only role of model/seed/postgres.sql.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SignJWT } from 'jose';
import pg from 'pg';
import { loadPersonas } from '../../src/access/personas.ts';
import { type Environment, emptyFolder, SECRET, type Serving, serve } from '../cli/run.ts';
import { freshName } from '../helpers/gateway.ts';
import { startPostgres } from '../helpers/postgres.ts';

export const WAREHOUSES = ['duckdb', 'postgres'] as const;
export type WarehouseName = (typeof WAREHOUSES)[number];
export const PERSONAS = ['aurora_manager', 'aurora_analyst', 'aurora_support', 'borealis_manager'] as const;
export type Persona = (typeof PERSONAS)[number];

export type DemoServer = {
  readonly port: number;
  /** Everything that the server has logged or printed. */
  readonly output: () => string;
};

export type Demo = {
  readonly servers: Readonly<Record<WarehouseName, DemoServer>>;
  /** By persona; good for an hour. */
  readonly tokens: Readonly<Record<Persona, string>>;
  /** For clients that take a URL. */
  readonly url: (warehouse: WarehouseName, persona: Persona) => string;
  /** The database behind the PostgreSQL server: SQL over the seed's tables, with nothing of semwire between. */
  readonly plain: (
    sql: string,
    parameters?: readonly (Buffer | null)[],
  ) => Promise<readonly Readonly<Record<string, string | null>>[]>;
  readonly stop: () => Promise<void>;
};

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MODEL = join(ROOT, 'model');

/** @param environment variables beside the warehouse and the secret */
export async function startDemo(environment: Environment = {}): Promise<Demo> {
  const shared: Environment = { SEMWIRE_MODEL: MODEL, SEMWIRE_JWT_SECRET: SECRET, ...environment };
  const postgres = await startPostgres();
  const [duckdbServer, { client, postgresServer }] = await Promise.all([
    serve([], shared, emptyFolder()),
    seed(postgres.url, postgres.port).then(async ({ client, url }) => ({
      client,
      postgresServer: await serve([], { ...shared, SEMWIRE_WAREHOUSE_URL: url }, emptyFolder()),
    })),
  ]);
  const servers = { duckdb: demoServer(duckdbServer), postgres: demoServer(postgresServer) };
  const tokens = await personaTokens();
  return {
    servers,
    tokens,
    url: (warehouse, persona) =>
      `postgres://${persona}:${tokens[persona]}@127.0.0.1:${servers[warehouse].port}/semwire`,
    plain: async (sql, parameters = []) => (await client.query(sql, [...parameters])).rows,
    stop: async () => {
      for (const server of [duckdbServer, postgresServer]) server.signal('SIGTERM');
      await Promise.all([duckdbServer.ended, postgresServer.ended, client.end()]);
      await postgres.stop();
    },
  };
}

/** @returns an owner's connection, and the URL that semwire is given */
async function seed(server: string, port: number): Promise<{ readonly client: pg.Client; readonly url: string }> {
  const name = freshName();
  const owner = new pg.Client({ connectionString: server });
  await owner.connect();
  await owner.query(`CREATE DATABASE ${name}`);
  await owner.end();
  const client = new pg.Client({
    connectionString: server.replace(/postgres$/, name),
    types: { getTypeParser: () => String },
  });
  await client.connect();
  await client.query(readFileSync(join(MODEL, 'seed/demo.sql'), 'utf8'));
  await client.query(readFileSync(join(MODEL, 'seed/postgres.sql'), 'utf8'));
  return { client, url: `postgres://semwire:semwire-demo@127.0.0.1:${port}/${name}` };
}

function demoServer({ port, output }: Serving): DemoServer {
  return {
    port,
    output: () => {
      const { stdout, stderr } = output();
      return stdout + stderr;
    },
  };
}

async function personaTokens(): Promise<Record<Persona, string>> {
  const { personas } = await loadPersonas(MODEL);
  const tokens = personas.map(async ({ name, securityContext }) => [name, await signed(securityContext)] as const);
  return Object.fromEntries(await Promise.all(tokens)) as Record<Persona, string>;
}

/** A token of the servers' secret. @param lifetime in seconds; of a negative one the token has expired */
export function signed(claims: Readonly<Record<string, unknown>>, lifetime = 3_600): Promise<string> {
  const now = Math.floor(Date.now() / 1_000);
  return new SignJWT({ iat: Math.min(now, now + lifetime) - 1, exp: now + lifetime, ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .sign(Buffer.from(SECRET));
}
