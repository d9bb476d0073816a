/** A chunk of rows as DataRow frames: https://www.postgresql.org/docs/current/protocol-message-formats.html. */
import type { DuckDBDataChunk } from '@duckdb/node-api';
import { SqlError, SqlState } from '../../errors.ts';
import type { ColumnEncoder } from './column.ts';
import { writeInt32 } from './numbers.ts';
import { columnVector } from './vector.ts';

const DATA_ROW = 68;
/** Type byte, length word, count of fields. */
const HEADER = 7;
/** A buffer holds at most this much, unless one row alone is longer. */
const LARGEST_BUFFER = 4 * 1024 * 1024;
/** PostgreSQL's own limit of a message, MaxAllocSize. */
const LARGEST_ROW = 0x3fff_ffff;

export type Frames = { readonly bytes: Buffer; readonly rows: number };

/** Encodes one chunk after the other; a chunk is handed out in as many portions as the caller likes. */
export class ChunkEncoder {
  readonly #columns: readonly ColumnEncoder[];
  readonly #fieldLengths: readonly { lengths: Int32Array }[];
  #rowLengths = new Float64Array(0);
  #positions = new Int32Array(0);
  /** Kept until its last row is written: the encoders read its memory. */
  #chunk: DuckDBDataChunk | undefined;
  #next = 0;
  #count = 0;
  /** Used again for every portion: who takes one has said before when it is done with it (RowSink). */
  #buffer = Buffer.alloc(0);

  constructor(columns: readonly ColumnEncoder[]) {
    this.#columns = columns;
    this.#fieldLengths = columns.map(() => ({ lengths: new Int32Array(0) }));
  }

  get remaining(): number {
    return this.#count - this.#next;
  }

  /** @throws SqlError 22008 for a date that PostgreSQL has not, 54000 for a row beyond 1 GB */
  load(chunk: DuckDBDataChunk): void {
    const count = chunk.rowCount;
    this.#chunk = chunk;
    this.#next = 0;
    this.#count = count;
    if (this.#rowLengths.length < count) this.#grow(count);
    const rowLengths = this.#rowLengths.fill(HEADER + 4 * this.#columns.length, 0, count);
    for (const [index, column] of this.#columns.entries()) {
      const lengths = this.#lengths(index);
      column.measure(columnVector(chunk, index, column.slotSize), lengths);
      for (let row = 0; row < count; row++) {
        const length = lengths[row] as number;
        if (length > 0) rowLengths[row] = (rowLengths[row] as number) + length;
      }
    }
    for (let row = 0; row < count; row++) {
      if ((rowLengths[row] as number) > LARGEST_ROW) {
        throw new SqlError(SqlState.programLimitExceeded, 'out of memory', { detail: 'A row is longer than 1 GB.' });
      }
    }
  }

  drop(): void {
    this.#chunk = undefined;
    this.#next = this.#count = 0;
  }

  /** The next rows, at most `maxRows` of them; at least one when any remain. The bytes are valid until the next call. */
  take(maxRows: number): Frames {
    if (this.#chunk === undefined) throw new Error('no chunk is loaded');
    const from = this.#next;
    const limit = Math.min(this.#count, from + maxRows);
    let to = from;
    let size = 0;
    while (to < limit && (to === from || size + (this.#rowLengths[to] as number) <= LARGEST_BUFFER)) {
      this.#positions[to] = size;
      size += this.#rowLengths[to] as number;
      to++;
    }
    if (this.#buffer.length < size) this.#buffer = Buffer.allocUnsafeSlow(Math.ceil(size * 1.2));
    const bytes = this.#buffer.subarray(0, size);
    this.#writeHeaders(bytes, from, to);
    for (const [index, column] of this.#columns.entries()) this.#writeColumn(bytes, index, column, from, to);
    this.#next = to;
    if (to === this.#count) this.drop();
    return { bytes, rows: to - from };
  }

  #writeHeaders(bytes: Buffer, from: number, to: number): void {
    const fields = this.#columns.length;
    for (let row = from; row < to; row++) {
      const at = this.#positions[row] as number;
      bytes[at] = DATA_ROW;
      writeInt32(bytes, at + 1, (this.#rowLengths[row] as number) - 1);
      bytes[at + 5] = fields >> 8;
      bytes[at + 6] = fields;
      this.#positions[row] = at + HEADER;
    }
  }

  #writeColumn(bytes: Buffer, index: number, column: ColumnEncoder, from: number, to: number): void {
    const positions = this.#positions;
    const lengths = this.#lengths(index);
    for (let row = from; row < to; row++) {
      const at = positions[row] as number;
      writeInt32(bytes, at, lengths[row] as number);
      positions[row] = at + 4;
    }
    column.write(bytes, positions, from, to);
    for (let row = from; row < to; row++) {
      const length = lengths[row] as number;
      if (length > 0) positions[row] = (positions[row] as number) + length;
    }
  }

  #lengths(index: number): Int32Array {
    const holder = this.#fieldLengths[index];
    if (holder === undefined) throw new Error('no such column');
    return holder.lengths;
  }

  #grow(count: number): void {
    this.#rowLengths = new Float64Array(count);
    this.#positions = new Int32Array(count);
    for (const holder of this.#fieldLengths) holder.lengths = new Int32Array(count);
  }
}
