/**
 * The few protocol frames spoken with the embedded PostgreSQL, written and read by hand:
 * rows pass through unparsed. https://www.postgresql.org/docs/current/protocol-message-formats.html
 */

export type Parameter = { readonly format: 0 | 1; readonly value: Uint8Array | null };

/** Fields of an ErrorResponse or NoticeResponse by their one-letter codes. */
export type ReportFields = ReadonlyMap<string, string>;

/** What came back for one exchange, in the order that frames of one kind arrived. */
export type Answer = {
  readonly error: ReportFields | undefined;
  readonly notices: readonly ReportFields[];
  readonly parameterTypes: readonly number[];
  /** Body of RowDescription; undefined when the statement returns no rows. */
  readonly rowDescription: Uint8Array | undefined;
  /** DataRow frames in one piece of its own. */
  readonly rows: Uint8Array<ArrayBuffer>;
  readonly rowCount: number;
  /** Transaction status of the last ReadyForQuery; undefined when the backend did not get that far. */
  readonly status: string | undefined;
  readonly emptyQuery: boolean;
};

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const SYNC = frame('S', []);

export function queryMessage(sql: string): Uint8Array {
  return frame('Q', [text(sql)]);
}

/** Parse and Describe of the unnamed statement, then Sync. */
export function describeMessages(sql: string, parameterTypes: readonly number[]): Uint8Array {
  return concat([
    frame('P', [text(''), text(sql), int16(parameterTypes.length), ...parameterTypes.map(int32)]),
    frame('D', [encoder.encode('S'), text('')]),
    SYNC,
  ]);
}

/** Bind and Execute of the unnamed statement, all rows, then Sync. */
export function executeMessages(parameters: readonly Parameter[], resultFormats: readonly (0 | 1)[]): Uint8Array {
  return concat([
    frame('B', [
      text(''),
      text(''),
      int16(parameters.length),
      ...parameters.map((parameter) => int16(parameter.format)),
      int16(parameters.length),
      ...parameters.flatMap(({ value }) => (value === null ? [int32(-1)] : [int32(value.length), value])),
      int16(resultFormats.length),
      ...resultFormats.map(int16),
    ]),
    frame('E', [text(''), int32(0)]),
    SYNC,
  ]);
}

/** Walks backend frames by their lengths; cells of rows are never looked at. @throws Error on a frame cut short */
export function readAnswer(bytes: Uint8Array): Answer {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const notices: ReportFields[] = [];
  const rowRuns: Uint8Array[] = [];
  let error: ReportFields | undefined;
  let parameterTypes: readonly number[] = [];
  let rowDescription: Uint8Array | undefined;
  let rowCount = 0;
  let status: string | undefined;
  let emptyQuery = false;
  let runStart = -1;
  for (let offset = 0; offset < bytes.length; ) {
    const type = String.fromCharCode(bytes[offset] ?? 0);
    const end = offset + 1 + view.getInt32(offset + 1);
    if (end > bytes.length || end < offset + 5) throw new Error(`backend frame ${type} is cut short`);
    if (type === 'D') {
      if (runStart < 0) runStart = offset;
      rowCount += 1;
      offset = end;
      continue;
    }
    if (runStart >= 0) rowRuns.push(bytes.subarray(runStart, offset));
    runStart = -1;
    const body = bytes.subarray(offset + 5, end);
    if (type === 'E') error ??= readReport(body);
    else if (type === 'N') notices.push(readReport(body));
    else if (type === 't') parameterTypes = readParameterTypes(body);
    else if (type === 'T') rowDescription = body.slice();
    else if (type === 'Z') status = String.fromCharCode(body[0] ?? 0);
    else if (type === 'I') emptyQuery = true;
    offset = end;
  }
  if (runStart >= 0) rowRuns.push(bytes.subarray(runStart));
  return { error, notices, parameterTypes, rowDescription, rows: concat(rowRuns), rowCount, status, emptyQuery };
}

export type FieldHeader = {
  readonly name: string;
  readonly typeOid: number;
  readonly typeSize: number;
  readonly typmod: number;
};

/** Columns out of the body of a RowDescription. Table OID, attribute number and format are left behind. */
export function readRowDescription(body: Uint8Array): readonly FieldHeader[] {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const fields: FieldHeader[] = [];
  let offset = 2;
  for (let count = view.getInt16(0); count > 0; count -= 1) {
    const nameEnd = body.indexOf(0, offset);
    fields.push({
      name: decoder.decode(body.subarray(offset, nameEnd)),
      typeOid: view.getUint32(nameEnd + 7),
      typeSize: view.getInt16(nameEnd + 11),
      typmod: view.getInt32(nameEnd + 13),
    });
    offset = nameEnd + 19;
  }
  return fields;
}

/** Cells of DataRow frames as text; for the few rows that this room itself reads. */
export function readTextRows(rows: Uint8Array): readonly (readonly (string | null)[])[] {
  const view = new DataView(rows.buffer, rows.byteOffset, rows.byteLength);
  const result: (string | null)[][] = [];
  for (let offset = 0; offset < rows.length; offset += 1 + view.getInt32(offset + 1)) {
    const cells: (string | null)[] = [];
    let at = offset + 7;
    for (let count = view.getInt16(offset + 5); count > 0; count -= 1) {
      const length = view.getInt32(at);
      cells.push(length < 0 ? null : decoder.decode(rows.subarray(at + 4, at + 4 + length)));
      at += 4 + Math.max(length, 0);
    }
    result.push(cells);
  }
  return result;
}

/** One buffer of its own from many pieces. */
export function concat(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let offset = 0;
  for (const piece of pieces) {
    result.set(piece, offset);
    offset += piece.length;
  }
  return result;
}

function readReport(body: Uint8Array): ReportFields {
  const fields = new Map<string, string>();
  for (let offset = 0; offset < body.length && body[offset] !== 0; ) {
    const end = body.indexOf(0, offset);
    fields.set(String.fromCharCode(body[offset] ?? 0), decoder.decode(body.subarray(offset + 1, end)));
    offset = end + 1;
  }
  return fields;
}

function readParameterTypes(body: Uint8Array): readonly number[] {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  return Array.from({ length: view.getUint16(0) }, (_, index) => view.getUint32(2 + index * 4));
}

function frame(type: string, pieces: readonly Uint8Array[]): Uint8Array {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 4);
  return concat([encoder.encode(type), int32(length), ...pieces]);
}

function text(value: string): Uint8Array {
  if (value.includes('\0')) throw new RangeError('text for PostgreSQL holds a zero byte');
  return concat([encoder.encode(value), new Uint8Array(1)]);
}

function int16(value: number): Uint8Array {
  return Uint8Array.of((value >> 8) & 0xff, value & 0xff);
}

function int32(value: number): Uint8Array {
  return Uint8Array.of((value >>> 24) & 0xff, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
}
