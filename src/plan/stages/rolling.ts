/**
 * `rolling_window`: for each group the measure over the rows whose time lies in a window that hangs on the group's
 * period, and whose other keys are the group's.
 *
 * Conditions on the time dimension alone say which periods are shown, not which rows a window looks at, as Cube has it
 * with a date range; all other conditions hold for both. A window goes from `end - trailing` to `end + leading` of the
 * period (`offset: start`: from its start), its end not among it.
 */
import { assertNever, notSupported } from '../../errors.ts';
import type { MeasureStage, RollingWindow } from '../../model/measure-stages.ts';
import type { Bound, BoundColumn, FromItem, LeafRelation, Relation } from '../bound/bound.ts';
import { boundKey, visitBound } from '../bound/walk.ts';
import { leafColumns, sourcesOf } from '../fanout/sources.ts';
import { aggregateOver } from '../measures/template.ts';
import { isTransparent } from '../measures/transparent.ts';
import { pathsOfMember, pathText, repeatsOf } from '../model-facts.ts';
import type { Planner } from '../planner.ts';
import { applyOperator } from '../routines/apply.ts';
import { copyRows, type Rows, type RowsCopy } from './copy.ts';
import { checkDefaultFilters } from './default-filters.ts';
import { sameKeys } from './grain.ts';
import { allOf, type Columns, columnsOver, groupedBy } from './groups.ts';
import { hiddenItem, isStaged } from './member.ts';
import { rowConditions } from './rows.ts';
import { sameKey } from './same-key.ts';
import { innerMeasure, type Scope, type StagedMeasure } from './stage.ts';
import { type Period, periodOf, type TimeKey, timeKeyOf } from './time-key.ts';
import { isTimeDimension } from './time-shift.ts';
import { isAligned, windowEdges } from './window.ts';

type Rolling = Extract<MeasureStage, { kind: 'rolling-window' }>;

/** @param keys of the grouping set that it is for */
export function rollingWindow(staged: StagedMeasure, { window }: Rolling, keys: readonly Bound[], scope: Scope): Bound {
  const { planner, rows } = scope;
  const times = timesOf(staged, keys, scope);
  if (times.length === 0) checkTimeless(staged, window, scope);
  const timeKeys = new Set(times.flatMap((time) => [...time.keys.keys()]));

  // The groups again, each with the edges of its window, and each looks for its rows.
  const first = copyRows(rows, planner);
  const buckets = columnsOver(first, groupedBy(keys.map(first.map)), planner);
  const bucketOf = (key: Bound): BoundColumn => buckets.column(first.map(key));
  const bucketKeys = keys.map(bucketOf);
  const windows = times.map((time) => {
    const { from, to } = windowEdges(window, periodOfKeys(time, first.map));
    return { time, from: from && buckets.column(from), to: to && buckets.column(to) };
  });
  const inWindow = (momentOf: (time: Time) => Bound): Bound[] =>
    windows.flatMap(({ time, from, to }) => [
      ...(from === undefined ? [] : [applyOperator('>=', momentOf(time), from)]),
      ...(to === undefined ? [] : [applyOperator('<', momentOf(time), to)]),
    ]);
  const others = keys.filter((key) => !timeKeys.has(key));
  const sameOthers = (keyOf: (key: Bound) => Bound): Bound[] => others.map((key) => sameKey(bucketOf(key), keyOf(key)));

  const own = new Set<unknown>(relationsBelow(rows));
  const copyAll = (): RowsCopy => copyRows(rows, planner, { keeps: (conjunct) => !isOverTime(conjunct, own, times) });
  const seen = copyAll();
  const inner = innerMeasure({ ...staged, call: { ...staged.call, filter: undefined } }, seen.map, planner);
  if (isStaged(inner, planner)) throw refused(staged, 'over a measure with stages of its own');
  const filter = staged.call.filter && seen.map(staged.call.filter);

  /** The groups beside what they see, grouped again. */
  const over = (joined: FromItem, none: readonly Relation[] = []): Columns =>
    columnsOver({ from: [joined], where: undefined }, groupedBy(bucketKeys, [buckets.relation, ...none]), planner);
  const finish = (stage: Columns, value: Bound): Bound => {
    scope.join(stage.relation, sameKeys(keys, bucketKeys.map(stage.column), scope));
    return value;
  };

  const [time, second] = times;
  const isAlone = time !== undefined && second === undefined && time.keys.size === 1;
  const aligned = isAlone && [...time.keys.values()].every((timeKey) => isAligned(timeKey, window)) ? time : undefined;
  const combining = aligned && combination(staged, aligned, planner);
  if (aligned !== undefined && combining !== undefined) {
    const parts = columnsOver(seen, groupedBy(keys.map(seen.map)), planner);
    const part = parts.column({ ...inner, called: true, filter });
    const start = parts.column(periodOfKeys(aligned, seen.map).start);
    const on = [...inWindow(() => start), ...sameOthers((key) => parts.column(seen.map(key)))];
    const stage = over(leftJoin(itemOf(buckets), parts, on));
    const whole = stage.column(aggregateOver(combining.aggregate, part, false, { kind: 'rows' }));
    return finish(stage, combined(combining, whole));
  }
  const list = columnsOver(seen, undefined, planner);
  const listed = (key: Bound): BoundColumn => list.column(seen.map(key));
  const condition = filter && list.column(filter);
  const call = (): Bound => {
    const slot = hiddenItem(list.relation, inner);
    return { ...inner, part: undefined, relation: list.relation, slot, called: true, filter: condition };
  };
  if (aligned !== undefined) {
    // The periods of a window first, then the rows of each: an equality can be hashed.
    const third = copyAll();
    const found = columnsOver(third, groupedBy(keys.map(third.map)), planner);
    const foundOf = (key: Bound): BoundColumn => found.column(third.map(key));
    const on = [...inWindow(() => found.column(periodOfKeys(aligned, third.map).start)), ...sameOthers(foundOf)];
    const rowsOn = keys.map((key) => sameKey(foundOf(key), listed(key)));
    const stage = over(leftJoin(leftJoin(itemOf(buckets), found, on), list, rowsOn), [found.relation]);
    return finish(stage, stage.column(call()));
  }
  const on = [...inWindow(({ moment }) => listed(moment)), ...sameOthers(listed)];
  const stage = over(leftJoin(itemOf(buckets), list, on));
  return finish(stage, stage.column(call()));
}

