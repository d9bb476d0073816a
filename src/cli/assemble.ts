/**
 * Puts the rooms together: the one place where warehouse, catalog, model and engine are made.
 */
import { readFile } from 'node:fs/promises';
import { createHooks } from '../access/hooks.ts';
import { type QueryRewriter, queryRewriter } from '../access/query-rewrite.ts';
import { examineRights } from '../access/rights/examine.ts';
import { loadRights } from '../access/rights/load.ts';
import type { Catalog } from '../catalog/catalog.ts';
import { openCatalog } from '../catalog/pool.ts';
import type { Config } from '../config.ts';
import type { Administration } from '../engine/administration.ts';
import { contextModels, type ModelFor } from '../engine/context-models.ts';
import { createEngine, type SemanticEngine } from '../engine/engine.ts';
import { createFailedProbes } from '../engine/failed-probes.ts';
import { type ServingModel, serveModel } from '../engine/serving-model.ts';
import { SqlError, SqlState } from '../errors.ts';
import { namesOf, openModel } from '../model/load.ts';
import { problemText } from '../model/problems.ts';
import type { Model, ModelProblem } from '../model/types.ts';
import type { Dialect } from '../plan/dialect.ts';
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
  readonly engine: SemanticEngine;
  readonly warehouse: Warehouse;
  readonly dialect: Dialect;
  readonly catalog: Catalog;
  readonly serving: ModelFor;
  /** Reads the model again; one that fails to load leaves the old one serving. @returns what is wrong with it */
  readonly reload: () => Promise<readonly ModelProblem[]>;
  /** What admins may ask for by SQL, once there is a server. */
  readonly administer: (administration: Administration) => void;
  /** Those of the configuration from now on. */
  readonly useHooks: (config: Config) => void;
  readonly close: () => Promise<void>;
};

/** @throws CommandFailed when the model does not load or the warehouse cannot be opened */
export async function assemble(config: Config, log: Log): Promise<Assembly> {
  await loadParser();
  const { warehouse, dialect } = await openWarehouse(config, log);
  const report = (problems: readonly ModelProblem[]): void => {
    // Where, and not what: the text may tell a claim.
    for (const { at } of problems) log.warn({ at }, 'the model has a problem for a security context; check shows it');
  };
  const first = await loadServing(config, warehouse, dialect, report).catch(async (error: unknown) => {
    await warehouse.close();
    throw error;
  });
  if (first.serving === undefined) {
    await warehouse.close();
    throw new CommandFailed(brokenModel(config, first.problems));
  }
  for (const problem of first.problems) log.warn({ problem: problemText(problem) }, 'model');
  let serving = first.serving;
  let rewriter = rewriterOf(config, log);
  let administration: Administration | undefined;
  const catalog = openCatalog({ shapes: config.catalog.shapes, timeoutMs: config.catalog.timeoutMs });
  const engine = createEngine({
    serving: (identity) => serving(identity),
    warehouse,
    dialect,
    catalog,
    database: config.database,
    policyTimeZone: config.policyTimezone,
    administration: () => administration,
    literals: config.auditLiterals,
    queryRewrite: () => rewriter,
    failedProbes: createFailedProbes(log, config.auditLiterals),
  });
  return {
    engine,
    warehouse,
    dialect,
    catalog,
    serving: (identity) => serving(identity),
    reload: async () => {
      const next = await loadServing(config, warehouse, dialect, report);
      if (next.serving !== undefined) serving = next.serving;
      return next.problems;
    },
    administer: (given) => {
      administration = given;
    },
    useHooks: (changed) => {
      rewriter = rewriterOf(changed, log);
    },
    close: async () => {
      await Promise.all([catalog.close(), warehouse.close()]);
    },
  };
}

function rewriterOf({ hooks }: Config, log: Log): QueryRewriter | undefined {
  const { queryRewrite } = createHooks(hooks);
  return queryRewrite && queryRewriter(queryRewrite, log);
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
 * @param report what is wrong with the model of one security context
 * @returns the model as it is served, or undefined with the reasons
 * @throws CommandFailed when the warehouse cannot be reached
 */
export async function loadServing(
  config: Config,
  warehouse: Warehouse,
  dialect: Dialect,
  report: (problems: readonly ModelProblem[]) => void = () => {},
): Promise<{ readonly serving: ModelFor | undefined; readonly problems: readonly ModelProblem[] }> {
  const { source, problems: found } = await openModel(config.model, config.modelEnvironment);
  const unserved = await unservedFiles(config.model);
  const { rights, problems: ofRights } = await loadRights(config.model, source && namesOf(source), config.auth);
  const problems = [...found, ...unserved, ...ofRights];
  if (source === undefined || [...unserved, ...ofRights].some(isError)) return { serving: undefined, problems };
  const options = { expose: config.expose, ignorePublic: config.dev, rights };
  const serve = async (model: Model) => {
    const { serving, problems: described } = await serveModel(
      model,
      dialect,
      (sql) => warehouse.describe(sql, []),
      options,
    );
    const examined = rights === undefined ? [] : examineRights(rights, model, serving.publicTables);
    return {
      serving,
      problems: [...described.map((each) => ({ ...each, severity: 'warning' as const })), ...examined],
    };
  };
  if (source.kind === 'templates') {
    return { serving: contextModels({ sources: source.sources, serve: reporting(serve, report), report }), problems };
  }
  try {
    const { serving, problems: more } = await serve(source.model);
    return { serving: more.some(isError) ? undefined : async () => serving, problems: [...problems, ...more] };
  } catch (error) {
    throw warehouseFailed(error);
  }
}

/** Rights that do not fit the model of a context leave nothing of it. */
function reporting(
  serve: (model: Model) => Promise<{ readonly serving: ServingModel; readonly problems: readonly ModelProblem[] }>,
  report: (problems: readonly ModelProblem[]) => void,
): (model: Model) => Promise<ServingModel> {
  return async (model) => {
    const { serving, problems } = await serve(model);
    if (problems.length > 0) report(problems);
    if (!problems.some(isError)) return serving;
    throw new SqlError(SqlState.insufficientPrivilege, 'the model cannot be rendered for this security context');
  };
}

function isError({ severity }: ModelProblem): boolean {
  return severity === 'error';
}
