/**
 * FROM: relations, joins, and the names that they bring into view.
 */
import type { ExposedTable } from '../../access/exposed.ts';
import { assertNever, notSupported, SqlError, SqlState } from '../../errors.ts';
import type { TableAlias, TableRef } from '../../sql/ast.ts';
import { isArrayType } from '../../sql/types.ts';
import type { Bound, DerivedRelation, FromItem, OutputColumn, Relation } from '../bound/bound.ts';
import { hasBareMeasure } from '../measures/call.ts';
import { isTransparent } from '../measures/transparent.ts';
import { commonType } from '../routines/coercion.ts';
import { type Binder, type Env, isQuotedAt } from './binder.ts';
import { findFunction } from './call.ts';
import { coerceToBoolean } from './coerce.ts';
import { bindComparison, bindExpr, coerceArgument } from './expression.ts';
import { bindQuery, withoutMeasures } from './query.ts';
import {
  type ColumnBinding,
  EMPTY_NAMESPACE,
  joinNamespaces,
  lookupCte,
  lookupTable,
  matchName,
  type Namespace,
  type Scope,
  type TableBinding,
} from './scope.ts';
import { startOf } from './start-of.ts';

type Bindings = { readonly item: FromItem; readonly namespace: Namespace };

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
function bindTableRef(ref: TableRef, outer: Scope, left: Namespace, binder: Binder): Bindings {
  switch (ref.kind) {
    case 'table':
      return bindTable(ref, outer, binder);
    case 'subquery': {
      const scope = ref.lateral ? { parent: outer, namespace: left, ctes: new Map() } : outer;
      const query = bindQuery(ref.query, scope, binder, { travels: true });
      return derived({ kind: 'derived', id: binder.nextId(), query, lateral: ref.lateral, used: new Set() }, ref.alias);
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
  const relation: Relation = {
    kind: 'leaf',
    id: binder.nextId(),
    table,
    inputs: [],
    used: new Set(),
    measures: new Set(),
    at: ref.at,
  };
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
  return named(relation, ref.alias?.name ?? table.name, columns, ref.alias, ref.alias === undefined);
}

/**
 * The exposed table of that name; hidden and absent are one.
 * @throws SqlError 42P01, 3F000 aside: a schema that is not served holds no tables
 */
function lookupExposed(binder: Binder, path: readonly string[], position: number | undefined): ExposedTable {
  const missing = new SqlError(SqlState.undefinedTable, `relation "${path.join('.')}" does not exist`, { position });
  if (path.length > 3) throw missing;
  if (path.length === 3 && path[0] !== binder.options.database) {
    throw new SqlError(
      SqlState.featureNotSupported,
      `cross-database references are not implemented: "${path.join('.')}"`,
      { position },
    );
  }
  if (path.length >= 2 && path.at(-2) !== 'public') throw missing;
  const quoted = path.length === 1 && isQuotedAt(binder, position);
  const denied = binder.model.denied.get(path.at(-1) ?? '');
  if (denied !== undefined) throw denied;
  const [found, second] = matchName([...binder.model.tables.values()], path.at(-1) ?? '', quoted);
  if (second !== undefined)
    throw new SqlError(SqlState.ambiguousColumn, `table reference "${path.at(-1)}" is ambiguous`, { position });
  if (found === undefined) throw missing;
  if (found.unsupported !== undefined) throw notSupported(`${found.unsupported} of "${found.name}"`, { position });
  return found;
}

function bindCteReference(
  cte: NonNullable<ReturnType<typeof lookupCte>>,
  alias: TableAlias | undefined,
  binder: Binder,
  name: string,
): Bindings {
  const reference: TableAlias = alias ?? { name, columns: [] };
  if (cte.shared === undefined && !cte.recursive && cte.cte.materialized !== true) {
    const query = cte.bindAnew();
    if (isTransparent(query)) {
      return derived({ kind: 'derived', id: binder.nextId(), query, lateral: false, used: new Set() }, reference);
    }
    cte.shared = { id: binder.nextId(), name, materialized: cte.cte.materialized, query, columns: query.columns };
  }
  if (cte.shared === undefined) {
    const query = cte.bindAnew();
    cte.shared = { id: binder.nextId(), name, materialized: cte.cte.materialized, query, columns: query.columns };
  }
  const relation: Relation = { kind: 'cte', id: binder.nextId(), cte: cte.shared };
  return named(relation, reference.name, outputBindings(relation, cte.shared.columns), reference, false);
}

function derived(relation: DerivedRelation, alias: TableAlias | undefined): Bindings {
  return named(relation, alias?.name ?? '', outputBindings(relation, relation.query.columns), alias, false);
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
  qualified: boolean,
): Bindings {
  const renamed = renameColumns(columns, alias);
  const tables: TableBinding[] = name === '' ? [] : [{ alias: name, qualified, columns: renamed }];
  return { item: { kind: 'relation', relation }, namespace: { tables, columns: renamed } };
}

function renameColumns(columns: readonly ColumnBinding[], alias: TableAlias | undefined): readonly ColumnBinding[] {
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
  return named(relation, alias, columns, ref.alias, false);
}

// Joins

function bindJoin(ref: Extract<TableRef, { kind: 'join' }>, outer: Scope, before: Namespace, binder: Binder): Bindings {
  const left = bindTableRef(ref.left, outer, before, binder);
  // The right side's LATERAL sees the left side of this join too.
  const right = bindTableRef(ref.right, outer, joinNamespaces(before, left.namespace), binder);
  const both = joinNamespaces(left.namespace, right.namespace);
  const using = ref.natural ? commonNames(left.namespace, right.namespace) : ref.using;
  const scope: Scope = { parent: outer, namespace: both, ctes: new Map() };
  const env: Env = {
    binder,
    scope,
    select: undefined,
    clause: 'JOIN conditions',
    insideAggregate: false,
    insideWindow: false,
  };
  if (using.length > 0) return bindUsing(ref, using, left, right, env);
  const on = ref.on && coerceToBoolean(binder, bindExpr(ref.on, env), 'JOIN/ON', startOf(ref.on));
  if (on !== undefined && hasBareMeasure(on)) throw measureInJoin(startOf(ref.on as never));
  const type = ref.type === 'cross' || (on === undefined && ref.natural) ? 'cross' : ref.type;
  return {
    item: { kind: 'join', type, left: left.item, right: right.item, on },
    namespace: aliasJoin(ref.alias, both),
  };
}

function measureInJoin(position: number | undefined): SqlError {
  return new SqlError(SqlState.groupingError, 'measures are not allowed in JOIN conditions', {
    hint: 'Group the measure in a subquery and join that.',
    position,
  });
}

function commonNames(left: Namespace, right: Namespace): string[] {
  return left.columns.map(({ name }) => name).filter((name) => right.columns.some((column) => column.name === name));
}

/** `USING (a)` and NATURAL: one merged column, left's first; it comes first in `*`. */
function bindUsing(
  ref: Extract<TableRef, { kind: 'join' }>,
  names: readonly string[],
  left: Bindings,
  right: Bindings,
  env: Env,
): Bindings {
  const conditions: Bound[] = [];
  const merged: ColumnBinding[] = [];
  const sides = names.map((name) => {
    const leftColumn = usingColumn(left.namespace, name, 'left');
    const rightColumn = usingColumn(right.namespace, name, 'right');
    const { args, routine } = bindComparison('=', leftColumn.value, rightColumn.value, undefined, env);
    if (args.some(hasBareMeasure)) throw measureInJoin(undefined);
    conditions.push({ kind: 'apply', routine, args, type: 'bool', typmod: -1 });
    merged.push({ name: leftColumn.name, value: mergedValue(ref.type, leftColumn.value, rightColumn.value, env) });
    return { leftColumn, rightColumn };
  });
  const rest = (namespace: Namespace, taken: readonly ColumnBinding[]): ColumnBinding[] =>
    namespace.columns.filter((column) => !taken.includes(column));
  const columns = [
    ...merged,
    ...rest(
      left.namespace,
      sides.map(({ leftColumn }) => leftColumn),
    ),
    ...rest(
      right.namespace,
      sides.map(({ rightColumn }) => rightColumn),
    ),
  ];
  const tables = joinNamespaces(left.namespace, right.namespace).tables;
  const on: Bound =
    conditions.length === 1 ? (conditions[0] as Bound) : { kind: 'and', args: conditions, type: 'bool', typmod: -1 };
  const type = ref.type === 'cross' ? 'inner' : ref.type;
  return {
    item: { kind: 'join', type, left: left.item, right: right.item, on },
    namespace: aliasJoin(ref.alias, { tables, columns }),
  };
}

function usingColumn(namespace: Namespace, name: string, side: 'left' | 'right'): ColumnBinding {
  const [found, second] = matchName(namespace.columns, name, false);
  if (second !== undefined)
    throw new SqlError(
      SqlState.ambiguousColumn,
      `common column name "${name}" appears more than once in ${side} table`,
    );
  if (found === undefined) {
    throw new SqlError(
      SqlState.undefinedColumn,
      `column "${name}" specified in USING clause does not exist in ${side} table`,
    );
  }
  return found;
}

function mergedValue(type: string, left: Bound, right: Bound, env: Env): Bound {
  const common = commonType([left, right], 'JOIN/USING');
  const coerced = [left, right].map((side) => coerceArgument(side, common, undefined, env)) as [Bound, Bound];
  if (type === 'right') return coerced[1];
  if (type === 'left') return coerced[0];
  // Either will do; PostgreSQL takes the one that needs no cast.
  if (type !== 'full') return coerced[0] !== left && coerced[1] === right ? right : coerced[0];
  return {
    kind: 'coalesce',
    args: coerced,
    type: common,
    typmod: -1,
  };
}

/** `(a JOIN b …) AS j`: j alone names the columns then. */
function aliasJoin(alias: TableAlias | undefined, namespace: Namespace): Namespace {
  if (alias === undefined) return namespace;
  const columns = renameColumns(namespace.columns, alias);
  return { tables: [{ alias: alias.name, qualified: false, columns }], columns };
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
