/**
 * Connection over a TCP or TLS socket.
 * Input is decoded only when asked for, so that a statement in work leaves what is pipelined behind it queued as bytes.
 */
import type { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { MessageWriter } from './bytes.ts';
import type { Connection, StartupPacket } from './connection.ts';
import { type FrameDecoder, MAX_SMALL_MESSAGE } from './decode.ts';
import { encodeMessage } from './encode.ts';
import type { BackendMessage, FrontendMessage, StartupMessage } from './messages.ts';

/** Input that may wait undecoded before the socket is paused (security case E24). */
const MAX_QUEUED_INPUT = 1024 * 1024;
/** The same before sign-in. */
const MAX_QUEUED_BEFORE_LOGIN = MAX_SMALL_MESSAGE + 5;
/** Output that leaves without a flush. */
const WRITE_AT = 64 * 1024;
/** Frames of this size are written as they are instead of being copied. */
const WRITE_THROUGH = 32 * 1024;
/** Output the kernel has not taken yet; past it, senders and readers wait for the peer. */
const MAX_QUEUED_OUTPUT = 256 * 1024;
/** Messages handed out without going back to the event loop, so that other clients get their turn. */
const MAX_TURN = 64;
/** How long `close` waits for the peer to read what is left. */
const CLOSE_GRACE_MS = 2000;

const TERMINATE = Buffer.from([0x58, 0, 0, 0, 4]);
const DONE: Promise<void> = Promise.resolve();

type Waiter = {
  readonly serve: () => boolean;
  readonly end: () => void;
};

export class SocketConnection implements Connection {
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
  readonly localAddress: string | undefined;
  readonly localPort: number | undefined;
  readonly #socket: Socket;
  readonly #decoder: FrameDecoder;
  readonly #onAuthenticated: () => void;
  readonly #abort = new AbortController();
  readonly #writer = new MessageWriter();
  #startup: StartupPacket | undefined;
  #waiter: Waiter | undefined;
  #drained: Promise<void> | undefined;
  #closed: Promise<void> | undefined;
  #over = false;
  #turn = 0;

  /**
   * @param decoder in phase `startup`; what it holds already is read first
   * @param onAuthenticated called once, when an authentication-ok is sent
   */
  constructor(socket: Socket, decoder: FrameDecoder, onAuthenticated: () => void) {
    this.#socket = socket;
    this.#decoder = decoder;
    this.#onAuthenticated = onAuthenticated;
    this.remoteAddress = socket.remoteAddress;
    this.remotePort = socket.remotePort;
    this.localAddress = socket.localAddress;
    this.localPort = socket.localPort;
    socket.on('data', this.#onData);
    socket.on('end', this.#onGone);
    socket.on('error', this.#onGone);
    socket.on('close', this.#onGone);
  }

  get startup(): StartupPacket {
    if (this.#startup === undefined) throw new Error('the startup message has not arrived');
    return this.#startup;
  }

  get secure(): boolean {
    return this.#socket instanceof TLSSocket;
  }

  get clientCertificate(): X509Certificate | undefined {
    if (!(this.#socket instanceof TLSSocket) || !this.#socket.authorized) return undefined;
    return this.#socket.getPeerX509Certificate();
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** For the listener: the next message without a type byte. */
  async nextStartup(): Promise<StartupMessage | undefined> {
    const message = await this.#pull(() => this.#decoder.nextStartup());
    if (message?.type === 'startup') {
      this.#startup = message;
      this.#decoder.phase = 'authentication';
    }
    return message;
  }

  next(): Promise<FrontendMessage | undefined> {
    if (this.#socket.writableLength > MAX_QUEUED_OUTPUT) return this.#afterDrain().then(() => this.next());
    if (++this.#turn > MAX_TURN) {
      this.#turn = 0;
      return new Promise((resolve) => setImmediate(() => resolve(this.next())));
    }
    return this.#pull(() => this.#decoder.next());
  }

  send(message: BackendMessage): void {
    if (this.#over) return;
    encodeMessage(this.#writer, message);
    if (message.type === 'authentication-ok' && this.#decoder.phase !== 'ready') {
      this.#decoder.phase = 'ready';
      this.#onAuthenticated();
    }
    if (this.#writer.length >= WRITE_AT) this.#write();
  }

  sendRaw(frames: Uint8Array): Promise<void> | undefined {
    if (this.#over) return undefined;
    if (frames.length < WRITE_THROUGH) {
      this.#writer.frames(frames);
      if (this.#writer.length < WRITE_AT) return undefined;
      this.#write();
      return this.#socket.writableLength > MAX_QUEUED_OUTPUT ? this.#afterDrain() : undefined;
    }
    const socket = this.#socket;
    socket.cork();
    this.#write();
    const written = new Promise<void>((resolve) => {
      socket.write(frames, () => resolve());
    });
    socket.uncork();
    return written;
  }

  flush(): Promise<void> {
    if (this.#over) return DONE;
    this.#write();
    return this.#socket.writableLength > MAX_QUEUED_OUTPUT ? this.#afterDrain() : DONE;
  }

  close(): Promise<void> {
    this.#closed ??= this.#end();
    return this.#closed;
  }

  destroy(): void {
    this.#socket.destroy();
    this.#onGone();
  }

  /**
   * For the listener: takes the socket back to put TLS around it.
   * undefined when bytes are there already: they came before encryption and nobody may believe them (case E03).
   */
  detach(): Socket | undefined {
    const socket = this.#socket;
    if (this.#over || this.#decoder.buffered > 0 || socket.readableLength > 0) return undefined;
    this.#over = true;
    socket.pause();
    socket.off('data', this.#onData);
    socket.off('end', this.#onGone);
    socket.off('error', this.#onGone);
    socket.off('close', this.#onGone);
    return socket;
  }

  /** For the listener: an answer that is one byte and no message. */
  answer(byte: 'S' | 'N'): void {
    this.#socket.write(byte);
  }

  /** For the listener: bytes that wait behind the message just read. */
  get pipelined(): boolean {
    return this.#decoder.buffered > 0;
  }

  #pull<Message>(read: () => Message | undefined): Promise<Message | undefined> {
    if (this.#over) return Promise.resolve(undefined);
    if (this.#waiter !== undefined) throw new Error('the next message is already awaited');
    return new Promise((resolve, reject) => {
      const serve = (): boolean => {
        try {
          const message = read();
          if (message === undefined) return false;
          resolve(message);
        } catch (error) {
          reject(error);
        }
        return true;
      };
      const served = serve();
      if (!served) this.#waiter = { serve, end: () => resolve(undefined) };
      if (this.#socket.isPaused() && (!served || this.#decoder.buffered < this.#maxQueued() / 2)) {
        this.#socket.resume();
      }
    });
  }

  readonly #onData = (chunk: Buffer): void => {
    if (this.#over) return;
    if (this.#waiter === undefined && this.#decoder.buffered === 0 && chunk.equals(TERMINATE)) {
      this.#onGone();
      return;
    }
    this.#decoder.push(chunk);
    this.#turn = 0;
    if (this.#waiter?.serve()) this.#waiter = undefined;
    if (this.#waiter === undefined && this.#decoder.buffered > this.#maxQueued()) this.#socket.pause();
  };

  /** Only what has arrived before is lost: nobody is there to read an answer. */
  readonly #onGone = (): void => {
    if (this.#over) return;
    this.#over = true;
    this.#waiter?.end();
    this.#waiter = undefined;
    this.#writer.take();
    this.#abort.abort();
  };

  #maxQueued(): number {
    return this.#decoder.phase === 'ready' ? MAX_QUEUED_INPUT : MAX_QUEUED_BEFORE_LOGIN;
  }

  #write(): void {
    if (this.#writer.length > 0) this.#socket.write(this.#writer.take());
  }

  /** Settles when the kernel has taken what was written, or never will. */
  #afterDrain(): Promise<void> {
    this.#drained ??= new Promise((resolve) => {
      const settle = (): void => {
        this.#drained = undefined;
        this.#socket.off('drain', settle);
        this.#socket.off('close', settle);
        resolve();
      };
      this.#socket.on('drain', settle);
      this.#socket.on('close', settle);
      if (this.#socket.closed || this.#over) settle();
    });
    return this.#drained;
  }

  /** What is unread would make the kernel reset the connection and lose our last words, so it is read and dropped. */
  async #end(): Promise<void> {
    const socket = this.#socket;
    if (!this.#over) {
      this.#write();
      this.#onGone();
    }
    if (socket.closed || socket.destroyed) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => socket.destroy(), CLOSE_GRACE_MS);
      socket.once('close', () => {
        clearTimeout(timer);
        resolve();
      });
      socket.resume();
      socket.end();
    });
  }
}
