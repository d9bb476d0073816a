/**
 * A claim is data where a statement is decided (contract 7.2–7.4, 7.6, 7.7, 7.9, 7.11; security cases C01–C40): through
 * a socket, on both warehouses, each hostile claim finds the rows that PostgreSQL finds with it as a parameter.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Claim } from '../../src/model/security-context.ts';
import type { TestPostgres } from '../helpers/postgres.ts';
import { HOSTILE, UNFIT } from './claim-places.ts';
import {
  CLAIMS_SEED,
  DAY_OPERATORS,
  exactToken,
  NUMBER_OPERATORS,
  NUMBERS,
  quoted,
  textOfClaim,
  WORD_OPERATORS,
  WORD_TABLES,
  WORDS,
} from './claims-fixture.ts';
import {
  type Client,
  connectJudge,
  type Gateway,
  modelFolder,
  onDuckdb,
  onPostgres,
  startPostgres,
} from './gateway.ts';

const MODEL = modelFolder('claims');

let postgres: TestPostgres;
let judge: pg.Client;
const folders: string[] = [];
beforeAll(async () => {
  postgres = await startPostgres();
  judge = await connectJudge(postgres, CLAIMS_SEED);
});
afterAll(async () => {
  await judge?.end();
  await postgres?.stop();
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** Ids in their order, or the SQLSTATE. */
async function judged(table: string, condition: string, value?: string): Promise<string> {
  try {
    const text = `SELECT id FROM ${table} WHERE ${condition} ORDER BY id`;
    const { rows } = await judge.query({ text, values: value === undefined ? [] : [value], rowMode: 'array' });
    return rows.join();
  } catch (error) {
    return (error as pg.DatabaseError).code ?? '';
  }
}

async function ids(client: Client, table: string): Promise<string> {
  const { rows, code } = await client.ask(`SELECT id FROM ${table} ORDER BY id`);
  return code ?? rows.join();
}

const warehouses = {
  DuckDB: (_: string, model: string) => onDuckdb(model, CLAIMS_SEED),
  PostgreSQL: (database: string, model: string) => onPostgres(postgres, database, 'public', model, CLAIMS_SEED),
};

