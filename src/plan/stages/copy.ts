/**
 * A second copy of the rows that a SELECT reads: the same relations under numbers of their own, so that a stage can
 * group them anew. Each copy of a leaf is secured like every leaf.
 */
import { assertNever, notSupported } from '../../errors.ts';
import type {
  Bound,
  BoundBody,
  BoundColumn,
  BoundCte,
  BoundQuery,
  BoundSelect,
  FromItem,
  LeafRelation,
  Relation,
} from '../bound/bound.ts';
import { mapChildren, mapSort } from '../bound/walk.ts';
import { isTransparent } from '../measures/transparent.ts';
import type { Planner } from '../planner.ts';

export type Rows = Pick<BoundSelect, 'from' | 'where'>;

export type CopyOptions = {
  /** What stands in the copy for a column of a leaf; undefined for the column itself. */
  readonly column?: (column: BoundColumn & { readonly relation: LeafRelation }, copy: BoundColumn) => Bound | undefined;
  /** Whether a conjunct of WHERE, here or in a transparent subquery, holds in the copy too. */
  readonly keeps?: (conjunct: Bound) => boolean;
};

export type RowsCopy = Rows & {
  /** An expression over the original's relations, over the copy's. */
  readonly map: (bound: Bound) => Bound;
};

/**
 * @throws SqlError 0A000 for rows that a second reading may not find again
 */
export function copyRows(rows: Rows, planner: Planner, options: CopyOptions = {}): RowsCopy {
  const copier = createCopier(planner, options);
  const from = rows.from.map((item) => copier.item(item, true));
  return { from, where: rows.where && copier.condition(rows.where, true), map: copier.map };
}

type Copier = {
  readonly map: (bound: Bound) => Bound;
  readonly item: (item: FromItem, open: boolean) => FromItem;
  readonly condition: (where: Bound, open: boolean) => Bound | undefined;
};

function createCopier(planner: Planner, options: CopyOptions): Copier {
  const relations = new Map<Relation, Relation>();
  const ctes = new Map<BoundCte, BoundCte>();
  const queries = new Map<BoundQuery, BoundQuery>();

  const map = (bound: Bound): Bound => {
    if (bound.kind === 'column') return column(bound);
    const inner = mapChildren(bound, map);
    if (inner.kind === 'measure') {
      const relation = relations.get(inner.relation);
      return relation === undefined ? inner : { ...inner, relation: relation as typeof inner.relation };
    }
    if (inner.kind === 'aggregate' && inner.grain.kind === 'cube') {
      const leaf = relations.get(inner.grain.leaf);
      return leaf === undefined ? inner : { ...inner, grain: { ...inner.grain, leaf: leaf as LeafRelation } };
    }
    return inner.kind === 'subquery' ? { ...inner, query: queryOnce(inner.query) } : inner;
  };

  const column = (bound: BoundColumn): Bound => {
    const relation = relations.get(bound.relation);
    if (relation === undefined) return bound;
    const copy: BoundColumn = { ...bound, relation };
    if (bound.relation.kind !== 'leaf') return copy;
    return options.column?.({ ...bound, relation: bound.relation }, copy) ?? copy;
  };

  /** One expression may stand in several places; so does its copy. */
  const queryOnce = (query: BoundQuery): BoundQuery => {
    const known = queries.get(query);
    if (known !== undefined) return known;
    const made = copyQuery(query, false);
    queries.set(query, made);
    return made;
  };

  const copyQuery = (query: BoundQuery, open: boolean): BoundQuery => {
    const copied = query.ctes.map((cte): BoundCte => {
      const made: BoundCte = { ...cte, id: planner.nextId(), query: undefined };
      ctes.set(cte, made);
      made.query = cte.query && copyQuery(cte.query, false);
      return made;
    });
    const body = copyBody(query.body, open);
    return {
      ...query,
      ctes: copied,
      body,
      orderBy: query.orderBy.map((sort) => mapSort(sort, map)),
      limit: query.limit && map(query.limit),
      offset: query.offset && map(query.offset),
    };
  };

  const copyBody = (body: BoundBody, open: boolean): BoundBody => {
    switch (body.kind) {
      case 'select': {
        const from = body.from.map((item) => copyItem(item, open));
        return {
          ...body,
          id: planner.nextId(),
          from,
          where: body.where && condition(body.where, open),
          items: body.items.map(map),
          distinct: typeof body.distinct === 'boolean' ? body.distinct : body.distinct.map(map),
          having: body.having && map(body.having),
          grouping: body.grouping && {
            ...body.grouping,
            keys: body.grouping.keys.map(map),
            over: body.grouping.over?.flatMap((relation) => relations.get(relation) ?? []),
          },
        };
      }
      case 'set-operation':
        return { ...body, left: copyQuery(body.left, false), right: copyQuery(body.right, false) };
      case 'values':
        return { ...body, rows: body.rows.map((row) => row.map(map)) };
      default:
        return assertNever(body, 'copyBody');
    }
  };

  const condition = (where: Bound, open: boolean): Bound | undefined => {
    if (!open || options.keeps === undefined) return map(where);
    const conjuncts = (where.kind === 'and' ? where.args : [where]).filter(options.keeps).map(map);
    const [first, second] = conjuncts;
    return first === undefined || second === undefined
      ? first
      : { kind: 'and', args: conjuncts, type: 'bool', typmod: -1 };
  };

  const copyItem = (item: FromItem, open: boolean): FromItem => {
    if (item.kind === 'relation') return { kind: 'relation', relation: copyRelation(item.relation, open) };
    const left = copyItem(item.left, open);
    const right = copyItem(item.right, open);
    return { ...item, left, right, on: item.on && map(item.on) };
  };

  const copyRelation = (relation: Relation, open: boolean): Relation => {
    const made = madeRelation(relation, open);
    relations.set(relation, made);
    return made;
  };

  const madeRelation = (relation: Relation, open: boolean): Relation => {
    const id = planner.nextId();
    switch (relation.kind) {
      case 'leaf': {
        const { inputs, used, measures, lifted } = relation;
        const leaf: LeafRelation = {
          ...relation,
          id,
          inputs: [...inputs],
          used: new Set(used),
          measures: new Set(measures),
          lifted: new Set(lifted),
        };
        const copies = planner.copies.get(relation) ?? [relation];
        copies.push(leaf);
        for (const copy of copies) planner.copies.set(copy, copies);
        return leaf;
      }
      case 'derived': {
        const { query } = relation;
        if (query.limit !== undefined || query.offset !== undefined) throw unstable();
        return { ...relation, id, query: copyQuery(query, open && isTransparent(query)), used: new Set(relation.used) };
      }
      case 'cte':
        return { ...relation, id, cte: ctes.get(relation.cte) ?? relation.cte };
      case 'function':
        return { ...relation, id, call: map(relation.call) };
      default:
        return assertNever(relation, 'madeRelation');
    }
  };

  return { map, item: copyItem, condition };
}

function unstable(): Error {
  return notSupported('a measure with stages beside a subquery with LIMIT or OFFSET', {
    hint: 'Name the subquery in WITH … AS MATERIALIZED, so that it is read once.',
  });
}
