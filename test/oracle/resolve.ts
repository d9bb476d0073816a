/**
 * Names resolved and transparent subqueries dissolved (contract, section 5, rule 4): every expression is over columns
 * of references to views and of relations that have rows of their own.
 */
import { type Expr, leavesOf, mapLeaves } from './expression.ts';
import type { Body, From, Query, QueryExpr, QueryLeaf, Select } from './query.ts';
import { columnsOf, type View, type ViewColumn, type World } from './world.ts';

/** One mention of a view in FROM. */
export type Reference = { readonly k: 'reference'; readonly id: number; readonly view: View };
/** A relation whose rows are its own: a query that is not transparent. */
export type Opaque = { readonly k: 'opaque'; readonly id: number; readonly query: RQuery };

export type RLeaf =
  | { readonly k: 'dimension' | 'measure'; readonly of: Reference; readonly column: ViewColumn }
  | { readonly k: 'output'; readonly of: Opaque; readonly index: number }
  | { readonly k: 'outer'; readonly expr: RExpr }
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
  | { readonly k: 'exists' | 'scalar'; readonly query: RQuery }
  | { readonly k: 'in'; readonly arg: RExpr; readonly query: RQuery };
export type RExpr = Expr<RLeaf>;

export type RFrom =
  | Reference
  | Opaque
  | { readonly k: 'filtered'; readonly from: RFrom; readonly where: readonly RExpr[] }
  | {
      readonly k: 'join';
      readonly type: 'inner' | 'left' | 'full' | 'cross';
      readonly left: RFrom;
      readonly right: RFrom;
      readonly on: RExpr | undefined;
    };

export type RSelect = {
  readonly k: 'select';
  readonly distinct: boolean;
  readonly items: readonly RExpr[];
  readonly from: RFrom;
  readonly where: readonly RExpr[];
  /** Undefined: rows stay rows. */
  readonly grouping:
    | { readonly keys: readonly RExpr[]; readonly sets: readonly (readonly number[])[]; readonly implicit: boolean }
    | undefined;
  readonly having: readonly RExpr[];
};
export type RQuery = {
  readonly body: RSelect | { readonly k: 'set'; readonly op: string; readonly left: RQuery; readonly right: RQuery };
  readonly order: Query['order'];
  readonly limit: number | undefined;
  readonly offset: number | undefined;
};

/** What a name stands for. */
type Names = readonly { readonly rel: string; readonly name: string; readonly expr: RExpr }[];
type Scope = { readonly names: Names; readonly parent: Scope | undefined };
type Ctes = ReadonlyMap<string, Query>;

export class Resolver {
  readonly #world: World;
  #ids = 0;

  constructor(world: World) {
    this.#world = world;
  }

  query(query: Query, ctes: Ctes, outer: Scope | undefined): RQuery {
    const all = withCtes(query, ctes);
    return { body: this.#body(query.body, all, outer), order: query.order, limit: query.limit, offset: query.offset };
  }

  #body(body: Body, ctes: Ctes, outer: Scope | undefined): RQuery['body'] {
    if (body.k === 'set')
      return {
        k: 'set',
        op: body.op,
        left: this.query(body.left, ctes, outer),
        right: this.query(body.right, ctes, outer),
      };
    return this.#select(body, ctes, outer);
  }

