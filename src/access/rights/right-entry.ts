/**
 * One entry of rights.json or roles.json, as it is written.
 */
import type { Problems } from '../../model/problems.ts';
import type { SourceEntry, SourceMap, SourceNode, SourceText } from '../../model/source.ts';
import { didYouMean } from '../../model/spelling.ts';
import type { SourcePosition } from '../../model/types.ts';
import { readCutObject } from './cut-object.ts';
import { CutError, readCutText } from './cut-text.ts';
import { type NamePattern, readNamePattern } from './name-pattern.ts';
import type { Cut, HierarchyLimit } from './rights.ts';

export type RightEntry = {
  readonly at: SourcePosition;
  readonly roles: readonly { readonly name: string; readonly at: SourcePosition }[];
  readonly allowed: readonly NamePattern[] | undefined;
  readonly denied: readonly NamePattern[];
  readonly restrictions: readonly Restriction[];
  readonly limits: readonly Limits[];
};

/** Of one cube or view, or of `*`. */
export type Restriction = { readonly table: string; readonly at: SourcePosition; readonly cuts: readonly Cut[] };
export type Limits = {
  readonly table: string;
  readonly at: SourcePosition;
  readonly limits: readonly HierarchyLimit[];
};

const KEYS = ['roles', 'allowed_cubes', 'denied_cubes', 'cube_restrictions', 'cell_restrictions', 'hierarchy_limits'];

/** @returns the entries by name: what is wrong in one of them does not hide the others */
export function readRightEntries(node: SourceNode, problems: Problems): ReadonlyMap<string, RightEntry> {
  const found = new Map<string, RightEntry>();
  if (node.kind !== 'map') {
    problems.error(node.at, 'an object is expected: a right under each name');
    return found;
  }
  for (const { key, keyAt, value } of node.entries) {
    if (value.kind === 'map') found.set(key, readRightEntry(value, problems));
    else problems.error(value.at, `the right of "${key}" must be an object`);
    if (key === '') problems.error(keyAt, 'a right needs a name');
  }
  return found;
}

function readRightEntry(map: SourceMap, problems: Problems): RightEntry {
  for (const { key, keyAt } of map.entries) {
    if (!KEYS.includes(key)) problems.error(keyAt, `unknown key "${key}"${didYouMean(key, KEYS)}`);
  }
  const under = (key: string): SourceEntry[] => map.entries.filter((entry) => entry.key === key);
  const patterns = (key: string): readonly NamePattern[] =>
    under(key).flatMap(({ value }) => readPatterns(key, value, problems));
  return {
    at: map.at,
    roles: under('roles').flatMap(({ value }) =>
      readTexts('roles', value, problems).map((name) => ({ name: name.text, at: name.at(0) })),
    ),
    allowed: under('allowed_cubes').length === 0 ? undefined : patterns('allowed_cubes'),
    denied: patterns('denied_cubes'),
    restrictions: readRestrictions([...under('cube_restrictions'), ...under('cell_restrictions')], problems),
    limits: under('hierarchy_limits').flatMap(({ key, value }) =>
      tablesOf(key, value, problems).map(
        ({ key: table, keyAt, value: list }): Limits => ({
          table,
          at: keyAt,
          limits: readLimits(table, list, problems),
        }),
      ),
    ),
  };
}

function readTexts(key: string, node: SourceNode, problems: Problems): readonly SourceText[] {
  if (node.kind !== 'list') {
    problems.error(node.at, `"${key}" must be a list of names`);
    return [];
  }
  return node.items.flatMap((item) => {
    if (item.kind === 'scalar' && typeof item.value === 'string' && item.value !== '')
      return [{ ...item.text, at: () => item.at }];
    problems.error(item.at, `"${key}" must be a list of names`);
    return [];
  });
}

function readPatterns(key: string, node: SourceNode, problems: Problems): readonly NamePattern[] {
  return readTexts(key, node, problems).flatMap(({ text, at }) => {
    const pattern = readNamePattern(text, at(0));
    if (pattern === undefined)
      problems.error(at(0), `"${text}" matches nothing: a star stands first or last, and once`);
    return pattern ?? [];
  });
}

/** Both spellings are one thing; of one cube both at once could be meant in two ways. */
function readRestrictions(entries: readonly SourceEntry[], problems: Problems): readonly Restriction[] {
  const found = new Map<string, Restriction>();
  for (const { key, value } of entries) {
    for (const { key: table, keyAt, value: list } of tablesOf(key, value, problems)) {
      if (found.has(table)) {
        problems.error(
          keyAt,
          `"${table}" has cube_restrictions and cell_restrictions, which are the same thing; keep one`,
        );
      }
      found.set(table, { table, at: keyAt, cuts: readCuts(table, list, problems) });
    }
  }
  return [...found.values()];
}

function tablesOf(key: string, node: SourceNode, problems: Problems): readonly SourceEntry[] {
  if (node.kind === 'map') return node.entries;
  problems.error(node.at, `"${key}" must be an object: a list under the name of each cube`);
  return [];
}

function readCuts(table: string, node: SourceNode, problems: Problems): readonly Cut[] {
  if (node.kind !== 'list') {
    problems.error(node.at, `the restrictions of "${table}" must be a list of cuts`);
    return [];
  }
  return node.items.flatMap((item) => {
    try {
      if (item.kind === 'map') return [readCutObject(item)];
      if (item.kind === 'scalar' && typeof item.value === 'string') return [readCutText(item.text)];
      throw new CutError(item.at, 'a cut is a text such as "geo:sk", or an object');
    } catch (error) {
      if (!(error instanceof CutError)) throw error;
      problems.error(error.at, error.message);
      return [];
    }
  });
}

// Limits: "dim[@hierarchy][:level]" or [dimension, hierarchy, level]

const LIMIT = /^([A-Za-z_]\w*)(?:@([A-Za-z_]\w*))?(?::([A-Za-z_]\w*))?$/;

function readLimits(table: string, node: SourceNode, problems: Problems): readonly HierarchyLimit[] {
  if (node.kind !== 'list') {
    problems.error(node.at, `the hierarchy limits of "${table}" must be a list`);
    return [];
  }
  return node.items.flatMap((item) => {
    const limit = item.kind === 'list' ? limitOfList(item.items, item.at) : limitOfText(item);
    if (limit === undefined)
      problems.error(item.at, 'a hierarchy limit is "dimension[@hierarchy][:level]", or a list of the three');
    return limit ?? [];
  });
}

function limitOfText(node: SourceNode): HierarchyLimit | undefined {
  const match = node.kind === 'scalar' && typeof node.value === 'string' ? LIMIT.exec(node.value) : null;
  if (match === null) return undefined;
  const [text, dimension = '', hierarchy, level] = match;
  return { text, at: node.at, dimension, hierarchy, level };
}

function limitOfList(items: readonly SourceNode[], at: SourcePosition): HierarchyLimit | undefined {
  const names = items.map((item) => (item.kind === 'scalar' ? item.value : undefined));
  const [dimension, hierarchy, level] = names;
  const isName = (value: unknown): value is string | null =>
    value === null || (typeof value === 'string' && /^[A-Za-z_]\w*$/.test(value));
  if (names.length !== 3 || typeof dimension !== 'string' || !names.every(isName)) return undefined;
  const text = `${dimension}${hierarchy ? `@${hierarchy}` : ''}${level ? `:${level}` : ''}`;
  return {
    text,
    at,
    dimension,
    hierarchy: (hierarchy as string | null) ?? undefined,
    level: (level as string | null) ?? undefined,
  };
}
