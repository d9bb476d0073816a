/** Aggregate and window functions as DuckDB has them. */
import { notSupported, SqlError, SqlState } from '../../errors.ts';
import type { Bound } from '../../plan/bound/bound.ts';
import type { Dialect, LoweredAggregate, Scope } from '../../plan/dialect.ts';
import type { Expr } from '../../sql/ast.ts';
import { isArrayType, type PgType } from '../../sql/types.ts';
import { binary, call, castTo, number, text } from './expressions.ts';
import type { DuckdbFunctionName } from './function-list.ts';
import { exactValue } from './numeric-calculation.ts';
import { exactQuotient } from './numeric-division.ts';
import { asValueOf } from './numeric-value.ts';
import { averageOf } from './quotients.ts';

/** Those of the same name and meaning. */
const SAME = [
  ...(['count', 'sum', 'avg', 'min', 'max', 'bool_and', 'bool_or', 'bit_and', 'bit_or', 'bit_xor'] as const),
  ...(['string_agg', 'array_agg', 'mode', 'percentile_cont', 'percentile_disc'] as const),
  ...(['stddev', 'stddev_pop', 'stddev_samp', 'variance', 'var_pop', 'var_samp'] as const),
  ...(['corr', 'covar_pop', 'covar_samp', 'regr_avgx', 'regr_avgy', 'regr_count', 'regr_intercept'] as const),
  ...(['regr_r2', 'regr_slope', 'regr_sxx', 'regr_sxy', 'regr_syy'] as const),
  ...(['row_number', 'rank', 'dense_rank', 'percent_rank', 'cume_dist', 'ntile'] as const),
  ...(['lag', 'lead', 'first_value', 'last_value', 'nth_value'] as const),
] as const;

const NAMES: ReadonlyMap<string, DuckdbFunctionName> = new Map([
  ...SAME.map((name): [string, DuckdbFunctionName] => [name, name]),
  ['every', 'bool_and'],
  // A client cannot write them: numeric-calculation.ts does.
  ['arg_min', 'arg_min'],
  ['arg_max', 'arg_max'],
]);

type Aggregate = Parameters<Dialect['aggregate']>[0];

/** @throws SqlError 0A000 for an aggregate that DuckDB lacks or computes otherwise */
export function duckdbAggregate(bound: Aggregate, lowered: LoweredAggregate, scope: Scope): Expr {
  const { routine } = bound;
  const what = routine.kind === 'window' ? 'window function' : 'aggregate';
  const name = NAMES.get(routine.name);
  if (name === undefined || (bound.withinGroup && RANKS.has(routine.name)))
    throw notSupported(`${what} ${routine.name}() on DuckDB`);
  const types = [...bound.args, ...bound.orderBy.flatMap(({ by }) => (by.kind === 'expr' ? [by.expr] : []))].map(
    ({ type }) => type,
  );
  if (bound.type === 'interval' && !bound.distinct && (routine.name === 'sum' || routine.name === 'avg'))
    return ofIntervals(bound, lowered);
  if (types.includes('interval') && CALCULATING.test(routine.name))
    throw notSupported(`${routine.name}(interval) on DuckDB`);
  if (isArrayType(bound.type) && types.some((type) => type === bound.type) && name === 'array_agg')
    throw notSupported('an array of arrays on DuckDB');
  if (bound.type === 'numeric' && STATISTICS.test(routine.name)) return exactValue(lowered.call, scope);
  if (routine.name.startsWith('percentile')) checkFraction(routine.name, bound.args[0]);
  const made = aggregateCall(name, bound, ofOneType(bound, lowered));
  switch (routine.name) {
    case 'ntile':
      return castTo(made, 'INTEGER');
    case 'sum':
      if (bound.type === 'float4') return castTo(made, 'REAL');
      return isWhole(bound.args[0]?.type) ? castTo(made, ...(bound.type === 'int8' ? BIGINT : HUGE)) : made;
    case 'avg':
      return bound.type === 'numeric' ? average(lowered, scope) : made;
    default:
      return made;
  }
}