describe.each(Object.entries(warehouses))('on %s', (warehouse, start) => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await start('claims', MODEL);
  });
  afterAll(() => gateway?.close());

  const as = async (claims: object, work: (client: Client) => Promise<void>, on = gateway): Promise<void> => {
    const client = await on.signInBy(await exactToken({ ...claims }));
    try {
      await work(client);
    } finally {
      client.close();
    }
  };
  /** What may come instead of rows: the token is refused, or each of the tables. */
  const refused = async (claims: object, tables: readonly string[], code = /^42501$/): Promise<void> => {
    const client = await gateway.signInBy(await exactToken({ ...claims })).catch((error: Error) => error);
    if (client instanceof Error) {
      expect(client.message).toContain('28P01');
      return;
    }
    for (const table of tables) expect(await ids(client, table), table).toMatch(code);
    client.close();
  };

  it.each(HOSTILE.map((claim) => [typeof claim === 'bigint' ? `${claim}n` : JSON.stringify(claim), claim] as const))(
    'the claim %s finds its own rows under every operator, and in every other place',
    async (_, claim) => {
      const text = textOfClaim(claim);
      await as({ c: claim, inner: { c: claim } }, async (client) => {
        for (const [table, condition] of Object.entries(WORD_TABLES)) {
          const byTest = table === 'word_tested' || table === 'word_required';
          const expected = text ?? (byTest ? String(claim) : undefined);
          expect(await ids(client, table), table).toBe(
            expected === undefined ? '42501' : await judged('words', condition, expected),
          );
        }
        const exact = typeof claim === 'bigint' || (typeof claim === 'number' && Number.isInteger(claim));
        for (const [name, condition] of Object.entries(NUMBER_OPERATORS)) {
          const expected = exact ? await judged('numbers', condition, String(claim)) : '42501';
          expect(await ids(client, `number_${name}`), name).toBe(expected);
        }
        // As PostgreSQL reads a literal beside the column; DuckDB takes none but plain digits (case C15).
        const byLiteral = await judged('numbers', `n = ${quoted(String(claim))}`);
        const loose = warehouse === 'DuckDB' && typeof claim === 'string';
        expect(await ids(client, 'number_tested')).toBe(loose ? '22P02' : byLiteral);
        for (const name of DAY_OPERATORS) expect(await ids(client, `day_${name}`), name).toBe('42501');
        expect(await ids(client, 'word_conditioned')).toBe('42P01');
      });
    },
  );

  it.each([...Object.keys(WORD_OPERATORS)])('%s by the token, and by queryRewrite', async (operator) => {
    const condition = WORD_OPERATORS[operator] ?? '';
    const same = async (claims: object, text: string | undefined): Promise<void> =>
      as(claims, async (client) => {
        const expected = text === undefined ? '42501' : await judged('words', condition, text);
        expect(await ids(client, 'plain'), JSON.stringify(text)).toBe(expected);
      });
    const nth = Object.keys(WORD_OPERATORS).indexOf(operator);
    // By turns: over all operators each claim comes both ways.
    for (const [i, claim] of HOSTILE.entries()) {
      const byToken = { filters: [{ member: 'plain.word', operator, values: [claim] }] };
      const byHook = { hook: operator, member: 'plain.word', c: claim };
      await same((i + nth) % 2 === 0 ? byToken : byHook, textOfClaim(claim));
    }
  });

  it.each(Object.keys(NUMBER_OPERATORS))('whole numbers are exact: %s', async (operator) => {
    const condition = NUMBER_OPERATORS[operator] ?? '';
    for (const n of NUMBERS) {
      const expected = await judged('numbers', condition, String(n));
      const of = { member: 'plain_numbers.n', operator, values: [n] };
      await as({ c: n, inner: {} }, async (client) => expect(await ids(client, `number_${operator}`)).toBe(expected));
      await as({ c: String(n) }, async (client) => expect(await ids(client, `number_${operator}`)).toBe(expected));
      await as({ filters: [of] }, async (client) => expect(await ids(client, 'plain_numbers')).toBe(expected));
      await as({ hook: operator, member: of.member, c: n }, async (client) =>
        expect(await ids(client, 'plain_numbers')).toBe(expected),
      );
      if (operator !== 'equals') continue;
      await as({ c: n }, async (client) => expect(await ids(client, 'number_tested')).toBe(expected));
      await as({ c: [n, 5] }, async (client) =>
        expect(await ids(client, 'number_in')).toBe(await judged('numbers', `n IN (${n}, 5)`)),
      );
    }
    // One past either end is no such number.
    for (const n of [9223372036854775808n, -9223372036854775809n]) await refused({ c: n }, [`number_${operator}`]);
  });

  it('lists keep to their items', async () => {
    for (let i = 0; i + 3 <= WORDS.length; i += 3) {
      const list = WORDS.slice(i, i + 3);
      const any = `word IN (${list.map(quoted).join()})`;
      await as({ c: list, inner: { c: list } }, async (client) => {
        const expected = await judged('words', any);
        for (const table of ['word_equals', 'word_in', 'word_in_claim', 'word_inner', 'word_tested'])
          expect(await ids(client, table), table).toBe(expected);
        expect(await ids(client, 'word_notIn')).toBe(await judged('words', `(${any}) IS NOT TRUE`));
        expect(await ids(client, 'word_in_list')).toBe(await judged('words', `${any} OR word IN ('acme', 'zzz')`));
      });
    }
    await as({ c: [], inner: { c: [] } }, async (client) => {
      const empty = ['word_equals', 'word_notEquals', 'word_in', 'word_notIn', 'word_contains', 'word_notContains'];
      for (const table of [...empty, 'word_in_claim', 'word_inner', 'word_tested', 'number_notIn', 'number_tested'])
        expect(await ids(client, table), table).toBe('');
    });
  });

  const deciding = Object.keys(WORD_TABLES).filter((name) => name !== 'word_inner');
  it('what is no value, or is missing, is refused', async () => {
    for (const claim of UNFIT) {
      // A list within a list is one list to nobody.
      await refused({ c: claim, inner: { c: claim } }, [...Object.keys(WORD_TABLES), 'number_equals', 'day_onTheDate']);
      const of = { member: 'plain.word', operator: 'equals', values: [claim] };
      await refused({ filters: [of] }, ['plain']);
      await refused({ hook: 'equals', member: 'plain.word', c: claim }, ['plain']);
    }
    for (const claims of [{}, { c: null }, { C: 'acme' }]) await refused(claims, [...deciding, 'word_inner']);
    await as({}, async (client) =>
      expect((await client.ask('SELECT id FROM word_equals')).message).toBe('security context lacks "c"'),
    );
    await as({ hook: 'equals', member: 'plain.word' }, async (client) =>
      expect(await ids(client, 'plain')).toBe('42501'),
    );
  });

  it('a condition holds for one text alone, a date for one day', async () => {
    await as({ c: 'acme' }, async (client) => expect(await ids(client, 'word_conditioned')).not.toBe('42P01'));
    const dates: readonly (readonly [Claim, RegExp])[] = [
      ['2024-02-29', /^2,3$/],
      ['2024-02-29 00:00:00', /^2$/],
      ["2024-02-29' OR '1'='1", /^42501$/],
      ['2024-02-29; --', /^42501$/],
      ['2024-02-30', /^(42501|22\w{3})$/],
      ['2024-02-29 25:00', /^(42501|22\w{3})$/],
      ['today', /^42501$/],
      ['infinity', /^42501$/],
      ['epoch', /^42501$/],
      [20240229, /^42501$/],
      [['2024-02-29', "'"], /^42501$/],
    ];
    for (const [c, found] of dates)
      await as({ c }, async (client) => expect(await ids(client, 'day_onTheDate'), String(c)).toMatch(found));
  });

  it('who asks is data: groups, identities, personas', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'semwire-names-'));
    folders.push(folder);
    cpSync(MODEL, folder, { recursive: true });
    mkdirSync(join(folder, 'access'));
    const names = WORDS.filter((word) => word !== '' && word !== '__proto__' && word !== 'constructor');
    // Braces would make a template of the file.
    const yaml = (text: string) =>
      JSON.stringify(text)
        .replace(/[^ -z|~]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
        .replace(/[{}]/g, (c) => `\\x${c.charCodeAt(0).toString(16)}`);
    const cubes = names.map(
      (name, i) =>
        `  - { name: group_${i}, extends: words, public: true, access_policy: [{ group: ${yaml(name)}, row_level: { allow_all: true } }] }\n`,
    );
    const bases =
      'cubes:\n  - { name: words, sql_table: words, dimensions: [{ name: id, sql: id, type: number, primary_key: true, public: true }, { name: word, sql: word, type: string }] }\n  - { name: plain, extends: words, public: true }\n  - { name: equal, extends: words, public: true, access_policy: [{ group: "*", row_level: { filters: [{ member: word, operator: equals, values: [securityContext.c] }] } }] }\n';
    writeFileSync(join(folder, 'cubes/model.yml'), `${bases}${cubes.join('')}`);
    writeFileSync(
      join(folder, 'security-contexts.sc.yml'),
      names
        .map((name) => `- { name: ${yaml(name)}, securityContext: { sub: ${yaml(name)}, c: ${yaml(name)} } }\n`)
        .concat('- { name: of no text, securityContext: { c: "a\\0b" } }\n')
        .join(''),
    );
    const byName = `${warehouse.toLowerCase()}_names`;
    const plain = await start(byName, folder);
    writeFileSync(
      join(folder, 'access/rights.json'),
      `{${names.map((name) => `${JSON.stringify(name)}: {}`).join(', ')}}`,
    );
    writeFileSync(join(folder, 'access/slicer.ini'), '[authorization]\nidentity_dimension = word\n');
    const withRights = await start(`${byName}_rights`, folder);
    try {
      for (const [i, name] of names.entries()) {
        await as(
          { groups: [name] },
          async (client) => {
            expect(await ids(client, `group_${i}`), name).toMatch(/^1,2,/);
            for (const other of [i === 0 ? 1 : 0, (i + 7) % names.length])
              expect(await ids(client, `group_${other}`), name).toBe('42P01');
          },
          plain,
        );
        const own = await judged('words', 'word = $1', name);
        // As one of PostgreSQL's own roles nobody acts.
        const reserved = name.startsWith('pg_');
        await as({ sub: name }, async (client) => expect(await ids(client, 'plain'), name).toBe(own), withRights);
        await as(
          { sub: 'nobody' },
          async (client) => {
            const { message } = await client.ask(`SET ROLE ${quoted(name)}`);
            expect(message, name).toBe(reserved ? `permission denied to set role "${name}"` : undefined);
            if (!reserved) expect(await ids(client, 'equal'), name).toBe(own);
          },
          plain,
        );
        await as(
          { sub: 'acme', filters: [] },
          async (client) => {
            await client.ask(`SET SESSION AUTHORIZATION ${quoted(name)}`);
            if (!reserved) expect(await ids(client, 'plain'), name).toBe(own);
          },
          withRights,
        );
      }
      await as(
        { sub: 'nobody' },
        async (client) => {
          expect((await client.ask("SET ROLE 'of no text'")).message).toBeUndefined();
          expect(await ids(client, 'equal')).toBe('42501');
        },
        plain,
      );
      for (const groups of ['*', ['*'], [['acme']], { acme: true }, [null], true])
        await as({ groups }, async (client) => expect(await ids(client, 'group_0')).toBe('42P01'), plain);
      for (const sub of ['', '__proto__', 'constructor', 'valueOf', 'acme ', 'acm%'])
        await as({ sub }, async (client) => expect(await ids(client, 'plain')).toMatch(/^42P01$|^$/), withRights);
    } finally {
      await plain.close();
      await withRights.close();
    }
  });
});
