/**
 * Everything that can be set, read once: flags > environment > semwire.config > default.
 * The only reader of process.env. Variables and defaults are those of the README's table.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { checkConfig } from './config-check.ts';
import { ConfigError } from './config-error.ts';
import { type ConfigFile, loadConfigFile } from './config-file.ts';
import type { Config, TlsMode } from './config-types.ts';
import { isLoopback } from './config-values.ts';
import { FLAGS, NAMES, VARIABLES, type Values, type Variable } from './config-variables.ts';

export type { AuthMode, Config, JwtConfig, TlsMode } from './config-types.ts';
export { FLAGS };

export type ConfigSources = {
  /** By flag name without dashes (`jwt-issuer`), as FLAGS lists them. */
  readonly flags?: Readonly<Record<string, string | undefined>>;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Relative paths count from here. */
  readonly folder?: string;
  /** Stands in for SEMWIRE_JWT_SECRET when no key of any kind is configured. */
  readonly fallbackSecret?: () => string | undefined;
};

/**
 * Reads every source and checks that the settings make sense together.
 * @throws ConfigError naming the variable
 */
export async function loadConfig(sources: ConfigSources = {}): Promise<Config> {
  const env = sources.env ?? process.env;
  const folder = sources.folder ?? process.cwd();
  const raw = { ...fromEnvironment(env), ...fromFlags(sources.flags ?? {}) };
  const model = resolve(folder, raw.SEMWIRE_MODEL ?? './model');
  const file = await loadConfigFile(model, NAMES, fail);
  const values = parse({ ...file.settings, ...raw });
  const secret =
    values.SEMWIRE_JWT_SECRET ??
    (takesTokens(values, file) && values.SEMWIRE_JWT_KEY === undefined && values.SEMWIRE_JWT_JWKS_URL === undefined
      ? sources.fallbackSecret?.()
      : undefined);
  const unknown = Object.keys(env).filter((name) => name.startsWith('SEMWIRE_') && !isKnown(name));
  const warnings = unknown.map((name) => `${name} is not a variable of semwire and has no effect`);
  if (values.SEMWIRE_ADMINS.length > 0 && !['jwt', 'hook'].includes(values.SEMWIRE_AUTH)) {
    warnings.push(`SEMWIRE_ADMINS has no effect: there are no admins where SEMWIRE_AUTH is ${values.SEMWIRE_AUTH}`);
  }
  const config = build(values, secret, model, folder, { ...file, warnings: [...warnings, ...file.warnings] });
  checkConfig(config, values, fail);
  const modelEnvironment = Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('SEMWIRE_')));
  return deepFreeze({ ...config, modelEnvironment });
}

function fromEnvironment(env: Readonly<Record<string, string | undefined>>): Partial<Record<Variable, string>> {
  const found: Partial<Record<Variable, string>> = {};
  for (const name of NAMES) {
    // An empty variable is an unset one, as in a shell script's FOO= or a compose file's FOO:
    const value = env[name] || undefined;
    const path = env[`${name}_FILE`] || undefined;
    if (value !== undefined && path !== undefined) fail(`set ${name} or ${name}_FILE, not both`);
    if (value !== undefined) found[name] = value;
    if (path !== undefined) found[name] = readValue(`${name}_FILE`, path);
  }
  return found;
}

function readValue(variable: string, path: string): string {
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch {
    return fail(`${variable}: cannot read ${path}`);
  }
}

function fromFlags(flags: Readonly<Record<string, string | undefined>>): Partial<Record<Variable, string>> {
  const found: Record<string, string> = {};
  for (const [flagName, value] of Object.entries(flags)) {
    const name = FLAGS.get(flagName);
    if (name === undefined) fail(`unknown option --${flagName}`);
    else if (value !== undefined) found[name] = value;
  }
  return found;
}

function isKnown(name: string): boolean {
  return name in VARIABLES.shape || (name.endsWith('_FILE') && name.slice(0, -'_FILE'.length) in VARIABLES.shape);
}

function parse(raw: Partial<Record<Variable, string>>): Values {
  const result = VARIABLES.safeParse(raw);
  if (result.success) return result.data;
  const lines = result.error.issues.map((issue) => {
    const name = String(issue.path[0]);
    // A cluster that has a service named "semwire" sets SEMWIRE_PORT=tcp://…
    return `${name}: ${issue.code === 'invalid_value' ? `must be one of ${issue.values.join(', ')}` : issue.message}`;
  });
  return fail(lines.join('\n'));
}

