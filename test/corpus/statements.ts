/** Statements as tools were recorded to send them: one JSON object a line. */
import { readFileSync } from 'node:fs';

export type RecordedStatement = {
  /** 1-based line of the file. */
  readonly line: number;
  readonly tool: string;
  readonly sql: string;
  /** Values of $1…, as text; undefined where the statement has none. */
  readonly parameters: readonly (string | null)[] | undefined;
  /** The database that the statement qualifies its tables with, `semwire` if it names none. */
  readonly database: string;
  /** What PostgreSQL refuses it with, where it is recorded for that. */
  readonly sqlstate: string | undefined;
};

/** @throws Error with the line, for what is not of the format */
export function readStatements(path: string): readonly RecordedStatement[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((text, i) => (text.trim() === '' ? [] : [readLine(text, i + 1, path)]));
}

function readLine(text: string, line: number, path: string): RecordedStatement {
  const read: unknown = JSON.parse(text);
  if (typeof read !== 'object' || read === null || !('sql' in read) || typeof read.sql !== 'string')
    throw new Error(`${path}:${line}: no sql`);
  const tool = 'tool' in read && typeof read.tool === 'string' ? read.tool : 'unknown';
  const parameters =
    'params' in read && Array.isArray(read.params)
      ? read.params.map((value: unknown) => (value === null ? null : String(value)))
      : undefined;
  const database = /"(\w+)"\."public"\."/.exec(read.sql)?.[1] ?? 'semwire';
  const sqlstate = 'sqlstate' in read && typeof read.sqlstate === 'string' ? read.sqlstate : undefined;
  return { line, tool, sql: read.sql, parameters, database, sqlstate };
}
