/**
 * Queries: WITH, set operations, VALUES, ORDER BY and LIMIT around a body.
 */
import { assertNever, SqlError, SqlState } from '../../errors.ts';
import type { Expr, Query, SortItem } from '../../sql/ast.ts';
import type { PgType } from '../../sql/types.ts';
import { formatType } from '../../sql/types.ts';
import type { Bound, BoundBody, BoundQuery, BoundSort, OutputColumn } from '../bound/bound.ts';
import { boundKey } from '../bound/walk.ts';
import { bareMeasures, hasBareMeasure } from '../measures/call.ts';
import { canCoerce, commonType } from '../routines/coercion.ts';
import type { Binder, Clause, Env } from './binder.ts';
import { coerce } from './coerce.ts';
import { isOrdered } from './comparison.ts';
import { bindExpr } from './expression.ts';
import type { Scope } from './scope.ts';
import { EMPTY_NAMESPACE, matchName } from './scope.ts';
import { bindSelect } from './select.ts';
import { bindSetOperation } from './set-operation.ts';
import { startOf } from './start-of.ts';
import { bindWith } from './with.ts';

export type QueryPlace = {
  /** The query stands in FROM (or is a CTE): a bare measure may travel up out of it. */
  readonly travels: boolean;
  /** The query stands in EXISTS: its select list does not matter. */
  readonly existsOnly?: boolean;
  /** The query is an arm of a set operation: an untyped literal waits for the other arm. */
  readonly arm?: boolean;
  /** Column names that WITH or an alias gives to it. */
  readonly columnNames?: readonly string[];
};

/** @throws SqlError as PostgreSQL words it, with positions */
export function bindQuery(query: Query, outer: Scope, binder: Binder, place: QueryPlace): BoundQuery {
  const { scope, ctes } = bindWith(query, outer, binder);
  const bound = bindBody(query, scope, binder, place);
  const columns = rename(bound.columns, place.columnNames ?? []);
  const shared = [...ctes.values()].flatMap((cte) => (cte.shared?.query === undefined ? [] : [cte.shared]));
  return { ...bound, columns, ctes: shared, recursive: query.with?.recursive ?? false };
}

export function rename(columns: readonly OutputColumn[], names: readonly string[]): readonly OutputColumn[] {
  return names.length === 0 ? columns : columns.map((column, i) => ({ ...column, name: names[i] ?? column.name }));
}

export type BoundParts = Omit<BoundQuery, 'ctes' | 'recursive'>;

function bindBody(query: Query, scope: Scope, binder: Binder, place: QueryPlace): BoundParts {
  const { body } = query;
  switch (body.kind) {
    case 'select':
      return bindSelect(body, query, scope, binder, place);
    case 'set-operation':
      return bindSetOperation(body, query, scope, binder);
    case 'values': {
      const env: Env = {
        binder,
        scope,
        select: undefined,
        clause: 'VALUES',
        insideAggregate: false,
        insideWindow: false,
      };
      const width = body.rows[0]?.length ?? 0;
      const uneven = body.rows.find((row) => row.length !== width);
      if (uneven !== undefined) {
        throw new SqlError(SqlState.syntaxError, 'VALUES lists must all be the same length', {
          position: uneven[0] && startOf(uneven[0]),
        });
      }
      const rows = body.rows.map((row) => row.map((value) => withoutMeasures(bindExpr(value, env), 'VALUES')));
      const types = Array.from({ length: width }, (_, i) =>
        commonType(
          rows.map((row, r) => ({ type: (row[i] as Bound).type, position: startOf(body.rows[r]?.[i] as Expr) })),
          'VALUES',
        ),
      );
      const typed = rows.map((row) => row.map((value, i) => coerce(binder, value, types[i] as PgType)));
      const columns = types.map(
        (type, i): OutputColumn => ({
          name: `column${i + 1}`,
          type,
          typmod: sameTypmod(typed.map((row) => row[i]?.typmod ?? -1)),
          measure: undefined,
        }),
      );
      return finish({ kind: 'values', rows: typed }, columns, query, scope, binder);
    }
    default:
      return assertNever(body, 'bindBody');
  }
}

/** @throws SqlError 42803: a measure cannot be evaluated where nothing is grouped */
export function withoutMeasures(bound: Bound, clause: Clause): Bound {
  const [measure] = bareMeasures(bound);
  if (measure === undefined) return bound;
  throw new SqlError(SqlState.groupingError, `measures are not allowed in ${clause}`, {
    hint: 'Group the measure in a subquery.',
    position: measure.at,
  });
}

function sameTypmod(typmods: readonly number[]): number {
  const [first = -1] = typmods;
  return typmods.every((typmod) => typmod === first) ? first : -1;
}

