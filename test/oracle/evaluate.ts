/**
 * The answer to a query, worked out on the rows by the contract's text (section 5) and by nothing of src/.
 */
import { compare, evaluate, leavesOf, rowKey, type Value, valueKey } from './expression.ts';
import type { Query } from './query.ts';
import {
  type Opaque,
  partsOf,
  type RExpr,
  type Reference,
  Resolver,
  type RFrom,
  type RLeaf,
  type RQuery,
  type RSelect,
  sourcesOf,
} from './resolve.ts';
import { aggregate, type Combination, combinations, measureValue, modelValue } from './rows.ts';
import { pathsOfColumn, repeating, type Usage, usageOf } from './usage.ts';
import type { World } from './world.ts';

export type Result = readonly (readonly Value[])[];

export function answer(world: World, query: Query): Result {
  const resolved = new Resolver(world).query(query, new Map(), undefined);
  return runQuery(resolved, { world, usage: usageOf(world, resolved), rows: new Map() }, undefined);
}

type Statement = {
  readonly world: World;
  readonly usage: Usage;
  readonly rows: Map<Reference, Combination[]>;
};

/** A row of FROM: what each relation of it contributes, null where an outer join found nothing. */
type Tuple = ReadonlyMap<Reference | Opaque, Combination | readonly Value[] | null>;

type Context = {
  readonly statement: Statement;
  readonly parent: Context | undefined;
  /** One row; or, in a SELECT that groups, the rows of one group. */
  readonly tuple: Tuple | undefined;
  readonly group:
    | {
        readonly keys: ReadonlyMap<string, Value>;
        readonly tuples: readonly Tuple[];
        readonly sources: readonly (Reference | Opaque)[];
      }
    | undefined;
  readonly windows: Map<string, Value>;
};

function runQuery(query: RQuery, statement: Statement, parent: Context | undefined): Result {
  const { body } = query;
  const rows = body.k === 'set' ? runSet(body, statement, parent) : runSelect(body, statement, parent);
  const sorted = query.order === 'none' ? rows : sortRows(rows, query.order === 'desc');
  const start = query.offset ?? 0;
  return sorted.slice(start, query.limit === undefined ? undefined : start + query.limit);
}

function runSet(
  body: Extract<RQuery['body'], { k: 'set' }>,
  statement: Statement,
  parent: Context | undefined,
): Result {
  const left = runQuery(body.left, statement, parent);
  const right = runQuery(body.right, statement, parent);
  if (body.op === 'UNION ALL') return [...left, ...right];
  if (body.op === 'UNION') return distinctRows([...left, ...right]);
  const gone = new Set(right.map(rowKey));
  return distinctRows(left).filter((row) => !gone.has(rowKey(row)));
}

export function distinctRows(rows: Result): Result {
  return [...new Map(rows.map((row) => [rowKey(row), row])).values()];
}

/** By every column in order; NULL is greater than everything, as in PostgreSQL. */
export function sortRows(rows: Result, descending: boolean): Result {
  const order = (a: readonly Value[], b: readonly Value[]): number => {
    for (const [i, left] of a.entries()) {
      const found = compareNulls(left, b[i] ?? null);
      if (found !== 0) return descending ? -found : found;
    }
    return 0;
  };
  return [...rows].sort(order);
}

function compareNulls(a: Value, b: Value): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return compare(a, b);
}

// SELECT

function runSelect(select: RSelect, statement: Statement, parent: Context | undefined): Result {
  const row = (tuple: Tuple): Context => ({ statement, parent, tuple, group: undefined, windows: new Map() });
  const tuples = tuplesOf(select.from, statement, parent).filter((tuple) =>
    select.where.every((conjunct) => valueIn(conjunct, row(tuple)) === true),
  );
  const contexts = select.grouping === undefined ? tuples.map(row) : groups(select, tuples, row);
  const kept = contexts.filter((context) => select.having.every((conjunct) => valueIn(conjunct, context) === true));
  for (const item of select.items) for (const leaf of leavesOf(item)) if (leaf.k === 'window') runWindow(leaf, kept);
  const rows = kept.map((context) => select.items.map((item) => valueIn(item, context)));
  return select.distinct ? distinctRows(rows) : rows;
}

