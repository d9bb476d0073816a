/** Frames made by hand, so that no test trusts the code under test to make its input. */

export function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value & 0xffff);
  return bytes;
}

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value | 0);
  return bytes;
}

export function cstring(text: string | Buffer): Buffer {
  return Buffer.concat([Buffer.from(text), Buffer.from([0])]);
}

export function frame(type: string, ...body: readonly Buffer[]): Buffer {
  const bytes = Buffer.concat(body);
  return Buffer.concat([Buffer.from(type), int32(bytes.length + 4), bytes]);
}

/** A packet without a type byte. */
export function packet(...body: readonly Buffer[]): Buffer {
  const bytes = Buffer.concat(body);
  return Buffer.concat([int32(bytes.length + 4), bytes]);
}

export function startup(parameters: Readonly<Record<string, string>>, version = 0x0003_0000): Buffer {
  const pairs = Object.entries(parameters).flatMap(([name, value]) => [cstring(name), cstring(value)]);
  return packet(int32(version), ...pairs, Buffer.from([0]));
}

export const SSL_REQUEST = packet(int32(80877103));
export const GSSENC_REQUEST = packet(int32(80877104));

export function cancelRequest(pid: number, secret: number): Buffer {
  return packet(int32(80877102), int32(pid), int32(secret));
}

export function query(sql: string): Buffer {
  return frame('Q', cstring(sql));
}

export function password(text: string): Buffer {
  return frame('p', cstring(text));
}

export function parse(name: string, sql: string, types: readonly number[] = []): Buffer {
  return frame('P', cstring(name), cstring(sql), int16(types.length), ...types.map(int32));
}

export type Bound = {
  readonly portal?: string;
  readonly statement?: string;
  readonly formats?: readonly number[];
  readonly values?: readonly (Buffer | null)[];
  readonly results?: readonly number[];
};

export function bind(bound: Bound = {}): Buffer {
  const { portal = '', statement = '', formats = [], values = [], results = [] } = bound;
  return frame(
    'B',
    cstring(portal),
    cstring(statement),
    int16(formats.length),
    ...formats.map(int16),
    int16(values.length),
    ...values.flatMap((value) => (value === null ? [int32(-1)] : [int32(value.length), value])),
    int16(results.length),
    ...results.map(int16),
  );
}

export const SYNC = frame('S');
export const FLUSH = frame('H');
export const TERMINATE = frame('X');
export const execute = (portal = '', maxRows = 0): Buffer => frame('E', cstring(portal), int32(maxRows));
export const describe = (what: 'S' | 'P', name = ''): Buffer => frame('D', Buffer.from(what), cstring(name));
export const close = (what: 'S' | 'P', name = ''): Buffer => frame('C', Buffer.from(what), cstring(name));
