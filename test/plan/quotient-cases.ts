/** Statements over a few rows of operands, `v(id, x, y)`, and what they do with `x / y` and its like. */
import fc from 'fast-check';

export type QuotientCase = {
  readonly sql: string;
  /** Every digit is decided: equal values that are written differently do not meet. */
  readonly exactDigits: boolean;
};

type Operand = { readonly digits: bigint; readonly scale: number };

/** Types of operands, the most digits of each, and those of them behind the point (undefined: any number). */
const TYPES = {
  int4: { digits: 9, scale: 0 },
  int8: { digits: 18, scale: 0 },
  'numeric(18,2)': { digits: 17, scale: 2 },
  'numeric(12,6)': { digits: 12, scale: 6 },
  'numeric(20,9)': { digits: 20, scale: 9 },
  numeric: { digits: 18, scale: undefined },
} as const;
type TypeName = keyof typeof TYPES;

/** Digits that carry: many nines and zeros. */
function digits(most: number): fc.Arbitrary<bigint> {
  const digit = fc.oneof(fc.constantFrom('9', '0', '0', '5'), fc.constantFrom(...'0123456789'));
  return fc.array(digit, { minLength: 1, maxLength: most }).map((list) => BigInt(list.join('')));
}

function operandOf(name: TypeName, most: number): fc.Arbitrary<Operand> {
  const { digits: length, scale } = TYPES[name];
  return fc.record({
    digits: fc.tuple(digits(Math.min(length, most)), fc.boolean()).map(([n, minus]) => (minus ? -n : n)),
    scale: scale === undefined ? fc.integer({ min: 0, max: Math.min(12, most) }) : fc.constant(scale),
  });
}

const ORDINARY = 5;

type RowOf = { readonly x: Operand; readonly y: Operand };

/** Rows, and more that are the same ones times k, and those with one added to the dividend. */
function rowsOf(left: TypeName, right: TypeName, most: number): fc.Arbitrary<readonly RowOf[]> {
  // A quotient of more than 24 places is what an ordinary one is not.
  const largest = 10n ** BigInt(most === ORDINARY ? most : most * 2);
  const one = fc.record({
    x: operandOf(left, most),
    y: operandOf(right, most).filter((operand) => operand.digits !== 0n),
  });
  const fits = ({ x, y }: RowOf): boolean =>
    [x, y].every(({ digits: n }) => n < largest && n > -largest) &&
    String(x.digits).length <= TYPES[left].digits &&
    String(y.digits).length <= TYPES[right].digits;
  return fc
    .tuple(fc.array(one, { minLength: 2, maxLength: 4 }), digits(most), fc.constantFrom(2n, 3n, 10n, 100n, 10_000n))
    .map(([rows, far, near]) => {
      const more = rows.flatMap(({ x, y }): RowOf[] =>
        [near, far === 0n ? 7n : far].flatMap((k) => {
          const [a, b] = [
            { ...x, digits: x.digits * k },
            { ...y, digits: y.digits * k },
          ];
          return [
            { x: a, y: b },
            { x: { ...a, digits: a.digits + 1n }, y: b },
          ];
        }),
      );
      return [...rows, ...more.filter(fits)].slice(0, 10);
    });
}

function written({ digits: value, scale }: Operand): string {
  const shown = String(value < 0n ? -value : value).padStart(scale + 1, '0');
  const text = scale === 0 ? shown : `${shown.slice(0, -scale)}.${shown.slice(-scale)}`;
  return value < 0n ? `-${text}` : text;
}

/** `{}` is a prefix for columns. */
const QUOTIENTS = [
  '{}x::numeric / {}y',
  '{}x::numeric / {}y',
  '{}x::numeric / {}y',
  '{}x / {}y::numeric',
  '1.0 * {}x / {}y',
  '{}x::numeric / {}y + 1',
  '{}x::numeric / {}y * 100',
  '{}x::numeric / {}y * 100.0 - 1',
  '-({}x::numeric / {}y)',
  'abs({}x::numeric / {}y)',
  '{}x::numeric / {}y / 3',
  'CASE WHEN {}id > 3 THEN {}x::numeric / {}y ELSE {}x::numeric END',
  'coalesce({}x::numeric / {}y, 0.50)',
  'sqrt(abs({}x::numeric))',
  '{}x::numeric / {}y - {}y::numeric / 7',
] as const;

