/**
 * Dimensions as written → as the planner uses them.
 */
import { memberNode } from './dependencies.ts';
import { readGranularities } from './granularities.ts';
import { UNSUPPORTED_DIMENSION_KEYS } from './keys.ts';
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
import type { DimensionDefinition, LabelDefinition } from './schema.ts';
import type { Sources } from './source.ts';
import type { Dimension, DimensionType, DimensionValue, Label } from './types.ts';

export function readDimension(definition: DimensionDefinition, reading: CubeReading): Dimension {
  const { sources, problems } = reading;
  const propagates = 'propagate_filters_to_sub_query';
  const needs: string[] = UNSUPPORTED_DIMENSION_KEYS.filter(
    (key) => isOn(definition[key]) && (key !== propagates || definition.sub_query === true),
  );
  if (isOn(definition[propagates]) && definition.sub_query !== true)
    problems.warning(sources.keyAt(definition, propagates), `"${propagates}" does nothing without sub_query: true`);
  if (definition.type === 'switch') needs.push('a dimension of type switch');
  if (definition.case !== undefined && 'switch' in definition.case) needs.push('case over switch');
  const context = dimensionContext(definition, reading, needs);
  if (
    definition.primary_key === true &&
    (definition.type === 'geo' || definition.sub_query === true || needs.length > 0)
  ) {
    problems.error(sources.at(definition, 'primary_key'), `"${definition.name}" cannot be a primary key`);
  }
  reportInert('dimension', definition, reading);
  return {
    name: definition.name,
    kind: 'dimension',
    type: dimensionType(definition.type),
    value: readDimensionValue(definition, context, reading, needs.length > 0),
    primaryKey: definition.primary_key === true,
    granularities: readGranularities(definition, reading),
    public: visibility(definition, reading),
    title: definition.title,
    description: definition.description,
    format: definition.format,
    meta: definition.meta,
    mask: readMask(
      definition,
      fragmentContext(reading, memberNode(reading.cube, definition.name), 'rows', needs),
      reading,
    ),
    unsupported: notSupportedYet(needs, definition, reading),
    at: sources.at(definition, 'name'),
  };
}

function dimensionContext(definition: DimensionDefinition, reading: CubeReading, needs: string[]): FragmentContext {
  const owner = memberNode(reading.cube, definition.name);
  const context = fragmentContext(reading, owner, 'free', needs);
  if (needs.length > 0) return context;
  if (definition.sub_query !== true) return fragmentContext(reading, owner, 'rows', needs);
  return {
    ...context,
    refuse: (target) => (target.kind === 'measure' ? undefined : 'a sub_query dimension is made of measures alone'),
  };
}

function readDimensionValue(
  definition: DimensionDefinition,
  context: FragmentContext,
  reading: CubeReading,
  unsupported: boolean,
): DimensionValue {
  const { sources, problems } = reading;
  const { latitude, longitude } = definition;
  if (definition.sub_query === true && !unsupported) return readSubQuery(definition, context, reading);
  const at = sources.at(definition, 'name');
  const ways = [definition.sql, definition.case, latitude ?? longitude].filter((way) => way !== undefined).length;
  if (ways > 1)
    problems.error(at, `dimension "${definition.name}" needs exactly one of sql, case, and latitude with longitude`);
  if (definition.type === 'geo' || latitude !== undefined || longitude !== undefined) {
    if (definition.type !== 'geo') problems.error(at, `latitude and longitude are for a dimension of type geo`);
    if (latitude === undefined || longitude === undefined) {
      problems.error(at, `dimension "${definition.name}" of type geo needs latitude and longitude`);
      return { kind: 'sql', sql: nothing(at) };
    }
    return {
      kind: 'geo',
      latitude: readFragment(sources.text(latitude, 'sql'), context),
      longitude: readFragment(sources.text(longitude, 'sql'), context),
    };
  }
  if (definition.case !== undefined && !('switch' in definition.case)) {
    const cases = definition.case;
    return {
      kind: 'case',
      branches: cases.when.map((branch) => ({
        when: readFragment(sources.text(branch, 'sql'), context),
        label: readLabel(branch, context, sources),
      })),
      otherwise: cases.else === undefined ? undefined : readLabel(cases.else, context, sources),
    };
  }
  if (definition.sql !== undefined) return { kind: 'sql', sql: readFragment(sources.text(definition, 'sql'), context) };
  if (!unsupported) problems.error(at, `dimension "${definition.name}" needs sql`);
  return { kind: 'sql', sql: nothing(at) };
}

/** Cube: https://cube.dev/docs/product/data-modeling/reference/dimensions#sub_query */
function readSubQuery(definition: DimensionDefinition, context: FragmentContext, reading: CubeReading): DimensionValue {
  const { sources, problems } = reading;
  const at = sources.at(definition, 'name');
  const named = `dimension "${definition.name}" with sub_query`;
  if (definition.type === 'geo' || definition.case !== undefined || definition.sql === undefined) {
    problems.error(at, `${named} needs sql, and nothing else to be made of`);
    return { kind: 'sql', sql: nothing(at) };
  }
  const before = problems.errors();
  const sql = readFragment(sources.text(definition, 'sql'), context);
  if (problems.errors() === before && !sql.parts.some(({ kind }) => kind === 'member'))
    problems.error(sql.at, `${named} needs a measure, as {other_cube.measure}`);
  return { kind: 'sub_query', sql };
}

function readLabel(holder: { readonly label: LabelDefinition }, context: FragmentContext, sources: Sources): Label {
  return typeof holder.label === 'string'
    ? { kind: 'text', text: holder.label }
    : { kind: 'sql', sql: readFragment(sources.text(holder.label, 'sql'), context) };
}

function dimensionType(type: DimensionDefinition['type']): DimensionType {
  return type === 'switch' ? 'string' : type;
}
