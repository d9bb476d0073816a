import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PgType } from '../../src/sql/types.ts';
import type { Warehouse } from '../../src/warehouse/warehouse.ts';
import { startPostgres, type TestPostgres } from '../helpers/postgres.ts';
import { columnsOf, executeOptions, openWarehouse, rowsOf, textsOf } from './duckdb-fixture.ts';
import { SAMPLES, sendFunction } from './duckdb-samples.ts';

let postgres: TestPostgres;
const zones = ['UTC', 'Europe/Berlin', 'America/St_Johns'] as const;
const warehouses = new Map<string, Warehouse>();

beforeAll(async () => {
  postgres = await startPostgres();
  for (const zone of zones) warehouses.set(zone, (await openWarehouse({ policyTimeZone: zone })).warehouse);
});

afterAll(async () => {
  for (const warehouse of warehouses.values()) await warehouse.close();
  await postgres?.stop();
});

function warehouse(zone: string = 'UTC'): Warehouse {
  const found = warehouses.get(zone);
  if (found === undefined) throw new Error(zone);
  return found;
}

const columns = SAMPLES.map(({ column }) => column);
const duckdbSql = `SELECT ${SAMPLES.map(({ duckdb }) => duckdb).join(', ')}`;

/** One row for each sample, in order: PostgreSQL's text and, in hexadecimal, its binary form. */
async function fromPostgres(zone: string): Promise<readonly { text: string | null; hex: string | null }[]> {
  const one = ({ column, postgres: value }: (typeof SAMPLES)[number], index: number): string =>
    `SELECT ${index} AS i, CASE WHEN v IS NOT NULL THEN format('%s', v) END AS text, encode(${sendFunction(column.type)}(v), 'hex') AS hex FROM (SELECT ${value} AS v) s`;
  const sql = `SET timezone = '${zone}'; SELECT text, hex FROM (${SAMPLES.map(one).join('\nUNION ALL ')}) a ORDER BY i`;
  return (await postgres.query(sql)).map(({ text, hex }) => ({ text: text ?? null, hex: hex ?? null }));
}

describe.each(zones)('with the policy time zone %s', (zone) => {
  test('every value has the text that PostgreSQL prints', async () => {
    const expected = await fromPostgres(zone);
    const [row = []] = await textsOf(warehouse(zone), duckdbSql, columns);
    const shown = SAMPLES.map(({ column, duckdb }, i) => `${column.type} ${duckdb}: ${row[i]}`);
    expect(shown).toEqual(SAMPLES.map(({ column, duckdb }, i) => `${column.type} ${duckdb}: ${expected[i]?.text}`));
  });

  test('every value has the binary form that PostgreSQL sends', async () => {
    const expected = await fromPostgres(zone);
    const [row = []] = await rowsOf(warehouse(zone), duckdbSql, columns, { format: 1 });
    const shown = SAMPLES.map(
      ({ column, duckdb }, i) => `${column.type} ${duckdb}: ${row[i]?.toString('hex') ?? null}`,
    );
    expect(shown).toEqual(SAMPLES.map(({ column, duckdb }, i) => `${column.type} ${duckdb}: ${expected[i]?.hex}`));
  });
});

test('NULL is NULL in every type and both forms, between values and on its own', async () => {
  const sql = `SELECT ${SAMPLES.map(({ duckdb }) => `CASE WHEN i % 3 = 1 THEN ${duckdb} END`).join(', ')} FROM range(2500) t(i)`;
  for (const format of [0, 1] as const) {
    const rows = await rowsOf(warehouse(), sql, columns, { format });
    expect(rows.length).toBe(2500);
    const value = rows[1]?.map(String);
    for (const [i, row] of rows.entries()) {
      if (i % 3 === 1) expect(row.map(String)).toEqual(value);
      else expect(row.every((field) => field === null)).toBe(true);
    }
  }
});

