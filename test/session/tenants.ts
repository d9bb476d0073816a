/** The model `tenants` on DuckDB with a real catalog behind a socket: the same two tenants for many ways to sign in. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import type { Catalog } from '../../src/catalog/catalog.ts';
import { openCatalog } from '../../src/catalog/pool.ts';
import type { ServerOptions } from '../../src/session/server.ts';
import { duckdbDialect } from '../../src/warehouse/duckdb/dialect.ts';
import { createDuckdbWarehouse } from '../../src/warehouse/duckdb/duckdb-warehouse.ts';
import type { Warehouse } from '../../src/warehouse/warehouse.ts';
import { type Gateway, openGateway } from '../helpers/gateway.ts';
import { serve, type TestServer } from './serve.ts';

const FOLDER = fileURLToPath(new URL('../models/tenants', import.meta.url));

export type Tenants = {
  readonly gateway: Gateway;
  readonly serve: (env?: Readonly<Record<string, string>>, options?: ServerOptions) => Promise<TestServer>;
  readonly close: () => Promise<void>;
};

export async function openTenants(): Promise<Tenants> {
  const warehouse: Warehouse = await createDuckdbWarehouse({
    url: 'duckdb:',
    initSql: readFileSync(`${FOLDER}/seed.sql`, 'utf8'),
    policyTimeZone: 'UTC',
    poolSize: 4,
    logger: { warn: () => {}, error: () => {} },
  });
  const catalog: Catalog = openCatalog({ shapes: 4, timeoutMs: 20_000 });
  const gateway = await openGateway({ folder: FOLDER, warehouse, dialect: duckdbDialect, catalog });
  const servers: TestServer[] = [];
  return {
    gateway,
    serve: async (env, options) => {
      const server = await serve(gateway.engine, env, options);
      servers.push(server);
      return server;
    },
    close: async () => {
      await Promise.all(servers.map((server) => server.close()));
      await Promise.all([catalog.close(), warehouse.close()]);
    },
  };
}

/** A folder that holds these files, for SEMWIRE_MODEL: the server reads hooks there, and no model. */
export function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'semwire-hooks-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

export type Session = {
  /** Rows, each as one text of its values. */
  readonly ask: (sql: string, values?: readonly string[]) => Promise<readonly string[]>;
  /** `42501 text` */
  readonly refusal: (sql: string) => Promise<string>;
  readonly client: pg.Client;
};

export type SignIn = { readonly user?: string; readonly password?: string; readonly options?: string };

const clients: pg.Client[] = [];

/** @throws what the server says */
export async function signInTo(server: TestServer, signIn: SignIn): Promise<Session> {
  const client = new pg.Client({
    host: '127.0.0.1',
    port: server.address.port,
    database: 'semwire',
    user: signIn.user ?? 'analyst',
    ...(signIn.password !== undefined && { password: signIn.password }),
    ...(signIn.options !== undefined && { options: signIn.options }),
    types: { getTypeParser: () => (value: unknown) => value },
  });
  client.on('error', () => {});
  await client.connect();
  clients.push(client);
  const ask: Session['ask'] = async (sql, values = []) => {
    const result: unknown = await client.query({ text: sql, values: [...values], rowMode: 'array' });
    const last = (Array.isArray(result) ? result.at(-1) : result) as { readonly rows: readonly string[][] };
    return last.rows.map((row) => row.join(' '));
  };
  return {
    client,
    ask,
    refusal: async (sql) => {
      try {
        return `no error: ${await client.query(sql)}`;
      } catch (error) {
        if (!(error instanceof pg.DatabaseError)) throw error;
        return `${error.code} ${error.message}`;
      }
    },
  };
}

/** What somebody is told who is not let in. */
export async function refused(server: TestServer, signIn: SignIn): Promise<string> {
  try {
    await signInTo(server, signIn);
  } catch (error) {
    if (error instanceof pg.DatabaseError) return `${error.severity} ${error.code} ${error.message}`;
    throw error;
  }
  return 'let in';
}

export async function leaveAll(): Promise<void> {
  await Promise.all(clients.splice(0).map((client) => client.end().catch(() => {})));
}
