/**
 * Names resolved and transparent subqueries dissolved (contract, section 5, rule 4): every expression is over columns
 * of references to views and of relations that have rows of their own.
 */
import { type Expr, leavesOf, mapLeaves, type Value } from './expression.ts';
import type { From, JoinType, OutputColumn, Query, QueryExpr, QueryLeaf, Select, SetOperator } from './query.ts';
import { columnsOf, type View, type ViewColumn, type World } from './world.ts';

/** One mention of a view in FROM. */
export type Reference = { readonly k: 'reference'; readonly id: number; readonly view: View };
/** A relation whose rows are its own: a query that is not transparent, VALUES, what a recursive term reads of itself. */
export type Opaque = { readonly k: 'opaque'; readonly id: number; readonly query: RQuery };

export type RLeaf =
  | { readonly k: 'dimension' | 'measure'; readonly of: Reference; readonly column: ViewColumn }
  | { readonly k: 'output'; readonly of: Opaque; readonly index: number }
  | { readonly k: 'outer'; readonly expr: RExpr }
  /** Column `name` of the transparent subquery `of`: two columns that are made alike are two all the same. */
  | { readonly k: 'through'; readonly subquery: number; readonly name: string; readonly expr: RExpr }
  /** An expression of one side of an outer join: NULL where that side has no row. */
  | { readonly k: 'joined'; readonly expr: RExpr; readonly sources: readonly (Reference | Opaque)[] }
  | {
      readonly k: 'aggregate';
      readonly fn: string;
      readonly distinct: boolean;
      readonly arg: RExpr | undefined;
      readonly filter: RExpr | undefined;
    }
  /** MEASURE(…), or an aggregate that means it. */
  | { readonly k: 'called'; readonly arg: RExpr; readonly filter: RExpr | undefined }
  | {
      readonly k: 'window';
      readonly fn: string;
      readonly arg: RExpr | undefined;
      readonly partitionBy: readonly RExpr[];
      readonly orderBy: readonly RExpr[];
    }
  | { readonly k: 'grouping'; readonly args: readonly RExpr[] }
  | { readonly k: 'exists' | 'scalar'; readonly query: RQuery }
  | { readonly k: 'in'; readonly arg: RExpr; readonly query: RQuery };
export type RExpr = Expr<RLeaf>;

export type RFrom =
  | Reference
  | Opaque
  /** A transparent subquery; what it is sorted by is used of its relations, though a sort of it says nothing outside. */
  | { readonly k: 'filtered'; readonly from: RFrom; readonly where: readonly RExpr[]; readonly sort: readonly RExpr[] }
  | {
      readonly k: 'join';
      readonly type: JoinType;
      readonly left: RFrom;
      readonly right: RFrom;
      readonly on: readonly RExpr[];
      /** The right side reads the left one. */
      readonly lateral: boolean;
    };

export type RSelect = {
  readonly k: 'select';
  readonly distinct: boolean | number;
  readonly items: readonly RExpr[];
  readonly from: RFrom;
  readonly where: readonly RExpr[];
  /** Undefined: rows stay rows. */
  readonly grouping:
    | { readonly keys: readonly RExpr[]; readonly sets: readonly (readonly number[])[]; readonly implicit: boolean }
    | undefined;
  readonly having: readonly RExpr[];
  readonly sort: readonly RExpr[];
};
export type RBody =
  | RSelect
  | { readonly k: 'set'; readonly op: SetOperator; readonly left: RQuery; readonly right: RQuery }
  | { readonly k: 'values'; readonly rows: readonly (readonly Value[])[] }
  | {
      readonly k: 'recursive';
      readonly id: number;
      readonly all: boolean;
      readonly base: RQuery;
      readonly step: RQuery;
    }
  /** The rows that the recursive query `of` found last. */
  | { readonly k: 'working'; readonly of: number };
export type RQuery = {
  readonly body: RBody;
  readonly order: Query['order'];
  readonly limit: number | undefined;
  readonly offset: number | undefined;
};

