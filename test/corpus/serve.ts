/**
 * Models behind real listeners on both warehouses, one for each database name that statements qualify their tables with,
 * beside PostgreSQL as the judge. Queries run over the corpus model, questions to the catalog over a small shop.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { openCatalog } from '../../src/catalog/pool.ts';
import { createEngine } from '../../src/engine/engine.ts';
import { serveModel } from '../../src/engine/serving-model.ts';
import { loadModel } from '../../src/model/load.ts';
import { problemText } from '../../src/model/problems.ts';
import type { Model } from '../../src/model/types.ts';
import { loadParser } from '../../src/sql/libpg.ts';
import { tokens } from '../../src/sql/scan.ts';
import { duckdbDialect } from '../../src/warehouse/duckdb/dialect.ts';
import { createDuckdbWarehouse } from '../../src/warehouse/duckdb/duckdb-warehouse.ts';
import { postgresDialect } from '../../src/warehouse/postgres/dialect.ts';
import { createPostgresWarehouse } from '../../src/warehouse/postgres/postgres.ts';
import { startPostgres } from '../helpers/postgres.ts';
import { serve, type TestServer, token } from '../session/serve.ts';
import { makesTable } from './known-differences.ts';
import { type ObjectIds, objectIdsOf } from './object-ids.ts';
import { startReference, USER } from './reference.ts';
import type { RecordedStatement } from './statements.ts';

export const WAREHOUSES = ['postgres', 'duckdb'] as const;
export type WarehouseName = (typeof WAREHOUSES)[number];

/** What a statement is about: the corpus model's tables, or what is told of tables. */
export type World = 'model' | 'catalog';

/** A fresh session. */
export type CorpusConnection = { readonly client: pg.Client; readonly ids: ObjectIds };

export type CorpusServers = {
  readonly worldOf: (statement: RecordedStatement) => World;
  readonly connect: (server: WarehouseName | 'reference', statement: RecordedStatement) => Promise<CorpusConnection>;
  /** What the listeners have logged: the reasons behind internal errors. */
  readonly log: () => string;
  readonly close: () => Promise<void>;
};

/** Errors come back to the client; the log says no more than the report needs. */
const logger = { error: () => {}, warn: () => {}, info: () => {} };
const shared = { policyTimeZone: 'UTC', logger };

/**
 * @param measureAggregates the setting of that name, as a client sends it in its startup options
 * @throws Error with everything that `check` would report of a model
 */
export async function startCorpus(measureAggregates: 'strict' | 'compatible' = 'strict'): Promise<CorpusServers> {
  await loadParser();
  const worlds = { model: await readWorld('model'), catalog: await readWorld('shop') };
  const server = await startPostgres();
  const reference = await startReference(server, worlds.model.model, worlds.model.seed);
  const seed = `${worlds.model.seed}\n${worlds.catalog.seed}`;
  await server.query(seed);
  const catalog = openCatalog({ timeoutMs: 20_000 });
  const warehouses = {
    postgres: {
      warehouse: createPostgresWarehouse({ url: server.url, poolSize: 2, ...shared }),
      dialect: postgresDialect,
    },
    duckdb: {
      warehouse: await createDuckdbWarehouse({ url: 'duckdb:', initSql: seed, poolSize: 2, ...shared }),
      dialect: duckdbDialect,
    },
  };
  const secret = await token();
  const open = new Map<string, TestServer>();
  const listener = async (name: WarehouseName, world: World, database: string): Promise<string> => {
    const key = `${name} ${world} ${database}`;
    const known = open.get(key);
    if (known !== undefined) return known.url(secret, USER);
    const { warehouse, dialect } = warehouses[name];
    const options = { expose: 'all', ignorePublic: false, rights: undefined } as const;
    const describe = (sql: string): ReturnType<typeof warehouse.describe> => warehouse.describe(sql, []);
    const { serving } = await serveModel(worlds[world].model, dialect, describe, options);
    const engine = createEngine({
      serving: () => serving,
      warehouse,
      dialect,
      catalog,
      database,
      policyTimeZone: 'UTC',
    });
    const listening = await serve(engine, { SEMWIRE_DATABASE: database });
    open.set(key, listening);
    return listening.url(secret, USER);
  };
  const cubes = new Set([...worlds.model.model.cubes.keys()].map((name) => name.toLowerCase()));
  const worldOf = ({ sql }: RecordedStatement): World =>
    [...tokens(sql)].some(({ kind, text }) => kind !== 'string' && cubes.has(text.replaceAll('"', '').toLowerCase()))
      ? 'model'
      : 'catalog';
  const ids = new Map<string, ObjectIds>();
  return {
    worldOf,
    connect: async (name, statement) => {
      const { database } = statement;
      const world = worldOf(statement);
      // A temporary table leaves a schema behind, which questions to the catalog would find.
      const judge = (): string | Promise<string> =>
        world === 'catalog' && !makesTable(statement.sql) ? reference.catalog : reference.flat(database);
      const connectionString = name === 'reference' ? await judge() : await listener(name, world, database);
      const connect = async (): Promise<pg.Client> => {
        const client = new pg.Client({
          connectionString,
          types: { getTypeParser: () => String },
          ...(name === 'reference' ? {} : { options: `-c semwire.measure_aggregates=${measureAggregates}` }),
        });
        // A connection that is lost fails its statement; the event alone says nothing more.
        client.on('error', () => {});
        await client.connect();
        return client;
      };
      let known = ids.get(connectionString);
      if (known === undefined) {
        const client = await connect();
        known = await objectIdsOf(client).finally(() => client.end());
        ids.set(connectionString, known);
      }
      return { client: await connect(), ids: known };
    },
    log: () => [...open.values()].map(({ log }) => log.text()).join('\n'),
    close: async () => {
      for (const server of open.values()) await server.close();
      await Promise.all([catalog.close(), warehouses.postgres.warehouse.close(), warehouses.duckdb.warehouse.close()]);
      await Promise.all([reference.close(), server.stop()]);
    },
  };
}

async function readWorld(folder: string): Promise<{ readonly model: Model; readonly seed: string }> {
  const path = fileURLToPath(new URL(folder, import.meta.url));
  const { model, problems } = await loadModel(path);
  if (model === undefined) throw new Error(problems.map(problemText).join('\n'));
  return { model, seed: readFileSync(`${path}/seed.sql`, 'utf8') };
}
