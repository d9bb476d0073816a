/**
 * queryRewrite through a socket, on both warehouses: Cube's own example as it is written, what a hook can answer, and
 * what becomes of one that fails (contract 7.7; security cases C29, C30).
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestPostgres } from '../helpers/postgres.ts';
import { bind, describe as describeFrame, execute, parse, SYNC } from '../wire/frames.ts';
import { type Claims, type Gateway, modelFolder, onDuckdb, onPostgres, startPostgres } from './gateway.ts';

const MODEL = modelFolder('query-rewrite');
const SEED = readFileSync(join(MODEL, 'seed.sql'), 'utf8');
const CANNOT = '42501 queryRewrite added a filter that cannot be applied';
const ANN = { user_id: 1, groups: ['all'] };

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
const folders: string[] = [];
afterAll(async () => {
  await postgres?.stop();
  for (const folder of folders) rmSync(folder, { recursive: true });
});

async function ask(gateway: Gateway, claims: Claims, sql: string): Promise<unknown> {
  const client = await gateway.signIn(claims);
  try {
    const { rows, code, message } = await client.ask(sql);
    return code === undefined ? rows.map((row) => row.join(' ')) : `${code} ${message}`;
  } finally {
    client.close();
  }
}

describe.each([
  ['DuckDB', () => onDuckdb(MODEL, SEED)],
  ['PostgreSQL', () => onPostgres(postgres, 'query_rewrite', 'public', MODEL, SEED)],
] as const)("Cube's example on %s", (_, start) => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await start();
  });
  afterAll(() => gateway?.close());

  it.each([
    ['SELECT id FROM "Orders" ORDER BY id', ['1', '2']],
    ['SELECT count(*), MEASURE(total), sum(amount) FROM "Orders"', ['2 30 30']],
    ['SELECT status, total FROM "Orders" ORDER BY 1', ['done 20', 'open 10']],
    ['SELECT id FROM (SELECT * FROM (SELECT id, amount FROM "Orders") a WHERE amount > 0) b ORDER BY 1', ['1', '2']],
    ['WITH o AS (SELECT id FROM "Orders") SELECT count(*) FROM o x, o y', ['4']],
    ['SELECT (SELECT max(amount) FROM "Orders"), EXISTS (SELECT FROM "Orders" WHERE id > 2)', ['20 f']],
    ['SELECT id FROM "Orders" WHERE id > 4 OR true UNION SELECT count(*) FROM "Orders" ORDER BY 1', ['1', '2']],
    // Through the joins of other tables.
    ['SELECT product FROM lines ORDER BY 1', ['nail', 'saw']],
    ['SELECT name, bought FROM users GROUP BY 1, 2', ['ann 2']],
    ['SELECT count(*) FROM users u LEFT JOIN lines l ON l.id = u.id', ['1']],
  ])('%s', async (sql, rows) => {
    expect(await ask(gateway, ANN, sql)).toEqual(rows);
  });

  it('policies hold beside it', async () => {
    const sql = 'SELECT id FROM "Orders"';
    expect(await ask(gateway, { user_id: 2, groups: ['cheap'] }, sql)).toEqual([]);
    expect(await ask(gateway, { user_id: 1, groups: ['cheap'] }, sql)).toEqual(['1', '2']);
    expect(await ask(gateway, { user_id: 1 }, sql)).toBe('42P01 relation "Orders" does not exist');
  });

  it('the filters of the token hold beside it', async () => {
    const filters = [{ member: 'Orders.status', operator: 'equals', values: ['done'] }];
    expect(await ask(gateway, { ...ANN, filters }, 'SELECT id FROM "Orders"')).toEqual(['2']);
  });

  it('its error is the client’s', async () => {
    expect(await ask(gateway, { groups: ['all'] }, 'SELECT 1 FROM "Orders"')).toBe(
      '42501 No id found in Security Context!',
    );
  });

  it.each([
    ['a table without a path', ANN, 'SELECT count(*) FROM logs'],
    ['also beside one with a path', ANN, 'SELECT count(*) FROM "Orders", logs'],
    ['also where nothing of it is read', ANN, 'SELECT EXISTS (SELECT FROM logs)'],
    ['a value of another type', { user_id: '1 OR 1=1', groups: ['all'] }, 'SELECT count(*) FROM "Orders"'],
    ['a list for a value', { user_id: [1], groups: ['all'] }, 'SELECT count(*) FROM "Orders"'],
  ])('%s fails the statement', async (_name, claims, sql) => {
    expect(await ask(gateway, claims, sql)).toBe(CANNOT);
  });

  it('two who ask the same keep each their own rows', async () => {
    const sql = 'SELECT id FROM "Orders" ORDER BY id';
    const answers = await Promise.all([1, 2, 1, 2].map((user_id) => ask(gateway, { ...ANN, user_id }, sql)));
    expect(answers).toEqual([
      ['1', '2'],
      ['3', '4'],
      ['1', '2'],
      ['3', '4'],
    ]);
  });

  it('the catalog and EXPLAIN ask nobody', async () => {
    expect(await ask(gateway, { groups: ['all'] }, 'SELECT 1')).toEqual(['1']);
    expect(await ask(gateway, { groups: ['all'] }, 'EXPLAIN SELECT id FROM "Orders"')).toEqual([
      'Semantic Query',
      '  Output: id integer',
      '  ->  Orders (id)',
      '        Policy: Orders[1] for all',
      '        Security filter: queryRewrite, at each execution',
    ]);
  });
});

/** A gateway with another hook. */
async function withHook(hook: string): Promise<Gateway> {
  const folder = mkdtempSync(join(tmpdir(), 'semwire-rewrite-'));
  folders.push(folder);
  cpSync(MODEL, folder, { recursive: true });
  rmSync(join(folder, 'cube.js'));
  writeFileSync(join(folder, 'semwire.config.mjs'), hook);
  return onDuckdb(folder, SEED);
}

