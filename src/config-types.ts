/** The configuration as the rest of the server reads it: frozen, checked, every default filled in. */
import type { LoadedHook } from './config-hooks.ts';

export type TlsMode = 'require' | 'allow' | 'off';

/**
 * How somebody is known (contract, section 6): by a token; by the hook checkAuth; not at all; by a startup parameter;
 * by the startup user, whose password a proxy in front has checked.
 */
export type AuthMode = 'jwt' | 'hook' | 'none' | 'parameter' | 'proxy';

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
  /** What `env_var()` of the model's templates may read: the environment without semwire's own variables. */
  readonly modelEnvironment?: Readonly<Record<string, string | undefined>>;
  readonly database: string;
  readonly warehouse: { readonly url: string; readonly init: string | undefined; readonly pool: number };
  /** `hook` also where a checkAuth hook stands in for `jwt`. */
  readonly auth: AuthMode;
  /** Startup parameter that names the identity in mode `parameter`, in lower case. */
  readonly authParameter: string;
  /** Addresses from which `none`, `parameter` and `proxy` are believed, as written; none: no list is kept. */
  readonly trustedProxies: readonly string[];
  readonly jwt: JwtConfig;
  /** The operator's functions of semwire.config and cube.js. */
  readonly hooks: readonly LoadedHook[];
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
  readonly http: {
    readonly host: string;
    /** undefined: there is no HTTP listener. */
    readonly port: number | undefined;
    readonly tlsMode: TlsMode;
    /** Who has it may have tokens signed; undefined: nobody. */
    readonly tokenApiKey: string | undefined;
  };
  readonly logLevel: string;
  /** A path, or `-` for stdout. */
  readonly auditLog: string | undefined;
  /** Literals of statements stand in the audit log as written. */
  readonly auditLiterals: boolean;
  readonly expose: 'auto' | 'views' | 'all';
  readonly dev: boolean;
  /** Told once at start: misspelt variables and the like. */
  readonly warnings: readonly string[];
};
