/**
 * Conversations as lines that people read, in the manner of libpq's PQtrace without time stamps:
 * direction, message, length, fields.
 * https://www.postgresql.org/docs/current/libpq-control.html#LIBPQ-PQTRACE, src/interfaces/libpq/fe-trace.c
 */
import { BodyReader } from './bytes.ts';

export type TraceOptions = {
  /** Writes NNNN for what differs from run to run: process ids, secrets, passwords. */
  readonly stable?: boolean;
};

type Line = (name: string, ...fields: readonly (string | number)[]) => string;

/** @param bytes whole messages of a client that has sent its startup message */
export function traceFrontend(bytes: Buffer, options: TraceOptions = {}): readonly string[] {
  return traceFrames('F', bytes, options, frontendBody);
}

/** @param bytes whole messages of a server, behind its answer to SSLRequest */
export function traceBackend(bytes: Buffer, options: TraceOptions = {}): readonly string[] {
  return traceFrames('B', bytes, options, backendBody);
}

type BodyPrinter = (type: string, reader: BodyReader, line: Line, options: TraceOptions) => string;

function traceFrames(direction: 'F' | 'B', bytes: Buffer, options: TraceOptions, print: BodyPrinter) {
  const lines: string[] = [];
  const reader = new BodyReader();
  for (let at = 0; at < bytes.length; ) {
    const type = bytes.toString('latin1', at, at + 1);
    const length = bytes.readInt32BE(at + 1);
    const end = at + 1 + length;
    reader.reset(bytes, at + 5, end);
    const line: Line = (name, ...fields) => [direction, name, length, ...fields].join('\t');
    lines.push(print(type, reader, line, options));
    // A printer that forgets a field would hide it.
    if (reader.remaining > 0) throw new Error(`${direction} ${type}: ${reader.remaining} bytes are not shown`);
    at = end;
  }
  return lines;
}

function frontendBody(type: string, reader: BodyReader, line: Line, options: TraceOptions): string {
  switch (type) {
    case 'Q':
      return line('Query', text(reader));
    case 'P':
      return line('Parse', text(reader), text(reader), ...list(reader, () => reader.uint32()));
    case 'B':
      return line(
        'Bind',
        text(reader),
        text(reader),
        ...list(reader, () => reader.int16()),
        ...list(reader, () => value(reader)),
        ...list(reader, () => reader.int16()),
      );
    case 'D':
      return line('Describe', String.fromCharCode(reader.byte()), text(reader));
    case 'C':
      return line('Close', String.fromCharCode(reader.byte()), text(reader));
    case 'E':
      return line('Execute', text(reader), reader.int32());
    case 'S':
      return line('Sync');
    case 'H':
      return line('Flush');
    case 'X':
      return line('Terminate');
    case 'c':
      return line('CopyDone');
    case 'd':
      return line('CopyData', rest(reader));
    case 'f':
      return line('CopyFail', text(reader));
    case 'F':
      return line('FunctionCall', rest(reader));
    case 'p': {
      const password = text(reader);
      return line('PasswordMessage', options.stable ? 'NNNN' : password);
    }
    default:
      return line(`Unknown ${quote(type)}`, rest(reader));
  }
}

function backendBody(type: string, reader: BodyReader, line: Line, options: TraceOptions): string {
  switch (type) {
    case 'R':
      return authentication(reader, line);
    case 'S':
      return line('ParameterStatus', text(reader), text(reader));
    case 'K': {
      const secret = [reader.int32(), reader.int32()];
      return line('BackendKeyData', ...(options.stable ? ['NNNN', 'NNNN'] : secret));
    }
    case 'v':
      return line('NegotiateProtocolVersion', reader.int32(), ...longList(reader, () => text(reader)));
    case 'Z':
      return line('ReadyForQuery', String.fromCharCode(reader.byte()));
    case 'T':
      return line('RowDescription', ...list(reader, () => column(reader)));
    case 't':
      return line('ParameterDescription', ...list(reader, () => reader.uint32()));
    case 'D':
      return line('DataRow', ...list(reader, () => value(reader)));
    case 'C':
      return line('CommandComplete', text(reader));
    case 'E':
      return line('ErrorResponse', ...errorFields(reader));
    case 'N':
      return line('NoticeResponse', ...errorFields(reader));
    case 'H':
      return line('CopyOutResponse', reader.byte(), ...list(reader, () => reader.int16()));
    case 'd':
      return line('CopyData', rest(reader));
    default:
      return line(BARE_NAMES.get(type) ?? `Unknown ${quote(type)}`, ...(reader.remaining > 0 ? [rest(reader)] : []));
  }
}

/** Messages of the server that have no body. */
const BARE_NAMES: ReadonlyMap<string, string> = new Map([
  ['1', 'ParseComplete'],
  ['2', 'BindComplete'],
  ['3', 'CloseComplete'],
  ['c', 'CopyDone'],
  ['I', 'EmptyQueryResponse'],
  ['n', 'NoData'],
  ['s', 'PortalSuspended'],
]);

function authentication(reader: BodyReader, line: Line): string {
  const method = reader.int32();
  if (method === 0) return line('AuthenticationOk');
  if (method === 3) return line('AuthenticationCleartextPassword');
  return line('Authentication', method, ...(reader.remaining > 0 ? [rest(reader)] : []));
}

/** Name, table OID, attribute number, type OID, type size, type modifier, format. */
function column(reader: BodyReader): string {
  const name = text(reader);
  const numbers = [reader.uint32(), reader.int16(), reader.uint32(), reader.int16(), reader.int32(), reader.int16()];
  return [name, ...numbers].join(' ');
}

function errorFields(reader: BodyReader): readonly string[] {
  const fields: string[] = [];
  for (let code = reader.byte(); code !== 0; code = reader.byte()) {
    fields.push(`${String.fromCharCode(code)} ${text(reader)}`);
  }
  return fields;
}

function list<Item>(reader: BodyReader, item: () => Item): readonly (Item | number)[] {
  const items: (Item | number)[] = [];
  const count = reader.uint16();
  for (let i = 0; i < count; i++) items.push(item());
  return [count, ...items];
}

function longList<Item>(reader: BodyReader, item: () => Item): readonly (Item | number)[] {
  const items: (Item | number)[] = [];
  const count = reader.int32();
  for (let i = 0; i < count; i++) items.push(item());
  return [count, ...items];
}

/** NULL, or the bytes of a parameter or a column. */
function value(reader: BodyReader): string {
  const length = reader.int32();
  return length === -1 ? 'NULL' : bytesText(reader.bytes(length), "'");
}

function text(reader: BodyReader): string {
  return quote(reader.cstring());
}

function rest(reader: BodyReader): string {
  return bytesText(reader.bytes(reader.remaining), "'");
}

function quote(shown: string): string {
  return bytesText(Buffer.from(shown), '"');
}

/** Printable ASCII as it is, everything else as \xhh, so that a line is a line. */
function bytesText(bytes: Buffer, mark: '"' | "'"): string {
  const escaped = Array.from(bytes, (byte) => {
    if (byte === 0x5c) return '\\\\';
    return byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`;
  });
  return mark + escaped.join('') + mark;
}
