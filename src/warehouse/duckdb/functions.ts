/**
 * Functions and operators as DuckDB spells them. What is not here is refused: never sent and hoped for.
 */
import { notSupported, SqlError, SqlState } from '../../errors.ts';
import type { Bound } from '../../plan/bound/bound.ts';
import type { BoundOf } from '../../plan/dialect.ts';
import type { Routine } from '../../plan/routines/routines.ts';
import type { Expr } from '../../sql/ast.ts';
import { formatType, type PgType } from '../../sql/types.ts';
import { binary, call, castTo, choose, number, raise, text } from './expressions.ts';
import { exactQuotient, nonZero, operand } from './numeric-arithmetic.ts';
import { scaleOf } from './numeric-scale.ts';
import { regexMatches, regexpLike, regexpReplace, regexSubstring } from './patterns.ts';
import { strftimeFormat } from './to-char.ts';

type Spelling = (args: readonly Expr[], bound: BoundOf<'apply'>) => Expr;

/** Same name, same meaning, whatever the arguments of the listed types. */
const SAME = [
  'abs',
  'acos',
  'asin',
  'atan',
  'atan2',
  'ascii',
  'bit_length',
  'cbrt',
  'ceil',
  'ceiling',
  'chr',
  'cos',
  'cot',
  'degrees',
  'floor',
  'gcd',
  'lcm',
  'left',
  'length',
  'lower',
  'ltrim',
  'md5',
  'now',
  'pi',
  'radians',
  'repeat',
  'replace',
  'reverse',
  'right',
  'rtrim',
  'sin',
  'split_part',
  'starts_with',
  'strpos',
  'tan',
  'translate',
  'make_date',
  'current_timestamp',
  'json_array_length',
  'age',
] as const;

