/**
 * Foreign keys of the catalog: where the roots of two visible tables join many-to-one (contract, section 4).
 */
import type { ExposedTable } from '../access/exposed.ts';
import type { CatalogTable } from '../catalog/catalog.ts';
import { columnOfDimension, joinColumns } from '../model/join-columns.ts';
import type { Cube, Join, Model } from '../model/types.ts';

type ForeignKey = CatalogTable['foreignKeys'][number];

/**
 * @param primaryKeyOf the columns that the catalog shows as a table's key, none for a table without one
 * @returns in the order of the joins, then of the tables
 */
export function foreignKeysOf(
  table: ExposedTable,
  tables: readonly ExposedTable[],
  primaryKeyOf: (table: ExposedTable) => readonly string[],
  model: Model,
): readonly ForeignKey[] {
  const own = model.cubes.get(table.root);
  return (own?.joins ?? [])
    .filter(({ relationship }) => relationship !== 'one_to_many')
    .flatMap((join) =>
      tables
        .filter((target) => target.root === join.to && target.root !== table.root)
        .flatMap((target) => foreignKey(table, target, primaryKeyOf(target), own as Cube, join, model)),
    );
}

function foreignKey(
  table: ExposedTable,
  target: ExposedTable,
  primaryKey: readonly string[],
  own: Cube,
  join: Join,
  model: Model,
): ForeignKey[] {
  const other = model.cubes.get(join.to);
  const pairs = other === undefined ? undefined : joinColumns(join, own, other);
  if (other === undefined || pairs === undefined || pairs.length !== primaryKey.length) return [];
  const columns = pairs.map((pair) => columnFor(table, own, pair.own));
  const references = pairs.map((pair) => columnFor(target, other, pair.other));
  const whole = primaryKey.every((name) => references.includes(name));
  if (!whole || columns.some((name) => name === undefined)) return [];
  return [{ columns: columns as string[], table: target.name, references: references as string[] }];
}

/** The visible column that shows a column of the root's table as it is. */
function columnFor(table: ExposedTable, root: Cube, column: string): string | undefined {
  return table.columns.find(
    ({ kind, path, member, masked }) =>
      kind === 'dimension' && path.length === 0 && !masked && columnOfDimension(root, member) === column,
  )?.name;
}
