/**
 * A model of five cubes and three views, as it stands in memory once it is loaded.
 */
import { cp, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isToMany, joinsAlong } from '../../src/model/joins.ts';
import { loadModel } from '../../src/model/load.ts';
import { problemText } from '../../src/model/problems.ts';
import { jsonSchema } from '../../src/model/schema.ts';
import type { Fragment, Model } from '../../src/model/types.ts';

const shop = fileURLToPath(new URL('../models/shop', import.meta.url));
let model: Model;
let problems: readonly string[];

beforeAll(async () => {
  const loaded = await loadModel(shop);
  problems = loaded.problems.map(problemText);
  if (loaded.model === undefined) throw new Error(problems.join('\n'));
  model = loaded.model;
});

/** A fragment with its references between « and ». */
function shown(fragment: Fragment | undefined): string | undefined {
  return fragment?.parts
    .map((part) => {
      if (part.kind === 'text') return part.text;
      if (part.kind === 'claim-test') return `=«${part.claim.join('.')}»`;
      return `«${[...part.path, part.kind === 'member' ? part.member : '*'].join('.')}»`;
    })
    .join('');
}
const dimension = (cube: string, name: string) => model.cubes.get(cube)?.dimensions.get(name);
const measure = (cube: string, name: string) => model.cubes.get(cube)?.measures.get(name);
const sqlOf = (cube: string, name: string) => {
  const value = dimension(cube, name)?.value;
  return value?.kind === 'sql' ? shown(value.sql) : undefined;
};

describe('cubes', () => {
  it('are in the order of files and of writing', () => {
    expect([...model.cubes.keys()]).toEqual([
      'countries',
      'order_items',
      'orders',
      'customers',
      'vip_customers',
      'products',
    ]);
  });

  it('keep the lines of a folded query, so that a comment ends where its author ended it', () => {
    const source = model.cubes.get('order_items')?.source;
    expect(source?.kind).toBe('query');
    expect(shown(source?.sql)).toBe(
      'SELECT *, quantity * price AS total -- per line\nFROM order_items\nWHERE NOT deleted\n',
    );
  });

  it('resolve references along the shortest join path', () => {
    expect(sqlOf('orders', 'status')).toBe('«*».status');
    expect(sqlOf('orders', 'customer_country')).toBe('«customers.countries.name»');
    expect(shown(measure('orders', 'average_amount')?.sql)).toBe('«total_amount» / nullif(«count», 0)');
    expect(shown(measure('orders', 'items_per_order')?.sql)).toBe('1.0 * «order_items.quantity» / nullif(«count», 0)');
    expect(shown(measure('orders', 'paid_amount')?.filters[0])).toBe("«status» = 'paid'");
  });

  it('have directed joins', () => {
    const [customers, items] = model.cubes.get('orders')?.joins ?? [];
    expect([customers?.to, customers?.relationship, shown(customers?.sql)]).toEqual([
      'customers',
      'many_to_one',
      '«*».customer_id = «customers.id»',
    ]);
    expect([items?.to, items?.relationship, shown(items?.sql)]).toEqual([
      'order_items',
      'one_to_many',
      '«id» = «order_items.*».order_id',
    ]);
    expect(joinsAlong(model.cubes, 'orders', ['customers', 'countries']).map((join) => join.to)).toEqual([
      'customers',
      'countries',
    ]);
    expect(isToMany(model.cubes, 'orders', ['customers', 'countries'])).toBe(false);
    expect(isToMany(model.cubes, 'orders', ['order_items', 'products'])).toBe(true);
  });

  it('have dimensions of several cases, places and keys', () => {
    const size = dimension('orders', 'size')?.value;
    expect(size?.kind).toBe('case');
    if (size?.kind === 'case') {
      expect(size.branches.map((branch) => shown(branch.when))).toEqual(['«amount» > 1000', '«amount» > 100']);
      expect(size.branches.map((branch) => branch.label.kind)).toEqual(['text', 'sql']);
      expect(size.otherwise).toEqual({ kind: 'text', text: 'small' });
    }
    expect(dimension('orders', 'where')?.value.kind).toBe('geo');
    expect(dimension('orders', 'id')?.primaryKey).toBe(true);
    expect(dimension('order_items', 'id')?.primaryKey, 'camelCase, as Cube reads it').toBe(true);
    expect(dimension('orders', 'amount')?.public).toBe(false);
    expect(dimension('orders', 'id')?.public, 'not said').toBeUndefined();
    expect(dimension('products', 'category')?.meta, "meta's keys are the author's").toEqual({ shownBy: 'nobody' });
  });

  it('extend one another: the child wins, member by member', () => {
    expect(shown(model.cubes.get('vip_customers')?.source.sql)).toBe('SELECT * FROM customers WHERE vip');
    expect([...(model.cubes.get('vip_customers')?.measures.keys() ?? [])]).toEqual([
      'count',
      'ages',
      'rolling',
      'switched',
    ]);
    expect(shown(measure('vip_customers', 'ages')?.sql)).toBe('age + 1');
    expect(shown(measure('customers', 'ages')?.sql)).toBe('age');
    expect(sqlOf('vip_customers', 'email')).toBe('email');
  });

  it('load with what is not supported yet, marked', () => {
    expect(measure('vip_customers', 'switched')?.unsupported).toBe('case is not supported yet');
    expect(measure('vip_customers', 'count')?.unsupported).toBeUndefined();
    expect(problems).toEqual([
      'cubes/people/customers.yml:43:9: warning: case is not supported yet: a query that needs "switched" is refused',
    ]);
  });

  it('load with the stages of their measures', () => {
    expect(measure('vip_customers', 'rolling')?.stages).toEqual([
      {
        kind: 'rolling-window',
        window: { kind: 'fixed', trailing: { count: 1, unit: 'month' }, leading: undefined, offset: 'end' },
      },
    ]);
    expect(measure('vip_customers', 'ages')?.stages).toEqual([]);
  });
});

