/**
 * The join graph: directed edges between cubes, the shortest way along them, and what a way does to rows.
 */
import type { Cube, CubePath, Join, Relationship } from './types.ts';

/** From a cube's name to its joins: the name of the cube joined, and how. */
export type JoinGraph = ReadonlyMap<string, ReadonlyMap<string, Relationship>>;

export type FoundPath =
  | { readonly kind: 'path'; readonly path: CubePath }
  | { readonly kind: 'none' }
  /** Two of the shortest. */
  | { readonly kind: 'tie'; readonly paths: readonly [CubePath, CubePath] };

/** Breadth first; two ways of the same length are a tie, which only the model's author can break. */
export function shortestPath(graph: JoinGraph, from: string, to: string): FoundPath {
  if (from === to) return { kind: 'path', path: [] };
  let ways = new Map<string, readonly CubePath[]>([[from, [[]]]]);
  const seen = new Set([from]);
  while (ways.size > 0) {
    const next = new Map<string, readonly CubePath[]>();
    for (const [cube, paths] of ways) {
      for (const target of graph.get(cube)?.keys() ?? []) {
        if (seen.has(target)) continue;
        // Two ways are enough to know a tie.
        const found = [...(next.get(target) ?? []), ...paths.map((path) => [...path, target])].slice(0, 2);
        next.set(target, found);
      }
    }
    const [first, second] = next.get(to) ?? [];
    if (first !== undefined) {
      return second === undefined ? { kind: 'path', path: first } : { kind: 'tie', paths: [first, second] };
    }
    for (const cube of next.keys()) seen.add(cube);
    ways = next;
  }
  return { kind: 'none' };
}

/** Why there is no path to follow, as a message. */
export function pathFault(found: Exclude<FoundPath, { kind: 'path' }>, from: string, to: string): string {
  if (found.kind === 'none') return `no join path from "${from}" to "${to}"`;
  const [one, other] = found.paths.map((path) => [from, ...path].join('.'));
  return `more than one shortest join path from "${from}" to "${to}": write ${one} or ${other}`;
}

/** The cube at the end of a path. */
export function cubeAt(root: string, path: CubePath): string {
  return path.at(-1) ?? root;
}

/**
 * The joins that a path goes along, from the root outwards.
 * @throws Error when the path is not one of this model's (the loader lets none such through)
 */
export function joinsAlong(cubes: ReadonlyMap<string, Cube>, root: string, path: CubePath): readonly Join[] {
  return path.map((to, i) => {
    const from = path[i - 1] ?? root;
    const join = cubes.get(from)?.joins.find((candidate) => candidate.to === to);
    if (join === undefined) throw new Error(`no join from ${from} to ${to}`);
    return join;
  });
}

/** Whether following the path can repeat a row of the root. */
export function isToMany(cubes: ReadonlyMap<string, Cube>, root: string, path: CubePath): boolean {
  return joinsAlong(cubes, root, path).some((join) => join.relationship === 'one_to_many');
}