/** ORDER BY, LIMIT and OFFSET of a body that is no SELECT: only output columns can be sorted by. */
export function finish(
  body: BoundBody,
  columns: readonly OutputColumn[],
  query: Query,
  scope: Scope,
  binder: Binder,
): BoundParts {
  const orderBy = query.orderBy.map((item) => sortByOutput(item, columns));
  return { body, columns, orderBy, ...bindLimit(query, scope, binder) };
}

function sortByOutput(item: SortItem, columns: readonly OutputColumn[]): BoundSort {
  const index = outputIndex(item.expr, columns);
  if (index === undefined) {
    throw new SqlError(SqlState.featureNotSupported, 'invalid UNION/INTERSECT/EXCEPT ORDER BY clause', {
      detail: 'Only result column names can be used, not expressions or functions.',
      hint: 'Add the expression/function to every SELECT, or move the UNION into a FROM clause.',
      position: startOf(item.expr),
    });
  }
  return { by: { kind: 'output', index }, descending: item.descending, nulls: item.nulls };
}

/**
 * The output column that an ordinal or a bare name in ORDER BY or GROUP BY means, if any.
 * @throws SqlError 42P10 for an ordinal out of range, 42702 for a name that two columns have
 */
export function outputIndex(
  expr: Expr,
  columns: readonly (Pick<OutputColumn, 'name'> & { readonly expr?: Bound })[],
  clause = 'ORDER BY',
): number | undefined {
  if (expr.kind === 'string' || expr.kind === 'null' || expr.kind === 'boolean' || isFraction(expr)) {
    throw new SqlError(SqlState.syntaxError, `non-integer constant in ${clause}`, { position: startOf(expr) });
  }
  if (expr.kind === 'number') {
    const ordinal = Number(expr.text);
    if (ordinal < 1 || ordinal > columns.length) {
      throw new SqlError(SqlState.invalidColumnReference, `${clause} position ${expr.text} is not in select list`, {
        position: expr.at,
      });
    }
    return ordinal - 1;
  }
  if (expr.kind !== 'column' || expr.path.length !== 1) return undefined;
  const named = columns.map((column, index) => ({ name: column.name, index, expr: column.expr }));
  const name = expr.path[0] ?? '';
  const [found, ...others] = matchName(named, name, true);
  const same = (other: Bound | undefined): boolean =>
    other === undefined || found?.expr === undefined || boundKey(other) === boundKey(found.expr);
  if (others.some((other) => !same(other.expr)))
    throw new SqlError(SqlState.ambiguousColumn, `${clause} "${name}" is ambiguous`, { position: expr.at });
  return found?.index;
}

/** `1.5`, and a whole number that is no int4: neither can be an ordinal. */
function isFraction(expr: Expr): boolean {
  return expr.kind === 'number' && (!/^-?\d+$/.test(expr.text) || Math.abs(Number(expr.text)) > 0x7fff_ffff);
}

/** @throws SqlError 42883 for json, which has no order */
export function checkSortable(type: PgType, position: number | undefined, what: 'equality' | 'ordering'): void {
  if (isOrdered(type)) return;
  throw new SqlError(
    SqlState.undefinedFunction,
    `could not identify an ${what} operator for type ${formatType(type)}`,
    {
      hint: what === 'ordering' ? 'Use an explicit ordering operator or modify the query.' : undefined,
      position,
    },
  );
}

/** LIMIT and OFFSET: no columns of the query itself, no measures. */
export function bindLimit(
  query: Query,
  scope: Scope,
  binder: Binder,
): Pick<BoundQuery, 'limit' | 'offset' | 'withTies'> {
  const bind = (expr: Expr | undefined, clause: 'LIMIT' | 'OFFSET'): Bound | undefined => {
    if (expr === undefined || expr.kind === 'null') return undefined;
    const env: Env = {
      binder,
      scope: { ...scope, namespace: EMPTY_NAMESPACE },
      select: undefined,
      clause,
      insideAggregate: false,
      insideWindow: false,
    };
    const bound = bindExpr(expr, env);
    if (hasBareMeasure(bound))
      throw new SqlError(SqlState.groupingError, `measures are not allowed in ${clause}`, {
        position: startOf(expr),
      });
    if (!canCoerce(bound.type, 'int8', 'assignment')) {
      throw new SqlError(
        SqlState.datatypeMismatch,
        `argument of ${clause} must be type bigint, not type ${formatType(bound.type as PgType)}`,
        { position: startOf(expr) },
      );
    }
    // PostgreSQL says so when it runs, DuckDB in its own words.
    if (bound.kind === 'const' && bound.value?.startsWith('-'))
      throw new SqlError(clause === 'LIMIT' ? '2201W' : '2201X', `${clause} must not be negative`);
    return coerce(binder, bound, 'int8', { context: 'assignment', position: startOf(expr) });
  };
  return { limit: bind(query.limit, 'LIMIT'), offset: bind(query.offset, 'OFFSET'), withTies: query.withTies };
}
