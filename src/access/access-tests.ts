/**
 * Access tests: `tests/*.yml` of the model folder, who may see what in the words of who answers for it (contract,
 * section 8).
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gatherProblems, type Problems } from '../model/problems.ts';
import { entryOf, type SourceMap, type SourceNode, type SourceScalar } from '../model/source.ts';
import { didYouMean } from '../model/spelling.ts';
import type { ModelProblem, SourcePosition } from '../model/types.ts';
import { parseYaml } from '../model/yaml.ts';
import type { SecurityContext } from './context.ts';
import { claimOfNode } from './source-claims.ts';

export type AccessTest = {
  readonly name: string;
  readonly as: { readonly persona: string } | { readonly context: SecurityContext };
  readonly sql: string | undefined;
  /** All of them hold. */
  readonly expect: readonly Expectation[];
  readonly at: SourcePosition;
};

/** A value as written, and the text that it was written as: a number's digits count. */
export type ExpectedValue = Pick<SourceScalar, 'value' | 'raw'>;

export type Expectation =
  | { readonly kind: 'rows'; readonly rows: readonly (readonly ExpectedValue[])[] }
  | { readonly kind: 'row_count'; readonly count: number }
  | { readonly kind: 'columns'; readonly columns: readonly string[] }
  | { readonly kind: 'error'; readonly code: string }
  /** `table.column`, or a table alone. */
  | { readonly kind: 'sees' | 'cannot_see'; readonly names: readonly string[] };

const TEST_KEYS = ['name', 'as', 'context', 'sql', 'expect'];
const KINDS = ['rows', 'row_count', 'columns', 'error', 'sees', 'cannot_see'] as const;
const OF_SQL: ReadonlySet<string> = new Set(['rows', 'row_count', 'columns', 'error']);

/** @returns the tests of a model folder in the order of their files; none when a problem is an error */
export async function loadAccessTests(
  folder: string,
): Promise<{ readonly tests: readonly AccessTest[]; readonly problems: readonly ModelProblem[] }> {
  const problems = gatherProblems();
  const tests: AccessTest[] = [];
  for (const file of await testFiles(folder)) {
    const node = parseYaml(file, await readFile(join(folder, file), 'utf8'), problems);
    if (node !== undefined) tests.push(...readTests(node, problems));
  }
  return { tests: problems.errors() > 0 ? [] : tests, problems: problems.list() };
}

