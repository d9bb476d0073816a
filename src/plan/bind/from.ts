/**
 * FROM: relations, joins, and the names that they bring into view.
 */
import { assertNever, notSupported, SqlError, SqlState } from '../../errors.ts';
import type { TableAlias, TableRef } from '../../sql/ast.ts';
import { isArrayType } from '../../sql/types.ts';
import type { Bound, DerivedRelation, FromItem, OutputColumn, Relation } from '../bound/bound.ts';
import { derivedFrom, leafOver } from '../bound/relations.ts';
import { isTransparent } from '../measures/transparent.ts';
import type { Binder, Env } from './binder.ts';
import { findFunction } from './call.ts';
import { lookupExposed } from './exposed-table.ts';
import { bindExpr } from './expression.ts';
import { bindJoin } from './join.ts';
import { coerceArgument } from './operator.ts';
import { bindQuery, withoutMeasures } from './query.ts';
import type { ColumnBinding, Namespace, Scope, TableBinding } from './scope.ts';
import { EMPTY_NAMESPACE, joinNamespaces, lookupCte, lookupTable, NO_VIRTUAL_COLUMNS } from './scope.ts';
import { virtualColumns } from './virtual-columns.ts';

export type Bindings = { readonly item: FromItem; readonly namespace: Namespace };

/** Binds the comma list of FROM; LATERAL items see those to their left. */
export function bindFrom(
  refs: readonly TableRef[],
  outer: Scope,
  binder: Binder,
): { readonly from: FromItem[]; readonly namespace: Namespace } {
  let namespace = EMPTY_NAMESPACE;
  const from: FromItem[] = [];
  for (const ref of refs) {
    const bound = bindTableRef(ref, outer, namespace, binder);
    namespace = joinNamespaces(namespace, bound.namespace);
    from.push(bound.item);
  }
  return { from, namespace };
}

/** @param left what LATERAL may see of the same FROM clause */
export function bindTableRef(ref: TableRef, outer: Scope, left: Namespace, binder: Binder): Bindings {
  switch (ref.kind) {
    case 'table':
      return bindTable(ref, outer, binder);
    case 'subquery': {
      const scope = ref.lateral ? { parent: outer, namespace: left, ctes: new Map() } : outer;
      const query = bindQuery(ref.query, scope, binder, { travels: true });
      return derived(derivedFrom(query, ref.lateral, binder), ref.alias);
    }
    case 'function':
      return bindFunctionRef(ref, outer, left, binder);
    case 'join':
      return bindJoin(ref, outer, left, binder);
    case 'opaque-table':
      throw new Error("a client's tree holds no opaque table");
    default:
      return assertNever(ref, 'bindTableRef');
  }
}

function bindTable(ref: Extract<TableRef, { kind: 'table' }>, outer: Scope, binder: Binder): Bindings {
  const name = ref.path.at(-1) ?? '';
  if (ref.path.length === 1) {
    const cte = lookupCte(outer, name);
    if (cte !== undefined) return bindCteReference(cte, ref.alias, binder, name);
  }
  const table = lookupExposed(binder, ref.path, ref.at);
  const relation = leafOver(table, ref.at, binder);
  const columns = table.columns.map((column, slot): ColumnBinding => {
    const { type, typmod } = column;
    if (column.kind !== 'measure')
      return { name: column.name, value: { kind: 'column', relation, slot, type, typmod } };
    return {
      name: column.name,
      value: {
        kind: 'measure',
        relation,
        slot,
        measure: column.measure ?? 'number',
        name: column.name,
        called: false,
        filter: undefined,
        at: undefined,
        type,
        typmod,
      },
    };
  });
  const renamed = renameColumns(columns, ref.alias);
  const alias = { alias: ref.alias?.name ?? table.name, qualified: ref.alias === undefined };
  return {
    item: { kind: 'relation', relation },
    namespace: {
      tables: [{ ...alias, columns: renamed, virtual: virtualColumns(relation, renamed, binder) }],
      columns: renamed,
    },
  };
}

function bindCteReference(
  cte: NonNullable<ReturnType<typeof lookupCte>>,
  alias: TableAlias | undefined,
  binder: Binder,
  name: string,
): Bindings {
  const reference: TableAlias = alias ?? { name, columns: [] };
  if (cte.shared === undefined) {
    const query = cte.bindAnew();
    const { materialized } = cte.cte;
    if (!cte.recursive && materialized !== true && isTransparent(query))
      return derived(derivedFrom(query, false, binder), reference);
    // A recursive one is shared as soon as it is bound: its second arm reads it.
    cte.shared ??= { id: binder.nextId(), name, recursive: false, materialized, query, columns: query.columns };
  }
  const relation: Relation = { kind: 'cte', id: binder.nextId(), cte: cte.shared };
  return named(relation, reference.name, outputBindings(relation, cte.shared.columns), reference);
}

