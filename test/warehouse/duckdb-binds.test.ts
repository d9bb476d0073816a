import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PgType } from '../../src/sql/types.ts';
import type { Warehouse, WarehouseBind } from '../../src/warehouse/warehouse.ts';
import { startPostgres, type TestPostgres } from '../helpers/postgres.ts';
import { openWarehouse, rowsOf, textsOf } from './duckdb-fixture.ts';
import { sendFunction } from './duckdb-samples.ts';

let postgres: TestPostgres;
let warehouse: Warehouse;
const ZONE = 'Europe/Berlin';

beforeAll(async () => {
  postgres = await startPostgres({ settings: [`timezone=${ZONE}`] });
  ({ warehouse } = await openWarehouse({ policyTimeZone: ZONE }));
});

afterAll(async () => {
  await warehouse.close();
  await postgres.stop();
});

/** How a parameter is cast in DuckDB's SQL. */
const DUCKDB: Readonly<Partial<Record<PgType, string>>> = {
  bool: 'BOOLEAN',
  int2: 'SMALLINT',
  int4: 'INTEGER',
  int8: 'BIGINT',
  numeric: 'DECIMAL(38,9)',
  float4: 'FLOAT',
  float8: 'DOUBLE',
  text: 'VARCHAR',
  varchar: 'VARCHAR',
  bpchar: 'VARCHAR',
  date: 'DATE',
  time: 'TIME',
  timetz: 'TIMETZ',
  timestamp: 'TIMESTAMP',
  timestamptz: 'TIMESTAMPTZ',
  interval: 'INTERVAL',
  uuid: 'UUID',
  json: 'JSON',
  jsonb: 'JSON',
  bytea: 'BLOB',
  'int4[]': 'INTEGER[]',
  'text[]': 'VARCHAR[]',
  'numeric[]': 'DECIMAL(38,9)[]',
  'bool[]': 'BOOLEAN[]',
  'timestamptz[]': 'TIMESTAMPTZ[]',
  'date[]': 'DATE[]',
  'uuid[]': 'UUID[]',
  'bytea[]': 'BLOB[]',
  'float8[]': 'DOUBLE[]',
  'int8[]': 'BIGINT[]',
};