  #select(select: Select, ctes: Ctes, outer: Scope | undefined): RSelect {
    const parts = this.#parts(select, ctes, outer);
    const { items, rows, measured, having, keys } = parts;
    const every = [...items, ...having];
    const aggregates = every.some((expr) => has(expr, (leaf) => leaf.k === 'aggregate' || leaf.k === 'called'));
    const base = {
      k: 'select' as const,
      distinct: select.distinct,
      items,
      from: parts.from,
      where: rows,
      having: [...measured, ...having],
    };
    if (select.spec !== undefined)
      return { ...base, grouping: { keys, sets: groupingSets(select, keys.length), implicit: false } };
    // Rule 3: another aggregate or a measure call groups; so does HAVING. Rules 4 and 5: by the own dimensions.
    if (aggregates || having.length > 0) return { ...base, grouping: { keys: [], sets: [[]], implicit: false } };
    if (measured.length === 0 && !items.some(hasMeasure)) return { ...base, grouping: undefined };
    const own = items.filter((item) => !hasMeasure(item) && !has(item, ({ k }) => k === 'window') && item.k !== 'lit');
    return { ...base, grouping: { keys: own, sets: [own.map((_, i) => i)], implicit: true } };
  }

  #parts(select: Select, ctes: Ctes, outer: Scope | undefined) {
    const { from, names } = this.#from(select.from, ctes, outer);
    const scope: Scope = { names, parent: outer };
    const on = (expr: QueryExpr): RExpr => this.#expr(expr, scope, ctes);
    const items = select.items === undefined ? names.map(({ expr }) => expr) : select.items.map(({ expr }) => on(expr));
    const where = select.where.map(on);
    return {
      from,
      items,
      rows: where.filter((conjunct) => !mentionsMeasure(conjunct)),
      measured: where.filter(mentionsMeasure),
      having: select.having.map(on),
      keys: select.keys.map(on),
    };
  }

  #from(from: From, ctes: Ctes, outer: Scope | undefined): { readonly from: RFrom; readonly names: Names } {
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
        const query = ctes.get(from.name);
        if (query === undefined) throw new Error(`no CTE ${from.name}`);
        return this.#derived(query, from.alias, ctes, undefined);
      }
      case 'subquery':
        return this.#derived(from.query, from.alias, ctes, outer);
      case 'join': {
        const left = this.#from(from.left, ctes, outer);
        const right = this.#from(from.right, ctes, outer);
        const keepsLeft = from.type === 'inner' || from.type === 'cross' || from.type === 'left';
        const keepsRight = from.type === 'inner' || from.type === 'cross';
        const names = [...(keepsLeft ? left.names : nullable(left)), ...(keepsRight ? right.names : nullable(right))];
        const on = from.on && this.#expr(from.on, { names, parent: outer }, ctes);
        return { from: { k: 'join', type: from.type, left: left.from, right: right.from, on }, names };
      }
    }
  }

  #derived(query: Query, alias: string, ctes: Ctes, outer: Scope | undefined) {
    const all = withCtes(query, ctes);
    const named = (exprs: readonly RExpr[]): Names =>
      query.columns.map(({ name }, i) => ({ rel: alias, name, expr: exprs[i] as RExpr }));
    if (query.body.k === 'select' && this.#isTransparent(query, query.body, all, outer)) {
      const { from, items, rows } = this.#parts(query.body, all, outer);
      return { from: { k: 'filtered' as const, from, where: rows }, names: named(items) };
    }
    const opaque: Opaque = { k: 'opaque', id: this.#ids++, query: this.query(query, ctes, outer) };
    return {
      from: opaque,
      names: named(query.columns.map((_, index) => ({ k: 'leaf', leaf: { k: 'output', of: opaque, index } }))),
    };
  }

  /** Rule 4; what MATERIALIZED does is said by `materialized` of a CTE, kept in its limit-free query as `opaque`. */
  #isTransparent(query: Query, select: Select, ctes: Ctes, outer: Scope | undefined): boolean {
    if (query.limit !== undefined || query.offset !== undefined || select.distinct || select.spec !== undefined)
      return false;
    if (select.having.length > 0 || materialized.has(query)) return false;
    const { items, measured } = this.#parts(select, ctes, outer);
    const ends = (leaf: RLeaf): boolean => leaf.k === 'aggregate' || leaf.k === 'called' || leaf.k === 'window';
    return measured.length === 0 && !items.some((item) => has(item, ends));
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
      case 'measure-call':
        return called(on(leaf.arg), filter);
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
      case 'exists':
      case 'scalar':
        return { k: 'leaf', leaf: { k: leaf.k, query: this.query(leaf.query, ctes, scope) } };
      case 'in':
        return { k: 'leaf', leaf: { k: 'in', arg: on(leaf.arg), query: this.query(leaf.query, ctes, scope) } };
    }
  }
}

function nullable({ from, names }: { readonly from: RFrom; readonly names: Names }): Names {
  const sources = sourcesOf(from);
  // What is evaluated above the join is a measure over the rows that there are.
  return names.map(({ rel, name, expr }) => ({
    rel,
    name,
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
    case 'window':
      return [...(leaf.arg === undefined ? [] : [leaf.arg]), ...leaf.partitionBy, ...leaf.orderBy];
    case 'in':
      return [leaf.arg];
    case 'joined':
      return [leaf.expr];
  }
}
