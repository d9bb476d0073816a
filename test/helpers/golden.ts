/**
 * The `.golden` format: cases that read like documentation, rewritten by `npm run golden`.
 *
 *     # Why this file exists.
 *     model: orders
 *     context: {"groups": ["manager"]}
 *
 *     == title
 *     SELECT …
 *     -- columns
 *     status text, n bigint
 *     -- rows
 *     open | 2
 *
 * Sections of a case: `setting` (name = value), `parameters` (as rows), `columns`, `postgres` and `duckdb` (the SQL of
 * that warehouse), `by hand` (SQL over the seed's tables that must give the same rows), `rows`, `error`, `duckdb error`
 * (only where DuckDB cannot do it and says so, or fails with another condition).
 */
import { readFileSync } from 'node:fs';

export const SECTIONS = [
  'setting',
  'context',
  'parameters',
  'columns',
  'postgres',
  'duckdb',
  'by hand',
  'rows',
  'error',
  'duckdb error',
] as const;
export type Section = (typeof SECTIONS)[number];

export type GoldenCase = {
  readonly title: string;
  readonly sql: string;
  readonly sections: ReadonlyMap<Section, string>;
};

export type GoldenFile = {
  /** The lines before the first `name: value`. */
  readonly why: string;
  readonly header: ReadonlyMap<string, string>;
  readonly cases: readonly GoldenCase[];
};

const HEADER = ['model', 'context', 'like'];

/** @throws Error with the line, for what is not of the format */
export function readGolden(path: string): GoldenFile {
  const [head = '', ...cases] = readFileSync(path, 'utf8').split(/^(?=== )/m);
  const why: string[] = [];
  const header = new Map<string, string>();
  for (const line of head.split('\n')) {
    const named = /^(\w+): (.*)$/.exec(line);
    if (line.startsWith('#')) why.push(line);
    else if (named !== null && HEADER.includes(named[1] ?? '')) header.set(named[1] ?? '', named[2] ?? '');
    else if (line !== '') throw new Error(`${path}: neither a comment nor one of ${HEADER.join(', ')}: ${line}`);
  }
  if (why.length === 0) throw new Error(`${path}: say at the top why the file exists`);
  if (!header.has('model')) throw new Error(`${path}: no model`);
  const read = cases.map((text) => readCase(path, text));
  const twice = read.find(({ title }, i) => read.findIndex((other) => other.title === title) !== i);
  if (twice !== undefined) throw new Error(`${path}: two cases "${twice.title}"`);
  return { why: why.join('\n'), header, cases: read };
}

function readCase(path: string, text: string): GoldenCase {
  const [title = '', ...lines] = text.trimEnd().split('\n');
  const sections = new Map<Section, string>();
  const sql: string[] = [];
  let name: Section | undefined;
  for (const line of lines) {
    const started = /^-- ([a-z ]+)$/.exec(line)?.[1];
    if (started === undefined) {
      if (name === undefined) sql.push(line);
      else sections.set(name, sections.get(name) === '' ? line : `${sections.get(name)}\n${line}`);
      continue;
    }
    name = SECTIONS.find((section) => section === started);
    if (name === undefined) throw new Error(`${path}, "${title}": no section is called "${started}"`);
    if (sections.has(name)) throw new Error(`${path}, "${title}": section "${name}" twice`);
    sections.set(name, '');
  }
  return { title: title.slice('== '.length), sql: sql.join('\n'), sections };
}

export function writeGolden({ why, header, cases }: GoldenFile): string {
  const head = [why, ...[...header].map(([name, value]) => `${name}: ${value}`)].join('\n');
  const bodies = cases.map(({ title, sql, sections }) =>
    [
      `== ${title}`,
      sql,
      ...SECTIONS.flatMap((name) => {
        const text = sections.get(name);
        return text === undefined ? [] : [`-- ${name}`, ...(text === '' ? [] : [text])];
      }),
    ].join('\n'),
  );
  return `${[head, ...bodies].join('\n\n')}\n`;
}

export type Row = readonly (string | null)[];

/** One line a row, ` | ` between values; a text that could be misread is quoted. */
export function showRows(rows: readonly Row[]): string {
  return rows.length === 0 ? '(no rows)' : rows.map((row) => row.map(showValue).join(' | ')).join('\n');
}

function showValue(value: string | null): string {
  if (value === null) return 'NULL';
  return value === '' || value !== value.trim() || /^NULL$|[|\n']/.test(value)
    ? `'${value.replaceAll('\n', '\\n')}'`
    : value;
}

const CLAUSES =
  /\s(?=(?:FROM|(?:INNER|LEFT|RIGHT|FULL|CROSS) JOIN|WHERE|GROUP BY|HAVING|ORDER BY|UNION|LIMIT|OFFSET)\b)/g;

/** One clause a line: for reading alone. Breaks stand outside quotes. */
export function wrapSql(sql: string): string {
  return sql
    .split(/('(?:[^']|'')*'|"(?:[^"]|"")*")/)
    .map((part, i) => (i % 2 === 1 ? part : part.replace(CLAUSES, '\n')))
    .join('');
}