describe('views', () => {
  it('show the members of their cubes, with the path to each', () => {
    const sales = model.views.get('sales');
    expect(sales?.root).toBe('orders');
    expect(sales?.members.map((member) => [member.name, [...member.path, member.member].join('.')])).toEqual([
      ['id', 'id'],
      ['status', 'status'],
      ['created_at', 'created_at'],
      ['size', 'size'],
      ['customer_country', 'customer_country'],
      ['where', 'where'],
      ['count', 'count'],
      ['total_amount', 'total_amount'],
      ['paid_amount', 'paid_amount'],
      ['average_amount', 'average_amount'],
      ['items_per_order', 'items_per_order'],
      ['recent', 'recent'],
      ['customers_city', 'customers.city'],
      ['customers_mail', 'customers.email'],
      ['country', 'customers.countries.name'],
    ]);
    expect(sales?.members.find((member) => member.name === 'customers_mail')?.title).toBe('Mail address');
  });

  it('take a prefix from an alias', () => {
    expect(model.views.get('items')?.members.map((member) => member.name)).toEqual([
      'id',
      'quantity',
      'revenue',
      'product_name',
      'product_category',
    ]);
  });

  it('have default filters', () => {
    expect(model.views.get('items')?.defaultFilters).toMatchObject([
      { filter: { kind: 'member', member: 'product_category', operator: 'notEquals' }, unless: ['product_name'] },
    ]);
  });

  it('keep the policies of the view that they extend', () => {
    const lite = model.views.get('sales_lite');
    expect(lite?.public).toBe(false);
    expect(lite?.accessPolicy?.map((policy) => policy.groups)).toEqual([['manager'], ['clerk', 'trainee']]);
  });
});

