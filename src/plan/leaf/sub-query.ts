/**
 * sub_query dimensions: measures of other cubes, computed for each row of a cube by a grouped query beside it
 * (https://cube.dev/docs/product/data-modeling/reference/dimensions#sub_query).
 *
 * `LEFT JOIN (SELECT key, measure FROM (leaf) GROUP BY key) ON cube.key = key`, over a leaf of its own, in which the row
 * filters of the other cubes hold: its rows are hidden from the count as they are from the client.
 */
import type { ExposedColumn, ExposedTable } from '../../access/exposed.ts';
import { notSupported } from '../../errors.ts';
import type { CubePath } from '../../model/types.ts';
import type { Expr, Query, TableRef } from '../../sql/ast.ts';
import { conjunction } from '../../sql/select.ts';
import type { Bound, BoundColumn, BoundQuery, BoundSelect, FromItem, Grouping, LeafRelation } from '../bound/bound.ts';
import { leafOver, queryOf, selectOver } from '../bound/relations.ts';
import type { Dialect } from '../dialect.ts';
import { resolveFanOut } from '../fanout/fanout.ts';
import { markUsed } from '../measures/expand.ts';
import { authorExpression, measureTemplate } from '../measures/template.ts';
import { cubeAt, type MemberTypes, measureOfCube, primaryKeyOf } from '../model-facts.ts';
import type { Planner } from '../planner.ts';
import { emptyValue, onlyMeasure, subQuerySql } from './empty-value.ts';
import { type LeafNames, leftJoin, renderMember, type SubQueryUse } from './leaf-sql.ts';

export type SubQuery = {
  /** The keys as c0…, the value behind them. */
  readonly grouped: Query;
  /** The value over no rows as c0, where `emptyValue` cannot tell it. */
  readonly empty: Query | undefined;
};

/**
 * Each sub_query dimension once, however often it is read.
 * @param lower makes the warehouse's query of one whose leaves are built here
 */
export function subQueries(planner: Planner, lower: (query: BoundQuery) => Query): SubQueryJoins['subQuery'] {
  const made = new Map<string, SubQuery | 'begun'>();
  return (cube, dimension) => {
    const key = `${cube}.${dimension}`;
    const known = made.get(key);
    if (known === 'begun')
      throw notSupported(`dimension "${dimension}", whose row policy is decided by the dimension itself,`);
    if (known !== undefined) return known;
    made.set(key, 'begun');
    try {
      const subQuery = subQueryOf(cube, dimension, planner, lower);
      made.set(key, subQuery);
      return subQuery;
    } finally {
      if (made.get(key) === 'begun') made.delete(key);
    }
  };
}

/** @throws SqlError 0A000 for a measure that needs more than the rows of one row's own */
function subQueryOf(cube: string, dimension: string, planner: Planner, lower: (query: BoundQuery) => Query): SubQuery {
  const keys = primaryKeyOf(planner.model, cube).map(({ name }) => name);
  return {
    grouped: lower(boundQuery(cube, dimension, keys, planner)),
    empty:
      emptyValue(planner.model, cube, dimension) === undefined
        ? lower(overNothing(cube, dimension, planner))
        : undefined,
  };
}

function overNothing(cube: string, dimension: string, planner: Planner): BoundQuery {
  const query = boundQuery(cube, dimension, [], planner);
  query.body.where = { kind: 'const', type: 'bool', typmod: -1, value: 'false' };
  return query;
}

function boundQuery(
  cube: string,
  dimension: string,
  keyNames: readonly string[],
  planner: Planner,
): BoundQuery & { readonly body: BoundSelect } {
  const leaf = leafOf(cube, dimension, keyNames, planner);
  const keys = keyNames.map((_, slot): BoundColumn => {
    const { type, typmod } = leaf.table.columns[slot] as ExposedColumn;
    return { kind: 'column', relation: leaf, slot, type, typmod };
  });
  for (const slot of leaf.table.columns.keys()) if (slot >= keys.length) leaf.measures.add(slot);
  const value = rowValueOf(leaf, cube, dimension, planner);
  for (const item of [...keys, value]) markUsed(item, planner);
  const from: FromItem[] = [{ kind: 'relation', relation: leaf }];
  const grouping: Grouping = { keys, sets: [keys.map((_, i) => i)], implicit: false };
  const query = queryOf(selectOver({ items: [...keys, value], from, where: undefined, grouping }, planner), []);
  resolveFanOut(query, planner);
  return query;
}

