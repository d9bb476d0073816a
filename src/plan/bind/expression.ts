/**
 * Expressions: names become columns, operators become routines, literals and parameters get their types.
 */
import { assertNever, notSupported, SqlError, SqlState } from '../../errors.ts';
import type { Expr } from '../../sql/ast.ts';
import type { PgType } from '../../sql/types.ts';
import { arrayOf, elementOf, formatType, isArrayType } from '../../sql/types.ts';
import type { Bound } from '../bound/bound.ts';
import { canCoerce } from '../routines/coercion.ts';
import type { Env } from './binder.ts';
import { bindAlike, bindCase, sharedTypmod } from './branches.ts';
import { bindCall } from './call.ts';
import { bindCast } from './cast.ts';
import { coerce, coerceToBoolean, resolved } from './coerce.ts';
import { bindColumn } from './column.ts';
import { bindBetween, bindInList, bindLike, bindQuantifiedArray, isOrdered } from './comparison.ts';
import { bindBinary, bindComparison, bindOperator, noComparison } from './operator.ts';
import { sessionValue } from './session-value.ts';
import { startOf } from './start-of.ts';
import { bindQuantified, bindSubquery } from './subquery.ts';

/** @throws SqlError 42703, 42P01, 42702, 42883, 42804, 42846 … with positions, as PostgreSQL words them */
export function bindExpr(expr: Expr, env: Env): Bound {
  const { binder } = env;
  const answered = binder.catalogValues.get(expr);
  if (answered !== undefined) return { kind: 'const', typmod: -1, ...answered };
  switch (expr.kind) {
    case 'column':
      return bindColumn(expr.path, expr.at, env);
    case 'parameter':
      return bindParameter(expr.index, expr.at, env);
    case 'null':
      return { kind: 'const', type: 'unknown', typmod: -1, value: null };
    case 'string':
      return { kind: 'const', type: 'unknown', typmod: -1, value: expr.value, at: expr.at };
    case 'boolean':
      return { kind: 'const', type: 'bool', typmod: -1, value: expr.value ? 'true' : 'false' };
    case 'number':
      return { kind: 'const', type: numberType(expr.text), typmod: -1, value: expr.text };
    case 'unary':
      return bindOperator(expr.operator, [bindExpr(expr.operand, env)], expr.at, env);
    case 'binary':
      return bindBinary(expr.operator, expr.left, expr.right, expr.at, env);
    case 'and':
    case 'or': {
      const what = expr.kind.toUpperCase();
      return bool({
        kind: expr.kind,
        args: expr.operands.map((operand) => coerceToBoolean(binder, bindExpr(operand, env), what, startOf(operand))),
      });
    }
    case 'not':
      return bool({
        kind: 'not',
        arg: coerceToBoolean(binder, bindExpr(expr.operand, env), 'NOT', startOf(expr.operand)),
      });
    case 'is': {
      const arg = bindExpr(expr.operand, env);
      const what = `IS ${expr.negated ? 'NOT ' : ''}${expr.test.toUpperCase()}`;
      const operand = expr.test === 'null' ? resolved(arg) : coerceToBoolean(binder, arg, what, startOf(expr.operand));
      return bool({ kind: 'is', test: expr.test, negated: expr.negated, arg: operand });
    }
    case 'distinct-from': {
      const { args, routine } = bindComparison('=', bindExpr(expr.left, env), bindExpr(expr.right, env), expr.at, env);
      return bool({ kind: 'distinct-from', negated: expr.negated, left: args[0], right: args[1], routine });
    }
    case 'between':
      return bindBetween(expr, env);
    case 'in-list':
      return bindInList(expr, env);
    case 'like':
      return bindLike(expr, env);
    case 'quantified':
      return bindQuantifiedArray(expr, env);
    case 'exists':
    case 'scalar-subquery':
    case 'array-subquery':
      return bindSubquery(expr, env);
    case 'quantified-subquery':
      return bindQuantified(expr, env);
    case 'case':
      return bindCase(expr, env);
    case 'coalesce':
    case 'greatest':
    case 'least': {
      const { bounds, type } = bindAlike(expr.args, expr.kind.toUpperCase(), env);
      if (expr.kind !== 'coalesce' && !isOrdered(type)) throw noComparison(type);
      return { kind: expr.kind, args: bounds, type, typmod: sharedTypmod(bounds) };
    }
    case 'nullif': {
      const { args, routine } = bindComparison('=', bindExpr(expr.left, env), bindExpr(expr.right, env), expr.at, env);
      const [left, right] = args;
      return { kind: 'nullif', left, right, routine, type: resolved(left).type, typmod: left.typmod };
    }
    case 'cast':
      return bindCast(expr, env);
    case 'collate': {
      const arg = resolved(bindExpr(expr.operand, env));
      const collation = expr.collation.at(-1) ?? '';
      if (!['C', 'POSIX', 'default', 'ucs_basic'].includes(collation)) {
        throw new SqlError(SqlState.undefinedObject, `collation "${collation}" for encoding "UTF8" does not exist`, {
          position: expr.at,
        });
      }
      return { kind: 'collate', arg, collation, type: arg.type, typmod: arg.typmod };
    }
    case 'array': {
      const { bounds, type } = bindAlike(expr.items, 'ARRAY', env);
      if (bounds.length === 0) {
        throw new SqlError(SqlState.indeterminateDatatype, 'cannot determine type of empty array', {
          hint: 'Explicitly cast to the desired type, for example ARRAY[]::integer[].',
          position: expr.at,
        });
      }
      if (isArrayType(type)) throw notSupported('an array of more than one dimension', { position: expr.at });
      return { kind: 'array', items: bounds, type: arrayOf(type), typmod: sharedTypmod(bounds) };
    }
    case 'row':
      throw notSupported('a row value outside a comparison', { position: expr.at });
    case 'subscript': {
      const arg = resolved(bindExpr(expr.operand, env));
      if (!isArrayType(arg.type)) throw cannotSubscript(arg.type, expr.at);
      return {
        kind: 'subscript',
        arg,
        index: bindSubscript(expr.index, env),
        type: elementOf(arg.type),
        typmod: arg.typmod,
      };
    }
    case 'slice': {
      const arg = resolved(bindExpr(expr.operand, env));
      if (!isArrayType(arg.type)) throw cannotSubscript(arg.type, expr.at);
      const edge = (side: Expr | undefined): Bound | undefined => side && bindSubscript(side, env);
      return { kind: 'slice', arg, low: edge(expr.low), high: edge(expr.high), type: arg.type, typmod: arg.typmod };
    }
    case 'sql-value':
      return bindSqlValue(expr);
    case 'grouping':
      if (!['SELECT', 'HAVING', 'ORDER BY', 'DISTINCT ON'].includes(env.clause)) {
        throw new SqlError(SqlState.groupingError, `grouping operations are not allowed in ${env.clause}`, {
          position: expr.at,
        });
      }
      // Without GROUP BY there is one group, whose keys GROUPING cannot name.
      if (env.select !== undefined) env.select.aggregates = true;
      return {
        kind: 'grouping',
        args: expr.args.map((arg) => resolved(bindExpr(arg, env))),
        type: 'int4',
        typmod: -1,
      };
    case 'call':
      return bindCall(expr, env);
    case 'field':
      throw new SqlError(SqlState.undefinedColumn, `column "${expr.name ?? '*'}" does not exist`, {
        position: expr.at,
      });
    case 'opaque':
    case 'bind':
      throw new Error(`a client's tree holds no ${expr.kind}`);
    default:
      return assertNever(expr, 'bindExpr');
  }
}

