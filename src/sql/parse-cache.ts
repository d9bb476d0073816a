/** Trees of texts that were parsed before: BI tools send the same statement again and again, and trees never change. */
import type { SourceStatement } from './ast.ts';
import { parse } from './parse.ts';

const MOST = 500;
/** Longer texts are rarely sent twice, and their trees are large. */
const LONGEST = 4096;

const trees = new Map<string, readonly SourceStatement[]>();

/** As `parse`; the same text gives the same tree. @throws SqlError as `parse` */
export function parseCached(sql: string): readonly SourceStatement[] {
  const known = trees.get(sql);
  if (known !== undefined) {
    trees.delete(sql);
    trees.set(sql, known);
    return known;
  }
  const parsed = parse(sql);
  if (sql.length > LONGEST) return parsed;
  trees.set(sql, parsed);
  if (trees.size > MOST) {
    const [oldest] = trees.keys();
    if (oldest !== undefined) trees.delete(oldest);
  }
  return parsed;
}
