/**
 * One catalog: an embedded PostgreSQL that holds the stubs of one shape and answers for one session at a time.
 */
import { notSupported, SqlError, SqlState } from '../errors.ts';
import type { CatalogDescription, CatalogRequest, CatalogResult, CatalogSetting, CatalogShape } from './catalog.ts';
import { becomeStatements, type Facts, INITIAL_FACTS, switchStatements } from './facts.ts';
import {
  type Answer,
  concat,
  describeMessages,
  executeMessages,
  type Parameter,
  queryMessage,
  type ReportFields,
  readAnswer,
  readRowDescription,
} from './frames.ts';
import type { Postgres, PostgresProgram } from './postgres.ts';
import { withRenamedColumn } from './renamed-columns.ts';
import { stubStatements } from './stubs.ts';
import { CLIENT_ROLE, OWNER_ROLE, SETTING_CHANGED } from './system.ts';
import { REQUESTED } from './system-sessions.ts';

export type Instance = {
  /** @throws SqlError as PostgreSQL words it; any other error means that the instance is broken */
  readonly describe: (facts: Facts, sql: string, parameterTypes: readonly number[]) => Promise<CatalogDescription>;
  /** Describes and executes. @throws as describe; 54000 when the rows are more than the limit */
  readonly execute: (
    facts: Facts,
    sql: string,
    parameterTypes: readonly number[],
    parameters: readonly Parameter[],
    resultFormats: readonly (0 | 1)[],
  ) => Promise<Executed>;
  /** True when the instance should be replaced: it grew, and WebAssembly memory never shrinks. */
  readonly isWorn: () => boolean;
  readonly close: () => Promise<void>;
};

export type Executed = {
  readonly description: CatalogDescription;
  readonly result: CatalogResult & { readonly frames: Uint8Array<ArrayBuffer> };
};

/** What the backend holds as its unnamed statement. */
type Parsed = { readonly sql: string; readonly types: string; readonly description: CatalogDescription };

const RESULT_LIMIT_BYTES = 64 * 1024 * 1024;
const WORN_BYTES = 256 * 1024 * 1024;
/** Where the stubs' rows are. */
const WRITTEN = ['pg_class', 'pg_attribute', 'pg_description', 'pg_constraint', 'pg_index', 'pg_type', 'pg_depend'];
/** Changes of user after which the dead rows that they left are swept up. */
const SWEEP_AFTER = 500;

/** Loads the prepared data directory and creates the shape's stubs. @throws Error when a stub cannot be created */
export async function openInstance(
  program: PostgresProgram,
  dataDirectory: Blob,
  shape: CatalogShape,
): Promise<Instance> {
  const postgres = await program.start(dataDirectory);
  await createStubs(postgres, shape);
  let facts: Facts = INITIAL_FACTS;
  let switches = 0;
  let parsed: Parsed | undefined;

  async function become(wanted: Facts): Promise<void> {
    const statements = switchStatements(facts, wanted);
    if (statements === undefined) return;
    // A Query ends the unnamed statement.
    parsed = undefined;
    if (facts.user !== wanted.user || facts.sessionUser !== wanted.sessionUser) switches += 1;
    const answer = await exchange(postgres, queryMessage(statements));
    if (answer.error !== undefined) {
      await administer(postgres, ['ROLLBACK']);
      throw switchError(answer.error, wanted);
    }
    facts = wanted;
    if (switches >= SWEEP_AFTER) {
      switches = 0;
      // No autovacuum and no checkpointer run here; without this, renamed roles and WAL would pile up in memory.
      await administer(postgres, [
        `SET SESSION AUTHORIZATION ${OWNER_ROLE}`,
        'VACUUM pg_catalog.pg_authid, pg_catalog.pg_auth_members',
        'CHECKPOINT',
        ...becomeStatements(facts),
      ]);
    }
  }

  /** Leaves the statement parsed as the unnamed one. Statements that return no rows are refused here, unexecuted. */
  async function parse(sql: string, parameterTypes: readonly number[]): Promise<CatalogDescription> {
    const types = parameterTypes.join();
    if (parsed?.sql === sql && parsed.types === types) return parsed.description;
    parsed = undefined;
    const description = await describeAnew(sql, parameterTypes);
    parsed = { sql, types, description };
    return description;
  }

  async function describeAnew(sql: string, parameterTypes: readonly number[]): Promise<CatalogDescription> {
    const answer = await exchange(postgres, describeMessages(sql, parameterTypes));
    if (answer.error !== undefined) {
      const renamed =
        answer.error.get('C') === SqlState.undefinedColumn
          ? withRenamedColumn(sql, answer.error.get('M') ?? '')
          : undefined;
      if (renamed !== undefined) return describeAnew(renamed, parameterTypes);
      throw sqlError(answer.error, sql);
    }
    const { rowDescription } = answer;
    if (rowDescription === undefined) throw notSupported('a statement that returns no rows');
    return { parameterTypes: answer.parameterTypes, columns: readRowDescription(rowDescription) };
  }

  return {
    describe: async (wanted, sql, parameterTypes) => {
      await become(wanted);
      return parse(sql, parameterTypes);
    },
    execute: async (wanted, sql, parameterTypes, parameters, resultFormats) => {
      await become(wanted);
      const description = await parse(sql, parameterTypes);
      const answer = await exchange(postgres, executeMessages(parameters, resultFormats));
      if (answer.error !== undefined) throw sqlError(answer.error, sql);
      if (answer.status !== 'I') throw new Error('catalog instance: a statement left a transaction open');
      const settings = changedSettings(answer.notices);
      const requests = requestsOf(answer.notices);
      const result = {
        frames: answer.rows,
        rows: answer.rowCount,
        ...(settings.length > 0 && { settings }),
        ...(requests.length > 0 && { requests }),
      };
      return { description, result };
    },
    isWorn: () => postgres.memoryBytes() > WORN_BYTES,
    close: postgres.close,
  };
}

