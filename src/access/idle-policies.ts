/**
 * Policies that grant nothing, whoever asks: what they say cannot hold. That nobody is in a group cannot be known here.
 */
import type { Condition, ConditionValue, Filter, MemberRule, Policy } from '../model/types.ts';
import { holds } from './conditions.ts';

/** @returns why it grants nothing; undefined when it may grant something */
export function whyIdle(policy: Policy): string | undefined {
  if (policy.groups !== '*' && policy.groups.length === 0) return 'it is for no group';
  const conditions = policy.conditions.flatMap(conjuncts);
  if (conditions.some(isConstantlyFalse)) return 'a condition is always false';
  const claim = contradiction(conditions.flatMap(equalClaim));
  if (claim !== undefined) return `its conditions ask two values of the claim "${claim}"`;
  const { memberLevel, memberMasking, rowLevel } = policy;
  if (grantsNone(memberLevel) && (memberMasking === undefined || grantsNone(memberMasking)))
    return 'it grants no member';
  if (rowLevel?.kind !== 'filters') return undefined;
  const filters = rowLevel.filters.flatMap(conjunctFilters);
  if (filters.some(isEmpty)) return 'a row filter has an empty list, which no row passes';
  const member = contradiction(filters.flatMap(equalMember));
  return member === undefined ? undefined : `its row filters ask two values of "${member}"`;
}

function grantsNone(rule: MemberRule | undefined): boolean {
  if (rule === undefined || rule.includes === '*') return false;
  return rule.includes.every((member) => rule.excludes.includes(member));
}

type Equality = { readonly of: string; readonly values: readonly string[] };

/** Of two lists of accepted values one row or claim cannot be in both when they share none. */
function contradiction(equalities: readonly Equality[]): string | undefined {
  return equalities.find(({ of, values }, i) =>
    equalities.slice(i + 1).some((other) => other.of === of && !other.values.some((value) => values.includes(value))),
  )?.of;
}

function conjuncts(condition: Condition): readonly Condition[] {
  return condition.kind === 'and' ? condition.operands.flatMap(conjuncts) : [condition];
}

/** Without a claim in it a condition is what it is. */
function isConstantlyFalse(condition: Condition): boolean {
  return !mentionsClaim(condition) && !holds(condition, {});
}

function mentionsClaim(condition: Condition): boolean {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return condition.operands.some(mentionsClaim);
    case 'not':
      return mentionsClaim(condition.operand);
    case 'compare':
    case 'in':
      return hasClaim(condition.left) || hasClaim(condition.right);
    case 'value':
      return hasClaim(condition.value);
  }
}

function hasClaim(value: ConditionValue): boolean {
  return value.kind === 'claim' || (value.kind === 'list' && value.values.some(hasClaim));
}

function equalClaim(condition: Condition): readonly Equality[] {
  if (condition.kind === 'compare' && condition.operator === '=') {
    const [claim, literal] =
      condition.left.kind === 'claim' ? [condition.left, condition.right] : [condition.right, condition.left];
    return claim.kind === 'claim' && literal.kind === 'literal'
      ? [{ of: claim.path.join('.'), values: [JSON.stringify(literal.value)] }]
      : [];
  }
  if (condition.kind !== 'in' || condition.negated) return [];
  const { left, right } = condition;
  if (left.kind !== 'claim' || right.kind !== 'list') return [];
  const values = right.values.flatMap((value) => (value.kind === 'literal' ? [JSON.stringify(value.value)] : []));
  return values.length === right.values.length ? [{ of: left.path.join('.'), values }] : [];
}

function conjunctFilters(filter: Filter): readonly Extract<Filter, { kind: 'member' }>[] {
  if (filter.kind === 'member') return [filter];
  return filter.kind === 'and' ? filter.filters.flatMap(conjunctFilters) : [];
}

/** Contract, section 7.3: an empty list matches nothing, negated ones too. `set` and `notSet` take none. */
function isEmpty({ operator, values }: Extract<Filter, { kind: 'member' }>): boolean {
  return operator !== 'set' && operator !== 'notSet' && values.kind === 'list' && values.values.length === 0;
}

function equalMember({ member, operator, values }: Extract<Filter, { kind: 'member' }>): readonly Equality[] {
  if ((operator !== 'equals' && operator !== 'in') || values.kind !== 'list') return [];
  const literals = values.values.flatMap((value) => (value.kind === 'literal' ? [String(value.value)] : []));
  return literals.length === values.values.length ? [{ of: member, values: literals }] : [];
}
