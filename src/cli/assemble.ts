/**
 * Puts the rooms together: the one place where warehouse, catalog, model and engine are made.
 */
import { readFile } from 'node:fs/promises';
import type { Catalog } from '../catalog/catalog.ts';
import { openCatalog } from '../catalog/pool.ts';
import type { Config } from '../config.ts';
import { createEngine } from '../engine/engine.ts';
import { type ServingModel, serveModel } from '../engine/serving-model.ts';
import { SqlError } from '../errors.ts';
import { loadModel } from '../model/load.ts';
import { problemText } from '../model/problems.ts';
import type { ModelProblem } from '../model/types.ts';
import type { Dialect } from '../plan/dialect.ts';
import type { Engine } from '../session/engine.ts';
import type { Log } from '../session/log.ts';
import { loadParser } from '../sql/libpg.ts';
import { duckdbDialect } from '../warehouse/duckdb/dialect.ts';
import { createDuckdbWarehouse } from '../warehouse/duckdb/duckdb-warehouse.ts';
import { postgresDialect } from '../warehouse/postgres/dialect.ts';
import { createPostgresWarehouse } from '../warehouse/postgres/postgres.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import { CommandFailed } from './command.ts';
import { unservedFiles } from './unserved-files.ts';

export type Assembly = {
  readonly engine: Engine;
  readonly warehouse: Warehouse;
  readonly dialect: Dialect;
  readonly catalog: Catalog;
  readonly serving: () => ServingModel;
  /** Reads the model again; one that fails to load leaves the old one serving. @returns what is wrong with it */
  readonly reload: () => Promise<readonly ModelProblem[]>;
  readonly close: () => Promise<void>;
};

/** @throws CommandFailed when the model does not load or the warehouse cannot be opened */
export async function assemble(config: Config, log: Log): Promise<Assembly> {
  await loadParser();
  const { warehouse, dialect } = await openWarehouse(config, log);
  const first = await loadServing(config, warehouse, dialect).catch(async (error: unknown) => {
    await warehouse.close();
    throw error;
  });
  if (first.serving === undefined) {
    await warehouse.close();
    throw new CommandFailed(brokenModel(config, first.problems));
  }
  for (const problem of first.problems) log.warn({ problem: problemText(problem) }, 'model');
  let serving = first.serving;
  const catalog = openCatalog({ shapes: config.catalog.shapes, timeoutMs: config.catalog.timeoutMs });
  const engine = createEngine({
    serving: () => serving,
    warehouse,
    dialect,
    catalog,
    database: config.database,
    policyTimeZone: config.policyTimezone,
  });
  return {
    engine,
    warehouse,
    dialect,
    catalog,
    serving: () => serving,
    reload: async () => {
      const next = await loadServing(config, warehouse, dialect);
      if (next.serving !== undefined) serving = next.serving;
      return next.problems;
    },
    close: async () => {
      await Promise.all([catalog.close(), warehouse.close()]);
    },
  };
}

export function brokenModel({ model }: Config, problems: readonly ModelProblem[]): string {
  return [`the model in ${model} cannot be used`, ...problems.map(problemText)].join('\n');
}

/** @throws CommandFailed when it cannot be reached or its init file fails */
export async function openWarehouse(
  config: Config,
  log: Log,
): Promise<{ readonly warehouse: Warehouse; readonly dialect: Dialect }> {
  const { url, pool, init } = config.warehouse;
  const logger = { ...log, error: log.error.bind(log), warn: log.warn.bind(log), info: log.info.bind(log) };
  if (/^postgres(ql)?:/.test(url)) {
    const warehouse = createPostgresWarehouse({
      url,
      poolSize: pool,
      policyTimeZone: config.policyTimezone,
      logger,
      statementTimeoutMs: config.limits.statementTimeoutMs,
    });
    return { warehouse, dialect: postgresDialect };
  }
  if (!url.startsWith('duckdb:'))
    throw new CommandFailed('SEMWIRE_WAREHOUSE_URL must begin with duckdb: or postgres://', 2);
  const initSql = init === undefined ? undefined : await readInit(init);
  try {
    const warehouse = await createDuckdbWarehouse({
      url,
      initSql,
      poolSize: pool,
      policyTimeZone: config.policyTimezone,
      logger,
    });
    return { warehouse, dialect: duckdbDialect };
  } catch (error) {
    throw warehouseFailed(error);
  }
}

async function readInit(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    throw new CommandFailed(`SEMWIRE_WAREHOUSE_INIT: cannot read ${path}`, 2);
  }
}

function warehouseFailed(error: unknown): CommandFailed {
  const cause = error instanceof SqlError && error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return new CommandFailed(`${error instanceof Error ? error.message : String(error)}${cause}`);
}

/**
 * @returns the model as it is served, or undefined with the reasons
 * @throws CommandFailed when the warehouse cannot be reached
 */
export async function loadServing(
  config: Config,
  warehouse: Warehouse,
  dialect: Dialect,
): Promise<{ readonly serving: ServingModel | undefined; readonly problems: readonly ModelProblem[] }> {
  const { model, problems: found } = await loadModel(config.model);
  const unserved = await unservedFiles(config.model);
  const problems = [...found, ...unserved];
  if (model === undefined || unserved.length > 0) return { serving: undefined, problems };
  const options = { expose: config.expose, ignorePublic: config.dev };
  try {
    const { serving, problems: described } = await serveModel(
      model,
      dialect,
      (sql) => warehouse.describe(sql, []),
      options,
    );
    return {
      serving,
      problems: [...problems, ...described.map((problem) => ({ ...problem, severity: 'warning' as const }))],
    };
  } catch (error) {
    throw warehouseFailed(error);
  }
}
