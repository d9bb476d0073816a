/** The embedded warehouse: DuckDB in this process, locked before the first statement of a client's. */
import { DuckDBTypeId } from '@duckdb/node-api';
import { notSupported, SqlError, SqlState } from '../../errors.ts';
import type { PgType } from '../../sql/types.ts';
import { type ZoneOffsets, zoneOffsets } from '../../sql/zone.ts';
import type { DescribedColumn, ExecuteOptions, Warehouse, WarehouseCursor, WarehouseStatement } from '../warehouse.ts';
import { type DuckdbBind, duckdbBind } from './binds.ts';
import { Abandoned, Cancellation } from './cancellation.ts';
import { Connections, type LentConnection, prepareSelect } from './connections.ts';
import { DuckdbCursor } from './cursor.ts';
import { columnEncoder } from './encoders.ts';
import { type WarehouseLog, warehouseError } from './failure.ts';
import { ChunkEncoder } from './frames.ts';
import { type DuckdbOptions, openDuckdb } from './instance.ts';
import { numberText } from './numeric-arithmetic.ts';
import { callsOwnFunction } from './own-functions.ts';
import { pgColumnType } from './types.ts';
import { checkUntyped } from './untyped-binds.ts';

export type DuckdbWarehouseOptions = DuckdbOptions & {
  /** Most statements at a time; more wait. Each running one holds a thread of libuv's pool: see threadPoolSize. */
  readonly poolSize: number;
  readonly logger: WarehouseLog;
};

/**
 * Statements at a time, whatever the configured pool. Each running one holds a thread of libuv's pool, which main.ts makes
 * a third larger: with all threads taken, signature checks, DNS and files would wait for as long as the statements run.
 */
const MOST_CONNECTIONS = 24;

const PING_MS = 2000;
const DESCRIBE_MS = 30_000;

/** @throws SqlError 58000 when the database cannot be opened or the init SQL fails; DuckDB's text is in `cause` */
export async function createDuckdbWarehouse(options: DuckdbWarehouseOptions): Promise<Warehouse> {
  const zone = zoneOffsets(options.policyTimeZone);
  const instance = await openDuckdb(options).catch((cause: unknown) => {
    throw new SqlError(SqlState.warehouseUnavailable, 'cannot open the DuckDB warehouse', { cause });
  });
  const connections = new Connections(instance, Math.min(options.poolSize, MOST_CONNECTIONS));
  const running = new Set<Cancellation>();
  let closing: Promise<void> | undefined;
  return {
    dialect: 'duckdb',
    describe: (sql, bindTypes) => describe(connections, sql, bindTypes),
    execute: async (statement, binds, { signal, timeoutMs, ...run }) => {
      const values = binds.map((bind, i) => fitting(duckdbBind(bind, zone), bind.type, i + 1, statement.sql));
      const cancellation = new Cancellation(signal, timeoutMs);
      running.add(cancellation);
      const forget = (): void => {
        running.delete(cancellation);
      };
      try {
        const cursor = await execute({ connections, zone, log: options.logger, cancellation }, statement, values, run);
        return {
          fetch: (maxRows, sink) => cursor.fetch(maxRows, sink),
          close: () => cursor.close().finally(forget),
        };
      } catch (error) {
        forget();
        throw error;
      }
    },
    ping: () => ping(connections),
    pool: () => connections.counts,
    close: () => {
      closing ??= (async () => {
        const reason = new SqlError(SqlState.adminShutdown, 'terminating connection due to administrator command');
        for (const cancellation of running) cancellation.stop(reason);
        await connections.close();
        instance.closeSync();
      })();
      return closing;
    },
  };
}

async function describe(
  connections: Connections,
  sql: string,
  bindTypes: readonly PgType[],
): Promise<readonly DescribedColumn[]> {
  let lent: LentConnection | undefined;
  try {
    lent = await connections.borrow(AbortSignal.timeout(DESCRIBE_MS));
    const prepared = await prepareSelect(lent.connection, sql);
    try {
      if (prepared.parameterCount > bindTypes.length) throw new Error('the statement has more parameters than types');
      return Array.from({ length: prepared.columnCount }, (_, index) => ({
        name: prepared.columnName(index),
        // A column that is nothing but a parameter has no type until it is bound.
        ...(prepared.columnTypeId(index) === DuckDBTypeId.INVALID
          ? { type: undefined, typmod: -1 }
          : pgColumnType(prepared.columnType(index))),
      }));
    } finally {
      prepared.destroySync();
    }
  } catch (cause) {
    throw new SqlError(SqlState.warehouseUnavailable, 'the warehouse cannot describe the statement', { cause });
  } finally {
    if (lent !== undefined) connections.giveBack(lent, true);
  }
}

type Context = {
  readonly connections: Connections;
  readonly zone: ZoneOffsets;
  readonly log: WarehouseLog;
  readonly cancellation: Cancellation;
};

