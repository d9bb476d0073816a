/**
 * Measures at a grain of their own: share of a total, ratio to a parent, nested aggregates, ranks.
 *
 * `T(sql)` of a multi-stage measure aggregates the values of `sql` at the groups of the query (with `include`: at finer
 * ones) over all groups that agree on the kept keys, as Cube does; a calculation is done at the kept keys.
 */
import { assertNever } from '../../errors.ts';
import type { MeasureStage } from '../../model/measure-stages.ts';
import type { Fragment, Measure } from '../../model/types.ts';
import type { Bound, BoundAggregate, BoundColumn, BoundMeasure, BoundWindow } from '../bound/bound.ts';
import { liftFromBelow } from '../measures/expand.ts';
import { aggregateOver, inputColumn } from '../measures/template.ts';
import { cubeAt } from '../model-facts.ts';
import type { Planner } from '../planner.ts';
import { functionsByName, type Routine } from '../routines/routines.ts';
import { copyRows, type RowsCopy } from './copy.ts';
import { allOf, columnsOver, groupedBy } from './groups.ts';
import { keptKeys } from './keys-of-grain.ts';
import { isStaged, throughSubquery } from './member.ts';
import { groupingOf, sameKey } from './same-key.ts';
import { innerMeasure, overMeasures, type Scope, type StagedMeasure } from './stage.ts';

type Grain = Extract<MeasureStage, { kind: 'grain' }>;
type Rank = Extract<MeasureStage, { kind: 'rank' }>;

const rankRoutine = (functionsByName.get('rank') ?? []).find(({ kind }) => kind === 'window') as Routine;

/** The aggregate of a multi-stage measure; undefined for a calculation. */
export function aggregateOf({ type }: Measure): { readonly name: string; readonly distinct: boolean } | undefined {
  switch (type) {
    case 'sum':
    case 'avg':
    case 'min':
    case 'max':
    case 'count':
      return { name: type, distinct: false };
    case 'count_distinct':
    case 'count_distinct_approx':
      return { name: 'count', distinct: true };
    case 'number':
    case 'string':
    case 'time':
    case 'boolean':
    case 'rank':
      return undefined;
    default:
      return assertNever(type, 'aggregateOf');
  }
}

/**
 * The measure as a window over the groups themselves, which spares reading the rows again; undefined where it cannot
 * be one.
 */
export function windowOverGroups(staged: StagedMeasure, stage: Grain | Rank, scope: Scope): Bound | undefined {
  const { planner, grouping } = scope;
  const ordinary = (measure: BoundMeasure): boolean => !isStaged(measure, planner);
  const fragments = stage.kind === 'rank' ? stage.orderBy.map(({ sql }) => sql) : [sqlOf(staged)];
  const aggregate = stage.kind === 'rank' ? undefined : aggregateOf(staged.measure);
  if (stage.kind === 'grain' && (aggregate === undefined || aggregate.distinct || stage.include.length > 0))
    return undefined;
  if (!fragments.every((sql) => everyMeasure(staged, sql, ordinary, planner))) return undefined;
  const several = grouping.sets.length > 1;
  const partitionBy = [...keptKeys(grouping.keys, stage, staged), ...(several ? [groupingOf(grouping.keys)] : [])];
  const itself = (measure: BoundMeasure): Bound => measure;
  if (stage.kind === 'rank') {
    const by = stage.orderBy.map(({ sql, descending }) => ({
      expr: overMeasures(staged, sql, itself, planner),
      descending,
    }));
    return scope.output(ranked(partitionBy, by));
  }
  const value = overMeasures(staged, sqlOf(staged), itself, planner);
  return scope.output(
    overWindow(valueAggregate(staged.measure, value), { partitionBy, orderBy: [], frame: undefined }),
  );
}

function everyMeasure(
  staged: StagedMeasure,
  sql: Fragment,
  holds: (measure: BoundMeasure) => boolean,
  planner: Planner,
): boolean {
  let every = true;
  overMeasures(
    staged,
    sql,
    (measure) =>
      throughSubquery(measure, (below) => {
        every &&= holds(below);
        return below;
      }),
    planner,
  );
  return every;
}

function sqlOf({ measure, cube }: StagedMeasure): Fragment {
  if (measure.sql === undefined) throw new Error(`measure ${cube}.${measure.name} has no sql`);
  return measure.sql;
}

