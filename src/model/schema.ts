/**
 * The keys of the model files: Cube 1.7's data model as YAML (https://cube.dev/docs/product/data-modeling/reference),
 * checked here for spelling and shape alone. What the values mean together is checked where they are read.
 */
import { z } from 'zod';
import {
  INERT_KEYS,
  type InertKey,
  type InertPlace,
  UNSUPPORTED_DIMENSION_KEYS,
  UNSUPPORTED_MEASURE_KEYS,
} from './keys.ts';
import { flag, keysOf, sql, text } from './schema-parts.ts';
import { stageKeys } from './stage-schema.ts';
import { FILTER_OPERATORS } from './types.ts';

/** Cube's spellings of a join's relationship, oldest last. */
export const RELATIONSHIPS = {
  one_to_one: 'one_to_one',
  one_to_many: 'one_to_many',
  many_to_one: 'many_to_one',
  oneToOne: 'one_to_one',
  oneToMany: 'one_to_many',
  manyToOne: 'many_to_one',
  has_one: 'one_to_one',
  has_many: 'one_to_many',
  belongs_to: 'many_to_one',
  hasOne: 'one_to_one',
  hasMany: 'one_to_many',
  belongsTo: 'many_to_one',
} as const;

const DIMENSION_TYPES = ['string', 'number', 'time', 'boolean', 'geo', 'switch'] as const;
const MEASURE_TYPES = [
  'count',
  'count_distinct',
  'count_distinct_approx',
  'sum',
  'avg',
  'min',
  'max',
  'number',
  'string',
  'time',
  'boolean',
  'number_agg',
  'rank',
  'running_total',
  'countDistinct',
  'countDistinctApprox',
  'numberAgg',
  'runningTotal',
] as const;

function inert<Place extends InertPlace>(place: Place) {
  const entries = INERT_KEYS[place].map((key) => [
    key,
    z.unknown().optional().meta({ description: 'Known to Cube; does nothing here.' }),
  ]);
  return Object.fromEntries(entries) as { readonly [K in InertKey<Place>]: z.ZodOptional<z.ZodUnknown> };
}

function unsupported<Key extends string>(keys: readonly Key[]) {
  const entries = keys.map((key) => [key, z.unknown().optional().meta({ description: 'Not supported yet.' })]);
  return Object.fromEntries(entries) as { readonly [K in Key]: z.ZodOptional<z.ZodUnknown> };
}

/** As Cube demands. */
const name = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, {
  error: 'must be made of letters, digits and underscores, and not begin with a digit',
});
const literal = z.union([z.string(), z.number(), z.boolean(), z.null()], {
  error: 'must be text, a number, true, false or null',
});

const described = { title: text.optional(), description: text.optional(), meta: z.unknown().optional() };
/** `shown` is the older name of `public`. */
const visible = { public: flag.optional(), shown: flag.optional() };

const label = z.union([text, keysOf({ sql })], { error: 'must be text or {sql: …}' });
const mask = z.union([literal, keysOf({ sql })], { error: 'must be a plain value or {sql: …}' });
const namesOrAll = z.union([z.literal('*'), z.array(z.string())], { error: 'must be "*" or a list of names' });

/** An empty list may be left blank in YAML. */
const listOf = <Item extends z.core.$ZodType>(item: Item) => z.array(item, { error: 'must be a list' }).nullish();

const join = keysOf({
  name,
  relationship: z.enum(Object.keys(RELATIONSHIPS) as (keyof typeof RELATIONSHIPS)[]),
  sql,
});

const granularity = keysOf({
  name,
  title: text.optional(),
  interval: text.optional().meta({ description: 'Width of a bin, as "6 months" or "2 weeks".' }),
  origin: text.optional().meta({ description: 'Where a bin begins, as "2024-01-31" or "2024-01-31 09:00:00".' }),
  offset: text.optional().meta({ description: 'Where a bin begins, counted from the beginning of a year.' }),
  sql: sql.optional().meta({ description: 'Of a calendar cube; not supported yet.' }),
});

const dimension = keysOf({
  name,
  sql: sql.optional(),
  type: z.enum(DIMENSION_TYPES),
  primary_key: flag.optional(),
  ...described,
  ...visible,
  case: z
    .union(
      [
        keysOf({
          when: z.array(keysOf({ sql, label })).min(1, { error: 'must have at least one case' }),
          else: keysOf({ label }).optional(),
        }),
        keysOf({ switch: z.unknown(), when: z.array(z.unknown()), else: z.unknown() }),
      ],
      { error: 'must be {when: [{sql, label}], else: {label}}' },
    )
    .optional(),
  latitude: keysOf({ sql }).optional(),
  longitude: keysOf({ sql }).optional(),
  granularities: listOf(granularity),
  sub_query: flag
    .optional()
    .meta({ description: 'The sql is measures of other cubes, computed for each row of this one.' }),
  format: z.unknown().optional(),
  mask: mask.optional(),
  values: z.array(z.unknown()).optional().meta({ description: 'Of a dimension of type switch; not supported yet.' }),
  ...unsupported(UNSUPPORTED_DIMENSION_KEYS),
  ...inert('dimension'),
});

const measure = keysOf({
  name,
  sql: sql.optional(),
  type: z.enum(MEASURE_TYPES),
  filters: z.array(keysOf({ sql })).optional(),
  ...described,
  ...visible,
  visible: flag.optional(),
  format: z.unknown().optional(),
  drill_members: z.union([z.array(z.string()), z.string()], { error: 'must be a list of names' }).optional(),
  mask: mask.optional(),
  ...stageKeys,
  ...unsupported(UNSUPPORTED_MEASURE_KEYS),
  ...inert('measure'),
});

