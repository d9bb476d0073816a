/** Random queries over a random model: a grammar of what section 5 of the contract speaks of. */
import fc, { type Arbitrary } from 'fast-check';
import {
  type Column,
  type Cte,
  constant,
  type Draw,
  dimensionsOf,
  name,
  plain,
  queryOf,
  type Source,
  selectFrom,
} from './draw.ts';
import { lit } from './expression.ts';
import { measureCall } from './generate-aggregate.ts';
import { viewSource } from './generate-from.ts';
import { condition } from './generate-row.ts';
import { type Drawn, select } from './generate-select.ts';
import type { Item, OutputColumn, Query, QueryExpr, SetOperator, Statement } from './query.ts';
import { type Random, randomOf } from './random.ts';
import type { World } from './world.ts';

export function queryArbitrary(world: World): Arbitrary<Statement> {
  return fc.gen().map((g) => statement(drawOf(world, randomOf(g))));
}

function drawOf(world: World, random: Random): Draw {
  let names = 0;
  const draw: Draw = {
    world,
    random,
    bare: random.chance(50),
    compatible: random.chance(10),
    fresh: (prefix) => {
      names++;
      return `${prefix}${names}`;
    },
    query: (depth, ctes, travels, beside) => query(draw, depth, ctes, travels, beside),
  };
  return draw;
}

function statement(draw: Draw): Statement {
  const { random, compatible } = draw;
  const ctes: Cte[] = [];
  if (random.chance(20)) ctes.push(cte(draw, 'q', []));
  if (ctes.length > 0 && random.chance(20)) ctes.push(cte(draw, 'r', ctes));
  const found = query(draw, random.upTo(3), ctes, false);
  return { ...ordered(draw, found), ctes, compatible };
}

function cte(draw: Draw, name: string, before: readonly Cte[]): Cte {
  const { random } = draw;
  if (random.chance(15)) return { name, materialized: undefined, query: recursive(draw, name) };
  return { name, materialized: random.pick([undefined, undefined, true, false]), query: query(draw, 1, before, true) };
}

function query(draw: Draw, depth: number, ctes: readonly Cte[], travels: boolean, beside?: Source): Query {
  const { random } = draw;
  if (depth > 0 && random.chance(8)) return setOperation(draw, depth - 1, ctes);
  if (random.chance(3)) return constants(draw);
  const drawn = select(draw, depth, ctes, travels, beside);
  if (!travels || !random.chance(15)) return sorted(draw, drawn, false);
  return sorted(draw, drawn, true);
}

/** ORDER BY and LIMIT, which end transparency; DISTINCT ON. */
function sorted(draw: Draw, { body, columns, sorts }: Drawn, limits: boolean): Query {
  const { random } = draw;
  const first = random.chance(25) && sorts.length > 0 ? [random.pick(sorts)] : [];
  const on = body.distinct === false && isPlain(body.items) && random.chance(limits ? 25 : 2);
  if (!limits && !on && (first.length === 0 || columns.some(({ measure }) => measure !== undefined)))
    return queryOf(body, columns);
  const distinct = on ? 1 + random.upTo(columns.length - 1) : body.distinct;
  return {
    ...queryOf({ ...body, distinct, sort: on ? [] : first }, plain(columns)),
    order: random.pick(['asc', 'desc'] as const),
    orderBy: orderBy(draw, body.items),
    limit: limits && !(on && random.chance(50)) ? 1 + random.upTo(4) : undefined,
    offset: limits && random.chance(30) ? 1 : undefined,
  };
}

function orderBy({ random }: Draw, items: readonly Item[]): Query['orderBy'] {
  const kind = random.pick(['ordinals', 'names', 'expressions'] as const);
  return kind === 'expressions' && !isPlain(items) ? 'ordinals' : kind;
}

/** Each item can be said again in ORDER BY: neither a star, nor a literal, nor a subquery, equal to itself alone. */
function isPlain(items: readonly Item[]): boolean {
  return items.every(
    (item) => 'expr' in item && item.expr.k !== 'lit' && !/"k":"(scalar|exists|in)"/.test(JSON.stringify(item.expr)),
  );
}

/** The order of a statement's rows, where it has none yet. */
function ordered(draw: Draw, found: Query): Query {
  const { random } = draw;
  const order = random.pick(['none', 'none', 'asc', 'desc'] as const);
  const bounded = found.limit !== undefined || found.offset !== undefined;
  if (order === 'none' || found.order !== 'none' || bounded) return found;
  const items = found.body.k === 'select' ? found.body.items : [];
  const by = found.body.k === 'select' ? orderBy(draw, items) : random.pick(['ordinals', 'names'] as const);
  return { ...found, order, orderBy: by, limit: random.chance(30) ? random.upTo(4) : undefined };
}

