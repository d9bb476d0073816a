import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadModel } from '../../src/model/load.ts';
import { problemText } from '../../src/model/problems.ts';
import type { Model } from '../../src/model/types.ts';

let model: Model;
beforeAll(async () => {
  const loaded = await loadModel(fileURLToPath(new URL('../models/extends', import.meta.url)));
  if (loaded.model === undefined) throw new Error(loaded.problems.map(problemText).join('\n'));
  model = loaded.model;
});
const groups = (name: string) =>
  (model.cubes.get(name) ?? model.views.get(name))?.accessPolicy?.map((policy) => policy.groups);

describe('extends', () => {
  it('inherits what the child does not say, through any number of parents', () => {
    expect(model.cubes.get('silent')?.public).toBe(false);
    expect(model.cubes.get('louder')?.public, 'shown is public under its older name').toBe(true);
    expect([...(model.cubes.get('louder')?.dimensions.keys() ?? [])]).toEqual(['id', 'org', 'more']);
  });

  it("replaces a member whole: nothing of the parent's is left in it", () => {
    expect(model.cubes.get('louder')?.dimensions.get('org')?.title).toBeUndefined();
    expect(model.cubes.get('silent')?.dimensions.get('org')?.title).toBe('Organisation');
  });

  it("never drops a parent's policies", () => {
    expect(groups('silent')).toEqual(['*']);
    expect(groups('louder')).toEqual(['*', ['manager']]);
    expect(groups('wide')).toEqual([['clerk'], ['manager']]);
    expect(model.cubes.get('louder')?.accessPolicy?.[0]?.rowLevel).toMatchObject({
      kind: 'filters',
      filters: [{ member: 'org' }],
    });
  });

  it("adds the child's members to a view", () => {
    expect(model.views.get('wide')?.members.map((member) => member.name)).toEqual(['id', 'org']);
  });
});