describe('what a hook can answer', () => {
  const ADDS = (filter: string): string => `(q) => ({ ...q, filters: [${filter}] })`;
  const MODES: Readonly<Record<string, readonly [hook: string, answer: unknown]>> = {
    'the query as it is': ['(q) => q', ['5']],
    'a copy of it with filters': [ADDS("{ member: 'Orders.status', operator: 'equals', values: ['open'] }"), ['3']],
    'an async answer': [
      "async (q) => { await null; q.filters.push({ member: 'Orders.amount', operator: 'gt', values: [25] }); return q; }",
      ['3'],
    ],
    'and, or': [
      ADDS(
        "{ or: [{ member: 'Orders.id', operator: 'equals', values: ['1', 2] }, { member: 'Orders.userId', operator: 'notSet' }] }",
      ),
      ['3'],
    ],
    'an empty list matches nothing': [ADDS("{ member: 'Orders.id', operator: 'notEquals', values: [] }"), ['0']],
    'a member that is joined': [ADDS("{ member: 'lines.product', operator: 'equals', values: ['saw'] }"), CANNOT],
    'it cannot widen': [
      "(q) => ({ tables: [], dimensions: ['Orders.userId'], measures: [], segments: [], filters: [] })",
      ['5'],
    ],
    nothing: ['() => {}', '42501 queryRewrite did not return the query'],
    null: ['() => null', '42501 queryRewrite did not return the query'],
    true: ['() => true', '42501 queryRewrite did not return the query'],
    'a list': ['(q) => [q]', '42501 queryRewrite did not return the query'],
    'a promise of nothing': ['async () => {}', '42501 queryRewrite did not return the query'],
    'a query without filters': ['() => ({})', '42501 queryRewrite returned a query without filters'],
    'filters that are no list': [
      '(q) => ({ ...q, filters: {} })',
      '42501 queryRewrite returned a query without filters',
    ],
    'a segment': [
      "(q) => { q.segments.push('Orders.open'); return q; }",
      '42501 queryRewrite can add filters alone, no segments and no timeDimensions',
    ],
    'an error': ["() => { throw new Error('not today') }", '42501 not today'],
    'a rejection': ["async () => { throw new Error('not today') }", '42501 not today'],
    'what is no error, thrown': ['() => { throw undefined }', '42501 queryRewrite: undefined'],
    'an unknown member': [ADDS("{ member: 'Orders.userid', operator: 'equals', values: [1] }"), CANNOT],
    'an operator that is none': [ADDS("{ member: 'Orders.userId', operator: 'equal', values: [1] }"), CANNOT],
    'values left out': [ADDS("{ member: 'Orders.userId', operator: 'equals' }"), CANNOT],
    'undefined for a value': [ADDS("{ member: 'Orders.userId', operator: 'equals', values: [undefined] }"), CANNOT],
    'null for a value': [ADDS("{ member: 'Orders.userId', operator: 'notEquals', values: [null] }"), CANNOT],
    'a hole for a value': [ADDS("{ member: 'Orders.userId', operator: 'equals', values: [, 1] }"), CANNOT],
    'NaN for a value': [ADDS("{ member: 'Orders.userId', operator: 'lt', values: [NaN] }"), CANNOT],
    'undefined for a filter': [ADDS('undefined'), CANNOT],
    'a measure': [
      ADDS("{ member: 'Orders.total', operator: 'gt', values: [1] }"),
      '0A000 queryRewrite added a filter that cannot be applied',
    ],
  };
  let gateway: Gateway;
  beforeAll(async () => {
    const hooks = Object.entries(MODES).map(([name, [hook]]) => `${JSON.stringify(name)}: ${hook}`);
    gateway = await withHook(
      `const modes = { ${hooks.join(', ')} };
       export const queryRewrite = (query, context) => modes[context.securityContext.mode](query, context);`,
    );
  });
  afterAll(() => gateway?.close());

  it.each(Object.entries(MODES))('%s', async (mode, [, answer]) => {
    expect(await ask(gateway, { mode, groups: ['all'] }, 'SELECT count(*) FROM "Orders"')).toEqual(answer);
  });
});

