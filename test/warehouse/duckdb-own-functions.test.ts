/** Functions of ours inside DuckDB run on this thread: cancelling, closing and failing must not wait for themselves. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Warehouse } from '../../src/warehouse/warehouse.ts';
import { columnsOf, executeOptions, openWarehouse, rowsOf, textsOf } from './duckdb-fixture.ts';

let warehouse: Warehouse;
beforeAll(async () => {
  ({ warehouse } = await openWarehouse({
    initSql: 'CREATE TABLE numbers AS SELECT i FROM range(400000) t(i)',
    threads: 4,
  }));
});
afterAll(() => warehouse.close());

const LONG = "SELECT semwire_numeric(CAST(i AS VARCHAR) || ' 7 /') FROM numbers";

async function texts(sql: string): Promise<unknown> {
  return (await textsOf(warehouse, sql, ['text']))[0]?.[0];
}

describe('functions of our own', () => {
  test('compute, and give NULL for NULL', async () => {
    expect(await texts("SELECT semwire_numeric('1 3 /')")).toBe('0.33333333333333333333');
    expect(await texts('SELECT semwire_numeric(NULL)')).toBeNull();
    expect(await texts("SELECT semwire_interval_divided('1 month', '2')")).toBe('0 months 15 days 0 microseconds');
    expect(await texts("SELECT semwire_number_format('1234.5', 'FM9,999.00')")).toBe('1,234.50');
  });

  test('raise with their SQLSTATE', async () => {
    await expect(texts("SELECT semwire_numeric('1 0 /')")).rejects.toMatchObject({ code: '22012' });
    await expect(texts("SELECT semwire_numeric_of('x')")).rejects.toMatchObject({ code: '22P02' });
    await expect(texts("SELECT semwire_unscaled('1 300000000000 /', '24')")).rejects.toMatchObject({ code: '0A000' });
  });

  test('answer over many rows', async () => {
    const sql = `SELECT CAST(count(*) AS VARCHAR) FROM (${LONG}) t(x) WHERE length(x) > 3`;
    expect(await texts(sql)).toBe('400000');
  });

  test('a statement with them is cancelled, and the warehouse goes on', async () => {
    const abort = new AbortController();
    const running = rowsOf(warehouse, `${LONG} ORDER BY 1`, ['text'], { signal: abort.signal });
    setTimeout(() => abort.abort(), 20);
    await expect(running).rejects.toMatchObject({ code: '57014' });
    expect(await texts("SELECT semwire_numeric('2 3 /')")).toBe('0.66666666666666666667');
  });

  test('a cursor over them is closed after its first rows', async () => {
    const cursor = await warehouse.execute(
      { sql: LONG, bindTypes: [], columns: columnsOf(['text']) },
      [],
      executeOptions(['text']),
    );
    await cursor.fetch(10, { write: () => undefined });
    await cursor.close();
    expect(await texts("SELECT semwire_numeric('2 3 /')")).toBe('0.66666666666666666667');
  });

  test('a warehouse closes while one runs', async () => {
    const { warehouse: other } = await openWarehouse({
      initSql: 'CREATE TABLE numbers AS SELECT i FROM range(400000) t(i)',
    });
    const running = rowsOf(other, `${LONG} ORDER BY 1`, ['text']);
    const outcome = running.then(
      () => 'rows',
      (error: { readonly code?: string }) => error.code,
    );
    await new Promise((resolve) => setTimeout(resolve, 20));
    await other.close();
    expect(await outcome).toBe('57P01');
  });
});
