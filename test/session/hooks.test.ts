/** Hooks that sign people in, and what becomes of one that fails (contract, section 7.8; security case C29). */
import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignJWT } from 'jose';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { createAuthenticator } from '../../src/session/auth.ts';
import { seconds, type TestServer, token } from './serve.ts';
import { folderWith, leaveAll, openTenants, refused, signInTo, type Tenants } from './tenants.ts';

const WRONG = 'FATAL 28P01 password authentication failed for user "analyst"';

let tenants: Tenants;
beforeAll(async () => {
  tenants = await openTenants();
});
afterEach(leaveAll);
afterAll(() => tenants?.close());

function serve(files: Readonly<Record<string, string>>, env: Readonly<Record<string, string>> = {}) {
  return tenants.serve({ SEMWIRE_MODEL: folderWith(files), SEMWIRE_JWT_SECRET: '', ...env });
}

const semwire = (checkAuth: string) => serve({ 'semwire.config.mjs': `export const checkAuth = ${checkAuth};` });
const cube = (text: string) => serve({ 'cube.js': text });

describe('checkAuth', () => {
  test('says who it is; no token is looked at, nor any key asked for', async () => {
    const server = await semwire(
      `async (user, password, request) => {
        if (password !== 'open sesame') throw new Error('no such password ' + request.protocol);
        return { securityContext: { tenant: user }, subject: 'id-of-' + user, groups: ['seller'] };
      }`,
    );
    const red = await signInTo(server, { user: 'red', password: 'open sesame' });
    expect(await red.ask('SELECT count(*), current_user FROM sales GROUP BY 2')).toEqual(['2 red']);
    const [session] = server.sessions();
    expect(session?.identity).toMatchObject({ subject: 'id-of-red', groups: ['seller'], admin: false });
    // MAX_TTL from now on.
    const left = (session?.identity.expiresAt ?? 0) - seconds();
    expect(Math.abs(left - 31 * 86_400)).toBeLessThan(60);
    expect(await refused(server, { password: await token({ tenant: 'red' }) })).toBe(WRONG);
    expect(server.log.text()).toContain('checkAuth: no such password postgres');
    expect(server.log.text()).not.toContain('open sesame');
  });

  test('its subject may be an admin', async () => {
    const server = await serve(
      { 'semwire.config.mjs': "export const checkAuth = () => ({ securityContext: {}, subject: 'root' })" },
      { SEMWIRE_ADMINS: 'root' },
    );
    await signInTo(server, { password: 'x' });
    expect(server.sessions()[0]?.identity.admin).toBe(true);
  });

  test('the session ends when it says', async () => {
    const server = await semwire(
      `(user) => ({ securityContext: { tenant: 'red' }, groups: ['seller'], expiresAt: Date.now() / 1000 + 1.5 })`,
    );
    const session = await signInTo(server, { password: 'x' });
    expect(await session.ask('SELECT count(*) FROM sales')).toEqual(['2']);
    await new Promise((resolve) => setTimeout(resolve, 1_600));
    expect(await session.refusal('SELECT count(*) FROM sales')).toBe('28000 the token has expired');
  });

  test.each([
    ['throws', '() => { throw new Error("no") }'],
    ['rejects', 'async () => { throw new Error("no") }'],
    ['throws what is no error', '() => { throw undefined }'],
    ['answers nothing', '() => {}'],
    ['answers null', '() => null'],
    ['answers true', '() => true'],
    ['forgets the security context', '() => ({ subject: "a" })'],
    ['has a list for it', '() => ({ securityContext: [] })'],
    ['has a text for it', '() => ({ securityContext: "a" })'],
    ['has something in it that is no claim', '() => ({ securityContext: { when: new Date() } })'],
    ['has a function in it', '() => ({ securityContext: { f: () => 1 } })'],
    ['has a subject that is no name', '() => ({ securityContext: {}, subject: 7 })'],
    ['has groups that are no list', '() => ({ securityContext: {}, groups: "seller" })'],
    ['is over already', '() => ({ securityContext: {}, expiresAt: 1 })'],
    ['is over by the token that it read', '() => ({ securityContext: { exp: 1 } })'],
    ['has an end that is none', '() => ({ securityContext: {}, expiresAt: "tomorrow" })'],
    ['lets contextToGroups fail', '() => ({ securityContext: {} }); export const contextToGroups = () => "seller"'],
  ])('that %s refuses', async (_, checkAuth) => {
    expect(await refused(await semwire(checkAuth), { password: 'x' })).toBe(WRONG);
  });

  test('that never answers refuses after 5 seconds', async () => {
    const server = await semwire('() => new Promise(() => {})');
    expect(await refused(server, { password: 'x' })).toBe(WRONG);
    expect(server.log.text()).toContain('checkAuth: no answer within 5 s');
  });

  test('in whose words the token stands: the log has it not (D22)', async () => {
    const server = await semwire("(user, password) => { throw new Error('jwt malformed: ' + password); }");
    const secret = await token();
    expect(await refused(server, { user: secret.slice(0, 60), password: secret })).toMatch(/28P01/);
    expect(server.log.text()).toContain('jwt malformed: [token]');
    for (const part of secret.split('.')) expect(server.log.text()).not.toContain(part.slice(0, 40));
  });

  test('keeps no hold on the context that it gave', async () => {
    const server = await semwire(
      `(() => { const shared = { tenant: 'red' }; let calls = 0;
        return () => { calls++; if (calls > 1) shared.tenant = 'blue'; return { securityContext: shared, groups: ['seller'] }; };
      })()`,
    );
    const first = await signInTo(server, { password: 'x' });
    const second = await signInTo(server, { password: 'x' });
    expect(await first.ask('SELECT count(*) FROM sales')).toEqual(['2']);
    expect(await second.ask('SELECT count(*) FROM sales')).toEqual(['3']);
  });
});