/** `SELECT 1 FROM v LIMIT …`: as many rows as the root cube has. */
function constants(draw: Draw): Query {
  const { random } = draw;
  const source = viewSource(draw);
  const where = random.chance(50) ? [condition(draw, source, 1)] : [];
  const alias = draw.fresh('o');
  const body = { ...selectFrom(source.from), items: [{ expr: lit(1), alias }], where };
  return {
    ...queryOf(body, [{ name: alias, type: 'int', measure: undefined }]),
    limit: random.chance(60) ? random.upTo(4) : undefined,
    offset: random.chance(60) ? 1 + random.upTo(1) : undefined,
  };
}

const OPERATORS: readonly SetOperator[] = ['UNION ALL', 'UNION', 'EXCEPT', 'INTERSECT', 'EXCEPT ALL', 'INTERSECT ALL'];

function setOperation(draw: Draw, depth: number, ctes: readonly Cte[]): Query {
  const left = query(draw, depth, ctes, false);
  const right = draw.random.chance(10) ? left : arm(draw, left.columns);
  return queryOf({ k: 'set', op: draw.random.pick(OPERATORS), left, right }, plain(left.columns));
}

/** A query of given types, of dimensions and measures side by side. */
function arm(draw: Draw, types: readonly OutputColumn[]): Query {
  const { random } = draw;
  const source = viewSource(draw);
  const items = types.map(({ type }): Item => {
    const fitting = source.columns.filter((column) => column.type === type);
    const expr: QueryExpr = fitting.length === 0 ? constant(type) : name(draw, random.pick(fitting), source.joined);
    return { expr, alias: draw.fresh('o') };
  });
  const where = random.chance(30) ? [condition(draw, source, 1)] : [];
  const columns = types.map((column, i) => ({ ...column, name: (items[i] as { alias: string }).alias }));
  return queryOf({ ...selectFrom(source.from), items, where }, columns);
}

/** Steps along a dimension, three at most; what it starts from may be a measure. */
function recursive(draw: Draw, own: string): Query {
  const { random } = draw;
  const source = viewSource(draw);
  const names = [draw.fresh('a'), draw.fresh('d'), draw.fresh('m')];
  const [key = '', depth = '', carried = ''] = names;
  const column = (name: string): OutputColumn => ({ name, type: 'int', measure: undefined });
  const ints = dimensionsOf(source, 'int');
  const start: QueryExpr = ints.length === 0 ? lit(1) : name(draw, random.pick(ints), false);
  const measures = source.columns.filter(({ measure }) => measure === 'count');
  const measured = measures.length > 0 && ints.length > 0 && random.chance(50);
  const columns = [column(key), column(depth), ...(measured ? [column(carried)] : [])];
  const base = {
    ...selectFrom(source.from),
    items: [
      { expr: start, alias: key },
      { expr: lit(0), alias: depth },
      ...(measured ? [{ expr: measureCall(draw, source, random.pick(measures)), alias: carried }] : []),
    ],
    ...(measured ? { keys: [start], spec: { k: 'plain', ordinals: false } as const } : {}),
  };
  const next = viewSource(draw);
  const found = draw.fresh('x');
  const of = (name: string): QueryExpr => nameIn(found, name);
  const to = dimensionsOf(next, 'int');
  const pick = (): QueryExpr => (to.length === 0 ? lit(1) : name(draw, random.pick(to), true));
  const plus = (name: string): QueryExpr => ({ k: 'op', op: '+', args: [of(name), lit(1)] });
  const on: QueryExpr = { k: 'op', op: '=', args: [pick(), of(key)] };
  const step = {
    ...selectFrom({
      k: 'join',
      type: 'inner',
      left: { k: 'cte', name: own, alias: found },
      right: next.from,
      on: { k: 'on', expr: on },
    }),
    items: [
      { expr: pick(), alias: key },
      { expr: plus(depth), alias: depth },
      ...(measured ? [{ expr: plus(carried), alias: carried }] : []),
    ],
    where: [{ k: 'op', op: '<', args: [of(depth), lit(2)] } as const],
  };
  const op = random.pick(['UNION', 'UNION ALL'] as const);
  return queryOf(
    { k: 'recursive', name: own, op, base: queryOf(base, columns), step: queryOf(step, columns) },
    columns,
  );
}

function nameIn(rel: string, name: string): QueryExpr {
  const column: Column = { rel, name, type: 'int', measure: undefined };
  return { k: 'leaf', leaf: { k: 'name', rel: column.rel, name: column.name, bare: false } };
}
