/** One statement asked in process, as a session of that identity would be answered, read to its end. */
import type { Identity } from '../access/context.ts';
import { SqlError } from '../errors.ts';
import type { Engine, ResultColumn, SessionView, TableRead } from '../session/engine.ts';
import { eachFrame, FRAME_HEADER } from '../session/frames.ts';
import { parse } from '../sql/parse.ts';
import { refused } from '../sql/refused.ts';
import { visitQuery } from '../sql/walk.ts';

export type AccessAnswer =
  | {
      readonly kind: 'rows';
      readonly columns: readonly ResultColumn[];
      readonly rows: readonly (readonly (string | null)[])[];
      /** ORDER BY makes the order of the rows part of the answer. */
      readonly ordered: boolean;
      readonly reads: readonly TableRead[];
    }
  /** `named`: the relations that the statement names. */
  | { readonly kind: 'error'; readonly error: SqlError; readonly named: readonly string[] };

const TIMEOUT_MS = 60_000;

/** @throws whatever is no answer: a bug */
export async function answerOf(engine: Engine, sql: string, identity: Identity): Promise<AccessAnswer> {
  try {
    return await ask(engine, sql, identity);
  } catch (error) {
    if (error instanceof SqlError) return { kind: 'error', error, named: relationsNamed(sql) };
    throw error;
  }
}

async function ask(engine: Engine, sql: string, identity: Identity): Promise<AccessAnswer> {
  const [source, another] = parse(sql);
  if (source === undefined || another !== undefined) throw new SqlError('42601', 'one statement is expected');
  const { statement } = source;
  if (statement.kind === 'refused') throw refused(statement.tag, statement.writes);
  if (statement.kind !== 'query' && statement.kind !== 'explain') throw new SqlError('0A000', 'a query is expected');
  const session = viewOf(identity);
  const prepared = await engine.prepare(statement, source.text, source.offset, [], session);
  const cursor = await prepared.open([], {
    session,
    resultFormats: prepared.columns.map(() => 0),
    timeoutMs: TIMEOUT_MS,
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const rows: (readonly (string | null)[])[] = [];
  try {
    await cursor.fetch(0, { write: (frames) => void rows.push(...readRows(frames)) });
  } finally {
    await cursor.close();
  }
  const ordered = statement.kind === 'query' && statement.query.orderBy.length > 0;
  return { kind: 'rows', columns: prepared.columns, rows, ordered, reads: prepared.reads?.() ?? [] };
}

function relationsNamed(sql: string): readonly string[] {
  const names = new Set<string>();
  try {
    for (const { statement } of parse(sql)) {
      if (statement.kind !== 'query') continue;
      visitQuery(statement.query, {
        table: (ref) => {
          if (ref.kind === 'table') names.add(ref.path.at(-1) ?? '');
          return true;
        },
      });
    }
  } catch (error) {
    // What cannot be read names nothing.
    if (!(error instanceof SqlError)) throw error;
  }
  return [...names];
}

/** A session that has set nothing. */
function viewOf(identity: Identity): SessionView {
  return {
    identity,
    pid: 0,
    applicationName: 'semwire test',
    clientAddress: undefined,
    settings: new Map([['timezone', 'UTC']]),
  };
}

function readRows(frames: Uint8Array): readonly (readonly (string | null)[])[] {
  const bytes = Buffer.from(frames.buffer, frames.byteOffset, frames.byteLength);
  const rows: (string | null)[][] = [];
  eachFrame(frames, (start) => {
    let at = start + FRAME_HEADER;
    const count = bytes.readInt16BE(at);
    at += 2;
    const row: (string | null)[] = [];
    for (let i = 0; i < count; i += 1) {
      const length = bytes.readInt32BE(at);
      at += 4;
      row.push(length < 0 ? null : bytes.toString('utf8', at, at + length));
      at += Math.max(length, 0);
    }
    rows.push(row);
  });
  return rows;
}