function groups(select: RSelect, tuples: readonly Tuple[], row: (tuple: Tuple) => Context): Context[] {
  const { keys = [], sets = [] } = select.grouping ?? {};
  const sources = sourcesOf(select.from);
  return sets.flatMap((set) => {
    const found = new Map<string, { values: Map<string, Value>; tuples: Tuple[] }>();
    // Without keys there is one group, over no rows too.
    if (set.length === 0) found.set('', { values: new Map(keys.map((key) => [exprKey(key), null])), tuples: [] });
    for (const tuple of tuples) {
      const values = new Map(keys.map((key, i) => [exprKey(key), set.includes(i) ? valueIn(key, row(tuple)) : null]));
      const text = set.length === 0 ? '' : [...values.values()].map(valueKey).join('|');
      const group = found.get(text) ?? { values, tuples: [] };
      found.set(text, group);
      group.tuples.push(tuple);
    }
    return [...found.values()].map((group): Context => {
      const base = row(new Map());
      return { ...base, tuple: undefined, group: { keys: group.values, tuples: group.tuples, sources } };
    });
  });
}

function tuplesOf(from: RFrom, statement: Statement, parent: Context | undefined): Tuple[] {
  switch (from.k) {
    case 'reference': {
      const used = [...(statement.usage.get(from)?.values() ?? [])];
      const rows = statement.rows.get(from) ?? combinations(statement.world, from.view, used);
      statement.rows.set(from, rows);
      return rows.map((row) => new Map([[from, row]]));
    }
    case 'opaque':
      return runQuery(from.query, statement, parent).map((row) => new Map([[from, row]]));
    case 'filtered':
      return tuplesOf(from.from, statement, parent).filter((tuple) => holds(from.where, tuple, statement, parent));
    case 'join':
      return join(from, statement, parent);
  }
}

function holds(conjuncts: readonly RExpr[], tuple: Tuple, statement: Statement, parent: Context | undefined): boolean {
  const context: Context = { statement, parent, tuple, group: undefined, windows: new Map() };
  return conjuncts.every((conjunct) => valueIn(conjunct, context) === true);
}

function join(from: Extract<RFrom, { k: 'join' }>, statement: Statement, parent: Context | undefined): Tuple[] {
  const left = tuplesOf(from.left, statement, parent);
  const right = tuplesOf(from.right, statement, parent);
  const on = from.on === undefined ? [] : [from.on];
  const without = (side: RFrom): Tuple => new Map(sourcesOf(side).map((source) => [source, null]));
  const matched = new Set<Tuple>();
  const rows = left.flatMap((l) => {
    const matches = right.filter((r) => holds(on, new Map([...l, ...r]), statement, parent));
    for (const match of matches) matched.add(match);
    if (matches.length === 0 && (from.type === 'left' || from.type === 'full'))
      return [new Map([...l, ...without(from.right)])];
    return matches.map((r) => new Map([...l, ...r]));
  });
  if (from.type !== 'full') return rows;
  return [...rows, ...right.filter((r) => !matched.has(r)).map((r) => new Map([...without(from.left), ...r]))];
}

// Expressions

function valueIn(expr: RExpr, context: Context): Value {
  const { group } = context;
  const known = group === undefined ? undefined : (inner: RExpr): Value | undefined => group.keys.get(exprKey(inner));
  return evaluate(expr, (leaf) => leafValue(leaf, context), known);
}

