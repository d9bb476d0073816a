/**
 * Measures over more than the rows of their group: rolling windows, time shifts, multi-stage measures with a grain of
 * their own, ranks (Cube: https://cube.dev/docs/product/data-modeling/concepts/multi-stage-calculations).
 */
import { joinNodes, memberNode } from './dependencies.ts';
import { plainPath } from './filters.ts';
import {
  INTERVAL_UNITS,
  type MeasureStage,
  type MemberPath,
  type ModelInterval,
  type RollingWindow,
  type TimeShift,
} from './measure-stages.ts';
import { type CubeReading, fragmentContext, isOn } from './members.ts';
import { findReference, type ReferenceTarget, readFragment } from './references.ts';
import type { MeasureDefinition } from './schema.ts';
import type { SourcePosition } from './types.ts';

const GRAIN_KEYS = ['group_by', 'reduce_by', 'add_group_by', 'grain'] as const;
/** Keys that Cube takes in a multi-stage measure alone. */
const MULTI_STAGE_KEYS = [...GRAIN_KEYS, 'time_shift', 'order_by'] as const;

type Definition = MeasureDefinition;

/** @returns the stages of a measure, outermost first; what is wrong with them is reported with its place */
export function readStages(definition: Definition, reading: CubeReading): readonly MeasureStage[] {
  const { sources, problems } = reading;
  const isMultiStage = definition.multi_stage === true;
  if (!isMultiStage) {
    for (const key of MULTI_STAGE_KEYS) {
      if (isOn(definition[key])) problems.error(sources.keyAt(definition, key), `"${key}" needs multi_stage: true`);
    }
    if (definition.type === 'rank') {
      problems.error(sources.at(definition, 'type'), 'a measure of type rank needs multi_stage: true');
    }
  }
  const shifts = readTimeShifts(definition, reading);
  const window = readRollingWindow(definition, reading);
  const grain = isMultiStage ? readGrain(definition, reading) : undefined;
  if (window !== undefined && grain !== undefined && (isReduced(grain) || grain.include.length > 0)) {
    problems.error(
      sources.keyAt(definition, 'rolling_window'),
      'a rolling window cannot have a grain of its own: put one measure over the other',
    );
  }
  return [
    ...(shifts.length === 0 ? [] : [{ kind: 'time-shift' as const, shifts }]),
    ...(window === undefined ? [] : [{ kind: 'rolling-window' as const, window }]),
    ...(grain === undefined ? [] : [grain]),
  ];
}

type Grain = Extract<MeasureStage, { kind: 'grain' | 'rank' }>;

function isReduced({ keep, exclude }: Grain): boolean {
  return keep !== undefined || exclude.length > 0;
}

/** Undefined for a calculation at the grain of the query: it needs no stage. */
function readGrain(definition: Definition, reading: CubeReading): Grain | undefined {
  const { sources, problems } = reading;
  const { grain } = definition;
  if (grain !== undefined) {
    for (const key of GRAIN_KEYS) {
      if (key !== 'grain' && definition[key] !== undefined)
        problems.error(sources.keyAt(definition, key), `"${key}" and "grain" say the same thing; keep "grain"`);
    }
  }
  const keep =
    readDimensions(definition, 'group_by', reading) ?? (grain && readDimensions(grain, 'keep_only', reading));
  const exclude =
    readDimensions(definition, 'reduce_by', reading) ?? (grain && readDimensions(grain, 'exclude', reading)) ?? [];
  const include =
    readDimensions(definition, 'add_group_by', reading) ?? (grain && readDimensions(grain, 'include', reading)) ?? [];
  recordUse(definition, include, reading);
  if (definition.type === 'rank') {
    const orderBy = readOrder(definition, reading);
    if (include.length > 0) problems.error(sources.at(definition, 'name'), 'a rank adds no dimensions to its groups');
    if (definition.sql !== undefined)
      problems.error(sources.keyAt(definition, 'sql'), 'a measure of type rank takes order_by, no sql');
    return { kind: 'rank', keep, exclude, include: [], orderBy };
  }
  if (definition.order_by !== undefined)
    problems.error(sources.keyAt(definition, 'order_by'), 'order_by is for measures of type rank');
  const calculated = ['number', 'string', 'time', 'boolean'].includes(definition.type);
  if (!calculated) return { kind: 'grain', keep, exclude, include };
  if (include.length > 0) {
    problems.error(
      sources.at(definition, 'type'),
      `a measure of type ${definition.type} does not say how to aggregate over the dimensions that it adds: give it an aggregate's type`,
    );
  }
  return keep === undefined && exclude.length === 0 ? undefined : { kind: 'grain', keep, exclude, include: [] };
}

function readOrder(definition: Definition, reading: CubeReading): Extract<MeasureStage, { kind: 'rank' }>['orderBy'] {
  const { sources, problems, cube } = reading;
  if (definition.order_by === undefined || definition.order_by.length === 0) {
    problems.error(sources.at(definition, 'name'), `measure "${definition.name}" of type rank needs order_by`);
    return [];
  }
  const context = fragmentContext(reading, memberNode(cube, definition.name), 'free', []);
  return definition.order_by.map((item) => ({
    sql: readFragment(sources.text(item, 'sql'), context),
    descending: item.dir === 'desc',
  }));
}

// Dimensions