describe('contextToGroups', () => {
  test('stands in for the claims', async () => {
    const server = await tenants.serve({
      SEMWIRE_MODEL: folderWith({
        'semwire.config.mjs':
          "export const contextToGroups = ({ securityContext }) => [securityContext.job === 'boss' ? 'chief' : 'seller'];",
      }),
    });
    const boss = await signInTo(server, { password: await token({ tenant: 'red', job: 'boss', groups: ['seller'] }) });
    expect(await boss.ask('SELECT count(*) FROM sales')).toEqual(['5']);
    const red = await signInTo(server, { password: await token({ tenant: 'red', groups: ['chief'] }) });
    expect(await red.ask('SELECT count(*) FROM sales')).toEqual(['2']);
  });

  test('of a namespace reads what is in it, and filters around it are not lost', async () => {
    const config = await loadConfig({
      env: {
        SEMWIRE_JWT_SECRET: 'x'.repeat(32),
        SEMWIRE_JWT_CLAIMS_NAMESPACE: 'https://semwire/claims',
      },
    });
    const claims = { 'https://semwire/claims': { tenant: 'red', filters: [1] }, filters: [{ member: 'a.b' }] };
    const signed = await new SignJWT({ ...claims, exp: seconds() + 60 })
      .setProtectedHeader({ alg: 'HS256' })
      .sign(Buffer.from('x'.repeat(32)));
    const { context } = await createAuthenticator(config).authenticate('a', signed);
    expect({ ...context }).toMatchObject({ tenant: 'red', filters: [1, { member: 'a.b' }] });
    expect(Object.getPrototypeOf(context)).toBeNull();
  });
});

describe('cube.js', () => {
  test('checkSqlAuth as in Cube’s documentation: the password that it answers must be the client’s', async () => {
    const server = await cube(`module.exports = {
      checkSqlAuth: async (req, username, password) => {
        if (username === 'red') {
          return { password: 'mypassword', securityContext: { tenant: 'red', groups: ['seller'] } };
        }
        throw new Error('Incorrect user name or password');
      },
    };`);
    const red = await signInTo(server, { user: 'red', password: 'mypassword' });
    expect(await red.ask('SELECT count(*) FROM sales')).toEqual(['2']);
    expect(server.sessions()[0]?.identity.subject).toBe('red');
    expect(await refused(server, { user: 'red', password: 'mypasswort' })).toMatch(/28P01/);
    expect(await refused(server, { user: 'blue', password: 'mypassword' })).toMatch(/28P01/);
  });

  test('checkSqlAuth without a password must say that none is needed', async () => {
    const answer = (more: string) => `exports.checkSqlAuth = () => ({ securityContext: {} ${more} });`;
    expect(await refused(await cube(answer('')), { password: 'x' })).toBe(WRONG);
    expect(await refused(await cube(answer(', password: null')), { password: 'x' })).toBe(WRONG);
    expect(await refused(await cube(answer(', skipPasswordCheck: true')), { password: 'x' })).toBe('let in');
  });

  test.each([['req.securityContext = c'], ['req.authInfo = c'], ['return { security_context: c }']])(
    'checkAuth by %s',
    async (how) => {
      const server = await cube(
        `module.exports = { checkAuth: (req, auth) => { const c = { tenant: auth, groups: ['seller'] }; ${how}; } };`,
      );
      const blue = await signInTo(server, { password: 'blue' });
      expect(await blue.ask('SELECT count(*) FROM sales')).toEqual(['3']);
    },
  );

  test('checkAuth that says nothing lets nobody in', async () => {
    expect(await refused(await cube('module.exports = { checkAuth: (req, auth) => {} };'), { password: 'x' })).toBe(
      WRONG,
    );
  });
});

