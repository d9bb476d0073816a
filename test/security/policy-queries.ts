/** Statements over the tables of test/models/policies: a list, with `T` for the table, and random ones. */
import fc from 'fast-check';
import { SHAPES } from './fixture.ts';

export const PLAIN: readonly string[] = [
  'SELECT * FROM T',
  'SELECT count(*) FROM T',
  'SELECT unit, count(*), sum(amount), avg(ratio) FROM T GROUP BY unit',
  'SELECT MEASURE(count), MEASURE(total), MEASURE(mean), MEASURE(notes) FROM T',
  'SELECT unit, MEASURE(total) FROM T GROUP BY ROLLUP (unit)',
  'SELECT note, SUM(total) FILTER (WHERE amount > 12) FROM (SELECT note, amount, total FROM T) t GROUP BY 1',
  'SELECT note, count FROM T',
  'SELECT a.id, b.id FROM T a FULL JOIN T b ON a.id = b.id + 3',
  'SELECT a.id, count(b.id) FROM T a LEFT JOIN T b ON a.note = b.note AND a.id < b.id GROUP BY a.id',
  'SELECT id FROM T WHERE NOT EXISTS (SELECT 1 FROM T u WHERE u.id = T.id + 1)',
  'SELECT id FROM T WHERE amount > (SELECT avg(amount) FROM T)',
  'SELECT id FROM T WHERE id NOT IN (SELECT id FROM T WHERE amount > 20)',
  'WITH RECURSIVE r AS (SELECT min(id) AS id FROM T UNION SELECT t.id FROM T t JOIN r ON t.id = r.id + 1) SELECT * FROM r',
  'SELECT id, rank() OVER (PARTITION BY unit ORDER BY amount, id) FROM T',
  'SELECT id FROM T EXCEPT SELECT id FROM T WHERE large',
  "SELECT max(id), min(at), count(DISTINCT note) FROM T WHERE note LIKE '%1%' OR note IS NULL",
  'SELECT unit FROM T GROUP BY unit HAVING MEASURE(total) > 50',
  'SELECT DISTINCT ON (unit) unit, id FROM T ORDER BY unit, id DESC',
];

const table = fc.constantFrom(...SHAPES);
const name = fc.constantFrom('a', 'b');
const dimension = fc.constantFrom('id', 'amount', 'note', 'unit', 'pattern');
const measure = fc.constantFrom('count', 'notes');

const leaf = (alias: string): fc.Arbitrary<string> =>
  fc.oneof(
    fc
      .tuple(fc.constantFrom('id', 'amount'), fc.constantFrom('=', '<>', '<', '>='), fc.integer({ min: 0, max: 30 }))
      .map(([column, operator, value]) => `${alias}.${column} ${operator} ${value}`),
    fc
      .tuple(fc.constantFrom('note', 'unit'), fc.constantFrom("IN ('1', 'day')", 'IS NULL', "LIKE '%a%'", "> '1'"))
      .map(([column, test]) => `${alias}.${column} ${test}`),
    fc.constantFrom(
      `${alias}.large`,
      `${alias}.note::int > 1`,
      `1/(${alias}.amount - 5) >= 0`,
      `${alias}.amount + ${alias}.id > 20`,
    ),
    fc
      .tuple(table, fc.constantFrom('', 'NOT '))
      .map(([inner, not]) => `${alias}.id ${not}IN (SELECT id FROM ${inner} WHERE amount > 15)`),
    table.map((inner) => `EXISTS (SELECT 1 FROM ${inner} e WHERE e.note = ${alias}.note AND e.id > ${alias}.id)`),
    table.map((inner) => `${alias}.amount >= (SELECT avg(amount) FROM ${inner} s WHERE s.unit = ${alias}.unit)`),
  );
const condition = (alias: string): fc.Arbitrary<string> =>
  fc.oneof(
    leaf(alias),
    fc
      .tuple(leaf(alias), fc.constantFrom('AND', 'OR', 'AND NOT'), leaf(alias))
      .map(([a, operator, b]) => `(${a} ${operator} ${b})`),
  );

const aggregate = fc.constantFrom('count(*)', 'sum(a.amount)', 'min(a.id)', 'count(DISTINCT a.note)');
const grouped = fc
  .tuple(table, dimension, aggregate, measure, condition('a'), fc.boolean())
  .map(
    ([from, key, value, of, where, having]) =>
      `SELECT a.${key}, ${value}, MEASURE(a.${of}) FROM ${from} a WHERE ${where} GROUP BY a.${key}${having ? ' HAVING count(*) > 1' : ''}`,
  );
const joined = fc
  .tuple(
    table,
    fc.constantFrom('JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN'),
    table,
    fc.constantFrom('a.id = b.id', 'a.id = b.id + 2'),
    name.chain(condition),
  )
  .map(
    ([left, join, right, on, where]) =>
      `SELECT a.id, b.id, b.note FROM ${left} a ${join} ${right} b ON ${on} WHERE ${where}`,
  );
const derived = fc
  .tuple(table, condition('a'), condition('b'))
  .map(
    ([from, inner, outer]) =>
      `SELECT b.id, b.x FROM (SELECT a.*, a.amount * 2 AS x FROM ${from} a WHERE ${inner}) b WHERE ${outer}`,
  );
const setOperation = fc
  .tuple(table, condition('a'), fc.constantFrom('UNION', 'UNION ALL', 'INTERSECT', 'EXCEPT'), table, condition('b'))
  .map(
    ([left, a, operator, right, b]) =>
      `SELECT a.note, a.amount FROM ${left} a WHERE ${a} ${operator} SELECT b.note, b.amount FROM ${right} b WHERE ${b}`,
  );
const windowed = fc
  .tuple(table, dimension, condition('a'))
  .map(
    ([from, key, where]) =>
      `SELECT a.id, sum(a.amount) OVER (PARTITION BY a.${key} ORDER BY a.id) FROM ${from} a WHERE ${where}`,
  );

export const statement = fc.oneof(grouped, joined, derived, setOperation, windowed);
