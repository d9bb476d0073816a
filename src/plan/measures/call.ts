/**
 * Aggregates over measures: when they match, they are the measure (contract, section 5, rule 2).
 */
import { SqlError, SqlState } from '../../errors.ts';
import type { MeasureType } from '../../model/types.ts';
import type { Bound, BoundMeasure } from '../bound/bound.ts';
import { childrenOf, mapChildren } from '../bound/walk.ts';

/** Measures in `bound` that nothing has evaluated yet; expression subqueries have their own. */
export function bareMeasures(bound: Bound): BoundMeasure[] {
  if (bound.kind === 'measure') return bound.called ? [] : [bound];
  return childrenOf(bound).flatMap(bareMeasures);
}

export function hasBareMeasure(bound: Bound): boolean {
  return bareMeasures(bound).length > 0;
}

/** All measures, evaluated here or not. */
export function hasMeasure(bound: Bound): boolean {
  return bound.kind === 'measure' || childrenOf(bound).some(hasMeasure);
}

/** True if `bound` reads a dimension outside the FILTER of a measure. */
export function hasDimension(bound: Bound): boolean {
  if (bound.kind === 'column') return true;
  if (bound.kind === 'measure') return false;
  return childrenOf(bound).some(hasDimension);
}

/** What kind of measure an expression is: its own for a measure alone, `number` over several; undefined for none. */
export function measureOf(bound: Bound): MeasureType | undefined {
  if (bound.kind === 'measure') return bound.measure;
  return hasMeasure(bound) ? 'number' : undefined;
}

export type MeasureCall = {
  readonly name: string;
  readonly distinct: boolean;
  /** `SET semwire.measure_aggregates = compatible` */
  readonly compatible: boolean;
  readonly position: number | undefined;
};

/**
 * The measure of an aggregate call over it.
 * @param filter FILTER of the call: restricts the rows that the measure is computed from
 * @param call undefined for MEASURE(m), which matches everything
 * @throws SqlError 42803 when the aggregate does not match the measure's type
 */
export function callMeasure(argument: Bound, filter: Bound | undefined, call: MeasureCall | undefined): Bound {
  switch (argument.kind) {
    case 'measure':
      if (call !== undefined) checkMatch(argument, call);
      return { ...argument, called: true, filter: both(argument.filter, filter) };
    case 'cast':
      return { ...argument, arg: callMeasure(argument.arg, filter, call) };
    case 'coalesce': {
      const [first, ...rest] = argument.args;
      if (first !== undefined && rest.every((item) => !hasMeasure(item) && !hasDimension(item))) {
        return { ...argument, args: [callMeasure(first, filter, call), ...rest] };
      }
      break;
    }
    case 'apply': {
      const scaled = ['*', '/', '-', '+'].includes(argument.routine.name) && argument.routine.kind === 'operator';
      const measured = argument.args.filter(hasMeasure);
      const sign = argument.args.length === 1;
      const factor =
        argument.routine.name === '*' || (argument.routine.name === '/' && hasMeasure(argument.args[0] as Bound));
      if (
        scaled &&
        measured.length === 1 &&
        (sign || factor) &&
        argument.args.every((arg) => hasMeasure(arg) || !hasDimension(arg))
      ) {
        return {
          ...argument,
          args: argument.args.map((arg) => (hasMeasure(arg) ? callMeasure(arg, filter, call) : arg)),
        };
      }
      break;
    }
    case 'case': {
      const [branch, another] = argument.branches;
      if (
        branch !== undefined &&
        another === undefined &&
        isNullOrZero(argument.otherwise) &&
        !hasMeasure(branch.when)
      ) {
        return callMeasure(branch.then, both(filter, branch.when), call);
      }
      // Power BI asks so whether a value is missing: of a group's one value, the least and the greatest are that value.
      if ((call?.name === 'min' || call?.name === 'max') && tellsNull(argument))
        return callMeasure(argument, filter, undefined);
      break;
    }
    default:
      break;
  }
  // MEASURE(expression over measures): each of them at this grouping.
  if (call === undefined && !hasDimension(argument))
    return mapMeasures(argument, (measure) => ({ ...measure, called: true, filter: both(measure.filter, filter) }));
  throw new SqlError(
    SqlState.groupingError,
    'an aggregate takes a measure by itself, cast, scaled by a constant or under one condition',
    {
      hint: 'Use MEASURE(measure) inside the expression instead.',
      position: call?.position ?? bareMeasures(argument)[0]?.at,
    },
  );
}

/** `CASE WHEN m IS NULL THEN constant ELSE constant END` */
function tellsNull({ branches, otherwise }: Extract<Bound, { kind: 'case' }>): boolean {
  const isConstant = (bound: Bound | undefined): boolean =>
    bound === undefined || bound.kind === 'const' || (bound.kind === 'cast' && isConstant(bound.arg));
  return (
    isConstant(otherwise) &&
    branches.every(
      ({ when, then }) => when.kind === 'is' && when.test === 'null' && when.arg.kind === 'measure' && isConstant(then),
    )
  );
}

function isNullOrZero(bound: Bound | undefined): boolean {
  if (bound === undefined) return true;
  if (bound.kind === 'cast') return isNullOrZero(bound.arg);
  return bound.kind === 'const' && (bound.value === null || bound.value === '0' || /^0\.0*$/.test(bound.value));
}

/** Replaces each measure of an expression. */
export function mapMeasures(bound: Bound, map: (measure: BoundMeasure) => Bound): Bound {
  if (bound.kind === 'measure') return map(bound);
  return mapChildren(bound, (child) => mapMeasures(child, map));
}

export function both(left: Bound | undefined, right: Bound | undefined): Bound | undefined {
  if (left === undefined) return right;
  if (right === undefined) return left;
  // Kept flat: thousands of conjuncts one inside the other would be too deep to walk.
  const args = [left, right].flatMap((side) => (side.kind === 'and' ? side.args : [side]));
  return { kind: 'and', args, type: 'bool', typmod: -1 };
}

/** Aggregates that mean the measure, by its type. */
const MATCHING: { readonly [kind in MeasureType]: readonly string[] | 'any' } = {
  count: ['sum', 'count'],
  count_distinct: ['count', 'count distinct'],
  count_distinct_approx: ['count', 'count distinct'],
  sum: ['sum'],
  avg: ['avg'],
  min: ['min'],
  max: ['max'],
  number: 'any',
  string: ['min', 'max'],
  time: ['min', 'max'],
  boolean: ['min', 'max'],
  rank: 'any',
};

function checkMatch(measure: BoundMeasure, call: MeasureCall): void {
  if (call.compatible) return;
  const matching = MATCHING[measure.measure];
  const spelled = call.distinct ? `${call.name} distinct` : call.name;
  if (matching === 'any' || matching.includes(spelled)) return;
  const shown = call.distinct ? `${call.name.toUpperCase()}(DISTINCT …)` : call.name.toUpperCase();
  throw new SqlError(
    SqlState.groupingError,
    `${shown} does not match measure "${measure.name}" of type ${measure.measure}`,
    {
      hint: `Use MEASURE(${measure.name})${matching.length > 0 ? ` or ${matching.map(spell).join(' or ')}` : ''}; or SET semwire.measure_aggregates = compatible.`,
      position: call.position,
    },
  );
}

function spell(aggregate: string): string {
  return aggregate === 'count distinct' ? 'COUNT(DISTINCT …)' : aggregate.toUpperCase();
}
