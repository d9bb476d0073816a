/** Commands over models that depend on the security context. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { emptyFolder, MODELS, run, SECRET } from './run.ts';

function served(name: string): Readonly<Record<string, string>> {
  return { SEMWIRE_MODEL: join(MODELS, name), SEMWIRE_WAREHOUSE_INIT: join(MODELS, name, 'seed.sql') };
}

function modelOf(files: Readonly<Record<string, string>>): string {
  const folder = join(emptyFolder(), 'model');
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

const CUBE = 'cubes:\n  - name: a\n    sql: SELECT 1 AS id WHERE 1 = {{ COMPILE_CONTEXT.securityContext.n }}\n';
const DIMENSION = '    dimensions: [{name: id, sql: id, type: number, primary_key: true, public: true}]\n';
const PERSONAS = '- {name: one, securityContext: {n: 1}}\n- {name: other, securityContext: {m: 1}}\n';

describe('check', () => {
  test.each(['sql-security', 'schema-per-tenant'])('as every persona: %s', async (name) => {
    const { code, stdout } = await run(['check'], served(name));
    expect(stdout).toMatch(/^\d cubes, 0 views: no problems\n$/);
    expect(code).toBe(0);
  });

  test('tells what is not there, and why', async () => {
    const { code, stdout } = await run(['check'], served('dynamic-public'));
    expect(stdout).toMatch(
      /^views\/customers\.yml:\d+:11: warning: "unusable" is not there: function "broken" of the model failed\n/,
    );
    expect(stdout).not.toContain('secret');
    expect(code).toBe(0);
  });

  test('names the personas that a problem is of', async () => {
    const model = modelOf({ 'a.yml': `${CUBE}${DIMENSION}`, 'security-contexts.sc.yml': PERSONAS });
    const { code, stdout } = await run(['check', '--model', model]);
    expect(stdout).toBe(
      'a.yml:2:11: warning: "a" is not there: security context lacks "n" (as other)\n1 cube, 0 views: 1 warning\n',
    );
    expect(code).toBe(0);
  });

  test('finds what is wrong with what a template renders, where it was written', async () => {
    const loop = 'cubes:\n{% for name in ["a", "b"] %}\n  - name: {{ name }}\n    sqll: SELECT 1\n{% endfor %}\n';
    const whose = '# { COMPILE_CONTEXT.securityContext.n }\n';
    for (const text of [loop, `${whose}${loop}`]) {
      const { code, stdout } = await run(['check', '--model', modelOf({ 'a.yml': text })]);
      expect(stdout).toMatch(/^a\.yml:[45]:5: error: unknown key "sqll" \(did you mean "sql"\?\)\n/);
      expect(code).toBe(1);
    }
  });

  test('finds what is wrong with a template before anybody asks', async () => {
    const text = `${CUBE}${DIMENSION}    title: "{{ COMPILE_CONTEXT.securityContext.n | uper }}"\n`;
    const model = modelOf({ 'a.yml': text });
    const { code, stdout } = await run(['check', '--model', model]);
    expect(stdout).toBe('a.yml:5:52: error: unknown filter "uper"\n');
    expect(code).toBe(1);
    const serving = await run(['serve', '--port', '0', '--model', model]);
    expect(serving.stderr).toContain('a.yml:5:52: error: unknown filter "uper"');
    expect(serving.code).toBe(1);
  });

  test('says of a token what it cannot see', async () => {
    const env = { ...served('sql-security'), SEMWIRE_JWT_SECRET: SECRET };
    const token = (await run(['token', '--context', '{"orgId": "globex"}'], env)).stdout.trim();
    const { stdout } = await run(['check', '--token', token], env);
    expect(stdout).toContain('  customers: 3 columns\n');
    expect(stdout).toContain('  orders: refused, security context lacks "userId"\n');
  });
});

describe('explain', () => {
  test('shows the SQL of a persona', async () => {
    const { code, stdout } = await run(
      ['explain', '--persona', 'Globex', 'SELECT count(*) FROM orders'],
      served('sql-security'),
    );
    expect(stdout).toContain("WHERE org_id = 'globex'");
    expect(stdout).toMatch(/AND user_id = +99/);
    expect(code).toBe(0);
  });

  test('binds what SECURITY_CONTEXT compares with', async () => {
    const { stdout } = await run(
      ['explain', '--context', '{"user_id": [42, 43]}', 'SELECT id FROM orders'],
      served('security-context'),
    );
    expect(stdout).toMatch(/\(\(user_id\) IN \(\$p1, \$p2\)\)/);
    expect(stdout).toMatch(/1 = '42' \(text\)\n\$p?2 = '43' \(text\)/);
  });

  test('is refused without the claim', async () => {
    const { code, stderr } = await run(['explain', 'SELECT id FROM orders'], served('sql-security'));
    expect(stderr).toContain('security context lacks "orgId"');
    expect(code).toBe(1);
  });
});

describe('env_var', () => {
  const cube = (name: string) => `cubes:\n  - name: a\n    sql: SELECT {{ env_var(${name}) }} AS id\n${DIMENSION}`;
  const explained = (text: string, env: Readonly<Record<string, string>> = {}) =>
    run(['explain', '--model', modelOf({ 'a.yml': text }), 'SELECT id FROM a'], env);

  test('reads the environment', async () => {
    expect((await explained(cube("'ANSWER'"), { ANSWER: '42' })).stdout).toContain('SELECT 42 AS id');
    expect((await explained(cube("'ANSWER', '43'"))).stdout).toContain('SELECT 43 AS id');
  });

  test('asks for what is not set, and sees nothing of semwire’s own', async () => {
    expect((await explained(cube("'ANSWER'"))).stderr).toContain(
      'a.yml:3:20: error: environment variable "ANSWER" is not set',
    );
    const { stderr } = await explained(cube("'SEMWIRE_JWT_SECRET'"), { SEMWIRE_JWT_SECRET: SECRET });
    expect(stderr).toContain('environment variable "SEMWIRE_JWT_SECRET" is not set');
  });
});
