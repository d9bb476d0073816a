/** Wrong answers and failures that the oracle found, or that were found while it was built, each small enough to read. */
import { lit } from './expression.ts';
import type { Cube, ModelExpr, World } from './world.ts';

const n: ModelExpr = { k: 'leaf', leaf: { k: 'column', name: 'n' } };
const column = (name: string) => ({ name, type: 'int' as const });
const dimension = (name: string) => ({
  name,
  type: 'int' as const,
  sql: { k: 'leaf' as const, leaf: { k: 'column' as const, name } },
});
const author = (fn: 'sum' | 'count', arg: ModelExpr): ModelExpr => ({ k: 'leaf', leaf: { k: 'aggregate', fn, arg } });
const base = { key: ['id'], keyDeclared: true, keyPublic: true } as const;
const common: Cube['measures'] = [
  { name: 'count', type: 'count', result: 'int', sql: undefined, filters: [] },
  { name: 'sum', type: 'sum', result: 'int', sql: n, filters: [] },
  { name: 'ones', type: 'number', result: 'int', sql: author('count', lit(1)), filters: [] },
  { name: 'twos', type: 'number', result: 'int', sql: author('sum', lit(2)), filters: [] },
  { name: 'truths', type: 'count', result: 'int', sql: lit(true), filters: [] },
  {
    name: 'huge',
    type: 'number',
    result: 'int',
    sql: { k: 'op', op: '*', args: [author('sum', n), lit(2_000_000_000)] },
    filters: [],
  },
  {
    name: 'both',
    type: 'number',
    result: 'int',
    sql: {
      k: 'op',
      op: '+',
      args: [
        { k: 'leaf', leaf: { k: 'member', name: 'sum' } },
        { k: 'leaf', leaf: { k: 'member', name: 'count' } },
      ],
    },
    filters: [],
  },
];

/** c0 has many c1 and many c2. */
export const keptWorld: World = {
  cubes: [
    {
      ...base,
      name: 'c0',
      columns: [column('id'), column('n')],
      joins: [
        { to: 'c1', relationship: 'one_to_many', on: [['id', 'c0_id']] },
        { to: 'c2', relationship: 'one_to_many', on: [['id', 'c0_id']] },
      ],
      dimensions: [dimension('id'), dimension('n')],
      measures: [
        ...common,
        {
          name: 'many_sum',
          type: 'sum',
          result: 'int',
          sql: { k: 'leaf', leaf: { k: 'column', cube: 'c1', name: 'n' } },
          filters: [],
        },
      ],
      rows: [
        { id: 1, n: 10 },
        { id: 2, n: 20 },
        { id: 3, n: null },
      ],
    },
    ...['c1', 'c2'].map(
      (name): Cube => ({
        ...base,
        name,
        columns: [column('id'), column('n'), column('c0_id')],
        joins: [],
        dimensions: [dimension('id'), dimension('n')],
        measures: common,
        rows: [
          { id: 1, n: 1, c0_id: 1 },
          { id: 2, n: 2, c0_id: 1 },
          { id: 3, n: 2, c0_id: 2 },
        ],
      }),
    ),
  ],
  views: [
    {
      name: 'v',
      root: 'c0',
      paths: [
        { path: [], prefix: 'c0' },
        { path: ['c1'], prefix: 'c1' },
        { path: ['c2'], prefix: 'c2' },
      ],
    },
  ],
};

export type KeptCase = {
  readonly why: string;
  readonly sql: string;
  /** Over the tables themselves; undefined: the query is refused. */
  readonly byHand?: string;
  readonly refused?: string;
};

