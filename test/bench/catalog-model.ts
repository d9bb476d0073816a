/**
 * Models of many views for the catalog's benchmarks: thirty columns each, titles and descriptions on most, keys on all.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type ModelFolder = { readonly path: string; readonly remove: () => void };

const TYPES = ['string', 'number', 'time', 'boolean'] as const;
const SQL_TYPES = { string: 'varchar', number: 'decimal(12,2)', time: 'timestamp', boolean: 'boolean' } as const;
/** Beside id and ref, which join. */
const DIMENSIONS = Array.from({ length: 22 }, (_, n) => ({ name: `column_${n}`, type: TYPES[n % 4] ?? 'string' }));
const MEASURES = ['sum', 'avg', 'min', 'max', 'count_distinct', 'number_of_rows'];
/** The one table that all cubes read: what is measured asks for none of its rows. */
export const WIDE_TABLE = `CREATE TABLE wide (id bigint, ref bigint, ${DIMENSIONS.map(({ name, type }) => `${name} ${SQL_TYPES[type]}`).join(', ')})`;
/** One in ten is what the nine after it refer to. */
const GROUP = 10;

/** @param perView `groups`: each view for who has the group of its name, so that there are as many shapes as sets */
export function writeModel(views: number, perView: 'everybody' | 'groups'): ModelFolder {
  const folder = mkdtempSync(join(tmpdir(), 'semwire-bench-'));
  const model = join(folder, 'model');
  for (const part of ['cubes', 'views']) mkdirSync(join(model, part), { recursive: true });
  for (let n = 0; n < views; n++) {
    writeFileSync(join(model, 'cubes', `cube_${n}.yml`), cube(n));
    writeFileSync(join(model, 'views', `${viewName(n)}.yml`), view(n, perView));
  }
  return { path: model, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export function viewName(n: number): string {
  return `view_${String(n).padStart(4, '0')}`;
}

function cube(n: number): string {
  const parent = n - (n % GROUP);
  const join = `joins: [{ name: cube_${parent}, relationship: many_to_one, sql: "{CUBE}.ref = {cube_${parent}}.id" }]`;
  return `cubes:
  - name: cube_${n}
    sql_table: wide
    ${n === parent ? '' : join}
    dimensions:
      - { name: id, sql: id, type: number, primary_key: true, public: true, title: Identifier }
      - { name: ref, sql: ref, type: number }
${DIMENSIONS.map(({ name, type }) => `      - { name: ${name}, sql: ${name}, type: ${type}, title: ${name} of ${n}, description: "What ${name} says of it" }`).join('\n')}
    measures:
${MEASURES.map((name) => `      - { name: ${name}_of_it, ${name === 'number_of_rows' ? 'type: count' : `type: ${name}, sql: column_1`}, title: ${name} }`).join('\n')}
`;
}

function view(n: number, perView: 'everybody' | 'groups'): string {
  const policy = `
    access_policy:
      - { group: ${viewName(n)}, member_level: { includes: "*" }, row_level: { allow_all: true } }`;
  return `views:
  - name: ${viewName(n)}
    title: View ${n}
    description: Rows of cube ${n}, each once
    cubes:
      - { join_path: cube_${n}, includes: "*" }${perView === 'groups' ? policy : ''}
`;
}
