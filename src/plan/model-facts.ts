/**
 * What the planner asks of the model: members by name, paths that a member's SQL walks, keys, types.
 */
import { fragmentsOf } from '../model/made-of.ts';
import type { Cube, CubePath, Dimension, Fragment, Measure, Model, Segment } from '../model/types.ts';
import type { PgType } from '../sql/types.ts';

/** `asText`: the warehouse's own type is outside the closed list, so its text form is read. */
export type MemberType = { readonly type: PgType; readonly typmod: number; readonly asText?: boolean };

/** Types of what the authors' SQL yields, learned from the warehouse; see describe.ts. */
export type MemberTypes = {
  /** A dimension's or segment's value, and the aggregated expression of a measure. */
  readonly value: (cube: string, member: string) => MemberType;
  /** A measure of type number, string, time or boolean, whole. */
  readonly calculated: (cube: string, measure: string) => { readonly type: PgType; readonly typmod: number };
  /** The type that a member has as a column; undefined for one that cannot be used (its error is in the log and in `check`). */
  readonly exposed: (cube: string, member: string) => { readonly type: PgType; readonly typmod: number } | undefined;
};

export function cubeOf(model: Model, name: string): Cube {
  const cube = model.cubes.get(name);
  if (cube === undefined) throw new Error(`the model has no cube ${name}`);
  return cube;
}

export function dimensionOf(model: Model, cube: string, name: string): Dimension | Segment {
  const found = cubeOf(model, cube).dimensions.get(name) ?? cubeOf(model, cube).segments.get(name);
  if (found === undefined) throw new Error(`cube ${cube} has no dimension ${name}`);
  return found;
}

export function measureOfCube(model: Model, cube: string, name: string): Measure {
  const found = cubeOf(model, cube).measures.get(name);
  if (found === undefined) throw new Error(`cube ${cube} has no measure ${name}`);
  return found;
}

/** The cube that a chain of joins from `cube` ends at. */
export function cubeAt(cube: string, path: CubePath): string {
  return path.at(-1) ?? cube;
}

/** How many sub_query dimensions stand on one another in what a member is made of. */
export function subQueryDepth(model: Model, cube: string, name: string): number {
  const measure = cubeOf(model, cube).measures.get(name);
  const member = measure ?? dimensionOf(model, cube, name);
  const isSubQuery = member.kind === 'dimension' && member.value.kind === 'sub_query';
  const fragments =
    member.kind === 'measure'
      ? [...(member.sql === undefined ? [] : [member.sql]), ...member.filters]
      : isSubQuery
        ? [(member.value as Extract<Dimension['value'], { kind: 'sub_query' }>).sql]
        : fragmentsOf(member);
  const depths = fragments.flatMap(({ parts }) =>
    parts.map((part) => (part.kind === 'member' ? subQueryDepth(model, cubeAt(cube, part.path), part.member) : 0)),
  );
  return Math.max(0, ...depths) + (isSubQuery ? 1 : 0);
}

/** Every path, from the root, that a piece of SQL at `path` reads; `path` itself is one of them. */
export function pathsOfFragment(model: Model, root: string, path: CubePath, fragment: Fragment): CubePath[] {
  const paths: CubePath[] = [path];
  for (const part of fragment.parts) {
    if (part.kind === 'text' || part.kind === 'claim-test') continue;
    const at = [...path, ...part.path];
    if (part.kind === 'table') paths.push(at);
    else paths.push(...pathsOfMember(model, root, at, part.member));
  }
  return paths;
}

/** Every path that a dimension, segment or measure of the cube at `path` reads. */
export function pathsOfMember(model: Model, root: string, path: CubePath, member: string): CubePath[] {
  const cube = cubeOf(model, cubeAt(root, path));
  const measure = cube.measures.get(member);
  const fragments =
    measure === undefined
      ? fragmentsOf(dimensionOf(model, cube.name, member))
      : [...(measure.sql === undefined ? [] : [measure.sql]), ...measure.filters];
  return [path, ...fragments.flatMap((fragment) => pathsOfFragment(model, root, path, fragment))];
}

/** The primary key's dimensions, in order; empty when the cube has none. */
export function primaryKeyOf(model: Model, cube: string): readonly Dimension[] {
  return [...cubeOf(model, cube).dimensions.values()].filter(({ primaryKey }) => primaryKey);
}

/** The join that a path's last step takes. */
export function joinAt(model: Model, root: string, path: CubePath) {
  const from = cubeOf(model, cubeAt(root, path.slice(0, -1)));
  const join = from.joins.find(({ to }) => to === path.at(-1));
  if (join === undefined) throw new Error(`cube ${from.name} has no join to ${path.at(-1)}`);
  return join;
}

/** Prefixes of the paths that end in a one-to-many join, as texts: where rows of the root repeat. */
export function repeatsOf(model: Model, root: string, paths: readonly CubePath[]): ReadonlySet<string> {
  const found = new Set<string>();
  for (const path of paths) {
    for (let length = 1; length <= path.length; length += 1) {
      const prefix = path.slice(0, length);
      if (joinAt(model, root, prefix).relationship === 'one_to_many') found.add(pathText(prefix));
    }
  }
  return found;
}

/** True when each row of the cube at `path` belongs to one row of the root. */
export function isOwned(model: Model, root: string, path: CubePath): boolean {
  return path.every((_, i) => joinAt(model, root, path.slice(0, i + 1)).relationship !== 'many_to_one');
}

export function pathText(path: CubePath): string {
  return path.join('.');
}
