/**
 * Who may see what: one pure function from the model and a security context to the visible tables and their row filters.
 *
 * Each system of rights has its own file and decides by itself. Here they meet, and nowhere else: a member is visible
 * only if every system shows it, and a row is returned only if every system lets it through (contract 7).
 */
import { createHash } from 'node:crypto';
import { SqlError } from '../errors.ts';
import { membersBelow } from '../model/made-of.ts';
import type { CubePath, DefaultFilter, Model } from '../model/types.ts';
import { type ClaimTests, resolveClaimTests } from './claim-tests.ts';
import { findClaim } from './claims.ts';
import type { SecurityContext } from './context.ts';
import type { ExposedColumn, ExposedModel, ExposedTable, LeafUse, PublicTables } from './exposed.ts';
import { readFilterRules } from './filter-claims.ts';
import { distinctPaths, membersOfFilters, viewMember } from './filter-members.ts';
import { isMasked, NO_MASKS, type TableMasks } from './masks.ts';
import { decidePolicies } from './policies.ts';
import { decideRights } from './rights/decision.ts';
import type { HeldRight } from './rights/rights.ts';
import { type FilterRule, type FilterScope, type PolicyValue, type RowFilter, resolveFilter } from './row-filter.ts';
import { resolveSecurityFilters } from './security-filters.ts';

declare const decisionBrand: unique symbol;

/** Made by `decide` alone; the leaf constructor takes nothing else. */
export type PolicyDecision = {
  readonly [decisionBrand]: true;
  readonly model: ExposedModel;
  /** Values of claims and literals that row filters compare with, in the order in which they are bound. */
  readonly values: readonly PolicyValue[];
  /** Equal for contexts that differ in values alone: they share plans. */
  readonly shape: string;
  /** Default filters of a view by index, those that are not lifted. They hold beside the row filters and decide nothing. */
  readonly defaultFilters: (table: string, lifted: ReadonlySet<number>) => readonly RowFilter[];
  /** What SQL of the model's compares with. @throws SqlError 42501 for a claim that this context lacks */
  readonly claimTest: ClaimTests['of'];
  /** Row filters that a reference needs; all of them hold (AND). */
  readonly rowFilters: (table: string, use: LeafUse) => readonly RowFilter[];
  /** Row filters of the cubes that a sub_query dimension reads beside its own, whose rows the table around it filters. */
  readonly joinedFilters: (table: ExposedTable, use: LeafUse) => readonly RowFilter[];
  /** Where masks stand for the values of a table's columns, and for members that those are made of. */
  readonly masks: (table: ExposedTable) => TableMasks;
  /** Members that the token's filters are on, and those of queryRewrite where it has been asked. */
  readonly securityFilters: { readonly token: readonly string[]; readonly hook: readonly string[] | undefined };
  /**
   * The same with further filters, for one execution.
   * @throws SqlError 42501 for unknown members and values of the wrong type, 0A000 for measures
   */
  readonly narrowed: (rules: readonly FilterRule[]) => PolicyDecision;
  /** Names of the policies that apply to a table, for EXPLAIN; with a use, those of the joined cubes that it reads too. */
  readonly policies: (table: string, use?: LeafUse) => readonly string[];
  /** The same for operators and model authors, in names that the context itself may not know. */
  readonly fullPolicies: (table: string, use?: LeafUse) => readonly string[];
};

/**
 * @param groups lists of the token's group claims
 * @param held undefined where the model has no DataBrewery rights
 * A table whose policies need a claim that the token lacks ends in `model.denied`.
 */
