/**
 * One statement asked of PostgreSQL and of semwire: what each says of its parameters and columns, its rows, or its error.
 */
import pg from 'pg';
import type { Identity } from '../../src/access/context.ts';
import { type ServingModel, serveModel } from '../../src/engine/serving-model.ts';
import { SqlError } from '../../src/errors.ts';
import { loadModel } from '../../src/model/load.ts';
import { compileQuery } from '../../src/plan/compile.ts';
import type { Dialect } from '../../src/plan/dialect.ts';
import { parse } from '../../src/sql/parse.ts';
import { typeByOid, typeOid } from '../../src/sql/types.ts';
import type { Warehouse } from '../../src/warehouse/warehouse.ts';
import { readRows } from '../warehouse/postgres-run.ts';

export type Failure = {
  readonly code: string;
  readonly message: string;
  /** 1-based, in characters. */
  readonly position: number | undefined;
};

export type Described = {
  readonly parameters: readonly number[];
  /** `name oid typmod` */
  readonly columns: readonly string[];
};

export type Answer = {
  readonly described: Described | Failure;
  /** Sorted unless the statement sorts. Undefined when it could not be described. */
  readonly rows: readonly string[] | Failure | undefined;
  /** What the warehouse was asked. */
  readonly sql?: string;
  readonly cause?: unknown;
};

export type Asked = (sql: string) => Promise<Answer>;

/** Values for parameters, by the type that was inferred. */
const SAMPLES: { readonly [type: string]: string } = {
  bool: 'true',
  int2: '2',
  int4: '2',
  int8: '2',
  numeric: '2.50',
  float4: '2.5',
  float8: '2.5',
  text: 'a',
  varchar: 'a',
  bpchar: 'ab',
  date: '2024-02-29',
  time: '13:45:00',
  timetz: '13:45:00+02',
  timestamp: '2024-02-29 13:45:00',
  timestamptz: '2024-02-29 13:45:00+00',
  interval: '1 day',
  uuid: 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
  json: '{"a": 1}',
  jsonb: '{"a": 1}',
  bytea: '\\x01',
};

function sample(oid: number): string {
  const type = typeByOid(oid) ?? 'text';
  return type.endsWith('[]')
    ? `{"${SAMPLES[type.slice(0, -2)]?.replaceAll(/[\\"]/g, '\\$&')}"}`
    : (SAMPLES[type] ?? '');
}

export function isFailure(value: unknown): value is Failure {
  return typeof value === 'object' && value !== null && 'code' in value;
}

function rowTexts(rows: readonly (readonly (string | null)[])[], sql: string): readonly string[] {
  const texts = rows.map((row) => row.map((value) => value ?? '∅').join(' │ '));
  return /\border by [^()]*$/i.test(sql) ? texts : texts.sort();
}

// PostgreSQL

type Connection = {
  readonly parse: (query: { name: string; text: string; types: readonly number[] }) => void;
  readonly describe: (message: { type: 'S' | 'P'; name: string }) => void;
  readonly bind: (message: { portal: string; statement: string; values: readonly (string | null)[] }) => void;
  readonly execute: (message: { portal: string; rows: number }) => void;
  readonly sync: () => void;
  readonly on: (event: string, listener: (message: never) => void) => void;
};

type PgFault = { readonly code: string; readonly message: string; readonly position: string | undefined };
type Field = { readonly name: string; readonly dataTypeID: number; readonly dataTypeModifier: number };

/** @param searchPath schema that holds `t` */
export async function askPostgres(url: string, searchPath: string): Promise<{ ask: Asked; end: () => Promise<void> }> {
  const client = new pg.Client({ connectionString: url, options: `-c search_path=${searchPath} -c TimeZone=UTC` });
  await client.connect();
  const connection = (client as unknown as { readonly connection: Connection }).connection;
  let parameters: readonly number[] = [];
  connection.on('parameterDescription', (message: { readonly dataTypeIDs: readonly number[] }) => {
    parameters = message.dataTypeIDs;
  });

  const exchange = (send: () => void): Promise<{ fields: readonly Field[]; rows: (string | null)[][] }> =>
    new Promise((resolve, reject) => {
      let fields: readonly Field[] = [];
      const rows: (string | null)[][] = [];
      const text = new TextDecoder();
      client.query({
        submit: () => send(),
        handleRowDescription: (message: { readonly fields: readonly Field[] }) => {
          fields = message.fields;
        },
        handleDataRow: (message: { readonly fields: readonly (string | Uint8Array | null)[] }) => {
          rows.push(message.fields.map((field) => (field instanceof Uint8Array ? text.decode(field) : field)));
        },
        handleCommandComplete: () => {},
        handleEmptyQuery: () => {},
        handlePortalSuspended: () => {},
        // The client forgets a query that failed; the next one waits for ReadyForQuery by itself.
        handleError: (error: PgFault) => reject(error),
        handleReadyForQuery: () => resolve({ fields, rows }),
      } as unknown as pg.Query);
    });

  const ask: Asked = async (sql) => {
    parameters = [];
    let described: Described;
    try {
      const { fields } = await exchange(() => {
        connection.parse({ name: '', text: sql, types: [] });
        connection.describe({ type: 'S', name: '' });
        connection.sync();
      });
      described = {
        parameters,
        columns: fields.map((field) => `${field.name} ${field.dataTypeID} ${field.dataTypeModifier}`),
      };
    } catch (error) {
      return { described: pgFailure(error as PgFault), rows: undefined };
    }
    try {
      const { rows } = await exchange(() => {
        connection.bind({ portal: '', statement: '', values: described.parameters.map(sample) });
        connection.execute({ portal: '', rows: 0 });
        connection.sync();
      });
      return { described, rows: rowTexts(rows, sql) };
    } catch (error) {
      return { described, rows: pgFailure(error as PgFault) };
    }
  };
  return { ask, end: () => client.end() };
}

