/**
 * A client's query → the secured query of the warehouse: the list of passes.
 */
import type { PolicyDecision } from '../access/decision.ts';
import type { LeafUse } from '../access/exposed.ts';
import { SqlError, SqlState } from '../errors.ts';
import type { Model } from '../model/types.ts';
import type { Expr, Query, SelectItem, TableRef } from '../sql/ast.ts';
import { checkPrinted } from '../sql/check-print.ts';
import { print } from '../sql/print.ts';
import { printExpr } from '../sql/print-expression.ts';
import type { PrintHooks } from '../sql/print-hooks.ts';
import { conjunction, selectQuery } from '../sql/select.ts';
import type { PgType } from '../sql/types.ts';
import { sameZone } from '../sql/zone.ts';
import type { Binder, BinderOptions, CatalogValues } from './bind/binder.ts';
import { checkJoinFields } from './bind/join-field.ts';
import { bindQuery } from './bind/query.ts';
import { EMPTY_NAMESPACE } from './bind/scope.ts';
import { placesOfRegtype } from './bind/type-of.ts';
import type { Bound, CteRelation, LeafRelation, OutputColumn } from './bound/bound.ts';
import type { Dialect } from './dialect.ts';
import { resolveFanOut } from './fanout/fanout.ts';
import { pathsOfSlot } from './fanout/sources.ts';
import { modelJoins } from './join-path.ts';
import { type Fences, planFences } from './leaf/fence.ts';
import { defaultFilterNames, filtersOfLeaf, type ReferenceUse } from './leaf/leaf-filters.ts';
import { leafColumnNames, type SecuredLeaf, secureLeaf, slotName } from './leaf/secure.ts';
import { subQueries } from './leaf/sub-query.ts';
import { lowerExpr } from './lower/expression.ts';
import { checkIntervalStyle } from './lower/interval-style.ts';
import { type GatewayBind, type LowerContext, lowerQuery } from './lower/lower.ts';
import { zonedText } from './lower/zoned-text.ts';
import { applyTimeZone } from './lower/zones.ts';
import { expandQuery } from './measures/expand.ts';
import { liftOuterMeasures } from './measures/outer-measures.ts';
import type { MemberTypes } from './model-facts.ts';
import { copiesOf, type Planner } from './planner.ts';
import type { ExprType } from './routines/coercion.ts';
import { resolveStages } from './stages/stages.ts';
import { FenceAlarm } from './verify/fence.ts';
import { verify } from './verify/verify.ts';

const NO_CATALOG_VALUES: CatalogValues = new Map();

declare const securedBrand: unique symbol;

/** A verified query of the warehouse; `compileQuery` alone makes one. */
export type SecuredQuery = {
  readonly [securedBrand]: true;
  readonly sql: string;
  /** Type of each $n: the client's parameters first, then the gateway's own values. */
  readonly bindTypes: readonly (PgType | 'unknown')[];
  readonly binds: readonly GatewayBind[];
  readonly parameterTypes: readonly PgType[];
  readonly columns: readonly OutputColumn[];
  /** Tables that are read, each with the columns that are used, for EXPLAIN and the audit log. */
  readonly uses: readonly TableUse[];
};

type TableUse = LeafUse & {
  readonly table: string;
  /** Names of the view's default filters that hold. */
  readonly defaultFilters: readonly string[];
};

export type CompileContext = {
  readonly model: Model;
  readonly types: MemberTypes;
  readonly dialect: Dialect;
  readonly decision: PolicyDecision;
  readonly options: BinderOptions;
  /** For each of `catalogConstants`; left out: none was asked for. */
  readonly catalogValues?: CatalogValues;
  /** Result columns of timestamptz that the client wants as text in its own zone; only where `dialect.writesText`. */
  readonly zonedColumns?: ReadonlySet<number>;
};

/**
 * @param source the statement's text and its offset in the message that positions count from
 * @param declared types of $n that the client declared, `unknown` to infer
 * @throws SqlError as PostgreSQL words it, with positions
 */
export function compileQuery(
  query: Query,
  source: Binder['source'],
  declared: readonly ExprType[],
  context: CompileContext,
): SecuredQuery {
  try {
    return compileWith('planned', query, source, declared, context);
  } catch (error) {
    // A dialect may print a harmless comparison with a call in it: then every leaf that hides rows gets its fence.
    if (error instanceof FenceAlarm) return compileWith('all', query, source, declared, context);
    throw error;
  }
}