/** What a statement does with a quotient E, its like of another table alias A(E) and B(E), and another quotient F. */
const STATEMENTS: readonly (readonly [exactDigits: boolean, template: string])[] = [
  [true, 'SELECT id, E FROM v ORDER BY id'],
  [false, 'SELECT E FROM v ORDER BY E'],
  [true, 'SELECT id FROM v ORDER BY E DESC, id'],
  [true, 'SELECT id, q FROM (SELECT id, E AS q FROM v) z ORDER BY q, id'],
  [true, 'SELECT a.id, b.id FROM v a JOIN v b ON A(E) = B(E) ORDER BY 1, 2'],
  [true, 'SELECT a.id, b.id FROM v a JOIN v b ON A(E) < B(E) ORDER BY 1, 2'],
  [true, 'SELECT a.id, b.id FROM v a JOIN v b ON A(E) BETWEEN B(E) AND B(F) ORDER BY 1, 2'],
  [false, 'SELECT E, count(*) FROM v GROUP BY E ORDER BY E'],
  [false, 'SELECT q, count(*), min(id) FROM (SELECT id, E AS q FROM v) z GROUP BY q ORDER BY 1'],
  [false, 'SELECT q, count(*) FROM (SELECT E AS q FROM v UNION ALL SELECT F FROM v) z GROUP BY q ORDER BY 1'],
  [false, 'SELECT DISTINCT E FROM v ORDER BY 1'],
  [true, 'SELECT count(DISTINCT E), count(DISTINCT F) FROM v'],
  [false, 'SELECT E FROM v UNION SELECT F FROM v ORDER BY 1'],
  [false, 'SELECT E FROM v UNION SELECT x FROM v ORDER BY 1'],
  [false, 'SELECT E FROM v EXCEPT SELECT F FROM v ORDER BY 1'],
  [false, 'SELECT E FROM v INTERSECT SELECT F FROM v ORDER BY 1'],
  [true, 'SELECT id FROM v WHERE E IN (SELECT F FROM v) ORDER BY 1'],
  [true, 'SELECT id FROM v WHERE E NOT IN (SELECT E FROM v WHERE id > 2) ORDER BY 1'],
  [true, 'SELECT id FROM v WHERE x IN (SELECT E FROM v) ORDER BY 1'],
  [true, 'SELECT id FROM v WHERE E IN (SELECT x FROM v UNION SELECT F FROM v) ORDER BY 1'],
  [true, 'SELECT id FROM v WHERE E >= ALL (SELECT E FROM v) ORDER BY 1'],
  [true, 'SELECT id FROM v WHERE E > (SELECT avg(E) FROM v) ORDER BY 1'],
  [true, 'SELECT id FROM v WHERE E = (SELECT E FROM v WHERE id = 2) ORDER BY 1'],
  [true, 'SELECT id, E = F, E < F, E >= F, E IS DISTINCT FROM F FROM v ORDER BY 1'],
  [true, 'SELECT id, CASE WHEN E > F THEN 1 WHEN E = F THEN 0 ELSE -1 END FROM v ORDER BY 1'],
  [true, 'SELECT id, E IN (x, F, 1), E BETWEEN F AND x FROM v ORDER BY 1'],
  [false, 'SELECT id, greatest(E, F), least(E, x) FROM v ORDER BY 1'],
  [true, 'SELECT id, nullif(E, F) FROM v ORDER BY 1'],
  [false, 'SELECT min(E), max(E), min(F), max(F) FROM v'],
  [true, 'SELECT id, rank() OVER (ORDER BY E), dense_rank() OVER (ORDER BY E DESC) FROM v ORDER BY 1'],
  [true, 'SELECT id, count(*) OVER (PARTITION BY E) FROM v ORDER BY 1'],
  [true, 'SELECT id, lag(E) OVER (ORDER BY id), lead(E, 1, x) OVER (ORDER BY id) FROM v ORDER BY 1'],
  [true, 'SELECT id, lag(E) OVER (ORDER BY id) < E FROM v ORDER BY 1'],
  [true, 'SELECT sum(E), avg(E) FROM v'],
  [true, 'SELECT sum(E) > sum(F), avg(E) = avg(F) FROM v'],
  [true, 'SELECT id % 2, sum(E) FROM v GROUP BY 1 HAVING sum(E) > avg(F) ORDER BY 1'],
  [true, 'SELECT id % 3 FROM v GROUP BY 1 ORDER BY avg(x), sum(E), 1'],
  [true, 'SELECT id % 3, avg(x), rank() OVER (ORDER BY avg(x)) FROM v GROUP BY 1 ORDER BY 1'],
  [true, 'SELECT id % 3 FROM v GROUP BY 1 HAVING avg(x) > (SELECT avg(E) FROM v) ORDER BY 1'],
  [true, 'SELECT id % 3 FROM v GROUP BY 1 ORDER BY sum(x)::numeric / nullif(sum(y), 0), 1'],
  [true, 'SELECT sum(q), count(*) FROM (SELECT id % 2 AS k, avg(E) AS q FROM v GROUP BY 1) z WHERE q <> 0'],
  [true, 'SELECT id, round(E, 2), round(E, 0), round(E, 6) FROM v ORDER BY 1'],
  [true, 'SELECT id FROM v ORDER BY round(E, 3), id'],
  [true, 'SELECT id, E::numeric(38, 4), trunc(E, 3) FROM v ORDER BY 1'],
  [true, 'SELECT id, div(x::numeric, y::numeric), div(E, 0.3) FROM v ORDER BY 1'],
  [true, 'SELECT id, floor(E), ceil(E), sign(E) FROM v ORDER BY 1'],
  [true, 'SELECT id % 2, round(avg(x), 2), round(sum(x)::numeric / nullif(sum(y), 0), 4) FROM v GROUP BY 1 ORDER BY 1'],
];

