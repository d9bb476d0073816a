/** What decides which rows a SELECT groups. */
import type { Bound, FromItem } from '../bound/bound.ts';
import { isTransparent } from '../measures/transparent.ts';
import type { Rows } from './copy.ts';

/** The conditions of WHERE and ON, those of transparent subqueries too. */
export function rowConditions({ from, where }: Rows): Bound[] {
  return [...(where === undefined ? [] : [where]), ...from.flatMap(conditionsOf)];
}

function conditionsOf(item: FromItem): Bound[] {
  if (item.kind === 'join')
    return [...(item.on === undefined ? [] : [item.on]), ...conditionsOf(item.left), ...conditionsOf(item.right)];
  const { relation } = item;
  return relation.kind === 'derived' && isTransparent(relation.query) ? rowConditions(relation.query.body) : [];
}