/** What a name stands for; `starred` false: `*` leaves it out, as USING merged it. */
type Name = { readonly rel: string; readonly name: string; readonly expr: RExpr; readonly starred?: boolean };
type Names = readonly Name[];
/** `beside`: names of the same FROM that LATERAL sees; an expression over them is none of an outer query. */
type Scope = { readonly names: Names; readonly beside: boolean; readonly parent: Scope | undefined };
/** The query of a CTE, or what a recursive one reads of itself. */
type Cte = Query | { readonly working: number; readonly columns: readonly OutputColumn[] };
type Ctes = ReadonlyMap<string, Cte>;
type Resolved = { readonly from: RFrom; readonly names: Names };

export class Resolver {
  readonly #world: World;
  #ids = 0;

  constructor(world: World) {
    this.#world = world;
  }

  query(query: Query, ctes: Ctes, outer: Scope | undefined): RQuery {
    const all = withCtes(query, ctes);
    return { ...plainQuery(this.#body(query, all, outer)), ...pick(query) };
  }

  #body({ body, columns }: Query, ctes: Ctes, outer: Scope | undefined): RBody {
    switch (body.k) {
      case 'set':
        return {
          k: 'set',
          op: body.op,
          left: this.query(body.left, ctes, outer),
          right: this.query(body.right, ctes, outer),
        };
      case 'recursive': {
        const id = this.#ids++;
        const base = this.query(body.base, ctes, outer);
        const step = this.query(body.step, new Map([...ctes, [body.name, { working: id, columns }]]), outer);
        return { k: 'recursive', id, all: body.op === 'UNION ALL', base, step };
      }
      case 'select':
        return this.#select(body, ctes, outer);
    }
  }

  #select(select: Select, ctes: Ctes, outer: Scope | undefined): RSelect {
    const parts = this.#parts(select, ctes, outer);
    const { items, rows, measured, having, keys, sort } = parts;
    const every = [...items, ...having, ...sort];
    const aggregates = every.some((expr) => has(expr, (leaf) => leaf.k === 'aggregate' || leaf.k === 'called'));
    const base = {
      k: 'select' as const,
      distinct: select.distinct,
      items,
      from: parts.from,
      where: rows,
      having: [...measured, ...having],
      sort,
    };
    if (select.spec !== undefined)
      return { ...base, grouping: { keys, sets: groupingSets(select, keys.length), implicit: false } };
    // Rule 3: another aggregate or a measure call groups; so does HAVING. Rules 4 and 5: by the own dimensions.
    if (aggregates || having.length > 0) return { ...base, grouping: { keys: [], sets: [[]], implicit: false } };
    if (measured.length === 0 && ![...items, ...sort].some(hasMeasure)) return { ...base, grouping: undefined };
    const own = items.filter((item) => !hasMeasure(item) && !has(item, ({ k }) => k === 'window') && item.k !== 'lit');
    return { ...base, grouping: { keys: own, sets: [own.map((_, i) => i)], implicit: true } };
  }