/** https://cube.dev/docs/security/context, "Custom authentication", as written; what it requires stands beside it. */
const COGNITO = `
const { jwt, _, jwkToPem } = require('./requires.cjs');

module.exports = {
  checkAuth: async (req, auth) => {
    // Replace \`region\` and \`userPoolId\` with your own
    const jwks = await fetch(
      'KEY_SET'
    ).then((r) => r.json());
    const decoded = jwt.decode(auth, { complete: true });
    const jwk = _.find(jwks.keys, (x) => x.kid === decoded.header.kid);
    const pem = jwkToPem(jwk);
    req.securityContext = jwt.verify(auth, pem);
  },
};
`;
const REQUIRES = `
const { createPublicKey, verify } = require('node:crypto');
const part = (token, i) => JSON.parse(Buffer.from(token.split('.')[i], 'base64url').toString());
exports._ = { find: (list, test) => list.find(test) };
exports.jwkToPem = (jwk) => createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
exports.jwt = {
  decode: (token) => ({ header: part(token, 0), payload: part(token, 1) }),
  verify: (token, pem) => {
    const [head, body, signature] = token.split('.');
    const good = verify('sha256', Buffer.from(head + '.' + body), pem, Buffer.from(signature, 'base64url'));
    if (!good) throw new Error('invalid signature');
    const payload = part(token, 1);
    if (payload.exp * 1000 < Date.now()) throw new Error('jwt expired');
    return payload;
  },
};
`;

describe('the example of Cube’s documentation, against a key set over HTTP', () => {
  const pair = (): { publicKey: KeyObject; privateKey: KeyObject } =>
    generateKeyPairSync('rsa', { modulusLength: 2048 });
  const [first, second] = [pair(), pair()];
  let keySet: Server;
  let server: TestServer;
  let keys: object[];
  const jwk = (key: KeyObject, kid: string): object => ({
    ...createPublicKey(key.export({ type: 'spki', format: 'pem' })).export({ format: 'jwk' }),
    kid,
  });
  const signed = (key: KeyObject, kid: string, claims: object = {}): Promise<string> =>
    new SignJWT({ tenant: 'red', groups: ['seller'], exp: seconds() + 60, ...claims })
      .setProtectedHeader({ alg: 'RS256', kid })
      .sign(key);

  beforeEach(async () => {
    keys = [jwk(first.publicKey, 'one')];
    keySet = createServer((_, response) => response.end(JSON.stringify({ keys })));
    await new Promise<void>((resolve) => keySet.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(keySet.address() as AddressInfo).port}/jwks.json`;
    server = await serve({ 'cube.js': COGNITO.replace('KEY_SET', url), 'requires.cjs': REQUIRES });
  });
  afterEach(() => keySet.close());

  test('lets in whom a key of the set has signed for, and nobody else', async () => {
    const session = await signInTo(server, { password: await signed(first.privateKey, 'one') });
    expect(await session.ask('SELECT count(*) FROM sales')).toEqual(['2']);
    expect(await refused(server, { password: await signed(second.privateKey, 'one') })).toBe(WRONG);
    expect(await refused(server, { password: await signed(second.privateKey, 'two') })).toBe(WRONG);
    expect(await refused(server, { password: await signed(first.privateKey, 'one', { exp: 1 }) })).toBe(WRONG);
    expect(await refused(server, { password: 'no token' })).toBe(WRONG);
    keys = [jwk(second.publicKey, 'two')];
    expect(await refused(server, { password: await signed(first.privateKey, 'one') })).toBe(WRONG);
    await signInTo(server, { password: await signed(second.privateKey, 'two') });
  });

  test('a session lives no longer than the token that the hook read', async () => {
    const exp = seconds() + 30;
    await signInTo(server, { password: await signed(first.privateKey, 'one', { exp }) });
    expect(server.sessions()[0]?.identity.expiresAt).toBe(exp);
  });
});
