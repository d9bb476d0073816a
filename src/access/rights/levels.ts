/**
 * What a dimension of rights is in the model: a dimension, or a hierarchy whose levels a path walks, of a cube or a view.
 */
import { didYouMean } from '../../model/spelling.ts';
import type { Cube, CubePath, Model } from '../../model/types.ts';
import type { DimensionName } from './rights.ts';

/** A dimension of the cube at `path` from the cube, or from the view's root. */
export type Level = {
  readonly path: CubePath;
  readonly cube: string;
  readonly member: string;
  /** As rights name it. */
  readonly name: string;
};

/** Its levels from the top down (one for a dimension), or the reason why there are none. */
export type FoundLevels =
  | { readonly kind: 'levels'; readonly levels: readonly Level[] }
  | { readonly kind: 'unknown' | 'ambiguous'; readonly message: () => string };

/** DataBrewery's name of the hierarchy that a dimension has without being asked. */
const DEFAULT_HIERARCHY = 'default';

/** @param owner a cube or a view of the model */
export function levelsOf(
  model: Model,
  owner: string,
  { dimension, hierarchy }: Pick<DimensionName, 'dimension' | 'hierarchy'>,
): FoundLevels {
  const names = namesOf(model, owner);
  const named = hierarchy === DEFAULT_HIERARCHY && !names.hierarchies.has(DEFAULT_HIERARCHY) ? undefined : hierarchy;
  const plain = names.dimensions.get(dimension);
  const [first, another] = names.hierarchies.get(named ?? dimension) ?? [];
  if (plain === undefined && !names.hierarchies.has(dimension)) return unknown(owner, dimension, 'dimension', names);
  if (named === undefined && plain !== undefined) return { kind: 'levels', levels: [plain] };
  if (first === undefined) return unknown(owner, named ?? dimension, 'hierarchy', names);
  const lost = first.find((level) => !isReached(model, owner, level));
  if (lost !== undefined) {
    const message = (): string =>
      `level "${lost.name}" of hierarchy "${named ?? dimension}" is not reached by joins from "${owner}"`;
    return { kind: 'unknown', message };
  }
  if (another !== undefined) {
    const message = (): string =>
      `hierarchy "${named ?? dimension}" of view "${owner}" belongs to several of its cubes`;
    return { kind: 'ambiguous', message };
  }
  return { kind: 'levels', levels: first };
}

type Names = {
  readonly dimensions: ReadonlyMap<string, Level>;
  /** Those of the cubes of a view may have one name. */
  readonly hierarchies: ReadonlyMap<string, readonly (readonly Level[])[]>;
};

/** A model never changes, and every identity asks for the same names. */
const namesByModel = new WeakMap<Model, Map<string, Names>>();

function namesOf(model: Model, owner: string): Names {
  const ofModel = namesByModel.get(model) ?? new Map<string, Names>();
  namesByModel.set(model, ofModel);
  const names = ofModel.get(owner) ?? readNames(model, owner);
  ofModel.set(owner, names);
  return names;
}

function readNames(model: Model, owner: string): Names {
  const cube = model.cubes.get(owner);
  if (cube !== undefined) {
    const dimensions = [...cube.dimensions.keys()].map((name): [string, Level] => [
      name,
      { path: [], cube: cube.name, member: name, name },
    ]);
    return { dimensions: new Map(dimensions), hierarchies: hierarchiesAt([{ cube, path: [] }]) };
  }
  const view = model.views.get(owner);
  if (view === undefined) throw new Error(`the model has no cube or view ${owner}`);
  const dimensions = view.members
    .filter(({ kind }) => kind === 'dimension')
    .map(({ name, path, cube, member }): [string, Level] => [name, { path, cube, member, name }]);
  const places = new Map<string, { readonly cube: Cube; readonly path: CubePath }>();
  for (const { path, cube: name } of [{ path: [], cube: view.root }, ...view.members]) {
    const cube = model.cubes.get(name);
    if (cube !== undefined) places.set(path.join('.'), { cube, path });
  }
  return { dimensions: new Map(dimensions), hierarchies: hierarchiesAt([...places.values()]) };
}

function hierarchiesAt(
  places: readonly { readonly cube: Cube; readonly path: CubePath }[],
): ReadonlyMap<string, readonly (readonly Level[])[]> {
  const found = new Map<string, (readonly Level[])[]>();
  for (const { cube, path } of places) {
    for (const { name, levels } of cube.hierarchies.values()) {
      const walked = levels.map((level) => levelAt(cube.name, path, level));
      found.set(name, [...(found.get(name) ?? []), walked]);
    }
  }
  return found;
}

/** A level is the cube's own dimension, or `joined_cube.dimension`. */
function levelAt(cube: string, path: CubePath, level: string): Level {
  const steps = level.split('.');
  const member = steps.pop() ?? '';
  const walked = steps[0] === cube ? steps.slice(1) : steps;
  return { path: [...path, ...walked], cube: walked.at(-1) ?? cube, member, name: member };
}

function isReached(model: Model, owner: string, { path }: Level): boolean {
  let at = model.views.get(owner)?.root ?? owner;
  return path.every((step) => {
    const joined = model.cubes.get(at)?.joins.some(({ to }) => to === step) ?? false;
    at = step;
    return joined;
  });
}

function unknown(owner: string, name: string, kind: 'dimension' | 'hierarchy', names: Names): FoundLevels {
  const message = (): string => {
    const known =
      kind === 'hierarchy' ? names.hierarchies.keys() : [...names.dimensions.keys(), ...names.hierarchies.keys()];
    return `"${owner}" has no ${kind} "${name}"${didYouMean(name, known)}`;
  };
  return { kind: 'unknown', message };
}
