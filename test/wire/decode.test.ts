import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SqlError } from '../../src/errors.ts';
import { FrameDecoder, MAX_SMALL_MESSAGE, MalformedMessage } from '../../src/wire/decode.ts';
import { MAX_NAME_BYTES } from '../../src/wire/frontend.ts';
import type { FrontendMessage } from '../../src/wire/messages.ts';
import {
  bind,
  cancelRequest,
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

type Decoded = FrontendMessage | { readonly error: string; readonly in: string };

function ready(maxMessageBytes = 16 * 1024 * 1024): FrameDecoder {
  const decoder = new FrameDecoder({ maxMessageBytes });
  decoder.phase = 'ready';
  return decoder;
}

/** Everything a decoder says of the bytes, pushed in the given portions. */
function decodeAll(portions: readonly Buffer[], decoder = ready()): Decoded[] {
  const messages: Decoded[] = [];
  for (const portion of portions) {
    decoder.push(portion);
    for (;;) {
      try {
        const message = decoder.next();
        if (message === undefined) break;
        messages.push(message);
      } catch (error) {
        if (!(error instanceof MalformedMessage)) throw error;
        messages.push({ error: `${error.severity} ${error.code} ${error.message}`, in: error.messageType });
        if (error.severity === 'FATAL') return messages;
      }
    }
  }
  return messages;
}

const only = (bytes: Buffer): Decoded | undefined => decodeAll([bytes])[0];
const error = (bytes: Buffer): unknown => only(bytes);

const CONVERSATION: readonly [bytes: Buffer, message: FrontendMessage][] = [
  [query("select 'ü€😀'"), { type: 'query', sql: "select 'ü€😀'" }],
  [query(''), { type: 'query', sql: '' }],
  [query('\ufeffselect'), { type: 'query', sql: '\ufeffselect' }],
  [
    parse('s1', 'select $1', [23, 0, 4_294_967_295]),
    { type: 'parse', name: 's1', sql: 'select $1', parameterTypes: [23, 0, 4_294_967_295] },
  ],
  [parse('', ''), { type: 'parse', name: '', sql: '', parameterTypes: [] }],
  [
    bind({ portal: 'p', statement: 's1', formats: [0, 1], values: [Buffer.from('42'), null], results: [1] }),
    {
      type: 'bind',
      portal: 'p',
      statement: 's1',
      parameterFormats: [0, 1],
      parameters: [Buffer.from('42'), null],
      resultFormats: [1],
    },
  ],
  [
    bind({ formats: [1], values: [Buffer.alloc(0), Buffer.alloc(3)], results: [] }),
    {
      type: 'bind',
      portal: '',
      statement: '',
      parameterFormats: [1],
      parameters: [Buffer.alloc(0), Buffer.alloc(3)],
      resultFormats: [],
    },
  ],
  [describeFrame('S', 's1'), { type: 'describe', what: 'statement', name: 's1' }],
  [describeFrame('P'), { type: 'describe', what: 'portal', name: '' }],
  [execute('p', 50), { type: 'execute', portal: 'p', maxRows: 50 }],
  [execute('', -1), { type: 'execute', portal: '', maxRows: -1 }],
  [close('S', 's1'), { type: 'close', what: 'statement', name: 's1' }],
  [close('P', 'p'), { type: 'close', what: 'portal', name: 'p' }],
  [FLUSH, { type: 'flush' }],
  [SYNC, { type: 'sync' }],
  [frame('F', int32(1299)), { type: 'function-call' }],
  [frame('d', Buffer.from('1\t2\n')), { type: 'copy-data' }],
  [frame('c'), { type: 'copy-done' }],
  [frame('f', cstring('no')), { type: 'copy-fail' }],
  [TERMINATE, { type: 'terminate' }],
];
const BYTES = Buffer.concat(CONVERSATION.map(([bytes]) => bytes));
const MESSAGES = CONVERSATION.map(([, message]) => message);

describe('a conversation', () => {
  test('in one segment', () => {
    expect(decodeAll([BYTES])).toEqual(MESSAGES);
  });

  test('byte by byte', () => {
    expect(decodeAll(Array.from(BYTES, (byte) => Buffer.from([byte])))).toEqual(MESSAGES);
  });

  test('cut in two at every byte', () => {
    for (let cut = 0; cut <= BYTES.length; cut++) {
      expect(decodeAll([BYTES.subarray(0, cut), BYTES.subarray(cut)])).toEqual(MESSAGES);
    }
  });

  test('cut anywhere, any number of times', () => {
    const cuts = fc.array(fc.integer({ min: 0, max: BYTES.length }), { maxLength: 40 });
    fc.assert(
      fc.property(cuts, (positions) => {
        const edges = [0, ...positions.sort((a, b) => a - b), BYTES.length];
        const portions = edges.slice(1).map((edge, i) => BYTES.subarray(edges[i], edge));
        expect(decodeAll(portions)).toEqual(MESSAGES);
      }),
    );
  });

  test('bytes of a returned Bind survive what is pushed and decoded afterwards', () => {
    const decoder = ready();
    decoder.push(bind({ values: [Buffer.from('first')] }).subarray(0, 5));
    decoder.push(bind({ values: [Buffer.from('first')] }).subarray(5));
    const first = decoder.next();
    decoder.push(BYTES);
    decoder.push(Buffer.alloc(5000, 'x'));
    decoder.next();
    expect(first?.type === 'bind' && first.parameters[0]?.toString()).toBe('first');
  });

  test('a megabyte in pieces of one byte takes time in proportion to its length', () => {
    const decoder = ready();
    const bytes = query('x'.repeat(1024 * 1024));
    for (const byte of bytes) decoder.push(Buffer.from([byte]));
    expect(decoder.next()?.type).toBe('query');
    expect(decoder.buffered).toBe(0);
  });
});

describe('limits', () => {
  const LARGE = 100_000;
  const filled = (type: string, length: number): Buffer =>
    Buffer.concat([Buffer.from(type), int32(length), Buffer.alloc(length - 4)]);

  test.each([
    ['Q', LARGE],
    ['P', LARGE],
    ['B', LARGE],
    ['F', LARGE],
    ['d', LARGE],
    ['D', MAX_SMALL_MESSAGE],
    ['E', MAX_SMALL_MESSAGE],
    ['C', MAX_SMALL_MESSAGE],
    ['S', MAX_SMALL_MESSAGE],
    ['H', MAX_SMALL_MESSAGE],
    ['X', MAX_SMALL_MESSAGE],
    ['c', MAX_SMALL_MESSAGE],
    ['f', MAX_SMALL_MESSAGE],
  ])('%s may have a length of %d and no more', (type, limit) => {
    const lost = { error: 'FATAL 08P01 invalid message length', in: 'frame' };
    expect(decodeAll([filled(type, limit)], ready(LARGE))).not.toContainEqual(lost);
    const header = Buffer.concat([Buffer.from(type), int32(limit + 1)]);
    expect(decodeAll([header], ready(LARGE))).toEqual([lost]);
  });

  test.each([0, 3, -5, 2 ** 30, 2 ** 31 - 1])('a length of %d is lost framing for every type', (length) => {
    for (const type of 'QPBDECSHFXdcf') {
      const bytes = Buffer.concat([Buffer.from(type), int32(length)]);
      expect(error(bytes)).toEqual({ error: 'FATAL 08P01 invalid message length', in: 'frame' });
    }
  });

  test('nothing behind lost framing is believed', () => {
    const decoder = ready();
    decoder.push(Buffer.concat([frame('z'), query('select 1')]));
    expect(() => decoder.next()).toThrow('invalid frontend message type 122');
    decoder.push(query('select 2'));
    expect(() => decoder.next()).toThrow('invalid frontend message type 122');
  });

  test('a password may have a length of 65536 and no more, and comes alone before sign-in', () => {
    const authenticating = (): FrameDecoder => {
      const decoder = ready();
      decoder.phase = 'authentication';
      return decoder;
    };
    const longest = 'x'.repeat(MAX_SMALL_MESSAGE - 5);
    expect(decodeAll([password(longest)], authenticating())).toEqual([{ type: 'password', password: longest }]);
    expect(decodeAll([password(`${longest}x`)], authenticating())).toEqual([
      { error: 'FATAL 08P01 invalid message length', in: 'frame' },
    ]);
    expect(decodeAll([query('select 1')], authenticating())).toEqual([
      { error: 'FATAL 08P01 expected password response, got message type 81', in: 'frame' },
    ]);
    for (const body of [Buffer.alloc(0), Buffer.from('x'), Buffer.from('x\0y\0'), Buffer.from('x\0\0')]) {
      expect(decodeAll([frame('p', body)], authenticating())).toMatchObject([
        { error: /^FATAL 08P01/, in: 'password' },
      ]);
    }
    expect(decodeAll([frame('p', cstring(Buffer.from([0xff])))], authenticating())).toEqual([
      { error: 'FATAL 22021 invalid byte sequence for encoding "UTF8": 0xff', in: 'password' },
    ]);
  });

  test('a second password cannot follow one that could not be read', () => {
    const decoder = ready();
    decoder.phase = 'authentication';
    decoder.push(Buffer.concat([frame('p', Buffer.from('no end')), password('x')]));
    expect(() => decoder.next()).toThrow('invalid password packet size');
    expect(() => decoder.next()).toThrow('invalid password packet size');
  });

  test('a password after sign-in is lost framing', () => {
    expect(only(password('x'))).toEqual({ error: 'FATAL 08P01 invalid frontend message type 112', in: 'frame' });
  });

  test.each([
    ['statement', (name: string) => describeFrame('S', name)],
    ['portal', (name: string) => execute(name)],
  ])('a %s name may have 1024 bytes and no more', (what, make) => {
    expect(only(make('x'.repeat(MAX_NAME_BYTES)))).not.toHaveProperty('error');
    expect(only(make('ü'.repeat(MAX_NAME_BYTES / 2 + 1)))).toMatchObject({
      error: `ERROR 08P01 ${what} name is longer than 1024 bytes`,
    });
  });

  test('65535 parameter types and values are taken', () => {
    const types = Array.from({ length: 65_535 }, () => 23);
    expect(only(parse('', '', types))).toMatchObject({ parameterTypes: types });
    const values = types.map(() => null);
    expect(only(bind({ values }))).toMatchObject({ parameters: values });
  });
});

describe('a body that is wrong costs this message only', () => {
  const named = [cstring(''), cstring('')];
  test.each<[string, Buffer, string]>([
    ['Query without NUL', frame('Q', Buffer.from('select 1')), '08P01 invalid string in message'],
    ['Query with a NUL inside', frame('Q', Buffer.from('select 1\0 where x\0')), '08P01 invalid message format'],
    ['Query with nothing', frame('Q'), '08P01 invalid string in message'],
    [
      'Query with 0xff',
      frame('Q', cstring(Buffer.from([0x61, 0xff]))),
      '22021 invalid byte sequence for encoding "UTF8": 0xff',
    ],
    [
      'overlong C0 A7',
      frame('Q', cstring(Buffer.from([0xc0, 0xa7]))),
      '22021 invalid byte sequence for encoding "UTF8": 0xc0 0xa7',
    ],
    [
      'a surrogate',
      frame('Q', cstring(Buffer.from([0xed, 0xa0, 0x80]))),
      '22021 invalid byte sequence for encoding "UTF8": 0xed 0xa0 0x80',
    ],
    [
      'a truncated character',
      frame('Q', cstring(Buffer.from([0x61, 0xe2, 0x82]))),
      '22021 invalid byte sequence for encoding "UTF8": 0xe2 0x82',
    ],
    [
      'Parse with more types than bytes',
      frame('P', ...named, int16(65_535), int32(23)),
      '08P01 insufficient data left in message',
    ],
    ['Parse with trailing bytes', frame('P', ...named, int16(0), int32(23)), '08P01 invalid message format'],
    ['Parse without a count', frame('P', ...named), '08P01 insufficient data left in message'],
    [
      'Bind with 65535 formats and no bytes',
      frame('B', ...named, int16(65_535)),
      '08P01 insufficient data left in message',
    ],
    [
      'Bind with 65535 values and no bytes',
      frame('B', ...named, int16(0), int16(65_535)),
      '08P01 insufficient data left in message',
    ],
    [
      'Bind with a value beyond the message',
      frame('B', ...named, int16(0), int16(1), int32(100), int16(0)),
      '08P01 insufficient data left in message',
    ],
    [
      'Bind with a value of length -2',
      frame('B', ...named, int16(0), int16(1), int32(-2), int16(0)),
      '08P01 insufficient data left in message',
    ],
    [
      'Bind with parameter format 7',
      bind({ formats: [7], values: [Buffer.alloc(1)] }),
      '22023 unsupported format code: 7',
    ],
    ['Bind with result format 9', bind({ results: [9] }), '22023 unsupported format code: 9'],
    [
      'Bind with 2 formats for 3 values',
      bind({ formats: [0, 0], values: [null, null, null] }),
      '08P01 bind message has 2 parameter formats but 3 parameters',
    ],
    [
      'Bind with trailing bytes',
      frame('B', ...named, int16(0), int16(0), int16(0), int16(0)),
      '08P01 invalid message format',
    ],
    ['Describe X', frame('D', Buffer.from('X'), cstring('')), '08P01 invalid DESCRIBE message subtype 88'],
    ['Close X', frame('C', Buffer.from('X'), cstring('')), '08P01 invalid CLOSE message subtype 88'],
    ['Describe without NUL', frame('D', Buffer.from('Sx')), '08P01 invalid string in message'],
    ['Execute without a row count', frame('E', cstring('')), '08P01 insufficient data left in message'],
    ['Sync with a body', frame('S', int32(1)), '08P01 invalid message format'],
    ['Flush with a body', frame('H', int32(1)), '08P01 invalid message format'],
  ])('%s', (_name, bytes, expected) => {
    expect(decodeAll([Buffer.concat([bytes, query('next')])])).toMatchObject([
      { error: `ERROR ${expected}` },
      { type: 'query', sql: 'next' },
    ]);
  });
});

describe('before sign-in', () => {
  const first = (bytes: Buffer) => {
    const decoder = new FrameDecoder();
    for (const byte of bytes) {
      expect(decoder.nextStartup()).toBeUndefined();
      decoder.push(Buffer.from([byte]));
    }
    return decoder.nextStartup();
  };

  test('the four packets', () => {
    expect(first(SSL_REQUEST)).toEqual({ type: 'ssl-request' });
    expect(first(GSSENC_REQUEST)).toEqual({ type: 'gssenc-request' });
    expect(first(cancelRequest(-1, 7))).toEqual({ type: 'cancel-request', pid: -1, secret: int32(7) });
    expect(first(startup({ user: 'a', options: '-c x=y' }))).toEqual({
      type: 'startup',
      major: 3,
      minor: 0,
      parameters: new Map([
        ['user', 'a'],
        ['options', '-c x=y'],
      ]),
    });
    expect(first(startup({ '_pq_.x': '' }, 0x30009))).toMatchObject({
      minor: 9,
      parameters: new Map([['_pq_.x', '']]),
    });
  });

  test('10000 bytes behind the length word, and no more', () => {
    const sized = (length: number): Buffer => startup({ user: 'x'.repeat(length - 4 - 5 - 1 - 1) });
    expect(sized(10_000).length).toBe(10_004);
    expect(first(sized(10_000))?.type).toBe('startup');
    const decoder = new FrameDecoder();
    decoder.push(sized(10_001).subarray(0, 4));
    expect(() => decoder.nextStartup()).toThrow('invalid length of startup packet');
  });

  test.each([
    ['SSLRequest', Buffer.concat([packet(int32(80877103), int32(0))])],
    ['GSSENCRequest', packet(int32(80877104), int32(0))],
    ['CancelRequest without a secret', packet(int32(80877102), int32(1))],
    ['CancelRequest with 257 bytes of secret', packet(int32(80877102), int32(1), Buffer.alloc(257))],
    ['a name without a value', packet(int32(0x30000), cstring('user'))],
    ['nothing', packet(int32(0x30000))],
  ])('%s that is longer or shorter than it may be is 08P01', (_name, bytes) => {
    const decoder = new FrameDecoder();
    decoder.push(bytes);
    expect(() => decoder.nextStartup()).toThrowError(expect.objectContaining({ code: '08P01', severity: 'FATAL' }));
  });

  test('a parameter named __proto__ is a parameter like any other', () => {
    const message = first(packet(int32(0x30000), ...['__proto__', 'x', ''].map(cstring)));
    expect(message?.type === 'startup' && [...message.parameters]).toEqual([['__proto__', 'x']]);
  });
});

describe('random bytes', () => {
  /** Frames of known types with random bodies, so that more than the header is reached. */
  const anyFrame = fc
    .tuple(fc.constantFrom(...'QPBDECSHFXdcfpz'), fc.uint8Array({ maxLength: 60 }))
    .map(([type, body]) => frame(type, Buffer.from(body)));
  const anyPacket = fc
    .tuple(fc.constantFrom(0x30000, 0x20000, 80877102, 80877103, 80877104), fc.uint8Array({ maxLength: 60 }))
    .map(([code, body]) => packet(int32(code), Buffer.from(body)));
  const noise = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));

  test('never throw anything but SqlError, and never stall', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(anyFrame, noise), { maxLength: 20 }), (portions) => {
        const total = portions.reduce((sum, portion) => sum + portion.length, 0);
        expect(decodeAll(portions).length).toBeLessThanOrEqual(total);
      }),
      { numRuns: 2000 },
    );
  });

  test('say the same however they are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(anyFrame, noise), { maxLength: 6 }), (portions) => {
        const whole = Buffer.concat(portions);
        expect(decodeAll(Array.from(whole, (byte) => Buffer.from([byte])))).toEqual(decodeAll([whole]));
      }),
      { numRuns: 500 },
    );
  });

  test('before sign-in', () => {
    fc.assert(
      fc.property(fc.oneof(anyPacket, noise), (bytes) => {
        const decoder = new FrameDecoder();
        decoder.push(bytes);
        try {
          decoder.nextStartup();
        } catch (error) {
          expect(error).toBeInstanceOf(SqlError);
          expect(error).toMatchObject({ severity: 'FATAL' });
        }
      }),
      { numRuns: 2000 },
    );
  });
});
