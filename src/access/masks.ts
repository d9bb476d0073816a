/**
 * Cube's member_masking: where a member has its own value, and where its mask stands for it (contract 7.10,
 * https://cube.dev/docs/product/auth/data-access-policies).
 */
import type { MemberRule, Policy } from '../model/types.ts';
import { atPath } from './filter-members.ts';
import type { RowFilter } from './row-filter.ts';

/** The rows on which something holds. */
export type Rows = RowFilter | 'all' | 'none';

/** Undefined of a member whose value is its own on all rows that are visible, over what other members show. */
export type Masking = {
  /** Where the value is the member's own; on all other rows the mask is. */
  readonly shown: Rows;
  /** Where the member is granted by name: its value is made of other members' own values, masked or not. */
  readonly named: Rows;
  /** Names of the policies that mask it. */
  readonly maskedBy: readonly string[];
};

/** What the policies of a table say of its columns, and of the members that those are made of. */
export type TableMasks = {
  readonly column: (name: string) => Masking | undefined;
  readonly member: (path: readonly string[], member: string) => Masking | undefined;
};

export const NO_MASKS: TableMasks = { column: () => undefined, member: () => undefined };

/** What a policy does with a member. `named`: shown because the policy names it. */
export type MemberAccess = 'hidden' | 'masked' | 'shown' | 'named';

/**
 * As in Cube a member of member_level is shown and one of member_masking alone is masked. A name counts more than `*`;
 * where both rules name a member, or neither does, the mask holds: a policy is never weaker than it reads.
 */
export function memberAccess({ memberLevel, memberMasking }: Policy, member: string): MemberAccess {
  const level = memberLevel === undefined ? 'any' : coverage(memberLevel, member);
  const masking = memberMasking === undefined ? 'none' : coverage(memberMasking, member);
  switch (masking) {
    case 'name':
      return 'masked';
    case 'any':
      return level === 'name' ? 'named' : 'masked';
    case 'none':
      return level === 'none' ? 'hidden' : level === 'name' ? 'named' : 'shown';
  }
}

function coverage({ includes, excludes }: MemberRule, member: string): 'none' | 'any' | 'name' {
  if (excludes.includes(member)) return 'none';
  if (includes === '*') return 'any';
  return includes.includes(member) ? 'name' : 'none';
}

/** A policy that matches, and its row filter. */
export type MaskingPolicy = { readonly policy: Policy; readonly filter: RowFilter | 'all'; readonly name: string };

/** @param matched undefined where nobody wrote a policy */
export function maskingOf(matched: readonly MaskingPolicy[] | undefined, member: string): Masking | undefined {
  const showing = (matched ?? []).map((each) => ({ ...each, access: memberAccess(each.policy, member) }));
  const visible = showing.filter(({ access }) => access !== 'hidden');
  const masked = visible.filter(({ access }) => access === 'masked');
  const named = visible.filter(({ access }) => access === 'named');
  if (masked.length === 0 && named.length === 0) return undefined;
  const own = visible.filter(({ access }) => access !== 'masked');
  return {
    // Without one that masks it, the rows that a policy shows it on are all that there are.
    shown: masked.length === 0 ? 'all' : rowsOf(own),
    named: named.length === visible.length ? 'all' : rowsOf(named),
    maskedBy: masked.map(({ name }) => name),
  };
}

/** The rows that pass the filter of one of them. */
function rowsOf(policies: readonly MaskingPolicy[]): Rows {
  const filters = policies.map(({ filter }) => filter);
  const [only, another] = filters;
  if (only === undefined) return 'none';
  if (filters.includes('all')) return 'all';
  return another === undefined ? only : { kind: 'or', filters: filters as RowFilter[] };
}

/** A cube's masking where the cube stands at `path` of a table. */
export function maskingAt(masking: Masking | undefined, path: readonly string[]): Masking | undefined {
  if (masking === undefined) return undefined;
  const at = (rows: Rows): Rows => (typeof rows === 'string' ? rows : atPath(rows, path));
  return { ...masking, shown: at(masking.shown), named: at(masking.named) };
}

/** The mask may stand for the value, on some row at least. */
export function isMasked(masking: Masking | undefined): boolean {
  return masking !== undefined && masking.shown !== 'all';
}
