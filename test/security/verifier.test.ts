/**
 * The verifier against statements that the planner never made: accepted trees, each spoilt in one place.
 */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { verify as Verify } from '../../src/plan/verify/verify.ts';
import type { Expr, Query } from '../../src/sql/ast.ts';
import { CLAIMS, SHAPES, seedOf } from './fixture.ts';
import { type Gateway, modelFolder, onDuckdb } from './gateway.ts';

type Accepted = Parameters<typeof Verify>;
const accepted: Accepted[] = [];

// The real verifier, listened to: what it accepts is what is spoilt below.
vi.mock('../../src/plan/verify/verify.ts', async (original) => {
  const real = await original<{ readonly verify: typeof Verify }>();
  return {
    ...real,
    verify: (...args: Accepted) => {
      real.verify(...args);
      accepted.push(args);
    },
  };
});
const { verify } = await vi.importActual<{ readonly verify: typeof Verify }>('../../src/plan/verify/verify.ts');

const STATEMENTS = [
  'SELECT count(*), sum(amount) FROM T WHERE note::int >= 0 AND id > 0',
  'SELECT unit, MEASURE(total) FROM T GROUP BY unit HAVING MEASURE(count) > 1',
  'SELECT a.id FROM T a LEFT JOIN by_text b ON a.id = b.id WHERE 1/(a.amount-5) >= 0',
  'WITH c AS MATERIALIZED (SELECT * FROM T) SELECT id FROM c WHERE id IN (SELECT id FROM T WHERE upper(note) = note)',
  'SELECT id FROM T UNION ALL (SELECT id FROM by_joined ORDER BY id LIMIT 3)',
  'SELECT count(*) FILTER (WHERE EXISTS (SELECT 1 FROM by_equals e WHERE e.id = T.id)) FROM T',
  'SELECT row_number() OVER (PARTITION BY lower(unit) ORDER BY id) FROM T',
];

let gateway: Gateway;
beforeAll(async () => {
  gateway = await onDuckdb(modelFolder('policies'), seedOf('canaries'));
  const client = await gateway.signIn(CLAIMS);
  for (const shape of SHAPES) {
    for (const sql of STATEMENTS) {
      const answer = await client.ask(sql.replace(/\bT\b/g, shape));
      expect(answer.code, sql).toBeUndefined();
    }
  }
  client.close();
});
afterAll(() => gateway?.close());

type Tree = unknown;
type Node = { readonly [field: string]: Tree };

function isNode(tree: Tree): tree is Node {
  return typeof tree === 'object' && tree !== null && !Array.isArray(tree);
}

/** Every tree that is `tree` with one node replaced by what `change` makes of it. */
function spoilt(tree: Tree, change: (node: Node) => Tree | undefined): Tree[] {
  if (Array.isArray(tree)) return tree.flatMap((item, i) => spoilt(item, change).map((other) => tree.with(i, other)));
  if (!isNode(tree)) return [];
  const own = change(tree);
  const inside = Object.entries(tree).flatMap(([field, value]) =>
    spoilt(value, change).map((other) => ({ ...tree, [field]: other })),
  );
  return own === undefined ? inside : [own, ...inside];
}

function isSelect(node: Node): boolean {
  return node.kind === 'select' && Array.isArray(node.from);
}

const TABLE = { kind: 'table', path: ['zq_raw', 'zq_employees'], only: false, alias: undefined };
const call = (...path: string[]): Expr =>
  ({
    kind: 'call',
    path,
    args: [],
    star: false,
    distinct: false,
    orderBy: [],
    withinGroup: false,
    filter: undefined,
    over: undefined,
  }) as Expr;

