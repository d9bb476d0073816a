import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Claim } from '../../src/access/context.ts';
import { loadPersonas, personaContext } from '../../src/access/personas.ts';
import { problemText } from '../../src/model/problems.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'semwire-personas-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function load(yaml: string) {
  await writeFile(join(folder, 'security-contexts.sc.yml'), yaml);
  const { personas, problems } = await loadPersonas(folder);
  return {
    personas,
    problems: problems.map((problem) => problemText(problem).replace('security-contexts.sc.yml:', '')),
  };
}

describe('personas', () => {
  it('are none without the file', async () => {
    expect(await loadPersonas(folder)).toEqual({ personas: [], problems: [] });
  });

  it('are claims as a token would bring them', async () => {
    const { personas, problems } = await load(`
- name: Acme
  securityContext:
    orgId: acme
    account: 9007199254740993
    regions: [eu, us]
    __proto__: { admin: true }
  roles: [clerk]
- name: Globex
  securityContext: { superUser: false }
`);
    expect(problems).toEqual([]);
    expect(personas.map(({ name, roles }) => ({ name, roles }))).toEqual([
      { name: 'Acme', roles: ['clerk'] },
      { name: 'Globex', roles: [] },
    ]);
    const context = personas[0]?.securityContext ?? {};
    expect(context.account).toBe(9007199254740993n);
    expect(context.regions).toEqual(['eu', 'us']);
    expect(Object.getPrototypeOf(context)).toBeNull();
    expect('admin' in context).toBe(false);
    expect(Object.isFrozen(context) && Object.isFrozen(context.regions)).toBe(true);
  });

  it('have their roles and filters where a token has them', async () => {
    const { personas } = await load(`
- name: Acme Corp
  securityContext: { orgId: acme, groups: [sales] }
  roles: [clerk]
  filters: [{ member: orders.status, operator: equals, values: [open] }]
  environment: default
- name: Globex
  securityContext: { orgId: globex }
`);
    expect(personas.map((persona) => ({ ...personaContext(persona) }))).toEqual([
      {
        orgId: 'acme',
        groups: ['sales', 'clerk'],
        filters: [{ member: 'orders.status', operator: 'equals', values: ['open'] }],
      },
      { orgId: 'globex' },
    ]);
  });

  it('have their own filters beside those of their context', () => {
    const filter = (value: string): Claim => ({ member: 'a.b', operator: 'equals', values: [value] });
    const [open, north] = [filter('open'), filter('north')];
    const filters = (own: Claim | undefined, ofPersona: Claim | undefined): Claim | undefined =>
      personaContext({
        name: 'x',
        securityContext: own === undefined ? {} : { filters: own },
        roles: [],
        filters: ofPersona,
      }).filters;
    expect(filters([open], [north])).toEqual([open, north]);
    expect(filters([open], undefined)).toEqual([open]);
    expect(filters(null, [north])).toEqual([north]);
    expect(filters(undefined, [north])).toEqual([north]);
    // Missing, and not an empty list: a model may ask whether there are any.
    expect(filters(undefined, undefined)).toBeUndefined();
  });

  it.each([
    ['name: x', '1:1: error: personas are a list of {name, securityContext, roles}'],
    ['- { name: x }', '1:3: error: securityContext must be an object of claims'],
    ['- { name: x, securityContext: [{ a: 1 }] }', '1:31: error: securityContext must be an object of claims'],
    ['- { securityContext: {} }', '1:3: error: a persona needs a name'],
    ['- { name: x, securityContext: {}, role: [a] }', '1:35: error: unknown key "role" (did you mean "roles"?)'],
    ['- { name: x, securityContext: {}, roles: a }', '1:42: error: "roles" must be a list of names'],
    [
      '- { name: x, securityContext: {}, filters: { member: a.b } }',
      '1:44: error: "filters" must be a list of {member, operator, values}',
    ],
    [
      '- { name: x, securityContext: { filters: [] }, filters: [] }',
      '1:57: error: the securityContext has "filters" already',
    ],
    [
      '- { name: x, securityContext: {} }\n- { name: x, securityContext: {} }',
      '2:3: error: persona "x" is defined already',
    ],
  ])('%s is refused', async (yaml, problem) => {
    const loaded = await load(yaml);
    expect(loaded.problems).toEqual([problem]);
    expect(loaded.personas).toEqual([]);
  });
});
