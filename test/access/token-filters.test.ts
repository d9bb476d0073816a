import { describe, expect, it } from 'vitest';
import { decide } from '../../src/access/decision.ts';
import type { PublicTables } from '../../src/access/exposed.ts';
import { loadModel } from '../../src/model/load.ts';

// Contract 7.6: until security filters of the token are applied, a token that has them sees nothing.
describe('a token with the claim "filters"', () => {
  it('denies every table instead of showing more than the filters allow', async () => {
    const { model } = await loadModel(new URL('../models/shop', import.meta.url).pathname);
    if (model === undefined) throw new Error('the model does not load');
    const table = {
      name: 'any',
      kind: 'view',
      root: 'orders',
      columns: [],
      primaryKey: undefined,
      title: undefined,
      description: undefined,
      defaultFilters: [],
    } as const;
    const exposed: PublicTables = { tables: [table], typeOf: () => 'text' };
    const filters = [{ member: 'orders.status', operator: 'equals', values: ['open'] }];
    const { model: seen } = decide(model, exposed, { filters }, [], undefined);
    expect([...seen.tables.keys()]).toEqual([]);
    expect(seen.denied.get('any')).toMatchObject({ code: '42501' });
  });
});
