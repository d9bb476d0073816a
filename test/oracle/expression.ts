/**
 * Scalar expressions of random models and queries: one small tree, printed as SQL and evaluated here, in JavaScript,
 * with SQL's three-valued logic. Shares nothing with src/.
 */

export type Type = 'int' | 'num' | 'text' | 'bool';
export type Value = number | string | boolean | null;

export type Operator = '+' | '-' | '*' | '=' | '<>' | '<' | '<=' | '>' | '>=';

/** `L`: what stands at the leaves besides literals. */
export type Expr<L> =
  | { readonly k: 'lit'; readonly value: Value }
  | { readonly k: 'leaf'; readonly leaf: L }
  | { readonly k: 'op'; readonly op: Operator; readonly args: readonly [Expr<L>, Expr<L>] }
  | { readonly k: 'and' | 'or'; readonly args: readonly [Expr<L>, Expr<L>] }
  | { readonly k: 'not' | 'isnull' | 'notnull' | 'negated'; readonly arg: Expr<L> }
  /** To float8, whose values are those of JavaScript. */
  | { readonly k: 'cast'; readonly arg: Expr<L> }
  | { readonly k: 'coalesce'; readonly args: readonly [Expr<L>, Expr<L>] }
  | { readonly k: 'case'; readonly when: Expr<L>; readonly then: Expr<L>; readonly otherwise?: Expr<L> | undefined }
  /** `1.0 * a / NULLIF(b, 0)` */
  | { readonly k: 'ratio'; readonly args: readonly [Expr<L>, Expr<L>] };

export const lit = (value: Value): { readonly k: 'lit'; readonly value: Value } => ({ k: 'lit', value });

/** SQL that PostgreSQL and DuckDB read alike. */
export function printExpr<L>(expr: Expr<L>, leaf: (leaf: L) => string): string {
  const print = (inner: Expr<L>): string => printExpr(inner, leaf);
  switch (expr.k) {
    case 'lit':
      if (expr.value === null) return 'NULL';
      return typeof expr.value === 'string' ? `'${expr.value}'` : String(expr.value);
    case 'leaf':
      return leaf(expr.leaf);
    case 'op':
      return `(${print(expr.args[0])} ${expr.op} ${print(expr.args[1])})`;
    case 'and':
    case 'or':
      return `(${print(expr.args[0])} ${expr.k.toUpperCase()} ${print(expr.args[1])})`;
    case 'not':
      return `(NOT ${print(expr.arg)})`;
    case 'isnull':
      return `(${print(expr.arg)} IS NULL)`;
    case 'notnull':
      return `(${print(expr.arg)} IS NOT NULL)`;
    case 'negated':
      return `(- ${print(expr.arg)})`;
    case 'cast':
      return `CAST(${print(expr.arg)} AS float8)`;
    case 'coalesce':
      return `COALESCE(${print(expr.args[0])}, ${print(expr.args[1])})`;
    case 'case': {
      const otherwise = expr.otherwise === undefined ? '' : ` ELSE ${print(expr.otherwise)}`;
      return `CASE WHEN ${print(expr.when)} THEN ${print(expr.then)}${otherwise} END`;
    }
    case 'ratio':
      return `(1.0 * ${print(expr.args[0])} / NULLIF(${print(expr.args[1])}, 0))`;
  }
}

