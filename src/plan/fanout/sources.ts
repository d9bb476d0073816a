/**
 * Where the rows of a SELECT come from: leaves, seen through transparent subqueries, and other relations.
 */

import { assertNever } from '../../errors.ts';
import type { Bound, BoundQuery, FromItem, LeafRelation, Relation } from '../bound/bound.ts';
import { childrenOf, forEachExpr, relationsOf } from '../bound/walk.ts';
import { isTransparent } from '../measures/transparent.ts';
import { pathsOfFragment, pathsOfMember, repeatsOf } from '../model-facts.ts';
import type { Planner } from '../planner.ts';

export type Sources = { readonly leaves: readonly LeafRelation[]; readonly others: readonly Relation[] };

export function sourcesOf(from: readonly FromItem[]): Sources {
  const leaves: LeafRelation[] = [];
  const others: Relation[] = [];
  for (const relation of relationsOf(from)) {
    if (relation.kind === 'leaf') leaves.push(relation);
    else if (relation.kind === 'derived' && isTransparent(relation.query)) {
      const inner = sourcesOf(relation.query.body.from);
      leaves.push(...inner.leaves);
      others.push(...inner.others);
    } else others.push(relation);
  }
  return { leaves, others };
}

/** Paths of the cubes that one slot of a leaf reads. */
export function pathsOfSlot(leaf: LeafRelation, slot: number, planner: Planner): readonly (readonly string[])[] {
  const { table } = leaf;
  const column = table.columns[slot];
  if (column !== undefined) return pathsOfMember(planner.model, table.root, column.path, column.member);
  const input = leaf.inputs[slot - table.columns.length];
  if (input === undefined) throw new Error(`leaf ${table.name} has no slot ${slot}`);
  switch (input.kind) {
    case 'join-field':
      return [];
    case 'key':
      return pathsOfMember(planner.model, table.root, input.path, input.dimension);
    case 'measure-input': {
      const fragments = [...(input.sql === undefined ? [] : [input.sql]), ...input.filters];
      return [
        input.path,
        ...fragments.flatMap((fragment) => pathsOfFragment(planner.model, table.root, input.path, fragment)),
      ];
    }
  }
}

/** Paths of all cubes that the statement and the row filters use of a leaf: the joins that it makes. */
export function pathsOfLeaf(leaf: LeafRelation, planner: Planner): readonly (readonly string[])[] {
  return [...[...leaf.used].flatMap((slot) => pathsOfSlot(leaf, slot, planner)), ...planner.policyPaths(leaf)];
}

/** One-to-many joins of a leaf that are made: its root's rows repeat along each. */
export function repeatsOfLeaf(leaf: LeafRelation, planner: Planner): ReadonlySet<string> {
  return repeatsOf(planner.model, leaf.table.root, pathsOfLeaf(leaf, planner));
}

export type LeafColumn = { readonly leaf: LeafRelation; readonly slot: number };

/**
 * Columns of leaves behind the columns that an expression reads, through transparent subqueries; what a subquery in it
 * reads of the rows around it is among them.
 */
export function leafColumns(bound: Bound): LeafColumn[] {
  if (bound.kind === 'subquery') return [...bound.left.flatMap(leafColumns), ...columnsInside(bound.query)];
  const inner = childrenOf(bound).flatMap(leafColumns);
  if (bound.kind !== 'column' && bound.kind !== 'measure') return inner;
  const { relation, slot } = bound;
  if (relation.kind === 'leaf') return [...inner, { leaf: relation, slot }];
  if (relation.kind !== 'derived' || relation.query.body.kind !== 'select') return inner;
  const item = relation.query.body.items[slot];
  return item === undefined ? inner : [...inner, ...leafColumns(item)];
}

function columnsInside(query: BoundQuery): LeafColumn[] {
  const found: LeafColumn[] = [];
  forEachExpr(query, (bound) => {
    found.push(...leafColumns(bound));
  });
  return found;
}

/** What the relations that stand beside each row (LATERAL, functions) read of the rows to their left. */
export function readBeside(others: readonly Relation[]): LeafColumn[] {
  return others.flatMap((relation) => {
    switch (relation.kind) {
      case 'leaf':
      case 'cte':
        return [];
      case 'derived':
        return relation.lateral ? columnsInside(relation.query) : [];
      case 'function':
        return leafColumns(relation.call);
      default:
        return assertNever(relation, 'readBeside');
    }
  });
}
