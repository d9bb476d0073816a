/** One SELECT: rows as they are, or grouped. */

import {
  type Column,
  type Cte,
  constant,
  type Draw,
  dimensionsOf,
  leaf,
  measuresOf,
  name,
  plain,
  type Source,
  selectFrom,
} from './draw.ts';
import { leavesOf, lit, type Type } from './expression.ts';
import { above, aggregated, besideGroup, type Typed, windowOver } from './generate-aggregate.ts';
import { sourceOf, viewSource } from './generate-from.ts';
import { condition, conditions, measureBeside, rowExpr } from './generate-row.ts';
import type { GroupSpec, Item, OutputColumn, QueryExpr, Select } from './query.ts';
import { pathsOf, repeating } from './usage.ts';
import { columnsOf, cubeOf } from './world.ts';

export type Drawn = {
  readonly body: Select;
  readonly columns: readonly OutputColumn[];
  /** What may stand first in ORDER BY. */
  readonly sorts: readonly QueryExpr[];
};

/**
 * @param travels bare measures may go up out of it
 * @param beside what LATERAL sees
 */
export function select(draw: Draw, depth: number, ctes: readonly Cte[], travels: boolean, beside?: Source): Drawn {
  const { random } = draw;
  if (beside === undefined && random.chance(12)) return sideBySide(draw);
  const source = sourceOf(draw, depth, ctes);
  const where = random.chance(45) ? conditions(draw, source, travels) : [];
  if (beside !== undefined) where.push(...correlation(draw, source, beside));
  if (random.chance(55)) return grouped(draw, source, where);
  return (random.chance(12) ? starred(draw, source, where, travels) : undefined) ?? rows(draw, source, where, travels);
}

function correlation(draw: Draw, source: Source, beside: Source): QueryExpr[] {
  const columns = dimensionsOf(source, 'int');
  if (columns.length === 0) return [];
  const own = name(draw, draw.random.pick(columns), true);
  return [{ k: 'op', op: draw.random.pick(['=', '<=']), args: [own, rowExpr(draw, beside, 'int', 0, true)] }];
}

/** The items of a SELECT as they are drawn, and the columns that they give. */
class Items {
  readonly items: Item[] = [];
  readonly columns: OutputColumn[] = [];
  readonly #draw: Draw;

  constructor(draw: Draw) {
    this.#draw = draw;
  }

  add({ expr, type }: Typed, measure?: string): void {
    const own = this.#draw.random.chance(15) ? nameOf(expr) : undefined;
    const alias = own === undefined || this.columns.some((column) => column.name === own) ? this.#draw.fresh('o') : own;
    this.items.push({ expr, alias: alias === own ? undefined : alias });
    this.columns.push({ name: alias, type, measure });
  }

  get values(): readonly Typed[] {
    return this.items.flatMap((item, i) =>
      'expr' in item ? [{ expr: item.expr, type: (this.columns[i] as Column).type }] : [],
    );
  }
}

/** The name that a column without an alias has: its own, or its measure's (rule 1). */
function nameOf(expr: QueryExpr): string | undefined {
  if (expr.k !== 'leaf') return undefined;
  if (expr.leaf.k === 'measure-call') return nameOf(expr.leaf.arg);
  return expr.leaf.k === 'name' ? expr.leaf.name : undefined;
}

// Rows

/** `*`, or `t.*` of one of two. */
function starred(draw: Draw, source: Source, where: QueryExpr[], travels: boolean): Drawn | undefined {
  const { random } = draw;
  const rels = [...new Set(source.columns.map(({ rel }) => rel))].filter((rel) => rel !== '');
  const merges = rels.length < new Set(source.columns.map(({ rel }) => rel)).size;
  const star = rels.length > 0 && !merges && random.chance(50) ? random.pick(rels) : undefined;
  const shown = source.columns.filter(({ rel }) => star === undefined || rel === star);
  const columns = shown.map(({ name, type, measure }) => ({ name, type, measure }));
  if (columns.length === 0 || new Set(columns.map(({ name }) => name)).size < columns.length) return undefined;
  const body = { ...selectFrom(source.from), items: [{ star }], where };
  return { body, columns: keepsMeasures(body, travels) ? columns : plain(columns), sorts: [] };
}

