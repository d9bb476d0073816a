/**
 * Row filters of policies as conditions over members, with the values of claims beside them, never in them.
 */
import { assertNever, SqlError, SqlState } from '../errors.ts';
import type { Filter, FilterOperator, FilterValues } from '../model/types.ts';
import { arrayOf, isArrayType, type PgType } from '../sql/types.ts';
import { requireClaim } from './claims.ts';
import type { Claim, SecurityContext } from './context.ts';
import { claimText, dayAfter, isDateOnly } from './filter-values.ts';

/** A member of the cube at `path` from the root of a table. */
export type MemberRef = {
  readonly path: readonly string[];
  readonly cube: string;
  readonly member: string;
  readonly type: PgType;
};

export type RowFilter =
  | { readonly kind: 'and' | 'or'; readonly filters: readonly RowFilter[] }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'null-test'; readonly member: MemberRef; readonly negated: boolean }
  /** `member operator value`; the value is the decision's at that index. NULL members match when `orNull`. */
  | {
      readonly kind: 'compare';
      readonly member: MemberRef;
      readonly operator: '=' | '<>' | '<' | '<=' | '>' | '>=';
      readonly value: number;
    }
  /** `member = ANY (values)`, an array in one value. */
  | { readonly kind: 'any'; readonly member: MemberRef; readonly negated: boolean; readonly value: number }
  /** Case-insensitive, without wildcards; matches when any value of the list does. */
  | {
      readonly kind: 'text-match';
      readonly member: MemberRef;
      readonly match: 'contains' | 'startsWith' | 'endsWith';
      readonly negated: boolean;
      readonly value: number;
    };

/** A value that a row filter compares with, bound at execution. */
export type PolicyValue = {
  readonly type: PgType;
  readonly text: string;
  /** The warehouse finds the type where it stands, as it does of a literal in quotes; `type` is the text's. */
  readonly untyped?: true;
};

export type FilterScope = {
  readonly context: SecurityContext;
  /** @throws Error when the loader let an unknown member pass */
  readonly member: (name: string) => MemberRef;
  /** Keeps a value and gives its index. */
  readonly bind: (value: PolicyValue) => number;
};

/** A filter as a model, a token or a hook says it; where it was written does not matter here. */
export type FilterRule =
  | { readonly kind: 'and' | 'or'; readonly filters: readonly FilterRule[] }
  | Omit<Extract<Filter, { kind: 'member' }>, 'at'>;

/** @throws SqlError 42501 for a claim that is missing or of the wrong type */
export function resolveFilter(filter: FilterRule, scope: FilterScope): RowFilter {
  if (filter.kind !== 'member')
    return { kind: filter.kind, filters: filter.filters.map((inner) => resolveFilter(inner, scope)) };
  const member = scope.member(filter.member);
  const { operator } = filter;
  switch (operator) {
    case 'set':
    case 'notSet':
      return { kind: 'null-test', member, negated: operator === 'set' };
    case 'equals':
    case 'in':
      return equality(member, filter.values, scope);
    case 'notEquals':
    case 'notIn':
      return inequality(member, filter.values, scope);
    case 'contains':
    case 'startsWith':
    case 'endsWith':
      return textMatch(member, operator, false, valuesOf(filter.values, scope), scope);
    case 'notContains':
      return orNull(member, textMatch(member, 'contains', true, valuesOf(filter.values, scope), scope));
    case 'notStartsWith':
      return orNull(member, textMatch(member, 'startsWith', true, valuesOf(filter.values, scope), scope));
    case 'notEndsWith':
      return orNull(member, textMatch(member, 'endsWith', true, valuesOf(filter.values, scope), scope));
    case 'gt':
      return compareFirst(member, '>', filter.values, operator, scope);
    case 'gte':
      return compareFirst(member, '>=', filter.values, operator, scope);
    case 'lt':
      return compareFirst(member, '<', filter.values, operator, scope);
    case 'lte':
      return compareFirst(member, '<=', filter.values, operator, scope);
    case 'inDateRange': {
      const { from, to } = dateRange(member, filter.values, operator, scope);
      return { kind: 'and', filters: [from.atOrAfter, to.atOrBefore] };
    }
    case 'onTheDate': {
      const { atOrAfter, atOrBefore } = bound(member, only(filter.values, operator, scope), scope);
      return { kind: 'and', filters: [atOrAfter, atOrBefore] };
    }
    case 'notInDateRange': {
      const { from, to } = dateRange(member, filter.values, operator, scope);
      return { kind: 'or', filters: [from.before, to.after] };
    }
    case 'beforeDate':
      return bound(member, only(filter.values, operator, scope), scope).before;
    case 'beforeOrOnDate':
      return bound(member, only(filter.values, operator, scope), scope).atOrBefore;
    case 'afterDate':
      return bound(member, only(filter.values, operator, scope), scope).after;
    case 'afterOrOnDate':
      return bound(member, only(filter.values, operator, scope), scope).atOrAfter;
    default:
      return assertNever(operator, 'resolveFilter');
  }
}

/** A negated comparison keeps rows without a value, as in Cube; an empty list matches nothing, negated or not. */
function orNull(member: MemberRef, filter: RowFilter): RowFilter {
  return filter.kind === 'nothing'
    ? filter
    : { kind: 'or', filters: [filter, { kind: 'null-test', member, negated: false }] };
}