  #parts(select: Select, ctes: Ctes, outer: Scope | undefined) {
    const { from, names } = this.#from(select.from, ctes, outer);
    const scope: Scope = { names, beside: false, parent: outer };
    const on = (expr: QueryExpr): RExpr => this.#expr(expr, scope, ctes);
    const items = select.items.flatMap((item) => {
      if ('expr' in item) return [on(item.expr)];
      const { star } = item;
      const starred = names.filter(({ rel, starred }) => (star === undefined ? starred !== false : rel === star));
      return starred.map(({ expr }) => expr);
    });
    const where = select.where.map(on);
    return {
      from,
      items,
      rows: where.filter((conjunct) => !mentionsMeasure(conjunct)),
      measured: where.filter(mentionsMeasure),
      having: select.having.map(on),
      keys: select.keys.map(on),
      sort: select.sort.map(on),
    };
  }

  #from(from: From, ctes: Ctes, outer: Scope | undefined): Resolved {
    switch (from.k) {
      case 'view': {
        const view = this.#world.views.find(({ name }) => name === from.view);
        if (view === undefined) throw new Error(`no view ${from.view}`);
        const reference: Reference = { k: 'reference', id: this.#ids++, view };
        const names = columnsOf(this.#world, view).map((column) => {
          const k = column.measure === undefined ? ('dimension' as const) : ('measure' as const);
          return {
            rel: from.alias,
            name: column.name,
            expr: { k: 'leaf' as const, leaf: { k, of: reference, column } },
          };
        });
        return { from: reference, names };
      }
      case 'cte': {
        const cte = ctes.get(from.name);
        if (cte === undefined) throw new Error(`no CTE ${from.name}`);
        if ('working' in cte)
          return this.#opaque(plainQuery({ k: 'working', of: cte.working }), from.alias, namesOf(cte.columns));
        return this.#derived(cte, from.alias, ctes, undefined);
      }
      case 'subquery':
        return this.#derived(from.query, from.alias, ctes, outer);
      case 'values':
        return this.#opaque(plainQuery({ k: 'values', rows: from.rows }), from.alias, from.columns);
      case 'join':
        return this.#join(from, ctes, outer);
    }
  }

  #join(from: Extract<From, { k: 'join' }>, ctes: Ctes, outer: Scope | undefined): Resolved {
    const { type, on } = from;
    const left = this.#from(from.left, ctes, outer);
    const lateral = from.right.k === 'subquery' && from.right.lateral;
    const seen: Scope = { names: left.names, beside: true, parent: outer };
    const right = this.#from(from.right, ctes, lateral ? seen : outer);
    const lefts = type === 'right' || type === 'full' ? nullable(left) : left.names;
    const rights = type === 'left' || type === 'full' ? nullable(right) : right.names;
    const join = (names: Names, conditions: readonly RExpr[]): Resolved => ({
      from: { k: 'join', type, left: left.from, right: right.from, on: conditions, lateral },
      names,
    });
    if (on.k === 'none') return join([...lefts, ...rights], []);
    if (on.k === 'on') {
      const names = [...left.names, ...right.names];
      return join([...lefts, ...rights], [this.#expr(on.expr, { names, beside: false, parent: outer }, ctes)]);
    }
    const column = (names: Names, name: string): RExpr => starOf(names, name).expr;
    const merged = on.names.map((name): Name => {
      const [a, b] = [column(lefts, name), column(rights, name)];
      const both: RExpr = { k: 'coalesce', args: [a, b] };
      return { rel: '', name, expr: type === 'full' ? both : type === 'right' ? b : a };
    });
    const rest = (names: Names): Names =>
      names.map((one) => (on.names.includes(one.name) ? { ...one, starred: false } : one));
    const equal = on.names.map(
      (name): RExpr => ({ k: 'op', op: '=', args: [column(left.names, name), column(right.names, name)] }),
    );
    return join([...merged, ...rest(lefts), ...rest(rights)], equal);
  }

  #derived(query: Query, alias: string, ctes: Ctes, outer: Scope | undefined): Resolved {
    const all = withCtes(query, ctes);
    if (query.body.k === 'select' && this.#isTransparent(query, query.body, all, outer)) {
      const { from, items, rows, sort } = this.#parts(query.body, all, outer);
      const subquery = this.#ids++;
      const names = query.columns.map(({ name }, i): Name => {
        const expr = items[i] as RExpr;
        return { rel: alias, name, expr: { k: 'leaf', leaf: { k: 'through', subquery, name, expr } } };
      });
      return { from: { k: 'filtered' as const, from, where: rows, sort }, names };
    }
    // Its rows are made beside each row that LATERAL sees, which are one query further out then.
    const around = outer?.beside === true ? { ...outer, beside: false } : outer;
    return this.#opaque(this.query(query, ctes, around), alias, namesOf(query.columns));
  }

  #opaque(query: RQuery, alias: string, columns: readonly string[]): Resolved {
    const of: Opaque = { k: 'opaque', id: this.#ids++, query };
    const names = columns.map(
      (name, index): Name => ({ rel: alias, name, expr: { k: 'leaf', leaf: { k: 'output', of, index } } }),
    );
    return { from: of, names };
  }

  /** Rule 4; what MATERIALIZED does is said by `materialized` of a CTE, kept in its limit-free query as `opaque`. */
  #isTransparent(query: Query, select: Select, ctes: Ctes, outer: Scope | undefined): boolean {
    if (query.limit !== undefined || query.offset !== undefined) return false;
    if (select.distinct !== false || select.spec !== undefined) return false;
    if (select.having.length > 0 || materialized.has(query)) return false;
    const { items, measured, sort } = this.#parts(select, ctes, outer);
    const ends = (leaf: RLeaf): boolean => leaf.k === 'aggregate' || leaf.k === 'called' || leaf.k === 'window';
    return measured.length === 0 && !sort.some(hasMeasure) && ![...items, ...sort].some((expr) => has(expr, ends));
  }

  #expr(expr: QueryExpr, scope: Scope, ctes: Ctes): RExpr {
    return mapLeaves(expr, (leaf) => this.#leaf(leaf, scope, ctes));
  }

  #leaf(leaf: QueryLeaf, scope: Scope, ctes: Ctes): RExpr {
    const on = (expr: QueryExpr): RExpr => this.#expr(expr, scope, ctes);
    const filter = 'filter' in leaf && leaf.filter !== undefined ? on(leaf.filter) : undefined;
    switch (leaf.k) {
      case 'name':
        return lookup(leaf.rel, leaf.name, scope);
      case 'aggregate': {
        const arg = leaf.arg && on(leaf.arg);
        if (arg === undefined || !hasMeasure(arg))
          return { k: 'leaf', leaf: { k: 'aggregate', fn: leaf.fn, distinct: leaf.distinct, arg, filter } };
        return called(arg, filter);
      }
      case 'measure-call': {
        const arg = on(leaf.arg);
        // A call over an outer query's measure alone is that query's, as PostgreSQL has it for aggregates.
        if (arg.k === 'leaf' && arg.leaf.k === 'outer')
          return { k: 'leaf', leaf: { k: 'outer', expr: called(arg.leaf.expr, filter) } };
        return called(arg, filter);
      }
      case 'window':
        return {
          k: 'leaf',
          leaf: {
            k: 'window',
            fn: leaf.fn,
            arg: leaf.arg && on(leaf.arg),
            partitionBy: leaf.partitionBy.map(on),
            orderBy: leaf.orderBy.map(on),
          },
        };
      case 'grouping':
        return { k: 'leaf', leaf: { k: 'grouping', args: leaf.args.map(on) } };
      case 'exists':
        return { k: 'leaf', leaf: { k: 'exists', query: this.query(forExists(leaf.query), ctes, scope) } };
      case 'scalar':
        return { k: 'leaf', leaf: { k: 'scalar', query: this.query(leaf.query, ctes, scope) } };
      case 'in':
        return { k: 'leaf', leaf: { k: 'in', arg: on(leaf.arg), query: this.query(leaf.query, ctes, scope) } };
    }
  }
}

