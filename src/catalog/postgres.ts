/**
 * The embedded PostgreSQL (PGlite) as this room uses it: the only file that imports the package.
 */
import { PGlite } from '@electric-sql/pglite';
import type { Program } from './program.ts';

/** One PostgreSQL in this thread's memory: a single backend, bytes in and bytes out. */
export type Postgres = {
  /**
   * Sends frontend messages that end with Query or Sync and hands every chunk of the answer to `onBytes`.
   * A chunk is a view into WebAssembly memory: copy it before returning. Blocks the thread.
   */
  readonly exchange: (messages: Uint8Array, onBytes: (chunk: Uint8Array) => void) => Promise<void>;
  readonly writeDataFile: (name: string, content: string) => void;
  /** Size of its WebAssembly memory, which only grows. */
  readonly memoryBytes: () => number;
  /** The data directory as a tar; only at preparation. */
  readonly dump: () => Promise<Blob>;
  readonly close: () => Promise<void>;
};

/** What the instances of a thread start from. */
export type PostgresProgram = {
  readonly start: (dataDirectory: Blob) => Promise<Postgres>;
};

/** Most WebAssembly memory of one instance: past it a statement gets 53200, out of memory. */
const MEMORY_LIMIT_BYTES = 512 * 1024 * 1024;
const PAGE_BYTES = 64 * 1024;

/** The part of WebAssembly that is used here; Node's type declarations leave it to the DOM's. */
type MemoryDescriptor = { readonly initial: number; readonly maximum?: number; readonly shared?: boolean };
const { WebAssembly } = globalThis as unknown as {
  readonly WebAssembly: { Memory: new (descriptor: MemoryDescriptor) => object };
};

/** PGlite's own start parameters, but for the search_path, which is PostgreSQL's default in postgresql.conf. */
const START_PARAMETERS = [
  '--single',
  '-F',
  '-O',
  '-j',
  ...['exit_on_error=false', 'log_checkpoints=false', 'max_worker_processes=0', 'max_parallel_workers=0'].flatMap(
    (setting) => ['-c', setting],
  ),
  ...['max_parallel_workers_per_gather=0', 'io_method=sync', 'max_parallel_maintenance_workers=0'].flatMap(
    (setting) => ['-c', setting],
  ),
];

/** Bytes where PGlite asks for a Blob, without a copy that nobody keeps. */
class BytesAsBlob extends Blob {
  readonly #read: () => ArrayBufferLike;
  constructor(read: () => ArrayBufferLike) {
    super([]);
    this.#read = read;
  }
  override arrayBuffer(): Promise<ArrayBuffer> {
    return Promise.resolve(this.#read() as ArrayBuffer);
  }
}

/** Lent as it is: PGlite copies what it keeps of it, file by file. */
export function dataDirectoryOf(tar: SharedArrayBuffer): Blob {
  return new BytesAsBlob(() => tar);
}

export function postgresProgram({ code, files }: Program): PostgresProgram {
  return {
    start: async (dataDirectory) =>
      wrap(
        await PGlite.create({
          loadDataDir: dataDirectory,
          pgliteWasmModule: code,
          // PGlite keeps this one: a copy for each instance.
          fsBundle: new BytesAsBlob(() => new Uint8Array(files).slice().buffer),
          startParams: START_PARAMETERS,
        }),
      ),
  };
}

/** Runs initdb; takes seconds and hundreds of megabytes. Only at preparation. */
export async function initializePostgres(): Promise<Postgres> {
  const initDbStartParams = ['--wal-segsize=1', '--no-data-checksums'];
  // wal_recycle off: old log files would be kept for reuse and shipped
  for (const setting of ['min_wal_size=2MB', 'max_wal_size=4MB', 'wal_recycle=off']) {
    initDbStartParams.push('-c', setting);
  }
  return wrap(await PGlite.create({ initDbStartParams }));
}

/**
 * Limits the memory of every instance of this thread, which calls it once. PGlite asks for up to 2 GiB and has no option
 * for less; a smaller maximum is valid for the same program.
 */
export function limitWasmMemory(): void {
  const Unlimited = WebAssembly.Memory;
  WebAssembly.Memory = class extends Unlimited {
    constructor(descriptor: MemoryDescriptor) {
      super({ ...descriptor, maximum: Math.min(descriptor.maximum ?? 65_536, MEMORY_LIMIT_BYTES / PAGE_BYTES) });
    }
  };
}

function wrap(pglite: PGlite): Postgres {
  return {
    exchange: (messages, onBytes) => pglite.execProtocolRawStream(messages, { syncToFs: false, onRawData: onBytes }),
    writeDataFile: (name, content) => pglite.Module.FS.writeFile(`${PGlite.paths.PGDATA}/${name}`, content),
    memoryBytes: () => pglite.Module.HEAPU8.length,
    dump: () => pglite.dumpDataDir('none'),
    close: () => pglite.close(),
  };
}
