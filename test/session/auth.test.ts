/** Which passwords are let in, and as whom: contract section 6, security cases D01–D27 and C13–C21. */
import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { CompactSign, SignJWT } from 'jose';
import { afterEach, describe, expect, test } from 'vitest';
import type { Identity } from '../../src/access/context.ts';
import { loadConfig } from '../../src/config.ts';
import { ConfigError } from '../../src/config-error.ts';
import { SqlError } from '../../src/errors.ts';
import { createAuthenticator } from '../../src/session/auth.ts';
import { SECRET } from './serve.ts';

type Environment = Readonly<Record<string, string>>;
type Claims = Readonly<Record<string, unknown>>;

/** 2030-01-01, so that no test depends on the day it runs. */
const NOW = 1_893_456_000;
const HOUR = { sub: 'alice', iat: NOW, exp: NOW + 3_600 };
const hmac = Buffer.from(SECRET);

async function authenticator(env: Environment = { SEMWIRE_JWT_SECRET: SECRET }, now = () => NOW * 1_000) {
  return createAuthenticator(await loadConfig({ env }), now);
}

async function signIn(password: string, env?: Environment, user = 'analyst'): Promise<Identity> {
  return (await authenticator(env)).authenticate(user, password);
}

/** What the client is told, and what the log is. */
async function refusal(password: string, env?: Environment, user = 'analyst') {
  try {
    await signIn(password, env, user);
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    const reason = error.cause instanceof Error ? error.cause.message : undefined;
    return { code: error.code, severity: error.severity, message: error.message, reason };
  }
  throw new Error('the token was accepted');
}

/** @param payload the exact text that is signed */
function signText(payload: string | Uint8Array, header: Claims = { alg: 'HS256' }): Promise<string> {
  const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
  return new CompactSign(bytes).setProtectedHeader(header as { alg: string }).sign(hmac, { crit: {} });
}

function sign(claims: Claims, header: Claims = { alg: 'HS256' }, key: KeyObject | Uint8Array = hmac): Promise<string> {
  return new SignJWT(claims).setProtectedHeader(header as { alg: string }).sign(key);
}

/** As `sign`, by hand: jose itself would refuse to make some of these. */
async function signByHand(header: string, payload: string): Promise<string> {
  const { createHmac } = await import('node:crypto');
  const input = `${Buffer.from(header).toString('base64url')}.${Buffer.from(payload).toString('base64url')}`;
  return `${input}.${createHmac('sha256', hmac).update(input).digest('base64url')}`;
}

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const otherRsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const ed25519 = generateKeyPairSync('ed25519');
const pem = (key: KeyObject): string => key.export({ type: 'spki', format: 'pem' }).toString();
const IDP = { SEMWIRE_JWT_ISSUER: 'https://idp.example', SEMWIRE_JWT_AUDIENCE: 'semwire' };
const IDP_CLAIMS = { ...HOUR, iss: 'https://idp.example', aud: 'semwire' };

