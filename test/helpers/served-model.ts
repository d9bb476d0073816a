/**
 * One model over the same data on both warehouses: DuckDB in process, and a database of a real PostgreSQL.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { loadPersonas } from '../../src/access/personas.ts';
import { openCatalog } from '../../src/catalog/pool.ts';
import { duckdbDialect } from '../../src/warehouse/duckdb/dialect.ts';
import { createDuckdbWarehouse } from '../../src/warehouse/duckdb/duckdb-warehouse.ts';
import { postgresDialect } from '../../src/warehouse/postgres/dialect.ts';
import { createPostgresWarehouse } from '../../src/warehouse/postgres/postgres.ts';
import { freshName, type Gateway, openGateway } from './gateway.ts';
import type { Row } from './golden.ts';
import type { TestPostgres } from './postgres.ts';

export type ServedModel = {
  readonly postgres: Gateway;
  readonly duckdb: Gateway;
  /** Claims of the model's personas. */
  readonly personas: ReadonlyMap<string, Readonly<Record<string, never>>>;
  /** The database behind: SQL over the seed's tables, with nothing of semwire between. */
  readonly plain: (sql: string, parameters?: readonly (string | null)[]) => Promise<PlainAnswer>;
  readonly close: () => Promise<void>;
};

export type PlainAnswer = {
  readonly columns: readonly { readonly name: string; readonly typeOid: number; readonly typmod: number }[];
  readonly rows: readonly Row[];
};

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Errors of the driver and of queries come back to the test anyway. */
const logger = { error: () => {}, warn: () => {}, info: () => {} };

/** The demo is `model/`; every other name is a folder of `test/models`, with its data in `seed.sql`. */
export async function serveOnBoth(name: string, server: TestPostgres): Promise<ServedModel> {
  const folder = name === 'demo' ? join(ROOT, 'model') : join(ROOT, 'test/models', name);
  const seed = readFileSync(join(folder, name === 'demo' ? 'seed/demo.sql' : 'seed.sql'), 'utf8');
  const database = freshName();
  await server.query(`CREATE DATABASE ${database}`);
  const client = new pg.Client({
    connectionString: server.url.replace(/postgres$/, database),
    types: { getTypeParser: () => String },
  });
  await client.connect();
  await client.query(seed);
  if (name === 'demo') await client.query(indexes(readFileSync(join(folder, 'seed/postgres.sql'), 'utf8')));
  await client.query(`ANALYZE; ${grants(database)}`);
  const url = `postgres://${database}@127.0.0.1:${server.port}/${database}`;
  const shared = { poolSize: 2, policyTimeZone: 'UTC', logger };
  const onPostgres = createPostgresWarehouse({ url, ...shared });
  const onDuckdb = await createDuckdbWarehouse({ url: 'duckdb:', initSql: seed, ...shared });
  // Its worker starts with the first statement that asks it something.
  const catalog = openCatalog({ shapes: 2, timeoutMs: 20_000 });
  const { personas } = existsSync(join(folder, 'security-contexts.sc.yml'))
    ? await loadPersonas(folder)
    : { personas: [] };
  return {
    postgres: await openGateway({ folder, warehouse: onPostgres, dialect: postgresDialect, catalog }),
    duckdb: await openGateway({ folder, warehouse: onDuckdb, dialect: duckdbDialect, catalog }),
    personas: new Map(personas.map((persona) => [persona.name, persona.securityContext as Record<string, never>])),
    plain: async (sql, parameters = []) => {
      const result = await client.query({ text: sql, values: [...parameters], rowMode: 'array' });
      return {
        columns: result.fields.map((field) => ({
          name: field.name,
          typeOid: field.dataTypeID,
          typmod: field.dataTypeModifier,
        })),
        rows: result.rows,
      };
    },
    close: async () => {
      await Promise.all([catalog.close(), onPostgres.close(), onDuckdb.close(), client.end()]);
    },
  };
}

/** Of what the demo adds for PostgreSQL, all but the role: that is the whole server's, and here is one for each database. */
function indexes(sql: string): string {
  return sql
    .split('\n')
    .filter((line) => line.startsWith('CREATE INDEX'))
    .join('\n');
}

/** A role that can only read, as a warehouse should have. */
function grants(role: string): string {
  return `
    CREATE ROLE ${role} LOGIN;
    DO $$ DECLARE s text; BEGIN
      FOR s IN SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' LOOP
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO ${role}; GRANT SELECT ON ALL TABLES IN SCHEMA %I TO ${role}', s, s);
      END LOOP;
    END $$`;
}
