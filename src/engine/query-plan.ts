/**
 * The semantic plan of a query, as EXPLAIN shows it: what is read, and which rules hold there, by name. The warehouse's
 * SQL is for admins alone (contract, section 5).
 */
import type { PolicyDecision } from '../access/decision.ts';
import { isMasked } from '../access/masks.ts';
import type { SecuredQuery } from '../plan/compile.ts';
import { formatType } from '../sql/types.ts';

export type TablePlan = {
  readonly table: string;
  readonly columns: readonly string[];
  readonly policies: readonly string[];
  readonly securityFilters: readonly string[];
  readonly masks: readonly string[];
  readonly defaultFilters: readonly string[];
};

export type QueryPlan = {
  /** `name type`, the type as in CREATE TABLE. */
  readonly output: readonly string[];
  /** One per reference. */
  readonly tables: readonly TablePlan[];
  readonly warehouseSql: string | undefined;
};

/** @param rewritten queryRewrite is asked when the statement is executed; which filters it adds is not known before */
export function semanticPlan(
  secured: SecuredQuery,
  decision: PolicyDecision,
  admin: boolean,
  rewritten: boolean,
): QueryPlan {
  return {
    output: secured.columns.map(({ name, type, typmod }) => `${name} ${formatType(type, typmod)}`),
    tables: secured.uses.map(({ table, defaultFilters, ...use }) => ({
      table,
      columns: use.columns,
      policies: decision.policies(table, use),
      securityFilters: [
        ...decision.securityFilters.token.map((member) => `token on ${member}`),
        ...(rewritten ? ['queryRewrite, at each execution'] : []),
      ],
      masks: masksOf(table, use.columns, decision),
      defaultFilters,
    })),
    warehouseSql: admin ? secured.sql : undefined,
  };
}

/** The columns that are read for which a mask stands, on some rows at least. */
function masksOf(table: string, columns: readonly string[], { model, masks }: PolicyDecision): readonly string[] {
  const found = model.tables.get(table);
  if (found === undefined) return [];
  return found.columns
    .filter(({ name, masked }) => masked && columns.includes(name))
    .map(({ name, kind }) => {
      const masking = masks(found).column(name);
      if (!isMasked(masking)) return `${name}, made of what is masked`;
      return kind === 'measure' || typeof masking?.shown === 'string' ? name : `${name}, on some rows`;
    });
}