export function decide(
  model: Model,
  exposed: PublicTables,
  context: SecurityContext,
  groups: readonly string[],
  held: HeldRight | undefined,
): PolicyDecision {
  const values: PolicyValue[] = [];
  const bind = (value: PolicyValue): number => values.push(value) - 1;
  const policies = decidePolicies(model, exposed, context, groups, bind);
  const claimTests = resolveClaimTests(model, context, (text) => bind({ type: 'text', text, untyped: true }));
  const rights = decideRights(held, model, exposed, bind);
  const tokenFilters = attempt(() => {
    const claimed = findClaim(context, ['filters']);
    return resolveSecurityFilters(claimed === undefined ? [] : readFilterRules(claimed), model, exposed, bind);
  });
  const defaults = new Map<string, readonly RowFilter[]>();
  const tables = new Map<string, ExposedTable>();
  const denied = new Map<string, SqlError>();
  for (const whole of exposed.tables) {
    // First: what rights deny is missing, whatever claims it would ask for.
    const table = { ...whole, columns: rights.columns(whole) };
    if (table.columns.length === 0) continue;
    const view = table.kind === 'view' ? model.views.get(table.name) : undefined;
    const scope = { context, member: (name: string) => viewMember(view, exposed, name), bind };
    const filters = attempt(() => resolveFilters(view?.defaultFilters ?? [], scope));
    const lacking = unrendered(table, model) ?? lackingClaim(table, claimTests) ?? policies.lacking(table);
    if (lacking !== undefined || filters instanceof SqlError) {
      denied.set(table.name, lacking ?? (filters as SqlError));
      continue;
    }
    defaults.set(table.name, filters);
    const columns = policies.columns(table);
    if (columns.length === 0) continue;
    // What the policies hide is missing, whatever the token's filters are.
    const unfiltered = tokenFilters instanceof SqlError ? tokenFilters : attempt(() => tokenFilters.of(table));
    if (unfiltered instanceof SqlError) denied.set(table.name, unfiltered);
    else tables.set(table.name, cut(table, columns, policies.masks({ ...table, columns }), model));
  }
  const ofToken = tokenFilters instanceof SqlError ? undefined : tokenFilters;
  // What is no table because it could not be rendered at all.
  for (const [name, error] of model.unrendered ?? []) {
    if (!model.cubes.has(name) && !model.views.has(name) && rights.permits(name)) denied.set(name, error);
  }

  const decision: Unbranded = {
    model: { tables, denied },
    values,
    shape: digest([
      [...tables.values()].map(({ name, columns }) => [name, columns.map((column) => column.name)]),
      policies.shape,
      rights.shape,
      claimTests.shape,
      ofToken?.shape,
      [...defaults],
      values.map(({ type }) => type),
    ]),
    defaultFilters: (name, lifted) => (defaults.get(name) ?? []).filter((_, i) => !lifted.has(i)),
    claimTest: claimTests.of,
    rowFilters: (name, use) => {
      const table = tables.get(name);
      if (table === undefined) return [{ kind: 'nothing' }];
      const added = ofToken?.of(table) ?? [];
      const all = alsoReading(use, added, table, model);
      return [
        ...policies.viewFilters(table, all.columns),
        ...policies.cubeFilters(table, [[], ...all.paths], all.columns),
        ...rights.rowFilters(table, all),
        ...added,
      ];
    },
    joinedFilters: (table, use) => {
      const added = ofToken?.joined(table.root, joinedPaths(use)) ?? [];
      const all = alsoReading(use, added, table, model);
      const joined = joinedPaths(all);
      return [...policies.cubeFilters(table, joined, all.columns), ...rights.joinedFilters(joined), ...added];
    },
    // A sub_query dimension over what is masked is masked as a whole.
    masks: (table) => (table.kind === 'sub_query' ? NO_MASKS : policies.masks(table)),
    securityFilters: { token: ofToken?.names ?? [], hook: undefined },
    narrowed: (rules) => narrowed(decision, rules, model, exposed),
    policies: (name, use = { columns: [], paths: [] }) => {
      const table = tables.get(name);
      if (table === undefined) return [];
      const all = alsoReading(use, ofToken?.of(table) ?? [], table, model);
      return [...policies.names(table, all, (cube) => tables.has(cube)), ...rights.names];
    },
    fullPolicies: (name, use = { columns: [], paths: [] }) => {
      const table = exposed.tables.find((each) => each.name === name);
      if (table === undefined || denied.has(name)) return [];
      const all = alsoReading(use, ofToken?.of(table) ?? [], table, model);
      return [...policies.fullNames(table, all), ...rights.names];
    },
  };
  return decision as PolicyDecision;
}

type Unbranded = Omit<PolicyDecision, typeof decisionBrand>;

