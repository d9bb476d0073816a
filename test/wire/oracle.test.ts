/** PostgreSQL itself says how a server reacts to what it cannot read, and what a conversation looks like. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FrameDecoder, MalformedMessage } from '../../src/wire/decode.ts';
import { traceBackend, traceFrontend } from '../../src/wire/trace.ts';
import { startPostgres, type TestPostgres } from '../helpers/postgres.ts';
import {
  bind,
  close,
  cstring,
  describe as describeFrame,
  execute,
  FLUSH,
  frame,
  GSSENC_REQUEST,
  int16,
  int32,
  packet,
  parse,
  password,
  query,
  SSL_REQUEST,
  SYNC,
  startup,
  TERMINATE,
} from './frames.ts';
import { RawClient } from './raw-client.ts';

let server: TestPostgres;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

async function signedIn(): Promise<RawClient> {
  const client = await RawClient.connect(server.port);
  client.send(startup({ user: 'postgres' }));
  await untilReady(client);
  return client;
}

async function untilReady(client: RawClient): Promise<Buffer> {
  const messages: Buffer[] = [];
  for (;;) {
    const message = await client.message();
    if (message === undefined) return Buffer.concat(messages);
    messages.push(frame(message.type, message.body));
    if (message.type === 'Z') return Buffer.concat(messages);
  }
}

/** What PostgreSQL says of a message: its first error, or `closed`. */
async function theirs(bytes: Buffer, client: RawClient): Promise<string> {
  client.send(bytes, SYNC);
  const message = await client.error();
  client.close();
  return message ?? 'closed';
}

/** What the decoder says of it; a FATAL fault of framing is what PostgreSQL closes upon without a word. */
function ours(bytes: Buffer): string {
  const decoder = new FrameDecoder();
  decoder.phase = 'ready';
  decoder.push(bytes);
  try {
    return decoder.next()?.type ?? 'incomplete';
  } catch (error) {
    if (!(error instanceof MalformedMessage)) throw error;
    if (error.message === 'invalid message length') return 'closed';
    return `${error.severity} ${error.code} ${error.message}`;
  }
}

describe('a message that cannot be read', () => {
  const named = [cstring(''), cstring('')];
  const afterParse = (bytes: Buffer): Buffer =>
    Buffer.concat([parse('', 'select $1::text, $2::text, $3::text'), bytes]);

  test.each<[string, Buffer]>([
    ['Query without NUL', frame('Q', Buffer.from('select 1'))],
    ['Query with a NUL inside', frame('Q', Buffer.from('select 1\0 x\0'))],
    ['Query with 0xff', frame('Q', cstring(Buffer.from([0xff])))],
    ['Query with an overlong character', frame('Q', cstring(Buffer.from([0x61, 0xc0, 0xa7])))],
    ['Query with a surrogate', frame('Q', cstring(Buffer.from([0xed, 0xa0, 0x80, 0x62])))],
    ['Query with a truncated character', frame('Q', cstring(Buffer.from([0x61, 0xe2, 0x82])))],
    ['Query with a wrong continuation', frame('Q', cstring(Buffer.from([0xc3, 0xa4, 0xf0, 0x9f, 0x41, 0x41])))],
    ['Query with a lone continuation', frame('Q', cstring(Buffer.from([0x80, 0x80])))],
    ['Query above the last code point', frame('Q', cstring(Buffer.from([0xf4, 0x90, 0x80, 0x80])))],
    ['Parse with more types than bytes', frame('P', ...named, int16(65_535), int32(23))],
    ['Parse with trailing bytes', frame('P', ...named, int16(0), int32(23))],
    ['Parse without a count', frame('P', ...named)],
    ['Describe X', frame('D', Buffer.from('X'), cstring(''))],
    ['Close X', frame('C', Buffer.from('X'), cstring(''))],
    ['Describe without NUL', frame('D', Buffer.from('Sx'))],
    ['Execute without a row count', frame('E', cstring(''))],
    ['Flush with a body', frame('H', int32(1))],
    ['Sync with a body', frame('S', int32(1))],
    ['an unknown type', frame('z')],
    ['a password after sign-in', password('x')],
    ['a second startup message', startup({ user: 'x' })],
    ...'QPBDECSHF'
      .split('')
      .map((type): [string, Buffer] => [`${type} of length 3`, Buffer.concat([Buffer.from(type), int32(3)])]),
    ['Query of length -5', Buffer.concat([Buffer.from('Q'), int32(-5)])],
    ['Query of length 2^31-1', Buffer.concat([Buffer.from('Q'), int32(0x7fffffff)])],
  ])('%s', async (_name, bytes) => {
    expect(ours(bytes)).toBe(await theirs(bytes, await signedIn()));
  });

  test.each<[string, Buffer]>([
    ['more values than bytes', frame('B', ...named, int16(0), int16(3), int32(-1))],
    ['a value beyond the message', frame('B', ...named, int16(0), int16(3), int32(100), int16(0))],
    ['a value of length -2', frame('B', ...named, int16(0), int16(3), int32(-2), int16(0))],
    ['parameter format 7', bind({ formats: [7], values: [Buffer.alloc(1), null, null] })],
    ['2 formats for 3 values', bind({ formats: [0, 0], values: [null, null, null] })],
  ])('Bind with %s', async (_name, bytes) => {
    const client = await signedIn();
    expect(ours(bytes)).toBe(
      await (async () => {
        client.send(afterParse(Buffer.alloc(0)));
        client.send(FLUSH);
        await client.message();
        return theirs(bytes, client);
      })(),
    );
  });
});

