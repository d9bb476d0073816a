/**
 * View definitions → the members that each view shows, every one with its path from the view's root.
 */
import type { FilterMember } from './filters.ts';
import { memberName, plainPath, readFilter } from './filters.ts';
import { cubeAt, type JoinGraph, pathFault, shortestPath } from './joins.ts';
import { reportInert, visibility } from './members.ts';
import { checkColumnCount, checkColumnName, checkTableName } from './names.ts';
import { readPolicies } from './policies.ts';
import type { Problems } from './problems.ts';
import type {
  DefaultFilterDefinition,
  FolderSource,
  IncludeDefinition,
  ViewCubeDefinition,
  ViewDefinition,
} from './schema.ts';
import type { Sources } from './source.ts';
import { didYouMean } from './spelling.ts';
import type {
  Cube,
  CubePath,
  DefaultFilter,
  Dimension,
  Measure,
  Segment,
  SourcePosition,
  View,
  ViewMember,
} from './types.ts';

type Reading = {
  readonly cubes: ReadonlyMap<string, Cube>;
  readonly joins: JoinGraph;
  readonly sources: Sources;
  readonly problems: Problems;
};

export function readViews(
  definitions: ReadonlyMap<string, ViewDefinition>,
  cubes: ReadonlyMap<string, Cube>,
  sources: Sources,
  problems: Problems,
): ReadonlyMap<string, View> {
  const joins = new Map(
    [...cubes].map(([name, cube]) => [name, new Map(cube.joins.map((join) => [join.to, join.relationship]))]),
  );
  return new Map(
    [...definitions].map(([name, definition]) => [name, readView(definition, { cubes, joins, sources, problems })]),
  );
}

function readView(definition: ViewDefinition, reading: Reading): View {
  const { sources, problems, cubes } = reading;
  const at = sources.at(definition, 'name');
  checkTableName(definition.name, at, problems);
  reportInert('view', definition, reading);
  const parts = definition.cubes ?? [];
  if (parts.length === 0) problems.error(at, `view "${definition.name}" has no cubes`);
  const root = parts[0] === undefined ? '' : (joinPath(parts[0])[0] ?? '');

  const members = new Map<string, ViewMember>();
  for (const part of parts) {
    const path = resolvePath(root, part, reading);
    if (path === undefined) continue;
    for (const member of includedMembers(part, root, path, reading)) addMember(members, member, problems);
  }
  checkColumnCount(members.size, definition.name, at, problems);
  for (const folder of definition.folders ?? []) checkFolder(folder, members, reading);

  const filterMembers = new Map<string, FilterMember>();
  for (const member of members.values()) {
    const origin = memberOf(cubes.get(member.cube), member.member);
    if (origin !== undefined) filterMembers.set(member.name, origin);
  }
  const context = {
    table: `view "${definition.name}"`,
    name: definition.name,
    members: filterMembers,
    otherNames: new Set(
      [...new Set([...members.values()].map((member) => member.cube))].flatMap((cube) => [
        ...(cubes.get(cube)?.hierarchies.keys() ?? []),
      ]),
    ),
    sources,
    problems,
  };
  return {
    name: definition.name,
    title: definition.title,
    description: definition.description,
    public: visibility(definition, reading),
    meta: definition.meta,
    root,
    members: [...members.values()],
    defaultFilters: (definition.default_filters ?? [])
      .map((filter) => readDefaultFilter(filter, context))
      .filter((filter) => filter !== undefined),
    accessPolicy: readPolicies(definition.access_policy, context),
    at,
  };
}

function joinPath(part: ViewCubeDefinition): readonly string[] {
  return plainPath(part.join_path).split('.');
}

/** A path is followed as written; one that does not begin at the root is reached from there the shortest way. */
function resolvePath(root: string, part: ViewCubeDefinition, reading: Reading): CubePath | undefined {
  const { cubes, joins, sources, problems } = reading;
  const at = sources.at(part, 'join_path');
  const names = joinPath(part);
  const unknown = names.find((name) => !cubes.has(name));
  if (unknown !== undefined) {
    problems.error(at, `unknown cube "${unknown}"${didYouMean(unknown, cubes.keys())}`);
    return undefined;
  }
  const [first = '', ...rest] = names;
  const way = cubes.has(root) ? shortestPath(joins, root, first) : undefined;
  if (way?.kind !== 'path') {
    if (way !== undefined) problems.error(at, pathFault(way, root, first));
    return undefined;
  }
  const path = [...way.path];
  for (const name of rest) {
    const from = cubeAt(root, path);
    if (joins.get(from)?.has(name) !== true) {
      problems.error(at, `cube "${from}" has no join to "${name}"`);
      return undefined;
    }
    path.push(name);
  }
  return path;
}

