/**
 * `semwire.config.js|mjs|ts` of the model folder: the same settings as the environment, in camel case
 * (`jwtIssuer` is SEMWIRE_JWT_ISSUER), and hooks. `cube.js` beside it, as an existing Cube project has it: hooks alone.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isHookName, type LoadedHook, loadedHook, oneOfEach } from './config-hooks.ts';
import { importModule, ModuleFailed } from './config-module.ts';

export type ConfigFile = {
  /** variable → text, so that one set of rules reads every source */
  readonly settings: Readonly<Record<string, string>>;
  readonly hooks: readonly LoadedHook[];
  readonly warnings: readonly string[];
};

type Fail = (message: string) => never;

const FILE_NAMES = ['semwire.config.mjs', 'semwire.config.js', 'semwire.config.ts'];
const CUBE_NAMES = ['cube.js', 'cube.mjs', 'cube.cjs', 'cube.ts'];

/** Cube's options that decide who sees what, or which model there is: to leave one out would change rights. */
const REFUSED_IN_CUBE: ReadonlySet<string> = new Set([
  'checkAuthMiddleware',
  'extendContext',
  'repositoryFactory',
  'queryTransformer',
  'contextToApiScopes',
  'contextToCubeStoreRouterId',
]);

/** Cube's options about things that semwire has no part of, or settings of its own for. */
const WITHOUT_EFFECT_IN_CUBE: ReadonlySet<string> = new Set([
  'allowJsDuplicatePropsInSchema',
  'allowUngroupedWithoutPrimaryKey',
  'apiSecret',
  'basePath',
  'cacheAndQueueDriver',
  'compilerCacheSize',
  'contextToAppId',
  'contextToDataSourceId',
  'contextToOrchestratorId',
  'dashboardAppPath',
  'dbType',
  'devServer',
  'dialectFactory',
  'driverFactory',
  'externalDbType',
  'externalDialectFactory',
  'externalDriverFactory',
  'fastReload',
  'gatewayPort',
  'http',
  'initApp',
  'jwt',
  'livePreview',
  'logger',
  'maxCompilerCacheKeepAlive',
  'orchestratorOptions',
  'pgSqlPort',
  'preAggregationsSchema',
  'processSubscriptionsInterval',
  'queryCacheOptions',
  'scheduledRefreshBatchSize',
  'scheduledRefreshConcurrency',
  'scheduledRefreshContexts',
  'scheduledRefreshQueriesPerAppId',
  'scheduledRefreshTimeZones',
  'scheduledRefreshTimer',
  'schemaPath',
  'schemaVersion',
  'semanticLayerSync',
  'serverCoreInitPromise',
  'sqlCache',
  'sqlPort',
  'sqlUser',
  'sqlPassword',
  'telemetry',
  'updateCompilerCacheKeepAlive',
  'webSockets',
  'webSocketsBasePath',
]);

/**
 * @param names the variables that may be set
 * @param fail throws the configuration error
 */
export async function loadConfigFile(model: string, names: readonly string[], fail: Fail): Promise<ConfigFile> {
  const own = await readOwn(model, names, fail);
  const cube = await readCube(model, fail);
  return {
    settings: own.settings,
    hooks: oneOfEach([...own.hooks, ...cube.hooks], fail),
    warnings: [...own.warnings, ...cube.warnings],
  };
}

const NOTHING: ConfigFile = { settings: {}, hooks: [], warnings: [] };

function onlyFile(model: string, files: readonly string[], fail: Fail): string | undefined {
  const present = files.map((name) => join(model, name)).filter((path) => existsSync(path));
  if (present.length > 1) fail(`keep one of ${present.join(', ')}`);
  return present[0];
}

async function readOwn(model: string, names: readonly string[], fail: Fail): Promise<ConfigFile> {
  const path = onlyFile(model, FILE_NAMES, fail);
  if (path === undefined) return NOTHING;
  const byKey = new Map(names.map((name) => [camelCase(name), name]));
  const settings: Record<string, string> = {};
  const hooks: LoadedHook[] = [];
  for (const [key, value] of exportsOf(await readModule(path, fail))) {
    if (isHookName(key)) {
      hooks.push(loadedHook(key, value, 'semwire', path, fail));
      continue;
    }
    const name = byKey.get(key) ?? (names.includes(key) ? key : fail(`${path}: unknown setting "${key}"`));
    if (name === 'SEMWIRE_MODEL') fail(`${path}: the model folder cannot be set from inside it`);
    settings[name] = asText(value) ?? fail(`${path}: "${key}" must be a string, number, boolean or list of them`);
  }
  return { settings, hooks, warnings: [] };
}

async function readCube(model: string, fail: Fail): Promise<ConfigFile> {
  const path = onlyFile(model, CUBE_NAMES, fail);
  if (path === undefined) return { ...NOTHING, warnings: cubeFileElsewhere(model) };
  const hooks: LoadedHook[] = [];
  const warnings: string[] = [];
  for (const [key, value] of exportsOf(await readModule(path, fail))) {
    if (isHookName(key)) hooks.push(loadedHook(key, value, 'cube', path, fail));
    else if (WITHOUT_EFFECT_IN_CUBE.has(key)) warnings.push(`${path}: "${key}" has no effect here`);
    else if (REFUSED_IN_CUBE.has(key))
      fail(`${path}: "${key}" is not supported, and to leave it out could change rights`);
    else fail(`${path}: unknown option "${key}"`);
  }
  return { settings: {}, hooks, warnings };
}

async function readModule(path: string, fail: Fail): Promise<Readonly<Record<string, unknown>>> {
  try {
    return await importModule(path);
  } catch (error) {
    if (!(error instanceof ModuleFailed)) throw error;
    const { at, message } = error;
    return fail(`${path}${at === undefined ? '' : `:${at.line}:${at.column}`}: ${message}`);
  }
}

/** In a Cube project it stands beside the model folder. */
function cubeFileElsewhere(model: string): readonly string[] {
  return CUBE_NAMES.map((name) => join(dirname(model), name))
    .filter((path) => existsSync(path))
    .map((path) => `${path} is not read, nor are its hooks; they are read from ${model}`);
}

function exportsOf(module: Readonly<Record<string, unknown>>): readonly (readonly [string, unknown])[] {
  return Object.entries(module).filter(
    ([key, value]) => key !== 'module.exports' && key !== '__esModule' && value !== undefined,
  );
}

/** SEMWIRE_JWT_ISSUER → jwtIssuer */
function camelCase(name: string): string {
  return name
    .slice('SEMWIRE_'.length)
    .toLowerCase()
    .replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function asText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) {
    const items = value.map(asText);
    return items.every((item) => item !== undefined) ? items.join(',') : undefined;
  }
  return undefined;
}