describe('a good token', () => {
  test('gives the identity that it was signed for', async () => {
    const identity = await signIn(await sign({ ...HOUR, orgId: 7, groups: ['sales', 'eu'], roles: 'viewer' }));
    expect(identity).toMatchObject({
      user: 'analyst',
      subject: 'alice',
      issuer: undefined,
      groups: ['sales', 'eu', 'viewer'],
      expiresAt: HOUR.exp,
      admin: false,
    });
    expect({ ...identity.context }).toEqual({ ...HOUR, orgId: 7, groups: ['sales', 'eu'], roles: 'viewer' });
  });

  test.each([
    ['HS256', SECRET, hmac],
    ['HS512', SECRET, hmac],
  ])('signed with %s and the secret', async (alg, secret, key) => {
    await expect(signIn(await sign(HOUR, { alg }, key), { SEMWIRE_JWT_SECRET: secret })).resolves.toBeDefined();
  });

  test.each([
    ['RS256', rsa],
    ['PS384', rsa],
    ['ES256', p256],
    ['EdDSA', ed25519],
  ])('signed with %s, checked with a PEM or a JWK', async (alg, pair) => {
    const token = await sign(IDP_CLAIMS, { alg, kid: 'k1' }, pair.privateKey);
    const jwk = JSON.stringify({ ...pair.publicKey.export({ format: 'jwk' }), kid: 'k1' });
    for (const key of [pem(pair.publicKey), jwk]) {
      expect((await signIn(token, { ...IDP, SEMWIRE_JWT_KEY: key })).subject).toBe('alice');
    }
    const other = JSON.stringify({ ...pair.publicKey.export({ format: 'jwk' }), kid: 'k2' });
    expect(await refusal(token, { ...IDP, SEMWIRE_JWT_KEY: other })).toMatchObject({ code: '28P01' });
  });

  test('with white space around it, as pasted from a terminal (D14)', async () => {
    await expect(signIn(`\n ${await sign(HOUR)}\n`)).resolves.toBeDefined();
  });

  test('is known again without another signature check, until it ends', async () => {
    let now = NOW * 1_000;
    const { authenticate } = await authenticator(undefined, () => now);
    const token = await sign({ ...HOUR, exp: NOW + 30 });
    const first = await authenticate('a', token);
    expect((await authenticate('b', token)).context).toBe(first.context);
    now += 30_000;
    await expect(authenticate('a', token)).rejects.toMatchObject({ code: '28P01' });
  });
});

