/**
 * Digits behind the point. PostgreSQL's numeric keeps them per value, DuckDB's DECIMAL per column: where every value of
 * an expression has the same number of them both show the same; where not, the value travels with its calculation
 * (numeric-calculation.ts).
 */
import { assertNever, notSupported } from '../../errors.ts';
import type { Bound, BoundQuery, BoundSort, Relation } from '../../plan/bound/bound.ts';
import type { BoundOf } from '../../plan/dialect.ts';
import { numericScale } from '../../sql/types.ts';
import { numberText } from './numeric-arithmetic.ts';

/** Digits behind the point that every value of the expression has; undefined when they differ, or cannot be told. */
export function scaleOf(bound: Bound): number | undefined {
  if (bound.type === 'int2' || bound.type === 'int4' || bound.type === 'int8') return 0;
  switch (bound.kind) {
    case 'const':
      return bound.value === null || bound.type !== 'numeric'
        ? undefined
        : (numberText(bound.value).split('.')[1] ?? '').length;
    case 'column':
      return columnScale(bound.relation, bound.slot, bound.typmod);
    case 'apply':
      return applyScale(bound.routine.name, bound.args);
    case 'cast':
      if (bound.typmod >= 0) return numericScale(bound.typmod);
      return bound.arg.type === 'numeric' ? scaleOf(bound.arg) : integerScale(bound.arg);
    case 'case':
    case 'coalesce':
    case 'greatest':
    case 'least':
    case 'nullif':
    case 'window':
      return ofResults(resultsOf(bound));
    case 'aggregate':
      if (bound.routine.kind === 'author') return bound.typmod >= 0 ? numericScale(bound.typmod) : 0;
      return ofResults(resultsOf(bound));
    case 'subquery':
      return bound.form === 'scalar' ? queryScale(bound.query, 0) : undefined;
    case 'author':
      return bound.typmod >= 0 ? numericScale(bound.typmod) : 0;
    default:
      return undefined;
  }
}

function integerScale(bound: Bound): number | undefined {
  return bound.type === 'int2' || bound.type === 'int4' || bound.type === 'int8' ? 0 : undefined;
}

/**
 * The expressions one of whose values, or sums of which, the value is. Undefined where it is another number, as of a
 * count or an average.
 */
export function resultsOf(
  bound: BoundOf<'case' | 'coalesce' | 'greatest' | 'least' | 'nullif' | 'aggregate' | 'window'>,
): readonly Bound[] | undefined {
  switch (bound.kind) {
    case 'case':
      return [...bound.branches.map(({ then }) => then), ...(bound.otherwise === undefined ? [] : [bound.otherwise])];
    case 'coalesce':
    case 'greatest':
    case 'least':
      return bound.args;
    case 'nullif':
      return [bound.left];
    case 'aggregate':
      return bound.routine.kind === 'author'
        ? undefined
        : resultsOfRoutine(bound.routine.name, bound.withinGroup ? sortedBy(bound.orderBy) : bound.args);
    case 'window':
      return resultsOfRoutine(bound.routine.name, bound.args);
    default:
      return assertNever(bound, 'resultsOf');
  }
}

function resultsOfRoutine(name: string, [first, , third]: readonly Bound[]): readonly Bound[] | undefined {
  if (first === undefined) return undefined;
  switch (name) {
    case 'sum':
    case 'min':
    case 'max':
    case 'first_value':
    case 'last_value':
    case 'nth_value':
    case 'mode':
    case 'percentile_disc':
      return [first];
    case 'lag':
    case 'lead':
      return third === undefined ? [first] : [first, third];
    default:
      return undefined;
  }
}

function ofResults(results: readonly Bound[] | undefined): number | undefined {
  const [only, another] = results ?? [];
  return only === undefined || another !== undefined ? common(results ?? []) : scaleOf(only);
}

/** NULLs have no scale. */
function common(bounds: readonly Bound[]): number | undefined {
  const scales = bounds.filter((bound) => !isNull(bound)).map(scaleOf);
  const [first] = scales;
  return scales.every((scale) => scale === first) ? first : undefined;
}

/** A NULL has no digits. */
export function isNull(bound: Bound): boolean {
  return bound.kind === 'const' ? bound.value === null : bound.kind === 'cast' && isNull(bound.arg);
}