test('random doubles and singles have the digits that PostgreSQL chooses', async () => {
  const duckdb = warehouse();
  const count = 20_000;
  const bits = (i: number): bigint =>
    BigInt.asUintN(64, BigInt(i) * 0x9e3779b97f4a7c15n ** 2n + 0x123456789abcdefn * BigInt(i));
  const view = new DataView(new ArrayBuffer(8));
  const doubles: string[] = [];
  for (let i = 0; i < count; i++) {
    view.setBigUint64(0, bits(i + 1));
    const any = view.getFloat64(0);
    // Whole numbers above 2^53 and short binary fractions are where the algorithms differ.
    const whole = Math.abs(view.getInt32(0) * 2 ** (30 + (i % 60)) + view.getInt32(4) * 2 ** (i % 58));
    const fraction = (view.getUint32(0) * 2 ** (i % 24) + (view.getUint32(4) % 2 ** (i % 24))) / 2 ** (i % 9);
    const value = [any, whole, fraction][i % 3] as number;
    doubles.push(Number.isNaN(value) ? 'NaN' : String(value));
  }
  const list = (type: string): string => doubles.map((value) => `('${value}'::${type})`).join(',');
  const singles = doubles.map((value) => String(Math.fround(Number(value))));
  const singleList = (type: string): string => singles.map((value) => `('${value}'::${type})`).join(',');
  const expected8 = (await postgres.query(`SELECT v::text FROM (VALUES ${list('float8')}) t(v)`)).map(({ v }) => v);
  const expected4 = (await postgres.query(`SELECT v::text FROM (VALUES ${singleList('float4')}) t(v)`)).map(
    ({ v }) => v,
  );
  const actual8 = await textsOf(duckdb, `SELECT v FROM (VALUES ${list('DOUBLE')}) t(v)`, ['float8']);
  const actual4 = await textsOf(duckdb, `SELECT v FROM (VALUES ${singleList('FLOAT')}) t(v)`, ['float4']);
  expect(actual8.map(([v]) => v)).toEqual(expected8);
  expect(actual4.map(([v]) => v)).toEqual(expected4);
});

test('200,000 rows with NULLs, negative, long and wide values equal DuckDB’s own casts', async () => {
  const r = (salt: number): string => `hash(i + ${salt})`;
  const signed = (salt: number, size: string): string => `(${r(salt)}::HUGEINT - 9223372036854775808)::${size}`;
  const values: readonly (readonly [PgType, string, string?])[] = [
    ['int4', `((${r(1)} % 4294967296)::BIGINT - 2147483648)::INTEGER`],
    ['int8', signed(2, 'BIGINT')],
    ['int8', `(${signed(3, 'BIGINT')} >> 20)`],
    ['numeric', `((${r(4)} % 2000000000)::BIGINT - 1000000000)::DECIMAL(18,4)`],
    ['numeric', `(${signed(5, 'HUGEINT')} * 1000003)::DECIMAL(38,6)`],
    ['numeric', `${signed(6, 'HUGEINT')} * (${r(7)}::HUGEINT % 4294967296)`],
    ['text', `repeat(chr((97 + ${r(8)} % 26)::INTEGER), (${r(9)} % 40)::INTEGER)`],
    ['text', `repeat('ż🦆é' || (${r(10)} % 1000), (${r(11)} % 30)::INTEGER)`],
    ['date', `(DATE '1970-01-01' + ((${r(12)} % 1400000)::BIGINT - 700000)::INTEGER)`, 'bc'],
    ['timestamp', `make_timestamp((${r(13)} % 200000000000000000)::BIGINT - 100000000000000000)`, 'bc'],
    ['bool', `(${r(14)} % 2 = 0)`],
    ['uuid', `CAST(md5(i::VARCHAR) AS UUID)`],
  ];
  const nullable = values.map(([, value], c) => `CASE WHEN hash(i + ${c * 7}) % 11 > 0 THEN ${value} END AS c${c}`);
  const shown = values.map(([type, , how], c) =>
    type === 'bool'
      ? `CASE c${c} WHEN true THEN 't' WHEN false THEN 'f' END`
      : how === 'bc'
        ? `regexp_replace(CAST(c${c} AS VARCHAR), '^(\\S+) \\(BC\\)(.*)$', '\\1\\2 BC')`
        : `CAST(c${c} AS VARCHAR)`,
  );
  const sql = `SELECT ${values.map((_, c) => `c${c}`).join(', ')}, ${shown.join(', ')} FROM (SELECT ${nullable.join(', ')} FROM range(200000) t(i))`;
  const types: PgType[] = [...values.map(([type]) => type), ...values.map((): PgType => 'text')];
  const wrong: string[] = [];
  // Compared where it lies: five million strings would take longer than all the rest.
  const write = (frames: Uint8Array): undefined => {
    const bytes = Buffer.from(frames.buffer, frames.byteOffset, frames.byteLength);
    const starts = new Int32Array(types.length);
    for (let at = 0; at < bytes.length; ) {
      at += 7;
      for (let c = 0; c < types.length; c++) {
        starts[c] = at;
        at += 4 + Math.max(0, bytes.readInt32BE(at));
        if (c < values.length) continue;
        const from = starts[c - values.length] ?? 0;
        const to = from + 4 + Math.max(0, bytes.readInt32BE(from));
        if (bytes.compare(bytes, from, to, starts[c], at) === 0) continue;
        wrong.push(
          `${c - values.length}: ${bytes.toString('utf8', from + 4, to)} ≠ ${bytes.toString('utf8', at - (to - from) + 4, at)}`,
        );
      }
    }
  };
  const statement = { sql, bindTypes: [], columns: columnsOf(types) };
  const cursor = await warehouse().execute(statement, [], executeOptions(types));
  expect(await cursor.fetch(0, { write })).toEqual({ rows: 200_000, done: true });
  await cursor.close();
  expect(wrong.slice(0, 5)).toEqual([]);
});