describe('a token that is refused: one text for the client, the reason for the log (D24)', () => {
  const cases: readonly (readonly [name: string, token: () => Promise<string>, reason: RegExp])[] = [
    ['nothing', async () => '', /compact/],
    ['a password', async () => 'secret', /compact/],
    ['five parts, a JWE (D06)', async () => 'a.b.c.d.e', /compact/],
    ['another secret', () => sign(HOUR, undefined, randomBytes(32)), /signature/],
    ['alg none (D01)', async () => `${(await signByHand('{"alg":"none"}', '{}')).replace(/[^.]*$/, '')}`, /compact/],
    ['alg none with a signature (D01)', () => signByHand('{"alg":"none"}', JSON.stringify(HOUR)), /algorithm/],
    ['alg nOnE (D01)', () => signByHand('{"alg":"nOnE"}', JSON.stringify(HOUR)), /algorithm/],
    ['no alg (D01)', () => signByHand('{}', JSON.stringify(HOUR)), /alg/],
    ['alg as a list (D01)', () => signByHand('{"alg":["HS256"]}', JSON.stringify(HOUR)), /alg/],
    ['alg with a space (D01)', () => signByHand('{"alg":"HS256 "}', JSON.stringify(HOUR)), /algorithm/],
    ['kid as an object (D04)', () => signByHand('{"alg":"HS256","kid":{}}', JSON.stringify(HOUR)), /kid/],
    ['crit (D06)', () => signByHand('{"alg":"HS256","crit":["x"],"x":1}', JSON.stringify(HOUR)), /crit/],
    ['empty crit (D06)', () => signByHand('{"alg":"HS256","crit":[]}', JSON.stringify(HOUR)), /crit/],
    ['b64 (D06)', () => signByHand('{"alg":"HS256","b64":false}', JSON.stringify(HOUR)), /b64/],
    ['zip (D06)', () => signByHand('{"alg":"HS256","zip":"DEF"}', JSON.stringify(HOUR)), /zip/],
    ['cty (D06)', () => signByHand('{"alg":"HS256","cty":"JWT"}', JSON.stringify(HOUR)), /cty/],
    ['another typ (D06)', () => signByHand('{"alg":"HS256","typ":"logout+jwt"}', JSON.stringify(HOUR)), /typ/],
    ['a header twice (D11)', () => signByHand('{"alg":"HS256","alg":"HS256"}', JSON.stringify(HOUR)), /duplicate/],
    ['no exp (D07)', () => sign({ sub: 'alice' }), /exp/],
    ['exp past', () => sign({ ...HOUR, exp: NOW - 1 }), /expired/],
    ['exp now: no skew', () => sign({ ...HOUR, exp: NOW }), /expired/],
    ['exp as text (D08)', () => signText(`{"exp":"${NOW + 60}"}`), /exp/],
    ['exp infinite (D08)', () => signText('{"exp":1e400}'), /range/],
    ['exp in milliseconds (D08)', () => signText(`{"exp":${(NOW + 60) * 1000}}`), /far away/],
    ['exp with a fraction', () => signText(`{"exp":${NOW + 60}.5}`), /exp/],
    ['exp negative (D08)', () => signText('{"exp":-1}'), /expired/],
    ['exp beyond 2^53', () => signText('{"exp":99999999999999999999}'), /exp/],
    ['exp past the longest lifetime (D08)', () => sign({ exp: NOW + 32 * 86_400 }), /far away/],
    ['lifetime past the longest', () => sign({ iat: NOW - 30 * 86_400, exp: NOW + 2 * 86_400 }), /lifetime/],
    ['nbf ahead (D09)', () => sign({ ...HOUR, nbf: NOW + 61 }), /nbf/],
    ['iat ahead (D09)', () => sign({ ...HOUR, iat: NOW + 61 }), /iat/],
    ['nbf as text', () => signText(`{"exp":${NOW + 60},"nbf":"0"}`), /nbf/],
    ['a claim twice (D11)', () => signText(`{"exp":${NOW + 60},"tenant":1,"tenant":2}`), /duplicate/],
    [
      'a claim twice, once escaped (D11)',
      () => signText(`{"exp":${NOW + 60},"tenant":1,"t\\u0065nant":2}`),
      /duplicate/,
    ],
    ['a nested claim twice (D11)', () => signText(`{"exp":${NOW + 60},"a":[{"b":1,"b":1}]}`), /duplicate/],
    ['__proto__ (C20)', () => signText(`{"exp":${NOW + 60},"__proto__":{"admin":true}}`), /name/],
    ['constructor, nested (C20)', () => signText(`{"exp":${NOW + 60},"a":{"constructor":1}}`), /name/],
    ['a NUL in a claim (C03)', () => signText(`{"exp":${NOW + 60},"a":"\\u0000"}`), /character/],
    ['a lone surrogate (C03)', () => signText(`{"exp":${NOW + 60},"a":"\\ud800"}`), /character/],
    ['a payload that is no JSON', () => signText('{exp:1}'), /JSON/],
    ['a BOM (D13)', () => signText(`\ufeff{"exp":${NOW + 60}}`), /JSON/],
    ['bytes that are no UTF-8 (D13)', () => signText(Buffer.from([0x7b, 0xff, 0x7d])), /UTF-8/],
    ['a deep payload (D13)', () => signText(`{"a":${'['.repeat(5_000)}${']'.repeat(5_000)}}`), /deep/],
  ];

  test.each(cases)('%s', async (_, token, reason) => {
    const refused = await refusal(await token());
    expect(refused).toEqual({
      code: '28P01',
      severity: 'FATAL',
      message: 'password authentication failed for user "analyst"',
      reason: expect.stringMatching(reason),
    });
  });

  test('a token of more than 16 KiB is not even looked at (D13)', async () => {
    const large = await sign({ ...HOUR, padding: 'x'.repeat(13_000) });
    expect(large.length).toBeGreaterThan(16_384);
    expect((await refusal(large)).reason).toMatch(/16 KiB/);
    await expect(signIn(await sign({ ...HOUR, padding: 'x'.repeat(11_000) }))).resolves.toBeDefined();
  });

  test('nbf and iat have 60 seconds of skew (D09)', async () => {
    await expect(signIn(await sign({ ...HOUR, nbf: NOW + 60, iat: NOW + 60 }))).resolves.toBeDefined();
  });

  test.each(['"x"', '[1]', '[{"orgId":1}]', 'null', '7', 'true'])(
    'a payload of %s is no object (D12)',
    async (payload) => {
      expect(await refusal(await signText(payload))).toMatchObject({
        code: '28000',
        severity: 'FATAL',
        message: 'token payload must be a JSON object',
      });
      // Only whoever holds the key learns that.
      const [header, body] = (await signText(payload)).split('.');
      expect(await refusal(`${header}.${body}.AAAA`)).toMatchObject({ code: '28P01' });
    },
  );

  test('the reason never quotes the token (D22)', async () => {
    for (const [, token] of cases) {
      const text = await token();
      const { reason } = await refusal(text);
      for (const part of text.split('.').filter((one) => one.length > 8)) expect(reason).not.toContain(part);
    }
  });
});

