/** date_trunc, date_bin and extract, as PostgreSQL computes them. */
import { notSupported, SqlError, SqlState } from '../../errors.ts';
import type { BoundOf } from '../../plan/dialect.ts';
import type { Expr } from '../../sql/ast.ts';
import type { PgType } from '../../sql/types.ts';
import { MICROS_PER_DAY } from './calendar.ts';
import { binary, call, castTo, text } from './expressions.ts';
import { parseInterval } from './interval-literal.ts';
import { timeUnit } from './time-units.ts';

const TRUNCATED = new Set([
  'microseconds',
  'milliseconds',
  'second',
  'minute',
  'hour',
  'day',
  'week',
  'month',
  'quarter',
  'year',
  'decade',
]);

export function dateTrunc([, value, zone]: readonly Expr[], { args }: BoundOf<'apply'>): Expr {
  const unit = args[0]?.kind === 'const' && args[0].value !== null ? timeUnit(args[0].value) : undefined;
  if (unit === undefined) throw notSupported('date_trunc() to a unit that is no literal on DuckDB');
  const name = unit === 'microsecond' || unit === 'millisecond' ? `${unit}s` : unit;
  const type = args[1]?.type;
  if (!TRUNCATED.has(name) || (type === 'interval' && name === 'week'))
    throw notSupported(`date_trunc('${unit}', ${type}) on DuckDB`);
  const made = (moment: Expr): Expr => call('date_trunc', text(name), moment);
  return zone === undefined ? made(value as Expr) : call('timezone', zone, made(call('timezone', zone, value as Expr)));
}

/** DuckDB cuts bins of days as bins of 24 hours, as PostgreSQL does, of a timestamp without a zone alone. */
export function dateBin([width, value, origin]: readonly Expr[], { args }: BoundOf<'apply'>): Expr {
  const [stride, source] = args;
  const parts = stride?.kind === 'const' && stride.value !== null ? parseInterval(stride.value) : undefined;
  if (parts === undefined || source?.type !== 'timestamp')
    throw notSupported('date_bin() of a width that is no literal, or of timestamp with time zone, on DuckDB');
  if (parts.months !== 0)
    throw new SqlError(
      SqlState.featureNotSupported,
      'timestamps cannot be binned into intervals containing months or years',
    );
  if (BigInt(parts.days) * BigInt(MICROS_PER_DAY) + parts.micros <= 0n)
    throw new SqlError('22008', 'stride must be greater than zero');
  return call('time_bucket', width as Expr, value as Expr, origin as Expr);
}

const CLOCK_FIELDS = /^(hour|minute|second|millisecond|microsecond|timezone)/;

const WHOLE_FIELDS = new Set([
  'year',
  'month',
  'day',
  'hour',
  'minute',
  'quarter',
  'week',
  'doy',
  'dow',
  'isodow',
  'isoyear',
  'century',
  'decade',
  'millennium',
]);

/** Fields are whole numbers in DuckDB; seconds and epoch have their microseconds in PostgreSQL. */
export function extract(field: Expr, value: Expr, type: 'numeric' | 'float8', source: PgType): Expr {
  const name =
    field.kind === 'cast' && field.operand.kind === 'string'
      ? timeUnit(field.operand.value)
      : field.kind === 'string'
        ? timeUnit(field.value)
        : undefined;
  if (name === undefined) throw notSupported('extract() of a field that is no literal on DuckDB');
  const shown = (whole: Expr): Expr => (type === 'float8' ? castTo(whole, 'DOUBLE') : whole);
  if (source === 'date' && CLOCK_FIELDS.test(name))
    throw new SqlError(SqlState.featureNotSupported, `unit "${name}" not supported for type date`);
  if (WHOLE_FIELDS.has(name)) return shown(castTo(call('date_part', text(name), value), 'DECIMAL', '18', '0'));
  const micro = (whole: Expr): Expr =>
    shown(binary('*', castTo(whole, 'DECIMAL', '20', '0'), castTo(text('0.000001'), 'DECIMAL', '7', '6')));
  if (name === 'second' || name === 'seconds') return micro(call('date_part', text('microseconds'), value));
  if (name === 'microsecond')
    return shown(castTo(call('date_part', text('microseconds'), value), 'DECIMAL', '18', '0'));
  if (name === 'millisecond')
    return shown(
      binary(
        '*',
        castTo(call('date_part', text('microseconds'), value), 'DECIMAL', '20', '0'),
        castTo(text('0.001'), 'DECIMAL', '4', '3'),
      ),
    );
  if (name === 'epoch' && source === 'date') return shown(castTo(call('epoch', value), 'DECIMAL', '18', '0'));
  if (name === 'epoch' && source !== 'time' && source !== 'timetz')
    return micro(
      source === 'interval'
        ? call('epoch_us', value)
        : call('epoch_us', castTo(value, source === 'timestamptz' ? 'TIMESTAMPTZ' : 'TIMESTAMP')),
    );
  throw notSupported(`extract(${name}) on DuckDB`);
}
