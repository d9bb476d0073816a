/**
 * Messages → bytes for a client.
 * https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
import { assertNever, type SqlError } from '../errors.ts';
import { asBuffer, type MessageWriter, type Writer } from './bytes.ts';
import type { BackendMessage, ErrorFields, FieldDescription } from './messages.ts';

const CODE = {
  'authentication-ok': 0x52, // R
  'authentication-cleartext-password': 0x52, // R
  'negotiate-protocol-version': 0x76, // v
  'parameter-status': 0x53, // S
  'backend-key-data': 0x4b, // K
  'ready-for-query': 0x5a, // Z
  'row-description': 0x54, // T
  'parameter-description': 0x74, // t
  'no-data': 0x6e, // n
  'parse-complete': 0x31, // 1
  'bind-complete': 0x32, // 2
  'close-complete': 0x33, // 3
  'portal-suspended': 0x73, // s
  'empty-query-response': 0x49, // I
  'command-complete': 0x43, // C
  'data-row': 0x44, // D
  'error-response': 0x45, // E
  'notice-response': 0x4e, // N
  'copy-out-response': 0x48, // H
  'copy-data': 0x64, // d
  'copy-done': 0x63, // c
} as const satisfies Record<BackendMessage['type'], number>;

/**
 * Appends one message. Nothing is sent: the writer gathers messages until somebody takes them.
 * Throws SqlError 54000, and appends nothing, when the message is longer than the protocol allows.
 */
export function encodeMessage(out: MessageWriter, message: BackendMessage): void {
  out.message(CODE[message.type], (writer) => encodeBody(writer, message));
}

function encodeBody(writer: Writer, message: BackendMessage): void {
  switch (message.type) {
    case 'authentication-ok':
      writer.addInt32(0);
      break;
    case 'authentication-cleartext-password':
      writer.addInt32(3);
      break;
    case 'negotiate-protocol-version':
      // The whole version, as PostgreSQL sends and libpq reads it; the manual speaks of the minor version.
      writer.addInt32((3 << 16) | message.minor).addInt32(message.unsupported.length);
      for (const name of message.unsupported) text(writer, name);
      break;
    case 'parameter-status':
      text(writer, message.name);
      text(writer, message.value);
      break;
    case 'backend-key-data':
      writer.addInt32(message.pid).addInt32(message.secret);
      break;
    case 'ready-for-query':
      writer.addString(message.status);
      break;
    case 'row-description':
      writer.addInt16(message.fields.length);
      for (const field of message.fields) fieldDescription(writer, field);
      break;
    case 'parameter-description':
      writer.addInt16(message.types.length);
      for (const oid of message.types) writer.addInt32(oid);
      break;
    case 'no-data':
    case 'parse-complete':
    case 'bind-complete':
    case 'close-complete':
    case 'portal-suspended':
    case 'empty-query-response':
    case 'copy-done':
      break;
    case 'command-complete':
      text(writer, message.tag);
      break;
    case 'data-row':
      dataRow(writer, message.values);
      break;
    case 'error-response':
    case 'notice-response':
      errorFields(writer, message.fields);
      break;
    case 'copy-out-response':
      writer.addString(message.format === 0 ? '\0' : '\x01').addInt16(message.columnCount);
      for (let i = 0; i < message.columnCount; i++) writer.addInt16(message.format);
      break;
    case 'copy-data':
      writer.add(asBuffer(message.data));
      break;
    default:
      assertNever(message, 'encodeBody');
  }
}

function fieldDescription(writer: Writer, field: FieldDescription): void {
  text(writer, field.name);
  writer
    .addInt32(0) // table OID and attribute number: never a physical one (security case E39)
    .addInt16(0)
    .addInt32(field.typeOid)
    .addInt16(field.typeSize)
    .addInt32(field.typeModifier)
    .addInt16(field.format);
}

function dataRow(writer: Writer, values: readonly (Uint8Array | string | null)[]): void {
  writer.addInt16(values.length);
  for (const value of values) {
    if (value === null) writer.addInt32(-1);
    else if (typeof value === 'string') writer.addInt32PrefixedString(value);
    else writer.addInt32(value.length).add(asBuffer(value));
  }
}

/** S is for people, V for programs, and we translate neither. */
function errorFields(writer: Writer, fields: ErrorFields): void {
  errorField(writer, 'S', fields.severity);
  errorField(writer, 'V', fields.severity);
  errorField(writer, 'C', fields.code);
  errorField(writer, 'M', fields.message);
  errorField(writer, 'D', fields.detail);
  errorField(writer, 'H', fields.hint);
  errorField(writer, 'P', fields.position?.toString());
  writer.addString('\0');
}

function errorField(writer: Writer, code: string, value: string | undefined): void {
  if (value === undefined) return;
  writer.addString(code);
  text(writer, value);
}

/** A NUL inside a text would end it, and let what follows pose as another field (security case E41). */
function text(writer: Writer, value: string): void {
  writer.addCString(value.includes('\0') ? value.replaceAll('\0', '') : value);
}

/**
 * What a client sees of a fault.
 * @param position 1-based, in characters; the caller counts, since only it knows the statement's text
 */
export function errorResponse(error: SqlError, position?: number): BackendMessage {
  return {
    type: 'error-response',
    fields: {
      severity: error.severity,
      code: error.code,
      message: error.message,
      detail: error.detail,
      hint: error.hint,
      position,
    },
  };
}
