/**
 * One client's connection once its startup message has arrived: messages in, messages and ready frames out.
 */
import type { X509Certificate } from 'node:crypto';
import type { BackendMessage, FrontendMessage, StartupMessage } from './messages.ts';

export type StartupPacket = Extract<StartupMessage, { type: 'startup' }>;

export type Connection = {
  readonly startup: StartupPacket;
  /** undefined once the peer is gone before anybody asked. */
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
  /** Of this end. */
  readonly localAddress: string | undefined;
  readonly localPort: number | undefined;
  /** TLS is in use. */
  readonly secure: boolean;
  /** The certificate the client proved to own, signed by the configured CA; undefined when none was demanded. */
  readonly clientCertificate: X509Certificate | undefined;

  /**
   * The next message; undefined when the connection is over. One call at a time.
   * Until `send` has seen an authentication-ok only a password is taken.
   * Rejects with MalformedMessage (decode.ts): ERROR leaves the connection usable, FATAL does not.
   * While the peer does not read what was sent to it, its next message waits.
   */
  readonly next: () => Promise<FrontendMessage | undefined>;

  /** Adds a message to what the next flush sends. An authentication-ok ends the login deadline. */
  readonly send: (message: BackendMessage) => void;

  /**
   * Adds whole frames, such as DataRows of the warehouse; they leave by themselves when enough have gathered.
   * @returns undefined when the bytes were copied and the peer keeps up; otherwise a promise: until it settles the
   * bytes must not be changed and nothing more should be sent. It settles when the peer goes away, too.
   */
  readonly sendRaw: (frames: Uint8Array) => Promise<void> | undefined;

  /** Writes what was sent, as one buffer; settles when the peer keeps up again, or is gone. Never rejects. */
  readonly flush: () => Promise<void>;

  /** Sends what is left, says goodbye and waits for the end; whatever still comes in is dropped. */
  readonly close: () => Promise<void>;

  /** The end, now. */
  readonly destroy: () => void;

  /**
   * Fires when the peer has gone away (also while nobody calls `next`), and on close and destroy.
   * A Terminate that arrives by itself while no message is awaited counts as going away (security case E31).
   */
  readonly signal: AbortSignal;
};
