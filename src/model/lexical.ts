/**
 * The author's SQL, lexically: enough of PostgreSQL's (and DuckDB's) rules for strings, quoted identifiers, comments and
 * parentheses to find the references in braces, and to know that a fragment put in parentheses stays inside them.
 * (https://www.postgresql.org/docs/current/sql-syntax-lexical.html)
 */

export type Lexeme = {
  readonly kind: 'word' | 'space' | 'comment' | 'string' | 'quoted' | 'reference' | 'claim-test' | 'symbol';
  /** As it goes to the warehouse: `\{` and `\}`, Cube's escapes, are plain braces here. Of a claim test the column. */
  readonly text: string;
  /** In the authored text. */
  readonly offset: number;
  /** The names of a reference, or of a claim. */
  readonly path: readonly string[];
};
export type SqlFault = { readonly offset: number; readonly message: string };

const SPACE = /[\s]+/y;
/** A number ends before a `$`, a name does not. */
const WORD = /[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*|[0-9][A-Za-z0-9_]*/y;
/** `${…}`, as JavaScript models write it, is taken too: Cube's users carry it over to YAML. */
const REFERENCE = /\$?\{\s*([A-Za-z_]\w*(?:\s*\.\s*[A-Za-z_]\w*)*)\s*\}/y;
/** What begins like a reference and is none: a call, an operator, a missing brace. `{name:` is a DuckDB struct. */
const BROKEN_REFERENCE = /\$?\{\s*[A-Za-z_][\w.\s]*(?![\w.\s:]|'\s*:)/y;
/** `{SECURITY_CONTEXT.x.filter('column')}`; requiredFilter says the same here, where a claim is never left out. */
const CLAIM_TEST =
  /\$?\{\s*SECURITY_CONTEXT((?:\s*\.\s*[A-Za-z_]\w*)+?)\s*\.\s*(?:filter|requiredFilter)\s*\(\s*(?:'([^'\\]*)'|"([^"\\]*)"|`([^`\\$]*)`)\s*\)\s*\}/y;
/** `FILTER_PARAMS.cube.member.filter('column')`, and a group of them. */
const FILTER_PARAM =
  /FILTER_PARAMS(?:\s*\.\s*[A-Za-z_]\w*){2}\s*\.\s*filter\s*\(\s*(?:'[^'\\]*'|"[^"\\]*"|`[^`\\$]*`)\s*\)/.source;
const FILTER_PARAMS = new RegExp(
  `\\$?\\{\\s*(?:${FILTER_PARAM}|FILTER_GROUP\\s*\\(\\s*${FILTER_PARAM}(?:\\s*,\\s*${FILTER_PARAM})*\\s*\\))\\s*\\}`,
  'y',
);
const DOLLAR_QUOTE = /\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/y;
const CONTINUATION = /^(?:[^\S\n\r]|--[^\n\r]*)*[\n\r](?:\s|--[^\n\r]*)*'/;
const LINE_COMMENT = /--[^\n\r]*/y;
const PARAMETER = /\$\d+/y;
const CLOSING: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };
const CONTEXT_VARIABLES =
  /^\$?\{\s*(COMPILE_CONTEXT|SECURITY_CONTEXT|securityContext|security_context|FILTER_PARAMS|FILTER_GROUP|SQL_UTILS|USER_CONTEXT)\b/;

/** @returns what the text is made of, and the first thing that would let it reach beyond its own parentheses */
export function readSql(sql: string): { readonly lexemes: readonly Lexeme[]; readonly fault: SqlFault | undefined } {
  const lexemes: Lexeme[] = [];
  const open: { readonly closing: string; readonly offset: number }[] = [];
  let i = 0;

  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = i;
    return pattern.exec(sql);
  };
  const push = (kind: Lexeme['kind'], end: number, path: readonly string[] = []) => {
    const raw = sql.slice(i, end);
    lexemes.push({ kind, text: kind === 'reference' ? raw : unescapeBraces(raw), offset: i, path });
    i = end;
  };
  const failed = (message: string, offset = i) => ({ lexemes, fault: { offset, message } });

  while (i < sql.length) {
    const char = sql[i] ?? '';
    const next = sql[i + 1] ?? '';
    const space = take(SPACE);
    const word = take(WORD);
    const dollar = take(DOLLAR_QUOTE);
    if (char === '\0') return failed('a NUL character in SQL');
    if (space !== null) {
      push('space', i + space[0].length);
    } else if (char === '-' && next === '-') {
      push('comment', i + (take(LINE_COMMENT)?.[0].length ?? 2));
    } else if (char === '/' && next === '*') {
      const end = sql.indexOf('*/', i + 2);
      if (end === -1) return failed('unterminated /* comment');
      // PostgreSQL nests comments and others do not: what is code to one would be a comment to the other.
      if (sql.slice(i + 2, end).includes('/*')) return failed('a /* comment inside a /* comment');
      push('comment', end + 2);
    } else if (char === "'" || ((char === 'e' || char === 'E') && next === "'" && word?.[0].length === 1)) {
      const end = char === "'" ? closingQuote(sql, i, "'") : closingEscapeQuote(sql, i + 1);
      if (end === undefined) return failed('unterminated quoted string');
      // PostgreSQL joins it with a string on a later line and goes on reading escapes there.
      if (char !== "'" && CONTINUATION.test(sql.slice(end))) return failed("an E'…' string continued on another line");
      push('string', end);
    } else if (char === '"') {
      const end = closingQuote(sql, i, '"');
      if (end === undefined) return failed('unterminated quoted identifier');
      push('quoted', end);
    } else if (dollar !== null) {
      const end = sql.indexOf(dollar[0], i + dollar[0].length);
      if (end === -1) return failed('unterminated dollar-quoted string');
      push('string', end + dollar[0].length);
    } else if (take(PARAMETER) !== null) {
      return failed('a parameter ($1) cannot stand in model SQL');
    } else if (word !== null) {
      push('word', i + word[0].length);
    } else if (char === ';') {
      return failed('a semicolon cannot stand in model SQL');
    } else if (char === '\\' && (next === '{' || next === '}')) {
      push('symbol', i + 2);
    } else if (char === '{' || (char === '$' && next === '{')) {
      const reference = take(REFERENCE);
      if (reference?.[1] !== undefined) {
        push(
          'reference',
          i + reference[0].length,
          reference[1].split('.').map((part) => part.trim()),
        );
        continue;
      }
      const test = take(CLAIM_TEST);
      if (test !== null) {
        const [whole, names = '', ...columns] = test;
        const column = columns.find((text) => text !== undefined) ?? '';
        const path = names.split('.').map((name) => name.trim());
        lexemes.push({ kind: 'claim-test', text: column, offset: i, path: path.slice(1) });
        i += whole.length;
        continue;
      }
      // A client's filter is not put into the cube's SQL: as in Cube where the query has none, it says that it holds.
      const param = take(FILTER_PARAMS);
      if (param !== null) {
        lexemes.push({ kind: 'symbol', text: '(1 = 1)', offset: i, path: [] });
        i += param[0].length;
        continue;
      }
      const context = contextFault(sql, i, i + 60);
      if (context !== undefined) return { lexemes, fault: context };
      if (take(BROKEN_REFERENCE) !== null) {
        return failed('not a reference: braces hold {CUBE}, {member} or {cube.member}; write \\{ for a brace');
      }
      if (char === '{') open.push({ closing: '}', offset: i });
      push('symbol', i + 1);
    } else {
      if (CLOSING[char] !== undefined) open.push({ closing: CLOSING[char], offset: i });
      else if (char === ')' || char === ']' || char === '}') {
        if (open.pop()?.closing !== char) return failed(`unbalanced "${char}"`);
      }
      push('symbol', i + 1);
    }
  }
  const unclosed = open.at(-1);
  if (unclosed !== undefined) {
    return failed(`"${sql[unclosed.offset]}" is never closed`, unclosed.offset);
  }
  if (lexemes.every((lexeme) => lexeme.kind === 'space' || lexeme.kind === 'comment')) return failed('empty SQL', 0);
  return { lexemes, fault: referenceInside(sql, lexemes) };
}

function unescapeBraces(text: string): string {
  return text.replace(/\\([{}])/g, '$1');
}

/** End of a string or identifier whose quote is doubled to stand for itself. */
function closingQuote(sql: string, start: number, quote: string): number | undefined {
  for (let i = start + 1; i < sql.length; i++) {
    if (sql[i] !== quote) continue;
    if (sql[i + 1] === quote) i += 1;
    else return i + 1;
  }
  return undefined;
}

/** End of an E'…' string, in which a backslash escapes the quote; the quote is at `start`. */
function closingEscapeQuote(sql: string, start: number): number | undefined {
  for (let i = start + 1; i < sql.length; i++) {
    // \{ is the model's own escape and leaves no backslash behind.
    if (sql[i] === '\\') i += 1;
    else if (sql[i] === "'") {
      if (sql[i + 1] === "'") i += 1;
      else return i + 1;
    }
  }
  return undefined;
}

/**
 * A reference inside quotes would put one member's SQL into another's string; a comment is dropped by the warehouse,
 * so there braces are only text.
 */
function referenceInside(sql: string, lexemes: readonly Lexeme[]): SqlFault | undefined {
  for (const lexeme of lexemes) {
    if (lexeme.kind !== 'string' && lexeme.kind !== 'quoted') continue;
    const end = lexemes[lexemes.indexOf(lexeme) + 1]?.offset ?? sql.length;
    for (let i = lexeme.offset; i < end; i++) {
      if (sql[i] !== '{' || sql[i - 1] === '\\') continue;
      const context = contextFault(sql, i, end);
      if (context !== undefined) return context;
      REFERENCE.lastIndex = i;
      const reference = REFERENCE.exec(sql)?.[0];
      if (reference !== undefined) {
        const where = lexeme.kind === 'string' ? 'a string' : 'a quoted identifier';
        return {
          offset: i,
          message: `reference ${reference} inside ${where}; write \\${reference.slice(0, -1)}\\} for plain braces`,
        };
      }
    }
  }
  return undefined;
}

const FORMS: Readonly<Record<string, string>> = {
  SECURITY_CONTEXT: "{SECURITY_CONTEXT.claim.filter('column')}",
  FILTER_PARAMS: "{FILTER_PARAMS.cube.member.filter('column')}",
  FILTER_GROUP: "{FILTER_GROUP(FILTER_PARAMS.cube.member.filter('column'), …)}",
};

function contextFault(sql: string, start: number, end: number): SqlFault | undefined {
  const variable = CONTEXT_VARIABLES.exec(sql.slice(start, Math.max(end, start + 40)));
  if (variable?.index !== 0) return undefined;
  const [, name = ''] = variable;
  const form = FORMS[name];
  const message =
    form === undefined ? `${name} in SQL is not supported yet` : `${name} stands outside of quotes as ${form}`;
  return { offset: start, message };
}

const NAME = /^(?:[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)$/;

/** Whether the text is a table's name (`schema."Table"`), a table function's call, or a quoted file name (DuckDB). */
export function isTableName(lexemes: readonly Lexeme[]): boolean {
  const parts = lexemes.filter((lexeme) => lexeme.kind !== 'space' && lexeme.kind !== 'comment');
  if (parts.length === 1 && parts[0]?.kind === 'string') return true;
  let i = 0;
  for (let wantsName = true; i < parts.length; i++, wantsName = !wantsName) {
    const part = parts[i];
    const isName = part?.kind === 'quoted' || (part?.kind === 'word' && NAME.test(part.text));
    if (wantsName !== isName) break;
    if (!wantsName && part?.text !== '.') break;
    if (i === parts.length - 1) return wantsName;
  }
  if (i === 0 || parts[i]?.text !== '(' || parts.at(-1)?.text !== ')') return false;
  let depth = 0;
  for (; i < parts.length; i++) {
    if (parts[i]?.kind !== 'symbol') continue;
    if (parts[i]?.text === '(') depth += 1;
    if (parts[i]?.text === ')') depth -= 1;
    if (depth === 0) return i === parts.length - 1;
  }
  return false;
}
