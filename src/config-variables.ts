/** Every variable, what text it takes, and its default: the README's table. */
import { z } from 'zod';
import { count, duration, flag, list, pairs, portOrOff, timer, url } from './config-values.ts';

const text = z.string().min(1);
const LARGE = Number.MAX_SAFE_INTEGER;

/** One entry per variable; `optional` means that leaving it out is a setting of its own. */
export const VARIABLES = z.object({
  SEMWIRE_HOST: text.default('127.0.0.1'),
  SEMWIRE_PORT: count(0, 65_535).default(15_432),
  SEMWIRE_MODEL: text.default('./model'),
  SEMWIRE_DATABASE: text.default('semwire'),
  SEMWIRE_WAREHOUSE_URL: text.default('duckdb:'),
  SEMWIRE_WAREHOUSE_INIT: text.optional(),
  SEMWIRE_WAREHOUSE_POOL: count(1, 10_000).default(16),
  SEMWIRE_AUTH: z.enum(['jwt', 'hook', 'none', 'parameter', 'proxy']).default('jwt'),
  SEMWIRE_AUTH_PARAMETER: text.default('api_key'),
  SEMWIRE_JWT_SECRET: text.optional(),
  SEMWIRE_JWT_KEY: text.optional(),
  SEMWIRE_JWT_JWKS_URL: url.optional(),
  SEMWIRE_JWT_ALGORITHMS: list.optional(),
  SEMWIRE_JWT_ISSUER: list.optional(),
  SEMWIRE_JWT_AUDIENCE: list.optional(),
  SEMWIRE_JWT_SUBJECT: list.optional(),
  SEMWIRE_JWT_REQUIRE: pairs.optional(),
  SEMWIRE_GROUPS_CLAIM: list.default(['groups', 'roles']),
  SEMWIRE_JWT_CLAIMS_NAMESPACE: text.optional(),
  SEMWIRE_JWT_USER_CLAIM: text.optional(),
  SEMWIRE_IDENTITY_CLAIM: text.default('sub'),
  SEMWIRE_TOKEN_API_KEY: text.optional(),
  SEMWIRE_JWT_MAX_TTL: duration.default(31 * 86_400_000),
  SEMWIRE_JWT_SESSION: z.enum(['token', 'login']).default('token'),
  SEMWIRE_SESSION_MAX: duration.default(12 * 3_600_000),
  SEMWIRE_POLICY_TIMEZONE: text.default('UTC'),
  SEMWIRE_TRUSTED_PROXIES: list.default([]),
  SEMWIRE_CATALOG_SHAPES: count(1, 10_000).default(8),
  SEMWIRE_CATALOG_TIMEOUT: timer.default(5_000),
  SEMWIRE_TLS_CERT: text.optional(),
  SEMWIRE_TLS_KEY: text.optional(),
  SEMWIRE_TLS_CA: text.optional(),
  SEMWIRE_TLS: z.enum(['require', 'allow', 'off']).optional(),
  SEMWIRE_STATEMENT_TIMEOUT: timer.default(60_000),
  SEMWIRE_MAX_CONNECTIONS: count(1, 1_000_000).default(1_000),
  SEMWIRE_MAX_CONNECTIONS_PER_USER: count(1, 1_000_000).default(100),
  SEMWIRE_IDLE_TIMEOUT: timer.default(0),
  SEMWIRE_LOGIN_TIMEOUT: timer.default(10_000),
  SEMWIRE_DRAIN_SECONDS: timer.default(30_000),
  SEMWIRE_MAX_ROWS: count(0, LARGE).default(0),
  SEMWIRE_HTTP_HOST: text.default('127.0.0.1'),
  SEMWIRE_HTTP_PORT: portOrOff.optional(),
  SEMWIRE_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  SEMWIRE_AUDIT_LOG: text.optional(),
  SEMWIRE_AUDIT_LITERALS: flag.default(false),
  SEMWIRE_ADMINS: list.default([]),
  SEMWIRE_EXPOSE: z.enum(['auto', 'views', 'all']).default('auto'),
  SEMWIRE_DEV: flag.default(false),
});

export type Variable = keyof typeof VARIABLES.shape;
export type Values = z.output<typeof VARIABLES>;

/** A command line shows in the process list, so what is secret has no flag. */
const WITHOUT_FLAG: ReadonlySet<Variable> = new Set<Variable>(['SEMWIRE_JWT_SECRET', 'SEMWIRE_TOKEN_API_KEY']);
export const NAMES = Object.keys(VARIABLES.shape) as readonly Variable[];

/** `--jwt-issuer` → `SEMWIRE_JWT_ISSUER`, for every variable that has a flag. */
export const FLAGS: ReadonlyMap<string, string> = new Map(
  NAMES.filter((name) => !WITHOUT_FLAG.has(name)).map((name) => [
    name.slice('SEMWIRE_'.length).toLowerCase().replaceAll('_', '-'),
    name,
  ]),
);
