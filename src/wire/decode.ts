/**
 * Bytes of a client → messages, without waiting and without sockets.
 * https://www.postgresql.org/docs/current/protocol-message-formats.html; reactions as src/backend/tcop/postgres.c.
 */
import { SqlError, SqlState } from '../errors.ts';
import { BodyReader } from './bytes.ts';
import { decodeFrontendBody } from './frontend.ts';
import type { FrontendMessage, StartupMessage } from './messages.ts';
import { decodeStartupBody, MAX_STARTUP_BODY } from './startup.ts';

export type DecodeLimits = {
  /** Longest Query, Parse, Bind, FunctionCall or CopyData in bytes. */
  readonly maxMessageBytes: number;
};

export const DEFAULT_LIMITS: DecodeLimits = { maxMessageBytes: 16 * 1024 * 1024 };

/** Every other message, the password among them (security cases E15, E17). */
export const MAX_SMALL_MESSAGE = 64 * 1024;

/**
 * What the next frame may be: `startup` has no type byte, `authentication` takes a PasswordMessage alone,
 * `ready` everything else.
 */
export type DecodePhase = 'startup' | 'authentication' | 'ready';

/**
 * A message that cannot be read. FATAL: framing is lost and the connection must end.
 * ERROR: this one message was wrong and has been consumed; `messageType` says whether to skip until Sync.
 */
export class MalformedMessage extends SqlError {
  /** 'frame': not even a frame of this protocol (PostgreSQL closes without a word). */
  readonly messageType: FrontendMessage['type'] | 'startup' | 'frame';

  constructor(messageType: MalformedMessage['messageType'], error: SqlError, severity: 'ERROR' | 'FATAL') {
    super(error.code, error.message, { detail: error.detail, hint: error.hint, severity });
    this.messageType = messageType;
  }
}

type FrameKind = { readonly type: FrontendMessage['type']; readonly size: 'small' | 'large' };

/** The messages PostgreSQL reads once signed in, by type byte. */
const FRAME_KINDS: ReadonlyMap<number, FrameKind> = new Map(
  Object.entries({
    Q: { type: 'query', size: 'large' },
    P: { type: 'parse', size: 'large' },
    B: { type: 'bind', size: 'large' },
    D: { type: 'describe', size: 'small' },
    E: { type: 'execute', size: 'small' },
    C: { type: 'close', size: 'small' },
    S: { type: 'sync', size: 'small' },
    H: { type: 'flush', size: 'small' },
    F: { type: 'function-call', size: 'large' },
    X: { type: 'terminate', size: 'small' },
    d: { type: 'copy-data', size: 'large' },
    c: { type: 'copy-done', size: 'small' },
    f: { type: 'copy-fail', size: 'small' },
  } as const).map(([letter, kind]) => [letter.charCodeAt(0), kind]),
);
const PASSWORD = 'p'.charCodeAt(0);
const PASSWORD_KIND: FrameKind = { type: 'password', size: 'small' };

const EMPTY = Buffer.alloc(0);
const SMALLEST_BUFFER = 1024;

/**
 * Cuts a byte stream into messages, however it arrives: `push` what came, then call `next` until it has no more.
 * Memory follows the bytes received, never a declared length (E18), and the work is linear in them (E36).
 * Bytes of a returned message are never overwritten by a later push.
 */
export class FrameDecoder {
  phase: DecodePhase = 'startup';
  readonly #limits: DecodeLimits;
  readonly #reader = new BodyReader();
  #buffer: Buffer = EMPTY;
  #start = 0;
  #end = 0;
  #broken: MalformedMessage | undefined;

  constructor(limits: DecodeLimits = DEFAULT_LIMITS) {
    this.#limits = limits;
  }

  /** Bytes received and not yet returned as a message. */
  get buffered(): number {
    return this.#end - this.#start;
  }