const mutations: Readonly<Record<string, (node: Node, leaves: Accepted[1]) => Tree | undefined>> = {
  'a base table in FROM': (node) => (isSelect(node) ? { ...node, from: [...(node.from as Tree[]), TABLE] } : undefined),
  'a base table instead of a leaf': (node) =>
    node.kind === 'subquery' && isNode(node.alias) ? { ...TABLE, alias: node.alias } : undefined,
  'an opaque table in FROM': (node) =>
    isSelect(node)
      ? {
          ...node,
          from: [
            ...(node.from as Tree[]),
            { kind: 'opaque-table', text: [{ kind: 'text', text: 'zq_raw.zq_employees' }], alias: 'x' },
          ],
        }
      : undefined,
  'a leaf without its WHERE': (node, leaves) =>
    leaves.some(({ query, filters }) => query.body === node && filters.length > 0)
      ? { ...node, where: undefined }
      : undefined,
  'a leaf with OR TRUE': (node, leaves) =>
    leaves.some(({ query, filters }) => query.body === node && filters.length > 0)
      ? { ...node, where: { kind: 'or', operands: [node.where, { kind: 'boolean', value: true }] } }
      : undefined,
  'a leaf under NOT': (node, leaves) =>
    leaves.some(({ query, filters }) => query.body === node && filters.length > 0)
      ? { ...node, where: { kind: 'not', operand: node.where } }
      : undefined,
  'another bind': (node) => (node.kind === 'bind' ? { ...node, bind: Number(node.bind) + 1 } : undefined),
  'an unlisted function': (node) =>
    isSelect(node)
      ? { ...node, items: [...(node.items as Tree[]), { kind: 'expr', expr: call('query_table') }] }
      : undefined,
  'an unlisted function of a schema': (node) =>
    isSelect(node)
      ? { ...node, items: [...(node.items as Tree[]), { kind: 'expr', expr: call('main', 'lower') }] }
      : undefined,
  'a column by a name of its own': (node) =>
    isSelect(node)
      ? {
          ...node,
          items: [...(node.items as Tree[]), { kind: 'expr', expr: { kind: 'column', path: ['zq_ssn'] }, alias: 'c9' }],
        }
      : undefined,
};

describe('the verifier', () => {
  it('has seen what is spoilt below', () => {
    expect(accepted.length).toBeGreaterThanOrEqual(SHAPES.length * STATEMENTS.length);
  });

  it.each(Object.entries(mutations))('refuses %s, wherever it stands', (_, mutate) => {
    let tried = 0;
    const passed: string[] = [];
    for (const [tree, leaves, dialect] of accepted) {
      for (const other of spoilt(tree, (node) => mutate(node, leaves))) {
        tried += 1;
        try {
          verify(other as Query, leaves, dialect);
          passed.push(JSON.stringify(other).slice(0, 400));
        } catch (error) {
          expect(String(error)).toMatch(/verifier|syntax|WITH|does not|unknown|print|cannot/i);
        }
      }
    }
    expect(tried).toBeGreaterThan(50);
    expect(passed.slice(0, 3)).toEqual([]);
  });

  it('refuses a leaf whose filter the policies did not ask for in these words', () => {
    let tried = 0;
    for (const [tree, leaves, dialect] of accepted) {
      if (leaves.every(({ filters }) => filters.length === 0)) continue;
      tried += 1;
      const filters: Expr[] = [{ kind: 'boolean', value: false }];
      expect(() =>
        verify(
          tree,
          leaves.map((leaf) => ({ ...leaf, filters: [...leaf.filters, ...filters] })),
          dialect,
        ),
      ).toThrow(/lacks/);
    }
    expect(tried).toBeGreaterThan(50);
  });

  it('refuses a predicate that can raise over a leaf that is taken out of its fence', () => {
    let tried = 0;
    const passed: string[] = [];
    for (const [tree, leaves, dialect] of accepted) {
      // One table and a WHERE of its own: `WHERE note::int >= 0`, the first of the statements.
      const { body } = tree;
      const [only, another] = body.kind === 'select' ? body.from : [];
      if (body.kind !== 'select' || body.where === undefined || only?.kind !== 'subquery' || another !== undefined)
        continue;
      const [leaf] = only.query.body.kind === 'select' ? only.query.body.from : [];
      if (only.query.offset === undefined || leaf?.kind !== 'subquery') continue;
      tried += 1;
      const unfenced: Query = { ...tree, body: { ...body, from: [{ ...only, query: leaf.query }] } };
      try {
        verify(unfenced, leaves, dialect);
        passed.push(JSON.stringify(body.where));
      } catch (error) {
        expect(String(error)).toMatch(/verifier/);
      }
    }
    expect(tried).toBeGreaterThan(10);
    expect(passed).toEqual([]);
  });
});
