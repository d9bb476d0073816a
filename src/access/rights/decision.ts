/**
 * What a right leaves of the tables: columns and rows. It is one input of `decide()`; everything holds beside it.
 *
 * A cube that is denied gives no members to a table, and a table whose root it is has no rows. Restrictions of the root
 * always hold, those of a joined cube where the statement reads it, those of a view on its rows. What `*` and the
 * identity dimension ask for must be there: of the root, or else among the members of the view.
 */
import type { CubePath, Model } from '../../model/types.ts';
import type { ExposedColumn, ExposedTable, LeafUse, PublicTables } from '../exposed.ts';
import { atPath, distinctPaths } from '../filter-members.ts';
import type { PolicyValue, RowFilter } from '../row-filter.ts';
import { cutFilter } from './cut-filter.ts';
import { CutError } from './cut-text.ts';
import { type FoundLevels, type Level, levelsOf } from './levels.ts';
import { permitsCubeOf, permitsTable } from './name-pattern.ts';
import { type Cut, type DimensionName, EVERY, type HeldRight, type Right } from './rights.ts';

export type RightsDecision = {
  /** None: the table does not exist. */
  readonly columns: (table: ExposedTable) => readonly ExposedColumn[];
  /** All of them hold. */
  readonly rowFilters: (table: ExposedTable, use: LeafUse) => readonly RowFilter[];
  /** Those of cubes that are read beside a table which these paths count from. */
  readonly joinedFilters: (paths: readonly CubePath[]) => readonly RowFilter[];
  /** Whether one may know of a table that is not among those that are exposed. */
  readonly permits: (table: string) => boolean;
  /** Whose right it is, for EXPLAIN. */
  readonly names: readonly string[];
  /** Equal for rights that differ in values alone. */
  readonly shape: unknown;
};

/** Where a model has no rights: they keep nobody from anything. */
const EVERYTHING: RightsDecision = {
  columns: ({ columns }) => columns,
  rowFilters: () => [],
  joinedFilters: () => [],
  permits: () => true,
  names: [],
  shape: 'all',
};
/** Who holds no right. */
const NOTHING: RightsDecision = {
  columns: () => [],
  rowFilters: () => [{ kind: 'nothing' }],
  joinedFilters: () => [{ kind: 'nothing' }],
  permits: () => false,
  names: [],
  shape: 'none',
};

/**
 * @param held undefined: the model has no rights
 * @param bind keeps a value and gives its index; every filter is made at once, so that one shape has one order of values
 */
export function decideRights(
  held: HeldRight | undefined,
  model: Model,
  exposed: PublicTables,
  bind: (value: PolicyValue) => number,
): RightsDecision {
  if (held === undefined) return EVERYTHING;
  if (held.right === undefined) return NOTHING;
  const { right } = held;
  const scope: Scope = { held, right, model, typeOf: exposed.typeOf, bind };
  const cubeFilters = new Map([...model.cubes.keys()].map((cube) => [cube, filtersOf(cube, everyCut(scope), scope)]));
  const tables = new Map(exposed.tables.map((table) => [table.name, tableRights(table, scope)]));

  const ofCube = (cube: string, path: CubePath): readonly RowFilter[] =>
    (cubeFilters.get(cube) ?? []).map((filter) => atPath(filter, path));
  const rowFilters = (table: ExposedTable, use: LeafUse): readonly RowFilter[] => {
    const found = tables.get(table.name);
    if (found === undefined || found.columns.length === 0 || found.rootDenied) return [{ kind: 'nothing' }];
    const ofCubes = distinctPaths([[], ...use.paths]).flatMap((path): readonly RowFilter[] => {
      const cube = path.at(-1) ?? table.root;
      if (!found.permits(cube)) return [{ kind: 'nothing' }];
      return ofCube(cube, path);
    });
    return [...ofCubes, ...found.filters];
  };
  return {
    columns: ({ name }) => tables.get(name)?.columns ?? [],
    rowFilters,
    joinedFilters: (paths) => paths.flatMap((path) => ofCube(path.at(-1) ?? '', path)),
    permits: (table) => permitsTable(right, held.mode, table, []),
    names: [`rights of ${right.name}${right.roles.length === 0 ? '' : ` (roles ${right.roles.join(', ')})`}`],
    shape: [
      [...cubeFilters],
      [...tables].map(([name, { columns, rootDenied, filters, permits }]) => [
        name,
        columns.map((column) => column.name),
        rootDenied,
        filters,
        [...model.cubes.keys()].filter(permits),
      ]),
    ],
  };
}

type Scope = {
  readonly held: HeldRight;
  readonly right: Right;
  readonly model: Model;
  readonly typeOf: PublicTables['typeOf'];
  readonly bind: (value: PolicyValue) => number;
};

