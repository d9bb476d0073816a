/**
 * Who may see what: one pure function from the model and a security context to the visible tables and their row filters.
 *
 * Policies (Cube's access_policy, contract 7.2): several that match unite in members; for rows, each member that a
 * statement uses asks for the OR of the policies that grant it, and the members' filters are ANDed. A cube or view
 * with policies of which none matches shows nothing.
 */
import { createHash } from 'node:crypto';
import { SqlError, SqlState } from '../errors.ts';
import type { Cube, CubePath, Model, Policy, View } from '../model/types.ts';
import { holds } from './conditions.ts';
import type { SecurityContext } from './context.ts';
import type { ExposedColumn, ExposedModel, ExposedTable } from './exposed.ts';
import { type FilterScope, type MemberRef, type PolicyValue, type RowFilter, resolveFilter } from './row-filter.ts';

/** The exposed tables before anybody's rights: what `public` leaves, with types. */
export type PublicTables = {
  readonly tables: readonly ExposedTable[];
  /** Type of a dimension of a cube. */
  readonly typeOf: (cube: string, member: string) => ExposedColumn['type'];
};

declare const decisionBrand: unique symbol;

/** Made by `decide` alone; the leaf constructor takes nothing else. */
export type PolicyDecision = {
  readonly [decisionBrand]: true;
  readonly model: ExposedModel;
  /** Values of claims and literals that row filters compare with, in the order in which they are bound. */
  readonly values: readonly PolicyValue[];
  /** Equal for contexts that differ in values alone: they share plans. */
  readonly shape: string;
  /** Row filters that a reference needs; all of them hold (AND). */
  readonly rowFilters: (table: string, use: LeafUse) => readonly RowFilter[];
  /** Names of the policies that apply to a table, for EXPLAIN; with a use, those of the joined cubes that it reads too. */
  readonly policies: (table: string, use?: LeafUse) => readonly string[];
};

/** What a statement uses of one reference to a table. */
export type LeafUse = {
  /** Names of the table's columns that are read, measures included. */
  readonly columns: readonly string[];
  /** Cubes that are read, by path from the root; the root itself is []. */
  readonly paths: readonly CubePath[];
};

type Matched = readonly MatchedPolicy[] | undefined | SqlError;
type MatchedPolicy = {
  readonly policy: Policy;
  readonly filter: RowFilter | 'all';
  readonly name: string;
  /** The groups of the token's own that it matched by, or `*`. */
  readonly matchedBy: string;
};

/**
 * @param groups lists of the token's group claims
 * A table whose policies need a claim that the token lacks ends in `model.denied`.
 */
