/** Where settings come from, and what is refused before anything listens (exit code 2). */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FLAGS, loadConfig } from '../src/config.ts';
import { ConfigError } from '../src/config-error.ts';
import { ensureLocalSecret, readLocalSecret } from '../src/jwt-secret.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'semwire-config-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const SEMWIRE_JWT_SECRET = 'x'.repeat(32);
type Environment = Readonly<Record<string, string>>;

function load(env: Environment = {}, flags: Environment = {}) {
  return loadConfig({ env: { SEMWIRE_JWT_SECRET, ...env }, flags, folder });
}

async function refusal(env: Environment, flags: Environment = {}): Promise<string> {
  const error = await load(env, flags).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(ConfigError);
  expect((error as ConfigError).exitCode).toBe(2);
  return (error as ConfigError).message;
}

describe('sources', () => {
  test('defaults', async () => {
    const config = await load();
    expect(config).toMatchObject({
      host: '127.0.0.1',
      port: 15_432,
      model: join(folder, 'model'),
      database: 'semwire',
      warehouse: { url: 'duckdb:', init: undefined, pool: 16 },
      tls: { mode: 'allow', cert: undefined },
      limits: {
        statementTimeoutMs: 60_000,
        connections: 1_000,
        connectionsPerUser: 100,
        idleTimeoutMs: 0,
        loginTimeoutMs: 10_000,
        drainMs: 30_000,
        rows: 0,
      },
      expose: 'auto',
      dev: false,
      warnings: [],
    });
    expect(config.jwt).toMatchObject({ groupsClaims: ['groups', 'roles'], identityClaim: 'sub', session: 'token' });
    expect(config.jwt.maxTtlMs).toBe(31 * 86_400_000);
    expect(Object.isFrozen(config) && Object.isFrozen(config.jwt) && Object.isFrozen(config.admins)).toBe(true);
  });

  test('a flag beats the environment, which beats semwire.config, which beats the default', async () => {
    writeFileSync(
      join(folder, 'semwire.config.mjs'),
      'export const port = 1; export const host = "127.0.0.2"; export const admins = ["a", "b"]; export default { database: "file" };',
    );
    const config = await load(
      { SEMWIRE_MODEL: folder, SEMWIRE_PORT: '2', SEMWIRE_DATABASE: 'env' },
      { database: 'flag', 'max-rows': '5' },
    );
    expect([config.database, config.port, config.host, config.limits.rows]).toEqual(['flag', 2, '127.0.0.2', 5]);
    expect(config.admins).toEqual(['a', 'b']);
  });

  test('a file stands for a variable, whichever', async () => {
    const file = join(folder, 'secret');
    writeFileSync(file, `${'s'.repeat(40)}\n`);
    const config = await loadConfig({ env: { SEMWIRE_JWT_SECRET_FILE: file, SEMWIRE_DATABASE_FILE: file }, folder });
    expect(config.jwt.secret).toBe('s'.repeat(40));
    expect(config.database).toBe('s'.repeat(40));
    expect(await refusal({ SEMWIRE_JWT_SECRET_FILE: file })).toMatch(/not both/);
    expect(await refusal({ SEMWIRE_DATABASE_FILE: join(folder, 'none') })).toMatch(
      /SEMWIRE_DATABASE_FILE: cannot read/,
    );
  });

  test('secrets have no flag, everything else has', () => {
    expect(FLAGS.get('jwt-issuer')).toBe('SEMWIRE_JWT_ISSUER');
    expect([...FLAGS.values()]).not.toContain('SEMWIRE_JWT_SECRET');
    expect([...FLAGS.values()]).not.toContain('SEMWIRE_TOKEN_API_KEY');
  });

  test('a misspelt variable is told about', async () => {
    const { warnings } = await load({ SEMWIRE_JWT_ISUER: 'x' });
    expect(warnings).toEqual(['SEMWIRE_JWT_ISUER is not a variable of semwire and has no effect']);
    expect(await refusal({}, { 'jwt-isuer': 'x' })).toBe('unknown option --jwt-isuer');
  });

  test.each([
    ['60', 60_000],
    ['500ms', 500],
    ['2min', 120_000],
    ['1h', 3_600_000],
    ['20d', 1_728_000_000],
    ['0', 0],
  ])('a duration of %s', async (text, ms) => {
    expect((await load({ SEMWIRE_STATEMENT_TIMEOUT: text })).limits.statementTimeoutMs).toBe(ms);
  });
});