export const KEPT: readonly KeptCase[] = [
  {
    why: "count(1) and sum(2) of the author's own count no row that a LEFT JOIN made",
    sql: 'SELECT c0_id, c1_n, c1_ones, c1_twos FROM v',
    byHand: `SELECT c0.id, c1.n, count(c1.id), sum(2) FILTER (WHERE c1.id IS NOT NULL)
      FROM {c0} c0 LEFT JOIN {c1} c1 ON c1.c0_id = c0.id GROUP BY 1, 2`,
  },
  {
    why: 'a count of a constant counts no such row either',
    sql: 'SELECT c0_id, c1_truths FROM v',
    byHand: 'SELECT c0.id, count(c1.id) FROM {c0} c0 LEFT JOIN {c1} c1 ON c1.c0_id = c0.id GROUP BY 1',
  },
  {
    why: "an aggregate of the author's own keeps its type where every group is one row",
    sql: 'SELECT c0_id, c0_huge FROM v WHERE c0_id < 3',
    byHand: 'SELECT id, n * 2000000000::bigint FROM {c0} WHERE id < 3',
  },
  {
    why: 'a correlated FILTER on measures that rows repeat',
    sql: `SELECT MEASURE(c0_both) FILTER (WHERE EXISTS (SELECT 1 FROM v w WHERE w.c2_n = v.c1_n)),
      COUNT(c1_n) FILTER (WHERE c1_n = 2) FROM v`,
    byHand: `SELECT (SELECT sum(n) + count(*) FROM {c0} WHERE id IN (SELECT c0_id FROM {c1} WHERE n IN (SELECT n FROM {c2}))),
      (SELECT count(*) FROM {c1} WHERE n = 2)`,
  },
  {
    why: 'a subquery with measures in WHERE, itself over repeated rows, above an aggregate over repeated rows',
    sql: `SELECT c1_n, SUM(c0_sum) FROM v WHERE c0_id IN (SELECT MEASURE(w.c0_count) FROM v w GROUP BY w.c1_n) GROUP BY c1_n`,
    byHand: `SELECT m, sum(n) FROM (SELECT DISTINCT c0.id, c0.n, c1.n AS m FROM {c0} c0 LEFT JOIN {c1} c1 ON c1.c0_id = c0.id) d
      WHERE id IN (SELECT count(DISTINCT d.id) FROM {c0} d LEFT JOIN {c1} e ON e.c0_id = d.id GROUP BY e.n) GROUP BY m`,
  },
  {
    why: 'such a subquery in FILTER: DuckDB takes no window inside the window that numbers repetitions',
    sql: `SELECT SUM(c0_sum) FILTER (WHERE c1_n IN (SELECT MEASURE(w.c0_count) FROM v w GROUP BY w.c1_n)) FROM v`,
    byHand: `SELECT sum(n) FROM {c0} WHERE id IN (SELECT c0_id FROM {c1} WHERE n IN (
      SELECT count(DISTINCT d.id) FROM {c0} d LEFT JOIN {c1} e ON e.c0_id = d.id GROUP BY e.n))`,
  },
  {
    why: 'and in a key that is grouped by',
    sql: `SELECT (SELECT SUM(w.c1_count) FROM v w WHERE w.c0_id = v.c2_n) AS ones, v.c0_count FROM v`,
    byHand: `SELECT ones, count(DISTINCT id) AS orders FROM (SELECT c0.id, CASE WHEN c2.n IN (1, 2, 3) THEN
      (SELECT count(*) FROM {c1} WHERE c0_id = c2.n) ELSE 0 END AS ones FROM {c0} c0 LEFT JOIN {c2} c2 ON c2.c0_id = c0.id) d GROUP BY 1`,
  },
  {
    why: 'a subquery in the argument reads a to-many cube: its rows are counted',
    sql: `SELECT SUM(CASE WHEN EXISTS (SELECT 1 FROM v w WHERE w.c2_n = v.c1_n) THEN 1 ELSE 0 END), SUM(c2_n) FROM v`,
    byHand: `SELECT (SELECT count(*) FROM {c1} WHERE n IN (SELECT n FROM {c2})), (SELECT sum(n) FROM {c2})`,
  },
  {
    why: 'an aggregate over dimensions in a join with a relation that has no key: its rows count too',
    sql: `SELECT one, COUNT(*), SUM(v.c0_n) FROM v JOIN (SELECT 1 AS one UNION ALL SELECT 1) t ON t.one = v.c1_n OR v.c1_n = 2
      GROUP BY one`,
    byHand: `SELECT one, count(*), sum(n) FROM (SELECT DISTINCT c0.id, c0.n, t.i, t.one FROM {c0} c0
      JOIN {c1} c1 ON c1.c0_id = c0.id JOIN (VALUES (1, 1), (2, 1)) t(i, one) ON t.one = c1.n OR c1.n = 2) d GROUP BY one`,
  },
  {
    why: 'what a subquery in HAVING aggregates under a correlated FILTER stays inside it, over repeated rows too',
    sql: `SELECT c0_n, COUNT(c0_n) FROM v GROUP BY c0_n HAVING SUM(c0_count) >
      (SELECT SUM(w.c1_count) FILTER (WHERE EXISTS (SELECT 1 FROM v x WHERE x.c0_id = w.c1_n AND x.c0_id = 1)) FROM v w) - 1
      ORDER BY SUM(c1_id)`,
    byHand: 'SELECT n, count(n) FROM {c0} GROUP BY n',
  },
  {
    why: 'rows that LATERAL makes beside each row are told apart by what they are made of',
    sql: `SELECT c0_id, COUNT(*) FROM v CROSS JOIN LATERAL (SELECT v.c1_id + 1 AS one LIMIT 1) t GROUP BY c0_id`,
    byHand: 'SELECT c0.id, count(*) FROM {c0} c0 LEFT JOIN {c1} c1 ON c1.c0_id = c0.id GROUP BY 1',
  },
  {
    why: 'and those that are made of the root row alone are the same for each of its repetitions',
    sql: `SELECT c1_n, COUNT(*) FROM v CROSS JOIN LATERAL (SELECT DISTINCT w.c2_n FROM v w WHERE w.c0_id = v.c0_id) t GROUP BY c1_n`,
    byHand: `SELECT d.n, count(*) FROM (SELECT DISTINCT c0.id, c1.n FROM {c0} c0 LEFT JOIN {c1} c1 ON c1.c0_id = c0.id) d
      CROSS JOIN LATERAL (SELECT DISTINCT c2.n FROM {c0} e LEFT JOIN {c2} c2 ON c2.c0_id = e.id WHERE e.id = d.id) t GROUP BY 1`,
  },
  {
    why: 'DISTINCT ON in an arm of a set operation that casts its column',
    sql: `(SELECT DISTINCT ON (c0_n) c0_n, c0_id FROM v ORDER BY c0_n, c0_id) UNION ALL (SELECT c1_count, c1_sum FROM v)`,
    byHand: '(SELECT n::bigint, id::bigint FROM {c0}) UNION ALL (SELECT count(*), sum(n) FROM {c1})',
  },
  {
    why: 'DISTINCT ON a column that is selected twice, ordered by the second',
    sql: 'SELECT DISTINCT ON (c0_n) c0_id AS one, c0_n AS two, c0_n FROM v WHERE c0_id < 3 ORDER BY c0_n, c0_id',
    byHand: 'SELECT id, n, n AS same FROM {c0} WHERE id < 3',
  },
  {
    why: 'GROUPING() in DISTINCT ON',
    sql: 'SELECT DISTINCT ON (GROUPING(c0_id)) GROUPING(c0_id), SUM(c0_sum) FROM v GROUP BY ROLLUP (c0_id) ORDER BY GROUPING(c0_id), 2',
    byHand: 'SELECT 0 AS level, 10 AS n UNION ALL SELECT 1, sum(n) FROM {c0}',
  },
  {
    why: 'a measure of the outer query in a subquery: of its group',
    sql: `SELECT c0_n, (SELECT COUNT(*) FROM v w WHERE w.c0_id <= v.c1_count), MEASURE(c1_count) FROM v GROUP BY c0_n
      HAVING EXISTS (SELECT 1 FROM v w WHERE w.c0_id = MEASURE(v.c1_count)) ORDER BY (SELECT SUM(w.c0_n) FROM v w WHERE w.c0_id < v.c1_count)`,
    byHand: `SELECT n, (SELECT count(*) FROM {c0} w WHERE w.id <= d.m), m FROM (SELECT c0.id, c0.n, count(c1.id) AS m FROM {c0} c0
      LEFT JOIN {c1} c1 ON c1.c0_id = c0.id GROUP BY 1, 2) d WHERE m > 0`,
  },
  {
    why: 'and such a query in FROM: each of its groups is a row, whatever a join repeats',
    sql: `SELECT COUNT(*), SUM(t.found) FROM (SELECT c0_id AS id, (SELECT COUNT(*) FROM v w WHERE w.c0_id <= v.c1_count) AS found
      FROM v GROUP BY c0_id) t JOIN v x ON x.c0_id = t.id WHERE x.c1_n IS NOT NULL`,
    byHand: `SELECT count(*), sum(found) FROM (SELECT c0.id, (SELECT count(*) FROM {c0} w WHERE w.id <= count(c1.id)) AS found
      FROM {c0} c0 JOIN {c1} c1 ON c1.c0_id = c0.id GROUP BY 1) d`,
  },
  {
    why: 'a measure of an outer query that does not group has no value',
    sql: 'SELECT c0_id, (SELECT COUNT(*) FROM v w WHERE w.c0_id <= v.c1_count) FROM v',
    refused: '0A000',
  },
  {
    why: 'an expression over measures travels up through several subqueries',
    sql: 'SELECT c.n, c.one FROM (SELECT b.* FROM (SELECT c0_count + c1_sum AS n, c1_id AS one FROM v) b) c',
    byHand: `SELECT count(DISTINCT c0.id) + sum(c1.n) AS n, c1.id AS one FROM {c0} c0 LEFT JOIN {c1} c1 ON c1.c0_id = c0.id GROUP BY 2`,
  },
  {
    why: 'a measure over a column of a cube that repeats its rows is refused',
    sql: 'SELECT c0_many_sum FROM v',
    refused: '0A000',
  },
];
