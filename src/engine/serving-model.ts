/**
 * The model as it is served: loaded, its types learned from the warehouse, its tables exposed.
 */

import type { Identity } from '../access/context.ts';
import { decide, type PolicyDecision } from '../access/decision.ts';
import type { PublicTables } from '../access/exposed.ts';
import { heldRight, type Rights } from '../access/rights/rights.ts';
import type { Model } from '../model/types.ts';
import { type Describe, type DescribeProblem, describeModel } from '../plan/describe.ts';
import type { Dialect } from '../plan/dialect.ts';
import { type ExposeMode, exposedTables } from '../plan/exposed-tables.ts';
import type { MemberTypes } from '../plan/model-facts.ts';

export type ServingModel = {
  readonly model: Model;
  readonly types: MemberTypes;
  readonly publicTables: PublicTables;
  /** What the identity may see; the same object for one identity, so that its values are resolved once. */
  readonly decisionFor: (identity: Identity) => PolicyDecision;
};

export type ServingOptions = {
  readonly expose: ExposeMode;
  readonly ignorePublic: boolean;
  /** Undefined where the model has none. */
  readonly rights: Rights | undefined;
};

/** @throws SqlError 58000 when the warehouse cannot be reached */
export async function serveModel(
  model: Model,
  dialect: Dialect,
  describe: Describe,
  options: ServingOptions,
): Promise<{ readonly serving: ServingModel; readonly problems: readonly DescribeProblem[] }> {
  const { types, problems } = await describeModel(model, dialect, describe);
  const publicTables: PublicTables = {
    tables: exposedTables(model, types, options.expose, options.ignorePublic),
    typeOf: (cube, member) => types.value(cube, member).type,
  };
  const decisions = new WeakMap<Identity, PolicyDecision>();
  const decisionFor = (identity: Identity): PolicyDecision => {
    const known = decisions.get(identity);
    if (known !== undefined) return known;
    const held = options.rights && heldRight(options.rights, identity.subject);
    const made = decide(model, publicTables, identity.context, identity.groups, held);
    decisions.set(identity, made);
    return made;
  };
  return { serving: { model, types, publicTables, decisionFor }, problems };
}