function leafValue(leaf: RLeaf, context: Context): Value {
  const { tuple, group, statement, parent } = context;
  switch (leaf.k) {
    case 'dimension': {
      if (tuple === undefined) throw new Error(`column ${leaf.column.name} is not grouped`);
      const row = combinationOf(tuple, leaf.of);
      const { dimension, path } = leaf.column;
      if (row === undefined || dimension === undefined) return null;
      return modelValue(statement.world, leaf.of.view.root, path, dimension.sql, row);
    }
    case 'output': {
      if (tuple === undefined) throw new Error('an output column is not grouped');
      return (tuple.get(leaf.of) as readonly Value[] | null)?.[leaf.index] ?? null;
    }
    case 'measure': {
      if (group === undefined || leaf.column.measure === undefined) throw new Error('a measure without a group');
      const rows = group.tuples.flatMap((row) => combinationOf(row, leaf.of) ?? []);
      return measureValue(statement.world, leaf.of.view.root, leaf.column.path, leaf.column.measure, rows);
    }
    case 'joined':
      if (tuple === undefined) throw new Error('a column of an outer join is not grouped');
      return leaf.sources.every((source) => tuple.get(source) === null) ? null : valueIn(leaf.expr, context);
    case 'called': {
      if (group === undefined) throw new Error('a measure call without a group');
      const tuples = group.tuples.filter((row) => passes(leaf.filter, row, context));
      return valueIn(leaf.arg, { ...context, group: { ...group, tuples } });
    }
    case 'aggregate':
      return aggregateValue(leaf, context);
    case 'window': {
      const found = context.windows.get(leafKey(leaf));
      if (found === undefined) throw new Error('a window outside a select list');
      return found;
    }
    case 'outer':
      if (parent === undefined) throw new Error('an outer column without an outer query');
      return valueIn(leaf.expr, parent);
    case 'exists':
      return runQuery(leaf.query, statement, context).length > 0;
    case 'scalar': {
      const [row, another] = runQuery(leaf.query, statement, context);
      if (another !== undefined) throw new Error('more than one row of a scalar subquery');
      return row?.[0] ?? null;
    }
    case 'in': {
      const values = runQuery(leaf.query, statement, context).map(([value = null]) => value);
      const arg = valueIn(leaf.arg, context);
      if (values.length === 0) return false;
      if (arg === null) return null;
      if (values.some((value) => value !== null && compare(value, arg) === 0)) return true;
      return values.includes(null) ? null : false;
    }
  }
}

function combinationOf(tuple: Tuple, of: Reference): Combination | undefined {
  return (tuple.get(of) as Combination | null | undefined) ?? undefined;
}

function passes(filter: RExpr | undefined, tuple: Tuple, context: Context): boolean {
  return filter === undefined || valueIn(filter, { ...context, tuple, group: undefined }) === true;
}

/** Over the distinct combinations of the roots' rows and of those to-many cubes that argument and FILTER use. */
function aggregateValue(leaf: Extract<RLeaf, { k: 'aggregate' }>, context: Context): Value {
  const { group, statement } = context;
  if (group === undefined) throw new Error('an aggregate without a group');
  const reads = [leaf.arg, leaf.filter].flatMap((expr) => (expr === undefined ? [] : dimensionsIn(expr)));
  const paths = new Map<Reference | Opaque, readonly string[]>(
    group.sources.map((source): [Reference | Opaque, readonly string[]] => {
      if (source.k === 'opaque') return [source, ['']];
      const own = reads
        .filter(({ of }) => of === source)
        .flatMap(({ of, column }) => pathsOfColumn(statement.world, of, column));
      return [source, ['', ...repeating(statement.world, source.view.root, own).keys()]];
    }),
  );
  const seen = new Map<string, Tuple>();
  for (const tuple of group.tuples) {
    if (!passes(leaf.filter, tuple, context)) continue;
    const text = group.sources.map((source) => {
      const row = tuple.get(source) ?? null;
      if (row === null) return 'none';
      return source.k === 'opaque'
        ? identity(row)
        : paths
            .get(source)
            ?.map((path) => identity((row as Combination).get(path) ?? null))
            .join('.');
    });
    if (!seen.has(text.join('|'))) seen.set(text.join('|'), tuple);
  }
  const { arg } = leaf;
  const values = [...seen.values()].map((tuple) =>
    arg === undefined ? true : valueIn(arg, { ...context, tuple, group: undefined }),
  );
  return aggregate(leaf.fn, leaf.distinct, values);
}