function applyScale(name: string, args: readonly Bound[]): number | undefined {
  const [left, right] = args;
  const first = left && scaleOf(left);
  const second = right && scaleOf(right);
  switch (name) {
    case '+':
    case '-':
    case '%':
    case 'mod':
      if (right === undefined) return first;
      return first === undefined || second === undefined ? undefined : Math.max(first, second);
    case '*':
      return first === undefined || second === undefined ? undefined : first + second;
    case '@':
    case 'abs':
      return first;
    case 'round':
    case 'trunc':
      if (right === undefined) return 0;
      return right.kind === 'const' && right.value !== null ? Math.max(Number(right.value), 0) : undefined;
    case 'ceil':
    case 'ceiling':
    case 'floor':
    case 'sign':
    case 'div':
      return 0;
    case 'extract':
      return extractScale(left, right);
    default:
      return undefined;
  }
}

/** extract() is whole but for seconds and epochs, which count microseconds (not those of a date). */
function extractScale(field: Bound | undefined, value: Bound | undefined): number | undefined {
  const name = field?.kind === 'const' ? field.value?.toLowerCase() : undefined;
  if (name === 'epoch' && value?.type === 'date') return 0;
  return name === 'epoch' || name === 'second' || name === 'seconds' ? 6 : 0;
}

function sortedBy(orderBy: readonly BoundSort[]): Bound[] {
  return orderBy.flatMap(({ by }) => (by.kind === 'expr' ? [by.expr] : []));
}

function columnScale(relation: Relation, slot: number, typmod: number): number | undefined {
  switch (relation.kind) {
    case 'leaf':
      // Whole numbers beyond bigint are the only numeric of DuckDB's without a scale.
      return typmod >= 0 ? numericScale(typmod) : 0;
    case 'derived':
      return queryScale(relation.query, slot);
    case 'cte':
      return relation.cte.query === undefined ? undefined : queryScale(relation.cte.query, slot);
    case 'function':
      return relation.call.kind === 'apply' && relation.call.args[0]?.kind === 'array'
        ? common(relation.call.args[0].items)
        : undefined;
  }
}

const visiting = new Set<BoundQuery>();

/** The scale of a query's column; a recursive query's is that of what does not recur. */
export function queryScale(query: BoundQuery, slot: number): number | undefined {
  if (visiting.has(query)) return undefined;
  visiting.add(query);
  try {
    const { body } = query;
    switch (body.kind) {
      case 'select':
        return body.items[slot] && scaleOf(body.items[slot]);
      case 'values':
        return common(body.rows.flatMap((row) => (row[slot] === undefined ? [] : [row[slot]])));
      case 'set-operation': {
        const left = queryScale(body.left, slot);
        return left === queryScale(body.right, slot) ? left : undefined;
      }
    }
  } finally {
    visiting.delete(query);
  }
}

/**
 * Columns whose digits differ from row to row: each travels with the text of its calculation (numeric-calculation.ts).
 * @throws SqlError 0A000 for an array of such numbers
 */
export function shownNumerics(query: BoundQuery): readonly number[] {
  return query.columns.flatMap(({ type }, slot) => {
    if (type === 'numeric[]' && query.body.kind === 'select') checkArray(query.body.items[slot]);
    return type === 'numeric' && queryScale(query, slot) === undefined && !allNull(query, slot) ? [slot] : [];
  });
}

function allNull({ body }: BoundQuery, slot: number): boolean {
  switch (body.kind) {
    case 'select':
      return body.items[slot] !== undefined && isNull(body.items[slot]);
    case 'values':
      return body.rows.every((row) => row[slot] !== undefined && isNull(row[slot]));
    case 'set-operation':
      return allNull(body.left, slot) && allNull(body.right, slot);
  }
}

/** An array's numbers share a scale, or are a column's own. */
function checkArray(bound: Bound | undefined): void {
  if (bound?.kind === 'array' && bound.items.length > 0 && common(bound.items) === undefined) throw unknownDigits();
  if (bound?.kind === 'apply' || bound?.kind === 'cast' || bound?.kind === 'parameter') throw unknownDigits();
  if (bound?.kind === 'aggregate' && bound.args[0] !== undefined && scaleOf(bound.args[0]) === undefined)
    throw unknownDigits();
}

export function unknownDigits(): Error {
  return notSupported('a numeric whose digits differ from row to row, here, on DuckDB,', {
    hint: 'Use round(x, 2), or cast it to numeric(18, 6) or double precision.',
  });
}
