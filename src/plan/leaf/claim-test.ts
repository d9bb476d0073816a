/**
 * Where the author's SQL compares with a claim: the values as binds, in the place that the author has given them.
 */
import type { PolicyDecision } from '../../access/decision.ts';
import type { Expr, OpaqueText } from '../../sql/ast.ts';
import type { Bound } from '../bound/bound.ts';

/** ` = $1`, ` IN ($1, $2)`. @throws SqlError 42501 for a claim that the context lacks */
export type ClaimTestText = (claim: readonly string[]) => OpaqueText;

/** A list is compared by IN, so that the warehouse finds the type of each value by the column; an empty one by NULL. */
export function boundClaimTest(
  decision: Pick<PolicyDecision, 'claimTest'>,
  { lower }: { readonly lower: (bound: Bound) => Expr },
): ClaimTestText {
  return (claim) => {
    const { values, list } = decision.claimTest(claim);
    const binds = values.map((index) => lower({ kind: 'policy-value', index, type: 'text', typmod: -1 }));
    const holes = binds.flatMap(
      (expr, i): OpaqueText => [
        { kind: 'text', text: i === 0 ? '' : ', ' },
        { kind: 'expr', expr: untyped(expr) },
      ],
    );
    if (!list) return [{ kind: 'text', text: ' = ' }, ...holes];
    const items: OpaqueText = holes.length === 0 ? [{ kind: 'text', text: 'NULL' }] : holes;
    return [{ kind: 'text', text: ' IN (' }, ...items, { kind: 'text', text: ')' }];
  };
}

/** Where only types are asked for there is no context; the column is still checked. */
export const describedClaimTest: ClaimTestText = () => [{ kind: 'text', text: ' IS NOT NULL' }];

function untyped(expr: Expr): Expr {
  if (expr.kind !== 'bind') throw new Error('a claim is bound');
  return { ...expr, type: 'unknown' };
}