const FUNCTIONS: { readonly [name: string]: Spelling } = {
  ...Object.fromEntries(SAME.map((name): [string, Spelling] => [name, (args) => call(name, ...args)])),
  btrim: (args) => call('trim', ...args),
  char_length: (args) => call('length', ...args),
  character_length: (args) => call('length', ...args),
  octet_length: ([value], { args }) => call(args[0]?.type === 'bytea' ? 'octet_length' : 'strlen', value as Expr),
  length: ([value], { args }) => call(args[0]?.type === 'bytea' ? 'octet_length' : 'length', value as Expr),
  concat: (args, bound) => call('concat', ...args.map((arg, i) => shownText(arg, bound.args[i]))),
  concat_ws: ([separator, ...args], bound) =>
    call('concat_ws', separator as Expr, ...args.map((arg, i) => shownText(arg, bound.args[i + 1]))),
  exp: (args, bound) => floating('exp', args, bound),
  ln: (args, bound) => floating('ln', args, bound),
  log10: (args, bound) => floating('log10', args, bound),
  sqrt: (args, bound) => floating('sqrt', args, bound),
  pow: (args, bound) => power(args, bound),
  power: (args, bound) => power(args, bound),
  trunc: truncate,
  // The sharp s has no capital in PostgreSQL's upper().
  upper: ([value]) =>
    call('replace', call('upper', call('replace', value as Expr, text('ß'), text(ASIDE))), text(ASIDE), text('ß')),
  date_trunc: dateTrunc,
  isfinite: ([value], { args }) => {
    if (args[0]?.type === 'interval') throw notSupported('isfinite(interval) on DuckDB');
    return call('isfinite', value as Expr);
  },
  position: ([whole, part]) => call('strpos', whole as Expr, part as Expr),
  log: (args, bound) => floating('log10', args, bound),
  date: ([value]) => castTo(value as Expr, 'DATE'),
  statement_timestamp: () => call('now'),
  transaction_timestamp: () => call('now'),
  to_hex: ([value]) => call('lower', call('hex', value as Expr)),
  sign: ([value], { type }) =>
    castTo(
      call('sign', value as Expr),
      type === 'float8' ? 'DOUBLE' : 'DECIMAL',
      ...(type === 'float8' ? [] : ['2', '0']),
    ),
  cardinality: ([value]) => castTo(call('len', value as Expr), 'INTEGER'),
  array_length: ([value, dimension]) => {
    if (dimension?.kind !== 'number' || dimension.text !== '1')
      throw notSupported('array_length() of another dimension than 1 on DuckDB');
    return castTo({ kind: 'nullif', left: call('len', value as Expr), right: number(0) }, 'INTEGER');
  },
  array_position: ([list, value]) => castTo(call('list_position', list as Expr, value as Expr), 'INTEGER'),
  array_to_string: ([list, separator, missing], { args }) => {
    if (missing !== undefined) throw notSupported('array_to_string() with a text for NULL on DuckDB');
    if (args[0]?.type !== 'text[]' && args[0]?.type !== 'int4[]' && args[0]?.type !== 'int8[]')
      throw notSupported('array_to_string() of this array on DuckDB');
    return call('array_to_string', list as Expr, separator as Expr);
  },
  string_to_array: ([value, separator], { args }) => {
    if (args[1]?.kind !== 'const' || args[1].value === null || args[1].value === '')
      throw notSupported('string_to_array() with a separator that is no literal on DuckDB');
    const none: Expr = {
      kind: 'cast',
      operand: { kind: 'array', items: [] },
      type: { path: ['VARCHAR'], modifiers: [], dimensions: 1 },
    };
    return choose(binary('=', value as Expr, text('')), none, call('string_split', value as Expr, separator as Expr));
  },
  lpad: ([value, length, fill]) => call('lpad', value as Expr, length as Expr, fill ?? text(' ')),
  rpad: ([value, length, fill]) => call('rpad', value as Expr, length as Expr, fill ?? text(' ')),
  mod: ([left, right]) => remainder(left as Expr, right as Expr),
  div: ([left, right]) => {
    const [dividend, divisor] = [left as Expr, right as Expr];
    return castTo(
      nonZero(divisor, binary('/', binary('-', dividend, binary('%', dividend, divisor)), divisor)),
      'DECIMAL',
      '38',
      '0',
    );
  },
  round: (args, { type }) => round(args, type),
  substr: substring,
  substring,
  extract: ([field, value], { args }) => extract(field as Expr, value as Expr, 'numeric', args[1]?.type as PgType),
  date_part: ([field, value], { args }) => extract(field as Expr, value as Expr, 'float8', args[1]?.type as PgType),
  to_char: ([value, format], { args }) => {
    const source = args[0]?.type;
    if (source !== 'timestamp' && source !== 'timestamptz')
      throw notSupported(`to_char(${formatType(source as PgType)}, text) on DuckDB`);
    if (args[1]?.kind !== 'const' || args[1].value === null)
      throw notSupported('to_char() with a format that is no literal on DuckDB');
    void format;
    return call('strftime', value as Expr, text(strftimeFormat(args[1].value)));
  },
  to_timestamp: (args) => {
    if (args.length !== 1) throw notSupported('to_timestamp(text, text) on DuckDB');
    return call('to_timestamp', ...args);
  },
  timezone: ([zone, value], { args }) => {
    if (args[0]?.type !== 'text' || args[1]?.type === 'timetz')
      throw notSupported('AT TIME ZONE with an interval or a time on DuckDB');
    return call('timezone', zone as Expr, value as Expr);
  },
  regexp_replace: regexpReplace,
  regexp_like: regexpLike,
  unnest: ([list]) => call('unnest', list as Expr),
};

/** @throws SqlError 0A000 `function f(…) is not supported on DuckDB` */
export function duckdbFunction(bound: BoundOf<'apply'>, args: readonly Expr[]): Expr {
  const { routine } = bound;
  if (bound.args.some(({ type }) => type === 'bytea') && !BYTES.has(routine.name)) throw unsupported(routine);
  const spelling = Object.hasOwn(FUNCTIONS, routine.name) ? FUNCTIONS[routine.name] : undefined;
  if (spelling === undefined) throw unsupported(routine);
  const made = spelling(args, bound);
  // Lengths and positions are bigint on DuckDB.
  return bound.type === 'int4' ? castTo(made, 'INTEGER') : made;
}

function unsupported(routine: Routine): Error {
  return notSupported(`function ${routine.name}(${routine.parameters.join(', ')}) on DuckDB`);
}

// Operators

function quotient(left: Expr, right: Expr, { args, type }: BoundOf<'apply'>): Expr {
  if (type !== 'numeric') return nonZero(right, binary('/', left, right));
  const [first, second] = args;
  return nonZero(
    right,
    exactQuotient(operand(left, first && scaleOf(first)), operand(right, second && scaleOf(second))),
  );
}

const BYTES: ReadonlySet<string> = new Set(['length', 'octet_length']);
/** A letter that no text has: it keeps a place while others change. */
const ASIDE = '\ue000';

