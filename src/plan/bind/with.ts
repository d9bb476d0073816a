/** WITH: each CTE bound at its place, recursive ones with their own result in scope. */
import { notSupported, SqlError, SqlState } from '../../errors.ts';
import type { Cte, Query } from '../../sql/ast.ts';
import { formatType } from '../../sql/types.ts';
import type { BoundCte, BoundQuery } from '../bound/bound.ts';
import type { Binder } from './binder.ts';
import { bindQuery, rename } from './query.ts';
import type { CteBinding, Scope } from './scope.ts';
import { EMPTY_NAMESPACE } from './scope.ts';
import { combine } from './set-operation.ts';

export function bindWith(
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
    recursive: true,
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
