/**
 * Which world a query belongs to: the exposed tables, or the catalog.
 */
import { notSupported } from '../errors.ts';
import type { Query } from '../sql/ast.ts';
import { type ChildMapper, mapExprChildren, mapQueryChildren, mapTableChildren } from '../sql/walk.ts';

export type Route = 'data' | 'catalog';

const CATALOG_SCHEMAS = new Set(['pg_catalog', 'information_schema', 'semwire']);

/**
 * A query over pg_catalog, information_schema, semwire or no relation at all is the catalog's; one over exposed tables, or over
 * names that nobody knows, is the planner's, which refuses what does not exist.
 * @throws SqlError 0A000 for a query over both
 */
export function routeQuery(query: Query): Route {
  const found: Found = { tables: [], callsMeasure: false };
  collect(query, new Set(), found);
  const { tables, callsMeasure } = found;
  const inCatalog = tables.filter(isCatalog);
  if (inCatalog.length === tables.length) return tables.length === 0 && callsMeasure ? 'data' : 'catalog';
  if (inCatalog.length === 0) return 'data';
  throw notSupported('a query over catalog tables and semantic tables together', {
    hint: 'Run two queries.',
  });
}

type Found = { readonly tables: (readonly string[])[]; callsMeasure: boolean };

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
      if (ref.kind === 'table' && (ref.path.length > 1 || !all.has(ref.path[0] ?? ''))) found.tables.push(ref.path);
      return mapTableChildren(ref, below);
    },
    expr: (expr) => {
      if (expr.kind === 'call' && expr.path.length === 1 && expr.path[0] === 'measure') found.callsMeasure = true;
      return mapExprChildren(expr, below);
    },
  };
  mapQueryChildren({ ...query, with: undefined }, below);
}

/** System relations are named pg_*; no exposed table is. */
function isCatalog(path: readonly string[]): boolean {
  const schema = path.length >= 2 ? path.at(-2) : undefined;
  if (schema !== undefined) return CATALOG_SCHEMAS.has(schema);
  return path[0]?.startsWith('pg_') ?? false;
}
