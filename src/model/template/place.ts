/**
 * Claims put into the author's SQL by their lexical place (contract 7, point 5): inside quotes escaped text, as a name
 * a quoted identifier, elsewhere a literal of its own type. The SQL is read with tokens in it, so what a claim holds is
 * never read as SQL, reference or template again.
 */
import type { SqlError } from '../../errors.ts';
import type { Lexeme, SqlFault } from '../lexical.ts';
import { asIdentifier, asLiteral, insideString, type Placed } from './claim-text.ts';
import { namePositions } from './name-position.ts';
import { type ClaimTokens, hasMarker, TokenFault, type TokenPiece, type TokenValue } from './tokens.ts';

export type PlacedSql = {
  readonly lexemes: readonly Lexeme[];
  /** The author has put a claim where none can stand. */
  readonly faults: readonly SqlFault[];
  /** The first value of this context's that does not fit its place. */
  readonly denied: SqlError | undefined;
};

/** @param whole what the SQL is: a `table` is a name alone, with arguments of a table function at most */
export function placeClaims(lexemes: readonly Lexeme[], tokens: ClaimTokens, whole: 'query' | 'table'): PlacedSql {
  if (!lexemes.some(({ text }) => hasMarker(text))) return { lexemes, faults: [], denied: undefined };
  const faults: SqlFault[] = [];
  let denied: SqlError | undefined;
  const names = namePositions(lexemes, whole);
  const placed: Lexeme[] = [];
  for (const [i, lexeme] of lexemes.entries()) {
    const result = hasMarker(lexeme.text) ? place(lexemes, i, tokens, names, whole) : lexeme;
    if (typeof result !== 'string' && !('parts' in result)) {
      placed.push(result);
      continue;
    }
    if (typeof result === 'string') faults.push({ offset: lexeme.offset, message: result });
    const read = typeof result === 'string' ? undefined : joined(result.parts);
    if (read !== undefined && typeof read !== 'string') denied ??= read;
    // What is refused or denied is never run; it only has to be read on.
    const fallback = typeof result !== 'string' && result.kind === 'quoted' ? '"denied"' : 'NULL';
    const kind = typeof result === 'string' ? 'symbol' : result.kind;
    placed.push({ ...lexeme, kind, text: typeof read === 'string' ? read : fallback });
  }
  return { lexemes: placed, faults, denied };
}

type Placing = { readonly kind: Lexeme['kind']; readonly parts: readonly (string | Placed)[] };

/** @returns what the lexeme becomes, or why no claim can stand in it */
function place(
  lexemes: readonly Lexeme[],
  i: number,
  tokens: ClaimTokens,
  names: ReadonlySet<number>,
  whole: 'query' | 'table',
): Placing | string {
  const { kind, text } = lexemes[i] as Lexeme;
  const pieces = piecesOf(text, tokens);
  if (pieces === undefined) return new TokenFault().message;
  const parts = pieces.map((piece) => (piece.kind === 'text' ? piece.text : piece.value));
  switch (kind) {
    case 'comment':
      return 'a claim cannot stand in a comment';
    case 'string':
      if (!text.startsWith("'") || hasPrefix(lexemes, i)) {
        return "a claim cannot stand in an E'…', U&'…' or $$…$$ string; use '…'";
      }
      // A table's string is a file: the narrow rule of names keeps its path the author's.
      return { kind, parts: parts.map((part) => (typeof part === 'string' ? part : stringPart(part, whole))) };
    case 'quoted':
      if (hasPrefix(lexemes, i)) return 'a claim cannot stand in a U&"…" identifier';
      return { kind, parts: [asIdentifier(unquoted(parts))] };
    case 'word':
      if (isWordlike(lexemes[i - 1]) || isWordlike(lexemes[i + 1])) {
        return 'a claim cannot be glued to what stands beside it';
      }
      if (next(lexemes, i, 1)?.text === '(') return 'a claim cannot name a function';
      return names.has(i) ? placedName(parts) : placedLiteral(parts, lexemes, i);
    case 'space':
    case 'reference':
    case 'claim-test':
    case 'symbol':
      return 'a claim cannot stand here';
  }
}

function stringPart(value: TokenValue, whole: 'query' | 'table'): Placed {
  const name = whole === 'table' ? asIdentifier(['_', value]) : undefined;
  return name?.kind === 'denied' ? name : insideString(value);
}

function placedName(parts: readonly (string | TokenValue)[]): Placing | string {
  if (parts.some((part) => typeof part === 'string' && !/^\w+$/.test(part))) {
    return 'a claim can be glued to letters, digits and underscores only';
  }
  return { kind: 'quoted', parts: [asIdentifier(parts)] };
}

function placedLiteral(
  parts: readonly (string | TokenValue)[],
  lexemes: readonly Lexeme[],
  i: number,
): Placing | string {
  const [only, another] = parts;
  if (only === undefined || typeof only === 'string' || another !== undefined) {
    return 'a claim cannot be glued to a word here';
  }
  // Two strings in a row are one string to SQL, read by the rules of the first.
  if (next(lexemes, i, -1)?.kind === 'string' || next(lexemes, i, 1)?.kind === 'string') {
    return 'a claim cannot stand beside a string';
  }
  return { kind: 'symbol', parts: [' ', asLiteral(only), ' '] };
}

/** The text, or what the context has no fitting value for. */
function joined(parts: readonly (string | Placed)[]): string | SqlError {
  let text = '';
  for (const part of parts) {
    if (typeof part !== 'string' && part.kind === 'denied') return part.error;
    text += typeof part === 'string' ? part : part.text;
  }
  return text;
}

function piecesOf(text: string, tokens: ClaimTokens): readonly TokenPiece[] | undefined {
  try {
    return tokens.split(text);
  } catch (error) {
    if (error instanceof TokenFault) return undefined;
    throw error;
  }
}

/** The characters of `"a""b{claim}"`. */
function unquoted(parts: readonly (string | TokenValue)[]): readonly (string | TokenValue)[] {
  return parts
    .map((part, i) => {
      if (typeof part !== 'string') return part;
      const start = i === 0 ? 1 : 0;
      return part.slice(start, i === parts.length - 1 ? -1 : undefined).replaceAll('""', '"');
    })
    .filter((part) => part !== '');
}

/** The nearest lexeme in a direction that is neither space nor comment. */
function next(lexemes: readonly Lexeme[], from: number, step: 1 | -1): Lexeme | undefined {
  for (let i = from + step; i >= 0 && i < lexemes.length; i += step) {
    const lexeme = lexemes[i];
    if (lexeme !== undefined && lexeme.kind !== 'space' && lexeme.kind !== 'comment') return lexeme;
  }
  return undefined;
}

function isWordlike(lexeme: Lexeme | undefined): boolean {
  const kind = lexeme?.kind;
  return kind === 'word' || kind === 'string' || kind === 'quoted' || kind === 'reference';
}

/** `N'…'`, `x'…'`, `U&'…'`: other rules hold inside. */
function hasPrefix(lexemes: readonly Lexeme[], i: number): boolean {
  const before = lexemes[i - 1];
  if (before?.kind === 'word') return true;
  return before?.text === '&' && lexemes[i - 2]?.kind === 'word' && /^u$/i.test(lexemes[i - 2]?.text ?? '');
}
