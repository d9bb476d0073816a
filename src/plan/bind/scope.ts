/**
 * What a name means at a place in a statement: relations by alias, columns, common table expressions.
 * Lexical scope as PostgreSQL has it; a name that is not found is refused, never passed on.
 */
import { SqlError, SqlState } from '../../errors.ts';
import type { Cte } from '../../sql/ast.ts';
import type { Bound, BoundCte, BoundQuery } from '../bound/bound.ts';

export type Scope = {
  readonly parent: Scope | undefined;
  readonly namespace: Namespace;
  readonly ctes: ReadonlyMap<string, CteBinding>;
};

/** The names that FROM brings into view. */
export type Namespace = {
  /** By alias; a name used twice is an error when it is added (42712). */
  readonly tables: readonly TableBinding[];
  /** What an unqualified name and `*` see, in order; USING merges columns here. */
  readonly columns: readonly ColumnBinding[];
};

export type TableBinding = {
  readonly alias: string;
  /** The table may also be written public.alias. */
  readonly qualified: boolean;
  readonly columns: readonly ColumnBinding[];
  readonly virtual: VirtualColumns;
};

/** What a name means of a table besides its columns: neither in `*` nor in the catalog (contract, section 5, rule 11). */
export type VirtualColumns = (written: string, quoted: boolean) => readonly Bound[];

export const NO_VIRTUAL_COLUMNS: VirtualColumns = () => [];

export type ColumnBinding = { readonly name: string; readonly value: Bound };

/** A WITH item: read afresh at each transparent reference, shared otherwise. */
export type CteBinding = {
  readonly cte: Cte;
  /** Scope of its own text. */
  scope: Scope;
  /** Set while a recursive term is being bound, and once the query has been bound for sharing. */
  shared: BoundCte | undefined;
  /** Binds the query anew, as a FROM subquery would be. */
  readonly bindAnew: () => BoundQuery;
  /** Binds the query once, so that what is wrong with it is told even if nothing reads it. */
  readonly check: () => void;
  recursive: boolean;
};

export const EMPTY_NAMESPACE: Namespace = { tables: [], columns: [] };

export function joinNamespaces(left: Namespace, right: Namespace): Namespace {
  for (const table of right.tables) {
    if (left.tables.some((other) => other.alias === table.alias)) {
      throw new SqlError(SqlState.duplicateAlias, `table name "${table.alias}" specified more than once`);
    }
  }
  return { tables: [...left.tables, ...right.tables], columns: [...left.columns, ...right.columns] };
}

/** True when an unquoted spelling `written` (already folded to lower case) may mean `name`. */
function foldsTo(written: string, name: string): boolean {
  return written === asciiLower(written) && asciiLower(name) === written;
}

/** ASCII only: PostgreSQL and DuckDB fold no other letters (security case A26). */
function asciiLower(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/**
 * An exact match first, then one that differs in case alone if it is unique.
 * @param quoted the name was written in double quotes: exact only
 */
export function matchName<T extends { readonly name: string }>(
  candidates: readonly T[],
  written: string,
  quoted: boolean,
): readonly T[] {
  const exact = candidates.filter((candidate) => candidate.name === written);
  if (exact.length > 0 || quoted) return exact;
  return candidates.filter((candidate) => foldsTo(written, candidate.name));
}

export type ColumnLookup = { readonly value: Bound; readonly depth: number };

/**
 * @param path `[column]`, `[table, column]`, `[public, table, column]` or with the database before it
 * @param quoted which parts of it were written in double quotes; left out: none
 * @throws SqlError 42703, 42702, 42P01 in PostgreSQL's words
 */
export function lookupColumn(
  scope: Scope,
  path: readonly string[],
  quoted: readonly boolean[],
  position: number | undefined,
): ColumnLookup {
  const column = path.at(-1) ?? '';
  const exact = quoted.at(-1) ?? false;
  const exactTable = quoted.at(-2) ?? false;
  const qualifier = path.slice(0, -1);
  let depth = 0;
  for (let at: Scope | undefined = scope; at !== undefined; at = at.parent, depth += 1) {
    const found =
      qualifier.length === 0 ? at.namespace.columns : lookupTable(at.namespace, qualifier, exactTable)?.columns;
    if (found === undefined) continue;
    const matches = matchName(found, column, exact);
    const [match, second] = matches;
    if (match !== undefined && second !== undefined) {
      throw new SqlError(SqlState.ambiguousColumn, `column reference "${column}" is ambiguous`, { position });
    }
    if (match !== undefined) return { value: match.value, depth };
    const [virtual, other] = virtualColumns(at, qualifier, column, exact, exactTable);
    if (other !== undefined)
      throw new SqlError(SqlState.ambiguousColumn, `column reference "${column}" is ambiguous`, { position });
    if (virtual !== undefined) return { value: virtual, depth };
    if (qualifier.length > 0) {
      throw new SqlError(SqlState.undefinedColumn, `column ${qualifier.at(-1)}.${column} does not exist`, { position });
    }
  }
  if (qualifier.length > 0) throw missingFrom(qualifier.at(-1) ?? '', position);
  throw new SqlError(SqlState.undefinedColumn, `column "${column}" does not exist`, { position });
}

function virtualColumns(
  { namespace }: Scope,
  qualifier: readonly string[],
  written: string,
  exact: boolean,
  exactTable: boolean,
): readonly Bound[] {
  if (qualifier.length === 0) return namespace.tables.flatMap(({ virtual }) => virtual(written, exact));
  return lookupTable(namespace, qualifier, exactTable)?.virtual(written, exact) ?? [];
}

/** The FROM item that `t.*` or `t.column` names, in this query level alone. */
export function lookupTable(
  namespace: Namespace,
  qualifier: readonly string[],
  quoted: boolean,
): TableBinding | undefined {
  const name = qualifier.at(-1) ?? '';
  if (qualifier.length > 3) return undefined;
  const schema = qualifier.length >= 2 ? qualifier.at(-2) : undefined;
  const candidates = namespace.tables.filter(
    (table) => schema === undefined || (schema === 'public' && table.qualified),
  );
  return matchName(
    candidates.map((table) => ({ name: table.alias, table })),
    name,
    quoted,
  )[0]?.table;
}

export function missingFrom(name: string, position: number | undefined): SqlError {
  return new SqlError(SqlState.undefinedTable, `missing FROM-clause entry for table "${name}"`, { position });
}

export function lookupCte(scope: Scope, name: string): CteBinding | undefined {
  for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) {
    const found = at.ctes.get(name);
    if (found !== undefined) return found;
  }
  return undefined;
}
