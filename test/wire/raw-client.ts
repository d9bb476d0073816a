/** A client that sends bytes and looks at bytes. */
import { connect, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';

export class RawClient {
  readonly socket: Socket;
  received: Buffer = Buffer.alloc(0);
  ended = false;
  #wake: (() => void) | undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.received = Buffer.concat([this.received, chunk]);
      this.#wake?.();
    });
    socket.on('error', () => {});
    for (const event of ['end', 'close']) {
      socket.on(event, () => {
        this.ended = true;
        this.#wake?.();
      });
    }
  }

  static connect(port: number, host = '127.0.0.1'): Promise<RawClient> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, host, () => resolve(new RawClient(socket)));
      socket.once('error', reject);
    });
  }

  send(...bytes: readonly Buffer[]): void {
    this.socket.write(Buffer.concat(bytes));
  }

  /** The next `length` bytes; fewer when the server closes first. */
  async bytes(length: number): Promise<Buffer> {
    while (this.received.length < length && !this.ended) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const taken = this.received.subarray(0, length);
    this.received = this.received.subarray(taken.length);
    return taken;
  }

  /** The next message as type letter and body; undefined when the server has closed. */
  async message(): Promise<{ type: string; body: Buffer } | undefined> {
    const header = await this.bytes(5);
    if (header.length < 5) return undefined;
    return { type: header.toString('latin1', 0, 1), body: await this.bytes(header.readInt32BE(1) - 4) };
  }

  /** What the next message, an ErrorResponse, says: `FATAL 08P01 text`. */
  async error(): Promise<string | undefined> {
    const message = await this.message();
    if (message?.type !== 'E') return message?.type;
    const fields = new Map<string, string>();
    for (const field of message.body.toString('utf8').split('\0')) fields.set(field.slice(0, 1), field.slice(1));
    return `${fields.get('V')} ${fields.get('C')} ${fields.get('M')}`;
  }

  /** Everything up to the end of the connection. */
  async rest(): Promise<Buffer> {
    return this.bytes(Number.POSITIVE_INFINITY);
  }

  /** After SSLRequest was answered with S. Rejects when the handshake fails. */
  secure(options: ConnectionOptions): Promise<RawClient> {
    this.socket.removeAllListeners('data');
    return new Promise((resolve, reject) => {
      const secured = connectTls({ ...options, socket: this.socket }, () => resolve(new RawClient(secured)));
      secured.once('error', reject);
    });
  }

  close(): void {
    this.socket.destroy();
  }
}
