/** Opens a DuckDB, lets the operator's init file run, and locks it. */
import { DuckDBInstance } from '@duckdb/node-api';
import { registerOwnFunctions } from './own-functions.ts';

export type DuckdbOptions = {
  /** `duckdb:` in memory, or `duckdb:/path/file.duckdb`. */
  readonly url: string;
  /**
   * SQL that runs once before the lock: CREATE TABLE, VIEW … It may widen what stays readable afterwards with
   * `SET allowed_directories = [...]` and `SET allowed_paths = [...]`; the files its views read are added by themselves.
   */
  readonly initSql?: string | undefined;
  /** The zone in which DuckDB computes dates from timestamps with time zone. */
  readonly policyTimeZone: string;
  /** As DuckDB writes it, `4GB`; DuckDB's default is 80 % of the memory. */
  readonly memoryLimit?: string | undefined;
  readonly threads?: number | undefined;
};

/** Set before the init file runs: nothing is ever downloaded. */
const OFFLINE = {
  autoinstall_known_extensions: 'false',
  autoload_known_extensions: 'false',
  allow_community_extensions: 'false',
  allow_unsigned_extensions: 'false',
} as const;

/** @throws DuckDB's own error: the file cannot be opened, the init SQL is wrong */
export async function openDuckdb(options: DuckdbOptions): Promise<DuckDBInstance> {
  const path = databasePath(options.url);
  const settings = {
    ...OFFLINE,
    // Memory that a large statement or the init file freed goes back to the system: 40 MB after the demo's.
    allocator_background_threads: 'true',
    ...(options.memoryLimit === undefined ? {} : { memory_limit: options.memoryLimit }),
    ...(options.threads === undefined ? {} : { threads: String(options.threads) }),
  };
  if (path === undefined) {
    const instance = await DuckDBInstance.create(':memory:', settings);
    const readable = await initialise(instance, options);
    return lock(instance, options, readable);
  }
  let readable: Readable = { directories: [], paths: [] };
  if (options.initSql !== undefined) {
    const writable = await DuckDBInstance.create(path, settings);
    try {
      readable = await initialise(writable, options);
    } finally {
      writable.closeSync();
    }
  }
  const instance = await DuckDBInstance.create(path, { ...settings, access_mode: 'READ_ONLY' });
  return lock(instance, options, readable);
}

/** undefined: in memory. @throws RangeError when the URL is no DuckDB's */
function databasePath(url: string): string | undefined {
  if (!url.startsWith('duckdb:')) throw new RangeError(`not a DuckDB URL: ${url}`);
  const path = url.slice('duckdb:'.length).replace(/^\/\/(?=\/)/, '');
  return path === '' || path === ':memory:' ? undefined : path;
}

/** What can still be read of the file system after the lock. */
type Readable = { readonly directories: readonly string[]; readonly paths: readonly string[] };

async function initialise(instance: DuckDBInstance, { initSql, policyTimeZone }: DuckdbOptions): Promise<Readable> {
  if (initSql === undefined || initSql.trim() === '') return { directories: [], paths: [] };
  const connection = await instance.connect();
  try {
    await connection.run(`SET GLOBAL TimeZone = ${literal(policyTimeZone)}`);
    await connection.run(initSql);
    const setting = async (name: string): Promise<readonly string[]> =>
      column(connection, `SELECT unnest(current_setting('${name}'))::VARCHAR`);
    const views = await column(connection, 'SELECT sql FROM duckdb_views() WHERE NOT internal');
    const found = views.map(filesOfView);
    return {
      directories: [...(await setting('allowed_directories')), ...found.flatMap(({ directories }) => directories)],
      paths: [...(await setting('allowed_paths')), ...found.flatMap(({ paths }) => paths)],
    };
  } finally {
    connection.closeSync();
  }
}

type Connection = Awaited<ReturnType<DuckDBInstance['connect']>>;

async function column(connection: Connection, sql: string): Promise<readonly string[]> {
  const rows = await (await connection.run(sql)).getRows();
  return rows.map(([value]) => String(value));
}

const DATA_FILE = /\.(parquet|csv|tsv|json|jsonl|ndjson)(\.gz|\.zst)?$/i;

/**
 * The data files that a view of the operator's reads, by the literals in its text: it was the init file that named them,
 * and whoever may run SQL here reads that view's rows anyway.
 */
function filesOfView(sql: string): Readable {
  const literals = [...sql.matchAll(/'((?:[^']|'')+)'|"((?:[^"]|"")+)"/g)].map(
    ([, single, double]) => single?.replaceAll("''", "'") ?? double?.replaceAll('""', '"') ?? '',
  );
  const files = literals.filter((text) => DATA_FILE.test(text) && !/^[a-z][a-z0-9+.-]+:\/\//i.test(text));
  const globs = files.filter((file) => /[*?[{]/.test(file));
  return {
    paths: files.filter((file) => !globs.includes(file)),
    directories: globs
      .map((glob) => glob.slice(0, glob.search(/[*?[{]/)).replace(/[^/]*$/, ''))
      .filter((d) => d !== ''),
  };
}

/**
 * AD01–AD16: nothing outside the database and no setting can be reached any more. The temporary directory is off, so
 * that no data is spilled to disk in clear; a statement that needs more than the memory limit fails (53200).
 */
async function lock(
  instance: DuckDBInstance,
  { policyTimeZone }: DuckdbOptions,
  { directories, paths }: Readable,
): Promise<DuckDBInstance> {
  const connection = await instance.connect();
  try {
    const settings: readonly (readonly [string, string])[] = [
      ['TimeZone', literal(policyTimeZone)],
      // As PostgreSQL sorts: NULLS LAST ascending, NULLS FIRST descending.
      ['default_null_order', "'NULLS_LAST_ON_ASC_FIRST_ON_DESC'"],
      ['preserve_insertion_order', 'true'],
      ['allowed_directories', list(directories)],
      ['allowed_paths', list(paths)],
      ['temp_directory', "''"],
      ['secret_directory', "''"],
      ['allow_persistent_secrets', 'false'],
      ['enable_external_access', 'false'],
      ['lock_configuration', 'true'],
    ];
    await registerOwnFunctions(instance);
    for (const [name, value] of settings) await connection.run(`SET GLOBAL ${name} = ${value}`);
  } catch (error) {
    instance.closeSync();
    throw error;
  } finally {
    connection.closeSync();
  }
  return instance;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function list(values: readonly string[]): string {
  return `[${[...new Set(values)].map(literal).join(', ')}]`;
}