describe('keys', () => {
  test('a token that is an HMAC over the public key is no token of that key (D02)', async () => {
    const key = pem(rsa.publicKey);
    const token = await sign(IDP_CLAIMS, { alg: 'HS256' }, Buffer.from(key));
    expect(await refusal(token, { ...IDP, SEMWIRE_JWT_KEY: key })).toMatchObject({ code: '28P01' });
    const trimmed = await sign(IDP_CLAIMS, { alg: 'HS256' }, Buffer.from(key.trim()));
    expect(await refusal(trimmed, { ...IDP, SEMWIRE_JWT_KEY: key })).toMatchObject({ code: '28P01' });
  });

  test('a key in the header is not used (D05)', async () => {
    const jwk = otherRsa.publicKey.export({ format: 'jwk' });
    const token = await sign(IDP_CLAIMS, { alg: 'RS256', jwk, jku: 'http://127.0.0.1:9/keys' }, otherRsa.privateKey);
    expect(await refusal(token, { ...IDP, SEMWIRE_JWT_KEY: pem(rsa.publicKey) })).toMatchObject({ code: '28P01' });
  });

  test('an algorithm that is not listed is refused', async () => {
    const env = { SEMWIRE_JWT_SECRET: SECRET, SEMWIRE_JWT_ALGORITHMS: 'HS512' };
    expect(await refusal(await sign(HOUR), env)).toMatchObject({ reason: expect.stringMatching(/algorithm/) });
    await expect(signIn(await sign(HOUR, { alg: 'HS512' }), env)).resolves.toBeDefined();
  });

  const RSA_1024 = generateKeyPairSync('rsa', { modulusLength: 1024 });
  test.each([
    ['a private PEM', rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), /private/],
    ['a private JWK', JSON.stringify(rsa.privateKey.export({ format: 'jwk' })), /private/],
    ['a symmetric JWK', '{"kty":"oct","k":"c2VjcmV0"}', /symmetric/],
    ['a short RSA key (D27)', pem(RSA_1024.publicKey), /2048/],
    ['a key to encrypt with', JSON.stringify({ ...rsa.publicKey.export({ format: 'jwk' }), use: 'enc' }), /signatures/],
    ['another algorithm', JSON.stringify({ ...p256.publicKey.export({ format: 'jwk' }), alg: 'RS256' }), /fit/],
    ['no key', 'hello', /neither/],
  ])('SEMWIRE_JWT_KEY may not be %s', async (_, key, message) => {
    const config = await loadConfig({ env: { ...IDP, SEMWIRE_JWT_KEY: key } });
    expect(() => createAuthenticator(config)).toThrow(ConfigError);
    expect(() => createAuthenticator(config)).toThrow(message);
  });

  test('algorithms that fit no key are an error at start', async () => {
    const config = await loadConfig({ env: { SEMWIRE_JWT_SECRET: SECRET, SEMWIRE_JWT_ALGORITHMS: 'RS256' } });
    expect(() => createAuthenticator(config)).toThrow(/none fits SEMWIRE_JWT_SECRET/);
  });

  test('with several keys nobody signs for another issuer (D17)', async () => {
    const env = { ...IDP, SEMWIRE_JWT_SECRET: SECRET, SEMWIRE_JWT_KEY: pem(rsa.publicKey) };
    const bySecret = (claims: Claims) => sign(claims);
    const byIdp = (claims: Claims) => sign(claims, { alg: 'RS256' }, rsa.privateKey);
    expect((await signIn(await byIdp(IDP_CLAIMS), env)).issuer).toBe('https://idp.example');
    expect((await signIn(await bySecret({ ...HOUR, iss: 'semwire', aud: 'semwire' }), env)).issuer).toBe('semwire');
    expect((await refusal(await bySecret(IDP_CLAIMS), env)).reason).toMatch(/iss/);
    expect((await refusal(await byIdp({ ...IDP_CLAIMS, iss: 'semwire' }), env)).reason).toMatch(/iss/);
    const waived = { ...env, SEMWIRE_JWT_ISSUER: '*' };
    expect((await refusal(await bySecret(IDP_CLAIMS), waived)).reason).toMatch(/iss/);
    expect((await refusal(await byIdp({ ...IDP_CLAIMS, iss: 'semwire' }), waived)).reason).toMatch(/iss/);
  });
});

