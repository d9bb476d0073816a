/** Random expressions over the columns of `t`: mostly well typed, some not. */
import fc from 'fast-check';

type Kind = 'number' | 'text' | 'date' | 'bool' | 'interval';

const COLUMNS: { readonly [kind in Kind]: readonly string[] } = {
  number: ['i2', 'i4', 'i8', 'n', 'n2', 'f4', 'f8', '1', '2.50', '-3', '0', "'4'"],
  text: ['s', 'v', "'a'", "'Zebra'", 'NULL', "''"],
  date: ['d', 'ts', 'tz', "DATE '2024-02-29'", "TIMESTAMP '2000-01-01 12:00:00'"],
  bool: ['b', 'true', 'NULL', "'t'"],
  interval: ['iv', "INTERVAL '1 day'", "INTERVAL '1 month 2 hours'"],
};

const column = (kind: Kind): fc.Arbitrary<string> => fc.constantFrom(...COLUMNS[kind]);

/** One in forty operands is of another kind, so that errors are compared too. */
const stray = fc.constantFrom(...Object.values(COLUMNS).flat(), 'ai', 'u', 'j', 'y', 'tm');

const { expression } = fc.letrec<{ [name in Kind | 'expression']: string }>((tie) => {
  const of = (kind: Kind): fc.Arbitrary<string> =>
    fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      { arbitrary: column(kind), weight: 6 },
      { arbitrary: tie(kind), weight: 6 },
      { arbitrary: stray, weight: 1 },
    );
  const number = of('number');
  const text = of('text');
  const date = of('date');
  const bool = of('bool');
  const interval = of('interval');
  const call = (template: string, ...parts: fc.Arbitrary<string>[]): fc.Arbitrary<string> =>
    fc
      .tuple(...parts)
      .map((values) => values.reduce((made, value, i) => made.replaceAll(`{${i}}`, () => value), template));
  const choice = (kind: fc.Arbitrary<string>): fc.Arbitrary<string>[] => [
    call('CASE WHEN {0} THEN {1} ELSE {2} END', bool, kind, kind),
    call('coalesce({0}, {1})', kind, kind),
    call('nullif({0}, {1})', kind, kind),
    call('greatest({0}, {1})', kind, kind),
  ];
  const operator = (...names: string[]): fc.Arbitrary<string> => fc.constantFrom(...names);
  return {
    number: fc.oneof(
      call('({0} {1} {2})', number, operator('+', '-', '*', '/', '%'), number),
      call('{0}({1})', operator('abs', 'round', 'floor', 'ceil', 'sign', '-'), number),
      call('round({0}, {1})', number, operator('0', '1', '2')),
      call('({0})::{1}', number, operator('int4', 'int8', 'numeric', 'numeric(12,3)', 'float8', 'float4')),
      call('length({0})', text),
      call('extract({0} FROM {1})', operator('year', 'month', 'day', 'dow', 'quarter', 'week', 'doy', 'isodow'), date),
      call('extract({0} FROM {1})', operator('epoch', 'day', 'hour', 'milliseconds'), interval),
      call('round(({0})::numeric / nullif({1}, 0), {2})', number, number, operator('0', '2', '4')),
      call('(({0})::numeric / nullif({1}, 0))', number, number),
      call('strpos({0}, {1})', text, text),
      call('({0})::numeric', operator("'12.50'::text", "' -3'::text", "'1e2'::text")),
      ...choice(number),
    ),
    text: fc.oneof(
      call('({0} || {1})', text, fc.oneof(text, number, date)),
      call('{0}({1})', operator('lower', 'upper', 'trim', 'reverse'), text),
      call('left({0}, {1})', text, operator('2', '-1', '0')),
      call("replace({0}, 'e', {1})", text, text),
      call('concat({0}, {1})', text, fc.oneof(number, interval)),
      call('substring({0}, {1}, {2})', text, operator('1', '2', '0', '-1', 'id', 'i2'), operator('1', '3', 'id')),
      call('initcap({0})', text),
      call('lpad({0}, {1}, {2})', text, operator('3', '8'), operator("'*'", "'ab'")),
      call("regexp_replace({0}, '{1}', '-', 'g')", text, operator('[aeiou]', '\\d', '^.', '\\s')),
      call(
        "to_char({0}, '{1}')",
        date,
        operator('YYYY-MM-DD', 'FMMonth DDth', 'DY HH24:MI:SS.MS', 'IYYY-IW Q', 'hh12 am'),
      ),
      call("to_char(({0})::numeric, '{1}')", number, operator('FM999,990.00', '9999.9', 'S000', '99PR', 'FM90.99')),
      call('({0})::{1}', fc.oneof(text, number, bool, interval), operator('text', 'varchar', 'varchar(3)')),
      ...choice(text),
    ),
    date: fc.oneof(
      call('({0} {1} {2})', date, operator('+', '-'), interval),
      call("date_trunc('{0}', {1})", operator('day', 'month', 'year', 'hour', 'week', 'quarter', 'minute'), date),
      call('({0})::{1}', date, operator('date', 'timestamp', 'timestamptz')),
      ...choice(date),
    ),
    bool: fc.oneof(
      call('({0} {1} {2})', number, operator('=', '<', '>=', '<>'), number),
      call('({0} {1} {2})', text, operator('=', '<', 'LIKE', 'ILIKE'), text),
      call("({0} {1} '{2}')", text, operator('~', '~*', '!~'), operator('^[A-Z]', 'e.', '\\w+$', '\\d', 'a|b', '^$')),
      call("({0} SIMILAR TO '{1}')", text, operator('%e%', '_|Z%', '(a|b)_*', '[A-Z]%')),
      call('({0} {1} {2})', interval, operator('=', '<', '>='), interval),
      call('({0} {1} {2})', date, operator('=', '<', '>='), date),
      call('({0} AND {1})', bool, bool),
      call('(NOT {0})', bool),
      call('({0} IS NULL)', fc.oneof(number, text, date)),
      call('({0} IN ({1}, {2}))', number, number, number),
      call('({0} BETWEEN {1} AND {2})', number, number, number),
      ...choice(bool),
    ),
    interval: fc.oneof(
      call('({0} {1} {2})', interval, operator('+', '-'), interval),
      call('({0} {1} {2})', interval, operator('*', '/'), operator('2', '1.5', '0.3', '-7', 'i2', 'f8')),
      call("date_trunc('{0}', {1})", operator('day', 'hour', 'month'), interval),
      call('({0} - {1})', date, date),
      ...choice(interval),
    ),
    expression: fc.oneof(tie('number'), tie('text'), tie('date'), tie('bool'), tie('interval')),
  };
});