async function execute(
  { connections, zone, log, cancellation }: Context,
  statement: WarehouseStatement,
  values: readonly DuckdbBind[],
  { resultFormats, queryId, timeZone }: Pick<ExecuteOptions, 'resultFormats' | 'queryId' | 'timeZone'>,
): Promise<WarehouseCursor> {
  const translate = (error: unknown): SqlError => warehouseError(error, queryId, log);
  let lent: LentConnection | undefined;
  try {
    lent = await connections.borrow(cancellation.signal);
    const held = lent;
    const interrupt = (): void => held.connection.interrupt();
    const prepared = await cancellation.guard(held.prepare(statement.sql), interrupt);
    checkUntypedBinds(prepared, statement, values);
    bindAll(prepared, values);
    const result = await cancellation.guard(
      callsOwnFunction(statement.sql) ? prepared.run() : prepared.stream(),
      interrupt,
    );
    if (result.columnCount !== statement.columns.length) {
      throw new SqlError(SqlState.internalError, 'the warehouse returned another number of columns than was planned');
    }
    const shown = timeZone === undefined ? zone : offsetsOf(timeZone);
    const encoder = new ChunkEncoder(
      statement.columns.map((column, index) =>
        columnEncoder(result.columnType(index), column, resultFormats[index] ?? 0, shown),
      ),
    );
    const diagnose = (): Promise<void> => cancellation.guard(findFailure(held, statement.sql, values), interrupt);
    return new DuckdbCursor({ result, encoder, cancellation, diagnose, translate, lent: held, connections });
  } catch (error) {
    cancellation.end();
    const abandoned = lent;
    if (abandoned !== undefined) {
      if (error instanceof Abandoned) error.ended.then(() => connections.giveBack(abandoned, false)).catch(() => {});
      else connections.giveBack(abandoned, false);
    }
    throw error instanceof Abandoned ? error.reason : translate(error);
  }
}

const clientZones = new Map<string, ZoneOffsets>();

/** Offsets of a client's zone; they cache what they learn, so one of each zone is kept. */
function offsetsOf(zone: string): ZoneOffsets {
  const known = clientZones.get(zone) ?? zoneOffsets(zone);
  clientZones.set(zone, known);
  return known;
}

/** A numeric is bound as text and read as DECIMAL(38, 10): what does not fit is refused, never rounded. */
function fitting(bind: DuckdbBind, type: PgType, index: number, sql: string): DuckdbBind {
  if (type !== 'numeric' || typeof bind.value !== 'string' || !sql.includes(`CAST($p${index} AS DECIMAL(38, 10))`))
    return bind;
  const [whole = '', fraction = ''] = numberText(bind.value).replace('-', '').split('.');
  if (whole.length <= 28 && fraction.replace(/0+$/, '').length <= 10) return bind;
  throw notSupported('a numeric parameter of more than 10 digits behind the point or 28 before it on DuckDB');
}

type Prepared = Awaited<ReturnType<typeof prepareSelect>>;

function checkUntypedBinds(prepared: Prepared, { bindTypes }: WarehouseStatement, values: readonly DuckdbBind[]): void {
  if (!bindTypes.includes('unknown')) return;
  for (let index = 1; index <= prepared.parameterCount; index++) {
    const place = Number(prepared.parameterName(index).replace(/^p/, '')) - 1;
    const value = values[place]?.value;
    if (bindTypes[place] === 'unknown') checkUntyped(String(value), prepared.parameterType(index));
  }
}

/** The statement mentions those parameters that it needs, by name: `$p3` is the third value. */
function bindAll(prepared: Prepared, values: readonly DuckdbBind[]): void {
  prepared.clearBindings();
  for (let index = 1; index <= prepared.parameterCount; index++) {
    const name = prepared.parameterName(index);
    const bind = values[Number(name.replace(/^p/, '')) - 1];
    if (bind === undefined) {
      throw new SqlError(SqlState.internalError, 'the statement and its parameters do not match', {
        cause: new Error(`parameter ${name}, ${values.length} values`),
      });
    }
    prepared.bindValue(index, bind.value, bind.type);
  }
}

/**
 * Why a result ended early: EXPLAIN ANALYZE runs the statement without keeping its rows and does throw.
 * It takes at most what is left of the statement's time.
 */
async function findFailure({ connection }: LentConnection, sql: string, values: readonly DuckdbBind[]): Promise<void> {
  const statements = await connection.extractStatements(`EXPLAIN ANALYZE ${sql}`);
  if (statements.count !== 1) return;
  const prepared = await statements.prepare(0);
  try {
    bindAll(prepared, values);
    await prepared.run();
  } finally {
    prepared.destroySync();
  }
}

async function ping(connections: Connections): Promise<boolean> {
  try {
    const lent = await connections.borrow(AbortSignal.timeout(PING_MS));
    try {
      const result = await (await lent.prepare('SELECT 1')).run();
      const alive = (await result.getRows()).length === 1;
      connections.giveBack(lent, true);
      return alive;
    } catch {
      connections.giveBack(lent, false);
      return false;
    }
  } catch {
    return false;
  }
}
