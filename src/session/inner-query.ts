/**
 * The query inside DECLARE, COPY and PREPARE, as a statement of its own: the engine takes a query's text as well as
 * its tree, and the two must say the same, so the text is cut out and read again.
 */
import { assertNever, SqlError, SqlState } from '../errors.ts';
import type { SourceStatement, Statement } from '../sql/ast.ts';
import { parse } from '../sql/parse.ts';
import { tokens } from '../sql/scan.ts';

type Wrapping = Extract<Statement, { kind: 'declare' | 'copy-out' | 'prepare' }>;

/**
 * @param source a statement of the kind of `wrapping`
 * @returns the statement inside; its positions count from the start of the whole message
 */
export function innerStatement(source: SourceStatement, wrapping: Wrapping): SourceStatement {
  const bounds = findInner(source.text, wrapping);
  // COPY of a table has no query in its text.
  if (bounds === undefined) return onlyStatement(copyText(wrapping));
  const { start, end } = bounds;
  return onlyStatement(' '.repeat(source.offset + start) + source.text.slice(start, end));
}

function onlyStatement(sql: string): SourceStatement {
  const [statement, ...others] = parse(sql);
  if (statement === undefined || others.length > 0) {
    throw new SqlError(SqlState.syntaxError, 'one statement is expected');
  }
  return statement;
}

function findInner(text: string, wrapping: Wrapping): { readonly start: number; readonly end: number } | undefined {
  switch (wrapping.kind) {
    case 'declare':
      return afterWord(text, 'for');
    case 'prepare':
      return afterWord(text, 'as');
    case 'copy-out':
      return isTableCopy(text) ? undefined : insideParentheses(text);
    default:
      return assertNever(wrapping, 'findInner');
  }
}

/** FOR and AS are reserved, so before the query no name can be one of them; the types of PREPARE stand in parentheses. */
function afterWord(text: string, word: string): { readonly start: number; readonly end: number } {
  let depth = 0;
  for (const token of tokens(text)) {
    if (token.text === '(') depth++;
    else if (token.text === ')') depth--;
    else if (depth === 0 && token.kind === 'word' && token.text.toLowerCase() === word) {
      return { start: token.end, end: text.length };
    }
  }
  throw new Error(`no ${word} in a statement that must have one`);
}

/** COPY ( … or COPY name … */
function isTableCopy(text: string): boolean {
  const [, second] = [...take(tokens(text), 2)];
  return second?.text !== '(';
}

function insideParentheses(text: string): { readonly start: number; readonly end: number } {
  let depth = 0;
  let start = 0;
  for (const token of tokens(text)) {
    if (token.text === '(' && depth++ === 0) start = token.end;
    else if (token.text === ')' && --depth === 0) return { start, end: token.start };
  }
  throw new Error('no parentheses in a COPY of a query');
}

function* take<T>(items: Iterable<T>, count: number): Generator<T> {
  let left = count;
  for (const item of items) {
    yield item;
    if (--left === 0) return;
  }
}

/** `SELECT "a", "b" FROM "t"`, of the tree that `COPY t (a, b)` was read into. */
function copyText(wrapping: Wrapping): string {
  const body = wrapping.kind === 'copy-out' ? wrapping.query.body : undefined;
  const table = body?.kind === 'select' ? body.from[0] : undefined;
  if (body?.kind !== 'select' || table?.kind !== 'table') throw new Error('a COPY of neither query nor table');
  const items = body.items.map((item) =>
    item.kind === 'expr' && item.expr.kind === 'column' ? quotePath(item.expr.path) : '*',
  );
  return `SELECT ${items.join(', ')} FROM ${quotePath(table.path)}`;
}

function quotePath(path: readonly string[]): string {
  return path.map((name) => `"${name.replaceAll('"', '""')}"`).join('.');
}
