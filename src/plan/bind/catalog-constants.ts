/**
 * The parts of a data query that the catalog answers before it is planned: constant expressions that hold a function or
 * a type of the catalog's (`'orders'::regclass::text`, `current_setting('server_version')`), each as large as it can be.
 * A parameter of the client's is a constant too, which is known once it is bound (`$1::regclass`).
 */
import { assertNever } from '../../errors.ts';
import type { Call, Expr, Query, SqlValueName, TypeName } from '../../sql/ast.ts';
import { SCALAR_TYPES } from '../../sql/types.ts';
import { type ChildMapper, mapExprChildren, visitExpr, visitQuery } from '../../sql/walk.ts';
import { functionsByName, type Routine } from '../routines/routines.ts';
import {
  isCatalogFunction,
  isCatalogType,
  isMeasureFunction,
  isSessionFunction,
  nameInCatalog,
} from './catalog-names.ts';

export type CatalogConstant = {
  readonly expr: Expr;
  /** A whole column of the result: nothing is computed from it. */
  readonly isResult: boolean;
  /** Indexes of the client's parameters in it, each once. */
  readonly parameters: readonly number[];
  /** Names of functions in it that no list has: what they do, the catalog knows. */
  readonly unlisted: readonly string[];
};

/**
 * `varying`: not the same for all rows and all executions, or made of parts that are left to whom they belong.
 * `constant`: and the warehouse can compute it. `parameter`: the same, with a parameter in it.
 */
type Nature = 'varying' | 'constant' | 'parameter' | 'catalog';

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
      found.push({ expr, isResult: results.has(expr), ...contentsOf(expr) });
      return false;
    },
  });
  return found;
}

function contentsOf(expr: Expr): Pick<CatalogConstant, 'parameters' | 'unlisted'> {
  const parameters = new Set<number>();
  const unlisted = new Set<string>();
  visitExpr(expr, {
    expr: (part) => {
      if (part.kind === 'parameter') parameters.add(part.index);
      if (part.kind === 'call' && isUnlisted(part)) unlisted.add(part.path.at(-1) ?? '');
      return true;
    },
  });
  return { parameters: [...parameters], unlisted: [...unlisted] };
}

/** Parameters of the statement outside of what the catalog answers. */
export function parametersBeside(query: Query): ReadonlySet<number> {
  const answered = new Set(catalogConstants(query).map(({ expr }) => expr));
  const found = new Set<number>();
  visitQuery(query, {
    expr: (expr) => {
      if (expr.kind === 'parameter') found.add(expr.index);
      return !answered.has(expr);
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
    case 'parameter':
      return 'parameter';
    case 'sql-value':
      return natureOfValue(expr.name);
    case 'call':
      return judgeCall(expr, natures);
    case 'cast': {
      const operand = natureOf(expr.operand, natures);
      if (operand !== 'varying' && isCatalogType(expr.type)) return 'catalog';
      // A table's name is a type, too.
      if (!isListedType(expr.type)) return 'varying';
      return operand !== 'catalog' && isTime(expr.type) ? 'varying' : operand;
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
      return ofParts(expr, natures, 'own');
    case 'column':
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

/**
 * @param parameters `own`: beside what the catalog answers they are left to the warehouse, which takes them as they come;
 * `asked`: they are the catalog's
 */
function ofParts(expr: Expr, natures: Map<Expr, Nature>, parameters: 'own' | 'asked'): Nature {
  const parts = new Set<Nature>();
  const part: ChildMapper = {
    expr: (child) => {
      parts.add(natureOf(child, natures));
      return child;
    },
    query: (child) => {
      parts.add('varying');
      return child;
    },
    table: (child) => child,
  };
  mapExprChildren(expr, part);
  if (parts.has('varying')) return 'varying';
  if (parts.has('catalog')) return parts.has('parameter') && parameters === 'own' ? 'varying' : 'catalog';
  return parts.has('parameter') ? 'parameter' : 'constant';
}

function judgeCall(call: Call, natures: Map<Expr, Nature>): Nature {
  const plain =
    !call.star &&
    !call.distinct &&
    call.orderBy.length === 0 &&
    call.filter === undefined &&
    call.over === undefined &&
    call.args.every(({ name, variadic }) => name === undefined && !variadic);
  if (!plain) return 'varying';
  if (isSessionFunction(call)) return 'constant';
  if (isCatalogFunction(call) || isUnlisted(call))
    return ofParts(call, natures, 'asked') === 'varying' ? 'varying' : 'catalog';
  const same = routinesOf(call).every(
    ({ kind, returnsSet, volatility }) => kind === 'function' && !returnsSet && volatility === 'immutable',
  );
  return same ? ofParts(call, natures, 'own') : 'varying';
}

function routinesOf({ path }: Call): readonly Routine[] {
  return functionsByName.get(nameInCatalog(path) ?? '') ?? [];
}

/** Neither the planner's nor on the catalog's list; of another schema than the catalog's, too. */
function isUnlisted(call: Call): boolean {
  return (
    routinesOf(call).length === 0 && !isCatalogFunction(call) && !isSessionFunction(call) && !isMeasureFunction(call)
  );
}

function isListedType({ path }: TypeName): boolean {
  const name = nameInCatalog(path);
  return SCALAR_TYPES.some((type) => type === name);
}

/** `'now'::timestamp` is a clock. */
function isTime({ path }: TypeName): boolean {
  return /^(date|timestamp|timestamptz|time|timetz)$/.test(path.at(-1) ?? '');
}

function natureOfValue(name: SqlValueName): Nature {
  switch (name) {
    case 'current_date':
    case 'current_time':
    case 'current_timestamp':
    case 'localtime':
    case 'localtimestamp':
      return 'varying';
    case 'current_role':
    case 'current_user':
    case 'user':
    case 'session_user':
    case 'current_catalog':
      return 'constant';
    case 'current_schema':
      // The first of search_path that is there.
      return 'catalog';
    default:
      return assertNever(name, 'natureOfValue');
  }
}