function build(
  values: Values,
  secret: string | undefined,
  model: string,
  folder: string,
  { hooks, warnings }: Pick<ConfigFile, 'hooks' | 'warnings'>,
): Config {
  const path = (value: string | undefined) => (value === undefined ? undefined : resolve(folder, value));
  // With a CA every client shows a certificate, so nobody may come in plain text.
  const tlsMode = (host: string): TlsMode =>
    values.SEMWIRE_TLS ?? (isLoopback(host) && values.SEMWIRE_TLS_CA === undefined ? 'allow' : 'require');
  return {
    host: values.SEMWIRE_HOST,
    port: values.SEMWIRE_PORT,
    model,
    database: values.SEMWIRE_DATABASE,
    warehouse: {
      url: values.SEMWIRE_WAREHOUSE_URL,
      init: path(values.SEMWIRE_WAREHOUSE_INIT),
      pool: values.SEMWIRE_WAREHOUSE_POOL,
    },
    auth: values.SEMWIRE_AUTH === 'jwt' && !takesTokens(values, { hooks }) ? 'hook' : values.SEMWIRE_AUTH,
    authParameter: values.SEMWIRE_AUTH_PARAMETER.toLowerCase(),
    trustedProxies: values.SEMWIRE_TRUSTED_PROXIES,
    hooks,
    jwt: {
      secret,
      key: values.SEMWIRE_JWT_KEY,
      jwksUrl: values.SEMWIRE_JWT_JWKS_URL,
      algorithms: values.SEMWIRE_JWT_ALGORITHMS,
      issuers: values.SEMWIRE_JWT_ISSUER,
      audiences: values.SEMWIRE_JWT_AUDIENCE,
      subjects: values.SEMWIRE_JWT_SUBJECT,
      require: values.SEMWIRE_JWT_REQUIRE ?? new Map(),
      groupsClaims: values.SEMWIRE_GROUPS_CLAIM,
      claimsNamespace: values.SEMWIRE_JWT_CLAIMS_NAMESPACE,
      userClaim: values.SEMWIRE_JWT_USER_CLAIM,
      identityClaim: values.SEMWIRE_IDENTITY_CLAIM,
      maxTtlMs: values.SEMWIRE_JWT_MAX_TTL,
      session: values.SEMWIRE_JWT_SESSION,
      sessionMaxMs: values.SEMWIRE_SESSION_MAX,
    },
    admins: values.SEMWIRE_ADMINS,
    policyTimezone: values.SEMWIRE_POLICY_TIMEZONE,
    catalog: { shapes: values.SEMWIRE_CATALOG_SHAPES, timeoutMs: values.SEMWIRE_CATALOG_TIMEOUT },
    tls: {
      mode: tlsMode(values.SEMWIRE_HOST),
      cert: path(values.SEMWIRE_TLS_CERT),
      key: path(values.SEMWIRE_TLS_KEY),
      ca: path(values.SEMWIRE_TLS_CA),
    },
    limits: {
      statementTimeoutMs: values.SEMWIRE_STATEMENT_TIMEOUT,
      connections: values.SEMWIRE_MAX_CONNECTIONS,
      connectionsPerUser: values.SEMWIRE_MAX_CONNECTIONS_PER_USER,
      idleTimeoutMs: values.SEMWIRE_IDLE_TIMEOUT,
      loginTimeoutMs: values.SEMWIRE_LOGIN_TIMEOUT,
      drainMs: values.SEMWIRE_DRAIN_SECONDS,
      rows: values.SEMWIRE_MAX_ROWS,
    },
    http: {
      host: values.SEMWIRE_HTTP_HOST,
      port: values.SEMWIRE_HTTP_PORT,
      tlsMode: tlsMode(values.SEMWIRE_HTTP_HOST),
      tokenApiKey: values.SEMWIRE_TOKEN_API_KEY,
    },
    logLevel: values.SEMWIRE_LOG_LEVEL,
    auditLog: auditTarget(values.SEMWIRE_AUDIT_LOG, path),
    auditLiterals: values.SEMWIRE_AUDIT_LITERALS,
    expose: values.SEMWIRE_EXPOSE,
    dev: values.SEMWIRE_DEV,
    warnings,
  };
}

/** checkAuth stands in for the verification of tokens. */
function takesTokens({ SEMWIRE_AUTH }: Values, { hooks }: Pick<ConfigFile, 'hooks'>): boolean {
  return SEMWIRE_AUTH === 'jwt' && !hooks.some(({ name }) => name === 'checkAuth' || name === 'checkSqlAuth');
}

function auditTarget(value: string | undefined, path: (value: string | undefined) => string | undefined) {
  if (value === undefined || value === 'off') return undefined;
  return value === '-' ? value : path(value);
}

function fail(message: string): never {
  throw new ConfigError(message);
}

/** Maps and URLs stay as they are: their types are read-only here. */
function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !(value instanceof Map) && !(value instanceof URL)) {
    for (const child of Object.values(value)) deepFreeze(child);
    Object.freeze(value);
  }
  return value;
}
