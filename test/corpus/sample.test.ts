/** A small corpus of our own: every statement is answered on both warehouses, by both protocols, as PostgreSQL answers it. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { outcomeOf } from './outcome.ts';
import { type CorpusServers, startCorpus } from './serve.ts';
import { readStatements } from './statements.ts';
import { sameRows, syntaxError } from './verdict.ts';

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
      const { plain, verdicts, syntax } = await outcomeOf(statement, servers);
      expect(syntax).toBeUndefined();
      if (plain.kind !== 'answered') throw new Error(`PostgreSQL: ${plain.code} ${plain.message}`);
      expect(verdicts.size).toBe(4);
      for (const [name, verdict] of verdicts) {
        expect(verdict, name).toMatchObject({ kind: 'answered' });
        if (verdict.kind === 'answered') expect(sameRows(verdict.rows, plain.rows), name).toBe(true);
      }
    },
  );

  it("knows PostgreSQL's grammar from semwire's own refusals", () => {
    expect(syntaxError('SELECT CURRENT_DATE()')).toMatch(/syntax error/);
    expect(syntaxError('SELECT 1 INTO t')).toBeUndefined();
  });
});
