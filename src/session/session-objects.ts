/** What a session holds of its own, as PostgreSQL's views of it show: pg_prepared_statements, pg_cursors, pg_stat_ssl. */
import type { SessionContext } from './context.ts';
import type { Portal } from './portals.ts';
import type { KeptStatement } from './prepared.ts';

export type SessionObjects = {
  /** TLS is in use. */
  readonly secure: boolean;
  readonly statements: readonly StatementObject[];
  readonly cursors: readonly CursorObject[];
};

type StatementObject = {
  readonly name: string;
  readonly statement: string;
  readonly prepareTime: string;
  /** OIDs. */
  readonly parameterTypes: readonly number[];
  readonly resultTypes: readonly number[] | null;
  readonly fromSql: boolean;
};

type CursorObject = {
  readonly name: string;
  readonly statement: string;
  readonly holdable: boolean;
  readonly binary: boolean;
  readonly scrollable: boolean;
  readonly creationTime: string;
};

/** The unnamed statement and portal are nobody's to see, as in PostgreSQL. */
export function sessionObjects({ connection, statements, portals }: SessionContext): SessionObjects {
  return {
    secure: connection.secure,
    statements: statements.named().map(statementObject),
    cursors: portals.named().map(cursorObject),
  };
}

function statementObject([name, { statement, text, at, fromSql }]: readonly [string, KeptStatement]): StatementObject {
  return {
    name,
    statement: text,
    prepareTime: at.toISOString(),
    parameterTypes: statement.parameterTypes,
    resultTypes: statement.columns?.map((column) => column.typeOid) ?? null,
    fromSql,
  };
}

function cursorObject({ name, planned, hold, binary, scroll, at }: Portal): CursorObject {
  return {
    name,
    statement: planned.source?.text ?? planned.sql,
    holdable: hold,
    binary,
    scrollable: scroll,
    creationTime: at.toISOString(),
  };
}