function checkFraction(name: string, bound: Bound | undefined): void {
  const fraction = bound?.kind === 'cast' ? bound.arg : bound;
  if (fraction?.kind === 'array') return;
  if (fraction?.kind !== 'const' || fraction.value === null)
    throw notSupported(`${name}() of a fraction that is no literal on DuckDB`);
  const value = Number(fraction.value);
  if (!(value >= 0 && value <= 1))
    throw new SqlError(SqlState.numericValueOutOfRange, `percentile value ${fraction.value} is not between 0 and 1`);
}

const RANKS: ReadonlySet<string> = new Set(['rank', 'dense_rank', 'percent_rank', 'cume_dist']);
const CALCULATING = /^(sum|avg|percentile_cont|stddev|var)/;
const STATISTICS = /^(stddev|var)/;
const BIGINT: [string] = ['BIGINT'];
const HUGE: [string, ...string[]] = ['DECIMAL', '38', '0'];

function isWhole(type: PgType | 'unknown' | undefined): boolean {
  return type === 'int2' || type === 'int4' || type === 'int8';
}

function aggregateCall(name: DuckdbFunctionName, bound: Aggregate, lowered: LoweredAggregate): Expr {
  const { args, orderBy, filter, over } = lowered;
  const [first, second, third] = args;
  // A set in PostgreSQL comes sorted.
  const sorts = bound.distinct && orderBy.length === 0 && (name === 'array_agg' || name === 'string_agg');
  return {
    ...call(
      name,
      ...(name === 'string_agg' && first && second ? [first, separator(bound, second)] : args.slice(0, third ? 3 : 2)),
    ),
    star: bound.star,
    distinct: bound.distinct,
    orderBy: sorts && first ? [{ expr: first, descending: false, nulls: 'last' }] : orderBy,
    withinGroup: bound.withinGroup,
    filter,
    over,
  };
}

/** Without a separator the strings stand side by side. */
function separator(bound: Aggregate, second: Expr): Expr {
  const written = bound.args[1];
  if (written?.kind === 'const' && written.value !== null) return second;
  if (written?.kind === 'const') return text('');
  throw notSupported('string_agg() with a separator that is no literal on DuckDB');
}

/** Months, days and microseconds are summed each by itself. */
function ofIntervals(bound: Aggregate, lowered: LoweredAggregate): Expr {
  const value = lowered.args[0] as Expr;
  const part = (field: string): Expr => call('date_part', text(field), value);
  const times = (left: Expr, right: number): Expr => binary('*', left, castTo(text(String(right)), 'BIGINT'));
  const sum = (amount: Expr, type: string): Expr =>
    castTo(aggregateCall('sum', bound, { ...lowered, args: [amount] }), type);
  const clock = binary(
    '+',
    binary('+', times(part('hour'), 3_600_000_000), times(part('minute'), 60_000_000)),
    part('microseconds'),
  );
  const total = binary(
    '+',
    binary(
      '+',
      call('to_months', sum(binary('+', times(part('year'), 12), part('month')), 'INTEGER')),
      call('to_days', sum(part('day'), 'INTEGER')),
    ),
    call('to_microseconds', sum(clock, 'BIGINT')),
  );
  if (bound.routine.name === 'sum') return total;
  const count: Expr = { kind: 'nullif', left: aggregateCall('count', bound, lowered), right: number(0) };
  const divided = call('semwire_interval_divided', castTo(total, 'VARCHAR'), castTo(count, 'VARCHAR'));
  return castTo(divided, 'INTERVAL');
}

/** lag() and lead() give the type of their first argument; DuckDB casts the third one to it. */
function ofOneType({ routine }: Aggregate, lowered: LoweredAggregate): LoweredAggregate {
  const [first, second, third] = lowered.args;
  if ((routine.name !== 'lag' && routine.name !== 'lead') || first === undefined || second === undefined)
    return lowered;
  const args = [asValueOf(lowered.call, first), second];
  return { ...lowered, args: third === undefined ? args : [...args, asValueOf(lowered.call, third)] };
}

/** The sum by the count, exactly. */
function average(lowered: LoweredAggregate, scope: Scope): Expr {
  const exact = exactValue(lowered.call, scope);
  const operands = averageOf(lowered.call, scope);
  return operands === undefined ? exact : exactQuotient(...operands, exact);
}