export const typedExpression: fc.Arbitrary<string> = expression;

const AGGREGATES = ['sum', 'avg', 'min', 'max', 'count', 'stddev', 'var_pop'];

/** Aggregates and windows over random expressions; sums of doubles depend on the order of rows, so they are left out. */
export const typedStatement: fc.Arbitrary<string> = fc
  .tuple(expression, expression, fc.constantFrom(...AGGREGATES), fc.nat(9))
  .map(([first, second, name, shape]) => {
    const exact = `${name}((${first})::numeric(12,3) / 7)`;
    const call = name === 'stddev' || name === 'var_pop' ? `${name}((${first})::numeric(12,3))` : exact;
    switch (shape) {
      case 0:
        return `SELECT ${call} FROM t`;
      case 1:
        return `SELECT id % 2, ${call} FROM t GROUP BY 1`;
      case 2:
        return `SELECT ${call} FILTER (WHERE id > 1) FROM t`;
      case 3:
        return `SELECT id, ${call} OVER (ORDER BY id) FROM t`;
      case 4:
        return `SELECT id, ${call} OVER (PARTITION BY id % 2) FROM t`;
      case 5:
        return `SELECT DISTINCT ${first} FROM t WHERE id < 4`;
      case 6:
        return `SELECT id, ${first} FROM t UNION ALL SELECT id, ${second} FROM t`;
      case 7:
        return `WITH x AS (SELECT id, ${first} AS a FROM t) SELECT id, a FROM x WHERE a IS NOT NULL`;
      case 8:
        return `SELECT max(a), min(a), count(DISTINCT a) FROM (SELECT ${first} AS a FROM t) x`;
      default:
        return `SELECT a, count(*) FROM (SELECT ${first} AS a FROM t WHERE id < 3) x GROUP BY a`;
    }
  });
