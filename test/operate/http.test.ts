/** What the HTTP port answers, and to whom (contract, section 2). */
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { token } from '../session/serve.ts';
import { leaveAll, openTenants, refused, signInTo, type Tenants } from '../session/tenants.ts';
import { closeHttp, type OperatedServer, operate } from './operated.ts';

const KEY = 'an API key of 16 bytes or more';
const TLS = fileURLToPath(new URL('../fixtures/tls', import.meta.url));

let tenants: Tenants;
let operated: OperatedServer;
beforeAll(async () => {
  tenants = await openTenants();
  operated = await operate(tenants, { SEMWIRE_TOKEN_API_KEY: KEY });
});
afterEach(leaveAll);
afterAll(async () => {
  await closeHttp();
  await tenants?.close();
});

async function answer(path: string, init?: RequestInit): Promise<string> {
  const response = await operated.get(path, init);
  return `${response.status} ${(await response.text()).trim()}`;
}

describe('probes', () => {
  test('alive, and ready while the warehouse answers', async () => {
    expect(await answer('/livez')).toBe('200 ok');
    expect(await answer('/readyz')).toBe('200 ready');
  });

  test('not ready without the warehouse, nor while shutting down, but alive', async () => {
    const other = await operate(tenants);
    other.state.warehouse = false;
    expect((await other.get('/readyz')).status).toBe(503);
    expect((await other.get('/livez')).status).toBe(200);
    const leaving = await operate(tenants);
    leaving.state.draining = true;
    expect((await leaving.get('/readyz')).status).toBe(503);
    expect((await leaving.get('/livez')).status).toBe(200);
  });

  test('HEAD as GET, nothing else, and nothing else is there', async () => {
    expect(await answer('/livez', { method: 'HEAD' })).toBe('200 ');
    const post = await operated.get('/livez', { method: 'POST' });
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET']);
    for (const path of ['/', '/livez/', '/LIVEZ', '/api/v1/security-token/..', '/%6civez']) {
      expect(await answer(path)).toBe('404 not found');
    }
  });
});