function valuesOf(values: FilterValues, { context }: FilterScope): readonly Claim[] {
  if (values.kind === 'claim') {
    const claim = requireClaim(context, values.path);
    return Array.isArray(claim) ? claim : [claim];
  }
  return values.values.flatMap((value): readonly Claim[] => {
    if (value.kind === 'literal') return [value.value];
    const claim = requireClaim(context, value.path);
    return Array.isArray(claim) ? claim : [claim];
  });
}

/** A null that the author wrote is a row without a value, as in Cube; one of a claim's is a missing value. */
function splitNull(values: FilterValues): { readonly named: FilterValues; readonly isNull: boolean } {
  if (values.kind === 'claim') return { named: values, isNull: false };
  const named = values.values.filter((value) => value.kind === 'claim' || value.value !== null);
  return { named: { kind: 'list', values: named }, isNull: named.length < values.values.length };
}

function equality(member: MemberRef, values: FilterValues, scope: FilterScope): RowFilter {
  const { named, isNull } = splitNull(values);
  const equal = anyOf(member, valuesOf(named, scope), false, scope);
  if (!isNull) return equal;
  const without: RowFilter = { kind: 'null-test', member, negated: false };
  return equal.kind === 'nothing' ? without : { kind: 'or', filters: [equal, without] };
}

function inequality(member: MemberRef, values: FilterValues, scope: FilterScope): RowFilter {
  const { named, isNull } = splitNull(values);
  const unequal = anyOf(member, valuesOf(named, scope), true, scope);
  if (!isNull) return orNull(member, unequal);
  const nullAlone = named.kind === 'list' && named.values.length === 0;
  return nullAlone ? { kind: 'null-test', member, negated: true } : unequal;
}

function anyOf(member: MemberRef, values: readonly Claim[], negated: boolean, scope: FilterScope): RowFilter {
  if (values.length === 0) return { kind: 'nothing' };
  if (isArrayType(member.type)) throw denied(`member "${member.member}" is an array and cannot be compared`);
  const texts = values.map((value) => claimText(value, member.type, member.member));
  const [text, another] = texts;
  if (text !== undefined && another === undefined) {
    return { kind: 'compare', member, operator: negated ? '<>' : '=', value: scope.bind({ type: member.type, text }) };
  }
  return { kind: 'any', member, negated, value: scope.bind({ type: arrayOf(member.type), text: arrayText(texts) }) };
}

function textMatch(
  member: MemberRef,
  match: 'contains' | 'startsWith' | 'endsWith',
  negated: boolean,
  values: readonly Claim[],
  scope: FilterScope,
): RowFilter {
  if (values.length === 0) return { kind: 'nothing' };
  const filters = values.map(
    (value): RowFilter => ({
      kind: 'text-match',
      member,
      match,
      negated,
      value: scope.bind({ type: 'text', text: claimText(value, 'text', member.member) }),
    }),
  );
  return { kind: negated ? 'and' : 'or', filters };
}

function compareFirst(
  member: MemberRef,
  operator: '<' | '<=' | '>' | '>=',
  values: FilterValues,
  name: FilterOperator,
  scope: FilterScope,
): RowFilter {
  const value = only(values, name, scope);
  if (isTime(member.type)) {
    const { before, atOrAfter, after, atOrBefore } = bound(member, value, scope);
    return { '<': before, '>=': atOrAfter, '>': after, '<=': atOrBefore }[operator];
  }
  return {
    kind: 'compare',
    member,
    operator,
    value: scope.bind({ type: member.type, text: claimText(value, member.type, member.member) }),
  };
}

function only(values: FilterValues, operator: FilterOperator, scope: FilterScope): Claim {
  const [value, another] = valuesOf(values, scope);
  if (value === undefined || another !== undefined) throw denied(`filter operator ${operator} takes one value`);
  return value;
}

// Dates: a bound that is a date alone means its whole day, in the policy time zone (contract 7, point 3)

function isTime(type: PgType): boolean {
  return type === 'date' || type === 'timestamp' || type === 'timestamptz';
}

type DateBound = {
  readonly before: RowFilter;
  readonly atOrAfter: RowFilter;
  readonly after: RowFilter;
  readonly atOrBefore: RowFilter;
};

function bound(member: MemberRef, value: Claim, scope: FilterScope): DateBound {
  const text = claimText(value, 'timestamp', member.member);
  const compare = (operator: '<' | '<=' | '>' | '>=', at: string): RowFilter => ({
    kind: 'compare',
    member,
    operator,
    value: scope.bind({ type: member.type, text: at }),
  });
  if (!isDateOnly(text))
    return {
      before: compare('<', text),
      atOrAfter: compare('>=', text),
      after: compare('>', text),
      atOrBefore: compare('<=', text),
    };
  const next = dayAfter(text);
  return {
    before: compare('<', text),
    atOrAfter: compare('>=', text),
    after: compare('>=', next),
    atOrBefore: compare('<', next),
  };
}

function dateRange(member: MemberRef, values: FilterValues, operator: FilterOperator, scope: FilterScope) {
  const [from, to = from, another] = valuesOf(values, scope);
  if (from === undefined || to === undefined || another !== undefined)
    throw denied(`filter operator ${operator} takes one or two dates`);
  return { from: bound(member, from, scope), to: bound(member, to, scope) };
}

/** PostgreSQL's text of an array. */
export function arrayText(texts: readonly string[]): string {
  return `{${texts.map((text) => `"${text.replace(/["\\]/g, '\\$&')}"`).join(',')}}`;
}

function denied(message: string): SqlError {
  return new SqlError(SqlState.insufficientPrivilege, message);
}
