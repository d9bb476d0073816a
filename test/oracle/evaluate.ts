/**
 * The answer to a query, worked out on the rows by the contract's text (section 5) and by nothing of src/.
 */
import { compare, evaluate, leavesOf, rowKey, type Value, valueKey } from './expression.ts';
import type { Query, SetOperator } from './query.ts';
import {
  exprsOf,
  type Opaque,
  partsOf,
  queriesOf,
  type RBody,
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
  const statement = { world, usage: usageOf(world, resolved), rows: new Map(), working: new Map() };
  return runQuery(resolved, statement, undefined);
}

type Statement = {
  readonly world: World;
  readonly usage: Usage;
  readonly rows: Map<Reference, Combination[]>;
  /** What each recursive query found last. */
  readonly working: Map<number, Result>;
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
        /** Keys of the grouping set that it is of. */
        readonly grouped: ReadonlySet<string>;
        readonly tuples: readonly Tuple[];
        readonly sources: readonly (Reference | Opaque)[];
      }
    | undefined;
  readonly windows: Map<string, Value>;
};

function runQuery(query: RQuery, statement: Statement, parent: Context | undefined): Result {
  const { body, order } = query;
  const start = query.offset ?? 0;
  const cut = (rows: Result): Result => rows.slice(start, query.limit === undefined ? undefined : start + query.limit);
  if (body.k === 'select') return cut(runSelect(body, order, statement, parent));
  const rows = runBody(body, statement, parent);
  return cut(order === 'none' ? rows : sortRows(rows, order === 'desc'));
}

function runBody(body: Exclude<RBody, RSelect>, statement: Statement, parent: Context | undefined): Result {
  switch (body.k) {
    case 'set':
      return combine(body.op, runQuery(body.left, statement, parent), runQuery(body.right, statement, parent));
    case 'values':
      return body.rows;
    case 'working':
      return statement.working.get(body.of) ?? [];
    case 'recursive':
      return runRecursive(body, statement, parent);
  }
}

function combine(op: SetOperator, left: Result, right: Result): Result {
  // Each row of the right takes one of its equals of the left.
  const remaining = new Map<string, number>();
  for (const row of right) remaining.set(rowKey(row), (remaining.get(rowKey(row)) ?? 0) + 1);
  const taken = (row: readonly Value[]): boolean => {
    const count = remaining.get(rowKey(row)) ?? 0;
    remaining.set(rowKey(row), count - 1);
    return count > 0;
  };
  switch (op) {
    case 'UNION ALL':
      return [...left, ...right];
    case 'UNION':
      return distinctRows([...left, ...right]);
    case 'EXCEPT':
      return distinctRows(left).filter((row) => !remaining.has(rowKey(row)));
    case 'INTERSECT':
      return distinctRows(left).filter((row) => remaining.has(rowKey(row)));
    case 'EXCEPT ALL':
      return left.filter((row) => !taken(row));
    case 'INTERSECT ALL':
      return left.filter(taken);
  }
}

function runRecursive(
  { id, all, base, step }: Extract<RBody, { k: 'recursive' }>,
  statement: Statement,
  parent: Context | undefined,
): Result {
  const first = runQuery(base, statement, parent);
  let last = all ? first : distinctRows(first);
  let found = last;
  while (last.length > 0) {
    statement.working.set(id, last);
    const next = runQuery(step, statement, parent);
    const known = new Set(found.map(rowKey));
    last = all ? next : distinctRows(next).filter((row) => !known.has(rowKey(row)));
    found = [...found, ...last];
  }
  return found;
}

export function distinctRows(rows: Result): Result {
  return [...new Map(rows.map((row) => [rowKey(row), row])).values()];
}

/** By every column in order; NULL is greater than everything, as in PostgreSQL. */
function sortRows(rows: Result, descending: boolean): Result {
  return [...rows].sort((a, b) => (descending ? compareRows(b, a) : compareRows(a, b)));
}

function compareRows(a: readonly Value[], b: readonly Value[]): number {
  for (const [i, left] of a.entries()) {
    const found = compareNulls(left, b[i] ?? null);
    if (found !== 0) return found;
  }
  return 0;
}

function compareNulls(a: Value, b: Value): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return compare(a, b);
}

