/**
 * What of the backend's messages the driver reads; rows it never does.
 */
import { BodyReader } from '../../wire/bytes.ts';

/** Type bytes of the messages that may answer a request of the extended protocol. */
export const Reply = {
  parseComplete: 0x31,
  bindComplete: 0x32,
  closeComplete: 0x33,
  notification: 0x41,
  commandComplete: 0x43,
  error: 0x45,
  emptyQuery: 0x49,
  notice: 0x4e,
  parameterStatus: 0x53,
  rowDescription: 0x54,
  readyForQuery: 0x5a,
  noData: 0x6e,
  portalSuspended: 0x73,
  parameterDescription: 0x74,
} as const;

export type Field = { readonly name: string; readonly oid: number; readonly typmod: number };

/** An ErrorResponse as it came. Its text may hold values and physical names: for the log, never for a client. */
export class BackendError extends Error {
  override readonly name = 'BackendError';
  readonly code: string;
  readonly severity: string;
  readonly detail: string | undefined;
  readonly hint: string | undefined;
  /** 1-based, in characters of the statement sent. */
  readonly position: string | undefined;
  /** The C function that raised it: the same in every language. */
  readonly routine: string | undefined;

  constructor(fields: ReadonlyMap<string, string>) {
    super(fields.get('M') ?? '');
    this.code = fields.get('C') ?? '';
    this.severity = fields.get('V') ?? fields.get('S') ?? 'ERROR';
    this.detail = fields.get('D');
    this.hint = fields.get('H');
    this.position = fields.get('P');
    this.routine = fields.get('R');
  }
}

/** Leniently: a server with another encoding than UTF-8 may send any bytes, and an error must never hide an error. */
export function readError(body: Buffer): BackendError {
  const fields = new Map<string, string>();
  for (let at = 0; at < body.length && body[at] !== 0; ) {
    const end = body.indexOf(0, at);
    if (end < 0) break;
    fields.set(String.fromCharCode(body.readUInt8(at)), body.toString('utf8', at + 1, end));
    at = end + 1;
  }
  return new BackendError(fields);
}

/** @throws SqlError 08P01 when the body is malformed */
export function readRowDescription(body: Buffer): readonly Field[] {
  const reader = readerOf(body);
  const count = reader.count(19);
  return Array.from({ length: count }, () => {
    const name = reader.cstring();
    reader.bytes(6);
    const oid = reader.uint32();
    reader.bytes(2);
    const typmod = reader.int32();
    reader.bytes(2);
    return { name, oid, typmod };
  });
}

/** The name of the setting that changed. Throws as readRowDescription. */
export function readParameterStatus(body: Buffer): string {
  return readerOf(body).cstring();
}

function readerOf(body: Buffer): BodyReader {
  const reader = new BodyReader();
  reader.reset(body, 0, body.length);
  return reader;
}
