/**
 * The visible tables as the catalog shows them (contract, section 4).
 */
import { createHash } from 'node:crypto';
import type { ExposedColumn, ExposedModel, ExposedTable } from '../access/exposed.ts';
import type { CatalogColumn, CatalogMember, CatalogShape, CatalogTable } from '../catalog/catalog.ts';
import type { Model } from '../model/types.ts';
import { formatType } from '../sql/types.ts';
import { catalogPolicies } from './catalog-policies.ts';
import { foreignKeysOf } from './foreign-keys.ts';

/**
 * @param exposed what one context sees of the model
 * @param admin an admin's catalog shows the policies too
 */
export function catalogShape(exposed: ExposedModel, model: Model, admin: boolean): CatalogShape {
  const visible = [...exposed.tables.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  const tables = visible.map(
    (table): CatalogTable => ({
      name: table.name,
      comment: comment(table.title, table.description, undefined),
      columns: table.columns.map(catalogColumn),
      primaryKey: primaryKeyOf(table),
      foreignKeys: foreignKeysOf(table, visible, primaryKeyOf, model),
    }),
  );
  const members = visible.flatMap(({ name, columns }) => columns.map((column) => catalogMember(name, column, model)));
  const policies = admin ? catalogPolicies(model) : undefined;
  const key = createHash('sha256')
    .update(JSON.stringify([tables, members, policies]))
    .digest('hex');
  return { tables, members, policies, key };
}

/** With a one-to-many path in the table its rows repeat, and the root's key is none of theirs. */
function primaryKeyOf(table: ExposedTable): readonly string[] {
  return table.columns.some(({ toMany }) => toMany) ? [] : (table.primaryKey ?? []);
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

/** A row of semwire.members. */
function catalogMember(table: string, column: ExposedColumn, model: Model): CatalogMember {
  const cube = model.cubes.get(column.cube);
  const format = (cube?.dimensions.get(column.member) ?? cube?.measures.get(column.member))?.format;
  return {
    table,
    column: column.name,
    kind: column.kind,
    type: formatType(column.type, column.typmod),
    title: column.title,
    description: column.description,
    format: format === undefined || typeof format === 'string' ? format : JSON.stringify(format),
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
