/**
 * Queries over catalog tables and semantic tables together that ask for the shape of the result alone: `LIMIT 0`,
 * `WHERE false`, `WHERE 1 = 0`. Names and types are the whole answer then, and the catalog, whose tables of these names
 * are empty, gives it as the data would, as long as semantic tables are read by their plain columns: an aggregate over a
 * measure has another type there, and a whole row or a system column is not there over the data. Read from the tree;
 * what is not proven is not so.
 */
import type { ExposedTable } from '../access/exposed.ts';
import { assertNever, SqlError, SqlState } from '../errors.ts';
import { isCatalogFunction, isSessionFunction, nameInCatalog } from '../plan/bind/catalog-names.ts';
import { functionsByName } from '../plan/routines/routines.ts';
import type { Call, Expr, Query, Select, SelectItem, TableRef } from '../sql/ast.ts';
import { visitExpr, visitQuery } from '../sql/walk.ts';
import { isNever } from './never.ts';

export type TableName = Extract<TableRef, { kind: 'table' }>;

/** The tables of a query, those that are names of CTEs left out. */
export type BothWorlds = {
  readonly semantic: ReadonlyMap<TableName, ExposedTable>;
  readonly catalog: ReadonlySet<TableName>;
};

/** `shape`: the catalog answers it as the data would. `empty`: it has no row, but the catalog may answer otherwise. */
export type ShapeOnly = 'shape' | 'empty' | 'rows';

/** @throws SqlError 42703 for a column that a semantic table does not have */
export function shapeOnly(query: Query, tables: BothWorlds): ShapeOnly {
  const arms = armsOf(query);
  if (arms === 'rows') return 'rows';
  return isPlain(query, arms, tables) && arms.every((arm) => arm.limited || isGroupedByRows(arm.select, tables))
    ? 'shape'
    : 'empty';
}

/** A SELECT that gives the query's rows, and whether LIMIT 0 takes them away; else its WHERE does. */
type Arm = { readonly select: Select; readonly limited: boolean };

function armsOf({ body, limit }: Query, around = false): readonly Arm[] | 'rows' {
  const limited = around || (limit?.kind === 'number' && /^0+$/.test(limit.text));
  switch (body.kind) {
    case 'select':
      return limited || isNever(body.where) ? [{ select: body, limited }] : 'rows';
    case 'values':
      return limited ? [] : 'rows';
    case 'set-operation': {
      const [left, right] = [armsOf(body.left, limited), armsOf(body.right, limited)];
      return left === 'rows' || right === 'rows' ? 'rows' : [...left, ...right];
    }
    default:
      return assertNever(body, 'armsOf');
  }
}

// Plain columns

const SYSTEM_COLUMNS: ReadonlySet<string> = new Set(['ctid', 'tableoid', 'xmin', 'xmax', 'cmin', 'cmax']);

function isPlain(query: Query, arms: readonly Arm[], { semantic }: BothWorlds): boolean {
  const relations = relationsOf(query);
  const isMeasure = measureNames(semantic);
  const outermost = new Set(arms.map(({ select }) => select));
  // Columns that are whole items of a SELECT: only there a measure has the type and the meaning of a column.
  const items = new Set<Expr>();
  let plain = true;
  visitQuery(query, {
    query: ({ with: clause, body }) => {
      plain &&= clause?.ctes.every(({ columns }) => columns.length === 0) ?? true;
      if (body.kind !== 'select') return plain;
      plain &&= body.groupBy === undefined && body.having === undefined && body.windows.length === 0;
      for (const item of body.items) {
        // Further up it could not be told by its name that it is a measure.
        if (outermost.has(body) || !isRenamed(item)) items.add(item.kind === 'expr' ? item.expr : NONE);
      }
      return plain;
    },
    table: (ref) => {
      plain &&= isPlainTable(ref, isMeasure);
      return plain;
    },
    expr: (expr) => {
      plain &&= isPlainExpr(expr);
      return plain;
    },
  });
  return plain;

  function isPlainExpr(expr: Expr): boolean {
    switch (expr.kind) {
      case 'column': {
        const [name = '', relation] = [...expr.path].reverse();
        if (SYSTEM_COLUMNS.has(name) || (isMeasure(name) && !items.has(expr))) return false;
        // `s` is the whole row, and so is `s.f` where f is a function and no column.
        if (relation === undefined) return !relations.has(name);
        const tables = (relations.get(relation) ?? []).map((ref) => semantic.get(ref as TableName));
        const known = tables.some((table) => table === undefined || hasColumn(table, name));
        if (known || name.includes('__')) return known;
        throw new SqlError(SqlState.undefinedColumn, `column ${relation}.${name} does not exist`, {
          position: expr.at,
        });
      }
      case 'call':
        return isScalarCall(expr);
      case 'row':
      case 'field':
      case 'grouping':
        return false;
      default:
        return true;
    }
  }
}

