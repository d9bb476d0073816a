/**
 * Backend bytes cut into messages by their headers alone: DataRow frames leave as the bytes that came
 * (https://www.postgresql.org/docs/current/protocol-overview.html#PROTOCOL-MESSAGE-CONCEPTS).
 */

const DATA_ROW = 0x44;
const HEADER = 5;
/** What one read of the socket can bring. */
const BUFFER_BYTES = 64 * 1024;

export type FrameHandler = {
  /** Neighbouring DataRow frames; valid until the returned promise settles, or until the call returns. */
  readonly rows: (frames: Uint8Array, count: number) => Promise<void> | undefined;
  /** Any other message; `body` is without type and length and valid during the call only. */
  readonly message: (type: number, body: Buffer) => void;
  /** The stream cannot be read on: a frame is longer than the limit, or no frame at all. */
  readonly broken: (reason: 'too long' | 'malformed') => void;
  /** The handler's promise has settled: read the socket again. */
  readonly resume: () => void;
};

/**
 * Owns the memory that the socket is read into, so that nothing is copied but the part of a frame that a read cut off.
 * Use: bytes go into `target()`, `received(n)` says how many; while it answers false the socket is to be paused.
 */
export class FrameReader {
  readonly #handler: FrameHandler;
  readonly #limit: number;
  #buffer: Buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  /** #buffer holds unread bytes in [0, #used). */
  #used = 0;
  /** A second buffer, for the bytes behind rows that the handler still holds. */
  #spare: Buffer | undefined;
  /** What target() gave out last: the runtime may fill it after the buffers have moved on. */
  #target: Buffer = this.#buffer;
  #targetAt = 0;
  #waiting = false;
  /** Counts the waits, so that one that was given up is not heard when it ends. */
  #wait = 0;
  #broken = false;

  /** @param limit longest frame in bytes; a longer one is never assembled */
  constructor(handler: FrameHandler, limit: number) {
    this.#handler = handler;
    this.#limit = limit;
  }

  /** Where the next bytes go. Never empty. */
  target(): Buffer {
    if (this.#used === this.#buffer.length) this.#grow(this.#buffer.length * 2);
    this.#target = this.#buffer;
    this.#targetAt = this.#used;
    return this.#buffer.subarray(this.#used);
  }

  /** `count` bytes were put into the last target(). @returns false: pause until `resume` is called. */
  received(count: number): boolean {
    if (this.#broken) return false;
    if (this.#target !== this.#buffer || this.#targetAt !== this.#used) this.#bringHome(count);
    this.#used += count;
    return this.#waiting ? false : this.#walk();
  }

  /** Gives up the pending wait, if any: rows from here on go to a handler that no longer wants them. */
  abandon(): void {
    if (!this.#waiting) return;
    this.#waiting = false;
    this.#wait++;
    // The sink may hold these bytes for ever.
    this.#spare = undefined;
    if (this.#walk()) this.#handler.resume();
  }

  #walk(): boolean {
    const buffer = this.#buffer;
    const end = this.#used;
    let at = 0;
    let rowsFrom = 0;
    let rows = 0;
    let missing = 0;
    while (end - at >= HEADER) {
      const length = buffer.readUInt32BE(at + 1);
      if (length < 4) return this.#fail('malformed');
      if (length >= this.#limit) return this.#fail('too long');
      const next = at + 1 + length;
      if (next > end) {
        missing = next - at;
        break;
      }
      if (buffer[at] === DATA_ROW) {
        rows++;
        at = next;
        continue;
      }
      if (rows > 0) {
        const wait = this.#handler.rows(buffer.subarray(rowsFrom, at), rows);
        rows = 0;
        rowsFrom = at;
        if (wait !== undefined) return this.#park(at, wait);
      }
      this.#handler.message(buffer[at] ?? 0, buffer.subarray(at + HEADER, next));
      at = next;
      rowsFrom = at;
    }
    if (rows > 0) {
      const wait = this.#handler.rows(buffer.subarray(rowsFrom, at), rows);
      if (wait !== undefined) return this.#park(at, wait);
    }
    this.#keep(at, missing);
    return true;
  }

  /** Moves the cut-off frame to the start of the buffer, and makes room for the whole of it. */
  #keep(from: number, needed: number): void {
    const rest = this.#used - from;
    if (rest > 0 && from > 0) this.#buffer.copyWithin(0, from, this.#used);
    this.#used = rest;
    if (needed > this.#buffer.length) this.#grow(needed + BUFFER_BYTES);
    else if (rest === 0 && this.#buffer.length > BUFFER_BYTES) this.#buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  }

  #grow(size: number): void {
    const larger = Buffer.allocUnsafeSlow(size);
    this.#buffer.copy(larger, 0, 0, this.#used);
    this.#buffer = larger;
  }

  /** The rows before `from` are still in use: what follows them moves to the other buffer. */
  #park(from: number, wait: Promise<void>): false {
    const held = this.#buffer;
    const rest = this.#used - from;
    const other = this.#spare !== undefined && this.#spare.length > rest ? this.#spare : undefined;
    this.#buffer = other ?? Buffer.allocUnsafeSlow(Math.max(BUFFER_BYTES, rest + BUFFER_BYTES / 2));
    held.copy(this.#buffer, 0, from, this.#used);
    this.#used = rest;
    this.#spare = held.length === BUFFER_BYTES ? held : undefined;
    this.#waiting = true;
    const number = ++this.#wait;
    const ended = (): void => {
      if (number !== this.#wait) return;
      this.#waiting = false;
      if (this.#walk()) this.#handler.resume();
    };
    wait.then(ended, ended);
    return false;
  }

  /** The runtime wrote where target() once was; bring the bytes to where the frame goes on. */
  #bringHome(count: number): void {
    if (this.#buffer.length - this.#used < count) this.#grow(this.#used + count + BUFFER_BYTES);
    this.#target.copy(this.#buffer, this.#used, this.#targetAt, this.#targetAt + count);
  }

  #fail(reason: 'too long' | 'malformed'): false {
    this.#broken = true;
    this.#handler.broken(reason);
    return false;
  }
}
