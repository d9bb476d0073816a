/**
 * What the main thread and a worker thread of the catalog say to each other: one request at a time, one reply to each.
 */
import type { SqlErrorOptions, SqlState } from '../errors.ts';
import type { CatalogDescription, CatalogResult, CatalogShape } from './catalog.ts';
import type { Facts } from './facts.ts';
import type { Parameter } from './frames.ts';
import type { Program } from './program.ts';

/** What every instance is made from, loaded once for all threads. */
export type Installation = { readonly program: Program; readonly dataDirectory: SharedArrayBuffer };

/** `shapeKey` names the instance; the main thread decides which instances are open, and in which thread. */
export type WorkerRequest =
  | { readonly kind: 'open'; readonly installation: Installation; readonly shape: CatalogShape }
  | { readonly kind: 'close'; readonly shapeKey: string }
  | {
      readonly kind: 'describe';
      readonly shapeKey: string;
      readonly facts: Facts;
      readonly sql: string;
      readonly parameterTypes: readonly number[];
    }
  | {
      readonly kind: 'execute';
      readonly shapeKey: string;
      readonly facts: Facts;
      readonly sql: string;
      readonly parameterTypes: readonly number[];
      readonly parameters: readonly Parameter[];
      readonly resultFormats: readonly (0 | 1)[];
      /** The reply is to say what the columns are, too. */
      readonly describe: boolean;
    };

export type WorkerReply =
  | { readonly kind: 'done' }
  | { readonly kind: 'described'; readonly description: CatalogDescription; readonly retired: boolean }
  | {
      readonly kind: 'executed';
      readonly result: CatalogResult;
      readonly description: CatalogDescription | undefined;
      readonly retired: boolean;
    }
  /** An error for the client. `retired`: the instance was dropped and is opened anew when next needed. */
  | { readonly kind: 'refused'; readonly error: PlainSqlError; readonly retired: boolean }
  /** A bug or a broken installation, for the log. The instance was dropped. */
  | { readonly kind: 'failed'; readonly message: string };

/** An SqlError as data: classes do not survive the passage between threads. */
export type PlainSqlError = {
  readonly code: SqlState;
  readonly message: string;
  readonly options: Pick<SqlErrorOptions, 'hint' | 'detail' | 'position'>;
};