export function decide(
  model: Model,
  exposed: PublicTables,
  context: SecurityContext,
  groups: readonly string[],
): PolicyDecision {
  const values: PolicyValue[] = [];
  const bind = (value: PolicyValue): number => values.push(value) - 1;

  // Every cube is matched now, so that the values and their order are the same for every plan of this shape.
  const cubePolicies = new Map<string, Matched>();
  for (const cube of model.cubes.values()) {
    const member = (reference: string): MemberRef => cubeMember(cube, exposed, reference);
    cubePolicies.set(cube.name, matchPolicies(cube.accessPolicy, cube.name, { context, member, bind }, groups));
  }
  const matchedOfCube = (name: string): readonly MatchedPolicy[] | undefined => {
    const matched = cubePolicies.get(name);
    if (matched instanceof SqlError) throw matched;
    return matched;
  };
  const viewPolicies = new Map<string, readonly MatchedPolicy[] | undefined>();
  const tables = new Map<string, ExposedTable>();
  const denied = new Map<string, SqlError>();
  // Security filters in the token (contract 7.6) are not there yet: a token that has them must not see more without them.
  const filtered = Object.hasOwn(context, 'filters')
    ? new SqlError(SqlState.insufficientPrivilege, 'security filters in the token ("filters") are not supported yet')
    : undefined;
  for (const table of exposed.tables) {
    if (filtered !== undefined) {
      denied.set(table.name, filtered);
      continue;
    }
    const view = table.kind === 'view' ? model.views.get(table.name) : undefined;
    const member = (reference: string): MemberRef => viewMember(view, exposed, reference);
    const matched = matchPolicies(view?.accessPolicy, table.name, { context, member, bind }, groups);
    const lacking = [
      matched,
      ...[table.root, ...table.columns.map(({ cube }) => cube)].map((cube) => cubePolicies.get(cube)),
    ].find((each) => each instanceof SqlError);
    if (lacking instanceof SqlError) {
      denied.set(table.name, lacking);
      continue;
    }
    viewPolicies.set(table.name, matched as readonly MatchedPolicy[] | undefined);
    const columns = table.columns.filter((column) =>
      matched === undefined
        ? grantedByCube(column, matchedOfCube)
        : grants(matched as readonly MatchedPolicy[], column.name),
    );
    if (columns.length > 0) tables.set(table.name, cut(table, columns));
  }

  const rowFilters = (name: string, use: LeafUse): readonly RowFilter[] => {
    const table = tables.get(name);
    if (table === undefined) return [{ kind: 'nothing' }];
    const own = viewPolicies.get(name);
    const filters: RowFilter[] = own === undefined ? [] : usedMemberFilters(own, use.columns);
    const paths = new Map([[], ...use.paths].map((path: CubePath): [string, CubePath] => [path.join('.'), path]));
    for (const path of paths.values()) {
      const matched = matchedOfCube(path.at(-1) ?? table.root);
      if (matched === undefined) continue;
      const read = table.columns.filter(
        (column) => use.columns.includes(column.name) && column.path.join('.') === path.join('.'),
      );
      filters.push(
        ...usedMemberFilters(
          matched,
          read.map((column) => column.member),
        ).map((filter) => atPath(filter, path)),
      );
    }
    return filters;
  };
  const policies = (name: string, use: LeafUse = { columns: [], paths: [] }): readonly string[] => {
    const table = tables.get(name);
    if (table === undefined) return [];
    // A cube that is no table of the context's has no name for it either: a joined one goes by a column that it gives.
    const ofCube = (cube: string, called: string): readonly string[] =>
      (matchedOfCube(cube) ?? []).map((matched) =>
        tables.has(cube) ? matched.name : `of ${called} for ${matched.matchedBy}`,
      );
    const ofJoined = distinctPaths(use.paths).flatMap((path) => {
      const from = table.columns.find((column) => use.columns.includes(column.name) && samePath(column.path, path));
      return ofCube(path.at(-1) ?? '', from === undefined ? 'a joined cube' : `the cube of ${from.name}`);
    });
    return [
      ...(viewPolicies.get(name) ?? []).map((matched) => matched.name),
      ...ofCube(table.root, 'its cube'),
      ...ofJoined,
    ];
  };

  const decision = {
    model: { tables, denied },
    values,
    shape: createHash('sha256')
      .update(shapeOf(tables, viewPolicies, cubePolicies, values))
      .digest('base64'),
    rowFilters,
    policies,
  };
  return decision as unknown as PolicyDecision;
}

function shapeOf(
  tables: ReadonlyMap<string, ExposedTable>,
  views: ReadonlyMap<string, readonly MatchedPolicy[] | undefined>,
  cubes: ReadonlyMap<string, Matched>,
  values: readonly PolicyValue[],
): string {
  const policies = (map: ReadonlyMap<string, Matched>) =>
    [...map].map(([name, matched]) => [
      name,
      matched instanceof SqlError ? matched.message : matched?.map(({ policy, filter }) => [policy.at, filter]),
    ]);
  return JSON.stringify([
    [...tables.values()].map((table) => [table.name, table.columns.map(({ name }) => name)]),
    policies(views),
    policies(cubes),
    values.map(({ type }) => type),
  ]);
}

/** Policies whose groups and conditions hold; undefined where nobody wrote a policy. */
function matchPolicies(
  policies: readonly Policy[] | undefined,
  owner: string,
  scope: FilterScope,
  groups: readonly string[],
): Matched {
  if (policies === undefined) return undefined;
  try {
    return policies.flatMap((policy, index): MatchedPolicy[] => {
      const applies = policy.groups === '*' || policy.groups.some((group) => groups.includes(group));
      if (!applies || !policy.conditions.every((condition) => holds(condition, scope.context))) return [];
      const { rowLevel } = policy;
      const filter =
        rowLevel === undefined || rowLevel.kind === 'all'
          ? 'all'
          : ({ kind: 'and', filters: rowLevel.filters.map((inner) => resolveFilter(inner, scope)) } as const);
      const matchedBy = policy.groups === '*' ? '*' : policy.groups.filter((group) => groups.includes(group)).join(',');
      return [{ policy, filter, matchedBy, name: `${owner}[${index}] for ${matchedBy}` }];
    });
  } catch (error) {
    if (error instanceof SqlError) return error;
    throw error;
  }
}

