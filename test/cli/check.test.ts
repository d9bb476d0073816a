/** `semwire check`: what is wrong with a model, where, and what a token is good for. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { emptyFolder, MODELS, run, SECRET, TICKETS } from './run.ts';

const ENV = { ...TICKETS, SEMWIRE_JWT_SECRET: SECRET };

function modelOf(files: Readonly<Record<string, string>>): string {
  const folder = join(emptyFolder(), 'model');
  mkdirSync(folder);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

describe('a model', () => {
  test('without problems, and without a key of any kind', async () => {
    const { code, stdout, stderr } = await run(['check'], TICKETS);
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '1 cube, 1 view: no problems\n', stderr: '' });
  });

  test('of the demo has no problems', async () => {
    const demo = fileURLToPath(new URL('../../model', import.meta.url));
    const { code, stdout } = await run(['check', '--model', demo]);
    expect(stdout).toMatch(/^\d+ cubes, \d+ views: no problems\n$/);
    expect(code).toBe(0);
  });

  test('with errors: each with file, line and column', async () => {
    const model = modelOf({ 'a.yml': 'cubes:\n  - name: a\n    sqll: SELECT 1\n', 'b.yml': 'cubes: 7\n' });
    const { code, stdout } = await run(['check', '--model', model]);
    const lines = stdout.trim().split('\n');
    expect(lines).toContainEqual(expect.stringMatching(/^a\.yml:3:5: error: unknown key "sqll"/));
    expect(lines).toContainEqual(expect.stringMatching(/^b\.yml:1:\d+: error: /));
    expect(code).toBe(1);
  });

  test('with a warning is fine', async () => {
    const cube = 'cubes:\n  - name: a\n    sql: SELECT 1 AS id\n    refresh_key: {every: 1 hour}\n';
    const dimension = '    dimensions:\n      - {name: id, sql: id, type: number, primary_key: true}\n';
    const { code, stdout } = await run(['check', '--model', modelOf({ 'a.yml': cube + dimension })]);
    expect(stdout).toMatch(/^a\.yml:4:5: warning: .*\n1 cube, 0 views: 1 warning\n$/);
    expect(code).toBe(0);
  });

  test('whose SQL the warehouse refuses', async () => {
    const { code, stdout } = await run(['check', '--model', join(MODELS, 'tickets-refused')], TICKETS);
    expect(stdout).toMatch(/^tickets\.yml:\d+:\d+: error: the warehouse refuses the SQL of "priority": /);
    expect(stdout).toContain('1 cube, 0 views: 1 error');
    expect(code).toBe(1);
  });

  test('whose personas are wrong', async () => {
    const model = modelOf({
      'a.yml': 'cubes:\n  - name: a\n    sql: SELECT 1 AS id\n    dimensions: [{name: id, sql: id, type: number}]\n',
      'security-contexts.sc.yml': '- securityContext: {tenant: 1}\n',
    });
    const { code, stdout } = await run(['check', '--model', model]);
    expect(stdout).toContain('security-contexts.sc.yml:1:3: error: a persona needs a name');
    expect(code).toBe(1);
  });

  test.each([
    ['access/rights.json', 'invalid JSON: the file is empty'],
    ['cube.py', 'is not supported yet'],
  ])('whose %s cannot be read: neither checked nor served', async (file, reason) => {
    const model = modelOf({
      'a.yml': 'cubes:\n  - name: a\n    sql: SELECT 1 AS id\n    dimensions: [{name: id, sql: id, type: number}]\n',
    });
    mkdirSync(join(model, 'access'));
    writeFileSync(join(model, file), '');
    const problem = `${file}:1:1: error: ${reason}`;
    const checked = await run(['check', '--model', model]);
    expect(checked.stdout).toContain(problem);
    expect(checked.code).toBe(1);
    const served = await run(['serve', '--port', '0', '--model', model]);
    expect(served.stderr).toContain(problem);
    expect(served.code).toBe(1);
  });

  test('is checked as far as it goes when no warehouse answers', async () => {
    const { code, stdout, stderr } = await run(['check', '--warehouse-url', 'postgres://a@127.0.0.1:1/a'], TICKETS);
    expect(stdout).toBe('1 cube, 1 view: no problems\n');
    expect(stderr).toContain('warning: the warehouse was not asked');
    expect(code).toBe(0);
  });

  test('that is not there', async () => {
    const { code, stdout } = await run(['check', '--model', '/nonexistent']);
    expect(stdout).toContain('the model folder cannot be read (ENOENT)');
    expect(code).toBe(1);
  });
});

describe('a token', () => {
  async function tokenOf(...args: string[]): Promise<string> {
    return (await run(['token', ...args], ENV)).stdout.trim();
  }

  test('that is good: whose it is, and what it sees', async () => {
    const token = await tokenOf('--persona', 'visitor');
    const { code, stdout } = await run(['check', '--token', token], ENV);
    const [first, ...lines] = stdout.trim().split('\n');
    expect(first).toBe('token accepted');
    expect(lines.filter((line) => !line.startsWith('expires'))).toEqual([
      'subject: visitor',
      'groups: visitor',
      'tables:',
      expect.stringMatching(/^ {2}desk: 2 columns; policies desk\[1\] for visitor, /),
    ]);
    expect(stdout).toMatch(/^expires: \d{4}-\d\d-\d\dT/m);
    expect(code).toBe(0);
  });

  test('that lacks a claim: which table it cannot read', async () => {
    const token = await tokenOf('--context', '{"groups": ["agent"]}');
    const { code, stdout } = await run(['check', '--token', token], ENV);
    expect(stdout).toContain('  desk: refused, security context lacks "tenant"');
    expect(code).toBe(0);
  });

  test('of another secret: the reason that its bearer is not told', async () => {
    const token = await tokenOf('--persona', 'agent');
    const other = { ...ENV, SEMWIRE_JWT_SECRET: SECRET.replace('a', 'b') };
    const { code, stdout } = await run(['check', '--token', token], other);
    expect({ code, stdout }).toEqual({ code: 1, stdout: 'token refused: no key verifies its signature\n' });
  });

  test('that is none', async () => {
    const { code, stdout } = await run(['check', '--token', 'hello'], ENV);
    expect({ code, stdout }).toEqual({ code: 1, stdout: 'token refused: not a compact JWS\n' });
  });

  test('cannot be checked without a key', async () => {
    const { code, stderr } = await run(['check', '--token', 'hello'], TICKETS);
    expect(stderr).toContain('set SEMWIRE_JWT_SECRET, SEMWIRE_JWT_KEY or SEMWIRE_JWT_JWKS_URL');
    expect(code).toBe(2);
  });
});
