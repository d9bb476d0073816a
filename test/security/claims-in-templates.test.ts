/**
 * A claim is data where a model is rendered (contract 7.4, 7.5; security cases C01–C40), through a socket, on both
 * warehouses: in the SQL of cubes, joins, dimensions, segments, measures and masks, by Jinja and by JavaScript, as a
 * name, as what shows a table, and in what describes it. Beside the data stands the very text of each claim.
 */
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestPostgres } from '../helpers/postgres.ts';
import { HOSTILE, UNFIT } from './claim-places.ts';
import { CLAIMS_SEED, exactToken, NUMBERS, textOfClaim, WORDS } from './claims-fixture.ts';
import {
  type Client,
  connectJudge,
  type Gateway,
  modelFolder,
  onDuckdb,
  onPostgres,
  startPostgres,
} from './gateway.ts';

const MODEL = modelFolder('claims-in-templates');
/** Each is the claim beside the column `word`. */
const COMPARING = ['quoted', 'js_filter', 'js_function', 'js_context', 'js_value'];
/** The claim as a literal of its own type. */
const BARE = ['js_bare', 'js_async'];
const ALL = [...COMPARING, ...BARE, 'listed', 'masked', 'joined', 'titled'];

let postgres: TestPostgres;
let judge: pg.Client;
beforeAll(async () => {
  postgres = await startPostgres();
  judge = await connectJudge(postgres, CLAIMS_SEED);
});
afterAll(async () => {
  await judge?.end();
  await postgres?.stop();
});

const warehouses = {
  DuckDB: () => onDuckdb(MODEL, CLAIMS_SEED),
  PostgreSQL: () => onPostgres(postgres, 'templates', 'public, tenant_acme', MODEL, CLAIMS_SEED),
};

describe.each(Object.entries(warehouses))('on %s', (_, start) => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await start();
  });
  afterAll(() => gateway?.close());

  const as = async (claims: object, work: (client: Client) => Promise<void>): Promise<void> => {
    const client = await gateway.signInBy(await exactToken({ ...claims }));
    try {
      await work(client);
    } finally {
      client.close();
    }
  };
  const ids = async (client: Client, sql: string): Promise<string> => {
    const { rows, code } = await client.ask(sql);
    return code ?? rows.map((row) => row.join('|')).join();
  };
  const byHand = async (condition: string, value: string): Promise<string> => {
    const text = `SELECT id FROM words WHERE ${condition} ORDER BY id`;
    return (await judge.query({ text, values: [value], rowMode: 'array' })).rows.join();
  };

  const claims = HOSTILE.filter((claim, i) => typeof claim !== 'string' || HOSTILE.indexOf(claim) === i);
  it.each(claims.map((claim) => [typeof claim === 'bigint' ? `${claim}n` : JSON.stringify(claim), claim] as const))(
    'the claim %s',
    async (_name, claim) => {
      const text = textOfClaim(claim) ?? String(claim);
      await as({ c: claim }, async (client) => {
        const own = await byHand('word = $1', text);
        for (const table of COMPARING)
          expect(await ids(client, `SELECT id FROM ${table} ORDER BY id`), table).toBe(own);
        if (typeof claim === 'string') {
          for (const table of BARE) expect(await ids(client, `SELECT id FROM ${table} ORDER BY id`), table).toBe(own);
          expect(await ids(client, 'SELECT id FROM listed ORDER BY id')).toBe(
            await byHand("word IN ($1, 'acme')", text),
          );
        }
        expect((await client.ask('SELECT word FROM masked')).rows).toEqual([[text]]);
        expect(await ids(client, 'SELECT id FROM joined WHERE own ORDER BY id')).toBe(own);
        expect(await ids(client, "SELECT id FROM joined WHERE same AND kind = 'own' ORDER BY id")).toBe(own);
        expect(await ids(client, 'SELECT own_count FROM joined')).toBe(own === '' ? '0' : '1');
        // A title is a text.
        const titled = typeof claim === 'boolean' ? '42501' : String(WORDS.length + 1);
        expect(await ids(client, 'SELECT count(*) FROM titled')).toBe(titled);
        // A name is of letters, digits and underscores, or the table is refused.
        const isName = typeof claim !== 'boolean' && /^[a-z0-9_]{1,50}$/.test(text);
        expect(await ids(client, 'SELECT id FROM named'), text).toMatch(isName ? /^(42P01|58000)$/ : /^42501$/);
        const shown = await client.ask('SELECT id FROM shown LIMIT 1');
        if (typeof claim === 'boolean') expect(shown.code).toBe(claim ? undefined : '42P01');
        else expect([shown.code, shown.rows]).toEqual(['42501', []]);
      });
    },
  );

  it('whole numbers are exact, by Jinja and by JavaScript', async () => {
    for (const [i, n] of NUMBERS.entries()) {
      await as({ n }, async (client) => {
        for (const table of ['numbered', 'js_number', 'js_number_filter', 'js_number_function'])
          expect(await ids(client, `SELECT id FROM ${table}`), `${table} ${n}`).toBe(String(i + 1));
        expect(await ids(client, 'SELECT written FROM numbered')).toBe(String(n));
      });
    }
  });

  it('a name that is one', async () => {
    await as({ c: 'acme' }, async (client) => expect(await ids(client, 'SELECT id FROM named')).toBe('1'));
  });

  it('describes a table in the very words', async () => {
    const line = (text: unknown): string => String(text).replace(/\s+/g, ' ').trim();
    for (const claim of WORDS.filter((word) => /['"\\;$\n\r{]|--/.test(word)).filter((_word, i) => i % 3 === 0)) {
      await as({ c: claim }, async (client) => {
        const { rows } = await client.ask(
          `SELECT obj_description('titled'::regclass), col_description('titled'::regclass, 1), title
           FROM semwire.members WHERE "table" = 'titled'`,
        );
        const [[ofTable, ofColumn, title] = []] = rows;
        expect(line(ofTable)).toContain(line(`<${claim}>`));
        expect(line(ofColumn)).toContain(line(claim));
        expect(line(title)).toBe(line(claim));
        expect(await ids(client, 'SELECT id FROM titled WHERE id = 1')).toBe('1');
      });
    }
  });

  it('what is no value, or is missing, is refused', async () => {
    for (const claim of [...UNFIT, undefined, null]) {
      const client = await gateway.signInBy(await exactToken({ c: claim })).catch((error: Error) => error);
      if (client instanceof Error) {
        expect(client.message).toContain('28P01');
        continue;
      }
      // What only describes may be left out.
      for (const table of ALL.filter((name) => name !== 'titled'))
        expect(await ids(client, `SELECT id FROM ${table}`), `${table}: ${JSON.stringify(claim)}`).toBe('42501');
      expect(await ids(client, 'SELECT id FROM named')).toBe('42501');
      client.close();
    }
  });
});