/** @param known a value that a whole subexpression has already: a GROUP BY key */
export function evaluate<L>(
  expr: Expr<L>,
  leaf: (leaf: L) => Value,
  known: (expr: Expr<L>) => Value | undefined = () => undefined,
): Value {
  const value = (inner: Expr<L>): Value => evaluate(inner, leaf, known);
  const found = known(expr);
  if (found !== undefined) return found;
  switch (expr.k) {
    case 'lit':
      return expr.value;
    case 'leaf':
      return leaf(expr.leaf);
    case 'op':
      return operate(expr.op, value(expr.args[0]), value(expr.args[1]));
    case 'and':
    case 'or':
      return logic(expr.k === 'or', value(expr.args[0]), value(expr.args[1]));
    case 'not': {
      const arg = value(expr.arg);
      return arg === null ? null : !arg;
    }
    case 'isnull':
      return value(expr.arg) === null;
    case 'notnull':
      return value(expr.arg) !== null;
    case 'negated': {
      const arg = value(expr.arg);
      return arg === null ? null : -Number(arg);
    }
    case 'cast':
      return value(expr.arg);
    case 'coalesce':
      return value(expr.args[0]) ?? value(expr.args[1]);
    case 'case':
      if (value(expr.when) === true) return value(expr.then);
      return expr.otherwise === undefined ? null : value(expr.otherwise);
    case 'ratio': {
      const [a = null, b = null] = expr.args.map(value);
      return a === null || b === null || b === 0 ? null : Number(a) / Number(b);
    }
  }
}

function operate(op: Operator, a: Value, b: Value): Value {
  if (a === null || b === null) return null;
  switch (op) {
    case '+':
      return Number(a) + Number(b);
    case '-':
      return Number(a) - Number(b);
    case '*':
      return Number(a) * Number(b);
    case '=':
      return compare(a, b) === 0;
    case '<>':
      return compare(a, b) !== 0;
    case '<':
      return compare(a, b) < 0;
    case '<=':
      return compare(a, b) <= 0;
    case '>':
      return compare(a, b) > 0;
    case '>=':
      return compare(a, b) >= 0;
  }
}

/** `absorbing`: true for OR, whose TRUE decides; false for AND, whose FALSE does. */
function logic(absorbing: boolean, a: Value, b: Value): Value {
  if (a === absorbing || b === absorbing) return absorbing;
  return a === null || b === null ? null : !absorbing;
}

/** Of two values of one type, none of them NULL. Quotients that differ by rounding alone are equal. */
export function compare(a: Value, b: Value): number {
  if (typeof a === 'number' && typeof b === 'number') return Math.abs(a - b) < 1e-9 ? 0 : a - b;
  if (a === b) return 0;
  return (a as string) < (b as string) ? -1 : 1;
}

/** A text that is equal for values that GROUP BY and DISTINCT take as one. */
export function valueKey(value: Value): string {
  if (typeof value === 'number') return `n${Number(value.toFixed(6))}`.replace('n-0', 'n0');
  return value === null ? '-' : `${typeof value}${value}`;
}

export function rowKey(values: readonly Value[]): string {
  return values.map(valueKey).join('|');
}

/** Every leaf of an expression, in order. */
export function leavesOf<L>(expr: Expr<L>): L[] {
  switch (expr.k) {
    case 'lit':
      return [];
    case 'leaf':
      return [expr.leaf];
    case 'op':
    case 'and':
    case 'or':
    case 'coalesce':
    case 'ratio':
      return expr.args.flatMap((arg) => leavesOf(arg));
    case 'not':
    case 'isnull':
    case 'notnull':
    case 'negated':
    case 'cast':
      return leavesOf(expr.arg);
    case 'case':
      return [expr.when, expr.then, ...(expr.otherwise === undefined ? [] : [expr.otherwise])].flatMap((arg) =>
        leavesOf(arg),
      );
  }
}

/** The same expression over other leaves. */
export function mapLeaves<L, M>(expr: Expr<L>, map: (leaf: L) => Expr<M>): Expr<M> {
  const on = (inner: Expr<L>): Expr<M> => mapLeaves(inner, map);
  switch (expr.k) {
    case 'lit':
      return expr;
    case 'leaf':
      return map(expr.leaf);
    case 'op':
    case 'and':
    case 'or':
    case 'coalesce':
    case 'ratio':
      return { ...expr, args: [on(expr.args[0]), on(expr.args[1])] };
    case 'not':
    case 'isnull':
    case 'notnull':
    case 'negated':
    case 'cast':
      return { ...expr, arg: on(expr.arg) };
    case 'case':
      return {
        ...expr,
        when: on(expr.when),
        then: on(expr.then),
        otherwise: expr.otherwise === undefined ? undefined : on(expr.otherwise),
      };
  }
}
