/** Filters of policies as an admin reads them: as they stand in the model. */
import { expect, test } from 'vitest';
import { catalogPolicies } from '../../src/engine/catalog-policies.ts';
import { loadModel } from '../../src/model/load.ts';
import { folderWith } from '../session/tenants.ts';

const FILTERS = `
              - member: name
                operator: equals
                values: [a, "O'Neil", null]
              - or:
                  - member: "{CUBE}.tenant"
                    operator: in
                    values: securityContext.tenants
                  - and:
                      - member: name
                        operator: notSet
                      - member: tenant
                        operator: gt
                        values: ["{ security_context.user.floor }"]`;

test('and, or, lists, claims, operators without values', async () => {
  const folder = folderWith({
    'shop.yml': `
cubes:
  - name: shop
    sql_table: shop
    dimensions:
      - { name: name, sql: name, type: string }
      - { name: tenant, sql: tenant, type: number }
    access_policy:
      - group: a
        row_level: { allow_all: true }
      - groups: [b, c]
        row_level:
          filters:${FILTERS}
`,
  });
  const { model, problems } = await loadModel(folder);
  expect(problems).toEqual([]);
  const [all, filtered] = model === undefined ? [] : catalogPolicies(model);
  expect(all?.rows).toBe('all');
  expect(JSON.parse(filtered?.rows ?? '')).toEqual([
    { member: 'name', operator: 'equals', values: ['a', "O'Neil", null] },
    {
      or: [
        { member: 'tenant', operator: 'in', values: '{ securityContext.tenants }' },
        {
          and: [
            { member: 'name', operator: 'notSet' },
            { member: 'tenant', operator: 'gt', values: ['{ securityContext.user.floor }'] },
          ],
        },
      ],
    },
  ]);
});
