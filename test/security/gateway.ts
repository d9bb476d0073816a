/**
 * The whole product on a free port: model folder, warehouse, catalog, listener. And a client that keeps every byte.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import type { Identity } from '../../src/access/context.ts';
import { loadPersonas } from '../../src/access/personas.ts';
import { type Assembly, assemble } from '../../src/cli/assemble.ts';
import { loadConfig } from '../../src/config.ts';
import { SqlError } from '../../src/errors.ts';
import { createOperations } from '../../src/operate/operations.ts';
import { compileQuery } from '../../src/plan/compile.ts';
import { parse as parseSql } from '../../src/sql/parse.ts';
import type { WarehouseBind } from '../../src/warehouse/warehouse.ts';
import { startPostgres, type TestPostgres } from '../helpers/postgres.ts';
import { SECRET, serve, signedIn, type TestServer, token } from '../session/serve.ts';
import { bind, execute, parse, query, SYNC, startup } from '../wire/frames.ts';
import { RawClient } from '../wire/raw-client.ts';

export type Claims = Readonly<Record<string, unknown>>;
export type Gateway = {
  readonly assembly: Assembly;
  readonly server: TestServer;
  readonly signIn: (claims: Claims) => Promise<Client>;
  readonly signInBy: (token: string) => Promise<Client>;
  /** Where no token is asked for. */
  readonly enterAs: (user: string) => Promise<Client>;
  readonly close: () => Promise<void>;
};

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

export function modelFolder(name: string): string {
  return fileURLToPath(new URL(`../models/${name}`, import.meta.url));
}

/** @param env model, warehouse and whatever else an operator sets */
export async function startGateway(env: Readonly<Record<string, string>>): Promise<Gateway> {
  const all = { SEMWIRE_JWT_SECRET: SECRET, SEMWIRE_PORT: '0', SEMWIRE_CATALOG_TIMEOUT: '60s', ...env };
  const config = await loadConfig({ env: all });
  const assembly = await assemble(config, silent);
  const { personas } = await loadPersonas(config.model);
  const { observe } = createOperations(config, silent);
  const server = await serve(assembly.engine, all, { personas: () => personas, observe });
  const reload = async (): Promise<boolean> => (await assembly.reload()).every(({ severity }) => severity !== 'error');
  const { sessions, cancel, terminate } = server;
  assembly.administer({ sessions, cancel, terminate, reload });
  return {
    assembly,
    server,
    signIn: async (claims) => clientOf(await signedIn(server.address.port, await token(claims))),
    signInBy: async (jwt) => clientOf(await signedIn(server.address.port, jwt)),
    enterAs: async (user) => {
      const raw = await RawClient.connect(server.address.port);
      raw.send(startup({ user, database: 'semwire' }));
      const { code, message } = await readAnswer(raw);
      if (code !== undefined) throw new Error(`${code} ${message}`);
      return clientOf(raw);
    },
    close: async () => {
      await server.close();
      await assembly.close();
    },
  };
}

