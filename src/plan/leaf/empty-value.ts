/** What a sub_query dimension is made of, and what it is for a row to which no row of the other cubes belongs. */
import type { CubePath, Dimension, Fragment, Model } from '../../model/types.ts';
import { cubeAt, dimensionOf, measureOfCube } from '../model-facts.ts';

type SubQueryValue = Extract<Dimension['value'], { readonly kind: 'sub_query' }>;

/** The SQL of a sub_query dimension, over measures. */
export function subQuerySql(model: Model, cube: string, dimension: string): Fragment {
  const member = dimensionOf(model, cube, dimension);
  if (member.kind !== 'dimension' || member.value.kind !== 'sub_query')
    throw new Error(`${cube}.${dimension} is no sub_query dimension`);
  return (member.value as SubQueryValue).sql;
}

/** The measure that a sub_query dimension is, where it is one measure and nothing else. */
export function onlyMeasure({ parts }: Fragment): { readonly path: CubePath; readonly member: string } | undefined {
  const [only, another] = parts.filter((part) => part.kind !== 'text' || part.text.trim() !== '');
  return only?.kind === 'member' && another === undefined ? only : undefined;
}

/** What a measure is over no rows, as SQL; undefined where that must be computed. */
export function emptyValue(model: Model, cube: string, dimension: string): string | undefined {
  const measure = onlyMeasure(subQuerySql(model, cube, dimension));
  if (measure === undefined) return undefined;
  switch (measureOfCube(model, cubeAt(cube, measure.path), measure.member).type) {
    case 'count':
    case 'count_distinct':
    case 'count_distinct_approx':
      return '0';
    case 'sum':
    case 'avg':
    case 'min':
    case 'max':
      return 'NULL';
    case 'number':
    case 'string':
    case 'time':
    case 'boolean':
    case 'rank':
      return undefined;
  }
}
