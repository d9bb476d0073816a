/** The second lock: what DuckDB itself refuses, should a statement ever get past the planner (security study, AD01–AD21). */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Warehouse } from '../../src/warehouse/warehouse.ts';
import { openWarehouse, rowsOf, textsOf } from './duckdb-fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'semwire-duckdb-'));
const secret = join(folder, 'secret.csv');
const data = join(folder, 'data');
const file = join(folder, 'warehouse.duckdb');
let warehouse: Warehouse;

const INIT = `
  COPY (SELECT i AS id, 'row ' || i AS name FROM range(3) t(i)) TO '${data}/a.parquet';
  COPY (SELECT i AS id, 'row ' || i AS name FROM range(3, 5) t(i)) TO '${data}/b.parquet';
  COPY (SELECT 7 AS id) TO '${data}/one.csv';
  CREATE TABLE orders AS SELECT i AS id FROM range(10) t(i);
  CREATE VIEW parquet_files AS SELECT * FROM read_parquet('${data}/*.parquet');
  CREATE VIEW one_file AS SELECT * FROM '${data}/one.csv';
`;

beforeAll(async () => {
  mkdirSync(data);
  writeFileSync(secret, 'a,b\n1,2\n');
  ({ warehouse } = await openWarehouse({ initSql: INIT, policyTimeZone: 'Europe/Berlin' }));
});

afterAll(async () => {
  await warehouse.close();
  rmSync(folder, { recursive: true, force: true });
});

async function refused(sql: string, on: Warehouse = warehouse): Promise<void> {
  const outcome = await on
    .describe(sql, [])
    .then(
      (columns) =>
        rowsOf(
          on,
          sql,
          columns.map(({ type }) => type ?? 'text'),
        ),
      (error: unknown) => Promise.reject(error),
    )
    .then(
      () => 'it ran',
      (error: unknown) => error,
    );
  expect(outcome, sql).toMatchObject({ name: 'SqlError' });
}

describe('files and networks are out of reach', () => {
  test.each([
    ['AD01', `SELECT * FROM read_csv('${secret}')`],
    ['AD01', `SELECT * FROM read_csv_auto('${secret}')`],
    ['AD01', `SELECT * FROM read_text('${secret}')`],
    ['AD01', "SELECT * FROM read_text('/etc/passwd')"],
    ['AD01', `SELECT * FROM read_blob('${secret}')`],
    ['AD01', `SELECT * FROM read_json('${secret}')`],
    ['AD01', `SELECT * FROM read_ndjson('${secret}')`],
    ['AD01', `SELECT * FROM read_parquet('${folder}/*.parquet')`],
    ['AD01', `SELECT * FROM parquet_metadata('${secret}')`],
    ['AD01', `SELECT * FROM sniff_csv('${secret}')`],
    ['AD01', `SELECT * FROM glob('${folder}/*')`],
    ['AD01', `SELECT * FROM read_text('${data}/../secret.csv')`],
    ['AD02', `FROM '${secret}'`],
    ['AD02', `SELECT * FROM "${secret}"`],
    ['AD02', "SELECT * FROM 'http://127.0.0.1:1/x.csv'"],
    ['AD02', "SELECT * FROM read_csv('https://127.0.0.1:1/x.csv')"],
    ['AD02', "SELECT * FROM read_parquet('s3://bucket/x.parquet')"],
  ])('%s %s', (_, sql) => refused(sql));
});

describe('only one SELECT is ever run', () => {
  test.each([
    ['AD13', `COPY orders TO '${folder}/out.csv'`],
    ['AD13', `COPY orders TO '${data}/out.csv'`],
    ['AD13', `COPY orders FROM '${secret}'`],
    ['AD13', `ATTACH '${folder}/other.duckdb' AS other`],
    ['AD13', "ATTACH ':memory:' AS other"],
    ['AD13', `EXPORT DATABASE '${folder}/out'`],
    ['AD13', `IMPORT DATABASE '${folder}/out'`],
    ['AD13', 'INSTALL httpfs'],
    ['AD13', 'LOAD httpfs'],
    ['AD13', 'CREATE SECRET s (TYPE s3)'],
    ['AD14', "CREATE TEMP MACRO lower(x) AS 'pwned'"],
    ['AD15', 'CREATE TEMP VIEW orders AS SELECT 1'],
    ['AD15', 'SET search_path = raw'],
    ['AD15', 'SET VARIABLE q = 5'],
    ['AD15', "SET TimeZone = 'UTC'"],
    ['AD15', 'SET enable_external_access = true'],
    ['AD15', 'RESET lock_configuration'],
    ['AD15', 'USE memory.main'],
    ['AD16', "CALL enable_logging(storage = 'memory')"],
    ['AD17', 'SET VARIABLE q = 5; SELECT 7'],
    ['AD17', 'SELECT 1; SELECT 2'],
    ['AD17', 'SELECT 1\0; SELECT 2'],
    ['', 'INSERT INTO orders VALUES (1)'],
    ['', 'DELETE FROM orders'],
    ['', 'DROP TABLE orders'],
    ['', 'CREATE TABLE t AS SELECT 1'],
    ['', 'EXPLAIN ANALYZE SELECT 1'],
    ['', 'CHECKPOINT'],
    ['', 'PREPARE p AS SELECT 1'],
    ['', 'BEGIN'],
    ['', ''],
    ['', '-- nothing'],
  ])('%s %s', async (_, sql) => {
    await refused(sql);
    expect(existsSync(join(folder, 'out'))).toBe(false);
    expect(existsSync(join(folder, 'out.csv')) || existsSync(join(data, 'out.csv'))).toBe(false);
    // And the next statement, maybe on the same connection, finds everything as it was.
    expect(
      await textsOf(warehouse, "SELECT lower('A'), (SELECT count(*) FROM orders), current_setting('TimeZone')", [
        'text',
        'int8',
        'text',
      ]),
    ).toEqual([['a', '10', 'Europe/Berlin']]);
  });
});