/** As output functions write values: booleans are `t` and `f`. @throws SqlError 0A000 for what DuckDB writes otherwise */
function shownText(expr: Expr, bound: Bound | undefined): Expr {
  switch (bound?.type) {
    case 'bool':
      return choose(expr, text('t'), {
        kind: 'case',
        operand: undefined,
        branches: [{ when: { kind: 'not', operand: expr }, then: text('f') }],
        otherwise: undefined,
      });
    case 'unknown':
    case 'text':
    case 'varchar':
    case 'int2':
    case 'int4':
    case 'int8':
    case 'date':
    case 'time':
    case 'timestamp':
    case 'uuid':
    case 'json':
      return expr;
    case 'numeric':
      if (scaleOf(bound) !== undefined) return expr;
      break;
    default:
      break;
  }
  throw notSupported(`concat() of ${formatType((bound?.type ?? 'text') as PgType)} on DuckDB`, {
    hint: 'Cast it to text.',
  });
}

/** Functions of double precision; PostgreSQL's numeric ones have more digits. Results out of range are errors. */
function floating(name: 'exp' | 'ln' | 'log10' | 'sqrt', args: readonly Expr[], { type }: BoundOf<'apply'>): Expr {
  if (type === 'numeric' || args.length > 1)
    throw notSupported(`${name}(numeric) on DuckDB`, { hint: 'Cast its argument to double precision.' });
  const [value] = args;
  const made = call(name, value as Expr);
  return name === 'exp' ? finite(made, value as Expr) : made;
}

function power([base, exponent]: readonly Expr[], { type }: BoundOf<'apply'>): Expr {
  if (type === 'numeric')
    throw notSupported('power(numeric, numeric) on DuckDB', { hint: 'Cast its arguments to double precision.' });
  const [left, right] = [base as Expr, exponent as Expr];
  const made = finite(call('pow', left, right), left, right);
  const root = choose(
    { kind: 'and', operands: [binary('<', left, number(0)), binary('<>', right, call('floor', right))] },
    raise('semwire:2201F'),
    made,
  );
  return choose(
    { kind: 'and', operands: [binary('=', left, number(0)), binary('<', right, number(0))] },
    raise('semwire:2201F'),
    root,
  );
}

/** Infinity made of finite values is out of range. */
function finite(made: Expr, ...args: readonly Expr[]): Expr {
  const infinite = args.map((arg): Expr => ({ kind: 'not', operand: call('isinf', arg) }));
  return choose({ kind: 'and', operands: [call('isinf', made), ...infinite] }, raise('semwire:22003'), made);
}

/** Towards zero, at a literal scale. */
function truncate([value, scale]: readonly Expr[], { type }: BoundOf<'apply'>): Expr {
  const whole = value as Expr;
  if (scale === undefined)
    return type === 'numeric' ? castTo(call('trunc', whole), 'DECIMAL', '38', '0') : call('trunc', whole);
  const places = literalInteger(scale);
  if (places === undefined || Math.abs(places) > 30)
    throw notSupported('trunc() to a scale that is no literal on DuckDB');
  const unit = places > 0 ? `0.${'0'.repeat(places - 1)}1` : `1${'0'.repeat(-places)}`;
  const step = castTo(text(unit), 'DECIMAL', String(Math.abs(places) + 1), String(Math.max(places, 0)));
  return castTo(binary('-', whole, binary('%', whole, step)), 'DECIMAL', '38', String(Math.max(places, 0)));
}

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

function dateTrunc([, value, zone]: readonly Expr[], { args }: BoundOf<'apply'>): Expr {
  const unit = args[0]?.kind === 'const' ? args[0].value?.toLowerCase().replace(/s$/, '') : undefined;
  if (unit === undefined) throw notSupported('date_trunc() to a unit that is no literal on DuckDB');
  const name = unit === 'microsecond' || unit === 'millisecond' ? `${unit}s` : unit;
  const type = args[1]?.type;
  if (!TRUNCATED.has(name) || type === 'interval') throw notSupported(`date_trunc('${unit}', ${type}) on DuckDB`);
  const made = (moment: Expr): Expr => call('date_trunc', text(name), moment);
  return zone === undefined ? made(value as Expr) : call('timezone', zone, made(call('timezone', zone, value as Expr)));
}

function remainder(left: Expr, right: Expr): Expr {
  return nonZero(right, binary('%', left, right));
}

const INTEGERS: readonly (PgType | string)[] = ['int2', 'int4', 'int8'];

const SAME_OPERATORS = new Set(['=', '<>', '&', '|', '>>', '@>', '<@', '&&']);

