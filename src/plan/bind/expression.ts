/**
 * Expressions: names become columns, operators become routines, literals and parameters get their types.
 */
import { assertNever, notSupported, SqlError, SqlState } from '../../errors.ts';
import type { Expr } from '../../sql/ast.ts';
import { arrayOf, elementOf, formatType, isArrayType, type PgType } from '../../sql/types.ts';
import type { Bound } from '../bound/bound.ts';
import { childrenOf } from '../bound/walk.ts';
import { canCoerce, commonType, commonTypeOrUndefined, type ExprType } from '../routines/coercion.ts';
import { selectRoutine } from '../routines/overload.ts';
import { operatorsByName, type Routine } from '../routines/routines.ts';
import type { Env } from './binder.ts';
import { isQuotedAt } from './binder.ts';
import { bindCall } from './call.ts';
import { coerce, coerceToBoolean, resolved } from './coerce.ts';
import { lookupColumn } from './scope.ts';
import { startOf } from './start-of.ts';
import { bindQuantified, bindSubquery } from './subquery.ts';
import { typeFromName } from './type-name.ts';

/** @throws SqlError 42703, 42P01, 42702, 42883, 42804, 42846 … with positions, as PostgreSQL words them */
export function bindExpr(expr: Expr, env: Env): Bound {
  const { binder } = env;
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
      if (env.clause !== 'SELECT' && env.clause !== 'HAVING' && env.clause !== 'ORDER BY') {
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

function bool<T extends object>(node: T): T & { readonly type: 'bool'; readonly typmod: -1 } {
  return { ...node, type: 'bool', typmod: -1 };
}

function bindColumn(path: readonly string[], position: number | undefined, env: Env): Bound {
  const { binder, scope } = env;
  let found: ReturnType<typeof lookupColumn>;
  try {
    found = lookupColumn(scope, path, isQuotedAt(binder, position), position);
  } catch (error) {
    if (error instanceof SqlError && error.code === SqlState.undefinedColumn && path.length === 1)
      throw explainVirtual(path[0] ?? '', error);
    throw error;
  }
  const { value, depth } = found;
  if (depth > 0 && value.kind === 'measure') {
    throw notSupported(`measure "${value.name}" of an outer query`, {
      hint: 'Select the measure in the outer query or in a join.',
      position,
    });
  }
  return value.kind === 'measure' || value.kind === 'column' ? { ...value, at: position } : value;
}

/** `__user` is how Cube switches users; here that is SET ROLE (contract, rule 11). */
function explainVirtual(name: string, error: SqlError): SqlError {
  if (name !== '__user') return error;
  return new SqlError(error.code, error.message, {
    position: error.position,
    hint: 'Use SET ROLE to act as another user.',
  });
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

/** Picks the operator for operands that are bound already. */
export function bindOperator(name: string, operands: readonly Bound[], position: number | undefined, env: Env): Bound {
  const { routine, argumentTypes, result } = findOperator(name, operands, position);
  const args = operands.map((operand, i) => coerceArgument(operand, argumentTypes[i] ?? 'unknown', position, env));
  // A minus before a number is part of the number, so that -2147483648 stays what it says.
  const [only] = args;
  if (name === '-' && args.length === 1 && only?.kind === 'const' && only.value !== null && /^\d/.test(only.value)) {
    return { ...only, value: `-${only.value}` };
  }
  if (name === '||' && routine.parameters.includes('anynonarray')) {
    // PostgreSQL's textanycat and anytextcat: `||` over the other value's text.
    const texts = args.map((arg) => coerce(env.binder, resolved(arg), 'text', { context: 'explicit', position }));
    return bindOperator(name, texts, position, env);
  }
  return { kind: 'apply', routine, args, type: result, typmod: -1 };
}

function findOperator(name: string, operands: readonly Bound[], position: number | undefined) {
  const types = operands.map((operand) => operand.type);
  const bare = name === '!=' ? '<>' : name;
  const routines = (operatorsByName.get(bare) ?? []).filter((routine) => routine.parameters.length === operands.length);
  const selection = selectRoutine(routines, types);
  if (selection.kind === 'match') return selection.match;
  const shown = types.map((type) => (type === 'unknown' ? type : formatType(type)));
  const text = shown.length === 1 ? `${name} ${shown[0]}` : `${shown[0]} ${name} ${shown[1]}`;
  if (selection.kind === 'ambiguous') {
    throw new SqlError(SqlState.ambiguousFunction, `operator is not unique: ${text}`, {
      hint: 'Could not choose a best candidate operator. You might need to add explicit type casts.',
      position,
    });
  }
  throw new SqlError(SqlState.undefinedFunction, `operator does not exist: ${text}`, {
    hint: 'No operator matches the given name and argument types. You might need to add explicit type casts.',
    position,
  });
}

export function coerceArgument(bound: Bound, target: ExprType, position: number | undefined, env: Env): Bound {
  if (target === 'unknown') return resolved(bound);
  return coerce(env.binder, bound, target, { position });
}

/** A comparison of two operands of one row. */
export function bindComparison(
  name: string,
  left: Bound,
  right: Bound,
  position: number | undefined,
  env: Env,
): { readonly args: readonly [Bound, Bound]; readonly routine: Routine } {
  const { routine, argumentTypes } = findOperator(name, [left, right], position);
  return {
    args: [
      coerceArgument(left, argumentTypes[0] ?? 'unknown', position, env),
      coerceArgument(right, argumentTypes[1] ?? 'unknown', position, env),
    ],
    routine,
  };
}

function bindBinary(operator: string, left: Expr, right: Expr, position: number | undefined, env: Env): Bound {
  if (left.kind === 'row' || right.kind === 'row') {
    if (left.kind !== 'row' || right.kind !== 'row' || left.items.length !== right.items.length) {
      throw new SqlError(SqlState.syntaxError, 'unequal number of entries in row expressions', { position });
    }
    const bind = (items: readonly Expr[]): Bound[] => items.map((item) => bindExpr(item, env));
    return bindRowComparison(operator, bind(left.items), bind(right.items), position, env);
  }
  return bindOperator(operator, [bindExpr(left, env), bindExpr(right, env)], position, env);
}

const ROW_OPERATORS = ['=', '<>', '<', '<=', '>', '>='];

function bindRowComparison(
  operator: string,
  left: readonly Bound[],
  right: readonly Bound[],
  position: number | undefined,
  env: Env,
): Bound {
  const name = operator === '!=' ? '<>' : operator;
  if (!ROW_OPERATORS.includes(name)) {
    throw notSupported(`a comparison of rows with operator ${operator}`, { position });
  }
  const pairs = left.map((item, i) => bindComparison(name, item, right[i] as Bound, position, env));
  return bool({
    kind: 'row-compare',
    operator: name,
    left: pairs.map(({ args }) => args[0]),
    right: pairs.map(({ args }) => args[1]),
    routines: pairs.map(({ routine }) => routine),
  });
}

/** `x BETWEEN a AND b` is two comparisons, as PostgreSQL transforms it. */
function bindBetween(expr: Extract<Expr, { kind: 'between' }>, env: Env): Bound {
  const operand = bindExpr(expr.operand, env);
  const low = bindExpr(expr.low, env);
  const high = bindExpr(expr.high, env);
  const within = (from: Bound, to: Bound): Bound =>
    bool({
      kind: 'and',
      args: [
        bindOperator('>=', [operand, from], expr.at, env),
        bindOperator(
          '<=',
          [expr.operand.kind === 'parameter' ? bindExpr(expr.operand, env) : operand, to],
          expr.at,
          env,
        ),
      ],
    });
  const inside = expr.symmetric
    ? bool({ kind: 'or', args: [within(low, high), within(high, low)] } as const)
    : within(low, high);
  return expr.negated ? bool({ kind: 'not', arg: inside }) : inside;
}

function bindInList(expr: Extract<Expr, { kind: 'in-list' }>, env: Env): Bound {
  if (expr.operand.kind === 'row') {
    const rows = expr.items.map((item) => bindBinary('=', expr.operand, item, expr.at, env));
    const any = bool({ kind: 'or', args: rows } as const);
    return expr.negated ? bool({ kind: 'not', arg: any }) : any;
  }
  const arg = bindExpr(expr.operand, env);
  const items = expr.items.map((item) => bindExpr(item, env));
  // As PostgreSQL does: constants of one type are a list, what is left is compared one by one.
  const constants = items.filter((item) => !readsColumn(item));
  const common =
    constants.length > 1 ? commonTypeOrUndefined([arg, ...constants].map((bound) => bound.type)) : undefined;
  // There are no arrays of arrays.
  const type = common !== undefined && isArrayType(common) ? undefined : common;
  const listed = type === undefined ? [] : constants;
  const tests: Bound[] = [];
  if (type !== undefined) {
    const element: Bound = { kind: 'const', type, typmod: -1, value: null };
    const name = expr.negated ? '<>' : '=';
    const { args, routine } = bindComparison(name, arg, element, expr.at, env);
    const wanted = args[1].type === 'unknown' ? type : args[1].type;
    const values = listed.map((item) => coerce(env.binder, coerce(env.binder, item, type), wanted));
    tests.push(bool({ kind: 'in', negated: expr.negated, arg: args[0], items: values, routine }));
  }
  for (const item of items) {
    if (!listed.includes(item)) tests.push(bindOperator(expr.negated ? '<>' : '=', [arg, item], expr.at, env));
  }
  const [only, another] = tests;
  if (only !== undefined && another === undefined) return only;
  return bool({ kind: expr.negated ? 'and' : 'or', args: tests });
}

function readsColumn(bound: Bound): boolean {
  return bound.kind === 'column' || bound.kind === 'measure' || childrenOf(bound).some(readsColumn);
}

function bindLike(expr: Extract<Expr, { kind: 'like' }>, env: Env): Bound {
  const operator = expr.variant === 'ilike' ? '~~*' : '~~';
  const { args } = bindComparison(operator, bindExpr(expr.operand, env), bindExpr(expr.pattern, env), expr.at, env);
  const escapeWith = expr.escape && coerce(env.binder, bindExpr(expr.escape, env), 'text');
  return bool({
    kind: 'like',
    variant: expr.variant,
    negated: expr.negated,
    arg: args[0],
    pattern: args[1],
    escape: escapeWith,
  });
}

function bindQuantifiedArray(expr: Extract<Expr, { kind: 'quantified' }>, env: Env): Bound {
  const left = bindExpr(expr.left, env);
  const array = bindExpr(expr.array, env);
  if (array.type !== 'unknown' && !isArrayType(array.type)) {
    throw new SqlError(SqlState.wrongObjectType, 'op ANY/ALL (array) requires array on right side', {
      position: expr.at,
    });
  }
  const elementOfArray = array.type === 'unknown' ? array.type : elementOf(array.type);
  const element: Bound = { kind: 'const', type: elementOfArray, typmod: -1, value: null };
  const { routine, argumentTypes, result } = findOperator(expr.operator, [left, element], expr.at);
  if (result !== 'bool') {
    throw new SqlError(SqlState.wrongObjectType, 'op ANY/ALL (array) requires operator to yield boolean', {
      position: expr.at,
    });
  }
  const elementType = argumentTypes[1] ?? 'unknown';
  if (elementType === 'unknown' || isArrayType(elementType))
    throw notSupported('this comparison with an array', { position: expr.at });
  return bool({
    kind: 'quantified',
    quantifier: expr.quantifier,
    routine,
    left: coerceArgument(left, argumentTypes[0] ?? 'unknown', expr.at, env),
    array: coerce(env.binder, array, arrayOf(elementType), { position: startOf(expr.array) }),
  });
}

/** `CASE x WHEN v …` is `CASE WHEN x = v …`. */
function bindCase(expr: Extract<Expr, { kind: 'case' }>, env: Env): Bound {
  const { binder } = env;
  const given = expr.operand && bindExpr(expr.operand, env);
  const operand = given?.type === 'unknown' ? coerce(binder, given, 'text') : given;
  const whens = expr.branches.map(({ when }) => {
    const bound = bindExpr(when, env);
    return operand === undefined
      ? coerceToBoolean(binder, bound, 'CASE/WHEN', startOf(when))
      : bindOperator('=', [operand, bound], whenPosition(when, env), env);
  });
  const results = [...expr.branches.map(({ then }) => then), ...(expr.otherwise === undefined ? [] : [expr.otherwise])];
  // PostgreSQL looks at ELSE first.
  const ordered = expr.otherwise === undefined ? results : [expr.otherwise, ...results.slice(0, -1)];
  const { bounds, type } = bindAlike(ordered, expr.otherwise === undefined ? 'CASE/WHEN' : 'CASE', env);
  const thens = expr.otherwise === undefined ? bounds : bounds.slice(1);
  return {
    kind: 'case',
    branches: whens.map((when, i) => ({ when, then: thens[i] as Bound })),
    otherwise: expr.otherwise === undefined ? undefined : bounds[0],
    type,
    // Without ELSE there is a NULL, which has no modifier.
    typmod: expr.otherwise === undefined ? -1 : sharedTypmod(bounds),
  };
}

/** The word WHEN before a value: there PostgreSQL sees the comparison with CASE's operand. */
function whenPosition(when: Expr, env: Env): number | undefined {
  const start = startOf(when);
  if (start === undefined) return undefined;
  const { text, offset } = env.binder.source;
  const found = /\bwhen[\s(]*$/i.exec(text.slice(0, start - offset));
  return found === null ? start : offset + found.index;
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

/** json alone has neither order nor equality. */
export function isOrdered(type: ExprType): boolean {
  return type !== 'json' && type !== 'json[]';
}

function noComparison(type: PgType): SqlError {
  return new SqlError(
    SqlState.undefinedFunction,
    `could not identify a comparison function for type ${formatType(type)}`,
  );
}

/** Binds expressions that must share a type. */
export function bindAlike(
  exprs: readonly Expr[],
  what: string,
  env: Env,
): { readonly bounds: Bound[]; readonly type: PgType } {
  const bounds = exprs.map((expr) => bindExpr(expr, env));
  const type = commonType(
    bounds.map((bound, i) => ({ type: bound.type, position: startOf(exprs[i] as Expr) })),
    what,
  );
  return {
    bounds: bounds.map((bound, i) => coerceBranch(bound, type, exprs[i] as Expr, branchName(what, i), env)),
    type,
  };
}

/** CASE's branches are bound with ELSE first. */
function branchName(what: string, index: number): string {
  return what === 'CASE' ? (index === 0 ? 'CASE/ELSE' : 'CASE/WHEN') : what;
}

function coerceBranch(bound: Bound, type: PgType, expr: Expr, what: string, env: Env): Bound {
  if (bound.type !== 'unknown' && !canCoerce(bound.type, type, 'implicit')) {
    throw new SqlError(
      SqlState.cannotCoerce,
      `${what} could not convert type ${formatType(bound.type)} to ${formatType(type)}`,
      { position: startOf(expr) },
    );
  }
  return coerce(env.binder, bound, type);
}

/** A modifier survives only where all branches have it. */
function sharedTypmod(bounds: readonly Bound[]): number {
  const [first] = bounds;
  return first !== undefined && bounds.every((bound) => bound.typmod === first.typmod) ? first.typmod : -1;
}

function bindCast(expr: Extract<Expr, { kind: 'cast' }>, env: Env): Bound {
  const { type, typmod } = typeFromName(expr.type);
  if (expr.operand.kind === 'array' && expr.operand.items.length === 0 && isArrayType(type)) {
    return { kind: 'array', items: [], type, typmod: -1 };
  }
  if (expr.operand.kind === 'array' && isArrayType(type) && expr.operand.items.length > 0) {
    // ARRAY[…]::type[] casts each element, whatever they have in common.
    const element = elementOf(type);
    const items = expr.operand.items.map((item) => castTo(bindExpr(item, env), element, typmod, startOf(item), env));
    return { kind: 'array', items, type, typmod };
  }
  return castTo(bindExpr(expr.operand, env), type, typmod, expr.at, env);
}

function castTo(arg: Bound, type: PgType, typmod: number, position: number | undefined, env: Env): Bound {
  const source = arg.type;
  if (source !== 'unknown' && !canCoerce(source, type, 'explicit')) {
    throw new SqlError(SqlState.cannotCoerce, `cannot cast type ${formatType(source)} to ${formatType(type)}`, {
      position,
    });
  }
  const made = coerce(env.binder, arg, type, { context: 'explicit', typmod, position });
  // `x::numeric` forgets the modifier of a numeric(10, 2).
  return made.typmod === typmod ? made : { kind: 'cast', arg: made, type, typmod };
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
    case 'current_schema':
      return { kind: 'session-value', name, type: 'text', typmod: -1 };
    default:
      return assertNever(name, 'bindSqlValue');
  }
}
