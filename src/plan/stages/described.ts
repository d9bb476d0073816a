/**
 * Types of measures over measures, learned as those of other measures: the author's expression is described once by the
 * warehouse, over measures whose stages are left out.
 */
import type { CubePath, Measure, Model } from '../../model/types.ts';
import type { Bound, LeafRelation } from '../bound/bound.ts';
import { leafOver } from '../bound/relations.ts';
import { authorExpression, measureTemplate } from '../measures/template.ts';
import { cubeAt } from '../model-facts.ts';
import type { Planner } from '../planner.ts';
import { aggregateOf, valueAggregate } from './grain.ts';
import { columnsOver, groupedBy } from './groups.ts';

/** True for a calculation, and for a multi-stage aggregate: its SQL is over measures, not over rows. */
export function isOverMeasures({ type, stages }: Measure): boolean {
  const calculated = type === 'number' || type === 'string' || type === 'time' || type === 'boolean';
  return calculated || stages.some(({ kind }) => kind === 'grain');
}

type OfCube = { readonly cube: string; readonly measure: Measure };

/** Every measure over measures that can be described, those that another is made of before it. */
export function overMeasures(model: Model): readonly OfCube[] {
  const ordered = new Map<Measure, OfCube>();
  const seen = new Set<Measure>();
  const add = (cube: string, measure: Measure): void => {
    if (seen.has(measure)) return;
    seen.add(measure);
    if (measure.unsupported !== undefined || !isOverMeasures(measure)) return;
    for (const part of measure.sql?.parts ?? []) {
      if (part.kind !== 'member') continue;
      const at = cubeAt(cube, part.path);
      const inner = model.cubes.get(at)?.measures.get(part.member);
      if (inner !== undefined) add(at, inner);
    }
    ordered.set(measure, { cube, measure });
  };
  for (const cube of model.cubes.values()) for (const measure of cube.measures.values()) add(cube.name, measure);
  return [...ordered.values()];
}

/** A leaf over a cube with no columns of its own: only inputs of measures. */
export function describingLeaf(cube: string, planner: Planner): LeafRelation {
  const table = {
    name: cube,
    kind: 'cube',
    root: cube,
    columns: [],
    primaryKey: undefined,
    title: undefined,
    description: undefined,
    defaultFilters: [],
  } as const;
  return leafOver(table, undefined, planner);
}

/** The author's SQL of a measure over measures, at the rows of a leaf. @throws SqlError for one that cannot be used */
export function describedExpression(leaf: LeafRelation, cube: string, measure: Measure, planner: Planner): Bound {
  const { sql } = measure;
  if (sql === undefined) throw new Error(`measure ${cube}.${measure.name} has no sql`);
  const staged = (path: CubePath, inner: Measure): Bound =>
    withoutStages(leaf, path, inner, planner, (done) =>
      measureTemplate(leaf, path, inner.name, planner, { done, staged }),
    );
  return authorExpression(leaf, [], measure, sql, planner, {
    hole: (path, member) => measureTemplate(leaf, path, member, planner, { staged }),
  });
}

/** What has the type of a measure with stages: an aggregate of values is a subquery, as one aggregate holds no other. */
function withoutStages(
  leaf: LeafRelation,
  path: CubePath,
  measure: Measure,
  planner: Planner,
  ordinary: (done: number) => Bound,
): Bound {
  if (measure.type === 'rank') return { kind: 'const', type: 'int8', typmod: -1, value: null };
  if (aggregateOf(measure) === undefined || !isOverMeasures(measure)) return ordinary(measure.stages.length);
  const cube = cubeAt(leaf.table.root, path);
  const relation = describingLeaf(cube, planner);
  const values = columnsOver({ from: [{ kind: 'relation', relation }], where: undefined }, groupedBy([]), planner);
  const value = values.column(describedExpression(relation, cube, measure, planner));
  const rows = { from: [{ kind: 'relation' as const, relation: values.relation }], where: undefined };
  const total = columnsOver(rows, groupedBy([]), planner);
  const { type, typmod } = total.column(valueAggregate(measure, value));
  const { query } = total.relation;
  return { kind: 'subquery', form: 'scalar', query, left: [], operator: undefined, routines: [], type, typmod };
}

/** Something of the type that the measure has. @throws SqlError where it has none */
export function describedValue(cube: string, measure: Measure, planner: Planner): Bound {
  const leaf = describingLeaf(cube, planner);
  const { type, stages } = measure;
  if (type === 'rank') return { kind: 'const', type: 'int8', typmod: -1, value: null };
  if (!isOverMeasures(measure)) return measureTemplate(leaf, [], measure.name, planner, { done: stages.length });
  const value = aloneMeasure(cube, measure, planner) ?? describedExpression(leaf, cube, measure, planner);
  return aggregateOf(measure) === undefined ? value : valueAggregate(measure, value);
}

/** `sql: "{revenue}"` has the type of that measure itself. */
function aloneMeasure(cube: string, { sql }: Measure, { types }: Planner): Bound | undefined {
  const [only, another] = sql?.parts ?? [];
  if (only?.kind !== 'member' || another !== undefined) return undefined;
  const typed = types.exposed(cubeAt(cube, only.path), only.member);
  return typed && { kind: 'const', value: null, ...typed };
}