function derived(relation: DerivedRelation, alias: TableAlias | undefined): Bindings {
  return named(relation, alias?.name ?? '', outputBindings(relation, relation.query.columns), alias);
}

function outputBindings(
  relation: Exclude<Relation, { kind: 'leaf' }>,
  columns: readonly OutputColumn[],
): ColumnBinding[] {
  return columns.map((column, slot) => {
    const { name, type, typmod } = column;
    if (column.measure === undefined || relation.kind !== 'derived')
      return { name, value: { kind: 'column', relation, slot, type, typmod } };
    return {
      name,
      value: {
        kind: 'measure',
        relation,
        slot,
        measure: column.measure,
        name,
        called: false,
        filter: undefined,
        at: undefined,
        type,
        typmod,
      },
    };
  });
}

/** Applies an alias and its column names. */
function named(
  relation: Relation,
  name: string,
  columns: readonly ColumnBinding[],
  alias: TableAlias | undefined,
): Bindings {
  const renamed = renameColumns(columns, alias);
  const table = { alias: name, qualified: false, columns: renamed, virtual: NO_VIRTUAL_COLUMNS };
  const tables: TableBinding[] = name === '' ? [] : [table];
  return { item: { kind: 'relation', relation }, namespace: { tables, columns: renamed } };
}

export function renameColumns(
  columns: readonly ColumnBinding[],
  alias: TableAlias | undefined,
): readonly ColumnBinding[] {
  if (alias === undefined || alias.columns.length === 0) return columns;
  if (alias.columns.length > columns.length) {
    throw new SqlError(
      SqlState.invalidColumnReference,
      `table "${alias.name}" has ${columns.length} columns available but ${alias.columns.length} columns specified`,
    );
  }
  return columns.map((column, i) => ({ ...column, name: alias.columns[i] ?? column.name }));
}

function bindFunctionRef(
  ref: Extract<TableRef, { kind: 'function' }>,
  outer: Scope,
  left: Namespace,
  binder: Binder,
): Bindings {
  const { call } = ref;
  const name = call.path.at(-1) ?? '';
  // A function in FROM sees what stands to its left, LATERAL written or not.
  const scope: Scope = { parent: outer, namespace: left, ctes: new Map() };
  const env: Env = {
    binder,
    scope,
    select: undefined,
    clause: 'functions in FROM',
    insideAggregate: false,
    insideWindow: false,
  };
  const args = call.args.map(({ value }) => withoutMeasures(bindExpr(value, env), 'functions in FROM'));
  for (const { variadic, name: argument } of call.args) {
    if (variadic || argument !== undefined) throw notSupported('a named or VARIADIC argument', { position: call.at });
  }
  const match = findFunction(args, ['function'], call);
  if (!match.routine.returnsSet || call.star)
    throw notSupported(`function ${name}(), which returns no set, in FROM`, { position: call.at });
  const bound: Bound = {
    kind: 'apply',
    routine: match.routine,
    args: args.map((arg, i) => coerceArgument(arg, match.argumentTypes[i] ?? 'unknown', call.at, env)),
    type: match.result,
    typmod: -1,
  };
  if (isArrayType(match.result)) throw notSupported('an array of more than one dimension', { position: call.at });
  const relation: Relation = {
    kind: 'function',
    id: binder.nextId(),
    call: bound,
    ordinality: ref.ordinality,
    lateral: true,
  };
  const alias = ref.alias?.name ?? name;
  const columns: ColumnBinding[] = [
    { name: alias, value: { kind: 'column', relation, slot: 0, type: match.result, typmod: -1 } },
  ];
  if (ref.ordinality)
    columns.push({ name: 'ordinality', value: { kind: 'column', relation, slot: 1, type: 'int8', typmod: -1 } });
  return named(relation, alias, columns, ref.alias);
}

export function starColumns(
  namespace: Namespace,
  path: readonly string[],
  position: number | undefined,
): readonly ColumnBinding[] {
  if (path.length === 0) return namespace.columns;
  const table = lookupTable(namespace, path, false);
  if (table === undefined) {
    throw new SqlError(SqlState.undefinedTable, `missing FROM-clause entry for table "${path.at(-1)}"`, { position });
  }
  return table.columns;
}
