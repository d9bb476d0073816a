/**
 * Queries: WITH, set operations, VALUES, ORDER BY and LIMIT around a body.
 */
import { assertNever, notSupported, SqlError, SqlState } from '../../errors.ts';
import type { Cte, Expr, Query, SetOperation, SortItem } from '../../sql/ast.ts';
import { formatType, type PgType } from '../../sql/types.ts';
import type { Bound, BoundBody, BoundCte, BoundQuery, BoundSort, OutputColumn } from '../bound/bound.ts';
import { boundKey } from '../bound/walk.ts';
import { bareMeasures, hasBareMeasure } from '../measures/call.ts';
import { canCoerce, commonType } from '../routines/coercion.ts';
import type { Binder, Clause, Env } from './binder.ts';
import { coerce } from './coerce.ts';
import { bindExpr, isOrdered } from './expression.ts';
import { type CteBinding, EMPTY_NAMESPACE, matchName, type Scope } from './scope.ts';
import { bindSelect } from './select.ts';
import { startOf } from './start-of.ts';

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

function rename(columns: readonly OutputColumn[], names: readonly string[]): readonly OutputColumn[] {
  return names.length === 0 ? columns : columns.map((column, i) => ({ ...column, name: names[i] ?? column.name }));
}

type BoundParts = Omit<BoundQuery, 'ctes' | 'recursive'>;

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
function finish(
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

// Set operations

function bindSetOperation(body: SetOperation, query: Query, scope: Scope, binder: Binder): BoundParts {
  const left = bindQuery(body.left, scope, binder, { travels: false, arm: true });
  const right = bindQuery(body.right, scope, binder, { travels: false, arm: true });
  return combine(body, left, right, query, scope, binder);
}

function combine(
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
        if (item !== undefined)
          body.items[i] = coerce(binder, untyped.has(item) ? ({ ...item, type: 'unknown' } as Bound) : item, type);
      }
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

// WITH

function bindWith(
  query: Query,
  outer: Scope,
  binder: Binder,
): { readonly scope: Scope; readonly ctes: ReadonlyMap<string, CteBinding> } {
  const ctes = new Map<string, CteBinding>();
  if (query.with === undefined) return { scope: outer, ctes };
  const { recursive } = query.with;
  // A CTE sees those before it; with RECURSIVE all of its list (security cases A11–A14).
  let scope: Scope = { parent: outer, namespace: EMPTY_NAMESPACE, ctes: new Map() };
  const all: Scope = { parent: outer, namespace: EMPTY_NAMESPACE, ctes };
  for (const cte of query.with.ctes) {
    if (ctes.has(cte.name)) {
      throw new SqlError(SqlState.duplicateAlias, `WITH query name "${cte.name}" specified more than once`, {
        position: cte.at,
      });
    }
    const own = recursive ? all : scope;
    // The first reference takes what the check below has bound: bound twice, nested WITHs would double at every level.
    let checked: BoundQuery | undefined;
    const binding: CteBinding = {
      cte,
      scope: own,
      shared: undefined,
      recursive: recursive && mentions(cte.query, cte.name),
      bindAnew: () => {
        const kept = checked;
        checked = undefined;
        return kept ?? bindCte(cte, own, binder, binding);
      },
      check: () => {
        checked = binding.bindAnew();
      },
    };
    ctes.set(cte.name, binding);
    scope = { parent: scope, namespace: EMPTY_NAMESPACE, ctes: new Map([[cte.name, binding]]) };
  }
  // Every CTE is checked, also one that nothing reads.
  for (const binding of ctes.values()) if (binding.shared === undefined) checkCte(binding, binder);
  return { scope: recursive ? all : scope, ctes };
}

function checkCte(binding: CteBinding, binder: Binder): void {
  if (binding.recursive) bindRecursive(binding, binder);
  else binding.check();
}

function bindCte(cte: Cte, scope: Scope, binder: Binder, binding: CteBinding): BoundQuery {
  if (binding.recursive) {
    bindRecursive(binding, binder);
    if (binding.shared?.query !== undefined) return binding.shared.query;
  }
  checkWidth(cte, undefined);
  checkCopies(binder);
  const bound = bindQuery(cte.query, scope, binder, { travels: cte.materialized !== true, columnNames: cte.columns });
  checkWidth(cte, bound.columns.length);
  return bound;
}

/** CTEs that refer to one another twice double at each step; nobody means a statement of so many copies. */
const MOST_COPIES = 256;
const copies = new WeakMap<Binder, number>();

function checkCopies(binder: Binder): void {
  const count = (copies.get(binder) ?? 0) + 1;
  copies.set(binder, count);
  if (count > MOST_COPIES)
    throw new SqlError(SqlState.statementTooComplex, 'WITH queries refer to one another too often', {
      hint: 'Write AS MATERIALIZED for those that are read more than once.',
    });
}

function checkWidth(cte: Cte, width: number | undefined): void {
  if (width !== undefined && cte.columns.length > width) {
    throw new SqlError(
      SqlState.invalidColumnReference,
      `WITH query "${cte.name}" has ${width} columns available but ${cte.columns.length} columns specified`,
      { position: cte.at },
    );
  }
}

/** `non-recursive UNION [ALL] recursive`: the first arm gives the columns. */
function bindRecursive(binding: CteBinding, binder: Binder): void {
  if (binding.shared?.query !== undefined) return;
  const { cte } = binding;
  const { body } = cte.query;
  if (body.kind !== 'set-operation' || body.operator !== 'union' || cte.query.with !== undefined) {
    throw new SqlError(
      SqlState.invalidRecursion,
      `recursive query "${cte.name}" does not have the form non-recursive-term UNION [ALL] recursive-term`,
      { position: cte.at },
    );
  }
  if (mentions(body.left, cte.name)) {
    throw new SqlError(
      SqlState.invalidRecursion,
      `recursive reference to query "${cte.name}" must not appear within its non-recursive term`,
      { position: cte.at },
    );
  }
  if (cte.query.orderBy.length > 0 || cte.query.limit !== undefined || cte.query.offset !== undefined) {
    throw notSupported('ORDER BY, LIMIT or OFFSET in a recursive query', { position: cte.at });
  }
  const left = bindQuery(body.left, binding.scope, binder, { travels: false });
  const columns = rename(left.columns, cte.columns).map((column) => ({ ...column, measure: undefined }));
  const shared: BoundCte = {
    id: binder.nextId(),
    name: cte.name,
    materialized: cte.materialized,
    query: undefined,
    columns,
  };
  binding.shared = shared;
  const right = bindQuery(body.right, binding.scope, binder, { travels: false });
  const parts = combine(body, left, right, cte.query, binding.scope, binder);
  for (const [i, column] of parts.columns.entries()) {
    const first = columns[i];
    if (first !== undefined && column.type !== first.type) {
      throw new SqlError(
        SqlState.datatypeMismatch,
        `recursive query "${cte.name}" column ${i + 1} has type ${formatType(first.type)} in non-recursive term but type ${formatType(column.type)} overall`,
        { hint: 'Cast the output of the non-recursive term to the correct type.', position: cte.at },
      );
    }
  }
  shared.query = { ...parts, columns, ctes: [], recursive: false };
}

/** True when a FROM clause anywhere inside names `name` without a schema. */
function mentions(query: Query, name: string): boolean {
  let found = false;
  JSON.stringify(query, (key, value) => {
    if (typeof value === 'object' && value !== null && value.kind === 'table' && Array.isArray(value.path)) {
      if (value.path.length === 1 && value.path[0] === name) found = true;
    }
    return key === 'at' ? undefined : value;
  });
  return found;
}
