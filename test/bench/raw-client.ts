/**
 * The smallest client that can ask and drain: it walks frame headers and never looks into a row, so that a measurement
 * shows the server and not the client. Simple or extended protocol; trust or cleartext password (a JWT).
 */
import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net';

export type RawServer = {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  readonly password?: string;
};

/** What one statement's answer was, once ReadyForQuery ended it. */
export type RawResult = { readonly rows: number; readonly bytes: number; readonly error: string | undefined };

export type RawClient = {
  /** Simple protocol. */
  readonly query: (sql: string) => Promise<RawResult>;
  /** Prepared once under a name, then Bind/Execute/Sync alone. */
  readonly prepare: (name: string, sql: string) => Promise<RawResult>;
  readonly execute: (name: string) => Promise<RawResult>;
  readonly close: () => void;
};

type Waiting = { readonly resolve: (result: RawResult) => void; readonly reject: (error: Error) => void };

const BUFFER_BYTES = 64 * 1024;
const DATA_ROW = 0x44;

/** @param onBytes sees everything that arrives; the bytes are valid during the call only */
export function connectRaw(server: RawServer, onBytes?: (bytes: Uint8Array) => void): Promise<RawClient> {
  return new Promise((connected, failed) => {
    const buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
    const header = Buffer.alloc(5);
    let headerUsed = 0;
    /** Bytes of the current frame's body still to come, and the body when it is one that is read. */
    let left = 0;
    let type = 0;
    let body: Buffer[] = [];
    let rows = 0;
    let bytes = 0;
    let error: string | undefined;
    let waiting: Waiting | undefined;

    const send = (message: Buffer): Promise<RawResult> =>
      new Promise((resolve, reject) => {
        rows = 0;
        bytes = 0;
        error = undefined;
        waiting = { resolve, reject };
        socket.write(message);
      });
    const client: RawClient = {
      query: (sql) => send(frame('Q', text(sql))),
      prepare: (name, sql) => send(Buffer.concat([frame('P', text(name), text(sql), int16(0)), frame('S')])),
      execute: (name) => send(Buffer.concat([frame('B', text(''), text(name), int16(0), int16(0), int16(0)), RUN])),
      close: () => socket.destroy(),
    };
    const settle = (): void => {
      const asked = waiting;
      waiting = undefined;
      if (asked !== undefined) asked.resolve({ rows, bytes, error });
      else if (error !== undefined) failed(new Error(error));
      else connected(client);
    };
    const message = (content: Buffer): void => {
      const code = String.fromCharCode(type);
      if (code === 'R' && content.readInt32BE(0) === 3) socket.write(frame('p', text(server.password ?? '')));
      else if (code === 'E') {
        error ??= content.toString('utf8').replaceAll('\0', ' ');
        if (waiting === undefined) settle();
      } else if (code === 'Z') settle();
    };
    const read = (count: number): boolean => {
      onBytes?.(buffer.subarray(0, count));
      bytes += count;
      for (let at = 0; at < count; ) {
        if (left === 0) {
          const taken = buffer.copy(header, headerUsed, at, Math.min(at + 5 - headerUsed, count));
          headerUsed += taken;
          at += taken;
          if (headerUsed < 5) break;
          headerUsed = 0;
          type = header.readUInt8(0);
          left = header.readUInt32BE(1) - 4;
          if (type === DATA_ROW) rows++;
        }
        const taken = Math.min(left, count - at);
        if (type !== DATA_ROW) body.push(Buffer.from(buffer.subarray(at, at + taken)));
        at += taken;
        left -= taken;
        if (left > 0 || type === DATA_ROW) continue;
        const content = Buffer.concat(body);
        body = [];
        message(content);
      }
      return true;
    };
    const lost = (cause: Error): void => (waiting === undefined ? failed(cause) : waiting.reject(cause));

    const options: SocketConstructorOpts & { readonly onread: OnReadOpts } = { onread: { buffer, callback: read } };
    const socket = new Socket(options);
    socket.setNoDelay(true);
    socket.on('error', lost);
    socket.on('close', () => lost(new Error('the connection was closed')));
    socket.connect(server.port, server.host, () => socket.write(startup(server)));
  });
}

function startup(server: RawServer): Buffer {
  const pairs = ['user', server.user, 'database', server.database].map(text);
  const content = Buffer.concat([int32(196608), ...pairs, Buffer.alloc(1)]);
  return Buffer.concat([int32(content.length + 4), content]);
}

function frame(code: string, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from(code), int32(content.length + 4), content]);
}

function text(value: string): Buffer {
  return Buffer.from(`${value}\0`);
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

const RUN = Buffer.concat([frame('E', text(''), int32(0)), frame('S')]);
