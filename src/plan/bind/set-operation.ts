/** UNION, INTERSECT and EXCEPT: arms that become one row type. */
import { assertNever, SqlError, SqlState } from '../../errors.ts';
import type { Query, SetOperation } from '../../sql/ast.ts';
import type { PgType } from '../../sql/types.ts';
import type { Bound, BoundBody, BoundQuery, OutputColumn } from '../bound/bound.ts';
import { derivedFrom, queryOf, selectOver } from '../bound/relations.ts';
import { commonType } from '../routines/coercion.ts';
import type { Binder } from './binder.ts';
import { coerce } from './coerce.ts';
import type { BoundParts } from './query.ts';
import { bindQuery, checkSortable, finish } from './query.ts';
import type { Scope } from './scope.ts';
import { startOf } from './start-of.ts';

export function bindSetOperation(body: SetOperation, query: Query, scope: Scope, binder: Binder): BoundParts {
  const left = bindQuery(body.left, scope, binder, { travels: false, arm: true });
  const right = bindQuery(body.right, scope, binder, { travels: false, arm: true });
  return combine(body, left, right, query, scope, binder);
}

export function combine(
  body: SetOperation,
  left: BoundQuery,
  right: BoundQuery,
  query: Query,
  scope: Scope,
  binder: Binder,
): BoundParts {
  const what = body.operator.toUpperCase();
  if (left.columns.length !== right.columns.length) {
    throw new SqlError(SqlState.syntaxError, `each ${what} query must have the same number of columns`, {
      position: itemAt(body.right, 0),
    });
  }
  const columns = left.columns.map((column, i): OutputColumn => {
    const other = right.columns[i] as OutputColumn;
    const sides = [
      { type: literalType(left, i) ?? column.type },
      { type: literalType(right, i) ?? other.type, position: itemAt(body.right, i) },
    ];
    const type = commonType(sides, what);
    checkComparable(body, type, itemAt(body.left, i));
    return {
      name: column.name,
      type,
      typmod: column.type === other.type && column.typmod === other.typmod ? column.typmod : -1,
      measure: undefined,
    };
  });
  const types = columns.map(({ type }) => type);
  const bound: BoundBody = {
    kind: 'set-operation',
    operator: body.operator,
    all: body.all,
    left: withTypes(left, types, binder),
    right: withTypes(right, types, binder),
  };
  return finish(bound, columns, query, scope, binder);
}

/** Where a column of a query is written. */
function itemAt({ body }: Query, index: number): number | undefined {
  switch (body.kind) {
    case 'set-operation':
      return itemAt(body.left, index);
    case 'values': {
      const value = body.rows[0]?.[index];
      return value && startOf(value);
    }
    case 'select': {
      // Behind a star the places are not those of the columns.
      const star = body.items.findIndex(({ kind }) => kind === 'star');
      const item = body.items[star >= 0 && star < index ? star : index];
      return item?.kind === 'expr' ? startOf(item.expr) : item?.at;
    }
  }
}

/** An arm's column that is an untyped literal takes its type from the other arm. */
function literalType(query: BoundQuery, index: number): 'unknown' | undefined {
  const item = query.body.kind === 'select' ? query.body.items[index] : undefined;
  return item !== undefined && query.columns[index]?.type === 'text' && untyped.has(item) ? 'unknown' : undefined;
}

/** Rows that are compared need an equality: json has none. */
function checkComparable(body: SetOperation, type: PgType, position: number | undefined): void {
  if (body.operator === 'union' && body.all) return;
  checkSortable(type, position, 'equality');
}

/** Literals that became text only because nothing decided. */
export const untyped = new WeakSet<Bound>();

/** DISTINCT and ORDER BY compare the columns as they are, before a set operation casts them. */
function comparesRows({ body, orderBy }: BoundQuery): boolean {
  return orderBy.length > 0 || (body.kind === 'select' && body.distinct !== false);
}

/** `SELECT casts FROM (query)` */
function castAround(query: BoundQuery, types: readonly PgType[], binder: Binder): BoundQuery {
  const relation = derivedFrom(query, false, binder);
  const items = query.columns.map((column, slot) =>
    coerce(
      binder,
      { kind: 'column', relation, slot, type: column.type, typmod: column.typmod },
      types[slot] ?? column.type,
    ),
  );
  const columns = query.columns.map((column, i) => ({ ...column, type: types[i] ?? column.type, typmod: -1 }));
  return queryOf(selectOver({ items, from: [{ kind: 'relation', relation }], where: undefined }, binder), columns);
}

/** The query with its columns cast to `types`. */
function withTypes(query: BoundQuery, types: readonly PgType[], binder: Binder): BoundQuery {
  const columns = query.columns.map(
    (column, i): OutputColumn =>
      column.type === types[i] ? column : { ...column, type: types[i] as PgType, typmod: -1 },
  );
  const { body } = query;
  switch (body.kind) {
    case 'select':
      for (const [i, type] of types.entries()) {
        const item = body.items[i];
        if (item === undefined) continue;
        if (untyped.has(item)) body.items[i] = coerce(binder, { ...item, type: 'unknown' } as Bound, type);
        else if (!comparesRows(query)) body.items[i] = coerce(binder, item, type);
      }
      if (body.items.some((item, i) => i < types.length && item.type !== types[i]))
        return castAround(query, types, binder);
      return { ...query, columns };
    case 'set-operation':
      return {
        ...query,
        columns,
        body: { ...body, left: withTypes(body.left, types, binder), right: withTypes(body.right, types, binder) },
      };
    case 'values':
      return {
        ...query,
        columns,
        body: {
          ...body,
          rows: body.rows.map((row) => row.map((value, i) => coerce(binder, value, types[i] as PgType))),
        },
      };
    default:
      return assertNever(body, 'withTypes');
  }
}
