/**
 * The packets before sign-in: they have no type byte, and their first word says what they are.
 * https://www.postgresql.org/docs/current/protocol-message-formats.html, src/backend/postmaster ProcessStartupPacket.
 */
import { SqlError, SqlState } from '../errors.ts';
import type { BodyReader } from './bytes.ts';
import type { StartupMessage } from './messages.ts';

/** PostgreSQL's MAX_STARTUP_PACKET_LENGTH, without the length word (security case E01). */
export const MAX_STARTUP_BODY = 10_000;

const CANCEL_REQUEST = 80877102;
const SSL_REQUEST = 80877103;
const GSSENC_REQUEST = 80877104;

/** Longest secret of a CancelRequest in any 3.x version. */
const MAX_CANCEL_SECRET = 256;

/**
 * @param reader on the body behind the length word, which is whole
 * @throws SqlError 0A000 for another major version; 08P01 for a layout that is wrong; 22021 for text that is not UTF-8
 */
export function decodeStartupBody(reader: BodyReader): StartupMessage {
  const code = reader.uint32();
  switch (code) {
    case SSL_REQUEST:
      reader.end();
      return { type: 'ssl-request' };
    case GSSENC_REQUEST:
      reader.end();
      return { type: 'gssenc-request' };
    case CANCEL_REQUEST:
      return decodeCancelRequest(reader);
    default: {
      const major = code >>> 16;
      const minor = code & 0xffff;
      if (major !== 3) throw unsupportedProtocol(major, minor);
      return { type: 'startup', major, minor, parameters: decodeParameters(reader) };
    }
  }
}

/** What PostgreSQL says of a version it does not speak, and of a second SSLRequest, which is none (case E04). */
function unsupportedProtocol(major: number, minor: number): SqlError {
  return new SqlError(
    SqlState.featureNotSupported,
    `unsupported frontend protocol ${major}.${minor}: server supports 3.0 to 3.0`,
    { severity: 'FATAL' },
  );
}

/** The negotiation that was already answered, as the version number PostgreSQL takes it for. */
export function repeatedNegotiation(type: 'ssl-request' | 'gssenc-request'): SqlError {
  const code = type === 'ssl-request' ? SSL_REQUEST : GSSENC_REQUEST;
  return unsupportedProtocol(code >>> 16, code & 0xffff);
}

function decodeCancelRequest(reader: BodyReader): StartupMessage {
  const pid = reader.int32();
  const length = reader.remaining;
  if (length < 4 || length > MAX_CANCEL_SECRET) {
    throw new SqlError(SqlState.protocolViolation, 'invalid length of query cancel packet');
  }
  return { type: 'cancel-request', pid, secret: reader.bytes(length) };
}

/** Name and value pairs, ended by an empty name. A name sent twice is refused, where PostgreSQL takes the last (E08). */
function decodeParameters(reader: BodyReader): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (;;) {
    if (reader.remaining === 0) throw invalidLayout();
    const name = parameterText(reader);
    if (name === '') break;
    const value = parameterText(reader);
    if (parameters.has(name)) {
      throw new SqlError(SqlState.protocolViolation, `startup parameter "${name}" is given more than once`);
    }
    parameters.set(name, value);
  }
  if (reader.remaining !== 0) throw invalidLayout();
  return parameters;
}

function parameterText(reader: BodyReader): string {
  try {
    return reader.cstring();
  } catch (error) {
    if (error instanceof SqlError && error.code === SqlState.protocolViolation) throw invalidLayout();
    throw error;
  }
}

function invalidLayout(): SqlError {
  return new SqlError(SqlState.protocolViolation, 'invalid startup packet layout: expected terminator as last byte');
}
