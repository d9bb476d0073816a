/**
 * Where in SQL a word is the name of a schema, a table or a column: next to a dot, and where FROM and JOIN want a
 * table. A value there would be another thing to the warehouse (DuckDB reads the file `FROM 'x'`), and a name where a
 * value stands would let a claim choose a column, so the two `FROM`s that are followed by a value are told apart.
 */
import type { Lexeme } from '../lexical.ts';

/** Inside their parentheses FROM is followed by a value. */
const VALUE_FROM = new Set(['extract', 'substring', 'trim', 'overlay', 'position']);
const ENDS_FROM = new Set([
  'where',
  'group',
  'having',
  'window',
  'order',
  'limit',
  'offset',
  'fetch',
  'union',
  'intersect',
  'except',
  'select',
  'qualify',
  'values',
  'returning',
]);

type Level = { inFrom: boolean; hasSelect: boolean; readonly takesValue: boolean; readonly opensTable: boolean };

/** Indexes of the lexemes that are names by their place. @param whole `table`: the text is the name of a table */
export function namePositions(lexemes: readonly Lexeme[], whole: 'query' | 'table'): ReadonlySet<number> {
  const names = new Set<number>();
  const levels: Level[] = [{ inFrom: false, hasSelect: false, takesValue: false, opensTable: false }];
  /** Of what has been read: the last two that are neither space nor comment. */
  let last: Lexeme | undefined;
  let beforeLast: Lexeme | undefined;
  for (const [i, lexeme] of lexemes.entries()) {
    if (lexeme.kind === 'space' || lexeme.kind === 'comment') continue;
    const level = levels.at(-1) as Level;
    const wantsTable = tableIsWanted(last, beforeLast, level);
    const isWholeName = whole === 'table' && levels.length === 1;
    if (isWholeName || wantsTable || isDot(last) || isDot(following(lexemes, i))) names.add(i);
    const word = lexeme.kind === 'word' ? lexeme.text.toLowerCase() : '';
    if (word === 'from') level.inFrom = !isValueFrom(level, last);
    if (ENDS_FROM.has(word)) level.inFrom = false;
    if (word === 'select') level.hasSelect = true;
    if (lexeme.kind === 'symbol' && lexeme.text === '(') {
      const takesValue = last?.kind === 'word' && VALUE_FROM.has(last.text.toLowerCase());
      levels.push({ inFrom: wantsTable, hasSelect: false, takesValue, opensTable: wantsTable });
    } else if (lexeme.kind === 'symbol' && lexeme.text === ')' && levels.length > 1) {
      levels.pop();
    }
    beforeLast = last;
    last = lexeme;
  }
  return names;
}

function tableIsWanted(last: Lexeme | undefined, beforeLast: Lexeme | undefined, level: Level): boolean {
  if (last?.kind === 'word') {
    const word = last.text.toLowerCase();
    if (word === 'join') return true;
    if (word === 'from') return !isValueFrom(level, beforeLast);
    return (word === 'lateral' || word === 'only') && level.inFrom;
  }
  if (last?.kind !== 'symbol') return false;
  return (last.text === ',' && level.inFrom) || (last.text === '(' && level.opensTable);
}

/** `IS DISTINCT FROM x`, `EXTRACT(year FROM x)`. @param before what stands before FROM */
function isValueFrom(level: Level, before: Lexeme | undefined): boolean {
  if (before?.kind === 'word' && before.text.toLowerCase() === 'distinct') return true;
  return level.takesValue && !level.hasSelect;
}

function isDot(lexeme: Lexeme | undefined): boolean {
  return lexeme?.kind === 'symbol' && lexeme.text === '.';
}

function following(lexemes: readonly Lexeme[], i: number): Lexeme | undefined {
  return lexemes.slice(i + 1).find(({ kind }) => kind !== 'space' && kind !== 'comment');
}
