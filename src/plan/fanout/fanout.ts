/**
 * Fan-out: an aggregate never counts a row twice because another join repeated it (contract, section 5, rule 7).
 *
 * Where the joins that a SELECT uses repeat the rows that an aggregate is over, they are made apart if they can be: each
 * aggregate is computed where only the joins are made that it needs (parts.ts). Where that is not to be done, or leaves
 * rows repeated, the SELECT is put over a subquery that numbers the repetitions, `row_number() OVER (PARTITION BY group
 * keys, row keys)`, and the aggregate takes those numbered 1. That is right for any aggregate, filter and grouping set,
 * at the price of a sort where it is needed.
 */
import { notSupported } from '../../errors.ts';
import { hasPrimaryKey } from '../bind/grouping.ts';
import type {
  Bound,
  BoundAggregate,
  BoundColumn,
  BoundQuery,
  BoundSelect,
  Grouping,
  LeafRelation,
} from '../bound/bound.ts';
import { boundKey, forEachOwnExpr, mapChildren, mapSelect, relationsOf } from '../bound/walk.ts';
import { both } from '../measures/call.ts';
import { liftFromBelow } from '../measures/expand.ts';
import { inputColumn } from '../measures/template.ts';
import { cubeAt, isOwned, pathText, primaryKeyOf, repeatsOf } from '../model-facts.ts';
import type { Planner } from '../planner.ts';
import { splitByJoins } from './parts.ts';
import { numberRepetitions, type RowKeys } from './repetitions.ts';
import { numberRows } from './row-numbers.ts';
import { hasRepeatedRowValue, hasRowValue, isIndifferent, repeatedRowValue, rowValue } from './row-value.ts';
import { leafColumns, pathsOfSlot, readBeside, repeatsOfLeaf, type Sources, sourcesOf } from './sources.ts';

/**
 * Rewrites every SELECT of the query that needs it, in place.
 * @param done queries that are rewritten: one in a FILTER stands in each aggregate that it restricts
 */
export function resolveFanOut(query: BoundQuery, planner: Planner, done = new Set<BoundQuery>()): void {
  if (done.has(query)) return;
  done.add(query);
  for (const cte of query.ctes) if (cte.query !== undefined) resolveFanOut(cte.query, planner, done);
  if (query.body.kind === 'set-operation') {
    resolveFanOut(query.body.left, planner, done);
    resolveFanOut(query.body.right, planner, done);
    return;
  }
  if (query.body.kind !== 'select') return;
  const select = query.body;
  const nested: BoundQuery[] = [];
  const collect = (bound: Bound): Bound => mapChildren(bound, collect, (subquery) => nested.push(subquery));
  forEachOwnExpr(query, collect);
  for (const subquery of nested) resolveFanOut(subquery, planner, done);
  if (select.grouping !== undefined) resolveSelect(query, select, select.grouping, planner);
  for (const relation of relationsOf(select.from))
    if (relation.kind === 'derived') resolveFanOut(relation.query, planner, done);
}

function resolveSelect(query: BoundQuery, select: BoundSelect, grouping: Grouping, planner: Planner): void {
  const { leaves, others: beside } = sourcesOf(select.from);
  const sources = { leaves, others: beside.filter((relation) => !grouping.over?.includes(relation)) };
  if (isKeyed(grouping, sources, planner) && everyAggregate(query, select, hasRowValue)) {
    mapSelect(query, select, rowValue);
    select.where = both(select.where, select.having);
    select.having = undefined;
    select.grouping = undefined;
    return;
  }
  const repeats = new Map(sources.leaves.map((leaf) => [leaf, repeatsOfLeaf(leaf, planner)]));
  const repeated = !everyAggregate(
    query,
    select,
    (aggregate) => combined(aggregate, sources, repeats, planner) === undefined,
  );
  const others =
    repeated && sources.others.length > 0 ? numberRows(query, select, planner) : new Map<never, BoundColumn>();
  const keysOf = new Map<string, RowKeys>();
  const ofOneRow = new Set<string>();
  eachAggregate(query, select, (aggregate) => {
    const keys =
      aggregate.grain.kind === 'cube'
        ? cubeKeys(aggregate, aggregate.grain, select, sources, repeats, planner)
        : rowKeys(combined(aggregate, sources, repeats, planner), [...others.values()], select, planner);
    if (keys === undefined) return;
    if (isOfOneRow(aggregate, keys, grouping, sources)) ofOneRow.add(boundKey(aggregate));
    else keysOf.set(boundKey(aggregate), keys);
  });
  const lower = (bound: Bound): Bound =>
    bound.kind === 'aggregate' && ofOneRow.has(boundKey(bound)) ? repeatedRowValue(bound) : mapChildren(bound, lower);
  if (ofOneRow.size > 0) mapSelect(query, select, lower);
  if (keysOf.size === 0) return;
  const [leaf, another] = sources.leaves;
  const alone = leaf !== undefined && another === undefined && beside.length === 0;
  // Groups of one row each are too many to join.
  const splits = alone && !holdsKey(grouping, leaf) && splitByJoins(query, select, grouping, leaf, planner);
  if (splits) return;
  numberRepetitions(query, select, select.grouping ?? grouping, keysOf, planner);
}

