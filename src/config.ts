/**
 * Everything that can be set, read once: flags > environment > semwire.config > default.
 * The only reader of process.env. Variables and defaults are those of the README's table.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { loadConfigFile } from './config-file.ts';
import { isLoopback } from './config-values.ts';
import { FLAGS, NAMES, VARIABLES, type Values, type Variable } from './config-variables.ts';

export { FLAGS };

type TlsMode = 'require' | 'allow' | 'off';

export type JwtConfig = {
  readonly secret: string | undefined;
  readonly key: string | undefined;
  readonly jwksUrl: URL | undefined;
  /** undefined: whatever fits the key. */
  readonly algorithms: readonly string[] | undefined;
  /** undefined: not asked for. `['*']` waives. */
  readonly issuers: readonly string[] | undefined;
  readonly audiences: readonly string[] | undefined;
  readonly subjects: readonly string[] | undefined;
  readonly require: ReadonlyMap<string, string>;
  readonly groupsClaims: readonly string[];
  readonly claimsNamespace: string | undefined;
  readonly userClaim: string | undefined;
  readonly identityClaim: string;
  /** 0: tokens may live for ever, and need no exp. */
  readonly maxTtlMs: number;
  readonly session: 'token' | 'login';
  readonly sessionMaxMs: number;
};

export type Config = {
  readonly host: string;
  readonly port: number;
  /** Absolute path of the model folder. */
  readonly model: string;
  readonly database: string;
  readonly warehouse: { readonly url: string; readonly init: string | undefined; readonly pool: number };
  readonly auth: 'jwt';
  readonly jwt: JwtConfig;
  readonly admins: readonly string[];
  readonly policyTimezone: string;
  readonly catalog: { readonly shapes: number; readonly timeoutMs: number };
  readonly tls: {
    readonly mode: TlsMode;
    readonly cert: string | undefined;
    readonly key: string | undefined;
    readonly ca: string | undefined;
  };
  readonly limits: {
    readonly statementTimeoutMs: number;
    readonly connections: number;
    readonly connectionsPerUser: number;
    readonly idleTimeoutMs: number;
    readonly loginTimeoutMs: number;
    readonly drainMs: number;
    /** 0: no cap. */
    readonly rows: number;
  };
  readonly http: { readonly host: string; readonly port: number | undefined };
  readonly logLevel: string;
  readonly auditLog: string | undefined;
  readonly expose: 'auto' | 'views' | 'all';
  readonly dev: boolean;
  /** Told once at start: misspelt variables and the like. */
  readonly warnings: readonly string[];
};

