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

/** Columns of a long line that are shown, and of them those right of the caret (libpq, reportErrorPosition). */
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
  const line = before.split('\n').length;
  const text = Array.from((sql.split('\n')[line - 1] ?? '').replace(/\s/g, ' '));
  const at = Array.from(before.slice(before.lastIndexOf('\n') + 1)).length;
  const start =
    text.length <= SHOWN_COLUMNS ? 0 : Math.max(0, Math.min(at + RIGHT_OF_CARET, text.length) - SHOWN_COLUMNS);
  const end = Math.min(text.length, start + SHOWN_COLUMNS);
  const head = `LINE ${line}: ${start > 0 ? '...' : ''}`;
  const left = columnsOf(head + text.slice(start, at).join(''));
  return [head + text.slice(start, end).join('') + (end < text.length ? '...' : ''), `${' '.repeat(left)}^`];
}
