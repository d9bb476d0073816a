/** JOIN … ON, USING and NATURAL. */
import { SqlError, SqlState } from '../../errors.ts';
import type { Expr, TableAlias, TableRef } from '../../sql/ast.ts';
import type { Bound } from '../bound/bound.ts';
import { hasBareMeasure } from '../measures/call.ts';
import { commonType } from '../routines/coercion.ts';
import type { Binder, Env } from './binder.ts';
import { coerceToBoolean } from './coerce.ts';
import { bindExpr } from './expression.ts';
import type { Bindings } from './from.ts';
import { bindTableRef, renameColumns } from './from.ts';
import { bindJoinField } from './join-field.ts';
import { bindComparison, coerceArgument } from './operator.ts';
import type { ColumnBinding, Namespace, Scope } from './scope.ts';
import { joinNamespaces, matchName, NO_VIRTUAL_COLUMNS } from './scope.ts';
import { startOf } from './start-of.ts';

export function bindJoin(
  ref: Extract<TableRef, { kind: 'join' }>,
  outer: Scope,
  before: Namespace,
  binder: Binder,
): Bindings {
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
  const on = ref.on && coerceToBoolean(binder, bindOn(ref.on, env), 'JOIN/ON', startOf(ref.on));
  if (on !== undefined && hasBareMeasure(on)) throw measureInJoin(startOf(ref.on as never));
  const type = ref.type === 'cross' || (on === undefined && ref.natural) ? 'cross' : ref.type;
  return {
    item: { kind: 'join', type, left: left.item, right: right.item, on },
    namespace: aliasJoin(ref.alias, both),
  };
}

/** A conjunct over join fields is the join as modelled; every other one is what it says. */
function bindOn(on: Expr, env: Env): Bound {
  if (on.kind !== 'and') return bindJoinField(on, env) ?? bindExpr(on, env);
  const args = on.operands.map((operand) => coerceToBoolean(env.binder, bindOn(operand, env), 'AND', startOf(operand)));
  return { kind: 'and', args, type: 'bool', typmod: -1 };
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
  return { tables: [{ alias: alias.name, qualified: false, columns, virtual: NO_VIRTUAL_COLUMNS }], columns };
}