export function duckdbOperator(bound: BoundOf<'apply'>, args: readonly Expr[]): Expr {
  const { routine, type } = bound;
  const [left, right] = args;
  if (left === undefined) throw new Error(`operator ${routine.name} without operands`);
  if (right === undefined) return prefixOperator(routine, left);
  const types = routine.parameters;
  switch (routine.name) {
    case '+':
    case '-':
    case '*': {
      const result = binary(routine.name, left, right);
      if (types[0] === 'time' && types[1] === 'time') throw notSupported('time - time on DuckDB');
      if (types.includes('timetz')) throw notSupported('arithmetic of time with time zone on DuckDB');
      if (routine.name === '-' && types[0] === 'date' && types[1] === 'date') return castTo(result, 'INTEGER');
      if (types.includes('interval') && types.includes('float8')) return timesInterval(bound, left, right);
      // DuckDB widens no further than the operands; PostgreSQL raises 22003 as DuckDB does.
      return type === 'int2' || type === 'int4' || type === 'int8'
        ? castTo(result, { int2: 'SMALLINT', int4: 'INTEGER', int8: 'BIGINT' }[type])
        : result;
    }
    case '/':
      if (types.every((side) => INTEGERS.includes(side))) {
        return castTo(
          nonZero(right, binary('//', left, right)),
          type === 'int8' ? 'BIGINT' : type === 'int2' ? 'SMALLINT' : 'INTEGER',
        );
      }
      if (types.includes('interval')) throw notSupported('an interval divided on DuckDB');
      return quotient(left, right, bound);
    case '%':
      return remainder(left, right);
    case '^':
      return power(args, bound);
    case '~':
    case '~*':
      return regexMatches(left, bound.args[1], routine.name === '~*');
    case '!~':
    case '!~*':
      return { kind: 'not', operand: regexMatches(left, bound.args[1], routine.name === '!~*') };
    case '<<':
      throw notSupported('operator << on DuckDB');
    case '^@':
      return call('starts_with', left, right);
    case '||':
      return concatenated(bound, left, right);
    case '->':
    case '->>':
      return binary(routine.name, left, jsonKey(bound.args[1], right));
    case '<':
    case '<=':
    case '>':
    case '>=':
      if (bound.args.some(({ type: side }) => side.endsWith('[]'))) throw notSupported('an order of arrays on DuckDB');
      return binary(routine.name, left, right);
    case '#':
      return call('xor', left, right);
    default:
      if (SAME_OPERATORS.has(routine.name)) return binary(routine.name, left, right);
      throw notSupported(`operator ${routine.name} on DuckDB`);
  }
}

/** Strings, arrays, and arrays with an element. */
function concatenated({ routine, type, args }: BoundOf<'apply'>, left: Expr, right: Expr): Expr {
  if (type === 'text') return castTo(binary('||', left, right), 'VARCHAR');
  if (type === 'numeric[]' || args.some((arg) => arg.kind === 'const' && arg.value === null))
    throw notSupported(`|| of ${type} on DuckDB`);
  const [first, second] = routine.parameters;
  if (first === 'anycompatible') return call('list_prepend', left, right);
  if (second === 'anycompatible') return call('list_append', left, right);
  if (!type.endsWith('[]')) return binary('||', left, right);
  const isNull = (operand: Expr): Expr => ({ kind: 'is', test: 'null', negated: false, operand });
  const bothNull: Expr = { kind: 'and', operands: [isNull(left), isNull(right)] };
  return choose(bothNull, { kind: 'null' }, call('list_concat', left, right));
}

/** A key that is written out, as a JSON pointer: DuckDB would read `$` and `/` in it as a path. */
function jsonKey(bound: Bound | undefined, key: Expr): Expr {
  if (bound?.kind !== 'const' || bound.value === null) throw notSupported('a JSON key that is no literal on DuckDB');
  if (bound.type === 'int4') {
    if (bound.value.startsWith('-')) throw notSupported('a JSON index from the end on DuckDB');
    return key;
  }
  if (/^\d*$/.test(bound.value)) throw notSupported('a JSON key of digits on DuckDB');
  return text(`/${bound.value.replaceAll('~', '~0').replaceAll('/', '~1')}`);
}