const NONE: Expr = { kind: 'null' };

function isRenamed(item: SelectItem): boolean {
  if (item.kind === 'star' || item.expr.kind !== 'column') return false;
  return item.alias !== undefined && item.alias !== item.expr.path.at(-1);
}

function isPlainTable(ref: TableRef, isMeasure: (name: string) => boolean): boolean {
  switch (ref.kind) {
    case 'table':
    case 'subquery':
      return (ref.alias?.columns ?? []).length === 0;
    case 'join':
      return !ref.natural && (ref.alias?.columns ?? []).length === 0 && !ref.using.some(isMeasure);
    case 'function':
      return true;
    case 'opaque-table':
      return false;
    default:
      return assertNever(ref, 'isPlainTable');
  }
}

function isScalarCall(call: Call): boolean {
  const { path, star, distinct, orderBy, filter, over } = call;
  if (star || distinct || orderBy.length > 0 || filter !== undefined || over !== undefined) return false;
  if (isCatalogFunction(call) || isSessionFunction(call)) return true;
  const routines = functionsByName.get(nameInCatalog(path) ?? '') ?? [];
  return routines.length > 0 && routines.every(({ kind, returnsSet }) => kind === 'function' && !returnsSet);
}

/** By the names by which a whole row can be called. */
function relationsOf(query: Query): ReadonlyMap<string, readonly TableRef[]> {
  const relations = new Map<string, TableRef[]>();
  const add = (name: string | undefined, ref: TableRef): void => {
    if (name !== undefined) relations.set(name, [...(relations.get(name) ?? []), ref]);
  };
  visitQuery(query, {
    table: (ref) => {
      switch (ref.kind) {
        case 'table':
          add(nameOf(ref), ref);
          break;
        case 'subquery':
          add(ref.alias?.name, ref);
          break;
        case 'join':
          add(ref.alias?.name, ref);
          add(ref.usingAlias, ref);
          break;
        case 'function':
        case 'opaque-table':
          break;
        default:
          assertNever(ref, 'relationsOf');
      }
      return true;
    },
  });
  return relations;
}

function hasColumn({ columns }: ExposedTable, name: string): boolean {
  return columns.some((column) => column.name.toLowerCase() === name.toLowerCase());
}

/** In whatever case: the planner matches names so where no other is meant. */
function measureNames(semantic: BothWorlds['semantic']): (name: string) => boolean {
  const names = new Set(
    [...semantic.values()].flatMap(({ columns }) =>
      columns.filter(({ kind }) => kind === 'measure').map(({ name }) => name.toLowerCase()),
    ),
  );
  return (name) => names.has(name.toLowerCase());
}

function nameOf({ path, alias }: TableName): string {
  return alias?.name ?? path.at(-1) ?? '';
}

// Groups

/**
 * False where a measure may stand without a dimension: over the data that is one group, which WHERE false leaves with
 * a row.
 */
function isGroupedByRows({ items, from }: Select, { semantic, catalog }: BothWorlds): boolean {
  const tables = tablesOf(from);
  const hasDimension = (table: TableName): boolean =>
    catalog.has(table) || (semantic.get(table)?.columns ?? []).some(({ kind }) => kind !== 'measure');
  const isMeasure = measureNames(semantic);
  let mayHoldMeasure = false;
  for (const item of items) {
    if (item.kind === 'star') {
      const named = item.path.length === 0 ? tables : tables.filter((table) => nameOf(table) === item.path.at(-1));
      if (named.some(hasDimension)) return true;
      mayHoldMeasure = true;
      continue;
    }
    for (const name of columnNames(item.expr)) {
      if (!isMeasure(name)) return true;
      mayHoldMeasure = true;
    }
  }
  return !mayHoldMeasure;
}

function columnNames(expr: Expr): readonly string[] {
  const names: string[] = [];
  visitExpr(expr, {
    expr: (part) => {
      if (part.kind === 'column') names.push(part.path.at(-1) ?? '');
      return true;
    },
    query: () => false,
  });
  return names;
}

function tablesOf(from: readonly TableRef[]): readonly TableName[] {
  return from.flatMap((ref) =>
    ref.kind === 'table' ? [ref] : ref.kind === 'join' ? tablesOf([ref.left, ref.right]) : [],
  );
}
