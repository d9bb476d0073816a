/**
 * Keys that Cube knows and that change nothing here, or nothing yet.
 */

/** Known to Cube, without effect on what a SQL client sees here. */
export const INERT_KEYS = {
  file: ['view_groups'],
  cube: ['pre_aggregations', 'refresh_key', 'rewrite_queries', 'calendar', 'sql_alias'],
  dimension: [
    'currency',
    'links',
    'order',
    'aliases',
    'field_type',
    'values_as_segments',
    'suggest_filter_values',
    'enable_suggestions',
    'time_shift',
  ],
  measure: ['currency', 'order', 'links', 'aliases', 'cumulative', 'drill_filters', 'drill_member_references'],
  segment: ['aliases'],
  view: ['view_group', 'refresh_key', 'sql_alias', 'rewrite_queries', 'data_source'],
  include: ['format', 'meta'],
} as const;
export type InertPlace = keyof typeof INERT_KEYS;
export type InertKey<Place extends InertPlace> = (typeof INERT_KEYS)[Place][number];

/** Keys that change what a member is in a way that this release cannot compute. */
export const UNSUPPORTED_DIMENSION_KEYS = ['propagate_filters_to_sub_query', 'multi_stage', 'add_group_by'] as const;
export const UNSUPPORTED_MEASURE_KEYS = ['filter', 'case'] as const;