describe('policies', () => {
  it('hold conditions over claims', () => {
    const claim = (...path: string[]) => ({ kind: 'claim', path });
    const literal = (value: unknown) => ({ kind: 'literal', value });
    expect(model.views.get('sales')?.accessPolicy?.[0]?.conditions).toEqual([
      {
        kind: 'and',
        operands: [
          { kind: 'compare', operator: '=', left: claim('office', 'region'), right: literal('EU') },
          {
            kind: 'not',
            operand: {
              kind: 'or',
              operands: [
                { kind: 'value', value: claim('guest') },
                {
                  kind: 'in',
                  negated: false,
                  left: claim('level'),
                  right: { kind: 'list', values: [literal(1), literal(2)] },
                },
              ],
            },
          },
        ],
      },
    ]);
  });

  it('hold filters whose values are literals, claims, or one claim that is the list', () => {
    const rows = model.views.get('sales')?.accessPolicy?.[1]?.rowLevel;
    expect(rows).toMatchObject({
      kind: 'filters',
      filters: [
        {
          kind: 'or',
          filters: [
            { member: 'country', operator: 'in', values: { kind: 'claim', path: ['countries'] } },
            {
              kind: 'and',
              filters: [
                {
                  member: 'status',
                  values: {
                    kind: 'list',
                    values: [
                      { kind: 'claim', path: ['home', 'status'] },
                      { kind: 'literal', value: 'open' },
                    ],
                  },
                },
                {
                  operator: 'inDateRange',
                  values: {
                    kind: 'list',
                    values: [
                      { kind: 'literal', value: '2024-01-01' },
                      { kind: 'claim', path: ['until'] },
                    ],
                  },
                },
              ],
            },
          ],
        },
      ],
    });
  });

  it('of a cube stay with the cube', () => {
    expect(model.cubes.get('orders')?.accessPolicy).toMatchObject([{ groups: '*', rowLevel: { kind: 'filters' } }]);
    expect(model.cubes.get('customers')?.accessPolicy).toBeUndefined();
  });
});

describe('the folder', () => {
  let copy: string;
  beforeAll(async () => {
    copy = await mkdtemp(join(tmpdir(), 'semwire-model-'));
    await cp(shop, copy, { recursive: true });
  });
  afterAll(() => rm(copy, { recursive: true }));

  it('gives a version that changes with every byte read, and with nothing else', async () => {
    const version = async () => (await loadModel(copy)).model?.version;
    expect(await version()).toBe(model.version);
    await writeFile(join(copy, 'security-contexts.sc.yml'), '- name: x');
    await writeFile(join(copy, 'compose.yml'), 'services: {}');
    await writeFile(join(copy, 'semwire.config.ts'), 'export default {}');
    expect(await version()).toBe(model.version);
    await writeFile(join(copy, 'more.yml'), 'cubes:\n  - { name: more, sql_table: more }\n');
    expect(await version()).not.toBe(model.version);
    await rm(join(copy, 'more.yml'));
    await rename(join(copy, 'cubes/countries.yml'), join(copy, 'cubes/lands.yml'));
    expect(await version()).not.toBe(model.version);
    await rename(join(copy, 'cubes/lands.yml'), join(copy, 'cubes/countries.yml'));
  });

  it('may hold links, as a mounted ConfigMap does', async () => {
    await rename(join(copy, 'cubes/countries.yml'), join(copy, '.hidden'));
    await symlink(join(copy, '.hidden'), join(copy, 'cubes/countries.yml'));
    expect((await loadModel(copy)).model?.version).toBe(model.version);
  });

  it('is refused whole when a part of it would be left out', async () => {
    for (const [name, message] of [
      ['cubes/a.js', 'cubes/a.js:1:8: error: invalid JavaScript: unexpected token'],
      ['Orders.js', 'Orders.js:1:8: error: invalid JavaScript: unexpected token'],
    ] as const) {
      await writeFile(join(copy, name), 'cube(1 2');
      const loaded = await loadModel(copy);
      expect(loaded.model).toBeUndefined();
      expect(loaded.problems.map(problemText)).toEqual([message]);
      await rm(join(copy, name));
    }
  });

  it('may be missing or empty', async () => {
    const missing = await loadModel(join(copy, 'nowhere'));
    expect(missing.problems.map(problemText)).toEqual(['.:1:1: error: the model folder cannot be read (ENOENT)']);
    const empty = await loadModel(join(copy, 'cubes/people/..', '..', 'views'));
    expect(empty.model?.cubes.size ?? 0, 'views without their cubes').toBe(0);
  });
});

describe('jsonSchema', () => {
  it('knows the keys of a file for editors', () => {
    const schema = JSON.stringify(jsonSchema());
    for (const key of ['sql_table', 'access_policy', 'row_level', 'join_path', 'pre_aggregations'])
      expect(schema).toContain(`"${key}"`);
  });
});
