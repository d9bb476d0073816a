/**
 * The visible tables as the catalog shows them (contract, section 4).
 */
import { createHash } from 'node:crypto';
import type { ExposedColumn, ExposedModel, ExposedTable } from '../access/exposed.ts';
import type { CatalogColumn, CatalogShape, CatalogTable } from '../catalog/catalog.ts';

export function catalogShape(model: ExposedModel): CatalogShape {
  const tables = [...model.tables.values()].map(catalogTable).sort((a, b) => (a.name < b.name ? -1 : 1));
  return { tables, key: createHash('sha256').update(JSON.stringify(tables)).digest('hex') };
}

function catalogTable(table: ExposedTable): CatalogTable {
  const repeats = table.columns.some(({ toMany }) => toMany);
  return {
    name: table.name,
    comment: comment(table.title, table.description, undefined),
    columns: table.columns.map(catalogColumn),
    // With a one-to-many path in the table its rows repeat, and the root's key is none of theirs.
    primaryKey: repeats ? [] : (table.primaryKey ?? []),
    foreignKeys: [],
  };
}

function catalogColumn(column: ExposedColumn): CatalogColumn {
  return {
    name: column.name,
    type: column.type,
    typmod: column.typmod,
    comment: comment(column.title, column.description, kindOf(column)),
    notNull: false,
  };
}

function kindOf(column: ExposedColumn): string | undefined {
  switch (column.kind) {
    case 'measure':
      return `measure: ${column.measure}`;
    case 'segment':
      return 'segment';
    case 'dimension':
      return undefined;
  }
}

/** `Title. Description (measure: sum)`, so that `\d+` reads like documentation. */
function comment(
  title: string | undefined,
  description: string | undefined,
  kind: string | undefined,
): string | undefined {
  const text = [title, description]
    .filter((part) => part !== undefined && part.trim() !== '')
    .map((part) => part?.trim().replace(/\s+/g, ' '))
    .join(': ');
  if (kind === undefined) return text === '' ? undefined : text;
  return text === '' ? `(${kind})` : `${text} (${kind})`;
}
