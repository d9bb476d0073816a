/** What became of one recorded statement. */
import type pg from 'pg';
import { type CorpusServers, WAREHOUSES } from './serve.ts';
import type { RecordedStatement } from './statements.ts';
import { syntaxError, type Verdict, verdictOf } from './verdict.ts';

export type Outcome = {
  readonly statement: RecordedStatement;
  /** Why PostgreSQL's grammar does not take it. */
  readonly syntax: string | undefined;
  /** PostgreSQL's answer over plain views of the same names. */
  readonly plain: Verdict;
  /** By warehouse and protocol. */
  readonly verdicts: ReadonlyMap<string, Verdict>;
};

/** Asks PostgreSQL itself, then semwire on each warehouse by each protocol, on connections of their own. */
export async function outcomeOf(statement: RecordedStatement, { connect }: CorpusServers): Promise<Outcome> {
  const ask = async (
    server: Parameters<typeof connect>[0],
    each: (client: pg.Client) => Promise<readonly Verdict[]>,
  ): Promise<readonly Verdict[]> => {
    const client = await connect(server, statement.database);
    try {
      return await each(client);
    } finally {
      await client.end().catch(() => {});
    }
  };
  const [plain] = await ask('plain', async (client) => [await verdictOf(client, statement, 'extended')]);
  const verdicts = new Map<string, Verdict>();
  for (const warehouse of WAREHOUSES) {
    const [simple, extended] = await ask(warehouse, async (client) => [
      await verdictOf(client, statement, 'simple'),
      await verdictOf(client, statement, 'extended'),
    ]);
    if (simple !== undefined) verdicts.set(`${warehouse}, simple`, simple);
    if (extended !== undefined) verdicts.set(`${warehouse}, extended`, extended);
  }
  return { statement, syntax: syntaxError(statement.sql), plain: plain as Verdict, verdicts };
}
