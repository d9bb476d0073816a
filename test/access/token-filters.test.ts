/** Security filters of the token in decide(): where they stand, and what has no place for them (contract 7.6). */
import { beforeAll, describe, expect, it } from 'vitest';
import type { SqlError } from '../../src/errors.ts';
import { columns, decideFor, type Loaded, loadYaml, rows } from './deciding.ts';

const equals = (member: string, ...values: unknown[]) => ({ member, operator: 'equals', values });

let loaded: Loaded;
beforeAll(async () => {
  const cube = (name: string, joins: string, policy = ''): string => `
  - name: ${name}
    sql_table: ${name}
    joins: [${joins}]
    dimensions:
      - { name: id, sql: id, type: number, primary_key: true, public: true }
      - { name: owner, sql: owner, type: string }
    measures:
      - { name: count, type: count }
${policy}`;
  const to = (name: string): string =>
    `{ name: ${name}, relationship: many_to_one, sql: "{CUBE}.${name} = {${name}}.id" }`;
  loaded = await loadYaml(`
cubes:${cube('a', `${to('b')}, ${to('c')}`)}${cube('b', to('d'))}${cube('c', to('d'))}${cube('d', '')}
${cube('e', '', '    access_policy: [{ group: g, row_level: { filters: [{ member: id, operator: gt, values: [1] }] } }]')}
views:
  - name: by_b
    public: true
    cubes: [{ join_path: a, includes: "*" }, { join_path: a.b.d, includes: [owner], prefix: true }]
  - name: both
    public: true
    cubes:
      - { join_path: a, includes: "*" }
      - { join_path: a.b.d, includes: [owner], prefix: true, alias: left }
      - { join_path: a.c.d, includes: [owner], prefix: true, alias: right }
  - name: of_e
    public: true
    cubes: [{ join_path: e, includes: "*" }]
  - name: of_a
    public: true
    cubes: [{ join_path: a, includes: "*" }]
  - name: of_b
    public: true
    cubes: [{ join_path: b, includes: "*" }]
`);
});

describe('a filter of the token stands', () => {
  it.each<[string, object[], string, string[] | string]>([
    ['on the root', [equals('a.owner', 'x')], 'of_a', ["owner = 'x'"]],
    ['on a joined cube', [equals('d.owner', 'x')], 'of_b', ["d.owner = 'x'"]],
    ['where a view has the cube', [equals('d.owner', 'x')], 'by_b', ["b.d.owner = 'x'"]],
    ['at each place where a view has it', [equals('d.owner', 'x')], 'both', ["(b.d.owner = 'x' and c.d.owner = 'x')"]],
    ['by a column of the view', [equals('by_b.d_owner', 'x')], 'by_b', ["b.d.owner = 'x'"]],
    ['several of them', [equals('b.owner', 'x'), equals('a.owner', 'y')], 'of_a', ["b.owner = 'x'", "owner = 'y'"]],
    ['nowhere between two ways', [equals('d.owner', 'x')], 'of_a', '42501'],
    ['nowhere against a join', [equals('a.owner', 'x')], 'of_b', '42501'],
    ['nowhere without a join', [equals('e.owner', 'x')], 'of_b', '42501'],
  ])('%s', (_, filters, table, expected) => {
    const decision = decideFor(loaded, { filters }, []);
    if (typeof expected === 'string') {
      expect(columns(decision, table)).toBeUndefined();
      expect((decision.model.denied.get(table) as SqlError).code).toBe(expected);
    } else expect(rows(decision, table, ['id'])).toEqual(expected);
  });

  it('beside those of policies', () => {
    const decision = decideFor(loaded, { filters: [equals('e.owner', 'x')] }, ['g']);
    expect(rows(decision, 'of_e', ['id'])).toEqual(["id > '1'", "owner = 'x'"]);
  });

  it('and what a policy hides is missing, not denied', () => {
    const decision = decideFor(loaded, { filters: [equals('b.owner', 'x')] }, []);
    expect([decision.model.tables.has('of_e'), decision.model.denied.has('of_e')]).toEqual([false, false]);
  });

  it.each([[true], ['x'], [{}], [0], [[null]], [[[]]], [[equals('b.nobody', 'x')]]])(
    'filters that are none (%j) leave no table',
    (filters) => {
      const decision = decideFor(loaded, { filters }, ['g']);
      expect([...decision.model.tables.keys()]).toEqual([]);
      expect([...decision.model.denied.values()].map(({ code }) => code)).toEqual(Array(5).fill('42501'));
    },
  );

  it('values do not tell contexts apart, members do', () => {
    const shape = (filters: object[]): string => decideFor(loaded, { filters }, []).shape;
    expect(shape([equals('b.owner', 'x')])).toBe(shape([equals('b.owner', 'y')]));
    expect(shape([equals('b.owner', 'x')])).not.toBe(shape([equals('a.owner', 'x')]));
    expect(shape([equals('b.owner', 'x')])).not.toBe(shape([]));
    // The same members and types of values, and other rows.
    const unequal = { ...equals('b.owner', 'x'), operator: 'notEquals' };
    expect(shape([equals('b.owner', 'x')])).not.toBe(shape([unequal]));
  });
});

describe('filters of a hook', () => {
  const rule = (member: string) =>
    ({
      kind: 'member',
      member,
      operator: 'equals',
      values: { kind: 'list', values: [{ kind: 'literal', value: 'h' }] },
    }) as const;

  it('hold beside all others, for the decision that they were added to alone', () => {
    const decision = decideFor(loaded, { filters: [equals('b.owner', 'x')] }, []);
    const narrowed = decision.narrowed([rule('a.owner')]);
    expect(rows(narrowed, 'of_a', ['id'])).toEqual(["b.owner = 'x'", "owner = 'h'"]);
    expect(rows(decision, 'of_a', ['id'])).toEqual(["b.owner = 'x'"]);
    expect(narrowed.shape).not.toBe(decision.shape);
  });

  it('fail a table without a path when it is used', () => {
    const narrowed = decideFor(loaded, {}, ['g']).narrowed([rule('b.owner')]);
    expect(() => rows(narrowed, 'of_e', ['id'])).toThrow(/no join path/);
    expect(rows(narrowed, 'of_b', ['id'])).toEqual(["owner = 'h'"]);
  });
});
