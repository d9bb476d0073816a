/**
 * Functions and operators as DuckDB spells them. What is not here is refused: never sent and hoped for.
 */
import { notSupported, SqlError } from '../../errors.ts';
import type { Bound } from '../../plan/bound/bound.ts';
import type { BoundOf, Scope } from '../../plan/dialect.ts';
import type { Routine } from '../../plan/routines/routines.ts';
import type { Expr } from '../../sql/ast.ts';
import type { PgType } from '../../sql/types.ts';
import { formatType } from '../../sql/types.ts';
import { castText } from './casts.ts';
import { timestampFromTemplate } from './date-template.ts';
import { binary, call, castTo, choose, number, raise, text } from './expressions.ts';
import { floating, literalInteger, power, round, truncate } from './math-functions.ts';
import { nonZero } from './numeric-arithmetic.ts';
import { exactDiv, exactText, exactValue, lowerInner } from './numeric-calculation.ts';
import { scaleOf } from './numeric-scale.ts';
import { remainder } from './operators.ts';
import { regexpLike, regexpReplace, regexSubstring } from './patterns.ts';
import { dateBin, dateTrunc, extract } from './time-functions.ts';
import { toChar } from './to-char.ts';

type Spelling = (args: readonly Expr[], bound: BoundOf<'apply'>, scope: Scope) => Expr;

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
  concat: (args, bound, scope) => call('concat', ...args.map((arg, i) => shownText(arg, bound.args[i], scope))),
  concat_ws: ([separator, ...args], bound, scope) =>
    call('concat_ws', separator as Expr, ...args.map((arg, i) => shownText(arg, bound.args[i + 1], scope))),
  exp: (args, bound) => floating('exp', args, bound),
  ln: (args, bound) => floating('ln', args, bound),
  log10: (args, bound) => floating('log10', args, bound),
  sqrt: (args, bound, scope) => (bound.type === 'numeric' ? exactValue(bound, scope) : floating('sqrt', args, bound)),
  pow: (args, bound) => power(args, bound),
  power: (args, bound) => power(args, bound),
  trunc: (args, bound, scope) =>
    bound.type === 'numeric' && scaleOf(bound) === undefined ? exactValue(bound, scope) : truncate(args, bound),
  // The sharp s has no capital in PostgreSQL's upper().
  upper: ([value]) =>
    call('replace', call('upper', call('replace', value as Expr, text('ß'), text(ASIDE))), text(ASIDE), text('ß')),
  date_trunc: dateTrunc,
  date_bin: dateBin,
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
  div: ([, right], { args }, scope) => nonZero(right as Expr, exactDiv(args, scope)),
  round: (args, bound, scope) =>
    bound.type === 'numeric' && scaleOf(bound) === undefined ? exactValue(bound, scope) : round(args, bound, scope),
  substr: substring,
  substring,
  extract: ([field, value], { args }) => extract(field as Expr, value as Expr, 'numeric', args[1]?.type as PgType),
  date_part: ([field, value], { args }) => extract(field as Expr, value as Expr, 'float8', args[1]?.type as PgType),
  to_char: toChar,
  initcap: ([value]) => call('semwire_initcap', value as Expr),
  to_timestamp: ([value, template], { args }) =>
    template === undefined
      ? call('to_timestamp', value as Expr)
      : castTo(timestampFromTemplate(value as Expr, args[1]), 'TIMESTAMPTZ'),
  to_date: ([value], { args }) => castTo(timestampFromTemplate(value as Expr, args[1]), 'DATE'),
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
export function duckdbFunction(bound: BoundOf<'apply'>, args: readonly Expr[], scope: Scope): Expr {
  const { routine } = bound;
  const inner = lowerInner(bound, scope);
  if (inner !== undefined) return inner;
  if (bound.args.some(({ type }) => type === 'bytea') && !BYTES.has(routine.name)) throw unsupported(routine);
  const spelling = Object.hasOwn(FUNCTIONS, routine.name) ? FUNCTIONS[routine.name] : undefined;
  if (spelling === undefined) throw unsupported(routine);
  const made = spelling(args, bound, scope);
  // Lengths and positions are bigint on DuckDB.
  return bound.type === 'int4' ? castTo(made, 'INTEGER') : made;
}

function unsupported(routine: Routine): Error {
  return notSupported(`function ${routine.name}(${routine.parameters.join(', ')}) on DuckDB`);
}

const BYTES: ReadonlySet<string> = new Set(['length', 'octet_length']);

/** A letter that no text has: it keeps a place while others change. */
const ASIDE = '\ue000';

/** As output functions write values: booleans are `t` and `f`. @throws SqlError 0A000 for what DuckDB writes otherwise */
function shownText(expr: Expr, bound: Bound | undefined, scope: Scope): Expr {
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
      return exactText(bound, scope);
    case 'float4':
    case 'float8':
    case 'interval':
      return castText(bound.type, expr);
    default:
      break;
  }
  throw notSupported(`concat() of ${formatType((bound?.type ?? 'text') as PgType)} on DuckDB`, {
    hint: 'Cast it to text.',
  });
}

/** Starts below 1 count from the end in DuckDB. */
function substring(args: readonly Expr[], bound: BoundOf<'apply'>): Expr {
  const [value, start, length] = args;
  if (value === undefined || start === undefined) throw new Error('substring() without arguments');
  if (bound.args[1]?.type === 'text') {
    if (length !== undefined) throw notSupported('substring(… similar …) on DuckDB');
    return regexSubstring(value, bound.args[1]);
  }
  const from = literalInteger(start);
  const count = length === undefined ? 0 : literalInteger(length);
  if (count !== undefined && count < 0) throw new SqlError('22011', 'negative substring length not allowed');
  if (from !== undefined && from >= 1 && count !== undefined)
    return call('substring', value, start, ...(length === undefined ? [] : [length]));
  const first: Expr = { kind: 'greatest', args: [start, number(1)] };
  if (length === undefined) return whenPresent([start], call('substring', value, first));
  // The letters before the first one count.
  const end = binary('+', castTo(start, 'BIGINT'), length);
  const wanted: Expr = { kind: 'greatest', args: [binary('-', end, first), number(0)] };
  const made = choose(binary('<', length, number(0)), raise('semwire:22011'), call('substring', value, first, wanted));
  return whenPresent([value, start, length], made);
}

/** NULL when an operand is: greatest() knows no NULL. */
function whenPresent(operands: readonly Expr[], made: Expr): Expr {
  const missing = operands.map((operand): Expr => ({ kind: 'is', test: 'null', negated: false, operand }));
  const [only, another] = missing;
  const when: Expr = only !== undefined && another === undefined ? only : { kind: 'or', operands: missing };
  return choose(when, { kind: 'null' }, made);
}
