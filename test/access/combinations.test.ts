/** The systems together: a row is returned only if each lets it through, a member is visible only if each shows it. */
import { beforeAll, describe, expect, it } from 'vitest';
import { heldRight } from '../../src/access/rights/rights.ts';
import { columns, decideFor, type Loaded, loadYaml, rightsOf, rows } from './deciding.ts';

const MODEL = `
cubes:
  - name: sales
    sql_table: sales
    joins:
      - { name: shops, relationship: many_to_one, sql: "{CUBE}.shop = {shops}.id" }
    dimensions:
      - { name: id, sql: id, type: number, primary_key: true, public: true }
      - { name: country, sql: country, type: string }
      - { name: clerk, sql: clerk, type: string, mask: somebody }
    measures:
      - { name: total, type: sum, sql: amount, mask: 0 }
    access_policy:
      - group: clerks
        member_level: { includes: "*", excludes: [clerk, total] }
        member_masking: { includes: [clerk] }
        row_level: { filters: [{ member: country, operator: equals, values: ["{ securityContext.country }"] }] }
      - group: bosses
  - name: shops
    sql_table: shops
    dimensions:
      - { name: id, sql: id, type: number, primary_key: true, public: true }
      - { name: chain, sql: chain, type: string }
views:
  - name: plain
    cubes: [{ join_path: sales, includes: "*" }, { join_path: sales.shops, includes: [chain] }]
  - name: guarded
    cubes: [{ join_path: sales, includes: "*" }, { join_path: sales.shops, includes: [chain] }]
    access_policy:
      - group: clerks
        member_level: { includes: [id, clerk] }
        member_masking: { includes: [total] }
        row_level: { filters: [{ member: chain, operator: equals, values: [red] }] }
`;
const RIGHTS = {
  ann: { allowed_cubes: ['*'], cube_restrictions: { sales: ['country:sk'] } },
  bob: { denied_cubes: ['shops'] },
};
const ON_CHAIN = [{ member: 'shops.chain', operator: 'equals', values: ['blue'] }];

let loaded: Loaded;
beforeAll(async () => {
  loaded = await loadYaml(MODEL);
});

async function decideWith(claims: Readonly<Record<string, unknown>>, groups: readonly string[], identity?: string) {
  const rights = identity === undefined ? undefined : await rightsOf(loaded, { 'rights.json': RIGHTS });
  return decideFor(loaded, claims, groups, rights && heldRight(rights, identity));
}

describe('rows', () => {
  const SK = { country: 'sk' };
  it.each<[string, object, string[], string | undefined, string, string[]]>([
    ['a cube’s policy, in a view without one', SK, ['clerks'], undefined, 'plain', ["country = 'sk'"]],
    ['a view’s policy and its cube’s', SK, ['clerks'], undefined, 'guarded', ["shops.chain = 'red'", "country = 'sk'"]],
    ['two policies, one of all rows', SK, ['clerks', 'bosses'], undefined, 'plain', []],
    ['rights alone', {}, ['bosses'], 'ann', 'plain', ["country = 'sk'"]],
    ['rights and a policy', { country: 'us' }, ['clerks'], 'ann', 'plain', ["country = 'us'", "country = 'sk'"]],
    [
      'rights, policies of view and cube, and the token',
      { country: 'us', filters: ON_CHAIN },
      ['clerks'],
      'ann',
      'guarded',
      ["shops.chain = 'red'", "country = 'us'", "country = 'sk'", "shops.chain = 'blue'"],
    ],
  ])('%s', async (_, claims, groups, identity, table, filters) => {
    const decision = await decideWith({ ...claims }, groups, identity);
    expect(rows(decision, table, ['id'])).toEqual(filters);
  });

  it('a hook adds to all of them', async () => {
    const decision = await decideWith({ country: 'us', filters: ON_CHAIN }, ['clerks'], 'ann');
    const values = { kind: 'list', values: [{ kind: 'literal', value: 1 }] } as const;
    const narrowed = decision.narrowed([{ kind: 'member', member: 'plain.id', operator: 'equals', values }]);
    expect(rows(narrowed, 'guarded', ['id'])).toEqual([...rows(decision, 'guarded', ['id']), "id = '1'"]);
  });
});

describe('columns', () => {
  const claims = { country: 'sk' };
  it.each<[string, string[], string | undefined, string, string[] | undefined, string[]]>([
    ['a cube’s policy', ['clerks'], undefined, 'plain', ['id', 'country', 'clerk', 'chain'], ['clerk']],
    ['a view’s policy instead of its cube’s', ['clerks'], undefined, 'guarded', ['id', 'clerk', 'total'], ['total']],
    [
      'two policies of which one masks',
      ['clerks', 'bosses'],
      undefined,
      'plain',
      ['id', 'country', 'clerk', 'total', 'chain'],
      [],
    ],
    ['rights hide what a policy shows', ['clerks'], 'bob', 'plain', ['id', 'country', 'clerk'], ['clerk']],
    ['a policy hides what rights show', [], 'ann', 'plain', ['chain'], []],
    ['who has no right', ['clerks', 'bosses'], 'eve', 'plain', undefined, []],
  ])('%s', async (_, groups, identity, table, expected, masked) => {
    const decision = await decideWith(claims, groups, identity);
    expect(columns(decision, table)).toEqual(expected);
    const found = decision.model.tables.get(table)?.columns ?? [];
    expect(found.filter((column) => column.masked).map(({ name }) => name)).toEqual(masked);
  });
});
