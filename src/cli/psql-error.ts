/** An error as psql shows it: message, the line with a caret, DETAIL and HINT; the SQLSTATE comes last. */
import { columnsOf } from './display-width.ts';

export type ShownError = {
  readonly severity: string;
  readonly code: string;
  readonly message: string;
  readonly detail?: string | undefined;
  readonly hint?: string | undefined;
  /** 1-based, in characters (code points) of the statement. */
  readonly position?: number | undefined;
};

/** Columns of a long line that are shown, and how many stay right of the caret (libpq, reportErrorPosition). */
const SHOWN_COLUMNS = 60;
const RIGHT_OF_CARET = 10;

export function errorText(error: ShownError, sql: string): string {
  const lines = [`${error.severity}:  ${error.message}`];
  if (error.position !== undefined) lines.push(...caretLines(sql, error.position));
  if (error.detail !== undefined) lines.push(`DETAIL:  ${error.detail}`);
  if (error.hint !== undefined) lines.push(`HINT:  ${error.hint}`);
  return [...lines, `SQLSTATE:  ${error.code}`].join('\n');
}

function caretLines(sql: string, position: number): readonly string[] {
  const before = Array.from(sql)
    .slice(0, position - 1)
    .join('');
  const number = before.split('\n').length;
  const line = Array.from((sql.split('\n')[number - 1] ?? '').replace(/\s/g, ' '));
  const at = Array.from(before.slice(before.lastIndexOf('\n') + 1)).length;
  const { start, end } = shownPart(line, at);
  const part = (from: number, to: number): string => line.slice(from, to).join('');
  const head = `LINE ${number}: ${start > 0 ? '...' : ''}`;
  const tail = end < line.length ? '...' : '';
  return [head + part(start, end) + tail, `${' '.repeat(columnsOf(head + part(start, at)))}^`];
}

function shownPart(line: readonly string[], at: number): { readonly start: number; readonly end: number } {
  const columns = (from: number, to: number): number => columnsOf(line.slice(from, to).join(''));
  let start = 0;
  let end = line.length;
  if (columns(start, end) <= SHOWN_COLUMNS) return { start, end };
  const near = columns(start, at) + RIGHT_OF_CARET <= SHOWN_COLUMNS;
  while (end > at && columns(at, end) > RIGHT_OF_CARET && (!near || columns(start, end) > SHOWN_COLUMNS)) end -= 1;
  while (start < at && columns(start, end) > SHOWN_COLUMNS) start += 1;
  return { start, end };
}
