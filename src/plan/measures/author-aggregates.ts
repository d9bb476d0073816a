/**
 * Calculated measures that aggregate by themselves: `sum({CUBE}.price * {CUBE}.quantity) / count(*)`.
 *
 * This is the one place where the planner looks inside an author's SQL, so it must be PostgreSQL's grammar there:
 * arguments of aggregates become inputs of the leaf, the rest stays the author's text around them.
 */
import { notSupported, SqlError } from '../../errors.ts';
import type { CubePath, Fragment, FragmentPart } from '../../model/types.ts';
import type { Call, Expr } from '../../sql/ast.ts';
import { parseExpression } from '../../sql/parse.ts';
import { printExpr } from '../../sql/print-expression.ts';
import type { PrintHooks } from '../../sql/print-hooks.ts';
import { printName } from '../../sql/print-token.ts';
import type { AuthorPart, Bound, BoundAggregate, BoundColumn, LeafRelation } from '../bound/bound.ts';
import { cubeAt } from '../model-facts.ts';
import { functionsByName } from '../routines/routines.ts';

export type AuthorContext = {
  readonly leaf: LeafRelation;
  readonly path: CubePath;
  readonly measure: string;
  /** The measure that a part of the author's text names, expanded; undefined for what is no measure. */
  readonly hole: (part: FragmentPart) => Bound | undefined;
  /** An input of the leaf for a piece of SQL; without one, the marker of a row. */
  readonly input: (sql: Fragment | undefined) => BoundColumn;
};

/** @throws SqlError 0A000 for SQL that is not PostgreSQL's grammar, for columns outside aggregates and unknown aggregates */
export function authorAggregates(sql: Fragment, context: AuthorContext): AuthorPart[] {
  const tree = parseAuthor(sql, context);
  const bounds: Bound[] = [];
  const hole = (bound: Bound): string => `\u0004${bounds.push(bound) - 1}\u0004`;
  const hooks: PrintHooks = {
    opaque: () => '',
    bind: () => '',
    parameter: (index) => `$${index}`,
    expr: (expr) => {
      if (expr.kind === 'column') {
        const part = partOf(expr, sql);
        const measure = part && context.hole(part.part);
        if (measure === undefined) throw refused(context, `a column outside an aggregate`);
        return hole(measure);
      }
      return expr.kind === 'call' && isAggregate(expr) ? hole(aggregate(expr, sql, context)) : undefined;
    },
  };
  const text = printExpr(tree, hooks);
  return text.split('\u0004').flatMap((piece, i): AuthorPart[] => {
    if (i % 2 === 1) return [{ kind: 'bound', bound: bounds[Number(piece)] as Bound }];
    return piece === '' ? [] : [{ kind: 'text', text: piece }];
  });
}

function refused(context: AuthorContext, what: string, cause?: unknown): SqlError {
  const name = `${cubeAt(context.leaf.table.root, context.path)}.${context.measure}`;
  return notSupported(`measure ${name}: ${what}`, {
    hint: 'Declare each aggregate as a measure of its own and refer to it.',
    cause,
  });
}

const PLACE = 'semwire_part_';

/** The author's expression with a name for each reference. */
function parseAuthor(sql: Fragment, context: AuthorContext): Expr {
  const text = sql.parts.map((part, i) => (part.kind === 'text' ? part.text : `${PLACE}${i}`)).join('');
  try {
    return parseExpression(text);
  } catch (error) {
    if (error instanceof SqlError)
      throw refused(context, `SQL that is not PostgreSQL's grammar around an aggregate (${error.message})`, error);
    throw error;
  }
}

function partOf(
  expr: Extract<Expr, { kind: 'column' }>,
  sql: Fragment,
): { readonly part: FragmentPart; readonly rest: readonly string[] } | undefined {
  const [first = '', ...rest] = expr.path;
  const part = first.startsWith(PLACE) ? sql.parts[Number(first.slice(PLACE.length))] : undefined;
  return part && { part, rest };
}

function isAggregate(call: Call): boolean {
  const routines = functionsByName.get(call.path.at(-1) ?? '') ?? [];
  return call.over === undefined && routines.some(({ kind }) => kind === 'aggregate');
}

function aggregate(call: Call, sql: Fragment, context: AuthorContext): BoundAggregate {
  if (call.args.some(({ name, variadic }) => name !== undefined || variadic))
    throw refused(context, 'a named or VARIADIC argument');
  const ofRow = (expr: Expr): Bound => context.input(fragmentOf(expr, sql, context));
  const input = (expr: Expr): Bound => (isConstant(expr) ? constant(expr) : ofRow(expr));
  // `sum(1)` and `count(1)` are over the cube's rows too: a constant there is a value of each row.
  const isRowValue = (position: number): boolean => position === 0 && !call.withinGroup;
  const { leaf, path } = context;
  return {
    kind: 'aggregate',
    routine: { kind: 'author', path: [call.path.at(-1) ?? ''] },
    star: false,
    // count(*) counts the cube's rows, not the rows that a join made of them.
    args: call.star
      ? [context.input(undefined)]
      : call.args.map(({ value }, i) => (isRowValue(i) ? ofRow(value) : input(value))),
    distinct: call.distinct,
    orderBy: call.orderBy.map(({ expr, descending, nulls }) => ({
      by: { kind: 'expr', expr: input(expr) },
      descending,
      nulls,
    })),
    withinGroup: call.withinGroup,
    filter: call.filter && input(call.filter),
    grain: { kind: 'cube', leaf, path },
    at: undefined,
    type: 'numeric',
    typmod: -1,
  };
}

/** A separator of string_agg and the like stays where it is: it is no value of a row. */
function isConstant(expr: Expr): boolean {
  return expr.kind === 'string' || expr.kind === 'number';
}

function constant(expr: Expr): Bound {
  if (expr.kind === 'string') return { kind: 'const', type: 'text', typmod: -1, value: expr.value };
  if (expr.kind === 'number')
    return { kind: 'const', type: /^\d{1,9}$/.test(expr.text) ? 'int4' : 'numeric', typmod: -1, value: expr.text };
  throw new Error('not a constant');
}

/** The author's text of an argument, its references put back. */
function fragmentOf(expr: Expr, sql: Fragment, context: AuthorContext): Fragment {
  const hooks: PrintHooks = {
    opaque: () => '',
    bind: () => '',
    parameter: (index) => `$${index}`,
    expr: (inner) => {
      if (inner.kind === 'call' && isAggregate(inner)) throw refused(context, 'an aggregate inside an aggregate');
      if (inner.kind !== 'column') return undefined;
      const found = partOf(inner, sql);
      if (found === undefined) return undefined;
      if (context.hole(found.part) !== undefined) throw refused(context, 'a measure inside an aggregate');
      const index = sql.parts.indexOf(found.part);
      return `\u0004${index}\u0004${found.rest.map((name) => `.${printName(name)}`).join('')}`;
    },
  };
  const parts = printExpr(expr, hooks)
    .split('\u0004')
    .flatMap((piece, i): FragmentPart[] => {
      if (i % 2 === 1) return [sql.parts[Number(piece)] as FragmentPart];
      return piece === '' ? [] : [{ kind: 'text', text: piece }];
    });
  return { parts, at: sql.at };
}