export function valueAggregate(measure: Measure, value: Bound): BoundAggregate {
  const aggregate = aggregateOf(measure);
  if (aggregate === undefined || value.type === 'unknown')
    throw new Error(`measure ${measure.name} aggregates nothing`);
  return aggregateOver(aggregate.name, value, aggregate.distinct, { kind: 'rows' });
}

function overWindow({ routine, args, type, typmod }: BoundAggregate, window: BoundWindow): Bound {
  if (routine.kind === 'author') throw new Error('a measure has an aggregate of the lists');
  return { kind: 'window', routine, star: false, args, filter: undefined, window, type, typmod };
}

function ranked(
  partitionBy: readonly Bound[],
  by: readonly { readonly expr: Bound; readonly descending: boolean }[],
): Bound {
  return {
    kind: 'window',
    routine: rankRoutine,
    star: false,
    args: [],
    filter: undefined,
    window: { partitionBy, orderBy: by.map((item) => ({ ...item, nulls: undefined })), frame: undefined },
    type: 'int8',
    typmod: -1,
  };
}

/** The measure as a stage of its own, over a copy of the rows. @param keys of the grouping set that it is for */
export function atGrain(staged: StagedMeasure, stage: Grain | Rank, keys: readonly Bound[], scope: Scope): Bound {
  const { planner } = scope;
  const kept = keptKeys(keys, stage, staged);
  const copy = copyRows(scope.rows, planner);
  if (stage.kind === 'grain' && aggregateOf(staged.measure) === undefined) {
    const groups = columnsOver(copy, groupedBy(kept.map(copy.map)), planner);
    const columns = kept.map((key) => groups.column(copy.map(key)));
    const value = groups.column(innerMeasure(staged, copy.map, planner));
    scope.resolve(groups.relation);
    scope.join(groups.relation, sameKeys(kept, columns, scope));
    return value;
  }
  const added = stage.include.map((dimension) => addedDimension(staged, dimension, copy, planner));
  const groupKeys = [...keys.map(copy.map), ...added];
  const groups = columnsOver(copy, groupedBy(groupKeys), planner);
  const copied = { ...staged, call: copy.map(staged.call) as BoundMeasure };
  const valueAt = (sql: Fragment): BoundColumn =>
    groups.column(overMeasures(copied, sql, (measure) => measure, planner));
  const keyColumns = keys.map((key) => groups.column(copy.map(key)));
  const keptColumns = kept.map((key) => groups.column(copy.map(key)));
  const from = { from: [{ kind: 'relation' as const, relation: groups.relation }], where: undefined };
  if (stage.kind === 'rank') {
    const by = stage.orderBy.map(({ sql, descending }) => ({ expr: valueAt(sql), descending }));
    scope.resolve(groups.relation);
    const outer = columnsOver(from, undefined, planner);
    const columns = keyColumns.map(outer.column);
    const value = outer.column(ranked(keptColumns, by));
    scope.join(outer.relation, sameKeys(keys, columns, scope));
    return value;
  }
  const inner = valueAt(sqlOf(staged));
  scope.resolve(groups.relation);
  const outer = columnsOver(from, groupedBy(keptColumns), planner);
  const columns = keptColumns.map(outer.column);
  const value = outer.column(valueAggregate(staged.measure, inner));
  scope.join(outer.relation, sameKeys(kept, columns, scope));
  return value;
}

function addedDimension(
  { path, leaf, call }: StagedMeasure,
  dimension: Grain['include'][number],
  copy: RowsCopy,
  planner: Planner,
): BoundColumn {
  const at = [...path, ...dimension.path];
  const cube = cubeAt(leaf.table.root, at);
  const { type } = planner.types.value(cube, dimension.member);
  const leafOf = (measure: BoundMeasure): typeof leaf => {
    if (measure.relation.kind === 'leaf') return measure.relation;
    const { body } = measure.relation.query;
    const item = body.kind === 'select' ? body.items[measure.slot] : undefined;
    if (item?.kind !== 'measure') throw new Error('a measure travels through a SELECT only');
    return leafOf(item);
  };
  const copied = leafOf(copy.map(call) as BoundMeasure);
  const column = inputColumn(copied, { kind: 'key', path: at, cube, dimension: dimension.member, type });
  const found = liftFromBelow(copy.from, column);
  if (found === undefined) throw new Error('a leaf is not below the rows that were copied');
  return found;
}

/** The condition that a stage's row is that of a group. */
export function sameKeys(keys: readonly Bound[], columns: readonly Bound[], scope: Scope): Bound {
  return allOf(keys.map((key, i) => sameKey(scope.output(key), columns[i] as Bound)));
}