function itemOf({ relation }: Columns): FromItem {
  return { kind: 'relation', relation };
}

function leftJoin(left: FromItem, right: Columns, on: readonly Bound[]): FromItem {
  return { kind: 'join', type: 'left', left, right: itemOf(right), on: allOf(on) };
}

// Periods instead of rows

type Combination = { readonly aggregate: 'sum' | 'min' | 'max'; readonly ofCounts: boolean };

/**
 * How a window's value comes of the values of the periods in it, which are far fewer than rows; undefined where it does
 * not: for averages and distinct counts, and where a row of the measure's cube may have several times.
 */
function combination({ measure, path, leaf }: StagedMeasure, time: Time, planner: Planner): Combination | undefined {
  const [slot, another] = time.slots;
  const column = slot === undefined ? undefined : leaf.table.columns[slot];
  if (column === undefined || another !== undefined) return undefined;
  const beyond = repeatsOf(
    planner.model,
    leaf.table.root,
    pathsOfMember(planner.model, leaf.table.root, column.path, column.member),
  );
  const own = repeatsOf(planner.model, leaf.table.root, [path]);
  const oneTime = pathText(column.path.slice(0, path.length)) === pathText(path) && beyond.size === own.size;
  if (!oneTime) return undefined;
  switch (measure.type) {
    case 'sum':
    case 'min':
    case 'max':
      return { aggregate: measure.type, ofCounts: false };
    case 'count':
      return { aggregate: 'sum', ofCounts: true };
    case 'avg':
    case 'count_distinct':
    case 'count_distinct_approx':
    case 'number':
    case 'string':
    case 'time':
    case 'boolean':
    case 'rank':
      return undefined;
    default:
      return assertNever(measure.type, 'combination');
  }
}

/** A count over no periods is 0. */
function combined({ ofCounts }: Combination, value: Bound): Bound {
  if (!ofCounts) return value;
  const count: Bound = { kind: 'cast', arg: value, type: 'int8', typmod: -1 };
  const zero: Bound = { kind: 'const', type: 'int8', typmod: -1, value: '0' };
  return { kind: 'coalesce', args: [count, zero], type: 'int8', typmod: -1 };
}

function refused(staged: StagedMeasure, what: string, hint?: string): Error {
  return notSupported(`rolling window of measure "${staged.measure.name}" ${what}`, {
    hint,
    position: staged.call.at,
  });
}