describe('refused at start', () => {
  const NO_SECRET = { SEMWIRE_JWT_SECRET: '' };
  const KEY = { SEMWIRE_JWT_KEY: 'k' };
  const PUBLIC_KEY = { ...KEY, SEMWIRE_JWT_ISSUER: '*', SEMWIRE_JWT_AUDIENCE: '*' };
  const OPEN = { SEMWIRE_HOST: '0.0.0.0', SEMWIRE_TLS: 'off' };
  test.each<[string, Environment, RegExp]>([
    ['no key at all', NO_SECRET, /without a key no token can be verified/],
    ['a short secret (D03)', { SEMWIRE_JWT_SECRET: 'x'.repeat(31) }, /32 bytes/],
    ['a key without issuer', { ...KEY, SEMWIRE_JWT_AUDIENCE: 'a' }, /SEMWIRE_JWT_ISSUER/],
    ['a key without audience', { ...KEY, SEMWIRE_JWT_ISSUER: 'a' }, /SEMWIRE_JWT_AUDIENCE/],
    ['an empty issuer', { ...KEY, SEMWIRE_JWT_AUDIENCE: 'a', SEMWIRE_JWT_ISSUER: ' , ' }, /SEMWIRE_JWT_ISSUER/],
    [
      'a key set in the clear',
      { SEMWIRE_JWT_JWKS_URL: 'http://idp.example/k', SEMWIRE_JWT_ISSUER: '*', SEMWIRE_JWT_AUDIENCE: '*' },
      /https/,
    ],
    ['a listener for all without TLS', { SEMWIRE_HOST: '0.0.0.0' }, /clear text/],
    ['the same, asked for', { SEMWIRE_HOST: '::', SEMWIRE_TLS: 'allow' }, /clear text/],
    ['half a certificate', { SEMWIRE_TLS_CERT: 'c' }, /together/],
    [
      'a CA without TLS',
      { SEMWIRE_TLS: 'off', SEMWIRE_TLS_CA: 'c', SEMWIRE_TLS_CERT: 'c', SEMWIRE_TLS_KEY: 'k' },
      /off/,
    ],
    [
      'a CA beside plain text',
      { SEMWIRE_TLS: 'allow', SEMWIRE_TLS_CA: 'c', SEMWIRE_TLS_CERT: 'c', SEMWIRE_TLS_KEY: 'k' },
      /cannot be allow/,
    ],
    ['development for all', { SEMWIRE_DEV: '1', SEMWIRE_HOST: '0.0.0.0', SEMWIRE_TLS: 'off' }, /loopback/],
    ['hooks without checkAuth', { SEMWIRE_AUTH: 'hook' }, /needs a checkAuth function/],
    ['nobody checked, for all', { ...OPEN, SEMWIRE_AUTH: 'none' }, /SEMWIRE_TRUSTED_PROXIES/],
    ['a parameter believed, for all', { ...OPEN, SEMWIRE_AUTH: 'parameter' }, /SEMWIRE_TRUSTED_PROXIES/],
    ['any proxy believed, for all', { ...OPEN, SEMWIRE_AUTH: 'proxy' }, /SEMWIRE_TRUSTED_PROXIES/],
    ['a proxy that is no address', { SEMWIRE_AUTH: 'proxy', SEMWIRE_TRUSTED_PROXIES: '10.0.0.256' }, /no address/],
    ['a proxy network that is none', { SEMWIRE_AUTH: 'proxy', SEMWIRE_TRUSTED_PROXIES: '10.0.0.0/33' }, /no network/],
    ['signing tokens without HTTP', { SEMWIRE_TOKEN_API_KEY: 'k'.repeat(32) }, /SEMWIRE_HTTP_PORT/],
    ['a short API key', { SEMWIRE_TOKEN_API_KEY: 'k', SEMWIRE_HTTP_PORT: '0' }, /16 bytes/],
    [
      'signing tokens that nobody takes',
      { SEMWIRE_AUTH: 'none', SEMWIRE_TOKEN_API_KEY: 'k'.repeat(32), SEMWIRE_HTTP_PORT: '0' },
      /nobody signs in with a token/,
    ],
    [
      'signing tokens without the secret',
      { ...NO_SECRET, ...PUBLIC_KEY, SEMWIRE_TOKEN_API_KEY: 'k'.repeat(32), SEMWIRE_HTTP_PORT: '0' },
      /needs SEMWIRE_JWT_SECRET/,
    ],
    ['HTTP for all without TLS', { SEMWIRE_HTTP_HOST: '0.0.0.0', SEMWIRE_HTTP_PORT: '0' }, /SEMWIRE_HTTP_HOST/],
    ['an unknown mode', { SEMWIRE_AUTH: 'trust' }, /SEMWIRE_AUTH: must be one of/],
    ['a port that is none', { SEMWIRE_PORT: 'tcp://10.0.0.1:5432' }, /SEMWIRE_PORT: must be a whole number/],
    ['a duration that is none', { SEMWIRE_IDLE_TIMEOUT: 'soon' }, /SEMWIRE_IDLE_TIMEOUT: must be a duration/],
    ['a time no timer can wait', { SEMWIRE_STATEMENT_TIMEOUT: '30d' }, /24 days/],
    ['required claims that are none', { SEMWIRE_JWT_REQUIRE: 'a=1,b' }, /name=value/],
    ['a zone that does not exist', { SEMWIRE_POLICY_TIMEZONE: 'Mars' }, /time zone/],
  ])('%s', async (_, env, message) => {
    expect(await refusal(env)).toMatch(message);
  });

  test('what is wrong is told all at once', async () => {
    expect((await refusal({ SEMWIRE_PORT: 'x', SEMWIRE_DEV: 'maybe' })).split('\n')).toHaveLength(2);
  });

  test.each([
    ['export const jwtIsuer = 1', /unknown setting "jwtIsuer"/],
    ['export const model = "x"', /cannot be set from inside/],
    ['export const queryRewrite = {}', /"queryRewrite" must be a function/],
    ['export const checkAuth = {}', /"checkAuth" must be a function/],
    ['export const canSwitchUser = () => true; export const canSwitchSqlUser = () => true', /keep one of/],
    ['export const auth = "none"; export const checkAuth = () => ({})', /checkAuth has no place beside/],
    ['export const port = {}', /"port" must be/],
    ['throw new Error("at home")', /at home/],
  ])('a configuration file with %s', async (text, message) => {
    writeFileSync(join(folder, 'semwire.config.mjs'), text);
    expect(await refusal({ SEMWIRE_MODEL: folder })).toMatch(message);
  });
});

