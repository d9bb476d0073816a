/**
 * Roles: whoever has one holds what it and its own roles hold, to any depth.
 *
 * As DataBrewery merges them: names unite, restrictions and limits follow one another and all hold, so that a further
 * role never shows more rows. Lists are copied, never shared: there, one user's role restricts another's.
 */
import type { Problems } from '../../model/problems.ts';
import { didYouMean } from '../../model/spelling.ts';
import type { RightEntry } from './right-entry.ts';
import type { Cut, HierarchyLimit, Right } from './rights.ts';

type Entries = ReadonlyMap<string, RightEntry>;

/** Reports roles that do not exist, and those that inherit from themselves, with the way that leads back to them. */
export function checkRoles(rights: Entries, roles: Entries, problems: Problems): void {
  for (const [, { roles: named }] of [...rights, ...roles]) {
    for (const { name, at } of named) {
      if (!roles.has(name)) problems.error(at, `role "${name}" does not exist${didYouMean(name, roles.keys())}`);
    }
  }
  const done = new Set<string>();
  const walk = (name: string, path: readonly string[]): void => {
    for (const { name: next, at } of roles.get(name)?.roles ?? []) {
      const start = path.indexOf(next);
      if (start !== -1) problems.error(at, `roles inherit in a circle: ${[...path.slice(start), next].join(' → ')}`);
      else if (!done.has(next)) walk(next, [...path, next]);
    }
    done.add(name);
  };
  for (const name of roles.keys()) if (!done.has(name)) walk(name, [name]);
}

/** @param roles without unknown ones and circles */
export function mergeRight(name: string, entry: RightEntry, roles: Entries): Right {
  const inherited = new Map<string, RightEntry>();
  const collect = (from: RightEntry): void => {
    for (const { name: role } of from.roles) {
      const found = roles.get(role);
      if (found === undefined || inherited.has(role)) continue;
      inherited.set(role, found);
      collect(found);
    }
  };
  collect(entry);
  const all = [entry, ...inherited.values()];
  const allowed = all.map((each) => each.allowed).filter((list) => list !== undefined);
  const restrictions = new Map<string, Cut[]>();
  const limits = new Map<string, HierarchyLimit[]>();
  for (const each of all) {
    for (const { table, cuts } of each.restrictions)
      restrictions.set(table, [...(restrictions.get(table) ?? []), ...cuts]);
    for (const { table, limits: own } of each.limits) limits.set(table, [...(limits.get(table) ?? []), ...own]);
  }
  return {
    name,
    at: entry.at,
    roles: [...inherited.keys()],
    allowed: allowed.length === 0 ? undefined : allowed.flat(),
    denied: all.flatMap(({ denied }) => denied),
    restrictions,
    limits,
  };
}