// Which aggregates need it

type Repeats = ReadonlyMap<LeafRelation, ReadonlySet<string>>;

/** What tells rows of a measure's own cube apart, or undefined when nothing repeats them. */
function cubeKeys(
  aggregate: BoundAggregate,
  { leaf, path }: Extract<BoundAggregate['grain'], { kind: 'cube' }>,
  select: BoundSelect,
  sources: Sources,
  repeats: Repeats,
  planner: Planner,
): RowKeys | undefined {
  if (isIndifferent(aggregate)) return undefined;
  const own = repeatsOf(planner.model, leaf.table.root, [path]);
  checkInputs(aggregate, leaf, own, planner);
  const alone = sources.leaves.length === 1 && sources.others.length === 0;
  if (alone && isOwned(planner.model, leaf.table.root, path) && sameSet(own, repeats.get(leaf) ?? new Set()))
    return undefined;
  return { columns: keyColumns(leaf, path, select, planner), rows: [{ leaf, path }] };
}

/** Of each leaf the to-many cubes whose rows an aggregate over dimensions is over, besides the root's. */
type Combined = readonly { readonly leaf: LeafRelation; readonly own: ReadonlySet<string> }[];

/** Undefined when no row of the aggregate's is repeated. */
function combined(
  aggregate: BoundAggregate,
  sources: Sources,
  repeats: Repeats,
  planner: Planner,
): Combined | undefined {
  if (aggregate.grain.kind !== 'rows' || isIndifferent(aggregate)) return undefined;
  const reads = [
    ...aggregate.args,
    ...aggregate.orderBy.flatMap(({ by }) => (by.kind === 'expr' ? [by.expr] : [])),
    ...(aggregate.filter === undefined ? [] : [aggregate.filter]),
  ];
  const columns = [...reads.flatMap(leafColumns), ...readBeside(sources.others)];
  const wanted = sources.leaves.map((leaf) => ({
    leaf,
    own: repeatsOf(
      planner.model,
      leaf.table.root,
      columns.filter((column) => column.leaf === leaf).flatMap(({ slot }) => pathsOfSlot(leaf, slot, planner)),
    ),
  }));
  return wanted.every(({ leaf, own }) => sameSet(own, repeats.get(leaf) ?? new Set())) ? undefined : wanted;
}

/** @param others numbers of the rows of relations without a key */
function rowKeys(
  wanted: Combined | undefined,
  others: readonly BoundColumn[],
  select: BoundSelect,
  planner: Planner,
): RowKeys | undefined {
  if (wanted === undefined) return undefined;
  const rows = wanted.flatMap(({ leaf, own }) =>
    [[], ...[...own].map((path) => path.split('.'))].map((path) => ({ leaf, path })),
  );
  const ofLeaves = rows.flatMap(({ leaf, path }) => keyColumns(leaf, path, select, planner));
  return { columns: [...ofLeaves, ...others.map((column) => lifted(column, select))], rows };
}

/** A measure over columns that repeat its cube's rows has no value of a row (Cube refuses it as well). */
function checkInputs(aggregate: BoundAggregate, leaf: LeafRelation, own: ReadonlySet<string>, planner: Planner): void {
  const read = aggregate.args.flatMap(leafColumns).flatMap(({ slot }) => pathsOfSlot(leaf, slot, planner));
  const repeating = [...repeatsOf(planner.model, leaf.table.root, read)].find((path) => !own.has(path));
  if (repeating === undefined) return;
  throw notSupported(`a measure that reads "${repeating}", whose rows repeat those of the measure's own cube`, {
    hint: 'Declare the measure in the cube whose rows it is over.',
    position: aggregate.at,
  });
}

