/** Random queries over a random model: a grammar of what section 5 of the contract speaks of. */
import fc, { type Arbitrary } from 'fast-check';
import { type Expr, leavesOf, lit, type Type } from './expression.ts';
import type { Aggregate, From, GroupSpec, Item, OutputColumn, Query, QueryExpr, QueryLeaf, Select } from './query.ts';
import { type Random, randomOf } from './random.ts';
import { columnsOf, type World } from './world.ts';

export function queryArbitrary(world: World): Arbitrary<Query> {
  return fc.gen().map((g) => new Generator(world, randomOf(g)).statement());
}

type Column = OutputColumn & { readonly rel: string };
type Source = { readonly from: From; readonly columns: readonly Column[]; readonly joined: boolean };
type Cte = { readonly name: string; readonly query: Query; readonly materialized: boolean | undefined };

class Generator {
  readonly #world: World;
  readonly #random: Random;
  #names = 0;
  /** Names stand alone where they can. */
  readonly #bare: boolean;

  constructor(world: World, random: Random) {
    this.#world = world;
    this.#random = random;
    this.#bare = random.chance(50);
  }

  statement(): Query {
    const random = this.#random;
    const ctes: Cte[] = [];
    if (random.chance(20)) {
      const query = this.#query(1, [], true);
      ctes.push({ name: 'q', query, materialized: random.pick([undefined, undefined, true, false]) });
    }
    const query = this.#query(random.upTo(3), ctes, false);
    const order = random.pick(['none', 'none', 'asc', 'desc'] as const);
    const limit = order !== 'none' && random.chance(30) ? random.upTo(4) : undefined;
    return query.limit === undefined && query.offset === undefined
      ? { ...query, ctes, order, limit }
      : { ...query, ctes };
  }