function includedMembers(
  part: ViewCubeDefinition,
  root: string,
  path: CubePath,
  reading: Reading,
): readonly ViewMember[] {
  const { sources, problems, cubes } = reading;
  const cube = cubes.get(cubeAt(root, path));
  if (cube === undefined) return [];
  if (part.split === true) problems.error(sources.keyAt(part, 'split'), '"split" is not supported yet');
  const known = memberNames(cube);
  const excluded = new Set<string>();
  for (const [i, name] of (part.excludes ?? []).entries()) {
    if (!known.includes(name) && !cube.hierarchies.has(name)) {
      const at = sources.at(part.excludes ?? [], i);
      problems.error(
        at,
        name.includes('.') ? `excludes name members, not paths: "${name}"` : unknownMember(cube, name, known),
      );
    }
    excluded.add(name);
  }
  const includes =
    part.includes === '*'
      ? known.map((name) => ({ include: name, at: sources.at(part, 'includes') }))
      : written(part.includes, sources);
  const found: ViewMember[] = [];
  for (const { include, at } of includes) {
    const name = typeof include === 'string' ? include : include.name;
    const member = memberOf(cube, name);
    const hierarchy = member === undefined ? cube.hierarchies.get(name) : undefined;
    if (typeof include !== 'string') reportInert('include', include, reading);
    if (hierarchy !== undefined) {
      // A hierarchy brings its levels along (Cube: prepareIncludes).
      for (const level of hierarchy.levels.filter((level) => !level.includes('.'))) {
        const dimension = cube.dimensions.get(level);
        const isNamed =
          part.includes !== '*' &&
          part.includes.some((other) => (typeof other === 'string' ? other : other.name) === level);
        if (dimension !== undefined && !isNamed && !excluded.has(level))
          found.push(viewMember(level, dimension, part, cube.name, path, at));
      }
    } else if (member === undefined) {
      problems.error(
        at,
        name.includes('.') ? `includes name members, not paths: "${name}"` : unknownMember(cube, name, known),
      );
    } else if (!excluded.has(name)) {
      found.push(viewMember(include, member, part, cube.name, path, at));
    }
  }
  for (const member of found) checkColumnName(member.name, member.at, problems);
  return found;
}

function written(includes: readonly IncludeDefinition[], sources: Sources) {
  return includes.map((include, i) => ({
    include,
    at: typeof include === 'string' ? sources.at(includes, i) : sources.at(include, 'name'),
  }));
}

function viewMember(
  include: IncludeDefinition,
  member: Dimension | Measure | Segment,
  part: ViewCubeDefinition,
  cube: string,
  path: CubePath,
  at: SourcePosition,
): ViewMember {
  const asked = typeof include === 'string' ? { alias: undefined, title: undefined, description: undefined } : include;
  const name = asked.alias ?? member.name;
  return {
    name: part.prefix === true ? `${part.alias ?? cube}_${name}` : name,
    kind: member.kind,
    path,
    cube,
    member: member.name,
    title: asked.title ?? member.title,
    description: asked.description ?? member.description,
    at,
  };
}

function addMember(members: Map<string, ViewMember>, member: ViewMember, problems: Problems): void {
  const other = members.get(member.name);
  if (other === undefined) {
    members.set(member.name, member);
  } else if (
    other.member !== member.member ||
    other.path.join('.') !== member.path.join('.') ||
    other.cube !== member.cube
  ) {
    const of = `"${other.cube}.${other.member}" and "${member.cube}.${member.member}"`;
    problems.error(member.at, `two members named "${member.name}", ${of}: give one a prefix or an alias`);
  }
}

function memberNames(cube: Cube): readonly string[] {
  return [...cube.dimensions.keys(), ...cube.measures.keys(), ...cube.segments.keys()];
}

function memberOf(cube: Cube | undefined, name: string): Dimension | Measure | Segment | undefined {
  return cube?.dimensions.get(name) ?? cube?.measures.get(name) ?? cube?.segments.get(name);
}

function unknownMember(cube: Cube, name: string, known: readonly string[]): string {
  return `cube "${cube.name}" has no member "${name}"${didYouMean(name, known)}`;
}

/** Folders order a BI tool's field list; here they are only checked. */
function checkFolder(folder: FolderSource, members: ReadonlyMap<string, ViewMember>, reading: Reading): void {
  if (folder.includes === '*') return;
  for (const [i, item] of folder.includes.entries()) {
    if (typeof item === 'string') {
      if (!members.has(item)) {
        reading.problems.error(
          reading.sources.at(folder.includes, i),
          `folder "${folder.name}": no member "${item}"${didYouMean(item, members.keys())}`,
        );
      }
    } else if ('includes' in item) {
      checkFolder(item, members, reading);
    } else {
      const unknown = item.join_path.split('.').find((name) => !reading.cubes.has(name));
      if (unknown !== undefined)
        reading.problems.error(reading.sources.at(item, 'join_path'), `unknown cube "${unknown}"`);
    }
  }
}

function readDefaultFilter(
  definition: DefaultFilterDefinition,
  context: Parameters<typeof readFilter>[1],
): DefaultFilter | undefined {
  const filter = readFilter(definition, context);
  const unless =
    definition.unless === undefined
      ? []
      : typeof definition.unless === 'string'
        ? [definition.unless]
        : definition.unless;
  const names = unless.map((name) => memberName(name, context.name));
  for (const name of names) {
    if (!context.members.has(name)) {
      context.problems.error(
        context.sources.at(definition, 'unless'),
        `${context.table} has no member "${name}"${didYouMean(name, context.members.keys())}`,
      );
    }
  }
  return filter === undefined ? undefined : { filter, unless: names };
}
