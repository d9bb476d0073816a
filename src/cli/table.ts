/** Rows as psql's aligned format shows them. */
import { columnsOf, printable } from './display-width.ts';

export type TableColumn = {
  readonly name: string;
  /** Numbers stand at the right. */
  readonly alignment: 'left' | 'right';
};

/** Header, rule, rows and `(N rows)`, one line each; a line feed in a value goes on in the next line, marked by `+`. */
export function tableLines(columns: readonly TableColumn[], rows: readonly (readonly (string | null)[])[]): string[] {
  const count = `(${rows.length} ${rows.length === 1 ? 'row' : 'rows'})`;
  if (columns.length === 0) return ['--', count];
  const cells = rows.map((row) => columns.map((_, i) => printable(row[i] ?? '').split('\n')));
  const widths = columns.map(({ name }, i) =>
    Math.max(columnsOf(printable(name)), ...cells.flatMap((row) => (row[i] ?? []).map(columnsOf))),
  );
  const header = columns.map(({ name }, i) => centred(printable(name), widths[i] ?? 0)).join('|');
  const rule = widths.map((width) => '-'.repeat(width + 2)).join('+');
  return [header, rule, ...cells.flatMap((row) => rowLines(row, columns, widths)), count];
}

function centred(text: string, width: number): string {
  const room = width - columnsOf(text);
  const left = Math.floor(room / 2);
  return ` ${' '.repeat(left)}${text}${' '.repeat(room - left)} `;
}

function rowLines(
  row: readonly (readonly string[])[],
  columns: readonly TableColumn[],
  widths: readonly number[],
): string[] {
  const height = Math.max(...row.map((lines) => lines.length));
  return Array.from({ length: height }, (_, line) =>
    columns
      .map(({ alignment }, i) => {
        const lines = row[i] ?? [];
        const text = lines[line] ?? '';
        const room = ' '.repeat((widths[i] ?? 0) - columnsOf(text));
        const more = line + 1 < lines.length ? '+' : ' ';
        const last = i === columns.length - 1;
        // psql leaves out the blanks at the end of a line.
        if (alignment === 'right') return ` ${room}${text}${last && more === ' ' ? '' : more}`;
        return ` ${text}${last && more === ' ' ? '' : room + more}`;
      })
      .join('|'),
  );
}