// The time keys

/** One time that the statement groups by; with several, a row must lie in the window of each, as in Cube. */
type Time = {
  readonly leaf: LeafRelation;
  /** Of the time dimensions that it is made of. */
  readonly slots: ReadonlySet<number>;
  readonly moment: Bound;
  /** The group keys that are its periods, by the key itself. */
  readonly keys: ReadonlyMap<Bound, TimeKey>;
};

/** @throws SqlError 0A000 for keys over time that are no periods */
function timesOf(staged: StagedMeasure, keys: readonly Bound[], scope: Scope): readonly Time[] {
  const { leaf } = staged;
  const times = new Map<string, Time>();
  for (const key of keys) {
    const all = leafColumns(key);
    const slots = all.filter((column) => column.leaf === leaf).map(({ slot }) => slot);
    const ofTime = slots.filter((slot) => isTimeDimension(leaf, slot, scope));
    if (ofTime.length === 0) continue;
    const timeKey = ofTime.length === all.length ? timeKeyOf(key) : undefined;
    if (timeKey === undefined)
      throw refused(staged, 'beside a group key over time that is no period', "Group by date_trunc('month', …).");
    for (const slot of ofTime) checkDefaultFilters(staged, slot, scope.planner);
    const { moment } = timeKey;
    const known = times.get(boundKey(moment));
    times.set(boundKey(moment), {
      leaf,
      slots: new Set([...(known?.slots ?? []), ...ofTime]),
      moment,
      keys: new Map([...(known?.keys ?? []), [key, timeKey]]),
    });
  }
  return [...times.values()];
}

/** The period of a group: what its keys over one time have in common. */
function periodOfKeys({ keys }: Time, value: (key: Bound) => Bound): Period {
  const periods = [...keys].map(([key, timeKey]) => periodOf(timeKey, value(key)));
  const starts = periods.map(({ start }) => start);
  const ends = periods.map(({ end }) => end);
  return { start: extreme('greatest', starts), end: extreme('least', ends) };
}

/**
 * Without a period, the end of time stands for its end and the beginning for its start.
 * @throws SqlError 0A000 for a window that is not everything then
 */
function checkTimeless(staged: StagedMeasure, window: RollingWindow, scope: Scope): void {
  const { leaf } = staged;
  const filtered = rowConditions(scope.rows)
    .flatMap(leafColumns)
    .some((column) => column.leaf === leaf && isTimeDimension(leaf, column.slot, scope));
  const edge = window.kind === 'fixed' && (window.offset === 'end' ? window.trailing : window.leading);
  if (edge === 'unbounded' && !filtered) return;
  throw refused(
    staged,
    'without a time in the grouping',
    "Add date_trunc('month', …) of the time dimension to GROUP BY.",
  );
}

function extreme(kind: 'greatest' | 'least', args: readonly Bound[]): Bound {
  const [first, second] = args;
  if (first === undefined || first.type === 'unknown') throw new Error('a period has a beginning and an end');
  return second === undefined ? first : { kind, args, type: first.type, typmod: -1 };
}

// Conditions on time

function relationsBelow({ from }: Rows): readonly unknown[] {
  const { leaves, others } = sourcesOf(from);
  return [...leaves, ...others];
}

/** True for a condition that reads times that the statement groups by and nothing else of the rows. */
function isOverTime(conjunct: Bound, own: ReadonlySet<unknown>, times: readonly Time[]): boolean {
  const read = leafColumns(conjunct).filter(({ leaf }) => own.has(leaf));
  const ofTimes = read.every((column) =>
    times.some(({ leaf, slots }) => column.leaf === leaf && slots.has(column.slot)),
  );
  return read.length > 0 && ofTimes && !readsBeside(conjunct, own);
}

/** True if an expression reads a relation that is no leaf, through transparent subqueries too. */
function readsBeside(bound: Bound, own: ReadonlySet<unknown>): boolean {
  let found = false;
  visitBound(bound, (node) => {
    if (node.kind !== 'column' || node.relation.kind === 'leaf') return true;
    const { relation, slot } = node;
    const item =
      relation.kind === 'derived' && isTransparent(relation.query) ? relation.query.body.items[slot] : undefined;
    if (own.has(relation) || (item !== undefined && readsBeside(item, own))) found = true;
    return true;
  });
  return found;
}
