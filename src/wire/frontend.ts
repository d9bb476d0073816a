/**
 * The bodies of the messages a client sends, as exec_bind_message and its neighbours in src/backend/tcop/postgres.c
 * read them.
 */
import { assertNever, SqlError, SqlState } from '../errors.ts';
import { type BodyReader, decodeUtf8 } from './bytes.ts';
import type { Format, FrontendMessage } from './messages.ts';

/** Names of statements and portals; PostgreSQL has no limit (security case E20). */
export const MAX_NAME_BYTES = 1024;

/**
 * @param reader on a whole body
 * @throws SqlError 08P01 when the body is not what the type demands, 22021 for text that is not UTF-8,
 * 22023 for a format code that does not exist
 */
export function decodeFrontendBody(type: FrontendMessage['type'], reader: BodyReader): FrontendMessage {
  switch (type) {
    case 'query': {
      const sql = reader.cstring();
      reader.end();
      return { type, sql };
    }
    case 'parse':
      return decodeParse(reader);
    case 'bind':
      return decodeBind(reader);
    case 'describe':
    case 'close': {
      const what = decodeTarget(type, reader);
      const name = decodeName(reader, what);
      reader.end();
      return { type, what, name };
    }
    case 'execute': {
      const portal = decodeName(reader, 'portal');
      const maxRows = reader.int32();
      reader.end();
      return { type, portal, maxRows };
    }
    case 'password':
      return { type, password: decodePassword(reader) };
    case 'sync':
    case 'flush':
      reader.end();
      return { type };
    // Their bodies are of no interest: the first is refused whole, the copies are ignored, the last says goodbye.
    case 'function-call':
    case 'copy-data':
    case 'copy-done':
    case 'copy-fail':
    case 'terminate':
      return { type };
    default:
      return assertNever(type, 'decodeFrontendBody');
  }
}

function decodeParse(reader: BodyReader): FrontendMessage {
  const name = decodeName(reader, 'statement');
  const sql = reader.cstring();
  const count = reader.count(4);
  const parameterTypes: number[] = [];
  for (let i = 0; i < count; i++) parameterTypes.push(reader.uint32());
  reader.end();
  return { type: 'parse', name, sql, parameterTypes };
}

function decodeBind(reader: BodyReader): FrontendMessage {
  const portal = decodeName(reader, 'portal');
  const statement = decodeName(reader, 'statement');
  const parameterFormats = decodeFormats(reader);
  const count = reader.count(4);
  if (parameterFormats.length > 1 && parameterFormats.length !== count) {
    throw new SqlError(
      SqlState.protocolViolation,
      `bind message has ${parameterFormats.length} parameter formats but ${count} parameters`,
    );
  }
  const parameters: (Uint8Array | null)[] = [];
  for (let i = 0; i < count; i++) {
    const length = reader.int32();
    parameters.push(length === -1 ? null : reader.bytes(length));
  }
  const resultFormats = decodeFormats(reader);
  reader.end();
  return { type: 'bind', portal, statement, parameterFormats, parameters, resultFormats };
}

function decodeFormats(reader: BodyReader): Format[] {
  const count = reader.count(2);
  const formats: Format[] = [];
  for (let i = 0; i < count; i++) formats.push(asFormat(reader.int16()));
  return formats;
}

function asFormat(code: number): Format {
  if (code === 0 || code === 1) return code;
  throw new SqlError(SqlState.invalidParameterValue, `unsupported format code: ${code}`);
}

function decodeTarget(type: 'describe' | 'close', reader: BodyReader): 'statement' | 'portal' {
  const code = reader.byte();
  if (code === 0x53) return 'statement';
  if (code === 0x50) return 'portal';
  throw new SqlError(SqlState.protocolViolation, `invalid ${type.toUpperCase()} message subtype ${code}`);
}

function decodeName(reader: BodyReader, what: 'statement' | 'portal'): string {
  const before = reader.remaining;
  const name = reader.cstring();
  if (before - reader.remaining - 1 > MAX_NAME_BYTES) {
    throw new SqlError(SqlState.protocolViolation, `${what} name is longer than ${MAX_NAME_BYTES} bytes`);
  }
  return name;
}

/** The first NUL must be the last byte, as recv_password_packet demands. */
function decodePassword(reader: BodyReader): string {
  const bytes = reader.bytes(reader.remaining);
  if (bytes.length === 0 || bytes.indexOf(0) !== bytes.length - 1) {
    throw new SqlError(SqlState.protocolViolation, 'invalid password packet size');
  }
  return decodeUtf8(bytes.subarray(0, -1));
}
