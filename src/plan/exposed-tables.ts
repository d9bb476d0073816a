/**
 * Which tables and columns the model shows before anybody's rights: views, cubes, `public` (contract, sections 4 and 7.1).
 */
import type { ExposedColumn, ExposedTable } from '../access/exposed.ts';
import type { Cube, CubePath, Dimension, Measure, Model, Segment } from '../model/types.ts';
import { cubesRead } from './cubes-read.ts';
import { memberMayRaise } from './leaf/author-raises.ts';
import { cubeOf, type MemberTypes, pathsOfMember, primaryKeyOf, repeatsOf } from './model-facts.ts';

export type ExposeMode = 'auto' | 'views' | 'all';

/** @param ignorePublic development mode: what says `public: false` is shown too */
export function exposedTables(
  model: Model,
  types: MemberTypes,
  mode: ExposeMode,
  ignorePublic: boolean,
): ExposedTable[] {
  const tables: ExposedTable[] = [];
  for (const view of model.views.values()) {
    if (view.public === false && !ignorePublic) continue;
    const columns = view.members.flatMap((member) => {
      const found = memberOf(cubeOf(model, member.cube), member.member);
      if (!isPublic(found, ignorePublic)) return [];
      const titles = { title: member.title ?? found.title, description: member.description ?? found.description };
      return column(model, types, view.root, member.name, member.path, found, titles);
    });
    const defaultFilters = view.defaultFilters.map(({ unless }) => ({ unless }));
    tables.push({ ...table(model, view.name, 'view', view.root, columns, view), defaultFilters });
  }
  for (const cube of model.cubes.values()) {
    if (!showsCube(cube, model, mode, ignorePublic)) continue;
    const members = [...cube.dimensions.values(), ...cube.measures.values(), ...cube.segments.values()];
    const columns = members
      .filter((member) => isPublic(member, ignorePublic))
      .flatMap((member) => column(model, types, cube.name, member.name, [], member, member));
    tables.push(table(model, cube.name, 'cube', cube.name, columns, cube));
  }
  return tables.filter(({ columns }) => columns.length > 0).sort((a, b) => (a.name < b.name ? -1 : 1));
}

function showsCube(cube: Cube, model: Model, mode: ExposeMode, ignorePublic: boolean): boolean {
  if (model.views.has(cube.name)) return false;
  if (ignorePublic) return true;
  switch (mode) {
    case 'views':
      return false;
    case 'all':
      return cube.public !== false;
    case 'auto':
      return cube.public === true || (cube.public === undefined && !hasViews(model));
  }
}

function hasViews({ views, declaresViews }: Model): boolean {
  return views.size > 0 || declaresViews === true;
}

type AnyMember = Dimension | Measure | Segment;

function memberOf(cube: Cube, name: string): AnyMember {
  const found = cube.dimensions.get(name) ?? cube.measures.get(name) ?? cube.segments.get(name);
  if (found === undefined) throw new Error(`cube ${cube.name} has no member ${name}`);
  return found;
}

/** As in Cube a primary key is private unless it says otherwise. */
function isPublic(member: AnyMember, ignorePublic: boolean): boolean {
  if (ignorePublic) return true;
  return member.public ?? !(member.kind === 'dimension' && member.primaryKey);
}

function column(
  model: Model,
  types: MemberTypes,
  root: string,
  name: string,
  path: CubePath,
  member: AnyMember,
  titles: { readonly title: string | undefined; readonly description: string | undefined },
): ExposedColumn[] {
  const cube = path.at(-1) ?? root;
  const typed = types.exposed(cube, member.name);
  if (typed === undefined) return [];
  return [
    {
      name,
      kind: member.kind,
      path,
      cube,
      member: member.name,
      reads: [...cubesRead(model, cube, member.name)],
      type: typed.type,
      typmod: typed.typmod,
      measure: member.kind === 'measure' ? member.type : undefined,
      granularities: member.kind === 'dimension' ? member.granularities : [],
      primaryKey: member.kind === 'dimension' && member.primaryKey,
      toMany: repeatsOf(model, root, pathsOfMember(model, root, path, member.name)).size > 0,
      mayRaise: member.kind !== 'measure' && memberMayRaise(model, types, cube, member.name),
      title: titles.title,
      description: titles.description,
    },
  ];
}

function table(
  model: Model,
  name: string,
  kind: 'view' | 'cube',
  root: string,
  columns: readonly ExposedColumn[],
  titles: { readonly title: string | undefined; readonly description: string | undefined },
): ExposedTable {
  const keys = primaryKeyOf(model, root).map(
    (key) => columns.find((candidate) => candidate.path.length === 0 && candidate.member === key.name)?.name,
  );
  const complete = keys.length > 0 && keys.every((key) => key !== undefined);
  return {
    name,
    kind,
    root,
    columns,
    primaryKey: complete ? (keys as string[]) : undefined,
    title: titles.title,
    description: titles.description,
    defaultFilters: [],
  };
}
