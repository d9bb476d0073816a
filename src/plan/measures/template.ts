/**
 * A measure as an aggregate over hidden inputs of its leaf.
 */
import { assertNever, notSupported, SqlError, SqlState } from '../../errors.ts';
import type { CubePath, Fragment, FragmentPart, Measure } from '../../model/types.ts';
import { formatType } from '../../sql/types.ts';
import type { AuthorPart, Bound, BoundAggregate, BoundColumn, Grain, LeafRelation } from '../bound/bound.ts';
import { type LeafInput, sameInput } from '../leaf/leaf-input.ts';
import { cubeAt, measureOfCube } from '../model-facts.ts';
import type { Planner } from '../planner.ts';
import { selectRoutine } from '../routines/overload.ts';
import { functionsByName } from '../routines/routines.ts';
import { authorAggregates } from './author-aggregates.ts';
import { maskedMeasure, measureMasks } from './masked.ts';

export type TemplateOptions = {
  /** How many of the measure's stages are left out, from the outside. */
  readonly done?: number;
  /** What stands for a measure with stages; by default there must be none left (see stages/). */
  readonly staged?: (path: CubePath, measure: Measure) => Bound;
  /** Whether masks stand for the members that it is made of; `own` looks at the measure itself as well. */
  readonly masks?: 'own' | 'below' | 'none';
};

/**
 * @returns an expression whose aggregates read inputs of `leaf`; it belongs into a SELECT that groups
 * @throws SqlError 0A000 for measures of kinds that are not supported yet
 */
export function measureTemplate(
  leaf: LeafRelation,
  path: CubePath,
  name: string,
  planner: Planner,
  { done = 0, staged = stagesLeft, masks = 'own' }: TemplateOptions = {},
): Bound {
  const cube = cubeAt(leaf.table.root, path);
  const measure = measureOfCube(planner.model, cube, name);
  checkSupported(measure);
  if (masks === 'own') {
    const below = measureMasks(planner.masks(leaf).member(path, name));
    return below === 'masked'
      ? maskedMeasure(leaf, path, measure, planner)
      : measureTemplate(leaf, path, name, planner, { done, staged, masks: below });
  }
  const rows = { unmasked: masks === 'none' };
  if (measure.stages.length > done) return staged(path, measure);
  switch (measure.type) {
    case 'count':
      return aggregate(leaf, path, measure, 'count', rows, planner);
    case 'count_distinct':
    case 'count_distinct_approx':
      return aggregate(leaf, path, measure, 'count', { ...rows, distinct: true }, planner);
    case 'sum':
    case 'avg':
    case 'min':
    case 'max':
      return aggregate(leaf, path, measure, measure.type, rows, planner);
    case 'number':
    case 'string':
    case 'time':
    case 'boolean': {
      if (measure.sql === undefined) throw new Error(`measure ${cube}.${name} has no sql`);
      if (measure.filters.length > 0)
        throw notSupported(`measure "${name}": filters on a measure of type ${measure.type}`);
      const inside = masks === 'none' ? 'none' : 'own';
      const hole = (at: CubePath, member: string): Bound =>
        measureTemplate(leaf, at, member, planner, { staged, masks: inside });
      return authorExpression(leaf, path, measure, measure.sql, planner, { hole, ...rows });
    }
    case 'rank':
      return stagesLeft(path, measure);
    default:
      return assertNever(measure.type, 'measureTemplate');
  }
}

/** @throws SqlError 0A000 for a measure of a kind that is not supported yet */
export function checkSupported({ name, unsupported }: Measure): void {
  if (unsupported !== undefined)
    throw notSupported(`measure "${name}": ${unsupported}`.replace(/ (is|are) not supported( yet)?$/, ''));
}

function stagesLeft(_: CubePath, measure: Measure): never {
  throw new Error(`the stages of measure ${measure.name} were not resolved`);
}

function aggregate(
  leaf: LeafRelation,
  path: CubePath,
  measure: Measure,
  name: string,
  { distinct = false, unmasked }: { readonly distinct?: boolean; readonly unmasked: boolean },
  planner: Planner,
): Bound {
  const cube = cubeAt(leaf.table.root, path);
  const { sql } = measure;
  const value = sql === undefined ? { type: 'bool' as const, typmod: -1 } : planner.types.value(cube, measure.name);
  const input = inputColumn(
    leaf,
    { kind: 'measure-input', path, cube, sql, filters: measure.filters, type: value.type, unmasked },
    value.typmod,
  );
  return overInput(leaf, path, input, name, distinct);
}

/** `name(input)` over the rows of the cube at `path`. */
function overInput(leaf: LeafRelation, path: CubePath, input: BoundColumn, name: string, distinct: boolean): Bound {
  return aggregateOver(name, input, distinct, { kind: 'cube', leaf, path });
}

