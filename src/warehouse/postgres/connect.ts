/**
 * Opening connections: `pg` does what only happens once (address, TLS, sign-in, errors on the way), then the socket is
 * taken over and its bytes go to a FrameReader. The only file that knows `pg`; it uses `client.connection.stream`,
 * `processID` and `secretKey`, which are no documented interface, so pg's version is pinned.
 */
import { isIP, type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import pg from 'pg';
import type { FrameReader } from './frames.ts';

/** Where the warehouse is and how sessions there are set up. */
export type Server = {
  readonly url: string;
  /** Instead of what the URL says of TLS. */
  readonly tls: ConnectionOptions | undefined;
  /** Session settings, given in the startup packet: they are the session's defaults, and RESET keeps them. */
  readonly settings: ReadonlyMap<string, string>;
  readonly connectTimeoutMs: number;
};

export type Connection = {
  readonly socket: Socket;
  /** Asks the server to cancel what this connection runs; settles when the server has passed the request on. */
  readonly cancel: () => Promise<void>;
};

/** Runs one statement over `pg`, before the socket is taken over. */
export type Ask = (sql: string) => Promise<readonly Record<string, unknown>[]>;

/** What `pg` keeps to itself and we need. */
type Internals = {
  readonly processID: number;
  readonly secretKey: number;
  readonly ssl: boolean | ConnectionOptions;
  readonly connection: { readonly stream: Socket };
};

/**
 * Connects and signs in.
 * @param reader gets every byte that arrives after this has resolved
 * @param greet the first questions to the server, asked while `pg` still reads the answers
 * @throws whatever `pg` or the network says; for the log only
 */
export async function connectServer(
  server: Server,
  reader: FrameReader,
  greet: (ask: Ask) => Promise<void>,
): Promise<Connection> {
  const relay = { takenOver: false };
  const client = newClient(server, () => plainSocket(reader, relay));
  client.on('error', () => {});
  try {
    await client.connect();
    await greet(async (sql) => (await client.query({ text: sql, values: [] })).rows);
  } catch (error) {
    internals(client).connection.stream.destroy();
    throw error;
  }
  const { stream } = internals(client).connection;
  stream.removeAllListeners('data');
  relay.takenOver = true;
  if ('encrypted' in stream) readEncrypted(stream, reader);
  return { socket: stream, cancel: () => cancel(client, server.connectTimeoutMs) };
}

/** @throws Error for a URL that cannot be read; its text does not hold the URL, which may hold a password */
export function checkUrl(url: string, tls: ConnectionOptions | undefined): void {
  try {
    new pg.Client({ connectionString: url, ssl: tls });
  } catch (cause) {
    const reason = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT' ? `: ${cause.message}` : '';
    throw new Error(`the warehouse URL cannot be used${reason}`);
  }
}

function newClient(server: Server, plain: () => Socket): pg.Client {
  const { url, options } = splitOptions(server.url);
  const config: pg.ClientConfig = {
    connectionString: url,
    ssl: server.tls,
    fallback_application_name: 'semwire',
    connectionTimeoutMillis: server.connectTimeoutMs,
    keepAlive: true,
    options: `${options} ${startupOptions(server.settings)}`,
  };
  const client = new pg.Client(config);
  // TLS reads through a socket of its own, so ours would be in its way.
  return internals(client).ssl ? client : new pg.Client({ ...config, stream: plain });
}

/** `pg` lets a URL's `options` replace those of the configuration; they are to be added, and ours to win. */
function splitOptions(url: string): { readonly url: string; readonly options: string } {
  const query = url.indexOf('?');
  if (query < 0) return { url, options: '' };
  const parameters = new URLSearchParams(url.slice(query));
  const options = parameters.get('options') ?? '';
  parameters.delete('options');
  return { url: `${url.slice(0, query)}?${parameters.toString().replaceAll('+', '%20')}`, options };
}

/** https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNECT-OPTIONS: spaces are escaped. */
function startupOptions(settings: ReadonlyMap<string, string>): string {
  return Array.from(settings, ([name, value]) => `-c ${name}=${value.replace(/[\\\s]/g, '\\$&')}`).join(' ');
}

/**
 * A socket that the kernel's bytes are read from straight into the reader's memory (net.Socket's `onread`), where
 * a stream would allocate 64 KiB for each read. While `pg` signs in it gets them as the 'data' events it expects.
 */
function plainSocket(reader: FrameReader, relay: { readonly takenOver: boolean }): Socket {
  const onread: OnReadOpts = {
    buffer: () => reader.target(),
    callback: (count, bytes) => {
      if (relay.takenOver) return reader.received(count);
      socket.emit('data', Buffer.from(bytes.subarray(0, count)));
      return true;
    },
  };
  // Node's types know the option in connect() only; its constructor is where it is read.
  const options: SocketConstructorOpts & { readonly onread: OnReadOpts } = { onread };
  const socket = new Socket(options);
  return socket;
}

function readEncrypted(socket: Socket, reader: FrameReader): void {
  socket.on('data', (chunk: Buffer) => {
    let going = true;
    for (let at = 0; at < chunk.length; ) {
      const count = chunk.copy(reader.target(), 0, at);
      going = reader.received(count);
      at += count;
    }
    if (!going) socket.pause();
  });
}

/**
 * CancelRequest on a connection of its own, to the same host and with the same TLS.
 * The server closes it once the signal is sent; a signal that arrives when nothing runs is ignored by the backend, so
 * a statement sent after this has settled cannot be hit (security case E34).
 */
function cancel(client: pg.Client, timeoutMs: number): Promise<void> {
  const { processID, secretKey, ssl, connection } = internals(client);
  const { remoteAddress } = connection.stream;
  // A name may stand for several servers: the request must reach the one that we are connected to.
  const address = client.host.startsWith('/') ? client.host : (remoteAddress ?? client.host);
  const canceller = new pg.Connection({ ssl: sameTls(ssl, client.host) }) as pg.Connection & Canceller;
  return new Promise((resolve, reject) => {
    const overdue = setTimeout(() => canceller.stream.destroy(new Error('the cancel request timed out')), timeoutMs);
    const send = (): void => canceller.cancel(processID, secretKey);
    canceller.on('connect', () => (ssl ? canceller.requestSsl() : send()));
    canceller.on('sslconnect', send);
    canceller.on('error', reject);
    canceller.on('end', () => {
      clearTimeout(overdue);
      resolve();
    });
    if (address.startsWith('/')) canceller.connect(`${address}/.s.PGSQL.${client.port}`);
    else canceller.connect(client.port, address);
  });
}

type Canceller = {
  readonly connect: (port: number | string, host?: string) => void;
  readonly requestSsl: () => void;
  readonly cancel: (processId: number, secretKey: number) => void;
};

/** The certificate is the name's, though the address is dialled. */
function sameTls(ssl: boolean | ConnectionOptions, host: string): boolean | ConnectionOptions {
  if (!ssl) return false;
  const options = ssl === true ? {} : ssl;
  return isIP(host) === 0 ? { servername: host, ...options, host } : { ...options, host };
}

function internals(client: pg.Client): Internals {
  return client as unknown as Internals;
}
