/** `semwire token`: one signed JWT on stdout, or a reason on stderr. */
import { createHmac } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Environment, emptyFolder, run, SECRET, TICKETS } from './run.ts';

const ENV: Environment = { ...TICKETS, SEMWIRE_JWT_SECRET: SECRET };

async function token(args: readonly string[], env = ENV): Promise<string> {
  const { code, stdout, stderr } = await run(['token', ...args], env);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
  return stdout.trim();
}

/** The payload as it was written: JSON.parse would round its numbers. */
function payload(jwt: string): string {
  return Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString();
}

function claims(jwt: string): Record<string, unknown> {
  return JSON.parse(payload(jwt));
}

async function refused(args: readonly string[], env = ENV) {
  const { code, stdout, stderr } = await run(['token', ...args], env);
  expect(stdout).toBe('');
  return { code, stderr: stderr.trim() };
}

describe('a token', () => {
  test('of a persona holds its context, its roles as groups, and is signed with the secret', async () => {
    const jwt = await token(['--persona', 'agent', '--ttl', '30min']);
    const { iat, exp, ...rest } = claims(jwt);
    expect(rest).toMatchObject({ sub: 'ann', groups: ['agent'] });
    expect(Number(exp) - Number(iat)).toBe(1800);
    const [header, body, signature] = jwt.split('.');
    expect(createHmac('sha256', SECRET).update(`${header}.${body}`).digest('base64url')).toBe(signature);
  });

  test('of a persona with a blank in its name holds the filters as the claim of that name', async () => {
    const folder = emptyFolder();
    const personas = `
- name: Acme Corp
  securityContext: { orgId: acme }
  roles: [clerk]
  filters: [{ member: tickets.status, operator: equals, values: [open] }]
  environment: default
`;
    writeFileSync(join(folder, 'security-contexts.sc.yml'), personas);
    const { iat, exp, ...rest } = claims(await token(['--persona', 'Acme Corp', '--model', folder]));
    expect(rest).toEqual({
      sub: 'Acme Corp',
      orgId: 'acme',
      groups: ['clerk'],
      filters: [{ member: 'tickets.status', operator: 'equals', values: ['open'] }],
    });
  });

  test('keeps whole numbers beyond 2^53 as they were written, in personas and in --context', async () => {
    expect(payload(await token(['--persona', 'agent']))).toContain('"tenant":9007199254740993,');
    const context = '{"tenant": 9007199254740993, "more": [{"n": -123456789012345678901234567890}]}';
    const written = payload(await token(['--context', context]));
    expect(written).toContain('"tenant":9007199254740993,"more":[{"n":-123456789012345678901234567890}]');
  });

  test('has the persona as its subject when the context names none', async () => {
    expect(claims(await token(['--persona', 'visitor'])).sub).toBe('visitor');
    expect(claims(await token(['--context', '{"tenant": 2}']))).not.toHaveProperty('sub');
  });

  test('takes its subject, and the claim that the user must equal, from --user', async () => {
    const env = { ...ENV, SEMWIRE_JWT_USER_CLAIM: 'email' };
    const jwt = await token(['--persona', 'agent', '--user', 'bob'], env);
    expect(claims(jwt)).toMatchObject({ sub: 'bob', email: 'bob' });
  });

  test('carries what the configuration asks for', async () => {
    const env = { ...ENV, SEMWIRE_JWT_ISSUER: 'desk', SEMWIRE_JWT_AUDIENCE: 'x,y', SEMWIRE_JWT_CLAIMS_NAMESPACE: 'ns' };
    const jwt = await token(['--context', '{"tenant": 2, "sub": "ann"}'], env);
    expect(claims(jwt)).toMatchObject({ iss: 'desk', aud: 'x', sub: 'ann', ns: { tenant: 2 } });
  });

  test('is signed with a secret that is made, for the owner alone, when nobody set one', async () => {
    const folder = emptyFolder();
    const { code, stdout } = await run(['token', '--context', '{}'], TICKETS, folder);
    expect(code).toBe(0);
    const file = join(folder, '.semwire/jwt-secret');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const [header, body, signature] = stdout.trim().split('.');
    const secret = readFileSync(file, 'utf8').trim();
    expect(createHmac('sha256', secret).update(`${header}.${body}`).digest('base64url')).toBe(signature);
  });
});

describe('no token', () => {
  test.each([
    ['without a context', [], 'give --persona NAME or --context JSON'],
    ['for two contexts', ['--persona', 'agent', '--context', '{}'], 'give --context or --persona, not both'],
    ['for a list', ['--context', '["agent"]'], '--context must be a JSON object'],
    ['for half an object', ['--context', '{"tenant": 2'], '--context is not the JSON of a token'],
    ['for a claim given twice', ['--context', '{"a": 1, "a": 2}'], 'a duplicate member name'],
    ['for a stranger', ['--persona', 'agnet'], 'there is no persona "agnet"; the model has agent, visitor'],
    ['for no duration', ['--persona', 'agent', '--ttl', 'long'], '--ttl must be a duration such as 60s, 1h or 31d'],
    ['without an end', ['--persona', 'agent', '--ttl', '0'], '--ttl must be a second or longer'],
    ['that lasts too long', ['--persona', 'agent', '--ttl', '32d'], 'is longer than SEMWIRE_JWT_MAX_TTL'],
    ['for an unknown option', ['--role', 'agent'], "Unknown option '--role'"],
    ['for a word too many', ['--persona', 'agent', 'visitor'], 'unexpected argument "visitor"'],
  ])('%s', async (_, args, reason) => {
    const { code, stderr } = await refused(args);
    expect(stderr).toContain(reason);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(code).toBe(2);
  });

  test('that the server would refuse', async () => {
    const env = { ...ENV, SEMWIRE_JWT_REQUIRE: 'token_use=access' };
    expect(await refused(['--persona', 'agent'], env)).toEqual({
      code: 1,
      stderr: 'semwire: the server would refuse this token: "token_use" is not the required value',
    });
  });

  test('that no user could sign in with', async () => {
    const { code, stderr } = await refused(['--persona', 'agent'], { ...ENV, SEMWIRE_JWT_USER_CLAIM: 'email' });
    expect(stderr).toContain('SEMWIRE_JWT_USER_CLAIM asks for "email"');
    expect(code).toBe(1);
  });

  test('of personas that cannot be read', async () => {
    const { code, stderr } = await refused(['--persona', 'agent'], { ...ENV, SEMWIRE_MODEL: '/nonexistent' });
    expect(stderr).toContain('the model has none');
    expect(code).toBe(2);
  });
});
