/**
 * `semwire.config.js|mjs|ts` of the model folder: the same settings as the environment, in camel case
 * (`jwtIssuer` is SEMWIRE_JWT_ISSUER). It is the operator's code and runs as such.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const FILE_NAMES = ['semwire.config.mjs', 'semwire.config.js', 'semwire.config.ts'];

/** Hooks of the contract's section 7: left unread they would silently grant more than the operator wrote. */
const HOOKS: ReadonlySet<string> = new Set([
  'checkAuth',
  'checkSqlAuth',
  'contextToGroups',
  'contextToRoles',
  'queryRewrite',
  'canSwitchUser',
  'canSwitchSqlUser',
  'extendContext',
]);

/**
 * @param names the variables that may be set
 * @param fail throws the configuration error
 * @returns variable → text, so that one set of rules reads every source
 */
export async function loadConfigFile(
  model: string,
  names: readonly string[],
  fail: (message: string) => never,
): Promise<Readonly<Record<string, string>>> {
  const present = FILE_NAMES.map((name) => join(model, name)).filter((path) => existsSync(path));
  const path = present[0];
  if (path === undefined) return {};
  if (present.length > 1) fail(`keep one of ${present.join(', ')}`);
  return readSettings(path, await importSettings(path, fail), names, fail);
}

async function importSettings(path: string, fail: (message: string) => never): Promise<Record<string, unknown>> {
  try {
    const module: Record<string, unknown> = await import(pathToFileURL(path).href);
    const { default: whole, ...named } = module;
    // `module.exports = …` arrives as the default export, and again as its own keys.
    return typeof whole === 'object' && whole !== null ? { ...named, ...whole } : named;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_UNKNOWN_FILE_EXTENSION') {
      return fail(`${path}: this Node.js cannot read TypeScript (22.18 and later can); name it semwire.config.mjs`);
    }
    return fail(`${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function readSettings(
  path: string,
  exported: Record<string, unknown>,
  names: readonly string[],
  fail: (message: string) => never,
): Readonly<Record<string, string>> {
  const byKey = new Map(names.map((name) => [camelCase(name), name]));
  const settings: Record<string, string> = {};
  for (const [key, value] of Object.entries(exported)) {
    if (key === 'module.exports' || key === '__esModule' || value === undefined) continue;
    if (HOOKS.has(key)) fail(`${path}: the hook ${key} is not implemented yet`);
    const name = byKey.get(key) ?? (names.includes(key) ? key : fail(`${path}: unknown setting "${key}"`));
    if (name === 'SEMWIRE_MODEL') fail(`${path}: the model folder cannot be set from inside it`);
    settings[name] = asText(value) ?? fail(`${path}: "${key}" must be a string, number, boolean or list of them`);
  }
  return settings;
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
