/**
 * Functions and operators as DuckDB spells them. What is not here is refused: never sent and hoped for.
 */
import { notSupported } from '../../errors.ts';
import type { BoundOf } from '../../plan/dialect.ts';
import type { Routine } from '../../plan/routines.ts';
import type { Expr } from '../../sql/ast.ts';
import { formatType, type PgType } from '../../sql/types.ts';
import { binary, call, castTo, choose, number, raise, text } from './expressions.ts';
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
  'concat',
  'concat_ws',
  'cos',
  'cot',
  'degrees',
  'exp',
  'floor',
  'gcd',
  'lcm',
  'left',
  'length',
  'ln',
  'log10',
  'lower',
  'ltrim',
  'md5',
  'now',
  'pi',
  'pow',
  'power',
  'radians',
  'repeat',
  'replace',
  'reverse',
  'right',
  'rtrim',
  'sin',
  'split_part',
  'sqrt',
  'starts_with',
  'strpos',
  'tan',
  'translate',
  'trunc',
  'upper',
  'make_date',
  'isfinite',
  'current_timestamp',
  'json_array_length',
  'date_trunc',
  'age',
] as const;

const FUNCTIONS: { readonly [name: string]: Spelling } = {
  ...Object.fromEntries(SAME.map((name): [string, Spelling] => [name, (args) => call(name, ...args)])),
  btrim: (args) => call('trim', ...args),
  char_length: (args) => call('length', ...args),
  character_length: (args) => call('length', ...args),
  octet_length: ([value]) => call('strlen', value as Expr),
  position: ([whole, part]) => call('strpos', whole as Expr, part as Expr),
  log: (args) => (args.length === 1 ? call('log10', ...args) : call('log', ...args)),
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
  array_to_string: ([list, separator]) => call('array_to_string', list as Expr, separator as Expr),
  string_to_array: ([value, separator]) => call('string_split', value as Expr, separator as Expr),
  lpad: ([value, length, fill]) => call('lpad', value as Expr, length as Expr, fill ?? text(' ')),
  rpad: ([value, length, fill]) => call('rpad', value as Expr, length as Expr, fill ?? text(' ')),
  mod: ([left, right]) => remainder(left as Expr, right as Expr),
  div: ([left, right]) => castTo(call('trunc', quotient(left as Expr, right as Expr)), 'DECIMAL', '38', '0'),
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
  regexp_replace: (args) => call('regexp_replace', ...args),
  regexp_like: ([value, pattern, flags]) =>
    call('regexp_matches', value as Expr, pattern as Expr, ...(flags === undefined ? [] : [flags])),
  unnest: ([list]) => call('unnest', list as Expr),
};

/** @throws SqlError 0A000 `function f(…) is not supported on DuckDB` */
export function duckdbFunction(bound: BoundOf<'apply'>, args: readonly Expr[]): Expr {
  const { routine } = bound;
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

/** PostgreSQL raises where DuckDB answers NULL. */
function nonZero(divisor: Expr, result: Expr): Expr {
  return choose(binary('=', divisor, number(0)), raise('semwire:22012'), result);
}

function quotient(left: Expr, right: Expr): Expr {
  return nonZero(right, binary('/', castTo(left, 'DOUBLE'), castTo(right, 'DOUBLE')));
}

function remainder(left: Expr, right: Expr): Expr {
  return nonZero(right, binary('%', left, right));
}

const INTEGERS: readonly (PgType | string)[] = ['int2', 'int4', 'int8'];

const SAME_OPERATORS = new Set([
  '=',
  '<>',
  '<',
  '<=',
  '>',
  '>=',
  '||',
  '&',
  '|',
  '<<',
  '>>',
  '->',
  '->>',
  '@>',
  '<@',
  '&&',
]);

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
      return quotient(left, right);
    case '%':
      return remainder(left, right);
    case '^':
      return call('pow', left, right);
    case '~':
      return call('regexp_matches', left, right);
    case '~*':
      return call('regexp_matches', left, right, text('i'));
    case '!~':
      return { kind: 'not', operand: call('regexp_matches', left, right) };
    case '!~*':
      return { kind: 'not', operand: call('regexp_matches', left, right, text('i')) };
    case '#':
      return call('xor', left, right);
    default:
      if (SAME_OPERATORS.has(routine.name)) return binary(routine.name, left, right);
      throw notSupported(`operator ${routine.name} on DuckDB`);
  }
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
    return { kind: 'nullif', left: call('regexp_extract', value, start), right: text('') };
  }
  const from = literalInteger(start);
  if (from === undefined || from < 1)
    throw notSupported('substring() from a start that is no literal of 1 or more on DuckDB');
  return call('substring', value, start, ...(length === undefined ? [] : [length]));
}

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
  if (WHOLE_FIELDS.has(name)) return shown(castTo(call('date_part', text(name), value), 'DECIMAL', '18', '0'));
  const micro = (whole: Expr): Expr =>
    shown(binary('*', castTo(whole, 'DECIMAL', '20', '0'), castTo(text('0.000001'), 'DECIMAL', '7', '6')));
  if (name === 'second' || name === 'seconds') return micro(call('date_part', text('microseconds'), value));
  if (name === 'epoch' && source !== 'time' && source !== 'timetz')
    return micro(
      source === 'interval'
        ? call('epoch_us', value)
        : call('epoch_us', castTo(value, source === 'timestamptz' ? 'TIMESTAMPTZ' : 'TIMESTAMP')),
    );
  throw notSupported(`extract(${name}) on DuckDB`);
}
