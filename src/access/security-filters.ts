/**
 * Filters that hold for every reference of a statement's from which a join path leads to their member: the token's own
 * (contract 7.6) and those of queryRewrite (7.7). A reference without a path fails, as nobody could say which of its
 * rows they allow.
 */
import { notSupported, SqlError, SqlState } from '../errors.ts';
import { OPERATORS, suits } from '../model/filters.ts';
import { type JoinGraph, shortestPath } from '../model/joins.ts';
import type { CubePath, Model } from '../model/types.ts';
import type { ExposedTable, PublicTables } from './exposed.ts';
import { atPath, distinctPaths } from './filter-members.ts';
import { type FilterRule, type FilterScope, type RowFilter, resolveFilter } from './row-filter.ts';

export type SecurityFilters = {
  /** Of a reference to the table. @throws SqlError 42501 when one of them has no join path from it */
  readonly of: (table: Pick<ExposedTable, 'name' | 'kind' | 'root'>) => readonly RowFilter[];
  /** Of the cubes that a sub_query dimension reads at these paths beside its own, where a path leads on to the member. */
  readonly joined: (root: string, paths: readonly CubePath[]) => readonly RowFilter[];
  /** The members that they are on, for EXPLAIN. */
  readonly names: readonly string[];
  /** Equal for filters that differ in values alone. */
  readonly shape: unknown;
};

type Resolved = {
  /** Its members as seen from their own cubes. */
  readonly filter: RowFilter;
  readonly cubes: readonly string[];
  readonly names: readonly string[];
};

/**
 * @param rules members are `cube.member` or `view.member`
 * @throws SqlError 42501 for unknown members and values of the wrong type, 0A000 for measures
 */
export function resolveSecurityFilters(
  rules: readonly FilterRule[],
  model: Model,
  { typeOf }: Pick<PublicTables, 'typeOf'>,
  bind: FilterScope['bind'],
): SecurityFilters {
  const member = (name: string): { readonly cube: string; readonly member: string } => findMember(name, model);
  const scope: FilterScope = {
    context: {},
    member: (name) => {
      const found = member(name);
      return { path: [], ...found, type: typeOf(found.cube, found.member) };
    },
    bind,
  };
  const resolved = rules.map((rule): Resolved => {
    const names = [...new Set(membersOf(rule, model))];
    return { names, cubes: names.map((name) => member(name).cube), filter: resolveFilter(rule, scope) };
  });
  const graph: JoinGraph = new Map(
    [...model.cubes].map(([name, { joins }]) => [
      name,
      new Map(joins.map(({ to, relationship }) => [to, relationship] as const)),
    ]),
  );
  return {
    of: (table) =>
      resolved.map(({ filter, names, cubes }) => {
        const places = cubes.map((cube) => placesIn(table, cube, model, graph));
        const missing = names[places.findIndex((paths) => paths.length === 0)];
        if (missing !== undefined) {
          throw denied(`the security filter on "${missing}" has no join path from "${table.name}"`);
        }
        return placed(filter, (cube) => placesIn(table, cube, model, graph));
      }),
    joined: (root, paths) =>
      distinctPaths(paths).flatMap((path) => {
        const from = path.at(-1) ?? root;
        const placesFrom = (cube: string): readonly CubePath[] => pathsTo(graph, from, cube);
        return resolved
          .filter(({ cubes }) => cubes.every((cube) => placesFrom(cube).length > 0))
          .map(({ filter }) => atPath(placed(filter, placesFrom), path));
      }),
    names: resolved.flatMap(({ names }) => names),
    shape: resolved.map(({ filter }) => filter),
  };
}

/** A filter where its cubes stand; where one stands at several places it holds at each. */
function placed(filter: RowFilter, places: (cube: string) => readonly CubePath[]): RowFilter {
  if (filter.kind === 'nothing') return filter;
  if ('filters' in filter) return { ...filter, filters: filter.filters.map((inner) => placed(inner, places)) };
  const each = places(filter.member.cube).map((path) => atPath(filter, path));
  const [only, another] = each;
  return only !== undefined && another === undefined ? only : { kind: 'and', filters: each };
}

/** Every instance that a view has of the cube; else the one way that the model's joins lead to it. */
function placesIn(
  { name, kind, root }: Pick<ExposedTable, 'name' | 'kind' | 'root'>,
  cube: string,
  model: Model,
  graph: JoinGraph,
): readonly CubePath[] {
  const members = kind === 'view' ? (model.views.get(name)?.members ?? []) : [];
  const instances = members.flatMap(({ path }) => path.map((_, i) => path.slice(0, i + 1)));
  const own = distinctPaths([[], ...instances]).filter((path) => (path.at(-1) ?? root) === cube);
  return own.length > 0 ? own : pathsTo(graph, root, cube);
}

function pathsTo(graph: JoinGraph, from: string, to: string): readonly CubePath[] {
  const found = shortestPath(graph, from, to);
  // Of two ways nobody has said which.
  return found.kind === 'path' ? [found.path] : [];
}

/** Names of the members of a rule, each one that its operator can be used on. */
function membersOf(rule: FilterRule, model: Model): readonly string[] {
  if (rule.kind !== 'member') return rule.filters.flatMap((inner) => membersOf(inner, model));
  const { cube, member } = findMember(rule.member, model);
  const type = model.cubes.get(cube)?.dimensions.get(member)?.type;
  if (type === undefined || !suits(OPERATORS[rule.operator][1], type)) {
    throw denied(`filter operator ${rule.operator} cannot be used on "${rule.member}"`);
  }
  return [rule.member];
}

/** @throws SqlError 42501 for what is no dimension, 0A000 for a measure and for a dimension that is not supported yet */
function findMember(name: string, model: Model): { readonly cube: string; readonly member: string } {
  const [table = '', last = '', more] = name.split('.');
  const ofView = more === undefined ? model.views.get(table)?.members.find((each) => each.name === last) : undefined;
  const ofCube = model.cubes.get(table);
  const isOwn = ofCube?.dimensions.has(last) || ofCube?.measures.has(last) || ofCube?.segments.has(last);
  const found = isOwn && more === undefined ? { cube: table, member: last } : ofView;
  const cube = found === undefined ? undefined : model.cubes.get(found.cube);
  if (found === undefined || cube === undefined) throw denied(`the security filter on "${name}" has an unknown member`);
  const { cube: owner, member } = found;
  if (cube.measures.has(member)) {
    throw notSupported(`a security filter on a measure ("${name}")`, { hint: 'Filter rows by dimensions.' });
  }
  const dimension = cube.dimensions.get(member);
  if (dimension === undefined) throw denied(`the security filter on "${name}" is on no dimension`);
  if (dimension.unsupported !== undefined) throw notSupported(`a security filter on "${name}"`);
  return { cube: owner, member };
}

function denied(message: string): SqlError {
  return new SqlError(SqlState.insufficientPrivilege, message);
}
