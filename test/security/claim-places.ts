/**
 * Where in SQL a claim may be written, what it may hold, and how the SQL that comes of it is looked at.
 */
import type { Claim } from '../../src/model/security-context.ts';
import { parse } from '../../src/sql/parse.ts';

/** Claims written into SQL, each by the expression that stands for `§`. */
export const PLACES = {
  'in a string': `SELECT * FROM t WHERE a = '§'`,
  'in the middle of a string': `SELECT * FROM t WHERE a = 'x§''y' AND b = 'z'`,
  'twice in a string': `SELECT * FROM t WHERE a = '§-§' AND b = '§'`,
  'as a value': `SELECT * FROM t WHERE a = § AND b = 1`,
  'behind a minus': `SELECT * FROM t WHERE 1 -§ > 2`,
  'behind a minus and a space': `SELECT * FROM t WHERE 1 - § > 2`,
  'behind a slash': `SELECT * FROM t WHERE 1 /§ > 2`,
  'as an argument': `SELECT * FROM t WHERE coalesce(§, 'x') = a`,
  'in arithmetic': `SELECT * FROM t WHERE (§)+1 = 2`,
  'behind LIKE': `SELECT * FROM t WHERE a LIKE §`,
  'behind IS DISTINCT FROM': `SELECT * FROM t WHERE a IS DISTINCT FROM §`,
  'behind the FROM of EXTRACT': `SELECT * FROM t WHERE extract(year FROM §) = 1`,
  'behind the FROM of TRIM': `SELECT * FROM t WHERE trim(both 'x' from §) = a`,
  'in a list of the author’s': `SELECT * FROM t WHERE a IN (1, §)`,
  'behind a comment': `SELECT * FROM t /* x */ WHERE a = /* y */ § -- z\n AND b = 1`,
  'in a subquery': `SELECT * FROM (SELECT § AS c FROM u) t`,
  'in a CASE': `SELECT CASE WHEN § THEN 1 END FROM t`,
} as const;

export const NAME_PLACES = {
  'behind FROM': `SELECT * FROM § WHERE a = 1`,
  'behind JOIN': `SELECT * FROM t JOIN § ON true`,
  'behind a comma of FROM': `SELECT * FROM t, § WHERE true`,
  'in parentheses behind FROM': `SELECT * FROM (§ CROSS JOIN t)`,
  'as a schema': `SELECT * FROM §.orders`,
  'as a schema with a space': `SELECT * FROM § . orders`,
  'as a table of a schema': `SELECT * FROM app.§`,
  'as a column': `SELECT t.§ FROM t`,
  'as a part of a name': `SELECT * FROM tenant_§.orders`,
  'in a quoted name': `SELECT * FROM "§"."orders"`,
  'in the middle of a quoted name': `SELECT * FROM "a§b"`,
} as const;

export const HOSTILE: readonly Claim[] = [
  "x' OR '1'='1",
  '1 OR 1=1',
  'a\\',
  "a\\' OR 1=1--",
  '$$',
  '$1',
  '--',
  '/*',
  '*/',
  ';',
  "'",
  "''",
  "'''",
  '"',
  '"x"',
  'a"."b',
  '{{7*7}}',
  '{% raw %}',
  '{ COMPILE_CONTEXT.securityContext.other }',
  '\u0024{process.env}',
  '{CUBE}',
  '{CUBE.id}',
  '\\{CUBE\\}',
  '{SECURITY_CONTEXT.x}',
  '\n- name: evil\n  sql: x',
  ': x',
  '# x',
  '"',
  '[1]',
  '*alias',
  '&anchor',
  '!tag',
  'true',
  'null',
  '~',
  '%',
  '_',
  'pg_catalog',
  'information_schema',
  'raw.employees --',
  'query_to_xml(1)',
  'A',
  '0x10',
  ' 12 ',
  '1e3',
  '١٢',
  '+5',
  '\u2028',
  '\u00a0',
  '\r',
  '\t',
  "\r\nE'",
  '\ue000',
  '\ue0000x0\ue001',
  'x'.repeat(100),
  'ſ',
  '\u212a',
  'toString',
  '__proto__',
  'constructor',
  '',
  0,
  -1,
  -0.5,
  9007199254740993n,
  -9223372036854775808n,
  1.25,
  true,
  false,
];

/** Never text of any kind. */
export const UNFIT: readonly Claim[] = [
  '\0',
  'a\0b',
  '\ud800',
  'a\udc00',
  1e21,
  { a: 1 },
  [['a']],
  [null],
  ['a', null],
  [{}],
];

/** The statement's tree without its literals, and without one name. */
export function structure(sql: string, name: string): unknown {
  const statements = parse(sql);
  const blank = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(blank);
    if (typeof node !== 'object' || node === null) return typeof node === 'string' && node === name ? '§' : node;
    const { kind, operand } = node as { readonly kind?: string; readonly operand?: { readonly kind?: string } };
    if (kind === 'string' || kind === 'number' || kind === 'boolean' || kind === 'null') return 'literal';
    if (kind === 'unary' && operand?.kind === 'number') return 'literal';
    return Object.fromEntries(
      Object.entries(node)
        .filter(
          ([key]) => key !== 'at' && key !== 'location' && key !== 'position' && key !== 'text' && key !== 'offset',
        )
        .map(([key, value]) => [key, blank(value)]),
    );
  };
  return statements.map(({ statement }) => blank(statement));
}

/** Every string literal of the statement. */
export function literals(sql: string): readonly string[] {
  const found: string[] = [];
  const walk = (node: unknown): void => {
    if (Array.isArray(node)) node.forEach(walk);
    else if (typeof node === 'object' && node !== null) {
      const { kind, value } = node as { readonly kind?: string; readonly value?: unknown };
      if (kind === 'string' && typeof value === 'string') found.push(value);
      else Object.values(node).forEach(walk);
    }
  };
  walk(parse(sql));
  return found;
}