async function createStubs(postgres: Postgres, shape: CatalogShape): Promise<void> {
  const { schema, foreignKeys, last } = stubStatements(shape);
  await administer(postgres, ['BEGIN READ WRITE', ...schema, 'COMMIT']);
  if (!(await attempt(postgres, foreignKeys))) for (const one of foreignKeys) await attempt(postgres, [one]);
  await administer(postgres, [
    ...['BEGIN READ WRITE', ...last, 'COMMIT'],
    // Rows were written and written again: without their dead versions psql's \d takes half the time.
    `VACUUM ${WRITTEN.map((name) => `pg_catalog.${name}`).join(', ')}`,
    'CHECKPOINT',
    `SET SESSION AUTHORIZATION ${CLIENT_ROLE}`,
  ]);
}

/** @returns false when one of them failed, and none has happened */
async function attempt(postgres: Postgres, statements: readonly string[]): Promise<boolean> {
  const { error } = await exchange(postgres, queryMessage(['BEGIN READ WRITE', ...statements, 'COMMIT'].join(';\n')));
  if (error !== undefined) await administer(postgres, ['ROLLBACK']);
  return error === undefined;
}

async function administer(postgres: Postgres, statements: readonly string[]): Promise<void> {
  for (const statement of statements) {
    const { error } = await exchange(postgres, queryMessage(statement));
    if (error !== undefined) throw new Error(`catalog instance: ${error.get('M')}: ${statement.slice(0, 200)}`);
  }
}

/** @throws Error when the backend did not come back to idle: a crash inside WebAssembly, or a statement that began a transaction */
async function exchange(postgres: Postgres, messages: Uint8Array): Promise<Answer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  let tooLarge = false;
  await postgres.exchange(messages, (chunk) => {
    length += chunk.length;
    tooLarge ||= length > RESULT_LIMIT_BYTES;
    if (tooLarge) chunks.length = 0;
    else chunks.push(chunk.slice());
  });
  if (tooLarge) throw new SqlError(SqlState.programLimitExceeded, 'catalog result is too large');
  const answer = readAnswer(concat(chunks));
  if (answer.status === undefined) throw new Error('catalog instance: the backend ended in mid-statement');
  return answer;
}

/** @param sql the text that positions refer to; undefined when it is not the client's */
function sqlError(fields: ReportFields, sql: string | undefined): SqlError {
  const position = fields.get('P');
  return new SqlError(fields.get('C') ?? SqlState.internalError, fields.get('M') ?? 'catalog statement failed', {
    detail: fields.get('D'),
    hint: fields.get('H'),
    position: position === undefined || sql === undefined ? undefined : utf16Offset(sql, Number(position)),
  });
}

/** From PostgreSQL's position, 1-based and in code points, to a 0-based offset in UTF-16 code units. */
export function utf16Offset(sql: string, position: number): number {
  let offset = 0;
  for (let passed = 1; passed < position && offset < sql.length; passed += 1) {
    offset += (sql.codePointAt(offset) ?? 0) > 0xffff ? 2 : 1;
  }
  return offset;
}

/** A setting with an invalid value, or a user with the name of one of PostgreSQL's own roles, which nobody can sign in as. */
function switchError(fields: ReportFields, wanted: Facts): SqlError {
  if (fields.get('C') === '23505') {
    return new SqlError(SqlState.invalidAuthorization, `role "${wanted.user}" is not permitted to log in`);
  }
  return sqlError(fields, undefined);
}

/** Told by functions that only an admin's catalog has; the engine asks again who it is. */
function requestsOf(notices: readonly ReportFields[]): readonly CatalogRequest[] {
  return notices
    .filter((notice) => notice.get('C') === REQUESTED)
    .map((notice) => JSON.parse(notice.get('M') ?? '') as CatalogRequest);
}

function changedSettings(notices: readonly ReportFields[]): readonly CatalogSetting[] {
  return notices
    .filter((notice) => notice.get('C') === SETTING_CHANGED)
    .map((notice) => JSON.parse(notice.get('M') ?? '') as CatalogSetting);
}
