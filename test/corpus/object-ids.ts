/** Object ids, which no two servers share: those that statements were recorded with, and those in answers. */
import type pg from 'pg';
import type { RecordedStatement } from './statements.ts';
import type { Answer } from './verdict.ts';

/** The tables of the databases that the recorded clients were connected to. */
const RECORDED: ReadonlyMap<string, string> = new Map([
  ['16389', 'orders'],
  ['16393', 'customers'],
  ['16397', 'products'],
  ['16417', 'orders'],
]);

export type ObjectIds = {
  /** By the id that was recorded, the server's own of that table. */
  readonly own: ReadonlyMap<string, string>;
  /** What the server's ids from 10000 on stand for: those below are the same everywhere. */
  readonly names: ReadonlyMap<string, string>;
};

const NAMES = `
SELECT oid::text, 'relation ' || oid::regclass FROM pg_class WHERE oid >= 10000 AND relkind <> 't'
UNION ALL SELECT reltoastrelid::text, 'toast of ' || oid::regclass FROM pg_class WHERE reltoastrelid >= 10000
UNION ALL SELECT oid::text, 'type ' || oid::regtype FROM pg_type WHERE oid >= 10000
UNION ALL SELECT oid::text, 'function ' || oid::regprocedure FROM pg_proc WHERE oid >= 10000
UNION ALL SELECT oid::text, 'constraint ' || conname || ' of ' || conrelid::regclass FROM pg_constraint WHERE oid >= 10000
UNION ALL SELECT oid::text, 'rule ' || rulename || ' of ' || ev_class::regclass FROM pg_rewrite WHERE oid >= 10000
UNION ALL SELECT oid::text, 'schema ' || nspname FROM pg_namespace WHERE oid >= 10000
UNION ALL SELECT oid::text, 'role ' || rolname FROM pg_roles WHERE oid >= 10000
UNION ALL SELECT oid::text, 'collation ' || collname || ' ' || collencoding FROM pg_collation WHERE oid >= 10000
UNION ALL SELECT oid::text, 'language ' || lanname FROM pg_language WHERE oid >= 10000
UNION ALL SELECT oid::text, 'extension ' || extname FROM pg_extension WHERE oid >= 10000`;

export async function objectIdsOf(client: pg.Client): Promise<ObjectIds> {
  const rowsOf = async (text: string): Promise<[string, string][]> =>
    (await client.query<[string, string]>({ text, rowMode: 'array' })).rows;
  const tables = new Map(
    await rowsOf(`SELECT relname, oid::text FROM pg_class WHERE relnamespace = 'public'::regnamespace`),
  );
  const own = [...RECORDED].flatMap(([recorded, table]): [string, string][] => {
    const oid = tables.get(table);
    return oid === undefined ? [] : [[recorded, oid]];
  });
  return { own: new Map(own), names: new Map(await rowsOf(NAMES)) };
}

/** The statement as its client would have sent it to this server, having asked for the tables' ids before. */
export function withOwnIds(statement: RecordedStatement, { own }: ObjectIds): RecordedStatement {
  const replaced = (text: string): string => text.replace(/\b\d{5}\b/g, (id) => own.get(id) ?? id);
  return {
    ...statement,
    sql: replaced(statement.sql),
    parameters: statement.parameters?.map((value) => (value === null ? null : replaced(value))),
  };
}

const OID = 26;
/** Where a row lies and who wrote it: xid, cid, tid, xid8. */
const PHYSICAL = new Set([28, 29, 27, 5069]);

/** The answer with names for ids, so that two servers' answers compare. */
export function withNames({ columns, rows, parameters }: Answer, { names }: ObjectIds): Answer {
  return {
    columns,
    parameters,
    rows: rows.map((row) =>
      row.map((value, i) => {
        const type = columns[i]?.type;
        if (value === null || type === undefined) return value;
        if (PHYSICAL.has(type)) return 'physical';
        return type === OID ? (names.get(value) ?? value) : value;
      }),
    ),
  };
}