describe('before sign-in', () => {
  const reaction = async (bytes: Buffer): Promise<string> => {
    const client = await RawClient.connect(server.port);
    client.send(bytes);
    const said = (await client.error()) ?? 'closed';
    client.close();
    return said;
  };
  const mine = (bytes: Buffer): string => {
    const decoder = new FrameDecoder();
    decoder.push(bytes);
    try {
      return decoder.nextStartup()?.type ?? 'incomplete';
    } catch (error) {
      if (!(error instanceof MalformedMessage)) throw error;
      return error.messageType === 'frame' ? 'closed' : `${error.severity} ${error.code} ${error.message}`;
    }
  };

  test.each<[string, Buffer]>([
    ['length 0', int32(0)],
    ['length 7', int32(7)],
    ['length -1', int32(-1)],
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['no final NUL', packet(int32(0x30000), cstring('user'), cstring('a'))],
    ['data after the final NUL', packet(int32(0x30000), Buffer.from([0]), cstring('user'))],
  ])('%s', async (_name, bytes) => {
    expect(mine(bytes)).toBe(await reaction(bytes));
  });

  test('protocol 4.0: the server names its own newest version, we name ours', async () => {
    const supported = (text: string): string => text.replace(/to 3\.\d/, 'to 3.x');
    expect(supported(mine(startup({}, 0x40000)))).toBe(supported(await reaction(startup({}, 0x40000))));
  });

  test('NegotiateProtocolVersion holds the whole version', async () => {
    const client = await RawClient.connect(server.port);
    client.send(startup({ user: 'postgres', '_pq_.x': '1' }, 0x30009));
    const message = await client.message();
    client.close();
    expect(message?.type).toBe('v');
    expect(message?.body.readInt32BE(0)).toBeGreaterThanOrEqual(0x30000);
  });

  test('SSLRequest and GSSENCRequest are refused with N', async () => {
    const client = await RawClient.connect(server.port);
    client.send(SSL_REQUEST);
    expect((await client.bytes(1)).toString()).toBe('N');
    client.send(GSSENC_REQUEST);
    expect((await client.bytes(1)).toString()).toBe('N');
    client.close();
  });
});

test('a conversation, traced', async () => {
  const client = await signedIn();
  const sent = Buffer.concat([
    parse('s1', 'select $1::int4 as n, $2 as t', [0, 25]),
    bind({ statement: 's1', formats: [1, 0], values: [int32(42), null], results: [1] }),
    describeFrame('S', 's1'),
    describeFrame('P'),
    execute('', 0),
    close('S', 's1'),
    SYNC,
  ]);
  client.send(sent);
  const received = await untilReady(client);
  client.send(query('select nope'));
  const refused = await untilReady(client);
  client.send(TERMINATE);
  expect([...traceFrontend(sent), ...traceBackend(received)]).toEqual([
    'F\tParse\t47\t"s1"\t"select $1::int4 as n, $2 as t"\t2\t0\t25',
    'F\tBind\t32\t""\t"s1"\t2\t1\t0\t2\t\'\\x00\\x00\\x00*\'\tNULL\t1\t1',
    'F\tDescribe\t8\tS\t"s1"',
    'F\tDescribe\t6\tP\t""',
    'F\tExecute\t9\t""\t0',
    'F\tClose\t8\tS\t"s1"',
    'F\tSync\t4',
    'B\tParseComplete\t4',
    'B\tBindComplete\t4',
    'B\tParameterDescription\t14\t2\t23\t25',
    'B\tRowDescription\t46\t2\t"n" 0 0 23 4 -1 0\t"t" 0 0 25 -1 -1 0',
    'B\tRowDescription\t46\t2\t"n" 0 0 23 4 -1 1\t"t" 0 0 25 -1 -1 1',
    "B\tDataRow\t18\t2\t'\\x00\\x00\\x00*'\tNULL",
    'B\tCommandComplete\t13\t"SELECT 1"',
    'B\tCloseComplete\t4',
    'B\tReadyForQuery\t5\tI',
  ]);
  expect(traceBackend(refused).map((line) => line.split('\t').slice(0, 6).join('\t'))).toEqual([
    expect.stringMatching(/^B\tErrorResponse\t\d+\tS "ERROR"\tV "ERROR"\tC "42703"$/),
    'B\tReadyForQuery\t5\tI',
  ]);
});

test('a trace shows what must not differ from run to run as NNNN', () => {
  expect(traceFrontend(password('secret'), { stable: true })).toEqual(['F\tPasswordMessage\t11\tNNNN']);
  expect(traceFrontend(password('secret'))).toEqual(['F\tPasswordMessage\t11\t"secret"']);
  expect(traceBackend(frame('K', int32(1), int32(2)), { stable: true })).toEqual(['B\tBackendKeyData\t12\tNNNN\tNNNN']);
  expect(() => traceFrontend(frame('S', int32(1)))).toThrow('F S: 4 bytes are not shown');
});
