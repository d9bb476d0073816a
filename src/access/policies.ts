/**
 * Cube's access_policy (contract 7.2): several that match unite in members; for rows, each member that a statement uses
 * asks for the OR of the policies that grant it, and the members' filters are ANDed. A cube or view with policies of
 * which none matches shows nothing.
 */
import { SqlError } from '../errors.ts';
import type { CubePath, Model, Policy } from '../model/types.ts';
import { holds } from './conditions.ts';
import type { SecurityContext } from './context.ts';
import type { ExposedColumn, ExposedTable, LeafUse, PublicTables } from './exposed.ts';
import { atPath, cubeMember, distinctPaths, samePath, viewMember } from './filter-members.ts';
import { isMasked, type Masking, maskingAt, maskingOf, memberAccess, type TableMasks } from './masks.ts';
import { type FilterScope, type PolicyValue, type RowFilter, resolveFilter } from './row-filter.ts';

/** What policies leave of the tables. It is one input of `decide()`; everything holds beside it. */
export type PoliciesDecision = {
  /** Why a table cannot be used: its policies ask for a claim that the token lacks. */
  readonly lacking: (table: ExposedTable) => SqlError | undefined;
  /** Of a table that lacks nothing. */
  readonly columns: (table: ExposedTable) => readonly ExposedColumn[];
  /** Of the view's own policies; a cube's are its cube's. */
  readonly viewFilters: (table: ExposedTable, used: readonly string[]) => readonly RowFilter[];
  /** Of the cubes that are read at these paths. */
  readonly cubeFilters: (
    table: Pick<ExposedTable, 'root' | 'columns'>,
    paths: readonly CubePath[],
    used: readonly string[],
  ) => readonly RowFilter[];
  /** As member rules, the view's where it has policies. */
  readonly masks: (table: Pick<ExposedTable, 'name' | 'root' | 'columns'>) => TableMasks;
  /** @param isTable whether a cube is a table of the context's: else it has no name for it */
  readonly names: (table: ExposedTable, use: LeafUse, isTable: (cube: string) => boolean) => readonly string[];
  /** The same for an operator, who may know every cube: also of which cubes and views none matches. */
  readonly fullNames: (table: ExposedTable, use: LeafUse) => readonly string[];
  /** Equal for contexts that differ in values alone. */
  readonly shape: unknown;
};

type Matched = readonly MatchedPolicy[] | undefined | SqlError;
type MatchedPolicy = {
  readonly policy: Policy;
  readonly filter: RowFilter | 'all';
  readonly name: string;
  /** The groups of the token's own that it matched by, or `*`. */
  readonly matchedBy: string;
};

