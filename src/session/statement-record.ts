/** The record of the statement that a session runs: what it read, how many rows it gave, how it ended. */
import { randomUUID } from 'node:crypto';
import { SqlError, SqlState } from '../errors.ts';
import type { SourceStatement } from '../sql/ast.ts';
import type { Cursor, Prepared, TableRead } from './engine.ts';
import { type Doer, type Observer, SUCCESS } from './observer.ts';

/** A query that was opened, whichever statement reads its rows. */
export type OpenedRecord = { readonly reads: () => readonly TableRead[]; readonly queryId: string };

/** What a session runs, or has run last, and since when. */
export type LatestStatement = {
  /** As the client sent it; undefined for one that is too long to be kept. */
  readonly text: string | undefined;
  readonly startedAt: Date;
};

/** In UTF-16 units: a session keeps its statement until the next one comes. */
const LONGEST_KEPT = 65_536;

const NOTHING = (): readonly TableRead[] => [];

type Current = { opened: OpenedRecord | undefined; rows: number; readonly queryId: string };

export class StatementRecords {
  readonly #observe: Observer;
  readonly #doer: () => Doer;
  #current: Current | undefined;
  #latest: LatestStatement | undefined;

  constructor(observe: Observer, doer: () => Doer) {
    this.#observe = observe;
    this.#doer = doer;
  }

  get latest(): LatestStatement | undefined {
    return this.#latest;
  }

  /**
   * Runs one statement and tells how it ended.
   * @param when `failed`: only of a failure, for what comes before the statement itself is run
   */
  async record<T>(source: SourceStatement | undefined, when: 'always' | 'failed', work: () => Promise<T>): Promise<T> {
    const current: Current = { opened: undefined, rows: 0, queryId: randomUUID() };
    this.#current = current;
    if (source !== undefined) {
      const text = source.text.length > LONGEST_KEPT ? undefined : source.text;
      this.#latest = { text, startedAt: new Date() };
    }
    // Of now: SET ROLE is done by who was before.
    const doer = this.#doer();
    const start = performance.now();
    let code: string = SUCCESS;
    try {
      return await work();
    } catch (error) {
      code = error instanceof SqlError ? error.code : SqlState.internalError;
      throw error;
    } finally {
      this.#current = undefined;
      if (when === 'always' || code !== SUCCESS) {
        this.#observe({
          kind: 'statement',
          doer,
          text: source?.text,
          reads: current.opened?.reads ?? NOTHING,
          code,
          rows: current.rows,
          ms: performance.now() - start,
          queryId: current.opened?.queryId ?? current.queryId,
        });
      }
    }
  }

  /** Before a query is opened. @returns what it will be known by */
  opening({ reads }: Prepared): OpenedRecord {
    const record = { reads: reads ?? NOTHING, queryId: this.#current?.queryId ?? randomUUID() };
    this.reading(record);
    return record;
  }

  /** The statement of now reads from a query that was opened before. */
  reading(record: OpenedRecord): void {
    if (this.#current !== undefined) this.#current.opened = record;
  }

  /** @returns the cursor, its rows counted with the statement that fetches them */
  counting(cursor: Cursor): Cursor {
    return {
      settings: cursor.settings,
      close: () => cursor.close(),
      fetch: async (maxRows, sink) => {
        const result = await cursor.fetch(maxRows, sink);
        if (this.#current !== undefined) this.#current.rows += result.rows;
        return result;
      },
    };
  }
}