// SELECT

function runSelect(select: RSelect, order: RQuery['order'], statement: Statement, parent: Context | undefined): Result {
  const row = (tuple: Tuple): Context => contextOf(tuple, statement, parent);
  const tuples = tuplesOf(select.from, statement, parent).filter((tuple) =>
    select.where.every((conjunct) => valueIn(conjunct, row(tuple)) === true),
  );
  const contexts = select.grouping === undefined ? tuples.map(row) : groups(select, tuples, row);
  const kept = contexts.filter((context) => select.having.every((conjunct) => valueIn(conjunct, context) === true));
  for (const item of [...select.items, ...select.sort])
    for (const leaf of leavesOf(item)) if (leaf.k === 'window') runWindow(leaf, kept);
  const { items, sort, distinct } = select;
  const found = kept.map((context) => [...sort, ...items].map((expr) => valueIn(expr, context)));
  const sorted = order === 'none' ? found : sortRows(found, order === 'desc');
  const rows = sorted.map((row) => row.slice(sort.length));
  if (typeof distinct === 'boolean') return distinct ? distinctRows(rows) : rows;
  // DISTINCT ON: the first of those that agree.
  const seen = new Set<string>();
  return rows.filter((row) => {
    const key = rowKey(row.slice(0, distinct));
    return !seen.has(key) && seen.add(key);
  });
}

function groups(select: RSelect, tuples: readonly Tuple[], row: (tuple: Tuple) => Context): Context[] {
  const { keys = [], sets = [] } = select.grouping ?? {};
  const sources = sourcesOf(select.from);
  return sets.flatMap((set) => {
    const grouped = new Set(keys.flatMap((key, i) => (set.includes(i) ? [exprKey(key)] : [])));
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
      return { ...base, tuple: undefined, group: { keys: group.values, grouped, tuples: group.tuples, sources } };
    });
  });
}

/** What LATERAL sees: the row to the left; and the rows that were made beside others, for those that read the same. */
type Beside = { readonly tuple: Tuple; readonly made: Map<string, Result> };

function tuplesOf(
  from: RFrom,
  statement: Statement,
  parent: Context | undefined,
  beside: Beside | undefined = undefined,
): Tuple[] {
  switch (from.k) {
    case 'reference': {
      const used = [...(statement.usage.get(from)?.values() ?? [])];
      const rows = statement.rows.get(from) ?? combinations(statement.world, from.view, used);
      statement.rows.set(from, rows);
      return rows.map((row) => new Map([[from, row]]));
    }
    case 'opaque': {
      const rows =
        beside === undefined ? runQuery(from.query, statement, parent) : lateralRows(from, beside, statement, parent);
      return rows.map((row) => new Map([[from, row]]));
    }
    case 'filtered':
      return tuplesOf(from.from, statement, parent, beside).filter((tuple) =>
        holds(from.where, new Map([...(beside?.tuple ?? []), ...tuple]), statement, parent),
      );
    case 'join':
      return join(from, statement, parent, beside);
  }
}

/** Rows to the left that other joins alone repeat have the same rows beside them. */
function lateralRows(of: Opaque, { tuple, made }: Beside, statement: Statement, parent: Context | undefined): Result {
  const reads = outerOf(of.query);
  const text = [...tuple].map(([source, row]) => sourceKey(source, row, reads, statement)).join('|');
  const key = `${of.id} ${text}`;
  const known = made.get(key);
  if (known !== undefined) return known;
  const rows = runQuery(of.query, statement, contextOf(tuple, statement, parent));
  made.set(key, rows);
  return rows;
}

function contextOf(tuple: Tuple, statement: Statement, parent: Context | undefined): Context {
  return { statement, parent, tuple, group: undefined, windows: new Map() };
}

function holds(conjuncts: readonly RExpr[], tuple: Tuple, statement: Statement, parent: Context | undefined): boolean {
  const context = contextOf(tuple, statement, parent);
  return conjuncts.every((conjunct) => valueIn(conjunct, context) === true);
}

