/**
 * A SELECT put over a subquery that numbers the repetitions of rows, so that each aggregate takes a row once.
 */
import { notSupported } from '../../errors.ts';
import type {
  Bound,
  BoundAggregate,
  BoundColumn,
  BoundQuery,
  BoundSelect,
  DerivedRelation,
  Grouping,
  Relation,
} from '../bound/bound.ts';
import { derivedFrom, queryOf, selectOver } from '../bound/relations.ts';
import { boundKey, mapChildren, mapSelect, mapSort, relationsOf, replaceExprs, visitBound } from '../bound/walk.ts';
import { both } from '../measures/call.ts';
import type { Planner } from '../planner.ts';
import { functionsByName, type Routine } from '../routines/routines.ts';
import { isDetermined, type KnownRow } from './determined.ts';

export const rowNumber = (functionsByName.get('row_number') ?? [])[0] as Routine;
const equalInt8 = {
  kind: 'operator',
  name: '=',
  parameters: ['int8', 'int8'],
  ordered: undefined,
  variadic: false,
  result: 'bool',
  returnsSet: false,
  volatility: 'immutable',
  leakproof: true,
} satisfies Routine;

/** What tells the rows of an aggregate apart: primary keys as columns, and whose they are. */
export type RowKeys = { readonly columns: readonly BoundColumn[]; readonly rows: readonly KnownRow[] };

/**
 * Rewrites `select` in place.
 * @param keysOf for each aggregate that repetitions change, by `boundKey`, what tells its rows apart
 */
export function numberRepetitions(
  query: BoundQuery,
  select: BoundSelect,
  grouping: Grouping,
  keysOf: ReadonlyMap<string, RowKeys>,
  planner: Planner,
): void {
  const own = new Set<Relation>(relationsOf(select.from));
  const rows = selectOver({ items: [], from: [...select.from], where: select.where }, planner);
  const below = derivedFrom(queryOf(rows, []), false, planner);
  const inner = below.query.body;
  const slots = new Map<string, number>();
  const output = (bound: Bound): BoundColumn => {
    const key = boundKey(bound);
    const slot = slots.get(key) ?? inner.items.push(bound) - 1;
    slots.set(key, slot);
    below.used.add(slot);
    if (bound.type === 'unknown') throw new Error('an untyped expression cannot be a column');
    return { kind: 'column', relation: below, slot, type: bound.type, typmod: bound.typmod };
  };
  const keyTexts = new Set(grouping.keys.map(boundKey));
  const lower = (bound: Bound): Bound => {
    if (bound.kind === 'aggregate') {
      const keys = keysOf.get(boundKey(bound));
      return keys === undefined ? lowerAggregate(bound) : once(bound, keys);
    }
    return lowerColumns(bound, lower);
  };
  const lowerColumns = (bound: Bound, child: (bound: Bound) => Bound): Bound => {
    if (keyTexts.has(boundKey(bound))) return output(bound);
    if (bound.kind === 'column') return own.has(bound.relation) ? output(bound) : bound;
    if (bound.kind === 'subquery') replaceExprs(bound.query, lowerInside);
    return mapChildren(bound, child);
  };
  // What a subquery aggregates is its own business.
  const lowerInside = (bound: Bound): Bound => lowerColumns(bound, lowerInside);
  const computed = new Map<string, BoundColumn>();
  // DuckDB takes no window inside a window's PARTITION BY, not even in a subquery there: such a value is computed beside.
  const beside = (value: Bound): Bound => {
    if (!contains(value, 'window') || value.type === 'unknown') return value;
    const key = boundKey(value);
    const known = computed.get(key);
    if (known !== undefined) return known;
    const relation = computedRow(value, planner);
    inner.from.push({ kind: 'relation', relation });
    const column: BoundColumn = { kind: 'column', relation, slot: 0, type: value.type, typmod: value.typmod };
    computed.set(key, column);
    return column;
  };
  // A correlated subquery is computed below, where its outer columns are: one filter may restrict many aggregates.
  const ofRow = (bound: Bound): Bound => (contains(bound, 'subquery') ? output(bound) : lower(bound));
  const lowerAggregate = (aggregate: BoundAggregate): BoundAggregate => ({
    ...aggregate,
    args: aggregate.args.map(ofRow),
    orderBy: aggregate.orderBy.map((sort) => mapSort(sort, ofRow)),
    filter: aggregate.filter && ofRow(aggregate.filter),
  });

  /** The aggregate over the first of each row's repetitions; with several grouping sets, each set has its own numbering. */
  const once = (aggregate: BoundAggregate, { columns: keys, rows }: RowKeys): Bound => {
    // What the row itself determines is the same in all its repetitions: each thing more to sort by is paid for.
    const tellsApart = (bound: Bound): boolean => !isDetermined(bound, rows, planner);
    const filter = aggregate.filter && tellsApart(aggregate.filter) ? beside(aggregate.filter) : undefined;
    const perSet = grouping.sets.map((set) => {
      const ofGroup = set.map((i) => grouping.keys[i] as Bound).filter(tellsApart);
      const number = output(numbering([...ofGroup.map(beside), ...keys], filter));
      const first: Bound = {
        kind: 'apply',
        routine: equalInt8,
        args: [number, { kind: 'const', type: 'int8', typmod: -1, value: '1' }],
        type: 'bool',
        typmod: -1,
      };
      const present =
        aggregate.grain.kind === 'cube'
          ? keys.map(
              (key): Bound => ({ kind: 'is', test: 'null', negated: true, arg: output(key), type: 'bool', typmod: -1 }),
            )
          : [];
      const condition = [...present, first].reduce<Bound | undefined>(
        (all, next) => both(all, next),
        aggregate.filter && ofRow(aggregate.filter),
      );
      return { ...lowerAggregate(aggregate), filter: condition };
    });
    const [only, another] = perSet;
    if (only !== undefined && another === undefined) return only;
    return bySet(perSet, grouping, output);
  };

  mapSelect(query, select, lower);
  select.grouping = { ...grouping, keys: grouping.keys.map(output) };
  select.from = [{ kind: 'relation', relation: below }];
  select.where = undefined;
}

