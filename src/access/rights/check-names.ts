/**
 * Every name in rights against the model: a name that means nothing would leave open what it was to close.
 */
import type { Problems } from '../../model/problems.ts';
import { didYouMean } from '../../model/spelling.ts';
import type { Model, SourcePosition } from '../../model/types.ts';
import { levelsOf } from './levels.ts';
import { matchesName, type NamePattern } from './name-pattern.ts';
import type { RightEntry } from './right-entry.ts';
import { type Cut, type CutPath, type DimensionName, EVERY, type HierarchyLimit } from './rights.ts';

export function checkNames(
  entries: readonly RightEntry[],
  { identityDimension }: { readonly identityDimension: DimensionName | undefined },
  model: Model,
  problems: Problems,
): void {
  const tables = [...model.cubes.keys(), ...model.views.keys()];
  for (const { allowed, denied, restrictions, limits } of entries) {
    for (const pattern of [...(allowed ?? []), ...denied]) checkPattern(pattern, tables, problems);
    for (const { table, at, cuts } of restrictions) {
      if (!isTable(table, at, tables, problems)) continue;
      for (const cut of cuts) checkCut(cut, table, model, problems);
    }
    for (const { table, at, limits: own } of limits) {
      if (!isTable(table, at, tables, problems)) continue;
      for (const limit of own) checkLimit(limit, table, model, problems);
    }
  }
  if (identityDimension !== undefined) checkIdentityDimension(identityDimension, model, problems);
}

function checkPattern(pattern: NamePattern, tables: readonly string[], problems: Problems): void {
  if (tables.some((table) => matchesName(pattern, table))) return;
  if (pattern.kind === 'name') problems.error(pattern.at, unknownTable(pattern.text, tables));
  else problems.warning(pattern.at, 'no cube or view has a name like that');
}

function isTable(name: string, at: SourcePosition, tables: readonly string[], problems: Problems): boolean {
  if (name === EVERY || tables.includes(name)) return true;
  problems.error(at, unknownTable(name, tables));
  return false;
}

function unknownTable(name: string, tables: readonly string[]): string {
  return `there is no cube or view "${name}"${didYouMean(name, tables)}`;
}

/** Cubes and views for which a name is meant: the one that is named, or for `*` those that have the dimension. */
function ownersOf(table: string, name: DimensionName, model: Model, problems: Problems): readonly string[] {
  if (table !== EVERY) {
    const found = levelsOf(model, table, name);
    if (found.kind === 'levels') return [table];
    problems.error(name.at, found.message());
    return [];
  }
  const owners = [...model.cubes.keys(), ...model.views.keys()].filter(
    (owner) => levelsOf(model, owner, name).kind === 'levels',
  );
  if (owners.length === 0) problems.error(name.at, `no cube or view has ${named(name)}`);
  return owners;
}

function named({ dimension, hierarchy }: DimensionName): string {
  return hierarchy === undefined
    ? `a dimension or hierarchy "${dimension}"`
    : `a dimension "${dimension}" with a hierarchy "${hierarchy}"`;
}

function checkCut(cut: Cut, table: string, model: Model, problems: Problems): void {
  const { selection } = cut;
  const deepest = Math.max(...pathsOf(cut).map((path) => path.length), 0);
  for (const owner of ownersOf(table, cut, model, problems)) {
    const found = levelsOf(model, owner, cut);
    const levels = found.kind === 'levels' ? found.levels : [];
    for (const { cube, member } of levels.slice(0, deepest)) {
      const unsupported = model.cubes.get(cube)?.dimensions.get(member)?.unsupported;
      if (unsupported !== undefined) problems.error(cut.at, `dimension "${member}": ${unsupported}`);
    }
  }
  if (selection.kind === 'range' && pathsOf(cut).length === 0 && !cut.inverted)
    problems.warning(cut.at, `"${cut.text}" is open at both ends: it restricts nothing`);
}

/** The values of a cut, a path for each point or end of a range. */
export function pathsOf({ selection }: Cut): readonly CutPath[] {
  switch (selection.kind) {
    case 'point':
      return [selection.path];
    case 'set':
      return selection.paths;
    case 'range':
      return [selection.from, selection.to].filter((path) => path !== undefined);
  }
}

function checkLimit(limit: HierarchyLimit, table: string, model: Model, problems: Problems): void {
  const { level, text } = limit;
  for (const owner of ownersOf(table, limit, model, problems)) {
    const found = levelsOf(model, owner, limit);
    const names = found.kind === 'levels' ? found.levels.map(({ name }) => name) : [];
    if (level !== undefined && !names.includes(level))
      problems.error(limit.at, `"${text}": its levels are ${names.join(', ')}${didYouMean(level, names)}`);
  }
}

/** DataBrewery: "Identity hierarchy has to be flat". */
function checkIdentityDimension(name: DimensionName, model: Model, problems: Problems): void {
  const owners = ownersOf(EVERY, name, model, problems);
  for (const owner of owners) {
    const found = levelsOf(model, owner, name);
    if (found.kind === 'levels' && found.levels.length > 1)
      problems.error(
        name.at,
        `the identity dimension must be flat, but in "${owner}" it has ${found.levels.length} levels`,
      );
  }
}
