/**
 * A measure as an aggregate over hidden inputs of its leaf.
 */
import { notSupported, SqlError, SqlState } from '../../errors.ts';
import type { CubePath, Fragment, Measure } from '../../model/types.ts';
import { formatType } from '../../sql/types.ts';
import type { AuthorPart, Bound, BoundColumn, LeafRelation } from '../bound/bound.ts';
import { type LeafInput, sameInput } from '../leaf/leaf-input.ts';
import { cubeAt, measureOfCube } from '../model-facts.ts';
import type { Planner } from '../planner.ts';
import { selectRoutine } from '../routines/overload.ts';
import { functionsByName } from '../routines/routines.ts';
import { authorAggregates } from './author-aggregates.ts';

/**
 * @returns an expression whose aggregates read inputs of `leaf`; it belongs into a SELECT that groups
 * @throws SqlError 0A000 for measures of kinds that are not supported yet
 */
export function measureTemplate(leaf: LeafRelation, path: CubePath, name: string, planner: Planner): Bound {
  const cube = cubeAt(leaf.table.root, path);
  const measure = measureOfCube(planner.model, cube, name);
  if (measure.unsupported !== undefined)
    throw notSupported(`measure "${name}": ${measure.unsupported}`.replace(/ is not supported( yet)?$/, ''));
  switch (measure.type) {
    case 'count':
      return aggregate(leaf, path, measure, measure.sql, 'count', false, planner);
    case 'count_distinct':
    case 'count_distinct_approx':
      return aggregate(leaf, path, measure, measure.sql, 'count', true, planner);
    case 'sum':
    case 'avg':
    case 'min':
    case 'max':
      return aggregate(leaf, path, measure, measure.sql, measure.type, false, planner);
    case 'number':
    case 'string':
    case 'time':
    case 'boolean':
      return calculated(leaf, path, measure, planner);
  }
}

function aggregate(
  leaf: LeafRelation,
  path: CubePath,
  measure: Measure,
  sql: Fragment | undefined,
  name: string,
  distinct: boolean,
  planner: Planner,
): Bound {
  const cube = cubeAt(leaf.table.root, path);
  const value = sql === undefined ? { type: 'bool' as const, typmod: -1 } : planner.types.value(cube, measure.name);
  const input = inputColumn(
    leaf,
    { kind: 'measure-input', path, cube, sql, filters: measure.filters, type: value.type },
    value.typmod,
  );
  return overInput(leaf, path, input, name, distinct);
}

/** `name(input)` over the rows of the cube at `path`. */
function overInput(leaf: LeafRelation, path: CubePath, input: BoundColumn, name: string, distinct: boolean): Bound {
  const routines = (functionsByName.get(name) ?? []).filter(({ kind }) => kind === 'aggregate');
  const selection = selectRoutine(routines, [input.type]);
  if (selection.kind !== 'match') {
    throw new SqlError(
      SqlState.undefinedFunction,
      `measures of type ${name} over ${formatType(input.type)} do not exist`,
    );
  }
  const { routine, argumentTypes, result } = selection.match;
  const wanted = argumentTypes[0];
  const arg: Bound =
    wanted === undefined || wanted === 'unknown' || wanted === input.type
      ? input
      : { kind: 'cast', arg: input, type: wanted, typmod: -1 };
  return {
    kind: 'aggregate',
    routine,
    star: false,
    args: [arg],
    distinct,
    orderBy: [],
    withinGroup: false,
    filter: undefined,
    grain: { kind: 'cube', leaf, path },
    at: undefined,
    type: result,
    typmod: name === 'min' || name === 'max' ? input.typmod : -1,
  };
}

/** The slot of an input, added to the leaf if it is new. */
export function inputColumn(leaf: LeafRelation, input: LeafInput, typmod = -1): BoundColumn {
  const known = leaf.inputs.findIndex((other) => sameInput(other, input));
  const index = known >= 0 ? known : leaf.inputs.push(input) - 1;
  const type = input.type === 'raw' ? 'text' : input.type;
  return { kind: 'column', relation: leaf, slot: leaf.table.columns.length + index, type, typmod };
}

/** `{revenue} / NULLIF({orders}, 0)`: the author's text with measures in its holes. */
function calculated(leaf: LeafRelation, path: CubePath, measure: Measure, planner: Planner): Bound {
  const cube = cubeAt(leaf.table.root, path);
  const { type, typmod } = planner.types.calculated(cube, measure.name);
  if (measure.sql === undefined) throw new Error(`measure ${cube}.${measure.name} has no sql`);
  if (measure.filters.length > 0)
    throw notSupported(`measure "${measure.name}": filters on a measure of type ${measure.type}`);
  return { kind: 'author', parts: calculatedParts(leaf, path, measure, measure.sql, planner), type, typmod };
}

function calculatedParts(
  leaf: LeafRelation,
  path: CubePath,
  measure: Measure,
  sql: Fragment,
  planner: Planner,
): AuthorPart[] {
  const isMeasure = (part: Fragment['parts'][number]): boolean => {
    if (part.kind !== 'member') return false;
    const cube = planner.model.cubes.get(cubeAt(leaf.table.root, [...path, ...part.path]));
    return cube?.measures.has(part.member) ?? false;
  };
  const holes = (part: Fragment['parts'][number]): Bound | undefined =>
    part.kind === 'member' && isMeasure(part)
      ? measureTemplate(leaf, [...path, ...part.path], part.member, planner)
      : undefined;
  if (sql.parts.every((part) => part.kind === 'text' || isMeasure(part)) && !mayAggregate(sql)) {
    return sql.parts.map((part): AuthorPart => {
      const bound = holes(part);
      return bound === undefined
        ? { kind: 'text', text: part.kind === 'text' ? part.text : '' }
        : { kind: 'bound', bound };
    });
  }
  const cube = cubeAt(leaf.table.root, path);
  return authorAggregates(sql, {
    leaf,
    path,
    measure: measure.name,
    hole: holes,
    input: (piece) =>
      inputColumn(leaf, {
        kind: 'measure-input',
        path,
        cube,
        sql: piece,
        filters: [],
        type: piece === undefined ? 'bool' : 'raw',
      }),
  });
}

/** True if the text of the author's own calls something: it may be an aggregate. */
function mayAggregate(sql: Fragment): boolean {
  return sql.parts.some(
    (part) =>
      part.kind === 'text' && /\b(?!coalesce|nullif|greatest|least|cast|round|case)[a-z_]\w*\s*\(/i.test(part.text),
  );
}
