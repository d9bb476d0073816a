/**
 * Which world a query belongs to: the exposed tables, or the catalog.
 */
import { notSupported } from '../errors.ts';
import type { Query } from '../sql/ast.ts';
import { visitQuery } from '../sql/walk.ts';

export type Route = 'data' | 'catalog';

const CATALOG_SCHEMAS = new Set(['pg_catalog', 'information_schema']);

/**
 * A query over pg_catalog, information_schema or no relation at all is the catalog's; one over exposed tables, or over
 * names that nobody knows, is the planner's, which refuses what does not exist.
 * @throws SqlError 0A000 for a query over both
 */
export function routeQuery(query: Query): Route {
  const ctes = new Set<string>();
  const tables: (readonly string[])[] = [];
  let callsMeasure = false;
  collect(query, ctes, tables, () => {
    callsMeasure = true;
  });
  const named = tables.filter((path) => path.length > 1 || !ctes.has(path[0] ?? ''));
  const inCatalog = named.filter(isCatalog);
  if (inCatalog.length === named.length) return named.length === 0 && callsMeasure ? 'data' : 'catalog';
  if (inCatalog.length === 0) return 'data';
  throw notSupported('a query over catalog tables and semantic tables together', {
    hint: 'Run two queries.',
  });
}

function collect(query: Query, ctes: Set<string>, tables: (readonly string[])[], onMeasure: () => void): void {
  visitQuery(query, {
    query: (inner) => {
      for (const cte of inner.with?.ctes ?? []) ctes.add(cte.name);
    },
    table: (ref) => {
      if (ref.kind === 'table') tables.push(ref.path);
    },
    expr: (expr) => {
      if (expr.kind === 'call' && expr.path.length === 1 && expr.path[0] === 'measure') onMeasure();
    },
  });
}

/** System relations are named pg_*; no exposed table is. */
function isCatalog(path: readonly string[]): boolean {
  const schema = path.length >= 2 ? path.at(-2) : undefined;
  if (schema !== undefined) return CATALOG_SCHEMAS.has(schema);
  return path[0]?.startsWith('pg_') ?? false;
}
