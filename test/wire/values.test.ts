import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SqlError } from '../../src/errors.ts';
import { arrayOf, formatType, type PgType, SCALAR_TYPES, type ScalarType, typeOid } from '../../src/sql/types.ts';
import { intervalInStyle } from '../../src/wire/interval-style.ts';
import { decodeParameter, encodeBinary, encodeValue } from '../../src/wire/values.ts';
import { startPostgres, type TestPostgres } from '../helpers/postgres.ts';
import { bind, execute, int32, parse, SYNC, startup } from './frames.ts';
import { RawClient } from './raw-client.ts';

/** Values as PostgreSQL prints them, each for a reason that one can see. */
const VALUES: Readonly<Record<ScalarType, readonly string[]>> = {
  bool: ['t', 'f'],
  int2: ['0', '1', '-1', '32767', '-32768'],
  int4: ['0', '1', '-1', '2147483647', '-2147483648'],
  int8: ['0', '9007199254740993', '9223372036854775807', '-9223372036854775808'],
  numeric: [
    '0',
    '0.00',
    '1',
    '-1',
    '10000',
    '100000000',
    '12345.678900',
    '0.0001',
    '0.00001',
    '0.00000000000000000001',
    '-0.5',
    '9999.9999',
    '12345678901234567890123456789.123456789',
    '1000000000000000000000000000000000000000000',
    'NaN',
    'Infinity',
    '-Infinity',
  ],
  float4: [
    '0',
    '-0',
    '1',
    '0.1',
    '3.4028235e+38',
    '1e-45',
    '123456',
    '1.234567e+06',
    '0.0001',
    '1e-05',
    'NaN',
    'Infinity',
    '-Infinity',
  ],
  float8: [
    '0',
    '-0',
    '0.1',
    '1e+15',
    '123456789012345',
    '1e-05',
    '0.0001',
    '1.7976931348623157e+308',
    '5e-324',
    '-1.5',
    'NaN',
    '-Infinity',
  ],
  text: ['', 'a', 'ü€😀', "it's", 'line\nline', '\ufeffbom'],
  varchar: ['', 'abc'],
  bpchar: ['', 'abc  '],
  date: [
    '2000-01-01',
    '1999-12-31',
    '2024-02-29',
    '1900-03-01',
    '0001-01-01',
    '0001-12-31 BC',
    '4714-11-24 BC',
    '5874897-12-31',
    'infinity',
    '-infinity',
  ],
  time: ['00:00:00', '23:59:59.999999', '24:00:00', '12:30:00.5'],
  timetz: ['00:00:00+00', '23:59:59.999999-15:59:59', '12:00:00+05:30', '24:00:00+15:59:59', '01:02:03-00:30'],
  timestamp: [
    '2000-01-01 00:00:00',
    '1999-12-31 23:59:59.999999',
    '0044-03-15 12:00:00 BC',
    '4714-11-24 00:00:00 BC',
    '294276-12-31 23:59:59.999999',
    'infinity',
    '-infinity',
  ],
  timestamptz: [
    '2000-01-01 00:00:00+00',
    '1969-12-31 23:59:59.5+00',
    '0001-01-01 00:00:00+00',
    '0001-12-31 23:59:59+00 BC',
    'infinity',
    '-infinity',
  ],
  interval: [
    '00:00:00',
    '1 year',
    '2 years 1 mon 3 days 04:05:06.789',
    '-1 years -2 mons +3 days -04:05:06',
    '1 mon -1 days',
    '-1 days +02:03:00',
    '-00:00:00.000001',
    '1000:00:00',
    'infinity',
    '-infinity',
  ],
  uuid: ['00000000-0000-0000-0000-000000000000', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'],
  json: ['{"a": [1,  2]}', 'null'],
  jsonb: ['{"a": [1, 2]}', 'null', '"ü"'],
  bytea: ['\\x', '\\x00ff10'],
};

const ARRAYS: readonly [type: PgType, text: string][] = [
  ['int4[]', '{}'],
  ['int4[]', '{1,NULL,-3}'],
  ['int4[]', '[0:1]={1,2}'],
  ['int4[]', '[-3:-2]={1,2}'],
  ['text[]', '{"",NULL,"NULL","null","a b","a,b","{x}","q\\"q","b\\\\b",plain,"\ttab",ü}'],
  ['numeric[]', '{1.50,NaN}'],
  ['timestamptz[]', '{"2020-01-01 00:00:00+00",infinity}'],
  ['bool[]', '{t,f}'],
  ['bytea[]', '{"\\\\x00ff"}'],
  ['uuid[]', '{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}'],
  ['jsonb[]', '{"{\\"a\\": 1}"}'],
  ['interval[]', '{"1 year 2 mons",00:00:01}'],
];

const TABLE: readonly [type: PgType, text: string][] = [
  ...SCALAR_TYPES.flatMap((type) => VALUES[type].map((text): [PgType, string] => [type, text])),
  ...ARRAYS,
];

type Answer = { readonly text: string; readonly binary: Buffer } | { readonly error: string };

/** PostgreSQL itself, asked for both forms of one value. */
class Oracle {
  readonly #client: RawClient;

  private constructor(client: RawClient) {
    this.#client = client;
  }

  static async connect(port: number): Promise<Oracle> {
    const client = await RawClient.connect(port);
    client.send(startup({ user: 'postgres', TimeZone: 'UTC', DateStyle: 'ISO', IntervalStyle: 'postgres' }));
    const oracle = new Oracle(client);
    await oracle.#answer();
    return oracle;
  }

  async value(type: PgType, format: 0 | 1, bytes: Uint8Array): Promise<Answer> {
    this.#client.send(
      parse('', 'select x, x from (select $1 as x) as t', [typeOid(type)]),
      bind({ formats: [format], values: [Buffer.from(bytes)], results: [0, 1] }),
      execute(),
      SYNC,
    );
    return this.#answer();
  }

  async #answer(): Promise<Answer> {
    let answer: Answer = { error: 'nothing' };
    for (;;) {
      const message = await this.#client.message();
      if (message === undefined) throw new Error('PostgreSQL has closed the connection');
      if (message.type === 'Z') return answer;
      if (message.type === 'E') {
        const fields = message.body.toString().split('\0');
        answer = { error: fields.find((field) => field.startsWith('C'))?.slice(1) ?? '' };
      }
      if (message.type === 'D') {
        const length = message.body.readInt32BE(2);
        const text = message.body.toString('utf8', 6, 6 + length);
        answer = { text, binary: message.body.subarray(6 + length + 4) };
      }
    }
  }

  close(): void {
    this.#client.close();
  }
}