/** Filters of a hook hold beside all that was decided; its values come behind those that are bound already. */
function narrowed(
  decision: Unbranded,
  rules: readonly FilterRule[],
  model: Model,
  exposed: PublicTables,
): PolicyDecision {
  const values = [...decision.values];
  const added = resolveSecurityFilters(rules, model, exposed, (value) => values.push(value) - 1);
  return {
    ...decision,
    values,
    shape: digest([decision.shape, added.shape, values.map(({ type }) => type)]),
    securityFilters: { ...decision.securityFilters, hook: added.names },
    rowFilters: (name, use) => {
      const table = decision.model.tables.get(name);
      const filters = table === undefined ? [] : added.of(table);
      const all = table === undefined ? use : alsoReading(use, filters, table, model);
      return [...decision.rowFilters(name, all), ...filters];
    },
    joinedFilters: (table, use) => {
      const filters = added.joined(table.root, joinedPaths(use));
      return [...decision.joinedFilters(table, alsoReading(use, filters, table, model)), ...filters];
    },
  } as Unbranded as PolicyDecision;
}

/**
 * The use of a reference with the cubes that security filters read of it, as in Cube: their rows that the context may
 * not see let no row pass, else who compares would learn of them.
 */
function alsoReading(
  use: LeafUse,
  filters: readonly RowFilter[],
  { root }: Pick<ExposedTable, 'root'>,
  model: Model,
): LeafUse {
  const read = membersOfFilters(filters).flatMap(({ path, member }) => [
    path,
    ...membersBelow(model, root, path, member).map((below) => below.path),
  ]);
  const through = read.flatMap((path) => path.map((_, i) => path.slice(0, i + 1)));
  return { ...use, paths: [...use.paths, ...through] };
}

function joinedPaths({ paths }: LeafUse): readonly CubePath[] {
  return distinctPaths(paths).filter((path) => path.length > 0);
}

function digest(shape: unknown): string {
  return createHash('sha256').update(JSON.stringify(shape)).digest('base64');
}

/** Why a table cannot be used: it, or a cube that it reads, cannot be rendered for this context. */
function unrendered(table: ExposedTable, model: Model): SqlError | undefined {
  if (model.unrendered === undefined) return undefined;
  return [table.name, ...cubesOf(table)]
    .map((each) => model.unrendered?.get(each))
    .find((error) => error !== undefined);
}

/** The first claim that the SQL of its cubes compares with and that this context lacks. */
function lackingClaim(table: ExposedTable, claimTests: ClaimTests): SqlError | undefined {
  return cubesOf(table)
    .map(claimTests.lacking)
    .find((error) => error !== undefined);
}

/** The cubes whose SQL a table can read. */
function cubesOf({ root, columns }: ExposedTable): readonly string[] {
  return [...new Set([root, ...columns.flatMap(({ cube, reads }) => [cube, ...reads])])];
}

function resolveFilters(defaults: readonly DefaultFilter[], scope: FilterScope): readonly RowFilter[] {
  return defaults.map(({ filter }) => resolveFilter(filter, scope));
}

function attempt<T>(work: () => T): T | SqlError {
  try {
    return work();
  } catch (error) {
    if (error instanceof SqlError) return error;
    throw error;
  }
}

/** A masked key tells no rows apart, so it is none. */
function cut(table: ExposedTable, columns: readonly ExposedColumn[], masks: TableMasks, model: Model): ExposedTable {
  // Of a cube whose policies lack a claim nobody knows; who reads the column is refused.
  const mayBeMasked = (path: CubePath, member: string): boolean => {
    const masking = attempt(() => masks.member(path, member));
    return masking instanceof SqlError || isMasked(masking);
  };
  const shown = columns.map((column): ExposedColumn => {
    const masking = masks.column(column.name);
    const below = masking?.named === 'all' ? [] : membersBelow(model, table.root, column.path, column.member);
    const masked = isMasked(masking) || below.some(({ path, member }) => mayBeMasked(path, member));
    return masked ? { ...column, masked, mayRaise: true } : column;
  });
  const names = new Set(shown.filter(({ masked }) => !masked).map(({ name }) => name));
  const keyVisible = table.primaryKey?.every((name) => names.has(name)) ?? false;
  return { ...table, columns: shown, primaryKey: keyVisible ? table.primaryKey : undefined };
}