/** @param bind keeps a value and gives its index; every filter is made at once, so that one shape has one order of values */
export function decidePolicies(
  model: Model,
  exposed: PublicTables,
  context: SecurityContext,
  groups: readonly string[],
  bind: (value: PolicyValue) => number,
): PoliciesDecision {
  const cubes = new Map<string, Matched>();
  for (const cube of model.cubes.values()) {
    const member = (reference: string) => cubeMember(cube, exposed, reference);
    cubes.set(cube.name, matchPolicies(cube.accessPolicy, cube.name, { context, member, bind }, groups));
  }
  const views = new Map<string, Matched>();
  for (const { kind, name } of exposed.tables) {
    const view = kind === 'view' ? model.views.get(name) : undefined;
    const member = (reference: string) => viewMember(view, exposed, reference);
    views.set(name, matchPolicies(view?.accessPolicy, name, { context, member, bind }, groups));
  }
  const ofCube = (name: string): readonly MatchedPolicy[] | undefined => usable(cubes.get(name));
  const ofView = (name: string): readonly MatchedPolicy[] | undefined => usable(views.get(name));
  return {
    lacking: ({ name, root, columns }) =>
      [views.get(name), ...[root, ...columns.map(({ cube }) => cube)].map((cube) => cubes.get(cube))].find(
        (each) => each instanceof SqlError,
      ),
    columns: ({ name, columns }) => {
      const own = ofView(name);
      return columns.filter((column) =>
        own === undefined ? grants(ofCube(column.cube), column.member) : grants(own, column.name),
      );
    },
    viewFilters: ({ name }, used) => usedMemberFilters(ofView(name), used),
    cubeFilters: ({ root, columns }, paths, used) =>
      distinctPaths(paths).flatMap((path) => {
        const read = columns.filter((column) => used.includes(column.name) && samePath(column.path, path));
        const members = read.map((column) => column.member);
        return usedMemberFilters(ofCube(path.at(-1) ?? root), members).map((filter) => atPath(filter, path));
      }),
    masks: (table) => masksOf(table, ofView(table.name), ofCube),
    names: ({ name, root, columns }, use, isTable) => {
      // A joined cube without a name for the context goes by a column that it gives.
      const named = (cube: string, called: string): readonly string[] =>
        (ofCube(cube) ?? []).map((matched) => (isTable(cube) ? matched.name : `of ${called} for ${matched.matchedBy}`));
      const joined = distinctPaths(use.paths).filter((path) => path.length > 0);
      return [
        ...(ofView(name) ?? []).map((matched) => matched.name),
        ...named(root, 'its cube'),
        ...joined.flatMap((path) => {
          const from = columns.find((column) => use.columns.includes(column.name) && samePath(column.path, path));
          return named(path.at(-1) ?? '', from === undefined ? 'a joined cube' : `the cube of ${from.name}`);
        }),
      ];
    },
    fullNames: ({ name, root }, use) => {
      const read = [...new Set([root, ...distinctPaths(use.paths).map((path) => path.at(-1) ?? root)])];
      const named = (owner: string, matched: readonly MatchedPolicy[] | undefined): readonly string[] =>
        matched?.length === 0 ? [`none of ${owner}`] : (matched ?? []).map((each) => each.name);
      return [...named(name, ofView(name)), ...read.flatMap((cube) => named(cube, ofCube(cube)))];
    },
    shape: [shapeOf(cubes), shapeOf(views)],
  };
}

function shapeOf(policies: ReadonlyMap<string, Matched>): unknown {
  return [...policies].map(([name, matched]) => [
    name,
    matched instanceof SqlError ? matched.message : matched?.map(({ policy, filter }) => [policy.at, filter]),
  ]);
}

/** @throws SqlError 42501 of a table that `lacking` told of */
function usable(matched: Matched): readonly MatchedPolicy[] | undefined {
  if (matched instanceof SqlError) throw matched;
  return matched;
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

function masksOf(
  { root, columns }: Pick<ExposedTable, 'root' | 'columns'>,
  own: readonly MatchedPolicy[] | undefined,
  ofCube: (name: string) => readonly MatchedPolicy[] | undefined,
): TableMasks {
  const ofMember = (path: CubePath, member: string): Masking | undefined =>
    maskingAt(maskingOf(ofCube(path.at(-1) ?? root), member), path);
  return {
    column: (name) => {
      const column = columns.find((each) => each.name === name);
      if (column === undefined) return undefined;
      return own === undefined ? ofMember(column.path, column.member) : maskingOf(own, name);
    },
    member: (path, member) => {
      const shownAs = columns.filter((column) => column.member === member && samePath(column.path, path));
      if (own === undefined || shownAs.length === 0) return ofMember(path, member);
      // Under several names, one that masks it decides.
      const maskings = shownAs.map(({ name }) => maskingOf(own, name));
      return maskings.find(isMasked) ?? maskings[0];
    },
  };
}

/** A mask is granted too: it shows which rows there are. */
function grantsMember({ policy }: MatchedPolicy, member: string): boolean {
  return memberAccess(policy, member) !== 'hidden';
}

/** Without policies everything is granted. */
function grants(matched: readonly MatchedPolicy[] | undefined, member: string): boolean {
  return matched === undefined || matched.some((policy) => grantsMember(policy, member));
}

/** Each used member: the OR of the policies that grant it. No member used, or none granted: the OR of all that match. */
function usedMemberFilters(
  matched: readonly MatchedPolicy[] | undefined,
  members: readonly string[],
): readonly RowFilter[] {
  if (matched === undefined) return [];
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
