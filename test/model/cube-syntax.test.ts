import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadModel } from '../../src/model/load.ts';
import { problemText } from '../../src/model/problems.ts';
import type { Model } from '../../src/model/types.ts';

let model: Model;
beforeAll(async () => {
  const loaded = await loadModel(fileURLToPath(new URL('../models/cube-syntax', import.meta.url)));
  expect(loaded.problems.map(problemText)).toEqual([]);
  if (loaded.model !== undefined) model = loaded.model;
});

describe("Cube's ways of writing", () => {
  it('camelCase keys, types and relationships', () => {
    const orders = model.cubes.get('Orders');
    expect(orders?.source.kind).toBe('table');
    expect(orders?.dimensions.get('id')?.primaryKey).toBe(true);
    expect(orders?.measures.get('statuses')?.type).toBe('count_distinct');
    expect(orders?.joins[0]?.relationship).toBe('many_to_one');
  });

  it('references with a dollar sign', () => {
    expect(model.cubes.get('Orders')?.joins[0]?.sql.parts).toEqual([
      { kind: 'table', path: [] },
      { kind: 'text', text: '.user_id = ' },
      { kind: 'member', path: ['Users'], member: 'id' },
    ]);
  });

  it('members and levels with the cube before them', () => {
    expect(model.cubes.get('Orders')?.hierarchies.get('where')?.levels).toEqual(['status', 'Users.city']);
  });

  it('a hierarchy in a view brings its levels along', () => {
    expect(model.views.get('overview')?.members.map((member) => member.name)).toEqual([
      'status',
      'statuses',
      'Users_city',
    ]);
  });

  it('claims with ?. and .includes()', () => {
    const policy = model.cubes.get('Orders')?.accessPolicy?.[1];
    const groups = { kind: 'claim', path: ['auth', 'groups'] };
    expect(policy?.conditions).toEqual([
      {
        kind: 'not',
        operand: {
          kind: 'and',
          operands: [
            { kind: 'value', value: groups },
            { kind: 'in', negated: false, left: { kind: 'literal', value: 'eu' }, right: groups },
          ],
        },
      },
    ]);
    expect(policy?.memberLevel).toEqual({ includes: '*', excludes: ['status'] });
    expect(policy?.rowLevel).toMatchObject({
      filters: [
        {
          kind: 'or',
          filters: [
            {
              member: 'status',
              values: {
                values: [
                  { value: 'London' },
                  { kind: 'claim', path: ['auth', 'userAttributes', 'city'] },
                  { value: 4 },
                  { value: true },
                ],
              },
            },
            {
              member: 'created_at',
              values: { values: [{ value: '2022-01-01' }, { kind: 'claim', path: ['currentDate'] }] },
            },
          ],
        },
      ],
    });
  });
});
