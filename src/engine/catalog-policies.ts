/** The model's access policies as rows of semwire.policies, for admins. */
import type { CatalogPolicy } from '../catalog/catalog.ts';
import { assertNever } from '../errors.ts';
import { OPERATORS } from '../model/filters.ts';
import type { Filter, FilterValues, MemberRule, Model, Policy } from '../model/types.ts';

/** In the order of the model, a table's own in the order in which they are written. */
export function catalogPolicies(model: Model): readonly CatalogPolicy[] {
  return [...model.cubes.values(), ...model.views.values()].flatMap(({ name, accessPolicy }) =>
    (accessPolicy ?? []).map((policy, index) => row(name, index, policy)),
  );
}

function row(table: string, index: number, policy: Policy): CatalogPolicy {
  const { groups, conditions, memberLevel, memberMasking, rowLevel, at } = policy;
  return {
    table,
    policy: `${table}[${index}]`,
    groups: groups === '*' ? '*' : groups.join(', '),
    conditions: conditions.length,
    includes: memberLevel === undefined ? '*' : names(memberLevel.includes),
    excludes: memberLevel === undefined ? '' : names(memberLevel.excludes),
    masked: memberMasking === undefined ? '' : maskedNames(memberMasking),
    rows: rowLevel?.kind === 'filters' ? filtersText(rowLevel.filters) : 'all',
    at: `${at.file}:${at.line}`,
  };
}

/** As it stands in the model, in JSON. */
function filtersText(filters: readonly Filter[]): string {
  return JSON.stringify(filters.map(writtenFilter));
}

function writtenFilter(filter: Filter): object {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return { [filter.kind]: filter.filters.map(writtenFilter) };
    case 'member': {
      const { member, operator, values } = filter;
      const isWithout = values.kind === 'list' && values.values.length === 0 && OPERATORS[operator][0] === 'none';
      return isWithout ? { member, operator } : { member, operator, values: writtenValues(values) };
    }
    default:
      return assertNever(filter, 'writtenFilter');
  }
}

function writtenValues(values: FilterValues): unknown {
  if (values.kind === 'claim') return claimText(values.path);
  return values.values.map((value) => (value.kind === 'claim' ? claimText(value.path) : value.value));
}

function claimText(path: readonly string[]): string {
  return `{ securityContext.${path.join('.')} }`;
}

function maskedNames({ includes, excludes }: MemberRule): string {
  return excludes.length === 0 ? names(includes) : `${names(includes)} but ${names(excludes)}`;
}

function names(members: readonly string[] | '*'): string {
  return members === '*' ? '*' : members.join(', ');
}
