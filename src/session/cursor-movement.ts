/**
 * Moving over the rows of a declared cursor (src/backend/tcop/pquery.c, DoPortalRunFetch).
 * Positions: 0 is before the first row, n on the nth, one past the last is after the end.
 */
import { assertNever, SqlError, SqlState } from '../errors.ts';
import type { FetchDirection } from '../sql/ast.ts';
import type { RowSink } from '../warehouse/warehouse.ts';
import type { Cursor } from './engine.ts';
import { eachFrame } from './frames.ts';

export type Movement = {
  /** @throws SqlError 55000 when this direction cannot be taken from here */
  readonly check: (direction: FetchDirection) => void;
  /** @returns how many rows it delivered */
  readonly fetch: (direction: FetchDirection, sink: RowSink) => Promise<number>;
};

/** Takes rows that nobody wants: MOVE, and what is skipped on the way. */
export const DISCARD: RowSink = { write: () => undefined };

/** Without SCROLL rows go by once and nothing is kept. */
export function forwardOnly(cursor: Cursor): Movement {
  let position = 0;
  let ended = false;
  let afterEnd = false;

  async function read(count: number | 'all', sink: RowSink): Promise<number> {
    const result = ended ? { rows: 0, done: true } : await cursor.fetch(count === 'all' ? 0 : count, sink);
    position += result.rows;
    if (count === 'all' || result.rows < count) afterEnd = true;
    if (afterEnd || result.done) ended = true;
    return result.rows;
  }

  async function readOneAfter(skipped: number, sink: RowSink): Promise<number> {
    if (skipped > 0 && (await read(skipped, DISCARD)) < skipped) return 0;
    return read(1, sink);
  }

  function check(direction: FetchDirection): void {
    const { kind, count } = direction;
    const back =
      kind === 'backward' ||
      (kind === 'absolute' ? count <= position && !(count === 0 && position === 0) : count !== 'all' && count <= 0);
    if (back && !staysOffRows(direction)) throw cannotGoBack();
  }

  /** Zero rows are the row that the cursor is on, once more: where it is on none they are none. GDAL asks for columns so. */
  function staysOffRows({ kind, count }: FetchDirection): boolean {
    return (kind === 'forward' || kind === 'relative') && count === 0 && (position === 0 || afterEnd);
  }

  return {
    check,
    fetch: async (direction, sink) => {
      check(direction);
      if (staysOffRows(direction)) return 0;
      switch (direction.kind) {
        case 'forward':
          return read(direction.count, sink);
        case 'backward':
          throw cannotGoBack();
        case 'absolute':
          return direction.count === 0 ? 0 : readOneAfter(direction.count - position - 1, sink);
        case 'relative':
          return readOneAfter(direction.count - 1, sink);
        default:
          return assertNever(direction, 'forwardOnly');
      }
    },
  };
}

/** Rows that a scrollable cursor may keep. */
const MAX_KEPT_BYTES = 64 * 1024 * 1024;

/** SCROLL: rows that have been read are kept, up to a limit. */
export function scrollable(cursor: Cursor): Movement {
  const kept: Uint8Array[] = [];
  let bytes = 0;
  let ended = false;
  let position = 0;

  const keeper: RowSink = {
    write: (frames) => {
      // The driver may use its buffer again.
      const copy = Uint8Array.from(frames);
      bytes += copy.length;
      eachFrame(copy, (start, end) => kept.push(copy.subarray(start, end)));
      return undefined;
    },
  };

  /** Reads on until there are `count` rows, or no more. */
  async function ensure(count: number | 'all'): Promise<void> {
    while (!ended && (count === 'all' || kept.length < count)) {
      const portion = count === 'all' ? 1_000 : Math.min(1_000, count - kept.length);
      const result = await cursor.fetch(portion, keeper);
      if (result.done || result.rows < portion) ended = true;
      if (bytes > MAX_KEPT_BYTES) {
        throw new SqlError(SqlState.programLimitExceeded, 'a scrollable cursor holds too many rows', {
          hint: 'Declare it without SCROLL.',
        });
      }
    }
  }

  async function deliver(rows: readonly Uint8Array[], sink: RowSink): Promise<number> {
    if (rows.length > 0) await sink.write(Buffer.concat(rows), rows.length);
    return rows.length;
  }

  async function forward(count: number | 'all', sink: RowSink): Promise<number> {
    if (count === 0) return deliver(kept.slice(Math.max(0, position - 1), position), sink);
    await ensure(count === 'all' ? 'all' : position + count);
    const end = count === 'all' ? kept.length : Math.min(kept.length, position + count);
    const rows = kept.slice(position, end);
    position = count === 'all' || rows.length < count ? kept.length + 1 : end;
    return deliver(rows, sink);
  }

  async function backward(count: number | 'all', sink: RowSink): Promise<number> {
    if (count === 0) return forward(0, sink);
    const last = Math.max(0, position - 1);
    const first = count === 'all' ? 0 : Math.max(0, last - count);
    const rows = kept.slice(first, last).reverse();
    position = count === 'all' || rows.length < count ? 0 : first + 1;
    return deliver(rows, sink);
  }

  async function absolute(count: number, sink: RowSink): Promise<number> {
    await ensure(count < 0 ? 'all' : count);
    const target = count < 0 ? kept.length + 1 + count : count;
    position = Math.min(Math.max(target, 0), kept.length + 1);
    return deliver(target > 0 ? kept.slice(target - 1, target) : [], sink);
  }

  return {
    check: () => {},
    fetch: async (direction, sink) => {
      switch (direction.kind) {
        case 'forward':
          return forward(direction.count, sink);
        case 'backward':
          return backward(direction.count, sink);
        case 'absolute':
          return absolute(direction.count, sink);
        case 'relative':
          return direction.count === 0 ? forward(0, sink) : absolute(Math.max(0, position + direction.count), sink);
        default:
          return assertNever(direction, 'scrollable');
      }
    },
  };
}

function cannotGoBack(): SqlError {
  return new SqlError(SqlState.objectNotInPrerequisiteState, 'cursor can only scan forward', {
    hint: 'Declare it with SCROLL option to enable backward scan.',
  });
}