function rows(draw: Draw, source: Source, where: QueryExpr[], travels: boolean): Drawn {
  const { random } = draw;
  const list = new Items(draw);
  for (let n = 1 + random.upTo(3); n > 0; n--) {
    const column = random.pick(source.columns);
    const beside = random.chance(5) ? measureBeside(draw, rowExpr(draw, source, 'int', 0, true)) : undefined;
    if (beside !== undefined) list.add({ expr: beside, type: 'int' });
    else if (random.chance(5)) list.add({ expr: lit(1), type: 'int' });
    else if (column.measure === undefined) {
      const type = random.pick([column.type, column.type, 'int', 'text', 'bool'] as const);
      const own = type === column.type;
      list.add({ expr: own ? name(draw, column, source.joined) : rowExpr(draw, source, type, 1), type });
    } else {
      const { expr, type, measure } = travelling(draw, source, column);
      list.add({ expr, type }, measure);
    }
  }
  if (random.chance(8)) list.add(windowOver(draw, list.values));
  const distinct = random.chance(10);
  const body = { ...selectFrom(source.from), distinct, items: list.items, where };
  const named = new Set(measuresOf(source).map(({ name }) => name));
  const inWhere = where.some((conjunct) =>
    leavesOf(conjunct).some((leaf) => leaf.k === 'measure-call' || (leaf.k === 'name' && named.has(leaf.name))),
  );
  const hasMeasure = inWhere || list.columns.some(({ measure }) => measure !== undefined);
  const sorts = hasMeasure
    ? measuresOf(source).map((measure) => name(draw, measure, source.joined))
    : dimensionsOf(source).map((dimension) => name(draw, dimension, source.joined));
  return {
    body,
    columns: keepsMeasures(body, travels) ? list.columns : plain(list.columns),
    sorts: distinct ? [] : sorts,
  };
}

/** A measure, or an expression over measures and constants. */
function travelling(draw: Draw, source: Source, column: Column): Typed & { readonly measure: string | undefined } {
  const { random } = draw;
  const bare = name(draw, column, source.joined);
  const number = (expr: QueryExpr) => ({ expr, type: column.type, measure: 'number' });
  if (column.type === 'int' && random.chance(30)) {
    const other = name(draw, random.pick(measuresOf(source, 'int')), source.joined);
    switch (random.upTo(4)) {
      case 0:
        return number({ k: 'op', op: '+', args: [bare, lit(1)] });
      case 1:
        return number({ k: 'coalesce', args: [bare, lit(0)] });
      case 2:
        return number({ k: 'op', op: '-', args: [bare, other] });
      case 3:
        return number({ k: 'case', when: { k: 'op', op: '>', args: [bare, lit(1)] }, then: other });
      default:
        return { expr: { k: 'ratio', args: [bare, other] }, type: 'num', measure: 'number' };
    }
  }
  return { expr: bare, type: column.type, measure: column.measure };
}

/** Rule 4: measures travel up through a SELECT that does nothing but select. */
function keepsMeasures({ distinct, items, spec, having }: Select, travels: boolean): boolean {
  const windows = items.some((item) => 'expr' in item && leavesOf(item.expr).some(({ k }) => k === 'window'));
  return travels && distinct === false && spec === undefined && having.length === 0 && !windows;
}

// Groups

/** Aggregates of several cubes of one view, grouped by columns of its root, or by nothing: each has joins of its own. */
function sideBySide(draw: Draw): Drawn {
  const { world, random } = draw;
  const source = viewSource(draw);
  const { from } = source;
  const view = from.k === 'view' ? world.views.find(({ name }) => name === from.view) : undefined;
  if (view === undefined) throw new Error('a view is of the world');
  const ofRoot = new Set(columnsOf(world, view).flatMap(({ name, path }) => (path.length === 0 ? [name] : [])));
  const root = { ...source, columns: source.columns.filter(({ name }) => ofRoot.has(name)) };
  const where = random.chance(20) ? [condition(draw, root, 1)] : [];
  return grouped(draw, source, where, random.chance(25) ? [] : drawKeys(draw, root));
}

