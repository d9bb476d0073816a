/**
 * The TCP listener: everything up to and including the startup message.
 * https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-START-UP
 */
import { createServer, type Socket } from 'node:net';
import { SqlError, SqlState } from '../errors.ts';
import { bindServer } from './bind-server.ts';
import type { Connection } from './connection.ts';
import { DEFAULT_LIMITS, type DecodeLimits, FrameDecoder, MalformedMessage } from './decode.ts';
import { errorResponse } from './encode.ts';
import { LoginQueue } from './login-queue.ts';
import { SocketConnection } from './socket-connection.ts';
import { repeatedNegotiation } from './startup.ts';
import { type TlsMaterial, TlsUpgrader } from './tls.ts';

export type ListenOptions = {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly tls?: TlsMaterial | undefined;
  /** `require`: plain text is 28000. `allow`: TLS for those who ask. `off`: nobody gets TLS. */
  readonly tlsMode: 'require' | 'allow' | 'off';
  /** From the TCP connection to authentication-ok, in total (security case E02). */
  readonly loginTimeoutMs: number;
  /** Longest Query, Parse or Bind. */
  readonly maxMessageBytes?: number | undefined;
  /** Connections that have not signed in yet, in all and from one address (security case E37). */
  readonly maxUnauthenticated?: number | undefined;
  readonly maxUnauthenticatedPerAddress?: number | undefined;
  /** Gets every connection whose startup message has arrived; when it is done or throws, the connection ends. */
  readonly onConnection: (connection: Connection) => Promise<void>;
  /** Gets every CancelRequest; the client's cancel connection ends, without a reply, when it is done. */
  readonly onCancel: (pid: number, secret: Uint8Array, remoteAddress: string | undefined) => Promise<void> | void;
  /** Told of what onConnection or onCancel throw: bugs, since clients' faults are theirs to answer. */
  readonly onError: (error: unknown) => void;
};

export type Listener = {
  readonly host: string;
  readonly port: number;
  /** Connections that have not signed in. */
  readonly unauthenticated: () => number;
  /** Certificates for handshakes from now on. Throws, and changes nothing, when they do not work. */
  readonly updateTls: (tls: TlsMaterial) => void;
  /** Takes no more connections, and drops those that have not signed in; the others go on. */
  readonly stop: () => void;
  /** stop, and settles when the last connection has ended. Ending them is the callers' part. */
  readonly closed: () => Promise<void>;
};

/** Throws what node throws when the address cannot be had (EADDRINUSE …), or the certificate not be read. */
export async function listen(options: ListenOptions): Promise<Listener> {
  const tls =
    options.tls !== undefined && options.tlsMode !== 'off'
      ? new TlsUpgrader(options.tls, options.loginTimeoutMs)
      : undefined;
  if (tls === undefined && options.tlsMode === 'require') throw new Error('TLS is required but has no certificate');
  const queue = new LoginQueue(options.maxUnauthenticated ?? 1024, options.maxUnauthenticatedPerAddress ?? 512);
  const server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 }, (socket) => {
    welcome(socket, tls, queue, options).catch(options.onError);
  });
  const { host, port } = await bindServer(server, options.host, options.port, options.onError);
  const ended = new Promise<void>((resolve) => server.once('close', () => resolve()));
  const stop = (): void => {
    server.close();
    queue.dropAll();
  };
  return {
    host,
    port,
    unauthenticated: () => queue.size,
    updateTls: (material) => {
      if (tls === undefined) throw new Error('this listener was started without TLS');
      tls.update(material);
    },
    stop,
    closed: () => {
      stop();
      return ended;
    },
  };
}

async function welcome(
  socket: Socket,
  tls: TlsUpgrader | undefined,
  queue: LoginQueue,
  options: ListenOptions,
): Promise<void> {
  const place = queue.enter(socket, options.loginTimeoutMs);
  if (place === undefined) return;
  const open = (over: Socket): SocketConnection =>
    new SocketConnection(over, new FrameDecoder(decodeLimits(options)), place.leave);
  const connection = await negotiate(open(socket), open, tls, options);
  if (connection === undefined) return;
  place.startupArrived(connection);
  try {
    await options.onConnection(connection);
  } catch (error) {
    options.onError(error);
    connection.destroy();
  }
  await connection.close();
}

function decodeLimits({ maxMessageBytes }: ListenOptions): DecodeLimits {
  return maxMessageBytes === undefined ? DEFAULT_LIMITS : { maxMessageBytes };
}

/** Answers what comes before the startup message; undefined when there is nobody to serve. */
async function negotiate(
  plain: SocketConnection,
  open: (socket: Socket) => SocketConnection,
  tls: TlsUpgrader | undefined,
  options: ListenOptions,
): Promise<SocketConnection | undefined> {
  let connection = plain;
  const answered = new Set<'ssl-request' | 'gssenc-request'>();
  try {
    for (;;) {
      const message = await connection.nextStartup();
      switch (message?.type) {
        case undefined:
          connection.destroy();
          return undefined;
        case 'startup':
          if (options.tlsMode === 'require' && !connection.secure) throw tlsRequired();
          return connection;
        case 'cancel-request':
          await cancel(connection, message.pid, message.secret, options);
          return undefined;
        case 'ssl-request':
        case 'gssenc-request': {
          if (answered.has(message.type)) throw repeatedNegotiation(message.type);
          answered.add(message.type);
          if (connection.pipelined) {
            connection.destroy();
            return undefined;
          }
          if (message.type === 'gssenc-request' || tls === undefined) {
            connection.answer('N');
            break;
          }
          const secured = await secure(connection, tls);
          if (secured === undefined) return undefined;
          answered.add('gssenc-request');
          connection = open(secured);
          break;
        }
      }
    }
  } catch (error) {
    await refuse(connection, error, options);
    return undefined;
  }
}

async function secure(connection: SocketConnection, tls: TlsUpgrader) {
  const socket = connection.detach();
  if (socket === undefined) {
    connection.destroy();
    return undefined;
  }
  socket.write('S');
  return tls.upgrade(socket);
}

async function cancel(
  connection: SocketConnection,
  pid: number,
  secret: Uint8Array,
  options: ListenOptions,
): Promise<void> {
  try {
    await options.onCancel(pid, secret, connection.remoteAddress);
  } catch (error) {
    options.onError(error);
  }
  await connection.close();
}

/** Those who do not speak the protocol at all get no answer, as from PostgreSQL (security cases E01, E05, E06). */
async function refuse(connection: SocketConnection, error: unknown, options: ListenOptions): Promise<void> {
  const silent = error instanceof MalformedMessage && error.messageType === 'frame';
  if (error instanceof SqlError && !silent) {
    connection.send(errorResponse(error));
    await connection.close();
    return;
  }
  if (!silent) options.onError(error);
  connection.destroy();
}

function tlsRequired(): SqlError {
  return new SqlError(SqlState.invalidAuthorization, 'connection requires TLS', {
    severity: 'FATAL',
    hint: 'Connect with sslmode=require, or stricter.',
  });
}
