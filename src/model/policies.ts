/**
 * access_policy (https://cube.dev/docs/product/auth/data-access-policies): who matches, which members, which rows.
 * Whatever is written here and cannot be enforced fails the load: a policy is never weaker than it reads.
 */
import { readCondition } from './conditions.ts';
import { type FilterContext, memberName, readFilter } from './filters.ts';
import type { MemberRuleDefinition, PolicyDefinition } from './schema.ts';
import { didYouMean } from './spelling.ts';
import type { Condition, MemberRule, Policy } from './types.ts';

export type PolicyContext = FilterContext & {
  /** Names that member_level may speak of beside the members: hierarchies. */
  readonly otherNames: ReadonlySet<string>;
};

export function readPolicies(
  definitions: readonly PolicyDefinition[] | undefined,
  context: PolicyContext,
): readonly Policy[] | undefined {
  return definitions?.map((definition) => readPolicy(definition, context));
}

function readPolicy(definition: PolicyDefinition, context: PolicyContext): Policy {
  const { sources, problems } = context;
  return {
    groups: readGroups(definition, context),
    conditions: (definition.conditions ?? [])
      .map((condition): Condition | undefined =>
        typeof condition.if === 'boolean'
          ? { kind: 'value', value: { kind: 'literal', value: condition.if } }
          : readCondition(sources.text(condition, 'if'), problems),
      )
      .filter((condition) => condition !== undefined),
    memberLevel: readMemberRule(definition.member_level, context),
    memberMasking: readMemberRule(definition.member_masking, context),
    rowLevel: readRowLevel(definition, context),
    at: sources.at(definition),
  };
}

function readGroups(definition: PolicyDefinition, context: PolicyContext): readonly string[] | '*' {
  const { sources, problems } = context;
  const given = (['role', 'group', 'groups'] as const).filter((key) => definition[key] !== undefined);
  const [key] = given;
  if (key === undefined || given.length > 1) {
    problems.error(sources.at(definition), 'a policy needs exactly one of role, group and groups');
    return [];
  }
  const written = definition[key];
  const groups = typeof written === 'string' ? [written] : (written ?? []);
  if (groups.length === 0 || groups.includes('')) problems.error(sources.at(definition, key), `"${key}" names nobody`);
  return groups.includes('*') ? '*' : groups;
}

function readMemberRule(rule: MemberRuleDefinition | undefined, context: PolicyContext): MemberRule | undefined {
  if (rule === undefined) return undefined;
  const { sources, problems, members, otherNames } = context;
  const names = (key: 'includes' | 'excludes'): readonly string[] => {
    const written = rule[key];
    if (written === '*') return [...members.keys()];
    return (written ?? []).map((text, i) => {
      const name = memberName(text, context.name);
      // A misspelt exclude would show what it should hide.
      if (!members.has(name) && !otherNames.has(name)) {
        const at = sources.at(written as readonly string[], i);
        problems.error(at, `${context.table} has no member "${text}"${didYouMean(name, members.keys())}`);
      }
      return name;
    });
  };
  const includes = rule.includes === undefined || rule.includes === '*' ? '*' : names('includes');
  return { includes, excludes: names('excludes') };
}

function readRowLevel(definition: PolicyDefinition, context: PolicyContext): Policy['rowLevel'] {
  const rows = definition.row_level;
  if (rows === undefined) return undefined;
  const { sources, problems } = context;
  const at = sources.at(definition, 'row_level');
  if ((rows.filters === undefined) === (rows.allow_all === undefined)) {
    problems.error(at, 'row_level needs exactly one of filters and allow_all');
  } else if (rows.allow_all === false) {
    problems.error(sources.at(rows, 'allow_all'), '"allow_all" must be true; leave the policy out to show no rows');
  } else if (rows.filters?.length === 0) {
    problems.error(sources.at(rows, 'filters'), 'filters is empty; write allow_all: true to show all rows');
  }
  if (rows.filters === undefined) return { kind: 'all' };
  return {
    kind: 'filters',
    filters: rows.filters.map((filter) => readFilter(filter, context)).filter((filter) => filter !== undefined),
  };
}
