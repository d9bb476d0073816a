/** `decide()` over a model that is written in a test, and what it decided as text. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import type { SecurityContext } from '../../src/access/context.ts';
import { decide, type PolicyDecision } from '../../src/access/decision.ts';
import type { PublicTables } from '../../src/access/exposed.ts';
import { examineRights } from '../../src/access/rights/examine.ts';
import { loadRights } from '../../src/access/rights/load.ts';
import type { HeldRight, Rights } from '../../src/access/rights/rights.ts';
import type { RowFilter } from '../../src/access/row-filter.ts';
import type { AuthMode } from '../../src/config.ts';
import { loadModel } from '../../src/model/load.ts';
import { problemText } from '../../src/model/problems.ts';
import type { Model } from '../../src/model/types.ts';
import { exposedTables } from '../../src/plan/exposed-tables.ts';
import type { MemberTypes } from '../../src/plan/model-facts.ts';
import { loadParser } from '../../src/sql/libpg.ts';
import type { PgType } from '../../src/sql/types.ts';

beforeAll(loadParser);
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

export type Loaded = { readonly model: Model; readonly tables: PublicTables };

/** Types as the warehouse would tell them: by the member's name where it ends in one, else by its family. */
export async function loadYaml(yaml: string): Promise<Loaded> {
  const folder = mkdtempSync(join(tmpdir(), 'semwire-decide-'));
  folders.push(folder);
  await mkdir(join(folder, 'cubes'));
  writeFileSync(join(folder, 'cubes/model.yml'), yaml);
  const { model, problems } = await loadModel(folder);
  if (model === undefined) throw new Error(problems.map(({ message }) => message).join('\n'));
  const typeOf = (cube: string, member: string): PgType => {
    const named = (['int4', 'int8', 'uuid', 'date', 'bool', 'float8'] as const).find((type) => member.endsWith(type));
    const family = model.cubes.get(cube)?.dimensions.get(member)?.type;
    return (
      named ??
      (family === 'number' ? 'numeric' : family === 'time' ? 'timestamp' : family === 'boolean' ? 'bool' : 'text')
    );
  };
  const value = (cube: string, member: string) => ({ type: typeOf(cube, member), typmod: -1 });
  const types: MemberTypes = { value, calculated: value, exposed: value };
  return { model, tables: { tables: exposedTables(model, types, 'auto', false), typeOf } };
}

export function context(claims: Readonly<Record<string, unknown>>): SecurityContext {
  return Object.assign(Object.create(null), claims) as SecurityContext;
}

/** @param files of `access/`, objects as JSON @throws Error with what is wrong, warnings left out */
export async function rightsOf(
  { model, tables }: Loaded,
  files: Readonly<Record<string, unknown>>,
  auth: AuthMode = 'jwt',
): Promise<Rights> {
  const folder = mkdtempSync(join(tmpdir(), 'semwire-rights-'));
  folders.push(folder);
  await mkdir(join(folder, 'access'));
  for (const [name, content] of Object.entries(files))
    writeFileSync(join(folder, 'access', name), typeof content === 'string' ? content : JSON.stringify(content));
  const { rights, problems } = await loadRights(folder, model, auth);
  const examined = rights === undefined ? [] : examineRights(rights, model, tables);
  const errors = [...problems, ...examined].filter(({ severity }) => severity === 'error');
  if (rights === undefined || errors.length > 0) throw new Error(errors.map(problemText).join('\n'));
  return rights;
}

/** @param held undefined: the model has no DataBrewery rights */
export function decideFor(
  { model, tables }: Loaded,
  claims: Readonly<Record<string, unknown>>,
  groups: readonly string[],
  held?: HeldRight,
): PolicyDecision {
  return decide(model, tables, context(claims), groups, held);
}

/** A row filter as text: `tenant = 'a'`, with the values put in. */
export function filterText(filter: RowFilter, decision: PolicyDecision): string {
  const value = (index: number): string => `'${decision.values[index]?.text}'`;
  switch (filter.kind) {
    case 'nothing':
      return 'false';
    case 'and':
    case 'or': {
      const [only, another] = filter.filters;
      if (only !== undefined && another === undefined) return filterText(only, decision);
      return `(${filter.filters.map((inner) => filterText(inner, decision)).join(` ${filter.kind} `)})`;
    }
    case 'null-test':
      return `${memberText(filter.member)} is ${filter.negated ? 'not ' : ''}null`;
    case 'compare':
      return `${memberText(filter.member)} ${filter.operator} ${value(filter.value)}`;
    case 'any':
      return `${filter.negated ? 'not ' : ''}${memberText(filter.member)} any ${value(filter.value)}`;
    case 'text-match':
      return `${filter.negated ? 'not ' : ''}${memberText(filter.member)} ${filter.match} ${value(filter.value)}`;
  }
}

function memberText({ path, member }: { readonly path: readonly string[]; readonly member: string }): string {
  return [...path, member].join('.');
}

export function rows(
  decision: PolicyDecision,
  table: string,
  columns: readonly string[],
  paths: readonly (readonly string[])[] = [],
) {
  return decision.rowFilters(table, { columns, paths }).map((filter) => filterText(filter, decision));
}

export function columns(decision: PolicyDecision, table: string): readonly string[] | undefined {
  return decision.model.tables.get(table)?.columns.map(({ name }) => name);
}
