/**
 * The parts of a data query that the catalog answers before it is planned: constant expressions that hold a function or
 * a type of the catalog's (`'orders'::regclass::text`, `current_setting('server_version')`), each as large as it can be.
 */
import { assertNever } from '../../errors.ts';
import type { Call, Expr, Query, SqlValueName, TypeName } from '../../sql/ast.ts';
import { type ChildMapper, mapExprChildren, visitQuery } from '../../sql/walk.ts';
import { functionsByName } from '../routines/routines.ts';
import { isCatalogFunction, isCatalogType, nameInCatalog } from './catalog-names.ts';

export type CatalogConstant = {
  readonly expr: Expr;
  /** A whole column of the result: nothing is computed from it. */
  readonly isResult: boolean;
};

/** `varying`: not the same for all rows and all executions. `constant`: and the warehouse can compute it. */
type Nature = 'varying' | 'constant' | 'catalog';

const known = new WeakMap<Query, readonly CatalogConstant[]>();

/** In the order of the statement. Trees never change, and the same text gives the same tree: looked for once. */
export function catalogConstants(query: Query): readonly CatalogConstant[] {
  const found = known.get(query) ?? find(query);
  known.set(query, found);
  return found;
}

function find(query: Query): readonly CatalogConstant[] {
  const { body } = query;
  const results = new Set(
    body.kind === 'select' ? body.items.flatMap((item) => (item.kind === 'expr' ? [item.expr] : [])) : [],
  );
  const natures = new Map<Expr, Nature>();
  const found: CatalogConstant[] = [];
  visitQuery(query, {
    expr: (expr) => {
      if (natureOf(expr, natures) !== 'catalog') return true;
      found.push({ expr, isResult: results.has(expr) });
      return false;
    },
  });
  return found;
}

function natureOf(expr: Expr, natures: Map<Expr, Nature>): Nature {
  const before = natures.get(expr);
  if (before !== undefined) return before;
  const nature = judge(expr, natures);
  natures.set(expr, nature);
  return nature;
}

function judge(expr: Expr, natures: Map<Expr, Nature>): Nature {
  switch (expr.kind) {
    case 'null':
    case 'boolean':
    case 'number':
    case 'string':
      return 'constant';
    case 'sql-value':
      return isClock(expr.name) ? 'varying' : 'constant';
    case 'call':
      return judgeCall(expr, natures);
    case 'cast': {
      const operand = natureOf(expr.operand, natures);
      if (operand !== 'varying' && isCatalogType(expr.type)) return 'catalog';
      return operand === 'constant' && isTime(expr.type) ? 'varying' : operand;
    }
    case 'unary':
    case 'binary':
    case 'and':
    case 'or':
    case 'not':
    case 'is':
    case 'distinct-from':
    case 'between':
    case 'in-list':
    case 'like':
    case 'quantified':
    case 'case':
    case 'coalesce':
    case 'greatest':
    case 'least':
    case 'nullif':
    case 'collate':
    case 'array':
    case 'subscript':
    case 'slice':
      return ofParts(expr, natures);
    case 'column':
    case 'parameter':
    case 'exists':
    case 'scalar-subquery':
    case 'array-subquery':
    case 'quantified-subquery':
    case 'row':
    case 'field':
    case 'grouping':
    case 'opaque':
    case 'bind':
      return 'varying';
    default:
      return assertNever(expr, 'catalogConstants');
  }
}

function ofParts(expr: Expr, natures: Map<Expr, Nature>): Nature {
  let nature: Nature = 'constant';
  const part: ChildMapper = {
    expr: (child) => {
      const own = natureOf(child, natures);
      if (nature !== 'varying' && own !== 'constant') nature = own;
      return child;
    },
    query: (child) => {
      nature = 'varying';
      return child;
    },
    table: (child) => child,
  };
  mapExprChildren(expr, part);
  return nature;
}

function judgeCall(call: Call, natures: Map<Expr, Nature>): Nature {
  const plain =
    !call.star &&
    !call.distinct &&
    call.orderBy.length === 0 &&
    call.filter === undefined &&
    call.over === undefined &&
    call.args.every(({ name, variadic }) => name === undefined && !variadic);
  const parts = ofParts(call, natures);
  if (!plain || parts === 'varying') return 'varying';
  if (isCatalogFunction(call)) return 'catalog';
  const routines = functionsByName.get(nameInCatalog(call.path) ?? '') ?? [];
  const same = routines.every(
    ({ kind, returnsSet, volatility }) => kind === 'function' && !returnsSet && volatility === 'immutable',
  );
  return routines.length > 0 && same ? parts : 'varying';
}

/** `'now'::timestamp` is a clock. */
function isTime({ path }: TypeName): boolean {
  return /^(date|timestamp|timestamptz|time|timetz)$/.test(path.at(-1) ?? '');
}

function isClock(name: SqlValueName): boolean {
  switch (name) {
    case 'current_date':
    case 'current_time':
    case 'current_timestamp':
    case 'localtime':
    case 'localtimestamp':
      return true;
    case 'current_role':
    case 'current_user':
    case 'user':
    case 'session_user':
    case 'current_catalog':
    case 'current_schema':
      return false;
    default:
      return assertNever(name, 'isClock');
  }
}