describe('what a token must match', () => {
  const env = { SEMWIRE_JWT_SECRET: SECRET };
  test.each<[string, Environment, Claims, RegExp | undefined]>([
    ['the issuer', { SEMWIRE_JWT_ISSUER: 'a,b' }, { iss: 'b' }, undefined],
    ['no issuer', { SEMWIRE_JWT_ISSUER: 'a,b' }, {}, /iss/],
    ['another issuer', { SEMWIRE_JWT_ISSUER: 'a' }, { iss: 'ab' }, /iss/],
    ['a list of issuers', { SEMWIRE_JWT_ISSUER: 'a' }, { iss: ['a'] }, /iss/],
    ['the audience', { SEMWIRE_JWT_AUDIENCE: 'x' }, { aud: 'x' }, undefined],
    ['one of its audiences', { SEMWIRE_JWT_AUDIENCE: 'x' }, { aud: ['w', 'x'] }, undefined],
    ['no audience', { SEMWIRE_JWT_AUDIENCE: 'x' }, {}, /aud/],
    ['a prefix of the audience', { SEMWIRE_JWT_AUDIENCE: 'xy' }, { aud: 'x' }, /aud/],
    ['any audience', { SEMWIRE_JWT_AUDIENCE: '*' }, {}, undefined],
    ['the subject', { SEMWIRE_JWT_SUBJECT: 'alice' }, {}, undefined],
    ['another subject', { SEMWIRE_JWT_SUBJECT: 'bob' }, {}, /sub/],
    ['required claims', { SEMWIRE_JWT_REQUIRE: 'token_use=access,n=1' }, { token_use: 'access', n: 1 }, undefined],
    ['a required claim missing', { SEMWIRE_JWT_REQUIRE: 'token_use=access' }, {}, /token_use/],
    ['a required claim otherwise', { SEMWIRE_JWT_REQUIRE: 'token_use=access' }, { token_use: 'id' }, /token_use/],
  ])('%s', async (_, more, claims, reason) => {
    const token = await sign({ ...HOUR, ...claims });
    if (reason === undefined) await expect(signIn(token, { ...env, ...more })).resolves.toBeDefined();
    else expect((await refusal(token, { ...env, ...more })).reason).toMatch(reason);
  });

  test('MAX_TTL 0 lifts the need for exp and its limit', async () => {
    const free = { ...env, SEMWIRE_JWT_MAX_TTL: '0' };
    expect((await signIn(await sign({ sub: 'alice' }), free)).expiresAt).toBeUndefined();
    expect((await signIn(await sign({ exp: NOW + 1e9 }), free)).expiresAt).toBe(NOW + 1e9);
    expect((await refusal(await sign({ exp: NOW }), free)).reason).toMatch(/expired/);
  });

  test('a session by login ends after SESSION_MAX, not with the token', async () => {
    const login = { ...env, SEMWIRE_JWT_SESSION: 'login', SEMWIRE_SESSION_MAX: '2h' };
    expect((await signIn(await sign({ ...HOUR, exp: NOW + 60 }), login)).expiresAt).toBe(NOW + 7_200);
  });

  test('the startup user decides nothing, unless it must be a claim', async () => {
    const token = await sign({ ...HOUR, login: 'alice@x' });
    expect((await signIn(token, env, 'root')).subject).toBe('alice');
    const bound = { ...env, SEMWIRE_JWT_USER_CLAIM: 'login' };
    expect((await signIn(token, bound, 'alice@x')).user).toBe('alice@x');
    expect(await refusal(token, bound, 'alice')).toMatchObject({ code: '28P01' });
    expect(await refusal(await sign(HOUR), bound, 'undefined')).toMatchObject({ code: '28P01' });
  });

  test('admins are subjects, by the identity claim', async () => {
    const admins = { ...env, SEMWIRE_ADMINS: 'alice, carol' };
    expect((await signIn(await sign(HOUR), admins)).admin).toBe(true);
    expect((await signIn(await sign({ ...HOUR, sub: 'bob' }), admins, 'alice')).admin).toBe(false);
    expect((await signIn(await sign({ exp: HOUR.exp }), admins)).admin).toBe(false);
    const byMail = { ...admins, SEMWIRE_IDENTITY_CLAIM: 'email' };
    expect(await signIn(await sign({ ...HOUR, email: 'carol' }), byMail)).toMatchObject({
      subject: 'carol',
      admin: true,
    });
  });
});