/** The list under `key`; undefined when there is none. */
function readDimensions<Key extends string>(
  holder: { readonly [key in Key]?: readonly string[] | undefined },
  key: Key,
  reading: CubeReading,
): readonly MemberPath[] | undefined {
  const names = holder[key];
  if (names === undefined) return undefined;
  return names.flatMap((name, i) => readDimension(name, reading.sources.at(names, i), key, reading) ?? []);
}

function readDimension(written: string, at: SourcePosition, key: string, reading: CubeReading): MemberPath | undefined {
  const target = findMember(written, reading);
  if (typeof target === 'string') {
    reading.problems.error(at, `"${key}": ${target}`);
    return undefined;
  }
  if (target.member === undefined || target.kind !== 'dimension') {
    reading.problems.error(at, `"${key}" takes dimensions; "${written}" is a ${target.kind}`);
    return undefined;
  }
  return { path: target.path, member: target.member };
}

/** What the measure needs of the model in order to add these dimensions. */
function recordUse(definition: Definition, dimensions: readonly MemberPath[], reading: CubeReading): void {
  const { cube, dependencies, sources } = reading;
  const owner = memberNode(cube, definition.name);
  const at = sources.at(definition, 'name');
  for (const { path, member } of dimensions) {
    for (const join of joinNodes(cube, path)) dependencies.add(owner, join, at);
    dependencies.add(owner, memberNode(path.at(-1) ?? cube, member), at);
  }
}

/** What a name outside SQL means: `status`, `CUBE.status`, `customers.city`. @returns why it means nothing */
function findMember(written: string, reading: CubeReading): ReferenceTarget | string {
  const found = findReference(plainPath(written).split('.'), reading);
  if (typeof found === 'string') return found;
  return found.granularity === undefined ? found.target : `a granularity ("${written}") cannot stand here`;
}

// Time

/** @returns undefined, and a problem, for what is no interval */
function readInterval(text: string, at: SourcePosition, reading: CubeReading): ModelInterval | undefined {
  const match = /^(-?\d{1,6})\s+([a-z]+?)s?$/.exec(text.trim().toLowerCase());
  const unit = INTERVAL_UNITS.find((known) => known === match?.[2]);
  if (match === null || unit === undefined) {
    reading.problems.error(at, `"${text}" is no interval: write a number and one of ${INTERVAL_UNITS.join(', ')}`);
    return undefined;
  }
  return { count: Number(match[1]), unit };
}

function readRollingWindow(definition: Definition, reading: CubeReading): RollingWindow | undefined {
  const { rolling_window: written } = definition;
  if (written === undefined) return undefined;
  const { sources, problems } = reading;
  const edge = (key: 'trailing' | 'leading'): ModelInterval | 'unbounded' | undefined => {
    const text = written[key];
    if (text === undefined || text === 'unbounded') return text;
    return readInterval(text, sources.at(written, key), reading);
  };
  const type = written.type ?? 'fixed';
  if (type === 'fixed') {
    if (written.granularity !== undefined)
      problems.error(sources.keyAt(written, 'granularity'), 'granularity is for a rolling window of type to_date');
    if (written.trailing === undefined && written.leading === undefined)
      problems.error(sources.keyAt(definition, 'rolling_window'), 'a rolling window needs trailing or leading');
    return { kind: 'fixed', trailing: edge('trailing'), leading: edge('leading'), offset: written.offset ?? 'end' };
  }
  for (const key of ['trailing', 'leading', 'offset'] as const) {
    if (written[key] !== undefined)
      problems.error(sources.keyAt(written, key), `${key} is for a rolling window of type fixed`);
  }
  if (type !== 'to_date')
    return {
      kind: 'to-date',
      granularity: type === 'year_to_date' ? 'year' : type === 'quarter_to_date' ? 'quarter' : 'month',
    };
  if (written.granularity === undefined)
    problems.error(sources.keyAt(definition, 'rolling_window'), 'a rolling window of type to_date needs granularity');
  return { kind: 'to-date', granularity: written.granularity ?? 'year' };
}

function readTimeShifts(definition: Definition, reading: CubeReading): readonly TimeShift[] {
  const { sources, problems } = reading;
  const written = definition.time_shift ?? [];
  return written.flatMap((shift): TimeShift[] => {
    if (shift.name !== undefined) return [];
    if (shift.interval === undefined || shift.type === undefined) {
      problems.error(sources.at(shift), 'a time shift needs interval and type');
      return [];
    }
    const interval = readInterval(shift.interval, sources.at(shift, 'interval'), reading);
    if (shift.time_dimension === undefined && written.length > 1)
      problems.error(sources.at(shift), 'each of several time shifts needs time_dimension');
    const timeDimension =
      shift.time_dimension === undefined ? undefined : readTimeDimension(shift, shift.time_dimension, reading);
    if (interval === undefined) return [];
    // What is prior moves forward to where it is shown.
    return [{ timeDimension, move: shift.type === 'next' ? { ...interval, count: -interval.count } : interval }];
  });
}

function readTimeDimension(holder: object, written: string, reading: CubeReading): MemberPath | undefined {
  const at = reading.sources.at(holder, 'time_dimension');
  const found = readDimension(written, at, 'time_dimension', reading);
  if (found === undefined) return undefined;
  const cube = found.path.at(-1) ?? reading.cube;
  if (reading.symbols.cubes.get(cube)?.get(found.member)?.isTime !== true)
    reading.problems.error(at, `time_dimension "${written}" is not of type time`);
  return found;
}