/** Texts as drivers send them; PostgreSQL says what they are. */
const LITERALS: Readonly<Partial<Record<PgType, readonly string[]>>> = {
  bool: ['t', 'f', 'true', ' FALSE ', 'yes', 'n', 'on', 'off', '1', '0'],
  int2: ['0', '-32768', ' +32767 '],
  int4: ['2147483647', '-2147483648', '007'],
  int8: ['9223372036854775807', '-9223372036854775808', '9007199254740993'],
  numeric: ['0', '-1.5', '12345678901234567890123456789.123456789', '1e5', '.5', '+3'],
  float4: ['0.1', 'NaN', '-Infinity', '3.4028235e38', '1e-45'],
  float8: ['0.1', '1e308', 'inf', '-infinity', 'nan', '-0', '5e-324'],
  text: ['', 'żółć', 'it\'s "quoted" \\ $1', ' spaces ', 'NULL', 'x'.repeat(3000)],
  varchar: ['abc'],
  date: [
    '2024-02-29',
    '0044-03-15 BC',
    'infinity',
    '-infinity',
    '12345-06-07',
    '2024-1-5',
    '2024-01-01 23:59:59',
    'epoch',
  ],
  time: ['04:05:06.7', '24:00:00', '04:05', '4:05:06.789012', '04:05:06.7890125'],
  timetz: ['04:05:06.7+02', '04:05:06-03:30', '04:05:06+0530', '04:05:06Z'],
  timestamp: [
    '2024-02-29 12:34:56.789012',
    '2024-02-29T12:34:56',
    '2024-02-29',
    '2024-02-29 12:34:56+05',
    '0044-03-15 01:02:03 BC',
    'infinity',
    '-infinity',
    '1900-01-01 00:00:00',
    '2024-06-30 24:00:00',
    '1999-12-31 23:59:59.9999996',
  ],
  timestamptz: [
    '2024-07-15 12:00:00+00',
    '2024-07-15 12:00:00',
    '2024-01-15 12:00:00',
    '2024-07-15T12:00:00Z',
    '2024-07-15 12:00:00-03:30',
    '2024-03-31 02:30:00',
    '2024-10-27 02:30:00',
    '2024-10-27 01:59:59',
    '2024-10-27 03:00:00',
    '1890-01-01 00:00:00',
    'infinity',
    '0044-03-15 01:02:03+00 BC',
    '2024-07-15',
  ],
  interval: [
    '1 year 2 mons 3 days 04:05:06.7',
    '-1 year +2 mons -3 days +04:05:06',
    '00:00:00',
    '1 day',
    'P1Y2M3DT4H5M6.7S',
    '1.5 days',
    '1.5 months',
    '1.5 years',
    '2 weeks',
    '3 days ago',
    '@ 1 day 2 hours',
    '-00:00:01.5',
    '90 minutes',
    '1 days 2.000001 seconds',
    'PT36H',
    '1500 milliseconds',
    '100:00:00',
    '0.5 h',
  ],
  uuid: [
    'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
    '{A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11}',
    'a0eebc999c0b4ef8bb6d6bb9bd380a11',
  ],
  json: ['{"a": [1, 2.5, null]}'],
  jsonb: ['{"a": [1, 2.5, null]}'],
  bytea: ['\\x', '\\xdeadbeef', 'plain', 'a\\\\b\\001\\377', '\\xDE AD'],
  'int4[]': ['{}', '{1,NULL,-3}', '{ 1 , 2 }', '{NULL}', '[1:2]={5,6}'],
  'int8[]': ['{9223372036854775807}'],
  'text[]': ['{a,"b c",NULL,"NULL","",\\"q\\\\}', '{"a\\"b","c\\\\d",  e f  ,żółć}', '{"a,b","{x}"}', '{\\NULL}'],
  'numeric[]': ['{1.5,NULL}'],
  'bool[]': ['{t,f}'],
  'float8[]': ['{1e20,NaN}'],
  'date[]': ['{2024-01-01,infinity}'],
  'timestamptz[]': ['{"2024-07-15 12:00:00+00"}'],
  'uuid[]': ['{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}'],
  'bytea[]': ['{"\\\\xdead"}'],
};

const CASES = Object.entries(LITERALS) as [PgType, readonly string[]][];
const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** PostgreSQL's numeric is cast to the scale that DuckDB's parameter has. */
function pgCast(type: PgType): string {
  return type.startsWith('numeric') ? type.replace('numeric', 'numeric(38,9)') : type;
}

describe.each(CASES)('%s', (type, literals) => {
  test('text parameters mean what they mean to PostgreSQL', async () => {
    const selects = literals.map((text, i) => `SELECT ${i} AS i, format('%s', ${quote(text)}::${pgCast(type)}) AS v`);
    const expected = await postgres.query(`${selects.join(' UNION ALL ')} ORDER BY i`);
    for (const [i, text] of literals.entries()) {
      const bind: WarehouseBind = { type, value: text, format: 0 };
      const [[value] = []] = await textsOf(warehouse, `SELECT CAST($1 AS ${DUCKDB[type]})`, [type], { binds: [bind] });
      expect(`${text}: ${value}`).toBe(`${text}: ${expected[i]?.v}`);
      const asBytes: WarehouseBind = { type, value: Buffer.from(text), format: 0 };
      expect(await textsOf(warehouse, `SELECT CAST($1 AS ${DUCKDB[type]})`, [type], { binds: [asBytes] })).toEqual([
        [value],
      ]);
    }
  });

  test('binary parameters come back byte for byte', async () => {
    const selects = literals.map(
      (text, i) => `SELECT ${i} AS i, encode(${sendFunction(type)}(${quote(text)}::${pgCast(type)}), 'hex') AS v`,
    );
    const hex = await postgres.query(`${selects.join(' UNION ALL ')} ORDER BY i`);
    for (const { v } of hex) {
      const bind: WarehouseBind = { type, value: Buffer.from(v ?? '', 'hex'), format: 1 };
      const [[value] = []] = await rowsOf(warehouse, `SELECT CAST($1 AS ${DUCKDB[type]})`, [type], {
        binds: [bind],
        format: 1,
      });
      expect(value?.toString('hex')).toBe(v);
    }
  });

  test('NULL is NULL', async () => {
    const binds: WarehouseBind[] = [{ type, value: null, format: 0 }];
    expect(await textsOf(warehouse, `SELECT CAST($1 AS ${DUCKDB[type]})`, [type], { binds })).toEqual([[null]]);
  });
});