type DimensionLeaf = Extract<RLeaf, { k: 'dimension' | 'measure' }>;

/** Columns that an expression reads, also from inside its subqueries. */
function dimensionsIn(expr: RExpr): DimensionLeaf[] {
  return leavesOf(expr).flatMap((leaf): DimensionLeaf[] => {
    if (leaf.k === 'dimension' || leaf.k === 'measure') return [leaf];
    if (leaf.k === 'outer') return dimensionsIn(leaf.expr);
    const inside = leaf.k === 'exists' || leaf.k === 'scalar' || leaf.k === 'in' ? outerOf(leaf.query) : [];
    return [...partsOf(leaf).flatMap(dimensionsIn), ...inside];
  });
}

function outerOf({ body }: RQuery): DimensionLeaf[] {
  if (body.k === 'set') return [...outerOf(body.left), ...outerOf(body.right)];
  const fromFrom = (from: RFrom): DimensionLeaf[] => {
    switch (from.k) {
      case 'reference':
        return [];
      case 'opaque':
        return outerOf(from.query);
      case 'filtered':
        return [...fromFrom(from.from), ...from.where.flatMap(dimensionsIn)];
      case 'join':
        return [
          ...fromFrom(from.left),
          ...fromFrom(from.right),
          ...(from.on === undefined ? [] : dimensionsIn(from.on)),
        ];
    }
  };
  const exprs = [...body.items, ...body.where, ...body.having, ...(body.grouping?.keys ?? [])];
  return [...fromFrom(body.from), ...exprs.flatMap(dimensionsIn)];
}

// Windows: over the result rows (rule 6)

function runWindow(leaf: Extract<RLeaf, { k: 'window' }>, contexts: readonly Context[]): void {
  const partitions = new Map<string, Context[]>();
  for (const context of contexts) {
    const key = rowKey(leaf.partitionBy.map((expr) => valueIn(expr, context)));
    partitions.set(key, [...(partitions.get(key) ?? []), context]);
  }
  for (const partition of partitions.values()) {
    const sortKeys = partition.map((context) => leaf.orderBy.map((expr) => valueIn(expr, context)));
    for (const [i, context] of partition.entries()) {
      const { arg } = leaf;
      const value =
        leaf.fn === 'rank'
          ? 1 + sortKeys.filter((other) => before(other, sortKeys[i] ?? [])).length
          : aggregate(
              leaf.fn,
              false,
              partition.map((row) => (arg === undefined ? true : valueIn(arg, row))),
            );
      context.windows.set(leafKey(leaf), value);
    }
  }
}

function before(a: readonly Value[], b: readonly Value[]): boolean {
  for (const [i, value] of a.entries()) {
    const found = compareNulls(value, b[i] ?? null);
    if (found !== 0) return found < 0;
  }
  return false;
}

// Texts that are equal for equal things

const keys = new WeakMap<object, string>();

export function exprKey(expr: RExpr): string {
  return keyed(expr);
}

function leafKey(leaf: RLeaf): string {
  return keyed(leaf);
}

function keyed(value: object): string {
  const known = keys.get(value);
  if (known !== undefined) return known;
  const text = JSON.stringify(value, (name, inner) => {
    if (name === 'of') return `#${inner.id}`;
    if (name === 'sources') return inner.map(({ id }: { id: number }) => id);
    if (name === 'column') return inner.name;
    return inner;
  });
  keys.set(value, text);
  return text;
}

const identities = new WeakMap<object, string>();
let count = 0;

function identity(row: object | null): string {
  if (row === null) return 'null';
  const known = identities.get(row);
  if (known !== undefined) return known;
  count++;
  identities.set(row, `r${count}`);
  return `r${count}`;
}