describe('numbers', () => {
  const value = (text: string, name: string): number =>
    Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${name} `))
        ?.split(' ')
        .at(-1) ?? Number.NaN,
    );
  const scrape = async (): Promise<string> => (await operated.get('/metrics')).text();

  test('every line is of the format, and each metric is explained', async () => {
    const response = await operated.get('/metrics');
    expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    const lines = (await response.text()).split('\n').filter((line) => line !== '');
    const sample = /^([a-z_]+)(\{[a-z_]+="[^"\\\n]*"(,[a-z_]+="[^"\\\n]*")*\})? (-?[0-9.e+-]+|\+Inf|NaN)$/;
    const types = new Set(
      lines.flatMap((line) => /^# TYPE ([a-z_]+) (?:gauge|counter|histogram)$/.exec(line)?.[1] ?? []),
    );
    for (const line of lines.filter((one) => !one.startsWith('#'))) {
      const name = sample.exec(line)?.[1] ?? `no sample: ${line}`;
      expect([...types]).toContain(name.replace(/_(bucket|sum|count)$/, ''));
    }
    expect(lines.filter((line) => line.startsWith('# HELP'))).toHaveLength(types.size);
  });

  test('count what happens', async () => {
    const before = await scrape();
    const session = await signInTo(operated.server, { password: await token({ tenant: 'red', groups: ['seller'] }) });
    await session.ask('SELECT id FROM sales');
    await session.ask('SELECT id FROM sales');
    await session.refusal('SELECT nothing FROM sales');
    await session.refusal('SET ROLE nobody');
    await refused(operated.server, { password: 'wrong' });
    const after = await scrape();
    const grown = (name: string): number => value(after, name) - (value(before, name) || 0);
    expect(grown('semwire_sign_ins_total{outcome="ok"}')).toBe(1);
    expect(grown('semwire_sign_ins_total{outcome="refused"}')).toBe(1);
    expect(grown('semwire_statements_total{outcome="ok",sqlstate_class="00"}')).toBe(2);
    expect(grown('semwire_statements_total{outcome="refused",sqlstate_class="42"}')).toBe(2);
    expect(grown('semwire_user_switches_total{outcome="refused"}')).toBe(1);
    expect(grown('semwire_rows_total')).toBe(4);
    expect(grown('semwire_statement_seconds_count')).toBe(4);
    expect(grown('semwire_statement_seconds_bucket{le="+Inf"}')).toBe(4);
    expect(grown('semwire_plan_cache_misses_total')).toBe(2);
    expect(grown('semwire_plan_cache_hits_total')).toBeGreaterThanOrEqual(1);
    expect(value(after, 'semwire_connections')).toBe(1);
    expect(value(after, 'semwire_warehouse_connections_max')).toBe(4);
    expect(value(after, 'semwire_warehouse_connections_open')).toBeGreaterThanOrEqual(1);
  });

  test('hold nothing of anybody: no name, no token, no statement (D22)', async () => {
    const password = await token({ sub: 'canary-subject', tenant: 'red', groups: ['seller'] });
    const session = await signInTo(operated.server, { user: 'canary-user', password });
    await session.refusal("SELECT 'canary-literal' AS canary_alias FROM canary_table");
    await refused(operated.server, { user: 'canary-user', password: 'canary-password' });
    const text = await scrape();
    expect(text).not.toMatch(/canary/);
    for (const part of password.split('.')) expect(text).not.toContain(part);
  });
});

describe('signing tokens', () => {
  const post = async (
    body: unknown,
    key: string | undefined = KEY,
  ): Promise<{ status: number; body: { token?: string; errorMessage?: string } }> => {
    const response = await operated.get('/api/v1/security-token', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(key !== '' && { authorization: `Bearer ${key}` }) },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    return { status: response.status, body: JSON.parse(await response.text()) };
  };

  test('one signs in, as whom and for as long as was said', async () => {
    const { status, body } = await post({
      embeddableId: '8a1b',
      securityContext: { tenant: 'blue', account: 1 },
      user: 'ann@example.com',
      roles: ['seller'],
      environment: 'default',
      expiryInSeconds: 90,
    });
    expect(status).toBe(200);
    const signed = body.token ?? '';
    expect(decodeProtectedHeader(signed)).toEqual({ alg: 'HS256', typ: 'JWT' });
    const { iat = 0, exp = 0, ...claims } = decodeJwt(signed);
    expect(exp - iat).toBe(90);
    expect(claims).toEqual({ tenant: 'blue', account: 1, groups: ['seller'], sub: 'ann@example.com' });
    const session = await signInTo(operated.server, { password: signed });
    expect(await session.ask('SELECT count(*) FROM sales')).toEqual(['3']);
    expect(operated.auditText()).not.toContain(signed.split('.')[2]);
  });

  test('filters become the claim of that name', async () => {
    const filters = [{ member: 'sales.region', operator: 'equals', values: ['north'] }];
    const { body } = await post({ securityContext: { tenant: 'blue' }, filters });
    expect(decodeJwt(body.token ?? '').filters).toEqual(filters);
    expect(decodeJwt((await post({})).body.token ?? '')).toEqual({ iat: expect.any(Number), exp: expect.any(Number) });
  });

  test('whole numbers of any length stay what they are', async () => {
    const { body } = await post('{"securityContext":{"account":9007199254740993}}');
    expect(Buffer.from(body.token?.split('.')[1] ?? '', 'base64url').toString()).toContain(
      '"account":9007199254740993',
    );
  });

  test.each([
    ['another key', `${KEY}x`],
    ['half of it', KEY.slice(0, 8)],
    ['no key', ''],
  ])('not with %s', async (_, key) => {
    expect(await post({ securityContext: {} }, key)).toEqual({
      status: 401,
      body: { errorMessage: 'the API key is missing or wrong' },
    });
  });

  test('the key is a bearer’s', async () => {
    const basic = { authorization: `Basic ${Buffer.from(`user:${KEY}`).toString('base64')}` };
    const response = await operated.get('/api/v1/security-token', { method: 'POST', headers: basic, body: '{}' });
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
  });

  test.each<[string, unknown, RegExp]>([
    ['no JSON', '{', /no JSON/],
    ['no object', '[]', /must be a JSON object/],
    ['a member twice', '{"user":"a","user":"b"}', /duplicate/],
    ['a misspelt key', { filter: [] }, /unknown key "filter"/],
    ['a context that is a list', { securityContext: [{ tenant: 'red' }] }, /"securityContext" must be an object/],
    ['a user that is a number', { user: 1 }, /"user" must be a text/],
    ['roles that are a text', { roles: 'seller' }, /"roles" must be a list/],
    ['filters that are an object', { filters: {} }, /"filters" must be a list/],
    ['filters in two places', { securityContext: { filters: [] }, filters: [] }, /"filters" already/],
    ['no time at all', { expiryInSeconds: 0 }, /whole number/],
    ['half a second', { expiryInSeconds: 0.5 }, /whole number/],
    ['a time as text', { expiryInSeconds: '90' }, /whole number/],
    ['too long a time', { expiryInSeconds: 32 * 86_400 }, /at most 2678400/],
    ['too large a context', { securityContext: { text: 'x'.repeat(20_000) } }, /16 KiB/],
  ])('refuses %s', async (_, body, message) => {
    const refusal = await post(body);
    expect(refusal.status).toBe(400);
    expect(refusal.body.errorMessage).toMatch(message);
  });

  test('a body past the limit is not read to its end', async () => {
    expect((await post({ securityContext: { text: 'x'.repeat(70_000) } })).status).toBe(413);
  });

  test('without an API key there is no such path', async () => {
    const other = await operate(tenants);
    const response = await other.get('/api/v1/security-token', { method: 'POST', body: '{}' });
    expect(response.status).toBe(404);
  });
});

describe('the connection', () => {
  test('what is no HTTP is dropped, and the next is answered', async () => {
    const socket = connect(operated.http.address.port, '127.0.0.1');
    const closed = new Promise<string>((resolve) => {
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk;
      });
      socket.on('close', () => resolve(text));
    });
    socket.end(Buffer.from([0x16, 0x03, 0x01, 0x00, 0x05, 1, 2, 3, 4, 5]));
    expect(await closed).toMatch(/^HTTP\/1\.1 400 /);
    expect(await answer('/livez')).toBe('200 ok');
  });

  test('where TLS is required it is HTTPS, and with a CA who shows no certificate gets no answer', async () => {
    const tls = {
      SEMWIRE_TLS: 'require',
      SEMWIRE_TLS_CERT: join(TLS, 'server.crt'),
      SEMWIRE_TLS_KEY: join(TLS, 'server.key'),
    };
    const file = (name: string): string => readFileSync(join(TLS, name), 'utf8');
    const ask = (port: number, own: object): Promise<number | string | undefined> =>
      new Promise((resolve) => {
        const options = {
          host: '127.0.0.1',
          port,
          path: '/livez',
          ca: file('ca.crt'),
          servername: 'localhost',
          agent: false,
        };
        request({ ...options, ...own }, (response) => {
          response.resume();
          resolve(response.statusCode);
        })
          .on('error', () => resolve('no answer'))
          .end();
      });
    const own = { cert: file('client.crt'), key: file('client.key') };
    const plain = await operate(tenants, tls);
    expect(await ask(plain.http.address.port, {})).toBe(200);
    await expect(plain.get('/livez')).rejects.toThrow();
    const certified = await operate(tenants, { ...tls, SEMWIRE_TLS_CA: join(TLS, 'ca.crt') });
    expect(await ask(certified.http.address.port, own)).toBe(200);
    expect(await ask(certified.http.address.port, {})).toBe('no answer');
  });
});
