/**
 * IntervalStyle: PostgreSQL says how intervals look in each style and what is read under each, of random intervals and
 * of random texts, as literals and as parameters, on both warehouses.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, identityOf, viewOf } from '../helpers/gateway.ts';
import { startPostgres, type TestPostgres } from '../helpers/postgres.ts';
import { type ServedModel, serveOnBoth } from '../helpers/served-model.ts';

const STYLES = ['postgres', 'postgres_verbose', 'sql_standard', 'iso_8601'] as const;
type Style = (typeof STYLES)[number];
const WAREHOUSES = ['postgres', 'duckdb'] as const;
/** Statements are long; this many intervals go into one. */
const AT_ONCE = 250;

let server: TestPostgres;
let served: ServedModel;
beforeAll(async () => {
  server = await startPostgres();
  served = await serveOnBoth('plain', server);
});
afterAll(async () => {
  await served?.close();
  await server?.stop();
});

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
const view = (style: Style) => viewOf(identityOf({}), new Map([['intervalstyle', style]]));

async function shown(warehouse: (typeof WAREHOUSES)[number], style: Style, sql: string, parameters?: string[]) {
  return (await ask(served[warehouse].engine, sql, view(style), parameters)).rows.flat();
}

async function shownByPostgres(style: Style, sql: string, parameters?: string[]) {
  await served.plain(`SET IntervalStyle = ${style}`);
  const { rows } = await served.plain(sql, parameters);
  await served.plain('RESET IntervalStyle');
  return rows.flat();
}

/** Of one table, so that the warehouse answers it. */
function selecting(items: readonly string[]): string {
  return `SELECT ${items.map((item, i) => `${item} AS c${i}`).join(', ')} FROM items WHERE id = 1`;
}

const part = (most: number) =>
  fc.oneof(
    { weight: 2, arbitrary: fc.constant(0) },
    fc.integer({ min: -2, max: 2 }),
    fc.integer({ min: -most, max: most }),
  );
/** Fields of one sign or of several; each as likely to be missing. */
const interval = fc
  .record({
    months: part(40_000),
    days: part(100_000),
    hours: part(500_000),
    minutes: part(59),
    seconds: part(59),
    micros: fc.oneof(part(999_999), fc.constantFrom(1, -1, 500_000, -500_000, 999_999, 100)),
  })
  .map(
    ({ months, days, hours, minutes, seconds, micros }) =>
      `${months} mons ${days} days ${hours} hours ${minutes} mins ${seconds} secs ${micros} us`,
  );

describe.each(STYLES)('%s', (style) => {
  const intervals = fc.sample(interval, { numRuns: 4 * AT_ONCE, seed: STYLES.indexOf(style) + 1 });
  const batches = Array.from({ length: 4 }, (_, i) => intervals.slice(i * AT_ONCE, (i + 1) * AT_ONCE));

  it.each(WAREHOUSES)('on %s a result looks as in PostgreSQL', async (warehouse) => {
    for (const batch of batches) {
      const sql = selecting(batch.map((text) => `interval ${quoted(text)}`));
      expect(await shown(warehouse, style, sql)).toEqual(await shownByPostgres(style, sql));
    }
  });

  it.each(WAREHOUSES)(
    'on %s what it shows is read back as it was, and so is what the others show',
    async (warehouse) => {
      const values = batches[0]?.slice(0, 60) ?? [];
      for (const other of STYLES) {
        const written = await shownByPostgres(other, selecting(values.map((text) => `interval ${quoted(text)}`)));
        const sql = selecting(written.map((text) => `interval ${quoted(text ?? '')}`));
        expect(await shown(warehouse, style, sql), other).toEqual(await shownByPostgres(style, sql));
        const asked = selecting(written.map((_, i) => `$${i + 1}::interval`));
        const texts = written.map((text) => text ?? '');
        expect(await shown(warehouse, style, asked, texts), other).toEqual(await shownByPostgres(style, asked, texts));
      }
    },
  );
});

const sign = fc.constantFrom('', '', '', '-', '+', '- ');
const clock = fc.constantFrom('1:02', '1:00:00', '04:05:06', '12:00:00.5', '0:00:01');
const amount = fc.constantFrom(
  '1 day',
  '2 days',
  '3 mons',
  '1 year',
  '4 hours',
  '5 mins',
  '6.5 secs',
  '7 weeks',
  '1.5 days',
);
const signed = (text: fc.Arbitrary<string>) => fc.tuple(sign, text).map(([sign, text]) => sign + text);
/** What a person or a driver may write, with a sign at each field or at none. */
const written = fc
  .tuple(
    fc.option(signed(fc.constantFrom('1-2', '0-11', '3-0')), { nil: '' }),
    fc.oneof(
      fc.array(signed(amount), { minLength: 1, maxLength: 3 }).map((parts) => parts.join(' ')),
      signed(fc.constantFrom('1', '30')),
    ),
    fc.option(signed(clock), { nil: '' }),
    fc.constantFrom('', '', '', ' ago'),
    fc.constantFrom('', '', '', '@ '),
  )
  .map(([date, days, time, ago, at]) => `${at}${[date, days, time].filter((text) => text !== '').join(' ')}${ago}`);

describe('a text with signs is read', () => {
  it.each(STYLES)('under %s as PostgreSQL reads it', async (style) => {
    const texts = [...new Set(fc.sample(written, { numRuns: 800, seed: 7 }))];
    const readable: string[] = [];
    for (const text of texts) {
      const [{ valid } = {}] = await server.query(`SELECT pg_input_is_valid(${quoted(text)}, 'interval') AS valid`);
      if (valid === 't') readable.push(text);
    }
    expect(readable.length).toBeGreaterThan(300);
    for (let i = 0; i < readable.length; i += AT_ONCE) {
      const sql = selecting(readable.slice(i, i + AT_ONCE).map((text) => `interval ${quoted(text)}`));
      const [ours, theirs] = [await shown('postgres', style, sql), await shownByPostgres(style, sql)];
      const pairs = (answers: readonly (string | null)[]) =>
        answers.map((answer, n) => `${readable[i + n]} → ${answer}`);
      expect(pairs(ours)).toEqual(pairs(theirs));
    }
  });

  it.each(WAREHOUSES)('under sql_standard on %s with one minus for all fields', async (warehouse) => {
    for (const text of [
      '-1 1:00:00',
      '-1-2',
      '-1 day 2 hours',
      '-1-2 3 4:05:06',
      '-1 day -2 hours',
      '1 -1:00:00',
      '-5',
      '0',
    ]) {
      const [literal, parameter] = [selecting([`interval ${quoted(text)}`]), selecting(['$1::interval'])];
      const [expected] = await shownByPostgres('sql_standard', literal);
      expect([text, ...(await shown(warehouse, 'sql_standard', literal))]).toEqual([text, expected]);
      expect([text, ...(await shown(warehouse, 'sql_standard', parameter, [text]))]).toEqual([text, expected]);
    }
  });
});
