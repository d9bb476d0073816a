/** A random world on both warehouses, and what semwire answers there. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEngine } from '../../src/engine/engine.ts';
import { serveModel } from '../../src/engine/serving-model.ts';
import { loadModel } from '../../src/model/load.ts';
import { problemText } from '../../src/model/problems.ts';
import type { Dialect } from '../../src/plan/dialect.ts';
import type { Engine, SessionView } from '../../src/session/engine.ts';
import { loadParser } from '../../src/sql/libpg.ts';
import { typeByOid } from '../../src/sql/types.ts';
import { duckdbDialect } from '../../src/warehouse/duckdb/dialect.ts';
import { createDuckdbWarehouse } from '../../src/warehouse/duckdb/duckdb-warehouse.ts';
import { postgresDialect } from '../../src/warehouse/postgres/dialect.ts';
import { createPostgresWarehouse } from '../../src/warehouse/postgres/postgres.ts';
import type { Warehouse } from '../../src/warehouse/warehouse.ts';
import { ask, identityOf, NO_CATALOG, viewOf, warehouseSql } from '../helpers/gateway.ts';
import { startPostgres } from '../helpers/postgres.ts';
import type { Value } from './expression.ts';
import { printModel, printSeed, type World } from './world.ts';

export type Answer = readonly (readonly Value[])[];
export type Served = {
  readonly name: 'postgres' | 'duckdb';
  /**
   * @param compatible under SET semwire.measure_aggregates = compatible
   * @throws what the engine throws
   */
  readonly ask: (sql: string, compatible?: boolean) => Promise<Answer>;
  readonly explain: (sql: string, compatible?: boolean) => Promise<string>;
};
export type ServedWorld = {
  readonly warehouses: readonly Served[];
  /** SQL over the tables themselves, on PostgreSQL: `{c0}` stands for a cube's table. */
  readonly plain: (sql: string) => Promise<readonly Readonly<Record<string, string | null>>[]>;
  readonly close: () => Promise<void>;
};
export type Host = { readonly serve: (world: World) => Promise<ServedWorld>; readonly close: () => Promise<void> };

const logger = { error: () => {}, warn: () => {}, info: () => {} };
const viewFor = (compatible: boolean): SessionView =>
  viewOf(identityOf({ sub: 'oracle' }), new Map(compatible ? [['semwire.measure_aggregates', 'compatible']] : []));
const shared = { policyTimeZone: 'UTC', logger };

/** One PostgreSQL for all worlds, whose tables have names of their own; a DuckDB for each. */
export async function startHost(): Promise<Host> {
  await loadParser();
  const server = await startPostgres();
  const postgres = createPostgresWarehouse({ url: server.url, poolSize: 2, ...shared });
  let count = 0;
  return {
    serve: async (world) => {
      count++;
      const number = count;
      const tables = (cube: string): string => `w${number}_${cube}`;
      const seed = printSeed(world, tables);
      const folder = mkdtempSync(join(tmpdir(), 'semwire-oracle-'));
      const duckdb = await createDuckdbWarehouse({ url: 'duckdb:', initSql: seed, poolSize: 1, ...shared });
      try {
        writeFileSync(join(folder, 'model.yml'), printModel(world, tables));
        await server.query(seed);
        return {
          warehouses: [
            served('duckdb', await engineOf(folder, duckdb, duckdbDialect)),
            served('postgres', await engineOf(folder, postgres, postgresDialect)),
          ],
          plain: (sql) => server.query(sql.replace(/\{(\w+)\}/g, (_, cube: string) => tables(cube))),
          close: async () => {
            await duckdb.close();
            await server.query(world.cubes.map(({ name }) => `DROP TABLE ${tables(name)};`).join('\n'));
          },
        };
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
    close: async () => {
      await postgres.close();
      await server.stop();
    },
  };
}

async function engineOf(folder: string, warehouse: Warehouse, dialect: Dialect): Promise<Engine> {
  const { model, problems } = await loadModel(folder);
  const errors = problems.filter(({ severity }) => severity === 'error');
  if (model === undefined || errors.length > 0) throw new Error(errors.map(problemText).join('\n'));
  const options = { expose: 'auto', ignorePublic: false, rights: undefined } as const;
  const described = await serveModel(model, dialect, (sql) => warehouse.describe(sql, []), options);
  if (described.problems.length > 0) throw new Error(described.problems.map(({ message }) => message).join('\n'));
  return createEngine({
    serving: () => described.serving,
    warehouse,
    dialect,
    catalog: NO_CATALOG,
    database: 'semwire',
    policyTimeZone: 'UTC',
  });
}

function served(name: Served['name'], engine: Engine): Served {
  return {
    name,
    ask: async (sql, compatible = false) => {
      const { columns, rows } = await ask(engine, sql, viewFor(compatible));
      const types = columns.map(({ typeOid }) => typeByOid(typeOid) ?? '');
      return rows.map((row) => row.map((value, i) => read(value, types[i] ?? '')));
    },
    explain: (sql, compatible = false) => warehouseSql(engine, sql, viewFor(compatible)),
  };
}

const NUMBERS = new Set(['int2', 'int4', 'int8', 'numeric', 'float4', 'float8']);

function read(value: string | null, type: string): Value {
  if (value === null) return null;
  if (NUMBERS.has(type)) return Number(value);
  return type === 'bool' ? value === 't' : value;
}
