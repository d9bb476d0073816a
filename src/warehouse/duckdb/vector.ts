/**
 * DuckDB's columns in memory: one chunk of a result has up to 2,048 rows and one vector for each column.
 * The layout is that of DuckDB's C API (https://duckdb.org/docs/stable/clients/c/vector): fixed-width slots, a validity
 * bitmap (absent when nothing is NULL), strings of up to 12 bytes inside their slot and longer ones behind a pointer.
 */
import { DuckDBArrayType, type DuckDBDataChunk, DuckDBListType, type DuckDBType } from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';

/** One column of one chunk. Its memory is DuckDB's and lives as long as the chunk does. */
export type Vector = {
  readonly count: number;
  /** The slots. A slot whose validity bit is not set holds whatever was there before: never look into it. */
  readonly data: Uint8Array;
  /** Bit i (lowest first) set: row i is a value; null: every row is. */
  readonly validity: Uint8Array | null;
  readonly handle: duckdb.Vector;
};

export function columnVector(chunk: DuckDBDataChunk, column: number, slotSize: number): Vector {
  return readVector(duckdb.data_chunk_get_vector(chunk.chunk, column), chunk.rowCount, slotSize);
}

const NO_DATA = new Uint8Array(0);

function readVector(handle: duckdb.Vector, count: number, slotSize: number): Vector {
  return {
    count,
    data: count * slotSize === 0 ? NO_DATA : duckdb.vector_get_data(handle, count * slotSize),
    validity: count === 0 ? null : duckdb.vector_get_validity(handle, Math.ceil(count / 64) * 8),
    handle,
  };
}

export function isValid(validity: Uint8Array | null, row: number): boolean {
  return validity === null || (((validity[row >> 3] as number) >> (row & 7)) & 1) === 1;
}

export function int32Slots(vector: Vector): Int32Array {
  return new Int32Array(vector.data.buffer, vector.data.byteOffset, vector.data.byteLength >> 2);
}

export function uint32Slots(vector: Vector): Uint32Array {
  return new Uint32Array(vector.data.buffer, vector.data.byteOffset, vector.data.byteLength >> 2);
}

/** Bytes that a pointer slot of a string leads to; the slot's row must be valid and longer than 12 bytes. */
export function readBehindPointer(vector: Vector, row: number, length: number): Uint8Array {
  const { buffer, byteOffset } = vector.data;
  return duckdb.get_data_from_pointer(buffer as ArrayBuffer, byteOffset + row * 16 + 8, length);
}

/** The lists of a LIST or ARRAY vector: where each row's elements lie in the vector of all elements. */
export type Lists = {
  readonly offsets: Int32Array;
  /** -1: the list itself is NULL. */
  readonly lengths: Int32Array;
  /** Elements that no row refers to count as NULL, so that nobody reads a slot that was never written. */
  readonly elements: Vector;
};

export type ListType = DuckDBListType | DuckDBArrayType;

/** The slot of a LIST: offset and length, 64 bits each. An ARRAY has no slots of its own. */
export function listSlotSize(type: ListType): number {
  return type instanceof DuckDBListType ? 16 : 0;
}

export function isListType(type: DuckDBType): type is ListType {
  return type instanceof DuckDBListType || type instanceof DuckDBArrayType;
}

export function readLists(vector: Vector, type: ListType, elementSize: number): Lists {
  const { count, validity } = vector;
  const offsets = new Int32Array(count);
  const lengths = new Int32Array(count);
  const fixed = type instanceof DuckDBArrayType ? type.length : undefined;
  const slots = uint32Slots(vector);
  for (let row = 0; row < count; row++) {
    const valid = isValid(validity, row);
    lengths[row] = valid ? (fixed ?? (slots[row * 4 + 2] as number)) : -1;
    offsets[row] = fixed !== undefined ? row * fixed : valid ? (slots[row * 4] as number) : 0;
  }
  const child =
    fixed === undefined ? duckdb.list_vector_get_child(vector.handle) : duckdb.array_vector_get_child(vector.handle);
  const size = fixed === undefined ? duckdb.list_vector_get_size(vector.handle) : count * fixed;
  const elements = readVector(child, size, elementSize);
  return { offsets, lengths, elements: { ...elements, validity: referenced(elements, offsets, lengths) } };
}

function referenced(elements: Vector, offsets: Int32Array, lengths: Int32Array): Uint8Array {
  const bits = new Uint8Array(Math.ceil(elements.count / 64) * 8);
  for (let row = 0; row < lengths.length; row++) {
    const start = offsets[row] as number;
    const end = start + Math.max(0, lengths[row] as number);
    if (end > elements.count) throw new Error(`list ends at ${end} of ${elements.count} elements`);
    for (let i = start; i < end; i++) {
      if (isValid(elements.validity, i)) bits[i >> 3] = (bits[i >> 3] as number) | (1 << (i & 7));
    }
  }
  return bits;
}