function ours(type: PgType, bytes: Uint8Array): string | { readonly error: string } {
  try {
    return decodeParameter(type, 1, bytes, 1);
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    return { error: error.code };
  }
}

describe('PostgreSQL agrees', () => {
  let server: TestPostgres;
  let oracle: Oracle;
  beforeAll(async () => {
    server = await startPostgres();
    oracle = await Oracle.connect(server.port);
  });
  afterAll(async () => {
    oracle.close();
    await server.stop();
  });

  test.each([
    ...VALUES.interval,
    '-1 years -2 mons -3 days -04:05:06.7',
    '1 mon +00:00:00.5',
    '-00:00:01.5',
    '25:00:00',
    '178000000 years',
    '-178000000 years -2147483647 days -2562047788:00:54.775807',
  ])('interval %s in each IntervalStyle', async (text) => {
    const [usual] = await server.query(`SET IntervalStyle = postgres; SELECT '${text}'::interval AS i`);
    for (const style of ['postgres', 'postgres_verbose', 'sql_standard', 'iso_8601'] as const) {
      const [styled] = await server.query(`SET IntervalStyle = ${style}; SELECT '${text}'::interval AS i`);
      expect(intervalInStyle(usual?.i ?? '', style)).toBe(styled?.i);
    }
  });

  test.each(TABLE)('%s %s', async (type, text) => {
    const answer = await oracle.value(type, 0, Buffer.from(text));
    expect(answer).toEqual({ text, binary: Buffer.from(encodeBinary(type, text)) });
    expect(decodeParameter(type, 1, encodeBinary(type, text), 1)).toBe(text);
  });

  // Bytes at random: what PostgreSQL takes we read the same, what it refuses we refuse.
  const FIXED: readonly [ScalarType, number][] = [
    ['bool', 1],
    ['int2', 2],
    ['int4', 4],
    ['int8', 8],
    ['date', 4],
    ['time', 8],
    ['timetz', 12],
    ['timestamp', 8],
    ['timestamptz', 8],
    ['interval', 16],
    ['uuid', 16],
  ];
  test.each(FIXED)('on %s of %d random bytes', async (type, length) => {
    await fc.assert(
      fc.asyncProperty(interesting(length), async (bytes) => {
        const answer = await oracle.value(type, 1, bytes);
        const mine = ours(type, bytes);
        if ('error' in answer) expect(mine).toEqual(answer);
        else expect(mine).toBe(answer.text);
      }),
      { numRuns: 150 },
    );
  });

  test.each([
    ['float4', 4],
    ['float8', 8],
  ] as const)('on %s of %d random bytes, as the same number', async (type, length) => {
    await fc.assert(
      fc.asyncProperty(interesting(length), async (bytes) => {
        const answer = await oracle.value(type, 0, Buffer.from(String(ours(type, bytes))));
        const canonical = Number.isNaN(Number(ours(type, bytes))) ? encodeBinary(type, 'NaN') : bytes;
        expect('binary' in answer && answer.binary).toEqual(Buffer.from(canonical));
      }),
      { numRuns: 150 },
    );
  });

  test('on numeric made of random digits', async () => {
    const header = fc.tuple(
      fc.integer({ min: -20, max: 20 }),
      fc.constantFrom(0, 0, 0x4000, 0xc000, 0xd000, 0xf000, 0x1234),
      fc.oneof(fc.integer({ min: 0, max: 60 }), fc.constant(0x4000)),
      fc.array(fc.oneof({ weight: 20, arbitrary: fc.integer({ min: 0, max: 9999 }) }, fc.constant(10_000)), {
        maxLength: 12,
      }),
    );
    await fc.assert(
      fc.asyncProperty(header, async ([weight, sign, scale, digits]) => {
        const bytes = Buffer.alloc(8 + digits.length * 2);
        bytes.writeUInt16BE(digits.length, 0);
        bytes.writeInt16BE(weight, 2);
        bytes.writeUInt16BE(sign, 4);
        bytes.writeUInt16BE(scale, 6);
        digits.forEach((digit, i) => {
          bytes.writeUInt16BE(digit, 8 + i * 2);
        });
        const answer = await oracle.value('numeric', 1, bytes);
        expect(ours('numeric', bytes)).toEqual('error' in answer ? answer : answer.text);
      }),
      { numRuns: 300 },
    );
  });

  test('on arrays of random texts', async () => {
    const elements = fc.array(fc.option(fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0'))));
    await fc.assert(
      fc.asyncProperty(elements, async (values) => {
        const literal = values.map((value) => (value === null ? 'NULL' : `"${value.replace(/["\\]/g, '\\$&')}"`));
        const answer = await oracle.value('text[]', 0, Buffer.from(`{${literal.join(',')}}`));
        if ('error' in answer) throw new Error(answer.error);
        expect(decodeParameter('text[]', 1, answer.binary, 1)).toBe(answer.text);
        expect(Buffer.from(encodeBinary('text[]', answer.text))).toEqual(answer.binary);
      }),
      { numRuns: 150 },
    );
  });
});

/** Random bytes, and the edges that random ones never meet. */
function interesting(length: number): fc.Arbitrary<Uint8Array> {
  const edges = [0x00, 0xff].map((byte) => Buffer.alloc(length, byte));
  const extremes = [0x7f, 0x80].map((first) =>
    Buffer.concat([Buffer.from([first]), Buffer.alloc(length - 1, first === 0x7f ? 0xff : 0)]),
  );
  const small = fc.integer({ min: -100_000, max: 100_000 }).map((value) => {
    const bytes = Buffer.alloc(length, value < 0 ? 0xff : 0);
    const low = Math.min(length, 4);
    bytes.writeIntBE(BigInt.asIntN(low * 8, BigInt(value)) === BigInt(value) ? value : 0, length - low, low);
    return bytes;
  });
  return fc.oneof(
    fc.constantFrom(...edges, ...extremes),
    small,
    fc.uint8Array({ minLength: length, maxLength: length }),
  );
}

describe('text → binary → text', () => {
  const same = (type: PgType) => (text: string) => {
    expect(decodeParameter(type, 1, encodeBinary(type, text), 1)).toBe(text);
  };
  const signed = (bits: bigint) => fc.bigInt({ min: -(1n << (bits - 1n)), max: (1n << (bits - 1n)) - 1n }).map(String);

  test.each([
    ['int2', signed(16n)],
    ['int4', signed(32n)],
    ['int8', signed(64n)],
    ['uuid', fc.uuid()],
    ['text', fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0'))],
    ['bytea', fc.uint8Array().map((bytes) => `\\x${Buffer.from(bytes).toString('hex')}`)],
    [
      'numeric',
      fc
        .tuple(fc.boolean(), fc.bigInt({ min: 0n, max: 10n ** 60n }), fc.stringMatching(/^\d{0,40}$/))
        .filter(([, whole, fraction]) => whole > 0n || /[1-9]/.test(fraction))
        .map(([minus, whole, fraction]) => `${minus ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`),
    ],
  ] as const)('%s', (type, texts) => {
    fc.assert(fc.property(texts, same(type)), { numRuns: 500 });
  });

  test('every date there is, counted in days', () => {
    fc.assert(
      fc.property(fc.integer({ min: -2451545, max: 2145031948 }), (days) => {
        const text = decodeParameter('date', 1, int32(days), 1);
        expect(encodeBinary('date', text)).toEqual(int32(days));
        const [year = '', month, day] = text.replace(' BC', '').split('-');
        const astronomical = text.endsWith('BC') ? 1 - Number(year) : Number(year);
        const date = new Date(Date.UTC(2000, 0, 1 + days));
        if (!Number.isNaN(date.getTime())) {
          expect([date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()]).toEqual([
            astronomical,
            Number(month),
            Number(day),
          ]);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('arrays of every type', () => {
    for (const type of SCALAR_TYPES) {
      const value = VALUES[type].map((text) => `"${text.replace(/["\\]/g, '\\$&')}"`).join(',');
      const once = decodeParameter(arrayOf(type), 1, encodeBinary(arrayOf(type), `{${value}}`), 1);
      expect(decodeParameter(arrayOf(type), 1, encodeBinary(arrayOf(type), once), 1)).toBe(once);
    }
  });

  test('any other zone is the same moment in UTC', () => {
    const utc = (text: string) => decodeParameter('timestamptz', 1, encodeBinary('timestamptz', text), 1);
    expect(utc('2024-03-01 00:30:00+05:30')).toBe('2024-02-29 19:00:00+00');
    expect(utc('1999-12-31 20:00:00-04')).toBe('2000-01-01 00:00:00+00');
  });

  test('numeric with an exponent', () => {
    const plain = (text: string) => decodeParameter('numeric', 1, encodeBinary('numeric', text), 1);
    expect(plain('1.5e3')).toBe('1500');
    expect(plain('1.5e-3')).toBe('0.0015');
    expect(plain('12e+5')).toBe('1200000');
    expect(plain('.5')).toBe('0.5');
    expect(plain('007.')).toBe('7');
  });
});

describe('what is no value is refused', () => {
  test.each(
    SCALAR_TYPES.filter((type) => !['text', 'varchar', 'bpchar', 'json', 'jsonb', 'bytea', 'numeric'].includes(type)),
  )('%s of another length', (type) => {
    const right = encodeBinary(type, VALUES[type][0] ?? '');
    for (const bytes of [Buffer.alloc(0), right.subarray(1), Buffer.concat([right, Buffer.alloc(1)])]) {
      expect(() => decodeParameter(type, 1, bytes, 7)).toThrowError(
        expect.objectContaining({ code: '22P03', message: 'incorrect binary data format in bind parameter 7' }),
      );
    }
  });

  const header = (...words: readonly number[]): Buffer => Buffer.concat(words.map(int32));
  test.each<[string, PgType, Buffer, string]>([
    ['no header', 'int4[]', Buffer.alloc(11), '22P03'],
    ['a billion dimensions', 'int4[]', header(1_000_000_000, 0, 23), '0A000'],
    ['-1 dimensions', 'int4[]', header(-1, 0, 23), '22P03'],
    ['unknown flags', 'int4[]', header(1, 2, 23, 0, 1), '22P03'],
    ['elements of another type', 'int4[]', header(1, 0, 25, 0, 1), '42804'],
    ['a billion elements', 'int4[]', header(1, 0, 23, 1_000_000_000, 1), '22P03'],
    ['-1 elements', 'int4[]', header(1, 0, 23, -1, 1), '22P03'],
    ['an element beyond the end', 'int4[]', header(1, 0, 23, 1, 1, 100), '22P03'],
    ['an element of length -2', 'int4[]', header(1, 0, 23, 1, 1, -2), '22P03'],
    ['an element of 3 bytes', 'int4[]', Buffer.concat([header(1, 0, 23, 1, 1, 3), Buffer.alloc(3)]), '22P03'],
    ['bytes behind the last element', 'int4[]', header(1, 0, 23, 1, 1, 4, 5, 6), '22P03'],
    ['a lower bound that overflows', 'int4[]', header(1, 0, 23, 2, 0x7fffffff, -1, -1), '54000'],
    ['a jsonb of version 2', 'jsonb', Buffer.from([2, 0x31]), '22P03'],
    ['an empty jsonb', 'jsonb', Buffer.alloc(0), '22P03'],
    ['a numeric of no bytes', 'numeric', Buffer.alloc(0), '22P03'],
    ['a numeric of 0x7fff digits it does not have', 'numeric', Buffer.from([0x7f, 0xff, 0, 0, 0, 0, 0, 0]), '22P03'],
    ['a numeric of 131,072 zeros', 'numeric', Buffer.from([0, 1, 0x7f, 0xff, 0, 0, 0, 0, 0, 1]), '22003'],
    ['a numeric of 16,383 places', 'numeric', Buffer.from([0, 1, 0, 0, 0, 0, 0x3f, 0xff, 0, 1]), '22003'],
    ['a numeric far behind the point', 'numeric', Buffer.from([0, 1, 0x80, 0, 0, 0, 0, 1, 0, 1]), '22003'],
    ['text that is not UTF-8', 'text', Buffer.from([0xff]), '22021'],
    ['text with NUL', 'varchar', Buffer.from('a\0b'), '22021'],
    ['an element with NUL', 'text[]', Buffer.concat([header(1, 0, 25, 1, 1, 1), Buffer.alloc(1)]), '22021'],
  ])('%s', (_name, type, bytes, code) => {
    expect(ours(type, bytes)).toEqual({ error: code });
  });

  test('a value sent as text is UTF-8 without NUL, whatever its type', () => {
    expect(decodeParameter('int4', 0, Buffer.from(' 42 '), 1)).toBe(' 42 ');
    expect(() => decodeParameter('int4', 0, Buffer.from([0xff]), 1)).toThrowError(
      expect.objectContaining({ code: '22021' }),
    );
    expect(() => decodeParameter('text', 0, Buffer.from('a\0'), 1)).toThrow(
      'invalid byte sequence for encoding "UTF8": 0x00',
    );
  });

  test('random bytes never throw anything but SqlError', () => {
    const types = SCALAR_TYPES.flatMap((type): PgType[] => [type, arrayOf(type)]);
    const framed = fc.tuple(fc.constantFrom(...types), fc.uint8Array({ maxLength: 40 })).map(([type, bytes]) => {
      // Half of the arrays get a header that is right, so that their elements are reached.
      if (!type.endsWith('[]') || bytes.length % 2 === 0) return { type, bytes: Buffer.from(bytes) };
      const oid = typeOid(type.slice(0, -2) as ScalarType);
      return { type, bytes: Buffer.concat([header(1, 0, oid, bytes.length % 4, 1), Buffer.from(bytes)]) };
    });
    fc.assert(
      fc.property(framed, ({ type, bytes }) => {
        ours(type, bytes);
      }),
      { numRuns: 5000 },
    );
  });

  test.each<[PgType, string, string]>([
    ['int2', '32768', '22003'],
    ['int4', 'x', '22P02'],
    ['int4', '', '22P02'],
    ['numeric', '.', '22P02'],
    ['numeric', '1e999999', '22003'],
    ['float8', '1x', '22P02'],
    ['bool', 'maybe', '22P02'],
    ['date', '2023-02-29', '22008'],
    ['date', '0000-01-01', '22008'],
    ['date', 'today', '22P02'],
    ['time', '24:00:01', '22008'],
    ['timestamp', '2020-01-01 00:00:00+00', '22P02'],
    ['timestamptz', '2020-01-01 00:00:00', '22P02'],
    ['timestamp', '294277-01-01 00:00:00', '22008'],
    ['interval', '', '22P02'],
    ['interval', '9999999999 years', '22008'],
    ['uuid', 'a0eebc99', '22P02'],
    ['bytea', '\\x0', '22P02'],
    ['int4[]', '{1,2', '22P02'],
    ['int4[]', '{1,,2}', '22P02'],
    ['int4[]', '{{1}}', '0A000'],
    ['text[]', '{"a', '22P02'],
  ])('%s %s', (type, text, code) => {
    expect(() => encodeBinary(type, text)).toThrowError(expect.objectContaining({ code }));
    expect(encodeValue(type, 0, text)).toEqual(Buffer.from(text));
  });

  test('messages name the type as PostgreSQL does', () => {
    expect(() => encodeBinary('timestamptz', 'x')).toThrow(
      `invalid input syntax for type ${formatType('timestamptz')}: "x"`,
    );
  });
});
