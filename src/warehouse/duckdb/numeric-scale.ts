/**
 * Digits behind the point. PostgreSQL's numeric keeps them per value, DuckDB's DECIMAL per column: where every value of
 * an expression has the same number of them both show the same; where not, the value is sent as its calculation
 * (numeric-text.ts), which the driver finishes as PostgreSQL would.
 */
import { notSupported } from '../../errors.ts';
import type { Bound, BoundQuery, BoundSelect, Relation } from '../../plan/bound/bound.ts';
import { boundKey } from '../../plan/bound/walk.ts';
import { slotName } from '../../plan/leaf/secure.ts';
import type { Expr } from '../../sql/ast.ts';
import { numericScale, type PgType } from '../../sql/types.ts';
import { binary, castTo, text } from './expressions.ts';
import { floatDigits, nonZero, numberText } from './numeric-arithmetic.ts';

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
      return common([
        ...bound.branches.map(({ then }) => then),
        ...(bound.otherwise === undefined ? [] : [bound.otherwise]),
      ]);
    case 'coalesce':
    case 'greatest':
    case 'least':
      return common(bound.args);
    case 'nullif':
      return scaleOf(bound.left);
    case 'aggregate':
      if (bound.routine.kind === 'author') return bound.typmod >= 0 ? numericScale(bound.typmod) : 0;
      return aggregateScale(bound.routine.name, bound.args);
    case 'window':
      return aggregateScale(bound.routine.name, bound.args);
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

/** NULLs have no scale. */
function common(bounds: readonly Bound[]): number | undefined {
  const scales = bounds.filter((bound) => !isNull(bound)).map(scaleOf);
  const [first] = scales;
  return scales.every((scale) => scale === first) ? first : undefined;
}