/** @param fencing `all`: each leaf that hides rows stands behind a fence, and nothing is moved inside */
function compileWith(
  fencing: 'planned' | 'all',
  query: Query,
  source: Binder['source'],
  declared: readonly ExprType[],
  context: CompileContext,
): SecuredQuery {
  const { model, types, dialect, decision } = context;
  let id = 0;
  const nextId = (): number => {
    id += 1;
    return id;
  };
  const parameters = [...declared];
  const joins = modelJoins(model, types);
  const binder: Binder = {
    model: decision.model,
    joins,
    openJoinFields: new Map(),
    options: context.options,
    catalogValues: context.catalogValues ?? NO_CATALOG_VALUES,
    placesOfRegtype: placesOfRegtype(query),
    parameters,
    source,
    nextId,
  };
  const planner: Planner = {
    model,
    types,
    nextId,
    copies: new Map(),
    masks: ({ table }) => decision.masks(table),
    policyPaths: (leaf) => filtersOfLeaf(leaf, useOfReference(leaf, planner), decision, model).paths,
  };

  const bound = bindQuery(query, { parent: undefined, namespace: EMPTY_NAMESPACE, ctes: new Map() }, binder, {
    travels: false,
  });
  checkJoinFields(binder);
  checkIntervalStyle(bound, context.options.intervalStyle);
  liftOuterMeasures(bound, planner);
  resolveStages(bound, planner);
  if (!sameZone(context.options.timeZone, context.options.policyTimeZone))
    applyTimeZone(bound, context.options.timeZone);
  expandQuery(bound, 'all', planner);
  resolveFanOut(bound, planner);

  const parameterTypes = parameters.map((type, i): PgType => {
    if (type !== 'unknown') return type;
    throw new SqlError(SqlState.indeterminateDatatype, `could not determine data type of parameter $${i + 1}`);
  });
  const binds: GatewayBind[] = [];
  const leaves = new Map<LeafRelation, SecuredLeaf>();
  const lowering: LowerContext = {
    dialect,
    parameterTypes,
    bind: (value) => bindIndex(binds, value),
    leaf: (leaf) => fencedLeaf(leaf, secured(leaf), fences, lowering),
  };
  const secured = (leaf: LeafRelation): SecuredLeaf => {
    const known = leaves.get(leaf);
    if (known !== undefined) return known;
    const lower = (expr: Bound): Expr => lowerExpr(expr, lowering);
    const use = useOfReference(leaf, planner);
    const made = secureLeaf(leaf, ownPaths(leaf, planner), use, decision, { model, types, dialect, lower, subQuery });
    leaves.set(leaf, made);
    return made;
  };
  // No predicate of the client's stands in there, so these leaves need no fence.
  const unfenced: LowerContext = { ...lowering, leaf: (leaf) => secured(leaf).query };
  const subQuery = subQueries(planner, (inner) => lowerQuery(inner, unfenced));
  const hidesRows = (leaf: LeafRelation): boolean => secured(leaf).hidesRows;
  const fences: Pick<Fences, 'get'> =
    fencing === 'all' ? { get: (leaf) => (hidesRows(leaf) ? [] : undefined) } : planFences(bound, hidesRows);
  const tree = inClientZone(lowerQuery(bound, lowering, 'result'), bound.columns, context, lowering);
  checkPrinted(tree);
  const expected = [...leaves].map(([leaf, { query, filters, hidesRows }]) => ({
    query,
    filters,
    facts: { hidesRows, types: leafTypes(leaf) },
  }));
  verify(tree, expected, dialect);
  const sql = printWith(tree, dialect, parameterTypes.length);
  const bindTypes = [...parameterTypes, ...binds.map((bind) => bindType(bind, decision))];
  const references = [...leaves.keys()].filter(
    (leaf) => leaf.table.kind !== 'sub_query' && copiesOf(leaf, planner)[0] === leaf,
  );
  const uses = references.map((leaf) => ({
    table: leaf.table.name,
    ...filtersOfLeaf(leaf, useOfReference(leaf, planner), decision, model).use,
    defaultFilters: defaultFilterNames(leaf, decision),
  }));
  return { sql, bindTypes, binds, parameterTypes, columns: bound.columns, uses } as unknown as SecuredQuery;
}