const TOO_MUCH: readonly (readonly [PgType, string, string])[] = [
  ['bool', 'maybe', '22P02'],
  ['bool', 'o', '22P02'],
  ['bool', '', '22P02'],
  ['int2', '32768', '22003'],
  ['int4', '2147483648', '22003'],
  ['int4', '1.5', '22P02'],
  ['int4', '', '22P02'],
  ['int4', '1 OR 1=1', '22P02'],
  ['int8', '9223372036854775808', '22003'],
  ['numeric', 'abc', '22P02'],
  ['numeric', 'NaN', '22P02'],
  ['float8', '1e400', '22003'],
  ['float8', '1e-400', '22003'],
  ['float4', '1e39', '22003'],
  ['float8', 'x', '22P02'],
  ['date', '2023-02-29', '22008'],
  ['date', '2024-13-01', '22008'],
  ['date', 'Jan 8, 1999', '22007'],
  ['date', '0000-01-01', '22008'],
  ['time', '25:00:00', '22008'],
  ['time', '04:60', '22008'],
  ['timestamp', '2024-01-01 12:00:00 Mars/Base', '22007'],
  ['timestamptz', '2024-01-01 12:00:00+99', '22009'],
  ['interval', '1 parsec', '22007'],
  ['interval', '', '22007'],
  ['interval', '999999999999 years', '22015'],
  ['uuid', 'zz', '22P02'],
  ['bytea', '\\xzz', '22023'],
  ['bytea', '\\9', '22P02'],
  ['json', '{', '22P02'],
  ['int4[]', '1,2', '22P02'],
  ['int4[]', '{1,2', '22P02'],
  ['int4[]', '{1,,2}', '22P02'],
  ['int4[]', '{{1},{2}}', '0A000'],
  ['int4[]', '[2:3]={1,2}', '0A000'],
  ['text[]', '{a"b"}', '22P02'],
  ['text[]', '{"a}', '22P02'],
  ['text', 'a\0b', '22021'],
];

test.each(TOO_MUCH)('%s parameter %s is %s', async (type, value, code) => {
  const running = textsOf(warehouse, `SELECT CAST($1 AS ${DUCKDB[type]})`, [type], {
    binds: [{ type, value, format: 0 }],
  });
  await expect(running).rejects.toMatchObject({ code });
});

test.each<[PgType, string]>([
  ['int4', '000001'],
  ['int8', '00'],
  ['float8', '0000'],
  ['uuid', '00'],
  ['date', '000000'],
  ['numeric', '0001'],
  ['numeric', '0002000000000000' + '0001'],
  ['numeric', '00010000000000002710'],
  ['interval', '00'],
  ['time', 'ffffffffffffffff'],
  ['int4[]', '00'],
  ['int4[]', '000000010000000000000017'],
  ['int4[]', '0000000100000000000000177fffffff00000001'],
  ['int4[]', '0000000100000000000000170000000100000001000000ff'],
])('binary %s parameter of the wrong form (%s) is 22P03', async (type, hex) => {
  const binds: WarehouseBind[] = [{ type, value: Buffer.from(hex, 'hex'), format: 1 }];
  await expect(textsOf(warehouse, `SELECT CAST($1 AS ${DUCKDB[type]})`, [type], { binds })).rejects.toMatchObject({
    code: '22P03',
  });
});

test('parameters are values, never SQL', async () => {
  const value = "'; DROP TABLE t; --";
  expect(
    await textsOf(
      warehouse,
      'SELECT CAST($1 AS VARCHAR), CAST($1 AS VARCHAR) = CAST($2 AS VARCHAR)',
      ['text', 'bool'],
      {
        binds: [
          { type: 'text', value, format: 0 },
          { type: 'text', value, format: 0 },
        ],
      },
    ),
  ).toEqual([[value, 't']]);
});