describe('cube.js', () => {
  async function withCube(text: string, name = 'cube.js') {
    writeFileSync(join(folder, name), text);
    return load({ SEMWIRE_MODEL: folder });
  }

  test('is read as the CommonJS module that Cube’s examples are', async () => {
    const { hooks, auth } = await withCube(
      "const path = require('node:path'); module.exports = { checkAuth: (req) => { req.securityContext = { base: path.basename(__filename) }; } };",
    );
    expect(hooks.map(({ name, origin }) => [name, origin])).toEqual([['checkAuth', 'cube']]);
    expect(auth).toBe('hook');
  });

  test('is read as an ECMAScript module too', async () => {
    expect((await withCube('export const contextToGroups = () => []')).hooks.map(({ name }) => name)).toEqual([
      'contextToGroups',
    ]);
  });

  test('of its two sign-in hooks the one for SQL counts', async () => {
    const { hooks } = await withCube('exports.checkAuth = () => {}; exports.checkSqlAuth = () => {};');
    expect(hooks.map(({ name }) => name)).toEqual(['checkSqlAuth']);
  });

  test('is read anew when it has changed', async () => {
    const read = async (groups: string) => {
      const { hooks } = await withCube(`module.exports = { contextToGroups: () => ['${groups}'] }`);
      return hooks[0]?.call();
    };
    expect([await read('a'), await read('b')]).toEqual([['a'], ['b']]);
  });

  test('what it has no use for is told, what could change rights is refused', async () => {
    expect((await withCube('module.exports = { telemetry: false }')).warnings[0]).toMatch(/"telemetry" has no effect/);
    await expect(withCube('module.exports = { extendContext: () => ({}) }')).rejects.toThrow(/could change rights/);
    await expect(withCube('module.exports = { chekAuth: () => {} }')).rejects.toThrow(/unknown option "chekAuth"/);
  });

  test('beside the model folder, where Cube has it, is told about', async () => {
    writeFileSync(join(folder, 'cube.js'), '');
    expect((await load()).warnings[0]).toMatch(/cube\.js is not read/);
  });
});

describe('the secret that a start makes for itself', () => {
  test('is made once, for the owner alone, and used where no key is set', async () => {
    expect(readLocalSecret(folder)).toBeUndefined();
    const secret = ensureLocalSecret(folder);
    expect(secret.length).toBeGreaterThanOrEqual(43);
    expect(ensureLocalSecret(folder)).toBe(secret);
    expect(readLocalSecret(folder)).toBe(secret);
    const file = join(folder, '.semwire', 'jwt-secret');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8')).toBe(`${secret}\n`);
    const fallbackSecret = () => readLocalSecret(folder);
    expect((await loadConfig({ env: {}, folder, fallbackSecret })).jwt.secret).toBe(secret);
    const withKey = { SEMWIRE_JWT_KEY: 'k', SEMWIRE_JWT_ISSUER: '*', SEMWIRE_JWT_AUDIENCE: '*' };
    expect((await loadConfig({ env: withKey, folder, fallbackSecret })).jwt.secret).toBeUndefined();
  });
});
