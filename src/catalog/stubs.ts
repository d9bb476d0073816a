/**
 * The statements that put a shape into an empty instance: one ordinary table without rows per exposed table.
 * Order and content depend on the shape alone, so that a rebuilt instance has the same OIDs.
 */
import { formatType, isArrayType, type PgType } from '../sql/types.ts';
import type { CatalogColumn, CatalogShape, CatalogTable } from './catalog.ts';
import { ownSchemaStatements } from './own-schema.ts';
import { CLIENT_ROLE } from './system.ts';

export type StubStatements = {
  /** All or nothing. */
  readonly schema: readonly string[];
  /** All or each by itself: a key between types that have no common equality is left out. */
  readonly foreignKeys: readonly string[];
  readonly last: readonly string[];
};

/** Tables per CREATE batch: keeps single messages small. */
const BATCH = 50;

/** @throws Error for a name over PostgreSQL's 63 bytes, which it would cut (the model loader refuses those) */
export function stubStatements(shape: CatalogShape): StubStatements {
  const { tables } = shape;
  const batches = Array.from({ length: Math.ceil(tables.length / BATCH) }, (_, index) =>
    tables.slice(index * BATCH, (index + 1) * BATCH),
  );
  return {
    schema: [
      ...batches.map((batch) => batch.map(createTable).join(';\n')),
      ...batches.flatMap(updateTypmods),
      ...batches.flatMap(insertComments),
      `GRANT SELECT, REFERENCES ON ALL TABLES IN SCHEMA public TO ${CLIENT_ROLE}`,
      ...ownSchemaStatements(shape),
    ],
    foreignKeys: tables.flatMap((table) => addForeignKeys(table, tables)),
    last: [
      // Columns are made PLAIN so that no TOAST tables come with them or with a key, then look as they would have.
      `UPDATE pg_catalog.pg_attribute a SET attstorage = t.typstorage FROM pg_catalog.pg_type t, pg_catalog.pg_class c
       WHERE t.oid = a.atttypid AND c.oid = a.attrelid AND c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'i')
         AND a.attnum > 0 AND a.attstorage <> t.typstorage`,
      // There are no rows that could break a key: looking for them costs more than the key.
      "UPDATE pg_catalog.pg_constraint SET convalidated = true WHERE contype = 'f' AND NOT convalidated",
    ],
  };
}

/** `"a""b"` @throws Error over 63 bytes */
export function quoteIdentifier(name: string): string {
  if (Buffer.byteLength(name) > 63) throw new Error(`the name "${name}" is longer than 63 bytes`);
  return `"${name.replaceAll('"', '""')}"`;
}

/** A string literal for standard_conforming_strings = on, which no instance changes. */
export function quoteLiteral(value: string): string {
  return `'${value.replaceAll('\0', '').replaceAll("'", "''")}'`;
}

function createTable(table: CatalogTable): string {
  const columns = table.columns.map(
    (column) =>
      `${quoteIdentifier(column.name)} ${typeName(column.type)} STORAGE PLAIN${column.notNull ? ' NOT NULL' : ''}`,
  );
  const key = hasPrimaryKey(table) ? [`PRIMARY KEY (${table.primaryKey.map(quoteIdentifier).join(', ')})`] : [];
  return `CREATE TABLE ${qualified(table.name)} (${[...columns, ...key].join(', ')})`;
}

/** The type without modifier by its own name: `character` would mean character(1). */
function typeName(type: PgType): string {
  return `pg_catalog.${quoteIdentifier(isArrayType(type) ? type.slice(0, -2) : type)}${isArrayType(type) ? '[]' : ''}`;
}

/** Modifiers go in as numbers, as the warehouse told them: no text form to get wrong. */
function updateTypmods(tables: readonly CatalogTable[]): readonly string[] {
  const rows = tables.flatMap((table) =>
    table.columns
      .filter((column) => column.typmod >= 0)
      .map((column) => `(${regclass(table.name)}, ${quoteLiteral(column.name)}, ${Math.trunc(column.typmod)})`),
  );
  if (rows.length === 0) return [];
  return [
    `UPDATE pg_catalog.pg_attribute a SET atttypmod = v.typmod FROM (VALUES ${rows.join(', ')}) v (relid, name, typmod)
     WHERE a.attrelid = v.relid AND a.attname = v.name`,
  ];
}

function hasPrimaryKey(table: CatalogTable): boolean {
  const columns = table.primaryKey.map((name) => columnOf(table, name));
  return columns.length > 0 && columns.every((column) => column !== undefined && isIndexable(column));
}

function addForeignKeys(table: CatalogTable, tables: readonly CatalogTable[]): readonly string[] {
  return table.foreignKeys.flatMap((key) => {
    const target = tables.find((candidate) => candidate.name === key.table);
    // PostgreSQL wants a key at the far end: all columns of the primary key, in any order.
    const whole =
      target !== undefined &&
      hasPrimaryKey(target) &&
      key.references.length === target.primaryKey.length &&
      target.primaryKey.every((name) => key.references.includes(name));
    if (!whole) return [];
    const columns = key.columns.map(quoteIdentifier).join(', ');
    const references = key.references.map(quoteIdentifier).join(', ');
    return [
      `ALTER TABLE ${qualified(table.name)} ADD FOREIGN KEY (${columns}) REFERENCES ${qualified(key.table)} (${references}) NOT VALID`,
    ];
  });
}

/** Straight into pg_description: thirty COMMENT statements a table would cost more than the table. */
function insertComments(tables: readonly CatalogTable[]): readonly string[] {
  const rows = tables.flatMap((table) => [
    ...(table.comment ? [`(${regclass(table.name)}, 0, ${quoteLiteral(table.comment)})`] : []),
    ...table.columns.flatMap((column, index) =>
      column.comment ? [`(${regclass(table.name)}, ${index + 1}, ${quoteLiteral(column.comment)})`] : [],
    ),
  ]);
  if (rows.length === 0) return [];
  return [
    `INSERT INTO pg_catalog.pg_description (objoid, classoid, objsubid, description)
     SELECT v.relid, 'pg_catalog.pg_class'::regclass, v.number, v.comment FROM (VALUES ${rows.join(', ')}) v (relid, number, comment)`,
  ];
}

/** json has no order, so no key can be built over it. */
function isIndexable(column: CatalogColumn): boolean {
  return !formatType(column.type).match(/^json(\[\])?$/);
}

function columnOf(table: CatalogTable, name: string): CatalogColumn | undefined {
  return table.columns.find((column) => column.name === name);
}

function qualified(table: string): string {
  return `public.${quoteIdentifier(table)}`;
}

function regclass(table: string): string {
  return `${quoteLiteral(qualified(table))}::pg_catalog.regclass`;
}
