/** PostgreSQL's operators in DuckDB's spelling. */
import { notSupported } from '../../errors.ts';
import type { Bound } from '../../plan/bound/bound.ts';
import type { BoundOf, Scope } from '../../plan/dialect.ts';
import type { Routine } from '../../plan/routines/routines.ts';
import type { Expr } from '../../sql/ast.ts';
import type { PgType } from '../../sql/types.ts';
import { binary, call, castTo, choose, text } from './expressions.ts';
import { intervalProduct } from './interval-product.ts';
import { power } from './math-functions.ts';
import { nonZero } from './numeric-arithmetic.ts';
import { exactValue } from './numeric-calculation.ts';
import { VALUE_SCALE } from './numeric-macros.ts';
import { scaleOf } from './numeric-scale.ts';
import { factor, productScale, valueScale } from './numeric-value.ts';
import { regexMatches } from './patterns.ts';
import { quotient } from './quotients.ts';

export function remainder(left: Expr, right: Expr): Expr {
  return nonZero(right, binary('%', left, right));
}

const INTEGERS: readonly (PgType | string)[] = ['int2', 'int4', 'int8'];

const SAME_OPERATORS = new Set(['=', '<>', '&', '|', '>>', '@>', '<@', '&&']);

export function duckdbOperator(bound: BoundOf<'apply'>, args: readonly Expr[], scope: Scope): Expr {
  const { routine, type } = bound;
  const [left, right] = args;
  if (left === undefined) throw new Error(`operator ${routine.name} without operands`);
  if (right === undefined) return prefixOperator(routine, left);
  const types = routine.parameters;
  switch (routine.name) {
    case '+':
    case '-':
    case '*': {
      if (type === 'numeric' && scaleOf(bound) === undefined) return ofValues(bound, [left, right], scope);
      const result = binary(routine.name, left, right);
      if (types[0] === 'time' && types[1] === 'time') throw notSupported('time - time on DuckDB');
      if (types.includes('timetz')) throw notSupported('arithmetic of time with time zone on DuckDB');
      if (routine.name === '-' && types[0] === 'date' && types[1] === 'date') return castTo(result, 'INTEGER');
      if (routine.name === '*' && types.includes('interval')) {
        const sides = [
          { bound: bound.args[0] as Bound, printed: left },
          { bound: bound.args[1] as Bound, printed: right },
        ] as const;
        return types[0] === 'interval' ? intervalProduct(sides[0], sides[1]) : intervalProduct(sides[1], sides[0]);
      }
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
      if (types.includes('interval'))
        return castTo(call('semwire_interval_divided', castTo(left, 'VARCHAR'), castTo(right, 'VARCHAR')), 'INTERVAL');
      return quotient(left, right, bound, scope);
    case '%':
      return type === 'numeric' && scaleOf(bound) === undefined ? exactValue(bound, scope) : remainder(left, right);
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

/** Sums, differences and products of values whose digits differ from row to row: DuckDB's where they have the room. */
function ofValues(bound: BoundOf<'apply'>, [left, right]: readonly [Expr, Expr], scope: Scope): Expr {
  const { routine, args } = bound;
  if (routine.name === '*')
    return productScale(args) === undefined
      ? exactValue(bound, scope)
      : binary('*', factor(args[0] as Bound, left), factor(args[1] as Bound, right));
  return args.some((arg) => valueScale(arg) > VALUE_SCALE)
    ? exactValue(bound, scope)
    : binary(routine.name, left, right);
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
