/** Which expressions can raise an error for some value: only what cannot may run beside rows that are hidden. */
import { assertNever } from '../../errors.ts';
import { isArrayType } from '../../sql/types.ts';
import type { Bound, BoundQuery, LeafRelation, Relation } from '../bound/bound.ts';
import { childrenOf } from '../bound/walk.ts';
import { castIsLeakproof } from '../routines/coercion.ts';
import type { Routine } from '../routines/routines.ts';
import { eachSelect, predicatesOf } from './fence.ts';
import { isColumn } from './leaf-sql.ts';

/** True unless the expression, and those behind the columns it reads, cannot raise whatever the values. */
export function mayRaise(bound: Bound, seen = new Set<BoundQuery>()): boolean {
  const below = (): boolean => childrenOf(bound).some((child) => mayRaise(child, seen));
  switch (bound.kind) {
    case 'const':
    case 'parameter':
    case 'policy-value':
    case 'session-value':
    case 'measure':
    case 'outer-measure':
      return false;
    case 'column':
      if (bound.relation.kind === 'leaf') return slotMayRaise(bound.relation, bound.slot);
      return definitionsOf(bound.relation, bound.slot).some((definition) => mayRaise(definition, seen));
    case 'apply':
      return !cannotRaise(bound.routine) || below();
    case 'cast':
      return (
        bound.arg.type === 'unknown' || !castIsLeakproof(bound.arg.type, bound.type, bound.typmod !== -1) || below()
      );
    case 'like':
      return !isSafePattern(bound.pattern) || bound.escape !== undefined || bound.variant === 'similar' || below();
    case 'in':
    case 'distinct-from':
    case 'nullif':
    case 'quantified':
      return !cannotRaise(bound.routine) || below();
    case 'row-compare':
      return bound.routines.some((routine) => !cannotRaise(routine)) || below();
    case 'and':
    case 'or':
    case 'not':
    case 'is':
    case 'case':
    case 'coalesce':
    case 'collate':
    case 'bin':
      return below();
    case 'array':
      // Arrays of arrays must have one length.
      return bound.items.some(({ type }) => type !== 'unknown' && isArrayType(type)) || below();
    case 'greatest':
    case 'least':
    case 'subscript':
    case 'slice':
    case 'sql-value':
    case 'aggregate':
    case 'window':
    case 'grouping':
    case 'author':
      // An aggregate is computed above its rows' filters; as part of a predicate on groups it is left where it stands.
      return bound.kind === 'aggregate' || bound.kind === 'window' || bound.kind === 'author' || below();
    case 'subquery':
      if (seen.has(bound.query)) return false;
      seen.add(bound.query);
      return (bound.form === 'scalar' && !isOneRow(bound.query)) || below() || queryMayRaise(bound.query, seen);
    default:
      return assertNever(bound, 'mayRaise');
  }
}

/** The author's own SQL behind a column of a leaf, or behind a hidden input of it. */
function slotMayRaise(leaf: LeafRelation, slot: number): boolean {
  const column = leaf.table.columns[slot];
  if (column !== undefined) return column.mayRaise;
  const input = leaf.inputs[slot - leaf.table.columns.length];
  if (input?.kind === 'join-field') return false;
  if (input?.kind !== 'measure-input') return true;
  return input.filters.length > 0 || (input.sql !== undefined && !isColumn(input.sql));
}

/** At most one row whatever the data: a scalar subquery of more raises. */
function isOneRow({ body, limit }: BoundQuery): boolean {
  if (limit?.kind === 'const' && (limit.value === '1' || limit.value === '0')) return true;
  if (body.kind === 'values') return body.rows.length <= 1;
  if (body.kind !== 'select') return false;
  if (body.grouping === undefined) return body.from.length === 0 && !body.items.some(returnsSet);
  const [set, another] = body.grouping.sets;
  return set !== undefined && set.length === 0 && another === undefined && !body.items.some(returnsSet);
}

function returnsSet(bound: Bound): boolean {
  return (bound.kind === 'apply' && bound.routine.returnsSet) || childrenOf(bound).some(returnsSet);
}

function queryMayRaise(query: BoundQuery, seen: Set<BoundQuery>): boolean {
  let raises = false;
  eachSelect(query, (select) => {
    raises ||= [...select.items, ...predicatesOf(select)].some((bound) => mayRaise(bound, seen));
  });
  return raises;
}

const COMPARISONS = new Set(['=', '<>', '<', '<=', '>', '>=']);

/** Types whose comparison is total but not marked leakproof by PostgreSQL; test/plan/cannot-raise.test.ts tries their whole range. */
const COMPARABLE = new Set([
  'bool',
  'int2',
  'int4',
  'int8',
  'numeric',
  'float4',
  'float8',
  'text',
  'varchar',
  'bpchar',
  'date',
  'time',
  'timestamp',
  'timestamptz',
  'interval',
  'uuid',
  'bytea',
]);

export function cannotRaise(routine: Routine): boolean {
  if (routine.leakproof) return true;
  const [left, right] = routine.parameters;
  return (
    routine.kind === 'operator' &&
    COMPARISONS.has(routine.name) &&
    left === right &&
    left !== undefined &&
    COMPARABLE.has(left)
  );
}

/** A literal pattern that does not end in the escape character: LIKE cannot raise over it. */
export function isSafePattern(pattern: Bound): boolean {
  return pattern.kind === 'const' && pattern.value !== null && !pattern.value.endsWith('\\');
}

// Columns and what is behind them

export function definitionsOf(relation: Relation, slot: number): readonly Bound[] {
  switch (relation.kind) {
    case 'leaf':
      return [];
    case 'derived':
      return outputsOf(relation.query, slot);
    case 'cte':
      return relation.cte.query === undefined ? [] : outputsOf(relation.cte.query, slot);
    case 'function':
      return relation.call.kind === 'apply' ? relation.call.args : [relation.call];
    default:
      return assertNever(relation, 'definitionsOf');
  }
}

const visiting = new Set<BoundQuery>();

/** A recursive query refers to itself; once round is enough. */
function outputsOf(query: BoundQuery, slot: number): readonly Bound[] {
  if (visiting.has(query)) return [];
  visiting.add(query);
  try {
    const { body } = query;
    switch (body.kind) {
      case 'select': {
        const item = body.items[slot];
        return item === undefined ? [] : [item];
      }
      case 'set-operation':
        return [...outputsOf(body.left, slot), ...outputsOf(body.right, slot)];
      case 'values':
        return body.rows.flatMap((row) => row[slot] ?? []);
      default:
        return assertNever(body, 'outputsOf');
    }
  } finally {
    visiting.delete(query);
  }
}
