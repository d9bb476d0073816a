/**
 * Measures as written → as the planner uses them.
 */
import { memberNode } from './dependencies.ts';
import { UNSUPPORTED_MEASURE_KEYS } from './keys.ts';
import type { MeasureStage } from './measure-stages.ts';
import {
  type CubeReading,
  fragmentContext,
  isOn,
  nothing,
  notSupportedYet,
  readMask,
  reportInert,
  visibility,
} from './members.ts';
import { type FragmentContext, readFragment } from './references.ts';
import type { MeasureDefinition } from './schema.ts';
import { readStages } from './stages.ts';
import type { CubePath, Fragment, Measure, MeasureType } from './types.ts';

export function readMeasure(definition: MeasureDefinition, reading: CubeReading): Measure {
  const { sources, problems } = reading;
  const owner = memberNode(reading.cube, definition.name);
  const at = sources.at(definition, 'name');
  const needs: string[] = UNSUPPORTED_MEASURE_KEYS.filter((key) => isOn(definition[key]));
  const { type, unsupported } = measureType(definition.type);
  if (unsupported !== undefined) needs.push(unsupported);
  if (definition.time_shift?.some((shift) => shift.name !== undefined)) needs.push('a named time shift');
  const isUnsupported = needs.length > 0;
  const isMultiStage = definition.multi_stage === true;
  if (definition.sql === undefined && type !== 'rank' && (type !== 'count' || isMultiStage) && !isUnsupported) {
    problems.error(at, `measure "${definition.name}" of type ${definition.type} needs sql`);
  }
  const calculated = type === 'number' || type === 'string' || type === 'time' || type === 'boolean';
  const rows = fragmentContext(reading, owner, 'rows', needs);
  const own =
    calculated || isMultiStage || isUnsupported
      ? fragmentContext(reading, owner, 'free', needs)
      : aggregateContext(rows, type);
  if (calculated && definition.filters !== undefined && definition.filters.length > 0) {
    problems.warning(sources.keyAt(definition, 'filters'), `filters do nothing in a measure of type ${type}`);
  }
  if (isMultiStage && !calculated && definition.filters !== undefined && definition.filters.length > 0) {
    problems.error(
      sources.keyAt(definition, 'filters'),
      'filters restrict rows, and a multi-stage measure aggregates measures: put them into those',
    );
  }
  const sql = readSql(definition, type, own, reading);
  if (isMultiStage && !isUnsupported && sql !== undefined && definition.sql !== undefined) {
    const overMeasures = sql.parts.some((part) => part.kind === 'member' && isMeasureOf(part, reading));
    if (!overMeasures)
      problems.error(sources.at(definition, 'sql'), 'a multi-stage measure is over measures, and its sql names none');
  }
  reportInert('measure', definition, reading);
  return {
    name: definition.name,
    kind: 'measure',
    type,
    sql,
    stages: [...stagesOfType(definition.type), ...readStages(definition, reading)],
    filters: (definition.filters ?? []).map((filter) => readFragment(sources.text(filter, 'sql'), rows)),
    public: visibility(definition, reading),
    title: definition.title,
    description: definition.description,
    format: definition.format,
    meta: definition.meta,
    drillMembers: drillMembers(definition.drill_members),
    mask: readMask(definition, fragmentContext(reading, owner, 'free', needs), reading),
    unsupported: notSupportedYet(needs, definition, reading),
    at,
  };
}

function readSql(
  definition: MeasureDefinition,
  type: MeasureType,
  context: FragmentContext,
  reading: CubeReading,
): Fragment | undefined {
  const { sources } = reading;
  if (definition.sql !== undefined) return readFragment(sources.text(definition, 'sql'), context);
  return type === 'count' || type === 'rank' ? undefined : nothing(sources.at(definition, 'name'));
}

function isMeasureOf({ path, member }: { path: CubePath; member: string }, { cube, symbols }: CubeReading): boolean {
  return symbols.cubes.get(path.at(-1) ?? cube)?.get(member)?.kind === 'measure';
}

/** Cube's older name for a sum from the beginning of time. */
function stagesOfType(type: MeasureDefinition['type']): readonly MeasureStage[] {
  if (type !== 'running_total' && type !== 'runningTotal') return [];
  const window = { kind: 'fixed', trailing: 'unbounded', leading: undefined, offset: 'end' } as const;
  return [{ kind: 'rolling-window', window }];
}

function aggregateContext(rows: FragmentContext, type: MeasureType): FragmentContext {
  return {
    ...rows,
    refuse: (target) => {
      const refusal = rows.refuse(target);
      return refusal === undefined
        ? undefined
        : `${refusal}, and a measure of type ${type} aggregates rows (a calculation over measures has type number)`;
    },
  };
}

function drillMembers(written: MeasureDefinition['drill_members']): readonly string[] {
  if (written === undefined) return [];
  return typeof written === 'string'
    ? written
        .replace(/[[\]{}\s]/g, '')
        .split(',')
        .filter((name) => name !== '')
    : written;
}

function measureType(type: MeasureDefinition['type']): { readonly type: MeasureType; readonly unsupported?: string } {
  switch (type) {
    case 'countDistinct':
      return { type: 'count_distinct' };
    case 'countDistinctApprox':
      return { type: 'count_distinct_approx' };
    case 'number_agg':
    case 'numberAgg':
      return { type: 'number', unsupported: `a measure of type ${type}` };
    case 'running_total':
    case 'runningTotal':
      return { type: 'sum' };
    case 'rank':
    case 'count':
    case 'count_distinct':
    case 'count_distinct_approx':
    case 'sum':
    case 'avg':
    case 'min':
    case 'max':
    case 'number':
    case 'string':
    case 'time':
    case 'boolean':
      return { type };
  }
}