/** @param kind `ordinary`: operands of few digits, of which two are behind the point */
export function quotientCase(kind: 'ordinary' | 'any'): fc.Arbitrary<QuotientCase> {
  const names = Object.keys(TYPES) as TypeName[];
  const usual = new Set<TypeName>(['int4', 'int8', 'numeric(18,2)']);
  const types = fc.constantFrom(...names.filter((name) => kind === 'any' || usual.has(name)));
  const most = kind === 'any' ? 20 : ORDINARY;
  return fc
    .tuple(types, types, fc.constantFrom(...STATEMENTS), fc.constantFrom(...QUOTIENTS), fc.constantFrom(...QUOTIENTS))
    .chain(([left, right, statement, e, f]) =>
      rowsOf(left, right, most).map((rows) => ({
        sql: statementOf(rows, left, right, statement[1], e, f),
        exactDigits: statement[0],
      })),
    );
}

function statementOf(
  rows: readonly RowOf[],
  left: TypeName,
  right: TypeName,
  template: string,
  e: string,
  f: string,
): string {
  const values = rows.map(
    ({ x, y }, i) => `(${i + 1}, CAST('${written(x)}' AS ${left}), CAST('${written(y)}' AS ${right}))`,
  );
  const of = (quotient: string, prefix: string): string => `(${quotient.replaceAll('{}', prefix)})`;
  const body = template
    .replaceAll(/([AB])\(([EF])\)/g, (_, table: string, which: string) =>
      of(which === 'E' ? e : f, `${table.toLowerCase()}.`),
    )
    .replaceAll(/\bE\b/g, of(e, ''))
    .replaceAll(/\bF\b/g, of(f, ''));
  return `WITH v AS (SELECT w.id, w.x, w.y FROM (VALUES ${values.join(', ')}) w(id, x, y), items i WHERE i.id = 1) ${body}`;
}