function isNull(bound: Bound): boolean {
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

function aggregateScale(name: string, args: readonly Bound[]): number | undefined {
  const [first, , third] = args;
  if (first === undefined) return undefined;
  switch (name) {
    case 'sum':
    case 'min':
    case 'max':
    case 'first_value':
    case 'last_value':
    case 'nth_value':
    case 'mode':
      return scaleOf(first);
    case 'percentile_disc':
      return undefined;
    case 'lag':
    case 'lead':
      return third === undefined ? scaleOf(first) : common([first, third]);
    default:
      return undefined;
  }
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

/** Name of the hidden column that carries a column's calculation out of a subquery. */
export function textSlot(select: BoundSelect, slot: number): string {
  return slotName(select.items.length + slot);
}

/** True when a SELECT in FROM or WITH has a hidden column for the calculation of its item. */
export function carriesText(select: BoundSelect, slot: number): boolean {
  const item = select.items[slot];
  return select.distinct === false && item?.type === 'numeric' && !isNull(item) && scaleOf(item) === undefined;
}

/** @throws SqlError 0A000 when a column of a set operation or of VALUES holds numerics of different scales */
export function checkDigits(query: BoundQuery): void {
  if (query.body.kind === 'select') return;
  for (const [slot, { type }] of query.columns.entries()) {
    if (type === 'numeric' && queryScale(query, slot) === undefined && !allNull(query, slot)) throw unknownDigits();
  }
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

/**
 * The calculation of a numeric as text, for a select list.
 * @returns undefined where DuckDB's own value shows the same digits
 * @throws SqlError 0A000 when its digits cannot be told
 */
export function shownNumeric(bound: Bound, select: BoundSelect, lower: (bound: Bound) => Expr): Expr | undefined {
  if (bound.type === 'numeric[]') return checkedArray(bound);
  if (bound.type !== 'numeric' || isNull(bound) || scaleOf(bound) !== undefined) return undefined;
  if (select.distinct !== false) throw unknownDigits();
  return calculation(bound, { select, lower });
}

/** An array's numbers share a scale, or are a column's own. */
function checkedArray(bound: Bound): undefined {
  if (bound.kind === 'array' && bound.items.length > 0 && common(bound.items) === undefined) throw unknownDigits();
  if (bound.kind === 'apply' || bound.kind === 'cast' || bound.kind === 'parameter') throw unknownDigits();
  if (bound.kind === 'aggregate' && bound.args[0] !== undefined && scaleOf(bound.args[0]) === undefined)
    throw unknownDigits();
  return undefined;
}

type Context = { readonly select: BoundSelect; readonly lower: (bound: Bound) => Expr };

function unknownDigits(): Error {
  return notSupported('a numeric whose digits differ from row to row, here, on DuckDB,', {
    hint: 'Use round(x, 2), or cast it to numeric(18, 6) or double precision.',
  });
}

function calculation(bound: Bound, context: Context): Expr {
  const { lower, select } = context;
  if (isNull(bound)) return castTo({ kind: 'null' }, 'VARCHAR');
  if (scaleOf(bound) !== undefined) return castTo(lower(bound), 'VARCHAR');
  // A key of GROUP BY has no operands left to calculate with.
  const key = boundKey(bound);
  if (select.grouping?.keys.some((other) => boundKey(other) === key)) throw unknownDigits();
  switch (bound.kind) {
    case 'apply': {
      const operator = { '+': '+', '-': '-', '*': '*', '/': '/' }[bound.routine.name];
      const [left, right] = bound.args;
      if (operator === undefined || left === undefined) throw unknownDigits();
      if (right === undefined) return binary('||', calculation(left, context), text(' ~'));
      const made = steps(calculation(left, context), calculation(right, context), operator);
      return operator === '/' ? nonZero(lower(right), made) : made;
    }
    case 'cast':
      if (bound.typmod >= 0) throw unknownDigits();
      if (bound.arg.type === 'float4' || bound.arg.type === 'float8')
        return floatDigits(lower(bound.arg), bound.arg.type);
      if (bound.arg.type !== 'numeric') throw unknownDigits();
      return calculation(bound.arg, context);
    case 'case':
      return {
        kind: 'case',
        operand: undefined,
        branches: bound.branches.map(({ when, then }) => ({ when: lower(when), then: calculation(then, context) })),
        otherwise: bound.otherwise && calculation(bound.otherwise, context),
      };
    case 'coalesce':
      return { kind: 'coalesce', args: bound.args.map((arg) => calculation(arg, context)) };
    case 'parameter':
      return castTo({ kind: 'parameter', index: bound.index }, 'VARCHAR');
    case 'aggregate':
    case 'window':
      return aggregateText(bound, lower);
    case 'column':
      return columnText(bound, select);
    default:
      throw unknownDigits();
  }
}

/** `avg(x)` is `sum(x) / count(x)`; a sum has as many digits as the longest value that went into it. */
function aggregateText(bound: Extract<Bound, { kind: 'aggregate' | 'window' }>, lower: (bound: Bound) => Expr): Expr {
  const { routine, args } = bound;
  const [argument] = args;
  if (routine.kind === 'author' || argument === undefined) throw unknownDigits();
  const part = (name: 'sum' | 'count' | 'max', result: PgType, arg: Bound = argument): Expr =>
    castTo(
      lower({
        ...bound,
        routine: { ...routine, name, result, parameters: [arg.type as PgType] },
        args: [arg],
        type: result,
      }),
      'VARCHAR',
    );
  const scale = scaleOf(argument) === undefined ? digitsOf(argument) : undefined;
  if (scaleOf(argument) === undefined && scale === undefined) throw unknownDigits();
  const sum = part('sum', 'numeric');
  const shown = scale === undefined ? sum : steps(sum, part('max', 'int4', scale), '#');
  switch (routine.name) {
    case 'sum':
      return shown;
    case 'avg':
      return steps(shown, part('count', 'int8'), '/');
    default:
      throw unknownDigits();
  }
}

function steps(left: Expr, right: Expr, operator: string): Expr {
  return binary('||', binary('||', binary('||', left, text(' ')), right), text(` ${operator}`));
}

/** The digits behind the point of each row's value, as an expression; undefined where that cannot be told. */
function digitsOf(bound: Bound): Bound | undefined {
  const whole = (value: number | null): Bound => ({
    kind: 'const',
    type: 'int4',
    typmod: -1,
    value: value === null ? null : String(value),
  });
  if (isNull(bound)) return whole(null);
  const scale = scaleOf(bound);
  if (scale !== undefined) return integerCase([{ when: isNullTest(bound, false), then: whole(null) }], whole(scale));
  switch (bound.kind) {
    case 'cast':
      return bound.typmod < 0 && bound.arg.type === 'numeric' ? digitsOf(bound.arg) : undefined;
    case 'case':
      return integerCase(
        bound.branches.map(({ when, then }) => ({ when, then: digitsOf(then) })),
        bound.otherwise === undefined ? undefined : digitsOf(bound.otherwise),
        bound.otherwise !== undefined,
      );
    case 'coalesce':
      return integerCase(
        bound.args.map((arg) => ({ when: isNullTest(arg, true), then: digitsOf(arg) })),
        undefined,
      );
    default:
      return undefined;
  }
}

function isNullTest(arg: Bound, negated: boolean): Bound {
  return { kind: 'is', test: 'null', negated, arg, type: 'bool', typmod: -1 };
}

function integerCase(
  branches: readonly { readonly when: Bound; readonly then: Bound | undefined }[],
  otherwise: Bound | undefined,
  needed = false,
): Bound | undefined {
  const known = branches.flatMap(({ when, then }) => (then === undefined ? [] : [{ when, then }]));
  if (known.length < branches.length || (needed && otherwise === undefined)) return undefined;
  return { kind: 'case', branches: known, otherwise, type: 'int4', typmod: -1 };
}

function columnText({ relation, slot }: Extract<Bound, { kind: 'column' }>, select: BoundSelect): Expr {
  const query = relation.kind === 'derived' ? relation.query : relation.kind === 'cte' ? relation.cte.query : undefined;
  if (query?.body.kind !== 'select' || select.grouping !== undefined || !carriesText(query.body, slot))
    throw unknownDigits();
  return { kind: 'column', path: [`t${relation.id}`, textSlot(query.body, slot)] };
}