async function testFiles(folder: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(join(folder, 'tests'), { recursive: true });
    return entries
      .filter((name) => /\.ya?ml$/.test(name))
      .map((name) => `tests/${name.replaceAll('\\', '/')}`)
      .sort();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

function readTests(node: SourceNode, problems: Problems): readonly AccessTest[] {
  if (node.kind !== 'list') {
    problems.error(node.at, 'access tests are a list of {name, as, sql, expect}');
    return [];
  }
  return node.items.flatMap((item) => {
    if (item.kind === 'map') return readTest(item, problems) ?? [];
    problems.error(item.at, 'an access test has the keys name, as or context, sql, expect');
    return [];
  });
}

function readTest(map: SourceMap, problems: Problems): AccessTest | undefined {
  unknownKeys(map, TEST_KEYS, problems);
  const name = textOf(map, 'name', problems);
  const as = readBearer(map, problems);
  const sql = entryOf(map, 'sql') === undefined ? undefined : textOf(map, 'sql', problems);
  const expected = entryOf(map, 'expect')?.value;
  if (expected?.kind !== 'map' || expected.entries.length === 0) {
    problems.error(expected?.at ?? map.at, `"expect" must have some of ${KINDS.join(', ')}`);
    return undefined;
  }
  unknownKeys(expected, KINDS, problems);
  const expect = KINDS.flatMap((kind) => {
    const value = entryOf(expected, kind)?.value;
    return value === undefined ? [] : (readExpectation(kind, value, problems) ?? []);
  });
  const ofSql = expected.entries.filter(({ key }) => OF_SQL.has(key));
  if (ofSql[0] !== undefined && sql === undefined) problems.error(ofSql[0].keyAt, `"${ofSql[0].key}" needs "sql"`);
  if (sql !== undefined && ofSql.length === 0) problems.error(expected.at, 'nothing is expected of "sql"');
  const error = expected.entries.find(({ key }) => key === 'error');
  if (error !== undefined && ofSql.length > 1) problems.error(error.keyAt, 'a statement that fails has no rows');
  return name === undefined || as === undefined ? undefined : { name, as, sql, expect, at: map.at };
}

function readBearer(map: SourceMap, problems: Problems): AccessTest['as'] | undefined {
  const [persona, context] = [entryOf(map, 'as'), entryOf(map, 'context')];
  if ((persona === undefined) === (context === undefined)) {
    problems.error(map.at, 'give "as" (a persona) or "context" (claims)');
    return undefined;
  }
  if (context !== undefined) {
    if (context.value.kind === 'map') return { context: claimOfNode(context.value) as SecurityContext };
    problems.error(context.value.at, '"context" must be an object of claims');
    return undefined;
  }
  // `as: { context: … }` says the same.
  const of = persona?.value.kind === 'map' ? entryOf(persona.value, 'context')?.value : undefined;
  if (of?.kind === 'map') return { context: claimOfNode(of) as SecurityContext };
  const name = textOf(map, 'as', problems);
  return name === undefined ? undefined : { persona: name };
}

function readExpectation(kind: (typeof KINDS)[number], node: SourceNode, problems: Problems): Expectation | undefined {
  switch (kind) {
    case 'rows': {
      const rows = itemsOf(node, kind, problems)?.map((row) => {
        if (row.kind !== 'list') problems.error(row.at, 'a row is a list of values');
        return row.kind === 'list' ? row.items.flatMap((cell) => readCell(cell, problems)) : [];
      });
      return rows && { kind, rows };
    }
    case 'row_count': {
      const count = node.kind === 'scalar' ? node.value : undefined;
      if (typeof count === 'number' && Number.isInteger(count) && count >= 0) return { kind, count };
      problems.error(node.at, '"row_count" must be a whole number');
      return undefined;
    }
    case 'error':
      // Without quotes some of them are numbers to YAML.
      if (node.kind === 'scalar' && /^[0-9A-Z]{5}$/.test(node.raw)) return { kind, code: node.raw };
      problems.error(node.at, '"error" must be a SQLSTATE, such as "42P01"');
      return undefined;
    case 'columns': {
      const columns = namesOf(node, kind, problems);
      return columns && { kind, columns };
    }
    case 'sees':
    case 'cannot_see': {
      const names = namesOf(node, kind, problems);
      return names && { kind, names };
    }
  }
}

function readCell(cell: SourceNode, problems: Problems): readonly ExpectedValue[] {
  if (cell.kind === 'scalar') return [{ value: cell.value, raw: cell.raw }];
  problems.error(cell.at, 'a value is a text, number, boolean or null');
  return [];
}

function itemsOf(node: SourceNode, kind: string, problems: Problems): readonly SourceNode[] | undefined {
  if (node.kind === 'list') return node.items;
  problems.error(node.at, `"${kind}" must be a list`);
  return undefined;
}

function namesOf(node: SourceNode, kind: string, problems: Problems): readonly string[] | undefined {
  return itemsOf(node, kind, problems)?.flatMap((item) => {
    if (item.kind === 'scalar' && typeof item.value === 'string' && item.value !== '') return [item.value];
    problems.error(item.at, `"${kind}" is a list of names`);
    return [];
  });
}

function textOf(map: SourceMap, key: string, problems: Problems): string | undefined {
  const node = entryOf(map, key)?.value;
  if (node?.kind === 'scalar' && typeof node.value === 'string' && node.value !== '') return node.value;
  problems.error(node?.at ?? map.at, `"${key}" must be a text`);
  return undefined;
}

function unknownKeys(map: SourceMap, known: readonly string[], problems: Problems): void {
  for (const { key, keyAt } of map.entries) {
    if (!known.includes(key)) problems.error(keyAt, `unknown key "${key}"${didYouMean(key, known)}`);
  }
}
