/**
 * Conditions of policies over claims: `conditions: [{ if: "{ securityContext.department == 'sales' }" }]`.
 */
import { assertNever, SqlError, SqlState } from '../errors.ts';
import type { Condition, ConditionValue } from '../model/types.ts';
import { findClaim, requireClaim } from './claims.ts';
import type { Claim, SecurityContext } from './context.ts';

/**
 * A claim that stands alone must be a JSON boolean; null, 0 and the empty string count as false (contract 7, point 5).
 * @throws SqlError 42501 for another value, and for a missing claim in a comparison
 */
export function holds(condition: Condition, context: SecurityContext): boolean {
  switch (condition.kind) {
    case 'and':
      return condition.operands.every((operand) => holds(operand, context));
    case 'or':
      return condition.operands.some((operand) => holds(operand, context));
    case 'not':
      return !holds(requireClaims(condition.operand, context), context);
    case 'compare':
      return compare(condition.operator, claimOf(condition.left, context), claimOf(condition.right, context));
    case 'in': {
      const list = claimOf(condition.right, context);
      if (!Array.isArray(list))
        throw new SqlError(SqlState.insufficientPrivilege, 'the right side of "in" must be a list');
      const left = claimOf(condition.left, context);
      if (condition.negated) for (const item of list) requireComparable(item, left);
      return list.some((item: Claim) => same(item, left)) !== condition.negated;
    }
    case 'value':
      return truth(condition.value, context);
    default:
      return assertNever(condition, 'holds');
  }
}

/** Under `not` a missing claim would open what it was to close, however deep it stands. */
function requireClaims(condition: Condition, context: SecurityContext): Condition {
  switch (condition.kind) {
    case 'and':
    case 'or':
      for (const operand of condition.operands) requireClaims(operand, context);
      return condition;
    case 'not':
      requireClaims(condition.operand, context);
      return condition;
    case 'value':
      if (condition.value.kind === 'claim') requireClaim(context, condition.value.path);
      return condition;
    case 'compare':
    case 'in':
      // These ask for their claims themselves.
      return condition;
    default:
      return assertNever(condition, 'requireClaims');
  }
}

function truth(value: ConditionValue, context: SecurityContext): boolean {
  const found = value.kind === 'claim' ? findClaim(context, value.path) : claimOf(value, context);
  if (found === undefined || found === false || found === null || found === 0 || found === '') return false;
  if (found === true) return true;
  throw new SqlError(
    SqlState.insufficientPrivilege,
    `claim "${value.kind === 'claim' ? value.path.join('.') : ''}" must be a boolean`,
  );
}

function claimOf(value: ConditionValue, context: SecurityContext): Claim {
  switch (value.kind) {
    case 'claim':
      return requireClaim(context, value.path);
    case 'literal':
      return value.value;
    case 'list':
      return value.values.map((item) => claimOf(item, context));
    default:
      return assertNever(value, 'claimOf');
  }
}

function isNumber(value: Claim): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint';
}

/** Equal in type and value; 1 and 1n are the same number, 1 and "1" are not. */
function same(left: Claim, right: Claim): boolean {
  // biome-ignore lint/suspicious/noDoubleEquals: a number and a bigint of one value are equal
  if (isNumber(left) && isNumber(right)) return left == right;
  if (typeof left === 'object' || typeof right === 'object') return false;
  return left === right;
}

/** Values of different types are never equal, so under `!=` and `not in` a claim of the wrong type would open. */
function requireComparable(left: Claim, right: Claim): void {
  const comparable = typeof left !== 'object' && ((isNumber(left) && isNumber(right)) || typeof left === typeof right);
  if (!comparable) throw new SqlError(SqlState.insufficientPrivilege, 'claims of different types cannot be compared');
}

function compare(operator: Extract<Condition, { kind: 'compare' }>['operator'], left: Claim, right: Claim): boolean {
  if (operator === '=') return same(left, right);
  if (operator === '<>') {
    requireComparable(left, right);
    return !same(left, right);
  }
  const ordered = (isNumber(left) && isNumber(right)) || (typeof left === 'string' && typeof right === 'string');
  if (!ordered) throw new SqlError(SqlState.insufficientPrivilege, 'claims of different types cannot be compared');
  switch (operator) {
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
    default:
      return assertNever(operator, 'compare');
  }
}
