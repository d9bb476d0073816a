/**
 * What a statement's text must be before the parser sees it: the parser is C on a small stack, and nothing may overflow it.
 */
import { SqlError, SqlState } from '../errors.ts';

/** Bytes of UTF-8; a list of 100,000 numbers still fits. */
export const MAX_STATEMENT_BYTES = 1 << 20;
/** Comments in comments cost the scanner quadratic time (5 s at 20,000). */
export const MAX_COMMENT_NESTING = 100;
/** Levels of brackets in the text, and of nodes in the tree: every pass over the tree recurses this deep at most. */
export const MAX_DEPTH = 500;

/** Shorter text cannot break a limit, so it is not scanned. */
const HARMLESS_LENGTH = 2 * MAX_COMMENT_NESTING;

/**
 * @throws SqlError 22021 for NUL (it would end the text for a parser in C, security case A105) and for lone surrogates,
 * 54000 for length, 54001 for nesting (case A109)
 */
export function checkLimits(sql: string): void {
  if (sql.includes('\0')) {
    throw new SqlError(SqlState.characterNotInRepertoire, 'invalid byte sequence for encoding "UTF8": 0x00', {
      position: sql.indexOf('\0'),
    });
  }
  if (!sql.isWellFormed()) {
    throw new SqlError(SqlState.characterNotInRepertoire, 'invalid byte sequence for encoding "UTF8"');
  }
  if (sql.length <= HARMLESS_LENGTH) return;
  if (sql.length > MAX_STATEMENT_BYTES || Buffer.byteLength(sql) > MAX_STATEMENT_BYTES) {
    throw new SqlError(SqlState.programLimitExceeded, `statement is longer than ${MAX_STATEMENT_BYTES} bytes`);
  }
  checkNesting(sql);
}

/** PostgreSQL's own words for a statement that needs more stack than there is. */
export function tooComplex(position?: number): SqlError {
  return new SqlError(SqlState.statementTooComplex, 'stack depth limit exceeded', {
    position,
    hint: `A statement may nest ${MAX_DEPTH} levels deep.`,
  });
}

/**
 * Reads tokens as PostgreSQL's scan.l does, as far as it takes to tell brackets and comments from text. It must not be
 * fooled: a comment that it takes for text is not counted.
 */
function checkNesting(sql: string): void {
  let depth = 0;
  let at = 0;
  while (at < sql.length) {
    switch (sql[at]) {
      case '(':
      case '[':
        depth += 1;
        if (depth > MAX_DEPTH) throw tooComplex(at);
        at += 1;
        break;
      case ')':
      case ']':
        depth -= 1;
        at += 1;
        break;
      case "'":
        at = endOfString(sql, at + 1);
        break;
      case '"':
        at = endOfQuoted(sql, at + 1);
        break;
      case '$':
        at = endOfDollar(sql, at);
        break;
      case '-':
        at = sql[at + 1] === '-' ? endOfLine(sql, at) : at + 1;
        break;
      case '/':
        at = sql[at + 1] === '*' ? endOfComment(sql, at) : at + 1;
        break;
      default:
        at = endOfWord(sql, at);
    }
  }
}

const IDENTIFIER = /[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*/y;
const NUMBER = /[0-9][A-Za-z0-9_.]*/y;
const DOLLAR_TAG = /\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/y;
const ESCAPE_STRING_REST = /(?:[^'\\]|\\[\s\S]|'')*'?/y;
/** A literal goes on in the next one if a line ends between them; it keeps its kind. */
const CONTINUATION = /(?:[ \t\f\v]|--[^\n\r]*)*[\n\r](?:[ \t\n\r\f\v]|--[^\n\r]*[\n\r])*'/y;

function endOfMatch(pattern: RegExp, sql: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(sql) ? pattern.lastIndex : undefined;
}

function endOfWord(sql: string, start: number): number {
  const end = endOfMatch(IDENTIFIER, sql, start);
  if (end === undefined) return endOfMatch(NUMBER, sql, start) ?? start + 1;
  const isEscapeString = end === start + 1 && (sql[start] === 'e' || sql[start] === 'E') && sql[end] === "'";
  return isEscapeString ? endOfEscapeString(sql, end + 1) : end;
}

/** A doubled quote ends one text and starts the next, which comes to the same. */
function endOfString(sql: string, start: number): number {
  const end = sql.indexOf("'", start);
  return end < 0 ? sql.length : end + 1;
}

function endOfQuoted(sql: string, start: number): number {
  const end = sql.indexOf('"', start);
  return end < 0 ? sql.length : end + 1;
}

function endOfEscapeString(sql: string, start: number): number {
  let end: number | undefined = start;
  let at = start;
  while (end !== undefined) {
    at = endOfMatch(ESCAPE_STRING_REST, sql, end) ?? sql.length;
    end = endOfMatch(CONTINUATION, sql, at);
  }
  return at;
}

function endOfDollar(sql: string, start: number): number {
  const open = endOfMatch(DOLLAR_TAG, sql, start);
  if (open === undefined) return start + 1;
  const tag = sql.slice(start, open);
  const end = sql.indexOf(tag, open);
  return end < 0 ? sql.length : end + tag.length;
}

function endOfLine(sql: string, start: number): number {
  let at = start;
  while (at < sql.length && sql[at] !== '\n' && sql[at] !== '\r') at += 1;
  return at;
}

function endOfComment(sql: string, start: number): number {
  let depth = 0;
  let at = start;
  while (at < sql.length) {
    if (sql[at] === '/' && sql[at + 1] === '*') {
      depth += 1;
      if (depth > MAX_COMMENT_NESTING) throw tooComplex(at);
      at += 2;
    } else if (sql[at] === '*' && sql[at + 1] === '/') {
      depth -= 1;
      at += 2;
      if (depth === 0) return at;
    } else {
      at += 1;
    }
  }
  return at;
}
