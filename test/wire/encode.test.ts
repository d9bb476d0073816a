import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { parse as parseBackend } from 'pg-protocol';
import { describe, expect, test } from 'vitest';
import { SqlError } from '../../src/errors.ts';
import { MessageWriter } from '../../src/wire/bytes.ts';
import { encodeMessage, errorResponse } from '../../src/wire/encode.ts';
import type { BackendMessage } from '../../src/wire/messages.ts';
import { traceBackend } from '../../src/wire/trace.ts';
import { cstring, frame, int16, int32 } from './frames.ts';

function encode(...messages: readonly BackendMessage[]): Buffer {
  const writer = new MessageWriter();
  for (const message of messages) encodeMessage(writer, message);
  return writer.take();
}

const COLUMN = { name: 'n', typeOid: 1700, typeSize: -1, typeModifier: 655366, format: 0 } as const;

/** One of each, with the bytes that the protocol's description asks for and the line that people see. */
const EVERY: readonly [message: BackendMessage, bytes: Buffer, line: string][] = [
  [{ type: 'authentication-ok' }, frame('R', int32(0)), 'AuthenticationOk\t8'],
  [{ type: 'authentication-cleartext-password' }, frame('R', int32(3)), 'AuthenticationCleartextPassword\t8'],
  [
    { type: 'negotiate-protocol-version', minor: 0, unsupported: ['_pq_.x'] },
    frame('v', int32(0x30000), int32(1), cstring('_pq_.x')),
    'NegotiateProtocolVersion\t19\t196608\t1\t"_pq_.x"',
  ],
  [
    { type: 'parameter-status', name: 'TimeZone', value: 'UTC' },
    frame('S', cstring('TimeZone'), cstring('UTC')),
    'ParameterStatus\t17\t"TimeZone"\t"UTC"',
  ],
  [{ type: 'backend-key-data', pid: 7, secret: -1 }, frame('K', int32(7), int32(-1)), 'BackendKeyData\t12\t7\t-1'],
  [{ type: 'ready-for-query', status: 'T' }, frame('Z', Buffer.from('T')), 'ReadyForQuery\t5\tT'],
  [
    { type: 'row-description', fields: [COLUMN] },
    frame('T', int16(1), cstring('n'), int32(0), int16(0), int32(1700), int16(-1), int32(655366), int16(0)),
    'RowDescription\t26\t1\t"n" 0 0 1700 -1 655366 0',
  ],
  [
    { type: 'parameter-description', types: [23, 4_294_967_295] },
    frame('t', int16(2), int32(23), int32(-1)),
    'ParameterDescription\t14\t2\t23\t4294967295',
  ],
  [{ type: 'no-data' }, frame('n'), 'NoData\t4'],
  [{ type: 'parse-complete' }, frame('1'), 'ParseComplete\t4'],
  [{ type: 'bind-complete' }, frame('2'), 'BindComplete\t4'],
  [{ type: 'close-complete' }, frame('3'), 'CloseComplete\t4'],
  [{ type: 'portal-suspended' }, frame('s'), 'PortalSuspended\t4'],
  [{ type: 'empty-query-response' }, frame('I'), 'EmptyQueryResponse\t4'],
  [{ type: 'command-complete', tag: 'SELECT 1' }, frame('C', cstring('SELECT 1')), 'CommandComplete\t13\t"SELECT 1"'],
  [
    { type: 'data-row', values: ['ü', null, Buffer.from([0, 1]), ''] },
    frame('D', int16(4), int32(2), Buffer.from('ü'), int32(-1), int32(2), Buffer.from([0, 1]), int32(0)),
    "DataRow\t26\t4\t'\\xc3\\xbc'\tNULL\t'\\x00\\x01'\t''",
  ],
  [
    {
      type: 'error-response',
      fields: { severity: 'ERROR', code: '42P01', message: 'm', detail: 'd', hint: 'h', position: 15 },
    },
    frame('E', ...['SERROR', 'VERROR', 'C42P01', 'Mm', 'Dd', 'Hh', 'P15', ''].map(cstring)),
    'ErrorResponse\t39\tS "ERROR"\tV "ERROR"\tC "42P01"\tM "m"\tD "d"\tH "h"\tP "15"',
  ],
  [
    { type: 'notice-response', fields: { severity: 'WARNING', code: '01000', message: '' } },
    frame('N', ...['SWARNING', 'VWARNING', 'C01000', 'M', ''].map(cstring)),
    'NoticeResponse\t32\tS "WARNING"\tV "WARNING"\tC "01000"\tM ""',
  ],
  [
    { type: 'copy-out-response', format: 1, columnCount: 2 },
    frame('H', Buffer.from([1]), int16(2), int16(1), int16(1)),
    'CopyOutResponse\t11\t1\t2\t1\t1',
  ],
  [
    { type: 'copy-data', data: Buffer.from('1\t2\n') },
    frame('d', Buffer.from('1\t2\n')),
    "CopyData\t8\t'1\\x092\\x0a'",
  ],
  [{ type: 'copy-done' }, frame('c'), 'CopyDone\t4'],
];

