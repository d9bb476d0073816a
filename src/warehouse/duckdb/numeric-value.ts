/**
 * Inside a query a numeric is compared, sorted, grouped and summed as a DECIMAL. One whose digits behind the point differ
 * from row to row (numeric-scale.ts) is a DECIMAL(38, s) whose s has room for all of them. Where DuckDB would unite two
 * DECIMALs by rounding one of them, both are cast before.
 */
import type { Bound, BoundQuery, Relation } from '../../plan/bound/bound.ts';
import type { Expr } from '../../sql/ast.ts';
import { numericLiteral } from './casts.ts';
import { castTo } from './expressions.ts';
import { numberText } from './numeric-arithmetic.ts';
import { VALUE_SCALE } from './numeric-macros.ts';
import { isNull, queryScale, resultsOf, scaleOf } from './numeric-scale.ts';

/** Digits behind the point of the DECIMAL that holds the expression's values. */
export function valueScale(bound: Bound): number {
  if (isNull(bound)) return 0;
  const known = scaleOf(bound);
  if (known !== undefined) return known;
  switch (bound.kind) {
    case 'column':
      return columnScale(bound.relation, bound.slot);
    case 'apply':
      return appliedScale(bound.routine.name, bound.args);
    case 'cast':
      return bound.arg.type === 'numeric' ? valueScale(bound.arg) : VALUE_SCALE;
    case 'case':
    case 'coalesce':
    case 'greatest':
    case 'least':
    case 'nullif':
    case 'aggregate':
    case 'window': {
      const results = resultsOf(bound);
      return results === undefined ? VALUE_SCALE : widest(results);
    }
    case 'subquery':
      return bound.form === 'scalar' ? queryValueScale(bound.query, 0) : VALUE_SCALE;
    case 'parameter':
      return 10;
    default:
      return VALUE_SCALE;
  }
}

function widest(bounds: readonly Bound[]): number {
  return Math.max(0, ...bounds.map(valueScale));
}

function appliedScale(name: string, args: readonly Bound[]): number {
  switch (name) {
    case '+':
    case '-':
    case '@':
    case 'abs': {
      const scale = widest(args);
      return Math.min(scale, VALUE_SCALE);
    }
    case '*':
      return productScale(args) ?? VALUE_SCALE;
    default:
      return VALUE_SCALE;
  }
}

/** Digits behind the point of a product that DuckDB computes; undefined where they are more than a value has room for. */
export function productScale(args: readonly Bound[]): number | undefined {
  const scale = args.reduce((sum, arg) => sum + factorScale(arg), 0);
  return scale > VALUE_SCALE ? undefined : scale;
}

function factorScale(bound: Bound): number {
  return bound.kind === 'const' && bound.value !== null
    ? (trimmed(bound.value).split('.')[1] ?? '').length
    : valueScale(bound);
}

/** The zeros at the end of a literal, `100.00`, count for what is shown alone. */
export function factor(bound: Bound, value: Expr): Expr {
  return bound.kind === 'const' && bound.value !== null ? numericLiteral(trimmed(bound.value)) : value;
}

function trimmed(value: string): string {
  const digits = numberText(value);
  return digits.includes('.') ? digits.replace(/\.?0*$/, '') : digits;
}

function columnScale(relation: Relation, slot: number): number {
  const query = relation.kind === 'derived' ? relation.query : relation.kind === 'cte' ? relation.cte.query : undefined;
  return query === undefined ? VALUE_SCALE : queryValueScale(query, slot);
}

const visiting = new Set<BoundQuery>();

/** Of a query's column. One that recurs has room for any. */
export function queryValueScale(query: BoundQuery, slot: number): number {
  const known = queryScale(query, slot);
  if (known !== undefined) return known;
  if (visiting.has(query)) return VALUE_SCALE;
  visiting.add(query);
  try {
    const { body } = query;
    switch (body.kind) {
      case 'select':
        return body.items[slot] === undefined ? VALUE_SCALE : valueScale(body.items[slot]);
      case 'values':
        return widest(body.rows.flatMap((row) => (row[slot] === undefined ? [] : [row[slot]])));
      case 'set-operation':
        return Math.max(queryValueScale(body.left, slot), queryValueScale(body.right, slot));
    }
  } finally {
    visiting.delete(query);
  }
}

/** One of the values that a CASE, COALESCE … may give, as the DECIMAL that holds them all. */
export function asValueOf(result: Bound, value: Expr): Expr {
  if (result.type !== 'numeric' || isNull(result) || scaleOf(result) !== undefined) return value;
  return decimal(value, valueScale(result));
}

/** A value of an arm of a set operation, or of a row of VALUES, as the DECIMAL of the column. */
export function asColumnOf(query: BoundQuery, slot: number, value: Expr): Expr {
  if (query.columns[slot]?.type !== 'numeric' || queryScale(query, slot) !== undefined) return value;
  return decimal(value, queryValueScale(query, slot));
}

/** What makes the two sides of `left IN (query)` one DECIMAL. */
export function comparedWith(left: Bound, query: BoundQuery, slot: number): (value: Expr) => Expr {
  if (left.type !== 'numeric' || query.columns[slot]?.type !== 'numeric') return (value) => value;
  const [here, there] = [valueScale(left), queryValueScale(query, slot)];
  return here === there ? (value) => value : (value) => decimal(value, Math.max(here, there));
}

function decimal(value: Expr, scale: number): Expr {
  return castTo(value, 'DECIMAL', '38', String(scale));
}
