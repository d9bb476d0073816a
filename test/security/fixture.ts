/**
 * The data behind test/models/policies: tenant 1 is visible, the rest is not. Every physical name holds `zq_`, every
 * hidden value that can hold a text holds CANARY.
 */
import type { Claims } from './gateway.ts';

export const CLAIMS: Claims = {
  sub: 'tess',
  groups: ['staff'],
  tenant: 1,
  tenant_name: 'north',
  part: 'nort',
  seven: [1, -1, -2, -3, -4, -5, -6],
  eight: [1, -1, -2, -3, -4, -5, -6, -7],
  others: ['south', 'west'],
  until: '2024-03-31',
};

/** Tables of the model, one for each way to filter rows. */
export const SHAPES = [
  'by_equals',
  'by_seven',
  'by_eight',
  'by_or_chain',
  'by_text',
  'by_contains',
  'by_not_equals',
  'by_date',
  'by_two_policies',
  'by_condition',
  'by_author',
  'by_joined',
  'by_either',
  'by_both',
] as const;

/** A secret word in a physical name, a hidden row or a hidden column. */
export const SECRET_WORDS = /CANARY|zq_|ssn|secrets|guarded|hidden_total/i;

type Row = readonly (string | number | null)[];

/** id, tenant, tenant_name, owner, amount, big, ratio, note, uid, day, doc, unit, pattern, at, ssn */
const VISIBLE: readonly Row[] = Array.from({ length: 12 }, (_, i) => [
  i + 1,
  1,
  'north',
  i % 3 === 2 ? 11 : 10,
  10 + (i % 5) * 4,
  1000 + i,
  0.25 * (i % 3),
  String(i % 4),
  `00000000-0000-4000-8000-00000000000${i % 8}`,
  `2024-01-0${1 + (i % 9)}`,
  `{"n": ${i % 3}}`,
  i % 2 === 0 ? 'day' : 'month',
  i % 2 === 0 ? 'a+' : '[0-9]',
  `2024-01-${10 + i} 08:30:00`,
  `11${i}`,
]);

/** Values that break what tenant 1's do not: casts, division by amount - 5, roots, patterns, units, overflows. */
const CANARIES: readonly Row[] = Array.from({ length: 40 }, (_, i) => [
  900 + i,
  2 + (i % 2),
  i % 2 === 0 ? 'south' : 'west',
  12 + (i % 2),
  i % 3 === 0 ? 5 : i % 3 === 1 ? 2147483647 : -2147483647,
  i % 2 === 0 ? '9223372036854775807' : '-9223372036854775808',
  i % 2 === 0 ? 1e308 : -1e308,
  `CANARY-T2-${i}`,
  `CANARY-uid-${i}`,
  `CANARY-day-${i}`,
  `{CANARY-doc-${i}`,
  `CANARY-unit-${i}`,
  `CANARY(${i}\\`,
  i % 2 === 0 ? '1899-05-05 00:00:00' : '2024-02-11 00:00:00',
  `CANARY-ssn-${i}`,
]);

/** The other twin's hidden rows: fewer, and nothing in them raises. */
const HARMLESS: readonly Row[] = Array.from({ length: 3 }, (_, i) => [
  2000 + i,
  2,
  'south',
  12,
  18,
  1001,
  0.5,
  '1',
  '00000000-0000-4000-8000-000000000001',
  '2024-01-02',
  '{"n": 1}',
  'day',
  'a',
  '1899-05-06 00:00:00',
  `99${i}`,
]);

const owner = (id: number, tenant: number, name: string, code: string): Row => [id, tenant, name, code];

/** The canaries' own twin: as many, with the same values, but none has an id from 900. */
const MOVED: readonly Row[] = CANARIES.map(([id, ...rest]) => [-Number(id), ...rest]);

export type Twin = 'canaries' | 'harmless' | 'moved' | 'none';

/** SQL that both warehouses take. */
export function seedOf(twin: Twin): string {
  const hidden = { canaries: CANARIES, harmless: HARMLESS, moved: MOVED, none: [] }[twin];
  const asCanaries = twin === 'canaries' || twin === 'moved';
  const owners = [owner(10, 1, 'Ada', '7'), owner(11, 1, 'Bob', '8')];
  if (asCanaries) owners.push(owner(12, 2, 'CANARY-owner-1', 'CANARY-x'), owner(13, 3, 'CANARY-owner-2', '0'));
  if (twin === 'harmless') owners.push(owner(12, 2, 'Cyd', '9'));
  const orders = [...VISIBLE, ...hidden];
  const visibleLines = VISIBLE.flatMap((row, i): Row[] =>
    Array.from({ length: i % 3 }, (_, n) => [i * 10 + n, row[0] ?? 0, n + 1, String(n)]),
  );
  const hiddenLines = hidden.map((row, i): Row => [5000 + i, row[0] ?? 0, 7, asCanaries ? `CANARY-${i}` : '3']);
  const employees: readonly Row[] = asCanaries
    ? [[1, 4711]]
    : [
        [1, 12],
        [2, 13],
      ];
  return `
CREATE SCHEMA zq_raw;
CREATE TABLE zq_raw.zq_orders (zq_id integer PRIMARY KEY, zq_tenant integer, zq_tenant_name text, zq_owner integer,
  zq_amount integer, zq_big bigint, zq_ratio double precision, zq_note text, zq_uid text, zq_day text, zq_doc text,
  zq_unit text, zq_pattern text, zq_at timestamp, zq_ssn text);
CREATE TABLE zq_raw.zq_owners (zq_id integer PRIMARY KEY, zq_tenant integer, zq_name text, zq_code text);
CREATE TABLE zq_raw.zq_lines (zq_id integer PRIMARY KEY, zq_order integer, zq_qty integer, zq_text text);
CREATE TABLE zq_raw.zq_employees (zq_id integer PRIMARY KEY, zq_salary integer);
INSERT INTO zq_raw.zq_orders VALUES ${valuesOf(orders)};
INSERT INTO zq_raw.zq_owners VALUES ${valuesOf(owners)};
INSERT INTO zq_raw.zq_lines VALUES ${valuesOf([...visibleLines, ...hiddenLines])};
INSERT INTO zq_raw.zq_employees VALUES ${valuesOf(employees)};
`;
}

function valuesOf(rows: readonly Row[]): string {
  return rows.map((row) => `(${row.map(literal).join(', ')})`).join(', ');
}

function literal(value: string | number | null): string {
  if (value === null) return 'NULL';
  return `'${String(value).replaceAll("'", "''")}'`;
}
