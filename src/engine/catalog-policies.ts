/** The model's access policies as rows of semwire.policies, for admins. */
import type { CatalogPolicy } from '../catalog/catalog.ts';
import type { MemberRule, Model, Policy } from '../model/types.ts';

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

/** As JSON, without the places in the file. */
function filtersText(filters: readonly unknown[]): string {
  return JSON.stringify(filters, (key, value: unknown) => (key === 'at' ? undefined : value));
}

function maskedNames({ includes, excludes }: MemberRule): string {
  return excludes.length === 0 ? names(includes) : `${names(includes)} but ${names(excludes)}`;
}

function names(members: readonly string[] | '*'): string {
  return members === '*' ? '*' : members.join(', ');
}
