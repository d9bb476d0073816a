/**
 * How the model joins two cubes: what `__cubeJoinField` in an ON clause stands for (contract, section 5, rule 11).
 */
import type { CubePath, Model } from '../model/types.ts';
import type { LeafInput } from './leaf/leaf-input.ts';
import { cubeOf, type MemberTypes, primaryKeyOf, repeatsOf } from './model-facts.ts';

/** What the binder asks of the model's joins. */
export type ModelJoins = {
  readonly path: (left: string, right: string) => JoinPath | 'ambiguous' | undefined;
  /** The primary key of a cube, as inputs of a leaf over it. */
  readonly keys: (cube: string) => readonly LeafInput[];
};

export function modelJoins(model: Model, types: MemberTypes): ModelJoins {
  return {
    path: (left, right) => joinPath(model, left, right),
    keys: (cube) =>
      primaryKeyOf(model, cube).map(({ name }) => ({
        kind: 'key',
        path: [],
        cube,
        dimension: name,
        type: types.value(cube, name).type,
      })),
  };
}

export type JoinPath = {
  /** The side whose rows the joins start from; the other side's cube is their end. */
  readonly from: 'left' | 'right';
  readonly path: CubePath;
};

/**
 * The shortest chain of joins from one of two cubes to the other; one that repeats no row is preferred.
 * @returns `ambiguous` where two chains are equally short, undefined where there is none
 */
function joinPath(model: Model, left: string, right: string): JoinPath | 'ambiguous' | undefined {
  if (left === right) return { from: 'left', path: [] };
  const candidates = [
    { from: 'left' as const, root: left, paths: shortestPaths(model, left, right) },
    { from: 'right' as const, root: right, paths: shortestPaths(model, right, left) },
  ].filter(({ paths }) => paths.length > 0);
  const toOne = candidates.filter(({ root, paths }) => repeatsOf(model, root, paths).size === 0);
  const [chosen] = toOne.length > 0 ? toOne : candidates;
  if (chosen === undefined) return undefined;
  const [path, another] = chosen.paths;
  if (path === undefined || another !== undefined) return 'ambiguous';
  return { from: chosen.from, path };
}

/** All chains of the least number of joins. */
function shortestPaths(model: Model, from: string, to: string): readonly CubePath[] {
  const seen = new Set([from]);
  let paths: readonly CubePath[] = [[]];
  while (paths.length > 0) {
    const longer = paths.flatMap((path) =>
      cubeOf(model, path.at(-1) ?? from)
        .joins.filter((join) => !seen.has(join.to))
        .map((join): CubePath => [...path, join.to]),
    );
    const arrived = longer.filter((path) => path.at(-1) === to);
    if (arrived.length > 0) return arrived;
    for (const path of longer) seen.add(path.at(-1) ?? '');
    paths = longer;
  }
  return [];
}
