/**
 * PGlite's program: compiled and read once, and shared by all threads.
 */
import { readFile } from 'node:fs/promises';
import { setFlagsFromString } from 'node:v8';

export type Program = {
  /** A WebAssembly.Module. */
  readonly code: object;
  /** What PostgreSQL finds in its installation folder. */
  readonly files: SharedArrayBuffer;
};

/** Folder of PGlite's program files, and beside it the package.json with its version. */
const folder = new URL('./', import.meta.resolve('@electric-sql/pglite'));

/** The part of WebAssembly that is used here; Node's type declarations leave it to the DOM's. */
const { WebAssembly } = globalThis as unknown as {
  readonly WebAssembly: { readonly compile: (bytes: Uint8Array) => Promise<object> };
};

/** The version of the installed PGlite; a prepared data directory belongs to exactly one. */
export async function pgliteVersion(): Promise<string> {
  const text = await readFile(new URL('../package.json', folder), 'utf8');
  const { version } = JSON.parse(text) as { readonly version: string };
  return version;
}

export async function loadProgram(): Promise<Program> {
  // V8 compiles hot functions anew on several threads, whose scratch memory is never given back: 70 MB.
  setFlagsFromString('--wasm-num-compilation-tasks=1');
  const [code, files] = await Promise.all([
    readFile(new URL('pglite.wasm', folder)),
    readFile(new URL('pglite.data', folder)),
  ]);
  return { code: await WebAssembly.compile(code), files: shared(files) };
}

/** A copy that passes between threads as it is. */
export function shared(bytes: Uint8Array): SharedArrayBuffer {
  const copy = new SharedArrayBuffer(bytes.length);
  new Uint8Array(copy).set(bytes);
  return copy;
}