function rowValueOf(leaf: LeafRelation, cube: string, dimension: string, planner: Planner): Bound {
  const sql = subQuerySql(planner.model, cube, dimension);
  const staged = (): never => {
    throw notSupported(`dimension "${dimension}": sub_query of a measure with a window, a shift or a grain of its own`);
  };
  const measure = (path: CubePath, name: string): Bound => measureTemplate(leaf, path, name, planner, { staged });
  const only = onlyMeasure(sql);
  return only === undefined
    ? authorExpression(leaf, [], { name: dimension }, sql, planner, { hole: measure })
    : measure(only.path, only.member);
}

/** A leaf over the cube's rows that no client can name: its keys, and the measures that policies are asked about. */
function leafOf(cube: string, dimension: string, keyNames: readonly string[], planner: Planner): LeafRelation {
  const { model, types } = planner;
  const column = (kind: ExposedColumn['kind'], path: CubePath, member: string): ExposedColumn => {
    const { type, typmod } = types.value(cubeAt(cube, path), member);
    return {
      name: [...path, member].join('.'),
      kind,
      path,
      cube: cubeAt(cube, path),
      member,
      reads: [cubeAt(cube, path)],
      type,
      typmod,
      measure: kind === 'measure' ? measureOfCube(model, cubeAt(cube, path), member).type : undefined,
      granularities: [],
      primaryKey: kind === 'dimension',
      toMany: false,
      mayRaise: true,
      title: undefined,
      description: undefined,
    };
  };
  const measures = subQuerySql(model, cube, dimension).parts.flatMap((part) =>
    part.kind === 'member' ? [column('measure', part.path, part.member)] : [],
  );
  const table: ExposedTable = {
    name: dimension,
    kind: 'sub_query',
    root: cube,
    columns: [...keyNames.map((name) => column('dimension', [], name)), ...measures],
    primaryKey: undefined,
    title: undefined,
    description: undefined,
    defaultFilters: [],
  };
  return leafOver(table, undefined, planner);
}

export type SubQueryJoins = {
  readonly types: MemberTypes;
  readonly dialect: Dialect;
  readonly subQuery: (cube: string, dimension: string) => SubQuery;
};

/** Puts the query of a sub_query dimension beside the cube that it belongs to. */
export function joinSubQuery(from: TableRef, use: SubQueryUse, names: LeafNames, joins: SubQueryJoins): TableRef {
  const { types, dialect, subQuery } = joins;
  const { path, dimension, alias, emptyAlias } = use;
  const cube = cubeAt(names.root, path);
  const { grouped, empty } = subQuery(cube, dimension);
  const beside = (query: Query, name: string): TableRef => ({
    kind: 'subquery',
    query,
    lateral: false,
    alias: { name, columns: [] },
  });
  const sameKey = primaryKeyOf(names.model, cube).map(({ name }, i): Expr => {
    const { type, typmod, asText } = types.value(cube, name);
    const key: Expr = { kind: 'opaque', text: renderMember(names, path, name) };
    return {
      kind: 'binary',
      operator: '=',
      left: dialect.memberValue(key, type, typmod, asText ?? false),
      right: { kind: 'column', path: [alias, `c${i}`] },
    };
  });
  const joined = leftJoin(from, beside(grouped, alias), conjunction(sameKey) ?? { kind: 'boolean', value: true });
  if (empty === undefined) return joined;
  return leftJoin(joined, beside(empty, emptyAlias), { kind: 'boolean', value: true });
}