  /** @param travels bare measures may go up out of it */
  #query(depth: number, ctes: readonly Cte[], travels: boolean): Query {
    const random = this.#random;
    if (depth > 0 && random.chance(8)) return this.#set(depth - 1, ctes);
    const { body, columns } = this.#select(depth, ctes, travels);
    const limited = travels && random.chance(12);
    const query: Query = {
      ctes: [],
      body,
      order: limited ? random.pick(['asc', 'desc'] as const) : 'none',
      limit: limited ? 1 + random.upTo(4) : undefined,
      offset: limited && random.chance(30) ? 1 : undefined,
      columns,
    };
    return limited ? { ...query, columns: plain(columns) } : query;
  }

  #set(depth: number, ctes: readonly Cte[]): Query {
    const op = this.#random.pick(['UNION ALL', 'UNION', 'EXCEPT'] as const);
    const left = this.#query(depth, ctes, false);
    const right = this.#query(depth, ctes, false);
    const same =
      left.columns.length === right.columns.length &&
      left.columns.every(({ type }, i) => right.columns[i]?.type === type);
    return {
      ctes: [],
      body: { k: 'set', op, left, right: same ? right : left },
      order: 'none',
      limit: undefined,
      offset: undefined,
      columns: plain(left.columns),
    };
  }

  #select(depth: number, ctes: readonly Cte[], travels: boolean): { body: Select; columns: OutputColumn[] } {
    const source = this.#source(depth, ctes);
    const random = this.#random;
    const where = random.chance(45) ? this.#conditions(source, travels) : [];
    if (random.chance(55)) return this.#grouped(source, where);
    if (random.chance(8)) {
      const columns = source.columns.map(({ name, type, measure }) => ({ name, type, measure }));
      if (!source.joined && new Set(columns.map(({ name }) => name)).size === columns.length) {
        const body: Select = {
          k: 'select',
          distinct: false,
          items: undefined,
          from: source.from,
          where,
          keys: [],
          spec: undefined,
          having: [],
        };
        return { body, columns: keepsMeasures(body, travels) ? columns : plain(columns) };
      }
    }
    return this.#plain(source, where, travels);
  }

  // FROM

  #source(depth: number, ctes: readonly Cte[]): Source {
    const random = this.#random;
    const one = this.#relation(depth, ctes);
    if (!random.chance(15)) return one;
    const other = this.#relation(Math.max(0, depth - 1), ctes);
    const columns = [...one.columns, ...other.columns];
    const type = random.pick(['inner', 'left', 'cross', 'full'] as const);
    const keys = (source: Source): Column[] =>
      source.columns.filter((column) => column.type === 'int' && column.measure === undefined);
    const [lefts, rights] = [keys(one), keys(other)];
    if (type === 'cross' || lefts.length === 0 || rights.length === 0)
      return {
        from: { k: 'join', type: 'cross', left: one.from, right: other.from, on: undefined },
        columns,
        joined: true,
      };
    const on: QueryExpr = {
      k: 'op',
      op: '=',
      args: [this.#name(random.pick(lefts), true), this.#name(random.pick(rights), true)],
    };
    return { from: { k: 'join', type, left: one.from, right: other.from, on }, columns, joined: true };
  }

  #relation(depth: number, ctes: readonly Cte[]): Source {
    const random = this.#random;
    const [cte] = ctes;
    if (cte !== undefined && random.chance(70)) {
      const alias = this.#fresh('x');
      const columns = cte.materialized === true ? plain(cte.query.columns) : cte.query.columns;
      return {
        from: { k: 'cte', name: cte.name, alias },
        columns: columns.map((column) => ({ ...column, rel: alias })),
        joined: false,
      };
    }
    if (depth > 0 && random.chance(65)) {
      const query = this.#query(depth - 1, ctes, true);
      const alias = this.#fresh('t');
      return {
        from: { k: 'subquery', query, alias },
        columns: query.columns.map((column) => ({ ...column, rel: alias })),
        joined: false,
      };
    }
    const view = this.#world.views[random.chance(20) ? 1 : 0] ?? this.#world.views[0];
    if (view === undefined) throw new Error('no view');
    const alias = this.#fresh(view.name);
    const columns = columnsOf(this.#world, view).map(({ name, type, measure }) => ({
      name,
      type,
      measure: measure?.type,
      rel: alias,
    }));
    return { from: { k: 'view', view: view.name, alias }, columns, joined: false };
  }

  // SELECT without grouping

  #plain(source: Source, where: QueryExpr[], travels: boolean): { body: Select; columns: OutputColumn[] } {
    const random = this.#random;
    const items: Item[] = [];
    const columns: OutputColumn[] = [];
    const add = (expr: QueryExpr, type: Type, measure: string | undefined): void => {
      const alias = this.#fresh('o');
      items.push({ expr, alias });
      columns.push({ name: alias, type, measure });
    };
    for (let n = 1 + random.upTo(3); n > 0; n--) {
      const column = random.pick(source.columns);
      if (random.chance(5)) {
        const scalar = this.#scalar(source);
        if (scalar !== undefined) add(scalar, 'int', undefined);
      } else if (column.measure === undefined) {
        const type = random.pick([column.type, column.type, 'int', 'text', 'bool'] as const);
        const expr = type === column.type ? this.#name(column, source.joined) : this.#row(source, type, 1);
        add(expr, type, undefined);
      } else if (column.type === 'int' && random.chance(15))
        add({ k: 'op', op: '+', args: [this.#name(column, source.joined), lit(1)] }, 'int', 'number');
      else if (column.type === 'int' && random.chance(10))
        add({ k: 'coalesce', args: [this.#name(column, source.joined), lit(0)] }, 'int', 'number');
      else add(this.#name(column, source.joined), column.type, column.measure);
    }
    if (random.chance(8))
      add(
        this.#window(
          items.map(({ expr }) => expr),
          columns,
        ),
        'int',
        undefined,
      );
    const distinct = random.chance(10);
    const body: Select = {
      k: 'select',
      distinct,
      items,
      from: source.from,
      where,
      keys: [],
      spec: undefined,
      having: [],
    };
    return { body, columns: keepsMeasures(body, travels) ? columns : plain(columns) };
  }

  #window(items: readonly QueryExpr[], columns: readonly OutputColumn[]): QueryExpr {
    const random = this.#random;
    // A subquery is equal to itself alone, so a grouped one cannot be said again.
    const plain = (expr: QueryExpr): boolean => !leavesOf(expr).some(({ k }) => k === 'scalar');
    const over = items.filter(plain);
    const ints = items.filter((expr, i) => columns[i]?.type === 'int' && plain(expr));
    const partitionBy = random.chance(50) && over.length > 0 ? [random.pick(over)] : [];
    const fn = ints.length === 0 ? 'count' : random.pick(['sum', 'count', 'max', 'rank'] as const);
    const arg =
      fn === 'rank' || ints.length === 0 || (fn === 'count' && random.chance(50)) ? undefined : random.pick(ints);
    const orderBy = fn === 'rank' ? [random.pick(over)] : [];
    return { k: 'leaf', leaf: { k: 'window', fn, arg, partitionBy, orderBy } };
  }

  // SELECT with grouping

  #grouped(source: Source, where: QueryExpr[]): { body: Select; columns: OutputColumn[] } {
    const random = this.#random;
    const dimensions = source.columns.filter(({ measure }) => measure === undefined);
    const keys: { expr: QueryExpr; type: Type }[] = [];
    for (let n = dimensions.length === 0 ? 0 : random.upTo(3); n > 0; n--) {
      const column = random.pick(dimensions);
      const key = random.chance(15)
        ? {
            expr: {
              k: 'coalesce' as const,
              args: [this.#name(column, source.joined), this.#zero(column.type)] as const,
            },
            type: column.type,
          }
        : { expr: this.#name(column, source.joined), type: column.type };
      if (!keys.some(({ expr }) => JSON.stringify(expr) === JSON.stringify(key.expr))) keys.push(key);
    }
    const items: Item[] = [];
    const columns: OutputColumn[] = [];
    const add = (expr: QueryExpr, type: Type): void => {
      const alias = this.#fresh('o');
      items.push({ expr, alias });
      columns.push({ name: alias, type, measure: undefined });
    };
    for (const key of keys) if (!random.chance(15)) add(key.expr, key.type);
    const hasKeys = keys.length > 0 || random.chance(15);
    for (let n = 1 + random.upTo(2); n > 0; n--) {
      const value = this.#aggregated(source, hasKeys);
      add(value.expr, value.type);
    }
    const having = random.chance(20) ? [this.#over(this.#aggregated(source, true))] : [];
    // Without GROUP BY a bare measure would group by the dimensions: something has to aggregate.
    const called = [...items.map(({ expr }) => expr), ...having].some((expr) =>
      leavesOf(expr).some(({ k }) => k !== 'name'),
    );
    const spec: GroupSpec | undefined = hasKeys || !called ? this.#spec(keys.length) : undefined;
    if (random.chance(12))
      add(
        this.#window(
          items.map(({ expr }) => expr),
          columns,
        ),
        'int',
      );
    const distinct = random.chance(8);
    return {
      body: {
        k: 'select',
        distinct,
        items,
        from: source.from,
        where,
        keys: keys.map(({ expr }) => expr),
        spec,
        having,
      },
      columns,
    };
  }

  #spec(keys: number): GroupSpec {
    const random = this.#random;
    if (keys === 0 || !random.chance(20)) return { k: 'plain', ordinals: random.chance(40) };
    const k = random.pick(['rollup', 'cube', 'sets'] as const);
    if (k !== 'sets') return { k };
    const all = Array.from({ length: keys }, (_, i) => i);
    const sets = Array.from({ length: 1 + random.upTo(2) }, () => all.filter(() => random.chance(60)));
    // A key that is in no set is no key.
    return { k, sets: [all, ...sets] };
  }

  /** An aggregate, a measure in one of its spellings, or an expression over such. */
  #aggregated(source: Source, bare: boolean): { expr: QueryExpr; type: Type } {
    const random = this.#random;
    const measures = source.columns.filter(({ measure }) => measure !== undefined);
    if (measures.length > 0 && random.chance(60)) {
      const column = random.pick(measures);
      return { expr: this.#measure(source, column, bare), type: column.type };
    }
    return this.#ordinary(source);
  }

  #measure(source: Source, column: Column, bare: boolean): QueryExpr {
    const random = this.#random;
    const name = this.#name(column, source.joined);
    if (bare && random.chance(30)) return name;
    const filter = random.chance(25) ? this.#condition(source, 1) : undefined;
    if (random.chance(40))
      return leaf({ k: 'measure-call', fn: random.pick(['MEASURE', 'AGGREGATE', 'AGG']), arg: name, filter });
    const { fn, distinct } = random.pick(MATCHING[column.measure ?? 'number'] ?? []);
    const when = !distinct && random.chance(20) ? this.#condition(source, 1) : undefined;
    const arg: QueryExpr = when === undefined ? name : { k: 'case', when, then: name };
    return leaf({ k: 'aggregate', fn, distinct, arg, filter });
  }

  #ordinary(source: Source): { expr: QueryExpr; type: Type } {
    const random = this.#random;
    const filter = random.chance(20) ? this.#condition(source, 1) : undefined;
    const call = (fn: Aggregate, arg: QueryExpr | undefined, type: Type, distinct = false) => ({
      expr: leaf({ k: 'aggregate', fn, distinct, arg, filter }),
      type,
    });
    switch (random.upTo(8)) {
      case 0:
        return call('count', undefined, 'int');
      case 1:
        return call('sum', this.#row(source, 'int', 1), 'int');
      case 2:
        return call('count', this.#row(source, random.pick(['int', 'text'] as const), 1), 'int');
      case 3:
        return call('count', this.#row(source, random.pick(['int', 'text'] as const), 1), 'int', true);
      case 4:
        return call('avg', this.#row(source, 'int', 1), 'num');
      case 5:
        return call('min', this.#row(source, 'int', 1), 'int');
      case 6:
        return call('max', this.#row(source, 'text', 0), 'text');
      case 7:
        return call(random.pick(['sum', 'count'] as const), lit(1), 'int');
      default:
        return call('sum', this.#row(source, 'int', 2), 'int', random.chance(15));
    }
  }

  #over({ expr, type }: { expr: QueryExpr; type: Type }): QueryExpr {
    if (type === 'int' || type === 'num')
      return { k: 'op', op: this.#random.pick(['>', '>=', '<'] as const), args: [expr, lit(this.#random.upTo(3))] };
    return { k: 'notnull', arg: expr };
  }

  // Conditions and values of rows

  #conditions(source: Source, travels: boolean): QueryExpr[] {
    const random = this.#random;
    const measures = source.columns.filter(
      ({ measure, type }) => measure !== undefined && (type === 'int' || type === 'num'),
    );
    const list = [this.#condition(source, 2)];
    if (random.chance(25)) list.push(this.#condition(source, 1));
    if (!travels && measures.length > 0 && random.chance(15)) {
      const column = random.pick(measures);
      const name = this.#name(column, source.joined);
      list.push(
        this.#over({
          expr: random.chance(30) ? leaf({ k: 'measure-call', fn: 'MEASURE', arg: name, filter: undefined }) : name,
          type: column.type,
        }),
      );
    }
    return list;
  }

  #condition(source: Source, depth: number): QueryExpr {
    const random = this.#random;
    if (depth > 0) {
      switch (random.upTo(9)) {
        case 7:
          return {
            k: random.pick(['and', 'or'] as const),
            args: [this.#condition(source, depth - 1), this.#condition(source, depth - 1)],
          };
        case 8:
          return { k: 'not', arg: this.#condition(source, depth - 1) };
        case 9:
          return this.#subqueryCondition(source);
        default:
          break;
      }
    }
    const type = random.pick(['int', 'text', 'int', 'bool'] as const);
    if (random.chance(12)) return { k: random.pick(['isnull', 'notnull'] as const), arg: this.#row(source, type, 0) };
    if (type === 'bool') return this.#row(source, 'bool', 0);
    const op = random.pick(['=', '<>', '>', '<=', '>=', '<'] as const);
    const constant = type === 'int' ? lit(random.pick([1, 2, 0, 3])) : lit(random.pick(['a', 'b', 'c']));
    return {
      k: 'op',
      op,
      args: [this.#row(source, type, 0), random.chance(15) ? this.#row(source, type, 0) : constant],
    };
  }

  /** EXISTS and IN over a view, correlated or not. */
  #subqueryCondition(source: Source): QueryExpr {
    const random = this.#random;
    const inner = this.#relation(0, []);
    const dimensions = inner.columns.filter(({ measure, type }) => measure === undefined && type === 'int');
    const outer = this.#row(source, 'int', 0, true);
    if (dimensions.length === 0) return { k: 'isnull', arg: outer };
    const column = this.#name(random.pick(dimensions), true);
    const base: Select = {
      k: 'select',
      distinct: false,
      items: [{ expr: column, alias: 'i' }],
      from: inner.from,
      where: [],
      keys: [],
      spec: undefined,
      having: [],
    };
    const query = (body: Select): Query => ({
      ctes: [],
      body,
      order: 'none',
      limit: undefined,
      offset: undefined,
      columns: [{ name: 'i', type: 'int', measure: undefined }],
    });
    if (random.chance(50)) {
      const same: QueryExpr = { k: 'op', op: '=', args: [column, outer] };
      return leaf({ k: 'exists', query: query({ ...base, items: [{ expr: lit(1), alias: 'i' }], where: [same] }) });
    }
    const measures = inner.columns.filter(({ measure, type }) => measure !== undefined && type === 'int');
    if (measures.length > 0 && random.chance(30)) {
      const item = {
        expr: leaf({
          k: 'measure-call',
          fn: 'MEASURE',
          arg: this.#name(random.pick(measures), true),
          filter: undefined,
        }),
        alias: 'i',
      };
      return leaf({
        k: 'in',
        arg: outer,
        query: query({ ...base, items: [item], keys: [column], spec: { k: 'plain', ordinals: false } }),
      });
    }
    return leaf({
      k: 'in',
      arg: outer,
      query: query({ ...base, where: random.chance(40) ? [this.#condition({ ...inner, joined: true }, 0)] : [] }),
    });
  }

  /** An expression over dimensions. */
  #row(source: Source, type: Type, depth: number, qualified = false): QueryExpr {
    const random = this.#random;
    const columns = source.columns.filter((column) => column.type === type && column.measure === undefined);
    if (depth > 0 && random.chance(30)) {
      if (type === 'int') {
        const args = [this.#row(source, type, depth - 1), this.#row(source, type, depth - 1)] as const;
        const k = random.upTo(2);
        if (k === 0) return { k: 'coalesce', args: [args[0], lit(1)] };
        if (k === 1) return { k: 'op', op: random.pick(['+', '*'] as const), args };
        return {
          k: 'case',
          when: this.#condition(source, 1),
          then: args[0],
          otherwise: random.chance(50) ? args[1] : undefined,
        };
      }
      if (type === 'text') return { k: 'coalesce', args: [this.#row(source, type, 0), lit('q')] };
    }
    if (columns.length === 0)
      return type === 'bool' ? { k: 'isnull', arg: this.#row(source, 'int', 0, qualified) } : this.#zero(type);
    return this.#name(random.pick(columns), source.joined || qualified);
  }

  /** A measure of another reference, for the rows that match this one's. */
  #scalar(source: Source): QueryExpr | undefined {
    const random = this.#random;
    const inner = this.#relation(0, []);
    const dimensions = inner.columns.filter(({ measure, type }) => measure === undefined && type === 'int');
    const measures = inner.columns.filter(({ measure, type }) => measure !== undefined && type === 'int');
    if (dimensions.length === 0 || measures.length === 0) return undefined;
    const outer = this.#row(source, 'int', 0, true);
    const same: QueryExpr = { k: 'op', op: '=', args: [this.#name(random.pick(dimensions), true), outer] };
    const body: Select = {
      k: 'select',
      distinct: false,
      items: [{ expr: this.#measure({ ...inner, joined: true }, random.pick(measures), false), alias: 'i' }],
      from: inner.from,
      where: [same],
      keys: [],
      spec: undefined,
      having: [],
    };
    const columns = [{ name: 'i', type: 'int' as const, measure: undefined }];
    return leaf({
      k: 'scalar',
      query: { ctes: [], body, order: 'none', limit: undefined, offset: undefined, columns },
    });
  }

  #zero(type: Type): QueryExpr {
    switch (type) {
      case 'int':
      case 'num':
        return lit(0);
      case 'text':
        return lit('q');
      case 'bool':
        return lit(false);
    }
  }

  #name({ rel, name }: Column, qualified: boolean): QueryExpr {
    return leaf({ k: 'name', rel, name, bare: !qualified && this.#bare });
  }

  #fresh(prefix: string): string {
    this.#names++;
    return `${prefix}${this.#names}`;
  }
}

function leaf(leaf: QueryLeaf): Expr<QueryLeaf> {
  return { k: 'leaf', leaf };
}

/** Aggregates that mean a measure of a type (rule 2). */
const MATCHING: Readonly<Record<string, readonly { readonly fn: Aggregate; readonly distinct: boolean }[]>> = {
  count: [
    { fn: 'sum', distinct: false },
    { fn: 'count', distinct: false },
  ],
  count_distinct: [
    { fn: 'count', distinct: true },
    { fn: 'count', distinct: false },
  ],
  sum: [{ fn: 'sum', distinct: false }],
  avg: [{ fn: 'avg', distinct: false }],
  min: [{ fn: 'min', distinct: false }],
  max: [{ fn: 'max', distinct: false }],
  number: (['sum', 'avg', 'max', 'count'] as const).map((fn) => ({ fn, distinct: false })),
  string: (['min', 'max'] as const).map((fn) => ({ fn, distinct: false })),
  boolean: (['min', 'max'] as const).map((fn) => ({ fn, distinct: false })),
};

function plain(columns: readonly OutputColumn[]): OutputColumn[] {
  return columns.map((column) => ({ ...column, measure: undefined }));
}

/** Rule 4: measures travel up through a SELECT that does nothing but select. */
function keepsMeasures({ distinct, items, spec, having }: Select, travels: boolean): boolean {
  const windows = items?.some(({ expr }) => leavesOf(expr).some(({ k }) => k === 'window')) ?? false;
  return travels && !distinct && spec === undefined && having.length === 0 && !windows;
}