function samePath(a: CubePath, b: CubePath): boolean {
  return a.join('.') === b.join('.');
}

/** Those of joined cubes, each once. */
function distinctPaths(paths: readonly CubePath[]): readonly CubePath[] {
  return [...new Map(paths.map((path) => [path.join('.'), path])).values()].filter((path) => path.length > 0);
}

function grantsMember({ policy }: MatchedPolicy, member: string): boolean {
  const rule = policy.memberLevel;
  if (rule === undefined) return true;
  return (rule.includes === '*' || rule.includes.includes(member)) && !rule.excludes.includes(member);
}

function grants(matched: readonly MatchedPolicy[], member: string): boolean {
  return matched.some((policy) => grantsMember(policy, member));
}

function grantedByCube(
  column: ExposedColumn,
  matchedOfCube: (name: string) => readonly MatchedPolicy[] | undefined,
): boolean {
  const matched = matchedOfCube(column.cube);
  return matched === undefined || grants(matched, column.member);
}

/** Each used member: the OR of the policies that grant it. No member used, or none granted: the OR of all that match. */
function usedMemberFilters(matched: readonly MatchedPolicy[], members: readonly string[]): RowFilter[] {
  if (matched.length === 0) return [{ kind: 'nothing' }];
  const groups = members
    .map((member) => matched.filter((policy) => grantsMember(policy, member)))
    .filter((granting) => granting.length > 0);
  const distinct = new Map(
    (groups.length === 0 ? [matched] : groups).map((granting) => [granting.map(({ name }) => name).join(), granting]),
  );
  return [...distinct.values()].flatMap((granting): RowFilter[] => {
    const filters = granting.map(({ filter }) => filter);
    if (filters.includes('all')) return [];
    const [only, another] = filters as RowFilter[];
    return [only !== undefined && another === undefined ? only : { kind: 'or', filters: filters as RowFilter[] }];
  });
}

function cut(table: ExposedTable, columns: readonly ExposedColumn[]): ExposedTable {
  const names = new Set(columns.map(({ name }) => name));
  const keyVisible = table.primaryKey?.every((name) => names.has(name)) ?? false;
  return { ...table, columns, primaryKey: keyVisible ? table.primaryKey : undefined };
}

// Members that filters name

function viewMember(view: View | undefined, exposed: PublicTables, reference: string): MemberRef {
  const found = view?.members.find(({ name }) => name === lastName(reference));
  if (found === undefined) throw new Error(`a policy names ${reference}, which is no member`);
  return { path: found.path, cube: found.cube, member: found.member, type: exposed.typeOf(found.cube, found.member) };
}

function cubeMember(cube: Cube, exposed: PublicTables, reference: string): MemberRef {
  const name = lastName(reference);
  if (!cube.dimensions.has(name)) throw new Error(`a policy of ${cube.name} names ${reference}, which is no dimension`);
  return { path: [], cube: cube.name, member: name, type: exposed.typeOf(cube.name, name) };
}

function lastName(reference: string): string {
  return reference.split('.').at(-1) ?? reference;
}

/** A cube's filter where the cube stands at `path` of a table. */
function atPath(filter: RowFilter, path: CubePath): RowFilter {
  if (path.length === 0 || filter.kind === 'nothing') return filter;
  if ('filters' in filter) return { ...filter, filters: filter.filters.map((inner) => atPath(inner, path)) };
  return { ...filter, member: { ...filter.member, path: [...path, ...filter.member.path] } };
}

/** Paths of the cubes that row filters read. */
export function pathsOfFilters(filters: readonly RowFilter[]): CubePath[] {
  return filters.flatMap((filter): CubePath[] => {
    if (filter.kind === 'nothing') return [];
    return 'filters' in filter ? pathsOfFilters(filter.filters) : [filter.member.path];
  });
}