/** `name(arg)`, the argument coerced as PostgreSQL does it. @throws SqlError 42883 */
export function aggregateOver(
  name: string,
  arg: Exclude<Bound, { readonly type: 'unknown' }>,
  distinct: boolean,
  grain: Grain,
): BoundAggregate {
  const routines = (functionsByName.get(name) ?? []).filter(({ kind }) => kind === 'aggregate');
  const selection = selectRoutine(routines, [arg.type]);
  if (selection.kind !== 'match' || arg.type === 'unknown') {
    throw new SqlError(
      SqlState.undefinedFunction,
      `measures of type ${name} over ${arg.type === 'unknown' ? 'unknown' : formatType(arg.type)} do not exist`,
    );
  }
  const { routine, argumentTypes, result } = selection.match;
  const wanted = argumentTypes[0];
  const coerced: Bound =
    wanted === undefined || wanted === 'unknown' || wanted === arg.type
      ? arg
      : { kind: 'cast', arg, type: wanted, typmod: -1 };
  return {
    kind: 'aggregate',
    routine,
    star: false,
    args: [coerced],
    distinct,
    orderBy: [],
    withinGroup: false,
    filter: undefined,
    grain,
    at: undefined,
    type: result,
    typmod: name === 'min' || name === 'max' ? arg.typmod : -1,
  };
}

/** The slot of an input, added to the leaf if it is new. */
export function inputColumn(leaf: LeafRelation, input: LeafInput, typmod = -1): BoundColumn {
  const known = leaf.inputs.findIndex((other) => sameInput(other, input));
  const index = known >= 0 ? known : leaf.inputs.push(input) - 1;
  const type = input.type === 'raw' ? 'text' : input.type;
  return { kind: 'column', relation: leaf, slot: leaf.table.columns.length + index, type, typmod };
}

export type AuthorHoles = {
  /** The value of a measure that the text names, by its path from the leaf's root. */
  readonly hole: (path: CubePath, member: string) => Bound;
  /** What stands for a column inside an aggregate of the author's own; by default an input of the leaf. */
  readonly input?: (sql: Fragment | undefined) => BoundColumn;
  /** Those inputs are over the values of other members, masked or not. */
  readonly unmasked?: boolean;
};

/** `{revenue} / NULLIF({orders}, 0)`: the author's text with measures in its holes; `{revenue}` is that measure. */
export function authorExpression(
  leaf: LeafRelation,
  path: CubePath,
  measure: Pick<Measure, 'name'>,
  sql: Fragment,
  planner: Planner,
  holes: AuthorHoles,
): Bound {
  const [only, another] = sql.parts;
  if (only !== undefined && another === undefined && isMeasure(only, leaf, path, planner))
    return holes.hole([...path, ...only.path], only.member);
  const { type, typmod } = planner.types.calculated(cubeAt(leaf.table.root, path), measure.name);
  return { kind: 'author', parts: authorParts(leaf, path, measure, sql, planner, holes), type, typmod };
}

function isMeasure(
  part: FragmentPart,
  leaf: LeafRelation,
  path: CubePath,
  { model }: Planner,
): part is Extract<FragmentPart, { kind: 'member' }> {
  if (part.kind !== 'member') return false;
  const cube = model.cubes.get(cubeAt(leaf.table.root, [...path, ...part.path]));
  return cube?.measures.has(part.member) ?? false;
}

function authorParts(
  leaf: LeafRelation,
  path: CubePath,
  measure: Pick<Measure, 'name'>,
  sql: Fragment,
  planner: Planner,
  { hole, input, unmasked = false }: AuthorHoles,
): AuthorPart[] {
  const holeOf = (part: FragmentPart): Bound | undefined =>
    isMeasure(part, leaf, path, planner) ? hole([...path, ...part.path], part.member) : undefined;
  if (sql.parts.every((part) => part.kind === 'text' || isMeasure(part, leaf, path, planner)) && !mayAggregate(sql)) {
    return sql.parts.map((part): AuthorPart => {
      const bound = holeOf(part);
      return bound === undefined
        ? { kind: 'text', text: part.kind === 'text' ? part.text : '' }
        : { kind: 'bound', bound };
    });
  }
  const cube = cubeAt(leaf.table.root, path);
  const ofLeaf = (piece: Fragment | undefined): BoundColumn =>
    inputColumn(leaf, {
      kind: 'measure-input',
      path,
      cube,
      sql: piece,
      filters: [],
      type: piece === undefined ? 'bool' : 'raw',
      unmasked,
    });
  return authorAggregates(sql, { leaf, path, measure: measure.name, hole: holeOf, input: input ?? ofLeaf });
}

/** True if the text of the author's own calls something: it may be an aggregate. */
function mayAggregate(sql: Fragment): boolean {
  return sql.parts.some(
    (part) =>
      part.kind === 'text' && /\b(?!coalesce|nullif|greatest|least|cast|round|case)[a-z_]\w*\s*\(/i.test(part.text),
  );
}