describe('what a hook is told', () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await withHook(`
      let calls = 0;
      export const queryRewrite = (query, { securityContext }) => {
        calls += 1;
        if (securityContext.tell === 'calls') throw new Error(String(calls));
        if (securityContext.tell === 'context') securityContext.tell = 'changed';
        if (securityContext.tell === 'query') throw new Error(JSON.stringify(query));
        return query;
      };`);
  });
  afterAll(() => gateway?.close());

  it('tables, dimensions, measures and segments of the whole statement, however nested', async () => {
    const sql = `WITH w AS (SELECT name FROM users) SELECT status, MEASURE(total) FROM "Orders"
      WHERE open AND EXISTS (SELECT FROM w WHERE name = status) GROUP BY 1 HAVING (SELECT count FROM lines) > 0`;
    const told = String(await ask(gateway, { tell: 'query', groups: ['all'] }, sql)).replace('42501 ', '');
    const { tables, dimensions, measures, segments, filters } = JSON.parse(told);
    expect([...tables].sort()).toEqual(['Orders', 'lines', 'users']);
    expect([...dimensions].sort()).toEqual(['Orders.status', 'users.name']);
    expect([...measures].sort()).toEqual(['Orders.total', 'lines.count']);
    expect([segments, filters]).toEqual([['Orders.open'], []]);
  });

  it('it cannot change the context', async () => {
    expect(await ask(gateway, { tell: 'context', groups: ['all'] }, 'SELECT count(*) FROM "Orders"')).toMatch(
      /^42501 Cannot assign to read only property/,
    );
  });

  it('it is asked at each execution, and at Describe not', async () => {
    const calls = async (): Promise<number> =>
      Number(
        String(await ask(gateway, { tell: 'calls', groups: ['all'] }, 'SELECT 1 FROM "Orders"')).replace('42501 ', ''),
      );
    const client = await gateway.signIn({ groups: ['all'] });
    const until = async (): Promise<void> => {
      while ((await client.raw.message())?.type !== 'Z');
    };
    try {
      const before = await calls();
      client.raw.send(parse('s', 'SELECT id FROM "Orders"'), describeFrame('S', 's'), SYNC);
      await until();
      client.raw.send(bind({ statement: 's', values: [] }), describeFrame('P', ''), SYNC);
      await until();
      expect(await calls()).toBe(before + 1);
      for (let n = 0; n < 3; n += 1) {
        client.raw.send(bind({ statement: 's', values: [] }), execute(), SYNC);
        await until();
      }
      expect(await calls()).toBe(before + 5);
    } finally {
      client.close();
    }
  });
});

it('one that never answers fails the statement after 5 seconds', async () => {
  const gateway = await withHook('export const queryRewrite = () => new Promise(() => {});');
  try {
    expect(await ask(gateway, { groups: ['all'] }, 'SELECT 1 FROM "Orders"')).toBe('42501 no answer within 5 s');
  } finally {
    await gateway.close();
  }
});
