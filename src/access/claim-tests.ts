/**
 * Claims that the SQL of a model compares with when it runs: `{SECURITY_CONTEXT.user_id.filter('user_id')}`
 * (contract 7.4). They are bound as they stand, and the warehouse reads them as values of the column's own type.
 */
import { SqlError, SqlState } from '../errors.ts';
import { plainText } from '../model/template/claim-text.ts';
import type { Model } from '../model/types.ts';
import { requireClaim } from './claims.ts';
import type { Claim, SecurityContext } from './context.ts';

/** Indexes of the decision's values; none matches nothing. `list`: the claim is a list. */
export type ClaimTest = { readonly values: readonly number[]; readonly list: boolean };

export type ClaimTests = {
  /** @throws SqlError 42501 for a claim that this context lacks */
  readonly of: (claim: readonly string[]) => ClaimTest;
  /** Why this context cannot read a cube at all. */
  readonly lacking: (cube: string) => SqlError | undefined;
  /** Equal for contexts that differ in values alone. */
  readonly shape: unknown;
};

/** More would be a statement of its own size for each context. */
const MAX_VALUES = 10_000;

/** @param bind keeps a value and gives its index; all are kept at once, so that one shape has one order of values */
export function resolveClaimTests(
  { claimTests = new Map() }: Model,
  context: SecurityContext,
  bind: (text: string) => number,
): ClaimTests {
  const found = new Map<string, ClaimTest | SqlError>();
  for (const claim of [...claimTests.values()].flat()) {
    const name = claim.join('.');
    if (!found.has(name))
      found.set(
        name,
        attempt(() => resolve(claim, context, bind)),
      );
  }
  const ofName = (name: string): ClaimTest | SqlError => {
    const test = found.get(name);
    if (test === undefined) throw new Error(`no SQL of the model compares with the claim ${name}`);
    return test;
  };
  return {
    of: (claim) => {
      const test = ofName(claim.join('.'));
      if (test instanceof SqlError) throw test;
      return test;
    },
    lacking: (cube) =>
      (claimTests.get(cube) ?? []).map((claim) => ofName(claim.join('.'))).find((test) => test instanceof SqlError),
    shape: [...found].map(([name, test]) => [name, test instanceof SqlError ? test.message : test]),
  };
}

function attempt(work: () => ClaimTest): ClaimTest | SqlError {
  try {
    return work();
  } catch (error) {
    if (error instanceof SqlError) return error;
    throw error;
  }
}

function resolve(claim: readonly string[], context: SecurityContext, bind: (text: string) => number): ClaimTest {
  const value = requireClaim(context, claim);
  const items: readonly Claim[] = Array.isArray(value) ? value : [value];
  if (items.length > MAX_VALUES) throw denied(claim, `has more than ${MAX_VALUES} values`);
  const texts = items.map((item) => {
    const text = item === null || typeof item === 'object' ? undefined : plainText(item);
    if (text === undefined) throw denied(claim, 'has a value that cannot stand in SQL');
    return text;
  });
  return { values: texts.map(bind), list: Array.isArray(value) };
}

function denied(claim: readonly string[], reason: string): SqlError {
  return new SqlError(SqlState.insufficientPrivilege, `claim "${claim.join('.')}" ${reason}`);
}