test.each(EVERY)('$type', (message, bytes, line) => {
  expect(encode(message)).toEqual(bytes);
  expect(traceBackend(bytes)).toEqual([`B\t${line}`]);
});

test('many messages are one buffer, and taking it leaves nothing', () => {
  const writer = new MessageWriter();
  for (const [message] of EVERY) encodeMessage(writer, message);
  const all = Buffer.concat(EVERY.map(([, bytes]) => bytes));
  expect(writer.length).toBe(all.length);
  expect(writer.take()).toEqual(all);
  expect(writer.length).toBe(0);
  expect(writer.take()).toEqual(Buffer.alloc(0));
});

test('ready frames are copied between messages', () => {
  const writer = new MessageWriter();
  const row = frame('D', int16(0));
  encodeMessage(writer, { type: 'bind-complete' });
  writer.frames(row);
  encodeMessage(writer, { type: 'command-complete', tag: 'SELECT 1' });
  row.fill(0);
  expect(writer.take()).toEqual(Buffer.concat([frame('2'), frame('D', int16(0)), frame('C', cstring('SELECT 1'))]));
});

test('a message that fails leaves those before it whole', () => {
  const writer = new MessageWriter();
  encodeMessage(writer, { type: 'bind-complete' });
  const broken = { type: 'data-row', values: ['x', undefined] } as unknown as BackendMessage;
  expect(() => encodeMessage(writer, broken)).toThrow();
  encodeMessage(writer, { type: 'no-data' });
  expect(writer.take()).toEqual(Buffer.concat([frame('2'), frame('n')]));
});

test('65535 columns, and types above 2^31', () => {
  const types = Array.from({ length: 65_535 }, () => 4_000_000_000);
  const bytes = encode({ type: 'parameter-description', types });
  expect(bytes.readUInt16BE(5)).toBe(65_535);
  expect(bytes.readUInt32BE(bytes.length - 4)).toBe(4_000_000_000);
});

describe('texts cannot forge fields', () => {
  test('a NUL inside a text is left out', () => {
    const error = errorResponse(new SqlError('42703', 'column "a\0C00000\0Mfine" does not exist'), 3);
    expect(traceBackend(encode(error))).toEqual([
      'B\tErrorResponse\t67\tS "ERROR"\tV "ERROR"\tC "42703"\tM "column "aC00000Mfine" does not exist"\tP "3"',
    ]);
    expect(encode({ type: 'command-complete', tag: 'SELECT\0 1' })).toEqual(frame('C', cstring('SELECT 1')));
    expect(encode({ type: 'row-description', fields: [{ ...COLUMN, name: '\0\0' }] })).toHaveLength(
      encode({ type: 'row-description', fields: [{ ...COLUMN, name: '' }] }).length,
    );
  });

  test('whatever the text is, the frame is as long as it says and pg-protocol reads the same fields', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'binary' }),
        fc.option(fc.string({ unit: 'binary' })),
        async (message, hint) => {
          const bytes = encode({
            type: 'error-response',
            fields: { severity: 'ERROR', code: '42601', message, hint: hint ?? undefined },
          });
          const clean = (text: string) => Buffer.from(text.replaceAll('\0', '')).toString();
          expect(await read(bytes)).toMatchObject([
            {
              name: 'error',
              severity: 'ERROR',
              code: '42601',
              message: clean(message),
              hint: hint === null ? undefined : clean(hint),
            },
          ]);
        },
      ),
    );
  });
});

test('pg-protocol, a client, reads every message it knows', async () => {
  const known = EVERY.filter(([message]) => message.type !== 'negotiate-protocol-version').map(([message]) => message);
  const names = (await read(encode(...known))).map((message) => message.name);
  expect(names).toEqual([
    'authenticationOk',
    'authenticationCleartextPassword',
    'parameterStatus',
    'backendKeyData',
    'readyForQuery',
    'rowDescription',
    'parameterDescription',
    'noData',
    'parseComplete',
    'bindComplete',
    'closeComplete',
    'portalSuspended',
    'emptyQuery',
    'commandComplete',
    'dataRow',
    'error',
    'notice',
    'copyOutResponse',
    'copyData',
    'copyDone',
  ]);
});

type Read = { readonly name: string };

async function read(bytes: Buffer): Promise<Read[]> {
  const stream = new PassThrough();
  const messages: Read[] = [];
  const reading = parseBackend(stream, (message) => messages.push(message));
  stream.end(bytes);
  await reading;
  return messages;
}
