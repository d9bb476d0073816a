/** The members that row filters name, and where they stand. */
import type { Cube, CubePath, View } from '../model/types.ts';
import type { PublicTables } from './exposed.ts';
import type { MemberRef, RowFilter } from './row-filter.ts';

/** A cube's filter where the cube stands at `path` of a table. */
export function atPath(filter: RowFilter, path: CubePath): RowFilter {
  if (path.length === 0 || filter.kind === 'nothing') return filter;
  if ('filters' in filter) return { ...filter, filters: filter.filters.map((inner) => atPath(inner, path)) };
  return { ...filter, member: { ...filter.member, path: [...path, ...filter.member.path] } };
}

/** Every member that the filters read. */
export function membersOfFilters(filters: readonly RowFilter[]): MemberRef[] {
  return filters.flatMap((filter): MemberRef[] => {
    if (filter.kind === 'nothing') return [];
    return 'filters' in filter ? membersOfFilters(filter.filters) : [filter.member];
  });
}

/** @throws Error when the loader let an unknown member pass */
export function viewMember(view: View | undefined, exposed: PublicTables, reference: string): MemberRef {
  const found = view?.members.find(({ name }) => name === lastName(reference));
  if (found === undefined) throw new Error(`a policy names ${reference}, which is no member`);
  return { path: found.path, cube: found.cube, member: found.member, type: exposed.typeOf(found.cube, found.member) };
}

/** @throws Error when the loader let an unknown member pass */
export function cubeMember(cube: Cube, exposed: PublicTables, reference: string): MemberRef {
  const name = lastName(reference);
  if (!cube.dimensions.has(name)) throw new Error(`a policy of ${cube.name} names ${reference}, which is no dimension`);
  return { path: [], cube: cube.name, member: name, type: exposed.typeOf(cube.name, name) };
}

function lastName(reference: string): string {
  return reference.split('.').at(-1) ?? reference;
}

export function samePath(a: CubePath, b: CubePath): boolean {
  return a.join('.') === b.join('.');
}

/** Each once. */
export function distinctPaths(paths: readonly CubePath[]): readonly CubePath[] {
  return [...new Map(paths.map((path) => [path.join('.'), path])).values()];
}
