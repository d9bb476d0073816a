/** A small shop as two sessions see it, and answers read as text. */
import type { Catalog, CatalogColumn, CatalogSession, CatalogShape, CatalogTable } from '../../src/catalog/catalog.ts';
import { readTextRows } from '../../src/catalog/frames.ts';
import { numericTypmod, type PgType } from '../../src/sql/types.ts';

export function column(name: string, type: PgType, options: Partial<CatalogColumn> = {}): CatalogColumn {
  return { name, type, typmod: -1, comment: undefined, notNull: false, ...options };
}

export function table(
  name: string,
  columns: readonly CatalogColumn[],
  options: Partial<CatalogTable> = {},
): CatalogTable {
  return { name, comment: undefined, columns, primaryKey: [], foreignKeys: [], ...options };
}

/** Stands for the hash that the maker of shapes computes. */
export function shapeOf(tables: readonly CatalogTable[]): CatalogShape {
  return { tables, members: [], policies: undefined, key: JSON.stringify(tables) };
}

export const CUSTOMERS = table(
  'customers',
  [column('id', 'int8', { notNull: true }), column('name', 'varchar', { typmod: 84, comment: 'Full name' })],
  { primaryKey: ['id'], comment: "Customers: who's who" },
);
export const ORDERS = table(
  'orders',
  [
    column('id', 'int8', { notNull: true, comment: 'Order number' }),
    column('customer_id', 'int8'),
    column('placed_at', 'timestamptz', { notNull: true }),
    column('revenue', 'numeric', { typmod: numericTypmod(12, 2), comment: 'measure: sum' }),
  ],
  {
    comment: 'Orders: one row an order',
    primaryKey: ['id'],
    foreignKeys: [{ columns: ['customer_id'], table: 'customers', references: ['id'] }],
  },
);
export const SHOP = shapeOf([CUSTOMERS, ORDERS]);

export function sessionOf(user: string, options: Partial<CatalogSession> = {}): CatalogSession {
  return {
    subject: user,
    user,
    database: 'semwire',
    pid: 4711,
    applicationName: 'test',
    clientAddress: '192.0.2.7',
    about: '',
    settings: new Map([['search_path', '"$user", public']]),
    ...options,
  };
}
export const ALICE = sessionOf('alice');

/** Rows as text. */
export async function ask(
  catalog: Catalog,
  sql: string,
  { shape = SHOP, session = ALICE }: { readonly shape?: CatalogShape; readonly session?: CatalogSession } = {},
): Promise<readonly (readonly (string | null)[])[]> {
  const { frames, rows } = await catalog.execute(shape, session, sql, [], [], []);
  const cells = readTextRows(frames);
  if (cells.length !== rows) throw new Error(`${rows} rows were announced, ${cells.length} came`);
  return cells;
}
