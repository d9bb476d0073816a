/**
 * Which columns a join compares, where its SQL is nothing but equalities: what a foreign key in the catalog is made of.
 */
import type { Cube, Fragment, Join } from './types.ts';

/** One equality: a column of the joining cube's table and one of the joined cube's. */
export type JoinedColumns = { readonly own: string; readonly other: string };

const SIDE = String.raw`<(own|other)>\.("(?:[^"]|"")+"|[A-Za-z_][\w$]*)`;
const EQUALITY = new RegExp(String.raw`^\s*${SIDE}\s*=\s*${SIDE}\s*$`);

/** @returns undefined for any other condition than `own.a = other.b [AND …]` over columns as they are */
export function joinColumns(join: Join, own: Cube, other: Cube): readonly JoinedColumns[] | undefined {
  const text = conditionText(join.sql, own, other);
  if (text === undefined) return undefined;
  const pairs = text.split(/\bAND\b/i).map((equality): JoinedColumns | undefined => {
    const [, left, leftColumn = '', right, rightColumn = ''] = EQUALITY.exec(equality) ?? [];
    if (left === undefined || left === right) return undefined;
    const [ownColumn, otherColumn] = left === 'own' ? [leftColumn, rightColumn] : [rightColumn, leftColumn];
    return { own: columnName(ownColumn), other: columnName(otherColumn) };
  });
  return pairs.every((pair) => pair !== undefined) ? pairs : undefined;
}

/** The column of its cube's table that a dimension is, where its SQL is a column and nothing else. */
export function columnOfDimension(cube: Cube, name: string): string | undefined {
  const value = cube.dimensions.get(name)?.value;
  if (value?.kind !== 'sql') return undefined;
  const [first, second, third] = value.sql.parts;
  if (first?.kind === 'text' && second === undefined) return plainColumn(first.text.trim());
  const qualified =
    first?.kind === 'table' && first.path.length === 0 && second?.kind === 'text' && third === undefined;
  return qualified && second.text.startsWith('.') ? plainColumn(second.text.slice(1).trim()) : undefined;
}

/** The condition with `<own>` and `<other>` for the two tables, members by their columns. */
function conditionText(sql: Fragment, own: Cube, other: Cube): string | undefined {
  let text = '';
  for (const part of sql.parts) {
    switch (part.kind) {
      case 'text':
        if (/[<>]/.test(part.text)) return undefined;
        text += part.text;
        break;
      case 'table':
        text += part.path.length === 0 ? '<own>' : '<other>';
        break;
      case 'member': {
        const column = columnOfDimension(part.path.length === 0 ? own : other, part.member);
        if (column === undefined) return undefined;
        text += `${part.path.length === 0 ? '<own>' : '<other>'}."${column.replaceAll('"', '""')}"`;
        break;
      }
      default:
        return undefined;
    }
  }
  return text;
}

function plainColumn(text: string): string | undefined {
  return /^("(?:[^"]|"")+"|[A-Za-z_][\w$]*)$/.test(text) ? columnName(text) : undefined;
}

/** As PostgreSQL reads an identifier. */
function columnName(written: string): string {
  return written.startsWith('"') ? written.slice(1, -1).replaceAll('""', '"') : written.toLowerCase();
}
