/** What a policy does with a member, and what several do together (contract 7.10), as tables. */
import { beforeAll, describe, expect, it } from 'vitest';
import { maskingOf, memberAccess, type Rows } from '../../src/access/masks.ts';
import type { RowFilter } from '../../src/access/row-filter.ts';
import type { MemberRule, Policy } from '../../src/model/types.ts';
import { columns, decideFor, type Loaded, loadYaml, rows } from './deciding.ts';

const AT = { file: '', line: 1, column: 1 };

function policy(memberLevel: MemberRule | undefined, memberMasking: MemberRule | undefined): Policy {
  return { groups: '*', conditions: [], memberLevel, memberMasking, rowLevel: undefined, at: AT };
}
const ANY: MemberRule = { includes: '*', excludes: [] };
const NONE: MemberRule = { includes: [], excludes: [] };
const named = (...includes: string[]): MemberRule => ({ includes, excludes: [] });
const but = (...excludes: string[]): MemberRule => ({ includes: '*', excludes });

describe('one policy and the member a', () => {
  it.each<[string, MemberRule | undefined, MemberRule | undefined, string]>([
    ['no rules', undefined, undefined, 'shown'],
    ['level *', ANY, undefined, 'shown'],
    ['level a', named('a'), undefined, 'named'],
    ['level b', named('b'), undefined, 'hidden'],
    ['level * but a', but('a'), undefined, 'hidden'],
    ['level a but a', { includes: ['a'], excludes: ['a'] }, undefined, 'hidden'],
    ['masking a', undefined, named('a'), 'masked'],
    ['masking b', undefined, named('b'), 'shown'],
    ['masking *', undefined, ANY, 'masked'],
    ['masking * but a', undefined, but('a'), 'shown'],
    ['level *, masking a', ANY, named('a'), 'masked'],
    ['level * but a, masking a', but('a'), named('a'), 'masked'],
    ['level * but a, masking b', but('a'), named('b'), 'hidden'],
    ['level b, masking a', named('b'), named('a'), 'masked'],
    ['level b, masking *', named('b'), ANY, 'masked'],
    ['level b, masking * but a', named('b'), but('a'), 'hidden'],
    ['level a, masking *', named('a'), ANY, 'named'],
    ['level a, masking * but a', named('a'), but('a'), 'named'],
    ['level *, masking *', ANY, ANY, 'masked'],
    ['level a, masking a', named('a'), named('a'), 'masked'],
    ['level none, masking none', NONE, NONE, 'hidden'],
  ])('%s', (_, level, masking, access) => {
    expect(memberAccess(policy(level, masking), 'a')).toBe(access);
  });
});

describe('several policies and the member a', () => {
  const R1: RowFilter = { kind: 'nothing' };
  const R2: RowFilter = { kind: 'and', filters: [] };
  const SHOWN = policy(ANY, undefined);
  const NAMED = policy(named('a'), undefined);
  const MASKED = policy(ANY, named('a'));
  const HIDDEN = policy(named('b'), undefined);
  const or: Rows = { kind: 'or', filters: [R1, R2] };
  it.each<[string, readonly (readonly [Policy, RowFilter | 'all'])[] | undefined, Rows | undefined, Rows | undefined]>([
    ['nobody wrote one', undefined, undefined, undefined],
    ['none matches', [], undefined, undefined],
    ['shown', [[SHOWN, R1]], undefined, undefined],
    ['named', [[NAMED, R1]], 'all', 'all'],
    ['masked', [[MASKED, 'all']], 'none', 'none'],
    ['hidden', [[HIDDEN, 'all']], undefined, undefined],
    [
      'masked, and shown everywhere',
      [
        [MASKED, 'all'],
        [SHOWN, 'all'],
      ],
      'all',
      'none',
    ],
    [
      'masked, and shown on some rows',
      [
        [MASKED, 'all'],
        [SHOWN, R1],
      ],
      R1,
      'none',
    ],
    [
      'masked on some rows, and shown on others',
      [
        [MASKED, R1],
        [SHOWN, R2],
      ],
      R2,
      'none',
    ],
    [
      'masked, and shown by two',
      [
        [MASKED, 'all'],
        [SHOWN, R1],
        [NAMED, R2],
      ],
      or,
      R2,
    ],
    [
      'shown and named',
      [
        [SHOWN, R1],
        [NAMED, R2],
      ],
      'all',
      R2,
    ],
    [
      'masked, and hidden by another',
      [
        [MASKED, R1],
        [HIDDEN, 'all'],
      ],
      'none',
      'none',
    ],
  ])('%s', (_, policies, shown, whole) => {
    const matched = policies?.map(([each, filter], i) => ({ policy: each, filter, name: `p${i}` }));
    const found = maskingOf(matched, 'a');
    expect([found?.shown, found?.named]).toEqual([shown, whole]);
  });
});

describe('decide()', () => {
  let loaded: Loaded;
  beforeAll(async () => {
    loaded = await loadYaml(`
cubes:
  - name: t
    sql_table: t
    public: true
    dimensions:
      - { name: id, sql: id, type: number, primary_key: true, public: true }
      - { name: a, sql: a, type: string, mask: x }
      - { name: ab, sql: "{a} || {b}", type: string }
      - { name: b, sql: b, type: string, public: false }
    access_policy:
      - group: masks
        member_level: { includes: [id] }
        member_masking: { includes: [a] }
        row_level: { filters: [{ member: b, operator: equals, values: [y] }] }
      - group: wild
        member_masking: { includes: [a, id] }
      - group: rows
        row_level: { filters: [{ member: a, operator: equals, values: [z] }] }`);
  });

  const key = (groups: readonly string[]) => decideFor(loaded, {}, groups).model.tables.get('t')?.primaryKey;
  const masked = (groups: readonly string[]) =>
    decideFor(loaded, {}, groups)
      .model.tables.get('t')
      ?.columns.filter((column) => column.masked)
      .map(({ name }) => name);

  it('a masked member is visible, and its policy’s rows hold', () => {
    const decision = decideFor(loaded, {}, ['masks']);
    expect(columns(decision, 't')).toEqual(['id', 'a']);
    expect(rows(decision, 't', ['a'])).toEqual(["b = 'y'"]);
  });

  it.each<[string[], string[], boolean]>([
    [['masks'], ['a'], true],
    // What is made of a masked one is masked as well.
    [['wild'], ['id', 'a', 'ab'], false],
    [['wild', 'masks'], ['id', 'a', 'ab'], false],
    [['wild', 'rows'], ['id', 'a', 'ab'], false],
    [['masks', 'rows'], ['a', 'ab'], true],
    [['rows'], [], true],
  ])('%j mask %j', (groups, expected, hasKey) => {
    expect(masked(groups)).toEqual(expected);
    expect(key(groups)).toEqual(hasKey ? ['id'] : undefined);
  });

  it('contexts that are masked otherwise share no plan', () => {
    const shapes = [['masks'], ['wild'], ['rows'], ['wild', 'rows']].map(
      (groups) => decideFor(loaded, {}, groups).shape,
    );
    expect(new Set(shapes).size).toBe(4);
  });
});
