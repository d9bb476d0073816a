/**
 * Catalog columns that clients of PostgreSQL 15 and 16 still name (psql's \l and \dO, pgAdmin's templates) and that
 * PostgreSQL 17 renamed.
 */
const RENAMED: readonly (readonly [was: string, is: string])[] = [
  ['daticulocale', 'datlocale'],
  ['colliculocale', 'colllocale'],
];

/**
 * The statement with the renamed column that a 42703 complained about; undefined when it complained about another.
 * The new name is filled up with spaces, so positions in errors stay right.
 */
export function withRenamedColumn(sql: string, complaint: string): string | undefined {
  for (const [was, is] of RENAMED) {
    if (!new RegExp(`\\b${was}\\b`).test(complaint)) continue;
    const rewritten = sql.replace(new RegExp(`(?<![\\w$"'])${was}(?![\\w$"'])`, 'gi'), is.padEnd(was.length));
    if (rewritten !== sql) return rewritten;
  }
  return undefined;
}
