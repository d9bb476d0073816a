/** Opens a DuckDB warehouse and reads what it sends as a client would: frame by frame. */
import { createDuckdbWarehouse, type DuckdbWarehouseOptions } from '../../src/warehouse/duckdb/duckdb-warehouse.ts';
import type {
  ExecuteOptions,
  RowSink,
  Warehouse,
  WarehouseBind,
  WarehouseColumn,
} from '../../src/warehouse/warehouse.ts';
import type { Format } from '../../src/wire/messages.ts';

type LogLine = { readonly fields: object; readonly message: string };

export type Opened = { readonly warehouse: Warehouse; readonly log: LogLine[] };

export async function openWarehouse(options: Partial<DuckdbWarehouseOptions> = {}): Promise<Opened> {
  const log: LogLine[] = [];
  const write = (fields: object, message: string): void => {
    log.push({ fields, message });
  };
  const warehouse = await createDuckdbWarehouse({
    url: 'duckdb:',
    policyTimeZone: 'UTC',
    poolSize: 4,
    logger: { warn: write, error: write },
    ...options,
  });
  return { warehouse, log };
}

export type Field = Buffer | null;
export type Column = WarehouseColumn['type'] | WarehouseColumn;

export type RunOptions = Partial<ExecuteOptions> & {
  readonly format?: Format;
  readonly binds?: readonly WarehouseBind[];
};

export function columnsOf(columns: readonly Column[]): readonly WarehouseColumn[] {
  return columns.map((column) => (typeof column === 'string' ? { type: column, typmod: -1 } : column));
}

export function executeOptions(columns: readonly Column[], options: RunOptions = {}): ExecuteOptions {
  return {
    resultFormats: columns.map(() => options.format ?? 0),
    timeoutMs: 0,
    signal: new AbortController().signal,
    queryId: 'q1',
    ...options,
  };
}

/** Runs a statement to its end. */
export async function rowsOf(
  warehouse: Warehouse,
  sql: string,
  columns: readonly Column[],
  options: RunOptions = {},
): Promise<readonly (readonly Field[])[]> {
  const binds = options.binds ?? [];
  const statement = { sql, bindTypes: binds.map(({ type }) => type), columns: columnsOf(columns) };
  const cursor = await warehouse.execute(statement, binds, executeOptions(columns, options));
  try {
    const { sink, rows } = collector();
    const result = await cursor.fetch(0, sink);
    if (!result.done || result.rows !== rows.length) throw new Error('the count of rows is wrong');
    return rows;
  } finally {
    await cursor.close();
  }
}

export function collector(): { readonly sink: RowSink; readonly rows: (readonly Field[])[] } {
  const rows: (readonly Field[])[] = [];
  const write = (frames: Uint8Array, count: number): undefined => {
    const read = readFrames(frames);
    if (read.length !== count) throw new Error('a buffer holds another number of rows than was said');
    rows.push(...read);
  };
  return { sink: { write }, rows };
}

/** Every field is copied: the driver may use the buffer again. */
function readFrames(frames: Uint8Array): (readonly Field[])[] {
  const bytes = Buffer.from(frames);
  const rows: Field[][] = [];
  for (let at = 0; at < bytes.length; ) {
    if (bytes[at] !== 68) throw new Error(`no DataRow at ${at}`);
    const end = at + 1 + bytes.readInt32BE(at + 1);
    const count = bytes.readInt16BE(at + 5);
    const row: Field[] = [];
    at += 7;
    for (let i = 0; i < count; i++) {
      const length = bytes.readInt32BE(at);
      at += 4;
      row.push(length < 0 ? null : bytes.subarray(at, at + length));
      at += Math.max(0, length);
    }
    if (at !== end) throw new Error(`row ends at ${at}, not at ${end}`);
    rows.push(row);
  }
  return rows;
}

export async function textsOf(
  warehouse: Warehouse,
  sql: string,
  columns: readonly Column[],
  options: RunOptions = {},
): Promise<readonly (readonly (string | null)[])[]> {
  const rows = await rowsOf(warehouse, sql, columns, options);
  return rows.map((row) => row.map((field) => field?.toString() ?? null));
}