describe('claims', () => {
  test('are data: exact, frozen, without prototypes (C16, C20, C21)', async () => {
    const { context } = await signIn(await signText(`{"exp":${NOW + 60},"org":9007199254740993,"a":{"b":[1,-0,1.5]}}`));
    expect(context.org).toBe(9_007_199_254_740_993n);
    expect(context.toString).toBeUndefined();
    expect(Object.getPrototypeOf(context)).toBeNull();
    expect(Object.getPrototypeOf(context.a)).toBeNull();
    expect(Object.isFrozen(context) && Object.isFrozen(context.a)).toBe(true);
    expect((context.a as { b: unknown }).b).toEqual([1, 0, 1.5]);
  });

  test('may stand in a namespace', async () => {
    const env = { SEMWIRE_JWT_SECRET: SECRET, SEMWIRE_JWT_CLAIMS_NAMESPACE: 'https://semwire/claims' };
    const inside = { orgId: 7, roles: ['viewer'] };
    const identity = await signIn(await sign({ ...HOUR, 'https://semwire/claims': inside, groups: ['top'] }), env);
    expect({ ...identity.context }).toEqual(inside);
    expect(identity.groups).toEqual(['top', 'viewer']);
    expect(await refusal(await sign(HOUR), env)).toMatchObject({ code: '28P01' });
    expect(await refusal(await sign({ ...HOUR, 'https://semwire/claims': [inside] }), env)).toMatchObject({
      code: '28000',
      message: 'token payload must be a JSON object',
    });
  });

  test('hold groups, by names and by pointers', async () => {
    const env = {
      SEMWIRE_JWT_SECRET: SECRET,
      SEMWIRE_GROUPS_CLAIM: '/realm_access/roles, cognito:groups, /a~1b/0, none',
    };
    const claims = { realm_access: { roles: ['x', 'y'] }, 'cognito:groups': ['y', 'z', 1, null], 'a/b': ['no'] };
    expect((await signIn(await sign({ ...HOUR, ...claims }), env)).groups).toEqual(['x', 'y', 'z']);
  });
});