function bindType(bind: GatewayBind, { values }: PolicyDecision): PgType | 'unknown' {
  if (bind.kind === 'session') return 'text';
  const value = values[bind.index];
  if (value === undefined) throw new Error(`the decision has no value ${bind.index}`);
  return value.untyped ? 'unknown' : value.type;
}

/** `SELECT <text in the client's zone> FROM (query)`: around it, so that ORDER BY still sorts moments. */
function inClientZone(
  tree: Query,
  columns: readonly OutputColumn[],
  { options, zonedColumns }: CompileContext,
  lowering: LowerContext,
): Query {
  if (zonedColumns === undefined || zonedColumns.size === 0) return tree;
  // No relation has number 0.
  const relation: CteRelation = {
    kind: 'cte',
    id: 0,
    cte: { id: 0, name: '', recursive: false, materialized: undefined, query: undefined, columns },
  };
  const items = columns.map(({ type, typmod }, slot): SelectItem => {
    const column: Bound = { kind: 'column', relation, slot, type, typmod };
    const shown = zonedColumns.has(slot) ? zonedText(column, options.timeZone) : column;
    return { kind: 'expr', expr: lowerExpr(shown, lowering), alias: slotName(slot) };
  });
  const from: TableRef = {
    kind: 'subquery',
    query: tree,
    lateral: false,
    alias: { name: 't0', columns: columns.map((_, slot) => slotName(slot)) },
  };
  return selectQuery({ items, from: [from] });
}

function leafTypes(leaf: LeafRelation): ReadonlyMap<string, PgType> {
  const columns = leaf.table.columns.map(({ type }) => type);
  const inputs = leaf.inputs.map(({ type }) => (type === 'raw' ? 'text' : type));
  return new Map([...columns, ...inputs].map((type, slot) => [slotName(slot), type]));
}

/** Cubes that the statement's own members read of a leaf. */
function ownPaths(leaf: LeafRelation, planner: Planner): readonly (readonly string[])[] {
  return [...leaf.used].flatMap((slot) => pathsOfSlot(leaf, slot, planner));
}

function useOfReference(leaf: LeafRelation, planner: Planner): ReferenceUse {
  const copies = copiesOf(leaf, planner);
  return { copies, paths: copies.flatMap((copy) => ownPaths(copy, planner)) };
}

function bindIndex(binds: GatewayBind[], value: GatewayBind): number {
  const same = (other: GatewayBind): boolean => JSON.stringify(other) === JSON.stringify(value);
  const known = binds.findIndex(same);
  return known >= 0 ? known : binds.push(value) - 1;
}

/** `(SELECT … FROM (leaf) f WHERE <what cannot raise> OFFSET 0)` where the leaf must be fenced, else the leaf itself. */
function fencedLeaf(
  leaf: LeafRelation,
  secured: SecuredLeaf,
  fences: Pick<Fences, 'get'>,
  lowering: LowerContext,
): Query {
  const inside = fences.get(leaf);
  const { query } = secured;
  if (inside === undefined) return query;
  const alias = `t${leaf.id}`;
  return selectQuery({
    items: leafColumnNames(leaf).map((name) => ({
      kind: 'expr',
      expr: { kind: 'column', path: [alias, name] },
      alias: name,
    })),
    from: [{ kind: 'subquery', query, lateral: false, alias: { name: alias, columns: [] } }],
    where: conjunction(inside.map((conjunct) => lowerExpr(conjunct, lowering))),
    offset: { kind: 'number', text: '0' },
  });
}

/** The final text: the author's SQL in its holes, binds numbered behind the client's parameters. */
export function printWith(tree: Query, dialect: Dialect, parameterCount: number): string {
  const hooks: PrintHooks = {
    ...dialect.hooks,
    opaque: (text, context) => {
      const printed = text.map((part) => (part.kind === 'text' ? part.text : printExpr(part.expr, hooks))).join('');
      // A comment at the end of the author's text must not swallow what follows.
      return context === 'expr' && printed.includes('--') ? `${printed}\n` : printed;
    },
    bind: (bind, type) => {
      const index = parameterCount + bind + 1;
      // What has no type is taken as its neighbour's, as a literal in quotes is.
      return type === 'unknown' ? hooks.parameter(index) : printExpr(dialect.parameter(index, type as PgType), hooks);
    },
  };
  return print(tree, hooks);
}