function sameSet(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((item) => b.has(item));
}

/** The primary key of the cube at `path`, as columns of what `select` reads. @throws SqlError 0A000 without one */
function keyColumns(
  leaf: LeafRelation,
  path: readonly string[],
  select: BoundSelect,
  planner: Planner,
): readonly BoundColumn[] {
  const cube = cubeAt(leaf.table.root, path);
  const dimensions = primaryKeyOf(planner.model, cube);
  if (dimensions.length === 0) {
    throw notSupported(
      `an aggregate over rows of "${leaf.table.name}" that a join repeats and that have no primary key`,
      {
        hint: `Declare a primary_key dimension in the cube behind ${path.length === 0 ? 'the table' : pathText(path)}.`,
      },
    );
  }
  return dimensions.map((dimension) => {
    const column = inputColumn(leaf, {
      kind: 'key',
      path,
      cube,
      dimension: dimension.name,
      type: planner.types.value(cube, dimension.name).type,
    });
    return lifted(column, select);
  });
}

/** A column of a relation that `select` reads directly or through transparent subqueries. */
function lifted(column: BoundColumn, select: BoundSelect): BoundColumn {
  const found = liftFromBelow(select.from, column);
  if (found === undefined) throw new Error('a relation is not below the SELECT that aggregates it');
  return found;
}

// Groups that are single rows

/** The dimensions of an implicit grouping hold a key of the rows: every group is one row, so nothing is grouped (rule 4). */
function isKeyed(grouping: Grouping, sources: Sources, planner: Planner): boolean {
  const [leaf, another] = sources.leaves;
  if (!grouping.implicit || leaf === undefined || another !== undefined || sources.others.length > 0) return false;
  return repeatsOfLeaf(leaf, planner).size === 0 && holdsKey(grouping, leaf);
}

/** In every group there is one row of the aggregate's, repeated or not. */
function isOfOneRow(aggregate: BoundAggregate, { rows }: RowKeys, grouping: Grouping, { others }: Sources): boolean {
  const [row, another] = rows;
  if (row === undefined || another !== undefined || row.path.length > 0) return false;
  if (aggregate.grain.kind === 'rows' && others.length > 0) return false;
  const ofAllSets = grouping.sets.every((set) => set.length === grouping.keys.length);
  return ofAllSets && hasRepeatedRowValue(aggregate) && holdsKey(grouping, row.leaf);
}

/** The root's primary key is among the columns that are grouped by. */
function holdsKey(grouping: Grouping, leaf: LeafRelation): boolean {
  const plain = grouping.keys
    .filter((key) => key.kind === 'column')
    .flatMap((key): Bound[] => {
      const [column] = leafColumns(key);
      const exposed = column?.leaf.table.columns[column.slot];
      return column === undefined || exposed === undefined || !isPlain(key)
        ? []
        : [{ kind: 'column', relation: column.leaf, slot: column.slot, type: exposed.type, typmod: -1 }];
    });
  return hasPrimaryKey(leaf, plain);
}

/** A leaf's column itself, through any number of transparent subqueries. */
function isPlain(bound: Bound): boolean {
  if (bound.kind !== 'column') return false;
  const { relation, slot } = bound;
  if (relation.kind === 'leaf') return true;
  const item =
    relation.kind === 'derived' && relation.query.body.kind === 'select' ? relation.query.body.items[slot] : undefined;
  return item !== undefined && isPlain(item);
}

// Walking one SELECT

function everyAggregate(
  query: BoundQuery,
  select: BoundSelect,
  holds: (aggregate: BoundAggregate) => boolean,
): boolean {
  let all = true;
  eachAggregate(query, select, (aggregate) => {
    all &&= holds(aggregate);
  });
  return all;
}

function eachAggregate(query: BoundQuery, select: BoundSelect, each: (aggregate: BoundAggregate) => void): void {
  const find = (bound: Bound): Bound => {
    if (bound.kind === 'aggregate') each(bound);
    return mapChildren(bound, find);
  };
  mapSelect(query, select, find);
}