const segment = keysOf({ name, sql, ...described, ...visible, ...inert('segment') });

const hierarchy = keysOf({
  name,
  title: text.optional(),
  levels: z.array(z.string()).min(1, { error: 'must name at least one level' }),
  ...visible,
});

const filterLeaf = {
  member: z.string().optional(),
  operator: z.enum([...FILTER_OPERATORS, 'measureFilter']).optional(),
  values: z
    .union([z.string(), z.array(literal)], { error: 'must be a list, or one claim in quotes: "{ securityContext.x }"' })
    .optional(),
};
export type FilterSource = {
  readonly member?: string | undefined;
  readonly operator?: (typeof FILTER_OPERATORS)[number] | 'measureFilter' | undefined;
  readonly values?: string | readonly (string | number | boolean | null)[] | undefined;
  readonly and?: readonly FilterSource[] | undefined;
  readonly or?: readonly FilterSource[] | undefined;
};
// The casts keep the compiler from comparing a recursive schema with its own type, which takes it minutes.
const nestedFilter: z.ZodType<FilterSource> = z.lazy(
  (): z.ZodType<FilterSource> => filter as unknown as z.ZodType<FilterSource>,
);
const filter = keysOf({
  ...filterLeaf,
  and: z.array(nestedFilter).optional(),
  or: z.array(nestedFilter).optional(),
});

const memberRule = keysOf({
  includes: namesOrAll.optional(),
  excludes: namesOrAll.optional(),
});

const policy = keysOf({
  role: z.string().optional(),
  group: z.string().optional(),
  groups: z.union([z.array(z.string()), z.literal('*')], { error: 'must be a list of groups' }).optional(),
  conditions: z
    .array(keysOf({ if: z.union([z.string(), flag], { error: 'must be an expression over securityContext' }) }))
    .optional(),
  member_level: memberRule.optional(),
  member_masking: memberRule.optional(),
  row_level: keysOf({ filters: z.array(filter).optional(), allow_all: flag.optional() }).optional(),
});
const accessPolicy = z.array(policy, { error: 'must be a list of policies' });

const dataSource = z.string();

const cube = keysOf({
  name,
  sql: sql.optional(),
  sql_table: sql.optional(),
  data_source: dataSource.optional(),
  extends: z.string().optional(),
  ...described,
  ...visible,
  joins: listOf(join),
  dimensions: listOf(dimension),
  measures: listOf(measure),
  segments: listOf(segment),
  hierarchies: listOf(hierarchy),
  access_policy: accessPolicy.optional(),
  ...inert('cube'),
});

const include = z.union(
  [
    z.string(),
    keysOf({
      name: z.string(),
      alias: name.optional(),
      title: text.optional(),
      description: text.optional(),
      ...inert('include'),
    }),
  ],
  { error: 'must be a name or {name, alias, title, description}' },
);

const viewCube = keysOf({
  join_path: z.string(),
  includes: z.union([z.literal('*'), z.array(include)], { error: 'must be "*" or a list of members' }),
  excludes: z.array(z.string()).optional(),
  prefix: flag.optional(),
  alias: name.optional(),
  split: flag.optional(),
});

export type FolderSource = {
  readonly name: string;
  readonly includes: '*' | readonly (string | { readonly join_path: string } | FolderSource)[];
};
const nestedFolder: z.ZodType<FolderSource> = z.lazy(
  (): z.ZodType<FolderSource> => folder as unknown as z.ZodType<FolderSource>,
);
const folder = keysOf({
  name: z.string(),
  includes: z.union([z.literal('*'), z.array(z.union([z.string(), keysOf({ join_path: z.string() }), nestedFolder]))], {
    error: 'must be "*" or a list of members, {join_path} and folders',
  }),
});

const defaultFilter = keysOf({
  ...filterLeaf,
  unless: z.union([z.array(z.string()), z.string()], { error: 'must be a list of members' }).optional(),
});

const view = keysOf({
  name,
  extends: z.string().optional(),
  ...described,
  ...visible,
  cubes: listOf(viewCube),
  folders: listOf(folder),
  default_filters: listOf(defaultFilter),
  access_policy: accessPolicy.optional(),
  ...inert('view'),
});

/** One file. */
export const fileSchema = keysOf({ cubes: listOf(cube), views: listOf(view), ...inert('file') });

export type CubeDefinition = z.infer<typeof cube>;
export type JoinDefinition = z.infer<typeof join>;
export type DimensionDefinition = z.infer<typeof dimension>;
export type MeasureDefinition = z.infer<typeof measure>;
export type SegmentDefinition = z.infer<typeof segment>;
export type HierarchyDefinition = z.infer<typeof hierarchy>;
export type PolicyDefinition = z.infer<typeof policy>;
export type MemberRuleDefinition = z.infer<typeof memberRule>;
export type ViewDefinition = z.infer<typeof view>;
export type ViewCubeDefinition = z.infer<typeof viewCube>;
export type IncludeDefinition = z.infer<typeof include>;
export type DefaultFilterDefinition = z.infer<typeof defaultFilter>;
export type LabelDefinition = z.infer<typeof label>;
export type MaskDefinition = z.infer<typeof mask>;

/** The same schema for editors (`# yaml-language-server: $schema=…`). */
export function jsonSchema(): unknown {
  return z.toJSONSchema(fileSchema, { target: 'draft-7', unrepresentable: 'any' });
}