  /** Takes the chunk over; the caller must not change it afterwards. */
  push(chunk: Buffer): void {
    if (this.#start === this.#end) {
      this.#buffer = chunk;
      this.#start = 0;
      this.#end = chunk.length;
      return;
    }
    if (this.#end + chunk.length > this.#buffer.length) this.#grow(chunk.length);
    chunk.copy(this.#buffer, this.#end);
    this.#end += chunk.length;
  }

  /** The next message before sign-in, or undefined while it is incomplete. Throws MalformedMessage (FATAL). */
  nextStartup(): StartupMessage | undefined {
    return this.#guard('startup', () => {
      if (this.buffered < 4) return undefined;
      const length = this.#buffer.readInt32BE(this.#start);
      if (length < 8 || length > MAX_STARTUP_BODY + 4) throw violation('invalid length of startup packet');
      if (this.buffered < length) return undefined;
      this.#open(4, length);
      return decodeStartupBody(this.#reader);
    });
  }

  /**
   * The next message, or undefined while it is incomplete.
   * Throws MalformedMessage: ERROR when only this message is wrong, FATAL when framing is lost or nobody is signed in.
   */
  next(): FrontendMessage | undefined {
    return this.#guard('frame', () => {
      if (this.buffered < 1) return undefined;
      const code = this.#buffer.readUInt8(this.#start);
      const kind = this.#kindOf(code);
      if (this.buffered < 5) return undefined;
      const length = this.#buffer.readInt32BE(this.#start + 1);
      const limit = kind.size === 'small' ? MAX_SMALL_MESSAGE : this.#limits.maxMessageBytes;
      if (length < 4 || length > limit) throw violation('invalid message length');
      if (this.buffered < length + 1) return undefined;
      this.#open(5, length + 1);
      try {
        return decodeFrontendBody(kind.type, this.#reader);
      } catch (error) {
        if (!(error instanceof SqlError)) throw error;
        throw new MalformedMessage(kind.type, error, this.phase === 'ready' ? error.severity : 'FATAL');
      }
    });
  }

  #kindOf(code: number): FrameKind {
    if (this.phase === 'authentication') {
      if (code === PASSWORD) return PASSWORD_KIND;
      throw violation(`expected password response, got message type ${code}`);
    }
    const kind = FRAME_KINDS.get(code);
    if (kind === undefined) throw violation(`invalid frontend message type ${code}`);
    return kind;
  }

  /** Puts the reader on the body of the frame at the start, and leaves the frame behind. */
  #open(headerLength: number, frameLength: number): void {
    const frameEnd = this.#start + frameLength;
    this.#reader.reset(this.#buffer, this.#start + headerLength, frameEnd);
    this.#start = frameEnd;
    if (this.#start !== this.#end) return;
    this.#buffer = EMPTY;
    this.#start = 0;
    this.#end = 0;
  }

  /** After a FATAL fault every further call throws the same: nothing behind lost framing may be believed. */
  #guard<Message>(messageType: 'startup' | 'frame', read: () => Message): Message {
    if (this.#broken !== undefined) throw this.#broken;
    try {
      return read();
    } catch (error) {
      if (!(error instanceof SqlError)) throw error;
      const fault = error instanceof MalformedMessage ? error : new MalformedMessage(messageType, error, 'FATAL');
      if (fault.severity === 'FATAL') this.#broken = fault;
      throw fault;
    }
  }

  /** Moves what is pending into a larger buffer of our own; the old one may still be viewed by a message. */
  #grow(more: number): void {
    const pending = this.buffered;
    const larger = Buffer.allocUnsafe(Math.max(SMALLEST_BUFFER, 2 * pending, pending + more));
    this.#buffer.copy(larger, 0, this.#start, this.#end);
    this.#buffer = larger;
    this.#start = 0;
    this.#end = pending;
  }
}

function violation(message: string): MalformedMessage {
  return new MalformedMessage('frame', new SqlError(SqlState.protocolViolation, message), 'FATAL');
}
