/** What became of one recorded statement. */
import { type Pair, reasonsOf, withRenamedColumns } from './known-differences.ts';
import { withNames, withOwnIds } from './object-ids.ts';
import { type CorpusServers, WAREHOUSES, type WarehouseName, type World } from './serve.ts';
import type { RecordedStatement } from './statements.ts';
import { PROTOCOLS, type Protocol, sameRows, sameTypes, syntaxError, type Verdict, verdictOf } from './verdict.ts';

/** What PostgreSQL itself and semwire say, by one protocol. */
export type Exchange = {
  readonly warehouse: WarehouseName;
  readonly protocol: Protocol;
  readonly reference: Verdict;
  readonly verdict: Verdict;
};

export type Outcome = {
  readonly statement: RecordedStatement;
  readonly world: World;
  /** Why PostgreSQL's grammar does not take it. */
  readonly syntax: string | undefined;
  readonly exchanges: readonly Exchange[];
};

/** Asks PostgreSQL, then semwire on each warehouse, by each protocol. */
export async function outcomeOf(statement: RecordedStatement, servers: CorpusServers): Promise<Outcome> {
  const renamed = { ...statement, sql: withRenamedColumns(statement.sql) };
  const reference = await answersOf('reference', renamed, servers);
  const exchanges: Exchange[] = [];
  for (const warehouse of WAREHOUSES) {
    const verdicts = await answersOf(warehouse, statement, servers);
    for (const protocol of PROTOCOLS)
      exchanges.push({ warehouse, protocol, reference: reference[protocol], verdict: verdicts[protocol] });
  }
  return { statement, world: servers.worldOf(statement), syntax: syntaxError(statement.sql), exchanges };
}

/** On a session of its own for each protocol. */
async function answersOf(
  server: WarehouseName | 'reference',
  statement: RecordedStatement,
  { connect }: CorpusServers,
): Promise<Readonly<Record<Protocol, Verdict>>> {
  const ask = async (protocol: Protocol): Promise<Verdict> => {
    const { client, ids } = await connect(server, statement);
    try {
      const verdict = await verdictOf(client, withOwnIds(statement, ids), protocol);
      return verdict.kind === 'answered' ? { ...verdict, ...withNames(verdict, ids) } : verdict;
    } finally {
      await client.end().catch(() => {});
    }
  };
  return { simple: await ask('simple'), extended: await ask('extended') };
}

/** PostgreSQL answers it, by one protocol at least: several statements in one text are none of the extended protocol's. */
export function isValid({ syntax, exchanges }: Outcome): boolean {
  return syntax === undefined && exchanges.some(({ reference }) => reference.kind === 'answered');
}

/** Wherever PostgreSQL answers it. */
export function isAnswered({ exchanges }: Outcome): boolean {
  return exchanges.every(({ reference, verdict }) => reference.kind !== 'answered' || verdict.kind === 'answered');
}

export function hasFailed({ exchanges }: Outcome): boolean {
  return exchanges.some(({ verdict }) => verdict.kind === 'failed');
}

/** PostgreSQL finds something. */
export function hasRows({ exchanges }: Outcome): boolean {
  return exchanges.some(({ reference }) => reference.kind === 'answered' && reference.rows.length > 0);
}

/** Where both have answered, with the same names and types. */
export function columnsAgree(outcome: Outcome): boolean {
  return pairsOf(outcome).every(({ expected, answer }) => sameTypes(answer, expected));
}

export function rowsAgree(outcome: Outcome): boolean {
  return pairsOf(outcome).every(({ expected, answer }) => sameRows(answer.rows, expected.rows));
}

/** Why rows differ that are not meant to be the same; undefined when that is not known. */
export function reasonsFor(outcome: Outcome): readonly string[] | undefined {
  return outcome.world === 'catalog' ? reasonsOf(outcome.statement.sql, pairsOf(outcome), sameRows) : undefined;
}

/** Wherever PostgreSQL refuses it semwire does so with the same SQLSTATE. */
export function refusedAlike({ exchanges }: Outcome): boolean {
  return exchanges.every(
    ({ reference, verdict }) =>
      reference.kind === 'answered' || (verdict.kind === 'refused' && reference.code === verdict.code),
  );
}

function pairsOf({ exchanges }: Outcome): readonly Pair[] {
  return exchanges.flatMap(({ reference, verdict }) =>
    reference.kind === 'answered' && verdict.kind === 'answered' ? [{ expected: reference, answer: verdict }] : [],
  );
}
