/**
 * The driver for PostgreSQL and everything that speaks its protocol: rows pass from its socket as they came.
 */
import type { ConnectionOptions } from 'node:tls';
import { SqlError } from '../../errors.ts';
import { type PgType, typeByOid, typeOid } from '../../sql/types.ts';
import type { DescribedColumn, Warehouse, WarehouseStatement } from '../warehouse.ts';
import { Backend } from './backend.ts';
import { type Ask, checkUrl, type Server } from './connect.ts';
import { PostgresCursor, type StatementKey } from './cursor.ts';
import { clientError, refused } from './faults.ts';
import type { WarehouseLog } from './log.ts';
import { Pool } from './pool.ts';
import { RequestWriter } from './requests.ts';
import { checkRole } from './role.ts';

export type PostgresOptions = {
  /** postgres://…, with everything that `pg` reads from it (sslmode, host=/socket/folder …). */
  readonly url: string;
  /** Most connections. */
  readonly poolSize: number;
  /** Every session's TimeZone, whatever clients set. */
  readonly policyTimeZone: string;
  readonly logger: WarehouseLog;
  /** Instead of what the URL says. */
  readonly tls?: ConnectionOptions;
  /** The timeout that most statements will ask for: sessions start with it. */
  readonly statementTimeoutMs?: number;
  /** False: a role that is a superuser or has BYPASSRLS is not used. */
  readonly allowSuperuser?: boolean;
  /** A longer row is 54000 and never assembled (security case G03). */
  readonly maxRowBytes?: number;
  /** Statements kept prepared on each connection. */
  readonly maxStatements?: number;
  readonly connectTimeoutMs?: number;
};

const MAX_ROW_BYTES = 64 * 1024 * 1024;
const MAX_STATEMENTS = 200;
const CONNECT_TIMEOUT_MS = 10_000;
const DESCRIBE_TIMEOUT_MS = 30_000;
const PING_TIMEOUT_MS = 5_000;

/**
 * Nothing is connected yet: the first statement does that.
 * @throws Error when the URL cannot be read
 */
export function createPostgresWarehouse(options: PostgresOptions): Warehouse {
  checkUrl(options.url, options.tls);
  const pool = new Pool(options.poolSize, backendMaker(options), options.logger);
  const keys = new WeakMap<WarehouseStatement, StatementKey>();
  const keyOf = (statement: WarehouseStatement): StatementKey => {
    const known = keys.get(statement);
    if (known !== undefined) return known;
    const typeOids = statement.bindTypes.map((type) => (type === 'unknown' ? 0 : typeOid(type)));
    const key = { key: `${typeOids.join()} ${statement.sql}`, typeOids };
    keys.set(statement, key);
    return key;
  };
  return {
    dialect: 'postgres',
    describe: (sql, bindTypes) => describe(pool, sql, bindTypes),
    execute: async (statement, binds, run) => {
      if (binds.length !== statement.bindTypes.length) throw new Error('bind values do not match the statement');
      return new PostgresCursor(pool, options.logger, statement, keyOf(statement), binds, run);
    },
    ping: () => ping(pool),
    pool: () => pool.counts,
    close: () => pool.close(),
  };
}

/** What decides how values are read and printed, and that nothing is written (design: "Client session state"). */
function sessionSettings(policyTimeZone: string): ReadonlyMap<string, string> {
  return new Map([
    ['default_transaction_read_only', 'on'],
    ['TimeZone', policyTimeZone],
    ['DateStyle', 'ISO, MDY'],
    ['IntervalStyle', 'postgres'],
    ['bytea_output', 'hex'],
    ['extra_float_digits', '1'],
    ['standard_conforming_strings', 'on'],
  ]);
}

function backendMaker(options: PostgresOptions): (onLost: (backend: Backend) => void) => Promise<Backend> {
  const { logger, allowSuperuser = true, statementTimeoutMs = 0 } = options;
  const server: Server = {
    url: options.url,
    tls: options.tls,
    settings: sessionSettings(options.policyTimeZone),
    connectTimeoutMs: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
  };
  const limits = {
    maxRowBytes: options.maxRowBytes ?? MAX_ROW_BYTES,
    maxStatements: options.maxStatements ?? MAX_STATEMENTS,
  };
  let greeted: Promise<void> | undefined;
  // The first connection asks; the others sign in as the same role.
  const greet = async (ask: Ask): Promise<void> => {
    greeted ??= checkRole(ask, allowSuperuser, logger);
    try {
      await greeted;
    } catch (error) {
      greeted = undefined;
      throw error;
    }
  };
  return (onLost) => Backend.open(server, limits, statementTimeoutMs, greet, logger, onLost);
}

async function describe(pool: Pool, sql: string, bindTypes: readonly PgType[]): Promise<readonly DescribedColumn[]> {
  const writer = new RequestWriter();
  writer.parse('', sql, bindTypes.map(typeOid));
  writer.describeStatement('');
  const columns = await ask(pool, writer, DESCRIBE_TIMEOUT_MS);
  if (columns === undefined) throw refused(new Error('the statement returns no rows'), undefined);
  // A domain is described as its base type by PostgreSQL itself.
  return columns.map(({ name, oid, typmod }) => ({ name, type: typeByOid(oid), typmod }));
}

async function ping(pool: Pool): Promise<boolean> {
  const writer = new RequestWriter();
  writer.command('SELECT 1');
  try {
    await ask(pool, writer, PING_TIMEOUT_MS);
    return true;
  } catch (error) {
    if (error instanceof SqlError) return false;
    throw error;
  }
}

/** Runs messages of the extended protocol whose rows, if any, are of no interest. */
async function ask(pool: Pool, writer: RequestWriter, timeoutMs: number) {
  writer.sync();
  const deadline = performance.now() + timeoutMs;
  const backend = await pool.acquire({ signal: undefined, deadline, giveUp: undefined });
  try {
    const bytes = writer.take();
    const outcome = await backend.run({ bytes, syncs: 1, sink: undefined, signal: undefined, deadline });
    if (outcome.error !== undefined) throw clientError(outcome.error, undefined);
    return outcome.columns;
  } finally {
    pool.release(backend);
  }
}