function contains(bound: Bound, kind: Bound['kind']): boolean {
  let found = false;
  visitBound(bound, (node) => {
    if (node.kind === kind) found = true;
    return !found;
  });
  return found;
}

/** `LATERAL (SELECT value)`: one row beside each row of what stands to its left. */
function computedRow(value: Bound, planner: Planner): DerivedRelation {
  const row = selectOver({ items: [value], from: [], where: undefined }, planner);
  return derivedFrom(queryOf(row, []), true, planner);
}

/** Numbers the rows that agree on `keys`; those that a FILTER drops are numbered apart. */
function numbering(keys: readonly Bound[], filter: Bound | undefined): Bound {
  const kept: Bound[] =
    filter === undefined ? [] : [{ kind: 'is', test: 'true', negated: false, arg: filter, type: 'bool', typmod: -1 }];
  return {
    kind: 'window',
    routine: rowNumber,
    star: false,
    args: [],
    filter: undefined,
    window: { partitionBy: [...keys, ...kept], orderBy: [], frame: undefined },
    type: 'int8',
    typmod: -1,
  };
}

/** Picks the aggregate of the grouping set that a result row belongs to, by GROUPING() of all keys. */
function bySet(perSet: readonly BoundAggregate[], grouping: Grouping, output: (bound: Bound) => BoundColumn): Bound {
  const keys = grouping.keys.map(output);
  const { type, typmod } = perSet[0] as BoundAggregate;
  if (keys.length > 31) throw notSupported('more than 31 keys in grouping sets over rows that a join repeats');
  const which: Bound = { kind: 'grouping', args: keys, type: 'int4', typmod: -1 };
  const branches = perSet.map((aggregate, i) => {
    const set = new Set(grouping.sets[i]);
    const mask = keys.reduce((bits, _, key) => bits * 2 + (set.has(key) ? 0 : 1), 0);
    const value: Bound = { kind: 'const', type: 'int4', typmod: -1, value: String(mask) };
    const when: Bound = { kind: 'apply', routine: equalInt4, args: [which, value], type: 'bool', typmod: -1 };
    return { when, then: aggregate };
  });
  return keys.length === 0 ? (perSet[0] as Bound) : { kind: 'case', branches, otherwise: undefined, type, typmod };
}

const equalInt4: Routine = { ...equalInt8, parameters: ['int4', 'int4'] };