/** A gateway on an embedded DuckDB that `seed` fills. */
export async function onDuckdb(model: string, seed: string, env: Readonly<Record<string, string>> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'semwire-security-'));
  const init = join(folder, 'seed.sql');
  writeFileSync(init, seed);
  try {
    return await startGateway({
      SEMWIRE_MODEL: model,
      SEMWIRE_WAREHOUSE_URL: 'duckdb:',
      SEMWIRE_WAREHOUSE_INIT: init,
      ...env,
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A gateway on a database of its own in `postgres`, as a role that may only read. ANALYZE is the seed's affair. */
export async function onPostgres(
  postgres: TestPostgres,
  database: string,
  schemas: string,
  model: string,
  seed: string,
  env: Readonly<Record<string, string>> = {},
) {
  await postgres.query(`CREATE DATABASE ${database} TEMPLATE template0`);
  await runOn(postgres, database, seed);
  await runOn(
    postgres,
    database,
    `DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'reader') THEN CREATE ROLE reader LOGIN; END IF; END $$;
     GRANT USAGE ON SCHEMA ${schemas} TO reader; GRANT SELECT ON ALL TABLES IN SCHEMA ${schemas} TO reader`,
  );
  const url = `postgres://reader@127.0.0.1:${postgres.port}/${database}`;
  return startGateway({ SEMWIRE_MODEL: model, SEMWIRE_WAREHOUSE_URL: url, ...env });
}

/** A client of a database of its own with this data: what SQL by hand finds there is right. */
export async function connectJudge(postgres: TestPostgres, seed: string): Promise<pg.Client> {
  await postgres.query('CREATE DATABASE by_hand');
  await runOn(postgres, 'by_hand', seed);
  const judge = new pg.Client({ connectionString: postgres.url.replace(/postgres$/, 'by_hand') });
  await judge.connect();
  return judge;
}

export async function runOn(postgres: TestPostgres, database: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: `postgres://postgres@127.0.0.1:${postgres.port}/${database}` });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

export { startPostgres };

/**
 * The statement as it is compiled, but with every fence taken away, straight on the warehouse.
 * @returns the rows, or the SQLSTATE of its refusal
 */
export async function runUnfenced({ assembly }: Gateway, claims: Claims, sql: string): Promise<string> {
  const [source] = parseSql(sql);
  if (source?.statement.kind !== 'query') throw new Error('not a query');
  const { sub, groups, ...context } = claims;
  const identity = { user: 'analyst', subject: String(sub), issuer: undefined, context, groups, admin: false };
  const asking = { ...identity, expiresAt: undefined } as unknown as Identity;
  const serving = await assembly.serving(asking);
  const decision = serving.decisionFor(asking);
  const secured = compileQuery(source.statement.query, { text: sql, offset: 0 }, [], {
    model: serving.model,
    types: serving.types,
    dialect: assembly.dialect,
    decision,
    options: {
      database: 'semwire',
      measureAggregates: 'strict',
      timeZone: 'UTC',
      policyTimeZone: 'UTC',
      intervalStyle: 'postgres',
    },
    zonedColumns: new Set(),
  });
  const unfenced = secured.sql.replaceAll(/ OFFSET 0\b/g, '');
  if (unfenced === secured.sql) throw new Error(`no fence in: ${secured.sql}`);
  const values = secured.binds.map((bind): WarehouseBind => {
    const value = bind.kind === 'policy' ? decision.values[bind.index] : undefined;
    if (value === undefined) throw new Error('only values of policies are expected');
    return { type: value.type, value: value.text, format: 0 };
  });
  try {
    const cursor = await assembly.warehouse.execute(
      { sql: unfenced, bindTypes: secured.bindTypes, columns: secured.columns },
      values,
      { resultFormats: [0], timeoutMs: 0, signal: new AbortController().signal, queryId: 'unfenced' },
    );
    const frames: string[] = [];
    try {
      await cursor.fetch(0, { write: (bytes) => void frames.push(Buffer.from(bytes).toString('latin1')) });
    } finally {
      await cursor.close();
    }
    return frames.sort().join();
  } catch (error) {
    if (error instanceof SqlError) return error.code;
    throw error;
  }
}

// What the server sent, as text that can be compared

export type Answer = {
  /** `T a:23 b:25`, `D 1|x`, `C SELECT 1`, `E S=ERROR …`, in the order of the bytes; rows sorted. */
  readonly lines: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
  /** SQLSTATE of the first ErrorResponse. */
  readonly code: string | undefined;
  readonly message: string | undefined;
};

export type Client = {
  readonly raw: RawClient;
  readonly ask: (sql: string) => Promise<Answer>;
  /** Parse once, then execute `times` times; the answers one after the other. */
  readonly askPrepared: (sql: string, values: readonly (string | null)[], times: number) => Promise<readonly Answer[]>;
  readonly close: () => void;
};

function clientOf(raw: RawClient): Client {
  let statements = 0;
  return {
    raw,
    ask: (sql) => {
      raw.send(query(sql));
      return readAnswer(raw);
    },
    askPrepared: async (sql, values, times) => {
      statements += 1;
      const name = `s${statements}`;
      raw.send(parse(name, sql), SYNC);
      const answers = [await readAnswer(raw)];
      if (answers[0]?.code !== undefined) return answers;
      for (let n = 0; n < times; n += 1) {
        const bytes = values.map((value) => (value === null ? null : Buffer.from(value)));
        raw.send(bind({ statement: name, values: bytes }), execute(), SYNC);
        answers.push(await readAnswer(raw));
      }
      return answers;
    },
    close: () => raw.close(),
  };
}

/** Query ids are drawn for each statement; nothing else may differ. */
const QUERY_ID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

async function readAnswer(client: RawClient): Promise<Answer> {
  const lines: string[] = [];
  const rows: (readonly (string | null)[])[] = [];
  let failure: Map<string, string> | undefined;
  for (;;) {
    const message = await client.message();
    if (message === undefined) {
      lines.push('closed');
      break;
    }
    const { type, body } = message;
    if (type === 'Z') {
      lines.push(`Z ${body.toString('latin1')}`);
      break;
    }
    if (type === 'D') {
      const row = fields(body);
      rows.push(row);
      lines.push(`D ${JSON.stringify(row)}`);
    } else if (type === 'E' || type === 'N') {
      const parts = body
        .toString('utf8')
        .split('\0')
        .filter((part) => part !== '');
      const map = new Map(parts.map((part) => [part.slice(0, 1), part.slice(1)]));
      if (type === 'E') failure ??= map;
      lines.push(`${type} ${parts.join(' ').replace(QUERY_ID, '<query id>')}`);
    } else lines.push(`${type} ${body.toString('latin1')}`);
  }
  const data = lines.filter((line) => line.startsWith('D ')).sort();
  let next = 0;
  return {
    lines: lines.map((line) => (line.startsWith('D ') ? (data[next++] as string) : line)),
    rows,
    code: failure?.get('C'),
    message: failure?.get('M'),
  };
}

function fields(body: Buffer): (string | null)[] {
  const row: (string | null)[] = [];
  let at = 2;
  for (let i = 0; i < body.readInt16BE(0); i += 1) {
    const length = body.readInt32BE(at);
    at += 4;
    row.push(length < 0 ? null : body.toString('utf8', at, at + length));
    at += Math.max(0, length);
  }
  return row;
}