/** An interval times a whole number that is written out; fractions of months and days spread otherwise on DuckDB. */
function timesInterval({ args }: BoundOf<'apply'>, left: Expr, right: Expr): Expr {
  const factor = args.findIndex(
    (arg) => arg.kind === 'cast' && arg.arg.kind === 'const' && /^-?\d{1,9}$/.test(arg.arg.value ?? ''),
  );
  const whole = args[factor];
  if (whole?.kind !== 'cast' || whole.arg.kind !== 'const' || whole.arg.value === null)
    throw notSupported('an interval times anything but a whole number that is written out, on DuckDB,');
  return binary('*', factor === 0 ? right : left, castTo(text(whole.arg.value), 'INTEGER'));
}

function prefixOperator(routine: Routine, operand: Expr): Expr {
  switch (routine.name) {
    case '-':
    case '+':
    case '~':
      return { kind: 'unary', operator: routine.name, operand };
    case '@':
      return call('abs', operand);
    case '|/':
      return call('sqrt', operand);
    case '||/':
      return call('cbrt', operand);
    default:
      throw notSupported(`operator ${routine.name} on DuckDB`);
  }
}

// Functions that differ

/** round(numeric) goes away from zero, round(float8) to even; a literal scale is the scale of the result. */
function round(args: readonly Expr[], type: PgType): Expr {
  const [value, scale] = args;
  if (value === undefined) throw new Error('round() without arguments');
  if (type === 'float8') return call('round_even', value, number(0));
  if (scale === undefined) return castTo(call('round', value), 'DECIMAL', '38', '0');
  const literal = literalInteger(scale);
  if (literal === undefined) throw notSupported('round() to a scale that is no literal on DuckDB');
  if (literal < 0) return castTo(call('round', value, scale), 'DECIMAL', '38', '0');
  return castTo(call('round', value, scale), 'DECIMAL', '38', String(Math.min(literal, 37)));
}

function literalInteger(expr: Expr): number | undefined {
  if (expr.kind === 'number' && /^\d+$/.test(expr.text)) return Number(expr.text);
  if (expr.kind === 'unary' && expr.operator === '-' && expr.operand.kind === 'number')
    return -Number(expr.operand.text);
  return undefined;
}

/** Starts below 1 count differently in DuckDB. */
function substring(args: readonly Expr[], bound: BoundOf<'apply'>): Expr {
  const [value, start, length] = args;
  if (value === undefined || start === undefined) throw new Error('substring() without arguments');
  if (bound.args[1]?.type === 'text') {
    if (length !== undefined) throw notSupported('substring(… similar …) on DuckDB');
    return regexSubstring(value, bound.args[1]);
  }
  const from = literalInteger(start);
  if (from === undefined || from < 1)
    throw notSupported('substring() from a start that is no literal of 1 or more on DuckDB');
  const count = length === undefined ? 0 : literalInteger(length);
  if (count === undefined) throw notSupported('substring() of a length that is no literal on DuckDB');
  if (count < 0) throw new SqlError('22011', 'negative substring length not allowed');
  return call('substring', value, start, ...(length === undefined ? [] : [length]));
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
function extract(field: Expr, value: Expr, type: 'numeric' | 'float8', source: PgType): Expr {
  const name =
    field.kind === 'cast' && field.operand.kind === 'string'
      ? field.operand.value.toLowerCase()
      : field.kind === 'string'
        ? field.value.toLowerCase()
        : undefined;
  if (name === undefined) throw notSupported('extract() of a field that is no literal on DuckDB');
  const shown = (whole: Expr): Expr => (type === 'float8' ? castTo(whole, 'DOUBLE') : whole);
  if (source === 'date' && CLOCK_FIELDS.test(name))
    throw new SqlError(SqlState.featureNotSupported, `unit "${name}" not supported for type date`);
  if (WHOLE_FIELDS.has(name)) return shown(castTo(call('date_part', text(name), value), 'DECIMAL', '18', '0'));
  const micro = (whole: Expr): Expr =>
    shown(binary('*', castTo(whole, 'DECIMAL', '20', '0'), castTo(text('0.000001'), 'DECIMAL', '7', '6')));
  if (name === 'second' || name === 'seconds') return micro(call('date_part', text('microseconds'), value));
  if (name === 'epoch' && source === 'date') return shown(castTo(call('epoch', value), 'DECIMAL', '18', '0'));
  if (name === 'epoch' && source !== 'time' && source !== 'timetz')
    return micro(
      source === 'interval'
        ? call('epoch_us', value)
        : call('epoch_us', castTo(value, source === 'timestamptz' ? 'TIMESTAMPTZ' : 'TIMESTAMP')),
    );
  throw notSupported(`extract(${name}) on DuckDB`);
}