test('too few parameters are refused', async () => {
  await expect(textsOf(warehouse, 'SELECT CAST($p1 AS INTEGER)', ['int4'])).rejects.toMatchObject({ code: 'XX000' });
});

test('parameters that the statement does not mention are left out', async () => {
  const binds = ['1', '2', '3'].map((value): WarehouseBind => ({ type: 'int4', value, format: 0 }));
  expect(await textsOf(warehouse, 'SELECT 1', ['int4'], { binds })).toEqual([['1']]);
  const sql = 'SELECT CAST($p3 AS INTEGER), CAST($p2 AS INTEGER) + CAST($p3 AS INTEGER)';
  expect(await textsOf(warehouse, sql, ['int4', 'int4'], { binds })).toEqual([['3', '5']]);
});

test('a prepared statement that is used again takes its new parameters', async () => {
  for (const value of ['1', null, '3', '2147483647']) {
    const binds: WarehouseBind[] = [{ type: 'int4', value, format: 0 }];
    expect(await textsOf(warehouse, 'SELECT CAST($1 AS INTEGER)', ['int4'], { binds })).toEqual([[value]]);
  }
});

describe('describe', () => {
  test('names the columns in PostgreSQL’s types without running anything', async () => {
    const sql = `SELECT 1::TINYINT a, 1::UTINYINT b, 1::SMALLINT c, 1::USMALLINT d, 1::INTEGER e, 1::UINTEGER f, 1::BIGINT g, 1::UBIGINT h,
      1::HUGEINT i, 1::UHUGEINT j, 1.5::DECIMAL(10,2) k, 1.5::FLOAT l, 1.5::DOUBLE m, 'x' n, 'x'::JSON o, 'x'::BLOB p, uuid() q, true r,
      DATE '2024-01-01' s, TIME '10:00' t, '10:00+02'::TIMETZ u, TIMESTAMP '2024-01-01' v, TIMESTAMP_S '2024-01-01' w, TIMESTAMP_MS '2024-01-01' x,
      TIMESTAMP_NS '2024-01-01' y, now() z, INTERVAL 1 DAY aa, 'a'::ENUM('a') bb, [1] cc, [1.5::DECIMAL(4,1)] dd, [[1]] ee, {'a': 1} ff, MAP {'a': 1} gg,
      '101'::BIT hh, [1,2]::INTEGER[2] ii, CAST($1 AS INTEGER) jj, CAST(error('not run') AS INTEGER) kk`;
    const described = await warehouse.describe(sql, ['int4']);
    expect(
      described.map(({ name, type, typmod }) => `${name} ${type}${typmod < 0 ? '' : ` ${typmod}`}`).join(', '),
    ).toBe(
      'a int2, b int2, c int2, d int4, e int4, f int8, g int8, h numeric, i numeric, j numeric, k numeric 655366, l float4, m float8, n text, o json, p bytea, q uuid, r bool, ' +
        's date, t time, u timetz, v timestamp, w timestamp, x timestamp, y timestamp, z timestamptz, aa interval, bb text, cc int4[], dd numeric[], ee undefined, ff undefined, gg undefined, ' +
        'hh undefined, ii int4[], jj int4, kk int4',
    );
  });

  test('what PostgreSQL takes and DuckDB’s parser does not is 0A000', async () => {
    const sql = 'SELECT sum(1) OVER (PARTITION BY (SELECT count(*) OVER () FROM (SELECT 1)))';
    await expect(textsOf(warehouse, sql, ['numeric'])).rejects.toMatchObject({ code: '0A000' });
  });

  test('a statement that is wrong is 58000 with DuckDB’s reason as its cause only', async () => {
    const failure = await warehouse.describe('SELECT nosuch', []).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: '58000' });
    expect(String(failure)).not.toContain('nosuch');
    expect(String((failure as Error).cause)).toContain('nosuch');
    await expect(warehouse.describe('SET VARIABLE x = 1', [])).rejects.toMatchObject({ code: '58000' });
  });
});