function pgFailure({ code, message, position }: PgFault): Failure {
  return { code, message, position: position === undefined ? undefined : Number(position) };
}

// semwire

const NOBODY: Identity = {
  user: 'nobody',
  subject: undefined,
  issuer: undefined,
  context: {},
  groups: [],
  expiresAt: undefined,
  admin: false,
};

export async function askSemwire(warehouse: Warehouse, dialect: Dialect): Promise<Asked> {
  const { model, problems } = await loadModel(new URL('../models/types', import.meta.url).pathname);
  if (model === undefined) throw new Error(JSON.stringify(problems));
  const { serving, problems: described } = await serveModel(model, dialect, (sql) => warehouse.describe(sql, []), {
    expose: 'auto',
    ignorePublic: false,
    rights: undefined,
  });
  if (described.length > 0) throw new Error(JSON.stringify(described));
  return (sql) => ask(sql, serving, warehouse, dialect);
}

async function ask(sql: string, serving: ServingModel, warehouse: Warehouse, dialect: Dialect): Promise<Answer> {
  let printed: string | undefined;
  let described: Described | undefined;
  try {
    const [statement] = parse(sql);
    if (statement?.statement.kind !== 'query') throw new Error('not a query');
    const secured = compileQuery(statement.statement.query, { text: sql, offset: 0 }, [], {
      model: serving.model,
      types: serving.types,
      dialect,
      decision: serving.decisionFor(NOBODY),
      options: {
        database: 'semwire',
        measureAggregates: 'strict',
        timeZone: 'UTC',
        policyTimeZone: 'UTC',
        intervalStyle: 'postgres',
      },
    });
    printed = secured.sql;
    described = {
      parameters: secured.parameterTypes.map(typeOid),
      columns: secured.columns.map(({ name, type, typmod }) => `${name} ${typeOid(type)} ${typmod}`),
    };
    const cursor = await warehouse.execute(
      { sql: secured.sql, bindTypes: secured.bindTypes, columns: secured.columns },
      [
        ...secured.parameterTypes.map((type) => ({ type, value: sample(typeOid(type)), format: 0 as const })),
        ...secured.binds.map(() => ({ type: 'text' as const, value: 'nobody', format: 0 as const })),
      ],
      {
        resultFormats: secured.columns.map(() => 0 as const),
        timeoutMs: 10_000,
        signal: new AbortController().signal,
        queryId: 'q1',
      },
    );
    const frames: Buffer[] = [];
    try {
      await cursor.fetch(0, {
        write: (bytes) => {
          frames.push(Buffer.from(bytes));
          return undefined;
        },
      });
    } finally {
      await cursor.close();
    }
    return { described, rows: rowTexts(readRows(Buffer.concat(frames)), sql), sql: printed };
  } catch (error) {
    const failed = semwireFailure(error, sql);
    const cause = error instanceof SqlError ? error.cause : undefined;
    const extra = { ...(printed === undefined ? {} : { sql: printed }), ...(cause === undefined ? {} : { cause }) };
    return described === undefined
      ? { described: failed, rows: undefined, ...extra }
      : { described, rows: failed, ...extra };
  }
}

function semwireFailure(error: unknown, sql: string): Failure {
  if (!(error instanceof SqlError)) {
    return { code: 'XX000', message: String(error instanceof Error ? error.stack : error), position: undefined };
  }
  const { code, message, position } = error;
  return {
    code,
    message,
    position: position === undefined ? undefined : Array.from(sql.slice(0, position)).length + 1,
  };
}
