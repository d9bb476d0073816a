/**
 * Dimensions as written → as the planner uses them.
 */
import { memberNode } from './dependencies.ts';
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
  const needs: string[] = UNSUPPORTED_DIMENSION_KEYS.filter((key) => isOn(definition[key]));
  if (definition.type === 'switch') needs.push('a dimension of type switch');
  if (definition.case !== undefined && 'switch' in definition.case) needs.push('case over switch');
  const context = fragmentContext(
    reading,
    memberNode(reading.cube, definition.name),
    needs.length > 0 ? 'free' : 'rows',
    needs,
  );
  if (definition.granularities !== undefined && definition.granularities !== null) {
    problems.warning(sources.keyAt(definition, 'granularities'), 'granularities are not supported yet');
    if (definition.type !== 'time')
      problems.error(sources.keyAt(definition, 'granularities'), 'granularities are for dimensions of type time');
  }
  if (definition.primary_key === true && (definition.type === 'geo' || needs.length > 0)) {
    problems.error(sources.at(definition, 'primary_key'), `"${definition.name}" cannot be a primary key`);
  }
  reportInert('dimension', definition, reading);
  return {
    name: definition.name,
    kind: 'dimension',
    type: dimensionType(definition.type),
    value: readDimensionValue(definition, context, reading, needs.length > 0),
    primaryKey: definition.primary_key === true,
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

function readDimensionValue(
  definition: DimensionDefinition,
  context: FragmentContext,
  reading: CubeReading,
  unsupported: boolean,
): DimensionValue {
  const { sources, problems } = reading;
  const { latitude, longitude } = definition;
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

function readLabel(holder: { readonly label: LabelDefinition }, context: FragmentContext, sources: Sources): Label {
  return typeof holder.label === 'string'
    ? { kind: 'text', text: holder.label }
    : { kind: 'sql', sql: readFragment(sources.text(holder.label, 'sql'), context) };
}

function dimensionType(type: DimensionDefinition['type']): DimensionType {
  return type === 'switch' ? 'string' : type;
}