describe('a key set', () => {
  let server: Server | undefined;
  afterEach(() => {
    server?.close();
    server?.closeAllConnections();
  });

  /** @param answer replaced while it runs */
  async function keySet(answer: { keys: unknown; status?: number; asked?: number }): Promise<Environment> {
    server = createServer((request, response) => {
      answer.asked = (answer.asked ?? 0) + 1;
      // Behind the redirect there are good keys, so that only following it could let anybody in.
      const elsewhere = request.url === '/elsewhere';
      response.writeHead(elsewhere ? 200 : (answer.status ?? 200), { location: '/elsewhere' });
      response.end(typeof answer.keys === 'string' ? answer.keys : JSON.stringify({ keys: answer.keys }));
    });
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return { ...IDP, SEMWIRE_JWT_JWKS_URL: `http://127.0.0.1:${address.port}/keys` };
  }
  const jwk = (key: KeyObject, more: object) => ({ ...key.export({ format: 'jwk' }), ...more });

  test('finds the key by kid and algorithm, and by algorithm alone when that is one (D04)', async () => {
    const env = await keySet({ keys: [jwk(rsa.publicKey, { kid: 'r' }), jwk(p256.publicKey, { kid: 'e' })] });
    const { authenticate } = await authenticator(env);
    for (const header of [{ alg: 'RS256', kid: 'r' }, { alg: 'RS256' }]) {
      await expect(authenticate('u', await sign(IDP_CLAIMS, header, rsa.privateKey))).resolves.toBeDefined();
    }
    await expect(
      authenticate('u', await sign(IDP_CLAIMS, { alg: 'ES256', kid: 'e' }, p256.privateKey)),
    ).resolves.toBeDefined();
    for (const kid of ['x', '../../dev/null', "x' UNION SELECT 'k'--"]) {
      const token = await sign(IDP_CLAIMS, { alg: 'RS256', kid }, rsa.privateKey);
      await expect(authenticate('u', token)).rejects.toMatchObject({ code: '28P01' });
    }
  });

  test('is asked once, however many unknown keys are named (D15)', async () => {
    const answer = { keys: [jwk(rsa.publicKey, { kid: 'r' })], asked: 0 };
    const { authenticate } = await authenticator(await keySet(answer));
    for (let kid = 0; kid < 20; kid++) {
      const token = await sign(IDP_CLAIMS, { alg: 'RS256', kid: String(kid) }, otherRsa.privateKey);
      await expect(authenticate('u', token)).rejects.toMatchObject({ code: '28P01' });
    }
    expect(answer.asked).toBe(1);
  });

  test('holds public keys only: symmetric and private ones are ignored (D16)', async () => {
    const k = hmac.toString('base64url');
    const env = await keySet({
      keys: [{ kty: 'oct', k, kid: 's', alg: 'HS256' }, jwk(otherRsa.privateKey, { kid: 'p' }), jwk(rsa.publicKey, {})],
    });
    expect(await refusal(await sign(IDP_CLAIMS, { alg: 'HS256', kid: 's' }), env)).toMatchObject({ code: '28P01' });
    const byPrivate = await sign(IDP_CLAIMS, { alg: 'RS256', kid: 'p' }, otherRsa.privateKey);
    expect(await refusal(byPrivate, env)).toMatchObject({ code: '28P01' });
    // Without a kid there must be one key that fits, and the private one does not count.
    await expect(signIn(await sign(IDP_CLAIMS, { alg: 'RS256' }, rsa.privateKey), env)).resolves.toBeDefined();
  });

  test.each<[string, { keys: unknown; status?: number }]>([
    ['an error', { keys: [], status: 500 }],
    ['a redirect', { keys: [{ ...rsa.publicKey.export({ format: 'jwk' }) }], status: 302 }],
    ['no JSON', { keys: '<html>' }],
    ['a body that is too large', { keys: ' '.repeat(2_000_000) }],
    ['too many keys', { keys: Array.from({ length: 1_001 }, () => ({ kty: 'RSA' })) }],
  ])('that answers with %s lets nobody in, and blames nobody (D15, D16)', async (_, answer) => {
    const token = await sign(IDP_CLAIMS, { alg: 'RS256' }, rsa.privateKey);
    expect(await refusal(token, await keySet(answer))).toMatchObject({
      code: '28000',
      message: 'tokens cannot be verified at the moment',
    });
  });
});