function plainQuery(body: RBody): RQuery {
  return { body, order: 'none', limit: undefined, offset: undefined };
}

function pick({ order, limit, offset }: Query): Omit<RQuery, 'body'> {
  return { order, limit, offset };
}

function namesOf(columns: readonly OutputColumn[]): readonly string[] {
  return columns.map(({ name }) => name);
}

/** The one column of a name that `*` shows. */
function starOf(names: Names, name: string): Name {
  const found = names.find((candidate) => candidate.name === name && candidate.starred !== false);
  if (found === undefined) throw new Error(`no column ${name}`);
  return found;
}

function nullable({ from, names }: Resolved): Names {
  const sources = sourcesOf(from);
  // What is evaluated above the join is a measure over the rows that there are.
  return names.map(({ expr, ...name }) => ({
    ...name,
    expr: hasMeasure(expr) ? expr : { k: 'leaf', leaf: { k: 'joined', expr, sources } },
  }));
}

/** The relations below a FROM item, transparent subqueries looked through. */
export function sourcesOf(from: RFrom): (Reference | Opaque)[] {
  switch (from.k) {
    case 'reference':
    case 'opaque':
      return [from];
    case 'filtered':
      return sourcesOf(from.from);
    case 'join':
      return [...sourcesOf(from.left), ...sourcesOf(from.right)];
  }
}

