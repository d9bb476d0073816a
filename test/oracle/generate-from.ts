/** FROM: views, CTEs, subqueries, VALUES, and all kinds of joins between them. */
import {
  type Column,
  type Cte,
  type Draw,
  dimensionsOf,
  name,
  plain,
  queryOf,
  type Source,
  selectFrom,
} from './draw.ts';
import type { Value } from './expression.ts';
import type { Item, JoinOn, JoinType, OutputColumn, QueryExpr } from './query.ts';
import { columnsOf } from './world.ts';

export function sourceOf(draw: Draw, depth: number, ctes: readonly Cte[]): Source {
  const { random } = draw;
  const one = relation(draw, depth, ctes);
  if (!random.chance(18)) return one;
  const below = Math.max(0, depth - 1);
  switch (random.upTo(9)) {
    case 6:
      return merged(draw, one, relation(draw, below, ctes), random.chance(40) ? 'natural' : 'using');
    case 7:
      return lateral(draw, one, ctes);
    case 8:
      return onKeys(draw, one, values(draw));
    case 9: {
      const two = onKeys(draw, one, relation(draw, below, ctes));
      return random.chance(50) ? onKeys(draw, two, viewSource(draw)) : two;
    }
    default:
      return onKeys(draw, one, relation(draw, below, ctes));
  }
}

export function viewSource(draw: Draw): Source {
  const { world, random } = draw;
  const view = world.views[random.chance(20) ? 1 : 0] ?? world.views[0];
  if (view === undefined) throw new Error('no view');
  const alias = draw.fresh(view.name);
  const columns = columnsOf(world, view).map(({ name, type, measure }) => ({
    name,
    type,
    measure: measure?.type,
    rel: alias,
  }));
  return { from: { k: 'view', view: view.name, alias }, columns, joined: false };
}

function relation(draw: Draw, depth: number, ctes: readonly Cte[]): Source {
  const { random } = draw;
  if (ctes.length > 0 && random.chance(70)) {
    const { name, query, materialized } = random.pick(ctes);
    const alias = draw.fresh('x');
    const columns = materialized === true ? plain(query.columns) : query.columns;
    return { from: { k: 'cte', name, alias }, columns: of(alias, columns), joined: false };
  }
  if (depth === 0 || !random.chance(65)) return viewSource(draw);
  const query = draw.query(depth - 1, ctes, true);
  const alias = draw.fresh('t');
  return { from: { k: 'subquery', query, alias, lateral: false }, columns: of(alias, query.columns), joined: false };
}

function of(rel: string, columns: readonly OutputColumn[]): Column[] {
  return columns.map((column) => ({ ...column, rel }));
}

function values(draw: Draw): Source {
  const { random } = draw;
  const alias = draw.fresh('l');
  const columns = [draw.fresh('a'), draw.fresh('b')];
  const more = Array.from({ length: random.upTo(3) }, (): readonly Value[] => [
    random.pick([1, 2, 3, null]),
    random.pick(['a', 'b', null]),
  ]);
  const [number = '', text = ''] = columns;
  const shown = [
    { name: number, type: 'int' as const, measure: undefined },
    { name: text, type: 'text' as const, measure: undefined },
  ];
  return {
    from: { k: 'values', rows: [[1, 'a'], ...more], alias, columns },
    columns: of(alias, shown),
    joined: false,
  };
}

// Joins

function onKeys(draw: Draw, one: Source, other: Source): Source {
  const { random } = draw;
  const type = random.pick(['inner', 'left', 'cross', 'right', 'full'] as const);
  const [lefts, rights] = [dimensionsOf(one, 'int'), dimensionsOf(other, 'int')];
  if (type === 'cross' || lefts.length === 0 || rights.length === 0) return join('cross', one, other, { k: 'none' });
  const pair = (): QueryExpr => ({
    k: 'op',
    op: '=',
    args: [name(draw, random.pick(lefts), true), name(draw, random.pick(rights), true)],
  });
  const expr: QueryExpr = random.chance(15) ? { k: 'and', args: [pair(), pair()] } : pair();
  return join(type, one, other, { k: 'on', expr });
}

function join(type: JoinType, one: Source, other: Source, on: JoinOn): Source {
  return {
    from: { k: 'join', type, left: one.from, right: other.from, on },
    columns: [...one.columns, ...other.columns],
    joined: true,
  };
}

/** USING and NATURAL: two subqueries that give a column the same name. */
function merged(draw: Draw, one: Source, other: Source, k: 'using' | 'natural'): Source {
  const { random } = draw;
  const type = random.pick(['inner', 'left', 'right', 'full'] as const);
  const [lefts, rights] = [dimensionsOf(one, 'int'), dimensionsOf(other, 'int')];
  if (lefts.length === 0 || rights.length === 0) return join('cross', one, other, { k: 'none' });
  const names = [draw.fresh('k')];
  const left = renamed(draw, one, [random.pick(lefts)], names);
  const right = renamed(draw, other, [random.pick(rights)], names);
  const shared = names.map((name): Column => ({ rel: '', name, type: 'int', measure: undefined }));
  const rest = [...left.columns, ...right.columns].filter(({ name }) => !names.includes(name));
  const source = join(type, left, right, { k, names });
  // The merged column stands first in `*`; each side's own can still be said.
  return { ...source, columns: [...shared, ...rest] };
}

/** A transparent subquery that names `keys` and leaves the other columns as they are. */
function renamed(draw: Draw, source: Source, keys: readonly Column[], names: readonly string[]): Source {
  const alias = draw.fresh('t');
  const items: Item[] = keys.map((key, i) => ({ expr: name(draw, key, source.joined), alias: names[i] }));
  const columns: OutputColumn[] = names.map((name) => ({ name, type: 'int', measure: undefined }));
  for (const column of draw.random.some(source.columns, 4)) {
    const fresh = draw.fresh('o');
    items.push({ expr: name(draw, column, source.joined), alias: fresh });
    columns.push({ name: fresh, type: column.type, measure: column.measure });
  }
  const query = queryOf({ ...selectFrom(source.from), items }, columns);
  return { from: { k: 'subquery', query, alias, lateral: false }, columns: of(alias, columns), joined: false };
}

function lateral(draw: Draw, one: Source, ctes: readonly Cte[]): Source {
  const query = draw.query(0, ctes, true, one);
  const alias = draw.fresh('t');
  const other: Source = {
    from: { k: 'subquery', query, alias, lateral: true },
    columns: of(alias, query.columns),
    joined: false,
  };
  const type = draw.random.pick(['cross', 'inner', 'left'] as const);
  const yes: QueryExpr = {
    k: 'op',
    op: '=',
    args: [
      { k: 'lit', value: 1 },
      { k: 'lit', value: 1 },
    ],
  };
  return join(type, one, other, type === 'cross' ? { k: 'none' } : { k: 'on', expr: yes });
}
