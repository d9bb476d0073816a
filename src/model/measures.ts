/**
 * Measures as written → as the planner uses them.
 */
import { memberNode } from './dependencies.ts';
import { UNSUPPORTED_MEASURE_KEYS } from './keys.ts';
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
import type { Measure, MeasureType } from './types.ts';

export function readMeasure(definition: MeasureDefinition, reading: CubeReading): Measure {
  const { sources, problems } = reading;
  const owner = memberNode(reading.cube, definition.name);
  const at = sources.at(definition, 'name');
  const needs: string[] = UNSUPPORTED_MEASURE_KEYS.filter((key) => isOn(definition[key]));
  const { type, unsupported } = measureType(definition.type);
  if (unsupported !== undefined) needs.push(unsupported);
  const isUnsupported = needs.length > 0;
  if (definition.sql === undefined && type !== 'count' && !isUnsupported) {
    problems.error(at, `measure "${definition.name}" of type ${definition.type} needs sql`);
  }
  const calculated = type === 'number' || type === 'string' || type === 'time' || type === 'boolean';
  const rows = fragmentContext(reading, owner, 'rows', needs);
  const own =
    calculated || isUnsupported ? fragmentContext(reading, owner, 'free', needs) : aggregateContext(rows, type);
  if (calculated && definition.filters !== undefined && definition.filters.length > 0) {
    problems.warning(sources.keyAt(definition, 'filters'), `filters do nothing in a measure of type ${type}`);
  }
  reportInert('measure', definition, reading);
  return {
    name: definition.name,
    kind: 'measure',
    type,
    sql:
      definition.sql === undefined
        ? type === 'count'
          ? undefined
          : nothing(at)
        : readFragment(sources.text(definition, 'sql'), own),
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
    case 'rank':
    case 'running_total':
    case 'runningTotal':
      return { type: 'number', unsupported: `a measure of type ${type}` };
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
