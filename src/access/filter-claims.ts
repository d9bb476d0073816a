/**
 * Security filters as data: the claim `filters` of a token, and what queryRewrite adds (contract 7.6, 7.7). A filter
 * that says less than it seems to is refused: it would let rows through.
 */
import { SqlError, SqlState } from '../errors.ts';
import { OPERATORS } from '../model/filters.ts';
import { didYouMean } from '../model/spelling.ts';
import { FILTER_OPERATORS, type FilterOperator, type FilterValue } from '../model/types.ts';
import type { FilterRule } from './row-filter.ts';

/** As deep as `and` and `or` may stand in each other. */
const MAX_DEPTH = 32;
const KEYS = ['member', 'operator', 'values', 'and', 'or'];

/**
 * @param value of a token's claim or a hook's answer, whatever it is
 * @throws SqlError 42501 for anything but a list of `{member, operator, values}`, `{and: […]}` and `{or: […]}`
 */
export function readFilterRules(value: unknown): readonly FilterRule[] {
  if (!Array.isArray(value)) throw denied('security filters must be a list of {member, operator, values}');
  // A hole of a sparse list is undefined here, and no filter.
  return Array.from(value, (item: unknown) => readRule(item, 0));
}

function readRule(value: unknown, depth: number): FilterRule {
  if (depth > MAX_DEPTH) throw denied('security filters are nested too deeply');
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw denied('a security filter must be {member, operator, values}');
  }
  const rule = new Map(Object.entries(value));
  for (const key of rule.keys()) {
    if (!KEYS.includes(key)) throw denied(`a security filter has no "${key}"${didYouMean(key, KEYS)}`);
  }
  const [kind] = (['and', 'or'] as const).filter((key) => rule.has(key));
  if (kind !== undefined) {
    const inner: unknown = rule.get(kind);
    if (rule.size > 1 || !Array.isArray(inner) || inner.length === 0) {
      throw denied(`"${kind}" of a security filter stands alone, and is a list of filters`);
    }
    return { kind, filters: Array.from(inner, (item: unknown) => readRule(item, depth + 1)) };
  }
  const member: unknown = rule.get('member');
  if (typeof member !== 'string') throw denied('a security filter needs a member, "table.member"');
  const operator = operatorOf(rule.get('operator'), member);
  return { kind: 'member', member, operator, values: { kind: 'list', values: valuesOf(rule, operator, member) } };
}

function operatorOf(value: unknown, member: string): FilterOperator {
  const operator = FILTER_OPERATORS.find((known) => known === value);
  if (operator !== undefined) return operator;
  const written = typeof value === 'string' ? ` "${value}"${didYouMean(value, FILTER_OPERATORS)}` : '';
  throw denied(`the security filter on "${member}" has no known operator${written}`);
}

function valuesOf(
  rule: ReadonlyMap<string, unknown>,
  operator: FilterOperator,
  member: string,
): readonly FilterValue[] {
  const [arity] = OPERATORS[operator];
  const given = rule.get('values');
  if (arity === 'none') {
    if (given !== undefined && !(Array.isArray(given) && given.length === 0)) {
      throw denied(`filter operator ${operator} takes no values`);
    }
    return [];
  }
  if (!Array.isArray(given)) throw denied(`the security filter on "${member}" needs a list of values`);
  if (given.length === 0 && arity !== 'list') throw denied(`filter operator ${operator} needs a value`);
  return Array.from(given, (value: unknown): FilterValue => {
    switch (typeof value) {
      case 'string':
      case 'number':
      case 'boolean':
        return { kind: 'literal', value };
      case 'bigint':
        return { kind: 'literal', value: String(value) };
      default:
        // Null and undefined too: a value that is missing.
        throw denied(`the security filter on "${member}" has a value that is missing or is no text, number or boolean`);
    }
  });
}

function denied(message: string): SqlError {
  return new SqlError(SqlState.insufficientPrivilege, message);
}