/** A configuration that cannot be used; commands print the text and exit with code 2. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly exitCode = 2;
}

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
  const values = parse({ ...file, ...raw });
  const secret =
    values.SEMWIRE_JWT_SECRET ??
    (values.SEMWIRE_JWT_KEY === undefined && values.SEMWIRE_JWT_JWKS_URL === undefined
      ? sources.fallbackSecret?.()
      : undefined);
  const unknown = Object.keys(env).filter((name) => name.startsWith('SEMWIRE_') && !isKnown(name));
  const warnings = unknown.map((name) => `${name} is not a variable of semwire and has no effect`);
  const config = build(values, secret, model, folder, warnings);
  check(config, values);
  return deepFreeze(config);
}

function fromEnvironment(env: Readonly<Record<string, string | undefined>>): Partial<Record<Variable, string>> {
  const found: Partial<Record<Variable, string>> = {};
  for (const name of NAMES) {
    const value = env[name];
    const path = env[`${name}_FILE`];
    if (value !== undefined && path !== undefined) fail(`set ${name} or ${name}_FILE, not both`);
    // An empty variable is an unset one, as in a shell script's FOO= or a compose file's FOO:
    if (value !== undefined && value !== '') found[name] = value;
    if (path !== undefined && path !== '') found[name] = readValue(`${name}_FILE`, path);
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
  warnings: readonly string[],
): Config {
  const path = (value: string | undefined) => (value === undefined ? undefined : resolve(folder, value));
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
    auth: 'jwt',
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
      mode: values.SEMWIRE_TLS ?? (isLoopback(values.SEMWIRE_HOST) ? 'allow' : 'require'),
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
    http: { host: values.SEMWIRE_HTTP_HOST, port: values.SEMWIRE_HTTP_PORT },
    logLevel: values.SEMWIRE_LOG_LEVEL,
    auditLog: values.SEMWIRE_AUDIT_LOG === 'off' ? undefined : values.SEMWIRE_AUDIT_LOG,
    expose: values.SEMWIRE_EXPOSE,
    dev: values.SEMWIRE_DEV,
    warnings,
  };
}

function check(config: Config, values: Values): void {
  if (values.SEMWIRE_AUTH !== 'jwt') fail(`SEMWIRE_AUTH=${values.SEMWIRE_AUTH} is not implemented yet; use jwt`);
  if (values.SEMWIRE_TOKEN_API_KEY !== undefined) fail('SEMWIRE_TOKEN_API_KEY is not implemented yet');
  if (config.http.port !== undefined) fail('SEMWIRE_HTTP_PORT is not implemented yet');
  if (config.auditLog !== undefined) fail('SEMWIRE_AUDIT_LOG is not implemented yet');
  const { jwt, tls } = config;
  if (jwt.secret === undefined && jwt.key === undefined && jwt.jwksUrl === undefined) {
    fail('set SEMWIRE_JWT_SECRET, SEMWIRE_JWT_KEY or SEMWIRE_JWT_JWKS_URL: without a key no token can be verified');
  }
  // RFC 7518, section 3.2: a key of the hash's size or larger.
  if (jwt.secret !== undefined && Buffer.byteLength(jwt.secret) < 32) {
    fail('SEMWIRE_JWT_SECRET must be 32 bytes or longer');
  }
  if (jwt.key !== undefined || jwt.jwksUrl !== undefined) {
    if (isEmpty(jwt.issuers)) fail('SEMWIRE_JWT_ISSUER must be set with SEMWIRE_JWT_KEY or _JWKS_URL (* waives it)');
    if (isEmpty(jwt.audiences)) {
      fail('SEMWIRE_JWT_AUDIENCE must be set with SEMWIRE_JWT_KEY or _JWKS_URL (* waives it)');
    }
  }
  if (jwt.jwksUrl !== undefined) checkJwksUrl(jwt.jwksUrl);
  const local = isLoopback(config.host);
  if ((tls.cert === undefined) !== (tls.key === undefined)) fail('set SEMWIRE_TLS_CERT and SEMWIRE_TLS_KEY together');
  if (tls.ca !== undefined && tls.cert === undefined) fail('SEMWIRE_TLS_CA needs SEMWIRE_TLS_CERT and SEMWIRE_TLS_KEY');
  if (tls.ca !== undefined && tls.mode === 'off') fail('SEMWIRE_TLS_CA needs TLS, but SEMWIRE_TLS is off');
  if (tls.mode === 'require' && tls.cert === undefined) {
    fail(
      local
        ? 'SEMWIRE_TLS=require needs SEMWIRE_TLS_CERT and SEMWIRE_TLS_KEY'
        : `SEMWIRE_TLS_CERT and SEMWIRE_TLS_KEY must be set to listen on ${config.host}: tokens would cross the ` +
            'network in clear text (SEMWIRE_TLS=off accepts that)',
    );
  }
  if (!local && tls.mode === 'allow' && tls.cert === undefined) {
    fail(`SEMWIRE_TLS=allow without a certificate would take tokens in clear text on ${config.host}; off accepts that`);
  }
  if (config.dev && !local) fail(`SEMWIRE_DEV is for a loopback listener, not ${config.host}`);
  try {
    new Intl.DateTimeFormat('en', { timeZone: config.policyTimezone });
  } catch {
    fail(`SEMWIRE_POLICY_TIMEZONE: unknown time zone "${config.policyTimezone}"`);
  }
}

function isEmpty(items: readonly string[] | undefined): boolean {
  return items === undefined || items.length === 0;
}

function checkJwksUrl(jwks: URL): void {
  const secure = jwks.protocol === 'https:' || (jwks.protocol === 'http:' && isLoopback(jwks.hostname));
  if (!secure) fail('SEMWIRE_JWT_JWKS_URL must be https, or http on loopback');
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
