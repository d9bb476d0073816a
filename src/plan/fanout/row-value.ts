/** What an aggregate is over one row: a grouping by a key of the rows needs no grouping (contract, section 5, rule 4). */
import type { Bound, BoundAggregate } from '../bound/bound.ts';
import { mapChildren } from '../bound/walk.ts';
import { both } from '../measures/call.ts';
import { aggregateOver } from '../measures/template.ts';

/** `bound` with each aggregate replaced by its value over one row. */
export function rowValue(bound: Bound): Bound {
  if (bound.kind !== 'aggregate') return mapChildren(bound, rowValue);
  const [arg] = bound.args;
  if (arg === undefined) throw new Error('an aggregate without an argument has no value of a row');
  const { type, typmod, filter } = bound;
  if (aggregateName(bound) === 'count') {
    const present: Bound = { kind: 'is', test: 'null', negated: true, arg, type: 'bool', typmod: -1 };
    const when = both(present, filter) as Bound;
    const one: Bound = { kind: 'const', type: 'int8', typmod: -1, value: '1' };
    return { kind: 'case', branches: [{ when, then: one }], otherwise: { ...one, value: '0' }, type, typmod };
  }
  const value: Bound = arg.type === type || bound.routine.kind === 'author' ? arg : { kind: 'cast', arg, type, typmod };
  return filter === undefined
    ? value
    : { kind: 'case', branches: [{ when: filter, then: value }], otherwise: undefined, type, typmod };
}

const ROW_VALUES = new Set(['count', 'sum', 'avg', 'min', 'max']);
/** Of the author's own aggregates those whose result has the argument's type or one that is known: `sum(x) / 2` divides otherwise. */
const AUTHOR_ROW_VALUES = new Set(['count', 'min', 'max']);

export function aggregateName({ routine }: BoundAggregate): string {
  return routine.kind === 'author' ? (routine.path.at(-1) ?? '') : routine.name;
}

/** Aggregates that a repeated row does not change. */
const IDEMPOTENT = new Set(['min', 'max', 'bool_and', 'bool_or', 'every', 'bit_and', 'bit_or']);

export function isIndifferent(aggregate: BoundAggregate): boolean {
  return aggregate.distinct || IDEMPOTENT.has(aggregateName(aggregate));
}

export function hasRowValue(aggregate: BoundAggregate): boolean {
  const names = aggregate.routine.kind === 'author' ? AUTHOR_ROW_VALUES : ROW_VALUES;
  return names.has(aggregateName(aggregate)) && aggregate.args.length === 1;
}

/** An average is shown with other digits than the value that it is of. */
export function hasRepeatedRowValue(aggregate: BoundAggregate): boolean {
  const name = aggregateName(aggregate);
  return (name === 'sum' || name === 'count') && hasRowValue(aggregate);
}

/** What an aggregate is over repetitions of one row, those that its FILTER takes: the same value in each. */
export function repeatedRowValue(aggregate: BoundAggregate): Bound {
  const value = rowValue(aggregate);
  if (value.type === 'unknown') throw new Error('an aggregate has a type');
  return aggregateOver('max', value, false, aggregate.grain);
}
