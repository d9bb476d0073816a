/**
 * TLS put around a connection that began in plain text (SSLRequest).
 * https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-SSL
 */
import type { Socket } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';

/** PEM texts. With `ca`, a client must show a certificate that one of these has signed. */
export type TlsMaterial = {
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
  readonly ca?: string | Buffer | undefined;
};

/** Holds the current certificate. Handshakes begun before an update end with the certificate they began with. */
export class TlsUpgrader {
  readonly #handshakeTimeoutMs: number;
  readonly #pending = new Map<string, (secured: TLSSocket) => void>();
  #server: Server;

  /** Throws what OpenSSL says when certificate and key are unreadable or do not match. */
  constructor(material: TlsMaterial, handshakeTimeoutMs: number) {
    this.#handshakeTimeoutMs = handshakeTimeoutMs;
    this.#server = this.#serverFor(material);
  }

  /** For every handshake from now on. When it throws, the certificate in use stays. */
  update(material: TlsMaterial): void {
    this.#server = this.#serverFor(material);
  }

  /**
   * @param socket whose reader has been detached and which has been told `S`
   * @returns undefined when the handshake fails, be it for the client's certificate; the socket is destroyed then
   */
  upgrade(socket: Socket): Promise<TLSSocket | undefined> {
    const key = endpoints(socket);
    return new Promise((resolve) => {
      const settle = (secured: TLSSocket | undefined): void => {
        this.#pending.delete(key);
        socket.off('close', onClose);
        resolve(secured);
      };
      const onClose = (): void => settle(undefined);
      this.#pending.set(key, settle);
      socket.once('close', onClose);
      socket.on('error', ignore);
      // Node's documented way to hand a plain socket to a TLS server that listens nowhere itself.
      this.#server.emit('connection', socket);
    });
  }

  #serverFor(material: TlsMaterial): Server {
    const server = createServer({
      cert: material.cert,
      key: material.key,
      ca: material.ca,
      requestCert: material.ca !== undefined,
      rejectUnauthorized: material.ca !== undefined,
      minVersion: 'TLSv1.2',
      handshakeTimeout: this.#handshakeTimeoutMs,
    });
    server.on('secureConnection', (secured) => {
      secured.disableRenegotiation();
      const settle = this.#pending.get(endpoints(secured));
      if (settle === undefined) secured.destroy();
      else settle(secured);
    });
    server.on('tlsClientError', (_error, secured) => {
      secured.on('error', ignore);
      secured.destroy();
    });
    return server;
  }
}

/** Names a live TCP connection: node hands out the secured socket without saying which plain one it was. */
function endpoints(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort} ${socket.localAddress} ${socket.localPort}`;
}

/** Errors of a socket are followed by its `close`, which is what we act on. */
function ignore(): void {}
