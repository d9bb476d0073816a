/** A small corpus of our own: every statement is answered on both warehouses, by both protocols, as PostgreSQL answers it. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { columnsAgree, type Outcome, outcomeOf, reasonsFor, refusedAlike, rowsAgree } from './outcome.ts';
import { reaches } from './report.ts';
import { type CorpusServers, startCorpus } from './serve.ts';
import { readStatements } from './statements.ts';
import { rowsBeyond, syntaxError, type Verdict } from './verdict.ts';

const statements = readStatements(fileURLToPath(new URL('sample.jsonl', import.meta.url)));

describe('statements of BI tools', () => {
  let servers: CorpusServers;
  beforeAll(async () => {
    servers = await startCorpus();
  }, 60_000);
  afterAll(() => servers?.close());

  it.each(statements.map((statement) => [statement.line, statement.tool, statement] as const))(
    'line %i of %s',
    async (_line, _tool, statement) => {
      const outcome = await outcomeOf(statement, servers);
      expect(outcome.syntax).toBeUndefined();
      expect(outcome.exchanges).toHaveLength(4);
      for (const { protocol, reference, verdict } of outcome.exchanges) {
        if (statement.sqlstate === undefined && !(protocol === 'extended' && statement.sql.includes(';')))
          expect(reference).toMatchObject({ kind: 'answered' });
        else expect(reference).toMatchObject({ kind: 'refused', code: statement.sqlstate ?? '42601' });
        if (reference.kind !== 'answered') continue;
        // A measure keeps the modifier of what it is computed from; an aggregate of PostgreSQL's has none.
        const columns = reference.columns.map(({ name, type, typmod }) =>
          outcome.world === 'catalog' ? { name, type, typmod } : { name, type },
        );
        expect(verdict).toMatchObject({ kind: 'answered', columns });
      }
      expect(refusedAlike(outcome)).toBe(true);
      if (!rowsAgree(outcome)) expect(reasonsFor(outcome)).toBeDefined();
      expect(reaches([outcome], 100)).toBe(true);
    },
  );

  it('asks PostgreSQL as a user without privileges, over tables with something to list', async () => {
    const ask = async (sql: string): Promise<Verdict> => {
      const [exchange] = (await outcomeOf(recorded(sql), servers)).exchanges;
      if (exchange === undefined) throw new Error('nobody was asked');
      return exchange.reference;
    };
    expect(await ask('SELECT usesuper FROM pg_user WHERE usename = current_user')).toMatchObject({ rows: [['f']] });
    expect(await ask("SELECT count(*) FROM pg_attribute WHERE attrelid = '16389' AND attnum > 0")).toMatchObject({
      rows: [['10']],
    });
    expect(await ask("SELECT conname FROM pg_constraint WHERE conrelid = 16389 AND contype = 'f'")).toMatchObject({
      rows: [['orders_customer_id_fkey'], ['orders_product_id_fkey']],
    });
  });

  it('knows why a version differs, and no reason why a table is missing', async () => {
    const version = await outcomeOf(recorded('SELECT version()'), servers);
    expect(rowsAgree(version)).toBe(false);
    expect(reasonsFor(version)).toEqual(['another version, and semwire says that it is semwire']);
    const tables = await outcomeOf(recorded("SELECT relname, relkind FROM pg_class c WHERE relkind = 'r'"), servers);
    const fewer = answering(tables, (answer) => ({ ...answer, rows: answer.rows.slice(1) }));
    expect([rowsAgree(tables), reaches([tables], 100)]).toEqual([true, true]);
    expect([rowsAgree(fewer), reasonsFor(fewer), reaches([fewer], 100)]).toEqual([false, undefined, false]);
  });

  it('takes another name or type of a column for another answer', async () => {
    const outcome = await outcomeOf(recorded("SELECT 'orders'::regclass::oid AS id"), servers);
    expect([columnsAgree(outcome), reaches([outcome], 100)]).toEqual([true, true]);
    for (const change of [{ name: 'oid' }, { type: 20 }, { typmod: 4 }]) {
      const other = answering(outcome, (answer) => ({
        ...answer,
        columns: answer.columns.map((column) => ({ ...column, ...change })),
      }));
      expect([columnsAgree(other), reaches([other], 100)]).toEqual([false, false]);
    }
  });

  it('takes another type of a parameter for another answer', async () => {
    const sql = 'SELECT relname FROM pg_class WHERE oid = $1';
    const outcome = await outcomeOf({ ...recorded(sql), parameters: ['1259'] }, servers);
    expect(outcome.exchanges.map(({ verdict }) => verdict)).toMatchObject(
      [undefined, '{oid}', undefined, '{oid}'].map((parameters) => ({ parameters, rows: [['pg_class']] })),
    );
    const other = answering(outcome, (answer) => ({ ...answer, parameters: '{text}' }));
    expect([columnsAgree(outcome), columnsAgree(other)]).toEqual([true, false]);
  });

  it("knows PostgreSQL's grammar from semwire's own refusals", () => {
    expect(syntaxError('SELECT CURRENT_DATE()')).toMatch(/syntax error/);
    expect(syntaxError('SELECT 1 INTO t')).toBeUndefined();
  });

  it('counts rows that come more than once', () => {
    expect(rowsBeyond([['a'], ['a'], [null]], [['a'], ['b']])).toEqual([['a'], [null]]);
  });
});

function recorded(sql: string): (typeof statements)[number] {
  return { line: 1, tool: 'test', sql, parameters: undefined, database: 'semwire', sqlstate: undefined };
}

type Answered = Extract<Verdict, { kind: 'answered' }>;

/** As if semwire had answered otherwise. */
function answering(outcome: Outcome, otherwise: (answer: Answered) => Omit<Answered, 'kind'>): Outcome {
  const exchanges = outcome.exchanges.map((exchange) =>
    exchange.verdict.kind === 'answered'
      ? { ...exchange, verdict: { kind: 'answered' as const, ...otherwise(exchange.verdict) } }
      : exchange,
  );
  return { ...outcome, exchanges };
}