type TableRights = {
  readonly columns: readonly ExposedColumn[];
  readonly rootDenied: boolean;
  /** Of a view's own restrictions. */
  readonly filters: readonly RowFilter[];
  readonly permits: (cube: string) => boolean;
};

function tableRights(table: ExposedTable, scope: Scope): TableRights {
  const { held, right, model } = scope;
  const permits = (cube: string): boolean => permitsCubeOf(right, held.mode, table.name, cube);
  const everywhere = everyCut(scope);
  // What the root has of them holds for it in every table.
  const left = everywhere.filter((cut) => !has(model, table.root, cut));
  const rootDenied = !permits(table.root) || left.some((cut) => table.kind === 'cube' || !has(model, table.name, cut));
  const visible = permitsTable(right, held.mode, table.name, cubesOf(table, model));
  const columns = table.columns.filter(({ path, reads }) => reads.every(permits) && !(rootDenied && path.length === 0));
  const limited = limitedLevels(table, scope);
  return {
    columns: visible ? columns.filter((column) => !limited.some((level) => isOfLevel(column, level, table.root))) : [],
    rootDenied,
    filters: table.kind === 'view' ? filtersOf(table.name, left, scope) : [],
    permits,
  };
}

/** Every cube of a view, those on the way to another included. */
function cubesOf({ kind, name, root }: ExposedTable, model: Model): readonly string[] {
  return kind === 'cube' ? [] : [root, ...(model.views.get(name)?.members ?? []).flatMap(({ path }) => path)];
}

// Rows

/** The restrictions of all cubes: those of `*`, and the identity's own. */
function everyCut({ held, right }: Scope): readonly (Cut | IdentityCut)[] {
  const { identityDimension, identity } = held;
  const ofIdentity = identityDimension === undefined ? [] : [{ ...identityDimension, identity }];
  return [...(right.restrictions.get(EVERY) ?? []), ...ofIdentity];
}

/** The rows whose dimension is the identity; without an identity there are none. */
type IdentityCut = DimensionName & { readonly identity: string | undefined };

/** The restrictions of a cube or view, and those of all cubes that it has the dimension for. */
function filtersOf(owner: string, everywhere: readonly (Cut | IdentityCut)[], scope: Scope): readonly RowFilter[] {
  const { model, right } = scope;
  const cuts = [...(right.restrictions.get(owner) ?? []), ...everywhere.filter((cut) => has(model, owner, cut))];
  return cuts.flatMap((cut): readonly RowFilter[] => {
    try {
      const filter = filterOf(cut, levelsOf(model, owner, cut), scope);
      return filter === undefined ? [] : [filter];
    } catch (error) {
      // The loader has said what is wrong. Of an identity no value of the dimension's type is equal to it.
      if (error instanceof CutError) return [{ kind: 'nothing' }];
      throw error;
    }
  });
}

function filterOf(cut: Cut | IdentityCut, found: FoundLevels, scope: Scope): RowFilter | undefined {
  if (found.kind !== 'levels') throw new CutError(cut.at, found.message());
  if ('selection' in cut) return cutFilter(cut, found.levels, scope);
  if (cut.identity === undefined) return { kind: 'nothing' };
  const selection = { kind: 'point', path: [cut.identity] } as const;
  return cutFilter({ ...cut, text: cut.dimension, inverted: false, selection }, found.levels, scope);
}

function has(model: Model, owner: string, name: DimensionName): boolean {
  return levelsOf(model, owner, name).kind === 'levels';
}

// Members

type PlacedLevel = {
  readonly level: Level;
  /** The cube or view that the level's path counts from. */
  readonly owner: string;
  readonly isView: boolean;
};

/** Levels that hierarchy limits hide of a table. */
function limitedLevels(table: ExposedTable, { right, model }: Scope): readonly PlacedLevel[] {
  const owners = new Set([table.name, table.root, ...table.columns.flatMap(({ path }) => path)]);
  return [...owners].flatMap((owner) =>
    [...(right.limits.get(owner) ?? []), ...(right.limits.get(EVERY) ?? [])].flatMap((limit): PlacedLevel[] => {
      const found = levelsOf(model, owner, limit);
      if (found.kind !== 'levels') return [];
      const shown = limit.level === undefined ? 0 : found.levels.findIndex(({ name }) => name === limit.level) + 1;
      return found.levels.slice(shown).map((level) => ({ level, owner, isView: model.views.has(owner) }));
    }),
  );
}

function isOfLevel(
  { path, cube, member }: ExposedColumn,
  { level, owner, isView }: PlacedLevel,
  root: string,
): boolean {
  if (member !== level.member || cube !== level.cube) return false;
  if (isView) return path.join('.') === level.path.join('.');
  const before = path.slice(0, path.length - level.path.length);
  const ends = [...before, ...level.path].join('.') === path.join('.');
  return ends && (before.at(-1) ?? root) === owner;
}