function join(
  from: Extract<RFrom, { k: 'join' }>,
  statement: Statement,
  parent: Context | undefined,
  beside: Beside | undefined,
): Tuple[] {
  const left = tuplesOf(from.left, statement, parent, beside);
  const rights = from.lateral ? undefined : tuplesOf(from.right, statement, parent, beside);
  const without = (side: RFrom): Tuple => new Map(sourcesOf(side).map((source) => [source, null]));
  const matched = new Set<Tuple>();
  const made = new Map<string, Result>();
  const around = [...(beside?.tuple ?? [])];
  const rows = left.flatMap((l) => {
    const right = rights ?? tuplesOf(from.right, statement, parent, { tuple: new Map([...around, ...l]), made });
    const matches = right.filter((r) => holds(from.on, new Map([...around, ...l, ...r]), statement, parent));
    for (const match of matches) matched.add(match);
    if (matches.length === 0 && (from.type === 'left' || from.type === 'full'))
      return [new Map([...l, ...without(from.right)])];
    return matches.map((r) => new Map([...l, ...r]));
  });
  if (from.type !== 'full' && from.type !== 'right') return rows;
  const unmatched = (rights ?? []).filter((r) => !matched.has(r));
  return [...rows, ...unmatched.map((r) => new Map([...without(from.left), ...r]))];
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
      // Beside a primary key that is grouped by, a column has one value in all rows of the group (rule 11).
      const any = tuple ?? group?.tuples[0];
      if (any === undefined) throw new Error(`column ${leaf.column.name} is not grouped`);
      const row = combinationOf(any, leaf.of);
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
    case 'through':
      return valueIn(leaf.expr, context);
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
    case 'grouping': {
      if (group === undefined) throw new Error('GROUPING() without a group');
      return leaf.args.reduce((bits, arg) => bits * 2 + (group.grouped.has(exprKey(arg)) ? 0 : 1), 0);
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
  const seen = new Map<string, Tuple>();
  for (const tuple of group.tuples) {
    if (!passes(leaf.filter, tuple, context)) continue;
    const text = group.sources.map((source) => sourceKey(source, tuple.get(source) ?? null, reads, statement));
    if (!seen.has(text.join('|'))) seen.set(text.join('|'), tuple);
  }
  const { arg } = leaf;
  const values = [...seen.values()].map((tuple) =>
    arg === undefined ? true : valueIn(arg, { ...context, tuple, group: undefined }),
  );
  return aggregate(leaf.fn, leaf.distinct, values);
}

/** Tells combinations of the root's row and of those to-many cubes that are read apart; or rows of another relation. */
function sourceKey(
  source: Reference | Opaque,
  row: Combination | readonly Value[] | null,
  reads: readonly DimensionLeaf[],
  { world }: Statement,
): string {
  if (row === null) return 'none';
  if (source.k === 'opaque') return identity(row);
  const own = reads.filter(({ of }) => of === source).flatMap(({ of, column }) => pathsOfColumn(world, of, column));
  const paths = ['', ...repeating(world, source.view.root, own).keys()];
  return paths.map((path) => identity((row as Combination).get(path) ?? null)).join('.');
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
  const inside = queriesOf(body).flatMap(outerOf);
  return body.k === 'select' ? [...outerOfFrom(body.from), ...exprsOf(body).flatMap(dimensionsIn)] : inside;
}

function outerOfFrom(from: RFrom): DimensionLeaf[] {
  switch (from.k) {
    case 'reference':
      return [];
    case 'opaque':
      return outerOf(from.query);
    case 'filtered':
      return [...outerOfFrom(from.from), ...from.where.flatMap(dimensionsIn)];
    case 'join':
      return [...outerOfFrom(from.left), ...outerOfFrom(from.right), ...from.on.flatMap(dimensionsIn)];
  }
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
              frame(partition, sortKeys, i).map((row) => (arg === undefined ? true : valueIn(arg, row))),
            );
      context.windows.set(leafKey(leaf), value);
    }
  }
}

/** With ORDER BY the rows up to the last peer, else all. */
function frame(partition: readonly Context[], sortKeys: readonly (readonly Value[])[], at: number): readonly Context[] {
  return partition.filter((_, i) => !before(sortKeys[at] ?? [], sortKeys[i] ?? []));
}

function before(a: readonly Value[], b: readonly Value[]): boolean {
  return compareRows(a, b) < 0;
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
