/**
 * The measure of the model behind a measure of a statement, and the measures that it is made of.
 */
import { isMasked } from '../../access/masks.ts';
import { notSupported } from '../../errors.ts';
import type { MeasureStage } from '../../model/measure-stages.ts';
import type { CubePath, Measure } from '../../model/types.ts';
import type { Bound, BoundMeasure, DerivedRelation, LeafRelation, MeasurePart } from '../bound/bound.ts';
import { boundKey } from '../bound/walk.ts';
import { mapMeasures } from '../measures/call.ts';
import { checkSupported } from '../measures/template.ts';
import { cubeAt, measureOfCube } from '../model-facts.ts';
import type { Planner } from '../planner.ts';

export type MemberOfMeasure = {
  readonly leaf: LeafRelation;
  readonly path: CubePath;
  readonly cube: string;
  readonly measure: Measure;
  readonly done: number;
  /** Of the leaf: the column that the statement reads. */
  readonly column: string;
};

/** Undefined for an expression over measures that a transparent subquery makes. */
export function memberOf(measure: BoundMeasure, planner: Planner): MemberOfMeasure | undefined {
  const { relation, slot } = measure;
  if (relation.kind === 'derived') {
    const item = itemOf(relation, slot);
    return item.kind === 'measure' ? memberOf(item, planner) : undefined;
  }
  const column = relation.table.columns[slot];
  if (column === undefined) throw new Error(`table ${relation.table.name} has no column ${slot}`);
  const { path, member, done } = measure.part ?? { ...column, done: 0 };
  const cube = cubeAt(relation.table.root, path);
  return { leaf: relation, path, cube, measure: measureOfCube(planner.model, cube, member), done, column: column.name };
}

function itemOf(relation: DerivedRelation, slot: number): Bound {
  const { body } = relation.query;
  const item = body.kind === 'select' ? body.items[slot] : undefined;
  if (item === undefined) throw new Error('a measure travels through a SELECT only');
  return item;
}

/** The stage to compute next; undefined when none is left. */
export function nextStage({ measure, done }: MemberOfMeasure): MeasureStage | undefined {
  return measure.stages[done];
}

/** True when a measure, or one that it is made of, is more than an aggregate over the rows of its group. */
export function isStaged(measure: BoundMeasure, planner: Planner): boolean {
  const member = memberOf(measure, planner);
  if (member === undefined) {
    let staged = false;
    throughSubquery(measure, (below) => {
      staged ||= isStaged(below, planner);
      return below;
    });
    return staged;
  }
  if (isMaskedMeasure(measure, member, planner)) return false;
  return nextStage(member) !== undefined || madeOfStaged(member.cube, member.measure, planner);
}

/** A mask is no computation: it stands in each group as it is. */
function isMaskedMeasure(
  { part }: BoundMeasure,
  { leaf, path, measure, done, column }: MemberOfMeasure,
  planner: Planner,
): boolean {
  const masks = planner.masks(leaf);
  return done === 0 && isMasked(part === undefined ? masks.column(column) : masks.member(path, measure.name));
}

function madeOfStaged(cube: string, { sql }: Measure, planner: Planner): boolean {
  return (sql?.parts ?? []).some((part) => {
    if (part.kind !== 'member') return false;
    const at = cubeAt(cube, part.path);
    const measure = planner.model.cubes.get(at)?.measures.get(part.member);
    return measure !== undefined && (measure.stages.length > 0 || madeOfStaged(at, measure, planner));
  });
}

/** The expression over measures behind one of a transparent subquery, each of them seen from outside. */
export function throughSubquery(measure: BoundMeasure, map: (below: BoundMeasure) => Bound): Bound {
  const { relation, slot } = measure;
  if (relation.kind === 'leaf') return map(measure);
  const outside = (below: BoundMeasure): Bound => map(hiddenMeasure(measure, relation, below));
  return mapMeasures(itemOf(relation, slot), (below) =>
    isExpression(below) ? throughSubquery(below, outside) : outside(below),
  );
}

/** True for a measure that a subquery further down makes of several. */
function isExpression({ relation, slot }: BoundMeasure): boolean {
  if (relation.kind === 'leaf') return false;
  const item = itemOf(relation, slot);
  return item.kind === 'measure' ? isExpression(item) : true;
}

/** A measure of the model in the place of another one of the same leaf. */
export function partOf(measure: BoundMeasure, part: MeasurePart, planner: Planner): BoundMeasure {
  const { relation, slot } = measure;
  if (relation.kind === 'derived') {
    const below = itemOf(relation, slot);
    if (below.kind !== 'measure') throw new Error('an expression over measures is no measure of the model');
    return hiddenMeasure(measure, relation, partOf(below, part, planner));
  }
  const cube = cubeAt(relation.table.root, part.path);
  const model = measureOfCube(planner.model, cube, part.member);
  checkSupported(model);
  const typed = planner.types.exposed(cube, part.member);
  if (typed === undefined) throw notSupported(`measure "${part.member}", whose SQL the warehouse refuses`);
  return { ...measure, ...typed, part, measure: model.type, name: part.member };
}

/** `below` as a hidden output of the subquery that `measure` is read through. */
function hiddenMeasure(measure: BoundMeasure, relation: DerivedRelation, below: BoundMeasure): BoundMeasure {
  const slot = hiddenItem(relation, below);
  const { type, typmod, name } = below;
  return { ...measure, slot, type, typmod, name, measure: below.measure, part: undefined };
}

/** The slot of an expression over the relations of a transparent subquery, added behind its columns. */
export function hiddenItem(relation: DerivedRelation, item: Bound): number {
  const { body, columns } = relation.query;
  if (body.kind !== 'select') throw new Error('only a SELECT has hidden outputs');
  const key = boundKey(item);
  const known = body.items.findIndex((other, i) => i >= columns.length && boundKey(other) === key);
  return known >= 0 ? known : body.items.push(item) - 1;
}
