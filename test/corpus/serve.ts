/**
 * The corpus model behind real listeners on both warehouses, one for each database name that statements qualify their
 * tables with, and PostgreSQL with views of the same names as the judge.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { openCatalog } from '../../src/catalog/pool.ts';
import { createEngine } from '../../src/engine/engine.ts';
import { serveModel } from '../../src/engine/serving-model.ts';
import { loadModel } from '../../src/model/load.ts';
import { problemText } from '../../src/model/problems.ts';
import { loadParser } from '../../src/sql/libpg.ts';
import { duckdbDialect } from '../../src/warehouse/duckdb/dialect.ts';
import { createDuckdbWarehouse } from '../../src/warehouse/duckdb/duckdb-warehouse.ts';
import { postgresDialect } from '../../src/warehouse/postgres/dialect.ts';
import { createPostgresWarehouse } from '../../src/warehouse/postgres/postgres.ts';
import { startPostgres } from '../helpers/postgres.ts';
import { serve, type TestServer, token } from '../session/serve.ts';
import { flatViews } from './flat.ts';

export const WAREHOUSES = ['postgres', 'duckdb'] as const;
export type WarehouseName = (typeof WAREHOUSES)[number];

export type CorpusServers = {
  readonly connect: (warehouse: WarehouseName | 'plain', database: string) => Promise<pg.Client>;
  /** What the listeners have logged: the reasons behind internal errors. */
  readonly log: () => string;
  readonly close: () => Promise<void>;
};

const MODEL = fileURLToPath(new URL('model', import.meta.url));
/** Errors come back to the client; the log says no more than the report needs. */
const logger = { error: () => {}, warn: () => {}, info: () => {} };
const shared = { policyTimeZone: 'UTC', logger };

/**
 * @param measureAggregates the setting of that name, as a client sends it in its startup options
 * @throws Error with everything that `check` would report of the model
 */
export async function startCorpus(measureAggregates: 'strict' | 'compatible' = 'strict'): Promise<CorpusServers> {
  await loadParser();
  const { model, problems } = await loadModel(MODEL);
  if (model === undefined) throw new Error(problems.map(problemText).join('\n'));
  const seed = readFileSync(`${MODEL}/seed.sql`, 'utf8');
  const server = await startPostgres();
  const urlOf = (database: string): string => server.url.replace(/postgres$/, database);
  await server.query('CREATE DATABASE flat');
  const owner = new pg.Client(urlOf('flat'));
  await owner.connect();
  await owner.query(seed);
  await owner.query(flatViews(model));
  await owner.end();
  await server.query('CREATE DATABASE warehouse TEMPLATE flat');
  const catalog = openCatalog({ timeoutMs: 20_000 });
  const warehouses = {
    postgres: {
      warehouse: createPostgresWarehouse({ url: urlOf('warehouse'), poolSize: 2, ...shared }),
      dialect: postgresDialect,
    },
    duckdb: {
      warehouse: await createDuckdbWarehouse({ url: 'duckdb:', initSql: seed, poolSize: 2, ...shared }),
      dialect: duckdbDialect,
    },
  };
  const secret = await token();
  const open = new Map<string, { readonly url: string; readonly server: TestServer }>();
  const listener = async (name: WarehouseName, database: string): Promise<string> => {
    const known = open.get(`${name} ${database}`);
    if (known !== undefined) return known.url;
    const { warehouse, dialect } = warehouses[name];
    const options = { expose: 'all', ignorePublic: false, rights: undefined } as const;
    const { serving } = await serveModel(model, dialect, (sql) => warehouse.describe(sql, []), options);
    const engine = createEngine({
      serving: () => serving,
      warehouse,
      dialect,
      catalog,
      database,
      policyTimeZone: 'UTC',
    });
    const listening = await serve(engine, { SEMWIRE_DATABASE: database });
    open.set(`${name} ${database}`, { url: listening.url(secret), server: listening });
    return listening.url(secret);
  };
  // A template must have no session of its own.
  const databases = new Set<string>();
  const judge = async (database: string): Promise<string> => {
    if (!databases.has(database)) {
      await server.query(`CREATE DATABASE "${database}" TEMPLATE flat`);
      databases.add(database);
    }
    return urlOf(database);
  };
  return {
    connect: async (warehouse, database) => {
      const connectionString = warehouse === 'plain' ? await judge(database) : await listener(warehouse, database);
      const client = new pg.Client({
        connectionString,
        types: { getTypeParser: () => String },
        ...(warehouse === 'plain' ? {} : { options: `-c semwire.measure_aggregates=${measureAggregates}` }),
      });
      // A connection that is lost fails its statement; the event alone says nothing more.
      client.on('error', () => {});
      await client.connect();
      return client;
    },
    log: () => [...open.values()].map(({ server }) => server.log.text()).join('\n'),
    close: async () => {
      for (const { server } of open.values()) await server.close();
      await Promise.all([catalog.close(), warehouses.postgres.warehouse.close(), warehouses.duckdb.warehouse.close()]);
      await server.stop();
    },
  };
}
