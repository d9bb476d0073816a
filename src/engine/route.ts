/**
 * Which world a query belongs to: the exposed tables, or the catalog.
 */
import { notSupported } from '../errors.ts';
import { isMeasureFunction } from '../plan/bind/catalog-names.ts';
import { lookupExposed, matchExposed, type TableNames } from '../plan/bind/exposed-table.ts';
import type { Query } from '../sql/ast.ts';
import { type ChildMapper, mapExprChildren, mapQueryChildren, mapTableChildren } from '../sql/walk.ts';
import { shapeOnly, type TableName } from './shape-only.ts';

export type Route = 'data' | 'catalog';

/** What names mean to the session that asks. */
export type RouteNames = TableNames & { readonly searchPath: string };

const CATALOG_SCHEMAS = new Set(['pg_catalog', 'information_schema', 'semwire']);

/**
 * A query over pg_catalog, information_schema, semwire or no relation at all is the catalog's; one over exposed tables, or over
 * names that nobody knows, is the planner's, which refuses what does not exist. One over both is the catalog's where it
 * asks for the shape of exposed tables alone.
 * @throws SqlError 42P01 and 0A000 for a query over both
 */
export function routeQuery(query: Query, names: RouteNames): Route {
  const found: Found = { tables: [], callsMeasure: false };
  collect(query, new Set(), found);
  const { tables, callsMeasure } = found;
  const ofCatalog = (table: TableName): boolean => isCatalog(table.path) || isFoundOnPath(table, names);
  const exposed = tables.filter((table) => !ofCatalog(table));
  if (exposed.length === 0) return tables.length === 0 && callsMeasure ? 'data' : 'catalog';
  if (exposed.length === tables.length) return 'data';
  // What is not there is said before what cannot be done.
  const semantic = new Map(exposed.map((table) => [table, lookupExposed(names, table.path, table.at)]));
  const asked = shapeOnly(query, { semantic, catalog: new Set(tables.filter(ofCatalog)) });
  if (asked === 'shape') return 'catalog';
  throw notSupported('a query over catalog tables and semantic tables together', {
    hint:
      asked === 'empty' ? PLAIN_COLUMNS : 'Run two queries. For names and types of columns alone, LIMIT 0 is enough.',
    position: exposed[0]?.at,
  });
}

const PLAIN_COLUMNS =
  'Names and types can be asked of plain columns alone: no aggregate, MEASURE(), GROUP BY, whole row or system column, and measures only as columns of the select list.';

/** True when a relation of PostgreSQL's own is read anywhere in it. */
export function readsCatalog(query: Query): boolean {
  const found: Found = { tables: [], callsMeasure: false };
  collect(query, new Set(), found);
  return found.tables.some(({ path }) => isCatalog(path) && path.at(-2) !== 'semwire');
}

type Found = { readonly tables: TableName[]; callsMeasure: boolean };

/** @param ctes names that are CTEs at this place: without RECURSIVE a CTE sees those before it, and not itself */
function collect(query: Query, ctes: ReadonlySet<string>, found: Found): void {
  let inner = ctes;
  const all = new Set([...ctes, ...(query.with?.ctes ?? []).map(({ name }) => name)]);
  for (const cte of query.with?.ctes ?? []) {
    collect(cte.query, query.with?.recursive ? all : inner, found);
    inner = new Set([...inner, cte.name]);
  }
  const below: ChildMapper = {
    query: (child) => {
      collect(child, all, found);
      return child;
    },
    table: (ref) => {
      if (ref.kind === 'table' && (ref.path.length > 1 || !all.has(ref.path[0] ?? ''))) found.tables.push(ref);
      return mapTableChildren(ref, below);
    },
    expr: (expr) => {
      if (expr.kind === 'call' && isMeasureFunction(expr)) found.callsMeasure = true;
      return mapExprChildren(expr, below);
    },
  };
  mapQueryChildren({ ...query, with: undefined }, below);
}

/** `SET search_path = semwire`: then a name that no exposed table has may be one of that schema. */
function isFoundOnPath({ path, at }: TableName, names: RouteNames): boolean {
  const { searchPath } = names;
  if (path.length > 1 || !/(?:^|[\s,"])(?:semwire|information_schema)(?:$|[\s,"])/.test(searchPath)) return false;
  return matchExposed(names, path, at).length === 0;
}

/** System relations are named pg_*; no exposed table is. */
function isCatalog(path: readonly string[]): boolean {
  const schema = path.length >= 2 ? path.at(-2) : undefined;
  if (schema !== undefined) return CATALOG_SCHEMAS.has(schema);
  return path[0]?.startsWith('pg_') ?? false;
}
