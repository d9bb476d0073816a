/**
 * PostgreSQL's own grammar: libpg-query in WebAssembly, guarded.
 *
 * A stack overflow inside one instance is never cleaned up there: after some thirty of them every parse throws, or one
 * never returns (pganalyze/libpg_query #348, #366). So an instance that has thrown anything but a syntax error is
 * dropped, and a spare that was started before takes its place.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { SqlError, SqlState } from '../errors.ts';
import type { ParseResult } from './libpg-tree.ts';
import { checkLimits, tooComplex } from './limits.ts';

/** The part of the package's WebAssembly module that we call; the package itself calls it the same way. */
type Instance = {
  readonly _malloc: (size: number) => number;
  readonly _free: (pointer: number) => void;
  readonly _wasm_parse_query_raw: (sql: number) => number;
  readonly _wasm_free_parse_result: (result: number) => void;
  readonly lengthBytesUTF8: (text: string) => number;
  readonly stringToUTF8: (text: string, pointer: number, size: number) => void;
  readonly UTF8ToString: (pointer: number) => string;
  readonly getValue: (pointer: number, type: 'i32') => number;
};
type InstanceOptions = {
  readonly instantiateWasm: (imports: object, receive: (instance: object) => void) => object;
};
/** The part of the global that we use; TypeScript declares it for browsers only. */
declare const WebAssembly: {
  readonly compile: (binary: Uint8Array) => Promise<WasmModule>;
  readonly Instance: new (module: WasmModule, imports: object) => object;
  readonly RuntimeError: new () => Error;
};
type WasmModule = { readonly wasmModule: unique symbol };

const require = createRequire(import.meta.url);
const createInstance: (options: InstanceOptions) => Promise<Instance> = require('libpg-query/wasm/libpg-query.js');

/** Two statements that overflow within one turn of the event loop still find a parser. */
const SPARES = 2;
const ready: Instance[] = [];
let compiled: WasmModule | undefined;
let loading: Promise<void> | undefined;

/** Must have resolved once before the first parse. Idempotent. */
export function loadParser(): Promise<void> {
  loading ??= load();
  return loading;
}

async function load(): Promise<void> {
  const binary = await readFile(require.resolve('libpg-query/wasm/libpg-query.wasm'));
  compiled = await WebAssembly.compile(binary);
  await refill(compiled);
}

async function refill(module: WasmModule): Promise<void> {
  while (ready.length < 1 + SPARES) {
    const instance = await createInstance({
      instantiateWasm: (imports, receive) => {
        receive(new WebAssembly.Instance(module, imports));
        return {};
      },
    });
    if (ready.length < 1 + SPARES) ready.push(instance);
  }
}

/**
 * The raw parse tree of one or more statements. Locations in it are bytes of UTF-8, absent for 0 and -1 for unknown.
 * @throws SqlError 42601 as PostgreSQL words it, with its position; 54000, 54001 or 22021 from the limits
 */
export function parseTree(sql: string): ParseResult {
  checkLimits(sql);
  const [instance] = ready;
  if (instance === undefined || compiled === undefined) {
    if (compiled === undefined) throw new Error('loadParser() has not finished');
    throw tooComplex();
  }
  try {
    return parseWith(instance, sql);
  } catch (error) {
    if (error instanceof SqlError) throw error;
    ready.shift();
    void refill(compiled);
    if (error instanceof RangeError || error instanceof WebAssembly.RuntimeError) throw tooComplex();
    throw error;
  }
}

function parseWith(instance: Instance, sql: string): ParseResult {
  const size = instance.lengthBytesUTF8(sql) + 1;
  const text = instance._malloc(size);
  let result = 0;
  try {
    instance.stringToUTF8(sql, text, size);
    result = instance._wasm_parse_query_raw(text);
    // PgQueryParseResult: char *parse_tree, char *stderr_buffer, PgQueryError *error
    const error = result === 0 ? 0 : instance.getValue(result + 8, 'i32');
    if (error !== 0) throw readError(instance, error, sql);
    const tree = result === 0 ? 0 : instance.getValue(result, 'i32');
    if (tree === 0) throw new Error('libpg-query gave no tree');
    return JSON.parse(instance.UTF8ToString(tree)) as ParseResult;
  } finally {
    instance._free(text);
    if (result !== 0) instance._wasm_free_parse_result(result);
  }
}

/** PgQueryError: char *message, *funcname, *filename, int lineno, int cursorpos (characters, from 1; 0 unknown) */
function readError(instance: Instance, error: number, sql: string): SqlError {
  const message = instance.UTF8ToString(instance.getValue(error, 'i32'));
  const cursor = instance.getValue(error + 16, 'i32');
  const position = cursor > 0 ? offsetOfCharacter(sql, cursor - 1) : undefined;
  if (/memory exhausted|stack depth limit exceeded/.test(message)) return tooComplex(position);
  const code = /not (yet )?implemented/.test(message) ? SqlState.featureNotSupported : SqlState.syntaxError;
  return new SqlError(code, message, { position });
}

/** Code points counted from 0 → UTF-16 offset. */
function offsetOfCharacter(sql: string, characters: number): number {
  let offset = 0;
  for (let rest = characters; rest > 0 && offset < sql.length; rest -= 1) {
    offset += (sql.codePointAt(offset) ?? 0) > 0xffff ? 2 : 1;
  }
  return offset;
}
