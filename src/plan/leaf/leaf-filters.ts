/**
 * Which rows a leaf shows: the row filters of policies, and those default filters of its view that no condition of the
 * statement lifts.
 */
import type { PolicyDecision } from '../../access/decision.ts';
import type { LeafUse } from '../../access/exposed.ts';
import { membersOfFilters } from '../../access/filter-members.ts';
import type { Masking, TableMasks } from '../../access/masks.ts';
import type { MemberRef, RowFilter } from '../../access/row-filter.ts';
import { type MemberPlace, memberOf, membersBelow, membersNamed } from '../../model/made-of.ts';
import type { CubePath, Model } from '../../model/types.ts';
import type { LeafRelation } from '../bound/bound.ts';
import { cubeAt, pathsOfFragment, pathsOfMember, pathText } from '../model-facts.ts';

export type LeafFilters = {
  /** All of them hold. */
  readonly rowFilters: readonly RowFilter[];
  /** These hold as well: conditions like the statement's own. */
  readonly defaultFilters: readonly RowFilter[];
  /** Cubes that they and the masks of what is read need. */
  readonly paths: readonly CubePath[];
  /** What the statement uses, as policies speak of it: a default filter counts as if the statement had written it. */
  readonly use: LeafUse;
};

/** What the statement reads of one reference to a table, in all copies that its plan makes of it. */
export type ReferenceUse = {
  readonly copies: readonly LeafRelation[];
  /** Cubes that the statement's own members read. */
  readonly paths: readonly CubePath[];
};

/** Equal for all copies of a reference: a row that is hidden from one is hidden from each. */
export function filtersOfLeaf(
  leaf: LeafRelation,
  { copies, paths }: ReferenceUse,
  decision: PolicyDecision,
  model: Model,
): LeafFilters {
  const { table, lifted } = leaf;
  const defaults = decision.defaultFilters(table.name, lifted);
  const compared = membersOfFilters(defaults);
  const slots = copies
    .flatMap(({ used, measures }) => [...used, ...measures])
    .filter((slot) => slot < table.columns.length);
  const columns = [...slots.map((slot) => table.columns[slot]?.name ?? ''), ...compared.flatMap(shownAs(leaf))];
  const use: LeafUse = {
    columns: [...new Set(columns)],
    // A masked measure reads nothing, and is read all the same.
    paths: [
      ...paths,
      ...slots.map((slot) => table.columns[slot]?.path ?? []),
      ...pathsOfMembers(model, table.root, compared),
    ],
  };
  const rows = table.kind === 'sub_query' ? decision.joinedFilters(table, use) : decision.rowFilters(table.name, use);
  const filtered = pathsOfMembers(model, table.root, membersOfFilters([...rows, ...defaults]));
  const masked = copies.flatMap((copy) => pathsOfMasks(copy, compared, decision.masks(table), model));
  return { rowFilters: rows, defaultFilters: defaults, paths: [...filtered, ...masked], use };
}

/** The default filters that hold, for EXPLAIN; a column that is hidden from the context has no name. */
export function defaultFilterNames(leaf: LeafRelation, decision: PolicyDecision): readonly string[] {
  const { table, lifted } = leaf;
  const all = decision.defaultFilters(table.name, new Set());
  return all.flatMap((filter, i) => {
    if (lifted.has(i)) return [];
    const [column] = membersOfFilters([filter]).flatMap(shownAs(leaf));
    return [`${table.name}[${i}]${column === undefined ? '' : ` on ${column}`}`];
  });
}

/** Cubes that masks read: those of the columns and inputs that are read of a leaf, and of what these are made of. */
function pathsOfMasks(
  { table, inputs, used }: LeafRelation,
  compared: readonly MemberRef[],
  masks: TableMasks,
  model: Model,
): readonly CubePath[] {
  const { root } = table;
  const maskings = [...used].flatMap((slot): readonly Placed[] => {
    const column = table.columns[slot];
    if (column !== undefined) {
      const { name, path, member } = column;
      return [{ path, member, masking: masks.column(name) }, ...placed(membersBelow(model, root, path, member), masks)];
    }
    const input = inputs[slot - table.columns.length];
    if (input?.kind !== 'measure-input' || input.unmasked) return [];
    const fragments = [...(input.sql === undefined ? [] : [input.sql]), ...input.filters];
    return placed(membersNamed(model, root, input.path, fragments), masks);
  });
  const ofFilters = compared.flatMap(({ path, cube, member }) =>
    placed([{ path, cube, member }, ...membersBelow(model, root, path, member)], masks),
  );
  return [...maskings, ...ofFilters].flatMap(({ path, member, masking }): readonly CubePath[] => {
    if (masking === undefined) return [];
    const rows = [masking.shown, masking.named].flatMap((each) => (typeof each === 'string' ? [] : [each]));
    const found = memberOf(model, cubeAt(root, path), member);
    const sql = found.kind !== 'segment' && found.mask?.kind === 'sql' ? [found.mask.sql] : [];
    return [
      ...pathsOfMembers(model, root, membersOfFilters(rows)),
      ...sql.flatMap((fragment) => pathsOfFragment(model, root, path, fragment)),
    ];
  });
}

type Placed = { readonly path: CubePath; readonly member: string; readonly masking: Masking | undefined };

function placed(members: readonly MemberPlace[], masks: TableMasks): readonly Placed[] {
  return members.map(({ path, member }) => ({ path, member, masking: masks.member(path, member) }));
}

function shownAs({ table }: LeafRelation): (member: MemberRef) => readonly string[] {
  return ({ path, member }) =>
    table.columns
      .filter((column) => column.member === member && pathText(column.path) === pathText(path))
      .map(({ name }) => name)
      .slice(0, 1);
}

function pathsOfMembers(model: Model, root: string, members: readonly MemberRef[]): readonly CubePath[] {
  return members.flatMap(({ path, member }) => pathsOfMember(model, root, path, member));
}