/** EXISTS ignores its select list: a bare measure there groups nothing (rule 4). */
function forExists(query: Query): Query {
  const { body } = query;
  if (body.k !== 'select' || body.spec !== undefined) return query;
  const leaves = body.items.flatMap((item) => ('expr' in item ? leavesOf(item.expr) : []));
  return leaves.some(({ k }) => k === 'aggregate' || k === 'measure-call')
    ? query
    : { ...query, body: { ...body, items: [] } };
}

const materialized = new WeakSet<Query>();

function withCtes(query: Query, outer: Ctes): Ctes {
  const all = new Map(outer);
  for (const cte of query.ctes) {
    if (cte.materialized === true) materialized.add(cte.query);
    // A CTE reads those before it.
    all.set(cte.name, cte.query);
  }
  return all;
}

/** `agg(CASE WHEN dims THEN m END)` is `agg(m) FILTER (WHERE dims)` (rule 2). */
function called(arg: RExpr, filter: RExpr | undefined): RExpr {
  if (arg.k === 'case') {
    const both: RExpr = filter === undefined ? arg.when : { k: 'and', args: [filter, arg.when] };
    return called(arg.then, both);
  }
  return { k: 'leaf', leaf: { k: 'called', arg, filter } };
}

function lookup(rel: string, name: string, scope: Scope): RExpr {
  const found = scope.names.find((candidate) => candidate.rel === rel && candidate.name === name);
  if (found !== undefined) return found.expr;
  if (scope.parent === undefined) throw new Error(`no column ${rel}.${name}`);
  if (scope.parent.beside) return lookup(rel, name, scope.parent);
  return { k: 'leaf', leaf: { k: 'outer', expr: lookup(rel, name, scope.parent) } };
}

function groupingSets({ spec }: Select, keys: number): readonly (readonly number[])[] {
  const all = Array.from({ length: keys }, (_, i) => i);
  switch (spec?.k) {
    case 'sets':
      return spec.sets;
    case 'rollup':
      return [...all, keys].map((n) => all.slice(0, keys - n));
    case 'cube':
      return all.reduce<number[][]>((sets, key) => sets.flatMap((set) => [[...set, key], set]), [[]]);
    default:
      return [all];
  }
}

/** True for a leaf of this SELECT's own; those of subqueries are not looked at. */
export function has(expr: RExpr, holds: (leaf: RLeaf) => boolean): boolean {
  return leavesOf(expr).some((leaf) => holds(leaf) || partsOf(leaf).some((part) => has(part, holds)));
}

/** A measure that nothing has called. */
function hasMeasure(expr: RExpr): boolean {
  return leavesOf(expr).some(
    (leaf) => leaf.k === 'measure' || (leaf.k !== 'called' && leaf.k !== 'outer' && partsOf(leaf).some(hasMeasure)),
  );
}

function mentionsMeasure(expr: RExpr): boolean {
  return has(expr, ({ k }) => k === 'measure');
}

/** Expressions inside a leaf, its subqueries left out. */
export function partsOf(leaf: RLeaf): readonly RExpr[] {
  switch (leaf.k) {
    case 'dimension':
    case 'measure':
    case 'output':
    case 'exists':
    case 'scalar':
    case 'outer':
      return [];
    case 'aggregate':
    case 'called':
      return [leaf.arg, leaf.filter].filter((part) => part !== undefined);
    case 'grouping':
      return leaf.args;
    case 'window':
      return [...(leaf.arg === undefined ? [] : [leaf.arg]), ...leaf.partitionBy, ...leaf.orderBy];
    case 'in':
      return [leaf.arg];
    case 'joined':
    case 'through':
      return [leaf.expr];
  }
}

/** The expressions of a SELECT but those of its FROM. */
export function exprsOf({ items, where, having, sort, grouping }: RSelect): readonly RExpr[] {
  return [...items, ...where, ...having, ...sort, ...(grouping?.keys ?? [])];
}

/** The queries that a body is made of. */
export function queriesOf(body: RBody): readonly RQuery[] {
  switch (body.k) {
    case 'set':
      return [body.left, body.right];
    case 'recursive':
      return [body.base, body.step];
    case 'select':
    case 'values':
    case 'working':
      return [];
  }
}