test('the lock holds inside DuckDB too, not only for statements that are no SELECT', async () => {
  const names = [
    'enable_external_access',
    'lock_configuration',
    'autoinstall_known_extensions',
    'autoload_known_extensions',
    'allow_community_extensions',
    'allow_unsigned_extensions',
    'allow_persistent_secrets',
  ];
  const sql = `SELECT name, value FROM duckdb_settings() WHERE list_contains(${`['${names.join("','")}']`}, name) ORDER BY name`;
  const settings = new Map((await textsOf(warehouse, sql, ['text', 'text'])).map(([name, value]) => [name, value]));
  expect(Object.fromEntries(settings)).toEqual({
    allow_community_extensions: 'false',
    allow_persistent_secrets: 'false',
    allow_unsigned_extensions: 'false',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    enable_external_access: 'false',
    lock_configuration: 'true',
  });
  expect(
    await textsOf(warehouse, "SELECT current_setting('temp_directory'), current_setting('secret_directory')", [
      'text',
      'text',
    ]),
  ).toEqual([['', '']]);
});

describe('what the init file made stays readable', () => {
  test('tables, views of one file and of a pattern', async () => {
    const sql =
      'SELECT (SELECT count(*) FROM orders), (SELECT count(*) FROM parquet_files), (SELECT max(id) FROM one_file)';
    expect(await textsOf(warehouse, sql, ['int8', 'int8', 'int8'])).toEqual([['10', '5', '7']]);
  });

  test('an init file may allow folders itself', async () => {
    const initSql = `SET allowed_directories = ['${data}/']; CREATE TABLE t AS SELECT 1 AS x`;
    const other = (await openWarehouse({ initSql })).warehouse;
    expect(await textsOf(other, `SELECT count(*) FROM read_parquet('${data}/a.parquet')`, ['int8'])).toEqual([['3']]);
    await refused(`SELECT * FROM read_csv('${secret}')`, other);
    await other.close();
  });

  test('a wrong init file is an error whose reason is in its cause', async () => {
    const failure = await openWarehouse({ initSql: 'CREATE TABLE t AS SELECT nosuch' }).catch(
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({ code: '58000', message: 'cannot open the DuckDB warehouse' });
    expect(String((failure as Error).cause)).toContain('nosuch');
  });
});

describe('a database file', () => {
  test('is made by the init file, then read only', async () => {
    const initSql = `CREATE TABLE IF NOT EXISTS t AS SELECT 42 AS x; CREATE OR REPLACE VIEW v AS SELECT * FROM '${data}/one.csv'`;
    for (let round = 0; round < 2; round++) {
      const other = (await openWarehouse({ url: `duckdb:${file}`, initSql })).warehouse;
      expect(
        await textsOf(
          other,
          'SELECT (SELECT x FROM t), (SELECT id FROM v), (SELECT readonly FROM duckdb_databases() WHERE path IS NOT NULL)',
          ['int4', 'int8', 'bool'],
        ),
      ).toEqual([['42', '7', 't']]);
      await refused('INSERT INTO t VALUES (1)', other);
      await refused(`SELECT * FROM read_csv('${secret}')`, other);
      await other.close();
    }
  });

  test('can be shared by several processes, because nobody writes', async () => {
    const first = (await openWarehouse({ url: `duckdb:${file}` })).warehouse;
    const second = (await openWarehouse({ url: `duckdb:${file}` })).warehouse;
    expect(await textsOf(second, 'SELECT x FROM t', ['int4'])).toEqual([['42']]);
    await first.close();
    await second.close();
  });

  test('that is missing is an error', async () => {
    await expect(openWarehouse({ url: `duckdb:${folder}/missing.duckdb` })).rejects.toMatchObject({ code: '58000' });
    expect(existsSync(join(folder, 'missing.duckdb'))).toBe(false);
  });
});
