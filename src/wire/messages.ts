/**
 * Every message of protocol 3.0 that a server reads or writes, as two closed unions.
 * https://www.postgresql.org/docs/current/protocol-message-formats.html
 */

/** What a client may send before it has logged in; these have no type byte. */
export type StartupMessage =
  | { readonly type: 'ssl-request' }
  | { readonly type: 'gssenc-request' }
  | { readonly type: 'cancel-request'; readonly pid: number; readonly secret: Uint8Array }
  | {
      readonly type: 'startup';
      /** 3 for the only major version served. */
      readonly major: number;
      readonly minor: number;
      /** In the order sent; duplicate names are refused by the decoder (08P01). */
      readonly parameters: ReadonlyMap<string, string>;
    };

export type FrontendMessage =
  | { readonly type: 'query'; readonly sql: string }
  | { readonly type: 'parse'; readonly name: string; readonly sql: string; readonly parameterTypes: readonly number[] }
  | {
      readonly type: 'bind';
      readonly portal: string;
      readonly statement: string;
      readonly parameterFormats: readonly Format[];
      /** null is SQL NULL; the bytes are a view into the received frame, valid until the next message is read. */
      readonly parameters: readonly (Uint8Array | null)[];
      readonly resultFormats: readonly Format[];
    }
  | { readonly type: 'describe'; readonly what: 'statement' | 'portal'; readonly name: string }
  | { readonly type: 'execute'; readonly portal: string; readonly maxRows: number }
  | { readonly type: 'close'; readonly what: 'statement' | 'portal'; readonly name: string }
  | { readonly type: 'sync' }
  | { readonly type: 'flush' }
  | { readonly type: 'password'; readonly password: string }
  | { readonly type: 'function-call' }
  | { readonly type: 'copy-data' | 'copy-done' | 'copy-fail' }
  | { readonly type: 'terminate' };

/** 0 text, 1 binary. */
export type Format = 0 | 1;

export type TransactionStatus = 'I' | 'T' | 'E';

export type BackendMessage =
  | { readonly type: 'authentication-ok' }
  | { readonly type: 'authentication-cleartext-password' }
  | { readonly type: 'negotiate-protocol-version'; readonly minor: number; readonly unsupported: readonly string[] }
  | { readonly type: 'parameter-status'; readonly name: string; readonly value: string }
  | { readonly type: 'backend-key-data'; readonly pid: number; readonly secret: number }
  | { readonly type: 'ready-for-query'; readonly status: TransactionStatus }
  | { readonly type: 'row-description'; readonly fields: readonly FieldDescription[] }
  | { readonly type: 'parameter-description'; readonly types: readonly number[] }
  | { readonly type: 'no-data' }
  | { readonly type: 'parse-complete' }
  | { readonly type: 'bind-complete' }
  | { readonly type: 'close-complete' }
  | { readonly type: 'portal-suspended' }
  | { readonly type: 'empty-query-response' }
  | { readonly type: 'command-complete'; readonly tag: string }
  /** One row that the gateway itself made; warehouse rows arrive as ready frames instead. */
  | { readonly type: 'data-row'; readonly values: readonly (Uint8Array | string | null)[] }
  | { readonly type: 'error-response' | 'notice-response'; readonly fields: ErrorFields }
  | { readonly type: 'copy-out-response'; readonly format: Format; readonly columnCount: number }
  | { readonly type: 'copy-data'; readonly data: Uint8Array }
  | { readonly type: 'copy-done' };

/** One column of RowDescription. Table OID and attribute number are always 0: no physical name leaves the gateway. */
export type FieldDescription = {
  readonly name: string;
  readonly typeOid: number;
  readonly typeSize: number;
  readonly typeModifier: number;
  readonly format: Format;
};

/** Fields of ErrorResponse and NoticeResponse that we send. */
export type ErrorFields = {
  readonly severity: 'ERROR' | 'FATAL' | 'WARNING' | 'NOTICE';
  readonly code: string;
  readonly message: string;
  readonly detail?: string | undefined;
  readonly hint?: string | undefined;
  /** 1-based, in characters (code points) of the client's statement. */
  readonly position?: number | undefined;
};