function grouped(draw: Draw, source: Source, where: QueryExpr[], given?: readonly Typed[]): Drawn {
  const { random } = draw;
  const whole = given === undefined && random.chance(5) ? primaryKey(draw, source) : undefined;
  const keys = given ?? whole?.keys ?? drawKeys(draw, source);
  const list = new Items(draw);
  for (const key of keys) if (!random.chance(15)) list.add(key);
  for (const freed of whole?.freed ?? []) list.add(freed);
  const hasKeys = keys.length > 0 || random.chance(15);
  for (let n = (given === undefined ? 1 : 2) + random.upTo(2); n > 0; n--) {
    const beside = random.chance(6) ? besideGroup(draw, source, keys) : undefined;
    list.add(beside ?? aggregated(draw, source, hasKeys));
  }
  const having = random.chance(20) ? [havingOf(draw, source, keys)] : [];
  // Without GROUP BY a bare measure would group by the dimensions: something has to aggregate.
  const called = [...list.values.map(({ expr }) => expr), ...having].some((expr) =>
    leavesOf(expr).some(({ k }) => k === 'aggregate' || k === 'measure-call'),
  );
  const spec = hasKeys || !called ? groupSpec(draw, keys.length, whole !== undefined) : undefined;
  if (spec !== undefined && spec.k !== 'plain' && random.chance(40)) {
    const args = keys.slice(0, 1 + random.upTo(keys.length - 1)).map(({ expr }) => expr);
    list.add({ expr: leaf({ k: 'grouping', args }), type: 'int' });
  }
  if (random.chance(15)) list.add(windowOver(draw, list.values));
  const measures = measuresOf(source);
  const idle = spec?.k === 'plain' && keys.length > 0 && measures.length > 0 && random.chance(8);
  const distinct = random.chance(8);
  const body: Select = {
    ...selectFrom(source.from),
    distinct,
    items: list.items,
    where,
    keys: keys.map(({ expr }) => expr),
    spec,
    idleKeys: idle ? [name(draw, random.pick(measures), source.joined)] : [],
    having,
  };
  const sorts = spec === undefined || distinct ? [] : [aggregated(draw, source, true).expr];
  return { body, columns: list.columns, sorts };
}

function havingOf(draw: Draw, source: Source, keys: readonly Typed[]): QueryExpr {
  const { random } = draw;
  const beside = random.chance(10) ? besideGroup(draw, source, keys) : undefined;
  return above(draw, beside ?? aggregated(draw, source, true));
}

function drawKeys(draw: Draw, source: Source): Typed[] {
  const { random } = draw;
  const dimensions = dimensionsOf(source);
  const keys: Typed[] = [];
  for (let n = dimensions.length === 0 ? 0 : random.upTo(3); n > 0; n--) {
    const column = random.pick(dimensions);
    const { type } = column;
    const own = name(draw, column, source.joined);
    const expr: QueryExpr = random.chance(15) ? { k: 'coalesce', args: [own, constant(type)] } : own;
    if (!keys.some((key) => JSON.stringify(key.expr) === JSON.stringify(expr))) keys.push({ expr, type });
  }
  return keys;
}

/** A published primary key and columns that it frees (rule 11). */
function primaryKey(
  draw: Draw,
  { from, columns, joined }: Source,
): { readonly keys: Typed[]; readonly freed: Typed[] } | undefined {
  const { world, random } = draw;
  const view = from.k === 'view' ? world.views.find(({ name }) => name === from.view) : undefined;
  if (view === undefined) return undefined;
  const root = cubeOf(world, view.root);
  if (!root.keyDeclared || !root.keyPublic) return undefined;
  const shown = columnsOf(world, view);
  const typed = (wanted: (name: string) => boolean): Typed[] =>
    columns
      .filter((column) => wanted(column.name))
      .map((column) => ({ expr: name(draw, column, joined), type: column.type as Type }));
  const toOne = shown.filter(
    ({ path, dimension }) =>
      dimension !== undefined &&
      repeating(world, view.root, pathsOf(world, view.root, path, dimension.name)).size === 0,
  );
  const ofRoot = shown.filter(({ path, dimension }) => path.length === 0 && root.key.includes(dimension?.name ?? ''));
  const freed = random.some(toOne, 2).filter((column) => !ofRoot.includes(column));
  const named = (list: typeof shown) => typed((name) => list.some((column) => column.name === name));
  return ofRoot.length === root.key.length ? { keys: named(ofRoot), freed: named(freed) } : undefined;
}

function groupSpec({ random }: Draw, keys: number, whole: boolean): GroupSpec {
  if (keys === 0 || whole || !random.chance(20)) return { k: 'plain', ordinals: random.chance(40) };
  const k = random.pick(['rollup', 'cube', 'sets'] as const);
  if (k !== 'sets') return { k };
  const all = Array.from({ length: keys }, (_, i) => i);
  const sets = Array.from({ length: 1 + random.upTo(2) }, () => all.filter(() => random.chance(60)));
  // A key that is in no set is no key.
  return { k, sets: [all, ...sets] };
}