export function bool<T extends object>(node: T): T & { readonly type: 'bool'; readonly typmod: -1 } {
  return { ...node, type: 'bool', typmod: -1 };
}

function bindParameter(index: number, position: number | undefined, env: Env): Bound {
  const { parameters } = env.binder;
  if (index < 1 || index > 65535)
    throw new SqlError(SqlState.undefinedParameter, `there is no parameter $${index}`, { position });
  while (parameters.length < index) parameters.push('unknown');
  return { kind: 'parameter', index, type: parameters[index - 1] ?? 'unknown', typmod: -1, at: position };
}

function numberType(text: string): PgType {
  if (!/^-?\d+$/.test(text)) return 'numeric';
  const value = BigInt(text);
  if (value >= -2147483648n && value <= 2147483647n) return 'int4';
  return value >= -9223372036854775808n && value <= 9223372036854775807n ? 'int8' : 'numeric';
}

function bindSubscript(expr: Expr, env: Env): Bound {
  const bound = bindExpr(expr, env);
  if (!canCoerce(bound.type, 'int4', 'assignment')) {
    throw new SqlError(SqlState.datatypeMismatch, 'array subscript must have type integer', {
      position: startOf(expr),
    });
  }
  return coerce(env.binder, bound, 'int4', { context: 'assignment' });
}

function cannotSubscript(type: PgType, position: number | undefined): SqlError {
  return new SqlError(
    SqlState.datatypeMismatch,
    `cannot subscript type ${formatType(type)} because it does not support subscripting`,
    { position },
  );
}

function bindSqlValue(expr: Extract<Expr, { kind: 'sql-value' }>): Bound {
  const { name, precision } = expr;
  const typmod = precision ?? -1;
  switch (name) {
    case 'current_date':
      return { kind: 'sql-value', name, precision, type: 'date', typmod: -1 };
    case 'current_time':
      return { kind: 'sql-value', name, precision, type: 'timetz', typmod };
    case 'localtime':
      return { kind: 'sql-value', name, precision, type: 'time', typmod };
    case 'current_timestamp':
      return { kind: 'sql-value', name, precision, type: 'timestamptz', typmod };
    case 'localtimestamp':
      return { kind: 'sql-value', name, precision, type: 'timestamp', typmod };
    case 'current_role':
    case 'current_user':
    case 'user':
    case 'session_user':
    case 'current_catalog':
    // One of the catalog's constants, which are answered before, wherever there is a catalog.
    case 'current_schema':
      return sessionValue(name);
    default:
      return assertNever(name, 'bindSqlValue');
  }
}
